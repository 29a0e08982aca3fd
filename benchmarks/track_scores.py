"""HOTA, IDF1 and switches of identity: how well tracks agree with the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

__all__ = ["Boxes", "score_tracks"]

Boxes = Mapping[int, tuple[float, float, float, float]]
"""Of one frame, by identity: left, top, width and height."""
Floats = npt.NDArray[np.float64]

ALPHAS = np.arange(0.05, 0.99, 0.05)  # intersections over union, over which HOTA is the mean
SAME = 0.5  # intersection over union from which IDF1 and switches take two boxes for the same
FIRST = 1000.0  # by which a pair of the frame before is preferred


def score_tracks(truth: Sequence[Boxes], found: Sequence[Boxes]) -> dict[str, float]:
    """Return the scores of tracks, frame by frame beside the truth.

    Returns
    -------
    dict of str to float
        `hota`, and its parts for detection, `deta`, and association, `assa`; `idf1`; all 0..1. And `switches`: how
        often the track of an identity is another than before.

    References
    ----------
    J. Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-object Tracking", IJCV 129, 2021.
    :doi:`10.1007/s11263-020-01375-2`
    E. Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", ECCV Workshops,
    2016 (IDF1). :doi:`10.1007/978-3-319-48881-3_2`
    K. Bernardin, R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics", EURASIP J.
    Image Video Process., 2008 (switches). :doi:`10.1155/2008/246309`
    """
    identities, tracks = _numbers(truth), _numbers(found)
    frames = [
        (
            np.array([identities[one] for one in real], np.intp),
            np.array([tracks[one] for one in seen], np.intp),
            _overlaps(real, seen),
        )
        for real, seen in zip(truth, found, strict=True)
    ]
    shape = max(1, len(identities)), max(1, len(tracks))
    return {**_hota(frames, shape), "idf1": _idf1(frames, shape), "switches": float(_switches(frames))}


Frame = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]
"""Numbers of the identities and of the tracks in a frame, and their boxes' intersections over union."""


def _numbers(frames: Sequence[Boxes]) -> dict[int, int]:
    return {one: number for number, one in enumerate(sorted({one for boxes in frames for one in boxes}))}


def _overlaps(real: Boxes, seen: Boxes) -> Floats:
    first = np.array([*real.values()], float).reshape(-1, 1, 4)
    second = np.array([*seen.values()], float).reshape(1, -1, 4)
    low, high = (
        np.maximum(first[..., :2], second[..., :2]),
        np.minimum(first[..., :2] + first[..., 2:], second[..., :2] + second[..., 2:]),
    )
    common = np.clip(high - low, 0, None).prod(axis=-1)
    return np.asarray(common / (first[..., 2:].prod(axis=-1) + second[..., 2:].prod(axis=-1) - common))


def _counts(frames: Sequence[Frame], shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """In how many frames each identity and each track is: of shape (I, 1) and (1, T)."""
    real, seen = np.zeros((shape[0], 1)), np.zeros((1, shape[1]))
    for rows, columns, _ in frames:
        real[rows, 0] += 1
        seen[0, columns] += 1
    return real, seen


def _hota(frames: Sequence[Frame], shape: tuple[int, int]) -> dict[str, float]:
    real, seen = _counts(frames, shape)
    likely = np.zeros(shape)
    for rows, columns, overlaps in frames:
        total = overlaps.sum(axis=0)[None] + overlaps.sum(axis=1)[:, None] - overlaps
        likely[np.ix_(rows, columns)] += np.divide(overlaps, total, out=np.zeros_like(overlaps), where=total > 0)
    alignment = likely / np.maximum(real + seen - likely, 1e-9)
    matches = np.zeros((len(ALPHAS), *shape))
    for rows, columns, overlaps in frames:
        chosen = linear_sum_assignment(-alignment[np.ix_(rows, columns)] * overlaps)
        for alpha, counted in zip(ALPHAS, matches, strict=True):
            good = overlaps[chosen] >= alpha - 1e-12
            counted[rows[chosen[0][good]], columns[chosen[1][good]]] += 1
    hits = matches.sum(axis=(1, 2))
    detection = hits / np.maximum(1, real.sum() + seen.sum() - hits)  # TP / (TP + FN + FP)
    association = (matches * matches / np.maximum(1, real + seen - matches)).sum(axis=(1, 2)) / np.maximum(1, hits)
    return {
        "hota": float(np.sqrt(detection * association).mean()),
        "deta": float(detection.mean()),
        "assa": float(association.mean()),
    }


def _idf1(frames: Sequence[Frame], shape: tuple[int, int]) -> float:
    real, seen = _counts(frames, shape)
    same = np.zeros(shape)
    for rows, columns, overlaps in frames:
        same[np.ix_(rows, columns)] += overlaps >= SAME
    chosen = linear_sum_assignment(-same)
    return float(2 * same[chosen].sum() / max(1, real.sum() + seen.sum()))


def _switches(frames: Sequence[Frame]) -> int:
    last: dict[int, int] = {}
    before: dict[int, int] = {}
    switches = 0
    for rows, columns, overlaps in frames:
        expected = np.array([before.get(int(row), -1) for row in rows], np.intp)
        kept = expected[:, None] == columns[None]
        score = np.where(overlaps >= SAME, overlaps + FIRST * kept, 0.0)
        chosen = [(r, c) for r, c in zip(*linear_sum_assignment(-score), strict=True) if score[r, c] > 0]
        before = {int(rows[r]): int(columns[c]) for r, c in chosen}
        switches += sum(last.get(one, track) != track for one, track in before.items())
        last |= before
    return switches
