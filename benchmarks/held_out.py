"""Masks with the one knob chosen on all other sequences: whether its default was tuned to those at hand."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

import stillplate
from benchmarks.framewise import ClipScores
from benchmarks.report import mean_of
from benchmarks.sequences import LabelledSequence

__all__ = ["DEFAULT", "j_by_sensitivity", "leave_one_out", "show_held_out"]

DEFAULT = "1"
SENSITIVITIES = ("0.5", "0.7", DEFAULT, "1.4", "2")
EVERY = 3  # frames from one that is scored to the next


def j_by_sensitivity(sequence: LabelledSequence, background: stillplate.Background) -> dict[str, float]:
    """Mean J of every third frame, by `sensitivity`."""
    scores = {one: ClipScores(len(sequence.inputs)) for one in SENSITIVITIES}
    for frame in sequence.take(sorted(sequence.truths)[1::EVERY]):
        for one, score in scores.items():
            mask = background.mask(frame.image, index=frame.index, sensitivity=float(one))
            score.add(frame.index, mask, sequence.labels(frame.index))
    return {one: score.j for one, score in scores.items()}


def leave_one_out(rows: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[str, float]]:
    """Return of each sequence the sensitivity that has the best mean J on all others, and its J with it.

    Parameters
    ----------
    rows : mapping of sequence to J by sensitivity
    """
    chosen = {}
    for name, row in rows.items():
        others = [other for key, other in rows.items() if key != name]
        if others:
            means = mean_of(others)
            best = max(row, key=means.__getitem__)
            chosen[name] = best, row[best]
    return chosen


def show_held_out(rows: Mapping[str, Mapping[str, float]]) -> None:
    """Print the mean J with the sensitivity chosen without each sequence, and with the default."""
    chosen = leave_one_out(rows)
    if not chosen:
        return
    held_out = mean_of([{"j": j} for _, j in chosen.values()])["j"]
    usual = mean_of([{"j": row[DEFAULT]} for row in rows.values()])["j"]
    picked = ", ".join(sorted({one for one, _ in chosen.values()}))
    Console(width=110).print(
        f"mean J of every third frame: {held_out:.3f} with the sensitivity chosen on the other sequences ({picked}), "
        f"{usual:.3f} with the default"
    )
