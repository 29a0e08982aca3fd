"""Copying the audio of a clip into a new video, without decoding it."""

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
from stillplate.io.pyav.versions import open_input, time_base_of

__all__ = ["Sound"]


class Sound:
    """Copies the audio packets of a file into an output container; a context manager that closes the file.

    Parameters
    ----------
    source : Path
        A video file.
    output : OutputContainer
        The container to which the audio streams are added. A stream whose codec its format cannot hold is omitted,
        with a warning.
    """

    _next: tuple[Fraction, Packet[Stream]] | None

    def __init__(self, source: Path, output: OutputContainer) -> None:
        self._output = output
        self._file = open_input(source)
        self._streams = {
            stream.index: added for stream in self._file.streams.audio if (added := _add_stream(output, stream, source))
        }
        self.begin(Fraction(0))

    def begin(self, start: Fraction) -> None:
        """Start the audio `start` seconds after the first frame; to be called before `mux_until`."""
        self._packets = self._timed(start) if self._streams else iter(())
        self._next = next(self._packets, None)

    def _timed(self, start: Fraction) -> Iterator[tuple[Fraction, Packet[Stream]]]:
        """Yield the packets with their times, in seconds from `start`."""
        video = self._file.streams.video[0]
        origin = (video.start_time or 0) * time_base_of(video) + start
        copied = [stream for stream in self._file.streams.audio if stream.index in self._streams]
        units = {stream.index: time_base_of(stream) for stream in copied}
        shifts = {number: round(origin / unit) for number, unit in units.items()}
        with suppress(FFmpegError):  # of a damaged file, the readable part is copied, as it is decoded of the video
            for packet in self._file.demux(copied):
                if packet.dts is None or packet.pts is None:
                    continue
                number = packet.stream.index
                time = packet.pts * units[number] - origin
                if time < 0:
                    continue
                packet.pts, packet.dts = packet.pts - shifts[number], packet.dts - shifts[number]
                packet.stream = self._streams[number]
                yield time, packet

    def mux_until(self, time: Fraction) -> None:
        """Write the packets up to `time` seconds to the output."""
        while self._next is not None and self._next[0] <= time:
            self._output.mux(self._next[1])
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the source file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _add_stream(output: OutputContainer, stream: AudioStream, source: Path) -> Stream | None:
    coder: AudioCodecContext | None = stream.codec_context
    codec = coder.name if coder else "unknown"
    if codec not in output.supported_codecs:
        warnings.warn(
            f"{source}: its sound ({codec}) has no place in {output.format.name}: it is left out: .mkv holds most",
            StillplateWarning,
            stacklevel=2,
        )
        return None
    return output.add_stream_from_template(stream)
