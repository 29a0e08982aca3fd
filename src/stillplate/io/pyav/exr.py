"""OpenEXR pictures out, encoded by FFmpeg."""

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

__all__ = ["encode_exr"]

FORMS = {1: "grayf32le", 3: "gbrpf32le", 4: "gbrapf32le"}  # FFmpeg's, by the number of channels ...
ORDER = (1, 2, 0, 3)  # ... and in what order it has them: green, blue, red, alpha


def encode_exr(image: npt.NDArray[Any], what: str) -> bytes:
    """Encode one picture as OpenEXR: the samples as they are, 0..1, not linearised.

    Parameters
    ----------
    image : uint8 or uint16 array of shape (H, W), (H, W, 3), RGB, or (H, W, 4), RGBA with straight alpha
        Stored as half floats if it has 8 bits, which these tell apart, else as floats of 32 bits.
    what : str
        Names it in an error.

    Returns
    -------
    bytes
        Of the file, zip-compressed; grey is the channel Y.

    Raises
    ------
    EncodeError
        If FFmpeg refuses.
    """
    channels = 1 if image.ndim == 2 else image.shape[2]
    height, width = image.shape[:2]
    frame = VideoFrame(width, height, FORMS[channels])
    samples = image.reshape(height, width, channels) / np.float32(np.iinfo(image.dtype).max)
    for plane, channel in zip(frame.planes, ORDER if channels > 1 else (0,), strict=False):
        rows = np.frombuffer(memoryview(plane), np.float32).reshape(height, -1)
        rows[:, :width] = samples[:, :, channel]
    coder = CodecContext.create("exr", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, FORMS[channels], Fraction(1)
    coder.options = {"format": "half" if image.dtype == np.uint8 else "float", "compression": "zip16"}
    frame.pts = 0
    try:
        return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
    except (FFmpegError, ValueError) as err:
        reason = getattr(err, "strerror", None) or " ".join(str(err).split())
        raise EncodeError(f"{what}: cannot be encoded as EXR: {reason}: use .png or .tif") from err
