"""What one render is to do: its options in groups, checked against one another."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

import numpy as np

from stillplate.arrays import Image
from stillplate.background.background import Background
from stillplate.background.options import PlateOptions
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.io.address import text_of
from stillplate.io.atomic import PIPES
from stillplate.rendering.dataset import LABELS
from stillplate.rendering.outputs import Output
from stillplate.rendering.video_options import VideoOptions
from stillplate.sampling.crop import Crop, parse_crop
from stillplate.sampling.exclusion import as_exclusions
from stillplate.sampling.line import Line
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.region import Region, describe
from stillplate.sampling.span import Span
from stillplate.segmentation.options import MaskOptions

__all__ = ["RenderJob"]

GivenImage = Image | str | os.PathLike[str] | None  # a plate that is not made from the clip


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """What one render is to do: the keywords of `render`, in groups.

    Attributes
    ----------
    folder : path, optional
        Folder of all outputs.
    outputs : dict of str to str
        The path of each output, by its keyword.
    composite : path or colour, optional
        The backdrop of the composite.
    background : Background, optional
    background_from : path, optional
        The file that it was read from, where it may be of another place or view.
    plate_from : path or uint8 array of shape (H, W, 3), RGB, optional
        These two take the place of a plate made from the clip.
    sampling : SamplingOptions
    plate : PlateOptions
    masks : MaskOptions
    videos : VideoOptions
    temporal, roi, depth, clean_shadows, trim, only_with_events, format, dataset_fps, crop,
    count, px_per_mm, crossings, overwrite
        As for `render`.
    opening : dict
        How the clip was opened: `fps` and `levels`.
    command : str or None
        One that does the same.
    asked : dict
        The options as they were given, for the report.
    """

    folder: Output
    outputs: Mapping[str, str]
    composite: str | os.PathLike[str] | None
    background: Background | None
    background_from: str | os.PathLike[str] | None
    plate_from: GivenImage
    sampling: SamplingOptions
    plate: PlateOptions
    masks: MaskOptions
    temporal: bool
    roi: Region | None
    depth: str | int
    clean_shadows: bool
    trim: bool
    only_with_events: bool
    format: str
    dataset_fps: float
    crop: Crop | None
    count: int | None
    px_per_mm: float | None
    crossings: Sequence[Line]
    videos: VideoOptions
    overwrite: bool
    opening: Mapping[str, Any]
    command: str | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def span(self) -> Span:
        """The part of the clip that is sampled."""
        return Span.of(self.sampling.start, self.sampling.end)

    @property
    def rendered(self) -> Span:
        """The part of the clip whose frames are written."""
        return self.span if self.trim else Span()

    @property
    def judges_in_time(self) -> bool:
        """Whether masks are judged beside their neighbours: not where the options ask for each frame by itself."""
        return self.temporal and not self.masks.by_frame

    @property
    def options(self) -> dict[str, Any]:
        """The options in force, as the report has them."""
        motion_from, plate_from = self.plate.motion_from, self.plate_from
        return {
            "samples": self.sampling.samples,
            **{name: getattr(self.plate, name) for name in ("clusters", "vote", "light", "camera")},
            "seed": self.sampling.seed,
            "start": self.span.start,
            "end": self.span.end,
            "exclude": [exclusion.describe() for exclusion in as_exclusions(self.sampling.exclude)],
            "also": [
                text_of(one) if isinstance(one, (str, os.PathLike)) else "frames" for one in self.sampling.further
            ],
            "roi": None if self.roi is None else describe(self.roi),
            "background": self.background_from and text_of(self.background_from),
            "plate_from": "an array" if isinstance(plate_from, np.ndarray) else plate_from and text_of(plate_from),
            "motion_from": "a path" if isinstance(motion_from, CameraPath) else motion_from and text_of(motion_from),
            **asdict(self.masks),
            "temporal": self.judges_in_time,
            "clean_shadows": self.clean_shadows,
            **self.opening,
            "trim": self.trim,
            "only_with_events": self.only_with_events,
            "format": self.format,
            "dataset_fps": self.dataset_fps,
            "crop": self.crop,
            "count": self.count,
            "px_per_mm": self.px_per_mm,
            "crossings": [str(line) for line in self.crossings],
            **{name: getattr(self.videos, name) for name in ("quality", "codec", "premultiply", "wipe_at")},
            "for": self.videos.program,
        }

    def check(self) -> None:
        """Raise ParameterError if options are wrong or contradict each other."""
        if self.trim and not self.span:
            raise ParameterError("trim is given, but neither start nor end: give one of them")
        if self.px_per_mm is not None and not 0 < self.px_per_mm < inf:
            raise ParameterError(f"px_per_mm is {self.px_per_mm:g}, but pixels to a millimetre, above 0, are needed")
        if self.only_with_events and any(path in PIPES for path in self.outputs.values()):
            raise ParameterError(
                "only_with_events is given, but what goes to standard output cannot be taken back: name a file for it"
            )
        if self.crop is not None:
            parse_crop(self.crop)
        if self.format not in LABELS:
            raise ParameterError(f"format is {self.format!r}, but one of {', '.join(LABELS)} is needed")
        if not 0 < self.dataset_fps < inf:
            raise ParameterError(f"dataset_fps is {self.dataset_fps:g}, but pictures a second, above 0, are needed")
        if self.count is not None and self.count < 1:
            raise ParameterError(f"count is {self.count}, but the number of things, 1 or more, is needed")
        self.masks.checked()
        as_exclusions(self.sampling.exclude)
        if self.background is not None and self.plate_from is not None:
            raise ParameterError("both a background and plate_from are given: one plate is needed")
        given = "a background" if self.background is not None else "plate_from" if self.plate_from is not None else ""
        if given and self.sampling.further:
            raise ParameterError(
                f"both {given} and further clips are given, but no samples make that plate: give one of the two"
            )
        if self.plate_from is not None and (self.plate.camera == "moving" or self.plate.motion_from is not None):
            raise ParameterError(
                "plate_from is the plate of a static camera: take camera='static', and leave motion_from out"
            )
