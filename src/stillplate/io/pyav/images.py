"""Image files that FFmpeg decodes: portable maps, JPEG 2000, OpenEXR, DPX."""

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
from stillplate.io.source import MOST_PIXELS

__all__ = ["decode_image"]

FLOATS = re.compile(r"(gray|ya|gbrp|gbrap)(f16|f32)(le|be)")
GBR = (2, 0, 1)  # the planes of red, green and blue


def decode_image(data: bytes, codec: str, what: str) -> npt.NDArray[Any]:
    """Decode one picture.

    Parameters
    ----------
    data : bytes
        The file.
    codec : str
        As `decoder_of` names it.
    what : str
        Names it in an error.

    Returns
    -------
    array of shape (H, W, 3), RGB
        uint8; uint16, white being 65535, of more bits; float32 as they are of floats.

    Raises
    ------
    DecodeError
        If it is too large, damaged, or has a pixel format that cannot be converted.
    """
    coder = CodecContext.create(codec, "r")
    assert isinstance(coder, VideoCodecContext)
    coder.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
    try:
        frames = [*coder.decode(Packet(data)), *coder.decode(None)]
    except (FFmpegError, ValueError) as err:
        reason = getattr(err, "strerror", None) or " ".join(str(err).split())
        raise DecodeError(f"{what}: cannot be decoded ({reason}): it is damaged, cut short or too large") from err
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
    """Read the planes as they are: FFmpeg's own conversion would cut them to 0..1."""
    name = frame.format.name
    dtype = np.dtype(("<" if name.endswith("le") else ">") + ("f2" if "f16" in name else "f4"))
    planes = []
    for plane in frame.planes[:3] if name.startswith("gb") else frame.planes[:1]:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        planes.append(rows[:, : plane.width * dtype.itemsize].view(dtype).astype(np.float32))
    return np.stack([planes[number] for number in GBR] if len(planes) == 3 else planes * 3, axis=2)
