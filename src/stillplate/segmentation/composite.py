"""Foreground, cutout and composite of a frame and its mask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Image, Mask

__all__ = ["cutout", "foreground", "over", "premultiplied"]


def foreground(image: Image, mask: Mask) -> Image:
    """Return the frame's colours where the mask is true, and black elsewhere.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    mask : bool array of shape (H, W)

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
    """
    return kernels.foreground(image, mask)


def cutout(image: Image, alpha: Mask | npt.NDArray[np.float32]) -> Image:
    """Return colours with an alpha channel, transparent outside a mask or matte.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame, or the foreground colours of a matte.
    alpha : bool array of shape (H, W), or float32 array of shape (H, W), 0..1
        A mask or a matte.

    Returns
    -------
    uint8 array of shape (H, W, 4), RGBA
        Straight alpha, 0..255; black where it is 0.
    """
    levels = alpha.view(np.uint8) * np.uint8(255) if alpha.dtype == np.bool_ else np.rint(alpha * 255).astype(np.uint8)
    return np.dstack((foreground(image, levels > 0), levels))


def premultiplied(cutout: Image) -> Image:
    """Return a cutout whose colours are multiplied by its alpha.

    Parameters
    ----------
    cutout : uint8 array of shape (H, W, 4), RGBA
        Straight alpha.

    Returns
    -------
    uint8 array of shape (H, W, 4), RGBA
        α C, rounded, and α.
    """
    alpha = cutout[:, :, 3:].astype(np.uint16)
    colours = (cutout[:, :, :3] * alpha + np.uint16(127)) // 255
    return np.dstack((colours.astype(np.uint8), cutout[:, :, 3:]))


def over(cutout: Image, ground: Image) -> Image:
    """Composite a cutout over another background.

    Parameters
    ----------
    cutout : uint8 array of shape (H, W, 4), RGBA
        Straight alpha.
    ground : uint8 array of shape (H, W, 3), RGB
        The other background.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        α C + (1 − α) G, rounded; C is the cutout's colour, G the other background's.
    """
    alpha = cutout[:, :, 3:].astype(np.uint16)
    mixed = cutout[:, :, :3] * alpha + ground * (255 - alpha) + np.uint16(127)
    return (mixed // 255).astype(np.uint8)
