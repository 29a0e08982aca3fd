"""All steps of a frame in one call of the core, against the same steps one by one."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.arrays import AnyArray, Image
from stillplate.background.background import Background
from stillplate.kernels import BitMask, _native
from stillplate.segmentation.cast_profile import CastProfile
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


def same(one: Found, other: Found) -> Iterator[tuple[AnyArray, AnyArray]]:
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
                marked += int(np.count_nonzero(by_step.mask) + np.count_nonzero(by_step.shadow))

                assert all(np.array_equal(one, other) for one, other in same(at_once, by_step))
    finally:
        _native.use_isa(ISAS[-1])

    assert marked > 20_000


@pytest.fixture(scope="module")
def lit() -> Background:
    """Of a clip in two lights."""
    frames = [frame.image for frame in street(WIDTH, HEIGHT, 60)]
    return stillplate.fit([*frames[:30], *((frame * 0.45).astype(np.uint8) for frame in frames[30:])])


def in_two_lights(images: list[Image]) -> Iterator[Image]:
    """The frames in the light of either state, between them, and in both side by side."""
    for number, image in enumerate(images):
        dark = (image * 0.45).astype(np.uint8)
        yield image if number % 2 else dark
        beside = image.copy()
        beside[:, 90:200] = dark[:, 90:200]
        beside[50:90, 20:60] = (image[50:90, 20:60] * 0.7).astype(np.uint8)
        yield beside


@pytest.mark.parametrize("options", [{}, {"shadows": "foreground"}, {"cleanup": "light"}, {"sensitivity": 1.7}])
def test_the_steps_one_by_one_in_two_lights(
    lit: Background, images: list[Image], options: dict[str, str | float]
) -> None:
    checked = MaskOptions.of("masks", options)
    shaded = relit = 0
    for image in in_two_lights(images):
        seen, evidence = observed(lit, image, checked)
        at_once, _ = seen._regions(evidence, checked, None)
        again = seen.evidence(checked)
        assert again is not None
        relit += int(np.count_nonzero(seen.shadows(again, again.ratio > 1)[1]))
        by_step, _ = Observation._regions(seen, again, checked, None)
        shaded += int(np.count_nonzero(by_step.shadow))

        assert all(np.array_equal(one, other) for one, other in same(at_once, by_step))

    assert len(lit.states) == 2
    assert relit > 1000
    assert shaded > 1000 or options.get("shadows") == "foreground"


@pytest.mark.parametrize("shadows", ["background", "foreground"])
def test_cast_shadows_are_taken_off(background: Background, images: list[Image], shadows: str) -> None:
    """But for shadows that are to be foreground."""
    options = MaskOptions.of("masks", {"shadows": shadows})
    cast = CastProfile(np.linspace(0.1, 0.3, 16, dtype=np.float32), np.array([0.98, 1, 1.02], np.float32))
    fitted, taken = replace(background, cast=cast), 0
    for image in images:
        seen, evidence = observed(fitted, image, options)
        nowhere = BitMask.nowhere(HEIGHT, WIDTH)
        at_once, smooth = seen._regions(evidence, options, nowhere)
        by_step, _ = Observation._regions(seen, evidence, options, nowhere)
        if shadows == "foreground" or not by_step.mask.any():
            assert at_once.cut is None or not at_once.cut.any()
            continue
        cut, rest = cast.taken_from(by_step.mask, smoothed(evidence.image), smoothed(evidence.plate))
        taken += int(np.count_nonzero(cut))

        assert smooth is None
        assert at_once.evidence is not None and at_once.cut is not None
        assert np.array_equal(at_once.cut, cut)
        assert np.array_equal(at_once.mask, rest)
        assert np.array_equal(at_once.inside, rest)
        assert np.array_equal(at_once.shadow, by_step.shadow | cut)
        assert not at_once.evidence.ratio[cut].any()

    assert (taken > 100) == (shadows == "background")


@pytest.mark.parametrize("width", [96, WIDTH])
@pytest.mark.parametrize(
    "options",
    [{}, {"shadows": "label"}, {"cleanup": "none"}, {"cleanup": "light"}, {"min_size": 20}, {"threshold": 30.0}],
)
def test_what_is_marked_is_what_is_labelled(width: int, options: dict[str, str | float]) -> None:
    """At the frame's own size, too, where a mask must not be the one that tells neighbouring frames."""
    clip = [frame.image for frame in street(width, HEIGHT, 12)]
    region = np.ones((HEIGHT, width), np.bool_)
    region[:, : width // 3] = False
    whole, checked = stillplate.fit(clip), MaskOptions.of("masks", options)
    for background in (whole, whole.within(region)):
        seen = background.observe(clip[6])
        found = seen.found(seen.evidence(checked), checked)

        assert np.array_equal(background.observe(clip[6]).marked(checked), seen.labels(checked) == 255)
        assert not np.shares_memory(seen.mask_of(found, checked), found.mask)
