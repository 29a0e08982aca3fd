"""The plate of a moving camera, and a frame compared to the part of it that the frame shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Floats, Image, Labels, Mask
from stillplate.camera.keyframe import Key
from stillplate.camera.path import CameraPath
from stillplate.camera.refinement import Refinement
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.resize import downscale, resized_grey, working_factor
from stillplate.imaging.transform import Transform
from stillplate.photometry.gain import Gain, estimate_gain, relit
from stillplate.plate.plate import CERTAIN, Plate
from stillplate.segmentation.edges import FullSize
from stillplate.segmentation.grabcut import follow_colours
from stillplate.segmentation.noise import FLOOR, Noise, smooth, trust
from stillplate.segmentation.observation import Evidence, Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, LEAST_THRESHOLD, MaskOptions
from stillplate.segmentation.shadows import find_shade, smoothed
from stillplate.segmentation.view import View

__all__ = ["MovingCamera"]

UNREGISTERED = 255.0  # levels: threshold of every pixel of a frame that was not registered
OFF = 0.5  # pixels: least registration error; thresholds rise by what the plate changes over it
FACTOR = 1  # factor for which differences are smoothed: registration errs by more than a chroma sample at any factor
PATCH = 5  # pixels: side of the squares in which background is recognised by its texture
ALIKE = 0.4  # thresholds: largest mean difference of a square that shows the plate's texture
TEXTURE = 12.0  # levels: least standard deviation of a square that has texture
RECOGNISED = 480  # columns: largest width at which a frame is recognised by its points of interest


@dataclass(frozen=True, slots=True)
class _Patch:
    """The part of the plate that one frame shows, at one scale.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        In the plate's light; black where nothing is known.
    seen : bool array of shape (H, W)
        Where a sample showed the background.
    certain : bool array of shape (H, W)
        Where enough samples did.
    thresholds : float32 array of shape (H, W)
        Difference that noise and registration explain, in 8-bit levels.
    gain : Gain
        From the plate's light to the frame's.
    """

    image: Image
    seen: Mask
    certain: Mask
    thresholds: Floats
    gain: Gain


class MovingCamera:
    """A plate that frames of a moving camera are compared to.

    Parameters
    ----------
    plate : Plate
    noise : Noise
    path : CameraPath
    """

    def __init__(self, plate: Plate, noise: Noise, path: CameraPath) -> None:
        self.plate, self._noise, self._path = plate, noise, path
        self.factor, self._lost = working_factor(path.size[0]), {index for index, _ in path.skipped}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        return self._path.size

    def observe(self, image: Image, index: int | None = None, region: Mask | None = None) -> MovingObservation:
        """Register a frame, number `index` of the clip if that is known, to the plate."""
        return MovingObservation(self, image, region, self.match(image, index))

    @cached_property
    def _known(self) -> Labels:
        """0 where no sample showed the background, 2 where enough did: uint8 of shape (H, W)."""
        return np.asarray(self.plate.seen * (1 + (self.plate.support >= CERTAIN)), np.uint8)

    @cached_property
    def small(self) -> tuple[Image, Labels, Floats]:
        """Plate, whether it was seen, and thresholds, at the size at which masks are found."""
        image = downscale(self.plate.image, self.factor)
        known = self._known[:: self.factor, :: self.factor]
        return image, known, self._noise.thresholds(*image.shape[:2])

    @cached_property
    def full(self) -> tuple[Image, Labels, Floats]:
        """The same at full size."""
        image = self.plate.image
        return image, self._known, self._noise.thresholds(*image.shape[:2])

    @cached_property
    def _refinement(self) -> Refinement:
        return Refinement(self.plate.image, self._path.size, self.plate.seen, self._path.model)

    @cached_property
    def _key(self) -> tuple[Key, npt.NDArray[np.float64]]:
        """The plate's points of interest, and the homography from the picture they lie on to the plate."""
        columns = min(RECOGNISED, self._path.size[0])
        height, width = self.plate.seen.shape
        factor = columns / self._path.size[0]
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        return Key(resized_grey(self.plate.image, size), 0), scaling_matrix(size, (width, height))

    def match(self, image: Image, index: int | None) -> Transform | None:
        """Register a frame to the plate; None where that failed, or failed while the camera was traced."""
        guess = None if index is None else self._path.transform(index)
        if guess is None and index not in self._lost:
            guess = self._recognised(image)
        return None if guess is None else self._refinement.refine(image, guess)[0]

    def _recognised(self, image: Image) -> Transform | None:
        width, height = self._path.size
        columns = min(RECOGNISED, width)
        size = (columns, max(1, round(height * columns / width)))
        frame, (key, to_plate) = Key(resized_grey(image, size), 0), self._key
        guess = key.recognise(frame)
        if guess is None:
            return None
        seen = Key(_warped(key.grey, guess, size), 0)
        found = seen.register(frame.grey, np.eye(3))
        if not found.found:
            return None
        return Transform(to_plate @ guess @ found.matrix @ inverse(scaling_matrix(size, self._path.size)))


class MovingObservation(Observation):
    """A frame of a moving camera, beside the part of the plate that it shows."""

    def __init__(
        self,
        camera: MovingCamera,
        image: Image,
        region: Mask | None,
        transform: Transform | None,
        *,
        compensated: bool = True,
    ) -> None:
        super().__init__(image, region, camera.factor)
        self._camera, self._transform, self._compensated = camera, transform, compensated

    @property
    def transform(self) -> Transform | None:
        """From the frame to the plate; None where the frame was not registered."""
        return self._transform

    def uncompensated(self) -> MovingObservation:
        """The same frame in the same place, in its own light."""
        return MovingObservation(self._camera, self.image, self.region, self._transform, compensated=False)

    def _patch(self, transform: Transform, image: Image, *, small: bool) -> _Patch:
        """Warp the plate to the frame's place, at the size at which masks are found or at full size."""
        import cv2

        plate, known, thresholds = self._camera.small if small else self._camera.full
        matrix = transform.scaled(1 / self.factor if small else 1).matrix
        size = (image.shape[1], image.shape[0])
        view = _warped(plate, matrix, size, cv2.INTER_CUBIC)
        sureness = _warped(known, matrix, size, cv2.INTER_NEAREST)
        seen = sureness > 0
        levels = np.maximum(FLOOR, _warped(thresholds, matrix, size, cv2.INTER_LINEAR))
        gain = estimate_gain(np.where(seen[:, :, None], image, np.uint8(0)), view)
        return _Patch(view, seen, sureness > 1, levels + OFF * _steepness(view), gain)

    @cached_property
    def _full(self) -> _Patch | None:
        return None if self._transform is None else self._patch(self._transform, self.image, small=False)

    @cached_property
    def _small_image(self) -> Image:
        return downscale(self.image, self.factor)

    @cached_property
    def _small(self) -> _Patch | None:
        return None if self._transform is None else self._patch(self._transform, self._small_image, small=True)

    @cached_property
    def view(self) -> View:
        """The plate as the frame's camera and light show it; valid nowhere where the frame was not registered."""
        patch, transform = self._full, self._transform
        if patch is None or transform is None:
            nothing = np.zeros(self.image.shape[:2], np.float32)
            return View(np.zeros_like(self.image), nothing, nothing > 0)
        plate = patch.gain.apply(patch.image) if patch.gain.noticeable else patch.image
        noise = _warped(self._camera.plate.noise, transform.matrix, self._camera.size)
        return View(plate, np.asarray(noise, np.float32), patch.seen)

    @property
    def thresholds(self) -> Floats:
        """Difference that noise explains: float32 of shape (H, W), in 8-bit levels."""
        patch = self._full
        return np.full(self.image.shape[:2], UNREGISTERED, np.float32) if patch is None else patch.thresholds

    @property
    def known(self) -> Mask:
        """Where a sample showed the background: bool of shape (H, W)."""
        return self.view.valid

    @cached_property
    def full_size(self) -> FullSize:
        """Frame and plate at full size."""
        transform, patch = self._transform, self._small
        assert transform is not None and patch is not None  # no mask is enlarged that was not found
        gain = patch.gain if self._compensated else Gain.none()
        return FullSize(self.image, _warped(self._camera.plate.image, transform.matrix, self._camera.size), gain)

    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each seen pixel whose own difference exceeds its threshold: bool of shape (H, W)."""
        patch, image = self._full, self.image
        if patch is None:
            return np.zeros(image.shape[:2], np.bool_)
        if options.threshold is None:
            image, thresholds = relit(image, patch.gain), patch.thresholds
        else:
            thresholds = np.full_like(patch.thresholds, options.threshold)
        limits = np.asarray(thresholds / np.float32(options.sensitivity), np.float32)
        return np.asarray(kernels.mask(image, patch.image, limits, options.weights) & patch.seen)

    def evidence(self, options: MaskOptions) -> Evidence | None:
        """Compare frame and plate; None where the frame was not registered."""
        patch = self._small
        if patch is None:
            return None
        thresholds: Floats | np.float32 = patch.thresholds
        if options.threshold is not None:
            thresholds = np.float32(max(options.threshold, LEAST_THRESHOLD))
        small = relit(self._small_image, patch.gain if self._compensated else Gain.none())
        difference = kernels.difference(small, patch.image, threads=1)
        smooth_difference = far = smooth(difference, FACTOR)
        if options.weights != EQUAL_WEIGHTS:
            far = smooth(kernels.difference(small, patch.image, options.weights, threads=1), FACTOR)
        ratio = far * np.float32(options.sensitivity) / thresholds
        ratio[~patch.seen] = 0
        return Evidence(small, patch.image, difference, smooth_difference, ratio)

    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region: less where it is noisy."""
        return None if self._small is None or options.threshold is not None else trust(self._small.thresholds)

    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Mask, Mask]:
        """Find background in less light of the same hue; there is one light state."""
        shadow = find_shade(evidence.image, evidence.plate, weak, smoothed(evidence.plate))
        return shadow, np.zeros(weak.shape, np.bool_)

    def outlined(self, evidence: Evidence, mask: Mask, options: MaskOptions) -> Mask:
        """Draw the outline to where the frame's colours change (GrabCut), and leave out what was never seen."""
        patch = self._small
        assert patch is not None  # there is evidence
        if options.cleanup == "default":
            background = patch.certain & _has_plate_texture(evidence.plate, evidence.ratio)
            mask = follow_colours(evidence.image, mask, evidence.ratio, background)
        return mask & patch.seen


def _has_plate_texture(view: Image, ratio: Floats) -> Mask:
    """Where the plate has texture and the frame shows it: bool of shape (h, w)."""
    import cv2

    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (PATCH, PATCH))
    variance = cv2.blur(grey * grey, (PATCH, PATCH)) - mean * mean
    return np.asarray((cv2.blur(ratio, (PATCH, PATCH)) < ALIKE) & (variance > TEXTURE**2))


def _steepness(image: Image) -> Floats:
    """How much the image changes from pixel to pixel: float32 of shape (H, W), in 8-bit levels."""
    import cv2

    change = cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).mean(axis=2, dtype=np.float32) / 2
    return np.asarray(cv2.GaussianBlur(change, (0, 0), 1.0), np.float32)


def _warped(
    picture: npt.NDArray[Any], matrix: npt.NDArray[np.float64], size: tuple[int, int], interpolation: int = 1
) -> npt.NDArray[Any]:
    import cv2

    return np.asarray(cv2.warpPerspective(picture, matrix, size, flags=interpolation | cv2.WARP_INVERSE_MAP))
