"""Shadows: background in less light, of the same hue and texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.kernels import Components
from stillplate.segmentation.cast_shadows import find_uncast
from stillplate.segmentation.cleanup import REACH, opened

__all__ = [
    "BRIGHTEST", "DARK", "HUE", "HUE_SHARE", "Shade", "enclosed", "find_other_light", "find_proven_shade", "find_shade",
    "smoothed", "upright",
]  # fmt: skip


SMOOTH = 1.0  # pixels: standard deviation of the smoothing, which covers a 4:2:0 chroma sample
DARK = 4.0  # levels added to frame and plate, which limits the effect of quantisation in the dark
DEEPEST = 0.2  # least light of a shadow, as a share of the plate's: skylight without the sun
BRIGHTEST = 1.25  # largest light of a reflection, as a share of the plate's
HUE = 3.0  # levels: allowed deviation of hue at level 0
HUE_SHARE = 0.04  # share of the level by which the allowed deviation of hue grows
LOOSE = 6.0  # levels: allowed deviation of hue at level 0 next to a certain shadow
FLAT = 0.08  # largest relative deviation of frame / plate within 5x5 pixels; a shadow scales light and keeps texture
CELL = 4  # pixels: side of the cells over which texture is summed
LINES = 32  # rows between two lines on which the noise is measured
WINDOW = 0.06  # share of the width: side of the windows over which texture is compared
SURE = 6.0  # log likelihood ratio from which texture decides
VISIBLE = 2.0  # variances of the noise: weaker texture may be invisible in shadow, so its absence proves nothing
MISFIT = 30.0  # variances of the noise: largest residual energy of the plate's texture in a shadow at level 0
MISFIT_SHARE = 0.1  # share of the level by which the allowed residual (its root) grows
QUIETEST = 1.0  # levels: least noise that is assumed
WHOLE = 0.5  # share of a region of matching hue that must be flat for the whole region to be shadow
CAST = (0.1, 0.4)  # share of such a region's border that is an object of another hue: it casts, but does not enclose
BETWEEN = 0.4  # thresholds: allowed residual of background in a light between two light states
THERE = 0.85  # share of the other light state from which background counts as fully in it
UPRIGHT = 0.03  # share of the width: largest extent of a shadow-like part above or below the mask, such as legs
OTHER = 3.0  # multiple of the texture energy expected of shadowed background, above which the texture is another
ENCLOSED = 0.6  # share of the border: a shadow surrounded so far by the mask is a dark part of the object


@dataclass(frozen=True, slots=True, eq=False)
class Shade:
    """Shadows of one frame, and what they were found by.

    Attributes
    ----------
    mask : bool array of shape (H, W)
        Background in another light.
    proven : bool array of shape (H, W)
        What texture or hue proves to be background in another light.
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, `smoothed`.
    brightest : float
        Largest light of a reflection, as a share of the plate's.
    possible : bool array of shape (H, W), optional
        Where shadows can be; everywhere if None.
    """

    mask: Mask
    proven: Mask
    image: Image
    plate: Image
    brightest: float
    possible: Mask | None = None


def smoothed(image: Image) -> Image:
    """Return an image, uint8 of shape (H, W, 3), smoothed as for the comparison of hue."""
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), SMOOTH), np.uint8)


def find_shade(image: Image, plate: Image, weak: Mask, smooth_plate: Image, brightest: float = BRIGHTEST) -> Shade:
    """Find shadows: background in another light, as opposed to objects.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in the same light.
    weak : bool array of shape (H, W)
        Where frame and plate differ.
    smooth_plate : uint8 array of shape (H, W, 3), RGB
        The plate, `smoothed`.
    brightest : float
        Largest light of a reflection, as a share of the plate's.

    Returns
    -------
    Shade
        Pixels of `weak` where I = s B, with one s for all channels that varies little nearby, and with the plate's
        texture wherever it has any. Where the plate has neither texture nor hue, only shadows cast by an object.

    See Also
    --------
    stillplate.segmentation.cast_shadows.find_uncast : the test of shadows without texture and hue.

    References
    ----------
    A. Sanin, C. Sanderson, B. C. Lovell, "Shadow detection: a survey and comparative evaluation of recent methods",
    Pattern Recognition 45(4), 2012 (large-region texture decides best). :doi:`10.1016/j.patcog.2011.10.001`
    """
    smooth = (smoothed(image), smooth_plate)
    shadow, proven, light = _shade((image, plate), smooth, weak, brightest)
    mask = np.asarray(shadow & ~find_uncast(shadow, proven, weak, light))
    return Shade(mask, proven, *smooth, brightest)


def find_proven_shade(images: tuple[Image, Image], smooth: tuple[Image, Image], weak: Mask) -> Mask:
    """Mark shade that texture or hue proves; frame and plate, the same `smoothed`, and where they differ."""
    return _shade(images, smooth, weak, BRIGHTEST)[1]


def _shade(
    images: tuple[Image, Image], smooth: tuple[Image, Image], weak: Mask, brightest: float
) -> tuple[Mask, Mask, Floats]:
    """Return what may be shade, where texture or hue proves it, and the frame's light as a share of the plate's."""
    import cv2

    between = (DEEPEST, brightest)
    alike, light = kernels.hue(*smooth, weak, dark=DARK, off=(HUE, HUE_SHARE), between=between, threads=1)
    if not alike.any():
        return alike, alike, light
    flat, sums = kernels.texture(*images, smooth, alike, light, cell=CELL, dark=DARK, flat=FLAT, threads=1)
    may_match, not_missing, matches = _compare_texture(sums, _noise(*images, weak))
    core = opened(flat & _everywhere(may_match, weak.shape))
    alike &= _everywhere(not_missing, weak.shape)
    grown = cv2.dilate(core.view(np.uint8), block(REACH * weak.shape[1])).view(np.bool_)
    near = weak & grown
    loosely_alike, _ = kernels.hue(*smooth, near, dark=DARK, off=(LOOSE, HUE_SHARE), between=between, threads=1)
    shadow = core | (loosely_alike & _everywhere(not_missing, weak.shape))
    shadow |= _whole_regions(alike, shadow, weak)
    proven = shadow & _everywhere(matches, weak.shape)
    return shadow, proven | _coloured(smooth[1], light, shadow & ~proven), light


def find_other_light(
    image: Image, plate: Image, other: Image, weak: Mask, thresholds: Floats, colour_thresholds: Floats | None
) -> Mask:
    """Mark background in another light state of the clip, or between it and the frame's.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in the same light, both `smoothed`.
    other : uint8 array of shape (H, W, 3), RGB
        The plate in the other light state, `smoothed`.
    weak : bool array of shape (H, W)
        Where the frame differs from the plate.
    thresholds, colour_thresholds : float32 arrays of shape (H, W)
        Thresholds of the difference, and of that of colour alone.

    Returns
    -------
    bool array of shape (H, W)
        Where the residual I - B - x (B' - B), with x in 0..1 chosen to minimise it, is below the thresholds for x near
        1, and below 0.4 thresholds in between, where any grey object on a grey road could match.
    """
    frame, background, other_light = (part[weak].astype(np.float32) for part in (image, plate, other))
    differs, change = frame - background, other_light - background
    share = (differs * change).sum(axis=1) / np.maximum(np.square(change).sum(axis=1), 1)
    residual = differs - np.clip(share, 0, 1)[:, None] * change
    ratio = np.abs(residual).mean(axis=1) / thresholds[weak]
    if colour_thresholds is not None:
        tint = np.abs(residual - residual.mean(axis=1, keepdims=True)).mean(axis=1) / colour_thresholds[weak]
        ratio = np.maximum(ratio, tint)  # the same combination as for evidence
    between, there = np.zeros((2, *weak.shape), np.bool_)
    between[weak] = ratio < BETWEEN
    there[weak] = (ratio < 1) & (share > THERE)
    return opened(between) | opened(there)


def upright(mask: Mask, shadow: Mask) -> Mask:
    """Mark parts of the shadow directly above or below the mask, up to 3 % of the width: legs, not shadows."""
    import cv2

    if not shadow.any():
        return shadow
    within, grown = (mask | shadow).view(np.uint8), mask.view(np.uint8)
    for _ in range(_pixels(UPRIGHT * mask.shape[1])):
        grown = np.asarray(cv2.dilate(grown, np.ones((3, 1), np.uint8)), np.uint8) & within
    return grown.view(np.bool_) & shadow


def _noise(image: Image, plate: Image, weak: Mask) -> float:
    """Return the variance of the grey level's noise, from lines where frame and plate are alike."""
    rows = np.arange(2, len(image) - 2, LINES)
    lines = rows + np.arange(-2, 3)[:, None]
    channels = image[lines].astype(np.float32) - plate[lines]
    difference = channels[..., 0] + channels[..., 1] + channels[..., 2]
    sums = np.cumsum(difference.sum(axis=0), axis=1)
    own = difference[2, :, 3:-2] - (sums[:, 5:] - sums[:, :-5]) / 25
    still = np.abs(own / 3)[~weak[rows, 3:-2]]
    return max(QUIETEST, 1.48 * float(np.median(still))) ** 2 if still.size else QUIETEST


def _coloured(plate: Image, light: Floats, known: Mask) -> Mask:
    """Mark where, within a mask, the plate at this share of its light has a hue distinguishable from grey."""
    levels, share = plate[known].astype(np.float32), light[known]
    mean = levels.mean(axis=1)
    hue = np.abs(levels - mean[:, None]).mean(axis=1)
    coloured = np.zeros(light.shape, np.bool_)
    coloured[known] = share * hue > HUE + HUE_SHARE * share * mean
    return coloured


def _compare_texture(sums: Floats, noise: float) -> tuple[Mask, Mask, Mask]:
    """Compare the frame's texture, h = I minus its mean, with s times the plate's, b, over windows of cells.

    Σ h² is the residual if an object hides the texture, Σ (h - s b)² if it is in shadow. The log likelihood ratio of
    the two is (Σ h² - Σ (h - s b)²) / 2 σ², with σ² the mean of the smaller sum, or the noise if that is larger.

    Returns three masks of cells: where the texture may be the plate's (it certainly is, or no other texture is
    visible); where it is not certainly missing; where it is the plate's and no other.
    """
    import cv2

    side = max(1, round(WINDOW * sums.shape[1]) // 2 * 2 + 1)
    totals = cv2.boxFilter(sums, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    count, own, common, plates, level = np.ascontiguousarray(np.moveaxis(np.asarray(totals), 2, 0))
    residual = own - 2 * common + plates
    pixels = np.maximum(count, 1)
    variance = np.maximum(np.minimum(own, residual) / pixels, noise)
    ratio = (own - residual) / (2 * variance)
    fits = residual / pixels < MISFIT * noise + np.square(MISFIT_SHARE * level / pixels)
    gone = (ratio < -SURE) & (plates / pixels > VISIBLE * noise)
    sure = ratio > SURE
    return sure | (fits & ~gone), ~gone, sure & (own < OTHER * (plates + noise * count))


def _everywhere(cells: Mask, shape: tuple[int, ...]) -> Mask:
    """Return a mask of cells as a mask of pixels."""
    import cv2

    height, width = cells.shape
    spread = cv2.resize(cells.view(np.uint8), (CELL * width, CELL * height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(spread, np.uint8).view(np.bool_)[: shape[0], : shape[1]]


def _whole_regions(alike: Mask, shadow: Mask, weak: Mask) -> Mask:
    """Mark the regions of matching hue that are shadow as a whole."""
    regions = Components.of(opened(alike), diagonal=False)
    whole = regions.count_in(shadow) > WHOLE * regions.sizes()
    if whole.any():
        share = regions.border_shares(opened(weak & ~alike), _pixels(REACH * weak.shape[1]))
        whole &= (share > CAST[0]) & (share < CAST[1])
    return regions.select(whole)


def enclosed(shadow: Mask, mask: Mask) -> Mask:
    """Mark the regions of shadow outside the mask whose border is mostly mask: dark parts of an object."""
    regions = Components.of(shadow & ~mask)
    return regions.select(regions.border_shares(mask, _pixels(REACH / 2 * mask.shape[1])) > ENCLOSED)


def _pixels(reach: float) -> int:
    """Return a reach in whole pixels, 1 at least."""
    return max(1, round(reach))
