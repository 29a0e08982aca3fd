"""What the name of an input means: patterns of numbers, globs, URLs, numbered siblings. Nothing is decoded here."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from stillplate.errors import ParameterError

__all__ = [
    "NUMBER", "VIDEO_SUFFIXES", "common_name", "expand", "is_pattern", "longer", "natural", "refuse_url",
    "sibling_pattern", "stems_of",
]  # fmt: skip

NUMBER = re.compile(r"%0?(\d*)d")  # in the name of a picture that is one of many, as FFmpeg has it
HASHES = re.compile(r"#+")  # the same in compositors: a digit for each
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # one slash: a path of it has lost the other; no drive's letter
LIVE = ("rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "udp")

VIDEO_SUFFIXES = (
    ".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts",
    ".webm", ".wmv", ".y4m",
)  # fmt: skip
"""What a file among others is taken for a video by; one that is named is opened whatever it is called."""


def refuse_url(path: str | os.PathLike[str]) -> None:
    """Refuse a URL with a ParameterError, unless a file has that name."""
    text = os.fspath(path)
    found = URL.match(text)
    if found is None or os.path.lexists(text):
        return
    scheme = found[1].lower()
    if scheme == "file":
        todo = f"give the path by itself: /{text[found.end() :].lstrip('/')}"
    elif scheme in LIVE:
        todo = "record it first, with FFmpeg, say, and give the file"
    else:
        todo = "download it first and give the file"
    raise ParameterError(f"{text}: URLs are not supported yet: {todo}")


def is_pattern(path: str | os.PathLike[str]) -> bool:
    """Tell whether a name stands for files of other names: a glob, or one with %06d or #### for a number."""
    text = os.fspath(path)
    name = Path(text).name
    numbered = NUMBER.search(name) is not None or HASHES.search(name) is not None
    return (glob.has_magic(text) or numbered) and not os.path.lexists(text)


def expand(pattern: str | os.PathLike[str]) -> list[Path]:
    """List the files and folders that a pattern stands for, in natural order; hidden ones only if it says so.

    Parameters
    ----------
    pattern : str or path
        A glob, in which ** is any folders; or a name with numbers, as FFmpeg (%06d, %d) and compositors (####) have
        it, in a folder that is named as it is.

    Returns
    -------
    list of Path
    """
    text = os.fspath(pattern)
    place = Path(text)
    if NUMBER.search(place.name) or HASHES.search(place.name):
        name = re.compile(_numbered(place.name))
        inside = list(place.parent.iterdir()) if place.parent.is_dir() else []
        found = [path for path in inside if name.fullmatch(path.name)]
        if found:
            return sorted(found, key=natural)
    parent, name_only = os.path.split(text)
    if os.path.isdir(parent):  # noqa: PTH112  brackets in its own name are no pattern
        text = os.path.join(glob.escape(parent), name_only)  # noqa: PTH118  as it was split
    return sorted((Path(name) for name in glob.glob(text, recursive=True)), key=natural)  # noqa: PTH207  absolute, too


def _numbered(name: str) -> str:
    """Make a regular expression of a name with numbers in it: no more zeros than the width asks for."""
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


def natural(path: Path) -> list[tuple[int, str]]:
    """Order by the numbers in a path as well as by its letters: img2 before img10."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(int(part), part) if part.isdecimal() else (0, part) for part in parts]


def common_name(paths: Sequence[Path]) -> Path:
    """Name several files by what their names share: shots/walk_*.png."""
    if len(paths) == 1:
        return paths[0]
    folders = {path.parent for path in paths}
    folder = folders.pop() if len(folders) == 1 else Path(os.path.commonpath([path.absolute() for path in paths]))
    suffixes = {path.suffix for path in paths}
    first, last = min(path.stem for path in paths), max(path.stem for path in paths)
    alike = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    start = first[:alike].rstrip("0123456789")
    return folder / f"{start}*{suffixes.pop() if len(suffixes) == 1 else ''}"


def stems_of(names: Sequence[str]) -> tuple[str, ...]:
    """Name outputs after the files of a clip's pictures: less their suffixes, or with them where two would be one.

    Parameters
    ----------
    names : sequence of str
        Of the files, by the pictures' numbers.

    Returns
    -------
    tuple of str
        Empty where names do not tell the pictures apart.
    """
    for stems in (tuple(Path(name).stem for name in names), tuple(names)):
        if len({stem.casefold() for stem in stems}) == len(stems):
            return stems
    return ()


def longer(path: Path | None) -> str:
    """Advise on a clip that is too short: one picture may be one of many."""
    pattern = sibling_pattern(path) if path is not None else None
    return "give a longer clip" if pattern is None else f"give the folder {Path(pattern).parent}, or {pattern}"


def sibling_pattern(path: Path) -> str | None:
    """Tell the pattern by which a numbered file and its siblings can be given, where there are any.

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
