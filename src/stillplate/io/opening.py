"""Opening inputs as sources of frames, and output paths as sinks.

Decoders and encoders are imported only when they are needed.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from stillplate.errors import ParameterError, VideoOpenError
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES, RAW
from stillplate.io.levels import Levels
from stillplate.io.naming import expand, is_pattern, refuse_url
from stillplate.io.quality import Quality
from stillplate.io.sink import ClipProperties, FrameSink
from stillplate.io.source import NOMINAL_RATE, ArraySource, FrameSource, IteratorSource, VideoInfo

__all__ = ["SourceLike", "as_source", "check_sink", "is_video", "open_sink", "open_video", "opened"]

SourceLike = (
    str
    | os.PathLike[str]
    | npt.NDArray[Any]
    | FrameSource
    | Iterable[npt.NDArray[Any]]
    | Sequence[str]
    | Sequence[os.PathLike[str]]
)


def open_video(
    path: str | os.PathLike[str],
    *,
    fps: float | Fraction | None = None,
    levels: tuple[float, float] | None = None,
) -> FrameSource:
    """Open a video file, a folder or glob of images, or one image.

    Parameters
    ----------
    path : str or path
        Any file that FFmpeg decodes; a folder; a glob such as ``shots/*.png``; a pattern such as ``shots/%04d.png``
        or "shots/####.png"; an image file, whose pages are the frames if it has several; "-" or "pipe:" for standard
        input; "raw:640x360@25:rgb24" for standard input without a header, with its size, frames per second and FFmpeg
        pixel format. Standard input is copied to a temporary file, since the clip is read more than once.
    fps : float or Fraction, optional
        Images per second, for images, which have no times without it; a video has its own.
    levels : (float, float), optional
        Values of black and white in the file's own numbers, such as 0 and 4095 for 12 bits in 16. By default the ends
        of the range or, where images of more than 8 bits do not fill it, levels measured from them.

    Returns
    -------
    FrameSource
        To be closed, or used in a `with` statement.

    Raises
    ------
    VideoOpenError
        If the file does not exist or holds no image.
    DecodeError
        If nothing in it can be decoded.
    ParameterError
        If `fps` is not above 0 or is given for a video, white is not above black, or the path is a URL.
    """
    from stillplate.io.image_folder import ImageFolder
    from stillplate.io.images import is_image

    rate, given_levels = _rate(fps), Levels.of(levels)

    name = os.fspath(path)
    if not name:
        raise VideoOpenError("the path of the clip is empty: name a file, or . for this folder")
    refuse_url(name)
    place = as_path(name)
    if name in PIPES or name.startswith(RAW):
        from stillplate.io.pyav.pipe import PipedVideo, RawFormat

        _refuse_rate(rate, name)
        return PipedVideo(
            sys.stdin.buffer, RawFormat.parse(name) if name.startswith(RAW) else None, levels=given_levels
        )
    if place.is_fifo():  # such as a shell's <(command)
        from stillplate.io.pyav.pipe import PipedVideo

        _refuse_rate(rate, name)
        with place.open("rb") as pipe:
            return PipedVideo(pipe, levels=given_levels)
    if place.is_dir() or (place.is_file() and is_image(place)):
        return ImageFolder(name, fps=rate, levels=given_levels)
    if is_pattern(name):
        return _open_pattern(name, rate, given_levels)
    from stillplate.io.pyav.reader import VideoFile

    _refuse_rate(rate, name)
    return VideoFile(place, levels=given_levels)


def _rate(fps: float | Fraction | None) -> Fraction | None:
    """Return frames per second as a Fraction; raise ParameterError unless above 0."""
    if fps is None:
        return None
    if not (math.isfinite(fps) and fps > 0):
        raise ParameterError(f"fps is {fps}, but a number above 0 is needed: 0.2 of a picture every five seconds")
    return Fraction(fps).limit_denominator(1_000_000) or Fraction(fps)


def _refuse_rate(rate: Fraction | None, name: str) -> None:
    """Raise ParameterError if `fps` was given for a video."""
    if rate is not None:
        raise ParameterError(f"{name}: is a video, which has times of its own: leave fps, which is for images")


def _open_pattern(pattern: str, rate: Fraction | None, levels: Levels | None) -> FrameSource:
    """Open the one video, or all the images, that match a pattern."""
    from stillplate.io.image_folder import ImageFolder
    from stillplate.io.images import is_image

    found = expand(pattern)
    if not found:
        raise VideoOpenError(f"{pattern}: there is no such file, nor one whose name is of that pattern")
    if all(is_image(one) for one in found):
        return ImageFolder(pattern, fps=rate, levels=levels)
    if len(found) == 1:
        return open_video(found[0], fps=rate, levels=None if levels is None else (levels.black, levels.white))
    raise VideoOpenError(
        f"{pattern}: stands for {len(found)} files that are not all pictures ({found[0].name}, {found[1].name}): "
        "give one video, or pictures"
    )


def is_video(info: VideoInfo) -> bool:
    """Whether the frames come from a video file, which may have sound."""
    from stillplate.io.images import is_image

    return info.path is not None and info.path.is_file() and not is_image(info.path)


def as_source(
    source: SourceLike, *, fps: float | Fraction | None = None, levels: tuple[float, float] | None = None
) -> FrameSource:
    """Return a source of frames for a path, an array or an iterable of arrays; a source is returned as it is.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of (H, W, 3) or (H, W)
        The frames, RGB or grey. An iterator can be read only once. A list or tuple is stacked; one of paths of
        image files is a clip of them in that order.
    fps, levels
        For paths, as for `open_video`; `fps` also for arrays.

    Raises
    ------
    ParameterError
        If it is none of these.
    VideoOpenError
        If it is a path that cannot be opened, or an empty iterable.
    """
    if isinstance(source, (str, os.PathLike)):
        return open_video(source, fps=fps, levels=levels)
    if isinstance(source, (list, tuple)) and source and all(isinstance(one, (str, os.PathLike)) for one in source):
        from stillplate.io.image_folder import ImageFolder

        return ImageFolder(source, fps=_rate(fps), levels=Levels.of(levels))
    if levels is not None:
        raise ParameterError("levels are for a path: bring arrays to 0..255, and give open_video those of a source")
    if isinstance(source, np.ndarray):
        return ArraySource(source, _rate(fps))
    if isinstance(source, FrameSource):
        if fps is not None:
            raise ParameterError("fps is for a path or an array: a FrameSource has its own")
        return source
    if isinstance(source, (list, tuple)) and source:
        return ArraySource(_stacked(source), _rate(fps))
    if hasattr(source, "read") or isinstance(source, bytes):
        raise ParameterError(
            f"the source is {'bytes' if isinstance(source, bytes) else 'an open file'}, but paths are read, not files: "
            "give the path of the clip"
        )
    if isinstance(source, Iterable):
        return IteratorSource(cast("Iterable[npt.NDArray[Any]]", source), _rate(fps))
    raise ParameterError(
        f"the source is a {type(source).__name__}, but a path, a FrameSource, an array or an iterable of arrays "
        "is needed"
    )


def _stacked(images: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Stack a list of images, so that it can be read more than once."""
    shapes = sorted({np.shape(image) for image in images})
    if len(shapes) > 1:
        raise ParameterError(f"the images have shapes {shapes[0]} and {shapes[1]}: resize them to one size")
    return np.stack(images)


@contextmanager
def opened(
    source: SourceLike, *, fps: float | Fraction | None = None, levels: tuple[float, float] | None = None
) -> Iterator[FrameSource]:
    """Yield `as_source(source)`; close it at the end unless it is `source` itself."""
    frames = as_source(source, fps=fps, levels=levels)
    try:
        yield frames
    finally:
        if frames is not source:
            frames.close()


def open_sink(  # noqa: PLR0913  the door of all outputs of pictures
    path: str | os.PathLike[str],
    width: int,
    height: int,
    rate: Fraction = NOMINAL_RATE,
    *,
    channels: int = 3,
    preset: Literal["fast", "small"] = "fast",
    quality: Quality = None,
    overwrite: bool = False,
    clip: ClipProperties | None = None,
    names: Sequence[str] = (),
    codec: str | None = None,
) -> FrameSink:
    """Open an output for images: a video file, whose suffix picks the codec, or a folder of numbered images.

    Parameters
    ----------
    path : str or path
        A folder of PNGs if it ends in / or is a folder; DIR/%06d.exr for a folder of images with such names, in that
        format; else a file in .mp4, .m4v, .mkv, .mov, .webm, .avi or .y4m; "-" or "pipe:" for Y4M on standard output;
        "raw:" for samples alone on standard output.
    width, height : int
        Size of every image, in pixels.
    rate : Fraction, optional
        Nominal frames per second; each image is shown at its own time.
    channels : 1, 3 or 4
        Mask (bool or uint8), RGB or RGBA.
    preset : {"fast", "small"}, optional
        Fast encoding, or small files.
    quality : number from 0 to 100, or "lossless", optional
        Quality of a video in a lossy codec; ignored for a folder of images.
    overwrite : bool, optional
        Whether an existing output may be replaced.
    clip : ClipProperties, optional
        What a video file takes over from the clip; nothing by default.
    names : sequence of str, optional
        Names of the images in a folder, without suffix; ignored if `path` is a pattern.
    codec : str, optional
        One of `codecs.CODECS`, for a .mov file; ignored for a folder of images.

    Raises
    ------
    ParameterError
        If the suffix is unknown or cannot hold the channels, or something would be lost.
    EncodeError
        If it cannot be written.
    """
    name = os.fspath(path)
    from stillplate.io.sequence import SequenceWriter, is_sequence

    if is_sequence(name):
        return SequenceWriter(name, width, height, channels=channels, overwrite=overwrite, names=names)
    from stillplate.io.pyav.writer import VideoWriter

    return VideoWriter(
        name, width, height, rate,
        channels=channels, preset=preset, quality=quality, overwrite=overwrite,
        clip=clip or ClipProperties(), codec=codec,
    )  # fmt: skip


def check_sink(path: str | os.PathLike[str], channels: int, quality: Quality = None, codec: str | None = None) -> None:
    """Raise ParameterError, before any image is made, if `open_sink` could not write such images to the path."""
    name = os.fspath(path)
    from stillplate.io.pyav.formats import check_format
    from stillplate.io.sequence import is_sequence

    if name in PIPES or is_sequence(name):
        return
    check_format(Path(name), channels, quality, codec)
