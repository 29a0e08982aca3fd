"""Frames of a clip by number: decoded ahead in the direction of travel, and kept up to so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

from stillplate.errors import ParameterError, StillplateError
from stillplate.io.source import Frame, FrameSource

__all__ = ["FrameCache"]

BYTES = 4.5  # of a pixel that is kept: planes of half chroma and, once it was asked for, RGB
AHEAD = 24  # frames that are decoded before they are asked for
BEHIND = 16  # frames before the one asked for that are kept when the way goes backwards
SHARE = 4  # of a clip's frames, one in this many is read by one seek; a source scans from the start for more
NEAR = 48  # frames that are decoded on the way to one that is asked for, rather than sought


class FrameCache:
    """Frames of a clip by number; to be closed, which ends its thread.

    Parameters
    ----------
    source : FrameSource
        Its length must be known; it is read in a thread of the cache, and not closed.
    memory : int
        Bytes that the frames may take; those that were not asked for longest go first.

    Attributes
    ----------
    source : FrameSource
    count : int
        Number of frames.
    """

    def __init__(self, source: FrameSource, memory: int) -> None:
        if source.info.frames is None:
            raise ParameterError(f"{source.info.name}: can be read only once: save it as a file to view it")
        self.count = source.info.frames
        self.source = source
        self._most = max(2, int(memory / (source.info.width * source.info.height * BYTES)))
        self._kept: OrderedDict[int, Frame] = OrderedDict()
        self._missing: set[int] = set()  # numbers that cannot be decoded
        self._needed: list[int] = []  # numbers that callers wait for, the latest last
        self._at, self._step = 0, 1
        self._error: StillplateError | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="stillplate-view-frames", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and free the frames. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._kept.clear()
            self._changed.notify_all()
        self._thread.join()

    def get(self, number: int) -> Frame | None:
        """Return a frame; None if it is outside the clip or cannot be decoded.

        Raises
        ------
        StillplateError
            If the clip cannot be read any more.
        """
        with self._changed:
            if number in self._kept or number in self._missing or not 0 <= number < self.count:
                self._move(number)
                return self._touched(number)
            self._needed.append(number)
            self._move(number)
            try:
                self._changed.wait_for(lambda: self._closed or self._error is not None or self._is_settled(number))
            finally:
                self._needed.remove(number)
            if self._error is not None and not self._is_settled(number):
                raise self._error
            return self._touched(number)

    def window(self, first: int, last: int) -> list[Frame]:
        """Return the frames of these numbers, both inclusive, that are in the clip and can be decoded."""
        numbers = range(max(0, first), min(last, self.count - 1) + 1)
        return [frame for frame in map(self.get, numbers) if frame is not None]

    def _is_settled(self, number: int) -> bool:
        return number in self._kept or number in self._missing

    def _touched(self, number: int) -> Frame | None:
        frame = self._kept.get(number)
        if frame is not None:
            self._kept.move_to_end(number)
        return frame

    def _move(self, number: int) -> None:
        """Note where the caller is, and so which way it goes."""
        if number != self._at:
            self._step = 1 if number > self._at else -1
        self._at = number
        self._changed.notify_all()

    def _next(self) -> int | None:
        """The number to decode next: one that somebody waits for, or one ahead; None if there is nothing to do."""
        for number in reversed(self._needed):
            if not self._is_settled(number):
                return number
        ahead = min(AHEAD, self._most // 4)
        numbers = (self._at + self._step * steps for steps in range(1, ahead + 1))
        return next((one for one in numbers if 0 <= one < self.count and not self._is_settled(one)), None)

    def _work(self) -> None:
        reader: Iterator[Frame] = iter(())
        place, end = 0, 0  # of the reader: the next number, and that after its last
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._next() is not None)
                if self._closed:
                    return
                wanted, step = self._next(), self._step
            if wanted is None:
                continue
            try:
                if not place <= wanted < min(end, place + NEAR):
                    place = wanted if step > 0 else max(0, wanted - min(BEHIND, self._most // 4))
                    end = min(self.count, place + max(wanted - place + 1, self.count // SHARE))
                    reader = iter(self.source.take(range(place, end)))
                place = self._read(reader, wanted)
            except StillplateError as err:
                with self._changed:
                    self._error = err
                    self._missing.add(wanted)
                    self._changed.notify_all()
                place = end = 0

    def _read(self, reader: Iterator[Frame], wanted: int) -> int:
        """Keep the frames up to the one that is wanted; return the number after it."""
        for frame in reader:
            with self._changed:
                if self._closed:
                    break
                self._kept[frame.index] = frame
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
                if frame.index > wanted:
                    self._missing.add(wanted)
                self._changed.notify_all()
            if frame.index >= wanted:
                return frame.index + 1
        with self._changed:
            if wanted not in self._kept:
                self._missing.add(wanted)
            self._changed.notify_all()
        return wanted + 1
