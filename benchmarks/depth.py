"""Drawn parks, whose near and far things a camera passes: masks, and the view with nobody in it, beside the truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Column, Table

import stillplate
from benchmarks.framewise import ClipScores
from benchmarks.report import mean_of
from benchmarks.sequences import write_rgb
from stillplate.arrays import Floats, Image, Mask
from stillplate.background.background import Background
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.synthetic import park
from stillplate.synthetic.depth import DepthClip
from stillplate.synthetic.way import Motion

__all__ = ["PARKS", "score_park", "score_parks"]

MOTIONS: tuple[Motion, ...] = ("turn", "follow", "walk")
PARKS = {f"{motion} {seed}": (motion, seed) for motion in MOTIONS for seed in (3, 8, 21)}
STILL: Motion = "stand"
SIZE, FRAMES = (480, 270), 70
EVERY = 5  # frames from one view that is compared to the next
WINDOW = (9, 9)  # pixels
SHEET_ROWS = 4
TRUE = 255  # label
TITLES = {
    "parallax": "parallax, px", "j": "J", "f": "F", "static_f": "pooled F, camera still",
    "clean": "clean, error", "plate": "by the plate alone",
    "hidden": "where hidden", "plate_hidden": "by the plate alone", "canvas": "plate, error",
}  # fmt: skip
FIGURES = ("j", "f", "static_f")  # in thousandths; the others in tenths


def score_parks(out: Path | None = None) -> dict[str, dict[str, float]]:
    """Score and print every park."""
    rows = {}
    for name, (motion, seed) in PARKS.items():
        clip, still = (park(*SIZE, FRAMES, seed=seed, motion=one) for one in (motion, STILL))
        rows[name] = score_park(clip, still, None if out is None else out / f"park {name}.png")
    show(rows)
    return rows


def score_park(clip: DepthClip, still: DepthClip, sheet: Path | None = None) -> dict[str, float]:
    """Score the masks and the clean frames of a clip whose truth is known, and the masks of a camera that stands there.

    Errors are mean absolute differences from the true view with nobody in it, in grey levels: of clean frames, and of
    those in which the plate alone shows what is hidden; over all pixels, and over those that something truly hides. The
    frames' noise and what the masks miss are part of them. The error of the plate, where it was seen, is that of each
    window of 9x9 pixels from the nearest of the true views of every fifth frame, since near things have no one place.
    """
    background = stillplate.fit(clip, camera="moving")
    scores, errors, rows = ClipScores(FRAMES), list[tuple[float, ...]](), list[Image]()
    for frame, surroundings in stillplate.with_neighbours(clip, background):
        mask, truth = background.mask(frame.image, frame.index), clip.mask(frame.index)
        scores.add(frame.index, mask, truth.view(np.uint8) * np.uint8(TRUE))
        if frame.index % EVERY == 0:
            clean = background.clean(frame.image, frame.index, surroundings=surroundings)
            flat, empty = background.clean(frame.image, frame.index), clip.view(frame.index)
            errors.append((*_errors(clean, empty, truth), *_errors(flat, empty, truth)))
            rows.append(np.hstack([frame.image, empty, flat, clean]))
    if sheet is not None:
        write_rgb(sheet, np.vstack(rows[:: max(1, len(rows) // SHEET_ROWS)]))
    row, everywhere = scores.row(), np.nanmean(np.array(errors), axis=0)
    return {
        "parallax": background.parallax, "j": row["j"], "f": row["f"], "static_f": _still_f(still),
        **dict(zip(("clean", "hidden", "plate", "plate_hidden"), everywhere.tolist(), strict=True)),
        "canvas": _plate_error(background, clip),
    }  # fmt: skip


def _errors(clean: Image, truth: Image, hidden: Mask) -> tuple[float, float]:
    """Mean error of all pixels, and of those that are hidden; NaN where there are none."""
    gap: Floats = np.abs(clean.astype(np.float32) - truth).mean(axis=2)
    return float(gap.mean()), float(gap[hidden].mean()) if hidden.any() else np.nan


def _plate_error(background: Background, clip: DepthClip) -> float:
    """Mean error of the plate from the nearest true view; NaN where the camera is not followed."""
    path, best = background.camera, np.full(background.plate.seen.shape, np.inf, np.float32)
    if path is None:
        return np.nan
    for index in range(0, FRAMES, EVERY):
        place = path.transform(index)
        if place is None:
            continue
        size = best.shape[::-1]
        view = cv2.warpPerspective(clip.view(index), place.matrix, size, flags=cv2.INTER_LINEAR)
        inside = cv2.warpPerspective(np.full(SIZE[::-1], 255, np.uint8), place.matrix, size, flags=cv2.INTER_NEAREST)
        gap = cv2.blur(cv2.absdiff(view, background.plate.image).astype(np.float32).mean(axis=2), WINDOW)
        best = np.where(cv2.erode(inside, np.ones(WINDOW, np.uint8)) > 0, np.minimum(best, gap), best)
    return float(best[background.plate.seen & np.isfinite(best)].mean())


def _still_f(clip: DepthClip) -> float:
    """Pooled F of the masks of a camera that stands."""
    background, counts = stillplate.fit(clip, camera="static"), MaskCounts()
    for frame in clip:
        counts += mask_counts(background.mask(frame.image), clip.mask(frame.index).view(np.uint8) * np.uint8(TRUE))
    return counts.f


def show(rows: Mapping[str, Mapping[str, float]]) -> None:
    """Print the figures of each park, and their means."""
    table = Table(Column("drawn park", no_wrap=True), *TITLES.values(), title="errors in grey levels")
    for name, row in {**rows, "mean": mean_of(list(rows.values()))}.items():
        if name == "mean":
            table.add_section()
        table.add_row(name, *(f"{row[key]:.3f}" if key in FIGURES else f"{row[key]:.1f}" for key in TITLES))
    Console(width=120).print(table)
