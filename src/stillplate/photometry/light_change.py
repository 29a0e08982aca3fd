"""The change of light between two pictures of one scene, such as those of two clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Doubles, Flags, Floats, Image
from stillplate.imaging.filters import max_difference
from stillplate.photometry.gain import BRIGHT, DARK, Gain, estimate_gain
from stillplate.photometry.states import LEAST_DISTANCE, is_light

__all__ = ["LightChange", "light_between", "relit"]

MOST_LEFT = 0.25  # share of the picture that one gain may leave different; from more on, the gain varies over it
SCALES = (0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.08)  # log of a gain: residual that gets the weight 1/4, round by round


@dataclass(frozen=True, slots=True)
class LightChange:
    """Light of a picture against that of another one, B: I = gain · B / factors.

    Attributes
    ----------
    gain : Gain
        Of the whole picture.
    factors : float32 array of shape (h, w, 3), or None
        What varies over the picture, of red, green and blue, on a small picture; None if nothing does.
    """

    gain: Gain
    factors: Floats | None = None


def light_between(picture: Image, own: Image, covered: Flags, *, fixed: bool) -> tuple[float, LightChange | None]:
    """Find the light of a picture against another one of the same view.

    Parameters
    ----------
    picture, own : uint8 arrays of shape (h, w, 3), RGB
    covered : bool array of shape (h, w)
        Where both are known.
    fixed : bool
        Whether the light is taken for the same.

    Returns
    -------
    float
        Share of the picture, 0..1, that still differs by 12 levels or more in one light; 1 where that is light itself,
        such as shadows that fall elsewhere.
    LightChange or None
        None if the light is the same.

    Notes
    -----
    One gain and bias per channel comes first. Where that leaves a quarter of the picture different, the logarithm of
    the gain is a quadratic function of the place, fitted to all pixels with Geman and McClure's weights, so that things
    that are in one picture only have no influence.
    """
    import cv2

    def differing(light: LightChange | None) -> float:
        difference = max_difference(relit(picture, light), own).astype(np.float32)
        return float((cv2.blur(difference, (3, 3)) > LEAST_DISTANCE)[covered].mean())

    if not covered.any():
        return 1.0, None
    if fixed:
        return differing(None), None
    filled = np.where(covered[:, :, None], picture, own)
    gain = estimate_gain(filled, own)
    light = LightChange(gain) if gain.noticeable else None
    share = differing(light)
    if share > MOST_LEFT:
        local = LightChange(gain, _factors(relit(picture, light), own, covered))
        remaining = differing(local)
        if remaining < share:
            share, light = remaining, local
        if share > MOST_LEFT and is_light(relit(filled, light), own):
            return 1.0, light
    return share, light


def relit(image: Image, light: LightChange | None) -> Image:
    """Bring an image of any size to the other picture's light; what is clipped gets no darker."""
    import cv2

    if light is None:
        return image
    if light.factors is None:
        return _unclipped(light.gain.undo(image), image)
    height, width, _ = image.shape
    factors = cv2.resize(light.factors, (width, height), interpolation=cv2.INTER_LINEAR)
    levels = (image - light.gain.offset) / light.gain.scale * factors
    return _unclipped(np.asarray(np.clip(levels + np.float32(0.5), 0, 255), np.uint8), image)


def _unclipped(lit: Image, image: Image) -> Image:
    """Return an image that was brought to another light, in which what was clipped may be any brighter level."""
    return np.where(image > BRIGHT, np.maximum(lit, image), lit)


def _factors(picture: Image, own: Image, covered: Flags) -> Floats:
    """Return the factors, of shape (h, w, 3), that bring a picture to the light of another one."""
    import cv2

    height, width = covered.shape
    y, x = (np.linspace(-1, 1, side) for side in (height, width))
    columns, rows = np.meshgrid(x, y)
    basis = np.stack([np.ones_like(rows), columns, rows, columns**2, columns * rows, rows**2], axis=-1)
    seen, ground = (cv2.blur(image, (3, 3)).astype(np.float64) for image in (picture, own))
    usable = covered & (np.minimum(seen, ground) > DARK).all(axis=2) & (np.maximum(seen, ground) < BRIGHT).all(axis=2)
    terms, ratios = basis[usable], np.log(ground[usable] / seen[usable])
    weights, coefficients = np.ones(len(terms)), np.zeros((6, 3))
    for scale in SCALES:
        coefficients = _solved(terms, ratios, weights)
        residual = np.abs(ratios - terms @ coefficients).max(axis=1)
        weights = 1 / np.square(1 + np.square(residual / scale))
    return np.asarray(np.exp(basis @ coefficients), np.float32)


def _solved(terms: Doubles, ratios: Doubles, weights: Doubles) -> Doubles:
    """Return the coefficients of the weighted least squares, of shape (6, 3)."""
    weighted = terms * weights[:, None]
    return np.asarray(np.linalg.solve(weighted.T @ terms + 1e-6 * np.eye(6), weighted.T @ ratios))
