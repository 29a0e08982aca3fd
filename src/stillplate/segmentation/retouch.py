"""The same shot with nobody in it: the frame's own pixels, and the plate where something is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.segmentation.cleanup import REACH, keep_large
from stillplate.segmentation.soft_shadows import darkened, soft_shadows

__all__ = ["retouch", "with_shadows"]


HALO = 2 * REACH  # of the width: half-covered pixels, blur and what the codec smears lie so near to a thing
HOLE = 0.01  # of the width, squared: what a mask surrounds is the thing's, though it looks like the ground
TRACE = 0.04  # of the width: what is fainter than the mask, but hangs on to it, is hidden so far around ...
FAINT = 0.5  # ... down to so much of the threshold
SMOOTH = 2.0  # pixels: a faint trace is wider than a speck of noise
FEATHER = REACH  # of the width: half the way from plate to frame
AROUND = 0.1  # of the width: the light of the frame is looked at so far around what is hidden
SURE = 0.25  # of the pixels: so many must tell the light, or the next coarser picture is asked too


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
    """Lay the plate over what is not to be seen.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    view : uint8 array of shape (H, W, 3), RGB
        The plate as the camera that took the image sees it, in its light.
    hidden : bool array of shape (H, W)
        Things, and their shadows if those are to go.
    thresholds : float32 array of shape (H, W)
        Difference that the ground makes by itself, in 8-bit levels.
    known : bool array of shape (H, W), optional
        Where the view shows anything; elsewhere the image stays. Everywhere if not given.
    shadows : bool
        Whether soft shadows that hang on what is hidden go, too.
    region : bool array of shape (H, W), optional
        Where they are looked for; everywhere if not given.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        The image itself, bit for bit, but for what is hidden, its soft shadows, and some 2.5 % of the width around
        them; 6.5 % where a faint trace goes on.

    Notes
    -----
    Soft shadows are followed down to the noise (`soft_shadow`). What is hidden grows by 1.2 % of the width, over pixels
    that the thing covers in part, and by 4 % more at most over what differs by half the threshold and hangs on it:
    reflections. Holes are filled. From there the plate fades into the frame within 1.2 %. The little that view and
    frame differ by in light around the place is carried on into it and added to the view (pull and push), so that no
    edge shows.

    References
    ----------
    S. J. Gortler, R. Grzeszczuk, R. Szeliski, M. F. Cohen, "The lumigraph", SIGGRAPH 1996 (pull and push).
    :doi:`10.1145/237170.237200`
    """
    if not hidden.any():
        return image
    width = hidden.shape[1]
    dark = darkened(image if known is None else np.where(known[..., None], image, view), view, hidden, thresholds)
    if shadows:
        hidden, dark = hidden | soft_shadows(hidden, dark if region is None else dark & region), np.zeros_like(dark)
    reach = round((HALO + TRACE + 2 * FEATHER + AROUND) * width) + 8
    rows, columns = (_span(np.asarray(hidden.any(axis=axis)), reach) for axis in (1, 0))
    part = (rows, columns)
    apart = _smooth(kernels.difference(image[part], view[part], threads=1)) / thresholds[part]
    share = _share(hidden[part], np.where(dark[part], 0, apart), width)
    if known is not None:
        share = np.minimum(share, _inside(known[part], width))
    clean = image.copy()
    clean[part] = _laid(
        image[part], view[part], share, apart if known is None else np.where(known[part], apart, np.inf)
    )
    return clean


def with_shadows(shadows: str) -> str:
    """Tell how labels are to treat shadows, if those that count as background are to go, too."""
    return "label" if shadows == "background" else shadows


def _span(filled: npt.NDArray[np.bool_], margin: int) -> slice:
    """From the first to the last that is filled, and a margin."""
    (found,) = np.nonzero(filled)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin)


def _smooth(difference: Floats) -> Floats:
    import cv2

    return np.asarray(cv2.GaussianBlur(difference, (0, 0), SMOOTH))


def _share(hidden: Mask, apart: Floats, width: int) -> Floats:
    """How much of each pixel is to be the plate: float32 of shape (H, W), 0..1."""
    import cv2

    grown = cv2.dilate(hidden.view(np.uint8), block(HALO * width))
    grown = (~keep_large(grown == 0, HOLE * width * width)).view(np.uint8)
    near = cv2.dilate(grown, block(TRACE * width)).view(np.bool_)
    faint = grown.view(np.bool_) | ((apart > FAINT) & near)
    count, regions = cv2.connectedComponents(faint.view(np.uint8), connectivity=4)
    held = np.zeros(count, np.bool_)
    held[regions[hidden]] = True
    whole = cv2.dilate(held[regions].view(np.uint8), block(FEATHER * width + SMOOTH)).astype(np.float32)
    return np.asarray(cv2.blur(whole, block(FEATHER * width).shape), np.float32)


def _inside(known: Mask, width: int) -> Floats:
    """From 0 at the edge of what is known, and beyond, to 1 within."""
    import cv2

    whole = cv2.erode(known.view(np.uint8), block(FEATHER * width)).astype(np.float32)
    return np.asarray(cv2.blur(whole, block(FEATHER * width).shape), np.float32)


def _laid(image: Image, view: Image, share: Floats, apart: Floats) -> Image:
    light = _light(image.astype(np.float32) - view, (share == 0) & (apart < FAINT))
    part = share[:, :, None]
    mixed = image + part * (view + light - image)
    return np.where(part > 0, np.clip(np.rint(mixed), 0, 255), image).astype(np.uint8)


def _light(left: Floats, told: Mask) -> Floats:
    """What is left between frame and view where it tells the light, carried on to where it does not."""
    weight = told.astype(np.float32)
    values = left * weight[:, :, None]
    return _carried(*_halved(values, weight), (left.shape[1], left.shape[0]))


def _carried(values: Floats, weight: Floats, size: tuple[int, int]) -> Floats:
    """Fill in from coarser pictures; `values` are multiplied by their weights."""
    import cv2

    believed = np.minimum(1, weight / SURE)
    own = values * (believed / np.maximum(weight, 1e-6))[:, :, None]
    if min(weight.shape) > 2:
        coarse = _carried(*_halved(values, weight), (weight.shape[1], weight.shape[0]))
        own += (1 - believed)[:, :, None] * coarse
    return np.asarray(cv2.resize(own, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _halved(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    import cv2

    return np.asarray(cv2.pyrDown(values), np.float32), np.asarray(cv2.pyrDown(weight), np.float32)
