"""Paths of the outputs: their defaults, and the checks before anything is computed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from stillplate.arrays import Image
from stillplate.errors import EncodeError, ParameterError
from stillplate.io.address import Address, as_path, spelled
from stillplate.io.atomic import PIPES, check_output, check_own, resolve_links
from stillplate.io.codecs import check_size
from stillplate.io.images import WRITTEN, check_suffix
from stillplate.io.naming import VIDEO_SUFFIXES, refuse_url
from stillplate.io.opening import check_sink, is_video
from stillplate.io.sequence import as_sequence, place_of
from stillplate.io.source import VideoInfo
from stillplate.rendering.backdrop import check_backdrop
from stillplate.rendering.output_specs import OUTPUTS, PLACED, VIDEOS
from stillplate.rendering.video_options import VideoOptions

__all__ = [
    "EVENT",
    "Output",
    "check_folder",
    "check_outputs",
    "check_suffixes",
    "check_videos",
    "meant_by",
    "output_folder",
    "place_outputs",
    "placed",
    "remove_outputs",
]  # fmt: skip

Output = str | os.PathLike[str] | None
EVENT = re.compile(r"event\d{3,}\..*")  # file name of the clip of one event


def place_outputs(
    folder: Output, composite: Output, names: Mapping[str, str], crossings: object = None, **paths: Output
) -> dict[str, str]:
    """Return the path of every output as a string, because a trailing slash marks a folder.

    `names` are those of the files in the folder.
    """
    outputs = {name: os.fspath(path) for name, path in paths.items() if path is not None}
    if outputs.get("frames"):
        outputs["frames"] = _folder_of_frames(outputs["frames"])
    if folder is not None:
        check_folder(folder)
        inside = {name: spelled(as_path(folder) / file) for name, file in names.items() if name not in PLACED}
        outputs = inside | outputs
    for name, path in outputs.items():
        if not path:
            raise ParameterError(f"the path of {name} is empty: name a file")
        refuse_url(path)
    if crossings is not None:
        if folder is None:
            raise ParameterError(f"crossings is given, but no place for {names['crossings']}: give folder=...")
        outputs["crossings"] = spelled(as_path(folder) / names["crossings"])
    if not outputs:
        raise ParameterError(
            f"no output is asked for: give folder=..., or one of {', '.join(f'{path}=...' for path in paths)}"
        )
    if composite is None:
        return outputs
    check_backdrop(composite)
    return _with_composite(outputs, folder, names["composite"])


def meant_by(folder: str) -> tuple[str, ...]:
    """Return the outputs that a name may be meant for, by its suffix; none if it is a folder or ends in /."""
    if folder.endswith(("/", os.sep)) or as_path(folder).is_dir():
        return ()
    suffix = Path(folder).suffix.lower()
    videos = ("mask", "clean") if suffix in VIDEO_SUFFIXES else ()
    plate = ("plate",) if suffix in WRITTEN else ()
    return (*videos, *plate, *(name for name, spec in OUTPUTS.items() if suffix in spec.suffixes))


def check_folder(path: str | os.PathLike[str]) -> None:
    """Raise ParameterError if the path cannot be the folder of all outputs."""
    folder = os.fspath(path)
    if not folder:
        raise ParameterError("the folder of the outputs has an empty name: give one, or . for this folder")
    refuse_url(folder)
    meant = meant_by(folder)
    if meant:
        raise ParameterError(
            f"{folder}: is the name of a file, but that of a folder is needed: give it as {' or '.join(meant)}, or add "
            f"a slash: {folder}/"
        )


def check_suffixes(outputs: Mapping[str, str]) -> None:
    """Raise ParameterError if the suffix of an output is not one of those that it is written as."""
    for name, path in outputs.items():
        suffix, suffixes = Path(path).suffix.lower(), OUTPUTS[name].suffixes if name in OUTPUTS else ()
        if suffixes and suffix not in suffixes and path not in PIPES:
            raise ParameterError(
                f"{path}: {name} is written as {' or '.join(suffixes)}, not as {suffix or 'that'}: choose that suffix"
            )


def _folder_of_frames(path: str) -> str:
    """Return the path with a trailing slash; the images in the folder are named as in the COCO and YOLO files."""
    if as_sequence(path).chosen or meant_by(path):
        raise ParameterError(f"{path}: frames needs a folder: pictures in it are named as COCO and YOLO name them")
    return path if path.endswith(("/", os.sep)) else f"{path}/"


def _with_composite(outputs: dict[str, str], folder: Output, name: str) -> dict[str, str]:
    """Add the path of the composite: in the folder of all outputs, or in place of the cutout."""
    if folder is not None:
        return {**outputs, "composite": spelled(as_path(folder) / name)}
    if "cutout" not in outputs:
        raise ParameterError(
            "composite is given, but no place for it: give folder=..., or cutout=..., whose place it takes"
        )
    return {"composite" if name == "cutout" else name: path for name, path in outputs.items()}


def check_outputs(
    outputs: Mapping[str, str],
    folder: Output,
    info: VideoInfo,
    plate_from: Image | str | os.PathLike[str] | None,
    *,
    overwrite: bool,
) -> None:
    """Raise ParameterError, before anything is computed, if an output could not be written or would overwrite data."""
    if "events" in outputs:
        if not is_video(info):
            raise ParameterError(f"{info.name}: is no video file, but event clips are cut out of one: leave events out")
        check_own(as_path(outputs["events"]), EVENT)
    for name in {"plate", "heatmap"} & outputs.keys():
        check_suffix(Path(outputs[name]))
    if "motion" in outputs:
        from stillplate.camera.path_file import check_camera_file

        check_camera_file(Path(outputs["motion"]))
    check_suffixes(outputs)
    for name, spec in VIDEOS.items():
        if name in outputs:
            check_sink(outputs[name], spec.channels)
    owners: dict[str, str] = {}
    place = None if folder is None else as_path(folder)
    to_be_made = None if place is None or isinstance(place, Address) or place.exists() else place
    if to_be_made is not None:
        _check_creatable(to_be_made)
    for name, text in outputs.items():
        path = placed(name, text)
        if text in PIPES and name not in VIDEOS:
            raise ParameterError(f"-: standard output takes a video, but {name} is none: name a file for it")
        if path.parent != to_be_made:
            check_output(path, overwrite=overwrite, source=info.path)
        other = owners.setdefault(PIPES[0] if text in PIPES else resolve_links(path), name)
        if other != name:
            raise ParameterError(f"{path}: asked for as {other} and as {name}: give each a path of its own")
    if plate_from is not None:
        _check_apart(outputs, plate_from)


def _check_creatable(folder: Path) -> None:
    """Raise ParameterError unless the folder that is nearest above it can take a new one."""
    above = next(path for path in folder.absolute().parents if path.exists())
    try:
        with TemporaryDirectory(dir=above):
            pass
    except OSError as err:
        raise ParameterError(f"{folder}: the folder cannot be made: {err.strerror}: choose another") from err


def check_videos(outputs: Mapping[str, str], info: VideoInfo, videos: VideoOptions) -> None:
    """Raise ParameterError if an option of videos is out of range, or an output cannot have it."""
    videos.checked()
    if videos.codec is not None:
        check_size(videos.codec, info.width, info.height)
    for name, spec in VIDEOS.items():
        if name in outputs:
            path = outputs[name]
            check_sink(path, spec.channels, videos.quality_of(name), videos.codec_of(path, spec.channels))


def placed(name: str, text: str) -> Path:
    """Return the file or folder of an output: the folder, for numbered images."""
    return place_of(text) if name in VIDEOS or name == "layers" else as_path(text)


def remove_outputs(outputs: Mapping[str, str]) -> None:
    """Remove outputs of an earlier render to the same paths, which this one would have replaced."""
    for name, text in outputs.items():
        path = placed(name, text)
        if isinstance(path, Address):
            path.take_back()
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _check_apart(outputs: Mapping[str, str], plate_from: Image | str | os.PathLike[str]) -> None:
    """Raise ParameterError if an output would overwrite the image of `plate_from`."""
    if not isinstance(plate_from, np.ndarray):
        for path in outputs.values():
            if resolve_links(path) == resolve_links(plate_from):
                raise ParameterError(f"{path}: the output is the outside plate itself: choose another path")


@contextmanager
def output_folder(folder: Output) -> Iterator[None]:
    """Create the folder; on an error, remove it again if it is empty."""
    if folder is None:
        yield
        return
    try:
        as_path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise EncodeError(f"{folder}: the folder cannot be made: {err.strerror}: choose another") from err
    try:
        yield
    except BaseException:
        with suppress(OSError):
            as_path(folder).rmdir()
        raise
