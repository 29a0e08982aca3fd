"""What in a frame is not the plate: the difference, the plain mask, and the matte with its soft edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image
from stillplate.imaging.morphology import block, square
from stillplate.segmentation.cleanup import REACH

__all__ = ["unmix"]


DOUBT = 3.0  # squared thresholds of colour difference at which alpha is half believed
LITTLE, MOST = 0.05, 0.95  # alpha under and above which it is 0 and 1


def unmix(image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_]) -> tuple[Floats, Image]:
    """Find how much of each pixel is foreground, and its colour without the ground.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate as its camera and light see it.
    thresholds : float32 array of shape (H, W)
        Difference that the ground makes by itself, in 8-bit levels.
    mask : bool array of shape (H, W)

    Returns
    -------
    alpha : float32 array of shape (H, W), 0..1
        1 inside, 0 outside, between them in a band 0.6 % of the width on either side of the mask's edge.
    colours : uint8 array of shape (H, W, 3), RGB
        The foreground's own; black where alpha is 0.

    Notes
    -----
    I = α F + (1 − α) B with I and B known. F is first taken for the mean colour of what is surely inside near by; then
    α = <I − B, F − B> / |F − B|², believed as far as F and B differ by more than noise; elsewhere the mask's own edge,
    softened. With α, the colour is C = (I − (1 − α) B) / α; where little of it is left, F.
    """
    alpha, colours = np.zeros(mask.shape, np.float32), np.zeros(image.shape, np.uint8)
    reach = max(2, round(REACH * mask.shape[1]))
    rows, columns = (_span(np.asarray(mask.any(axis=axis)), 4 * reach) for axis in (1, 0))
    if rows.start < rows.stop:
        part = (rows, columns)
        alpha[part], colours[part] = _unmixed(image[part], plate[part], thresholds[part], mask[part], reach)
    return alpha, colours


def _span(filled: npt.NDArray[np.bool_], margin: int) -> slice:
    """From the first to the last that is filled, and a margin."""
    (found,) = np.nonzero(filled)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin) if found.size else slice(0, 0)


def _unmixed(
    image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_], reach: int
) -> tuple[Floats, Image]:
    import cv2

    whole = np.ascontiguousarray(mask).view(np.uint8)
    deep = cv2.erode(whole, block(reach)) > 0
    thin = cv2.dilate(deep.view(np.uint8), block(3 * reach)) == 0
    sure = deep | ((cv2.erode(whole, square(3)) > 0) & thin)  # thin parts keep their middle
    band = (cv2.dilate(whole, block(reach)) > 0) & ~sure
    seen, ground = image.astype(np.float32), plate.astype(np.float32)
    known = cv2.blur(sure.astype(np.float32), (4 * reach + 1, 4 * reach + 1))
    inside = cv2.blur(seen * sure[:, :, None], (4 * reach + 1, 4 * reach + 1)) / np.maximum(known, 1e-3)[:, :, None]
    apart = inside - ground
    far = np.square(apart).sum(axis=2)  # |F - B|²
    share = np.clip(((seen - ground) * apart).sum(axis=2) / np.maximum(far, 1), 0, 1)
    soft = cv2.blur(whole.astype(np.float32), (2 * reach + 1, 2 * reach + 1))
    belief = far / (far + DOUBT * np.square(thresholds)) * (known > 0.01)
    alpha = np.where(band, belief * share + (1 - belief) * soft, whole).astype(np.float32)
    alpha = np.where(band, cv2.blur(alpha, (3, 3)), alpha)
    alpha = np.clip((alpha - LITTLE) / (MOST - LITTLE), 0, 1)
    part = alpha[:, :, None]
    own = np.clip((seen - (1 - part) * ground) / np.maximum(part, LITTLE), 0, 255)  # C = (I - (1 - α) B) / α
    left = np.clip(2 * part - 0.2, 0, 1)
    blended = np.where(((alpha < 1) & (known > 0.01))[:, :, None], left * own + (1 - left) * inside, own)
    return alpha, np.where(part > 0, np.rint(blended), 0).astype(np.uint8)
