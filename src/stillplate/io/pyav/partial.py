"""Detection of truncated frames in Motion JPEG."""

from __future__ import annotations

from typing import Any

from av.codec import CodecContext
from av.error import FFmpegError
from av.packet import Packet

from stillplate.io.image_header import is_cut_short

__all__ = ["is_partial"]


def is_partial(packet: Packet[Any]) -> bool:
    """Whether a Motion JPEG packet holds only a part of its image.

    Some cameras omit the end marker of a complete image. So a packet without one is decoded by a strict decoder, which
    rejects an incomplete image.
    """
    data = bytes(packet) if packet.size else b""
    if not is_cut_short(data):
        return False
    coder = CodecContext.create("mjpeg", "r")
    coder.options = {"err_detect": "explode"}
    try:
        return not [*coder.decode(Packet(data)), *coder.decode(None)]
    except FFmpegError:
        return True
