"""Regression of a frame's colours on those of light states, which objects do not move."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Doubles
from stillplate.photometry.gain import BRIGHT, LEAST_ROBUST_SCALE, RIDGE

__all__ = [
    "ANNEALING", "CLIPPED_WEIGHT", "OFFSETS", "ROBUST_SCALE", "ROUNDS", "SCALES", "Bounds", "regress", "residuals",
]  # fmt: skip

Bounds = tuple[float, float]

ROUNDS = 10  # rounds of the reweighted regression
CLIPPED_WEIGHT = 1e-3  # weight of a clipped pixel, which does not follow the light
ROBUST_SCALE = 40.0  # 8-bit levels: residual of weight 1/4 at first, so large that a lamp in half a room still counts
ANNEALING = 0.75  # factor of that residual from round to round
SCALES, OFFSETS = (0.3, 3.0), (-60.0, 60.0)  # gain and 8-bit levels: bounds of exposure and dusk within one state


def residuals(seen: Doubles, ground: Doubles, slopes: Doubles, offset: Doubles) -> Doubles:
    """Return the residuals, the greatest of the three channels: float64 of shape (..., n), in 8-bit levels."""
    predicted = np.einsum("...k,...kn->...n", slopes, ground) + offset[..., None]
    difference = np.abs(seen - np.minimum(predicted, 255))
    # `max` along an axis of length three is slow
    return np.asarray(np.maximum(np.maximum(difference[..., 0, :], difference[..., 1, :]), difference[..., 2, :]))


def regress(
    seen: Doubles,
    ground: Doubles,
    prior: Doubles,
    *,
    gain: Doubles | None = None,
    robust_scale: float = ROBUST_SCALE,
    bounds: tuple[Bounds, Bounds] = (SCALES, OFFSETS),
) -> tuple[Doubles, Doubles]:
    """Fit a mixture of light states robustly: seen = Σ slopes · ground + offset.

    Parameters
    ----------
    seen : float64 array of shape (..., 3, n)
        Colours of n pixels of the frame.
    ground : float64 array of shape (3, K, n)
        Colours of the same pixels in each of K light states.
    prior : float64 array of shape (3, K)
        Slopes that the fit is drawn to; with `gain`, also its start.
    gain : float64 array of shape (...), optional
        Gain of the prior at the start; the ratio of the medians if omitted.
    robust_scale : float
        Residual, in 8-bit levels, that gets the weight 1/4 in the first round.
    bounds : pair of (float, float)
        Bounds of the sum of the slopes, and of the offset in 8-bit levels.

    Returns
    -------
    slopes : float64 array of shape (..., 3, K)
    offset : float64 array of shape (..., 3)
    """
    predicted = np.einsum("ck,ckn->cn", prior, ground)
    if gain is None:
        gain = np.median(seen, axis=(-2, -1)) / max(1.0, float(np.median(predicted)))
    slopes, offset = prior * gain[..., None, None], np.zeros(seen.shape[:-1])
    clipped = (seen.max(axis=-2) >= BRIGHT) | (ground.max(axis=(0, 1)) >= BRIGHT)
    useful = np.where(clipped, CLIPPED_WEIGHT, 1.0)
    for _ in range(ROUNDS):
        weight = useful / np.square(1 + np.square(residuals(seen, ground, slopes, offset) / robust_scale))
        weight = (weight / weight.sum(axis=-1, keepdims=True))[..., None, :]  # (..., 1, n)
        mean_seen, mean_ground = (seen * weight).sum(axis=-1), (ground * weight[..., None, :]).sum(axis=-1)
        centred = ground - mean_ground[..., None]
        weighted = centred * weight[..., None, :]
        # `einsum`, since `@` would start threads, which costs more than so small a sum
        covariance = np.einsum("...kn,...ln->...kl", weighted, centred) + RIDGE * np.eye(ground.shape[1])
        correlation = np.einsum("...kn,...n->...k", weighted, seen - mean_seen[..., None]) + RIDGE * prior
        slopes = np.linalg.solve(covariance, correlation[..., None])[..., 0]
        total = slopes.sum(axis=-1, keepdims=True)
        slopes = slopes * np.clip(total, *bounds[0]) / np.where(np.abs(total) > 1e-6, total, 1e-6)
        offset = np.clip(mean_seen - (slopes * mean_ground).sum(axis=-1), *bounds[1])
        robust_scale = max(LEAST_ROBUST_SCALE, robust_scale * ANNEALING)
    return slopes, offset
