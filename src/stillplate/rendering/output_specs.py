"""The outputs of a render, a line each: to add one, add a line here and a keyword to `render`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from stillplate.arrays import AnyArray

if TYPE_CHECKING:
    from stillplate.rendering.frame_result import FrameResult

__all__ = [
    "CLEANED", "FITTED", "IN_FOLDER", "LAYERS", "LISTED", "OUTPUTS", "PICTURED", "PLACED", "REPORTED", "SHADED",
    "VIDEOS", "OutputSpec",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output of a render.

    Attributes
    ----------
    name : str
        The keyword of `render` that takes its path.
    in_folder : str or None
        The file's name in the folder of all outputs; None if the output is written only where it is asked for.
    channels : int
        Of a video's pictures: 1 grey, 3 RGB, 4 RGBA; 0 for what is no video.
    picture : callable, optional
        From the `FrameResult` to the picture that it needs.
    sound : bool
        Whether the video has the clip's sound.
    suffixes : tuple of str
        Those that a file may have, where the format is fixed.
    objects : bool
        Whether it lists or shows the objects of each frame.
    ground : bool
        Whether it shows the ground behind what moves, or takes it off what moves.
    """

    name: str
    in_folder: str | None = None
    channels: int = 0
    picture: Callable[[FrameResult], AnyArray] | None = None
    sound: bool = False
    suffixes: tuple[str, ...] = ()
    objects: bool = False
    ground: bool = False


SPECS = (
    OutputSpec("plate", "plate.png"),
    OutputSpec("mask", "mask.mp4", 1, attrgetter("labels")),  # grey where shadows are labelled
    OutputSpec("foreground", "foreground.mp4", 3, attrgetter("cut"), sound=True),
    OutputSpec("cutout", None, 4, attrgetter("cutout"), ground=True),
    OutputSpec("composite", None, 3, attrgetter("composite"), sound=True, ground=True),
    OutputSpec("comparison", "comparison.mp4", 3, attrgetter("comparison"), sound=True),
    OutputSpec("report", "report.json", suffixes=(".json",)),
    OutputSpec("page", "report.html", suffixes=(".html", ".htm")),
    OutputSpec("clean", None, 3, attrgetter("clean"), sound=True, ground=True),
    OutputSpec("wipe", None, 3, attrgetter("before_after"), sound=True, ground=True),
    OutputSpec("derain", None, 3, attrgetter("derained"), sound=True),
    OutputSpec("stabilized", None, 3, attrgetter("image"), sound=True),
    OutputSpec("overlay", None, 3, attrgetter("image"), sound=True, objects=True),
    OutputSpec("frames", None, 3, attrgetter("image")),
    OutputSpec("layers", ground=True),
    OutputSpec("objects", suffixes=(".csv",), objects=True),
    OutputSpec("coco", suffixes=(".json",), objects=True),
    OutputSpec("yolo", objects=True),
    OutputSpec("dataset", None, 0, attrgetter("image"), objects=True),
    OutputSpec("cvat", suffixes=(".xml",), objects=True),
    OutputSpec("label_studio", suffixes=(".json",), objects=True),
    OutputSpec("mot", suffixes=(".txt",), objects=True),
    OutputSpec("tracks", suffixes=(".csv",), objects=True),
    OutputSpec("sleap", suffixes=(".csv",), objects=True),
    OutputSpec("deeplabcut", suffixes=(".csv",), objects=True),
    OutputSpec("crossings", suffixes=(".csv",), objects=True),
    OutputSpec("timeline", suffixes=(".csv",)),
    OutputSpec("events"),
    OutputSpec("motion"),
    OutputSpec("heatmap"),
    OutputSpec("save_background", suffixes=(".npz",)),
)
LAYERS = {
    "fgr": OutputSpec("fgr", None, 3, attrgetter("colours")),
    "pha": OutputSpec("pha", None, 1, attrgetter("alpha")),
    "bgr": OutputSpec("bgr", None, 3, attrgetter("plate")),
}
"""The videos in the folder of the output `layers`, by matting's names for colours, alpha and background."""
HANDED = {
    "removal": OutputSpec("removal", None, 1, attrgetter("removal")),
    "hint": OutputSpec("hint", None, 1, attrgetter("hint")),
}
"""The masks that only programs take, which go on from there."""
PLACED = {"composite": "composite.mp4", "crossings": "crossings.csv"}
"""Files in the folder of all outputs whose keywords of `render` take what they are made with, not their path."""
OUTPUTS = {spec.name: spec for spec in SPECS if spec.name not in PLACED}
"""The outputs whose path is a keyword of `render`."""
LISTED = {spec.name for spec in SPECS if spec.objects}
"""The outputs for which the objects of each frame are found."""
VIDEOS = {spec.name: spec for spec in (*SPECS, *LAYERS.values(), *HANDED.values()) if spec.channels}
PICTURED = {spec.name: spec for spec in (*SPECS, *LAYERS.values(), *HANDED.values()) if spec.picture}
"""The outputs that need a picture of each frame: videos, and `dataset`."""
CLEANED = {"clean", "wipe"}  # those that show the clean frame
SHADED = {*CLEANED, "removal"}  # those from which shadows go with what casts them
FITTED = {"plate", "save_background"}  # those for which no frame need be rendered
REPORTED = {"plate", "report", "page"}  # what only_with_events leaves of a clip in which nothing moved
IN_FOLDER = {spec.name: spec.in_folder for spec in SPECS if spec.in_folder is not None}
