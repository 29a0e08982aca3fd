"""The bit depth of a plate's file: 8 or 16."""

from __future__ import annotations

from pathlib import Path

from stillplate.errors import ParameterError
from stillplate.io.images import DEEP
from stillplate.io.source import DeepSource, FrameSource

__all__ = ["DEPTHS", "deep_source", "is_deep"]

DEPTHS = ("auto", "8", "16")


def is_deep(depth: str | int, path: Path, source: FrameSource) -> bool:
    """Return whether a plate is written with 16 bits.

    Parameters
    ----------
    depth : "auto", 8 or 16
        "auto": 16 bits if the source has more than 8 and the file format can hold them.
    path : Path
        Path of the image file.
    source : FrameSource

    Raises
    ------
    ParameterError
        If the depth is unknown, the file format cannot hold it, or the source has only 8 bits.
    """
    if str(depth) not in DEPTHS:
        raise ParameterError(f"depth is {depth!r}, but one of {', '.join(DEPTHS)} is needed")
    holds = path.suffix.lower() in DEEP
    if str(depth) == "16" and not holds:
        raise ParameterError(f"{path}: {path.suffix} holds 8 bits, but depth is 16: use {', '.join(DEEP)}")
    if str(depth) == "16":
        deep_source(source)
    return str(depth) == "16" or (str(depth) == "auto" and holds and _is_deeper(source))


def _is_deeper(source: FrameSource) -> bool:
    """Return whether a source has more than 8 bits."""
    return isinstance(source, DeepSource) and source.info.bits > 8


def deep_source(source: FrameSource) -> DeepSource:
    """Return the source; raise ParameterError unless it can be read at 16 bits."""
    if not isinstance(source, DeepSource):
        raise ParameterError(f"{source.info.name}: has 8 bits: for 16, give a video file, or a folder of images")
    return source
