"""Agreement of samples, and the weights that follow from what recurs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import box
from stillplate.imaging.resize import resized, small_size
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import resize_all, zero_invalid
from stillplate.threads import map_samples

__all__ = ["Agreement", "recurrence_weights"]

LEAST_DIVISOR = 1e-20  # least divisor of a weighted mean, so that an empty box yields 0
FLOOR = 1e-3  # sum that every sample has at least, so that samples weigh alike where none agree
LIKELIHOOD_POWER = 4  # power of R / max R that estimates how likely a sample shows the background
CERTAINTY_POWER = 3  # power of the mean R that estimates how certain a pixel is, and weights it for its neighbours


class Agreement:
    """Similarity of samples around a pixel: A_tu = exp(-6 · share of the 3 x 3 patch that differs).

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    noise : float
        Standard deviation of the noise per channel, in 8-bit levels.
    rules : Rules
    valid : bool array of shape (T, h, w), optional
        Which samples count where; all if omitted.

    Attributes
    ----------
    size, small : (int, int)
        Height and width of the samples, and of the reduced images that are compared.
    valid : bool array of shape (T, h, w), or None
    valid_share : float32 array of shape (T, *small), 0..1
        Share of each pixel of the reduced images that is valid.
    """

    def __init__(self, samples: Image, noise: float, rules: Rules, valid: Flags | None = None) -> None:
        _, height, width, _ = samples.shape
        self.size, self.small = (height, width), small_size(height, width, rules.agreement_side)
        table, self._full = _even_scale(
            rules.relative_difference, max(rules.least_difference, rules.difference_sigmas * noise)
        )
        reduced = np.stack(map_samples(lambda t: resized(samples[t], self.small), len(samples)))
        self._images = table[reduced.astype(np.uint8)]
        self._sharpness, self._most = rules.sharpness, rules.most_voters
        self.valid = valid
        ones = np.ones((len(samples), *self.small), np.float32)
        self.valid_share = ones if valid is None else resize_all(valid.astype(np.float32), self.small)

    def aggregate(self, *values: Floats) -> list[Floats]:
        """Return, for every sample, the sum of the values of all samples, weighted by agreement: Σ_u A_tu · values_u.

        Parameters
        ----------
        *values : float32 arrays of shape (T, h, w)

        Returns
        -------
        list of float32 arrays of shape (T, h, w)
        """
        reduced = np.stack([resize_all(zero_invalid(value, self.valid), self.small) for value in values])
        return [zero_invalid(resize_all(total, self.size), self.valid) for total in self._sum(reduced, own=True)]

    def aggregate_others(self, weights: Floats) -> Floats:
        """Return, for every sample, the same sum over the *other* samples, on the reduced images.

        Parameters
        ----------
        weights : float32 array of shape (T, *small)

        Returns
        -------
        float32 array of shape (T, *small)
        """
        (others,) = self._sum(weights[None], own=False)
        return np.asarray(others * self.valid_share + np.float32(FLOOR), np.float32)

    def _sum(self, values: Floats, *, own: bool) -> Floats:
        return kernels.patch_agreement(
            self._images, values, full=self._full, sharpness=self._sharpness, own=own, most=self._most
        )


def _even_scale(share: float, least: float) -> tuple[npt.NDArray[np.uint8], int]:
    """Return a scale of levels on which a difference of `share · level + least` is the same number everywhere.

    Returns
    -------
    table : uint8 array of shape (256,)
        The level on that scale, for each level: 255 · log(1 + level / a) / log(1 + 255 / a), a = least / share.
    difference : int
        What such a difference is on it; as much as the kernel takes if it is more.
    """
    a = least / share
    stretch = 255 / np.log1p(255 / a)
    table = np.rint(stretch * np.log1p(np.arange(256) / a)).astype(np.uint8)
    return table, min(max(1, round(share * stretch)), kernels.FULLEST)


def recurrence_weights(agreement: Agreement, rules: Rules) -> Floats:
    """Weight each sample by how often it recurs: (R / max R)^12, R_t = Σ_u A_tu · p_u over the other samples u.

    The background recurs unchanged after each passing object; leaves and people seldom look the same twice. At first
    all priors p are 1. Then each prior becomes the mean of what the neighbouring pixels say of the sample, in large
    boxes, repeatedly: a sample that shows the background around a pixel likely shows it there, too. So the background
    spreads from pixels where it is often visible to pixels where it is seldom visible.
    """
    sums = agreement.aggregate_others(agreement.valid_share)
    for scale in np.repeat(rules.neighbour_scales, rules.neighbour_rounds):
        prior = aggregate_neighbours(sums, scale, None if agreement.valid is None else agreement.valid_share)
        sums = agreement.aggregate_others(prior * agreement.valid_share)
    sums = resize_all(sums, agreement.size)
    weights = (sums / sums.max(axis=0)) ** np.float32(rules.recurrence_power)
    return np.asarray(zero_invalid(weights, agreement.valid), np.float32)


def aggregate_neighbours(sums: Floats, scale: float, valid_share: Floats | None = None) -> Floats:
    """Return the mean of l_t around each pixel, weighted by how certain the neighbours are: box(C l_t) / box(C).

    l_t = (R_t / max R)^4, C = (Σ R_t l_t / Σ l_t)^3. With validity v it is box(C v_t l_t) / box(C v_t).
    """
    likelihood = (sums / sums.max(axis=0)) ** np.float32(LIKELIHOOD_POWER)
    certainty = ((sums * likelihood).sum(axis=0) / likelihood.sum(axis=0)) ** np.float32(CERTAINTY_POWER)
    if valid_share is None:
        sums_in_box = np.stack(map_samples(lambda t: box(likelihood[t] * certainty, scale), len(likelihood)))
        return sums_in_box / box(certainty, scale)

    def mean(t: int) -> Floats:
        weight = certainty * valid_share[t]
        return np.asarray(
            box(likelihood[t] * weight, scale) / np.maximum(box(weight, scale), LEAST_DIVISOR), np.float32
        )

    return np.stack(map_samples(mean, len(likelihood)))
