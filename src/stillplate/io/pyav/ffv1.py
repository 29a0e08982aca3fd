"""FFV1 packets of grey pictures, which a kernel codes: FFmpeg's bytes, in less time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Self

import numpy as np
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from stillplate.arrays import Grey
from stillplate.io.pyav.frames import planes_of
from stillplate.kernels import ffv1_packet

__all__ = ["GreyCoder"]

SIDES = {"1": (1, 1), "4": (2, 2)}  # slices down and across, by the encoder's option
CODED = {"level": "3", "coder": "0", "context": "0"}  # options of the packets that the kernel makes
TRAILER = 8  # bytes behind a slice: 3 of its size, 1 of its status, 4 of its checksum


class GreyCoder:
    """Codes grey pictures of one size as FFV1 keyframes, in FFmpeg's bytes.

    Parameters
    ----------
    heads : sequence of bytes
        What each slice begins with.
    sides : (int, int)
        Number of slices down and across.
    """

    def __init__(self, heads: Sequence[bytes], sides: tuple[int, int]) -> None:
        self._heads, self._sides = heads, sides

    @classmethod
    def like(cls, options: Mapping[str, str], height: int, width: int) -> Self | None:
        """Learn from FFmpeg's packet of a black picture how its slices begin; None if other bytes are not the kernel's.

        Parameters
        ----------
        options : mapping of str to str
            The encoder's.
        height, width : int
            Size of the pictures, in pixels.
        """
        sides = SIDES.get(options.get("slices", ""))
        if sides is None or any(options.get(name) != value for name, value in CODED.items()):
            return None
        black = np.zeros((height, width), np.uint8)
        try:
            packet = _packet_of(black, options)
        except (FFmpegError, ValueError):
            return None
        heads: list[bytes] = []
        end = len(packet)
        for part in reversed(list(_slices(black, sides))):
            size = int.from_bytes(packet[end - TRAILER : end - TRAILER + 3])
            coded, begin = len(ffv1_packet(part, [b""], (1, 1))) - TRAILER, end - TRAILER - size
            heads.insert(0, packet[begin : begin + size - coded])
            end = begin
        coder = cls(heads, sides)
        return coder if coder.packet(black) == packet else None

    def packet(self, image: Grey) -> bytes:
        """Code a picture: uint8 of shape (H, W)."""
        return ffv1_packet(image, self._heads, self._sides)


def _packet_of(image: Grey, options: Mapping[str, str]) -> bytes:
    """Return FFmpeg's packet of a picture."""
    coder = CodecContext.create("ffv1", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.height, coder.width = image.shape
    coder.pix_fmt, coder.time_base, coder.options = "gray", Fraction(1, 25), dict(options)
    coder.thread_count = 1
    frame = VideoFrame(image.shape[1], image.shape[0], "gray")
    planes_of(frame)[0][...] = image
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])


def _slices(image: Grey, sides: tuple[int, int]) -> Iterator[Grey]:
    (height, width), (down, across) = image.shape, sides
    for y in range(down):
        for x in range(across):
            yield image[height * y // down : height * (y + 1) // down, width * x // across : width * (x + 1) // across]
