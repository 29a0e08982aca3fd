"""The kernels of shade against their plain twins."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError, ParameterError
from stillplate.kernels import _native
from stillplate.segmentation.shadows import smoothed
from tests import naive_shade

ISAS = _native.isas()
SIZES = [(1, 1), (1, 9), (7, 1), (13, 17), (30, 41)]
LIMITS = kernels.ShadeLimits(
    dark=4.0, hue=3.0, loose=6.0, hue_share=0.04, deepest=0.2, brightest=1.25, flat=0.08, cell=4, lines=8, quietest=1,
    sure=6, visible=2, misfit=30, misfit_share=0.1, other=3, whole=0.5, least_cast=0.1, most_cast=0.4,
)  # fmt: skip


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


def shade_of(height: int, width: int, **limits: float) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What the kernel and its twin tell of a shaded frame."""
    image, plate = shaded(height, width)
    smooth = smoothed(image), smoothed(plate)
    weak = np.random.default_rng(1).random((height, width)) < 0.95
    given = (image, plate), smooth, weak, LIMITS._replace(**limits)
    return kernels.shade(*given, window=3, reach=2), naive_shade.shade(*given, window=3, reach=2)


@pytest.mark.parametrize("limits", [{}, {"hue": 20}, {"hue": 20, "flat": 0.5}, {"whole": 0.01, "least_cast": 0}])
@pytest.mark.parametrize(("height", "width"), [*SIZES, (40, 60)])
def test_shade(height: int, width: int, limits: dict[str, float]) -> None:
    found, expected = shade_of(height, width, **limits)

    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[2] == pytest.approx(expected[2], rel=1e-5)


def test_half_of_a_frame_is_in_the_shade() -> None:
    found, _ = shade_of(40, 60, hue=20, flat=0.5)

    assert 0.2 < found[0].mean() < 0.9
    assert found[1].any()


def test_no_shade_where_nothing_differs() -> None:
    image, plate = shaded(20, 30)
    shadow, proven, light = kernels.shade(
        (image, plate), (image, plate), np.zeros((20, 30), np.bool_), LIMITS, window=3, reach=2
    )

    assert not shadow.any() | proven.any() | light.any()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("height", "width"), [*SIZES, (60, 130)])
def test_uncast(height: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(random.random((3, height, width), np.float32).transpose(1, 2, 0), (0, 0), 3)
    blobs = blobs.reshape(height, width, 3) > np.quantile(blobs, (0.5, 0.7, 0.6))
    weak, part, proven = np.ascontiguousarray(blobs.transpose(2, 0, 1))
    shadow, light = weak & part, (0.5 + 0.6 * random.random((height, width))).astype(np.float32)
    keywords: dict[str, Any] = {"rim": 3, "reach": 1, "caster_area": 0.2, "spread": 0.15}
    found = kernels.find_uncast(shadow, shadow & proven, weak, light, **keywords)
    expected = naive_shade.find_uncast(shadow, shadow & proven, weak, light, **keywords)

    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def test_wrong_shapes() -> None:
    image, plate = shaded(8, 8)
    with pytest.raises(ParameterError, match="weak"):
        kernels.shade((image, plate), (image, plate), np.zeros((8, 7), np.bool_), LIMITS, window=3, reach=2)


@pytest.mark.parametrize("clear", [5, 300])
@pytest.mark.parametrize(("height", "width"), [*SIZES, (40, 90)])
def test_soft_shade(height: int, width: int, clear: float) -> None:
    random = np.random.default_rng(5)
    plate = random.integers(60, 220, (height, width, 3)).astype(np.uint8)
    light = 0.6 + 0.4 * (np.arange(width) > width // 2)[None, :, None]
    image = np.clip(20 + (plate - 20.0) * light + random.normal(0, 2, plate.shape), 0, 255).astype(np.uint8)
    smooth = smoothed(image).reshape(plate.shape), smoothed(plate).reshape(plate.shape)
    ratio, level = (2.5 * random.random((height, width), np.float32), np.full((height, width), 20, np.float32))
    keywords: dict[str, Any] = {
        "clear": clear, "veil": (0.01, 4), "dark": 4, "off": (1.5, 0.1), "flat": 0.2, "between": (0.5, 1),
    }  # fmt: skip
    soft, share = kernels.soft_shade(smooth, (ratio, level), **keywords)
    expected = naive_shade.soft_shade(smooth, (ratio, level), **keywords)

    assert np.array_equal(soft, expected[0])
    assert np.array_equal(share, expected[1])


@pytest.mark.parametrize(("rim", "reach"), [(1, 1 << 15), (-1, 1)])
def test_reaches_of_uncast_shade_are_checked(rim: int, reach: int) -> None:
    nowhere, light = np.zeros((4, 5), np.bool_), np.zeros((4, 5), np.float32)

    with pytest.raises(KernelError, match="a reach of"):
        kernels.find_uncast(nowhere, nowhere, nowhere, light, rim=rim, reach=reach, caster_area=0.1, spread=0.1)
