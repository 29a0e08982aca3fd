"""The kernel that makes the mask of a frame at its own size, against its twins."""

from typing import Any

import numpy as np
import pytest

from stillplate import kernels
from stillplate.arrays import Floats, Mask
from stillplate.errors import KernelError
from stillplate.kernels import Components, Inside, SmallEvidence, SmallLimits, Upsampling, _native
from tests import naive_regions
from tests.kernels.test_regions import SHAPES, cloudy, inside_of

ISAS = _native.isas()
LIMITS = SmallLimits(fewest=2, seed=1.6, clear=1.5, least=4.0)


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
    found, small = kernels.finish_mask(masks, inside, full, Upsampling(factor, 0.5, 0.4), None, None)

    assert small is None
    assert np.array_equal(found, naive_regions.upsample_mask(masks, inside, *full, factor, 0.5, 0.4))


def test_a_mask_of_the_frames_size_is_taken_as_it_is() -> None:
    masks = masks_of(20, 70)
    found, _ = kernels.finish_mask(masks, inside_of(20, 70, 1), full_size(20, 70), Upsampling(1, 0.5, 0.4), None, None)

    assert np.array_equal(found, masks[0])


def small_evidence(height: int, width: int, seed: int, risen: bool) -> SmallEvidence:
    ratio, level = 2 * cloudy(height, width, seed, 1), 10 * cloudy(height, width, seed + 10)
    large, shadow = cloudy(height, width, seed + 30) > 0.8, cloudy(height, width, seed + 40) > 0.9
    noise = np.full((height, width), 4, np.float32)
    return SmallEvidence(ratio, level, noise, cloudy(height, width, seed + 20) > 0.6 if risen else None, large, shadow)


@pytest.mark.parametrize("risen", [False, True])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_small_regions(height: int, width: int, seed: int, risen: bool) -> None:
    evidence = small_evidence(height, width, seed, risen)
    masks, inside, full = masks_of(height, width), inside_of(height, width, seed), full_size(height, width)
    mask, small = kernels.finish_mask(masks, inside, full, Upsampling(1, 0.5, 0.4), (evidence, LIMITS), None)
    away = evidence.large | naive_regions.grown(evidence.shadow)
    levels = evidence.level, evidence.noise
    expected = naive_regions.small_regions(evidence.ratio, levels, evidence.risen, away, **LIMITS._asdict())

    assert np.array_equal(mask, masks[0])
    assert np.array_equal(np.zeros_like(mask) if small is None else small, expected)


def specks_dropped(mask: Mask, weights: Floats) -> Mask:
    regions = Components.of(mask)
    return regions.select(regions.sums(weights) >= 1)


@pytest.mark.parametrize("seed", range(3))
def test_specks_are_dropped_where_nothing_is_small(seed: int) -> None:
    masks, inside, full = masks_of(30, 65), inside_of(30, 65, 0), full_size(60, 130)
    weights = 0.02 * cloudy(60, 130, seed)
    steps, evidence = Upsampling(2, 0.5, 0.4), small_evidence(30, 65, seed, False)
    whole, _ = kernels.finish_mask(masks, inside, full, steps, None, None)
    dropped, none = kernels.finish_mask(masks, inside, full, steps, None, weights)
    kept, small = kernels.finish_mask(masks, inside, full, steps, (evidence, LIMITS._replace(least=0)), weights)

    assert none is None
    assert np.array_equal(dropped, specks_dropped(whole, weights))
    assert small is None or np.array_equal(kept, whole)


def test_shapes_and_types_are_checked() -> None:
    masks, inside, full = masks_of(4, 5), inside_of(4, 5, 0), full_size(4, 5)
    evidence = small_evidence(4, 5, 0, False)
    with pytest.raises(KernelError, match="factor=0 given"):
        kernels.finish_mask(masks, inside, full, Upsampling(0, 0.5, 0.4), None, None)
    with pytest.raises(KernelError, match="mask is a bool array of shape"):
        kernels.finish_mask(masks, inside, full, Upsampling(2, 0.5, 0.4), None, None)
    with pytest.raises(KernelError, match="shadow"):
        broken = evidence._replace(shadow=evidence.shadow[1:])
        kernels.finish_mask(masks, inside, full, Upsampling(1, 0.5, 0.4), (broken, LIMITS), None)
    with pytest.raises(KernelError, match="specks"):
        kernels.finish_mask(masks, inside, full, Upsampling(1, 0.5, 0.4), None, inside.difference[1:])
    with pytest.raises(KernelError, match="difference"):
        one = Inside(inside.difference[1:], None, 2, 0.05, 0.45)
        kernels.finish_mask(masks, one, full, Upsampling(1, 0.5, 0.4), None, None)
