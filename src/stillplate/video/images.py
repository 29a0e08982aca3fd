"""Image files in and out: single pictures, folders and globs of them. OpenCV's BGR stays in this file."""

from __future__ import annotations

import glob
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.errors import DecodeError, EncodeError, ParameterError, StillplateWarning, VideoOpenError
from stillplate.files import PartialOutput, whole
from stillplate.video.image_head import claimed_size, is_cut_short
from stillplate.video.sink import Sink, as_channels
from stillplate.video.source import MOST_PIXELS, NOMINAL_RATE, Closing, Frame, Image, VideoInfo

__all__ = ["ImageFolder", "ImageFolderWriter", "check_suffix", "find_images", "is_image", "read_image", "write_image"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff")
JPEG_QUALITY = 95
LOSSLESS_WEBP = 101  # OpenCV: a quality above 100
OWN_NAME = re.compile(r"\d{6,}\.png")


def is_image(path: Path) -> bool:
    """Whether the suffix is that of an image file we read."""
    return path.suffix.lower() in SUFFIXES


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read one image file as 8-bit RGB.

    Grey is repeated, an alpha channel dropped, 16 bits scaled to 8, and the orientation of the camera's tag applied.

    Parameters
    ----------
    path : str or path
        A PNG, JPEG, WebP, TIFF or BMP file.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Raises
    ------
    VideoOpenError
        If there is no such file.
    DecodeError
        If it is not an image that can be decoded.
    """
    import cv2

    path = Path(path)
    try:
        data = np.fromfile(path, np.uint8)  # not cv2.imread, which cannot open every name
    except OSError as err:
        raise VideoOpenError(f"{path}: cannot be read: {err.strerror or err}") from err
    _check_bomb(path, data)
    try:
        image = _decoded(data) if data.size else None
    except cv2.error as err:
        raise DecodeError(f"{path}: cannot be decoded: {_reason(err)}") from err
    if image is None:
        raise DecodeError(f"{path}: cannot be decoded: it is damaged, or not one of {', '.join(SUFFIXES)}")
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=1 / 257)  # 65535 -> 255, rounded
    if image.dtype != np.uint8:
        raise DecodeError(f"{path}: has {image.dtype} samples, but 8 or 16 bits are needed: convert it first")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _decoded(data: npt.NDArray[np.uint8]) -> npt.NDArray[Any] | None:
    """Decode without what OpenCV has to say about it on stderr: an error of ours says it."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _check_bomb(path: Path, data: npt.NDArray[np.uint8]) -> None:
    """Refuse what a few kilobytes would become gigabytes of, and a JPEG without an end."""
    file = data.tobytes()
    claimed = claimed_size(file)
    if claimed is not None and claimed[0] * claimed[1] > MOST_PIXELS:
        raise DecodeError(
            f"{path}: is {claimed[0]}x{claimed[1]}, but at most {MOST_PIXELS} pixels are taken up: bring it down first"
        )
    if is_cut_short(file):
        raise DecodeError(f"{path}: cannot be decoded: it is cut short: copy it again")


def write_image(path: str | os.PathLike[str], image: npt.NDArray[Any], *, overwrite: bool = True) -> None:
    """Write one picture; the suffix picks the format. The file appears whole or not at all.

    PNG, WebP, TIFF and BMP are lossless; JPEG has quality 95.

    Parameters
    ----------
    path : str or path
        Ends in .png, .jpg, .webp, .tif or .bmp.
    image : bool or uint8 array of shape (H, W), or uint8 of shape (H, W, 3), RGB, or (H, W, 4), RGBA
        What to write; a bool mask becomes 0 and 255.
    overwrite : bool, optional
        Replace a file that exists.

    Raises
    ------
    ParameterError
        If the format is unknown or cannot hold the picture, or the file exists and may not be replaced.
    EncodeError
        If it cannot be written.
    """
    path = Path(path)
    channels = image.shape[2] if image.ndim == 3 and image.shape[2] in (3, 4) else 1
    data = _encode(path, as_channels(image, channels, str(path)))
    with whole(path, overwrite=overwrite, folder=False) as partial:
        partial.write_bytes(data.data)


def find_images(pattern: str) -> list[Path]:
    """List the images of a folder or a glob, img2 before img10.

    Raises
    ------
    VideoOpenError
        If there are none.
    """
    root = Path(pattern)
    try:
        found = list(root.iterdir()) if root.is_dir() else [root] if root.is_file() else _matches(pattern)
    except OSError as err:
        raise VideoOpenError(f"{pattern}: cannot be read: {err.strerror or err}") from err
    paths = sorted((path for path in found if is_image(path) and not path.name.startswith(".")), key=_natural)
    if not paths:
        raise VideoOpenError(f"{pattern}: holds no image: files that end in one of {', '.join(SUFFIXES)} are needed")
    return paths


class ImageFolder(Closing):
    """A folder or glob of images as a video, in natural order (img2 before img10), at a nominal 25 frames/s.

    A file that cannot be decoded is left out with a warning; its number is left out too.

    Parameters
    ----------
    pattern : str or path
        A folder, a glob such as "shots/*.png", or one image.

    Raises
    ------
    VideoOpenError
        If there is no image, or, while reading, when two differ in size.
    DecodeError
        If none can be decoded.
    """

    def __init__(self, pattern: str | os.PathLike[str]) -> None:
        name = os.fspath(pattern)
        self._paths = find_images(name)
        image = self._first_image(name)
        path = Path(name) if Path(name).exists() else self._paths[0].parent
        self.info = VideoInfo(name, image.shape[1], image.shape[0], len(self._paths), path=path)

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self._paths)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the images with these strictly ascending numbers; those past the end are left out."""
        bad = []
        for index in indices:
            if index >= len(self._paths):
                break
            try:
                image = read_image(self._paths[index])
            except DecodeError as err:
                bad.append(err)
                continue
            self._check_size(image, self._paths[index])
            yield Frame(image, index, index / NOMINAL_RATE)
        if bad:
            message = f"{self.info.name}: {len(bad)} of {len(self._paths)} images left out; the first: {bad[0]}"
            warnings.warn(message, StillplateWarning, stacklevel=2)

    def _first_image(self, name: str) -> Image:
        """Read the first image that can be decoded: the one whose size all others must have."""
        for path in self._paths:
            self._first = path
            try:
                return read_image(path)
            except DecodeError as err:
                error = err
        raise DecodeError(f"{name}: none of {len(self._paths)} images can be decoded; the last: {error}") from error

    def _check_size(self, image: Image, path: Path) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise VideoOpenError(
                f"{path}: is {width}x{height}, but {self._first} is {self.info.width}x{self.info.height}: "
                "bring the images to one size"
            )


class ImageFolderWriter(Sink):
    """Writes pictures as 000001.png, 000002.png, … into a folder, which appears when the last is written.

    Parameters
    ----------
    path : str or path
        The folder. It may exist if it is empty or, with `overwrite`, holds such pictures only.
    width, height : int
        Of every picture.
    channels : 1, 3 or 4
        Mask, RGB or RGBA.
    overwrite : bool, optional
        Replace the pictures that are there.

    Raises
    ------
    ParameterError
        If the folder holds something that would be lost.
    """

    def __init__(
        self, path: str | os.PathLike[str], width: int, height: int, *, channels: int = 3, overwrite: bool = False
    ) -> None:
        path = Path(path)
        super().__init__(str(path), width, height, channels)
        self._output = PartialOutput(path, overwrite=overwrite, folder=True)
        for entry in path.iterdir() if path.is_dir() else ():
            if not OWN_NAME.fullmatch(entry.name):
                raise ParameterError(f"{path}: holds {entry.name}, which would be lost: name a new or an empty folder")
        self._count = 0
        try:
            self._output.partial.mkdir()
        except OSError as err:
            raise EncodeError(f"{path}: cannot be written: {err.strerror or err}") from err

    def _append(self, image: Image, time: Fraction) -> None:
        self._count += 1
        path = self._output.partial / f"{self._count:06d}.png"
        try:
            path.write_bytes(_encode(path, image).data)
        except OSError as err:
            raise EncodeError(f"{self._name}: picture {self._count} cannot be written: {err.strerror or err}") from err

    def _finish(self) -> None:
        self._output.keep()

    def _abandon(self) -> None:
        self._output.discard()


def _matches(pattern: str) -> list[Path]:
    return [Path(name) for name in glob.glob(pattern)]  # noqa: PTH207  Path.glob takes no absolute pattern


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order by the numbers in a path as well as by its letters."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), part) if part.isdecimal() else (0, part) for part in parts]


def check_suffix(path: Path) -> str:
    """Refuse, with a ParameterError, a path whose suffix is that of no image file we write; return the suffix."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ParameterError(f"{path}: {suffix or 'no suffix'} is no image format we write: use {', '.join(SUFFIXES)}")
    return suffix


def _encode(path: Path, image: Image) -> Image:
    import cv2

    suffix = check_suffix(path)
    options = {  # for .png OpenCV's own: naming a level takes 2 to 4 times as long
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS_WEBP],
    }
    if image.shape[2:] == (4,):
        if suffix not in WITH_ALPHA:
            raise ParameterError(f"{path}: {suffix} has no alpha channel: use {', '.join(WITH_ALPHA)}")
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA), np.uint8)
    elif image.ndim == 3:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)
    try:
        done, data = cv2.imencode(suffix, image, options.get(suffix, []))
    except cv2.error as err:
        raise EncodeError(f"{path}: cannot be encoded: {_reason(err)}") from err
    if not done:
        height, width = image.shape[:2]
        raise EncodeError(f"{path}: cannot be encoded: {suffix} may not take {width}x{height}: use .png or .tif")
    return np.asarray(data, np.uint8)


def _reason(err: Exception) -> str:
    """Make one line of OpenCV's report."""
    return " ".join(str(getattr(err, "err", None) or err).split())
