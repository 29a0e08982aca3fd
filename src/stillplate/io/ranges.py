"""Reading an object by ranges: what was read is kept, and reading on reads ever further ahead."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from threading import RLock

__all__ = ["LEAST", "MOST", "RangeFile", "Ranges"]

LEAST = 64 * 2**10  # bytes of a request after a seek; python -m benchmarks remote compares others
MOST = 4 * 2**20  # bytes of a request, at most, when an object is read on
KEPT = 32 * 2**20  # bytes kept of one object


class Ranges:
    """An object that is read by ranges, from any number of threads.

    A request after a seek has `least` bytes, and each that goes on from it twice as many as the one before, up to
    `most`: few bytes where a clip is sought in, few requests where it is read through. fsspec's own caches have
    requests of one size.

    Parameters
    ----------
    fetch : callable
        Returns the bytes from one offset up to another.
    size : int
        Of the object, in bytes.
    least, most : int, optional
        Bytes of a request.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int, least: int = LEAST, most: int = MOST) -> None:
        self.size, self._fetch, self._least, self._most = size, fetch, least, most
        self._starts: list[int] = []  # of the parts that are kept, ascending
        self._parts: dict[int, bytes] = {}  # by their starts, the latest used last
        self._expected: list[tuple[int, int]] = []
        self._lock = RLock()

    def expect(self, spans: Sequence[tuple[int, int]]) -> None:
        """Say which spans, of first byte and end, will be read whole: each is one request, if it is not too long."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        with self._lock:
            self._expected = joined

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes, or fewer at the end of what is kept or came at once; none at the end of the object."""
        end = min(start + count, self.size)
        if start >= end:
            return b""
        with self._lock:
            first, part = self._part_at(start)
        return part[start - first : end - first]

    def _part_at(self, place: int) -> tuple[int, bytes]:
        """Return the part that holds a byte, with the offset of its first."""
        at = bisect_right(self._starts, place) - 1
        before = self._starts[at] if at >= 0 else 0
        part = self._parts.get(before, b"")
        if at >= 0 and place < before + len(part):
            self._parts[before] = self._parts.pop(before)
            return before, part
        goes_on = at >= 0 and place == before + len(part)
        ahead = min(2 * len(part), self._most) if goes_on else self._least
        after = self._starts[at + 1] if at + 1 < len(self._starts) else self.size
        end = min(self._expected_end(place) or place + ahead, after, self.size)
        data = self._fetch(place, end)
        self._keep(place, data)
        return place, data

    def _expected_end(self, place: int) -> int:
        """End of the expected span that holds a byte, or of the most that is read of it at once; 0 without one."""
        at = bisect_right(self._expected, (place, self.size)) - 1
        if at < 0 or place >= self._expected[at][1]:
            return 0
        return min(self._expected[at][1], place + self._most)

    def _keep(self, place: int, data: bytes) -> None:
        self._parts[place] = data
        while len(self._parts) > 1 and sum(map(len, self._parts.values())) > KEPT:
            self._parts.pop(next(iter(self._parts)))
        self._starts = sorted(self._parts)


class RangeFile(io.RawIOBase):
    """An object as a binary file for reading, which FFmpeg seeks in.

    Parameters
    ----------
    ranges : Ranges
    name : str
        Its name in FFmpeg's messages; the suffix may tell the format.
    """

    def __init__(self, ranges: Ranges, name: str) -> None:
        self._ranges, self._place, self.name = ranges, 0, name
        self._skipped, self._failed = range(0), False

    def skip(self, start: int, end: int) -> None:
        """Read zeros in place of these bytes from now on, without a request: only what lies around them is needed."""
        self._skipped = range(start, end)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than any buffer
        """Fill a buffer from the current place on; return how many bytes that are."""
        if self._place in self._skipped:
            data = bytes(min(len(buffer), self._skipped.stop - self._place))
        elif self._failed:  # FFmpeg tries again, although PyAV is about to raise what failed
            return 0
        else:
            self._failed = True
            data = self._ranges.read(self._place, len(buffer))
            self._failed = False
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; return it."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._ranges.size}[whence]
        self._place = max(0, begin + offset)
        return self._place

    def tell(self) -> int:
        """Return the current place."""
        return self._place
