"""The vote itself: from samples to what each may vote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Flags, Floats
from stillplate.errors import ParameterError
from stillplate.plate.votes.agreement import Agreement, recurrence
from stillplate.plate.votes.ghosts import find_ghosts, lay_ghosts
from stillplate.plate.votes.revote import confirm, revote, show_ground
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import estimate_noise
from stillplate.sampling.stack import SampleStack

__all__ = ["VOTES", "Votes", "calm", "check_vote"]

VOTES = ("calm", "majority")

FEW = 2e-4  # share of the picture under which a conviction changes nothing
DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class Votes:
    """How much each sample may vote.

    Attributes
    ----------
    weights : float32 array of shape (T, h, w), 0..1
        Of the samples in the order of time, on the small picture.
    support : float32 array of shape (h, w), 0..1
        How sure the plate will be: from the share of the samples that show it.
    noise : float, 8-bit levels
        Standard deviation of the small picture's noise per channel.
    haunted : bool array of shape (h, w)
        Where a ghost was convicted: something stood there for so long that it had won the vote.
    seen : bool array of shape (h, w)
        Where at least two samples show the same colour as the plate; elsewhere none can be trusted.
    merge : float, 8-bit levels
        Clusters whose mean colours are nearer than this, or whose members vote alike, are one; 0: no clusters are.
    """

    weights: Floats
    support: Floats
    noise: float
    ghost_area: Flags
    seen: Flags
    merge: float

    def seen_rows(self, rows: slice, height: int, width: int) -> Flags:
        """Bring a band of rows of `seen` to the full size, each pixel as the small one that it lies in.

        Parameters
        ----------
        rows : slice
            Of the full picture.
        height, width : int
            Of the full picture, in pixels.

        Returns
        -------
        bool array of shape (rows, width)
        """
        small_height, small_width = self.seen.shape
        down = np.arange(rows.start, rows.stop) * small_height // height
        return np.asarray(self.seen[down[:, None], np.arange(width) * small_width // width])

    def rows(self, rows: slice, height: int, width: int) -> tuple[Floats, Floats]:
        """Bring a band of rows to the full size, between the small pixels' centres in straight lines.

        Parameters
        ----------
        rows : slice
            Of the full picture.
        height, width : int
            Of the full picture, in pixels.

        Returns
        -------
        weights : float32 array of shape (T, rows, width)
        support : float32 array of shape (rows, width)
            Both the same for any way to cut the picture into bands.
        """
        return _grown(self.weights, rows, height, width), _grown(self.support[None], rows, height, width)[0]


def _grown(pictures: Floats, rows: slice, height: int, width: int) -> Floats:
    import cv2

    count, small_height, small_width = pictures.shape
    if (small_height, small_width) == (height, width):
        return pictures[:, rows]
    place = np.clip((np.arange(rows.start, rows.stop) + 0.5) * (small_height / height) - 0.5, 0, small_height - 1)
    above = np.floor(place).astype(np.intp)
    below = np.minimum(above + 1, small_height - 1)
    share = (place - above).astype(np.float32)[:, None]
    lines = (pictures[:, above] * (1 - share) + pictures[:, below] * share).reshape(-1, small_width)
    wide = cv2.resize(lines, (width, len(lines)), interpolation=cv2.INTER_LINEAR)  # each line by itself
    return np.asarray(wide, np.float32).reshape(count, -1, width)


def check_vote(vote: str) -> None:
    """Refuse a vote that there is not."""
    if vote not in VOTES:
        raise ParameterError(f"vote is {vote!r}, but one of {', '.join(VOTES)} is needed")


def calm(stack: SampleStack, rules: Rules = DEFAULT, valid: Flags | None = None) -> Votes:
    """Weigh the samples: who shows the ground votes, who shows something before it does not.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`.
    rules : Rules, optional
        The numbers to go by.
    valid : bool array of shape (T, h, w), optional
        Which samples may vote, and confirm others, where on the small picture: where none may, nothing is seen. All of
        them if not given.

    Returns
    -------
    Votes

    Raises
    ------
    ParameterError
        If the stack has no small pictures.

    Notes
    -----
    Four ideas, one after the other, each a function here: samples confirm what recurs, and hear their neighbours
    (`recurrence`); the plate that they elect weighs the samples anew, in ever smaller boxes (`revote`); things that
    stood still are found by their contours, which the plate has and the frames lack (`find_ghosts`), and voted out
    (`lay_ghosts`). What votes in the end is how far each sample shows the ground (`show_ground`).

    References
    ----------
    .. [1] B. Sauvalle, A. de La Fortelle, "Fast and accurate background reconstruction using background bootstrapping"
       (BB-SGD), J. Imaging 8(1), 2022. :doi:`10.3390/jimaging8010009`
    """
    if stack.small is None or stack.small_neighbours is None:
        raise ParameterError("the stack has no small pictures, which the vote needs: gather with neighbours=True")
    samples = stack.small
    noise = estimate_noise(samples, stack.small_neighbours, valid)
    agreement = Agreement(samples, noise, rules, valid)
    confirmed = recurrence(agreement, rules) if rules.recurrence else np.ones(samples.shape[:3], np.float32)
    plate, weights = revote(samples, confirmed, rules.rounds, rules, valid)
    ghost_area = np.zeros(plate.shape[:2], np.bool_)
    for _ in range(rules.trials):
        ghosts = find_ghosts(samples, plate, agreement, noise, rules)
        if ghosts.any(axis=0).mean() < FEW:
            break
        votes = lay_ghosts(ghosts, weights, ghost_area)
        plate, weights = revote(samples, votes, rules.rounds[-2:], rules, valid)
    shown = show_ground(samples, plate, ghost_area, rules, valid)
    share = (
        shown.mean(axis=0) if valid is None else shown.sum(axis=0) / np.maximum(1, valid.sum(axis=0, dtype=np.float32))
    )
    support = np.clip(share, 0, 1) ** np.float32(rules.support)
    merge = min(max(2.0, rules.join * noise), 20.0) if rules.join else 0.0
    return Votes(shown, support, noise, ghost_area, confirm(samples, plate, valid), merge)
