"""The choice between seeking to some frames of a file and scanning it, made from its packets without decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Packet", "Run", "order", "plan"]

START = 8  # cost of one seek, in decoded packets
GAIN = 2  # a plan is used only if a scan costs so many times more


class Packet(NamedTuple):
    """One coded frame: its time stamp, the time stamp to seek to, whether it is a key frame, whether it is shown."""

    pts: int | None
    seek: int | None
    key: bool
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """The wanted frames that are decoded after one seek.

    Attributes
    ----------
    key : Packet
        Key frame at which decoding starts.
    wanted : dict of int to int
        Index of each wanted frame by its time stamp (pts), ascending.
    """

    key: Packet
    wanted: dict[int, int]


def order(packets: Sequence[Packet]) -> list[int] | None:
    """Positions of the shown packets in presentation order; None if a time stamp is missing or repeated."""
    shown = [position for position, packet in enumerate(packets) if packet.shown]
    stamps = {packets[position].pts for position in shown}
    if None in stamps or len(stamps) < len(shown):
        return None
    return sorted(shown, key=lambda position: packets[position].pts or 0)


def plan(packets: Sequence[Packet], shown: Sequence[int], indices: Sequence[int]) -> list[Run]:
    """Group the wanted frames into runs of one seek each; empty if a scan costs about as much.

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
    cost = end = farthest = 0
    for index in indices:
        if index >= len(shown):
            break
        position = shown[index]
        pts = packets[position].pts or 0
        key = _key_before(packets, last_key, position, pts)
        if key is None:
            return []
        if not runs or key > end + START:
            runs.append(Run(packets[key], {}))
            cost, end = cost + START, key
        runs[-1].wanted[pts] = index
        cost += max(position - end, 0)
        end, farthest = max(end, position), max(farthest, position)
    return runs if cost * GAIN < farthest else []


def _key_before(packets: Sequence[Packet], last_key: Sequence[int], position: int, pts: int) -> int | None:
    """Position of the last key frame at or before `position` whose time stamp is at most `pts`; None without one."""
    while position >= 0:
        key = last_key[position]
        packet = packets[key]
        if packet.key and packet.pts is not None and packet.seek is not None and packet.pts <= pts:
            return key
        position = key - 1
    return None
