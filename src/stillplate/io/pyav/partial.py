"""Half pictures: a JPEG that was cut off while it was recorded."""

from __future__ import annotations

from typing import Any

from av.codec import CodecContext
from av.error import FFmpegError
from av.packet import Packet

from stillplate.io.image_header import is_cut_short

__all__ = ["is_partial"]


def is_partial(packet: Packet[Any]) -> bool:
    """Tell whether a packet of Motion JPEG holds but a part of its picture.

    Some cameras leave out the mark of the end, though the picture is whole. So where there is none, it is decoded by a
    decoder that passes over nothing.
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
