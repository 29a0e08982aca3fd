"""Frames and where they come from. No codec here: back ends satisfy `FrameSource`."""

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

__all__ = [
    "MOST_PIXELS", "NOMINAL_RATE", "UNSAID", "ArraySource", "Closing", "DeepFrame", "DeepSource", "Frame",
    "FrameSource", "IteratorSource", "SourceOfFiles", "VideoInfo", "as_rgb",
]  # fmt: skip

UNSAID = 2  # H.273's number for a colour property of which nothing is known
MOST_PIXELS = 2**28  # of a picture, 16384 x 16384: more is a mistake, or malice
NOMINAL_RATE = Fraction(25)  # frames/s of material that has no clock: images and arrays


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The picture; treat it as read-only.
    index : int
        Its number in presentation order, from 0.
    time : Fraction
        Seconds since the first frame, exact.
    """

    image: Image
    index: int
    time: Fraction


@dataclass(frozen=True, slots=True)
class DeepFrame:
    """One picture of a video, with all the bits that it has.

    Attributes
    ----------
    image : uint16 array of shape (H, W, 3), RGB
        The picture: white is 65535, whatever the depth of the source. Treat it as read-only.
    index, time
        As of a `Frame`.
    """

    image: DeepImage
    index: int
    time: Fraction


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video before its frames are read.

    Attributes
    ----------
    name : str
        What messages call it: a path, or "array".
    width, height : int
        Of the picture as shown (rotation applied), in pixels.
    frames : int or None
        How many frames the container claims; None where only reading tells.
    rate : Fraction
        Average frames per second (nominally 25 for images and arrays); times come from the frames, not from this.
    path : Path or None
        The file or folder, where there is one.
    pixel_aspect : Fraction
        Width of a pixel as shown, over its height; 1 where nothing is said.
    primaries, transfer : int
        Of the colours, in the numbers of ITU-T H.273; 2 where nothing is said. They are carried over, never applied.
    bits : int
        Of each sample as it is stored, 8 to 16. Frames have 8; a `DeepSource` gives them with all of theirs.
    timed : bool
        Whether its frames have times; those of images and arrays without a rate are numbers, 25 to the second.
    levels : (float, float) or None
        The samples that are shown black and white, in the file's own numbers; None where these fill their range.
    """

    name: str
    width: int
    height: int
    frames: int | None
    rate: Fraction = NOMINAL_RATE
    path: Path | None = None
    pixel_aspect: Fraction = Fraction(1)
    primaries: int = UNSAID
    transfer: int = UNSAID
    bits: int = 8
    timed: bool = True
    levels: tuple[float, float] | None = None


@runtime_checkable
class FrameSource(Protocol):
    """Frames in presentation order, as often as asked."""

    @property
    def info(self) -> VideoInfo:
        """What is known before reading."""

    def __iter__(self) -> Iterator[Frame]:
        """All frames, from the first, each time anew."""

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out.

        The back end decides between seeking and scanning.
        """

    def close(self) -> None:
        """Free the file. Safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


@runtime_checkable
class DeepSource(Protocol):
    """A source that gives its frames at 16 bits, too."""

    @property
    def info(self) -> VideoInfo:
        """What is known before reading."""

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out."""


@runtime_checkable
class SourceOfFiles(Protocol):
    """A source whose pictures are files of their own."""

    @property
    def files(self) -> Sequence[Path]:
        """The file of each picture, by its number."""


def as_rgb(image: npt.NDArray[Any], what: str) -> Image:
    """Bring one picture to uint8 RGB of shape (H, W, 3): grey is repeated, an alpha channel is dropped.

    Raises
    ------
    ParameterError
        If it is not a uint8 array of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) with H, W >= 1. `what` names it.
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


class Closing:
    """The `with` half of a source that holds nothing to free."""

    def close(self) -> None:
        """Nothing to free."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


class ArraySource(Closing):
    """Frames that are already in memory.

    Parameters
    ----------
    images : uint8 array of shape (N, H, W, 3) or (N, H, W), RGB or grey
    rate : Fraction, optional
        Frames per second: frame i is shown at i / rate. Without it they have no times, but a nominal 25 a second.
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


class IteratorSource(Closing):
    """Frames from an iterator of unknown length, readable once.

    Parameters
    ----------
    images : iterable of uint8 arrays of shape (H, W, 3) or (H, W), all of one size
    rate : Fraction, optional
        Frames per second: frame i is shown at i / rate. Without it they have no times, but a nominal 25 a second.
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
