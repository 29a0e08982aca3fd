"""How well a moving camera is followed, and what moves is found: drawn clips, and sequences with true masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Column, Table

import stillplate
from benchmarks.chained import sweep
from benchmarks.depth import score_parks
from benchmarks.framewise import ClipScores, inner_frames
from benchmarks.held_out import j_by_sensitivity, show_held_out
from benchmarks.masks import spread
from benchmarks.paths import aligned, corner_errors, read_published
from benchmarks.report import mean_of, write_json
from benchmarks.sequences import LabelledSequence, find_sequences, write_rgb
from stillplate.arrays import Image
from stillplate.camera.path import CameraPath
from stillplate.camera.tracing import trace_camera
from stillplate.io.source import FrameSource
from stillplate.metrics import MaskCounts, mask_counts, plate_scores
from stillplate.synthetic import SyntheticClip, camera, street
from stillplate.synthetic.camera import Camera

__all__ = ["DrawnClip", "compare_moving", "drawn_clips", "score_all_drawn"]

Homographies = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = Mapping[str, Mapping[str, Any]]

SIZE = (480, 270)
FRAMES = 120
NOISE = 3.0  # grey levels, of the sensor
SOFTNESS = 0.8  # pixels, of the lens
NEAR = 2.0  # pixels: so near two paths are said to agree
SHEET_ROWS = 4
RIM = 4  # pixels at a frame's edge, where it is mixed with what lies outside
TRUE, SHADOW = 255, 50  # labels
PUBLISHED = "homographies.txt"
METHODS = ("ours", "naive")
BY_FRAME = {"j": "J", "f": "F", "blinking": "blinking", "empty": "empty"}
POOLED = {"pooled_f": "pooled F", "pooled_precision": "precision", "pooled_recall": "recall"}
HIT, MISSED, FALSE = (0, 200, 0), (240, 0, 0), (60, 140, 255)  # colours in which a sheet shows a mask's pixels
GOALS = {"corner_error": 0.3, "age": 2.0, "loss": 0.04}


@dataclass(frozen=True)
class DrawnClip:
    """A street large enough for a camera that moves so.

    Attributes
    ----------
    plate : (int, int)
        Width and height of the street, in pixels.
    camera : callable
        As `stillplate.synthetic.camera` makes them.
    """

    plate: tuple[int, int]
    camera: Camera

    def draw(self, size: tuple[int, int], frames: int) -> SyntheticClip:
        """Draw what it sees."""
        return self._seen_by(self.camera, size, frames)

    def still(self, size: tuple[int, int], frames: int) -> SyntheticClip:
        """Draw the same street as a camera in its middle sees it that stands still."""
        return self._seen_by(camera.centred(self.plate, size), size, frames)

    def _seen_by(self, one: Camera, size: tuple[int, int], frames: int) -> SyntheticClip:
        return street(*self.plate, frames, seed=5, noise=NOISE, walkers=8, camera=one, size=size, softness=SOFTNESS)


def drawn_clips(size: tuple[int, int], frames: int) -> dict[str, DrawnClip]:
    """Lay out a clip for each way to move."""
    width, height = size
    wide, roomy = (2 * width, round(1.2 * height)), (round(1.3 * width), round(1.4 * height))
    higher = (round(2.3 * width), round(1.55 * height))
    held = camera.centred(roomy, size)
    hand = camera.shake(size, width / 100)
    return {
        "pan": DrawnClip(wide, camera.joined(camera.pan(wide, size, frames), camera.shake(size, width / 300))),
        "turn and return": DrawnClip(higher, camera.pan(higher, size, frames, focal=2.0 * width, back=True)),
        "shake": DrawnClip(roomy, camera.joined(held, hand)),
        "zoom": DrawnClip(roomy, camera.joined(held, camera.zoom(size, frames), camera.shake(size, width / 300))),
        "roll": DrawnClip(roomy, camera.joined(held, camera.roll(size, frames))),
        "knocked": DrawnClip(roomy, camera.joined(held, camera.knocked(frames // 2, width / 40))),
        "knocked late": DrawnClip(roomy, camera.joined(held, camera.knocked(frames * 9 // 10, width / 20))),
    }


def compare_moving(
    folder: Path, *, seed: int, json: Path | None, out: Path | None, drawn: bool = True
) -> dict[str, Any]:
    """Score camera paths, plates and masks on clips that are drawn, and on every sequence that has true masks."""
    sequences = [one for one in find_sequences(folder) if inner_frames(one.truths, len(one.inputs))]
    if not sequences:
        raise SystemExit(
            f"{folder}: no sequence has groundtruth/gt*.png between its first and last frame to compare with"
        )
    result: dict[str, Any] = {"benchmark": "moving", "seed": seed}
    if drawn:
        result["drawn"] = score_all_drawn(SIZE, FRAMES, seed)
        result["parks"] = score_parks(out)
    rows = {sequence.name: score_sequence(sequence, seed, out) for sequence in sequences}
    means = {method: mean_of([row[method] for row in rows.values()]) for method in (*METHODS, "truth")}
    lowest = {method: min(rows, key=lambda name: rows[name][method]["j"]) for method in METHODS}
    show_by_frame(rows, means, lowest)
    show_pooled(rows, means)
    show_held_out({name: row["by_sensitivity"] for name, row in rows.items()})
    show_paths({name: row["path"] for name, row in rows.items()})
    result |= {"sequences": rows, "mean": means, "lowest_j": lowest}
    write_json(result, json)
    return result


def score_all_drawn(size: tuple[int, int], frames: int, seed: int) -> dict[str, dict[str, float]]:
    """Score and print every way to move."""
    rows = {name: score_drawn(clip, size, frames, seed) for name, clip in drawn_clips(size, frames).items()}
    show_drawn(rows)
    return rows


def score_drawn(drawn: DrawnClip, size: tuple[int, int], frames: int, seed: int) -> dict[str, float]:
    """Score path, plate and masks of a clip whose truth is known."""
    clip, still = drawn.draw(size, frames), drawn.still(size, frames)
    background = stillplate.fit(clip, seed=seed, camera="moving")
    path = background.camera
    assert path is not None  # it was said to move
    truth = np.stack([clip.transform(index) for index in range(frames)])
    canvas = aligned(path.matrices, truth, size)
    errors = corner_errors(path.matrices, truth, canvas, size)
    moving, static = mask_score(clip, background), mask_score(still, stillplate.fit(still, seed=seed, camera="static"))
    return {
        "corner_error": float(np.nanmean(errors)),
        "found": float(path.found.mean()),
        "age": plate_error(background, canvas, clip, truth),
        "f": moving.f,
        "static_f": static.f,
        "loss": static.f - moving.f,
    }


def mask_score(clip: SyntheticClip, background: stillplate.Background) -> MaskCounts:
    """Count over every fourth frame of a drawn clip."""
    counts = MaskCounts()
    for frame in clip.take(range(0, clip.info.frames or 0, 4)):
        truth = clip.mask(frame.index).view(np.uint8) * np.uint8(255)
        counts += mask_counts(background.mask(frame.image, index=frame.index), truth)
    return counts


def plate_error(
    background: stillplate.Background, canvas: Homographies, clip: SyntheticClip, truth: Homographies
) -> float:
    """AGE of a plate, brought to the true one's place, wherever a frame shows it, but for its rim."""
    height, width, _ = clip.plate.shape
    covered = np.zeros((height, width), np.uint8)
    inside = np.ones((clip.info.height - 2 * RIM, clip.info.width - 2 * RIM), np.uint8)
    within = np.array([[1, 0, RIM], [0, 1, RIM], [0, 0, 1.0]])
    for matrix in truth:
        here = cv2.warpPerspective(inside, matrix @ within, (width, height), flags=cv2.INTER_NEAREST)
        covered |= np.asarray(here, np.uint8)
    plate = cv2.warpPerspective(background.plate.image, canvas, (width, height), flags=cv2.INTER_CUBIC)
    return plate_scores(np.asarray(plate, np.uint8), clip.plate, covered > 0).age


def score_sequence(sequence: LabelledSequence, seed: int, out: Path | None) -> dict[str, dict[str, Any]]:
    """Score our masks with every default, the naive ones at their best, and the path where it was published."""
    background = stillplate.fit(sequence, seed=seed)
    ours, truth = ClipScores(len(sequence.inputs)), ClipScores(len(sequence.inputs))
    kept, rows = set(spread(sequence.truths, SHEET_ROWS)), []
    frames = zip(stillplate.with_neighbours(sequence, background), background.masks(sequence), strict=True)
    for (frame, surroundings), (_, mask) in frames:
        if frame.index not in sequence.truths:
            continue
        labels = sequence.labels(frame.index)
        ours.add(frame.index, mask, labels)
        truth.add(frame.index, labels == TRUE, labels)
        if frame.index in kept and out is not None:
            clean = background.clean(frame.image, index=frame.index, surroundings=surroundings)
            view = background.view(frame.image, index=frame.index).image
            rows.append(np.hstack([frame.image, marked(frame.image, mask, labels), view, clean]))
    if out is not None:
        write_rgb(out / f"{sequence.name}.png", np.vstack(rows))
        write_rgb(out / f"{sequence.name}-plate.png", background.plate.image)
    swept = sweep(sequence)
    best = max(swept, key=lambda threshold: swept[threshold].j)
    return {
        "ours": ours.row(), "naive": {**swept[best].row(), "threshold": best},
        "truth": {"blinking": truth.row()["blinking"]},
        "j_by_frame": {"ours": ours.j_by_frame, "naive": swept[best].j_by_frame},
        "path": score_path(sequence, background.camera), "by_sensitivity": j_by_sensitivity(sequence, background),
    }  # fmt: skip


def marked(image: Image, mask: Mask, labels: Image) -> Image:
    """Show on a dim grey frame what a mask hits in green, misses in red, and marks falsely in blue."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    shown = np.dstack([grey // 2] * 3)
    moving = labels == TRUE
    still = (labels == 0) | (labels == SHADOW)
    for where, colour in ((mask & moving, HIT), (~mask & moving, MISSED), (mask & still, FALSE)):
        shown[where] = shown[where] // 2 + np.array(colour, np.uint8) // 2 + 1
    return shown


def score_path(sequence: LabelledSequence, path: CameraPath | None) -> dict[str, float | None]:
    """Tell how much of a path was found, whether it agrees with a published one, and how fast it was found."""
    seconds, decoding = time_tracing(sequence)
    figures: dict[str, float | None] = {
        "frames_per_second": len(sequence.inputs) / seconds, "of_decoding": seconds / decoding, "agree": None,
        "found": None if path is None else float(path.found.mean()),
        "residual": None if path is None else float(np.nanmedian(path.residuals)),
    }  # fmt: skip
    published = sequence.folder / PUBLISHED
    if path is not None and published.exists():
        truth = read_published(published, path.size)
        errors = corner_errors(path.matrices, truth, aligned(path.matrices, truth, path.size), path.size)
        figures["agree"] = float((errors < NEAR).mean())
    return figures


def time_tracing(source: FrameSource) -> tuple[float, float]:
    """Time the tracing of a clip, decoding included, and the bare decoding: seconds of the processor."""
    start = process_time()
    for _ in source:
        pass
    middle = process_time()
    trace_camera(source)
    return process_time() - middle, middle - start


def show_drawn(rows: Mapping[str, Mapping[str, float]]) -> None:
    """Print how far each is from the truth, beside the goals."""
    table = Table(
        "drawn clip", f"corner error, px (≤ {GOALS['corner_error']})", f"plate AGE (≤ {GOALS['age']})",
        "pooled F", "pooled F, camera still", f"lost (≤ {GOALS['loss']})",
    )  # fmt: skip
    for name, row in rows.items():
        table.add_row(
            name, f"{row['corner_error']:.3f}", f"{row['age']:.2f}", f"{row['f']:.3f}", f"{row['static_f']:.3f}",
            f"{row['loss']:.3f}",
        )  # fmt: skip
    Console(width=110).print(table)


def show_by_frame(rows: Rows, means: Rows, lowest: Mapping[str, str]) -> None:
    """Print the means over frames, of us, the naive masks and, where it has any, the truth."""
    columns = [(method, key) for key in BY_FRAME for method in METHODS]
    columns.insert(columns.index(("naive", "blinking")) + 1, ("truth", "blinking"))
    _show_masks("mean over frames, but the first and the last", BY_FRAME, columns, rows, means)
    named = (f"{method} {name} ({rows[name][method]['j']:.3f})" for method, name in lowest.items())
    Console(width=110).print("lowest J: " + ", ".join(named))


def show_pooled(rows: Rows, means: Rows) -> None:
    """Print the figures of the sum of all pixels."""
    columns = [(method, key) for key in POOLED for method in METHODS]
    _show_masks("pixels of all frames, pooled", POOLED, columns, rows, means)


def _show_masks(
    title: str, titles: Mapping[str, str], columns: Sequence[tuple[str, str]], rows: Rows, means: Rows
) -> None:
    names = (f"{titles[key]} {method}" for method, key in columns)
    table = Table(Column("sequence", no_wrap=True), *names, title=title)
    for name, row in {**rows, "mean": means}.items():
        if name == "mean":
            table.add_section()
        table.add_row(name, *(_shown(key, row[method][key]) for method, key in columns))
    Console(width=120).print(table)


def show_paths(rows: Mapping[str, Mapping[str, float | None]]) -> None:
    """Print how each sequence's camera was followed."""
    titles = {
        "found": "frames registered", "residual": "residual, px", "agree": f"corners within {NEAR:g} px of published",
        "frames_per_second": "frames per processor second", "of_decoding": "times the decoding",
    }  # fmt: skip
    table = Table("sequence", *titles.values())
    for name, row in rows.items():
        table.add_row(name, *(_shown(key, row[key]) for key in titles))
    Console(width=110).print(table)


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    if key in ("found", "agree", "empty"):
        return f"{value:.0%}"
    return f"{value:.2f}" if key in ("residual", "frames_per_second", "of_decoding") else f"{value:.3f}"
