"""The light of a frame: gain and bias per channel between it and the plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import DeepImage, Floats, Image

__all__ = [
    "BRIGHT", "DARK", "FEWEST", "FLAT", "GAINS", "GRID", "LEAST_STRANGE", "OFFSETS", "STRANGE", "Gain",
    "commonest_ratio", "estimate_gain",
]  # fmt: skip


GRID = 2000  # pixels to look at: the mean of so many is sure to a fifth of a level
FEWEST = 200  # pixels that are neither black nor burnt out, or the light is taken as it is
DARK, BRIGHT = 8, 247  # levels between which a channel follows the light
RATIOS, RATIO_STEP = 80, 0.02  # of log(I / B): so many are told apart, on both sides of the same light
ROUNDS = 6
STRANGE, LEAST_STRANGE = 12.0, 4.0  # levels at which a pixel counts a quarter: at first, and at last ...
ANNEALING = 0.75  # ... shrinking so from round to round
FLAT = 25.0  # levels²: a picture of less variance tells no gain
GAINS, OFFSETS = (0.6, 1.6), (-40.0, 40.0)  # what one camera does by itself from frame to frame
UNNOTICED = (0.01, 1.0)  # gain and levels under which the frame is taken as it is


@dataclass(frozen=True, slots=True)
class Gain:
    """One light against another: I = scale · B + offset, channel by channel.

    Attributes
    ----------
    scale : float32 array of shape (3,)
        Of red, green and blue.
    offset : float32 array of shape (3,)
        In 8-bit levels.
    """

    scale: Floats
    offset: Floats

    @classmethod
    def none(cls) -> Gain:
        """The same light."""
        return cls(np.ones(3, np.float32), np.zeros(3, np.float32))

    @property
    def noticeable(self) -> bool:
        """Whether anything but rounding would change."""
        gain, levels = UNNOTICED
        return bool(np.abs(self.scale - 1).max() >= gain or np.abs(self.offset).max() >= levels)

    def apply(self, image: Image) -> Image:
        """Show the plate, uint8 of shape (H, W, 3), in the frame's light."""
        return _looked_up(image, _table(np.arange(256)[:, None] * self.scale + self.offset))

    def undo(self, image: Image) -> Image:
        """Show the frame, uint8 of shape (H, W, 3), in the plate's light."""
        return _looked_up(image, self.undoing())

    def undo_deep(self, image: DeepImage) -> DeepImage:
        """Show the frame, uint16 of shape (H, W, 3), in the plate's light."""
        import cv2

        lit = np.column_stack([np.diag(1 / self.scale), -257 * self.offset / self.scale])  # B = (I - offset) / scale
        return np.asarray(cv2.transform(image, lit), np.uint16)

    def undoing(self) -> npt.NDArray[np.uint8]:
        """Tell what becomes of each level in the plate's light: uint8 array of shape (256, 3)."""
        return _table((np.arange(256)[:, None] - self.offset) / self.scale)


def _table(levels: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    return np.asarray(np.clip(levels + 0.5, 0, 255), np.uint8)


def _looked_up(image: Image, table: npt.NDArray[np.uint8]) -> Image:
    import cv2

    return np.asarray(cv2.LUT(image, table.reshape(256, 1, 3)), np.uint8)


def estimate_gain(image: Image, plate: Image) -> Gain:
    """Estimate the light of a frame on what shows the ground.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate as its camera sees it.

    Returns
    -------
    Gain
        From the plate's light to the frame's; no change where too little of the picture can tell.

    Notes
    -----
    Linear regression per channel on an even grid of some 2000 pixels, reweighted with Geman and McClure's weight
    w = 1 / (1 + (r/s)²)², s falling from 12 to 4 levels: what moves weighs nothing, as long as the ground's light is
    the commonest. The start, the mode of log(I/B), makes that so. The slope is drawn to 1 on a flat picture.

    References
    ----------
    S. Geman, D. McClure, "Statistical methods for tomographic image reconstruction", Bull. Int. Stat. Inst. 52, 1987.
    """
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / GRID)))
    seen, ground = (_channels(part[::step, ::step]) for part in (image, plate))
    useful = np.logical_and.reduce((np.minimum(seen, ground) > DARK) & (np.maximum(seen, ground) < BRIGHT))
    if np.count_nonzero(useful) < FEWEST:
        return Gain.none()
    seen, ground = np.compress(useful, seen, axis=1), np.compress(useful, ground, axis=1)
    scale, offset = np.full((3, 1), commonest_ratio(seen, ground), np.float32), np.zeros((3, 1), np.float32)
    strange = STRANGE
    for _ in range(ROUNDS):
        error = np.maximum.reduce(np.abs(seen - (scale * ground + offset)))
        weight = 1 / np.square(1 + np.square(error / strange))
        weight /= weight.sum()
        mean_seen, mean_ground = _weighed(seen, weight), _weighed(ground, weight)
        centred = ground - mean_ground
        common, spread = _weighed(centred * (seen - mean_seen), weight), _weighed(centred * centred, weight)
        slope = (common + FLAT) / (spread + FLAT)
        scale = np.clip(slope, *GAINS).astype(np.float32)
        offset = np.clip(mean_seen - slope * mean_ground, *OFFSETS).astype(np.float32)
        strange = max(LEAST_STRANGE, strange * ANNEALING)
    return Gain(scale[:, 0], offset[:, 0])


def _channels(image: Image) -> Floats:
    return np.ascontiguousarray(image.reshape(-1, 3).T, np.float32)


def _weighed(values: Floats, weight: Floats) -> Floats:
    return np.asarray(np.einsum("ij,j->i", values, weight))[:, None]  # not @, which wakes threads for so small a sum


def commonest_ratio(seen: Floats, ground: Floats) -> float:
    """Mode of the ratio of brightness of pixels, float32 of shape (3, n), of two pictures."""
    place = np.log(seen.sum(axis=0) / ground.sum(axis=0)) / RATIO_STEP + RATIOS / 2
    counts = np.bincount(place[(place >= 0) & (place < RATIOS)].astype(np.intp), minlength=RATIOS)
    best = int(np.convolve(counts, [1, 2, 3, 2, 1], "same").argmax())
    return float(np.exp((best + 0.5 - RATIOS / 2) * RATIO_STEP))
