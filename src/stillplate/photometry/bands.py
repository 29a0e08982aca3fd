"""Line-by-line gain of a frame: the bands that mains-powered lamps cause with a rolling shutter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillplate.arrays import DeepImage, Flags, Floats, Image
from stillplate.photometry.gain import BRIGHT, DARK, LEAST_ROBUST_SCALE, ROBUST_SCALE

__all__ = ["PIXELS_PER_LINE", "Axis", "Bands", "Limits", "estimate_bands"]

Axis = Literal["rows", "columns", "frame"]
Limits = tuple[float, float]

PIXELS_PER_LINE = 160  # pixels sampled on each line
PIXELS_OF_FRAME = 4000  # pixels sampled of a frame whose lines share one gain
BIN, BINS = 0.04, 80  # width and number of the bins of log(I / B): they cover gains of 1/5 to 5
KERNEL = (1 / 3, 2 / 3, 1.0, 2 / 3, 1 / 3)  # weights by which one pixel counts in the bins around its own
BEND_COST = 0.04  # share of a line's pixels: cost of a gain that changes by one bin from one line to the next
JUMP_COST = 1.0  # share of a line's pixels: cost of a gain that changes by any number of bins
ROUNDS, ANNEALING = 5, 0.7  # rounds of each line's regression, and factor of the robust scale from round to round
PRIOR = 400.0  # levels²: weight of the path's gain in the regression, equal to that of one pixel of 20 levels
CLIPPED = 240  # 8-bit level from which on a pixel is treated as clipped: it gives only a lower bound


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Gain from the plate to the frame, line by line: I = gain · B.

    Attributes
    ----------
    gains : float32 array of shape (h, 1, 3), (1, w, 3) or (1, 1, 3)
        Gain of red, green and blue for each row, for each column or for the frame; h and w may differ from the image's.
    """

    gains: Floats

    def apply(self, plate: Image) -> Image:
        """Return the plate, uint8 of shape (H, W, 3), in the frame's light."""
        return np.asarray(np.clip(plate * self.gains_for(plate) + np.float32(0.5), 0, 255), np.uint8)

    def undo(self, image: Image, plate: Image | None = None) -> Image:
        """Return the frame, uint8 of shape (H, W, 3), in the plate's light.

        Where the frame is clipped, its true level is unknown; the result is then the plate's level, if that is higher.
        """
        restored = np.asarray(np.clip(image * (1 / self.gains_for(image)) + np.float32(0.5), 0, 255), np.uint8)
        if plate is None or self.gains.max() <= 1:
            return restored
        return np.where((image >= CLIPPED) & (restored < plate), plate, restored)

    def undo_deep(self, image: DeepImage) -> DeepImage:
        """Return the frame, uint16 of shape (H, W, 3), in the plate's light."""
        return np.asarray(np.clip(image * (1 / self.gains_for(image)) + np.float32(0.5), 0, 65535), np.uint16)

    def gains_for(self, image: npt.NDArray[np.generic]) -> Floats:
        """Return the gains for an image of shape (H, W, 3): float32 of shape (H, 1, 3), (1, W, 3) or (1, 1, 3)."""
        import cv2

        size = tuple(
            side if lines > 1 else 1 for side, lines in zip(image.shape[:2], self.gains.shape[:2], strict=True)
        )
        if size == self.gains.shape[:2]:
            return self.gains
        resized = cv2.resize(self.gains, size[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(resized, np.float32).reshape(*size, 3)


def estimate_bands(image: Image, plate: Image, axis: Axis, limits: Limits = (0.2, 5.0)) -> Bands:
    """Estimate the gain of each line of a frame.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate registered to it.
    axis : "rows", "columns" or "frame"
        What shares one gain: each row, each column or the whole frame.
    limits : (float, float)
        Least and greatest gain allowed.

    Returns
    -------
    Bands

    Notes
    -----
    For each line, the ratios log(I / B) of its pixels are counted in bins of 4 %. Dynamic programming finds the path of
    gains through the lines that explains most pixels at the least cost of bending, so that an object before part of the
    lines does not change the result. A linear regression without offset then refines each line and channel, with Geman
    and McClure's weights as in `gain.estimate_gain`.
    """
    seen, ground = _lines(image, axis), _lines(plate, axis)
    readable = (np.minimum(seen, ground) > DARK) & (np.maximum(seen, ground) < BRIGHT)
    scores = _scores(seen, ground, readable, limits)
    if scores.any():
        path = np.exp((_best_path(scores) + 0.5 - BINS / 2) * BIN).astype(np.float32)
        gains = _refine_gains(seen, ground, readable, path)
    else:
        gains = np.ones((len(seen), 3), np.float32)
    return Bands(gains[None] if axis == "columns" else gains[:, None])


def _lines(image: Image, axis: Axis) -> Floats:
    """Return sampled pixels of each line: float32 array of shape (lines, n, 3)."""
    if axis == "frame":
        step = max(1, int((image.shape[0] * image.shape[1] / PIXELS_OF_FRAME) ** 0.5))
        return image[::step, ::step].reshape(1, -1, 3).astype(np.float32)
    lines = image if axis == "rows" else image.transpose(1, 0, 2)
    return np.asarray(lines[:, :: -(-lines.shape[1] // PIXELS_PER_LINE)], np.float32)


def _scores(seen: Floats, ground: Floats, readable: Flags, limits: Limits) -> Floats:
    """Return the share of each line's pixels in each bin, smoothed: float32 array of shape (lines, bins)."""
    both = (readable * seen).sum(axis=2), (readable * ground).sum(axis=2)
    ratio = np.log(np.maximum(both[0], 1) / np.maximum(both[1], 1))
    place = np.floor(ratio / BIN + BINS / 2).astype(np.intp)
    lowest, highest = (float(np.log(limit) / BIN + BINS / 2) for limit in limits)
    useful = readable.any(axis=2) & (place >= max(0, int(lowest))) & (place <= min(BINS - 1, int(highest)))
    lines = np.arange(len(seen))[:, None] * BINS
    counts = np.bincount((lines + place)[useful], minlength=len(seen) * BINS).reshape(len(seen), BINS)
    margin = len(KERNEL) // 2
    wide = np.pad(counts, ((0, 0), (margin, margin)))
    spread = sum(share * wide[:, shift : shift + BINS] for shift, share in enumerate(KERNEL))
    return np.asarray(spread / max(1, seen.shape[1]), np.float32)


def _best_path(scores: Floats) -> npt.NDArray[np.intp]:
    """Return the bin of each line on the path with the greatest sum of scores minus costs (dynamic programming)."""
    slope = np.arange(BINS, dtype=np.float32) * np.float32(BEND_COST)
    best = scores.copy()
    for line in range(1, len(scores)):
        before = best[line - 1]
        up = np.maximum.accumulate(before + slope) - slope  # best score when coming from a lower bin
        down = np.maximum.accumulate((before - slope)[::-1])[::-1] + slope  # best score when coming from a higher bin
        best[line] += np.maximum(np.maximum(up, down), before.max() - np.float32(JUMP_COST))
    path = np.empty(len(scores), np.intp)
    path[-1] = best[-1].argmax()
    for line in range(len(scores) - 1, 0, -1):
        cost = np.minimum(np.abs(slope - slope[path[line]]), np.float32(JUMP_COST))
        path[line - 1] = (best[line - 1] - cost).argmax()
    return path


def _refine_gains(seen: Floats, ground: Floats, readable: Flags, path: Floats) -> Floats:
    """Refine the gains of each line, starting from the path: float32 array of shape (lines, 3)."""
    seen, ground = (np.ascontiguousarray(np.moveaxis(part * readable, 2, 0)) for part in (seen, ground))
    products, square = seen * ground, np.square(ground)  # (3, lines, n)
    gains = np.repeat(path[None], 3, axis=0)
    robust_scale = ROBUST_SCALE
    for _ in range(ROUNDS):
        error = np.maximum.reduce(np.abs(seen - gains[:, :, None] * ground))
        weight = 1 / np.square(1 + np.square(error / np.float32(robust_scale)))
        common, spread = (np.einsum("ln,cln->cl", weight, part) for part in (products, square))
        gains = (common + np.float32(PRIOR) * gains) / (spread + np.float32(PRIOR))
        robust_scale = max(LEAST_ROBUST_SCALE, robust_scale * ANNEALING)
    return np.ascontiguousarray(gains.T, np.float32)
