"""A frame's place on the plate, known to a pixel or two, made exact by the grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.camera.direct_alignment import Template, smooth
from stillplate.imaging.homography import fit_size, inverse, scaling_matrix
from stillplate.imaging.transform import Transform

__all__ = ["Refinement"]

LONGEST = 480  # pixels: the longer side of the pictures that are compared, at most
FARTHEST = 1 / 64  # of the longer side: what would move some place by more is not followed
COARSE = 2  # first they are compared at half the size


class Refinement:
    """A plate that frames, whose places are about known, are held to.

    Parameters
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
    size : (int, int)
        Width and height of the frames, in pixels.
    seen : bool array of shape (H, W), optional
        Where the plate is known; everywhere, if left out.
    model : str
        What may change: "translation", "similarity", "affine" or "homography".
    """

    def __init__(
        self, plate: Image, size: tuple[int, int], seen: npt.NDArray[np.bool_] | None = None, model: str = "homography"
    ) -> None:
        import cv2

        self._size = fit_size(size, LONGEST)
        height, width, _ = plate.shape
        factor = max(self._size) / max(size)
        small = max(1, round(width * factor)), max(1, round(height * factor))
        self._enlarge, self._shrink = scaling_matrix(self._size, size), inverse(scaling_matrix(small, (width, height)))
        self._plate = _grey(plate, small)
        known = np.ones((height, width), np.uint8) if seen is None else seen.view(np.uint8)
        self._seen = np.asarray(cv2.resize(known, small, interpolation=cv2.INTER_NEAREST), np.uint8)
        self._model = model

    def refine(self, image: Image, transform: Transform) -> tuple[Transform, float]:
        """Find a frame's place exactly.

        Parameters
        ----------
        image : uint8 array of shape (h, w, 3), RGB
            The frame.
        transform : Transform
            About where it lies on the plate, to a pixel or two.

        Returns
        -------
        Transform
            Where it lies; as given, where that fits better.
        float
            How far the steep places of the plate seem to be from the frame's, in pixels of the frame: their median;
            infinite where there are too few to tell.
        """
        import cv2

        place, away = self._shrink @ transform.matrix @ self._enlarge, np.inf
        frame, flags = _grey(image, self._size), cv2.WARP_INVERSE_MAP
        for size in (fit_size(self._size, -(-max(self._size) // COARSE)), self._size):
            enlarge = scaling_matrix(size, self._size)
            at = place @ enlarge
            view = cv2.warpPerspective(self._plate, at, size, flags=flags | cv2.INTER_LINEAR)
            known = cv2.warpPerspective(self._seen, at, size, flags=flags | cv2.INTER_NEAREST)
            picture = frame if size == self._size else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            template = Template(smooth(view), np.asarray(known, np.uint8), self._model)
            way, away = template.improve(smooth(picture), np.eye(3), FARTHEST * max(size))
            place = at @ inverse(way) @ inverse(enlarge)
        if not np.isfinite(away):
            return transform, away
        moved = inverse(self._shrink) @ place @ inverse(self._enlarge)
        return Transform(moved / moved[2, 2]), away * float(self._enlarge[0, 0])


def _grey(image: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if grey.shape[::-1] != size:
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
