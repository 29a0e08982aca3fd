"""The frame without its objects: its own pixels, and those of the plate where it is covered."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.extent import filled_span
from stillplate.imaging.morphology import block
from stillplate.imaging.pull_push import filled_in, halved
from stillplate.segmentation.cleanup import REACH, keep_large
from stillplate.segmentation.soft_shadows import darkened, soft_shadows

__all__ = ["retouch", "with_shadows"]


HALO = 2 * REACH  # share of the width: extent of half-covered pixels, blur and codec artefacts around an object
HOLE = 0.01  # share of the width, squared: smaller holes of the mask belong to the object
TRACE = 0.04  # share of the width: largest extent of a faint trace, such as a reflection, beyond the halo
FAINT = 0.5  # thresholds: least difference of a faint trace
SMOOTH = 2.0  # pixels: standard deviation of the smoothing; a faint trace is wider than noise
FEATHER = REACH  # share of the width: half the width of the transition from plate to frame
AROUND = 0.1  # share of the width: the light of the frame is measured this far around the replaced pixels


def retouch(
    image: Image,
    view: Image,
    hidden: Mask,
    thresholds: Floats,
    known: Mask | None = None,
    *,
    shadows: bool = True,
    region: Mask | None = None,
) -> Image:
    """Return the image with the plate in place of hidden pixels.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    view : uint8 array of shape (H, W, 3), RGB
        The plate in the camera position and light of the image.
    hidden : bool array of shape (H, W)
        Objects, and their shadows if those are to be replaced.
    thresholds : float32 array of shape (H, W)
        Thresholds of the difference, in 8-bit levels.
    known : bool array of shape (H, W), optional
        Where the view has content; elsewhere the image stays. Everywhere if not given.
    shadows : bool
        Whether soft shadows connected to hidden pixels are replaced, too.
    region : bool array of shape (H, W), optional
        Where pixels may be replaced, hidden or not; everywhere if not given.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        Equal to the image except for hidden pixels, their soft shadows, and about 2.5 % of the width around them;
        6.5 % where a faint trace continues.

    Notes
    -----
    Soft shadows are followed down to the noise (`soft_shadows`). The hidden pixels grow by 1.2 % of the width, over
    pixels that the object covers in part, and by 4 % more at most over connected pixels that differ by half the
    threshold, such as reflections. Holes are filled. From there the plate fades into the frame within 1.2 % of the
    width. The difference in light between view and frame around the hidden pixels is interpolated into them and added
    to the view (`filled_in`), so that no edge is visible.
    """
    if not hidden.any():
        return image
    width = hidden.shape[1]
    dark = darkened(image if known is None else np.where(known[..., None], image, view), view, hidden, thresholds)
    if shadows:
        hidden, dark = hidden | soft_shadows(hidden, dark if region is None else dark & region), np.zeros_like(dark)
    reach = round((HALO + TRACE + 2 * FEATHER + AROUND) * width) + 8
    rows, columns = (filled_span(np.asarray(hidden.any(axis=axis)), reach) for axis in (1, 0))
    part = (rows, columns)
    difference = _smooth(kernels.difference(image[part], view[part], threads=1)) / thresholds[part]
    share = _share(hidden[part], np.where(dark[part], 0, difference), width)
    if known is not None:
        share = np.minimum(share, _inside(known[part], width))
    if region is not None:
        share *= region[part]
    clean = image.copy()
    clean[part] = _blend(
        image[part], view[part], share, difference if known is None else np.where(known[part], difference, np.inf)
    )
    return clean


def with_shadows(shadows: str) -> str:
    """Return the `shadows` option for labels with which shadows that count as background are labelled, too."""
    return "label" if shadows == "background" else shadows


def _smooth(difference: Floats) -> Floats:
    """Return a difference smoothed by a Gaussian."""
    import cv2

    return np.asarray(cv2.GaussianBlur(difference, (0, 0), SMOOTH))


def _share(hidden: Mask, difference: Floats, width: int) -> Floats:
    """Return the share of the plate in each pixel of the result: float32 of shape (H, W), 0..1."""
    import cv2

    grown = cv2.dilate(hidden.view(np.uint8), block(HALO * width))
    grown = (~keep_large(grown == 0, HOLE * width * width)).view(np.uint8)
    near = cv2.dilate(grown, block(TRACE * width)).view(np.bool_)
    faint = grown.view(np.bool_) | ((difference > FAINT) & near)
    count, regions = cv2.connectedComponents(faint.view(np.uint8), connectivity=4)
    connected = np.zeros(count, np.bool_)
    connected[regions[hidden]] = True
    replaced = cv2.dilate(connected[regions].view(np.uint8), block(FEATHER * width + SMOOTH)).astype(np.float32)
    return np.asarray(cv2.blur(replaced, block(FEATHER * width).shape), np.float32)


def _inside(known: Mask, width: int) -> Floats:
    """Return a weight that rises from 0 at the edge of the known pixels to 1 inside."""
    import cv2

    inside = cv2.erode(known.view(np.uint8), block(FEATHER * width)).astype(np.float32)
    return np.asarray(cv2.blur(inside, block(FEATHER * width).shape), np.float32)


def _blend(image: Image, view: Image, share: Floats, difference: Floats) -> Image:
    """Return the mixture of image and view by the share of the view, which is first brought to the image's light."""
    light = _interpolate_light(image.astype(np.float32) - view, (share == 0) & (difference < FAINT))
    part = share[:, :, None]
    mixed = image + part * (view + light - image)
    return np.where(part > 0, np.clip(np.rint(mixed), 0, 255), image).astype(np.uint8)


def _interpolate_light(remainder: Floats, reliable: Mask) -> Floats:
    """Return the difference between frame and view where it is reliable, interpolated elsewhere."""
    weight = reliable.astype(np.float32)
    values = remainder * weight[:, :, None]
    return filled_in(*halved(values, weight), (remainder.shape[1], remainder.shape[0]))
