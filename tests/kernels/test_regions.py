"""The kernels of regions and their edges, against their twins."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import Inside, _native
from tests import naive_regions

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

ISAS = _native.isas()
SHAPES = [(1, 1), (1, 9), (7, 1), (5, 64), (13, 17), (30, 41), (40, 63), (41, 65), (60, 131)]
REGIONS: dict[str, Any] = {"seed": 1.6, "closed": True, "reach": 2, "least": 12.5, "hole": 9.5}


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def cloudy(height: int, width: int, seed: int, sigma: float = 2) -> Floats:
    """A smooth map whose values are spread over 0..1."""
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma)).reshape(height, width)
    spread = smooth.max() - smooth.min()
    return np.asarray((smooth - smooth.min()) / (spread or 1), np.float32)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_solid_regions(height: int, width: int, closed: bool, seed: int) -> None:
    ratio, trust = 2 * cloudy(height, width, seed, 1 + seed), cloudy(height, width, seed + 10)
    for weights in (None, trust):
        keywords = {**REGIONS, "closed": closed}
        found = kernels.solid_regions(ratio, weights, **keywords)

        assert np.array_equal(found, naive_regions.solid_regions(ratio, weights, **keywords))


@pytest.mark.parametrize("value", [0, 1.2, 3])
def test_even_evidence(value: float) -> None:
    even = np.full((20, 70), value, np.float32)

    assert kernels.solid_regions(even, None, **REGIONS).all() == (value > 1.6)


def inside_of(height: int, width: int, seed: int) -> Inside:
    ground = cloudy(height, width, seed + 5) if seed % 2 else None
    return Inside(40 * cloudy(height, width, seed + 4), ground, 2, 0.05, 0.45)


@pytest.mark.parametrize("rim", [1, 2])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_trimmed_edges(height: int, width: int, seed: int, rim: int) -> None:
    mask, inside = cloudy(height, width, seed, 3) > 0.5, inside_of(height, width, seed)
    found = kernels.trim_edges(mask, inside, rim=rim, hole=6)

    assert np.array_equal(found, naive_regions.trim_edges(mask, inside, rim, 6))


def test_parts_of_larger_pictures() -> None:
    ratio = 2 * cloudy(40, 80, 0)
    whole = kernels.solid_regions(ratio[::2, 1:60].copy(), None, **REGIONS)

    assert np.array_equal(kernels.solid_regions(ratio[::2, 1:60], None, **REGIONS), whole)
    assert kernels.solid_regions(ratio[:0], None, **REGIONS).shape == (0, 80)


def test_shapes_and_types_are_checked() -> None:
    one, mask = np.zeros((4, 5), np.float32), np.zeros((4, 5), np.bool_)
    with pytest.raises(KernelError, match=r"trust is a float32 array of shape \(3, 5\)"):
        kernels.solid_regions(one, one[1:], **REGIONS)
    with pytest.raises(KernelError, match="difference"):
        kernels.trim_edges(mask, Inside(one[1:], None, 2, 0.05, 0.45), rim=1, hole=3)
    with pytest.raises(KernelError, match="edge=0 given"):
        kernels.trim_edges(mask, Inside(one, None, 2, 0.05, 0), rim=1, hole=3)
