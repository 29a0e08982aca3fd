"""Lines that things cross: how many, which way."""

import csv
import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillplate
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.rendering.crossings import Crossings
from stillplate.rendering.line_drawing import draw_lines
from stillplate.rendering.objects import CountedTracker, Tracked, Tracker, find_regions
from stillplate.sampling.line import Line, lines_of, parse_line
from tests.command import run
from tests.rendering.test_saved_background import images

HEIGHT, WIDTH = 80, 120
UPRIGHT = Line((60.0, 10.0), (60.0, 70.0))


def counted(places: Sequence[tuple[int, int] | None], line: Line = UPRIGHT, shift: int = 0) -> Crossings:
    """A box of 10 by 10 pixels that is centred on one place after another; the camera goes `shift` to the right."""
    tracker, crossings = Tracker(), Crossings([line])
    for number, place in enumerate(places):
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        if place is not None:
            x, y = place[0] - shift * number, place[1]
            mask[max(0, y - 5) : y + 5, max(0, x - 5) : x + 5] = True
        objects = tracker.update(find_regions(mask), number / 10)
        crossings.update(objects, Fraction(number, 10), number, Transform.shifted(shift * number, 0) if shift else None)
    return crossings


def test_which_way() -> None:
    """Of a line that leads down, what comes from the left of the picture comes from the right."""
    there = counted([(x, 40) for x in range(30, 91, 5)])
    back = counted([(x, 40) for x in range(90, 29, -5)])

    assert there.counts() == {(1, "right to left"): 1, (1, "left to right"): 0}
    assert [one.direction for one in there.found] == ["right to left"]
    assert [one.direction for one in back.found] == ["left to right"]
    assert (there.found[0].id, there.found[0].time) == (1, there.found[0].frame / 10)


def passed_on(step: int) -> list[tuple[tuple[Tracked, ...], Fraction]]:
    """One that goes to the right and leaves, and two seconds later another, far on its left, under the same id."""
    tracker = CountedTracker(1)
    frames = []
    for number, left in enumerate([*range(70, WIDTH + 12, step), *[None] * 20, *range(2, 40, step)]):
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        if left is not None:
            mask[35:45, left : left + 10] = True
        time = Fraction(number, 10)
        frames.append((tracker.update(find_regions(mask), float(time)), time))
    assert [one.id for one in (*frames[0][0], *frames[-1][0])] == [1, 1]
    return frames


def test_an_id_that_is_passed_on_has_not_crossed() -> None:
    crossings = Crossings([UPRIGHT])
    for number, (objects, time) in enumerate(passed_on(4)):
        crossings.update(objects, time, number, None)

    assert not crossings.found


def test_past_an_end_is_no_crossing() -> None:
    assert not counted([(x, 75) for x in range(30, 91, 5)]).found
    assert not counted([(x, 5) for x in range(30, 91, 5)]).found


def test_who_dithers_on_the_line_is_counted_once() -> None:
    places = [(x, 40) for x in range(30, 61, 5)] + [(59, 40), (61, 40)] * 10 + [(x, 40) for x in range(60, 91, 5)]

    assert len(counted(places).found) == 1
    assert not counted([(x, 40) for x in range(30, 61, 5)] + [(59, 40), (61, 40)] * 10).found


def test_who_comes_back_is_counted_both_ways() -> None:
    crossings = counted([(x, 40) for x in (*range(30, 91, 5), *range(90, 29, -5))])

    assert set(crossings.counts().values()) == {1}


def test_a_line_lies_on_the_ground_that_the_camera_moves_over() -> None:
    assert len(counted([(x, 40) for x in range(30, 91, 5)], shift=3).found) == 1


@given(
    st.lists(st.tuples(st.integers(5, WIDTH - 5), st.integers(20, 60)), min_size=2, max_size=12),
)
def test_each_way_takes_turns(places: list[tuple[int, int]]) -> None:
    """Whatever the way, one thing crosses a line that leads across the picture in turns."""
    crossings = counted(list(places), Line((60.0, -500.0), (60.0, 580.0)))
    for number in {one.id for one in crossings.found}:
        ways = [one.direction for one in crossings.found if one.id == number]
        assert all(one != other for one, other in pairwise(ways))


def test_lines_as_they_are_given() -> None:
    line = Line((1.0, 2.0), (3.5, 4.0))

    assert lines_of(None) == ()
    assert lines_of("1,2 3.5,4") == lines_of([(1, 2), (3.5, 4)]) == lines_of(line) == (line,)
    assert lines_of(["1,2 3.5,4", [(1, 2), (3.5, 4)]]) == (line, line)
    assert parse_line(str(line)) == line


@pytest.mark.parametrize("wrong", ["", "1,2", "1,2 3", "1,2 3,4 5,6", "a,b c,d", "1,2 1,2", "nan,1 2,3", 7])
def test_what_is_no_line(wrong: object) -> None:
    with pytest.raises(ParameterError, match="crossings"):
        lines_of(wrong)


def test_as_an_output(tmp_path: Path) -> None:
    """The table and the report agree, and so do a render in one piece and one in spans; a folder is needed."""
    clip = images()
    line = "80,0 80,95"
    report = stillplate.render(clip, tmp_path / "out", crossings=line, samples=16, objects=tmp_path / "o.csv")
    told = json.loads((tmp_path / "out" / "report.json").read_text())["crossings"]
    rows = list(csv.DictReader((tmp_path / "out" / "crossings.csv").read_text().splitlines()))

    assert report.crossings is not None
    assert [int(row["count"]) for row in rows] == list(report.crossings.counts().values())
    assert sum(int(row["count"]) for row in rows) == len(told["each"]) > 0
    assert told["lines"][0]["points"] == line
    with pytest.raises(ParameterError, match=r"no place for crossings\.csv"):
        stillplate.render(clip, mask=tmp_path / "m.mkv", crossings=line)


def test_in_spans_and_on_the_command_line(street_mp4: Path, tmp_path: Path) -> None:
    lines = ("--crossings", "80,0 80,200", "--crossings", "10,60 150,60")
    whole = run("render", street_mp4, "-o", tmp_path / "whole", *lines)
    spans = run("render", street_mp4, "-o", tmp_path / "spans", "--spans", "1", *lines)
    wrong = run("render", street_mp4, "-o", tmp_path / "wrong", "--crossings", "80,0")

    assert whole.returncode == spans.returncode == 0, whole.stderr + spans.stderr
    assert "line 2 (10,60 150,60): " in whole.stdout
    found = list((tmp_path / "spans").rglob("crossings.csv"))
    assert found[0].read_text() == (tmp_path / "whole" / "crossings.csv").read_text()
    assert wrong.returncode == 2
    assert wrong.stderr == (
        "stillplate: --crossings is '80,0', but a line of two points is needed, such as \"320,40 320,340\"\n"
    )


def test_a_line_that_nothing_can_cross_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"the line 800,0 800,95, outside of the plate: x 0\.\.160 and y 0\.\.96"):
        stillplate.render(images(), tmp_path / "out", crossings="800,0 800,95", samples=8)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ("50,-10 50,90", True), ("-5,40 200,40", True), ("-10,10 10,-10", True), ("-30,10 10,-30", False),
        ("-9,0 -9,80", False), ("130,0 130,80", False), ("0,-9 120,-9", False), ("0,90 120,90", False),
    ],
)  # fmt: skip
def test_lines_that_meet_a_picture(line: str, met: bool) -> None:
    assert parse_line(line).meets(WIDTH, HEIGHT) is met
    start, end = parse_line(line).start, parse_line(line).end
    assert Line(end, start).meets(WIDTH, HEIGHT) is met


def test_the_drawing_of_a_line_and_its_counts() -> None:
    """An arrow from its first point to its second, and how many came to its left, the picture's right."""
    picture, empty = (np.full((HEIGHT, WIDTH, 3), 100, np.uint8) for _ in range(2))
    draw_lines(picture, counted([(x, 40) for x in range(30, 91, 5)]))
    draw_lines(empty, Crossings([UPRIGHT]))

    assert (picture[11:69, 60] > 200).all()
    assert (picture[74:] == 100).all()
    assert (picture[:, 64:] != empty[:, 64:]).any()
    assert (picture[:, :57] == empty[:, :57]).all()


def test_a_drawn_line_stays_on_the_ground() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    draw_lines(picture, Crossings([UPRIGHT]), Transform.shifted(20, 0))

    assert (picture[11:69, 40] > 200).all()


def test_of_a_line_that_is_out_of_view_nothing_is_drawn() -> None:
    """And of one that begins above the picture, the counts stand beside what is seen of it."""
    picture = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    draw_lines(picture, Crossings([UPRIGHT]), Transform.shifted(300, 0))

    assert (picture == 100).all()

    draw_lines(picture, Crossings([Line((60.0, -900.0), (60.0, 79.0))]))

    assert (picture[8:32, 64:] > 200).any()


@pytest.mark.parametrize("far", [1e4, 1e7, 1e12])
def test_a_line_may_go_as_far_as_it_likes(far: float) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    draw_lines(picture, Crossings([Line((60.0, -far), (60.0, far))]))

    assert (picture[1:, 60] > 200).all()


def test_where_lines_are_shown(tmp_path: Path) -> None:
    """On the overlay, and in the report with their counts."""
    seen = tmp_path / "seen.mkv"
    report = stillplate.render(images(), tmp_path / "out", crossings="80,0 80,95", samples=16, overlay=seen)
    assert report.crossings is not None
    left, right = report.crossings.counts().values()
    page = (tmp_path / "out" / "report.html").read_text()
    with stillplate.open_video(seen) as video:
        last = [frame.image for frame in video][-1]

    assert (last[20:80, 80] > 200).all()
    assert "<h2>Crossings</h2>" in page
    assert f"<tr><th>1</th><td>80,0 80,95</td><td>{right}</td><td>{left}</td></tr>" in page
