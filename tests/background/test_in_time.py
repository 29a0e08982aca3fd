"""Masks of frames in a row: in order, beside their neighbours, the same at any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background import in_time
from stillplate.background.in_time import moments
from stillplate.background.moment import Moment
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.segmentation.carrying import MOST_STEPS
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.found import UNCLEAR, UNKNOWN_LIGHT, Found
from stillplate.segmentation.options import MaskOptions
from tests.background.test_whole_clip import textured

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

FRAMES, WIDTH, HEIGHT = 24, 192, 128
OPTIONS = MaskOptions().checked()
STILL = textured((HEIGHT, WIDTH), 1)


@pytest.fixture(scope="module")
def walk() -> tuple[Images, stillplate.Background]:
    """A street, with a block of 6 pixels in frame 11 alone."""
    clip = synthetic.street(WIDTH, HEIGHT, FRAMES, seed=2, walkers=2)
    images = np.stack([frame.image for frame in clip])
    background = stillplate.fit(images, samples=16)
    images[11, 2:8, 4:10] = 255 - images[11, 2:8, 4:10]
    return images, background


class Seen:
    """An observation of which all is known."""

    def __init__(self, found: Found, image: Images = STILL) -> None:
        self.given, self.small_image = found, image

    def evidence_in_time(self, options: MaskOptions) -> Evidence | None:
        return self.given.evidence

    def found(self, evidence: Evidence | None, options: MaskOptions, lasting: Masks) -> Found:
        return self.given


def marked(*columns: int) -> Masks:
    """A mask with columns of eight pixels set."""
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    for column in columns:
        mask[:, column : column + 8] = True
    return mask


def told(*columns: int) -> Found:
    return Found(marked(*columns), marked())


def untold(reason: str = UNCLEAR) -> Found:
    return Found.nothing((HEIGHT, WIDTH), reason)


def through(found: list[Found], numbers: list[int] | None = None, workers: int = 2) -> list[Moment[None]]:
    """Of still frames with these numbers."""
    numbers = list(range(len(found))) if numbers is None else numbers
    frames = [(Frame(STILL, number, Fraction(number)), None) for number in numbers]
    seen = dict(zip(numbers, found, strict=True))

    def observe(frame: Frame) -> Any:
        return Seen(seen[frame.index])

    return list(moments(frames, observe, OPTIONS, workers))


def test_what_flickers_goes_and_the_rest_stays(walk: tuple[Images, stillplate.Background]) -> None:
    images, background = walk
    alone = background.mask(images[11])
    found = {frame.index: mask for frame, mask in background.masks(images)}

    assert list(found) == list(range(FRAMES))
    assert alone[2:8, 4:10].mean() > 0.7
    assert not found[11][:10, :12].any()
    differing = np.mean([np.mean(found[index] != background.mask(images[index])) for index in range(FRAMES)])
    assert differing < 0.005


@pytest.mark.parametrize("count", [1, 2])
def test_of_one_frame_or_two_masks_are_those_of_single_frames(
    walk: tuple[Images, stillplate.Background], count: int
) -> None:
    images, background = walk
    found = [mask for _, mask in background.masks(images[10 : 10 + count])]

    assert len(found) == count
    assert all(np.array_equal(mask, background.mask(image)) for mask, image in zip(found, images[10:], strict=False))


def test_no_frame_has_no_mask(walk: tuple[Images, stillplate.Background]) -> None:
    assert list(walk[1].masks(iter(()))) == []


def test_frames_that_do_not_follow_one_another_are_not_compared(walk: tuple[Images, stillplate.Background]) -> None:
    images, background = walk
    clip = stillplate.ArraySource(images)
    every_other = [1, 3, 9, 11, 13]
    pairs = list(background.masks(clip.take(every_other)))

    assert [frame.index for frame, _ in pairs] == every_other
    assert all(np.array_equal(mask, background.mask(frame.image)) for frame, mask in pairs)


@pytest.mark.parametrize("options", [{"threshold": 20.0}, {"cleanup": "none"}, {"cleanup": "light"}])
def test_options_that_ask_for_single_frames(walk: tuple[Images, stillplate.Background], options: Any) -> None:
    images, background = walk
    for frame, mask in background.masks(images[9:14], **options):
        assert np.array_equal(mask, background.mask(frame.image, **options))


@pytest.mark.parametrize("shadows", ["background", "label"])
def test_the_same_at_any_number_of_threads(
    walk: tuple[Images, stillplate.Background], monkeypatch: pytest.MonkeyPatch, shadows: str
) -> None:
    images, background = walk
    results = []
    for workers in (1, 2, 4):
        monkeypatch.setattr(in_time, "processors", lambda workers=workers: workers)
        results.append(np.stack([mask for _, mask in background.masks(images, shadows=shadows)]))

    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_few_frames_are_read_ahead(walk: tuple[Images, stillplate.Background], monkeypatch: pytest.MonkeyPatch) -> None:
    """Five for its mask, and in each of three steps what two threads work on and what waits; all share the threads."""
    images, background = walk
    monkeypatch.setattr(in_time, "processors", lambda: 2)
    read: list[int] = []
    others = set(threading.enumerate())

    def frames() -> Iterator[Images]:
        for index in range(1000):
            read.append(index)
            yield images[index % FRAMES]

    masks = background.masks(frames())
    next(masks)
    masks.close()

    assert len(read) <= 14
    new = set(threading.enumerate()) - others
    assert len([thread for thread in new if thread.name.startswith("stillplate-frame")]) <= 2


def test_an_error_of_the_frames_reaches_the_caller(walk: tuple[Images, stillplate.Background]) -> None:
    images, background = walk
    with pytest.raises(ParameterError, match="shape"):
        list(background.masks([images[0], images[1][:-1]]))
    with pytest.raises(ParameterError, match="path"):
        list(background.masks("clip.mp4"))  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="sensitivity"):
        background.masks(images, sensitivity=0)


def test_a_gap_has_what_both_sides_carry() -> None:
    found = through([told(8), untold(), untold(), told(40)])

    assert [moment.found.reason for moment in found] == [None, UNCLEAR, UNCLEAR, None]
    for moment in found[1:3]:
        assert np.mean(moment.found.mask != marked(8, 40)) < 0.02
    assert np.array_equal(found[3].found.mask, marked(40))


def test_a_carried_mask_is_a_neighbour_like_any_other() -> None:
    found = through([told(8), untold(), told(8), told(8)])

    assert [moment.before is None for moment in found] == [True, False, False, False]
    assert [moment.after is None for moment in found] == [False, False, False, True]
    assert found[2].before is found[1].found.mask


@pytest.mark.parametrize("length", [1, 7, 8, 9, 12, 16, 17, 30])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_long_gap_is_filled_eight_frames_from_either_side(length: int, workers: int) -> None:
    """The twin: each frame of the gap asks how far either end is."""
    found = through([told(8), *[untold()] * length, told(40)], workers=workers)

    assert [moment.frame.index for moment in found] == list(range(length + 2))
    for number in range(1, length + 1):
        mask, columns = found[number].found.mask, []
        if number <= MOST_STEPS:
            columns.append(8)
        if length + 1 - number <= MOST_STEPS:
            columns.append(40)
        assert np.mean(mask != marked(*columns)) < 0.02
        assert (found[number].found.reason is None) is (not columns)


def test_gaps_at_the_ends_have_what_one_side_carries() -> None:
    first, *_, last = through([untold(), told(24), untold()])

    assert np.mean(first.found.mask != marked(24)) < 0.02
    assert np.mean(last.found.mask != marked(24)) < 0.02


def test_nothing_is_carried_where_frames_are_missing() -> None:
    found = through([told(8), untold(), untold(), told(40)], [0, 2, 3, 5])

    assert [moment.found.reason for moment in found] == [None] * 4
    assert not found[1].found.mask.any()
    assert not found[2].found.mask.any()


def test_where_all_frames_tell_nothing_nothing_is_carried() -> None:
    found = through([untold()] * 20)

    assert [moment.frame.index for moment in found] == list(range(20))
    assert not any(moment.found.carried for moment in found)


def test_in_an_unknown_light_masks_stay_in_place() -> None:
    found = through([told(8), untold(UNKNOWN_LIGHT), told(8)])

    assert np.array_equal(found[1].found.mask, marked(8))
    assert found[1].found.reason == UNKNOWN_LIGHT


def test_what_comes_with_a_frame_stays_with_it() -> None:
    frames = ((Frame(STILL, index, Fraction(index)), str(index)) for index in range(20))

    def observe(frame: Frame) -> Any:
        return Seen(untold() if frame.index % 7 in (2, 3) else told(8))

    for moment in moments(frames, observe, OPTIONS, 3):
        assert moment.beside == str(moment.frame.index)


def test_a_mask_without_flicker_is_kept_as_it_is() -> None:
    """The same record, so that edges at full size keep their bytes."""
    found = told(8)
    levels = np.full((HEIGHT, WIDTH), 0.2, np.float32)
    steady = replace(found, evidence=Evidence(STILL, STILL, levels, levels, levels), whole=marked(9))

    assert steady.steadied(marked(8), marked(8)) is steady
    assert steady.steadied(None, marked(8)) is steady
    assert steady.steadied(marked(8), None) is steady
    assert steady.steadied(marked(), marked()) is steady
    assert found.steadied(marked(), marked()) is found


def test_masks_two_frames_away_are_known() -> None:
    found = through([told(8), told(), told(12), told(), told(16)])

    assert found[2].further is not None and np.array_equal(found[2].further, marked(8) | marked(16))
    assert found[0].further is not None and np.array_equal(found[0].further, marked(12))
    assert through([told(8), told(8)])[0].further is None
