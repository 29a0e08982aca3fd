"""Shadows that things cast on one side are learnt from their masks, and taken off; dark things keep their bodies."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.kernels import BitMask
from stillplate.segmentation.cast_profile import CastProfile, rim_light
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.shadows import smoothed

Masks = npt.NDArray[np.bool_]
Images = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 120, 160
SHADE = 0.2  # light in the shadow
BODY = np.s_[30:80, 50:110]
SHADOW = np.s_[80:90, 50:110]  # below the body
PLATE = np.full((HEIGHT, WIDTH, 3), (120, 125, 130), np.uint8)
COLOURS = [(200, 60, 50), (60, 80, 190), (210, 210, 200), (90, 140, 80), (40, 42, 40), (240, 200, 60), (150, 60, 140)]


def thing(colour: tuple[int, int, int], *, shadow: bool = True) -> tuple[Evidence, Masks]:
    """A block, and the shadow below it, in one mask."""
    image, mask = PLATE.copy(), np.zeros((HEIGHT, WIDTH), np.bool_)
    if shadow:
        image[SHADOW] = np.rint(SHADE * PLATE[SHADOW])
        mask[SHADOW] = True
    image[BODY] = colour
    mask[BODY] = True
    nothing = np.zeros(mask.shape, np.float32)
    return Evidence(image, PLATE, nothing, nothing, nothing), mask


def smooth(evidence: Evidence) -> tuple[Images, Images]:
    return smoothed(evidence.image), smoothed(evidence.plate)


def learnt(make: Callable[[int], tuple[Evidence, Masks] | None], count: int = 28) -> CastProfile | None:
    frames = [make(number) for number in range(count)]
    return CastProfile.learn([[] if frame is None else rim_light(*frame) for frame in frames], count)


@pytest.fixture(scope="module")
def profile() -> CastProfile:
    found = learnt(lambda number: thing(COLOURS[number % len(COLOURS)]))

    assert found is not None
    return found


def test_a_shadow_below_things_is_learnt(profile: CastProfile) -> None:
    """Ten of 60 pixels, where the nearest ground is below: of sixteen directions, around number 12."""
    below = np.flatnonzero(profile.depth)

    assert {11, 12} <= set(below.tolist()) <= {10, 11, 12, 13}
    assert profile.depth[below] == pytest.approx(10 / 60, abs=0.06)
    assert profile.hue == pytest.approx(np.ones(3), abs=0.03)


@pytest.mark.parametrize("colour", [COLOURS[0], COLOURS[4]], ids=["bright", "dark"])
def test_the_shadow_goes_and_the_body_stays(profile: CastProfile, colour: tuple[int, int, int]) -> None:
    """Four fifths of the usual depth go; corners are nearer to the ground beside them."""
    evidence, mask = thing(colour)
    shadow, rest = profile.taken_from(mask, *smooth(evidence))

    assert shadow[83:90, 60:100].mean() > 0.9
    assert shadow[BODY].mean() < 0.05
    assert np.array_equal(rest, mask & ~shadow)


def test_nothing_is_taken_from_an_empty_mask(profile: CastProfile) -> None:
    evidence, mask = thing(COLOURS[0])

    assert not np.any(profile.taken_from(np.zeros_like(mask), *smooth(evidence)))


@pytest.mark.parametrize(
    "make",
    [
        lambda number: thing(COLOURS[number % len(COLOURS)], shadow=False),
        lambda number: thing((26, 25, 26)),
        lambda number: thing(COLOURS[number % len(COLOURS)]) if number < 9 else None,
    ],
    ids=["no shadow", "all are dark", "a third of the clip"],
)
def test_nothing_is_learnt(make: Callable[[int], tuple[Evidence, Masks] | None]) -> None:
    assert learnt(make, 26) is None


def test_masks_of_frames_in_a_row_leave_the_shadow_out(profile: CastProfile) -> None:
    """The mask of a frame by itself has it, since it is as dark as things are."""
    background = replace(stillplate.Background.from_plate(PLATE, threshold=16), cast=profile)
    evidence, mask = thing(COLOURS[0])
    observation, options = background.observe(evidence.image), MaskOptions().checked()
    found = observation.found(observation.evidence_in_time(options), options, BitMask.nowhere(*mask.shape))

    assert background.mask(evidence.image)[84:88, 60:100].all()
    assert found.mask[34:76, 54:106].all()
    assert not found.mask[84:88, 60:100].any()
    assert found.shadow[84:88, 60:100].all()


def test_a_profile_is_saved(profile: CastProfile, tmp_path: Path) -> None:
    replace(stillplate.Background.from_plate(PLATE, threshold=16), cast=profile).save(tmp_path / "b.npz")
    loaded = stillplate.Background.load(tmp_path / "b.npz").cast

    assert loaded is not None
    assert np.array_equal(loaded.depth, profile.depth)
    assert np.array_equal(loaded.hue, profile.hue)


def test_a_fit_learns_it() -> None:
    """Cars of all colours, each with the same shadow, drive along a street that is seen in most samples."""
    images = np.repeat(PLATE[None], 48, axis=0)
    for number, image in enumerate(images):
        left = (37 * number) % 150
        image[30:50, left : left + 40] = COLOURS[number % len(COLOURS)]
        image[50:57, left : left + 40] = np.rint(SHADE * PLATE[0, 0])
    cast = stillplate.fit(images).cast

    assert cast is not None
    assert {11, 12} <= set(np.flatnonzero(cast.depth).tolist())
