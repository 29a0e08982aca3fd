"""Light of each sample against the plate's: gain, and shift of each part of the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image
from stillplate.imaging.resize import shrink

__all__ = ["LightShift", "measure_light"]


SIDE = 80  # pixels, longer side of the images compared: light is smooth
BOX = 5  # pixels, side of the window in which texture is compared
STEP = 2  # pixels between the centres of windows
GRID = (slice(None, None, STEP), slice(None, None, STEP))
TEXTURE = 3.0  # 8-bit levels: standard deviation above which a window has texture
ALIKE = 0.8  # correlation from which on a window's texture is taken for the plate's
CELLS = 4  # cells along each side of the image: a lamp or a cloud may change part of the image only
JUDGED = 0.25  # share of a cell that must show certain background, or its shift is unknown
LEAST = 1e-3  # gain: least divisor, since a sample may be black
DARK, BRIGHT = 16, 235  # 8-bit levels between which a gain can be measured


@dataclass(frozen=True, slots=True)
class LightShift:
    """Light of each sample against the plate's.

    Attributes
    ----------
    gain : float32 array of shape (T, 3)
        Gain of red, green and blue, the median over the certain background; NaN where it is too dark or hidden.
    levels : float32 array of shape (T, 16)
        Shift of the background in each of 4 x 4 cells of the image, in 8-bit levels (the mean over the channels); NaN
        where too little of the background is visible.
    """

    gain: Floats
    levels: Floats

    def shifted(self, by: float) -> Floats:
        """Return the share of each sample's background, 0..1, that the light shifts by more than `by` levels."""
        known_cells = np.isfinite(self.levels)
        over = np.where(known_cells, self.levels, 0) > by
        return np.asarray(over.sum(axis=1) / np.maximum(known_cells.sum(axis=1), 1), np.float32)

    @property
    def span(self) -> float | None:
        """Variation of the gain over the clip, as a share: greatest / least - 1, without one sample at each end."""
        known = self.gain[np.isfinite(self.gain).all(axis=1)]
        if len(known) < 4:
            return None
        ordered = np.sort(known, axis=0)
        return float((ordered[-2] / np.maximum(ordered[1], LEAST)).max() - 1)


def measure_light(samples: Image, plate: Image, weights: Floats) -> LightShift:
    """Measure the light of each sample on the certain background.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    plate : uint8 array of shape (h, w, 3), RGB
    weights : float32 array of shape (T, h, w), 0..1
        How far each sample shows the background.

    Returns
    -------
    LightShift

    Notes
    -----
    Background is certain where a window of 1/16 of the image has the plate's texture: a correlation of 0.8 or more,
    which ignores gain and bias. Windows without texture count where the samples' weights exceed 0.5. Medians, over the
    image and over each cell, exclude the few windows that are alike by chance.
    """
    import cv2

    ground = shrink(plate, SIDE)
    height, width = ground.shape[:2]
    mean, grey_plate, level_plate, deviation_plate = _windows(ground)
    textureless = (deviation_plate < TEXTURE)[GRID]
    readable = ((mean > DARK) & (mean < BRIGHT))[GRID]
    cells = _cells(height, width)
    gains, levels = [], []
    for sample, weight in zip(samples, weights, strict=True):
        colour, grey_sample, level_sample, deviation_sample = _windows(shrink(sample, SIDE))
        covariance = cv2.blur(grey_plate * grey_sample, (BOX, BOX)) - level_plate * level_sample
        # correlation = cov(I, B) / (σ_I · σ_B)
        alike = covariance > ALIKE * deviation_plate * np.maximum(deviation_sample, 1e-3)
        trusted = cv2.resize(weight, (width, height), interpolation=cv2.INTER_AREA) > 0.5
        certain = np.where(textureless, trusted[GRID], alike[GRID])
        usable = certain[..., None] & readable & (colour[GRID] < BRIGHT)
        ratio = (colour[GRID] / np.maximum(mean[GRID], 1)).astype(np.float32)
        gains.append(_medians(ratio[None], usable[None], 0.02)[0])
        shift, visible = (colour - mean)[GRID][cells], np.repeat(certain[cells][..., None], 3, axis=-1)
        levels.append(np.abs(_medians(shift, visible, JUDGED)).mean(axis=-1))
    return LightShift(np.array(gains, np.float32), np.array(levels, np.float32))


def _windows(image: Image) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the mean colour in windows; the grey image, its mean in windows and its standard deviation in them."""
    import cv2

    colour = image.astype(np.float32)
    grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.float32)
    level = np.asarray(cv2.blur(grey, (BOX, BOX)), np.float32)
    variance = np.asarray(cv2.blur(grey * grey, (BOX, BOX)), np.float32) - level * level
    return np.asarray(cv2.blur(colour, (BOX, BOX)), np.float32), grey, level, np.sqrt(np.maximum(variance, 0))


def _cells(height: int, width: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows and columns of 4 x 4 cells in the grid of windows: shapes (16, rows, 1) and (16, 1, columns).

    All cells have the same size; where that does not divide the image's, they overlap by a pixel.
    """
    rows, columns = (_split(len(range(0, length, STEP))) for length in (height, width))
    place = np.arange(CELLS**2)
    return rows[place // CELLS][:, :, None], columns[place % CELLS][:, None, :]


def _split(length: int) -> npt.NDArray[np.intp]:
    size = -(-length // CELLS)
    starts = np.linspace(0, length - size, CELLS).round().astype(np.intp)
    return starts[:, None] + np.arange(size)


def _medians(values: Floats, where: npt.NDArray[np.bool_], least: float) -> Floats:
    """Return the median of each channel in each part; NaN where too few values count.

    The axes of the arrays are parts, rows, columns, channels.
    """
    parts, *_, channels = values.shape
    ordered = np.sort(np.where(where, values, np.inf).reshape(parts, -1, channels), axis=1)
    count = where.reshape(parts, -1, channels).sum(axis=1)
    middle = np.take_along_axis(ordered, (count // 2)[:, None].clip(max=ordered.shape[1] - 1), axis=1)[:, 0]
    return np.where(count > least * ordered.shape[1], middle, np.nan).astype(np.float32)
