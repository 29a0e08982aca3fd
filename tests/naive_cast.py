"""The plain-Python twins of the kernels of cast shadows: the nearest pixel outside, rims, colours, and shadows."""

import heapq
from itertools import product
from math import atan2, pi

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.kernels import CastLimits, Components, nearest_outside
from tests import naive

Floats = npt.NDArray[np.float32]
Masks = npt.NDArray[np.bool_]
Images = npt.NDArray[np.uint8]

LENGTHS = {(0, 1): 65536, (1, 1): 91750, (1, 2): 143976}  # 1 / 65536 pixel, by the sorted sizes of a move's sides


def distances(mask: Masks) -> Floats:
    """The shortest way out of a mask by moves to neighbours and by a knight's, as Dijkstra finds it, in pixels."""
    away = np.where(mask, 1 << 30, 0)
    waiting = [(0, place) for place in np.ndindex(mask.shape) if not mask[place]]
    moves = [move for move in product(range(-2, 3), repeat=2) if tuple(sorted(map(abs, move))) in LENGTHS]
    while waiting:
        length, (y, x) = heapq.heappop(waiting)
        for down, right in moves:
            there = y + down, x + right
            longer = length + LENGTHS[tuple(sorted((abs(down), abs(right))))]  # type: ignore[index]  # of two numbers
            if 0 <= there[0] < mask.shape[0] and 0 <= there[1] < mask.shape[1] and longer < away[there]:
                away[there] = longer
                heapq.heappush(waiting, (longer, there))
    return (away / 65536).astype(np.float32)


def sector(down: int, right: int) -> int:
    """The sixteenth of the circle in which a vector lies, from left over top to right."""
    return int((atan2(down, right) / (2 * pi) + 0.5) * 16) % 16


def rim(labels: npt.NDArray[np.int64], away: Floats, sectors: npt.NDArray[np.uint8], depth: Floats) -> Masks:
    """Each pixel by itself: whether it is as near to the outside as its region's largest distance, and sector, say."""
    within = np.zeros(labels.shape, np.bool_)
    for place in zip(*np.nonzero(labels >= 0), strict=True):
        deepest = away[labels == labels[place]].max()
        within[place] = away[place] <= depth[sectors[place]] * deepest
    return within


def cast_colours(
    image: Images,
    plate: Images,
    mask: Masks,
    hue: Floats,
    *,
    dark: float,
    off: tuple[float, float],
    flat: float,
    between: tuple[float, float],
) -> tuple[Masks, Masks]:
    """Each pixel by itself, in the kernel's float32; beyond an edge, the picture is mirrored at its end."""
    light, plain = np.zeros(mask.shape, np.float32), np.zeros(mask.shape, np.bool_)
    one, levels, change = np.float32(1), np.float32(off[0]), np.float32(off[1])
    for place in zip(*np.nonzero(mask), strict=True):
        seen, ground = (part[place].astype(np.float32) + np.float32(dark) for part in (image, plate))
        usual = ground * hue
        usual *= (seen[0] + seen[1] + seen[2]) / (usual[0] + usual[1] + usual[2])
        light[place] = (seen[0] + seen[1] + seen[2]) / (ground[0] + ground[1] + ground[2])
        apart = [np.abs(seen - other) for other in (usual, ground)]
        away, changed = ((one_[0] + one_[1] + one_[2]) / np.float32(3) for one_ in apart)
        plain[place] = away < change * changed + levels and between[0] < light[place] < between[1]
    alike = np.zeros_like(mask)
    around = [np.pad(part, 2, mode="reflect" if min(mask.shape) > 2 else "edge") for part in (mask, light)]
    for y, x in zip(*np.nonzero(plain), strict=True):
        here = np.s_[y : y + 5, x : x + 5]
        near, known = around[1][here].astype(np.float64), np.count_nonzero(around[0][here])
        squares = np.square(around[1][here]).astype(np.float64)
        share, mean, square = (np.float32(total / 25) for total in (known, near.sum(), squares.sum()))
        spread = np.sqrt(max(np.float32(0), square / share - (mean / share) * (mean / share)))
        ground = plate[y, x].astype(np.float32) + np.float32(dark)
        noise = 2 * levels / ((ground[0] + ground[1] + ground[2]) / np.float32(3))
        alike[y, x] = spread < np.float32(flat) * (one - light[y, x]) + noise
    return alike, mask & (light < 1)


def morphed(mask: Masks, kind: int, side: int = 3) -> Masks:
    square = np.ones((side, side), np.uint8)
    return np.asarray(cv2.morphologyEx(mask.view(np.uint8), kind, square)).astype(np.bool_)


def kept(labels: npt.NDArray[np.int64], keep: list[bool]) -> Masks:
    return np.asarray([*keep, False])[labels]


def cast_shadow(
    image: Images, plate: Images, mask: Masks, hue: Floats, depth: Floats, limits: CastLimits
) -> tuple[Masks, Masks]:
    """Step by step; regions by flooding."""
    alike, darker = cast_colours(
        image, plate, mask, hue, dark=limits.dark, off=(limits.levels, limits.change), flat=limits.flat,
        between=(limits.deepest, limits.brightest),
    )  # fmt: skip
    things, (away, sectors) = naive.components(mask, True), nearest_outside(Components.of(mask))
    within, shallow = rim(things, away, sectors, depth), mask & (away <= limits.rim)
    parts = naive.components(alike, False)
    cut = within & kept(parts, [bool(shallow[parts == part].any()) for part in range(parts.max(initial=-1) + 1)])
    if cut.any():
        cut = morphed(morphed(cut, cv2.MORPH_CLOSE), cv2.MORPH_OPEN) & mask
        near = morphed(cut, cv2.MORPH_DILATE, 2 * limits.rim + 1)
        cut |= within & near & shallow & darker
        rest = mask & ~cut
        cut |= rest & near & ~morphed(rest, cv2.MORPH_OPEN)
    left = naive.components(mask & ~cut, True)
    rest = kept(left, [(left == part).sum() >= limits.least for part in range(left.max(initial=-1) + 1)])
    small = kept(
        things,
        [
            bool((things == thing).sum() < limits.small and not rest[things == thing].any())
            for thing in range(things.max(initial=-1) + 1)
        ],
    )
    return cut & ~small, rest | small
