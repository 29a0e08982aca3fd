"""The sound of a clip, copied beside new pictures as it is encoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from stillplate.errors import StillplateWarning
from stillplate.io.pyav.versions import open_input, tick_of

__all__ = ["Sound"]


class Sound:
    """The audio streams of a file, packet by packet; a context manager that closes it.

    Parameters
    ----------
    source : Path
        A video file.
    part : OutputContainer
        Where the sound is to go. Streams are added to it; none if its format cannot hold the codec, with a warning.
    """

    _next: tuple[Fraction, Packet[Stream]] | None

    def __init__(self, source: Path, part: OutputContainer) -> None:
        self._part = part
        self._file = open_input(source)
        self._streams = {one.index: added for one in self._file.streams.audio if (added := _add(part, one, source))}
        self.begin(Fraction(0))

    def begin(self, start: Fraction) -> None:
        """Let the sound begin with what is heard `start` seconds after the first frame, before any of it is muxed."""
        self._packets = self._timed(start) if self._streams else iter(())
        self._next = next(self._packets, None)

    def _timed(self, start: Fraction) -> Iterator[tuple[Fraction, Packet[Stream]]]:
        """Packets and when they are heard, in seconds from `start`."""
        video = self._file.streams.video[0]
        origin = (video.start_time or 0) * tick_of(video) + start
        with suppress(FFmpegError):  # a damaged end: what can be read is kept, as of the pictures
            for packet in self._file.demux([one for one in self._file.streams.audio if one.index in self._streams]):
                if packet.dts is None or packet.pts is None:
                    continue
                tick = tick_of(packet.stream)
                time = packet.pts * tick - origin
                if time < 0:
                    continue
                packet.pts, packet.dts = packet.pts - round(origin / tick), packet.dts - round(origin / tick)
                packet.stream = self._streams[packet.stream.index]
                yield time, packet

    def mux_until(self, time: Fraction) -> None:
        """Hand over what is heard up to `time` seconds."""
        while self._next is not None and self._next[0] <= time:
            self._part.mux(self._next[1])
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _add(part: OutputContainer, stream: AudioStream, source: Path) -> Stream | None:
    coder: AudioCodecContext | None = stream.codec_context
    codec = coder.name if coder else "unknown"
    if codec not in part.supported_codecs:
        warnings.warn(
            f"{source}: its sound ({codec}) has no place in {part.format.name}: it is left out: .mkv holds most",
            StillplateWarning,
            stacklevel=2,
        )
        return None
    return part.add_stream_from_template(stream)
