"""Clips that are tiny, odd, constant or all noise: fit, masks and all that is made of them raise nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import Background
from stillplate.photometry.shift import LightShift
from stillplate.plate.light_state_plates import LOOSE_RULES
from stillplate.plate.votes.agreement import Agreement

Clip = npt.NDArray[np.uint8]
SIZES = [(1, 1), (1, 2), (2, 1), (2, 2), (1, 37), (37, 1), (7, 5), (3, 90), (23, 34)]
OPTIONS: list[dict[str, Any]] = [{}, {"light": "varying"}, {"vote": "majority", "clusters": 3}, {"light": "fixed"}]
MASKS: list[dict[str, Any]] = [
    {}, {"shadows": "label"}, {"cleanup": "light"}, {"cleanup": "none"}, {"threshold": 9.0}, {"sensitivity": 3.0},
]  # fmt: skip


def _shape(count: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    return count, *size, 3


def grey(count: int, size: tuple[int, int]) -> Clip:
    """One colour."""
    return np.full(_shape(count, size), 90, np.uint8)


def white(count: int, size: tuple[int, int]) -> Clip:
    """All is burnt out."""
    return np.full(_shape(count, size), 255, np.uint8)


def noise(count: int, size: tuple[int, int]) -> Clip:
    """No pixel ever shows the same."""
    return np.random.default_rng(4).integers(0, 256, _shape(count, size), dtype=np.uint8)


def black_and_white(count: int, size: tuple[int, int]) -> Clip:
    """Noise that is as loud as may be."""
    return noise(count, size) // np.uint8(128) * np.uint8(255)


def lamp_out(count: int, size: tuple[int, int]) -> Clip:
    """A loud sensor, whose noise is 12 levels, and a lamp that goes out half-way."""
    light = np.where(np.arange(count) < count / 2, 150, 45)[:, None, None, None]
    return np.clip(light + np.random.default_rng(5).normal(0, 12, _shape(count, size)), 0, 255).astype(np.uint8)


def strobe(count: int, size: tuple[int, int]) -> Clip:
    """Black and white in turn."""
    return np.broadcast_to((np.arange(count) % 2 * 255).astype(np.uint8)[:, None, None, None], _shape(count, size))


def bands(count: int, size: tuple[int, int]) -> Clip:
    """Light that rolls down the rows."""
    row = np.arange(size[0])[None, :, None, None] / 4
    light = 1 + 0.3 * np.sin(row + 2.1 * np.arange(count)[:, None, None, None])
    return np.clip(120 * light + np.random.default_rng(6).normal(0, 3, _shape(count, size)), 0, 255).astype(np.uint8)


def fade(count: int, size: tuple[int, int]) -> Clip:
    """From dark to burnt out."""
    light = np.linspace(0.1, 2.5, count)[:, None, None, None]
    return np.clip(noise(1, size) * light, 0, 255).astype(np.uint8)


KINDS = [grey, white, noise, black_and_white, lamp_out, strobe, bands, fade]


def use(background: Background, image: npt.NDArray[np.uint8]) -> None:
    """Make all that a background makes of a frame."""
    for options in MASKS:
        assert background.mask(image, **options).shape == image.shape[:2]
    assert background.cutout(image).shape == (*image.shape[:2], 4)
    assert background.clean(image).shape == background.view(image).image.shape == image.shape


@pytest.mark.parametrize("kind", KINDS)
def test_no_clip_trips_an_inner_check(kind: Callable[[int, tuple[int, int]], Clip]) -> None:
    """Whatever its size, its light and its noise, a clip has a plate and masks of its size."""
    for number, size in enumerate(SIZES):
        images = kind((2, 5, 24)[(number + len(kind.__name__)) % 3], size)
        background = stillplate.fit(images, **OPTIONS[number % len(OPTIONS)])
        use(background, images[-1])

        assert background.plate.image.shape == (*size, 3)


@pytest.mark.parametrize("size", [(1, 1), (24, 32)])
def test_the_loudest_clip_in_several_lights_can_be_voted_on(size: tuple[int, int]) -> None:
    """However loud the sensor is, samples of several lights are compared at no more levels than the kernel takes."""
    samples = black_and_white(6, size)
    votes = np.ones(samples.shape[:3], np.float32)
    (heard,) = Agreement(samples, 40.0, LOOSE_RULES).aggregate(votes)

    assert (heard >= 1).all() and (heard <= 6).all()


def test_a_black_sample_has_a_span_of_light() -> None:
    """The span of gains is finite though the darkest one is none at all."""
    gain = np.array([[0.0] * 3, [0.0] * 3, [1.0] * 3, [1.0] * 3, [1.2] * 3], np.float32)

    assert LightShift(gain, np.zeros((5, 16), np.float32)).span == pytest.approx(999)
