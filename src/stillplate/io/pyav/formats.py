"""The video formats that can be written, by file suffix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stillplate.errors import ParameterError
from stillplate.io.codecs import CODECS, SUFFIX, codec_named
from stillplate.io.quality import LOSSLESS, LOSSY, Quality, as_quality, lossless_encoding

__all__ = [
    "BT601", "BT709", "RAW_PIPE", "SAME_BYTES", "SUFFIXES", "SUFFIXES_WITH_ALPHA", "OutputFormat", "check_format",
    "lossless",
]  # fmt: skip

BT709, BT601 = 1, 6  # FFmpeg's numbers of these matrices


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The encoding of one file suffix.

    Attributes
    ----------
    container, codec : str
        FFmpeg's names.
    pixels : mapping of int to str
        FFmpeg's pixel format for 1, 3 and, if the codec has alpha, 4 channels.
    fast, small : mapping of str to str
        The encoder's options for each preset.
    matrix : int, optional
        FFmpeg's number of the matrix; by default the usual one for the height.
    ticks : int, optional
        Time stamp units per second, if the container fixes them; 0 if it counts frames.
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


def _edited(name: str) -> OutputFormat:
    """Return the format of an editing codec."""
    codec = CODECS[name]
    pixels = {1: codec.pixels, 3: codec.pixels} | ({4: codec.pixels.replace("yuv", "yuva")} if codec.alpha else {})
    options = {"profile": codec.profile}
    if codec.encoder != "prores_ks":
        return OutputFormat("mov", codec.encoder, pixels, options, options, matrix=BT709)
    # fixed quantiser of 4 (472 / 118) or 8 (944 / 118), of at most 224: FFmpeg's search for one takes 7 times as long
    options |= {"vendor": "apl0", "flags": "+qscale"}
    fast, small = ({**options, "global_quality": quantiser} for quantiser in ("472", "944"))
    return OutputFormat("mov", codec.encoder, pixels, fast, small, matrix=BT709)


EDITED = {name: _edited(name) for name in CODECS}
SAME_BYTES = {"fflags": "bitexact"}  # of a container: without the random identifier of Matroska
RAW_PIPE = OutputFormat("rawvideo", "rawvideo", {1: "gray", 3: "rgb24", 4: "rgba"}, fast={}, small={}, ticks=0)
PRORES = EDITED["prores4444"]
FORMATS = {".mp4": H264, ".m4v": H264, ".mkv": FFV1, SUFFIX: PRORES, ".webm": VP9, ".avi": MJPEG, ".y4m": Y4M}
SUFFIXES = tuple(FORMATS)
SUFFIXES_WITH_ALPHA = tuple(suffix for suffix, form in FORMATS.items() if 4 in form.pixels)


def check_format(path: Path, channels: int, quality: Quality = None, codec: str | None = None) -> OutputFormat:
    """Return the format of a path's suffix, or of an editing codec.

    Raises
    ------
    ParameterError
        If the suffix is unknown or not the codec's, or the format lacks the alpha channel or the lossless form that is
        asked for.
    """
    suffix = path.suffix.lower()
    if codec is not None:
        form, named = _of_codec(codec, path), codec
    elif suffix in FORMATS:
        form, named = FORMATS[suffix], suffix
    else:
        given = f"{suffix} is no video format that is written" if suffix else "has no suffix to tell its format"
        raise ParameterError(f"{path}: {given}: use {', '.join(SUFFIXES)}, or DIR/ for a folder of pictures")
    if channels not in form.pixels:
        known = ", ".join(SUFFIXES_WITH_ALPHA if codec is None else [one for one in CODECS if CODECS[one].alpha])
        raise ParameterError(
            f"{path}: {named} has no alpha channel: use {known}, or a folder of PNGs (DIR/); in a pipe, raw:"
        )
    if as_quality(quality) == LOSSLESS and form.codec in LOSSY and lossless_encoding(form.codec, channels) is None:
        raise ParameterError(f"{path}: {named} has no lossless form of this: use .mkv, or DIR/ for a folder of PNGs")
    return form


def _of_codec(codec: str, path: Path) -> OutputFormat:
    codec_named(codec)
    if path.suffix.lower() != SUFFIX:
        raise ParameterError(f"{path}: {codec} is written as {SUFFIX}: choose that suffix, or give no codec")
    return EDITED[codec]


def lossless(form: OutputFormat, channels: int) -> OutputFormat:
    """Return the lossless form of a format; the format itself if it is always lossless."""
    exact = lossless_encoding(form.codec, channels)
    if exact is None:
        return form
    codec, pixels, options = exact
    return replace(form, codec=codec, pixels={channels: pixels}, fast=options, small=options, matrix=None)
