"""What a page is told of a background: its size, samples, lights, verdicts, and what to doubt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from stillplate.background.assumptions import Assumptions
from stillplate.background.background import Background
from stillplate.background.doubts import find_doubts
from stillplate.background.judgement import Assumption

__all__ = ["PLANES", "Plane", "summarise"]

NAMES = {
    "objects_move": "Objects move",
    "objects_small": "Objects are small",
    "light": "Light",
    "camera": "Camera",
    "samples": "Samples",
}


@dataclass(frozen=True, slots=True)
class Plane:
    """A map of numbers that is shown in colours, with a legend.

    Attributes
    ----------
    title : str
    unit : str
    most : float
        The number that 255 stands for; 0 stands for 0.
    """

    title: str
    unit: str
    most: float


PLANES = {
    "support": Plane("Support: how sure the plate is", "share of the samples", 1.0),
    "threshold": Plane("Threshold: difference that noise explains", "levels", 64.0),
    "made": Plane("Samples that made each pixel", "share of the samples", 1.0),
}


def summarise(background: Background, frames: int | None) -> dict[str, Any]:
    """Return what a page tells of a background.

    Parameters
    ----------
    background : Background
    frames : int or None
        Number of the clip's frames, if it is known.

    Returns
    -------
    dict
        Of JSON values.
    """
    height, width = background.plate.seen.shape
    return {
        "width": width,
        "height": height,
        "moving": background.camera is not None,
        "shakes": background.shakes,
        "states": [
            {"spans": [[float(time) for time in span] for span in state.spans]} for state in background.states
        ],
        "light": None if background.light is None else background.light.brightness.mean(axis=1).tolist(),
        "threshold": round(background.threshold, 2),
        "certain": round(background.sureness.certain, 4),
        "never_seen": background.sureness.never_seen,
        "times": [float(time) for time in background.times],
        "indices": list(background.indices),
        "planes": {name: asdict(plane) for name, plane in PLANES.items()},
        "stays": [
            {
                "box": list(stay.box), "start": float(stay.start), "end": float(stay.end), "arrived": stay.arrived,
                "left": stay.left,
            }
            for stay in background.stays
        ],
        "checks": _checks(background),
        "doubts": list(find_doubts(background, frames=frames)),
        "unseen": [
            {"box": list(region.box), "share": region.area_share} for region in background.unseen_regions
        ],
    }  # fmt: skip


def _checks(background: Background) -> list[dict[str, Any]]:
    found = background.assumptions
    if not isinstance(found, Assumptions):
        return []
    judged = [(one.name, getattr(found, one.name)) for one in fields(found)]
    return [
        {"id": name, "name": NAMES[name], "verdict": one.verdict, "finding": one.finding, "advice": one.advice}
        for name, one in judged
        if isinstance(one, Assumption)
    ]
