"""Writing image files, and listing those of a folder or a pattern. OpenCV's BGR stays in this file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.errors import EncodeError, ParameterError, VideoOpenError
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output
from stillplate.io.image_samples import OPENCV_SUFFIXES, SUFFIXES, opencv_reason
from stillplate.io.naming import VIDEO_SUFFIXES, expand, natural_key
from stillplate.io.sink import as_channels

__all__ = [
    "DEEP", "WRITTEN", "check_suffix", "encode_image", "find_images", "is_image", "mixed_folder_message",
    "write_image",
]  # fmt: skip

WRITTEN = (*OPENCV_SUFFIXES, ".exr")  # formats that are written
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".exr")  # formats with an alpha channel
DEEP = (".png", ".tif", ".tiff", ".exr")  # formats of 16 bits or more
JPEG_QUALITY = 95
LOSSLESS_WEBP = 101  # OpenCV writes lossless WebP for a quality above 100


def is_image(path: Path) -> bool:
    """Whether the suffix is that of an image format that is read."""
    return path.suffix.lower() in SUFFIXES


def write_image(path: str | os.PathLike[str], image: npt.NDArray[Any], *, overwrite: bool = True) -> None:
    """Write one image atomically; the suffix picks the format.

    PNG, WebP, TIFF and BMP are lossless; JPEG has quality 95. EXR holds the samples scaled to 0..1, not linearised, as
    half floats for 8 bits, which they represent exactly enough, or as 32-bit floats for 16 bits.

    Parameters
    ----------
    path : str or path
        Ends in .png, .jpg, .webp, .tif, .bmp or .exr.
    image : bool, uint8 or uint16 array of shape (H, W), or (H, W, 3), RGB, or (H, W, 4), RGBA
        The image; a bool mask is written as 0 and 255. Only .png, .tif and .exr hold 16 bits.
    overwrite : bool, optional
        Whether an existing file may be replaced.

    Raises
    ------
    ParameterError
        If the format is unknown or cannot hold the image, or the file exists and may not be replaced.
    EncodeError
        If it cannot be written.
    """
    path = as_path(path)
    channels = image.shape[2] if image.ndim == 3 and image.shape[2] in (3, 4) else 1
    data = encode_image(path, as_channels(image, channels, str(path), deep=True))
    with atomic_output(path, overwrite=overwrite, folder=False) as partial:
        partial.write_bytes(data)


def find_images(pattern: str) -> list[Path]:
    """List the image files of a folder, a glob or a numbered pattern, in natural order (img2 before img10).

    Raises
    ------
    VideoOpenError
        If there are none, or the folder also holds videos.
    """
    root = as_path(pattern)
    try:
        found = list(root.iterdir()) if root.is_dir() else [root] if root.is_file() else expand(pattern)
    except OSError as err:
        raise VideoOpenError(f"{pattern}: cannot be read: {err.strerror or err}") from err
    seen = [path for path in found if not path.name.startswith(".")]
    paths = sorted((path for path in seen if is_image(path)), key=natural_key)
    if not paths:
        raise VideoOpenError(f"{pattern}: holds no image: files that end in one of {', '.join(SUFFIXES)} are needed")
    videos = sorted(path for path in seen if path.suffix.lower() in VIDEO_SUFFIXES) if root.is_dir() else ()
    if videos:
        raise VideoOpenError(mixed_folder_message(root, videos, paths))
    return paths


def mixed_folder_message(folder: Path, videos: Sequence[Path], pictures: Sequence[Path]) -> str:
    """Error message for a folder that holds both videos and images, with the two ways to choose."""
    return (
        f"{folder}: holds videos ({videos[0].name}) and pictures ({pictures[0].name}): give '{folder}/"
        f"*{videos[0].suffix}' for the videos, or '{folder}/*{pictures[0].suffix}' for the pictures as one clip"
    )


def check_suffix(path: Path, channels: int = 3) -> str:
    """Return the suffix in lower case; raise ParameterError if no image format of it holds so many channels."""
    suffix = path.suffix.lower()
    if suffix not in WRITTEN:
        given = f"{suffix} is no image format that is written" if suffix else "has no suffix to tell its format"
        raise ParameterError(f"{path}: {given}: use {', '.join(WRITTEN)}")
    if channels == 4 and suffix not in WITH_ALPHA:
        raise ParameterError(f"{path}: {suffix} has no alpha channel: use {', '.join(WITH_ALPHA)}")
    return suffix


def encode_image(path: Path, image: npt.NDArray[Any]) -> bytes:
    """Encode a checked image in the format of the suffix of `path`; raises as `write_image`."""
    import cv2

    suffix = check_suffix(path, *image.shape[2:])
    if image.dtype == np.uint16 and suffix not in DEEP:
        raise ParameterError(f"{path}: {suffix} holds 8 bits, but 16 are to be written: use {', '.join(DEEP)}")
    if suffix == ".exr":
        from stillplate.io.pyav.exr import encode_exr

        return encode_exr(image, str(path))
    options = {  # .png keeps OpenCV's default: an explicit level takes 2 to 4 times as long
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS_WEBP],
    }
    if image.shape[2:] == (4,):
        image = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA)
    elif image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    try:
        done, data = cv2.imencode(suffix, image, options.get(suffix, []))
    except cv2.error as err:
        raise EncodeError(f"{path}: cannot be encoded: {opencv_reason(err)}") from err
    if not done:
        height, width = image.shape[:2]
        raise EncodeError(f"{path}: cannot be encoded: {suffix} may not take {width}x{height}: use .png or .tif")
    return data.tobytes()
