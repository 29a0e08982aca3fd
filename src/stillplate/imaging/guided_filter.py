"""Enlarging a small map so that its edges follow those of an image."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from stillplate.arrays import Floats, Image

__all__ = ["enlarged_along"]

RADIUS = 4  # pixels of the map
SMOOTH = 1e-4  # squared share of the range of levels: less variance than this is no edge


def enlarged_along(image: Image, small: Floats) -> Floats:
    """Enlarge a map to the size of an image, along the image's edges.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    small : float32 array of shape (h, w)

    Returns
    -------
    float32 array of shape (H, W)

    References
    ----------
    K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35(6), 2013, section 3.4 (colour guide);
    :doi:`10.1109/TPAMI.2012.213`; the coefficients are found in the small image and enlarged, as in the fast form.
    """
    import cv2

    height, width = small.shape
    guide = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    slopes, offset = _fitted(cv2.split(guide), small)
    size = (image.shape[1], image.shape[0])
    large: Any = cv2.resize(_box(offset), size, interpolation=cv2.INTER_LINEAR)
    for slope, level in zip(slopes, cv2.split(image), strict=True):
        large += cv2.resize(_box(slope) / np.float32(255), size, interpolation=cv2.INTER_LINEAR) * level
    return np.asarray(large, np.float32)


def _fitted(guide: Sequence[Any], small: Floats) -> tuple[list[Floats], Floats]:
    """Fit the map around each pixel by the three channels of the guide: slopes, and offset."""
    mean, mean_map = [_box(one) for one in guide], _box(small)
    covariance = [
        _box(guide[a] * guide[b]) - mean[a] * mean[b] + np.float32(SMOOTH * (a == b))
        for a, b in product(range(3), repeat=2)
    ]
    with_map = [_box(one * small) - middle * mean_map for one, middle in zip(guide, mean, strict=True)]
    slopes = _solved(covariance, with_map)
    return slopes, mean_map - sum(slope * middle for slope, middle in zip(slopes, mean, strict=True))


def _solved(matrix: Sequence[Floats], right: Sequence[Floats]) -> list[Floats]:
    """Solve symmetric systems of three unknowns, all at once: a tenth of the time of LAPACK's, one by one."""
    aa, ab, ac, _, bb, bc, _, _, cc = matrix
    a, b, c = right
    bb, bc, cc = bb - ab / aa * ab, bc - ab / aa * ac, cc - ac / aa * ac
    b, c = b - ab / aa * a, c - ac / aa * a
    z = (c - bc / bb * b) / (cc - bc / bb * bc)
    y = (b - bc * z) / bb
    x = (a - ab * y - ac * z) / aa
    return [np.asarray(one, np.float32) for one in (x, y, z)]


def _box(picture: Floats) -> Floats:
    import cv2

    return np.asarray(cv2.blur(picture, (2 * RADIUS + 1, 2 * RADIUS + 1)), np.float32)
