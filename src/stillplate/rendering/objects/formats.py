"""The file formats of objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stillplate.rendering.objects.coco import Coco
from stillplate.rendering.objects.cvat import Cvat
from stillplate.rendering.objects.label_studio import LabelStudio
from stillplate.rendering.objects.mot import Mot
from stillplate.rendering.objects.objects_file import ObjectsFile
from stillplate.rendering.objects.sleap import Sleap
from stillplate.rendering.objects.table import Table
from stillplate.rendering.objects.wide import DeepLabCut, WideTable
from stillplate.rendering.objects.yolo import Yolo

__all__ = ["FORMATS", "open_objects"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format of objects.

    Attributes
    ----------
    make : callable
        The class that writes the format.
    folder : bool
        Whether the output is a folder.
    """

    make: Callable[..., ObjectsFile]
    folder: bool = False


FORMATS = {
    "objects": Format(Table),
    "coco": Format(Coco),
    "yolo": Format(Yolo, folder=True),
    "cvat": Format(Cvat),
    "label_studio": Format(LabelStudio),
    "mot": Format(Mot),
    "tracks": Format(WideTable),
    "sleap": Format(Sleap),
    "deeplabcut": Format(DeepLabCut),
}
"""By the keyword of `render` that takes the path."""


def open_objects(
    name: str, path: Path, width: int, height: int, names: Sequence[str] = (), *, overwrite: bool,
    px_per_mm: float | None = None, clip: str = "",
) -> ObjectsFile:  # fmt: skip
    """Return an open file of objects.

    Parameters
    ----------
    name : str
        One of `FORMATS`.
    path : Path
    width, height : int
        Size of the frames.
    names : sequence of str
        Names of the frames' files; empty if there are none.
    overwrite : bool
        Replace an existing output.
    px_per_mm : float, optional
        Pixels to a millimetre of what the camera sees.
    clip : str
        Name of the clip.

    Raises
    ------
    ParameterError
        If an existing output would be lost.
    EncodeError
        If the output cannot be written.
    """
    chosen = FORMATS[name]
    return chosen.make(
        path, width, height, names, overwrite=overwrite, folder=chosen.folder, px_per_mm=px_per_mm, clip=clip
    )
