"""Which samples show the same, and what recurs."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.stack import small_size
from stillplate.video.source import Image
from stillplate.votes.pictures import Flags, Floats, all_resized, each, of_valid, resized
from stillplate.votes.rules import Rules

__all__ = ["Agreement", "recurrence"]


class Agreement:
    """Which samples show the same around a pixel: A_tu = exp(-4 · share of the 3 x 3 patch that differs).

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    noise : float
        Sigma, in 8-bit levels.
    rules : Rules
    valid : bool array of shape (T, h, w), optional
        Who may speak, and is told, where; everybody if not given.
    """

    def __init__(self, samples: Image, noise: float, rules: Rules, valid: Flags | None = None) -> None:
        _, height, width, _ = samples.shape
        self._size, self._small = (height, width), small_size(height, width, rules.agreement_side)
        self._pictures = np.stack(each(lambda t: resized(samples[t], self._small), len(samples))).astype(np.uint8)
        self._full = round(min(max(rules.noises * noise, rules.different), 2 * rules.different))
        self._sharpness = rules.sharpness
        self._valid = valid

    def heard(self, *votes: Floats) -> list[Floats]:
        """Add up, for every sample, what those say that agree with it: Σ_u A_tu · votes_u.

        Parameters
        ----------
        *votes : float32 arrays of shape (T, h, w)

        Returns
        -------
        list of float32 arrays of shape (T, h, w)
        """
        small = np.stack([all_resized(of_valid(vote, self._valid), self._small) for vote in votes])
        sums = kernels.agree(self._pictures, small, full=self._full, sharpness=self._sharpness)
        return [of_valid(all_resized(sum_, self._size), self._valid) for sum_ in sums]


def recurrence(calm: Floats, agreement: Agreement, power: float) -> Floats:
    """Weigh each sample by what confirms it: (R / max R)^power, R_t = Σ_u A_tu · calm_u.

    The ground comes back after every passer-by, the same each time; leaves and people seldom look alike twice.
    """
    (confirmed,) = agreement.heard(calm)
    return np.asarray((confirmed / confirmed.max(axis=0)) ** np.float32(power), np.float32)
