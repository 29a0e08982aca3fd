"""From samples to their weights: recurrence, re-vote, ghosts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Flags, Floats, Image
from stillplate.errors import ParameterError
from stillplate.imaging.resize import nearest_rows
from stillplate.plate.votes.agreement import Agreement, recurrence_weights
from stillplate.plate.votes.ghosts import find_ghosts, reweight_ghosts
from stillplate.plate.votes.groups import LEAST_GHOST_AREA, without_groups
from stillplate.plate.votes.revote import find_seen, ground_weights, revote
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import estimate_noise
from stillplate.sampling.stack import SampleStack

__all__ = ["Votes", "weigh", "weigh_samples"]


MOST_DOUBTFUL = 0.5  # greatest support of a pixel that may show a ghost; right and wrong pixels are parted by 0.6
DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class Votes:
    """Weights of the samples, and what else follows from them.

    Attributes
    ----------
    weights : float32 array of shape (T, h, w), 0..1
        Weight of each sample, in temporal order, on the small image.
    support : float32 array of shape (h, w), 0..1
        Certainty of the plate, from the share of the samples that show it.
    noise : float, 8-bit levels
        Standard deviation of the small images' noise per channel.
    ghost_area : bool array of shape (h, w)
        Where an object stood still for so long that it had most of the weight at first.
    seen : bool array of shape (h, w)
        Where at least two samples show the plate's colour; elsewhere no sample is reliable.
    merge : float, 8-bit levels
        Clusters whose mean colours are nearer than this, or whose samples weigh alike, are merged; 0: none are.
    """

    weights: Floats
    support: Floats
    noise: float
    ghost_area: Flags
    seen: Flags
    merge: float

    def seen_rows(self, rows: slice, height: int, width: int) -> Flags:
        """Return a band of rows of `seen` at full size, by nearest neighbour.

        Parameters
        ----------
        rows : slice
            Rows of the full image.
        height, width : int
            Size of the full image, in pixels.

        Returns
        -------
        bool array of shape (rows, width)
        """
        return nearest_rows(self.seen, rows, height, width)

    def rows(self, rows: slice, height: int, width: int) -> tuple[Floats, Floats]:
        """Return a band of rows of weights and support at full size, by linear interpolation.

        Parameters
        ----------
        rows : slice
            Rows of the full image.
        height, width : int
            Size of the full image, in pixels.

        Returns
        -------
        weights : float32 array of shape (T, rows, width)
        support : float32 array of shape (rows, width)
            Both are the same for any division of the image into bands.
        """
        return _resize_rows(self.weights, rows, height, width), _resize_rows(self.support[None], rows, height, width)[0]


def _resize_rows(images: Floats, rows: slice, height: int, width: int) -> Floats:
    """Return a band of rows of small images at full size, by linear interpolation: float32 (T, rows, width)."""
    import cv2

    count, small_height, small_width = images.shape
    if (small_height, small_width) == (height, width):
        return images[:, rows]
    position = np.clip((np.arange(rows.start, rows.stop) + 0.5) * (small_height / height) - 0.5, 0, small_height - 1)
    above = np.floor(position).astype(np.intp)
    below = np.minimum(above + 1, small_height - 1)
    share = (position - above).astype(np.float32)[:, None]
    lines = (images[:, above] * (1 - share) + images[:, below] * share).reshape(-1, small_width)
    wide = cv2.resize(lines, (width, len(lines)), interpolation=cv2.INTER_LINEAR)  # along the rows only
    return np.asarray(wide, np.float32).reshape(count, -1, width)


def weigh_samples(stack: SampleStack, rules: Rules = DEFAULT, valid: Flags | None = None) -> Votes:
    """Weight the samples by how far each shows the background.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`.
    rules : Rules, optional
    valid : bool array of shape (T, h, w), optional
        Which samples count where, on the small images; all if omitted. Where none is valid, `seen` is false.

    Returns
    -------
    Votes

    Raises
    ------
    ParameterError
        If the stack has no small images.
    """
    if stack.small is None or stack.small_neighbours is None:
        raise ParameterError("the stack has no small images, which the vote needs: gather with neighbours=True")
    return weigh(stack.small, estimate_noise(stack.small, stack.small_neighbours, valid), rules, valid)


def weigh(samples: Image, noise: float, rules: Rules = DEFAULT, valid: Flags | None = None) -> Votes:
    """Weight small images of known noise by how far each shows the background.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    noise : float
        Standard deviation of their noise per channel, in 8-bit levels.
    rules, valid
        As for `weigh_samples`.

    Returns
    -------
    Votes

    Notes
    -----
    Five steps, one after the other: samples that recur get weight, with the help of neighbouring pixels
    (`recurrence_weights`); the plate that these weights yield gives new weights, in ever smaller boxes (`revote`);
    objects that stood still are found by their contours, which are in the plate and not in some frames (`find_ghosts`),
    and lose their weight (`reweight_ghosts`); so do people who stood in groups (`without_groups`); the final weight is
    how far each sample shows the background (`ground_weights`).

    References
    ----------
    .. [1] B. Sauvalle, A. de La Fortelle, "Fast and accurate background reconstruction using background bootstrapping"
       (BB-SGD), J. Imaging 8(1), 2022. :doi:`10.3390/jimaging8010009`
    """
    agreement = Agreement(samples, noise, rules, valid)
    weights = recurrence_weights(agreement, rules) if rules.recurrence_power else np.ones(samples.shape[:3], np.float32)
    plate, weights = revote(samples, weights, rules.revote_scales, rules, valid)
    ghost_area = np.zeros(plate.shape[:2], np.bool_)
    for _ in range(rules.ghost_rounds):
        ghosts = find_ghosts(samples, plate, agreement, noise, rules)
        if ghosts.any(axis=0).mean() < LEAST_GHOST_AREA:
            break
        weights = reweight_ghosts(ghosts, weights, ghost_area)
        plate, weights = revote(samples, weights, rules.revote_scales[-2:], rules, valid)
    doubtful = np.zeros_like(ghost_area)
    if rules.ghost_rounds:
        plate, doubtful = without_groups(samples, plate, weights, ghost_area, agreement, noise, rules)
    final = ground_weights(samples, plate, ghost_area, rules, valid)
    share = (
        final.mean(axis=0) if valid is None else final.sum(axis=0) / np.maximum(1, valid.sum(axis=0, dtype=np.float32))
    )
    support = np.clip(share, 0, 1) ** np.float32(rules.support_power)
    support = np.where(doubtful, np.minimum(support, np.float32(MOST_DOUBTFUL)), support)
    merge = min(max(2.0, rules.merge_sigmas * noise), 20.0) if rules.merge_sigmas else 0.0
    return Votes(final, support, noise, ghost_area, find_seen(samples, plate, valid), merge)
