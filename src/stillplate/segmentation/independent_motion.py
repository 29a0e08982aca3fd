"""What moves by itself, from the flow to the frames before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Mask, Shorts
from stillplate.camera.neighbour_flow import NeighbourFlow
from stillplate.imaging.morphology import disk, square
from stillplate.imaging.warping import remapped, squared_lengths

__all__ = ["edge_on_plane", "independent_motion", "is_flat"]

RIDGE = 1 / 60  # share of the width: radius of an opening that drops the ridges between surfaces at two depths
RANGE = 1 / 48  # share of the width: radius within which the range of the ground's flow is taken
GROUND, GROUND_SHARE = 0.5, 0.2  # pixels, and share of the flow: a smaller barrier distance is taken for ground
FAR = 1e6  # pixels: beyond any flow
PER_PIXEL = 2  # pixels of the residual, in one of the map
INWARDS, NOT_FLAT = 2, 1 / 3  # pixels, and share of the places at the edge
AGREE = 0.1  # disagreement of there and back again, per barrier distance, at which the evidence is halved
OFFSET = 0.3  # pixels added to the barrier distance, so that rest is no disagreement
AROUND = 0.1  # share of the width: distance within which evidence is compared to the largest
LEAST = 0.5  # pixels: least barrier distance that counts as motion
ABOVE = 3.0  # multiples of the picture's median barrier distance that count as motion
SLOPE = 10.0  # of the logistic function


def independent_motion(pairs: Sequence[tuple[NeighbourFlow, NeighbourFlow]], *, flat: bool) -> Floats:
    """Tell how likely each pixel moves by itself, judged by motion alone.

    Parameters
    ----------
    pairs : sequence of (NeighbourFlow, NeighbourFlow)
        For each neighbour, the flow to it, and its flow back.
    flat : bool
        Whether the ground lies in one plane, or the camera turns about itself, so that what does not move with the
        plane is no ground, at the picture's edge either.

    Returns
    -------
    float32 array of shape (h, w), 0..1

    Notes
    -----
    The ground, at whatever depth, reaches the picture's edge, and what moves is enclosed by it. The barrier distance of
    the flow from the edge is therefore small on the ground, even where a near tree moves faster than a far hill, and
    large on what moves. The smaller distance of both directions counts, since what was hidden has no flow in one. So
    does that of the whole flow and of what the plane leaves of it: a trunk moves as its foot does all along, but beyond
    the plane of the ground it stands on the more the higher.
    Evidence counts less where the flow there and the flow back disagree, as on water and leaves, and relative to the
    largest nearby.
    """
    distances = [_from_edge(there, flat=flat) for there, _ in pairs]
    wide = _opened(np.minimum.reduce(distances), RIDGE)
    thin = [_beyond_ground(there.residual, one) for (there, _), one in zip(pairs, distances, strict=True)]
    distance = np.maximum(wide, _opened(np.minimum.reduce(thin), 0))
    disagreement = np.minimum.reduce([_disagreement(there, back) for there, back in pairs])
    evidence = distance / (1 + np.square(disagreement / (distance + OFFSET) / AGREE))
    return _relative(np.asarray(evidence, np.float32))


def is_flat(flows: Sequence[NeighbourFlow]) -> bool:
    """Whether one plane explains the flow at the picture's edge, but for what crosses it.

    A place at the edge is off the plane if it is so in more than half of the frames: things cross it, and the ground
    stays. The scene is flat if fewer than a third of the places are.
    """
    off = sum(_ring(flow.covered & ~flow.on_plane) for flow in flows)
    covered = sum(_ring(flow.covered) for flow in flows)
    return bool(np.mean(2 * off > covered) < NOT_FLAT)


def edge_on_plane(flows: Sequence[NeighbourFlow]) -> float:
    """Share of the edge of a picture that the plane explains, of what the neighbours show: 0..1; 1 if that is none."""
    on_plane = sum(int(_ring(flow.covered & flow.on_plane).sum()) for flow in flows)
    covered = sum(int(_ring(flow.covered).sum()) for flow in flows)
    return on_plane / covered if covered else 1.0


def _ring(mask: Mask) -> Shorts:
    """The pixels at the edge of a picture, two pixels inwards: int16, 0 or 1."""
    inner = mask[INWARDS : mask.shape[0] - INWARDS, INWARDS : mask.shape[1] - INWARDS]
    inner = inner if inner.size else mask
    return np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]]).astype(np.int16)


def _from_edge(flow: NeighbourFlow, *, flat: bool) -> Floats:
    starts = _edge(flow)
    if flat and (starts & flow.on_plane).any():
        starts &= flow.on_plane
    distance = kernels.barrier_distance(flow.residual, starts)
    if not flat:
        whole = np.float32(PER_PIXEL) * flow.total.astype(np.float32)
        distance = np.minimum(distance, kernels.barrier_distance(whole, starts))
    distance[~flow.covered | ~np.isfinite(distance)] = 0
    return distance


def _edge(flow: NeighbourFlow) -> Mask:
    """The pixels at the edge of what both frames show: bool of shape (h, w)."""
    import cv2

    inside = cv2.erode(flow.covered.view(np.uint8), square(3), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(flow.covered & (inside == 0))


def _opened(distance: Floats, radius: float) -> Floats:
    """Drop what is thinner than a disk, whose radius is a share of the width, and one pixel at least."""
    import cv2

    return np.asarray(cv2.morphologyEx(distance, cv2.MORPH_OPEN, disk(radius * distance.shape[1])), np.float32)


def _beyond_ground(flow: Floats, distance: Floats) -> Floats:
    """Distance of the flow from the range of flows of the ground nearby, at most the distance from the edge."""
    import cv2

    ground = distance < np.maximum(GROUND, GROUND_SHARE * np.sqrt(squared_lengths(flow)))
    near = disk(RANGE * flow.shape[1])
    beyond = np.zeros(distance.shape, np.float32)
    for part in cv2.split(flow):
        highest = cv2.dilate(np.where(ground, part, np.float32(-FAR)), near)
        lowest = cv2.erode(np.where(ground, part, np.float32(FAR)), near)
        beyond += np.square(np.maximum(np.maximum(part - highest, lowest - part), 0))
    return np.minimum(distance, np.sqrt(beyond))


def _disagreement(there: NeighbourFlow, back: NeighbourFlow) -> Floats:
    """Distance of the flow there and back again from its start: float32 of shape (h, w), in pixels of the residual."""
    import cv2

    total = there.total.astype(np.float32)
    gap = np.sqrt(squared_lengths(total + remapped(back.total.astype(np.float32), total)))
    return np.asarray(PER_PIXEL * cv2.blur(gap, (5, 5)), np.float32)


def _relative(evidence: Floats) -> Floats:
    """Compare evidence to the largest nearby: float32 of shape (h, w), 0..1; half at half of it."""
    import cv2

    side = 2 * round(AROUND * evidence.shape[1]) + 1
    largest = cv2.blur(cv2.dilate(evidence, np.ones((side, side), np.uint8)), (side, side))
    least = max(LEAST, ABOVE * float(np.median(evidence)))
    share = evidence / np.maximum(largest, least)
    return np.asarray(1 / (1 + np.exp(-SLOPE * (share - 0.5))), np.float32)
