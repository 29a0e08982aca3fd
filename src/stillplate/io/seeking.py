"""Whether to seek to some frames of a file or to scan it: decided from its packets, without decoding any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Packet", "Run", "order", "plan"]

START = 8  # packets' worth of decoding that a seek costs in itself
GAIN = 2  # a plan must decode so many times less than a scan


class Packet(NamedTuple):
    """One coded frame: when it is shown, what to seek to for it, and whether decoding can start there."""

    pts: int | None
    seek: int | None
    key: bool
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Frames to decode after one seek.

    Attributes
    ----------
    key : Packet
        Where to start.
    wanted : dict of int to int
        Index of each frame by its pts, ascending.
    """

    key: Packet
    wanted: dict[int, int]


def order(packets: Sequence[Packet]) -> list[int] | None:
    """Positions of the packets in the order in which their frames are shown; None where that cannot be told."""
    shown = [position for position, packet in enumerate(packets) if packet.shown]
    stamps = {packets[position].pts for position in shown}
    if None in stamps or len(stamps) < len(shown):
        return None
    return sorted(shown, key=lambda position: packets[position].pts or 0)


def plan(packets: Sequence[Packet], shown: Sequence[int], indices: Sequence[int]) -> list[Run]:
    """Group the wanted frames into runs, each after one seek; none where a scan costs little more.

    Parameters
    ----------
    packets : sequence of Packet
        All, in decoding order.
    shown : sequence of int
        As `order` gives them.
    indices : sequence of int
        Of the wanted frames, strictly ascending.
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
    """Find the last key at or before `position` that is shown no later than `pts`: nothing needed comes before it."""
    while position >= 0:
        key = last_key[position]
        packet = packets[key]
        if packet.key and packet.pts is not None and packet.seek is not None and packet.pts <= pts:
            return key
        position = key - 1
    return None
