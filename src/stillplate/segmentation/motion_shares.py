"""What explains the motion in each frame of a moving camera: one plane, parallax, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from stillplate.arrays import Doubles, Floats, Numbers
from stillplate.camera.neighbour_flow import NeighbourFlow

__all__ = ["MOVES_BY_ITSELF", "MotionShares", "shares_between"]

MOVES_BY_ITSELF = 0.5  # likelihood above which a pixel is more likely foreground than ground
MOST_OF_EDGE = 0.5  # share of the picture's edge that shows the ground, whatever crosses it
SCENE = 0.1  # share of the picture: what moves on less is a thing, and no scene that is marked
REACH = 4  # frames before and after: those of a cell of the consensus


@dataclass(frozen=True, slots=True, eq=False)
class MotionShares:
    """Shares of the picture of each of a clip's N frames, by what explains their motion to a neighbouring frame.

    The first three shares of a frame add up to 1. They are NaN where a frame has no neighbour on the camera's path.

    Attributes
    ----------
    plane : float32 array of shape (N,), 0..1
        Ground that one homography explains, to within 1/480 of the picture's longer side.
    parallax : float32 array of shape (N,), 0..1
        Ground that it does not: at another depth. Where one plane explains the picture's edge, what is left over.
    own : float32 array of shape (N,), 0..1
        What is more likely foreground than ground, and so moves by itself.
    edge : float32 array of shape (N,), 0..1
        Of the picture's edge, what one homography explains.

    Notes
    -----
    The neighbour is the next frame, or the one before where the next is not on the path. Ground that the neighbour does
    not show is divided as the ground that it shows.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = np.float32([0.75, np.nan]), np.float32([0.25, np.nan])
    >>> str(MotionShares(one, other, 0 * other, one))
    '75% of the picture moves with one plane, 25% by parallax (25% at most), 0% by itself (0% at most)'
    """

    plane: Floats
    parallax: Floats
    own: Floats
    edge: Floats

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, float, float] | None]) -> Self:
        """Put together what was found for each frame, in the order of the attributes; None where that is nothing."""
        unknown = (np.nan,) * len(fields(cls))
        columns = np.array([unknown if row is None else row for row in rows], np.float32).reshape(-1, len(unknown)).T
        return cls(*columns)

    def __len__(self) -> int:
        return len(self.own)

    def at(self, numbers: Sequence[int]) -> Self:
        """Return the shares of some frames, by their numbers; NaN for a number that the clip does not have."""
        known = [one if 0 <= one < len(self) else len(self) for one in numbers]
        return type(self)(*(np.append(share, np.float32(np.nan))[known] for share in self._all))

    @property
    def _all(self) -> tuple[Floats, ...]:
        return self.plane, self.parallax, self.own, self.edge

    @property
    def unclear(self) -> tuple[int, ...]:
        """Numbers of the frames whose ground cannot be told from what moves, so that they have no mask.

        Ground is what most of the picture's edge shows, and what moves is told from it. Here one plane explains less
        than half of the edge, and less of the picture than is said to move by itself, if that is a tenth of it or more:
        in the frame, or in the mean over the nine frames around, which share their evidence.
        """
        frames = np.flatnonzero(np.isfinite(self.own))
        unclear = np.zeros(len(frames), np.bool_)
        for reach in (0, REACH):
            plane, _, own, edge = (_around(share, frames, reach) for share in self._all)
            unclear |= (edge < MOST_OF_EDGE) & (own > plane) & (own >= SCENE)
        return tuple(frames[unclear].tolist())

    @property
    def known(self) -> bool:
        """Whether the shares of any frame are."""
        return bool(np.isfinite(self.own).any())

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Mean and largest of the first three shares over the frames whose shares are known; empty if there is none."""
        if not self.known:
            return {}
        return {
            name: {"mean": float(np.nanmean(share, dtype=np.float64)), "max": float(np.nanmax(share))}
            for name, share in (("plane", self.plane), ("parallax", self.parallax), ("own", self.own))
        }

    def __str__(self) -> str:
        if not self.known:
            return "it is known of no frame what explains its motion"
        plane, parallax, own = self.summary().values()
        return (
            f"{plane['mean']:.0%} of the picture moves with one plane, {parallax['mean']:.0%} by parallax "
            f"({parallax['max']:.0%} at most), {own['mean']:.0%} by itself ({own['max']:.0%} at most)"
        )


def _around(shares: Floats, frames: Numbers, reach: int) -> Doubles:
    """Mean of the shares that are known, over some frames and so many before and after each."""
    padded = np.pad(shares, reach, constant_values=np.nan)
    return np.asarray(np.nanmean(padded[frames[:, None] + np.arange(2 * reach + 1)], axis=1, dtype=np.float64))


def shares_between(flow: NeighbourFlow, likelihood: Floats) -> tuple[float, float, float]:
    """Share a frame's picture among one plane, parallax and what moves by itself.

    Parameters
    ----------
    flow : NeighbourFlow
        From the frame to its neighbour.
    likelihood : float32 array of shape (h, w), 0..1
        Of foreground.

    Returns
    -------
    (float, float, float)
        As the attributes of `MotionShares`. Where the neighbour shows no ground, all ground counts with the plane.
    """
    moves = likelihood > MOVES_BY_ITSELF
    shown = flow.on_plane[flow.covered & ~moves]
    own = float(moves.mean())
    plane = (1 - own) * (float(shown.mean()) if shown.size else 1.0)
    return plane, 1 - own - plane, own
