"""Packets of a file as the encoder made them."""

from __future__ import annotations

from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream

__all__ = ["as_encoded", "with_start_codes"]

LENGTH = 4  # bytes of the length before each unit
START = b"\0\0\0\1"


def as_encoded(packet: Packet[Any], stream: VideoStream) -> Packet[Any]:
    """Return a packet as the encoder of its stream gave it to the container.

    MP4, QuickTime and Matroska hold the units of H.264 with their lengths. Whoever muxes them anew, with an encoder's
    stream, has to give them with start codes, or they are taken for one broken unit.
    """
    header = stream.codec_context.extradata
    if stream.codec_context.name != "h264" or not header or header[0] != 1:
        return packet
    made = Packet(with_start_codes(bytes(packet)))
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe = packet.is_keyframe
    return made


def with_start_codes(data: bytes) -> bytes:
    """Replace the length before each unit by a start code.

    Raises
    ------
    ValueError
        If a unit ends after the data.

    Examples
    --------
    >>> with_start_codes(bytes([0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9])).hex(" ")
    '00 00 00 01 07 08 00 00 00 01 09'
    """
    units, at = bytearray(data), 0
    while at < len(data):
        length = int.from_bytes(data[at : at + LENGTH])
        units[at : at + LENGTH] = START
        at += LENGTH + length
    if at != len(data):
        raise ValueError("a unit of H.264 ends after its packet")
    return bytes(units)
