"""What one does without this library: SIFT, homographies chained from frame to frame, a median plate, one threshold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.framewise import ClipScores
from benchmarks.masks import THRESHOLDS
from benchmarks.sequences import LabelledSequence
from benchmarks.subtractors import cleaned
from stillplate.arrays import Image

__all__ = ["MovingCamera", "chained_path", "sweep"]

Floats = npt.NDArray[np.float64]

FEATURES = 4000  # of a frame
RATIO = 0.7  # of the distances to the best and the second best match
FIT = 1.0  # pixels
FEWEST = 8  # matches, or the camera is taken to have stood still
SAMPLES = 48  # frames that the median is made of
WIDEST = 4  # frames: the canvas is cut off at so many times a frame's width or height
BAND = 64  # rows of the canvas at a time


def chained_path(images: Iterable[Image]) -> Floats:
    """Match each frame to the one before it: float64 of shape (N, 3, 3), from each frame to the first."""
    sift = cv2.SIFT.create(FEATURES)
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    path: list[Floats] = []
    before: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None
    for image in images:
        points, features = sift.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.empty(0, np.uint8))
        places = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
        now = (places, np.empty((0, 128), np.float32) if features is None else np.asarray(features, np.float32))
        path.append(np.eye(3) if before is None else path[-1] @ _step(matcher, now, before))
        before = now
    return np.stack(path)


def _step(
    matcher: cv2.BFMatcher,
    now: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
    before: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
) -> Floats:
    if min(len(now[0]), len(before[0])) < FEWEST:
        return np.eye(3)
    pairs = [pair for pair in matcher.knnMatch(now[1], before[1], k=2) if len(pair) == 2]
    good = [best for best, second in pairs if best.distance < RATIO * second.distance]
    if len(good) < FEWEST:
        return np.eye(3)
    here, there = now[0][[match.queryIdx for match in good]], before[0][[match.trainIdx for match in good]]
    matrix, _ = cv2.findHomography(here, there, cv2.RANSAC, FIT)
    return np.eye(3) if matrix is None else np.asarray(matrix, np.float64)


@dataclass(frozen=True)
class MovingCamera:
    """A median plate and where each frame lies on it."""

    plate: Image
    path: Floats

    @classmethod
    def of(cls, sequence: LabelledSequence) -> MovingCamera:
        """Chain the frames, lay them on a canvas and take the median of what covers each pixel."""
        path = chained_path(frame.image for frame in sequence)
        info = sequence.info
        corners = np.array([[0, info.width, info.width, 0], [0, 0, info.height, info.height], [1, 1, 1, 1.0]])
        seen = path @ corners
        places = (seen[:, :2] / seen[:, 2:]).swapaxes(0, 1).reshape(2, -1)
        low = np.maximum(places.min(axis=1), (-WIDEST * info.width, -WIDEST * info.height))
        high = np.minimum(places.max(axis=1), (WIDEST * info.width, WIDEST * info.height))
        moved = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ path
        size = (int(np.ceil(high[0] - low[0])), int(np.ceil(high[1] - low[1])))
        picks = np.unique(np.linspace(0, len(path) - 1, SAMPLES).round().astype(int)).tolist()
        images = [frame.image for frame in sequence.take(picks)]
        return cls(_median(images, moved[picks], size), moved)

    def view(self, index: int, size: tuple[int, int]) -> Image:
        """Show the plate as the camera of a frame sees it."""
        return np.asarray(cv2.warpPerspective(self.plate, np.linalg.inv(self.path[index]), size), np.uint8)


def _median(images: list[Image], path: Floats, size: tuple[int, int]) -> Image:
    plate = np.zeros((size[1], size[0], 3), np.uint8)
    for top in range(0, size[1], BAND):
        rows = min(BAND, size[1] - top)
        lifted = np.array([[1, 0, 0], [0, 1, -top], [0, 0, 1.0]]) @ path
        layers = []
        for image, matrix in zip(images, lifted, strict=True):
            warped = cv2.warpPerspective(image, matrix, (size[0], rows)).astype(np.float32)
            covered = cv2.warpPerspective(np.ones(image.shape[:2], np.uint8), matrix, (size[0], rows))
            warped[covered == 0] = np.inf
            layers.append(warped)
        ordered = np.sort(np.stack(layers), axis=0)
        count = np.count_nonzero(np.isfinite(ordered), axis=0)
        middle = np.take_along_axis(ordered, (np.maximum(count, 1) // 2)[None], 0)[0]
        plate[top : top + rows] = np.where(count > 0, np.nan_to_num(middle, posinf=0), 0).astype(np.uint8)
    return plate


def sweep(sequence: LabelledSequence) -> dict[int, ClipScores]:
    """Score the naive masks at every threshold."""
    panorama = MovingCamera.of(sequence)
    scores = {threshold: ClipScores(len(sequence.inputs)) for threshold in THRESHOLDS}
    for frame in sequence.take(sorted(sequence.truths)):
        view = panorama.view(frame.index, (frame.image.shape[1], frame.image.shape[0]))
        difference = np.asarray(cv2.absdiff(frame.image, view)).mean(axis=2, dtype=np.float32)
        labels = sequence.labels(frame.index)
        for threshold in THRESHOLDS:
            scores[threshold].add(frame.index, cleaned(difference > threshold), labels)
    return scores
