"""The kernel that makes the mask of a frame at its own size, against its twins."""

from typing import Any

import cv2
import numpy as np
import pytest

from stillplate import kernels
from stillplate.arrays import Floats, Mask
from stillplate.errors import KernelError
from stillplate.kernels import Components, Inside, Pieces, SmallEvidence, SmallLimits, Upsampling, _native
from tests import naive_regions
from tests.kernels.test_half_chroma import MATRIX, Matrix, random_planes
from tests.kernels.test_regions import SHAPES, cloudy, inside_of

ISAS = _native.isas()
LIMITS = SmallLimits(fewest=2, seed=1.6, clear=1.5, least=4.0, around=3, part=0.45)
STEPS = Upsampling(1, 0.5, 0.4)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def full_size(height: int, width: int) -> tuple[Any, Any, Any]:
    image, plate = np.random.default_rng(3).integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    return image, plate, np.clip(np.arange(256)[:, None] * (1.1, 1.0, 0.9), 0, 255).astype(np.uint8)


def masks_of(rows: int, columns: int) -> tuple[Mask, Mask]:
    return cloudy(rows, columns, 1) > 0.5, cloudy(rows, columns, 1) > 0.4


@pytest.mark.parametrize("factor", [2, 3, 4, 7])
@pytest.mark.parametrize(("height", "width"), [*SHAPES[:6], (61, 131)])
def test_upsampled_mask(height: int, width: int, factor: int) -> None:
    full, (rows, columns) = full_size(height, width), (-(-height // factor), -(-width // factor))
    masks, inside = masks_of(rows, columns), inside_of(rows, columns, factor)
    found = kernels.finish_mask(masks, inside, full, Upsampling(factor, 0.5, 0.4), None, None)

    assert np.array_equal(found, naive_regions.upsample_mask(masks, inside, *full, factor, 0.5, 0.4))


def test_a_mask_of_the_frames_size_is_taken_as_it_is() -> None:
    masks = masks_of(20, 70)
    found = kernels.finish_mask(masks, inside_of(20, 70, 1), full_size(20, 70), STEPS, None, None)

    assert np.array_equal(found, masks[0])


def small_evidence(height: int, width: int, seed: int, risen: bool) -> SmallEvidence:
    ratio, level = 2 * cloudy(height, width, seed, 1), 10 * cloudy(height, width, seed + 10)
    large, shadow = cloudy(height, width, seed + 30) > 0.8, cloudy(height, width, seed + 40) > 0.9
    noise = np.full((height, width), 4, np.float32)
    return SmallEvidence(ratio, level, noise, cloudy(height, width, seed + 20) > 0.6 if risen else None, large, shadow)


def cut_out(small: Mask, full: tuple[Any, Any, Any], factor: int, limits: SmallLimits) -> Mask:
    """A part of the largest difference near by, where the enlarged mask and its rim are."""
    image, plate, table = full
    height, width = image.shape[:2]
    near = naive_regions.grown(small).repeat(factor, 0).repeat(factor, 1)[:height, :width]
    lit = np.stack([table[:, channel][image[:, :, channel]] for channel in range(3)], axis=2)
    difference = np.abs(lit.astype(np.float32) - plate).sum(axis=2) * np.float32(1 / 3) * near
    peak = cv2.dilate(difference, np.ones((2 * limits.around + 1,) * 2, np.uint8))
    return np.asarray(near & (difference > np.float32(limits.part) * peak))


def small_regions(evidence: SmallEvidence, limits: SmallLimits) -> Mask:
    away = evidence.large | naive_regions.grown(evidence.shadow)
    levels, numbers = (evidence.level, evidence.noise), limits._asdict()
    del numbers["around"], numbers["part"]
    return naive_regions.small_regions(evidence.ratio, levels, evidence.risen, away, **numbers)


@pytest.mark.parametrize("risen", [False, True])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_small_regions(height: int, width: int, seed: int, risen: bool) -> None:
    factor = 1 + seed
    evidence = small_evidence(height, width, seed, risen)
    masks, inside = masks_of(height, width), inside_of(height, width, seed)
    full = full_size(max(1, height * factor - seed), max(1, width * factor - seed))
    steps = Upsampling(factor, 0.5, 0.4)
    whole = kernels.finish_mask(masks, inside, full, steps, None, None)
    found = kernels.finish_mask(masks, inside, full, steps, (evidence, LIMITS), None)

    assert np.array_equal(found, whole | cut_out(small_regions(evidence, LIMITS), full, factor, LIMITS))


@pytest.mark.parametrize("count", [1, 15, 200], ids="{} regions".format)
@pytest.mark.parametrize(("factor", "odd"), [(1, 0), (2, 1), (4, 3)])
def test_regions_that_touch_and_that_lie_apart_are_cut_out(count: int, factor: int, odd: int) -> None:
    mask = np.zeros((90, 160), np.bool_)
    for top, left in np.random.default_rng(count + factor).integers(0, (90, 160), (count, 2)).tolist():
        mask[top : top + 3, left : left + 2] = True
    full, nothing = full_size(90 * factor - odd, 160 * factor - odd), np.zeros_like(mask)
    ones = np.ones(mask.shape, np.float32)
    limits = LIMITS._replace(around=5)
    evidence = SmallEvidence(3 * ones * mask, 9 * ones, ones, None, nothing, nothing)
    steps, inside = Upsampling(factor, 0.5, 0.4), inside_of(90, 160, 0)
    found = kernels.finish_mask((nothing, nothing), inside, full, steps, (evidence, limits), None)

    assert np.array_equal(found, cut_out(mask, full, factor, limits))


def specks_dropped(mask: Mask, weights: Floats) -> Mask:
    regions = Components.of(mask)
    return regions.select(regions.sums(weights) >= 1)


@pytest.mark.parametrize("seed", range(3))
def test_specks_are_dropped(seed: int) -> None:
    masks, inside, full = masks_of(30, 65), inside_of(30, 65, 0), full_size(60, 130)
    weights = 0.02 * cloudy(60, 130, seed)
    steps, evidence = Upsampling(2, 0.5, 0.4), small_evidence(30, 65, seed, False)
    for smalls in (None, (evidence, LIMITS._replace(least=0))):
        whole = kernels.finish_mask(masks, inside, full, steps, smalls, None)

        assert np.array_equal(
            kernels.finish_mask(masks, inside, full, steps, smalls, weights), specks_dropped(whole, weights)
        )


@pytest.mark.parametrize("matrix", [None, MATRIX])
@pytest.mark.parametrize(("height", "width", "factor"), [(1, 1, 1), (61, 131, 3), (90, 400, 4), (33, 270, 7)])
def test_pieces_are_converted_where_they_are_looked_at(
    height: int, width: int, factor: int, matrix: Matrix | None
) -> None:
    planes, (rows, columns) = random_planes(height, width), (-(-height // factor), -(-width // factor))
    rgb, pieces = kernels.rgb_from_half_chroma(planes, matrix), Pieces.of(planes, matrix)
    _, plate, table = full_size(height, width)
    masks, inside = masks_of(rows, columns), inside_of(rows, columns, factor)
    masks[0][:, columns // 2 :] = False
    steps, smalls = Upsampling(factor, 0.5, 0.4), (small_evidence(rows, columns, 1, False), LIMITS)
    for _ in range(2):
        found = kernels.finish_mask(masks, inside, (pieces, plate, table), steps, smalls, None)

        assert np.array_equal(found, kernels.finish_mask(masks, inside, (rgb, plate, table), steps, smalls, None))
    made = pieces.made.repeat(2, 0)[:height]
    for y, piece in np.argwhere(made).tolist():
        here = np.s_[y, _native.PIECE * piece : _native.PIECE * (piece + 1)]
        assert np.array_equal(pieces.rgb[here], rgb[here])


def test_nothing_is_converted_where_nothing_is_found() -> None:
    planes, nothing = random_planes(60, 300), np.zeros((30, 150), np.bool_)
    pieces, (_, plate, table) = Pieces.of(planes, MATRIX), full_size(60, 300)
    kernels.finish_mask(
        (nothing, nothing), inside_of(30, 150, 0), (pieces, plate, table), Upsampling(2, 0.5, 0.4), None, None
    )

    assert not pieces.made.any()


def test_shapes_and_types_are_checked() -> None:
    masks, inside, full = masks_of(4, 5), inside_of(4, 5, 0), full_size(4, 5)
    evidence = small_evidence(4, 5, 0, False)
    with pytest.raises(KernelError, match="factor=0 given"):
        kernels.finish_mask(masks, inside, full, Upsampling(0, 0.5, 0.4), None, None)
    with pytest.raises(KernelError, match="mask is a bool array of shape"):
        kernels.finish_mask(masks, inside, full, Upsampling(2, 0.5, 0.4), None, None)
    with pytest.raises(KernelError, match="shadow"):
        broken = evidence._replace(shadow=evidence.shadow[1:])
        kernels.finish_mask(masks, inside, full, STEPS, (broken, LIMITS), None)
    with pytest.raises(KernelError, match="specks"):
        kernels.finish_mask(masks, inside, full, STEPS, None, inside.difference[1:])
    with pytest.raises(KernelError, match="around=0 given"):
        kernels.finish_mask(masks, inside, full, STEPS, (evidence, LIMITS._replace(around=0)), None)
    with pytest.raises(KernelError, match="made"):
        pieces = Pieces.of(random_planes(4, 5), None)._replace(made=np.zeros((1, 1), np.bool_))
        kernels.finish_mask(masks, inside, (pieces, *full[1:]), STEPS, None, None)
    with pytest.raises(KernelError, match="difference"):
        one = Inside(inside.difference[1:], None, 2, 0.05, 0.45)
        kernels.finish_mask(masks, one, full, STEPS, None, None)
