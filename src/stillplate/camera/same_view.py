"""Registration of the picture of a still camera to that of another one that shows the same place."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Image
from stillplate.camera.direct_alignment import Template, smooth
from stillplate.camera.keyframe import FEWEST, Key
from stillplate.imaging.homography import fit_size, inverse, scaling_matrix
from stillplate.imaging.resize import resized_grey
from stillplate.imaging.transform import Transform

__all__ = ["find_view"]

SEARCHED = 480  # pixels: longer side, at most, of the pictures in which the view is searched
REFINED = 1920  # pixels: longer side, at most, of the pictures by whose grey levels it is refined
MOST_CORRECTION = 2.0  # pixels of the searched pictures: greatest correction by grey levels


def find_view(plate: Image, picture: Image) -> Transform | None:
    """Register a picture to another one of the same size: of a camera put back at its place, or about there.

    Parameters
    ----------
    plate, picture : uint8 arrays of shape (H, W, 3), RGB

    Returns
    -------
    Transform or None
        From `picture` to `plate`; the identity if the plate is too plain to tell. None if they show no common view.

    Notes
    -----
    Corners of the plate are tracked into the picture; where that fails, both are compared by their SIFT keypoints
    first. The homography of most corners is then refined by the grey levels of steep pixels, at full size.
    """
    size = plate.shape[1], plate.shape[0]
    small = fit_size(size, SEARCHED)
    key, other = (Key(resized_grey(image, small), 0) for image in (plate, picture))
    if len(key.corners) < FEWEST:
        return Transform.shifted(0, 0)
    found = key.register(other.grey, np.eye(3))
    if not found.found:
        guess = key.recognise(other)
        if guess is None:
            return None
        found = key.register(other.grey, guess)
    if not found.found:
        return None
    large = fit_size(size, REFINED)
    enlarge = scaling_matrix(small, large)
    start = inverse(enlarge @ found.matrix @ inverse(enlarge))
    grey, levels = (smooth(resized_grey(image, large)) for image in (plate, picture))
    way, _ = Template(grey).improve(levels, start, MOST_CORRECTION * max(large) / max(small))
    whole = scaling_matrix(large, size)
    matrix = whole @ inverse(way) @ inverse(whole)
    return Transform(matrix / matrix[2, 2])
