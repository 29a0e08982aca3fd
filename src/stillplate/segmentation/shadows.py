"""Shadows: the ground in less light, of the same hue and texture."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.kernels import Components
from stillplate.segmentation.cast_shadows import find_uncast
from stillplate.segmentation.cleanup import REACH, opened

__all__ = ["enclosed", "find_other_light", "find_shade", "smoothed", "upright"]


SMOOTH = 1.0  # pixels: a chroma sample of 4:2:0
DARK = 4.0  # levels added to both: what quantisation does in the dark
DEEPEST, BRIGHTEST = 0.2, 1.25  # a shadow leaves a fifth of the light (sky against sun); a reflection adds a quarter
HUE, HUE_SHARE = 3.0, 0.04  # levels, and share of the level, that the hue may be off ...
LOOSE = 6.0  # ... and levels where sure shade is beside it
FLAT = 0.08  # relative deviation of frame / plate in 5x5: light multiplies, texture stays
CELL = 4  # pixels: texture is summed over cells of this side first
LINES = 32  # rows from one to the next that the noise is taken from
WINDOW = 0.06  # of the width: texture is compared over windows so wide
SURE = 6.0  # log likelihood ratio from which texture decides
VISIBLE = 2.0  # variances of the noise: texture under this may have been lost, and its absence tells nothing
MISFIT, MISFIT_SHARE = (
    30.0,
    0.1,
)  # variances of the noise, and share of the level: shade fits the plate's texture so well
QUIETEST = 1.0  # levels: noise is never taken for less
WHOLE = 0.5  # share of a region of that hue that must be flat for all of it to be shade ...
CAST = (0.1, 0.4)  # ... if so much of its rim is a body of another hue: what casts it, but does not hold it
BETWEEN, THERE = 0.4, 0.85  # thresholds by which ground between two lights may be off; share of the other to be in it
UPRIGHT = 0.03  # of the width: as far as things stand on their legs
OTHER = 3.0  # times the texture and noise that shaded ground would have: more is another texture, alike by chance
ENCLOSED = 0.6  # of the rim: shade so far inside the mask is a dark part of the object


def smoothed(image: Image) -> Image:
    """Take the noise out of a picture, uint8 of shape (H, W, 3), as its hue is compared."""
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), SMOOTH), np.uint8)


def find_shade(image: Image, plate: Image, weak: Mask, ground: Image, brightest: float = BRIGHTEST) -> Mask:
    """Tell shaded ground from things.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in one light.
    weak : bool array of shape (H, W)
        Where they differ.
    ground : uint8 array of shape (H, W, 3), RGB
        The plate, `smoothed`.
    brightest : float
        How much light, as a share of the plate's, may be on it.

    Returns
    -------
    bool array of shape (H, W)
        What of that is ground in another light: I = s B, one s for all channels that hardly changes around, and with
        the plate's texture wherever it has one. Where the plate has neither texture nor hue to tell, only what a body
        casts.

    See Also
    --------
    stillplate.cast.find_uncast : what is asked of shade without texture and hue.

    References
    ----------
    A. Sanin, C. Sanderson, B. C. Lovell, "Shadow detection: a survey and comparative evaluation of recent methods",
    Pattern Recognition 45(4), 2012 (why texture over large regions decides). :doi:`10.1016/j.patcog.2011.10.001`
    """
    import cv2

    seen = smoothed(image)
    alike, light = kernels.hue(
        seen, ground, weak, dark=DARK, off=(HUE, HUE_SHARE), between=(DEEPEST, brightest), threads=1
    )  # fmt: skip
    if not alike.any():
        return alike
    flat, sums = kernels.texture(image, plate, (seen, ground), alike, light, cell=CELL, dark=DARK, flat=FLAT, threads=1)
    told, untold, sure = _compare_texture(sums, _noise(image, plate, weak))
    core = opened(flat & _everywhere(told, weak.shape))
    alike &= _everywhere(untold, weak.shape)
    grown = cv2.dilate(core.view(np.uint8), block(REACH * weak.shape[1])).view(np.bool_)
    near, _ = kernels.hue(
        seen, ground, weak & grown, dark=DARK, off=(LOOSE, HUE_SHARE), between=(DEEPEST, brightest), threads=1
    )
    shade = core | (near & _everywhere(untold, weak.shape))
    shade |= _whole_regions(alike, shade, weak)
    proven = _everywhere(sure, weak.shape) | _coloured(ground, light)
    return np.asarray(shade & ~find_uncast(shade, shade & proven, weak, light))


def find_other_light(
    image: Image, plate: Image, other: Image, weak: Mask, thresholds: Floats, colour_thresholds: Floats | None
) -> Mask:
    """Tell ground that is in another of the lights that the scene is seen in, or between it and the frame's.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in one light, both `smoothed`.
    other : uint8 array of shape (H, W, 3), RGB
        The plate in the other light, `smoothed`.
    weak : bool array of shape (H, W)
        Where the frame differs from the plate.
    thresholds, colour_thresholds : float32 arrays of shape (H, W)
        Differences, and of colour, above which a pixel is foreground.

    Returns
    -------
    bool array of shape (H, W)
        Where I - B - x (B' - B), x being the share of the other light, 0..1, that leaves least of it, is under the
        thresholds if that is all of it, and well under them between the two: on a grey road anything grey is.
    """
    seen, ground, lamp = (part[weak].astype(np.float32) for part in (image, plate, other))
    differs, lamp = seen - ground, lamp - ground
    share = (differs * lamp).sum(axis=1) / np.maximum(np.square(lamp).sum(axis=1), 1)
    left = differs - np.clip(share, 0, 1)[:, None] * lamp
    ratio = np.abs(left).mean(axis=1) / thresholds[weak]
    if colour_thresholds is not None:
        tint = np.abs(left - left.mean(axis=1, keepdims=True)).mean(axis=1) / colour_thresholds[weak]
        ratio = np.maximum(ratio, tint)  # as evidence is
    between, there = np.zeros((2, *weak.shape), np.bool_)
    between[weak] = ratio < BETWEEN
    there[weak] = (ratio < 1) & (share > THERE)
    return opened(between) | opened(there)


def upright(mask: Mask, shade: Mask) -> Mask:
    """Find what of the shade hangs from the mask, or stands on it, 3 % of the width at most: trousers, not shadows."""
    import cv2

    if not shade.any():
        return shade
    within, grown = (mask | shade).view(np.uint8), mask.view(np.uint8)
    for _ in range(_pixels(UPRIGHT * mask.shape[1])):
        grown = np.asarray(cv2.dilate(grown, np.ones((3, 1), np.uint8)), np.uint8) & within
    return grown.view(np.bool_) & shade


def _noise(image: Image, plate: Image, weak: Mask) -> float:
    """Variance of the grey level's noise, from some lines where frame and plate are alike."""
    rows = np.arange(2, len(image) - 2, LINES)
    lines = rows + np.arange(-2, 3)[:, None]
    channels = image[lines].astype(np.float32) - plate[lines]
    apart = channels[..., 0] + channels[..., 1] + channels[..., 2]
    sums = np.cumsum(apart.sum(axis=0), axis=1)
    own = apart[2, :, 3:-2] - (sums[:, 5:] - sums[:, :-5]) / 25
    still = np.abs(own / 3)[~weak[rows, 3:-2]]
    return max(QUIETEST, 1.48 * float(np.median(still))) ** 2 if still.size else QUIETEST


def _coloured(ground: Image, light: Floats) -> Mask:
    """Find where the plate, in so much light, has a hue from which grey is told."""
    known = light > 0
    levels, share = ground[known].astype(np.float32), light[known]
    mean = levels.mean(axis=1)
    hue = np.abs(levels - mean[:, None]).mean(axis=1)
    coloured = np.zeros(light.shape, np.bool_)
    coloured[known] = share * hue > HUE + HUE_SHARE * share * mean
    return coloured


def _compare_texture(sums: Floats, noise: float) -> tuple[Mask, Mask, Mask]:
    """Hold the frame's texture, h = I less its mean, to s times the plate's, over windows of cells.

    With Σ h² the energy under "a thing is there" and Σ (h - s b)² under "the ground, shaded", the log likelihood ratio
    of the two is (Σ h² - Σ (h - s b)²) / 2 σ², σ² the mean of the smaller one, or the noise where that is more.

    Returns the cells where the texture may be the ground's: it surely is, or no other is seen; where it is not surely
    gone; and where it is the ground's and there is no other.
    """
    import cv2

    side = max(1, round(WINDOW * sums.shape[1]) // 2 * 2 + 1)
    totals = cv2.boxFilter(sums, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    count, own, common, lit, level = np.ascontiguousarray(np.moveaxis(np.asarray(totals), 2, 0))
    missed = own - 2 * common + lit
    each = np.maximum(count, 1)
    variance = np.maximum(np.minimum(own, missed) / each, noise)
    ratio = (own - missed) / (2 * variance)
    fits = missed / each < MISFIT * noise + np.square(MISFIT_SHARE * level / each)
    gone = (ratio < -SURE) & (lit / each > VISIBLE * noise)
    sure = ratio > SURE
    return sure | (fits & ~gone), ~gone, sure & (own < OTHER * (lit + noise * count))


def _everywhere(cells: Mask, shape: tuple[int, ...]) -> Mask:
    import cv2

    height, width = cells.shape
    spread = cv2.resize(cells.view(np.uint8), (CELL * width, CELL * height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(spread, np.uint8).view(np.bool_)[: shape[0], : shape[1]]


def _whole_regions(alike: Mask, shade: Mask, weak: Mask) -> Mask:
    regions = Components.of(opened(alike), diagonal=False)
    whole = regions.held(shade) > WHOLE * regions.sizes()
    if whole.any():
        share = regions.rims(opened(weak & ~alike), _pixels(REACH * weak.shape[1]))
        whole &= (share > CAST[0]) & (share < CAST[1])
    return regions.where(whole)


def enclosed(shade: Mask, mask: Mask) -> Mask:
    """Find the regions of shade outside the mask whose rim is mostly mask: dark parts of what it holds."""
    regions = Components.of(shade & ~mask)
    return regions.where(regions.rims(mask, _pixels(REACH / 2 * mask.shape[1])) > ENCLOSED)


def _pixels(reach: float) -> int:
    return max(1, round(reach))
