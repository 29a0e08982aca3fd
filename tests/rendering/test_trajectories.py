"""The ways of things: their list, and their drawing."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.rendering.objects import Tracker, find_regions
from stillplate.rendering.overlay import COLOURS, Overlay
from stillplate.rendering.trajectories import POINTS, Trajectories
from tests.rendering.test_crossings import passed_on

HEIGHT, WIDTH = 90, 300


def followed(places: Sequence[tuple[int, int]], shift: int = 0) -> Trajectories:
    """A box of 10 by 10 pixels at one place after another, ten times a second; the camera goes to the right."""
    tracker, ways = Tracker(), Trajectories()
    for number, (x, y) in enumerate(places):
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        left = x - shift * number
        mask[y : y + 10, left : left + 10] = True
        motion = Transform.shifted(shift * number, 0) if shift else None
        ways.update(tracker.update(find_regions(mask), number / 10), number / 10, motion)
    return ways


def test_the_length_of_a_way_and_its_speed() -> None:
    (row,) = followed([(20 + 4 * n, 30 + 3 * n) for n in range(16)]).to_dicts()

    assert row == {"id": 1, "from": 0.0, "to": 1.5, "frames": 16, "length": 75.0, "mean_speed": 50.0}


def test_one_that_flickers_in_its_place_goes_no_way() -> None:
    (way,) = followed([(20 + n % 2, 30) for n in range(40)]).each

    assert way.length == way.speed == 0
    assert way.frames == 40


def test_what_is_fleeting_is_not_shown() -> None:
    """A speck of half a second; but who sits for longer is, and whoever goes a way. The list has all three."""
    plate = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    speck, sitting, leaping = (followed(places) for places in ([(60, 30)] * 5, [(60, 30)] * 20, [(60, 30), (64, 30)]))

    assert [len(some.shown) for some in (speck, sitting, leaping)] == [0, 1, 1]
    assert [len(some.to_dicts()) for some in (speck, sitting, leaping)] == [1, 1, 1]
    assert (speck.draw(plate) == 193).all()
    assert (sitting.draw(plate) != 193).any()


def test_one_that_creeps_goes_its_way() -> None:
    """By a pixel a frame, less than what counts as a step."""
    (way,) = followed([(20 + n, 30) for n in range(60)]).each

    assert way.length == pytest.approx(59, abs=2)


def test_ways_lie_on_the_ground_that_the_camera_moves_over() -> None:
    (way,) = followed([(30 + 5 * n, 30) for n in range(20)], shift=5).each

    assert way.length == pytest.approx(95)
    assert way.places[-1].tolist() == pytest.approx([30 + 95 + 4.5, 34.5])


def test_of_a_long_way_even_places_are_kept() -> None:
    (way,) = followed([(20 + n // 50, 30) for n in range(2 * POINTS + 400)]).each

    assert POINTS / 2 < len(way.places) <= POINTS
    assert (np.diff(way.places[:, 0]) >= 0).all()
    assert way.places[-1, 0] == pytest.approx(24.5 + (2 * POINTS + 399) // 50, abs=1)


def test_the_drawing() -> None:
    plate = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    picture = followed([(20 + 6 * n, 30) for n in range(20)]).draw(plate)
    marked = np.abs(picture.astype(int) - COLOURS[0]).max(axis=2) < 40

    assert marked[34:36, 30:135].any(axis=0).all()
    assert not marked[:, 150:].any()
    assert marked[33:36, 23:26].all()  # the disc where it begins
    assert picture[5, 5].tolist() == [193] * 3
    assert (plate == 100).all()


def test_an_id_that_is_passed_on_has_gone_no_way_between() -> None:
    """Neither its length nor its drawing, and no tail of the overlay, leaps from one thing to the next."""
    ways, overlay, plate = Trajectories(), Overlay(), np.full((80, 120, 3), 100, np.uint8)
    for objects, time in passed_on(4):
        ways.update(objects, float(time), None)
        seen = overlay.draw(plate, objects, float(time), None)
    (way,) = ways.each

    assert way.length < 120
    assert len(way.parts) == 2
    assert (ways.draw(plate)[30:50, 55:65] == 193).all()
    assert (seen[30:50, 55:65] == 100).all()


def test_in_the_reports(street_mp4: Path, tmp_path: Path) -> None:
    report = stillplate.render(street_mp4, tmp_path / "out", objects=tmp_path / "o.csv", samples=16)
    layout = json.loads((tmp_path / "out" / "report.json").read_text())
    page = (tmp_path / "out" / "report.html").read_text()
    objects = pd.read_csv(tmp_path / "o.csv")

    assert [one["id"] for one in layout["tracks"]] == sorted(objects["id"].unique())
    assert layout["ids"] == report.ids == len(layout["tracks"])
    for one in layout["tracks"]:
        rows = objects[objects["id"] == one["id"]]
        assert (one["frames"], one["from"], one["to"]) == (
            len(rows), pytest.approx(rows["time"].min(), abs=1e-3), pytest.approx(rows["time"].max(), abs=1e-3),
        )  # fmt: skip
    assert "<h2>Ways</h2>" in page
    shown = [one["id"] for one in layout["tracks"] if one["length"] > 0 or one["to"] - one["from"] >= 1]
    assert page.count(" pixels a second</td>") == len(shown) > 5


def test_in_millimetres(street_mp4: Path, tmp_path: Path) -> None:
    """The table of the page, where the scale is known; a scale that nothing would use is refused."""
    stillplate.render(street_mp4, tmp_path / "out", tracks=tmp_path / "t.csv", samples=16, px_per_mm=4)
    (longest, *_) = sorted(
        json.loads((tmp_path / "out" / "report.json").read_text())["tracks"], key=lambda way: -way["length"]
    )
    page = (tmp_path / "out" / "report.html").read_text()

    assert f"<td>{longest['length'] / 4:.0f} mm</td><td>{longest['mean_speed'] / 4:.1f} mm a second</td>" in page
    with pytest.raises(ParameterError, match="px_per_mm is given, but nothing that lists things"):
        stillplate.render(street_mp4, tmp_path / "other", px_per_mm=4)


def test_none_where_nothing_lists_things(walkers: np.ndarray, tmp_path: Path) -> None:
    report = stillplate.render(walkers, tmp_path / "out", samples=8)

    assert report.tracks is None
    assert report.ids is None
    assert "tracks" not in json.loads((tmp_path / "out" / "report.json").read_text())
    assert "<h2>Ways" not in (tmp_path / "out" / "report.html").read_text()
