"""Averages of evidence along the flow, over the frames before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.arrays import Floats
from stillplate.imaging.warping import remapped, squared_lengths
from stillplate.threads import map_samples

__all__ = ["averaged_along_flow"]

KEPT = 0.95  # share of the sum that is carried on from one frame to the next
GROUND = 0.5  # weight of evidence of ground, beside that of motion
STILL, SHARE = 0.5, 0.02  # pixels², and share of the flow²: by this the flow there and back may miss its start

Flows = Sequence[np.ndarray | None]


def averaged_along_flow(evidence: Sequence[Floats | None], forward: Flows, backward: Flows) -> list[Floats | None]:
    """Average evidence of motion along the flow.

    Parameters
    ----------
    evidence : sequence of float32 arrays of shape (h, w), 0..1, or None
        Of each frame; None where it is unknown.
    forward, backward : sequences of float16 arrays of shape (h, w, 2), or None
        Displacements from each frame to the next, and to the one before; None where they are unknown.

    Returns
    -------
    list of float32 arrays of shape (h, w), or None
        The weighted mean of each pixel's evidence in all frames; a frame k away counts .95^k, less where the flow there
        and the flow back disagree.
    """
    weighted = [None if one is None else _weighed(one) for one in evidence]
    order = range(len(weighted))
    ways = (order, backward, forward, -1), (order[::-1], forward, backward, 1)
    before, after = map_samples(lambda way: _carried(weighted, *ways[way]), 2)
    means: list[Floats | None] = []
    for own, one, other in zip(weighted, before, after, strict=True):
        if own is None:
            means.append(None)
            continue
        total = own + one + other
        means.append(np.asarray(total[..., 0] / (total[..., 1] + np.float32(1e-6)), np.float32))
    return means


def _weighed(evidence: Floats) -> Floats:
    """Evidence times its weight, and the weight: float32 of shape (h, w, 2)."""
    weight = evidence + np.float32(GROUND) * (1 - evidence)
    return np.stack([weight * evidence, weight], axis=-1)


def _carried(weighted: Sequence[Floats | None], order: range, there: Flows, back: Flows, step: int) -> list[Floats]:
    """Return, for each frame, the sums that come along the flow from the frames on one side."""
    carried: list[Floats] = [np.zeros((1, 1, 2), np.float32)] * len(weighted)
    sums: Floats | None = None
    for number in order:
        own, flow = weighted[number], there[number]
        if own is None:
            sums = None
            continue
        if sums is not None and flow is not None:
            returning = back[number + step]
            assert returning is not None  # flows are found in pairs
            carried[number] = _moved(sums, flow.astype(np.float32), returning.astype(np.float32))
        sums = own + carried[number]
    return carried


def _moved(sums: Floats, flow: Floats, returning: Floats) -> Floats:
    gap = squared_lengths(flow + remapped(returning, flow))
    weight = KEPT * np.exp(-gap / (STILL + SHARE * squared_lengths(flow)))
    return np.asarray(remapped(sums, flow) * weight[..., None], np.float32)
