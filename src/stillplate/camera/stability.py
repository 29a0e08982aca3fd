"""How far the camera moves: corners of the samples, found again in others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Grey, Image
from stillplate.camera.knock import KNOCKED, find_knock
from stillplate.imaging.resize import shrink
from stillplate.sampling.stack import SampleStack

__all__ = ["CameraMotion", "measure_camera"]


SIDE = 320  # pixels, long side of the pictures that corners are followed in: to some 1/20 of a pixel
SAMPLES = 24  # at most so many are looked at, spread evenly
CORNERS = 64
APART = 40  # corners are 1/40 of the picture apart at least
QUALITY = 0.05  # of a corner, as a share of the best one's
WINDOW = 11  # pixels around a corner that are compared
LEVELS = 2  # halvings: motions of up to some 20 pixels on this picture are followed
FLAT = 4.0  # levels of contrast under which a place is taken for flat
BACK = 0.5  # pixels within which a corner must come back when it is followed there and back
FIT = 1.0  # pixels within which a corner moves with the others
SURE = 2.0  # standard errors that a motion must exceed to count: few and faint corners cannot tell a small one
FEWEST = 6  # corners that must move together, and ...
TOGETHER = 0.1  # ... this share of all: one in ten may do, since people hide the others
CLEARLY = 0.25  # of the corners, in half of the samples: fewer may be of things that happen to move alike
WHOLE = 0.8  # of the corners: fewer may be because the median is of two views, half of the samples each
SAME = 0.1  # pixels on this picture: so near, two samples lie at one place
STANDS = 0.4  # of the samples: if so many lie where the next does, a camera that is elsewhere at times was displaced
MATCHED = 0.85  # of the picture: where so much stays as it is, nothing moves, though there is no corner
TOLERANCE = 16.0  # levels that light and compression may change
STILL = 0.5  # pixels of the clip's frame: by less, every pixel still sees its own ground
LEAVES = 1 / 40  # of the picture's longer side, a limb's breadth: by more, it is another view
TURNED = 1 / 300  # of the same: if the corners of half of the samples move by more, the camera rolls or zooms
TRACKABLE = 16  # pixels, the least side of a picture that corners can be followed in


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """How far the camera moves.

    Attributes
    ----------
    state : "static", "shaking", "moving" or "unknown"
        "shaking": half a pixel and more, but it stays within 1/40 of the picture and does not roll or zoom.
    pixels : float or None
        How far, in pixels of the clip's frames; None where the ground is too plain to tell.
    between : "clip", "samples" or "neighbours"
        What was compared: each sample with their median (90 % quantile), with the next or with the frame beside it
        (medians).
    knocked : bool
        Whether it stands but for a displacement, as of a knocked tripod, so that some of the samples show another view.
    """

    state: Literal["static", "shaking", "moving", "unknown"]
    pixels: float | None
    between: Literal["clip", "samples", "neighbours"] = "clip"
    knocked: bool = False


@dataclass(frozen=True, slots=True)
class _PointMatch:
    """The motion most corners agree on between two pictures."""

    way: Floats  # (n, 2): of the corners that move so, in this picture's pixels
    unsure: float = 0.0  # pixels that these corners cannot tell
    together: float = 0.0  # share of all corners that they are
    turn: float = 0.0  # how far it is turned and scaled: by |s e^(iφ) - 1|

    @property
    def found(self) -> bool:
        return self.together >= TOGETHER

    def pixels(self, place: Floats) -> float:
        """How far the picture is from `place`: the median length, less what cannot be told."""
        return max(0.0, float(np.median(np.linalg.norm(self.way - place, axis=1))) - self.unsure)


LOST = _PointMatch(np.empty((0, 2), np.float32))
HERE = np.zeros(2, np.float32)


def measure_camera(stack: SampleStack, ground: Image | None = None) -> CameraMotion:
    """Measure how far the camera moves over the clip.

    Parameters
    ----------
    stack : SampleStack
        As it was gathered: before its frames are aligned.
    ground : uint8 array of shape (H, W, 3), RGB, optional
        What stands still, as far as that is known; the median of the samples, if left out.

    Returns
    -------
    CameraMotion
        "moving" is what `fit` traces the camera's path for.

    Notes
    -----
    Corners of the median of the samples are ground, whoever walks before it, if the camera stands about where it is.
    Where a quarter of them are found in half of the samples, moved by one similarity (RANSAC), this is the camera's
    way. Contrast is normalised first, so that a change of light moves nothing. Where they are not found, the median is
    no ground, or has no corners. Then the corners of each sample are looked for in the next sample and in the frame
    beside it: where they stand still, or most of the picture stays as it is, the camera stands; where they move
    together, it moves. A camera that rolls or zooms in place moves, too: no shift undoes that.

    References
    ----------
    .. [1] J. Shi, C. Tomasi, "Good features to track", CVPR 1994. :doi:`10.1109/CVPR.1994.323794`
    .. [2] J.-Y. Bouguet, "Pyramidal implementation of the affine Lucas Kanade feature tracker", Intel, 2001.
    .. [3] Z. Kalal, K. Mikolajczyk, J. Matas, "Forward-backward error: automatic detection of tracking failures",
       ICPR 2010. :doi:`10.1109/ICPR.2010.675`
    """
    picks = np.unique(np.linspace(0, len(stack) - 1, min(SAMPLES, len(stack))).round().astype(int)).tolist()
    frame = _frames(stack)
    side = max(stack.width, stack.height)
    scale = side / min(SIDE, side)
    usual = _usual([frame(t) for t in picks]) if ground is None else _flattened(ground)
    corners = _corners(usual)
    apart = [_match(usual, frame(t), corners) for t in picks]
    knock = _knock(stack, picks, apart, scale)
    if not knock and np.median([match.together for match in apart]) < WHOLE:
        early = _usual([frame(t) for t in picks[: len(picks) // 2 + 1]])
        edges = _corners(early)
        knock = _knock(stack, picks, [_match(early, frame(t), edges) for t in picks], scale)
    if knock:
        return CameraMotion("moving", knock, knocked=True)
    if np.median([match.together for match in apart]) >= CLEARLY:
        place = np.median([np.median(match.way, axis=0) for match in apart if match.found], axis=0)
        pixels = _quantile(apart, 0.9, place) * scale
        turns = [match.turn for match in apart if match.found]
        turned = float(np.median(turns)) * float(np.hypot(*usual.shape)) / 2 * scale
        if turned > TURNED * side:
            return CameraMotion("moving", max(pixels, turned))
        return CameraMotion("static" if pixels < STILL else "shaking" if pixels < LEAVES * side else "moving", pixels)
    onward = _each_own((frame(t), frame(t + 1)) for t in picks if t + 1 < len(stack))
    from_sample = _judge(onward, scale, "samples")
    if from_sample.state == "static":
        return from_sample
    if _unchanged(stack) > MATCHED:
        return CameraMotion("static", None)
    if from_sample.state == "moving" or stack.small is None or stack.small_neighbours is None:
        return from_sample
    small, beside = stack.small, stack.small_neighbours
    near = _each_own((_flattened(small[t]), _flattened(beside[t])) for t in picks)
    return _judge(near, side / max(small.shape[1:3]), "neighbours")


def _knock(stack: SampleStack, picks: list[int], apart: list[_PointMatch], scale: float) -> float:
    """How far some of the samples are from where most of the others rest; 0 if they are not, or none rests."""
    clear = np.array([match.together >= CLEARLY for match in apart])
    ways = np.array([np.median(match.way, axis=0) if match.found else HERE for match in apart])
    near = np.linalg.norm(ways[:, None] - ways[None], axis=2) < max(KNOCKED / 4 / scale, SAME)
    near &= clear & clear[:, None]
    beside = np.diagonal(near, 1)
    stands = np.append(beside, False) | np.append(False, beside)
    if stands.mean() < STANDS:
        return 0.0
    place = ways[np.argmax(near.sum(axis=1))]
    displaced = [not sure or match.pixels(place) * scale >= KNOCKED for sure, match in zip(clear, apart, strict=True)]
    return find_knock(lambda place: _grey(stack.image(picks[place])), displaced, scale)


def _usual(frames: list[Grey]) -> Grey:
    """The median of the flattened samples: of levels, so that it takes no more than a sort."""
    ordered = np.sort(np.stack(frames), axis=0)
    return np.asarray(ordered[len(frames) // 2], np.uint8)


def _unchanged(stack: SampleStack) -> float:
    """Share of the picture, in the median sample, that is as most of the samples have it."""
    small = stack.small
    if small is None:
        small = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    usual = np.median(small[:: max(1, len(small) // SAMPLES)], axis=0).astype(np.int16)
    return float(np.median([(np.abs(image - usual).mean(axis=2) < TOLERANCE).mean() for image in small]))


def _judge(matches: list[_PointMatch], scale: float, between: Literal["samples", "neighbours"]) -> CameraMotion:
    if 2 * sum(match.found for match in matches) < max(1, len(matches)):
        return CameraMotion("unknown", None, between)
    pixels = _quantile(matches, 0.5) * scale
    return CameraMotion("static" if pixels < STILL else "moving", pixels, between)


def _frames(stack: SampleStack) -> Callable[[int], Grey]:
    known: dict[int, Grey] = {}

    def frame(number: int) -> Grey:
        if number not in known:
            known[number] = _flattened(stack.image(number))
        return known[number]

    return frame


def _grey(image: Image) -> Grey:
    import cv2

    return np.asarray(cv2.cvtColor(shrink(image, SIDE), cv2.COLOR_RGB2GRAY), np.uint8)


def _flattened(image: Image) -> Grey:
    """Bring a picture down to 320 pixels, grey, with the same mean and contrast everywhere."""
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


def _match(one: Grey, other: Grey, corners: Floats) -> _PointMatch:
    """Follow corners from one picture to the other: the similarity that most of them share."""
    import cv2

    if len(corners) < FEWEST:
        return LOST
    there, kept = _follow(one, other, corners)
    back, returned = _follow(other, one, there)
    kept &= returned & (np.linalg.norm(back - corners, axis=2)[:, 0] < BACK)
    if kept.sum() < FEWEST:
        return LOST
    before, after = corners[kept, 0], there[kept, 0]
    similarity, inliers = cv2.estimateAffinePartial2D(before, after, ransacReprojThreshold=FIT, maxIters=300)
    if similarity is None or inliers.sum() < FEWEST:
        return LOST
    joined = inliers[:, 0] > 0
    before, after, count = before[joined], after[joined], int(joined.sum())
    there = before @ similarity[:, :2].T + similarity[:, 2]
    spread = float(np.sqrt(((there - after) ** 2).sum() / (2 * count - 4)))  # a similarity has four parameters, so ...
    way, unsure = (there - before).astype(np.float32), SURE * 2 * spread / count**0.5  # 2σ/√n
    return _PointMatch(way, unsure, count / len(corners), float(np.hypot(similarity[0, 0] - 1, similarity[0, 1])))


def _follow(one: Grey, other: Grey, corners: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    import cv2

    there, status, _ = cv2.calcOpticalFlowPyrLK(
        one, other, corners, corners.copy(), winSize=(WINDOW, WINDOW), maxLevel=LEVELS, criteria=(3, 15, 0.03)
    )  # fmt: skip
    return np.asarray(there, np.float32), status[:, 0] > 0


def _each_own(pairs: Iterable[tuple[Grey, Grey]]) -> list[_PointMatch]:
    return [_match(one, other, _corners(one)) for one, other in pairs]


def _quantile(matches: list[_PointMatch], share: float, place: Floats = HERE) -> float:
    return float(np.quantile([match.pixels(place) for match in matches if match.found] or [0.0], share))
