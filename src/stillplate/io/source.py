"""The interface of inputs, `FrameSource`, and sources of arrays; codecs are in the back ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from stillplate.arrays import DeepImage, Image
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.io.picture import PlanarImage

__all__ = [
    "MOST_PIXELS",
    "NOMINAL_RATE",
    "UNSPECIFIED",
    "ArraySource",
    "DeepFrame",
    "DeepSource",
    "Frame",
    "FrameSource",
    "IteratorSource",
    "NoOpClose",
    "SourceOfFiles",
    "VideoInfo",
    "as_rgb",
]  # fmt: skip

UNSPECIFIED = 2  # "unspecified" among the code points of H.273 for colour properties
MOST_PIXELS = 2**28  # largest size of an image, 16384 x 16384, as a limit for corrupt and malicious files
NOMINAL_RATE = Fraction(25)  # frames/s assumed for images and arrays, which have no times


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a video.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The image; treat it as read-only.
    index : int
        Number of the frame in presentation order, from 0.
    time : Fraction
        Seconds since the first frame, exact.
    """

    image: Image
    index: int
    time: Fraction

    @property
    def picture(self) -> Image | PlanarImage:
        """The image, or what it is converted from when it is asked for."""
        return self.image


@dataclass(frozen=True, slots=True)
class DeepFrame:
    """One frame of a video at its full bit depth.

    Attributes
    ----------
    image : uint16 array of shape (H, W, 3), RGB
        The image, white at 65535 for any bit depth of the source; treat it as read-only.
    index, time
        As in `Frame`.
    """

    image: DeepImage
    index: int
    time: Fraction


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The properties of a video that are known before its frames are read.

    Attributes
    ----------
    name : str
        Name in messages: a path, or "array".
    width, height : int
        Size of the displayed image (rotation applied), in pixels.
    frames : int or None
        Number of frames that the container declares; None if it is known only after reading.
    rate : Fraction
        Average frames per second (nominally 25 for images and arrays); times come from the frames, not from this.
    path : Path or None
        The file or folder, if there is one.
    pixel_aspect : Fraction
        Width of a displayed pixel over its height; 1 if unspecified.
    primaries, transfer : int
        Colour primaries and transfer characteristics in the code points of ITU-T H.273; 2 if unspecified. They are
        copied to outputs, never applied.
    bits : int
        Bits per stored sample, 8 to 16. A `Frame` has 8; a `DeepSource` also yields all of them.
    timed : bool
        Whether the frames have times; images and arrays without a rate have a nominal 25 per second.
    levels : (float, float) or None
        Values of black and white in the file's own numbers; None if samples fill their range.
    """

    name: str
    width: int
    height: int
    frames: int | None
    rate: Fraction = NOMINAL_RATE
    path: Path | None = None
    pixel_aspect: Fraction = Fraction(1)
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    bits: int = 8
    timed: bool = True
    levels: tuple[float, float] | None = None


@runtime_checkable
class FrameSource(Protocol):
    """Frames in presentation order, readable repeatedly."""

    @property
    def info(self) -> VideoInfo:
        """The properties known before reading."""

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over all frames from the first, anew on every call."""

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out.

        The back end chooses between seeking and scanning.
        """

    def close(self) -> None:
        """Close the file. Safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


@runtime_checkable
class DeepSource(Protocol):
    """A source that can also yield its frames at 16 bits."""

    @property
    def info(self) -> VideoInfo:
        """The properties known before reading."""

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out."""


@runtime_checkable
class SourceOfFiles(Protocol):
    """A source whose frames are separate files."""

    @property
    def files(self) -> Sequence[Path]:
        """The file of each frame, by its number."""


def as_rgb(image: npt.NDArray[Any], what: str) -> Image:
    """Return one image as uint8 RGB of shape (H, W, 3): grey is repeated, an alpha channel dropped.

    Raises
    ------
    ParameterError
        If it is not a uint8 array of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) with H, W >= 1. `what` names
        it in the message.
    """
    if image.dtype != np.uint8:
        raise ParameterError(f"{what} has dtype {image.dtype}, but uint8 is needed: scale it to 0..255 first")
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or 0 in image.shape:
        raise ParameterError(f"{what} has shape {image.shape}, but (H, W), (H, W, 3) or (H, W, 4) is needed")
    if image.shape[2] == 1:
        return np.repeat(image, 3, axis=2)
    return np.ascontiguousarray(image[:, :, :3])


class NoOpClose:
    """Context manager for sources without an open file: `close` does nothing."""

    def close(self) -> None:
        """Do nothing: no file is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


class ArraySource(NoOpClose):
    """Frames of an array in memory.

    Parameters
    ----------
    images : uint8 array of shape (N, H, W, 3) or (N, H, W), RGB or grey
    rate : Fraction, optional
        Frames per second: frame i is shown at i / rate. Without it frames have no times, only a nominal 25 per second.
    """

    def __init__(self, images: npt.NDArray[Any], rate: Fraction | None = None) -> None:
        if images.ndim not in (3, 4) or len(images) == 0:
            raise ParameterError(
                f"the array has shape {images.shape}, but (N, H, W, 3) or (N, H, W) with N >= 1 is needed"
            )
        first = as_rgb(images[0], "the array")
        self._images = images
        self.info = VideoInfo(
            "array", first.shape[1], first.shape[0], len(images), rate or NOMINAL_RATE, timed=rate is not None
        )

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self._images)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices; those past the end are left out."""
        for index in indices:
            if index < len(self._images):
                yield Frame(as_rgb(self._images[index], f"image {index}"), index, index / self.info.rate)


class IteratorSource(NoOpClose):
    """Frames from an iterator of unknown length, readable once.

    Parameters
    ----------
    images : iterable of uint8 arrays of shape (H, W, 3) or (H, W), all of one size
    rate : Fraction, optional
        Frames per second: frame i is shown at i / rate. Without it frames have no times, only a nominal 25 per second.
    """

    def __init__(self, images: Iterable[npt.NDArray[Any]], rate: Fraction | None = None) -> None:
        self._images = iter(images)
        try:
            self._first: Image | None = as_rgb(next(self._images), "image 0")
        except StopIteration:
            raise VideoOpenError("the iterator is empty: at least one image is needed") from None
        self.info = VideoInfo(
            "iterator", self._first.shape[1], self._first.shape[0], None, rate or NOMINAL_RATE, timed=rate is not None
        )

    def __iter__(self) -> Iterator[Frame]:
        first, self._first = self._first, None
        if first is None:
            raise VideoOpenError("the iterator was read already and cannot start again: pass a file or an array")
        yield Frame(first, 0, Fraction(0))
        for index, array in enumerate(self._images, start=1):
            image = as_rgb(array, f"image {index}")
            if image.shape != first.shape:
                raise VideoOpenError(
                    f"image {index} is {image.shape[1]}x{image.shape[0]}, "
                    f"but the first is {first.shape[1]}x{first.shape[0]}: one size is needed"
                )
            yield Frame(image, index, index / self.info.rate)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices, reading past the others."""
        wanted = set(indices)
        for frame in self if wanted else ():
            if frame.index in wanted:
                wanted.discard(frame.index)
                yield frame
            if not wanted:
                break
