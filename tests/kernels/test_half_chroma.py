"""Planes with chroma at half the rows and columns, and RGB: the kernels against their formula, pixel by pixel."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.imaging.resize import downscale
from stillplate.kernels import (
    MATRIX_BITS,
    MOST_STEP,
    _native,
    cut_half_chroma,
    half_chroma_from_rgb,
    rgb_from_half_chroma,
    small_from_half_chroma,
)

Plane = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.int32]

ISAS = _native.isas()
SIZES = [(1, 1), (1, 9), (8, 1), (2, 2), (5, 7), (6, 128), (3, 129), (4, 300), (33, 131)]
MATRIX = np.array([[1192, 0, 1836, -253952], [1192, -218, -546, 78336], [1192, 2163, 0, -295936]], np.int32)
BACK = np.array([[187, 629, 63, 16896], [-103, -347, 450, 131584], [450, -408, -41, 131584]], np.int32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def random_planes(height: int, width: int) -> list[Plane]:
    rng = np.random.default_rng(height * 1000 + width)
    half = (-(-height // 2), -(-width // 2))
    return [rng.integers(0, 256, size, np.uint8) for size in ((height, width), half, half)]


def weighted(matrix: Matrix, values: list[int]) -> list[int]:
    sums = [sum(m * v for m, v in zip(row[:3], values, strict=True)) + row[3] for row in matrix.tolist()]
    return [min(255, max(0, total >> MATRIX_BITS)) for total in sums]


def naive_chroma(plane: Plane, y: int, x: int) -> int:
    """Bilinear, in the steps of OpenCV's integers: 1/4 of the neighbour, first along the row, then along the column."""
    rows, columns = plane.shape

    def across(row: int) -> int:
        beside = min(max(x // 2 + (1 if x % 2 else -1), 0), columns - 1)
        return 3 * int(plane[row, x // 2]) + int(plane[row, beside])

    far = across(min(max(y // 2 + (1 if y % 2 else -1), 0), rows - 1))
    return ((far >> 2) + (3 * across(y // 2) >> 2) + 2) >> 2


def naive_rgb(planes: list[Plane], matrix: Matrix) -> Plane:
    rgb = np.empty((*planes[0].shape, 3), np.uint8)
    for y, x in np.ndindex(*planes[0].shape):
        rgb[y, x] = weighted(matrix, [int(planes[0][y, x]), *(naive_chroma(plane, y, x) for plane in planes[1:])])
    return rgb


def naive_planes(rgb: Plane, matrix: Matrix) -> list[Plane]:
    height, width, _ = rgb.shape
    luma = np.empty((height, width), np.uint8)
    blue, red = np.empty((2, height // 2, width // 2), np.uint8)
    for y, x in np.ndindex(height, width):
        luma[y, x] = weighted(matrix, rgb[y, x].tolist())[0]
    for y, x in np.ndindex(height // 2, width // 2):
        four = rgb[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].reshape(4, 3).astype(int)
        _, blue[y, x], red[y, x] = weighted(matrix, ((four.sum(axis=0) + 2) // 4).tolist())
    return [luma, blue, red]


@pytest.mark.parametrize("size", SIZES)
def test_rgb_is_that_of_the_formula(size: tuple[int, int]) -> None:
    planes = random_planes(*size)

    assert np.array_equal(rgb_from_half_chroma(planes, MATRIX), naive_rgb(planes, MATRIX))


@pytest.mark.parametrize("value", [0, 16, 128, 255])
def test_flat_planes_make_a_flat_picture(value: int) -> None:
    planes = [np.full_like(plane, value) for plane in random_planes(20, 37)]
    rgb = rgb_from_half_chroma(planes, MATRIX)

    assert (rgb == weighted(MATRIX, [value] * 3)).all()


@pytest.mark.parametrize("size", [(2 * height, 2 * width) for height, width in SIZES])
def test_without_a_matrix_the_bytes_are_those_of_opencv(size: tuple[int, int]) -> None:
    import cv2

    planes = random_planes(*size)
    both = cv2.merge(planes[1:])

    assert np.array_equal(
        rgb_from_half_chroma(planes, None), cv2.cvtColorTwoPlane(planes[0], both, cv2.COLOR_YUV2RGB_NV12)
    )


@pytest.mark.parametrize("size", [(2 * height, 2 * width) for height, width in SIZES])
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_what_is_cut_out_of_planes(size: tuple[int, int], share: float) -> None:
    planes, mask = random_planes(*size), np.random.default_rng(sum(size)).random(size) < share
    wide = [np.full((plane.shape[0], plane.shape[1] + 5), 7, np.uint8) for plane in planes]
    cut = [plane[:, :-5] for plane in wide]
    cut_half_chroma(planes, mask, 16, cut)
    kept = mask.reshape(size[0] // 2, 2, size[1] // 2, 2).sum(axis=(1, 3))

    assert np.array_equal(cut[0], np.where(mask, planes[0], 16))
    for found, plane in zip(cut[1:], planes[1:], strict=True):
        assert np.array_equal(found, (kept * plane.astype(int) + (4 - kept) * 128 + 2) // 4)
    assert all((plane[:, -5:] == 7).all() for plane in wide), "what lies between rows stays"


def test_masks_of_other_sizes_are_refused() -> None:
    planes = random_planes(6, 8)
    out = [np.zeros_like(plane) for plane in planes]
    with pytest.raises(KernelError, match="mask"):
        cut_half_chroma(planes, np.ones((6, 7), np.bool_), 16, out)
    with pytest.raises(KernelError, match="must be even"):
        cut_half_chroma(random_planes(5, 8), np.ones((5, 8), np.bool_), 16, random_planes(5, 8))
    with pytest.raises(KernelError, match="gaps"):
        cut_half_chroma(planes, np.ones((6, 8), np.bool_), 16, [out[0].repeat(2, axis=1)[:, ::2], *out[1:]])


@pytest.mark.parametrize("matrix", [None, MATRIX])
@pytest.mark.parametrize("step", [2, 3, 5, 7, MOST_STEP])
@pytest.mark.parametrize("size", SIZES)
def test_a_small_image_is_the_mean_of_the_large_one(size: tuple[int, int], step: int, matrix: Matrix | None) -> None:
    planes = random_planes(*size)

    assert np.array_equal(
        small_from_half_chroma(planes, matrix, step), downscale(rgb_from_half_chroma(planes, matrix), step)
    )


@pytest.mark.parametrize("size", [(2 * height, 2 * width) for height, width in SIZES])
def test_planes_are_those_of_the_formula(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(sum(size)).integers(0, 256, (*size, 3), np.uint8)
    planes = [np.zeros_like(plane) for plane in random_planes(*size)]
    half_chroma_from_rgb(rgb, BACK, planes)

    for found, expected in zip(planes, naive_planes(rgb, BACK), strict=True):
        assert np.array_equal(found, expected)


def test_rows_may_lie_apart_and_what_is_between_stays() -> None:
    planes = random_planes(10, 22)
    wide = [np.pad(plane, ((0, 0), (3, 5)), constant_values=7) for plane in planes]
    views = [plane[:, 3:-5] for plane in wide]
    rgb = rgb_from_half_chroma(views, MATRIX)

    assert np.array_equal(rgb, rgb_from_half_chroma(planes, MATRIX))
    half_chroma_from_rgb(rgb, BACK, views)
    assert all((plane[:, :3] == 7).all() and (plane[:, -5:] == 7).all() for plane in wide)
    assert np.array_equal(views[0], naive_planes(rgb, BACK)[0])


def test_wrong_arrays_are_refused() -> None:
    luma, blue, red = random_planes(6, 8)
    rgb = np.zeros((6, 8, 3), np.uint8)
    with pytest.raises(KernelError, match="red is a"):
        rgb_from_half_chroma([luma, blue, luma], MATRIX)
    with pytest.raises(KernelError, match="must have a sample"):
        rgb_from_half_chroma([luma[:0], blue[:0], red[:0]], MATRIX)
    with pytest.raises(KernelError, match="matrix is a"):
        rgb_from_half_chroma([luma, blue, red], MATRIX[:2])
    with pytest.raises(KernelError, match="step is 4"):
        small_from_half_chroma([luma, blue, red], MATRIX, 4)
    with pytest.raises(KernelError, match="even"):
        half_chroma_from_rgb(rgb[:5], BACK, [luma[:5], blue, red])
    with pytest.raises(KernelError, match="gaps"):
        half_chroma_from_rgb(rgb, BACK, [np.zeros((6, 16), np.uint8)[:, ::2], blue, red])
