"""The light of a frame line by line: the bands that mains light leaves through a rolling shutter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillplate.arrays import DeepImage, Flags, Floats, Image
from stillplate.photometry.gain import BRIGHT, DARK, LEAST_STRANGE, STRANGE

__all__ = ["ACROSS", "Axis", "Bands", "Limits", "estimate_bands"]

Axis = Literal["rows", "columns", "frame"]
Limits = tuple[float, float]

ACROSS = 160  # pixels of each line to look at
ALL = 4000  # pixels of a frame whose lines have one gain
BIN, BINS = 0.04, 80  # of log(I / B): gains of 1/5 to 5 are told apart
SPREAD = (1 / 3, 2 / 3, 1.0, 2 / 3, 1 / 3)  # of one pixel's evidence over the bins
BEND, JUMP = 0.04, 1.0  # cost, in shares of a line's pixels, of a bin from line to line, and of any jump
ROUNDS, ANNEALING = 5, 0.7  # of the regression of each line
PRIOR = 400.0  # levels²: weight of the path's gain in it, as of a pixel of 20 levels
BURNT = 240  # level from which on a pixel tells only that the scene is so bright or brighter


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """One light against another, line by line: I = gain · B.

    Attributes
    ----------
    gains : float32 array of shape (h, 1, 3), (1, w, 3) or (1, 1, 3)
        Of red, green and blue, on each row, each column or the frame; of a picture of any size.
    """

    gains: Floats

    def apply(self, plate: Image) -> Image:
        """Show the plate, uint8 of shape (H, W, 3), in the frame's light."""
        return np.asarray(np.clip(plate * self.along(plate) + np.float32(0.5), 0, 255), np.uint8)

    def undo(self, image: Image, plate: Image | None = None) -> Image:
        """Show the frame, uint8 of shape (H, W, 3), in the plate's light.

        Where a pixel is burnt out, the plate's level stands in for it if that is higher: it is the least surprising
        of the levels that would burn out, too.
        """
        steady = np.asarray(np.clip(image * (1 / self.along(image)) + np.float32(0.5), 0, 255), np.uint8)
        if plate is None or self.gains.max() <= 1:
            return steady
        return np.where((image >= BURNT) & (steady < plate), plate, steady)

    def undo_deep(self, image: DeepImage) -> DeepImage:
        """Show the frame, uint16 of shape (H, W, 3), in the plate's light."""
        return np.asarray(np.clip(image * (1 / self.along(image)) + np.float32(0.5), 0, 65535), np.uint16)

    def along(self, image: npt.NDArray[np.generic]) -> Floats:
        """Gains of each line of a picture of shape (H, W, 3): float32 of shape (H, 1, 3), (1, W, 3) or (1, 1, 3)."""
        import cv2

        size = tuple(
            side if lines > 1 else 1 for side, lines in zip(image.shape[:2], self.gains.shape[:2], strict=True)
        )
        if size == self.gains.shape[:2]:
            return self.gains
        grown = cv2.resize(self.gains, size[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(grown, np.float32).reshape(*size, 3)


def estimate_bands(image: Image, plate: Image, axis: Axis, limits: Limits = (0.2, 5.0)) -> Bands:
    """Estimate the light of a frame, line by line.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate as its camera sees it.
    axis : "rows", "columns" or "frame"
        What has one gain: each row, each column or the whole frame.
    limits : (float, float)
        The lowest and the highest gain that there may be.

    Returns
    -------
    Bands

    Notes
    -----
    On each line the pixels' ratios log(I / B) are counted in bins of 4 %. The path through the bins of all lines that
    meets most pixels and bends least (dynamic programming) tells each line's gain, whatever stands in its way. Linear
    regression without a bias on each line, reweighted with Geman and McClure's weight as in `light.estimate_gain`,
    makes it exact, channel by channel.
    """
    seen, ground = _lines(image, axis), _lines(plate, axis)
    readable = (np.minimum(seen, ground) > DARK) & (np.maximum(seen, ground) < BRIGHT)
    scores = _scores(seen, ground, readable, limits)
    if scores.any():
        path = np.exp((_path(scores) + 0.5 - BINS / 2) * BIN).astype(np.float32)
        gains = _regressed(seen, ground, readable, path)
    else:
        gains = np.ones((len(seen), 3), np.float32)
    return Bands(gains[None] if axis == "columns" else gains[:, None])


def _lines(image: Image, axis: Axis) -> Floats:
    """Some pixels of each line: float32 array of shape (lines, n, 3)."""
    if axis == "frame":
        step = max(1, int((image.shape[0] * image.shape[1] / ALL) ** 0.5))
        return image[::step, ::step].reshape(1, -1, 3).astype(np.float32)
    lines = image if axis == "rows" else image.transpose(1, 0, 2)
    return np.asarray(lines[:, :: -(-lines.shape[1] // ACROSS)], np.float32)


def _scores(seen: Floats, ground: Floats, readable: Flags, limits: Limits) -> Floats:
    """Share of each line's pixels whose ratio is in each bin: float32 array of shape (lines, bins)."""
    both = (readable * seen).sum(axis=2), (readable * ground).sum(axis=2)
    ratio = np.log(np.maximum(both[0], 1) / np.maximum(both[1], 1))
    place = np.floor(ratio / BIN + BINS / 2).astype(np.intp)
    lowest, highest = (float(np.log(limit) / BIN + BINS / 2) for limit in limits)
    useful = readable.any(axis=2) & (place >= max(0, int(lowest))) & (place <= min(BINS - 1, int(highest)))
    lines = np.arange(len(seen))[:, None] * BINS
    counts = np.bincount((lines + place)[useful], minlength=len(seen) * BINS).reshape(len(seen), BINS)
    margin = len(SPREAD) // 2
    wide = np.pad(counts, ((0, 0), (margin, margin)))
    spread = sum(share * wide[:, shift : shift + BINS] for shift, share in enumerate(SPREAD))
    return np.asarray(spread / max(1, seen.shape[1]), np.float32)


def _path(scores: Floats) -> npt.NDArray[np.intp]:
    """The bin of each line on the path that has the best sum of scores less what it costs to bend."""
    slope = np.arange(BINS, dtype=np.float32) * np.float32(BEND)
    best = scores.copy()
    for line in range(1, len(scores)):
        before = best[line - 1]
        up = np.maximum.accumulate(before + slope) - slope  # the best way from a lower bin; and from a higher one
        down = np.maximum.accumulate((before - slope)[::-1])[::-1] + slope
        best[line] += np.maximum(np.maximum(up, down), before.max() - np.float32(JUMP))
    path = np.empty(len(scores), np.intp)
    path[-1] = best[-1].argmax()
    for line in range(len(scores) - 1, 0, -1):
        cost = np.minimum(np.abs(slope - slope[path[line]]), np.float32(JUMP))
        path[line - 1] = (best[line - 1] - cost).argmax()
    return path


def _regressed(seen: Floats, ground: Floats, readable: Flags, path: Floats) -> Floats:
    """Fit each line's gains from those of the path on: float32 array of shape (lines, 3)."""
    seen, ground = (np.ascontiguousarray(np.moveaxis(part * readable, 2, 0)) for part in (seen, ground))
    both, square = seen * ground, np.square(ground)  # (3, lines, n)
    gains = np.repeat(path[None], 3, axis=0)
    strange = STRANGE
    for _ in range(ROUNDS):
        error = np.maximum.reduce(np.abs(seen - gains[:, :, None] * ground))
        weight = 1 / np.square(1 + np.square(error / np.float32(strange)))
        common, spread = (np.einsum("ln,cln->cl", weight, part) for part in (both, square))
        gains = (common + np.float32(PRIOR) * gains) / (spread + np.float32(PRIOR))
        strange = max(LEAST_STRANGE, strange * ANNEALING)
    return np.ascontiguousarray(gains.T, np.float32)
