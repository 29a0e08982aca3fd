"""Brushes of the drawn scenes: a canvas that is painted layer by layer, and patterns with antialiased edges."""

from __future__ import annotations

import cv2
import numpy as np

from stillplate.arrays import Floats, Image

__all__ = ["Canvas", "Colour", "Tint", "band", "box", "cells", "grain", "lines"]

Colour = tuple[int, int, int]
Tint = tuple[float, float, float]


class Canvas:
    """Some rows of an image, painted layer by layer.

    Parameters
    ----------
    height, width : int
        Size, in pixels.
    """

    def __init__(self, height: int, width: int) -> None:
        self._planes = np.zeros((3, height, width), np.float32)

    def paint(self, colour: Colour, brightness: Floats, coverage: Floats | float = 1.0, tint: Tint = (1, 1, 1)) -> None:
        """Paint a colour plus `brightness` grey levels times `tint`, with `coverage` of each pixel, 0..1."""
        shape = self._planes.shape[1:]
        cover = np.broadcast_to(np.asarray(coverage, np.float32), shape)
        rows = np.flatnonzero(cover.any(axis=1))
        if not rows.size:
            return
        part = slice(rows[0], rows[-1] + 1)
        cover, bright = cover[part], np.broadcast_to(brightness, shape)[part]
        for plane, level, strength in zip(self._planes, colour, tint, strict=True):
            plane[part] += cover * (bright * strength + level - plane[part])

    def dim(self, gain: Floats) -> None:
        """Multiply all channels by a gain."""
        self._planes *= gain

    def image(self) -> Image:
        """Return the painted image as uint8 RGB."""
        levels = np.clip(np.rint(self._planes, out=self._planes), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(levels, 0, 2))


def grain(rng: np.random.Generator, x: Floats, y: Floats, per_metre: float) -> Floats:
    """Noise of unit deviation on a surface with coordinates in metres, with `per_metre` specks per metre."""
    tile = np.pad(rng.standard_normal((256, 256), np.float32), 4, mode="wrap")
    tile = np.asarray(cv2.GaussianBlur(tile, (5, 5), 0.8)[4:-4, 4:-4])
    shape = np.broadcast_shapes(x.shape, y.shape)
    u, v = (np.ascontiguousarray(np.broadcast_to(axis * np.float32(per_metre), shape)) for axis in (x, y))
    return np.asarray(cv2.remap(tile / tile.std(), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)


def cells(tints: Floats, y: Floats, x: Floats, height: float, width: float) -> Floats:
    """Brightness of the brick or slab at each point."""
    row, column = (np.floor(axis / np.float32(size)).astype(int) for axis, size in ((y, height), (x, width)))
    return np.asarray(tints[row % len(tints), column % len(tints)], np.float32)


def band(value: Floats, low: float, high: float, pixel: Floats | float) -> Floats:
    """Share of each pixel in which low < value < high; `pixel` is the change of the value over one pixel."""
    half, middle = np.float32((high - low) / 2), np.float32((high + low) / 2)
    return np.asarray(np.clip((half - np.abs(value - middle)) / pixel + np.float32(0.5), 0, 1), np.float32)


def lines(value: Floats, period: float, thickness: float, pixel: Floats | float) -> Floats:
    """Share of each pixel that is covered by lines at the multiples of `period`."""
    distance = np.abs((value / np.float32(period) + np.float32(0.5)) % 1 - np.float32(0.5)) * np.float32(period)
    most = np.minimum(1, thickness / pixel)
    return np.asarray(np.clip((np.float32(thickness / 2) - distance) / pixel + np.float32(0.5), 0, most), np.float32)


def box(x: Floats, y: Floats, half: float, low: float, high: float, pixel: float) -> Floats:
    """Share of each pixel inside the rectangle |x| < half, low < y < high."""
    return band(x, -half, half, pixel) * band(y, low, high, pixel)
