"""The interface of outputs for images, `FrameSink`, and what all of them share; codecs are in the back ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from stillplate.errors import EncodeError, ParameterError
from stillplate.io.picture import CutImage
from stillplate.io.source import VideoInfo

__all__ = ["ClipProperties", "FrameSink", "Sink", "as_channels"]

KINDS = {1: "a mask or grey picture of shape (H, W)", 3: "RGB of shape (H, W, 3)", 4: "RGBA of shape (H, W, 4)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipProperties:
    """What a video takes over from the clip that it is made from.

    Attributes
    ----------
    like : VideoInfo, optional
        The clip whose pixel aspect ratio (not in .y4m), colour primaries and transfer are noted in the file. By default
        pixels are square and the colours those of the matrix.
    sound : path, optional
        A video file whose sound is copied without decoding; omitted, with a warning, if the format cannot hold it.
    cut : bool
        Whether the video and its sound begin at the time of the first image written, instead of at 0.
    """

    like: VideoInfo | None = None
    sound: Path | None = None
    cut: bool = False


@runtime_checkable
class FrameSink(Protocol):
    """Takes images in order; the output appears complete on `close`, or not at all."""

    def write(self, image: npt.NDArray[Any] | CutImage, time: Fraction, index: int | None = None) -> None:
        """Append one image, bool or uint8 (H, W), uint8 (H, W, 3) RGB or (H, W, 4) RGBA, shown from `time` seconds.

        `index` is its frame number in the clip, from 0; by default the previous one plus 1.
        """

    def close(self) -> None:
        """Finish the output and move it to its final path. Safe to call twice."""

    def discard(self) -> None:
        """Remove what was written; an existing output stays. Safe to call twice, and after `close`."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Sink:
    """Base of all sinks: checks every image; `with` keeps the output or, on an error, discards it.

    Subclasses define `_append` (one image), `_finish` and `_abandon` (the output).
    """

    def __init__(self, name: str, width: int, height: int, channels: int) -> None:
        if channels not in KINDS:
            raise ParameterError(f"channels is {channels}, but 1 (mask), 3 (RGB) or 4 (RGBA) is needed")
        if min(width, height) < 1:
            raise ParameterError(f"{name}: pictures of {width}x{height} cannot be written: 1x1 is the least")
        self._name, self._shape, self._channels = name, (height, width), channels
        self._last: Fraction | None = None
        self._index = -1
        self._open = True

    def write(self, image: npt.NDArray[Any] | CutImage, time: Fraction, index: int | None = None) -> None:
        """Append one image, shown from `time` seconds on.

        Parameters
        ----------
        image : bool or uint8 array of shape (H, W), or uint8 of shape (H, W, 3), RGB, or (H, W, 4), RGBA, or CutImage
            The image, with the channels of the sink.
        time : Fraction
            Seconds; greater than the previous time.
        index : int, optional
            Frame number in the clip, from 0, by which images in a folder are named; by default the previous plus 1.
        """
        if not self._open:
            raise EncodeError(f"{self._name}: is closed: nothing more can be written")
        if self._last is not None and time <= self._last:
            raise ParameterError(f"{self._name}: an image at {time} s follows one at {self._last} s: times must ascend")
        if isinstance(image, CutImage) and not self._takes(image):
            image = image.rgb
        picture = image if isinstance(image, CutImage) else as_channels(image, self._channels, self._name)
        if picture.shape[:2] != self._shape:
            (height, width), given = self._shape, picture.shape
            raise ParameterError(
                f"{self._name}: a picture of {given[1]}x{given[0]} was given, but {width}x{height} is needed"
            )
        self._index = self._index + 1 if index is None else index
        self._append(picture, time)
        self._last = time

    def close(self) -> None:
        """Finish the output and move it to its final path. Safe to call twice."""
        if not self._open:
            return
        if self._last is None:
            self.discard()
            raise EncodeError(f"{self._name}: no picture was written: nothing is left")
        self._open = False
        try:
            self._finish()
        except BaseException:
            self._abandon()
            raise

    def discard(self) -> None:
        """Remove what was written; an existing output stays. Safe to call twice, and after `close`."""
        if self._open:
            self._open = False
            self._abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _takes(self, image: CutImage) -> bool:
        """Whether the planes of an image are written as they are; else it is converted to RGB before."""
        return False

    def _append(self, image: Any, time: Fraction) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        raise NotImplementedError

    def _abandon(self) -> None:
        raise NotImplementedError


def as_channels(image: npt.NDArray[Any], channels: int, what: str, *, deep: bool = False) -> npt.NDArray[Any]:
    """Return a checked image as contiguous uint8, or uint16 if `deep`; a bool mask becomes 0 and 255.

    Raises
    ------
    ParameterError
        If dtype or shape do not fit the number of channels. `what` names the output in the message.
    """
    if image.dtype == np.bool_ and channels == 1:
        image = image.view(np.uint8) * np.uint8(255)
    if image.dtype != np.uint8 and not (deep and image.dtype == np.uint16):
        wanted = ("bool or uint8" if channels == 1 else "uint8") + (" or uint16" if deep else "")
        raise ParameterError(f"{what}: a picture has dtype {image.dtype}, but {wanted} is needed")
    if image.ndim < 2 or image.shape[2:] != (() if channels == 1 else (channels,)):
        raise ParameterError(f"{what}: a picture has shape {image.shape}, but {KINDS[channels]} is needed")
    return np.ascontiguousarray(image)
