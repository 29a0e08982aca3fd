"""Refinement of a frame's position on the plate by direct alignment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.camera.direct_alignment import Template, smooth
from stillplate.imaging.homography import fit_size, inverse, scaling_matrix
from stillplate.imaging.resize import resized_grey
from stillplate.imaging.transform import Transform

__all__ = ["Refinement"]

LONGEST = 480  # pixels: longer side of the images that are aligned, at most
FARTHEST = 1 / 64  # share of the longer side: a refinement that moves some pixel by more is rejected
COARSE_FACTOR = 2  # reduction of the first of two alignments


class Refinement:
    """A plate on which approximate positions of frames are refined.

    Parameters
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
    size : (int, int)
        Width and height of the frames, in pixels.
    seen : bool array of shape (H, W), optional
        Where the plate is known; everywhere if omitted.
    model : str
        Motion model: "translation", "similarity", "affine" or "homography".
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
        self._plate = resized_grey(plate, small)
        known = np.ones((height, width), np.uint8) if seen is None else seen.view(np.uint8)
        self._seen = np.asarray(cv2.resize(known, small, interpolation=cv2.INTER_NEAREST), np.uint8)
        self._model = model

    def refine(self, image: Image, transform: Transform) -> tuple[Transform, float]:
        """Refine the transform of a frame.

        Parameters
        ----------
        image : uint8 array of shape (h, w, 3), RGB
            The frame.
        transform : Transform
            From the frame to the plate, correct to a pixel or two.

        Returns
        -------
        Transform
            The refined transform; the given one if no refinement has a lower cost.
        float
            Median distance of the plate's steep pixels from the frame's, in pixels of the frame; infinite if there are
            too few.
        """
        import cv2

        to_plate, distance = self._shrink @ transform.matrix @ self._enlarge, np.inf
        frame, flags = resized_grey(image, self._size), cv2.WARP_INVERSE_MAP
        for size in (fit_size(self._size, -(-max(self._size) // COARSE_FACTOR)), self._size):
            enlarge = scaling_matrix(size, self._size)
            at = to_plate @ enlarge
            view = cv2.warpPerspective(self._plate, at, size, flags=flags | cv2.INTER_LINEAR)
            known = cv2.warpPerspective(self._seen, at, size, flags=flags | cv2.INTER_NEAREST)
            reduced = frame if size == self._size else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            template = Template(smooth(view), np.asarray(known, np.uint8), self._model)
            correction, distance = template.improve(smooth(reduced), np.eye(3), FARTHEST * max(size))
            to_plate = at @ inverse(correction) @ inverse(enlarge)
        if not np.isfinite(distance):
            return transform, distance
        moved = inverse(self._shrink) @ to_plate @ inverse(self._enlarge)
        return Transform(moved / moved[2, 2]), distance * float(self._enlarge[0, 0])
