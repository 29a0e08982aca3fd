"""What each part of the vote is worth, and what its numbers owe to the sequences they were chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from benchmarks.report import mean_of
from benchmarks.sequences import LabelledSequence
from stillplate.metrics import plate_scores
from stillplate.plate.plate import estimate_plate
from stillplate.plate.votes import Rules, weigh_samples
from stillplate.sampling.gather import gather

__all__ = ["ABLATION", "GRID", "SAMPLES", "leave_one_out", "score_rules"]

Scores = dict[str, dict[str, float]]
SAMPLES = 64

ABLATION = {
    "all": Rules(),
    "no ghosts": Rules(ghost_rounds=0),
    "no re-vote, no ghosts": Rules(revote_scales=(), ghost_rounds=0),
    "neighbours not heard": Rules(neighbour_scales=()),
    "no recurrence": Rules(recurrence_power=0),
    "clusters never joined": Rules(merge_sigmas=0),
    "narrow rule everywhere": Rules(ground_falloff=Rules().ghost_falloff),
}
GRID = {
    f"recurrence {recurrence}, box error {box_error}, shown {shown}": Rules(
        recurrence_power=recurrence, box_weight=box_error, ground_falloff=shown
    )
    for recurrence, box_error, shown in product((6, 12, 20), (10, 15, 20), ((64.0, 0.5), (100.0, 0.5), (80.0, 0.4)))
}


def score_rules(sequence: LabelledSequence, rules: Mapping[str, Rules], seed: int) -> Scores:
    """Score the plate of each set of rules on one sequence, all from the same samples; empty without a truth."""
    truth = sequence.background()
    if truth is None:
        return {}
    with gather(sequence, SAMPLES, seed=seed, neighbours=True) as stack:
        plates = {name: estimate_plate(stack, weigh_samples(stack, rule)) for name, rule in rules.items()}
    scores = {name: plate_scores(plate.image, *truth) for name, plate in plates.items()}
    return {name: {"age": score.age, "peps": score.peps} for name, score in scores.items()}


def leave_one_out(rows: Mapping[str, Scores]) -> dict[str, tuple[str, dict[str, float]]]:
    """Score each sequence by rules that were chosen without it: by the least mean AGE on all others.

    Parameters
    ----------
    rows : mapping of sequence to scores, by the name of the rules

    Returns
    -------
    dict of sequence to (name of the chosen rules, scores by them)
        Empty for a single sequence.
    """
    chosen = {}
    for name, scores in rows.items():
        others = [row for other, row in rows.items() if other != name]
        if others:
            best = min(scores, key=lambda rules: mean_of([row[rules] for row in others])["age"])
            chosen[name] = best, scores[best]
    return chosen
