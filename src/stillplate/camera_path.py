"""The path of a moving camera: where each frame of a clip lies on the plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.motion import Transform

__all__ = ["CameraPath"]


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """Where each of a clip's N frames lies on the plate.

    Attributes
    ----------
    matrices : float64 array of shape (N, 3, 3)
        Homographies from a frame's pixels (x, y, 1) to the plate's; NaN where the frame could not be registered.
    residuals : float32 array of shape (N,)
        Median distance of matched points under the homography, in pixels; NaN where the frame could not be registered.
    inliers : int32 array of shape (N,)
        Points that the homography explains.
    model : str
        The simplest that explains the data: "translation", "similarity", "affine" or "homography".
    size : (int, int)
        Width and height of a frame, in pixels.
    canvas : (int, int)
        Width and height of the plate, in pixels: what all the frames together cover.
    """

    matrices: npt.NDArray[np.float64]
    residuals: npt.NDArray[np.float32]
    inliers: npt.NDArray[np.int32]
    model: str
    size: tuple[int, int]
    canvas: tuple[int, int]

    def __len__(self) -> int:
        return len(self.matrices)

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Which frames were registered: bool array of shape (N,)."""
        return np.asarray(np.isfinite(self.matrices).all(axis=(1, 2)))

    def transform(self, index: int) -> Transform | None:
        """Tell where a frame lies; None where that is not known."""
        if not 0 <= index < len(self) or not self.found[index]:
            return None
        return Transform(self.matrices[index])

    def neighbours(self, indices: Sequence[int]) -> dict[int, Transform]:
        """Tell where the frame before each of these lies, the one after for the first; the frame itself if unknown.

        Returns
        -------
        dict of int to Transform
            By the place of the index in the sequence; without those of which nothing is known.
        """
        beside = {place: self.transform(index - 1 if index else 1) for place, index in enumerate(indices)}
        own = {place: self.transform(index) for place, index in enumerate(indices)}
        known = {place: beside[place] or own[place] for place in own}
        return {place: transform for place, transform in known.items() if transform is not None}
