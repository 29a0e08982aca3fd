"""How far the light changes: the same ground, brighter or darker than on the plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image
from stillplate.imaging.resize import shrink

__all__ = ["LightShift", "measure_light"]


SIDE = 80  # pixels, long side of the pictures that are compared: light is smooth
BOX = 5  # pixels of the window in which texture is compared
STEP = 2  # pixels from one window to the next
GRID = (slice(None, None, STEP), slice(None, None, STEP))
TEXTURE = 3.0  # levels of standard deviation above which a window has texture
ALIKE = 0.8  # correlation from which on a window's texture is the plate's
CELLS = 4  # the picture is judged in 4 x 4 cells: a lamp or a cloud may touch a part
JUDGED = 0.25  # share of a cell that must show certain ground
LEAST = 1e-3  # gain: a sample may be black
DARK, BRIGHT = 16, 235  # levels between which a gain can be read


@dataclass(frozen=True, slots=True)
class LightShift:
    """The light of each sample against the plate's.

    Attributes
    ----------
    gain : float32 array of shape (T, 3)
        Of red, green and blue: the median over the certain ground; nan where it is too dark or hidden.
    levels : float32 array of shape (T, 16)
        How far the ground of each of 4 x 4 cells of the picture is from the plate, in 8-bit levels (the mean over the
        channels); nan where too little of it shows.
    """

    gain: Floats
    levels: Floats

    def shifted(self, by: float) -> Floats:
        """Share of each sample's ground, 0..1, that the light shifts by more than `by` levels."""
        judged = np.isfinite(self.levels)
        over = np.where(judged, self.levels, 0) > by
        return np.asarray(over.sum(axis=1) / np.maximum(judged.sum(axis=1), 1), np.float32)

    @property
    def span(self) -> float | None:
        """How far the gain varies over the clip, as a share: most / least - 1, leaving out one sample at each end."""
        known = self.gain[np.isfinite(self.gain).all(axis=1)]
        if len(known) < 4:
            return None
        ordered = np.sort(known, axis=0)
        return float((ordered[-2] / np.maximum(ordered[1], LEAST)).max() - 1)


def measure_light(samples: Image, plate: Image, weights: Floats) -> LightShift:
    """Compare the light of the certain ground: what has the plate's texture, or is plain there and trusted.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    plate : uint8 array of shape (h, w, 3), RGB
    weights : float32 array of shape (T, h, w), 0..1
        How far each sample shows the ground.

    Returns
    -------
    LightShift

    Notes
    -----
    A window of 1/16 of the picture whose correlation with the plate's is 0.8 or more is the same ground in whatever
    light: correlation ignores gain and bias. A body has another texture. Plain windows, of which it cannot tell, count
    where the votes trust them. Medians over them, for the whole picture and in cells, leave out the few that are
    alike by chance.
    """
    import cv2

    ground = shrink(plate, SIDE)
    height, width = ground.shape[:2]
    mean, grey, level, deviation = _windows(ground)
    plain = (deviation < TEXTURE)[GRID]
    readable = ((mean > DARK) & (mean < BRIGHT))[GRID]
    cells = _cells(height, width)
    gains, levels = [], []
    for sample, weight in zip(samples, weights, strict=True):
        here, seen, bright, spread = _windows(shrink(sample, SIDE))
        together = cv2.blur(grey * seen, (BOX, BOX)) - level * bright
        alike = together > ALIKE * deviation * np.maximum(spread, 1e-3)  # correlation = cov(I, B) / (σ_I · σ_B)
        trusted = cv2.resize(weight, (width, height), interpolation=cv2.INTER_AREA) > 0.5
        certain = np.where(plain, trusted[GRID], alike[GRID])
        usable = certain[..., None] & readable & (here[GRID] < BRIGHT)
        ratio = (here[GRID] / np.maximum(mean[GRID], 1)).astype(np.float32)
        gains.append(_medians(ratio[None], usable[None], 0.02)[0])
        shift, shown = (here - mean)[GRID][cells], np.repeat(certain[cells][..., None], 3, axis=-1)
        levels.append(np.abs(_medians(shift, shown, JUDGED)).mean(axis=-1))
    return LightShift(np.array(gains, np.float32), np.array(levels, np.float32))


def _windows(image: Image) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean colour in windows; the grey picture, its mean in windows and its standard deviation."""
    import cv2

    colour = image.astype(np.float32)
    grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.float32)
    level = np.asarray(cv2.blur(grey, (BOX, BOX)), np.float32)
    variance = np.asarray(cv2.blur(grey * grey, (BOX, BOX)), np.float32) - level * level
    return np.asarray(cv2.blur(colour, (BOX, BOX)), np.float32), grey, level, np.sqrt(np.maximum(variance, 0))


def _cells(height: int, width: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns, in the grid of windows, of the pixels of 4 x 4 cells, each array of shape (16, rows, columns).

    The cells are of one size: where that does not divide the picture's, they overlap by a pixel.
    """
    rows, columns = (_parts(len(range(0, length, STEP))) for length in (height, width))
    place = np.arange(CELLS**2)
    return rows[place // CELLS][:, :, None], columns[place % CELLS][:, None, :]


def _parts(length: int) -> npt.NDArray[np.intp]:
    size = -(-length // CELLS)
    starts = np.linspace(0, length - size, CELLS).round().astype(np.intp)
    return starts[:, None] + np.arange(size)


def _medians(values: Floats, where: npt.NDArray[np.bool_], least: float) -> Floats:
    """Median of each channel in each part, axes (parts, rows, columns, channels); nan where too little counts."""
    parts, *_, channels = values.shape
    ordered = np.sort(np.where(where, values, np.inf).reshape(parts, -1, channels), axis=1)
    count = where.reshape(parts, -1, channels).sum(axis=1)
    middle = np.take_along_axis(ordered, (count // 2)[:, None].clip(max=ordered.shape[1] - 1), axis=1)[:, 0]
    return np.where(count > least * ordered.shape[1], middle, np.nan).astype(np.float32)
