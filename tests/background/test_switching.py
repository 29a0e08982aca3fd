"""Frames in the instant of a switch of the light: told as such, and masked as the frames beside them; no others are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background import in_time
from stillplate.background.moment import Moment
from stillplate.background.switching import LONGEST, switches_told
from stillplate.io.source import Frame
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.segmentation.found import UNCLEAR, UNKNOWN_LIGHT, Found
from stillplate.segmentation.options import MaskOptions

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

WIDTH, HEIGHT, FRAMES, START = 160, 90, 56, 28
OPTIONS = MaskOptions().checked()
COLUMN = (np.arange(WIDTH) + 0.5) / WIDTH
SHAPE = (12, 20)
ONE = np.ones(3)


def lamp(low: float, reach: float = 0.6) -> npt.NDArray[np.float64]:
    """Light of a room, in which a lamp on the left has changed."""
    share = np.clip((reach - COLUMN) / 0.2 + 0.5, 0, 1)
    return np.asarray((1 - (1 - low) * share)[None, :, None] * np.ones((HEIGHT, 1, 3)))


def for_frames(light: npt.ArrayLike, count: int) -> Callable[[int], npt.ArrayLike]:
    return lambda index: light if START <= index < START + count else ONE


def settling(index: int) -> npt.ArrayLike:
    """A lamp comes on at night, and the exposure needs some frames to follow."""
    return np.array([0.3, 0.32, 0.4]) if index < START else ONE * (1 + 2 * np.exp((START - index) / 1.5))


SWITCHES: dict[str, tuple[Callable[[int], npt.ArrayLike], range]] = {
    "nearly out": (for_frames(0.15 * ONE, 3), range(START, START + 3)),
    "a lamp out": (for_frames(lamp(0.12, 0.9), 5), range(START, START + 5)),
    "a lamp more": (for_frames(lamp(1.9), 4), range(START, START + 4)),
    "a flash that blinds": (for_frames(5 * ONE, 2), range(START, START + 2)),
    "settling": (settling, range(START, START + 1)),
}


def drawn(light: Callable[[int], npt.ArrayLike] | None, seed: int) -> tuple[Images, Masks]:
    rng = np.random.default_rng(seed)
    clip = synthetic.street(
        WIDTH, HEIGHT, FRAMES, seed=seed, light=light, noise=float(rng.uniform(1, 3)),
        walkers=int(rng.integers(2, 7)), vehicles=int(rng.integers(1, 4)), shadows=bool(seed % 2),
    )  # fmt: skip
    return np.stack([frame.image for frame in clip]), np.stack([clip.mask(index) for index in range(FRAMES)])


def found_in(images: Images, background: stillplate.Background, workers: int = 2) -> list[Moment[None]]:
    frames = ((frame, None) for frame in stillplate.ArraySource(images))
    return list(in_time.moments(frames, lambda frame: background.observe(frame.image, frame.index), OPTIONS, workers))


def f_of(masks: list[Masks], truth: Masks) -> float:
    counts = MaskCounts()
    for mask, true in zip(masks, truth, strict=True):
        counts += mask_counts(mask, true.view(np.uint8) * np.uint8(255))
    return counts.f


@pytest.mark.parametrize(("name", "seed"), [*((name, 0) for name in SWITCHES), ("nearly out", 1), ("a lamp more", 1)])
def test_frames_of_a_switch_have_the_masks_of_those_beside_them(name: str, seed: int) -> None:
    light, switch = SWITCHES[name]
    images, truth = drawn(light, seed)
    background = stillplate.fit(images, samples=28)
    alone = [background.mask(images[index]) for index in switch]
    moments = found_in(images, background)
    masks = [moments[index].labels(OPTIONS) == 255 for index in switch]
    wrong = [index for index, mask in zip(switch, alone, strict=True) if np.mean(mask & ~truth[index]) > 0.2]
    told = [index for index, moment in enumerate(moments) if moment.found.untold is not None]

    assert wrong and told == wrong
    assert all(moments[index].found.reason == UNKNOWN_LIGHT for index in told)
    assert f_of(masks, truth[switch.start : switch.stop]) > max(0.55, f_of(alone, truth[switch.start : switch.stop]))


def bus(images: Images, rng: np.random.Generator) -> None:
    """It fills more than half of the picture, at once, and has windows or is plain."""
    height, width, step = int(0.9 * HEIGHT), int(rng.uniform(0.6, 1) * WIDTH), int(rng.integers(15, 70))
    body = np.broadcast_to(rng.integers(0, 256, 3), (height, width, 3)).copy()
    if rng.random() < 0.5:
        body[20:50, :: width // 8] = rng.integers(0, 256, 3)
    for index in range(START, FRAMES):
        left = step * (index - START + 1) - width
        first, end = max(0, left), min(WIDTH, left + width)
        if first < end:
            images[index, HEIGHT - height :, first:end] = body[:, first - left : end - left]


def jolt(images: Images, rng: np.random.Generator) -> None:
    for index in range(START, START + 12, 4):
        images[index] = np.roll(images[index], rng.integers(1, 9, 2) * rng.choice([-1, 1], 2), axis=(0, 1))


def cloud(index: int) -> npt.ArrayLike:
    """Its shade comes over half of the picture by and by."""
    shade = np.clip((index / FRAMES - COLUMN) / 0.3, 0, 1)
    return np.asarray((1 - 0.45 * shade)[None, :, None] * np.ones((HEIGHT, 1, 1)))


def exposed(index: int) -> npt.ArrayLike:
    return np.asarray(1 + 0.3 * np.sin(index / 4) * ONE)


def kept(moments: Iterable[Moment[None]], into: list[Moment[None]]) -> Iterator[Moment[None]]:
    for one in moments:
        into.append(one)
        yield one


STEADY: dict[str, tuple[Callable[[int], npt.ArrayLike] | None, Callable[[Images, np.random.Generator], None] | None]]
STEADY = {"bus": (None, bus), "jolt": (None, jolt), "cloud": (cloud, None), "exposure": (exposed, None)}


@pytest.mark.parametrize(
    ("name", "seed"), [("bus", 0), ("bus", 1), ("jolt", 0), ("jolt", 1), ("cloud", 1), ("exposure", 0)]
)
def test_nothing_changes_without_a_switch(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    light, change = STEADY[name]
    images, _ = drawn(light, seed)
    if change is not None:
        change(images, np.random.default_rng(seed))
    background = stillplate.fit(images, samples=28)
    asked: list[Moment[None]] = []
    passed: list[Moment[None]] = []

    monkeypatch.setattr(in_time, "switches_told", lambda moments: kept(switches_told(kept(moments, asked)), passed))
    found_in(images, background)

    assert len(passed) == FRAMES and all(one is other for one, other in zip(passed, asked, strict=True))
    assert all(moment.found.untold is None for moment in passed)


def test_a_switch_is_the_same_at_any_number_of_threads() -> None:
    images, _ = drawn(SWITCHES["a lamp out"][0], 3)
    background = stillplate.fit(images, samples=28)
    results = [[moment.labels(OPTIONS) for moment in found_in(images, background, workers)] for workers in (1, 4)]

    assert np.array_equal(results[0], results[1])


class Seen:
    """An observation of which it is known whether what it marks is light."""

    def __init__(self, relit: bool) -> None:
        self._relit = relit

    def is_relit(self, where: Masks) -> bool:
        return self._relit


def moment(index: int, share: float, relit: bool = True, untold: str | None = None) -> Moment[None]:
    """Of a frame in which the uppermost rows are marked."""
    mask = np.zeros(SHAPE, np.bool_)
    mask[: round(share * SHAPE[0])] = True
    observation: Any = Seen(relit)
    image = np.zeros((*SHAPE, 3), np.uint8)
    found = Found(mask, ~mask & mask) if untold is None else Found.nothing(SHAPE, untold)
    return Moment(Frame(image, index, Fraction(index)), None, observation, found)


def told(*moments: Moment[None]) -> list[int]:
    passed = list(switches_told(moments))
    assert [one.frame.index for one in passed] == [one.frame.index for one in moments]
    for one, other in zip(passed, moments, strict=True):
        assert one is other or (one.found.untold == UNKNOWN_LIGHT and not one.found.mask.any())
    return [one.frame.index for one in passed if one.found.untold == UNKNOWN_LIGHT]


@pytest.mark.parametrize("length", [1, 8, LONGEST - 1, LONGEST, LONGEST + 1, 40])
def test_a_light_that_stays_is_no_switch(length: int) -> None:
    frames = [moment(0, 0), *(moment(index, 0.5) for index in range(1, length + 1)), moment(length + 1, 0)]

    assert told(*frames) == (list(range(1, length + 1)) if length <= LONGEST else [])


def test_what_hides_the_ground_is_no_light() -> None:
    assert told(moment(0, 0), moment(1, 0.5, relit=False), moment(2, 0.8, relit=False), moment(3, 0)) == []


def test_little_light_is_left() -> None:
    assert told(moment(0, 0.1), moment(1, 0.2), moment(2, 0.1)) == []


def test_light_beside_a_thing_that_came_before_it() -> None:
    """What the last settled mask has is not asked for its texture."""
    assert told(moment(0, 0), moment(1, 0.4, relit=False), moment(2, 0.8), moment(3, 0.4, relit=False)) == [2]


def test_light_that_rises_by_and_by() -> None:
    """It is compared to the least of the masks before it, too."""
    assert told(moment(0, 0), moment(1, 0.1), moment(2, 0.25), moment(3, 0.35), moment(4, 0)) == [2, 3]


def test_untold_frames_in_a_switch_belong_to_it() -> None:
    frames = [moment(0, 0), moment(1, 0.5), moment(2, 0, untold=UNCLEAR), moment(3, 0.5), moment(4, 0)]
    passed = list(switches_told(frames))

    assert [one.found.untold for one in passed] == [None, UNKNOWN_LIGHT, UNCLEAR, UNKNOWN_LIGHT, None]


def test_frames_that_are_missing_end_a_switch() -> None:
    assert told(moment(0, 0), moment(1, 0.5), moment(5, 0.5), moment(6, 0)) == [1]


def test_a_switch_at_the_end_of_a_clip() -> None:
    assert told(moment(0, 0), moment(1, 0.5), moment(2, 0.5)) == [1, 2]
    assert told(moment(0, 0.5), moment(1, 0.5)) == []
    assert told() == []


def test_few_frames_are_held_back() -> None:
    read: list[int] = []

    def frames() -> Iterator[Moment[None]]:
        for index in range(100):
            read.append(index)
            yield moment(index, 0.5 * (index > 0))

    passing = switches_told(frames())
    next(passing)
    assert len(read) == 1
    next(passing)
    assert len(read) == LONGEST + 2
