"""The path of a moving camera: where each frame of a clip lies on the plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from stillplate.imaging.transform import Transform

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
    explained : float32 array of shape (N,)
        Share of the picture, 0..1, where the matched points agree with the homography: the rest moves by itself, or
        lies at another depth. Empty where it was not measured.
    reference : int
        The frame that the plate is seen from: where it lies, the plate has the frame's own pixels.
    shots : tuple of (int, int)
        First and last frame of each take; more than one where the clip is cut.
    skipped : tuple of (int, str)
        The frames that were looked at and could not be registered, with the reason.
    """

    matrices: npt.NDArray[np.float64]
    residuals: npt.NDArray[np.float32]
    inliers: npt.NDArray[np.int32]
    model: str
    size: tuple[int, int]
    canvas: tuple[int, int]
    explained: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    reference: int = 0
    shots: tuple[tuple[int, int], ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()

    @classmethod
    def along(
        cls,
        motions: Sequence[Transform | None],
        size: tuple[int, int],
        canvas: tuple[int, int],
        traced: CameraPath | None = None,
    ) -> CameraPath:
        """Make a path of frames that were found one by one, with what is known from tracing them, if they were."""
        matrices = np.array([np.full((3, 3), np.nan) if one is None else one.matrix for one in motions])
        count = len(motions)
        if traced is not None and len(traced) == count:
            return replace(traced, matrices=matrices)
        unknown = np.full(count, np.nan, np.float32)
        return cls(matrices.reshape(-1, 3, 3), unknown, np.zeros(count, np.int32), "translation", size, canvas)

    def __len__(self) -> int:
        return len(self.matrices)

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Which frames were registered: bool array of shape (N,)."""
        return np.asarray(np.isfinite(self.matrices).all(axis=(1, 2)))

    @property
    def still(self) -> bool:
        """Whether every frame lies on the whole plate as it is: the camera did not move."""
        return self.canvas == self.size and bool((self.matrices == np.eye(3)).all())

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
