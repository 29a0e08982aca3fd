"""One data set of those of many clips: their pictures stay where they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from stillplate.errors import ParameterError
from stillplate.io.atomic import atomic_output
from stillplate.rendering.dataset.labels import LABELS, CocoLabels, coco_json, data_yaml
from stillplate.rendering.dataset.split import PARTS, VALIDATION

__all__ = ["check_joined", "join_datasets"]

OURS = "a data set of stillplate"


def check_joined(folder: Path, form: str) -> None:
    """Raise ParameterError if a file that `join_datasets` would write is there, and is somebody else's."""
    for name in LABELS[form].joined:
        path = folder / name
        if path.exists() and not _is_ours(path):
            raise ParameterError(f"{path}: is there, and not of an earlier batch: choose another folder for dataset")


def join_datasets(folder: Path, clips: Sequence[Path], form: str, *, seed: int) -> None:
    """Write what is about all pictures of the data sets in a folder, and remove that of another format.

    Parameters
    ----------
    folder : Path
        That the clips' data sets lie in.
    clips : sequence of Path
        Their folders; those that are not there are left out.
    form : str
        One of `LABELS`.
    seed : int
        A clip with a single event has it in `train`; of such clips, a fifth go to `val` as a whole, in a random order:
        one at least, where nothing else is for validation.
    """
    there = [clip for clip in clips if (clip / "images").is_dir()]
    whole = [clip for clip in there if not _has(clip, "val")]
    single = [clip for clip in whole if _has(clip, "train")]
    Random(seed).shuffle(single)
    least = 1 if len(whole) == len(there) and len(single) > 1 else 0
    moved = set(single[: max(least, round(len(single) * VALIDATION))])
    sources = {
        part: [(clip, own) for clip in there for own in PARTS if _part(own, clip in moved) == part] for part in PARTS
    }
    _remove_other(folder, form)
    if LABELS[form] is CocoLabels:
        for part, name in zip(PARTS, CocoLabels.joined, strict=True):
            _write(folder / name, _joined_coco(folder, sources[part]))
        return
    folders = {
        part: [(clip / "images" / own).relative_to(folder).as_posix() for clip, own in sources[part]]
        for part in PARTS
    }  # fmt: skip
    _write(folder / LABELS[form].joined[0], data_yaml(folders))


def _remove_other(folder: Path, form: str) -> None:
    """Remove our files of other formats: the labels that they lead to were replaced."""
    for labels in LABELS.values():
        for path in (folder / name for name in labels.joined if name not in LABELS[form].joined):
            if path.exists() and _is_ours(path):
                path.unlink()
                if path.parent != folder:
                    with suppress(OSError):  # another file is in it
                        path.parent.rmdir()


def _is_ours(path: Path) -> bool:
    return OURS in path.read_text(encoding="utf-8", errors="replace")[:200]


def _has(clip: Path, part: str) -> bool:
    """Whether a clip has pictures in a part."""
    return any((clip / "images" / part).iterdir())


def _part(own: str, moved: bool) -> str:
    return "val" if moved else own


def _joined_coco(folder: Path, sources: Sequence[tuple[Path, str]]) -> str:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for clip, own in sources:
        found = json.loads((clip / f"annotations/instances_{own}.json").read_text(encoding="utf-8"))
        first = len(images)
        place = (clip / "images" / own).relative_to(folder).as_posix()
        images.extend(
            {**image, "id": first + image["id"], "file_name": f"{place}/{image['file_name']}"}
            for image in found["images"]
        )
        for one in found["annotations"]:
            annotations.append({**one, "id": len(annotations) + 1, "image_id": first + one["image_id"]})
    return coco_json(images, annotations)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_output(path, overwrite=True, folder=False) as partial:
        partial.write_text(text, encoding="utf-8")
