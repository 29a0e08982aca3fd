"""NumPy and OpenCV twins of the kernels of regions and their edges."""

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.imaging.morphology import block, square
from stillplate.kernels import Components, Inside
from tests import naive

Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Images = npt.NDArray[np.uint8]


def as_mask(picture: npt.ArrayLike) -> Mask:
    return np.asarray(picture, np.uint8).view(np.bool_)


def grown(mask: Mask) -> Mask:
    return as_mask(cv2.dilate(mask.view(np.uint8), square(3)))


def fill_holes(mask: Mask, hole: float) -> Mask:
    holes = Components.of(mask, value=False)
    return mask | holes.select(holes.sizes() < hole)


def solid_regions(
    ratio: Map, trust: Map | None, seed: float, closed: bool, reach: int, least: float, hole: float
) -> Mask:
    weak = Components.of(ratio > 1)
    strong = weak.select(weak.count_in(ratio > np.float32(seed)) > 0)
    mask = as_mask(cv2.medianBlur(strong.view(np.uint8), 5))
    if not closed:
        return mask
    mask = as_mask(cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, block(reach)))
    regions = Components.of(mask)
    return fill_holes(regions.select((regions.sizes() if trust is None else regions.sums(trust)) >= least), hole)


def small_regions(
    ratio: Map,
    levels: tuple[Map, Map],
    risen: Mask | None,
    large: Mask,
    fewest: int,
    seed: float,
    clear: float,
    least: float,
) -> Mask:
    certainty = levels[0] / levels[1]
    if risen is not None:
        certainty = np.where(risen, np.minimum(certainty, ratio), certainty)
    regions = Components.of(ratio > 1)
    strength = np.square(certainty / np.float32(seed))
    sure = (ratio > np.float32(seed)) & (certainty > np.float32(clear))
    keep = (regions.count_in(sure) >= fewest) & (regions.count_in(large) == 0) & (regions.sums(strength) >= least)
    return regions.select(keep)


def inner_difference(mask: Mask, inside: Inside) -> Map:
    """The usual difference inside the mask near each pixel; 0 where it is not known."""
    side = (2 * inside.reach + 1,) * 2
    core = cv2.erode(mask.view(np.uint8), square(3)).astype(np.float64)
    share = cv2.blur(core, side)
    inner = cv2.blur(inside.difference * core, side) / np.where(share > inside.few, share, np.inf)
    if inside.ground is not None:
        inner = inner + (1 - inside.edge) / inside.edge * inside.ground * (inner > 0)
    return np.asarray(inner, np.float32)


def trim_edges(mask: Mask, inside: Inside, rim: int, hole: float) -> Mask:
    edge = mask & ~as_mask(cv2.erode(mask.view(np.uint8), square(2 * rim + 1)))
    cut = edge & (inside.difference < np.float32(inside.edge) * inner_difference(mask, inside))
    return fill_holes(as_mask(cv2.medianBlur((mask & ~cut).view(np.uint8), 3)), hole)


def upsample_mask(
    masks: tuple[Mask, Mask],
    inside: Inside,
    image: Images,
    plate: Images,
    table: Images,
    factor: int,
    weight: float,
    most: float,
) -> Mask:
    usual = inner_difference(masks[1], inside)
    large = naive.upsample_mask(masks[0], usual, image, plate, table, factor, inside.edge, weight, most)
    return as_mask(cv2.medianBlur(large.view(np.uint8), 3))
