"""How near the plates come to the truth, beside other ways to make one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import stillplate
from benchmarks.calibration import CERTAIN, DOUBTFUL, Calibration
from benchmarks.report import mean_of, show, show_choices, show_shares, write_json
from benchmarks.rules import ABLATION, GRID, SAMPLES, leave_one_out, score_rules
from benchmarks.sequences import LabelledSequence, find_sequences, write_rgb
from stillplate.arrays import Image
from stillplate.metrics import PlateScores, plate_scores

__all__ = ["METHODS", "compare_plates"]

Method = Callable[[LabelledSequence, int], Image]
SHOWN = {
    "age": ("AGE (less is better)", False),
    "peps": ("pEPs (less is better)", True),
    "seconds": ("seconds, reading included", False),
}


def compare_plates(folder: Path, *, seed: int, quick: bool, json: Path | None, out: Path | None) -> dict[str, Any]:
    """Score every method on every sequence that has a true background: errors, times, and what our vote is worth."""
    sequences = [sequence for sequence in find_sequences(folder) if sequence.background() is not None]
    if not sequences:
        raise SystemExit(f"{folder}: no sequence has a background.png to compare with")
    rows = {sequence.name: score_sequence(sequence, seed, out) for sequence in sequences}
    means = {method: mean_of([scores[method] for scores in rows.values()]) for method in METHODS}
    for key, (title, percent) in SHOWN.items():
        show(title, rows, means, key, percent=percent)
    result = {"benchmark": "plates", "seed": seed, "sequences": rows, "mean": means}
    result["calibration"] = calibrate(sequences, seed)
    if not quick:
        result["ablation"] = leave_parts_out(sequences, seed)
        result["cross_validation"] = cross_validate(sequences, seed)
    write_json(result, json)
    return result


def calibrate(sequences: Sequence[LabelledSequence], seed: int) -> dict[str, Any]:
    """Print whether the support of our plates and of the majority's tells where they are wrong, over all sequences."""
    options = {"ours": {}, "majority k-means, 64": {"vote": "majority"}}
    counts = {
        name: sum((_calibration(sequence, seed, option) for sequence in sequences), Calibration())
        for name, option in options.items()
    }
    figures = {name: count.figures() for name, count in counts.items()}
    titles = {
        "certain": f"pixels with a support of {CERTAIN} and more",
        "wrong_of_certain": "wrong by more than 20 levels, of these (goal: 0.5 % at most)",
        "doubtful": f"pixels with a support of less than {DOUBTFUL}",
        "doubtful_of_wrong": "all wrong pixels that are among these (goal: 85 % at least)",
    }
    show_shares("support, over all sequences", titles, figures)
    return figures


def _calibration(sequence: LabelledSequence, seed: int, options: dict[str, Any]) -> Calibration:
    truth = sequence.background()
    assert truth is not None
    return Calibration.of(stillplate.fit(sequence, seed=seed, **options).plate, *truth)


def leave_parts_out(sequences: Sequence[LabelledSequence], seed: int) -> dict[str, Any]:
    """Print what the plates lose without each part of the vote."""
    rows = {sequence.name: score_rules(sequence, ABLATION, seed) for sequence in sequences}
    means = {name: mean_of([scores[name] for scores in rows.values()]) for name in ABLATION}
    show("AGE with one part of the vote left out", rows, means, "age")
    show("pEPs with one part of the vote left out", rows, means, "peps", percent=True)
    return {"sequences": rows, "mean": means}


def cross_validate(sequences: Sequence[LabelledSequence], seed: int) -> dict[str, Any]:
    """Print each sequence's errors by those rules of a small grid that do best on all others."""
    rows = {sequence.name: score_rules(sequence, GRID, seed) for sequence in sequences}
    chosen = leave_one_out(rows)
    if not chosen:
        return {}
    mean = mean_of([scores for _, scores in chosen.values()])
    show_choices(f"each sequence by the best of {len(GRID)} sets of rules on all others", chosen, mean)
    return {"chosen": chosen, "mean": mean}


def score_sequence(sequence: LabelledSequence, seed: int, out: Path | None) -> dict[str, dict[str, float]]:
    """Score every method on one sequence whose truth is known."""
    truth = sequence.background()
    assert truth is not None
    sequence.samples(SAMPLES, seed)  # so that no method is the first to read the files
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


def temporal_median(sequence: LabelledSequence, seed: int, *, samples: int = SAMPLES) -> Image:
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
    "majority k-means, 64": partial(majority, samples=SAMPLES),
    "temporal median, 64": temporal_median,
}
