"""Copying a time span of a video file, without decoding it."""

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
from stillplate.io.address import as_path
from stillplate.io.atomic import PartialOutput
from stillplate.io.pyav.formats import SAME_BYTES
from stillplate.io.pyav.messages import message_of
from stillplate.io.pyav.versions import open_input, time_base_of

__all__ = ["trim_video"]

BACK = (0, 2, 10, 60, 3600)  # seconds subtracted from the seek target, tried in this order


def trim_video(
    source: str | os.PathLike[str], path: str | os.PathLike[str], start: Fraction, end: Fraction, *, overwrite: bool
) -> None:
    """Copy the part of a video from the last key frame before `start` to `end`, with its audio.

    Parameters
    ----------
    source : path
        A video file.
    path : path
        The new file, with the suffix of the source.
    start, end : Fraction
        Seconds from the first frame.
    overwrite : bool
        Whether an existing file is replaced.

    Raises
    ------
    EncodeError
        If FFmpeg or the operating system reports an error.
    ParameterError
        If the path cannot be an output; see `check_output`.
    """
    output = PartialOutput(as_path(path), overwrite=overwrite, folder=False)
    options = SAME_BYTES if Path(path).suffix.lower() == ".mkv" else {}  # they shift the times of .ts
    try:
        with open_input(source) as whole, av.open(f"file:{output.partial}", "w", options=options) as part:
            _copy(whole, part, start, end)
        output.keep()
    except (FFmpegError, OSError, ValueError) as err:
        raise EncodeError(
            f"{path}: cannot be cut out of {source}: {message_of(err)}: leave out the event clips"
        ) from err
    finally:
        output.discard()


def _copy(whole: InputContainer, part: OutputContainer, start: Fraction, end: Fraction) -> None:
    video = whole.streams.video[0]
    origin = (video.start_time or 0) * time_base_of(video)
    streams = {stream.index: _add_stream(part, stream) for stream in (*whole.streams.video[:1], *whole.streams.audio)}
    key = _seek_before(whole, video, origin + start)
    first, begun = key * time_base_of(video), False
    for packet in _with_dts(whole.demux([stream for stream in whole.streams if stream.index in streams])):
        assert packet.pts is not None and packet.dts is not None
        unit = time_base_of(packet.stream)
        if packet.stream is video:
            begun = begun or packet.pts == key
            if packet.dts * unit > origin + end:
                break
        if not (begun if packet.stream is video else first <= packet.pts * unit <= origin + end):
            continue
        packet.pts, packet.dts = packet.pts - round(first / unit), packet.dts - round(first / unit)
        packet.stream = streams[packet.stream.index]
        part.mux(packet)


def _add_stream(part: OutputContainer, stream: Any) -> Stream:  # Any: PyAV's types of a stream do not fit its own call
    try:
        added: Stream = part.add_stream_from_template(stream)
    except UnknownCodecError:  # a codec for which FFmpeg has a decoder, but no encoder
        added = part.add_stream_from_template(stream, opaque=True)
    return added


def _seek_before(whole: InputContainer, video: VideoStream, moment: Fraction) -> int:
    """Seek to the last key frame at or before `moment`, and return its time stamp.

    If a container without an index seeks past it, the seek is repeated from farther back. If there is no key frame
    before `moment`, the first one of the file is used.
    """
    unit, key = time_base_of(video), None
    for back in BACK:
        whole.seek(round((moment - back) / unit), stream=video)
        for packet in whole.demux(video):
            if packet.pts is None or not packet.is_keyframe:
                continue
            if key is not None and packet.pts * unit > moment:
                break
            key = packet.pts
        if key is not None and key * unit <= moment:
            break
    if key is None:
        raise ValueError("it has no key frame")
    whole.seek(round(min(key * unit, moment - back) / unit), stream=video)
    return key


def _with_dts(packets: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Yield the packets, each with a decoding time stamp.

    Matroska has none for the packets before the first one that is shown out of order.
    """
    pending: dict[int, list[Packet[Stream]]] = {}
    for packet in packets:
        if packet.pts is None:
            continue
        waiting = pending.setdefault(packet.stream.index, [])
        waiting.append(packet)
        if packet.dts is None:
            continue
        step = packet.duration or 1
        for distance, earlier in enumerate(reversed(waiting)):
            earlier.dts = packet.dts - distance * step
        yield from waiting
        waiting.clear()
