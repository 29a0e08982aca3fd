"""What alike regions of a clip agree on: evidence is averaged over pixels of like colour, place and time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.arrays import Floats, Image, Numbers, Shorts

__all__ = ["consensus"]

FRAMES, PLACE = 8.0, 1 / 10  # size of a cell: frames, and share of the longer side
LIGHTNESS, COLOUR = 12.0, 8.0  # size of a cell in CIELAB
VIVID = 64.0  # a* and b* beyond which colours are not told apart
REACH = (1.0, 1.0, 1.0, 0.7, 0.7, 0.7, 0.5)  # cells: standard deviations of the mean over neighbouring cells
TRUNCATE = 2.5  # standard deviations
LEAST_RATIO, MOST_RATIO = 0.35, 5.6  # differences from the plate, in thresholds, between which octaves are told apart
UNSEEN = 1  # octave in which pixels count whose ground was never seen: no difference
GROUND = 0.25  # weight of evidence of ground, since motion alone misses most of what moves
ROUNDS = 3
OWN = 0.5  # weight of a pixel's own evidence, beside its cell's


def consensus(
    evidence: Sequence[Floats], images: Sequence[Image], ratios: Sequence[Floats], frames: Sequence[int]
) -> list[Floats]:
    """Tell how likely each pixel is foreground, by what pixels like it show in the whole clip.

    Parameters
    ----------
    evidence : sequence of T float32 arrays of shape (h, w), 0..1
        Likelihood of foreground.
    images : sequence of T uint8 arrays of shape (h, w, 3), RGB
    ratios : sequence of T float32 arrays of shape (h, w)
        Difference from the plate over its threshold; NaN where the ground was never seen. Whether a difference tells
        anything is learnt with the rest: where the plate is wrong, what differs from it does not move.
    frames : sequence of T int
        Numbers of the frames.

    Returns
    -------
    list of T float32 arrays of shape (h, w), 0..1

    Notes
    -----
    A grid of cells in time, place, colour and difference [1]_ holds the sums of the evidence of foreground and of
    ground; they are smoothed over neighbouring cells, and each pixel's share of foreground is joined with its own
    evidence; three times. Similar regions of a clip reach a consensus so, as in [2]_.

    References
    ----------
    .. [1] J. Chen, S. Paris, F. Durand, "Real-time edge-aware image processing with the bilateral grid", SIGGRAPH 2007.
    .. [2] A. Faktor, M. Irani, "Video segmentation by non-local consensus voting", BMVC 2014.
    """
    shape = (len(evidence), *evidence[0].shape)
    columns = [_cells(*one) for one in zip(images, ratios, frames, strict=True)]
    cells = np.concatenate(columns, axis=1)
    cells -= cells.min(axis=1, keepdims=True)
    sizes = tuple(int(most) + 1 for most in cells.max(axis=1))
    flat = np.ravel_multi_index(tuple(cells), sizes)
    own = _log_odds(np.stack(evidence).ravel(), 1e-3)
    share = np.stack(evidence).ravel()
    for _ in range(ROUNDS):
        moving, still = (_smooth(_summed(flat, part, sizes)) for part in (share, GROUND * (1 - share)))
        agreed = moving / (moving + still + np.float32(1e-6))
        share = 1 / (1 + np.exp(-(_log_odds(agreed, 1e-4).ravel()[flat] + OWN * own)))
    return list(np.asarray(share.reshape(shape), np.float32))


def _cells(image: Image, ratio: Floats, frame: int) -> Shorts:
    """Return the cell of each pixel: int16 of shape (7, h · w)."""
    import cv2

    height, width = ratio.shape
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    y, x = np.indices((height, width), np.float32) / np.float32(PLACE * max(height, width))
    octaves = np.log2(np.clip(ratio, LEAST_RATIO, MOST_RATIO) / LEAST_RATIO)
    octaves = np.where(np.isnan(ratio), UNSEEN, octaves)
    time = np.full_like(x, frame / FRAMES)
    lightness, (a, b) = lab[..., 0] / LIGHTNESS, np.moveaxis(np.clip(lab[..., 1:], -VIVID, VIVID) / COLOUR, 2, 0)
    cells = np.rint(np.stack([time, y, x, lightness, a, b, octaves])).astype(np.int16)
    return np.asarray(cells.reshape(7, -1))


def _summed(flat: Numbers, values: Floats, sizes: tuple[int, ...]) -> Floats:
    sums = np.bincount(flat, values, minlength=int(np.prod(sizes)))
    return np.asarray(sums.astype(np.float32).reshape(sizes))


def _smooth(grid: Floats) -> Floats:
    """Smooth a grid by Gaussians, with 0 outside."""
    for axis, deviation in enumerate(REACH):
        radius = int(TRUNCATE * deviation + 0.5)
        weights = np.exp(-np.square(np.arange(radius + 1) / deviation) / 2)
        weights /= weights[0] + 2 * weights[1:].sum()
        rows = np.moveaxis(grid, axis, 0)
        smooth = rows * np.float32(weights[0])
        for shift, weight in enumerate(weights[1:].astype(np.float32), 1):
            smooth[shift:] += weight * rows[:-shift]
            smooth[:-shift] += weight * rows[shift:]
        grid = np.moveaxis(smooth, 0, axis)
    return grid


def _log_odds(share: Floats, least: float) -> Floats:
    return np.asarray(np.log(share + np.float32(least)) - np.log(1 - share + np.float32(least)), np.float32)
