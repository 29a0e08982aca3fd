"""How likely each pixel of a clip is foreground: a small map for each frame, found over the whole clip."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate import kernels
from stillplate.arrays import Doubles, Floats, Numbers
from stillplate.segmentation.cleanup import SEED, hysteresis

__all__ = ["OCTAVES", "Likelihoods", "enlarged_to_overlap", "plate_counts"]

OCTAVES = np.arange(-2, 4.01, 0.5)  # limits between which ratios are counted together
LIMITS = (2**OCTAVES).astype(np.float32)
LEAST = 0.01  # least likelihood that is told apart from 0, and from 1
LEVELS = 63  # steps between 0 and 1
SPEED = 1  # of zlib, 1..9
BINS = 100  # of probabilities that are counted together
LOWEST = 0.25  # least probability that is marked: below, more of a mask would be wrong than right


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
        factors = np.exp(np.array(self.weights, np.float32))
        return kernels.join_odds(likelihood, ratio, LIMITS, factors, least=LEAST)


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


def enlarged_to_overlap(odds: Floats) -> Floats:
    """Raise the odds of what lies around something sure, so that all that are above 1 overlap best with what is there.

    Parameters
    ----------
    odds : float32 array of shape (h, w)
        Of foreground; 1.6 is sure.

    Returns
    -------
    float32 array of shape (h, w)
        Above 1 where a pixel is to be marked. The same where all is sure.

    Notes
    -----
    To mark what is more likely foreground than not makes the fewest errors. To overlap best with what is there (F, or
    the intersection over union) a pixel is marked from a probability of half the best expected F [1]_: where much is
    doubtful, less likely pixels, too. Only regions that hold something sure are enlarged so.

    References
    ----------
    .. [1] Z. C. Lipton, C. Elkan, B. Naryanaswamy, "Optimal thresholding of classifiers to maximize F1 measure", ECML
       PKDD 2014, section 4. :doi:`10.1007/978-3-662-44851-9_15`
    """
    counts, hits = (sums[::-1].cumsum() for sums in kernels.count_odds(odds, BINS))
    if hits[-1] == 0:
        return odds
    least = 1 - (1 + int((2 * hits / (counts + hits[-1])).argmax())) / BINS
    least = min(max(least, LOWEST), 0.5)
    raised = odds * np.float32((1 - least) / least)
    return np.where(hysteresis(raised > 1, odds > SEED), raised, odds)


def _bins(ratio: Floats) -> Numbers:
    """Count the limits that each ratio reaches, which takes a tenth of the time of `np.digitize`; 0 of NaN."""
    reached = sum((ratio >= limit).view(np.int8) for limit in LIMITS)
    return np.asarray(reached, np.intp)


def _weights(counts: Doubles) -> tuple[float, ...]:
    """Return the log of how much more often foreground differs so much than ground; it never falls."""
    shares = (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)
    told = np.log(shares[0] / shares[1])
    return tuple(float(one) for one in np.maximum.accumulate(told))


def _packed(likelihood: Floats) -> bytes:
    return zlib.compress(np.rint(likelihood * LEVELS).astype(np.uint8).tobytes(), SPEED)
