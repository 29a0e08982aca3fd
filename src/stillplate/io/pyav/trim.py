"""Copying a time span of a video file without decoding it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec.codec import UnknownCodecError
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from stillplate.errors import EncodeError
from stillplate.io.atomic import PartialOutput
from stillplate.io.pyav.versions import open_input, tick_of

__all__ = ["trim_video"]

BACK = (0, 2, 10, 60, 3600)  # seconds to seek farther back by, one after the other


def trim_video(
    source: str | os.PathLike[str], path: str | os.PathLike[str], start: Fraction, end: Fraction, *, overwrite: bool
) -> None:
    """Copy the part of a video from the last key frame before `start` to `end`, with its sound, as it is encoded.

    Parameters
    ----------
    source : path
        A video file.
    path : path
        The part, in a file with the suffix of the source.
    start, end : Fraction
        Seconds from the first frame.
    overwrite : bool
        Replace a file that exists.

    Raises
    ------
    EncodeError
        If FFmpeg or the system refuses.
    ParameterError
        If something would be lost.
    """
    output = PartialOutput(Path(path), overwrite=overwrite, folder=False)
    try:
        with open_input(source) as whole, av.open(f"file:{output.partial}", "w") as part:
            _copy(whole, part, start, end)
        output.keep()
    except (FFmpegError, OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or " ".join(str(err).split())
        raise EncodeError(f"{path}: cannot be cut out of {source}: {reason}: leave out the event clips") from err
    finally:
        output.discard()


def _copy(whole: InputContainer, part: OutputContainer, start: Fraction, end: Fraction) -> None:
    video = whole.streams.video[0]
    origin = (video.start_time or 0) * tick_of(video)
    streams = {one.index: _added(part, one) for one in (*whole.streams.video[:1], *whole.streams.audio)}
    key = _seek_before(whole, video, origin + start)
    first, begun = key * tick_of(video), False
    for packet in _timed(whole.demux([one for one in whole.streams if one.index in streams])):
        assert packet.pts is not None and packet.dts is not None
        tick = tick_of(packet.stream)
        if packet.stream is video:
            begun = begun or packet.pts == key
            if packet.dts * tick > origin + end:
                break
        if not (begun if packet.stream is video else first <= packet.pts * tick <= origin + end):
            continue
        packet.pts, packet.dts = packet.pts - round(first / tick), packet.dts - round(first / tick)
        packet.stream = streams[packet.stream.index]
        part.mux(packet)


def _added(part: OutputContainer, stream: Any) -> Stream:  # PyAV types the streams of a list as bare ones
    try:
        added: Stream = part.add_stream_from_template(stream)
    except UnknownCodecError:  # one that FFmpeg reads, but cannot write
        added = part.add_stream_from_template(stream, opaque=True)
    return added


def _seek_before(whole: InputContainer, video: VideoStream, moment: Fraction) -> int:
    """Seek to before the last key frame at or before a moment, and give its time in the stream's units.

    A container without an index may seek past it: then farther back. The file's first key frame serves where none is
    before.
    """
    tick, key = tick_of(video), None
    for back in BACK:
        whole.seek(round((moment - back) / tick), stream=video)
        for packet in whole.demux(video):
            if packet.pts is None or not packet.is_keyframe:
                continue
            if key is not None and packet.pts * tick > moment:
                break
            key = packet.pts
        if key is not None and key * tick <= moment:
            break
    if key is None:
        raise ValueError("it has no key frame")
    whole.seek(round(min(key * tick, moment - back) / tick), stream=video)
    return key


def _timed(packets: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Give every packet a time of decoding: Matroska has none for those before the first that is shown out of order."""
    waiting: dict[int, list[Packet[Stream]]] = {}
    for packet in packets:
        if packet.pts is None:
            continue
        held = waiting.setdefault(packet.stream.index, [])
        held.append(packet)
        if packet.dts is None:
            continue
        step = packet.duration or 1
        for before, one in enumerate(reversed(held)):
            one.dts = packet.dts - before * step
        yield from held
        held.clear()
