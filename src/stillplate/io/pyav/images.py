"""Decoding of image files by FFmpeg: portable maps, JPEG 2000, OpenEXR, DPX."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from av.codec import CodecContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from stillplate.errors import DecodeError
from stillplate.io.pyav.frames import FrameConverter, Orientation, depth_of
from stillplate.io.pyav.messages import message_of
from stillplate.io.source import MOST_PIXELS

__all__ = ["decode_image"]

FLOATS = re.compile(r"(gray|ya|gbrp|gbrap)(f16|f32)(le|be)")
RGB_PLANES = (2, 0, 1)  # positions of red, green and blue among FFmpeg's planes


def decode_image(data: bytes, codec: str, what: str) -> npt.NDArray[Any]:
    """Decode one image.

    Parameters
    ----------
    data : bytes
        Content of the file.
    codec : str
        FFmpeg's name of the codec, from `decoder_of`.
    what : str
        Name of the image in errors.

    Returns
    -------
    array of shape (H, W, 3), RGB
        uint8 for 8 bits; uint16, with white at 65535, for more; unscaled float32 for floats.

    Raises
    ------
    DecodeError
        If the image is too large, damaged, or has a pixel format that cannot be converted.
    """
    coder = CodecContext.create(codec, "r")
    assert isinstance(coder, VideoCodecContext)
    coder.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
    try:
        frames = [*coder.decode(Packet(data)), *coder.decode(None)]
    except (FFmpegError, ValueError) as err:
        raise DecodeError(
            f"{what}: cannot be decoded ({message_of(err)}): it is damaged, cut short or too large"
        ) from err
    if not frames:
        raise DecodeError(f"{what}: cannot be decoded: it is damaged or cut short")
    try:
        return _samples(frames[0], codec)
    except DecodeError as err:
        raise DecodeError(f"{what}: {err}") from err


def _samples(frame: VideoFrame, codec: str) -> npt.NDArray[Any]:
    if FLOATS.fullmatch(frame.format.name):
        return _floats(frame)
    converter = FrameConverter(Orientation(), codec)
    return converter.deep_frame(frame, 0, Fraction(0)).image if depth_of(frame) > 8 else converter(frame)


def _floats(frame: VideoFrame) -> npt.NDArray[np.float32]:
    """Read float planes without FFmpeg's conversion, which would clip them to 0..1."""
    name = frame.format.name
    dtype = np.dtype(("<" if name.endswith("le") else ">") + ("f2" if "f16" in name else "f4"))
    planes = []
    for plane in frame.planes[:3] if name.startswith("gb") else frame.planes[:1]:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        planes.append(rows[:, : plane.width * dtype.itemsize].view(dtype).astype(np.float32))
    return np.stack([planes[position] for position in RGB_PLANES] if len(planes) == 3 else planes * 3, axis=2)
