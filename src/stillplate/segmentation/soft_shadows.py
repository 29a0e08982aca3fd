"""Soft shadows: background beside an object that is slightly darker, as far as it exceeds the noise."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.imaging.resize import downscale, working_factor

__all__ = ["darkened", "soft_shadows"]


SMOOTH = 2.0  # pixels of the reduced image: standard deviation of the smoothing; a soft shadow is wider
LEAST = 1.5  # levels: a fainter shadow is not visible
SIGMAS = 3.0  # standard deviations of the smoothed difference, distance from objects, that a shadow exceeds
QUIET = 1 / 8  # share of the mask's threshold: smoothed difference of moving background such as leaves
HUE = 3.0  # levels: allowed deviation of hue at level 0
HUE_SHARE = 0.04  # share of the level by which the allowed deviation of hue grows
NEAR = 0.05  # share of the width: light and noise are not measured within this distance of objects
GAP = 0.15  # share of an object's size: largest gap between the object and its shadow
FARTHEST = 2.5  # multiples of an object's size: length of its shadow under a low sun
LINK = 0.01  # share of the width: parts of a shadow closer than this are connected
SMALLEST = 0.05  # share of the width: smaller objects are searched for shadows as if of this size


def darkened(image: Image, view: Image, hidden: Mask, thresholds: Floats) -> Mask:
    """Mark where a frame shows the background in slightly less light.

    Parameters
    ----------
    image, view : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate in the same light.
    hidden : bool array of shape (H, W)
        Objects and those of their shadows that were found already.
    thresholds : float32 array of shape (H, W)
        Thresholds of the difference, in 8-bit levels.

    Returns
    -------
    bool array of shape (H, W)
        Where the smoothed B - I exceeds the noise, and I = s B with one s < 1 for all channels.
    """
    factor = working_factor(image.shape[1])
    frame, background = (_smoothed(downscale(part, factor)) for part in (image, view))
    width = frame.shape[1]
    darkening = (background - frame).mean(axis=2)
    clear = ~_grown(hidden[::factor, ::factor], NEAR * width)
    median, spread = _median_and_deviation(darkening[clear])
    share = (frame * background).sum(axis=2) / np.maximum(np.square(background).sum(axis=2), 1)
    deviation = np.abs(frame - share[:, :, None] * background).mean(axis=2)
    limit = np.maximum(max(LEAST, SIGMAS * spread), QUIET * thresholds[::factor, ::factor])
    dark = (darkening - median > limit) & (deviation < HUE + HUE_SHARE * frame.mean(axis=2))
    return _enlarged(dark, factor, hidden.shape)


def soft_shadows(hidden: Mask, dark: Mask) -> Mask:
    """Mark the soft shadows of objects: darkened background connected to them.

    Parameters
    ----------
    hidden, dark : bool arrays of shape (H, W)
        Objects and those of their shadows that were found already; where the background is `darkened`.

    Returns
    -------
    bool array of shape (H, W)
        Within 2.5 times the object's size, with a gap of 0.15 times its size at most, as under a jumping person.
    """
    import cv2

    factor = working_factor(hidden.shape[1])
    objects = np.ascontiguousarray(hidden[::factor, ::factor])
    if not objects.any():
        return np.zeros_like(hidden)
    distance = _relative_distance(objects)
    shadow = dark[::factor, ::factor] & (distance < FARTHEST)
    linked = _grown(shadow, LINK * objects.shape[1]) | (distance < GAP)
    _, regions = cv2.connectedComponents(linked.view(np.uint8), connectivity=4)
    connected = np.zeros(int(regions.max()) + 1, np.bool_)
    connected[regions[objects]] = True
    return _enlarged(shadow & connected[regions], factor, hidden.shape)


def _relative_distance(objects: Mask) -> Floats:
    """Return the distance to the nearest object, in units of the longer side of that object's box."""
    import cv2

    distance, nearest = cv2.distanceTransformWithLabels(
        (~objects).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    _, regions, boxes, _ = cv2.connectedComponentsWithStats(objects.view(np.uint8))
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    sizes = np.ones(int(nearest.max()) + 1, np.float32)
    sizes[nearest[objects]] = np.maximum(sides[regions[objects]], SMALLEST * objects.shape[1])
    return np.asarray(distance / sizes[nearest], np.float32)


def _enlarged(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    """Return a mask enlarged by a whole factor, cut to a shape."""
    return np.asarray(mask.repeat(factor, 0).repeat(factor, 1)[: shape[0], : shape[1]])


def _median_and_deviation(values: Floats) -> tuple[float, float]:
    """Return the median, and the standard deviation estimated from the median absolute deviation."""
    if not values.size:
        return 0.0, 0.0
    median = float(np.median(values))
    return median, 1.48 * float(np.median(np.abs(values - median)))


def _smoothed(image: Image) -> Floats:
    """Return an image smoothed by a Gaussian, as float32."""
    import cv2

    return np.asarray(cv2.GaussianBlur(image.astype(np.float32), (0, 0), SMOOTH))


def _grown(mask: Mask, reach: float) -> Mask:
    """Return a mask dilated by `reach` pixels."""
    import cv2

    return cv2.dilate(np.ascontiguousarray(mask).view(np.uint8), block(reach)).view(np.bool_)
