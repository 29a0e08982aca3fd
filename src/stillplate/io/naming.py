"""Names of inputs: numbered patterns, globs, addresses, numbered siblings. No file is opened here."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from stillplate.errors import ParameterError
from stillplate.io.address import Address, as_path, text_of
from stillplate.io.schemes import ADDRESS, LIVE, scheme_of

__all__ = [
    "NUMBER", "VIDEO_SUFFIXES", "common_name", "expand", "is_pattern", "longer_clip_advice", "natural_key",
    "refuse_url", "sibling_pattern", "stems_of",
]  # fmt: skip

NUMBER = re.compile(r"%0?(\d*)d")  # FFmpeg's number field in the name of an image sequence
HASHES = re.compile(r"#+")  # the number field of compositors: one digit for each #

VIDEO_SUFFIXES = (
    ".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts",
    ".webm", ".wmv", ".y4m",
)  # fmt: skip
"""Suffixes by which videos are found in a folder; a file given by name is opened whatever its suffix."""


def refuse_url(path: str | os.PathLike[str]) -> None:
    """Raise ParameterError if the path is a URL that is no address in storage: of a stream, or of a file."""
    text, scheme = os.fspath(path), scheme_of(path)
    if scheme in LIVE:
        raise ParameterError(
            f"{text}: live streams are not read yet: record it first, with FFmpeg, say, and give the file"
        )
    if scheme == "file":
        raise ParameterError(f"{text}: is a file by its URL: give the path by itself: /{ADDRESS.sub('', text)}")


def is_pattern(path: str | os.PathLike[str]) -> bool:
    """Whether a name is a glob, or a pattern with %06d or #### for a number, and no file has that very name."""
    text = text_of(path)
    name = Path(text).name
    numbered = NUMBER.search(name) is not None or HASHES.search(name) is not None
    return (glob.has_magic(text) or numbered) and not os.path.lexists(text)


def expand(pattern: str | os.PathLike[str]) -> list[Path]:
    """List the files and folders that match a pattern, in natural order; hidden ones only if the pattern names them.

    Parameters
    ----------
    pattern : str or path
        A glob, in which ** matches any folders; or a file name with a number field, as of FFmpeg (%06d, %d) or of
        compositors (####), in a folder given literally.

    Returns
    -------
    list of Path
    """
    text = os.fspath(pattern)
    place = as_path(text)
    if NUMBER.search(place.name) or HASHES.search(place.name):
        name = re.compile(_number_regex(place.name))
        inside = list(place.parent.iterdir()) if place.parent.is_dir() else []
        found = [path for path in inside if name.fullmatch(path.name)]
        if found:
            return sorted(found, key=natural_key)
    if isinstance(place, Address):
        return sorted(place.matching(), key=natural_key)
    parent, name_only = os.path.split(text)
    if os.path.isdir(parent):  # noqa: PTH112  brackets in a folder's own name are literal
        text = os.path.join(glob.escape(parent), name_only)  # noqa: PTH118  as it was split
    return sorted((Path(name) for name in glob.glob(text, recursive=True)), key=natural_key)  # noqa: PTH207  absolute


def _number_regex(name: str) -> str:
    """Regular expression of a file name with number fields; numbers wider than the field have no leading zeros."""
    hashes = HASHES.sub(lambda found: f"%0{len(found[0])}d", name.replace("%%", "\0"))
    parts = NUMBER.split(hashes)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = re.escape(part.replace("\0", "%"))
        elif part in ("", "0", "1"):
            parts[place] = r"\d+"
        else:
            parts[place] = rf"(?:\d{{{part}}}|[1-9]\d{{{part},}})"
    return "".join(parts)


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Sort key that compares the numbers in a path by value: img2 before img10."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), part) if part.isdecimal() else (0, part) for part in parts]


def common_name(paths: Sequence[Path]) -> Path:
    """Return a name for several files made of their common parts, such as shots/walk_*.png."""
    if len(paths) == 1:
        return paths[0]
    folders = {path.parent for path in paths}
    folder = folders.pop() if len(folders) == 1 else as_path(os.path.commonpath([path.absolute() for path in paths]))
    suffixes = {path.suffix for path in paths}
    first, last = min(path.stem for path in paths), max(path.stem for path in paths)
    shared = next(
        (place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first)
    )
    start = first[:shared].rstrip("0123456789")
    return folder / f"{start}*{suffixes.pop() if len(suffixes) == 1 else ''}"


def stems_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the stems of the files of a clip's images, or their full names if stems are not unique.

    Parameters
    ----------
    names : sequence of str
        File names, by frame number.

    Returns
    -------
    tuple of str
        Empty if the full names are not unique either.
    """
    for stems in (tuple(Path(name).stem for name in names), tuple(names)):
        if len({stem.casefold() for stem in stems}) == len(stems):
            return stems
    return ()


def longer_clip_advice(path: Path | None) -> str:
    """Advice for a clip that is too short; names the sequence if the path is one image of it."""
    pattern = sibling_pattern(path) if path is not None else None
    return "give a longer clip" if pattern is None else f"give the folder {Path(pattern).parent}, or {pattern}"


def sibling_pattern(path: Path) -> str | None:
    """Return the pattern that matches a numbered file and its siblings, or None if it has no siblings.

    Parameters
    ----------
    path : Path
        Such as shots/frame_0001.png.

    Returns
    -------
    str or None
        Such as shots/frame_%04d.png.
    """
    number = re.search(r"(\d+)(?=\D*$)", path.stem)
    if number is None or not path.is_file():
        return None
    digits = number[0]
    form = f"%0{len(digits)}d" if len(digits) > 1 else "%d"
    before, after = (part.replace("%", "%%") for part in (path.stem[: number.start()], path.stem[number.end() :]))
    pattern = path.with_name(f"{before}{form}{after}{path.suffix}")
    return str(pattern) if len(expand(pattern)) > 1 else None
