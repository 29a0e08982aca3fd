"""The kernels of shades and edges against their plain twins."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import ParameterError
from stillplate.kernels import _native
from tests import naive

ISAS = _native.isas()
SIZES = [(1, 1), (1, 9), (7, 1), (13, 17), (30, 41)]
HUE: dict[str, Any] = {"dark": 4.0, "off": (3.0, 0.04), "between": (0.2, 1.25)}


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def shaded(height: int, width: int, seed: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A textured plate, and a frame in which some of it is in the shade and some is hidden."""
    random = np.random.default_rng(seed)
    plate = random.integers(60, 220, (height, width, 3)).astype(np.uint8)
    light = np.where(np.arange(width) < width // 2, 0.6, 1.0)[None, :, None]
    image = np.clip(plate * light + random.normal(0, 2, plate.shape), 0, 255).astype(np.uint8)
    image[: height // 3] = random.integers(0, 255, (height // 3, width, 3))
    return image, plate


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_hue(height: int, width: int) -> None:
    image, plate = shaded(height, width)
    weak = np.random.default_rng(1).random((height, width)) < 0.7
    alike, light = kernels.hue(image, plate, weak, **HUE)
    expected = naive.hue(image, plate, weak, **HUE)

    assert np.array_equal(alike, expected[0])
    assert light == pytest.approx(expected[1], rel=1e-5)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_texture(height: int, width: int) -> None:
    image, plate = shaded(height, width)
    smooth = (image, plate)
    alike = np.random.default_rng(2).random((height, width)) < 0.95
    light = np.full((height, width), 0.7, np.float32)
    flats, sums = kernels.texture(image, plate, smooth, alike, light, cell=4, dark=4.0, flat=0.2, threads=2)
    expected = naive.texture(image, plate, smooth, alike, light, 4, 4.0, 0.2)

    assert np.array_equal(flats, expected[0])
    assert sums == pytest.approx(expected[1], rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("factor", [1, 2, 4])
def test_follow(height: int, width: int, factor: int) -> None:
    image, plate = shaded(height, width)
    random = np.random.default_rng(3)
    rows, columns = -(-height // factor), -(-width // factor)
    mask = random.random((rows, columns)) < 0.5
    mask[: rows // 2, : columns // 2] = True
    usual = np.where(random.random((rows, columns)) < 0.2, 0, 40).astype(np.float32)
    table = np.clip(np.arange(256)[:, None] * (1.1, 1.0, 0.9), 0, 255).astype(np.uint8)
    options: dict[str, Any] = {"factor": factor, "edge": 0.45, "weight": 0.5, "most": 0.4}
    expected = naive.upsample_mask(mask, usual, image, plate, table, **options)

    assert np.array_equal(kernels.upsample_mask(mask, usual, image, plate, table, **options, threads=2), expected)


def test_wrong_shapes() -> None:
    image, plate = shaded(8, 8)
    with pytest.raises(ParameterError, match="weak"):
        kernels.hue(image, plate, np.zeros((8, 7), np.bool_), **HUE)
    with pytest.raises(ParameterError, match="usual"):
        kernels.upsample_mask(
            np.zeros((4, 4), np.bool_), np.zeros((3, 4), np.float32), image, plate, np.zeros((256, 3), np.uint8),
            factor=2, edge=0.5, weight=0.5, most=0.4,
        )  # fmt: skip
