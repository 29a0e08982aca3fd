"""The packets of a file as its index lists them, without the file's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from av import packet as packets
from av.container import InputContainer
from av.video.stream import VideoStream

from stillplate.io.ranges import RangeFile
from stillplate.io.seeking import Packet

__all__ = ["indexed_packets", "packet_of", "skip_data"]


def skip_data(container: InputContainer, stream: VideoStream) -> set[int] | None:
    """Let the data of an object's packets be read as zeros, where its index has all: times and sizes are not in it.

    Returns
    -------
    set of int or None
        Where the key frames begin, since zeros do not tell; None if the data is read.
    """
    file: Any = container.file
    entries = stream.index_entries
    if file is None or not isinstance(file.file, RangeFile) or not entries or len(entries) != stream.frames:
        return None
    file.file.skip(min(entry.pos for entry in entries), max(entry.pos + entry.size for entry in entries))
    return {entry.pos for entry in entries if entry.is_keyframe}


def packet_of(packet: packets.Packet[VideoStream], form: str | None, keys: set[int] | None) -> Packet:
    """A packet as it is planned with; Matroska has no decoding times, and `keys` are those of `skip_data`."""
    place = packet.pos or 0
    return Packet(
        packet.pts,
        packet.pts if form == "matroska" else packet.dts,
        packet.is_keyframe if keys is None else place in keys,
        bool(packet.size) and not packet.is_discard,
        place,
        place + packet.size,
    )


def indexed_packets(path: Path, stream: VideoStream, first: int | None) -> list[Packet] | None:
    """The packets of a QuickTime or MP4 file of constant frame rate; None where its index does not tell them.

    The index has decoding times. At a constant rate frames are shown at the same intervals, from time stamp `first` on;
    whoever decodes them sees whether it is so. A file that ends before the data of its last packet, whose index lists
    fewer packets than it declares, or that has packets which are not shown is read packet by packet.
    """
    entries = [
        (entry.timestamp, entry.is_keyframe, entry.is_discard, entry.pos, entry.pos + entry.size)
        for entry in stream.index_entries
    ]
    if (
        first is None
        or len(entries) < 2
        or len(entries) != stream.frames
        or any(discard for _, _, discard, _, _ in entries)
    ):
        return None
    start = entries[0][0]
    step = entries[1][0] - start
    if step <= 0 or any(stamp != start + at * step for at, (stamp, _, _, _, _) in enumerate(entries)):
        return None
    if max(end for *_, end in entries) > path.stat().st_size:
        return None
    return [
        Packet(first + at * step, stamp, key, place=place, end=end)
        for at, (stamp, key, _, place, end) in enumerate(entries)
    ]
