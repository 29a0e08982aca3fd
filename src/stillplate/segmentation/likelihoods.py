"""How likely each pixel of a clip is foreground: a small map for each frame, found over the whole clip."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate.arrays import Doubles, Floats, Numbers

__all__ = ["OCTAVES", "Likelihoods", "plate_counts"]

OCTAVES = np.arange(-2, 4.01, 0.5)  # limits between which ratios are counted together
LEAST = 0.01  # least likelihood that is told apart from 0, and from 1
LEVELS = 63  # steps between 0 and 1
SPEED = 1  # of zlib, 1..9


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Small maps of the likelihood of foreground, compressed.

    Attributes
    ----------
    size : (int, int)
        Width and height of a map, in pixels.
    maps : tuple of bytes
        Of each frame of the clip; empty where it is unknown.
    weights : tuple of float
        What the difference from the plate tells, in log-odds, by half octaves of its ratio to the threshold, from the
        sums of `plate_counts` over the clip.
    """

    size: tuple[int, int]
    maps: tuple[bytes, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, size: tuple[int, int], maps: Sequence[Floats | None], counts: Doubles) -> Self:
        """Compress maps of values 0..1; the counts are those of `plate_counts`, over the whole clip."""
        return cls(size, tuple(b"" if one is None else _packed(one) for one in maps), _weights(counts))

    def at(self, index: int | None) -> Floats | None:
        """Return the map of a frame: float32 of shape (h, w), 0..1; None where it is unknown."""
        if index is None or not 0 <= index < len(self.maps) or not self.maps[index]:
            return None
        width, height = self.size
        steps = np.frombuffer(zlib.decompress(self.maps[index]), np.uint8).reshape(height, width)
        return steps.astype(np.float32) / np.float32(LEVELS)

    def joined(self, likelihood: Floats, ratio: Floats) -> Floats:
        """Join a map with the frame's difference from the plate.

        Parameters
        ----------
        likelihood : float32 array of shape (h, w), 0..1
        ratio : float32 array of shape (h, w)
            Difference over its threshold; NaN where the ground was never seen.

        Returns
        -------
        float32 array of shape (h, w)
            Odds of foreground, squared.
        """
        likely = np.clip(likelihood, LEAST, 1 - LEAST)
        told = np.where(np.isnan(ratio), 0, np.array(self.weights, np.float32)[_bins(ratio)])
        return np.asarray(np.square(likely / (1 - likely)) * np.exp(told), np.float32)


def plate_counts(likelihood: Floats, ratio: Floats) -> Doubles:
    """Count foreground and ground of one frame by what they differ from the plate.

    Parameters
    ----------
    likelihood, ratio : float32 arrays of shape (h, w)
        As for `Likelihoods.joined`.

    Returns
    -------
    float64 array of shape (2, bins)
        Sums of the likelihood, and of the rest to 1.
    """
    known = ~np.isnan(ratio)
    bins, likely = _bins(ratio[known]), likelihood[known]
    return np.stack([np.bincount(bins, share, len(OCTAVES) + 1) for share in (likely, 1 - likely)])


def _bins(ratio: Floats) -> Numbers:
    """Count the limits that each ratio reaches, which takes a tenth of the time of `np.digitize`; 0 of NaN."""
    reached = sum((ratio >= limit).view(np.int8) for limit in (2**OCTAVES).astype(np.float32))
    return np.asarray(reached, np.intp)


def _weights(counts: Doubles) -> tuple[float, ...]:
    """Return the log of how much more often foreground differs so much than ground; it never falls."""
    shares = (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)
    told = np.log(shares[0] / shares[1])
    return tuple(float(one) for one in np.maximum.accumulate(told))


def _packed(likelihood: Floats) -> bytes:
    return zlib.compress(np.rint(likelihood * LEVELS).astype(np.uint8).tobytes(), SPEED)
