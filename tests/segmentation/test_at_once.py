"""All steps of a frame in one call of the core, against the same steps one by one."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.arrays import Image, Mask
from stillplate.background.background import Background
from stillplate.kernels import BitMask, _native
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.found import Found
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.shadows import smoothed
from stillplate.synthetic import street

ISAS = _native.isas()
WIDTH, HEIGHT = 326, 121


@pytest.fixture(scope="module")
def background() -> Background:
    return stillplate.fit(street(WIDTH, HEIGHT, 60))


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """Frames with cars, their shadows, shade that nothing casts, a haze, a dark thing, and noise as of rain."""
    frames = [frame.image for frame in street(WIDTH, HEIGHT, 60)][5:50:9]
    shaded, hazy, dark, noisy = (frame.copy() for frame in frames[:4])
    shaded[60:110, 30:140] = shaded[60:110, 30:140] * 0.55
    hazy[10:60, 200:300] = hazy[10:60, 200:300] * 0.8 + 30
    dark[40:75, 150:185] = 12
    noise = np.random.default_rng(0).random((HEIGHT, WIDTH)) < 0.01
    noisy[cv2.dilate(noise.astype(np.uint8), np.ones((3, 2), np.uint8)) > 0] = 200
    return [*frames, shaded, hazy, dark, noisy]


def observed(background: Background, image: Image, options: MaskOptions) -> tuple[Observation, Evidence]:
    seen = background.observe(image)
    evidence = seen.evidence_in_time(options)
    assert evidence is not None
    return seen, evidence


def same(one: Found, other: Found) -> Iterator[tuple[Mask, Mask]]:
    assert one.evidence is not None and other.evidence is not None
    yield one.mask, other.mask
    yield one.shadow, other.shadow
    yield one.inside, other.inside
    yield one.evidence.ratio, other.evidence.ratio
    if other.evidence.risen is not None:
        assert one.evidence.risen is not None
        yield one.evidence.risen, other.evidence.risen


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize(
    "options",
    [{}, {"shadows": "foreground"}, {"cleanup": "light"}, {"min_size": 20}, {"sensitivity": 1.7}],
)
def test_the_steps_one_by_one(
    background: Background, images: list[Image], options: dict[str, str | float], isa: str
) -> None:
    checked = MaskOptions.of("masks", options)
    _native.use_isa(isa)
    marked = 0
    try:
        for number, image in enumerate(images):
            seen, evidence = observed(background, image, checked)
            assert evidence.faint is not None
            chance = np.random.default_rng(number).random((HEIGHT, WIDTH), np.float32)
            clouds = cv2.GaussianBlur(chance, (0, 0), 5) > 0.48
            for lasting in (None, BitMask.of(clouds)):
                at_once, _ = seen._regions(evidence, checked, lasting)
                again = seen.evidence_in_time(checked)
                assert again is not None
                by_step, _ = Observation._regions(seen, again, checked, lasting)
                marked += np.count_nonzero(by_step.mask) + np.count_nonzero(by_step.shadow)

                assert all(np.array_equal(one, other) for one, other in same(at_once, by_step))
    finally:
        _native.use_isa(ISAS[-1])

    assert marked > 20_000


def test_the_smoothed_frame(background: Background, images: list[Image]) -> None:
    """It is wanted where shadows that things cast are known."""
    options = MaskOptions.of("masks", {})
    for image in images:
        seen, evidence = observed(background, image, options)
        seen.cast = object()  # type: ignore[assignment]
        found, smooth = seen._regions(evidence, options, BitMask.nowhere(HEIGHT, WIDTH))

        assert smooth is not None or not found.mask.any()
        assert smooth is None or np.array_equal(smooth[0], smoothed(evidence.image))
