"""Conversion of FFmpeg's decoded frames to upright RGB images, and of their time stamps to exact times."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from stillplate.arrays import Image
from stillplate.errors import DecodeError
from stillplate.io import colour
from stillplate.io.levels import Levels
from stillplate.io.picture import PlanarImage
from stillplate.io.planar_frame import PlanarFrame
from stillplate.io.source import DeepFrame, Frame

__all__ = [
    "FULL_RANGE",
    "LIMITED_RANGE",
    "MATRICES",
    "Clock",
    "FrameConverter",
    "Orientation",
    "default_matrix",
    "depth_of",
    "nearest_stamp",
    "planes_of",
]

# matrices by FFmpeg's numbers
MATRICES = {1: colour.BT709, 4: colour.FCC, 5: colour.BT601, 6: colour.BT601, 7: colour.SMPTE240, 9: colour.BT2020}
UNKNOWN_RANGE, LIMITED_RANGE, FULL_RANGE = 0, 1, 2  # FFmpeg's numbers of ranges

PLANAR = re.compile(r"(yuv[aj]?4\d\dp|gbra?p|gray)(9|10|12|14|16)?(le)?")
SUBSTITUTES = {
    "nv12": "yuv420p", "yuyv422": "yuv422p", "uyvy422": "yuv422p", "uyyvyy411": "yuv411p", "p010le": "yuv420p10le",
    "monob": "gray", "monow": "gray",
}  # fmt: skip
CRASHING_FORMATS = {"yaf32le", "yaf32be"}  # swscale cannot read these, and aborts the process instead of failing
HALF_CHROMA = {"yuv420p", "yuvj420p"}  # formats of 8 bits whose planes are kept until RGB is asked for
LIMITED_GREY = {"h264", "hevc"}  # codecs whose grey has limited range if the file does not state it


def depth_of(frame: VideoFrame) -> int:
    """Bits per stored sample, clipped to 8..16; 16 for floats."""
    return max(8, min(16, frame.format.components[0].bits))


def default_matrix(height: int) -> int:
    """FFmpeg's number of the matrix for an image height, if the file does not state it: BT.709 or BT.601."""
    return 1 if height >= 720 else 6


@dataclass(frozen=True, slots=True)
class Orientation:
    """The steps that make a decoded image upright: swap rows and columns, then mirror."""

    transpose: bool = False
    mirror_rows: bool = False
    mirror_columns: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Self:
        """Read a frame's display matrix, which shows the point (p, q) at (a·p + c·q, b·p + d·q)."""
        data: Any = frame.side_data.get("DISPLAYMATRIX")
        if data is None:
            return cls()
        a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, b < 0, c < 0)
        return cls(False, d < 0, a < 0)

    def __call__(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the upright image."""
        if self.transpose:
            image = cv2.transpose(image)
        if self.mirror_rows or self.mirror_columns:
            axis = -1 if self.mirror_rows and self.mirror_columns else int(self.mirror_columns)
            image = cv2.flip(image, axis)
        return image


UPRIGHT = Orientation()


class FrameConverter:
    """Converts frames to upright RGB. Not thread-safe.

    Parameters
    ----------
    orientation : Orientation
        Orientation of the frames.
    codec : str
        FFmpeg's name of the frames' codec.
    levels : Levels, optional
        Sample values shown as black and white, at the bit depth of the samples; 16 bits for floats.
    """

    def __init__(self, orientation: Orientation, codec: str, levels: Levels | None = None) -> None:
        self._orientation, self._codec, self._levels = orientation, codec, levels
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image:
        """Convert a frame to a uint8 array of shape (H, W, 3), RGB."""
        if self._levels is not None:
            samples, levels = self._samples_and_levels(frame)
            return levels.image(samples)
        return self._orientation(self._rgb(frame, colour.rgb_from_planes))

    def check(self, frame: VideoFrame) -> None:
        """Raise DecodeError if the frame's pixel format cannot be converted."""
        self._planar(frame)

    def frame(self, frame: VideoFrame, index: int, time: Fraction) -> Frame:
        """Convert FFmpeg's frame to a `Frame`; where it has planes that kernels read, when its image is asked for."""
        if frame.format.name not in HALF_CHROMA or self._levels is not None or self._orientation != UPRIGHT:
            return Frame(self(frame), index, time)
        luma, full = self._luma(frame), self._is_full_range(frame, frame.format.name)
        planes = planes_of(frame)
        matrix = colour.half_chroma_matrix(planes, luma, full=full)
        return PlanarFrame(PlanarImage(planes, matrix, (*luma, full)), index, time)

    def deep_frame(self, frame: VideoFrame, index: int, time: Fraction) -> DeepFrame:
        """Convert FFmpeg's frame to a `DeepFrame`, of 16 bits."""
        if self._levels is not None:
            samples, levels = self._samples_and_levels(frame)
            return DeepFrame(levels.deep_image(samples), index, time)
        image = self._orientation(self._rgb(frame, colour.deep_rgb_from_planes))
        return DeepFrame(image if image.dtype == np.uint16 else image.astype(np.uint16) * np.uint16(257), index, time)

    def _samples_and_levels(self, frame: VideoFrame) -> tuple[npt.NDArray[Any], Levels]:
        """Convert a frame to RGB of 8 or 16 bits, and scale the levels to that bit depth."""
        assert self._levels is not None
        bits = depth_of(frame)
        to_rgb = colour.rgb_from_planes if bits == 8 else colour.deep_rgb_from_planes
        samples = self._orientation(self._rgb(frame, to_rgb))
        unit = np.iinfo(samples.dtype).max / ((1 << bits) - 1)
        return samples, Levels(self._levels.black * unit, self._levels.white * unit)

    def _rgb(self, frame: VideoFrame, to_rgb: Callable[..., npt.NDArray[Any]]) -> npt.NDArray[Any]:
        frame = self._planar(frame)
        name = frame.format.name
        planes = planes_of(frame)
        if name == "rgb24":
            return np.ascontiguousarray(planes[0])
        planes = planes[: 1 if name.startswith("gray") else 3]  # without alpha
        luma = None if name.startswith("gbr") else self._luma(frame)
        bits = frame.format.components[0].bits
        return to_rgb(planes, luma, full=self._is_full_range(frame, name), bits=bits)

    @staticmethod
    def _luma(frame: VideoFrame) -> colour.Luma:
        return MATRICES.get(frame.colorspace, MATRICES[default_matrix(frame.height)])

    def _planar(self, frame: VideoFrame) -> VideoFrame:
        """Return the frame in a planar format, repacked by swscale without changing its matrix or range."""
        name = frame.format.name
        if name == "rgb24" or PLANAR.fullmatch(name):
            return frame
        if name in CRASHING_FORMATS:
            raise _unknown_format(name)
        try:
            return self._reformatter.reformat(frame, format=_planar_format(frame.format))
        except FFmpegError as err:
            raise _unknown_format(name) from err

    def _is_full_range(self, frame: VideoFrame, name: str) -> bool:
        if name.startswith(("gbr", "yuvj")) or frame.color_range == FULL_RANGE:
            return True
        unknown = frame.color_range == UNKNOWN_RANGE
        return unknown and name.startswith("gray") and self._codec not in LIMITED_GREY


def _planar_format(form: VideoFormat) -> str:
    """Name of the planar pixel format to which another can be converted without loss."""
    deep = form.components[0].bits > 8
    if form.name in SUBSTITUTES:
        return SUBSTITUTES[form.name]
    if form.name.startswith(("gray", "ya")):
        return "gray16le" if deep else "gray"
    if form.is_rgb or form.has_palette:
        return "gbrp16le" if deep else "rgb24"
    return "yuv444p16le" if deep else "yuv444p"


def _unknown_format(name: str) -> DecodeError:
    return DecodeError(f"FFmpeg cannot convert its pixel format, {name}: convert the clip first, to yuv444p say")


class Clock:
    """Converts time stamps to exact seconds since the first frame, strictly ascending for any time stamps.

    Parameters
    ----------
    time_base : Fraction
        Seconds per unit of the file's time stamps.
    step : Fraction
        Seconds from one frame to the next if it has no time stamp.
    """

    JUMP = Fraction(1)  # seconds; if a time stamp goes back by more, the file's clock was reset

    def __init__(self, time_base: Fraction, step: Fraction) -> None:
        self._time_base, self._step = time_base, step
        self._zero: Fraction | None = None
        self._last: Fraction | None = None
        self._stamp: int | None = None  # that of the last frame, where its time is from it

    def time(self, pts: int | None) -> Fraction:
        """Time of the next frame: from its time stamp, or estimated if that is missing or not ascending."""
        if pts is None or self._stamp is None or self._zero is None or pts <= self._stamp:
            return self._irregular(pts)
        self._stamp = pts
        self._last = pts * self._time_base - self._zero
        return self._last

    def _irregular(self, pts: int | None) -> Fraction:
        """Return the time of the first frame, or of one whose time stamp, or the last one's, may not be followed."""
        due = Fraction(0) if self._last is None else self._last + self._step
        self._stamp = pts
        if pts is None:
            time = due
        else:
            stamp = pts * self._time_base
            if self._zero is None or (self._last is not None and stamp - self._zero < self._last - self.JUMP):
                self._zero = stamp - due
            time = stamp - self._zero
            if self._last is not None and time <= self._last:
                time, self._stamp = self._last + self._step / 2, None
        self._last = time
        return time


def planes_of(frame: VideoFrame) -> list[npt.NDArray[Any]]:
    """Views of a frame's planes, without their padding: (H, W), or (H, W, C) for an interleaved format."""
    dtype, samples = _layout_of(frame.format.name)
    views = []
    for plane in frame.planes:
        rows: npt.NDArray[Any] = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        view = rows[:, : plane.width * samples * dtype.itemsize].view(dtype)
        views.append(view if samples == 1 else view.reshape(plane.height, plane.width, samples))
    return views


@cache
def _layout_of(name: str) -> tuple[np.dtype[Any], int]:
    """Return dtype and samples per pixel of a plane of a pixel format."""
    form = VideoFormat(name)
    dtype = np.dtype(np.uint8 if form.components[0].bits == 8 else "<u2")
    return dtype, 1 if PLANAR.fullmatch(name) else form.padded_bits_per_pixel // 8


def nearest_stamp(time: Fraction, unit: Fraction) -> int:
    """Return the time stamp nearest to a time, in whole units; the even one of two that are equally near."""
    part, whole = 2 * time.numerator * unit.denominator, 2 * time.denominator * unit.numerator
    stamp, rest = divmod(part + whole // 2, whole)
    return stamp - 1 if rest == 0 and stamp % 2 else stamp
