"""The plate of a moving camera: where a frame lies on it, and the steps from the frame to its mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.assumptions import CERTAIN
from stillplate.camera_path import CameraPath
from stillplate.cleanup import LEAST, close_gaps, fill_holes, keep_large, solid
from stillplate.ground import EDGE, FOLLOW, FOLLOW_MOST, FOREGROUND, SHADE, relit, trimmed, usual_distance
from stillplate.homography import inverse, resized
from stillplate.keyframe import Key
from stillplate.light import Gain, estimate_gain
from stillplate.motion import Transform
from stillplate.noise import FLOOR, Noise, smooth, trust
from stillplate.outline import follow_colours
from stillplate.plate import Plate
from stillplate.refinement import Refinement
from stillplate.shade import enclosed, find_shade, smoothed
from stillplate.video.source import Image
from stillplate.working_size import brought_down, working_factor

__all__ = ["Panorama", "Sight"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

OFF = 0.5  # pixels by which a frame's place may be wrong, at least: thresholds rise by what the plate changes in that
AS_IT_IS = 1  # smoothed as a picture that was not brought down: places are off by more than a chroma sample
PATCH = 5  # pixels: ground is recognised by its texture in squares of this side,
ALIKE = 0.4  # if frame and plate differ by no more than so many thresholds there, on average,
TEXTURE = 12.0  # and the plate by so many levels in itself (standard deviation)
RECOGNISED = 480  # columns of a frame by whose points of interest it is recognised, at most


@dataclass(frozen=True, slots=True)
class Sight:
    """The plate as one frame sees it, at one scale.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        In the plate's light; black where nothing is known.
    seen : bool array of shape (H, W)
        Where the ground was seen.
    certain : bool array of shape (H, W)
        Where enough samples showed it.
    thresholds : float32 array of shape (H, W)
        Difference that the ground makes by itself, in 8-bit levels.
    gain : Gain
        From the plate's light to the frame's.
    """

    image: Image
    seen: Mask
    certain: Mask
    thresholds: Floats
    gain: Gain


class Panorama:
    """A plate that frames of a moving camera are held to.

    Parameters
    ----------
    plate : Plate
    noise : Noise
    path : CameraPath
    """

    def __init__(self, plate: Plate, noise: Noise, path: CameraPath) -> None:
        self._full, self._noise, self._path = plate, noise, path
        self._factor = working_factor(path.size[0])
        self._lost = {index for index, _ in path.skipped}

    @cached_property
    def _known(self) -> Labels:
        """0 where the ground was never seen, 2 where it is certain."""
        return np.asarray(self._full.seen * (1 + (self._full.support >= CERTAIN)), np.uint8)

    @cached_property
    def _small(self) -> tuple[Image, Labels, Floats]:
        """Plate, whether it was seen, and thresholds, brought down."""
        image = brought_down(self._full.image, self._factor)
        seen = self._known[:: self._factor, :: self._factor]
        return image, seen, self._noise.thresholds(*image.shape[:2])

    @cached_property
    def _large(self) -> tuple[Image, Labels, Floats]:
        image, seen = self._full.image, self._known
        return image, seen, self._noise.thresholds(*image.shape[:2])

    @cached_property
    def _refinement(self) -> Refinement:
        return Refinement(self._full.image, self._path.size, self._full.seen, self._path.model)

    @cached_property
    def _key(self) -> tuple[Key, npt.NDArray[np.float64]]:
        """The plate's points of interest, and the homography from the picture they lie on to the plate."""
        columns = min(RECOGNISED, self._path.size[0])
        height, width = self._full.seen.shape
        factor = columns / self._path.size[0]
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        return Key(_grey(self._full.image, size), 0), resized(size, (width, height))

    def place(self, image: Image, index: int | None) -> Transform | None:
        """Find where a frame lies on the plate; None if that cannot be told, or could not while tracing the camera."""
        guess = None if index is None else self._path.transform(index)
        if guess is None and index not in self._lost:
            guess = self._recognised(image)
        return None if guess is None else self._refinement.refine(image, guess)[0]

    def _recognised(self, image: Image) -> Transform | None:
        width, height = self._path.size
        columns = min(RECOGNISED, width)
        size = (columns, max(1, round(height * columns / width)))
        frame, (key, to_plate) = Key(_grey(image, size), 0), self._key
        guess = key.recognise(frame)
        if guess is None:
            return None
        seen = Key(_warped(key.grey, guess, size), 0)
        found = seen.register(frame.grey, np.eye(3))
        return (
            Transform(to_plate @ guess @ found.matrix @ inverse(resized(size, self._path.size)))
            if found.found
            else None
        )

    def sight(self, image: Image, motion: Transform, *, small: bool = False) -> Sight:
        """Show the plate as a frame that lies there sees it; with `small`, brought down as its mask is found."""
        plate, seen, thresholds = self._small if small else self._large
        factor = self._factor if small else 1
        matrix, size = motion.scaled(1 / factor).matrix, (image.shape[1], image.shape[0])
        if small:
            size = tuple(-(-side // factor) for side in size)
            image = brought_down(image, factor)
        import cv2

        view = _warped(plate, matrix, size, cv2.INTER_CUBIC)
        sureness = _warped(seen, matrix, size, cv2.INTER_NEAREST)
        known = sureness > 0
        levels = np.maximum(FLOOR, _warped(thresholds, matrix, size, cv2.INTER_LINEAR))
        gain = estimate_gain(np.where(known[:, :, None], image, np.uint8(0)), view)
        return Sight(view, known, sureness > 1, levels + OFF * _steepness(view), gain)

    def noise(self, motion: Transform) -> Floats:
        """The plate's noise as a frame that lies there sees it."""
        return np.asarray(_warped(self._full.noise, motion.matrix, self._path.size), np.float32)

    def _bare(
        self, image: Image, motion: Transform, threshold: float | None, sensitivity: float, weights: Sequence[float]
    ) -> Mask:
        """Mark the pixels that differ by more than the noise, or the threshold, each for itself."""
        sight = self.sight(image, motion)
        if threshold is None:
            image, thresholds = relit(image, sight.gain), sight.thresholds
        else:
            thresholds = np.full_like(sight.thresholds, threshold)
        limits = np.asarray(thresholds / np.float32(sensitivity), np.float32)
        return np.asarray(kernels.mask(image, sight.image, limits, weights) & sight.seen)

    def labels(
        self,
        image: Image,
        index: int | None,
        *,
        threshold: float | None,
        weights: Sequence[float],
        sensitivity: float,
        shadows: str,
        cleanup: str,
        least: float | None = None,
    ) -> Labels:
        """Mark things and shades, as `Ground.labels` does; nothing where the ground was never seen."""
        motion = self.place(image, index)
        if motion is None:
            return np.zeros(image.shape[:2], np.uint8)
        if cleanup == "none":
            bare = self._bare(image, motion, threshold, sensitivity, weights)
            return bare.view(np.uint8) * np.uint8(FOREGROUND)
        sight = self.sight(image, motion, small=True)
        gain = sight.gain if threshold is None else Gain.none()
        small = relit(brought_down(image, self._factor), gain)
        thresholds = sight.thresholds
        if threshold is not None:
            thresholds = np.full_like(thresholds, max(threshold, 1e-3))
        far = smooth(kernels.difference(small, sight.image, weights, threads=1), AS_IT_IS)
        ratio = far * np.float32(sensitivity) / thresholds
        ratio[~sight.seen] = 0
        weight = trust(thresholds) if threshold is None else None
        shade = np.zeros(ratio.shape, np.bool_)
        if shadows != "foreground":
            shade = find_shade(small, sight.image, ratio > 1, smoothed(sight.image))
            ratio[shade] = 0
        mask = solid(ratio, weight, cleanup, None if least is None else least / self._factor**2)
        raw = kernels.difference(small, sight.image, threads=1)
        if cleanup == "default":
            back = enclosed(shade, mask)
            if back.any():
                mask = fill_holes(close_gaps(mask | back))
            mask = trimmed(mask, usual_distance(mask, raw), raw)
            mask = follow_colours(small, mask, ratio, sight.certain & _recognised(sight.image, ratio))
        mask &= sight.seen
        full = self._brought_up(mask, usual_distance(mask, raw), image, motion, gain)
        labels = full.view(np.uint8) * np.uint8(FOREGROUND)
        if shadows == "label":
            shaded = keep_large(shade & ~mask, LEAST * mask.size).repeat(self._factor, 0).repeat(self._factor, 1)
            labels[shaded[: image.shape[0], : image.shape[1]] & ~full] = SHADE
        return labels

    def _brought_up(self, mask: Mask, usual: Floats, image: Image, motion: Transform, gain: Gain) -> Mask:
        import cv2

        if self._factor == 1:
            return mask
        plate = _warped(self._full.image, motion.matrix, self._path.size)
        full = kernels.upsample_mask(
            mask, usual, image, plate, gain.undoing(),
            factor=self._factor, edge=EDGE, weight=FOLLOW, most=FOLLOW_MOST, threads=1,
        )  # fmt: skip
        return np.asarray(cv2.medianBlur(full.view(np.uint8), 3), np.uint8).view(np.bool_)


def _recognised(view: Image, ratio: Floats) -> Mask:
    """Where the frame has the plate's texture, and that is one."""
    import cv2

    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (PATCH, PATCH))
    variance = cv2.blur(grey * grey, (PATCH, PATCH)) - mean * mean
    return np.asarray((cv2.blur(ratio, (PATCH, PATCH)) < ALIKE) & (variance > TEXTURE**2))


def _steepness(image: Image) -> Floats:
    """How much the picture changes from pixel to pixel: float32 of shape (H, W), in 8-bit levels."""
    import cv2

    change = cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).mean(axis=2, dtype=np.float32) / 2
    return np.asarray(cv2.GaussianBlur(change, (0, 0), 1.0), np.float32)


def _warped(
    picture: npt.NDArray[Any], matrix: npt.NDArray[np.float64], size: tuple[int, int], interpolation: int = 1
) -> npt.NDArray[Any]:
    import cv2

    return np.asarray(cv2.warpPerspective(picture, matrix, size, flags=interpolation | cv2.WARP_INVERSE_MAP))


def _grey(image: Image, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey if size == grey.shape[::-1] else cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
