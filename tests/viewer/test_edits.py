from __future__ import annotations

import cv2
import numpy as np
import pytest

from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.sampling.exclusion import Excluded
from stillplate.viewer.edits import Edits, outline
from stillplate.viewer.knobs import Knobs, PlateKnobs
from stillplate.viewer.lasting_look import lasting_look

SQUARE = [(2, 2), (8, 2), (8, 8), (2, 8)]


def test_what_is_no_ground_is_excluded_for_its_time() -> None:
    edits = Edits(20, 10)
    edits.add("not ground", SQUARE, 1.0, 2.5)

    assert [(one.region, one.start, one.end) for one in edits.exclusions] == [(tuple(SQUARE), 1.0, 2.5)]
    assert edits.roi is None


def test_what_is_ground_for_a_time_is_excluded_before_and_after() -> None:
    edits = Edits(20, 10)
    edits.add("ground", SQUARE, 1.0, 2.5)
    edits.add("ground", SQUARE, None, 2.5)

    assert [(one.start, one.end) for one in edits.exclusions] == [(None, 1.0), (2.5, None), (2.5, None)]


def test_ground_needs_a_time() -> None:
    with pytest.raises(ParameterError, match="ground has no time"):
        Edits(20, 10).add("ground", SQUARE)


def test_a_region_of_interest_takes_the_place_of_the_last_one() -> None:
    edits = Edits(20, 10)
    edits.add("roi", SQUARE)
    edits.add("roi", [(0, 0), (5, 0), (5, 5)])

    assert edits.roi == ((0, 0), (5, 0), (5, 5))
    assert len(edits.drawn) == 1


def test_undo_and_redo_go_through_all_that_was_done() -> None:
    edits = Edits(20, 10)
    first = edits.add("not ground", SQUARE)
    edits.change(first.id, 1.0, None)
    edits.remove(first.id)
    shown = [[(one.id, one.start) for one in edits.drawn]]
    while edits.can_undo:
        edits.undo()
        shown.append([(one.id, one.start) for one in edits.drawn])
    edits.redo()

    assert shown == [[], [(1, 1.0)], [(1, None)], []]
    assert edits.can_redo
    edits.add("not ground", SQUARE)
    assert not edits.can_redo


@pytest.mark.parametrize(
    ("kind", "corners", "start", "end", "message"),
    [
        ("sky", SQUARE, None, None, "kind is 'sky'"),
        ("roi", SQUARE[:2], None, None, "3 at least"),
        ("roi", [(0, 0), (30, 0), (5, 5)], None, None, "outside the picture"),
        ("not ground", SQUARE, 3.0, 1.0, "may not come before"),
        ("not ground", SQUARE, -1.0, None, "0 or more"),
        ("not ground", SQUARE * 2000, None, None, "corners"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    kind: str, corners: list[tuple[int, int]], start: float, end: float, message: str
) -> None:
    edits = Edits(20, 10)

    with pytest.raises(ParameterError, match=message):
        edits.add(kind, corners, start, end)  # type: ignore[arg-type]  # one of them is of no kind
    assert edits.drawn == ()


@pytest.mark.parametrize("radius", [0.4, 1, 5, 40])
@pytest.mark.parametrize(
    "stroke",
    [[(30, 20)], [(5, 5), (50, 30)], [(10, 10), (40, 10), (40, 30), (10, 30), (10, 10)], [(-20, 20), (30, 20)]],
)
def test_the_outline_of_a_stroke_covers_the_brush(stroke: list[tuple[int, int]], radius: float) -> None:
    corners = outline(stroke, radius, 64, 40)
    covered = Edits(64, 40).add("not ground", corners)
    excluded = Excluded.of(covered.exclusions, 64, 40).regions[0]
    painted = np.zeros((40, 64), np.uint8)
    cv2.polylines(painted, [np.array(stroke, np.int32)], False, 1, max(1, 2 * round(radius) - 2))

    assert len(corners) >= 3
    assert not (cv2.erode(painted, np.ones((3, 3), np.uint8)).view(np.bool_) & ~excluded).any()


def test_a_stroke_beside_the_picture_is_refused() -> None:
    with pytest.raises(ParameterError, match="does not touch"):
        outline([(-90, -90)], 3, 64, 40)
    with pytest.raises(ParameterError, match="0 points"):
        outline([], 3, 64, 40)


def frames(levels: list[int]) -> list[Frame]:
    from fractions import Fraction

    return [
        Frame(np.full((10, 20, 3), level, np.uint8), number, Fraction(number)) for number, level in enumerate(levels)
    ]


@pytest.mark.parametrize(
    ("levels", "at", "expected"),
    [
        ([90] * 9, 4, (None, None)),  # it looks alike in all samples
        ([90, 90, 30, 30, 30, 90, 90, 90, 90], 3, (1.5, 4.5)),
        ([30, 30, 30, 90, 90, 90, 90, 90, 90], 1, (None, 2.5)),
        ([90, 90, 90, 90, 90, 30, 30, 30, 30], 7, (4.5, None)),
        ([90, 30, 30, 200, 30, 30, 90, 90, 90], 4, (0.5, 5.5)),  # somebody passes before it
    ],
)
def test_a_region_looks_alike_from_when_to_when(
    levels: list[int], at: int, expected: tuple[float | None, float | None]
) -> None:
    samples = frames(levels)
    where = np.zeros((10, 20), np.bool_)
    where[2:8, 3:9] = True

    assert lasting_look(samples[at].image, float(at), samples, where) == expected


def test_knobs_are_turned_by_name() -> None:
    knobs = Knobs().turned(
        {"sensitivity": "1.5", "threshold": "", "shadows": "label", "temporal": "0", "min_size": "1%"}
    )

    assert knobs.keywords() == {"sensitivity": 1.5, "shadows": "label", "temporal": False, "min_size": "1%"}
    assert knobs.turned({"threshold": "30"}).judges_in_time is False


@pytest.mark.parametrize(
    "given", [{"sensitivity": "0"}, {"sensitivity": "much"}, {"weights": "1"}, {"cleanup": "best"}, {"temporal": "yes"}]
)
def test_what_is_no_knob_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        Knobs().turned(given)


def test_knobs_of_the_plate_have_their_types() -> None:
    assert PlateKnobs().turned({"samples": 20, "vote": "majority"}).keywords() == {"samples": 20, "vote": "majority"}
    for given in ({"samples": "20"}, {"path": "x"}, {"samples": True}):
        with pytest.raises(ParameterError):
            PlateKnobs().turned(given)
