"""NumPy and OpenCV twin of the kernels that tell shade from things."""

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.imaging.morphology import block
from stillplate.kernels import Components, ShadeLimits
from stillplate.segmentation.cleanup import opened
from tests import naive, naive_cast

Floats = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def shade(
    images: tuple[Image, Image],
    smooth: tuple[Image, Image],
    weak: Mask,
    limits: ShadeLimits,
    window: int,
    reach: int,
) -> tuple[Mask, Mask, npt.NDArray[np.float64]]:
    """What may be shade, where texture or hue proves it, and the frame's light as a share of the plate's."""
    dark, between = limits.dark, (limits.deepest, limits.brightest)
    alike, light = naive.hue(*smooth, weak, dark, (limits.hue, limits.hue_share), between)
    if not alike.any():
        return alike, alike, light
    cell = int(limits.cell)
    flat, sums = naive.texture(*images, smooth, alike, light.astype(np.float32), cell, dark, limits.flat)
    noise = noise_variance(*images, weak, limits)
    may_match, not_missing, matches = (
        everywhere(one, cell, weak.shape) for one in compare_texture(sums.astype(np.float32), noise, limits, window)
    )
    core = opened(flat & may_match)
    alike &= not_missing
    near = weak & cv2.dilate(core.view(np.uint8), block(reach)).view(np.bool_)
    loosely_alike, _ = naive.hue(*smooth, near, dark, (limits.loose, limits.hue_share), between)
    shadow = core | (loosely_alike & not_missing)
    shadow |= whole_regions(alike, shadow, weak, limits, reach)
    proven = shadow & matches
    return shadow, proven | coloured(smooth[1], light, shadow & ~proven, limits), light


def noise_variance(image: Image, plate: Image, weak: Mask, limits: ShadeLimits) -> float:
    """The variance of the grey level's noise, from lines where frame and plate are alike."""
    rows = np.arange(2, len(image) - 2, int(limits.lines))
    lines = rows + np.arange(-2, 3)[:, None]
    channels = image[lines].astype(np.float32) - plate[lines]
    difference = channels[..., 0] + channels[..., 1] + channels[..., 2]
    sums = np.cumsum(difference.sum(axis=0), axis=1)
    own = difference[2, :, 3:-2] - (sums[:, 5:] - sums[:, :-5]) / 25
    still = np.abs(own / 3)[~weak[rows, 3:-2]]
    return max(limits.quietest, 1.48 * float(np.median(still))) ** 2 if still.size else limits.quietest


def compare_texture(sums: Floats, noise: float, limits: ShadeLimits, window: int) -> tuple[Mask, Mask, Mask]:
    """Where the texture may be the plate's; where it is not certainly missing; where it is the plate's and no other."""
    totals = cv2.boxFilter(sums, -1, (window, window), normalize=False, borderType=cv2.BORDER_CONSTANT)
    count, own, common, plates, level = np.ascontiguousarray(np.moveaxis(np.asarray(totals), 2, 0))
    residual = own - 2 * common + plates
    pixels = np.maximum(count, 1)
    variance = np.maximum(np.minimum(own, residual) / pixels, noise)
    ratio = (own - residual) / (2 * variance)
    fits = residual / pixels < limits.misfit * noise + np.square(limits.misfit_share * level / pixels)
    gone = (ratio < -limits.sure) & (plates / pixels > limits.visible * noise)
    sure = ratio > limits.sure
    return sure | (fits & ~gone), ~gone, sure & (own < limits.other * (plates + noise * count))


def everywhere(cells: Mask, cell: int, shape: tuple[int, ...]) -> Mask:
    """A mask of cells as a mask of pixels."""
    return cells.repeat(cell, 0).repeat(cell, 1)[: shape[0], : shape[1]]


def whole_regions(alike: Mask, shadow: Mask, weak: Mask, limits: ShadeLimits, reach: int) -> Mask:
    """The regions of matching hue that are shadow as a whole."""
    regions = Components.of(opened(alike), diagonal=False)
    whole = regions.count_in(shadow) > limits.whole * regions.sizes()
    share = regions.border_shares(opened(weak & ~alike), reach)
    return regions.select(whole & (share > limits.least_cast) & (share < limits.most_cast))


def coloured(plate: Image, light: npt.NDArray[np.float64], known: Mask, limits: ShadeLimits) -> Mask:
    """Where, within a mask, the plate at this share of its light has a hue distinguishable from grey."""
    levels, share = plate.astype(np.float64), light
    mean = levels.mean(axis=2)
    hue = np.abs(levels - mean[..., None]).mean(axis=2)
    return np.asarray(known & (share * hue > limits.hue + limits.hue_share * share * mean))


def find_uncast(
    shadow: Mask, proven: Mask, weak: Mask, light: Floats, rim: int, reach: int, caster_area: float, spread: float
) -> tuple[Mask, Mask]:
    """Doubtful shadow that is lighter than the plate, and that in regions without a caster."""
    lighter = shadow & ~proven & (light > 1)
    doubtful = shadow & ~proven & ~lighter
    near = cv2.dilate(doubtful.view(np.uint8), block(rim)).view(np.bool_)
    casters = opened((weak & ~shadow) | lighter) & ~near
    regions = Components.of(cv2.dilate(weak.view(np.uint8), block(reach)).view(np.bool_))
    area = regions.count_in(doubtful)
    uncast = regions.count_in(casters | proven) < caster_area * area
    mean_light = regions.sums(light * doubtful) / np.maximum(area, 1)
    cast = mean_light[~uncast & (area > 0)]
    edge = np.ones(weak.shape, np.bool_)
    edge[1:-1, 1:-1] = False
    if cast.size:
        usual = float(np.median(cast))
        uncast &= (np.abs(mean_light - usual) > spread * usual) | (regions.count_in(edge) == 0)
    return lighter, doubtful & regions.select(uncast)


def soft_shade(
    smooth: tuple[Image, Image],
    evidence: tuple[Floats, Floats],
    clear: float,
    veil: tuple[float, int],
    dark: float,
    off: tuple[float, float],
    flat: float,
    between: tuple[float, float],
) -> tuple[Mask, Floats]:
    """Ground in even light, by colours less the darkest level of the plate."""
    where = (evidence[0] > 1) & (evidence[1] > np.float32(clear))
    light = np.zeros(where.shape, np.float32)
    if not where.any():
        return where, light
    some = smooth[1][:: veil[1], :: veil[1]].reshape(-1, 3)
    lowest = int(veil[0] * len(some))
    least = np.append(np.partition(some, lowest, axis=0)[lowest], 0).astype(np.float64)
    frame, plate = (np.asarray(cv2.subtract(part, least), np.uint8).reshape(part.shape) for part in smooth)
    white = np.ones(3, np.float32)
    alike, _ = naive_cast.cast_colours(frame, plate, where, white, dark=dark, off=off, flat=flat, between=between)
    soft = opened(alike)
    there, usual = (part[soft].sum(axis=1, dtype=np.float32) + np.float32(3 * dark) for part in smooth)
    light[soft] = there / usual
    return soft, light
