"""Measurement of the camera's motion by corners of the samples, tracked into others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Grey, Image
from stillplate.camera.knock import KNOCKED, find_knock
from stillplate.imaging.resize import shrink
from stillplate.sampling.stack import SampleStack
from stillplate.threads import map_samples

__all__ = ["CameraMotion", "measure_camera"]


SIDE = 320  # pixels: longer side of the images in which corners are tracked, to some 1/20 of a pixel
SAMPLES = 24  # samples that are measured, at most, spread evenly
CORNERS = 64  # corners of an image, at most
APART = 40  # corners are 1/40 of the image apart, at least
QUALITY = 0.05  # least quality of a corner, as a share of the best one's
WINDOW = 11  # pixels, side of the tracking window
LEVELS = 2  # pyramid levels of the tracker: displacements of up to some 20 pixels of the reduced image
FLAT = 4.0  # 8-bit levels added to the contrast, so that flat areas are not amplified
MOST_ERROR = 0.5  # pixels: greatest forward-backward error of a tracked corner
INLIER_THRESHOLD = 1.0  # pixels: RANSAC threshold of an inlier
STANDARD_ERRORS = 2.0  # standard errors subtracted from a displacement, since few or faint corners are inexact
FEWEST = 6  # inliers of a match
LEAST_INLIERS = 0.1  # share of the corners that are inliers of a match; people may hide the others
CLEAR_INLIERS = 0.25  # share of the corners: least inliers in the median sample, since fewer may be of moving objects
FULL_INLIERS = 0.8  # share of the corners: with fewer inliers, the median may show two views
LEAST_SPACING = 0.1  # pixels of the reduced image: least distance of two positions
# share of the samples at the position of the next one, from which on the camera may have been displaced
LEAST_RESTING = 0.4
LEAST_UNCHANGED = 0.85  # share of the image: if more is unchanged, the camera is static, even without corners
TOLERANCE = 16.0  # 8-bit levels that light and compression may change
STILL = 0.5  # pixels of the clip's frame: least displacement of a camera that is not static
MOST_SHAKE = 1 / 40  # share of the image's longer side: a greater displacement shows another view
LEAST_TURN = 1 / 300  # share of the image's longer side: least median motion of the corners by roll or zoom
TRACKABLE = 16  # pixels: least side of an image in which corners can be tracked


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """Motion of the camera.

    Attributes
    ----------
    state : "static", "shaking", "moving" or "unknown"
        "shaking": half a pixel or more, but within 1/40 of the image, and without roll or zoom.
    pixels : float or None
        Displacement in pixels of the clip's frames; None if the background has too few corners.
    between : "clip", "samples" or "neighbours"
        What was compared: each sample with their median (90 % quantile), with the next sample, or with the neighbouring
        frame (medians).
    knocked : bool
        Whether the camera is static except for a displacement, as of a knocked tripod, so that some samples show
        another view.
    """

    state: Literal["static", "shaking", "moving", "unknown"]
    pixels: float | None
    between: Literal["clip", "samples", "neighbours"] = "clip"
    knocked: bool = False


@dataclass(frozen=True, slots=True)
class _PointMatch:
    """The motion of most corners between two images."""

    displacements: Floats  # (n, 2): displacements of the inliers, in pixels of the reduced image
    uncertainty: float = 0.0  # uncertainty of the displacement, in pixels
    inlier_share: float = 0.0  # share of the corners that are inliers
    turn: float = 0.0  # rotation and zoom: |s e^(iφ) - 1|

    @property
    def found(self) -> bool:
        return self.inlier_share >= LEAST_INLIERS

    def pixels(self, place: Floats) -> float:
        """Return the median distance of the displacements from `place`, less their uncertainty."""
        return max(0.0, float(np.median(np.linalg.norm(self.displacements - place, axis=1))) - self.uncertainty)


NO_MATCH = _PointMatch(np.empty((0, 2), np.float32))
NO_MOTION = np.zeros(2, np.float32)


def measure_camera(stack: SampleStack, ground: Image | None = None) -> CameraMotion:
    """Measure the camera's motion over the clip.

    Parameters
    ----------
    stack : SampleStack
        As it was gathered, before its frames are aligned.
    ground : uint8 array of shape (H, W, 3), RGB, optional
        The background, as far as it is known; the median of the samples if omitted.

    Returns
    -------
    CameraMotion
        For "moving", `fit` traces the camera's path.

    Notes
    -----
    If the camera is nearly static, corners of the samples' median belong to the background. If a quarter of them are
    found in half of the samples, moved by one similarity (RANSAC), this is the camera's motion. Contrast is normalised
    first, so that changes of light are not motion. Otherwise the corners of each sample are tracked into the next
    sample, and into the neighbouring frame: if they do not move, or if most of the image is unchanged, the camera is
    static; if they move together, the camera moves. A camera that rolls or zooms counts as moving, too, since no
    translation compensates that.

    References
    ----------
    .. [1] J. Shi, C. Tomasi, "Good features to track", CVPR 1994. :doi:`10.1109/CVPR.1994.323794`
    .. [2] J.-Y. Bouguet, "Pyramidal implementation of the affine Lucas Kanade feature tracker", Intel, 2001.
    .. [3] Z. Kalal, K. Mikolajczyk, J. Matas, "Forward-backward error: automatic detection of tracking failures",
       ICPR 2010. :doi:`10.1109/ICPR.2010.675`
    """
    picks = np.unique(np.linspace(0, len(stack) - 1, min(SAMPLES, len(stack))).round().astype(int)).tolist()
    frames = map_samples(lambda at: _normalised(stack.image(picks[at])), len(picks))
    side = max(stack.width, stack.height)
    scale = side / min(SIDE, side)
    median_image = _median_image(frames) if ground is None else _normalised(ground)
    from_median = _match_all(median_image, frames)
    knock = _knock(stack, picks, from_median, scale)
    if not knock and np.median([match.inlier_share for match in from_median]) < FULL_INLIERS:
        early_median = _median_image(frames[: len(picks) // 2 + 1])
        knock = _knock(stack, picks, _match_all(early_median, frames), scale)
    if knock:
        return CameraMotion("moving", knock, knocked=True)
    if np.median([match.inlier_share for match in from_median]) >= CLEAR_INLIERS:
        place = np.median([np.median(match.displacements, axis=0) for match in from_median if match.found], axis=0)
        pixels = _quantile(from_median, 0.9, place) * scale
        turns = [match.turn for match in from_median if match.found]
        turned = float(np.median(turns)) * float(np.hypot(*median_image.shape)) / 2 * scale
        if turned > LEAST_TURN * side:
            return CameraMotion("moving", max(pixels, turned))
        return CameraMotion(
            "static" if pixels < STILL else "shaking" if pixels < MOST_SHAKE * side else "moving", pixels
        )
    following = dict(zip(picks, frames, strict=True))
    matches = _match_pairs(
        (frame, following[t + 1] if t + 1 in following else _normalised(stack.image(t + 1)))
        for t, frame in zip(picks, frames, strict=True)
        if t + 1 < len(stack)
    )
    from_sample = _classify(matches, scale, "samples")
    if from_sample.state == "static":
        return from_sample
    if _unchanged_share(stack) > LEAST_UNCHANGED:
        return CameraMotion("static", None)
    if from_sample.state == "moving" or stack.small is None or stack.small_neighbours is None:
        return from_sample
    small, beside = stack.small, stack.small_neighbours
    by_neighbour = _match_pairs((_normalised(small[t]), _normalised(beside[t])) for t in picks)
    return _classify(by_neighbour, side / max(small.shape[1:3]), "neighbours")


def _knock(stack: SampleStack, picks: list[int], from_median: list[_PointMatch], scale: float) -> float:
    """Return the displacement of some samples from the position of most; 0 if there is none, or no such position."""
    clear = np.array([match.inlier_share >= CLEAR_INLIERS for match in from_median])
    centres = np.array([np.median(match.displacements, axis=0) if match.found else NO_MOTION for match in from_median])
    near = np.linalg.norm(centres[:, None] - centres[None], axis=2) < max(KNOCKED / 4 / scale, LEAST_SPACING)
    near &= clear & clear[:, None]
    beside = np.diagonal(near, 1)
    resting = np.append(beside, False) | np.append(False, beside)
    if resting.mean() < LEAST_RESTING:
        return 0.0
    place = centres[np.argmax(near.sum(axis=1))]
    displaced = [
        not is_clear or match.pixels(place) * scale >= KNOCKED
        for is_clear, match in zip(clear, from_median, strict=True)
    ]
    return find_knock(lambda place: _grey(stack.image(picks[place])), displaced, scale)


def _median_image(frames: list[Grey]) -> Grey:
    """Return the (upper) median of the normalised samples."""
    ordered = np.sort(np.stack(frames), axis=0)
    return np.asarray(ordered[len(frames) // 2], np.uint8)


def _unchanged_share(stack: SampleStack) -> float:
    """Return the share of the image that is unchanged in the median sample, against the median of the samples."""
    small = stack.small
    if small is None:
        small = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    median_image = np.median(small[:: max(1, len(small) // SAMPLES)], axis=0).astype(np.int16)
    return float(np.median([(np.abs(image - median_image).mean(axis=2) < TOLERANCE).mean() for image in small]))


def _classify(matches: list[_PointMatch], scale: float, between: Literal["samples", "neighbours"]) -> CameraMotion:
    if 2 * sum(match.found for match in matches) < max(1, len(matches)):
        return CameraMotion("unknown", None, between)
    pixels = _quantile(matches, 0.5) * scale
    return CameraMotion("static" if pixels < STILL else "moving", pixels, between)


def _grey(image: Image) -> Grey:
    import cv2

    return np.asarray(cv2.cvtColor(shrink(image, SIDE), cv2.COLOR_RGB2GRAY), np.uint8)


def _normalised(image: Image) -> Grey:
    """Return the image reduced to 320 pixels, grey, with its local mean and contrast normalised."""
    import cv2

    grey = _grey(image).astype(np.float32)
    box = (WINDOW + 4, WINDOW + 4)
    mean = cv2.blur(grey, box)
    contrast = np.sqrt(np.maximum(cv2.blur(grey * grey, box) - mean * mean, 0)) + np.float32(FLAT)
    return np.asarray(np.clip((grey - mean) / contrast * 40 + 128, 0, 255), np.uint8)


def _corners(grey: Grey) -> Floats:
    import cv2

    if min(grey.shape) < TRACKABLE:
        return np.empty((0, 1, 2), np.float32)
    found = cv2.goodFeaturesToTrack(grey, CORNERS, QUALITY, max(3, max(grey.shape) / APART), blockSize=5)
    return np.empty((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


def _match_all(one: Grey, others: list[Grey]) -> list[_PointMatch]:
    """Match the corners of one image to each of others."""
    corners = _corners(one)
    return map_samples(lambda at: _match(one, others[at], corners), len(others))


def _match(one: Grey, other: Grey, corners: Floats) -> _PointMatch:
    """Track corners from one image to the other, and fit the similarity that most of them share."""
    import cv2

    if len(corners) < FEWEST:
        return NO_MATCH
    there, kept = _follow(one, other, corners)
    back, returned = _follow(other, one, there)
    kept &= returned & (np.linalg.norm(back - corners, axis=2)[:, 0] < MOST_ERROR)
    if kept.sum() < FEWEST:
        return NO_MATCH
    before, after = corners[kept, 0], there[kept, 0]
    similarity, inliers = cv2.estimateAffinePartial2D(
        before, after, ransacReprojThreshold=INLIER_THRESHOLD, maxIters=300
    )
    if similarity is None or inliers.sum() < FEWEST:
        return NO_MATCH
    joined = inliers[:, 0] > 0
    before, after, count = before[joined], after[joined], int(joined.sum())
    there = before @ similarity[:, :2].T + similarity[:, 2]
    spread = float(np.sqrt(((there - after) ** 2).sum() / (2 * count - 4)))  # a similarity has four parameters
    displacements, uncertainty = (there - before).astype(np.float32), STANDARD_ERRORS * 2 * spread / count**0.5  # 2σ/√n
    return _PointMatch(
        displacements, uncertainty, count / len(corners), float(np.hypot(similarity[0, 0] - 1, similarity[0, 1]))
    )


def _follow(one: Grey, other: Grey, corners: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    import cv2

    there, status, _ = cv2.calcOpticalFlowPyrLK(
        one, other, corners, corners.copy(), winSize=(WINDOW, WINDOW), maxLevel=LEVELS, criteria=(3, 15, 0.03)
    )  # fmt: skip
    return np.asarray(there, np.float32), status[:, 0] > 0


def _match_pairs(pairs: Iterable[tuple[Grey, Grey]]) -> list[_PointMatch]:
    return [_match(one, other, _corners(one)) for one, other in pairs]


def _quantile(matches: list[_PointMatch], share: float, place: Floats = NO_MOTION) -> float:
    return float(np.quantile([match.pixels(place) for match in matches if match.found] or [0.0], share))
