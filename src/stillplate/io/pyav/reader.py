"""Video files in, decoded by FFmpeg. Only the files named pyav import av."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io import seeking
from stillplate.io.levels import Levels
from stillplate.io.pyav.frames import Clock, FrameConverter, Orientation, depth_of
from stillplate.io.pyav.partial import is_partial
from stillplate.io.pyav.versions import as_fraction, open_input
from stillplate.io.riff import repeats_at_end
from stillplate.io.source import MOST_PIXELS, NOMINAL_RATE, DeepFrame, Frame, VideoInfo
from stillplate.threads import processors

__all__ = ["VideoFile"]

MOST_THREADS = 8  # each holds some frames: memory stays moderate
SEEKS_BY_DTS = {"mov": True, "matroska": False}  # the containers whose time stamps identify frames
BOUNDED = {"max_pixels": str(MOST_PIXELS)}  # a decoder's option
PARTIAL = "mjpeg"  # of this codec, FFmpeg shows half pictures without a word
RARE = 8  # seeking is considered where fewer than one frame in so many is wanted

Shown = TypeVar("Shown", Frame, DeepFrame)
Paint = Callable[[VideoFrame, int, Fraction], Shown]


class VideoFile:
    """Any file that FFmpeg decodes: its first video stream, upright, as RGB at 8 bits, or at 16 where asked.

    Times are the file's own, exact, counted from the first frame: variable frame rate is normal. Missing or repeated
    ones are filled in. The rotation that a phone notes is applied, the shape of pixels is not. Where the file does not
    say, the matrix is BT.709 from 720 rows up, else BT.601, and the range is limited.

    Parameters
    ----------
    path : str or path
        The file.
    form : str, optional
        FFmpeg's name of the container, where its content does not tell.
    options : mapping of str to str, optional
        What FFmpeg must know to read that.
    levels : Levels, optional
        What is shown black and white, in numbers of as many bits as the samples have.

    Raises
    ------
    VideoOpenError
        If it is missing, no video, or holds no frame.
    DecodeError
        If nothing in it can be decoded; while reading, also where the size of the frames changes.

    Notes
    -----
    Of a damaged file, what decodes is yielded and counted, and one warning at the end says how much it was. Where
    `take` seeks in such a file, it counts the damaged frames that a scan leaves out.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        form: str | None = None,
        options: Mapping[str, str] | None = None,
        *,
        levels: Levels | None = None,
    ) -> None:
        self._levels = levels
        self._path, self._form, self._options = Path(path), form, dict(options or {})
        self._closed = self._told = False
        self._partial = 0
        self._scans: weakref.WeakSet[Generator[Frame] | Generator[DeepFrame]] = weakref.WeakSet()
        self._known_packets: list[seeking.Packet] | None = None
        with self._opened(threads=1) as (container, stream):
            first = self._first_frame(container, stream)
            self._check_pixels(first, stream.codec_context.name)
            self._tick = as_fraction(stream.time_base, 1 / NOMINAL_RATE)
            self._rate = as_fraction(stream.average_rate, as_fraction(stream.guessed_rate, NOMINAL_RATE))
            self._codec = stream.codec_context.name
            self._format = next((name for name in SEEKS_BY_DTS if name in container.format.name.split(",")), None)
            self._avi, self._stream = container.format.name == "avi", stream.index
            self._claimed = _claimed(stream)
            aspect = as_fraction(stream.codec_context.sample_aspect_ratio, Fraction(1))
            aspect = as_fraction(stream.sample_aspect_ratio, aspect)
            counted = self._claimed if self._format == "mov" else 0  # AVI counts frames that are left out, too
        self._first_pts, self._coded, self._turn = first.pts, (first.width, first.height), Orientation.of(first)
        width, height = self._coded[::-1] if self._turn.transpose else self._coded
        if self._codec == PARTIAL or not counted:
            self._packets()
        frames = counted or sum(packet.shown for packet in self._packets())
        self._warn_partial(frames)
        self.info = VideoInfo(
            str(self._path), width, height, frames, self._rate, self._path,
            pixel_aspect=1 / aspect if self._turn.transpose else aspect,
            primaries=first.color_primaries, transfer=first.color_trc, bits=depth_of(first),
            levels=None if levels is None else (levels.black, levels.white),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Frame]:
        return self._tracked(self._scan(None, self._converter().frame))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; those past the end are left out.

        Seeks to keyframes where that decodes less than half of what a scan does. Only wanted frames are made RGB.
        """
        return self._tracked(self._take(list(indices), self._converter().frame))

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the same frames as `take`, at 16 bits."""
        return self._tracked(self._take(list(indices), self._converter().deep_frame))

    def close(self) -> None:
        """Free the file; what still iterates over it ends. Safe to call twice."""
        self._closed = True
        for scan in list(self._scans):
            with suppress(ValueError):  # it is running in another thread, and frees the file when dropped there
                scan.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _converter(self) -> FrameConverter:
        return FrameConverter(self._turn, self._codec, self._levels)

    def _tracked(self, scan: Generator[Shown]) -> Iterator[Shown]:
        self._scans.add(scan)
        return scan

    def _take(self, indices: list[int], paint: Paint[Shown]) -> Generator[Shown]:
        runs, done = self._plan(indices), -1
        for frame in self._sought(runs, paint):
            done = frame.index
            yield frame
        there = [index for run in runs for index in run.wanted.values()] or indices
        rest = [index for index in there if index > done]
        if rest:
            yield from self._scan(rest, paint)
        if not self._told:
            self._warn(_Damage(decoded=self.info.frames or 0), self._reach())
            self._told = 0 < self._reach() < self._claimed - self._repeats()

    def _scan(self, wanted: Sequence[int] | None, paint: Paint[Shown]) -> Generator[Shown]:
        """Decode from the start to the last wanted frame; all are wanted if that is None."""
        chosen = None if wanted is None else frozenset(wanted)
        last = max(chosen) if chosen else None
        damage, reached = _Damage(), 0
        with self._opened() as (container, stream):
            time, clock = Fraction(0), Clock(self._tick, 1 / self._rate)
            for index, frame in enumerate(_decoded(container, stream, damage)):
                time = clock.time(frame.pts)
                if chosen is None or index in chosen:
                    yield paint(self._sized(frame, index), index, time)
                if index == last:
                    break
            else:
                reached = damage.decoded if self._format == "mov" else round(time * self._rate) + 1
        self._warn(damage, reached)

    def _sought(self, runs: Sequence[seeking.Run], paint: Paint[Shown]) -> Generator[Shown]:
        """Yield wanted frames by seeking, as long as it finds frames of exactly the times expected."""
        if not runs:
            return
        with self._opened() as (container, stream):
            for run in runs:
                places = dict(run.wanted)
                for frame in _decoded_from(container, stream, run.key.seek or 0):
                    if frame.pts is None or frame.pts > next(iter(places)):
                        return
                    if frame.pts in places:
                        index, time = places.pop(frame.pts), (frame.pts - (self._first_pts or 0)) * self._tick
                        yield paint(self._sized(frame, index), index, time)
                    if not places:
                        break
                if places:
                    return

    def _plan(self, indices: Sequence[int]) -> list[seeking.Run]:
        """Say where to seek; nowhere if a scan is as good, or the time stamps do not identify the frames."""
        if self._format is None or len(indices) * RARE > (self.info.frames or 0):
            return []
        packets = self._packets()
        shown = seeking.order(packets)
        if not shown or packets[shown[0]].pts != self._first_pts:
            return []
        return seeking.plan(packets, shown, indices)

    def _packets(self) -> list[seeking.Packet]:
        """Read all packets once, decoding none."""
        if self._known_packets is None:
            with self._opened(threads=1) as (container, stream):
                by_dts = SEEKS_BY_DTS.get(self._format or "", True)
                self._known_packets, partial = [], [False]
                for packet in _packets(container, stream, _Damage()):
                    partial.append(self._codec == PARTIAL and is_partial(packet))
                    self._known_packets.append(
                        seeking.Packet(
                            packet.pts,
                            packet.dts if by_dts else packet.pts,
                            packet.is_keyframe,
                            bool(packet.size) and not packet.is_discard,
                        )
                    )
            is_cut = 0 < self._reach() < self._claimed  # which is told of when it is read
            self._partial = sum(partial[:-1] if is_cut else partial)
        return self._known_packets

    def _warn_partial(self, frames: int) -> None:
        """Say how many pictures FFmpeg shows though a part of them is missing."""
        if self._partial:
            warnings.warn(
                f"{self._path}: {self._partial} of {frames} frames are cut short, and what is missing of them is grey: "
                "record it again, or leave them out",
                StillplateWarning,
                stacklevel=4,
            )

    def _reach(self) -> int:
        """Count the frames up to the last that is in the file, those left out among them; 0 where that is not known."""
        stamps = [packet.seek for packet in self._known_packets or () if packet.seek is not None]
        return round((max(stamps) - min(stamps)) * self._tick * self._rate) + 1 if stamps else 0

    def _repeats(self) -> int:
        """Count the frames at the end of an AVI that only repeat the last picture."""
        return repeats_at_end(self._path, self._stream) if self._avi else 0

    def _first_frame(self, container: InputContainer, stream: VideoStream) -> VideoFrame:
        damage = _Damage()
        for frame in _decoded(container, stream, damage):
            return frame
        if damage.packets == 0:
            raise VideoOpenError(f"{self._path}: holds no frame: choose another file")
        raise DecodeError(
            f"{self._path}: none of its {damage.packets} frames can be decoded ({damage.reason}): record it again"
        )

    def _check_pixels(self, frame: VideoFrame, codec: str) -> None:
        try:
            FrameConverter(Orientation(), codec).check(frame)
        except DecodeError as err:
            raise DecodeError(f"{self._path}: {err}") from err

    def _sized(self, frame: VideoFrame, index: int) -> VideoFrame:
        if (frame.width, frame.height) != self._coded:
            raise DecodeError(
                f"{self._path}: frame {index} is {frame.width}x{frame.height}, but frame 0 is "
                f"{self._coded[0]}x{self._coded[1]}: cut the file where its size changes"
            )
        return frame

    def _warn(self, damage: _Damage, reached: int) -> None:
        """Say what a scan could not decode that `reached` so many frames, with those left out; 0 if it was stopped."""
        if self._told and damage.undecodable <= 1:  # the packet that was cut through
            return
        if damage.reason or 0 < reached < self._claimed - self._repeats():
            warnings.warn(
                f"{self._path}: {damage.decoded} of {self._claimed or self.info.frames} frames decoded, "
                f"{damage.undecodable} packets refused: the file is damaged or cut short",
                StillplateWarning,
                stacklevel=3,
            )

    @contextmanager
    def _opened(self, threads: int | None = None) -> Iterator[tuple[InputContainer, VideoStream]]:
        """Open the file for one pass."""
        if self._closed:
            raise VideoOpenError(f"{self._path}: was closed: open it again")
        container = _open(self._path, self._form, self._options)
        with container:
            stream = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
            if stream is None:
                raise VideoOpenError(f"{self._path}: holds no video: a file with a video stream is needed")
            coder: VideoCodecContext | None = stream.codec_context
            if coder is None:
                raise VideoOpenError(f"{self._path}: its codec is not known: is it whole? if so, convert it first")
            coder.options = BOUNDED
            coder.thread_type = "AUTO"
            coder.thread_count = threads or min(processors() + 1, MOST_THREADS)
            yield container, stream


@dataclass(slots=True)
class _Damage:
    """What a pass over a file met with."""

    packets: int = 0
    decoded: int = 0
    undecodable: int = 0
    reason: str = ""


def _open(path: Path, form: str | None, options: dict[str, str]) -> InputContainer:
    if path.is_dir():
        raise VideoOpenError(f"{path}: is a folder: a video file is needed")
    if not path.exists():
        raise VideoOpenError(f"{path}: there is no such file: check the path")
    try:
        return open_input(path, form, {**BOUNDED, **options})
    except (FFmpegError, OSError, ValueError) as err:
        raise VideoOpenError(
            f"{path}: cannot be opened as a video ({_reason(err)}): is it whole, and a video?"
        ) from err


def _claimed(stream: VideoStream) -> int:
    """Count the frames that the container says it shows; 0 if it does not say."""
    if not stream.frames or "mov" not in stream.container.format.name:
        return stream.frames
    entries = getattr(stream, "index_entries", ())  # without what an edit list cuts away; PyAV tells from 17 on
    return sum(not entry.is_discard for entry in entries)


def _is_cover(stream: VideoStream) -> bool:
    """Whether it is the cover of a piece of music. PyAV tells from 14.1 on."""
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and bool(disposition & type(disposition).attached_pic)


def _packets(container: InputContainer, stream: VideoStream, damage: _Damage) -> Iterator[Packet[VideoStream]]:
    """Read the stream's packets up to its end or to where it cannot be read on."""
    try:
        for packet in container.demux(stream):
            if packet.dts is not None or packet.size:  # else it is the empty one that PyAV ends with
                damage.packets += bool(packet.size)
                yield packet
    except FFmpegError as err:
        damage.reason = _reason(err)


def _decoded(container: InputContainer, stream: VideoStream, damage: _Damage) -> Iterator[VideoFrame]:
    """Decode from where the container stands, passing over what cannot be decoded."""
    for packet in chain(_packets(container, stream, damage), [None]):
        if packet is not None and not packet.size:
            continue
        try:
            frames = stream.codec_context.decode(packet)
        except FFmpegError as err:
            damage.undecodable, damage.reason = damage.undecodable + 1, _reason(err)
            continue
        damage.decoded += len(frames)
        yield from frames


def _decoded_from(container: InputContainer, stream: VideoStream, offset: int) -> Iterator[VideoFrame]:
    """Decode from the keyframe at `offset`, in the stream's own units; nothing if it cannot be sought."""
    try:
        container.seek(offset, stream=stream)
    except FFmpegError:
        return
    yield from _decoded(container, stream, _Damage())


def _reason(err: Exception) -> str:
    return getattr(err, "strerror", None) or " ".join(str(err).split())
