"""What a page is told of a session, as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from stillplate.background.voted_samples import PixelInspection
from stillplate.viewer.edits import Drawn
from stillplate.viewer.ground import Ground
from stillplate.viewer.knobs import Knobs
from stillplate.viewer.naming import clip_name
from stillplate.viewer.results import Result
from stillplate.viewer.session import Session

__all__ = ["describe_knobs", "describe_pixel", "describe_result", "describe_session"]


def describe_session(session: Session, version: int) -> dict[str, Any]:
    """Return what changes while a clip is looked at: progress, background, regions."""
    info, ground = session.source.info, session.ground
    return {
        "version": version,
        "clip": {
            "name": session.name,
            "path": info.name,
            "width": info.width,
            "height": info.height,
            "frames": session.frames.count,
            "rate": float(info.rate),
            "timed": info.timed,
            "bits": info.bits,
        },
        "folder": str(session.start.folder),
        "progress": asdict(session.progress),
        "samples": [[index, time] for index, (time, _) in sorted(session.samples.copy().items())],
        "plate_knobs": asdict(session.plate_knobs),
        "edits": [asdict(one) | {"samples": _without_vote(one, ground)} for one in session.drawn],
        "can_undo": session.edits is not None and session.edits.can_undo,
        "can_redo": session.edits is not None and session.edits.can_redo,
        "ground": None if ground is None else {"revision": ground.revision, "exact": ground.exact, **ground.summary},
    }


def _without_vote(drawn: Drawn, ground: Ground | None) -> int:
    """Return how many samples lose their vote where a region was drawn."""
    times = () if ground is None else ground.background.times
    return sum(any(time in one.span for one in drawn.exclusions) for time in times)


def describe_knobs(knobs: Knobs) -> dict[str, Any]:
    """Return the options of the masks as the page's controls have them."""
    masks = knobs.masks
    return {
        "sensitivity": masks.sensitivity,
        "threshold": masks.threshold,
        "shadows": masks.shadows,
        "cleanup": masks.cleanup,
        "min_size": None if masks.min_size is None else str(masks.min_size),
        "temporal": knobs.temporal,
        "clean_shadows": knobs.clean_shadows,
    }


def describe_pixel(ground: Ground, pixel: PixelInspection) -> dict[str, Any]:
    """Return what the k-means saw at one pixel, and its threshold."""
    background = ground.background
    height, width = background.plate.seen.shape
    threshold = background.noise.thresholds(height, width)[pixel.y, pixel.x]
    return {
        "x": pixel.x,
        "y": pixel.y,
        "times": [float(time) for time in pixel.times],
        "samples": pixel.samples.tolist(),
        "labels": pixel.labels.tolist(),
        "counts": list(pixel.counts),
        "weights": np.round(pixel.weights.astype(float), 3).tolist(),
        "shares": [round(share, 4) for share in pixel.shares],
        "colour": list(pixel.colour),
        "plate": background.plate.image[pixel.y, pixel.x].tolist(),
        "support": round(float(background.plate.support[pixel.y, pixel.x]), 3),
        "seen": bool(background.plate.seen[pixel.y, pixel.x]),
        "threshold": round(float(threshold), 2),
    }


def describe_result(result: Result) -> dict[str, Any]:
    """Return one clip of a batch, with its figures."""
    return {
        "clip": result.clip,
        "name": clip_name(result.clip),
        "state": result.state,
        "error": result.error.removeprefix(f"{result.clip}: "),
        "figures": dict(result.figures),
        "verdicts": dict(result.verdicts),
        "doubt": round(result.doubt, 4),
        "opens": result.start is not None,
    }
