"""Encoding of OpenEXR images by FFmpeg."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from av.codec import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from stillplate.errors import EncodeError
from stillplate.io.pyav.messages import message_of

__all__ = ["encode_exr"]

PIXEL_FORMATS = {1: "grayf32le", 3: "gbrpf32le", 4: "gbrapf32le"}  # FFmpeg's names, by the number of channels
PLANE_ORDER = (1, 2, 0, 3)  # channels in the order of FFmpeg's planes: green, blue, red, alpha


def encode_exr(image: npt.NDArray[Any], what: str) -> bytes:
    """Encode one image as OpenEXR: samples scaled to 0..1, not linearised.

    Parameters
    ----------
    image : uint8 or uint16 array of shape (H, W), (H, W, 3), RGB, or (H, W, 4), RGBA with straight alpha
        Stored as 16-bit floats if it is uint8, because these are exact enough to restore all levels, else as 32-bit
        floats.
    what : str
        Name of the image in errors.

    Returns
    -------
    bytes
        The file, zip-compressed; grey is the channel Y.

    Raises
    ------
    EncodeError
        If FFmpeg reports an error.
    """
    channels = 1 if image.ndim == 2 else image.shape[2]
    height, width = image.shape[:2]
    frame = VideoFrame(width, height, PIXEL_FORMATS[channels])
    samples = image.reshape(height, width, channels) / np.float32(np.iinfo(image.dtype).max)
    for plane, channel in zip(frame.planes, PLANE_ORDER if channels > 1 else (0,), strict=False):
        rows = np.frombuffer(memoryview(plane), np.float32).reshape(height, -1)
        rows[:, :width] = samples[:, :, channel]
    coder = CodecContext.create("exr", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, PIXEL_FORMATS[channels], Fraction(1)
    coder.options = {"format": "half" if image.dtype == np.uint8 else "float", "compression": "zip16"}
    frame.pts = 0
    try:
        return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
    except (FFmpegError, ValueError) as err:
        raise EncodeError(f"{what}: cannot be encoded as EXR: {message_of(err)}: use .png or .tif") from err
