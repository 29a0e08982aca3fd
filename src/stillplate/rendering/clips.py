"""Find the clips that paths stand for: files, patterns, folders and folder trees."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stillplate.errors import ParameterError, StillplateWarning
from stillplate.io.address import as_path, is_address, spelled, text_of, walk
from stillplate.io.atomic import PIPES, resolve_links
from stillplate.io.image_samples import SUFFIXES
from stillplate.io.images import is_image, mixed_folder_message
from stillplate.io.naming import VIDEO_SUFFIXES, common_name, expand, is_pattern, natural_key, refuse_url

__all__ = ["SUMMARY", "Clip", "check_names", "find_clips", "shard_of", "summaries_in", "summary_of"]

SUMMARY = "summary.csv"
REPORT = "report.json"
SUMMARY_START = "clip,folder,state,"
SHARD = re.compile(r"summary-([1-9]\d*)-of-([1-9]\d*)\.csv")  # file name of the table of one shard


@dataclass(frozen=True, slots=True)
class Clip:
    """One of several clips.

    Attributes
    ----------
    path : Path
        The file or folder; for single images, the common part of their names.
    name : str
        Name of the clip's outputs: its path relative to the folder that was given, without the suffix; with the suffix
        if two names would be equal.
    pictures : tuple of Path
        The images of the clip, if they were given one by one.
    """

    path: Path
    name: str
    pictures: tuple[Path, ...] = ()

    @property
    def source(self) -> str | tuple[Path, ...]:
        """The argument for `open_video`."""
        return self.pictures or spelled(self.path)


@dataclass(frozen=True, slots=True)
class _Found:
    """A clip before it is named; `place` is the relative path of its outputs, with the suffix."""

    path: Path
    place: Path
    pictures: tuple[Path, ...] = ()

    @property
    def stem(self) -> str:
        """The path of the outputs, without the suffix."""
        if self.pictures:
            return str(self.place.with_name(self.place.stem.rstrip("*-_. ") or self.path.absolute().parent.name))
        return str(self.place) if self.path.is_dir() else str(self.place.with_suffix(""))


def find_clips(paths: Sequence[str | os.PathLike[str]], leave: Path | None = None) -> list[Clip]:
    """Return the clips that paths stand for: video files, folders of images, images, and those in folder trees.

    Outputs of stillplate in a tree are left out: folders with a report, and images beside a summary.

    Parameters
    ----------
    paths : sequence of paths
        Files, folders, globs, or number patterns. Images of one folder are one clip.
    leave : Path, optional
        A folder that is not searched, such as that of the outputs.

    Returns
    -------
    list of Clip
        Each clip once: videos, then clips in folders, then images. A video that does not exist is among them, if others
        are given: one that has vanished from a long list stops no other.

    Raises
    ------
    ParameterError
        If the only path does not exist, or one of images or of a folder; if a path is a URL, a folder holds no clip, or
        images and videos are mixed.
    """
    _check_told_apart(paths)
    gone = _gone(paths)
    given = [path for one in paths for path in ([gone[one]] if one in gone else _expand(one))]
    files = _without_thumbnails([path for path in given if not path.is_dir()])
    pictures = [path for path in files if path not in gone.values() and is_image(path)]
    others = [path for path in files if path not in pictures]
    if pictures and others:
        raise ParameterError(
            f"pictures ({pictures[0]}) and other files ({others[0]}) are given: give the videos, or the pictures of "
            "one clip, by themselves"
        )
    left = resolve_links(leave) if leave else None
    found = {one.path: one for path in given if path.is_dir() for one in _in_folder(path, left)}
    found = {path: _Found(path, Path(path.name)) for path in others} | found | _as_clips(pictures)
    if not found:
        raise ParameterError(
            f"{given[0]}: holds nothing but outputs of stillplate, which are no input: name one of its files to take it"
        )
    return _named(list(found.values()))


def check_names(clips: Sequence[Clip]) -> None:
    """Raise ParameterError if two clips have one name, so that the outputs of one would replace the other's."""
    first: dict[str, Clip] = {}
    for clip in clips:
        other = first.setdefault(clip.name, clip)
        if other is not clip:
            raise ParameterError(
                f"two clips would write to {clip.name}, {other.path} and {clip.path}: write them into folders of their "
                "own, one call for each"
            )


def shard_of(clips: Sequence[Clip], shard: tuple[int, int]) -> list[Clip]:
    """Return every N-th clip, in the order of their names: the same ones whatever the order of a folder's entries.

    Parameters
    ----------
    clips : sequence of Clip
        All of the batch.
    shard : (int, int)
        Number of the shard, from 1, and how many there are.

    Raises
    ------
    ParameterError
        If there is no shard of that number.
    """
    number, count = shard
    if not 1 <= number <= count:
        raise ParameterError(f"shard is {number}/{count}, but I/N with I from 1 to N is needed, such as 1/8")
    return sorted(clips, key=lambda clip: clip.name)[number - 1 :: count]


def summary_of(shard: tuple[int, int] | None) -> str:
    """Return the file name of a batch's table, or of that of one of its shards."""
    return SUMMARY if shard is None else f"summary-{shard[0]}-of-{shard[1]}.csv"


def summaries_in(folder: Path) -> dict[tuple[int, int], Path]:
    """Return the tables of shards in a folder, by number and count, in that order."""
    try:
        found = {path: SHARD.fullmatch(path.name) for path in folder.iterdir()}
    except OSError:
        return {}
    return dict(sorted(((int(match[1]), int(match[2])), path) for path, match in found.items() if match))


def _gone(paths: Sequence[str | os.PathLike[str]]) -> dict[str | os.PathLike[str], Path]:
    """Return the videos that do not exist, unless none of the paths does."""
    videos = [one for one in paths if Path(os.fspath(one)).suffix.lower() in VIDEO_SUFFIXES]
    gone = {one: as_path(one) for one in videos if not is_pattern(os.fspath(one)) and not as_path(one).exists()}
    return gone if any(is_pattern(os.fspath(one)) or as_path(one).exists() for one in paths) else {}


def _expand(given: str | os.PathLike[str]) -> list[Path]:
    """Return the files and folders that one argument stands for."""
    text = os.fspath(given)
    refuse_url(text)
    if text in PIPES:
        raise ParameterError(f"{text}: standard input is one clip: give it alone")
    if not text or not (as_path(text).exists() or is_pattern(text)):
        raise ParameterError(f"{text}: there is no such file or folder: give clips, or folders of clips")
    if not is_pattern(text):
        return [as_path(text)]
    found = expand(text)
    if not found:
        raise ParameterError(f"{text}: there is no such file, nor one whose name is of that pattern")
    return found


def _check_told_apart(paths: Sequence[str | os.PathLike[str]]) -> None:
    """Raise ParameterError if two addresses differ in nothing but what they hide: they would be one clip."""
    first: dict[str, str] = {}
    for one in filter(is_address, paths):
        whole, shown = os.fspath(one), text_of(one)
        if first.setdefault(shown, whole) != whole:
            raise ParameterError(f"{shown}: two addresses differ only behind the ?: give them in calls of their own")


def _in_folder(folder: Path, leave: str | None) -> list[_Found]:
    """Return the clips of a folder: the folder itself if it holds images, else those in its tree."""
    if _holds_report(folder):
        message = f"{folder}: is left out: it holds outputs of stillplate"
        warnings.warn(message, StillplateWarning, stacklevel=4)
        return []
    here = _without_thumbnails(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    pictures = sorted((path for path in here if is_image(path)), key=natural_key)
    videos = sorted(path for path in here if path.suffix.lower() in VIDEO_SUFFIXES)
    if pictures and videos:
        raise ParameterError(mixed_folder_message(folder, videos, pictures))
    if pictures:
        return [_Found(folder, Path(Path(resolve_links(folder)).name))]
    clips = sorted(_below(folder, leave))
    if not clips:
        raise ParameterError(
            f"{folder}: holds no clip: videos ({', '.join(VIDEO_SUFFIXES)}), or folders of pictures "
            f"({', '.join(SUFFIXES)}), are needed"
        )
    return [_Found(clip, clip.relative_to(folder)) for clip in clips]


def _below(folder: Path, leave: str | None) -> Iterator[Path]:
    """Yield the videos and image folders in the tree of a folder."""
    for here, folders, files in walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and resolve_links(here / name) != leave and not _holds_report(here / name)
        ]
        seen = _without_thumbnails(here / name for name in files if not name.startswith("."))
        videos = sorted(path for path in seen if path.suffix.lower() in VIDEO_SUFFIXES)
        pictures = [] if here == folder or _holds_summary(here) else [path for path in seen if is_image(path)]
        if pictures and videos:
            message = f"{mixed_folder_message(here, videos, pictures)}; of the tree, the videos are taken"
            warnings.warn(message, StillplateWarning, stacklevel=5)
        elif pictures:
            folders.clear()
            yield here
        yield from videos


def _without_thumbnails(files: Iterable[Path]) -> list[Path]:
    """Return the files without thumbnails: single images named after a video beside them, as cameras write them."""
    seen = list(files)
    pictures = [path for path in seen if is_image(path)]
    thumbnails: set[Path] = set()
    for video in seen if pictures else ():
        if video.suffix.lower() in VIDEO_SUFFIXES:
            after = re.compile(re.escape(video.stem) + r"(?![^\W_]).*", re.DOTALL)
            named = [path for path in pictures if path.parent == video.parent and after.fullmatch(path.name)]
            thumbnails.update(named if len(named) == 1 else ())
    return [path for path in seen if path not in thumbnails]


def _as_clips(pictures: Sequence[Path]) -> dict[Path, _Found]:
    """Return one clip for the images of each folder, in natural order of their names."""
    folders: dict[Path, set[Path]] = {}
    for path in pictures:
        folders.setdefault(path.parent, set()).add(path)
    groups = [tuple(sorted(group, key=natural_key)) for group in folders.values()]
    clips = [_Found(common_name(group), Path(common_name(group).name), group) for group in groups]
    return {clip.path: _Found(clip.path, clip.place) if len(clip.pictures) == 1 else clip for clip in clips}


def _holds_report(folder: Path) -> bool:
    """Return whether a folder holds the report of a render."""
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(report, dict) and {"version", "input", "options", "plate"} <= report.keys()


def _holds_summary(folder: Path) -> bool:
    """Return whether a folder holds the summary of a batch, or of a shard of one."""
    return any(_is_summary(path) for path in (folder / SUMMARY, *summaries_in(folder).values()))


def _is_summary(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(SUMMARY_START)
    except OSError:
        return False


def _named(found: Sequence[_Found]) -> list[Clip]:
    """Return the clips with the shortest names that tell them apart, if their own do."""
    stems = [one.stem for one in found]
    counts = Counter(stems)
    names = [
        str(one.place) if counts[stem] > 1 and not one.pictures else stem
        for one, stem in zip(found, stems, strict=True)
    ]
    return [Clip(one.path, name, one.pictures) for one, name in zip(found, names, strict=True)]
