"""Reading one image file: its samples, and their conversion to 8 or 16 bits. OpenCV's BGR stays in this file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import DeepImage, Image
from stillplate.errors import DecodeError, VideoOpenError
from stillplate.io.address import Address, as_path
from stillplate.io.image_header import declared_size, decoder_of, is_cut_short
from stillplate.io.levels import Levels
from stillplate.io.naming import refuse_url
from stillplate.io.source import MOST_PIXELS
from stillplate.io.tiff import read_page

__all__ = ["OPENCV_SUFFIXES", "SUFFIXES", "as_deep_image", "as_image", "load_samples", "opencv_reason", "read_image"]

OPENCV_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")  # formats that OpenCV reads and writes
SUFFIXES = (*OPENCV_SUFFIXES, ".exr", ".dpx", ".jp2", ".j2k", ".j2c", ".pgm", ".ppm", ".pnm", ".pbm", ".pam")
UNIT = Levels(0.0, 1.0)  # black and white of floating-point samples


def read_image(path: str | os.PathLike[str], *, levels: tuple[float, float] | None = None) -> Image:
    """Read one image file as 8-bit RGB: the first page, if it has several.

    Grey is repeated, an alpha channel dropped, 16 bits scaled to 8, and the orientation tag applied.

    Parameters
    ----------
    path : str or path
        A PNG, JPEG, WebP, TIFF, BMP, OpenEXR, DPX, JPEG 2000 or portable map (PGM, PPM, …).
    levels : (float, float), optional
        Values of black and white in the file's own numbers, for samples of more than 8 bits; by default the ends of the
        integer range, or 0 and 1 for floats.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Raises
    ------
    VideoOpenError
        If the file does not exist.
    DecodeError
        If it is not an image that can be decoded.
    """
    refuse_url(path)
    samples = load_samples(as_path(path))
    return as_image(samples, None if samples.dtype == np.uint8 else Levels.of(levels))


def as_image(samples: npt.NDArray[Any], levels: Levels | None) -> Image:
    """Convert samples to 8 bits."""
    import cv2

    if levels is not None:
        return levels.image(samples)
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    if samples.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(samples, alpha=1 / 257), np.uint8)  # 65535 -> 255
    return UNIT.image(samples)


def as_deep_image(samples: npt.NDArray[Any], levels: Levels | None) -> DeepImage:
    """Convert samples to 16 bits."""
    if levels is not None:
        return levels.deep_image(samples)
    if samples.dtype == np.uint16:
        return np.asarray(samples, np.uint16)
    return samples.astype(np.uint16) * np.uint16(257) if samples.dtype == np.uint8 else UNIT.deep_image(samples)


def load_samples(path: Path, page: int = 0) -> npt.NDArray[Any]:
    """Read one image file, or its page at byte offset `page`, as RGB samples: uint8, uint16, else float32."""
    import cv2

    data = np.frombuffer(read_page(path, page), np.uint8) if page else _read_bytes(path)
    _check_header(path, data)
    decoder = decoder_of(data[:16].tobytes())
    if decoder is not None:
        from stillplate.io.pyav.images import decode_image

        return decode_image(data.tobytes(), decoder, str(path))
    try:
        image = _decoded(data) if data.size else None
    except cv2.error as err:
        raise DecodeError(f"{path}: cannot be decoded: {opencv_reason(err)}") from err
    if image is None:
        raise DecodeError(f"{path}: cannot be decoded: it is damaged, or not one of {', '.join(SUFFIXES)}")
    image = image if image.dtype in (np.uint8, np.uint16) else image.astype(np.float32)
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    return np.asarray(cv2.cvtColor(image[:, :, :3], cv2.COLOR_BGR2RGB))


def _read_bytes(path: Path) -> npt.NDArray[np.uint8]:
    try:
        if isinstance(path, Address):
            return np.frombuffer(path.read_bytes(), np.uint8)
        return np.fromfile(path, np.uint8)  # cv2.imread cannot open every file name
    except OSError as err:
        raise VideoOpenError(f"{path}: cannot be read: {err.strerror or err}") from err


def _decoded(data: npt.NDArray[np.uint8]) -> npt.NDArray[Any] | None:
    """Decode an image with OpenCV, its messages on stderr silenced; None if it cannot."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        return cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if image is None else image  # needed for grey floats
    finally:
        cv2.utils.logging.setLogLevel(level)


def _check_header(path: Path, data: npt.NDArray[np.uint8]) -> None:
    """Raise DecodeError if the header declares too many pixels (a decompression bomb) or the file is cut short."""
    file = data.tobytes()
    declared = declared_size(file)
    if declared is not None and declared[0] * declared[1] > MOST_PIXELS:
        raise DecodeError(
            f"{path}: is {declared[0]}x{declared[1]}, but at most {MOST_PIXELS} pixels are read: downscale it first"
        )
    if is_cut_short(file):
        raise DecodeError(f"{path}: cannot be decoded: it is cut short: copy it again")


def opencv_reason(err: Exception) -> str:
    """Return OpenCV's error message as one line."""
    return " ".join(str(getattr(err, "err", None) or err).split())
