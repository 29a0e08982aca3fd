"""Where things were: for how much of the time each place of the plate was in a mask, as a picture with a legend."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image, Mask
from stillplate.imaging.transform import Transform

__all__ = ["Heatmap"]

GREY = 0.55  # brightness of the plate, of which the colours stand out
FULL = 0.3  # of the scale, from which on its colour hides the plate
LEGEND = 1 / 14  # height of the strip below the picture, to the picture's
LEAST_LEGEND = 28  # pixels
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)  # along the legend
BESIDE = 0.06  # of the legend's width, on either side of the bar
INK = (235, 235, 235)


class Heatmap:
    """Counts in how many frames each pixel of the plate was foreground."""

    def __init__(self) -> None:
        self._counts: npt.NDArray[np.uint32] | None = None
        self._frames = 0

    def add(self, mask: Mask, motion: Transform | None, plate: Image) -> None:
        """Count a frame.

        Parameters
        ----------
        mask : bool array of shape (h, w)
        motion : Transform or None
            From the frame to the plate; without it a frame that is as large as the plate lies on it, and others are not
            counted.
        plate : uint8 array of shape (H, W, 3), RGB
        """
        height, width, _ = plate.shape
        if self._counts is None:
            self._counts = np.zeros((height, width), np.uint32)
        if motion is not None and not motion.still:
            placed = cv2.warpPerspective(mask.view(np.uint8), motion.matrix, (width, height), flags=cv2.INTER_NEAREST)
            mask = np.asarray(placed, np.uint8).view(np.bool_)
        if mask.shape == self._counts.shape:
            self._counts += mask
            self._frames += 1

    def shares(self, plate: Image) -> npt.NDArray[np.float64]:
        """Return the share of frames, 0..1, in which each pixel of the plate was foreground: shape (H, W)."""
        if self._counts is None:
            return np.zeros(plate.shape[:2])
        return self._counts / max(1, self._frames)

    def draw(self, plate: Image) -> Image:
        """Return the plate in grey under the shares in colour, and a legend below.

        Colours go with the root of the share, so that ways on which things pass are seen beside where they stand.

        Returns
        -------
        uint8 array of shape (H + legend, W, 3), RGB
        """
        shares = self.shares(plate)
        most = float(shares.max())
        level = np.sqrt(shares / most) if most > 0 else shares
        grey = cv2.cvtColor(plate, cv2.COLOR_RGB2GRAY)[:, :, None] * GREY
        alpha = np.clip(level / FULL, 0, 1)[:, :, None]
        picture = np.rint(grey * (1 - alpha) + _coloured(level) * alpha).astype(np.uint8)
        return np.vstack([picture, _legend(plate.shape[0], plate.shape[1], most)])


def _coloured(level: npt.NDArray[np.float64]) -> Image:
    """Return the colour of levels from 0 to 1."""
    mapped = cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    return np.asarray(cv2.cvtColor(mapped, cv2.COLOR_BGR2RGB), np.uint8)


def _legend(height: int, width: int, most: float) -> Image:
    """Return a strip with a bar of the colours, and the shares that they stand for."""
    tall = max(LEAST_LEGEND, round(height * LEGEND))
    strip = np.full((tall, width, 3), 20, np.uint8)
    left, right = round(BESIDE * width), round((1 - BESIDE) * width)
    top, bottom = tall // 6, tall // 2
    strip[top:bottom, left:right] = _coloured(np.linspace(0, 1, right - left)[None])
    scale = tall / 90
    for tick in TICKS if width >= 12 * tall else (0.0, 1.0):
        text = f"{most * tick**2:.1%} of the time" if tick == TICKS[-1] else f"{most * tick**2:.1%}"
        (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        middle = round(left + tick * (right - left - 1))
        at = max(0, min(middle - wide // 2, width - wide))
        cv2.putText(strip, text, (at, tall - tall // 8), cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
    return strip
