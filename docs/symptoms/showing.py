"""What the programs of the symptoms share: how masks are scored, and how pictures are laid side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

import stillplate
from stillplate import metrics

__all__ = ["of_masks", "show", "white"]


def of_masks(clip: Any, masks: Iterable[tuple[stillplate.Frame, Any]]) -> metrics.MaskCounts:
    """Count where the masks of a drawn clip are right and wrong."""
    counts = metrics.MaskCounts(0, 0, 0, 0)
    for frame, mask in masks:
        counts += metrics.mask_counts(mask, clip.mask(frame.index).astype(np.uint8) * 255)
    return counts


def white(mask: Any) -> Any:
    """A mask as a picture: uint8 array of shape (H, W, 3)."""
    return np.repeat(mask.astype(np.uint8)[:, :, None] * 255, 3, axis=2)


def show(path: str, *images: Any) -> None:
    """Write images side by side, of the height of the first."""
    height = images[0].shape[0]
    sized = [cv2.resize(one, (round(one.shape[1] * height / one.shape[0]), height)) for one in images]
    gap = np.full((height, 6, 3), 255, np.uint8)
    stillplate.write_image(path, np.hstack([part for one in sized for part in (one, gap)][:-1]), overwrite=True)
