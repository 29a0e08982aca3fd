"""Image files in and out: single pictures, folders and globs of them. OpenCV's BGR stays in this file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import DecodeError, EncodeError, ParameterError, StillplateWarning, VideoOpenError
from stillplate.io.atomic import atomic_output
from stillplate.io.image_samples import OWN, SUFFIXES, as_deep_image, as_image, load_samples, reason_of
from stillplate.io.levels import Levels, find_levels
from stillplate.io.naming import VIDEO_SUFFIXES, common_name, expand, natural, refuse_url
from stillplate.io.sink import as_channels
from stillplate.io.source import NOMINAL_RATE, Closing, DeepFrame, Frame, VideoInfo
from stillplate.io.tiff import find_pages
from stillplate.io.webp import Animation

__all__ = [
    "DEEP", "WRITTEN", "ImageFolder", "check_suffix", "encode_image", "find_images", "is_image", "told_both",
    "write_image",
]  # fmt: skip

WRITTEN = (*OWN, ".exr")
SAMPLED = 32  # pictures of a clip to look at for its black and white
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".exr")
DEEP = (".png", ".tif", ".tiff", ".exr")
JPEG_QUALITY = 95
LOSSLESS_WEBP = 101  # OpenCV: a quality above 100


def is_image(path: Path) -> bool:
    """Whether the suffix is that of an image file we read."""
    return path.suffix.lower() in SUFFIXES


def write_image(path: str | os.PathLike[str], image: npt.NDArray[Any], *, overwrite: bool = True) -> None:
    """Write one picture; the suffix picks the format. The file appears whole or not at all.

    PNG, WebP, TIFF and BMP are lossless; JPEG has quality 95. EXR has the samples as they are, 0..1, not linearised:
    half floats, which tell 8 bits apart, or floats of 32 bits for 16.

    Parameters
    ----------
    path : str or path
        Ends in .png, .jpg, .webp, .tif, .bmp or .exr.
    image : bool, uint8 or uint16 array of shape (H, W), or (H, W, 3), RGB, or (H, W, 4), RGBA
        What to write; a bool mask becomes 0 and 255. 16 bits are held by .png, .tif and .exr.
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
    data = encode_image(path, as_channels(image, channels, str(path), deep=True))
    with atomic_output(path, overwrite=overwrite, folder=False) as partial:
        partial.write_bytes(data)


def find_images(pattern: str) -> list[Path]:
    """List the images of a folder, a glob or a pattern of numbers, img2 before img10.

    Raises
    ------
    VideoOpenError
        If there are none, or a folder holds videos, too.
    """
    root = Path(pattern)
    try:
        found = list(root.iterdir()) if root.is_dir() else [root] if root.is_file() else expand(pattern)
    except OSError as err:
        raise VideoOpenError(f"{pattern}: cannot be read: {err.strerror or err}") from err
    seen = [path for path in found if not path.name.startswith(".")]
    paths = sorted((path for path in seen if is_image(path)), key=natural)
    if not paths:
        raise VideoOpenError(f"{pattern}: holds no image: files that end in one of {', '.join(SUFFIXES)} are needed")
    videos = sorted(path for path in seen if path.suffix.lower() in VIDEO_SUFFIXES) if root.is_dir() else ()
    if videos:
        raise VideoOpenError(told_both(root, videos, paths))
    return paths


def told_both(folder: Path, videos: Sequence[Path], pictures: Sequence[Path]) -> str:
    """Say that a folder holds videos and pictures, and how to choose."""
    return (
        f"{folder}: holds videos ({videos[0].name}) and pictures ({pictures[0].name}): give '{folder}/"
        f"*{videos[0].suffix}' for the videos, or '{folder}/*{pictures[0].suffix}' for the pictures as one clip"
    )


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of many: a file, or a page in one."""

    path: Path
    page: int = 0  # as `read_page` takes it; 0 is the whole file
    frame: int = -1  # of an animation


class ImageFolder(Closing):
    """A folder, glob or list of images as a video, in natural order (img2 before img10), or a file of many pages.

    All pages of a TIFF and all frames of an animated WebP are pictures. One that cannot be decoded is left out with a
    warning; its number is left out too.

    Parameters
    ----------
    pattern : str, path or sequence of paths
        A folder, a glob such as "shots/*.png", numbers such as "shots/%04d.png", one image, or many in their order.
    fps : Fraction, optional
        Pictures per second. Without it they have no times, but a nominal 25 a second; an animation has its own.
    levels : Levels, optional
        The samples that are shown black and white; where samples of more than 8 bits do not fill their range, and
        nothing is said here, what some pictures all over the clip show tells, with a warning.

    Raises
    ------
    VideoOpenError
        If there is no image, one is a folder or has another suffix, or, while reading, when two differ in size.
    DecodeError
        If none can be decoded.
    """

    def __init__(
        self,
        pattern: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        fps: Fraction | None = None,
        levels: Levels | None = None,
    ) -> None:
        if isinstance(pattern, (str, os.PathLike)):
            name = os.fspath(pattern)
            paths = find_images(name)
        else:
            paths = _listed(pattern)
            name = str(common_name(paths))
        self._animations: dict[Path, Animation] = {}
        self._pictures = [picture for path in paths for picture in self._pictures_of(path)]
        self._rate = fps or NOMINAL_RATE
        self._times: tuple[Fraction, ...] = ()
        alone = self._animations.get(paths[0]) if len(paths) == 1 else None
        if alone is not None and fps is None:
            self._rate, self._times = len(alone.times) / alone.end, tuple(alone.times)
        first = self._first_image(name)
        self._levels = levels if levels is not None or first.dtype == np.uint8 else self._found_levels(name)
        bits = 8 if first.dtype == np.uint8 else 16
        path = Path(name) if Path(name).exists() else paths[0].parent if isinstance(pattern, str) else None
        self.info = VideoInfo(
            name, first.shape[1], first.shape[0], len(self._pictures), self._rate, path, bits=bits,
            timed=fps is not None or alone is not None,
            levels=None if self._levels is None else (self._levels.black, self._levels.white),
        )  # fmt: skip

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of each picture, by its number; it names what is written of it, too."""
        return tuple(picture.path for picture in self._pictures)

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self._pictures)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the images with these strictly ascending numbers; those past the end are left out."""
        for samples, index in self._read(indices):
            yield Frame(as_image(samples, self._levels), index, self._time(index))

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the same images as `take`, at 16 bits."""
        for samples, index in self._read(indices):
            yield DeepFrame(as_deep_image(samples, self._levels), index, self._time(index))

    def _time(self, index: int) -> Fraction:
        return self._times[index] if self._times else index / self._rate

    def _pictures_of(self, path: Path) -> list[_Picture]:
        suffix = path.suffix.lower()
        if suffix == ".webp":
            animation = Animation(path)
            if animation.times:
                self._animations[path] = animation
                return [_Picture(path, frame=frame) for frame in range(len(animation.times))]
        pages = find_pages(path) if suffix in (".tif", ".tiff") else []
        return [_Picture(path, page) for page in pages] if len(pages) > 1 else [_Picture(path)]

    def _read(self, indices: Sequence[int]) -> Iterator[tuple[npt.NDArray[Any], int]]:
        bad = []
        load = _Loader(self._animations)
        for index in indices:
            if index >= len(self._pictures):
                break
            try:
                image = load(self._pictures[index])
            except DecodeError as err:
                bad.append(err)
                continue
            self._check_size(image, self._pictures[index].path)
            yield image, index
        if bad:
            message = f"{self.info.name}: {len(bad)} of {len(self._pictures)} images left out; the first: {bad[0]}"
            warnings.warn(message, StillplateWarning, stacklevel=3)

    def _first_image(self, name: str) -> npt.NDArray[Any]:
        """Read the first image that can be decoded: the one whose size all others must have."""
        load = _Loader(self._animations)
        for picture in self._pictures:
            self._first = picture.path
            try:
                return load(picture)
            except DecodeError as err:
                error = err
        raise DecodeError(f"{name}: none of {len(self._pictures)} images can be decoded; the last: {error}") from error

    def _found_levels(self, name: str) -> Levels | None:
        """Tell black and white by pictures all over the clip; say so if they do not fill their range."""
        levels = find_levels(self._some())
        if levels is not None:
            warnings.warn(
                f"{name}: its samples do not fill their range, so {levels.black:g} is shown black and "
                f"{levels.white:g} white in every picture: give levels to decide",
                StillplateWarning,
                stacklevel=4,
            )
        return levels

    def _some(self) -> Iterator[npt.NDArray[Any]]:
        load, count = _Loader(self._animations), len(self._pictures)
        for index in sorted({place * count // SAMPLED for place in range(SAMPLED)}):
            with suppress(DecodeError):  # it is told when it is read
                yield load(self._pictures[index])

    def _check_size(self, image: npt.NDArray[Any], path: Path) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise VideoOpenError(
                f"{path}: is {width}x{height}, but {self._first} is {self.info.width}x{self.info.height}: "
                "bring the images to one size"
            )


class _Loader:
    """Reads pictures in their order; it has one animation open, and goes on in it."""

    def __init__(self, animations: Mapping[Path, Animation]) -> None:
        self._animations = animations
        self._path: Path | None = None
        self._place = -1
        self._frames: Iterator[Image] = iter(())

    def __call__(self, picture: _Picture) -> npt.NDArray[Any]:
        """Read one: its samples, RGB."""
        if picture.frame < 0:
            return load_samples(picture.path, picture.page)
        if picture.path != self._path or picture.frame <= self._place:
            self._path, self._place = picture.path, -1
            self._frames = self._animations[picture.path].frames()
        for image in self._frames:
            self._place += 1
            if self._place == picture.frame:
                return image
        raise DecodeError(f"{picture.path}: frame {picture.frame} cannot be decoded: is it whole? copy it again")


def _listed(given: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Check that each of a list is an image file."""
    paths = [Path(one) for one in given]
    for path in paths:
        refuse_url(path)
        if not path.is_file():
            raise VideoOpenError(f"{path}: there is no such file: give image files, or one clip")
        if not is_image(path):
            raise VideoOpenError(f"{path}: is no image, but one of several given: give image files, or one clip")
    if not paths:
        raise VideoOpenError("the list of images is empty: give image files")
    return paths


def check_suffix(path: Path, channels: int = 3) -> str:
    """Refuse, with a ParameterError, a suffix of no image file that we write so many channels to; return the suffix."""
    suffix = path.suffix.lower()
    if suffix not in WRITTEN:
        given = f"{suffix} is no image format that is written" if suffix else "has no suffix to tell its format"
        raise ParameterError(f"{path}: {given}: use {', '.join(WRITTEN)}")
    if channels == 4 and suffix not in WITH_ALPHA:
        raise ParameterError(f"{path}: {suffix} has no alpha channel: use {', '.join(WITH_ALPHA)}")
    return suffix


def encode_image(path: Path, image: npt.NDArray[Any]) -> bytes:
    """Encode a checked picture in the format that the suffix of `path` tells; errors are those of `write_image`."""
    import cv2

    suffix = check_suffix(path, *image.shape[2:])
    if image.dtype == np.uint16 and suffix not in DEEP:
        raise ParameterError(f"{path}: {suffix} holds 8 bits, but 16 are to be written: use {', '.join(DEEP)}")
    if suffix == ".exr":
        from stillplate.io.pyav.exr import encode_exr

        return encode_exr(image, str(path))
    options = {  # for .png OpenCV's own: naming a level takes 2 to 4 times as long
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
        raise EncodeError(f"{path}: cannot be encoded: {reason_of(err)}") from err
    if not done:
        height, width = image.shape[:2]
        raise EncodeError(f"{path}: cannot be encoded: {suffix} may not take {width}x{height}: use .png or .tif")
    return data.tobytes()
