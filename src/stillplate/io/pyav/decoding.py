"""Opening a video file with FFmpeg, and decoding its first video stream."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stillplate.errors import VideoOpenError
from stillplate.io.pyav.messages import message_of
from stillplate.io.pyav.versions import open_input
from stillplate.io.source import MOST_PIXELS
from stillplate.threads import processors

__all__ = ["Damage", "declared_frames", "decode", "decode_from", "open_stream", "read_packets"]

MOST_THREADS = 8  # decoder threads; each holds some frames, so this limits memory
SKIPPING = {"h264"}  # codecs whose pictures that nothing refers to can be left undecoded, with the rest the same bytes
DECODER_OPTIONS = {"max_pixels": str(MOST_PIXELS)}  # refuses larger frames before their memory is allocated


@dataclass(slots=True)
class Damage:
    """Counts of one pass over a file.

    Attributes
    ----------
    packets : int
        Packets read that hold data.
    decoded : int
        Frames decoded.
    undecodable : int
        Packets that the decoder refused.
    reason : str
        Message of the last error; empty without one.
    """

    packets: int = 0
    decoded: int = 0
    undecodable: int = 0
    reason: str = ""


@contextmanager
def open_stream(
    path: Path, form: str | None, options: dict[str, str], threads: int | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and its first video stream, with a decoder of `threads` threads, by default one per processor.

    Raises
    ------
    VideoOpenError
        If the file does not exist, is not a video, or uses an unknown codec.
    """
    container = _open(path, form, options)
    with container:
        stream = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
        if stream is None:
            raise VideoOpenError(f"{path}: holds no video: a file with a video stream is needed")
        coder: VideoCodecContext | None = stream.codec_context
        if coder is None:
            raise VideoOpenError(f"{path}: its codec is not known: is it whole? if so, convert it first")
        coder.options = DECODER_OPTIONS
        coder.thread_type = "AUTO"
        coder.thread_count = threads or min(processors() + 1, MOST_THREADS)
        yield container, stream


def _open(path: Path, form: str | None, options: dict[str, str]) -> InputContainer:
    if path.is_dir():
        raise VideoOpenError(f"{path}: is a folder: a video file is needed")
    if not path.exists():
        raise VideoOpenError(f"{path}: there is no such file: check the path")
    try:
        return open_input(path, form, {**DECODER_OPTIONS, **options})
    except (FFmpegError, OSError, ValueError) as err:
        raise VideoOpenError(
            f"{path}: cannot be opened as a video ({message_of(err)}): is it whole, and a video?"
        ) from err


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is the cover image of an audio file; PyAV has this information from version 14.1 on."""
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and bool(disposition & type(disposition).attached_pic)


def declared_frames(stream: VideoStream) -> int:
    """Number of shown frames according to the container; 0 if it does not state it."""
    if not stream.frames or "mov" not in stream.container.format.name:
        return stream.frames
    # frames that an edit list cuts away are marked as discarded; PyAV has these entries from version 17 on
    entries = getattr(stream, "index_entries", ())
    return sum(not entry.is_discard for entry in entries)


def read_packets(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[Packet[VideoStream]]:
    """Yield the stream's packets up to its end or to the first read error."""
    try:
        for packet in container.demux(stream):
            if packet.dts is not None or packet.size:  # excludes the empty packet that PyAV yields at the end
                damage.packets += bool(packet.size)
                yield packet
    except FFmpegError as err:
        damage.reason = message_of(err)


def decode(
    container: InputContainer, stream: VideoStream, damage: Damage, wanted: Collection[int] | None = None
) -> Iterator[VideoFrame]:
    """Yield the frames from the container's current position on; undecodable packets are skipped and counted.

    `wanted` are the time stamps of the frames that are needed, all by default: others may be left out where nothing
    refers to them.
    """
    coder = stream.codec_context
    skipping = False if wanted is not None and coder.name in SKIPPING else None
    for packet in chain(read_packets(container, stream, damage), [None]):
        if packet is not None and not packet.size:
            continue
        if skipping is not None and packet is not None and wanted is not None and skipping == (packet.pts in wanted):
            skipping = not skipping
            coder.skip_frame = "NONREF" if skipping else "DEFAULT"
        try:
            frames = coder.decode(packet)
        except FFmpegError as err:
            damage.undecodable, damage.reason = damage.undecodable + 1, message_of(err)
            continue
        damage.decoded += len(frames)
        yield from frames


def decode_from(
    container: InputContainer, stream: VideoStream, offset: int, damage: Damage, wanted: Collection[int]
) -> Iterator[VideoFrame]:
    """Yield the frames from the keyframe at `offset`, in units of the stream's time base; none if seeking fails.

    Frames whose time stamps are not `wanted` may be left out.
    """
    try:
        container.seek(offset, stream=stream)
    except FFmpegError:
        return
    yield from decode(container, stream, damage, wanted)
