"""A clip whose sampled frames stay in memory, so that a second fit decodes none of them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from stillplate.io.picture import PlanarImage
from stillplate.io.planar_frame import PlanarFrame
from stillplate.io.source import Frame, FrameSource, NoOpClose, VideoInfo

__all__ = ["SampledSource"]


class SampledSource(NoOpClose):
    """The frames of another source; those that are taken by number are kept.

    Parameters
    ----------
    source : FrameSource
        It is not closed.
    memory : int
        Bytes that the kept frames may take; further ones are decoded each time.
    seen : callable, optional
        Called with each frame when it is decoded.
    """

    def __init__(self, source: FrameSource, memory: int, seen: Callable[[Frame], None] | None = None) -> None:
        self._source, self._left, self._seen = source, memory, seen
        self._kept: dict[int, Frame] = {}
        self._lock = threading.Lock()

    @property
    def info(self) -> VideoInfo:
        """The properties known before reading."""
        return self._source.info

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._source)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out."""
        with self._lock:
            known = {index: self._kept[index] for index in indices if index in self._kept}
        decoded = iter(self._source.take([index for index in indices if index not in known]))
        coming = next(decoded, None)
        for index in indices:
            if index in known:
                yield _fresh(known[index])
            elif coming is not None and coming.index == index:
                self._keep(coming)
                yield coming
                coming = next(decoded, None)

    def _keep(self, frame: Frame) -> None:
        if self._seen is not None:
            self._seen(frame)
        picture = frame.picture
        size = sum(plane.nbytes for plane in picture.planes) if isinstance(picture, PlanarImage) else picture.nbytes
        with self._lock:
            if size <= self._left and frame.index not in self._kept:
                self._left -= size
                self._kept[frame.index] = _fresh(frame)


def _fresh(frame: Frame) -> Frame:
    """Return the frame as it was decoded, without what was converted of it since."""
    picture = frame.picture
    if not isinstance(picture, PlanarImage):
        return frame
    return PlanarFrame(PlanarImage(picture.planes, picture.matrix, picture.colours), frame.index, frame.time)
