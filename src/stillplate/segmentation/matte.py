"""The matte of a frame: the share of each pixel that is foreground, with soft edges, and its colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image
from stillplate.imaging.extent import filled_span
from stillplate.imaging.morphology import block, square
from stillplate.segmentation.cleanup import REACH

__all__ = ["unmix"]


HALF_WEIGHT = 3.0  # squared thresholds: squared colour difference of F and B at which measured alpha weighs one half
LOWEST, HIGHEST = 0.05, 0.95  # alpha below the first is set to 0, above the second to 1


def unmix(image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_]) -> tuple[Floats, Image]:
    """Return the share of each pixel that is foreground, and the foreground's colour.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate in the frame's camera position and light.
    thresholds : float32 array of shape (H, W)
        Thresholds of the difference, in 8-bit levels.
    mask : bool array of shape (H, W)

    Returns
    -------
    alpha : float32 array of shape (H, W), 0..1
        1 inside the mask, 0 outside; in between within 0.6 % of the width on either side of the mask's edge.
    colours : uint8 array of shape (H, W, 3), RGB
        Colours of the foreground; black where alpha is 0.

    Notes
    -----
    I = α F + (1 − α) B with I and B known. F is first set to the mean colour of nearby pixels inside the mask; then
    α = <I − B, F − B> / |F − B|², weighted by how far F and B differ beyond noise; the rest of the weight goes to the
    blurred mask. The colour is C = (I − (1 − α) B) / α; where α is small, F.
    """
    alpha, colours = np.zeros(mask.shape, np.float32), np.zeros(image.shape, np.uint8)
    reach = max(2, round(REACH * mask.shape[1]))
    rows, columns = (filled_span(np.asarray(mask.any(axis=axis)), 4 * reach) for axis in (1, 0))
    if rows.start < rows.stop:
        part = (rows, columns)
        alpha[part], colours[part] = _unmix_part(image[part], plate[part], thresholds[part], mask[part], reach)
    return alpha, colours


def _unmix_part(
    image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_], reach: int
) -> tuple[Floats, Image]:
    import cv2

    mask_8_bit = np.ascontiguousarray(mask).view(np.uint8)
    deep = cv2.erode(mask_8_bit, block(reach)) > 0
    thin = cv2.dilate(deep.view(np.uint8), block(3 * reach)) == 0
    sure = deep | ((cv2.erode(mask_8_bit, square(3)) > 0) & thin)  # the middle of thin parts is inside, too
    band = (cv2.dilate(mask_8_bit, block(reach)) > 0) & ~sure
    frame, background = image.astype(np.float32), plate.astype(np.float32)
    known = cv2.blur(sure.astype(np.float32), (4 * reach + 1, 4 * reach + 1))
    inside = cv2.blur(frame * sure[:, :, None], (4 * reach + 1, 4 * reach + 1)) / np.maximum(known, 1e-3)[:, :, None]
    contrast = inside - background
    far = np.square(contrast).sum(axis=2)  # |F - B|²
    share = np.clip(((frame - background) * contrast).sum(axis=2) / np.maximum(far, 1), 0, 1)
    soft = cv2.blur(mask_8_bit.astype(np.float32), (2 * reach + 1, 2 * reach + 1))
    weight = far / (far + HALF_WEIGHT * np.square(thresholds)) * (known > 0.01)
    alpha = np.where(band, weight * share + (1 - weight) * soft, mask_8_bit).astype(np.float32)
    alpha = np.where(band, cv2.blur(alpha, (3, 3)), alpha)
    alpha = np.clip((alpha - LOWEST) / (HIGHEST - LOWEST), 0, 1)
    part = alpha[:, :, None]
    own = np.clip((frame - (1 - part) * background) / np.maximum(part, LOWEST), 0, 255)  # C = (I - (1 - α) B) / α
    left = np.clip(2 * part - 0.2, 0, 1)
    blended = np.where(((alpha < 1) & (known > 0.01))[:, :, None], left * own + (1 - left) * inside, own)
    return alpha, np.where(part > 0, np.rint(blended), 0).astype(np.uint8)
