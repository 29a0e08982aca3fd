"""Which samples show the same, and what recurs."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import box
from stillplate.imaging.resize import resized, small_size
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import all_resized, of_valid
from stillplate.threads import map_samples

__all__ = ["Agreement", "recurrence"]

TINY = 1e-20  # a weight that is none
NOBODY = 1e-3  # votes of those whom nobody confirms
LIKELY = 4  # power of R / max R: who is likely to show the ground
SURE = 3  # power of what confirms the likely: how far a pixel is believed by its neighbours


class Agreement:
    """Which samples show the same around a pixel: A_tu = exp(-6 · share of the 3 x 3 patch that differs).

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    noise : float
        Sigma, in 8-bit levels.
    rules : Rules
    valid : bool array of shape (T, h, w), optional
        Who may speak, and is told, where; everybody if not given.

    Attributes
    ----------
    size, small : (int, int)
        Height and width of the samples, and of the pictures that are compared.
    valid : bool array of shape (T, h, w), or None
    told : float32 array of shape (T, *small), 0..1
        The same on the pictures that are compared.
    """

    def __init__(self, samples: Image, noise: float, rules: Rules, valid: Flags | None = None) -> None:
        _, height, width, _ = samples.shape
        self.size, self.small = (height, width), small_size(height, width, rules.agreement_side)
        self._pictures = np.stack(map_samples(lambda t: resized(samples[t], self.small), len(samples))).astype(np.uint8)
        most = min(2 * rules.different, float(kernels.FULLEST))
        self._full = round(min(max(rules.noises * noise, rules.different), most))
        self._sharpness = rules.sharpness
        self.valid = valid
        everybody = np.ones((len(samples), *self.small), np.float32)
        self.told = everybody if valid is None else all_resized(valid.astype(np.float32), self.small)
        self.heard_of = None if valid is None else self.told

    def heard(self, *votes: Floats) -> list[Floats]:
        """Add up, for every sample, what those say that agree with it: Σ_u A_tu · votes_u.

        Parameters
        ----------
        *votes : float32 arrays of shape (T, h, w)

        Returns
        -------
        list of float32 arrays of shape (T, h, w)
        """
        votes_here = np.stack([all_resized(of_valid(vote, self.valid), self.small) for vote in votes])
        return [of_valid(all_resized(sum_, self.size), self.valid) for sum_ in self._sum(votes_here, own=True)]

    def confirmed(self, votes: Floats) -> Floats:
        """Add up, for every sample, what the *others* say that agree with it, on the pictures that are compared.

        Parameters
        ----------
        votes : float32 array of shape (T, *small)

        Returns
        -------
        float32 array of shape (T, *small)
        """
        (others,) = self._sum(votes[None], own=False)
        return np.asarray(others * self.told + np.float32(NOBODY), np.float32)

    def _sum(self, votes: Floats, *, own: bool) -> Floats:
        return kernels.patch_agreement(self._pictures, votes, full=self._full, sharpness=self._sharpness, own=own)


def recurrence(agreement: Agreement, rules: Rules) -> Floats:
    """Weigh each sample by what confirms it: (R / max R)^12, R_t = Σ_u A_tu · votes_u over the others.

    The ground comes back after every passer-by, the same each time; leaves and people seldom look alike twice. At
    first all votes are alike. Then the neighbours are heard, again and again: who was confirmed around a pixel likely
    shows the ground at it as well, and the surer they are, the farther their word goes. So the ground grows from where
    it is seen often to where it is seen seldom.
    """
    confirmed = agreement.confirmed(agreement.told)
    for fraction in np.repeat(rules.neighbour_scales, rules.repeats):
        confirmed = agreement.confirmed(aggregate_neighbours(confirmed, fraction, agreement.heard_of) * agreement.told)
    confirmed = all_resized(confirmed, agreement.size)
    weights = (confirmed / confirmed.max(axis=0)) ** np.float32(rules.recurrence)
    return np.asarray(of_valid(weights, agreement.valid), np.float32)


def aggregate_neighbours(confirmed: Floats, fraction: float, told: Floats | None = None) -> Floats:
    """Ask around each pixel, in a box, who shows the ground: box(C w_t) / box(C).

    w_t = (R_t / max R)^4, C = (Σ R_t w_t / Σ w_t)^3. Where not all are valid, box(C v_t w_t) / box(C v_t).
    """
    likely = (confirmed / confirmed.max(axis=0)) ** np.float32(LIKELY)
    sure = ((confirmed * likely).sum(axis=0) / likely.sum(axis=0)) ** np.float32(SURE)
    if told is None:
        return np.stack(map_samples(lambda t: box(likely[t] * sure, fraction), len(likely))) / box(sure, fraction)

    def heard(t: int) -> Floats:
        word = sure * told[t]
        return np.asarray(box(likely[t] * word, fraction) / np.maximum(box(word, fraction), TINY), np.float32)

    return np.stack(map_samples(heard, len(likely)))
