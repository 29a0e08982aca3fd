"""Enlarging a small map so that its edges follow those of an image."""

from __future__ import annotations

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
    mean, mean_map = _box(guide), _box(small)
    covariance = np.empty((height, width, 3, 3), np.float32)
    for a in range(3):
        for b in range(a, 3):
            both = _box(guide[..., a] * guide[..., b]) - mean[..., a] * mean[..., b]
            covariance[..., a, b] = covariance[..., b, a] = both
    covariance += np.float32(SMOOTH) * np.eye(3, dtype=np.float32)
    with_map = _box(guide * small[..., None]) - mean * mean_map[..., None]
    slopes = np.linalg.solve(covariance, with_map[..., None])[..., 0]
    offset = mean_map - (slopes * mean).sum(axis=2)
    size = (image.shape[1], image.shape[0])
    large_slopes = cv2.resize(_box(slopes), size, interpolation=cv2.INTER_LINEAR)
    large_offset = cv2.resize(_box(offset), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray((large_slopes * (image / np.float32(255))).sum(axis=2) + large_offset, np.float32)


def _box(picture: Floats) -> Floats:
    import cv2

    return np.asarray(cv2.blur(picture, (2 * RADIUS + 1, 2 * RADIUS + 1)), np.float32)
