"""Regions of the image: polygons and masks, given as arrays, as image files or as text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from stillplate.errors import ParameterError
from stillplate.io.address import as_path, text_of
from stillplate.io.image_samples import read_image

__all__ = ["Region", "describe", "is_region", "parse_region", "rasterise", "rasterise_roi"]

Region = npt.NDArray[Any] | Sequence[Sequence[float]] | str | os.PathLike[str]
"""A polygon of N >= 3 corners (x, y) in pixels, shape (N, 2); a bool mask of shape (H, W); or the path of an image of
the frame's size, white inside the region."""


def is_region(given: object) -> TypeGuard[Region]:
    """Whether an object is one region, as opposed to a list of regions or anything else."""
    if isinstance(given, np.ndarray):
        return given.ndim == 2
    if isinstance(given, Sequence) and not isinstance(given, str):
        return all(np.shape(corner) == (2,) for corner in given) and len(given) > 0
    return isinstance(given, (str, os.PathLike))


def rasterise(region: Region, width: int, height: int, what: str) -> npt.NDArray[np.bool_]:
    """Convert a region to a mask.

    Parameters
    ----------
    region : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image
        Corners are rounded to whole pixels, and the outline belongs to the region. The inside of a polygon that
        crosses itself is defined by the even-odd rule.
    width, height : int
        Size of the frame, in pixels.
    what : str
        Name of the region in errors.

    Returns
    -------
    bool array of shape (H, W)
        True inside the region.

    Raises
    ------
    ParameterError
        If a mask is not of the frame's size, or a polygon has fewer than 3 corners or one outside the frame.
    VideoOpenError, DecodeError
        If the mask image cannot be read.
    """
    if isinstance(region, (str, os.PathLike)):
        return _check_size(read_image(region).mean(axis=2) > 127, width, height, f"{what} {os.fspath(region)}")
    array = np.asarray(region)
    if array.dtype == np.bool_ and array.ndim == 2:
        return _check_size(array, width, height, f"the mask of {what}")
    return _polygon_mask(array, width, height, what)


def rasterise_roi(roi: Region | None, width: int, height: int) -> npt.NDArray[np.bool_] | None:
    """Convert the region of interest to a mask, which may not be empty; None if there is no such region."""
    if roi is None:
        return None
    mask = rasterise(roi, width, height, "roi")
    if not mask.any():
        raise ParameterError("roi is empty: a region with at least one pixel is needed")
    return mask


def _check_size(mask: npt.NDArray[np.bool_], width: int, height: int, what: str) -> npt.NDArray[np.bool_]:
    if mask.shape != (height, width):
        raise ParameterError(
            f"{what} is {mask.shape[1]}x{mask.shape[0]}, but the picture is {width}x{height}: "
            "a mask of its size is needed"
        )
    return mask


def _polygon_mask(corners: npt.NDArray[Any], width: int, height: int, what: str) -> npt.NDArray[np.bool_]:
    import cv2

    if corners.ndim != 2 or corners.shape[1] != 2 or corners.dtype.kind not in "iuf":
        raise ParameterError(
            f"{what} is an array of shape {corners.shape} and dtype {corners.dtype}, "
            f"but a polygon (N, 2) or a bool mask ({height}, {width}) is needed"
        )
    if len(corners) < 3:
        raise ParameterError(f"{what} has {len(corners)} corners, but a polygon needs 3 at least")
    for x, y in corners.tolist():
        if not (0 <= x <= width and 0 <= y <= height):
            raise ParameterError(
                f"{what} has a corner at ({x:g}, {y:g}), outside the picture: x 0..{width} and y 0..{height} are needed"
            )
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(corners).astype(np.int32)], 1)
    return canvas.astype(np.bool_)


def parse_region(text: str) -> Region:
    """Parse a polygon such as "120,80 160,80 160,200"; the path of an existing image is returned as it is.

    Raises
    ------
    ParameterError
        If the text is neither.
    """
    if as_path(text).is_file():
        return text
    try:
        corners = [(float(x), float(y)) for x, y in (corner.split(",") for corner in text.split())]
    except ValueError:
        corners = []
    if not corners:
        raise ParameterError(
            f"{text!r} is neither an image file that exists nor a polygon such as '120,80 160,80 160,200'"
        )
    return corners


def describe(region: Region) -> str | list[list[float]]:
    """A region's entry in a report: its corners, its path, or the number of pixels of its mask."""
    if isinstance(region, (str, os.PathLike)):
        return text_of(region)
    array = np.asarray(region)
    if array.dtype == np.bool_:
        return f"a mask of {np.count_nonzero(array)} pixels"
    corners: list[list[float]] = array.tolist()
    return corners
