"""A clip of image files: a folder, a glob or a list of them, the pages of a TIFF, the frames of an animated WebP."""

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
from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io.address import as_path
from stillplate.io.image_samples import as_deep_image, as_image, load_samples
from stillplate.io.images import find_images, is_image
from stillplate.io.levels import Levels, find_levels
from stillplate.io.naming import common_name, refuse_url
from stillplate.io.source import NOMINAL_RATE, DeepFrame, Frame, NoOpClose, VideoInfo
from stillplate.io.tiff import find_pages
from stillplate.io.webp import Animation

__all__ = ["ImageFolder"]

SAMPLED = 32  # images of a clip from which its black and white levels are measured


@dataclass(frozen=True, slots=True)
class _ImageRef:
    """One image of the clip: a file, a page of a TIFF, or a frame of an animation."""

    path: Path
    page: int = 0  # byte offset, as `read_page` takes it; 0 for the whole file
    frame: int = -1  # number of the frame in an animation; -1 if it is none


class ImageFolder(NoOpClose):
    """A folder, glob or list of images as a video, in natural order (img2 before img10), or a file of many pages.

    Every page of a TIFF and every frame of an animated WebP is one frame. An image that cannot be decoded is left out,
    with a warning; the other frames keep their numbers.

    Parameters
    ----------
    pattern : str, path or sequence of paths
        A folder, a glob such as "shots/*.png", a numbered pattern such as "shots/%04d.png", one image, or a list of
        images in the order of the clip.
    fps : Fraction, optional
        Images per second. Without it they have no times, only a nominal 25 per second; an animation has its own times.
    levels : Levels, optional
        Values of black and white. Without it, where samples of more than 8 bits do not fill their range, the levels are
        measured from images spread over the clip, with a warning.

    Raises
    ------
    VideoOpenError
        If there is no image, a listed path is no image file or, while reading, two images differ in size.
    DecodeError
        If no image can be decoded.
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
            paths = _checked_images(pattern)
            name = str(common_name(paths))
        self._animations: dict[Path, Animation] = {}
        self._images = [image_ref for path in paths for image_ref in self._images_in(path)]
        self._rate = fps or NOMINAL_RATE
        self._times: tuple[Fraction, ...] = ()
        animation = self._animations.get(paths[0]) if len(paths) == 1 else None
        if animation is not None and fps is None:
            self._rate, self._times = len(animation.times) / animation.end, tuple(animation.times)
        first = self._first_image(name)
        self._levels = levels if levels is not None or first.dtype == np.uint8 else self._measured_levels(name)
        bits = 8 if first.dtype == np.uint8 else 16
        path = as_path(name) if as_path(name).exists() else paths[0].parent if isinstance(pattern, str) else None
        self.info = VideoInfo(
            name, first.shape[1], first.shape[0], len(self._images), self._rate, path, bits=bits,
            timed=fps is not None or animation is not None,
            levels=None if self._levels is None else (self._levels.black, self._levels.white),
        )  # fmt: skip

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of each frame, by its number; outputs are named after it."""
        return tuple(image_ref.path for image_ref in self._images)

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self._images)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out."""
        for samples, index in self._read(indices):
            yield Frame(as_image(samples, self._levels), index, self._time(index))

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the same frames as `take`, at 16 bits."""
        for samples, index in self._read(indices):
            yield DeepFrame(as_deep_image(samples, self._levels), index, self._time(index))

    def _time(self, index: int) -> Fraction:
        return self._times[index] if self._times else index / self._rate

    def _images_in(self, path: Path) -> list[_ImageRef]:
        suffix = path.suffix.lower()
        if suffix == ".webp":
            animation = Animation(path)
            if animation.times:
                self._animations[path] = animation
                return [_ImageRef(path, frame=frame) for frame in range(len(animation.times))]
        pages = find_pages(path) if suffix in (".tif", ".tiff") else []
        return [_ImageRef(path, page) for page in pages] if len(pages) > 1 else [_ImageRef(path)]

    def _read(self, indices: Sequence[int]) -> Iterator[tuple[npt.NDArray[Any], int]]:
        bad = []
        load = _Loader(self._animations)
        for index in indices:
            if index >= len(self._images):
                break
            try:
                image = load(self._images[index])
            except DecodeError as err:
                bad.append(err)
                continue
            self._check_size(image, self._images[index].path)
            yield image, index
        if bad:
            message = f"{self.info.name}: {len(bad)} of {len(self._images)} images left out; the first: {bad[0]}"
            warnings.warn(message, StillplateWarning, stacklevel=3)

    def _first_image(self, name: str) -> npt.NDArray[Any]:
        """Read the first image that can be decoded, whose size all others must have."""
        load = _Loader(self._animations)
        for image_ref in self._images:
            self._first = image_ref.path
            try:
                return load(image_ref)
            except DecodeError as err:
                error = err
        raise DecodeError(f"{name}: none of {len(self._images)} images can be decoded; the last: {error}") from error

    def _measured_levels(self, name: str) -> Levels | None:
        """Measure black and white levels over the clip; warn if the samples do not fill their range."""
        levels = find_levels(self._sampled_images())
        if levels is not None:
            warnings.warn(
                f"{name}: its samples do not fill their range, so {levels.black:g} is shown black and "
                f"{levels.white:g} white in every picture: give levels to decide",
                StillplateWarning,
                stacklevel=4,
            )
        return levels

    def _sampled_images(self) -> Iterator[npt.NDArray[Any]]:
        load, count = _Loader(self._animations), len(self._images)
        for index in sorted({place * count // SAMPLED for place in range(SAMPLED)}):
            with suppress(DecodeError):  # reported when the clip is read
                yield load(self._images[index])

    def _check_size(self, image: npt.NDArray[Any], path: Path) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise VideoOpenError(
                f"{path}: is {width}x{height}, but {self._first} is {self.info.width}x{self.info.height}: "
                "resize the images to one size"
            )


class _Loader:
    """Reads images in ascending order; keeps one animation open and reads on in it."""

    def __init__(self, animations: Mapping[Path, Animation]) -> None:
        self._animations = animations
        self._path: Path | None = None
        self._position = -1
        self._frames: Iterator[Image] = iter(())

    def __call__(self, image_ref: _ImageRef) -> npt.NDArray[Any]:
        """Read the RGB samples of one image."""
        if image_ref.frame < 0:
            return load_samples(image_ref.path, image_ref.page)
        if image_ref.path != self._path or image_ref.frame <= self._position:
            self._path, self._position = image_ref.path, -1
            self._frames = self._animations[image_ref.path].frames()
        for image in self._frames:
            self._position += 1
            if self._position == image_ref.frame:
                return image
        raise DecodeError(f"{image_ref.path}: frame {image_ref.frame} cannot be decoded: is it whole? copy it again")


def _checked_images(given: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the paths of a list; raise VideoOpenError unless each is an image file."""
    paths = [as_path(one) for one in given]
    for path in paths:
        refuse_url(path)
        if not path.is_file():
            raise VideoOpenError(f"{path}: there is no such file: give image files, or one clip")
        if not is_image(path):
            raise VideoOpenError(f"{path}: is no image, but one of several given: give image files, or one clip")
    if not paths:
        raise VideoOpenError("the list of images is empty: give image files")
    return paths
