"""How near the plates come to the truth, beside other ways to make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import stillplate
from benchmarks.report import mean_of, show, write_json
from benchmarks.sequences import LabelledSequence, find_sequences, write_rgb
from stillplate.metrics import PlateScores, plate_scores
from stillplate.video.source import Image

__all__ = ["METHODS", "compare_plates"]

Method = Callable[[LabelledSequence, int], Image]
SHOWN = {"age": "AGE", "peps": "pEPs"}


def compare_plates(folder: Path, *, seed: int, json: Path | None, out: Path | None) -> dict[str, Any]:
    """Score every method on every sequence that has a true background, and print AGE and pEPs."""
    sequences = {sequence.name: score_sequence(sequence, seed, out) for sequence in find_sequences(folder)}
    rows = {name: scores for name, scores in sequences.items() if scores}
    if not rows:
        raise SystemExit(f"{folder}: no sequence has a background.png to compare with")
    means = {method: mean_of([scores[method] for scores in rows.values()]) for method in METHODS}
    for key, title in SHOWN.items():
        show(f"{title} (less is better)", rows, means, key, percent=key != "age")
    result = {"benchmark": "plates", "seed": seed, "sequences": rows, "mean": means}
    write_json(result, json)
    return result


def score_sequence(sequence: LabelledSequence, seed: int, out: Path | None) -> dict[str, dict[str, float]]:
    """Score every method on one sequence; empty where the truth is not known."""
    truth = sequence.background()
    if truth is None:
        return {}
    scores: dict[str, dict[str, float]] = {}
    plates: dict[str, Image] = {}
    for name, method in METHODS.items():
        start = perf_counter()
        plates[name] = method(sequence, seed)
        seconds = perf_counter() - start
        scores[name] = as_row(plate_scores(plates[name], *truth), seconds)
    if out is not None:
        write_sheet(out / f"{sequence.name}.png", plates, truth[0])
    return scores


def as_row(scores: PlateScores, seconds: float) -> dict[str, float]:
    """Flatten the scores; seconds include the reading of the frames."""
    return {**asdict(scores), "seconds": seconds}


def ours(sequence: LabelledSequence, seed: int) -> Image:
    """Fit with every default."""
    return stillplate.fit(sequence, seed=seed).plate.image


def majority(sequence: LabelledSequence, seed: int, *, samples: int) -> Image:
    """The method as first published: k-means, the cluster with most members."""
    return stillplate.fit(sequence, samples=samples, clusters=2, vote="majority", seed=seed).plate.image


def temporal_median(sequence: LabelledSequence, seed: int, *, samples: int = 64) -> Image:
    """The per-channel median over the frames that `fit` samples."""
    return np.asarray(np.rint(np.median(sequence.samples(samples, seed), axis=0)), np.uint8)


def write_sheet(path: Path, plates: dict[str, Image], truth: Image) -> None:
    """Write ours, the median, the truth, and both differences (three times as strong), side by side."""
    first, second = plates["ours"], plates["temporal median, 64"]
    differences = [_difference(first, truth), _difference(second, truth)]
    write_rgb(path, np.hstack([first, second, truth, *differences]))


def _difference(image: Image, truth: Image) -> Image:
    return np.asarray(np.minimum(3 * np.abs(image.astype(np.int16) - truth), 255), np.uint8)


METHODS: dict[str, Method] = {
    "ours": ours,
    "majority k-means, 20": partial(majority, samples=20),
    "majority k-means, 64": partial(majority, samples=64),
    "temporal median, 64": temporal_median,
}
