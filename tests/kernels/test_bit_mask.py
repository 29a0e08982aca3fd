"""Masks of one bit for each pixel do what masks of bytes do."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import BitMask, _native, count_blinks

Masks = npt.NDArray[np.bool_]

ISAS = _native.isas()
SIZES = [(1, 1), (3, 63), (5, 64), (4, 65), (30, 130), (40, 7)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def random_mask(size: tuple[int, int], share: float) -> Masks:
    return np.random.default_rng(sum(size)).random(size) < share


def naive_grown(mask: Masks, radius: int) -> Masks:
    """Each pixel's square by itself."""
    grown = np.zeros_like(mask)
    for y, x in np.argwhere(mask):
        grown[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1] = True
    return grown


@pytest.mark.parametrize("size", [*SIZES, (0, 5), (5, 0)])
def test_packing_and_back(size: tuple[int, int]) -> None:
    mask = random_mask(size, 0.5)
    packed = BitMask.of(mask)

    assert np.array_equal(packed.mask(), mask)
    assert packed.bits.any() == mask.any()
    assert packed.bits.nbytes <= mask.nbytes / 8 + 8 * size[0]
    words = np.zeros((size[0], 8 * packed.bits.shape[1]), np.uint8)
    words[:, : -(-size[1] // 8)] = np.packbits(mask, axis=1, bitorder="little")
    assert np.array_equal(packed.bits, words.view("<u8"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("radius", [0, 1, 2, 5, 16, 31])
def test_growing_against_the_plain_twin(size: tuple[int, int], radius: int) -> None:
    few = random_mask(size, 0.02)

    assert np.array_equal(BitMask.of(few).grown(radius).mask(), naive_grown(few, radius))


@pytest.mark.parametrize("size", SIZES)
def test_bits_beyond_the_width_stay_unset(size: tuple[int, int]) -> None:
    """Else masks that are equal would have different bits."""
    packed = BitMask.of(random_mask(size, 0.9))
    changed = packed.grown(3)

    assert np.array_equal(changed.bits, BitMask.of(changed.mask()).bits)


@pytest.mark.parametrize("radius", [-1, 32])
def test_the_radius_is_checked(radius: int) -> None:
    with pytest.raises(KernelError, match=f"radius is {radius}; it must be 0 to 31"):
        BitMask.nowhere(3, 3).grown(radius)


@pytest.mark.parametrize("size", [*SIZES, (0, 5), (5, 0)])
def test_packing_what_is_above_one(size: tuple[int, int]) -> None:
    one, other = np.random.default_rng(0).gamma(1, 1, (2, *size)).astype(np.float32)

    assert np.array_equal(BitMask.above_one(one).bits, BitMask.of(one > 1).bits)
    assert np.array_equal(BitMask.above_one(one, other).bits, BitMask.of((one > 1) | (other > 1)).bits)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0, 0.97, 1])
def test_growing_by_width_is_opening_and_growing_in_turns(size: tuple[int, int], share: float) -> None:
    wide = random_mask(size, share)
    found, expected = BitMask.of(wide).grown_by_width((1, 2, 4)), np.zeros(size, np.bool_)
    for radius in (1, 2, 4):
        wide = naive_grown(~naive_grown(~wide, radius), radius)
        expected |= naive_grown(wide, 2 * radius)

    assert np.array_equal(found.mask(), expected)


def test_radii_rise() -> None:
    with pytest.raises(KernelError, match=r"radii are \(2, 1\)"):
        BitMask.nowhere(3, 4).grown_by_width((2, 1))


@pytest.mark.parametrize("size", [*SIZES, (0, 5)])
def test_what_blinks_is_counted(size: tuple[int, int]) -> None:
    before, now, after = masks = np.random.default_rng(sum(size)).random((3, *size)) < 0.4
    blinking = (now & ~before & ~after) | (before & after & ~now)

    assert count_blinks(*(BitMask.of(one) for one in masks)) == (blinking.sum(), (before | now | after).sum())
    with pytest.raises(KernelError, match="different sizes"):
        count_blinks(BitMask.of(now), BitMask.of(now), BitMask.nowhere(size[0] + 1, size[1]))
