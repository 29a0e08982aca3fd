"""Video files as frame sources, decoded by FFmpeg."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from fractions import Fraction
from types import TracebackType
from typing import Self, TypeVar

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io import seeking
from stillplate.io.address import Address, as_path
from stillplate.io.levels import Levels
from stillplate.io.pyav.decoding import Damage, declared_frames, decode, decode_from, open_stream, read_packets
from stillplate.io.pyav.frames import Clock, FrameConverter, Orientation, depth_of
from stillplate.io.pyav.index import indexed_packets, packet_of, skip_data
from stillplate.io.pyav.partial import is_partial
from stillplate.io.pyav.versions import as_fraction
from stillplate.io.riff import repeats_at_end
from stillplate.io.source import NOMINAL_RATE, DeepFrame, Frame, VideoInfo

__all__ = ["VideoFile"]

STAMPED = ("mov", "matroska")  # containers whose time stamps identify frames
PARTIAL = "mjpeg"  # codec whose truncated frames FFmpeg decodes without an error
RARE = 4  # frames are sought one by one if fewer than one in this many is wanted

AnyFrame = TypeVar("AnyFrame", Frame, DeepFrame)
Convert = Callable[[VideoFrame, int, Fraction], AnyFrame]


class VideoFile:
    """The first video stream of a file, decoded by FFmpeg to upright RGB frames of 8 bits, or of 16 on request.

    Times are the exact time stamps of the file, counted from the first frame; the frame rate may vary. Missing and
    repeated time stamps are replaced. The rotation in the file's metadata is applied; the pixel aspect ratio is not.
    Without metadata, the matrix is BT.709 from 720 rows up, else BT.601, and the range is limited.

    Parameters
    ----------
    path : str or path
        The file.
    form : str, optional
        FFmpeg's name of the container, if it cannot be detected from the content.
    options : mapping of str to str, optional
        FFmpeg's options for that container.
    levels : Levels, optional
        Sample values shown as black and white, at the bit depth of the file.

    Raises
    ------
    VideoOpenError
        If the file is missing, is not a video, or holds no frame.
    DecodeError
        If no frame can be decoded; while reading, also if the frame size changes.

    Notes
    -----
    Of a damaged file, the decodable frames are yielded, and one warning at the end gives their number. If `take` seeks
    in such a file, frame indices include the damaged frames, which a scan skips.
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
        self._path, self._form, self._options = as_path(path), form, dict(options or {})
        self._closed = self._loss_reported = False
        self._partial = 0
        self._scans: weakref.WeakSet[Generator[Frame] | Generator[DeepFrame]] = weakref.WeakSet()
        self._known_packets: list[seeking.Packet] | None = None
        with self._open(threads=1) as (container, stream):
            self._ranges = self._path.ranges() if isinstance(self._path, Address) else None  # kept for all passes
            first = self._first_frame(container, stream)
            self._check_pixels(first, stream.codec_context.name)
            self._time_base = as_fraction(stream.time_base, 1 / NOMINAL_RATE)
            self._rate = as_fraction(stream.average_rate, as_fraction(stream.guessed_rate, NOMINAL_RATE))
            self._codec = stream.codec_context.name
            self._format = next((name for name in STAMPED if name in container.format.name.split(",")), None)
            self._avi, self._stream = container.format.name == "avi", stream.index
            self._declared_frames = declared_frames(stream)
            aspect = as_fraction(stream.codec_context.sample_aspect_ratio, Fraction(1))
            aspect = as_fraction(stream.sample_aspect_ratio, aspect)
            # only this container's count is of the shown frames: AVI includes empty packets
            counted = self._declared_frames if self._format == "mov" else 0
            self._first_pts = first.pts
            if counted and self._codec != PARTIAL:
                self._known_packets = indexed_packets(self._path, stream, first.pts)
            self._indexed = self._known_packets is not None
        self._coded, self._orientation = (first.width, first.height), Orientation.of(first)
        width, height = self._coded[::-1] if self._orientation.transpose else self._coded
        if self._codec == PARTIAL or not counted:
            self._packets()
        frames = counted or sum(packet.shown for packet in self._packets())
        self._warn_partial(frames)
        self.info = VideoInfo(
            str(self._path), width, height, frames, self._rate, self._path,
            pixel_aspect=1 / aspect if self._orientation.transpose else aspect,
            primaries=first.color_primaries, transfer=first.color_trc, bits=depth_of(first),
            levels=None if levels is None else (levels.black, levels.white),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Frame]:
        return self._registered(self._scan(None, self._converter().frame))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these strictly ascending indices; indices past the end are ignored.

        Few frames are sought from the keyframes before them, and what nothing refers to is not decoded on the way. Only
        wanted frames are converted to RGB.
        """
        return self._registered(self._take(list(indices), self._converter().frame))

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the same frames as `take`, at 16 bits."""
        return self._registered(self._take(list(indices), self._converter().deep_frame))

    def key_frames(self) -> list[int]:
        """Return the indices of the frames at which decoding can start."""
        return seeking.key_frames(self._packets())

    def close(self) -> None:
        """Close the file and end the iterators over it. Safe to call twice."""
        self._closed = True
        for scan in list(self._scans):
            with suppress(ValueError):  # running in another thread, where it closes the file when it is deleted
                scan.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _converter(self) -> FrameConverter:
        return FrameConverter(self._orientation, self._codec, self._levels)

    def _registered(self, scan: Generator[AnyFrame]) -> Iterator[AnyFrame]:
        self._scans.add(scan)
        return scan

    def _take(self, indices: list[int], convert: Convert[AnyFrame]) -> Generator[AnyFrame]:
        rest = indices
        for _ in range(2):  # by the file's index and, where that does not tell the frames' times, by its packets
            runs = self._plan(rest)
            rest = [index for run in runs for index in run.wanted.values()] or rest
            for frame in self._seek_frames(runs, convert):
                rest = rest[1:]
                yield frame
            if not (rest and self._indexed):
                break
            self._known_packets, self._indexed = None, False
        if rest:
            yield from self._scan(rest, convert)
        if not self._loss_reported:
            self._warn(Damage(decoded=self.info.frames or 0), self._frames_reached())
            self._loss_reported = 0 < self._frames_reached() < self._declared_frames - self._repeated_frames()

    def _scan(self, wanted: Sequence[int] | None, convert: Convert[AnyFrame]) -> Generator[AnyFrame]:
        """Decode from the start and yield the wanted frames; all frames if `wanted` is None."""
        chosen = None if wanted is None else frozenset(wanted)
        last = max(chosen) if chosen else None
        damage, reached = Damage(), 0
        with self._open() as (container, stream):
            time, clock = Fraction(0), Clock(self._time_base, 1 / self._rate)
            for index, frame in enumerate(decode(container, stream, damage)):
                time = clock.time(frame.pts)
                if chosen is None or index in chosen:
                    yield convert(self._check_size(frame, index), index, time)
                if index == last:
                    break
            else:
                reached = damage.decoded if self._format == "mov" else round(time * self._rate) + 1
        self._warn(damage, reached)

    def _seek_frames(self, runs: Sequence[seeking.Run], convert: Convert[AnyFrame]) -> Generator[AnyFrame]:
        """Yield wanted frames by seeking; stop at damage, or at the first whose expected time stamp is not found."""
        if not runs:
            return
        damage = Damage()
        if self._ranges is not None:
            self._ranges.expect(seeking.spans(self._packets(), runs))
        with self._open(threads=None if self._ranges is None else seeking.THREADS) as (container, stream):
            for run in runs:
                pending = dict(run.wanted)
                for frame in decode_from(container, stream, run.key.pts or 0, damage, run.wanted):
                    if frame.pts is None or frame.pts > next(iter(pending)) or damage.reason:
                        return
                    if frame.pts in pending:
                        index, time = pending.pop(frame.pts), (frame.pts - (self._first_pts or 0)) * self._time_base
                        yield convert(self._check_size(frame, index), index, time)
                    if not pending:
                        break
                if pending:
                    return

    def _plan(self, indices: Sequence[int]) -> list[seeking.Run]:
        """Plan the seeks; empty if many frames are wanted, or the time stamps do not identify the frames."""
        if self._format is None or len(indices) * RARE > (self.info.frames or 0):
            return []
        shown = seeking.order(packets := self._packets())
        if not shown or packets[shown[0]].pts != self._first_pts:
            return []
        return seeking.plan(packets, shown, indices)

    def _packets(self) -> list[seeking.Packet]:
        """Read all packets without decoding; only the first call reads the file."""
        if self._known_packets is None:
            with self._open(threads=1) as (container, stream):
                self._known_packets, partial = [], [False]
                keys = skip_data(container, stream) if self._format == "mov" and self._codec != PARTIAL else None
                for packet in read_packets(container, stream, Damage()):
                    partial.append(self._codec == PARTIAL and is_partial(packet))
                    self._known_packets.append(packet_of(packet, self._format, keys))
            is_cut = 0 < self._frames_reached() < self._declared_frames  # a scan warns of the truncated last packet
            self._partial = sum(partial[:-1] if is_cut else partial)
        return self._known_packets

    def _warn_partial(self, frames: int) -> None:
        """Warn of the number of frames that are truncated but decodable."""
        if self._partial:
            warnings.warn(
                f"{self._path}: {self._partial} of {frames} frames are cut short, and what is missing of them is grey: "
                "record it again, or leave them out",
                StillplateWarning,
                stacklevel=4,
            )

    def _frames_reached(self) -> int:
        """Number of frames from the first to the last in the file, missing ones included; 0 if it is not known."""
        stamps = [packet.dts for packet in self._known_packets or () if packet.dts is not None]
        return round((max(stamps) - min(stamps)) * self._time_base * self._rate) + 1 if stamps else 0

    def _repeated_frames(self) -> int:
        """Number of empty packets at the end of an AVI file, which repeat the last frame."""
        return repeats_at_end(self._path, self._stream) if self._avi else 0

    def _first_frame(self, container: InputContainer, stream: VideoStream) -> VideoFrame:
        damage = Damage()
        for frame in decode(container, stream, damage):
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

    def _check_size(self, frame: VideoFrame, index: int) -> VideoFrame:
        if (frame.width, frame.height) != self._coded:
            raise DecodeError(
                f"{self._path}: frame {index} is {frame.width}x{frame.height}, but frame 0 is "
                f"{self._coded[0]}x{self._coded[1]}: cut the file where its size changes"
            )
        return frame

    def _warn(self, damage: Damage, reached: int) -> None:
        """Warn of the frames that a pass could not decode.

        `reached` is the number of frames up to the last decoded one, missing ones included; 0 if the pass ended early.
        """
        if self._loss_reported and damage.undecodable <= 1:  # only the truncated last packet, already in that warning
            return
        if damage.reason or 0 < reached < self._declared_frames - self._repeated_frames():
            warnings.warn(
                f"{self._path}: {damage.decoded} of {self._declared_frames or self.info.frames} frames decoded, "
                f"{damage.undecodable} packets refused: the file is damaged or cut short",
                StillplateWarning,
                stacklevel=3,
            )

    def _open(self, threads: int | None = None) -> AbstractContextManager[tuple[InputContainer, VideoStream]]:
        """Open the file for one pass."""
        if self._closed:
            raise VideoOpenError(f"{self._path}: was closed: open it again")
        return open_stream(self._path, self._form, self._options, threads)
