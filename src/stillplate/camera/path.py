"""Path of a moving camera: the position of each frame of a clip on the plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from stillplate.imaging.transform import Transform

__all__ = ["CameraPath"]


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """Position of each of a clip's N frames on the plate.

    Attributes
    ----------
    matrices : float64 array of shape (N, 3, 3)
        Homographies from a frame's pixels (x, y, 1) to the plate's; NaN where the frame could not be registered.
    residuals : float32 array of shape (N,)
        Median residual of the inliers, in pixels; NaN where the frame could not be registered.
    inliers : int32 array of shape (N,)
        Number of matched points that the homography explains.
    model : str
        The simplest motion model that explains the data: "translation", "similarity", "affine" or "homography".
    size : (int, int)
        Width and height of a frame, in pixels.
    canvas : (int, int)
        Width and height of the plate, in pixels: the area that all frames cover together.
    explained : float32 array of shape (N,)
        Share of the image, 0..1, whose tracked corners lie where the homography to the frame's key frame puts them; on
        the rest they move by themselves, or lie at another depth. Empty if it was not measured.
    reference : int
        Frame whose view the plate has: there, the plate has the frame's own pixels.
    shots : tuple of (int, int)
        First and last frame of each shot; more than one if the clip is cut.
    skipped : tuple of (int, str)
        Frames that could not be registered, with the reason.
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
        """Return a path of frames registered one by one, with the figures of an earlier path of the clip, if given."""
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
        """Whether every frame covers the plate exactly: the camera did not move."""
        return self.canvas == self.size and bool((self.matrices == np.eye(3)).all())

    def transform(self, index: int) -> Transform | None:
        """Return the transform from a frame to the plate; None if it is unknown."""
        if not 0 <= index < len(self) or not self.found[index]:
            return None
        return Transform(self.matrices[index])

    def neighbours(self, indices: Sequence[int]) -> dict[int, Transform]:
        """Return the transforms of the neighbours of frames: of the frame before, or of the frame after the first.

        If that is unknown, it is the transform of the frame itself.

        Returns
        -------
        dict of int to Transform
            By position in the sequence of indices; without those that are unknown.
        """
        neighbour = {position: self.transform(index - 1 if index else 1) for position, index in enumerate(indices)}
        own = {position: self.transform(index) for position, index in enumerate(indices)}
        known = {position: neighbour[position] or own[position] for position in own}
        return {position: transform for position, transform in known.items() if transform is not None}
