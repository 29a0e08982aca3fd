"""Masks of one bit for each pixel do what masks of bytes do."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import BitMask, _native

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
    assert packed.any() == mask.any()
    assert packed.bits.nbytes <= mask.nbytes / 8 + 8 * size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("radius", [0, 1, 2, 5, 16, 31])
def test_growing_and_shrinking_against_the_plain_twin(size: tuple[int, int], radius: int) -> None:
    few, most = random_mask(size, 0.02), random_mask(size, 0.98)

    assert np.array_equal(BitMask.of(few).grown(radius).mask(), naive_grown(few, radius))
    assert np.array_equal(BitMask.of(most).shrunk(radius).mask(), ~naive_grown(~most, radius))


@pytest.mark.parametrize("size", SIZES)
def test_bits_beyond_the_width_stay_unset(size: tuple[int, int]) -> None:
    """Else masks that are equal would have different bits."""
    packed = BitMask.of(random_mask(size, 0.9))
    for changed in (packed.grown(3), packed.shrunk(3), packed | packed, BitMask.everywhere(*size)):
        assert np.array_equal(changed.bits, BitMask.of(changed.mask()).bits)


def test_what_both_and_what_either_has() -> None:
    one, other = random_mask((9, 70), 0.5), random_mask((9, 70), 0.3)

    assert np.array_equal((BitMask.of(one) & BitMask.of(other)).mask(), one & other)
    assert np.array_equal((BitMask.of(one) | BitMask.of(other)).mask(), one | other)


def test_everywhere_and_nowhere() -> None:
    assert BitMask.everywhere(3, 70).mask().all()
    assert not BitMask.nowhere(3, 70).any()


def test_opening_drops_what_is_narrow() -> None:
    mask = np.zeros((20, 70), np.bool_)
    mask[2:4, 2:60], mask[8:11, 62:66] = True, True

    assert np.array_equal(BitMask.of(mask).opened(1).mask(), mask & (np.arange(20)[:, None] > 5))


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
    wide = BitMask.of(random_mask(size, share))
    found, expected = wide.grown_by_width((1, 2, 4)), BitMask.nowhere(*size)
    for radius in (1, 2, 4):
        wide = wide.opened(radius)
        expected |= wide.grown(2 * radius)

    assert np.array_equal(found.bits, expected.bits)


def test_radii_rise() -> None:
    with pytest.raises(KernelError, match=r"radii are \(2, 1\)"):
        BitMask.nowhere(3, 4).grown_by_width((2, 1))
