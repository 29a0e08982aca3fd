"""A known number of things: two that touch are two, and keep their ids."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.rendering.objects import CountedTracker, Tracked, find_regions
from stillplate.rendering.objects.parting import part
from stillplate.synthetic import arena
from tests.command import run
from tests.rendering.objects.test_objects import Box, drawn


def followed(frames: Sequence[Sequence[Box]], number: int, rate: float = 25) -> list[dict[int, Tracked]]:
    tracker = CountedTracker(number)
    told = [tracker.update(find_regions(drawn(*boxes)), n / rate) for n, boxes in enumerate(frames)]
    assert all(len({one.id for one in objects}) == len(objects) <= number for objects in told)
    return [{one.id: one for one in objects} for objects in told]


CROSSING: list[list[Box]] = [[(4 * n, 30, 14, 20), (140 - 4 * n, 42, 14, 20)] for n in range(33)]
"""Two that pass each other, and cover each other by two fifths."""


def test_two_that_touch_are_two_and_keep_their_ids() -> None:
    told = followed(CROSSING, 2)

    assert all(objects.keys() == {1, 2} for objects in told)
    for objects, boxes in zip(told, CROSSING, strict=True):
        for one, (x, y, width, height) in enumerate(boxes, 1):
            centroid = objects[one].region.centroid
            assert abs(centroid[0] - (x + width / 2)) < 8
            assert abs(centroid[1] - (y + height / 2)) < 8


def test_the_parts_are_the_region() -> None:
    mask = drawn((20, 30, 14, 20), (30, 40, 14, 20))
    (region,) = find_regions(mask)
    parts = [one for one in part(region, np.array([[26.0, 38.0], [38.0, 52.0]]), [280.0, 280.0]) if one is not None]
    whole = np.zeros(mask.shape, int)
    for one in parts:
        x, y, width, height = one.box
        assert one.mask.shape == (height, width)
        assert one.mask.sum() == one.area
        whole[y : y + height, x : x + width] += one.mask

    assert (whole == mask).all()
    assert parts[0].centroid[0] < parts[1].centroid[0]


def test_one_that_is_quite_covered_is_not_told_and_comes_out_with_its_id() -> None:
    """A small one behind a large one."""
    frames: list[list[Box]] = [[(60, 20, 40, 50), (20 + 3 * n, 40, 8, 8)] for n in range(36)]
    told = followed(frames, 2)

    assert {len(objects) for objects in told} == {1, 2}
    assert told[-1][1].region.box == (60, 20, 40, 50)
    assert told[-1][2].region.box == (125, 40, 8, 8)


def test_specks_have_no_ids_while_there_are_things() -> None:
    rng = np.random.default_rng(1)
    frames: list[list[Box]] = [
        [(5 + 2 * n, 20, 12, 12), (120 - 2 * n, 60, 12, 12), (int(rng.integers(150)), int(rng.integers(80)), 2, 2)]
        for n in range(40)
    ]
    told = followed(frames, 2)

    assert all(objects.keys() == {1, 2} for objects in told)
    assert all(objects[1].region.box[:2] == (5 + 2 * n, 20) for n, objects in enumerate(told[:10]))


def test_a_thing_takes_the_id_of_a_speck_that_was_first() -> None:
    frames: list[list[Box]] = [[(20, 20, 3, 3), *([(60 + n, 50, 15, 15)] if n > 5 else [])] for n in range(40)]
    told = followed(frames, 1)

    assert told[3][1].region.box == (20, 20, 3, 3)
    assert told[-1][1].region.box == (99, 50, 15, 15)


def test_who_comes_after_one_has_left_has_its_id() -> None:
    frames: list[list[Box]] = [[(4 * n, 20, 12, 20)] if n < 20 else [(4 * (n - 40), 50, 12, 20)] for n in range(80)]
    told = followed([boxes if n < 20 or n > 41 else [] for n, boxes in enumerate(frames)], 1)

    assert told[5].keys() == told[-1].keys() == {1}
    assert told[30] == {}
    first = next(number for number in range(30, 80) if told[number])
    assert told[first][1].speed is None  # it has not come from where the other was
    assert told[first + 1][1].speed is not None


def test_animals_that_meet_are_as_many_as_they_are() -> None:
    """More often than without their number, of an arena in which they meet all the time."""
    clip = arena(200, 150, 120, seed=7, animals=3, length=0.12, meetings=1.0, noise=0)
    regions = [find_regions(clip.mask(index)) for index in range(120)]
    counted, free = CountedTracker(3), stillplate.Tracker()
    told = [len(counted.update(found, n / 25)) for n, found in enumerate(regions)]
    without = [len(free.update(found, n / 25)) for n, found in enumerate(regions)]

    assert max(told) == 3
    complete, before = (np.mean([number == 3 for number in numbers]) for numbers in (told, without))
    assert complete > before + 0.2


def test_as_an_option(street_mp4: Path, tmp_path: Path) -> None:
    """In one pass and in spans the same; refused where nothing lists things, and where it is no number of them."""
    out = ("--samples", "16", "--count", "2", "--tracks")
    whole = run("render", street_mp4, "-o", tmp_path / "whole", *out, tmp_path / "a.csv")
    spans = run("render", street_mp4, "-o", tmp_path / "spans", "--spans", "1", *out, tmp_path / "b.csv")
    table = pd.read_csv(tmp_path / "a.csv")

    assert whole.returncode == spans.returncode == 0, whole.stderr + spans.stderr
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert [*table.columns] == ["frame", "time", "x1", "y1", "x2", "y2"]
    assert f", {table[['x1', 'x2']].notna().sum().sum() / len(table):.1f} things a frame (ids 1 to 2), " in whole.stdout
    with pytest.raises(ParameterError, match="nothing that lists things"):
        stillplate.render(street_mp4, mask=tmp_path / "m.mkv", count=2)
    with pytest.raises(ParameterError, match="count is 0"):
        stillplate.render(street_mp4, objects=tmp_path / "o.csv", count=0)
    with pytest.raises(ParameterError, match="count is 0"):
        CountedTracker(0)
