"""Video files out, encoded by FFmpeg."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any, Literal

import av
import numpy.typing as npt
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stillplate.arrays import Image
from stillplate.errors import EncodeError, ParameterError
from stillplate.io import colour, matroska
from stillplate.io.atomic import PIPES, RAW, PartialOutput
from stillplate.io.pyav.audio import Sound
from stillplate.io.pyav.frames import FULL_RANGE, LIMITED_RANGE, MATRICES, default_matrix, planes_of
from stillplate.io.quality import LOSSLESS, SCALES, Quality, as_quality, lossless_encoding, quality_options
from stillplate.io.sink import Sink
from stillplate.io.source import NOMINAL_RATE, UNSPECIFIED, VideoInfo
from stillplate.threads import processors

__all__ = ["SUFFIXES", "SUFFIXES_WITH_ALPHA", "Preset", "VideoWriter", "check_format"]

Preset = Literal["fast", "small"]
MOST_THREADS = 4  # per encoder, and no more than half the processors: several run at once
TICKS = 5_760_000  # per second: a multiple of 90000, 48000, 15360, 12800, 1000 and most frame rates
LEAST_SLICED = 16  # pixels; FFV1 cannot cut less into 4
MOST_TICKS = 2**30  # H.264 counts twice as many in 32 bits
BT709, BT601, UNKNOWN, RGB = 1, 6, 2, 0  # FFmpeg's numbers of matrices, and of primaries and transfers


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What a suffix stands for.

    Attributes
    ----------
    container, codec : str
        FFmpeg's names.
    pixels : mapping of int to str
        FFmpeg's pixel format for 1, 3 and, where it can, 4 channels.
    fast, small : mapping of str to str
        The encoder's options for each preset.
    matrix : int, optional
        FFmpeg's number of the matrix; by default the usual one for the height.
    ticks : int, optional
        Per second, where the container leaves no choice; 0 if it counts frames.
    """

    container: str
    codec: str
    pixels: Mapping[int, str]
    fast: Mapping[str, str]
    small: Mapping[str, str]
    matrix: int | None = None
    ticks: int | None = None


H264 = OutputFormat(
    "mp4", "libx264", {1: "yuv420p", 3: "yuv420p"},
    fast={"preset": "ultrafast", "qp": "20"}, small={"preset": "medium", "crf": "20"},
)  # fmt: skip
FFV1 = OutputFormat(
    "matroska", "ffv1", {1: "gray", 3: "bgr0", 4: "bgra"},
    fast={"level": "3", "slices": "4", "coder": "0", "context": "0"},
    small={"level": "3", "slices": "4", "coder": "1", "context": "1"}, ticks=1000,
)  # fmt: skip
PRORES = OutputFormat(
    "mov", "prores_ks", {1: "yuv444p10le", 3: "yuv444p10le", 4: "yuva444p10le"},
    # a fixed quantiser, 4 of 224 (in FFmpeg's units of 118): the search for one takes 7 times as long
    fast={"profile": "4444", "vendor": "apl0", "flags": "+qscale", "global_quality": "472"},
    small={"profile": "4444", "vendor": "apl0", "flags": "+qscale", "global_quality": "944"}, matrix=BT709,
)  # fmt: skip
VP9 = OutputFormat(
    "webm", "libvpx-vp9", {1: "yuv420p", 3: "yuv420p", 4: "yuva420p"},
    fast={"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "20", "b": "0"},
    small={"deadline": "good", "cpu-used": "4", "row-mt": "1", "crf": "24", "b": "0"}, ticks=1000,
)  # fmt: skip
MJPEG = OutputFormat(
    "avi", "mjpeg", {1: "yuvj420p", 3: "yuvj420p"},
    fast={"qmin": "2", "qmax": "2"}, small={"qmin": "4", "qmax": "4"}, matrix=BT601, ticks=0,
)  # fmt: skip
Y4M = OutputFormat("yuv4mpegpipe", "rawvideo", {1: "gray", 3: "yuv444p"}, fast={}, small={}, ticks=0)
RAW_PIPE = OutputFormat("rawvideo", "rawvideo", {1: "gray", 3: "rgb24", 4: "rgba"}, fast={}, small={}, ticks=0)
FORMATS = {".mp4": H264, ".m4v": H264, ".mkv": FFV1, ".mov": PRORES, ".webm": VP9, ".avi": MJPEG, ".y4m": Y4M}
SUFFIXES = tuple(FORMATS)
SUFFIXES_WITH_ALPHA = tuple(suffix for suffix, form in FORMATS.items() if 4 in form.pixels)


class VideoWriter(Sink):
    """A video file; the suffix picks the codec. It appears whole when closed, or not at all.

    ======  ===========  ==============================  ========================================================
    suffix  codec        channels                        notes
    ======  ===========  ==============================  ========================================================
    .mp4    H.264        mask, RGB                       plays everywhere; .m4v is the same
    .mkv    FFV1         mask, RGB, RGBA                 lossless; times to the millisecond
    .mov    ProRes 4444  mask, RGB, RGBA                 for editing: straight alpha, BT.709, 10 bits
    .webm   VP9          mask, RGB, RGBA                 for the web; times to the millisecond
    .avi    MJPEG        mask, RGB                       constant frame rate: times to the nearest frame
    .y4m    raw, 4:4:4   mask, RGB                       for pipes: constant frame rate, no sound
    raw:    none         mask, RGB, RGBA                 standard output: gray, rgb24 or rgba, and nothing else
    ======  ===========  ==============================  ========================================================

    H.264, VP9 and MJPEG hold colour at half the size (4:2:0): an odd last row or column is written twice.

    Parameters
    ----------
    path : str or path
        The file; "-" or "pipe:" writes Y4M to standard output as it comes, "raw:" its samples alone.
    width, height : int
        Of every picture.
    rate : Fraction, optional
        Nominal frames per second. Each picture is shown at its own time, whatever this is.
    channels : 1, 3 or 4
        Mask, RGB or RGBA.
    preset : {"fast", "small"}, optional
        "fast" keeps up with decoding; "small" takes several times as long for files a fraction as big.
    quality : number from 0 to 100, or "lossless", optional
        Of a lossy codec, in place of the preset's; "lossless" keeps every bit, in .mp4 and .webm by their rarer forms.
    overwrite : bool, optional
        Replace a file that exists.
    like : VideoInfo, optional
        A clip, whose shape of pixels (not in .y4m) and whose colour primaries and transfer are noted; by default pixels
        are square and the colours those of the matrix.
    sound : path, optional
        A video file, whose sound is copied as it is encoded; left out, with a warning, where the format cannot hold it.
    cut : bool, optional
        Whether the video begins with the first picture that is written, whatever its time, and the sound with it.

    Raises
    ------
    ParameterError
        If the suffix is unknown or carries no alpha where there is one, or the file exists and may not be replaced.
    EncodeError
        If FFmpeg or the system refuses.
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
        like: VideoInfo | None = None,
        sound: Path | None = None,
        cut: bool = False,
    ) -> None:
        path = Path(path)
        piped = str(path) in PIPES
        super().__init__("standard output" if piped else str(path), width, height, channels)
        form = RAW_PIPE if str(path) == RAW else check_format(Path("-.y4m") if piped else path, channels, quality)
        quality = as_quality(quality)
        if quality == LOSSLESS:
            form = _lossless(form, channels)
        if preset not in ("fast", "small"):
            raise ParameterError(f'preset is {preset!r}, but "fast" or "small" is needed')
        if rate <= 0:
            raise ParameterError(f"rate is {rate}, but a number above 0 is needed")
        rate = Fraction(rate).limit_denominator(100_000)
        self._pixels = form.pixels[channels]
        self._matrix = form.matrix or default_matrix(height)
        self._primaries = like.primaries if like and like.primaries != UNSPECIFIED else self._matrix
        self._transfer = like.transfer if like and like.transfer != UNSPECIFIED else self._matrix
        self._tick = 1 / rate if form.ticks == 0 else Fraction(1, form.ticks or _ticks(rate))
        self._aspect = like.pixel_aspect if like and form.ticks == 1000 else Fraction(1)  # for what only Matroska needs
        self._last_pts = -1
        self._cut, self._origin = cut, Fraction(0)
        self._frame_duration, self._sound = 1 / rate, None
        self._output = None if piped else PartialOutput(path, overwrite=overwrite, folder=False)
        try:
            with self._ffmpeg_errors():
                target = sys.stdout.buffer if self._output is None else f"file:{self._output.partial}"
                self._container = av.open(target, "w", format=form.container)
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
        stream = self._container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        height, width = self._shape
        even = "420" in self._pixels
        stream.width, stream.height = (width + width % 2, height + height % 2) if even else (width, height)
        stream.pix_fmt = self._pixels
        coder = stream.codec_context
        coder.time_base, coder.framerate = self._tick, rate
        coder.thread_count = max(1, min(processors() // 2, MOST_THREADS))
        coder.color_range, coder.colorspace = self._range, self._space
        coder.color_primaries, coder.color_trc = self._primaries, self._transfer
        if like is not None:
            coder.sample_aspect_ratio = like.pixel_aspect
        if self._aspect != 1:
            stream.metadata["title"] = matroska.PLACEHOLDER
        if self._pixels == "yuva420p":
            stream.metadata["alpha_mode"] = "1"
        return stream

    @property
    def _range(self) -> int:
        return LIMITED_RANGE if self._pixels.startswith(("yuv4", "yuva")) else FULL_RANGE

    @property
    def _space(self) -> int:
        return self._matrix if self._pixels.startswith("yuv") else UNKNOWN if self._pixels == "gray" else RGB

    def _append(self, image: Image, time: Fraction) -> None:
        if self._last is None and self._cut:
            self._begin(time)
        time -= self._origin
        frame = self._frame(image)
        frame.time_base = self._tick
        frame.pts = self._last_pts = max(round(time / self._tick), self._last_pts + 1)
        with self._ffmpeg_errors():
            self._container.mux(self._stream.encode(frame))
            if self._sound:
                self._sound.mux_until(time)

    def _begin(self, time: Fraction) -> None:
        self._origin = time
        if self._sound:
            with self._ffmpeg_errors():
                self._sound.begin(time)

    def _frame(self, image: Image) -> VideoFrame:
        planes = _planes(image, self._pixels, MATRICES[self._matrix])
        height, width = planes[0].shape[:2]
        frame = VideoFrame(width, height, self._pixels)
        frame.colorspace, frame.color_range = self._space, self._range
        frame.color_primaries, frame.color_trc = self._primaries, self._transfer
        for target, plane in zip(planes_of(frame), planes, strict=True):
            target[...] = plane
        return frame

    def _finish(self) -> None:
        with self._ffmpeg_errors():
            self._container.mux(self._stream.encode(None))
            if self._sound and self._last is not None:
                self._sound.mux_until(self._last + self._frame_duration - self._origin)
            self._close()
            if self._output is not None and self._aspect != 1:
                matroska.note_pixel_aspect(self._output.partial, self._aspect)
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
        """Raise FFmpeg's errors as EncodeError."""
        try:
            yield
        except (FFmpegError, OSError, ValueError) as err:
            reason = getattr(err, "strerror", None) or " ".join(str(err).split())
            raise EncodeError(
                f"{self._name}: cannot be written: {reason}: check the disk, or try another suffix"
            ) from err


def check_format(path: Path, channels: int, quality: Quality = None) -> OutputFormat:
    """Tell what a suffix stands for, or refuse, with a ParameterError, what it cannot hold: alpha, or every bit."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        given = f"{suffix} is no video format that is written" if suffix else "has no suffix to tell its format"
        raise ParameterError(f"{path}: {given}: use {', '.join(SUFFIXES)}, or DIR/ for a folder of pictures")
    if channels not in FORMATS[suffix].pixels:
        known = ", ".join(SUFFIXES_WITH_ALPHA)
        raise ParameterError(
            f"{path}: {suffix} has no alpha channel: use {known}, or a folder of PNGs (DIR/); in a pipe, raw:"
        )
    form = FORMATS[suffix]
    if as_quality(quality) == LOSSLESS and form.codec in SCALES and lossless_encoding(form.codec, channels) is None:
        raise ParameterError(f"{path}: {suffix} has no lossless form of this: use .mkv, or DIR/ for a folder of PNGs")
    return form


def _lossless(form: OutputFormat, channels: int) -> OutputFormat:
    exact = lossless_encoding(form.codec, channels)
    if exact is None:
        return form
    codec, pixels, options = exact
    return replace(form, codec=codec, pixels={channels: pixels}, fast=options, small=options, matrix=None)


def _ticks(rate: Fraction) -> int:
    """Time stamps per second that hold the times of nearly every source exactly."""
    ticks = lcm(TICKS, rate.numerator)
    return ticks if ticks <= MOST_TICKS else TICKS


def _planes(image: Image, pixels: str, luma: colour.Luma) -> Sequence[npt.NDArray[Any]]:
    """Bring a checked picture to the planes of a pixel format of `FORMATS`."""
    if pixels in ("gray", "rgb24", "rgba"):
        return [image]
    if pixels == "gbrp":
        red, green, blue = (image,) * 3 if image.ndim == 2 else (image[:, :, part] for part in range(3))
        return [green, blue, red]
    if pixels in ("bgr0", "bgra"):
        return [colour.bgra(image)]
    full, bits, half = pixels.startswith("yuvj"), 10 if pixels.endswith("10le") else 8, "420" in pixels
    if half:
        image = colour.to_even(image)
    if image.ndim == 2:
        return colour.planes_from_grey(image, full=full, bits=bits, half=half)
    planes = colour.planes_from_rgb(image[:, :, :3], luma, full=full, bits=bits, half=half)
    return [*planes, colour.deepened(image[:, :, 3], bits)] if pixels.startswith("yuva") else planes
