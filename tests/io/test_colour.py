"""Planes to RGB and back, against the formula of the standards, for every matrix, range, depth and subsampling."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.io import colour

LUMAS = [colour.BT601, colour.BT709, colour.BT2020, colour.FCC, colour.SMPTE240]
Planes = list[npt.NDArray[Any]]
PATCHES = np.array(list(itertools.product([0, 20, 128, 200, 255], repeat=3)), np.uint8)


def quantised(rgb: npt.NDArray[np.uint8], luma: colour.Luma, *, full: bool, bits: int) -> npt.NDArray[np.int64]:
    """Y′, Cb, Cr of each colour, as BT.601, BT.709 and BT.2020 define them."""
    red, blue = luma
    r, g, b = rgb.T / 255
    y = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)
    step = 2 ** (bits - 8)
    if full:
        scaled = [y * (256 * step - 1), cb * (256 * step - 1) + 128 * step, cr * (256 * step - 1) + 128 * step]
    else:
        scaled = [(219 * y + 16) * step, (224 * cb + 128) * step, (224 * cr + 128) * step]
    return np.clip(np.rint(scaled), 0, 256 * step - 1).astype(np.int64)


def flat(values: npt.NDArray[np.int64], bits: int, down: int, across: int) -> list[npt.NDArray[np.uint16]]:
    """Planes of one colour, 8x12, with the second and third smaller."""
    dtype = np.uint8 if bits == 8 else np.uint16
    sizes = [(8, 12), (8 // down, 12 // across), (8 // down, 12 // across)]
    return [np.full(size, value, dtype) for size, value in zip(sizes, values, strict=True)]


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("luma", LUMAS)
def test_flat_patches_come_back(luma: colour.Luma, full: bool, bits: int) -> None:
    worst = 0
    for rgb, values in zip(PATCHES, quantised(PATCHES, luma, full=full, bits=bits).T, strict=True):
        image = colour.rgb_from_planes(flat(values, bits, 2, 2), luma, full=full, bits=bits)
        assert image.shape == (8, 12, 3)
        assert (image == image[0, 0]).all()
        worst = max(worst, np.abs(image[0, 0].astype(int) - rgb).max())

    assert worst <= (1 if full or bits > 8 else 2)  # what rounding to 8 bits of limited range costs


@pytest.mark.parametrize(("down", "across"), [(1, 1), (1, 2), (2, 2), (1, 4), (2, 1), (4, 4)])
def test_subsampling_changes_no_flat_colour(down: int, across: int) -> None:
    values = quantised(np.array([[200, 30, 90]], np.uint8), colour.BT709, full=False, bits=8)[:, 0]
    image = colour.rgb_from_planes(flat(values, 8, down, across), colour.BT709, full=False)

    assert np.abs(image.astype(int) - [200, 30, 90]).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (5, 3)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    """The smaller planes are rounded up."""
    height, width = size
    small = ((height + 1) // 2, (width + 1) // 2)
    planes = [np.full(size, 235, np.uint8), np.full(small, 128, np.uint8), np.full(small, 128, np.uint8)]
    for luma in (colour.BT601, colour.BT709):
        image = colour.rgb_from_planes(planes, luma, full=False)

        assert image.shape == (*size, 3)
        assert (image == 255).all()


def test_grey() -> None:
    levels = np.array([[0, 16, 126, 235, 255]], np.uint8)

    assert colour.rgb_from_planes([levels], None, full=True)[0, :, 1].tolist() == [0, 16, 126, 235, 255]
    assert colour.rgb_from_planes([levels], None, full=False)[0, :, 1].tolist() == [0, 0, 128, 255, 255]
    deep = np.array([[0, 64, 504, 940, 1023]], np.uint16)
    assert colour.rgb_from_planes([deep], None, full=False, bits=10)[0, :, 2].tolist() == [0, 0, 128, 255, 255]


def test_green_blue_red_planes() -> None:
    planes = [np.full((2, 2), level, np.uint16) for level in (1023, 0, 512)]

    assert colour.rgb_from_planes(planes, None, full=True, bits=10)[0, 0].tolist() == [128, 255, 0]


@pytest.mark.parametrize(("bits", "half"), [(8, False), (10, False), (8, True)])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("luma", [colour.BT601, colour.BT709])
def test_encoding_is_the_formula(luma: colour.Luma, full: bool, bits: int, half: bool) -> None:
    for rgb, values in zip(PATCHES, quantised(PATCHES, luma, full=full, bits=bits).T, strict=True):
        image = np.broadcast_to(rgb, (4, 6, 3))
        if half:
            planes: Planes = [np.zeros((4, 6), np.uint8), *np.zeros((2, 2, 3), np.uint8)]
            colour.fill_half_chroma(image, planes, luma, full=full)
        else:
            planes = colour.planes_from_rgb(image, luma, full=full, bits=bits)
        assert [plane.shape for plane in planes] == [(4, 6)] + [(2, 3) if half else (4, 6)] * 2
        assert max(abs(int(plane[0, 0]) - value) for plane, value in zip(planes, values, strict=True)) <= 1


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("full", [False, True])
def test_grey_to_planes_and_back(full: bool, bits: int) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    planes = [np.zeros(size, np.uint8 if bits == 8 else np.uint16) for size in ((16, 16), (8, 8), (8, 8))]
    colour.fill_from_grey(levels, planes, full=full, bits=bits)
    white, black = (2**bits - 1, 0) if full else (219 << bits - 8, 16 << bits - 8)

    assert np.array_equal(planes[0], np.rint(levels / 255 * white + black))
    image = colour.rgb_from_planes(planes, colour.BT709, full=full, bits=bits)

    assert np.abs(image.astype(int) - levels[:, :, None]).max() <= (1 if bits == 8 else 0)


def test_small_repairs() -> None:
    assert colour.to_even(np.array([[1, 2, 3]], np.uint8)).tolist() == [[1, 2, 3, 3], [1, 2, 3, 3]]
    assert colour.deepened(np.array([[0, 128, 255]], np.uint8), 10).tolist() == [[0, 514, 1023]]
    assert colour.bgra(np.array([[[1, 2, 3]]], np.uint8)).tolist() == [[[3, 2, 1, 255]]]
