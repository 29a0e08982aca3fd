"""The report of a render: `report.json`."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.background.background import Background
from stillplate.background.doubts import find_doubts
from stillplate.camera.path import CameraPath
from stillplate.imaging.transform import Transform
from stillplate.io.atomic import atomic_output, readable
from stillplate.io.source import VideoInfo
from stillplate.rendering.crossings import Crossings
from stillplate.rendering.events import Event, find_events
from stillplate.rendering.frame_outputs import FrameOutputs
from stillplate.rendering.light_report import light_to_dict
from stillplate.rendering.periods import Periods
from stillplate.rendering.replaced import Replaced
from stillplate.rendering.trajectories import Trajectories
from stillplate.sampling.span import Span, frames_in
from stillplate.segmentation.motion_shares import MotionShares

__all__ = ["RenderReport"]

VERSION = 1  # of the report's layout
UNCLEAR = "ground not told apart"  # reason for an empty mask of a frame that was registered


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a render did.

    Attributes
    ----------
    source : VideoInfo
    background : Background
    options : dict
        The options in force, by keyword.
    threshold : float
        Of the mask, in 8-bit levels.
    times : array of float
        Seconds from the first frame, one for each frame.
    foreground : array of float
        Share of each frame's pixels in the mask, 0..1; of those in the background's roi, where it has one.
    motions : list of Transform or None
        Where each frame lies on the plate, by its number; None where that is not known, or was not asked for.
    numbers : array of int
        Of each frame in the clip, from 0: pictures that could not be read have left gaps.
    asked, stamp, made_by : dict
        The options as they were given, and size and date of the clip's files: `render_many` knows it again by these;
        and the version of stillplate, with a command that does the same.
    outputs : dict of str to str
        The path of each output, by its keyword.
    things : array of int
        Number of connected regions in each frame's mask.
    tracks, crossings : Trajectories, Crossings, or None
        The ways of the things of the clip, as the tables number them, and which lines they crossed, where asked for.
    dataset : dict of str to int
        Pictures in its parts `train` and `val`, and how many of all are `empty`, if one was asked for.
    blinks : array of float
        How much the masks of every three frames in a row blink, 0..1.
    replaced : Replaced or None
        How much of each frame the clean video replaces; None if that was not asked for.
    carried : dict of int to str
        Numbers of the frames whose masks were carried from their neighbours, and why.
    periods : Periods or None
        Of a clip with a background for each; `background` is then the last one.
    """

    source: VideoInfo
    background: Background
    options: dict[str, Any]
    threshold: float
    times: array[float]
    foreground: array[float]
    motions: list[Transform | None] = field(default_factory=list)
    numbers: array[int] = field(default_factory=lambda: array("q"))
    asked: dict[str, Any] = field(default_factory=dict)
    stamp: dict[str, Any] = field(default_factory=dict)
    made_by: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    things: array[int] = field(default_factory=lambda: array("q"))
    tracks: Trajectories | None = None
    dataset: dict[str, int] = field(default_factory=dict)
    crossings: Crossings | None = None
    blinks: array[float] = field(default_factory=lambda: array("d"))
    replaced: Replaced | None = None
    carried: dict[int, str] = field(default_factory=dict)
    periods: Periods | None = None

    def note(self, pictures: FrameOutputs, blinks: float | None = None) -> None:
        """Add the figures of the next frame, and how much its mask and those of the two frames before blink."""
        if blinks is not None:
            self.blinks.append(blinks)
        self.times.append(float(pictures.time))
        self.foreground.append(pictures.foreground)
        self.numbers.append(pictures.index)
        self.things.append(pictures.things)
        self.motions.extend([None] * (pictures.index - len(self.motions)))
        self.motions.append(pictures.motion)
        if pictures.carried is not None:
            self.carried[pictures.index] = pictures.carried
        if self.replaced is not None and pictures.replaced is not None:
            self.replaced.add(*pictures.replaced)

    @property
    def ids(self) -> int | None:
        """How many things there are in the clip; None if nothing that lists them was asked for."""
        return None if self.tracks is None else len(self.tracks)

    @property
    def area(self) -> int:
        """Pixels of a frame."""
        return self.source.width * self.source.height

    @property
    def times_by_number(self) -> list[float | None]:
        """The time of each frame, by its number; None where the frame could not be read."""
        known = dict(zip(self.numbers, self.times, strict=True))
        return [known.get(number) for number in range(len(self.motions))]

    @property
    def camera(self) -> CameraPath:
        """Where the frames lie on the plate, as they were rendered."""
        height, width, _ = self.background.plate.image.shape
        size = (self.source.width, self.source.height)
        return CameraPath.along(self.motions, size, (width, height), self.background.camera)

    @property
    def motion_shares(self) -> MotionShares | None:
        """What explains the motion in each frame that was rendered; None where that was not looked for."""
        shares = self.background.motion_shares
        return None if shares is None else shares.at(self.numbers)

    @property
    def unclear(self) -> tuple[int, ...]:
        """Numbers of the frames whose mask is empty since their ground was not told apart from what moves."""
        shares = self.background.motion_shares
        return () if shares is None or self.options.get("threshold") is not None else shares.unclear

    @property
    def blinking(self) -> float | None:
        """How much the masks blink: the mean over every three frames in a row; None where there are no three."""
        return float(np.mean(self.blinks)) if self.blinks else None

    @property
    def events(self) -> tuple[Event, ...]:
        """The spans of time in which something moved."""
        return find_events(self.times, self.foreground, timed=self.source.timed)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What makes the result doubtful as a whole, and what to try: a sentence each."""
        moves = any(share > 0 for share in self.foreground) if self.foreground else None
        span = Span.of(self.options.get("start"), self.options.get("end"))
        own = find_doubts(self.background, moves, self.options, frames_in(self.source, span))
        return own if self.periods is None else tuple(dict.fromkeys((*self.periods.doubts, *own)))

    def to_json(self) -> str:
        """Return the report as JSON text."""
        sureness = self.background.sureness
        layout = {
            "version": VERSION,
            "made_by": self.made_by,
            "input": {**asdict(self.source), "read": len(self.times), **self.stamp},
            "options": {**self.options, "threshold": self.threshold},
            "asked": self.asked,
            "plate": {
                "mean_support": round(sureness.support, 4),
                "unsure_share": round(1 - sureness.certain, 4),
                "never_seen_share": round(sureness.never_seen, 4),
                "never_seen": [asdict(region) for region in self.background.unseen_regions],
                "median_noise": round(sureness.noise, 3),
                "sample_times": [round(float(time), 6) for time in self.background.times],
            },
            "stood_still": [
                {
                    "box": stay.box,
                    "area_share": round(stay.area, 4),
                    "from": round(float(stay.start), 3),
                    "to": round(float(stay.end), 3),
                    "arrived": stay.arrived,
                    "left": stay.left,
                }
                for stay in self.background.stays
            ],
            "light": light_to_dict(self.background.light, self.background.states, self.background.flicker),
            "looks": [
                {"box": (*look.corner, *look.where.shape[::-1]), "share": round(look.share, 4)}
                for look in self.background.looks
            ],
            "camera": _camera(self.background, self.unclear) | _motion_summary(self.motion_shares),
            "assumptions": self.background.assumptions and self.background.assumptions.to_dict(),
            **({} if self.periods is None else {"periods": self.periods.to_dict()}),
            "doubts": self.doubts,
            "carried": [{"frame": number, "reason": reason} for number, reason in self.carried.items()],
            "ids": self.ids,
            **({} if self.tracks is None else {"tracks": self.tracks.to_dicts()}),
            **({"dataset": self.dataset} if self.dataset else {}),
            **({} if self.crossings is None else {"crossings": self.crossings.to_dict()}),
            "clean": self.replaced and self.replaced.to_dict(self.area),
            "blinking": None if self.blinking is None else round(self.blinking, 4),
            "events": [event.to_dict() for event in self.events],
            "frames": {
                "number": self.numbers.tolist(),
                "time": [round(time, 6) for time in self.times],
                "foreground_share": [round(share, 6) for share in self.foreground],
                "things": self.things.tolist(),
                **_motion_rows(self.motion_shares),
                **({} if self.replaced is None else {"guessed_share": self.replaced.guessed_shares}),
            },
        }
        return readable(json.dumps(layout, indent=1, default=_plain, ensure_ascii=False)) + "\n"

    def save(self, path: Path, *, overwrite: bool) -> None:
        """Write `to_json` to a file."""
        with atomic_output(path, overwrite=overwrite) as partial:
            partial.write_text(self.to_json(), encoding="utf-8")


def _camera(background: Background, unclear: Sequence[int]) -> dict[str, Any]:
    """Return the camera's motion: figures of every frame, null where it was not registered."""
    path = background.camera
    if path is None:
        return {"moving": False, "shakes": background.shakes}
    skipped = sorted([*path.skipped, *((number, UNCLEAR) for number in unclear)])
    return {
        "moving": True,
        "model": path.model,
        "canvas": path.canvas,
        "reference": path.reference,
        "shots": path.shots,
        "registered_share": round(float(path.found.mean()), 4),
        "skipped": [{"frame": number, "reason": reason} for number, reason in skipped],
        "residual": _figures(path.residuals),
        "explained_share": _figures(path.explained),
    }


def _motion_summary(shares: MotionShares | None) -> dict[str, Any]:
    """Return mean and largest of the shares of motion over the frames; empty where nothing is known of them."""
    found = {} if shares is None else shares.summary()
    rounded = {name: {part: round(figure, 4) for part, figure in figures.items()} for name, figures in found.items()}
    return {"motion_shares": rounded} if rounded else {}


def _motion_rows(shares: MotionShares | None) -> dict[str, list[float | None]]:
    """Return the shares of motion of each frame, null where they are not known."""
    if shares is None:
        return {}
    return {
        "plane_share": _figures(shares.plane),
        "parallax_share": _figures(shares.parallax),
        "own_share": _figures(shares.own),
    }


def _figures(values: npt.NDArray[np.float32]) -> list[float | None]:
    return [round(value, 3) if np.isfinite(value) else None for value in values.tolist()]


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a report")
