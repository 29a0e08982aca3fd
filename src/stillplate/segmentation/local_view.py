"""The ground behind what moves in a frame, where it has depth: neighbouring frames vote, each aligned by its flow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.arrays import Doubles, Floats, Image, Mask, Numbers
from stillplate.camera.path import CameraPath
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.morphology import block
from stillplate.imaging.resize import resized
from stillplate.imaging.warping import sampled
from stillplate.segmentation.neighbour import (
    LIKE,
    STEP,
    Neighbour,
    Part,
    Shown,
    Surroundings,
    error_of,
    moved,
    shown_by,
)
from stillplate.segmentation.view import View

__all__ = ["local_view"]

GROWN = 0.012  # share of the width around what is hidden in which the view is not the frame, since edges are soft
NEAR = 0.04  # share of the width around what is hidden in which what moves is replaced with it, though no mask marks it
FEWEST, MOST = 4, 16  # neighbours that are aligned
ENOUGH, NEARLY_ALL = 3, 0.98  # neighbours that should show each hidden pixel; share of these
PLATE_WEIGHT = 3.0  # neighbours that the plate counts for
BLOCK = 512  # pixels that are compared at once: so few stay in the processor's cache
FARTHEST = 40.0  # levels: colours that differ more are no less alike
OFF_PLANE = 4.0  # levels that ground off the plane must be better by: what is nearer than a thing is not hidden by it


def local_view(surroundings: Surroundings, hidden: Mask, path: CameraPath, plate: View) -> View:
    """Show a frame with the ground in place of what is hidden, as neighbouring frames show it.

    Parameters
    ----------
    surroundings : Surroundings
        The frame, which is on the path, and its neighbours.
    hidden : bool array of shape (H, W)
        What is to be replaced, with what moves within 4 % of the width around it.
    path : CameraPath
    plate : View
        The plate as the frame's camera shows it.

    Returns
    -------
    View
        The frame's own pixels but for what is hidden and 1.2 % of the width around; invalid where neither a neighbour
        nor the plate showed the ground.

    Notes
    -----
    Each neighbour is laid on the frame in three ways: by the homography of the path, and along the dense flow of the
    ground, where what goes on behind a thing is the farther of its sides, or a mean of all around it. The nearest
    neighbours come first, until three show nearly all that is hidden. For each pixel the alternative is taken that most
    others agree with, as in the vote of a plate, weighed by how well each of them shows what lies around. The plate is
    one of them. Ground from other frames, aligned and chosen to agree, is the idea of [1]_, whose frames are aligned by
    planes.

    References
    ----------
    .. [1] M. Granados, K. I. Kim, J. Tompkin, J. Kautz, C. Theobalt, "Background inpainting for videos with dynamic
       objects and a free-moving camera", ECCV 2012.
    """
    frame, size = surroundings.frame, (hidden.shape[1], hidden.shape[0])
    wanted = _wanted(frame, hidden)
    small = (frame.small.shape[1], frame.small.shape[0])
    reduced = np.asarray(resized(wanted.astype(np.float32), small[::-1])) > 0
    if not reduced.any():
        return View(frame.image, plate.noise, np.ones(hidden.shape, np.bool_))
    part = Part.around(reduced)
    shown = [_plate(frame, plate, part), *_neighbours(surroundings, path, part)]
    best = _elected(shown, part.hidden)
    image, filled = frame.image.copy(), np.zeros(hidden.shape, np.bool_)
    _compose(image, filled, wanted, shown, best, part, scaling_matrix(small, size), plate)
    missing = wanted & ~filled
    image[missing] = plate.image[missing]
    return View(image, plate.noise, ~missing | plate.valid)


def _wanted(frame: Neighbour, hidden: Mask) -> Mask:
    """What is hidden or moves, and what is around: bool of shape (H, W)."""
    import cv2

    height, width = hidden.shape
    moves = np.asarray(cv2.resize(frame.movers, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    near = np.asarray(cv2.dilate(hidden.view(np.uint8), block(NEAR * width)), np.uint8)
    return np.asarray(cv2.dilate(hidden.view(np.uint8) | (moves & near), block(GROWN * width))).view(np.bool_)


def _plate(frame: Neighbour, plate: View, part: Part) -> Shown:
    colours = part.of(resized(plate.image, frame.small.shape[:2]))
    usable = part.of(resized(plate.valid.astype(np.float32), frame.small.shape[:2])) > 0.99
    still = np.zeros((*part.hidden.shape, 2), np.float32)
    return Shown(None, np.eye(3), still, colours, usable, error_of(frame, colours, usable, part))


def _neighbours(surroundings: Surroundings, path: CameraPath, part: Part) -> list[Shown]:
    """Align neighbours, the nearest first, until enough show what is hidden."""
    frame = surroundings.frame
    one, found, known = path.transform(frame.index), list[Shown](), dict[bool, tuple[int, Floats]]()
    seen, small = np.zeros(part.hidden.shape, np.int32), (frame.small.shape[1], frame.small.shape[0])
    scale = scaling_matrix(small, path.size)
    for other in sorted(surroundings.others, key=lambda other: (abs(other.index - frame.index), other.index)):
        there = path.transform(other.index)
        if one is None or there is None or other.index == frame.index:
            continue
        motion = inverse(scale) @ inverse(there.matrix) @ one.matrix @ scale
        distance, side = other.index - frame.index, other.index > frame.index
        last = known.get(side)
        start = None if last is None else np.asarray(last[1] * np.float32(distance / last[0]), np.float32)
        ways, flow = shown_by(frame, other, motion, part, start)
        known[side] = (distance, flow)
        found += ways
        seen += ways[1].usable
        enough = np.count_nonzero(seen[part.hidden] >= ENOUGH) > NEARLY_ALL * np.count_nonzero(part.hidden)
        if len(found) >= len(ways) * MOST or (enough and len(found) >= len(ways) * FEWEST):
            break
    return found


def _elected(shown: Sequence[Shown], hidden: Mask) -> Numbers:
    """Return the number of the alternative that each hidden pixel takes: int of shape (h, w); -1 where it has none."""
    import cv2

    colours = np.stack([one.colours[hidden].T for one in shown], axis=1).astype(np.float32)  # channels first
    usable = np.stack([one.usable[hidden] for one in shown])
    error = np.stack([one.error[hidden] for one in shown])
    weights = usable * np.exp(-error / LIKE)
    weights[[one.source is None for one in shown]] *= PLATE_WEIGHT
    blocks = [slice(first, first + BLOCK) for first in range(0, max(1, weights.shape[1]), BLOCK)]
    apart = np.concatenate([_disagreement(colours[..., block], weights[:, block]) for block in blocks], axis=1)
    costs = np.full((len(shown), *hidden.shape), np.inf, np.float32)
    for number, one in enumerate(shown):
        cost = np.full(hidden.shape, FARTHEST, np.float32)
        own = apart[number] + error[number] / 2 + OFF_PLANE * one.depth[hidden]
        cost[hidden] = np.where(usable[number], own, FARTHEST)
        costs[number] = np.where(hidden & one.usable, cv2.blur(cost, (3, 3)), np.float32(np.inf))
    return np.where(np.isfinite(costs).any(axis=0), costs.argmin(axis=0), -1)


def _disagreement(colours: Floats, weights: Floats) -> Floats:
    """Mean difference of each alternative from the others, by their weights: float32 of shape (n, pixels)."""
    total, apart = weights.sum(axis=0), np.empty(weights.shape, np.float32)
    for number, weight in enumerate(weights):
        red, green, blue = np.abs(colours - colours[:, number : number + 1])
        gaps = np.minimum((red + green + blue) / 3, FARTHEST)
        apart[number] = (weights * gaps).sum(axis=0) / np.maximum(total - weight, np.float32(1e-6))
    return apart


def _compose(
    image: Image, filled: Mask, wanted: Mask, shown: Sequence[Shown], best: Numbers, part: Part, scale: Doubles,
    plate: View,
) -> None:  # fmt: skip
    """Write what was elected into an image, in place, and mark where."""
    import cv2

    height, width = wanted.shape
    rows, columns = (
        slice(max(0, int(span.start * by)), min(most, int(np.ceil(span.stop * by))))
        for span, by, most in ((part.rows, scale[1, 1], height), (part.columns, scale[0, 0], width))
    )
    x, y = np.meshgrid(*(np.arange(span.start, span.stop, dtype=np.float32) for span in (columns, rows)))
    full = np.stack([x, y], axis=2)
    places = moved(full, inverse(scale))  # in the small image
    grid = (places - np.array([part.columns.start, part.rows.start], np.float32)) / np.float32(STEP)
    total, sums = np.zeros(x.shape, np.float32), np.zeros((*x.shape, 3), np.float32)
    for number in np.unique(best[best >= 0]).tolist():
        share = cv2.GaussianBlur((best == number).astype(np.float32), (0, 0), 0.7)
        box = _box(share, scale, x.shape)
        weight = sampled(share, grid[box], cv2.INTER_LINEAR)
        one = shown[number]
        if one.source is None:
            picture = plate.image[rows, columns][box]
        else:
            flow = sampled(one.flow, grid[box], cv2.INTER_LINEAR)
            there = moved(moved(places[box] + flow, one.motion), scale)
            picture = sampled(one.source.image, there, cv2.INTER_CUBIC)
        sums[box] += weight[:, :, None] * picture
        total[box] += weight
    got = wanted[rows, columns] & (total > 1 / 3)
    image[rows, columns][got] = np.clip(np.rint(sums[got] / total[got][:, None]), 0, 255).astype(np.uint8)
    filled[rows, columns] = got


def _box(share: Floats, scale: Doubles, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the full-size part outside of which a share of the small one is 0."""
    spans = []
    for axis, by, most in ((1, scale[1, 1], shape[0]), (0, scale[0, 0], shape[1])):
        places = np.flatnonzero(share.any(axis=axis))
        first, last = int((places[0] - 1) * STEP * by) - 1, int(np.ceil((places[-1] + 2) * STEP * by)) + 1
        spans.append(slice(max(0, first), min(most, last)))
    return spans[0], spans[1]
