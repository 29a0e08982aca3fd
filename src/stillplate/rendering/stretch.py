"""A stretch of a clip that is rendered by itself, with the neighbours that its masks are judged beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillplate.io.source import Frame, FrameSource, NoOpClose

__all__ = ["Stretch", "with_neighbours"]

LEAD = 64  # frames that are rendered before and after, and dropped: masks are judged beside up to 30 neighbours


class Stretch(NoOpClose):
    """The frames of a clip from one number to another."""

    def __init__(self, clip: FrameSource, frames: range) -> None:
        self.info, self._clip, self._frames = clip.info, clip, frames

    def __iter__(self) -> Iterator[Frame]:
        return self._clip.take(self._frames)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these numbers, also those beyond the stretch."""
        return self._clip.take(indices)


def with_neighbours(frames: range, count: int | None) -> range:
    """Return the numbers of frames and of those around them, in a clip of so many, if that is known."""
    stop = frames.stop + LEAD
    return range(max(0, frames.start - LEAD), stop if count is None else min(stop, count))
