"""The seeks by which some frames of a file are read, planned from its packets without decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import NamedTuple

__all__ = ["THREADS", "Packet", "Run", "key_frames", "order", "plan", "spans"]

START = 8  # cost of one seek, in decoded packets
THREADS = 3  # of a decoder that reads from storage, since it takes as many packets ahead
AHEAD = 6  # packets that it takes before it gives a frame, with those that are shown out of order
FARTHEST = 32  # places between decoding and showing, at most: 16 in H.264 and HEVC, more where a clock was reset


class Packet(NamedTuple):
    """One coded frame: when it is shown and when decoded, whether it is a key frame, whether it is shown at all.

    `place` and `end` are its bytes in the file; 0 where they are not known.
    """

    pts: int | None
    dts: int | None
    key: bool
    shown: bool = True
    place: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """The wanted frames that are decoded after one seek.

    Attributes
    ----------
    key : Packet
        Key frame at which decoding starts.
    wanted : dict of int to int
        Index of each wanted frame by its time stamp (pts), ascending.
    first, last : int
        Positions of the key frame and of the last wanted frame among the packets.
    """

    key: Packet
    wanted: dict[int, int]
    first: int = field(default=0, compare=False)
    last: int = field(default=0, compare=False)


def order(packets: Sequence[Packet]) -> list[int] | None:
    """Positions of the shown packets in presentation order; None where their time stamps do not tell it."""
    shown = [position for position, packet in enumerate(packets) if packet.shown]
    stamps = {packets[position].pts for position in shown}
    if None in stamps or len(stamps) < len(shown):
        return None
    ordered = sorted(shown, key=lambda position: packets[position].pts or 0)
    return None if any(abs(one - other) > FARTHEST for one, other in zip(shown, ordered, strict=True)) else ordered


def key_frames(packets: Sequence[Packet]) -> list[int]:
    """Indices of the frames at which decoding can start; all of them where time stamps do not tell."""
    shown = order(packets)
    if shown is None:
        return list(range(sum(packet.shown for packet in packets)))
    return [index for index, position in enumerate(shown) if packets[position].key]


def plan(packets: Sequence[Packet], shown: Sequence[int], indices: Sequence[int]) -> list[Run]:
    """Group the wanted frames into runs of one seek each; empty if a wanted frame has no key frame before it.

    Parameters
    ----------
    packets : sequence of Packet
        All packets of the stream, in decoding order.
    shown : sequence of int
        Positions in presentation order, from `order`.
    indices : sequence of int
        Indices of the wanted frames, strictly ascending.
    """
    last_key = list(accumulate(range(len(packets)), lambda key, at: at if packets[at].key else key, initial=0))[1:]
    runs: list[Run] = []
    end = 0
    for index in indices:
        if index >= len(shown):
            break
        position = shown[index]
        pts = packets[position].pts or 0
        key = _key_before(packets, last_key, position, pts)
        if key is None:
            return []
        if not runs or key > end + START:
            runs.append(Run(packets[key], {}, key, key))
            end = key
        end = max(end, position)
        runs[-1].wanted[pts] = index
        runs[-1] = replace(runs[-1], last=end)
    return runs


def spans(packets: Sequence[Packet], runs: Sequence[Run]) -> list[tuple[int, int]]:
    """The bytes of the file that runs read, from the key frame's first to the end of what the decoder takes ahead."""
    parts = [packets[run.first : run.last + 1 + AHEAD] for run in runs]
    return [(min(one.place for one in part), max(one.end for one in part)) for part in parts]


def _key_before(packets: Sequence[Packet], last_key: Sequence[int], position: int, pts: int) -> int | None:
    """Position of the last key frame at or before `position` whose time stamp is at most `pts`; None without one."""
    while position >= 0:
        key = last_key[position]
        packet = packets[key]
        if packet.key and packet.pts is not None and packet.pts <= pts:
            return key
        position = key - 1
    return None
