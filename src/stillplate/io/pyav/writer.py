"""Video files and pipes as sinks, encoded by FFmpeg."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from math import lcm
from pathlib import Path
from typing import Any, Literal

import av
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stillplate.arrays import Image
from stillplate.errors import EncodeError, ParameterError
from stillplate.io import colour, matroska
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES, RAW, PartialOutput
from stillplate.io.picture import CutImage
from stillplate.io.pyav.audio import Sound
from stillplate.io.pyav.ffv1 import GreyCoder
from stillplate.io.pyav.filling import fill_planes
from stillplate.io.pyav.formats import RAW_PIPE, SAME_BYTES, check_format, lossless
from stillplate.io.pyav.frames import FULL_RANGE, LIMITED_RANGE, MATRICES, default_matrix, nearest_stamp, planes_of
from stillplate.io.pyav.messages import message_of
from stillplate.io.pyav.versions import open_input, time_base_of
from stillplate.io.quality import LOSSLESS, Quality, as_quality, quality_options
from stillplate.io.sink import ClipProperties, Sink
from stillplate.io.source import NOMINAL_RATE, UNSPECIFIED, VideoInfo
from stillplate.threads import processors

__all__ = ["Preset", "VideoWriter"]

Preset = Literal["fast", "small"]
OWN = ClipProperties()  # nothing is taken over
MOST_THREADS = 4  # threads per encoder, and at most half of the processors, because several encoders run at once
TICKS = 5_760_000  # time stamp units per second: a multiple of 90000, 48000, 15360, 12800, 1000 and most frame rates
LEAST_SLICED = 16  # pixels, the shortest side that FFV1 can divide into 4 slices
MOST_TICKS = 2**30  # time stamp units per second, since H.264 stores twice this number in 32 bits
UNKNOWN, RGB = 2, 0  # FFmpeg's numbers of the matrices of grey and of RGB pixel formats


class VideoWriter(Sink):
    """Writes a video file; the suffix selects the codec. The file appears complete on `close`, or not at all.

    ======  ===========  ==============================  ========================================================
    suffix  codec        channels                        notes
    ======  ===========  ==============================  ========================================================
    .mp4    H.264        mask, RGB                       plays everywhere; .m4v is the same
    .mkv    FFV1         mask, RGB, RGBA                 lossless; times rounded to the millisecond
    .mov    ProRes 4444  mask, RGB, RGBA                 for editing: straight alpha, BT.709, 10 bits
    .webm   VP9          mask, RGB, RGBA                 for the web; times rounded to the millisecond
    .avi    MJPEG        mask, RGB                       constant frame rate: times rounded to the nearest frame
    .y4m    raw, 4:4:4   mask, RGB                       for pipes: constant frame rate, no sound
    raw:    none         mask, RGB, RGBA                 standard output: samples only, as gray, rgb24 or rgba
    ======  ===========  ==============================  ========================================================

    Masks in FFV1 are keyframes, all of them.

    H.264, VP9 and MJPEG store colour at half resolution (4:2:0), ProRes 422 and most of DNxHR at half of it across
    (4:2:2), so an odd last row or column is duplicated.

    Parameters
    ----------
    path : str or path
        The file; "-" or "pipe:" streams Y4M to standard output, "raw:" only the samples.
    width, height : int
        Size of every image, in pixels.
    rate : Fraction, optional
        Nominal frames per second. Each image is shown at the time it is written with, not at the nominal one.
    channels : 1, 3 or 4
        Mask, RGB or RGBA.
    preset : {"fast", "small"}, optional
        "fast" keeps up with decoding; "small" takes several times as long for much smaller files.
    quality : number from 0 to 100, or "lossless", optional
        Quality of a lossy codec, instead of the preset's. "lossless" keeps every bit; .mp4 and .webm then use pixel
        formats that fewer players support.
    overwrite : bool, optional
        Whether an existing file is replaced.
    clip : ClipProperties, optional
        What the file takes over from the clip; nothing by default.
    codec : str, optional
        One of `CODECS`, for a .mov file, instead of ProRes 4444.

    Raises
    ------
    ParameterError
        If the suffix is unknown or has no alpha channel for RGBA, or the file exists and is not to be replaced.
    EncodeError
        If FFmpeg or the operating system reports an error.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        width: int,
        height: int,
        rate: Fraction = NOMINAL_RATE,
        *,
        channels: int = 3,
        preset: Preset = "fast",
        quality: Quality = None,
        overwrite: bool = False,
        clip: ClipProperties = OWN,
        codec: str | None = None,
    ) -> None:
        like, sound, cut = clip.like, clip.sound, clip.cut
        path = as_path(path)
        piped = str(path) in PIPES
        super().__init__("standard output" if piped else str(path), width, height, channels)
        named = Path("-.y4m") if piped else path
        form = RAW_PIPE if str(path) == RAW else check_format(named, channels, quality, codec)
        quality = as_quality(quality)
        if quality == LOSSLESS:
            form = lossless(form, channels)
        if preset not in ("fast", "small"):
            raise ParameterError(f'preset is {preset!r}, but "fast" or "small" is needed')
        if rate <= 0:
            raise ParameterError(f"rate is {rate}, but a number above 0 is needed")
        rate = Fraction(rate).limit_denominator(100_000)
        self._pixels = form.pixels[channels]
        self._matrix = form.matrix or default_matrix(height)
        self._primaries = like.primaries if like and like.primaries != UNSPECIFIED else self._matrix
        self._transfer = like.transfer if like and like.transfer != UNSPECIFIED else self._matrix
        self._time_base = 1 / rate if form.ticks == 0 else Fraction(1, form.ticks or _ticks(rate))
        # Matroska, unlike the other containers, has to be given the pixel aspect ratio after encoding
        self._pixel_aspect = like.pixel_aspect if like and form.ticks == 1000 else Fraction(1)
        self._last_pts = -1
        self._coder: GreyCoder | None = None
        self._cut, self._origin = cut, Fraction(0)
        self._frame_duration, self._sound = 1 / rate, None
        self._output = None if piped else PartialOutput(path, overwrite=overwrite, folder=False)
        try:
            with self._ffmpeg_errors():
                target = sys.stdout.buffer if self._output is None else f"file:{self._output.partial}"
                self._container = av.open(target, "w", format=form.container, options=SAME_BYTES)
                options = dict(form.fast if preset == "fast" else form.small)
                if isinstance(quality, float):
                    options |= quality_options(form.codec, quality)
                self._stream = self._add_stream(form.codec, rate, options, like)
                self._sound = sound and Sound(sound, self._container)
                self._container.start_encoding()
        except BaseException:
            if self._output is not None:
                self._output.discard()
            raise

    def _add_stream(self, codec: str, rate: Fraction, options: dict[str, str], like: VideoInfo | None) -> VideoStream:
        if min(self._shape) < LEAST_SLICED and "slices" in options:
            options = {**options, "slices": "0", "level": "1"}
        if codec == "ffv1" and self._pixels == "gray":
            self._coder = GreyCoder.like(options, *self._shape)
        stream = self._container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        height, width = self._shape
        even = self._subsampled
        stream.width, stream.height = (width + width % 2, height + height % 2) if even else (width, height)
        stream.pix_fmt = self._pixels
        coder = stream.codec_context
        coder.time_base, coder.framerate = self._time_base, rate
        coder.thread_count = max(1, min(processors() // 2, MOST_THREADS))
        coder.color_range, coder.colorspace = self._range, self._space
        coder.color_primaries, coder.color_trc = self._primaries, self._transfer
        if like is not None:
            coder.sample_aspect_ratio = like.pixel_aspect
        if self._pixel_aspect != 1:
            stream.metadata["title"] = matroska.PLACEHOLDER
        if self._pixels == "yuva420p":
            stream.metadata["alpha_mode"] = "1"
        return stream

    @property
    def _subsampled(self) -> bool:
        return "420" in self._pixels or "422" in self._pixels

    @property
    def _range(self) -> int:
        return LIMITED_RANGE if self._pixels.startswith(("yuv4", "yuva")) else FULL_RANGE

    @property
    def _space(self) -> int:
        return self._matrix if self._pixels.startswith("yuv") else UNKNOWN if self._pixels == "gray" else RGB

    def _takes(self, image: CutImage) -> bool:
        own = (*MATRICES[self._matrix], self._range == FULL_RANGE)
        even = not any(side % 2 for side in image.shape[:2])
        return self._channels == 3 and "420" in self._pixels and even and image.colours == own

    def _append(self, image: Image | CutImage, time: Fraction) -> None:
        if self._last is None and self._cut:
            self._start_at(time)
        if self._cut:
            time -= self._origin
        self._last_pts = max(nearest_stamp(time, self._time_base), self._last_pts + 1)
        with self._ffmpeg_errors():
            self._container.mux(self._packets(image, self._last_pts))
            if self._sound:
                self._sound.mux_until(time)

    def _packets(self, image: Image | CutImage, stamp: int) -> Sequence[Packet[Any]]:
        """Encode an image shown at a time stamp."""
        if self._coder is not None and not isinstance(image, CutImage):
            packet = Packet(self._coder.packet(image))
            packet.pts = packet.dts = stamp
            packet.time_base, packet.is_keyframe, packet.stream = self._time_base, True, self._stream
            return [packet]
        frame = self._frame(image)
        frame.time_base, frame.pts = self._time_base, stamp
        return self._stream.encode(frame)

    def copy(self, part: Path) -> None:
        """Append what a writer of the same options has written to a file, without encoding it again.

        Parameters
        ----------
        part : Path
            Its times follow those of what is written already.
        """
        with self._ffmpeg_errors(), open_input(part) as file:
            stream = file.streams.video[0]
            unit = time_base_of(stream)
            # containers hold H.264 with the lengths of its units; muxed anew it needs start codes, as encoders give it
            form = BitStreamFilterContext("h264_mp4toannexb" if stream.codec_context.name == "h264" else "null", stream)
            for packet in chain.from_iterable(map(form.filter, file.demux(stream))):
                if packet.pts is None or packet.dts is None:
                    continue
                time = packet.pts * unit
                self._last = time if self._last is None else max(self._last, time)
                packet.stream = self._stream
                self._container.mux(packet)
                if self._sound:
                    self._sound.mux_until(time)

    def _start_at(self, time: Fraction) -> None:
        """Make `time` the zero of all time stamps, also of the sound's."""
        self._origin = time
        if self._sound:
            with self._ffmpeg_errors():
                self._sound.begin(time)

    def _frame(self, image: Image | CutImage) -> VideoFrame:
        if self._subsampled and not isinstance(image, CutImage):
            image = colour.to_even(image)
        frame = VideoFrame(image.shape[1], image.shape[0], self._pixels)
        frame.colorspace, frame.color_range = self._space, self._range
        frame.color_primaries, frame.color_trc = self._primaries, self._transfer
        if isinstance(image, CutImage):
            image.fill(planes_of(frame))
        else:
            fill_planes(planes_of(frame), image, self._pixels, MATRICES[self._matrix])
        return frame

    def _finish(self) -> None:
        with self._ffmpeg_errors():
            self._container.mux(self._stream.encode(None))
            if self._sound and self._last is not None:
                self._sound.mux_until(self._last + self._frame_duration - self._origin)
            self._close()
            if self._output is not None and self._pixel_aspect != 1:
                matroska.note_pixel_aspect(self._output.partial, self._pixel_aspect)
        if self._output is not None:
            self._output.keep()

    def _abandon(self) -> None:
        with suppress(FFmpegError, OSError):
            self._close()
        if self._output is not None:
            self._output.discard()

    def _close(self) -> None:
        if self._sound:
            self._sound.close()
        self._container.close()

    @contextmanager
    def _ffmpeg_errors(self) -> Iterator[None]:
        """Convert FFmpeg's and the operating system's errors to EncodeError."""
        try:
            yield
        except (FFmpegError, OSError, ValueError) as err:
            raise EncodeError(
                f"{self._name}: cannot be written: {message_of(err)}: check the disk, or try another suffix"
            ) from err


def _ticks(rate: Fraction) -> int:
    """Time stamp units per second in which the times of nearly every source are exact."""
    ticks = lcm(TICKS, rate.numerator)
    return ticks if ticks <= MOST_TICKS else TICKS
