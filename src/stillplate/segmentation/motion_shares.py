"""What explains the motion in each frame of a moving camera: one plane, parallax, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from stillplate.arrays import Floats
from stillplate.camera.neighbour_flow import NeighbourFlow

__all__ = ["MOVES_BY_ITSELF", "MotionShares", "shares_between"]

MOVES_BY_ITSELF = 0.5  # likelihood above which a pixel is more likely foreground than ground


@dataclass(frozen=True, slots=True, eq=False)
class MotionShares:
    """Shares of the picture of each of a clip's N frames, by what explains their motion to a neighbouring frame.

    The three shares of a frame add up to 1. They are NaN where a frame has no neighbour on the camera's path.

    Attributes
    ----------
    plane : float32 array of shape (N,), 0..1
        Ground that one homography explains, to within 1/480 of the picture's longer side.
    parallax : float32 array of shape (N,), 0..1
        Ground that it does not: at another depth. Where one plane explains the picture's edge, what is left over.
    own : float32 array of shape (N,), 0..1
        What is more likely foreground than ground, and so moves by itself.

    Notes
    -----
    The neighbour is the next frame, or the one before where the next is not on the path. Ground that the neighbour does
    not show is divided as the ground that it shows.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = np.float32([0.75, np.nan]), np.float32([0.25, np.nan])
    >>> str(MotionShares(one, other, 0 * other))
    '75% of the picture moves with one plane, 25% by parallax (25% at most), 0% by itself (0% at most)'
    """

    plane: Floats
    parallax: Floats
    own: Floats

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, float] | None]) -> Self:
        """Put together what `shares_between` found for each frame; None where a frame has no neighbour."""
        unknown = (np.nan, np.nan, np.nan)
        columns = np.array([unknown if row is None else row for row in rows], np.float32).reshape(-1, 3).T
        return cls(*columns)

    def __len__(self) -> int:
        return len(self.own)

    def at(self, numbers: Sequence[int]) -> Self:
        """Return the shares of some frames, by their numbers; NaN for a number that the clip does not have."""
        rows = [
            (self.plane[one], self.parallax[one], self.own[one]) if 0 <= one < len(self) else None for one in numbers
        ]
        return self.of(rows)

    @property
    def known(self) -> bool:
        """Whether the shares of any frame are."""
        return bool(np.isfinite(self.own).any())

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Mean and largest share of the frames whose shares are known, by name; empty if there is none."""
        if not self.known:
            return {}
        shares = {part.name: getattr(self, part.name) for part in fields(self)}
        return {
            name: {"mean": float(np.nanmean(share, dtype=np.float64)), "max": float(np.nanmax(share))}
            for name, share in shares.items()
        }

    def __str__(self) -> str:
        if not self.known:
            return "it is known of no frame what explains its motion"
        plane, parallax, own = self.summary().values()
        return (
            f"{plane['mean']:.0%} of the picture moves with one plane, {parallax['mean']:.0%} by parallax "
            f"({parallax['max']:.0%} at most), {own['mean']:.0%} by itself ({own['max']:.0%} at most)"
        )


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
