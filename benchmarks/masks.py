"""How well the masks find what moves, beside the subtractors that OpenCV has and beside a plain threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

import stillplate
from benchmarks.plates import temporal_median
from benchmarks.report import mean_of, show, write_json
from benchmarks.sequences import LabelledSequence, find_sequences, read_rgb, write_rgb
from benchmarks.steadiness import measure_steadiness
from benchmarks.subtractors import LEFT_OUT, Method, cleaned, subtractors
from benchmarks.waving import measure_waving
from stillplate.arrays import Image
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.rendering.blinking import Blinks
from stillplate.segmentation import composite

__all__ = ["METHODS", "compare_masks"]

Mask = npt.NDArray[np.bool_]

THRESHOLDS = (8, 10, 12, 15, 20, 25, 30, 35, 40, 50, 60)  # grey levels, tried on the median plate
STUDY_THRESHOLD = 30.0
FOREGROUND = 255  # label of the truth
SHEET_ROWS = 4
BEST_MEDIAN = "median plate, best threshold"
BEST_OF_EACH = "median plate, best threshold of each sequence"
AROUND = 9  # frames to either side of a labelled one that may tell of it
CHECKS = (96, 160)  # grey levels of the board behind a matte


@dataclass
class Run:
    """A method's masks of one sequence, scored.

    Attributes
    ----------
    counts : MaskCounts
    seconds : float
        The method's own time: reading, learning and masks, not the scoring.
    kept : dict of int to bool array
        Some of the masks, by frame index.
    frames : list of float
        F of each frame.
    blinks : list of float
        `stillplate.rendering.blinking` of every three masks of neighbouring frames.
    """

    counts: MaskCounts = field(default_factory=MaskCounts)
    seconds: float = 0.0
    kept: dict[int, Mask] = field(default_factory=dict)
    frames: list[float] = field(default_factory=list)
    blinks: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float | None]:
        """Flatten into figures."""
        counts = self.counts
        mean = float(np.mean(self.frames)) if self.frames else float("nan")
        scores = {"f": counts.f, "mean_f": mean, "precision": counts.precision, "recall": counts.recall}
        return {**scores, **asdict(counts), "flicker": flicker(self.blinks), "seconds": self.seconds}


def compare_masks(
    folder: Path, *, seed: int, json: Path | None, out: Path | None, steady: bool = True
) -> dict[str, Any]:
    """Score every method on every sequence that has true masks, and print F, precision, recall and flicker."""
    sequences = [sequence for sequence in find_sequences(folder) if sequence.truths]
    if not sequences:
        raise SystemExit(f"{folder}: no sequence has groundtruth/gt*.png to compare with")
    rows: dict[str, dict[str, Any]] = {}
    sweeps, truth = {}, {}
    for sequence in sequences:
        kept = spread(sequence.truths, SHEET_ROWS)
        runs = {name: run(method, sequence, seed, kept) for name, method in METHODS.items()}
        rows[sequence.name] = {name: done.row() for name, done in runs.items()}
        truth[sequence.name] = {"truth": {"flicker": flicker_of_truth(sequence)}}
        sweeps[sequence.name] = sweep_median(sequence, seed)
        if out is not None:
            write_sheet(out / f"{sequence.name}.png", sequence, kept, runs["ours"], seed)
    best = max(THRESHOLDS, key=lambda threshold: sum(sweep[threshold].f for sweep in sweeps.values()))
    for name, sweep in sweeps.items():
        own = max(sweep.values(), key=lambda counts: counts.f)
        for title, counts in {BEST_MEDIAN: sweep[best], BEST_OF_EACH: own}.items():
            rows[name][title] = {**Run(counts).row(), "seconds": None}  # a sweep is not timed
    means = {method: mean_of([row[method] for row in rows.values()]) for method in rows[sequences[0].name]}
    for key, title in {"f": "F of summed counts", "precision": "precision", "recall": "recall"}.items():
        show(f"{title} (more is better)", rows, means, key)
    show("mean F of the frames (more is better)", rows, {method: means[method] for method in METHODS}, "mean_f")
    if not hasattr(cv2, "bgsegm"):
        print(LEFT_OUT)
    flickers = {name: {method: row[method] for method in METHODS} | truth[name] for name, row in rows.items()}
    mean_flickers = {method: mean_of([row[method] for row in flickers.values()]) for method in (*METHODS, "truth")}
    show("flicker (the nearer to the truth's, the better)", flickers, mean_flickers, "flicker")
    drawn = {"steadiness": measure_steadiness(), "waving": measure_waving()} if steady else {}
    figures = {"best_threshold": best, "sequences": rows, "mean": means, "truth": mean_flickers["truth"], **drawn}
    result = {"benchmark": "masks", "seed": seed, **figures}
    write_json(result, json)
    return result


def run(method: Method, sequence: LabelledSequence, seed: int, kept: Iterable[int]) -> Run:
    """Let a method mark the frames that have a truth, and count."""
    done, wanted, latest = Run(), set(kept), Blinks()
    start = perf_counter()
    for index, mask in method(sequence, seed):
        done.seconds += perf_counter() - start
        counts = mask_counts(mask, sequence.labels(index))
        done.counts += counts
        done.frames.append(counts.f)
        if index in wanted:
            done.kept[index] = mask
        blinks = latest.add(index, mask)
        done.blinks += [] if blinks is None else [blinks]
        start = perf_counter()
    return done


def ours(sequence: LabelledSequence, seed: int) -> Iterator[tuple[int, Mask]]:
    """Every default: masks beside those of the frames around them."""
    background = stillplate.fit(sequence, seed=seed)
    around = {index + step for index in sequence.truths for step in range(-AROUND, AROUND + 1)}
    for frame, mask in background.masks(sequence.take(sorted(index for index in around if index >= 0))):
        if frame.index in sequence.truths:
            yield frame.index, mask


def single_frames(sequence: LabelledSequence, seed: int) -> Iterator[tuple[int, Mask]]:
    """The mask of each frame by itself."""
    background = stillplate.fit(sequence, seed=seed)
    for frame in sequence.take(sorted(sequence.truths)):
        yield frame.index, background.mask(frame.image, frame.index)


def study(sequence: LabelledSequence, seed: int) -> Iterator[tuple[int, Mask]]:
    """The method as first published: 20 samples, k-means, the bigger cluster, one threshold, nothing after it."""
    background = stillplate.fit(sequence, samples=20, clusters=2, vote="majority", seed=seed)
    for frame in sequence.take(sorted(sequence.truths)):
        yield frame.index, background.mask(frame.image, threshold=STUDY_THRESHOLD, cleanup="none")


def sweep_median(sequence: LabelledSequence, seed: int) -> dict[int, MaskCounts]:
    """Score the difference to the temporal median at every threshold."""
    plate = temporal_median(sequence, seed)
    counts = dict.fromkeys(THRESHOLDS, MaskCounts())
    for frame in sequence.take(sorted(sequence.truths)):
        difference = np.asarray(cv2.absdiff(frame.image, plate)).mean(axis=2, dtype=np.float32)
        labels = sequence.labels(frame.index)
        for threshold in THRESHOLDS:
            counts[threshold] += mask_counts(cleaned(difference > threshold), labels)
    return counts


def flicker(blinks: list[float]) -> float:
    """Average; NaN where no three frames are in a row."""
    return float(np.mean(blinks)) if blinks else float("nan")


def flicker_of_truth(sequence: LabelledSequence) -> float:
    """Measure how much the true masks blink: what moves by more than its width does."""
    latest = Blinks()
    found = [latest.add(index, sequence.labels(index) == FOREGROUND) for index in sorted(sequence.truths)]
    return flicker([one for one in found if one is not None])


def spread(indices: Iterable[int], count: int) -> list[int]:
    """Pick `count` of the indices, evenly."""
    ordered = sorted(indices)
    return sorted({ordered[round((part + 0.5) * len(ordered) / count - 0.5)] for part in range(count)})


def write_sheet(path: Path, sequence: LabelledSequence, indices: list[int], done: Run, seed: int) -> None:
    """Write some frames, each beside its truth, our mask, and our matte over a checkerboard."""
    background, rows = stillplate.fit(sequence, seed=seed), []
    for index in indices:
        image = read_rgb(sequence.inputs[index])
        masks = [sequence.labels(index), done.kept[index].astype(np.uint8) * 255]
        alpha, colours = background.unmix(image, done.kept[index], index)
        shown = stillplate.over(composite.cutout(colours, alpha), checkerboard(*image.shape[:2]))
        rows.append(np.hstack([image, *(np.dstack([mask] * 3) for mask in masks), shown]))
    write_rgb(path, np.vstack(rows))


def checkerboard(height: int, width: int, side: int = 12) -> Image:
    """Draw what lies behind transparent things."""
    dark = (np.add.outer(np.arange(height) // side, np.arange(width) // side) % 2).astype(np.bool_)
    return np.dstack([np.where(dark, *CHECKS).astype(np.uint8)] * 3)


METHODS: dict[str, Method] = {
    "ours": ours,
    "single frames": single_frames,
    "study": study,
    **subtractors(),
}
