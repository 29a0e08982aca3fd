"""How each option is typed: its group on the help page, what stands for its value there, and its type."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from cyclopts import Group

import stillplate
from stillplate.cli.converters import (
    crop_of,
    exclusions,
    fps_of,
    length,
    levels_of,
    lines_of,
    roi_of,
    shard_of,
    size,
    time,
    weights_of,
    whole_number,
)
from stillplate.cli.groups import LIGHT, MASK, OUTPUTS, PLATE, RUN
from stillplate.sampling.line import Line

__all__ = ["TYPED", "Typed"]


class Typed(NamedTuple):
    """An option: its group, what stands for its value, its type, and further settings for cyclopts."""

    group: Group
    value: str | None = None
    kind: Any = str | None
    settings: Mapping[str, Any] = {"show_default": False}


TIME = Fraction | None, {"converter": time, "n_tokens": 1, "show_default": False}
LENGTH = Fraction | None, {"converter": length, "n_tokens": 1, "show_default": False}
NUMBER = int, {"converter": whole_number}

TYPED = {
    "output": Typed(OUTPUTS, "DIR"),
    "plate": Typed(OUTPUTS, "IMAGE"),
    "mask": Typed(OUTPUTS, "VIDEO"),
    "foreground": Typed(OUTPUTS, "VIDEO"),
    "cutout": Typed(OUTPUTS, "VIDEO"),
    "comparison": Typed(OUTPUTS, "VIDEO"),
    "report": Typed(OUTPUTS, "JSON"),
    "page": Typed(OUTPUTS, "HTML"),
    "composite": Typed(OUTPUTS, "BACKDROP"),
    "clean": Typed(OUTPUTS, "VIDEO"),
    "derain": Typed(OUTPUTS, "VIDEO"),
    "layers": Typed(OUTPUTS, "DIR"),
    "stabilized": Typed(OUTPUTS, "VIDEO"),
    "motion": Typed(OUTPUTS, "FILE"),
    "objects": Typed(OUTPUTS, "CSV"),
    "overlay": Typed(OUTPUTS, "VIDEO"),
    "coco": Typed(OUTPUTS, "JSON"),
    "yolo": Typed(OUTPUTS, "DIR"),
    "dataset": Typed(OUTPUTS, "DIR"),
    "format": Typed(OUTPUTS, None, Literal["yolo", "coco"], {}),
    "dataset_fps": Typed(OUTPUTS, "RATE", float, {}),
    "cvat": Typed(OUTPUTS, "XML"),
    "label_studio": Typed(OUTPUTS, "JSON"),
    "mot": Typed(OUTPUTS, "TXT"),
    "tracks": Typed(OUTPUTS, "CSV"),
    "sleap": Typed(OUTPUTS, "CSV"),
    "deeplabcut": Typed(OUTPUTS, "CSV"),
    "crossings": Typed(
        OUTPUTS, "LINE", tuple[Line, ...], {"converter": lines_of, "n_tokens": 1, "show_default": False}
    ),
    "timeline": Typed(OUTPUTS, "CSV"),
    "events": Typed(OUTPUTS, "DIR"),
    "frames": Typed(OUTPUTS, "DIR"),
    "depth": Typed(OUTPUTS, None, Literal["auto", "8", "16"], {}),
    "quality": Typed(OUTPUTS, "QUALITY"),
    "codec": Typed(OUTPUTS, "CODEC"),
    "premultiply": Typed(OUTPUTS, None, bool),
    "for_": Typed(
        OUTPUTS,
        "PROGRAM",
        Literal["resolve", "premiere", "nuke", "propainter", "diffueraser", "corridorkey"] | None,
    ),
    "audio": Typed(OUTPUTS, None, bool, {"negative": "--no-audio"}),
    "trim": Typed(OUTPUTS, None, bool, {}),
    "only_with_events": Typed(OUTPUTS, None, bool, {}),
    "heatmap": Typed(OUTPUTS, "IMAGE"),
    "save_background": Typed(OUTPUTS, "NPZ"),
    "background": Typed(PLATE, "NPZ"),
    "crop": Typed(OUTPUTS, "X,Y,W,H", Any, {"converter": crop_of, "n_tokens": 1, "show_default": False}),
    "wipe": Typed(OUTPUTS, "VIDEO"),
    "wipe_at": Typed(OUTPUTS, "SHARE", float | None),
    "count": Typed(OUTPUTS, "N", int | None, {"converter": whole_number, "n_tokens": 1, "show_default": False}),
    "px_per_mm": Typed(OUTPUTS, "PIXELS", float | None),
    "plate_from": Typed(PLATE, "IMAGE"),
    "samples": Typed(PLATE, "N", *NUMBER),
    "clusters": Typed(PLATE, "K", *NUMBER),
    "vote": Typed(PLATE, None, Literal["calm", "majority"], {}),
    "start": Typed(PLATE, "TIME", *TIME),
    "end": Typed(PLATE, "TIME", *TIME),
    "exclude": Typed(
        PLATE,
        "REGION",
        tuple[stillplate.Exclusion, ...],
        {"converter": exclusions, "n_tokens": 1, "show_default": False},
    ),
    "also": Typed(PLATE, "CLIP", tuple[str, ...], {"n_tokens": 1, "show_default": False}),
    "period": Typed(PLATE, "LENGTH", *LENGTH),
    "light": Typed(LIGHT, None, Literal["auto", "fixed", "varying"], {}),
    "camera": Typed(LIGHT, None, Literal["auto", "static", "moving"], {}),
    "motion_from": Typed(LIGHT, "FILE"),
    "fps": Typed(LIGHT, "RATE", Fraction | None, {"converter": fps_of, "n_tokens": 1, "show_default": False}),
    "levels": Typed(
        LIGHT, "LOW,HIGH", tuple[float, float] | None, {"converter": levels_of, "n_tokens": 1, "show_default": False}
    ),
    "threshold": Typed(MASK, "LEVELS", float | None, {}),
    "weights": Typed(
        MASK,
        "R G B",
        tuple[float, float, float],
        {"converter": weights_of, "n_tokens": 3, "show_default": lambda _: "1/3 1/3 1/3"},
    ),
    "sensitivity": Typed(MASK, "FACTOR", float, {}),
    "shadows": Typed(MASK, None, Literal["background", "foreground", "label"], {}),
    "cleanup": Typed(MASK, None, Literal["none", "light", "default"], {}),
    "min_size": Typed(MASK, "SIZE"),
    "temporal": Typed(MASK, None, bool, {"negative": "--no-temporal"}),
    "clean_shadows": Typed(MASK, None, bool, {"negative": "--no-clean-shadows"}),
    "roi": Typed(MASK, "REGION", Any, {"converter": roi_of, "n_tokens": 1, "show_default": False}),
    "memory": Typed(
        RUN, "SIZE", int, {"converter": size, "n_tokens": 1, "show_default": lambda size: f"{size >> 20}M"}
    ),
    "seed": Typed(RUN, "N", *NUMBER),
    "jobs": Typed(RUN, "N", int, {"converter": whole_number, "alias": "-j"}),
    "shard": Typed(RUN, "I/N", tuple[int, int] | None, {"converter": shard_of, "n_tokens": 1, "show_default": False}),
    "cluster": Typed(RUN, "ADDRESS"),
    "spans": Typed(RUN, "LENGTH", *LENGTH),
    "resume": Typed(RUN, None, bool, {"show_default": False}),
    "overwrite": Typed(RUN, None, bool, {"alias": "-y", "show_default": False}),
    "json": Typed(RUN, None, bool, {"show_default": False}),
    "quiet": Typed(RUN, None, bool, {"alias": "-q", "show_default": False}),
}
"""The options that are keywords of the library, and those that several commands have."""
