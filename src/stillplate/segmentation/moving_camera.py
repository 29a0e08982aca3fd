"""The plate of a moving camera, and a frame compared to the part of it that the frame shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Labels, Mask
from stillplate.camera.path import CameraPath
from stillplate.camera.recognition import Recognition
from stillplate.camera.refinement import Refinement
from stillplate.imaging.extent import bounding_box, enlarged_box
from stillplate.imaging.guided_filter import enlarged_along
from stillplate.imaging.resize import downscale, working_factor
from stillplate.imaging.transform import Transform
from stillplate.imaging.warping import warped, warped_part
from stillplate.io.picture import PlanarImage, rgb_of
from stillplate.photometry.gain import Gain, estimate_gain, relit
from stillplate.plate.plate import CERTAIN, Plate
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.edges import FullSize
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.found import UNCLEAR
from stillplate.segmentation.grabcut import follow_colours
from stillplate.segmentation.likelihoods import Likelihoods, enlarged_to_overlap
from stillplate.segmentation.local_view import local_view
from stillplate.segmentation.neighbour import Surroundings
from stillplate.segmentation.noise import FLOOR, Noise, smooth, trust
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, LEAST_THRESHOLD, MaskOptions
from stillplate.segmentation.plate_patch import Patch, has_plate_texture, steepness
from stillplate.segmentation.shadows import Shade, find_shade, smoothed
from stillplate.segmentation.view import View

__all__ = ["OFF", "MovingCamera"]

UNREGISTERED = 255.0  # levels: threshold of every pixel of a frame that was not registered
OFF = 0.5  # pixels: least registration error; thresholds rise by what the plate changes over it
FACTOR = 1  # factor for which differences are smoothed: registration errs by more than a chroma sample at any factor
MOST = 20.0  # thresholds: a larger difference tells no more
NEAR = 2  # pixels of the reduced image beside a mask, in which its edge may be
SURE = 0.8  # likelihood over the whole clip above which a pixel is in no shadow


class MovingCamera:
    """A plate that frames of a moving camera are compared to.

    Parameters
    ----------
    plate : Plate
    noise : Noise
    path : CameraPath
    likelihoods : Likelihoods, optional
        Of the clip's frames; None where only the plate tells what moves.
    unclear : collection of int
        Frames whose ground was not told apart from what moves: their masks are empty.
    cast : CastProfile, optional
        The shadows that things cast; None where none were learnt.
    """

    def __init__(
        self,
        plate: Plate,
        noise: Noise,
        path: CameraPath,
        likelihoods: Likelihoods | None = None,
        unclear: Collection[int] = (),
        cast: CastProfile | None = None,
    ) -> None:
        self.plate, self._noise, self.path, self.likelihoods = plate, noise, path, likelihoods
        self._unclear, self.cast = frozenset(unclear), cast
        self.factor, self._lost = working_factor(path.size[0]), {index for index, _ in path.skipped}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        return self.path.size

    def observe(
        self, given: Image | PlanarImage, index: int | None = None, region: Mask | None = None
    ) -> MovingObservation:
        """Register a frame, number `index` of the clip if that is known, to the plate."""
        image = rgb_of(given)
        likelihood = None if self.likelihoods is None else self.likelihoods.at(index)
        transform, unclear = self.match(image, index), index in self._unclear
        return MovingObservation(self, image, region, transform, likelihood, unclear=unclear)

    @cached_property
    def _known(self) -> Labels:
        """0 where no sample showed the background, 2 where enough did: uint8 of shape (H, W)."""
        return np.asarray(self.plate.seen * (1 + (self.plate.support >= CERTAIN)), np.uint8)

    @cached_property
    def shown(self) -> Labels:
        """1 where the plate has a picture: uint8 of shape (H, W)."""
        return np.asarray(self.plate.seen | self.plate.image.any(axis=2)).view(np.uint8)

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
        return Refinement(self.plate.image, self.path.size, self.plate.seen, self.path.model)

    @cached_property
    def _recognition(self) -> Recognition:
        return Recognition(self.plate.image, self.path.size)

    def match(self, image: Image, index: int | None) -> Transform | None:
        """Register a frame to the plate; None where that failed, or failed while the camera was traced."""
        guess = None if index is None else self.path.transform(index)
        if guess is None and index not in self._lost:
            guess = self._recognition.find(image)
        return None if guess is None else self._refinement.refine(image, guess)[0]


class MovingObservation(Observation):
    """A frame of a moving camera, beside the part of the plate that it shows."""

    def __init__(
        self,
        camera: MovingCamera,
        image: Image,
        region: Mask | None,
        transform: Transform | None,
        likelihood: Floats | None = None,
        *,
        compensated: bool = True,
        unclear: bool = False,
        ground: View | None = None,
    ) -> None:
        super().__init__(image, region, camera.factor, camera.cast)
        self._likelihood, self._unclear, self._ground = likelihood, unclear, ground
        self._camera, self._transform, self._compensated = camera, transform, compensated

    @property
    def transform(self) -> Transform | None:
        """From the frame to the plate; None where the frame was not registered."""
        return self._transform

    @property
    def untold(self) -> str:
        """Why there is no evidence, where there is none."""
        return UNCLEAR if self._unclear else super().untold

    def uncompensated(self) -> MovingObservation:
        """The same frame in the same place, in its own light; the plate alone tells what moves."""
        return MovingObservation(self._camera, self.image, self.region, self._transform, compensated=False)

    def among(self, surroundings: Surroundings | None, hidden: Mask) -> MovingObservation:
        """The same frame before the ground as its neighbours show it: its view is of all depths."""
        if surroundings is None or self._transform is None:
            return self
        ground = local_view(surroundings, hidden, self._camera.path, self.view)
        return MovingObservation(
            self._camera, self.image, self.region, self._transform, self._likelihood, unclear=self._unclear,
            ground=ground,
        )  # fmt: skip

    def _patch(self, transform: Transform, image: Image, *, small: bool) -> Patch:
        """Warp the plate to the frame's place, at the size at which masks are found or at full size."""
        import cv2

        plate, known, thresholds = self._camera.small if small else self._camera.full
        matrix, size = transform.scaled(1 / self.factor if small else 1).matrix, (image.shape[1], image.shape[0])
        view = warped(plate, matrix, size, cv2.INTER_CUBIC)
        sureness = warped(known, matrix, size, cv2.INTER_NEAREST)
        seen = sureness > 0
        levels = np.maximum(FLOOR, warped(thresholds, matrix, size, cv2.INTER_LINEAR))
        gain = estimate_gain(np.where(seen[:, :, None], image, np.uint8(0)), view)
        return Patch(view, seen, sureness > 1, levels + OFF * steepness(view), gain)

    @cached_property
    def _full(self) -> Patch | None:
        return None if self._transform is None else self._patch(self._transform, self.image, small=False)

    @cached_property
    def _small(self) -> Patch | None:
        return None if self._transform is None else self._patch(self._transform, self.small_image, small=True)

    @cached_property
    def _likely(self) -> Floats | None:
        """How likely each pixel is foreground over the whole clip: float32 of shape (h, w); None where unknown."""
        return None if self._likelihood is None else enlarged_along(self.small_image, self._likelihood)

    @cached_property
    def view(self) -> View:
        """The plate as the frame's camera and light show it; valid nowhere where the frame was not registered."""
        if self._ground is not None:
            return self._ground
        patch, transform = self._full, self._transform
        if patch is None or transform is None:
            nothing = np.zeros(self.image.shape[:2], np.float32)
            return View(np.zeros_like(self.image), nothing, nothing > 0)
        plate = patch.gain.apply(patch.image) if patch.gain.noticeable else patch.image
        noise = warped(self._camera.plate.noise, transform.matrix, self._camera.size)
        return View(plate, np.asarray(noise, np.float32), patch.seen)

    @property
    def thresholds(self) -> Floats:
        """Difference that noise explains: float32 of shape (H, W), in 8-bit levels."""
        patch = self._full
        return np.full(self.image.shape[:2], UNREGISTERED, np.float32) if patch is None else patch.thresholds

    @cached_property
    def known(self) -> Mask:
        """Where the plate has a picture, be it of what never left the place: bool of shape (H, W)."""
        if self._transform is None:
            return self.view.valid
        shown = warped(self._camera.shown, self._transform.matrix, self._camera.size, 0) > 0
        return np.asarray(shown if self._ground is None else shown | self._ground.valid)

    def full_size_around(self, mask: Mask) -> FullSize:
        """Frame and plate at full size; the plate is black away from the mask."""
        transform, patch, size = self._transform, self._small, self._camera.size
        assert transform is not None and patch is not None  # no mask is enlarged that was not found
        part = enlarged_box(bounding_box(mask), NEAR, self.factor, size)
        plate = warped_part(self._camera.plate.image, transform.matrix, size, part)
        return FullSize(self.image, plate, patch.gain if self._compensated else Gain.none())

    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each seen pixel whose own difference exceeds its threshold: bool of shape (H, W)."""
        patch, image = self._full, self.image
        if patch is None or self._unclear:
            return np.zeros(image.shape[:2], np.bool_)
        image, own = (relit(image, patch.gain), True) if options.threshold is None else (image, False)
        thresholds = patch.thresholds if own else np.full_like(patch.thresholds, options.threshold)
        limits = np.asarray(thresholds / np.float32(options.sensitivity), np.float32)
        return np.asarray(kernels.mask(image, patch.image, limits, options.weights) & patch.seen)

    def evidence(self, options: MaskOptions) -> Evidence | None:
        """Compare frame and plate, and join what the whole clip tells; None where no mask can be told."""
        if self._unclear:
            return None
        compared, likelihoods = self._compared(options), self._camera.likelihoods
        if compared is None or likelihoods is None or self._likely is None or self._small is None:
            return compared
        sensitivity = np.float32(options.sensitivity)
        known = np.where(self._small.seen, compared.ratio / sensitivity, np.float32(np.nan))
        return replace(compared, ratio=enlarged_to_overlap(likelihoods.joined(self._likely, known)) * sensitivity)

    def _compared(self, options: MaskOptions) -> Evidence | None:
        """Compare frame and plate alone; None where the frame was not registered."""
        patch = self._small
        if patch is None:
            return None
        given = options.threshold
        thresholds = patch.thresholds if given is None else np.float32(max(given, LEAST_THRESHOLD))
        small = relit(self.small_image, patch.gain if self._compensated else Gain.none())
        difference = kernels.difference(small, patch.image, threads=1)
        smooth_difference = far = smooth(difference, FACTOR)
        if options.weights != EQUAL_WEIGHTS:
            far = smooth(kernels.difference(small, patch.image, options.weights, threads=1), FACTOR)
        ratio = far * np.float32(options.sensitivity) / thresholds
        ratio[~patch.seen] = 0
        return Evidence(small, patch.image, difference, smooth_difference, ratio)

    def plate_ratio(self) -> Floats:
        """Difference from the plate over its threshold: float32 of shape (h, w); NaN where that is unknown."""
        patch, compared = self._small, self._compared(MaskOptions())
        if patch is None or compared is None:
            return np.full(self.small_image.shape[:2], np.nan, np.float32)
        return np.where(patch.seen, np.minimum(compared.ratio, MOST), np.float32(np.nan))

    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region: less where it is noisy."""
        return None if self._small is None or options.threshold is not None else trust(self._small.thresholds)

    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Shade, Mask]:
        """Find background in less light of the same hue; there is one light state. What is sure to move is none."""
        shade = find_shade((evidence.image, evidence.plate), (smoothed(evidence.image), smoothed(evidence.plate)), weak)
        if self._likely is not None and self._small is not None:
            possible = (self._likely < SURE) & self._small.seen
            shade = replace(shade, mask=shade.mask & possible, possible=possible)
        return shade, np.zeros(weak.shape, np.bool_)

    def outlined(self, evidence: Evidence, mask: Mask, options: MaskOptions) -> Mask:
        """Draw the outline to where the frame's colours change (GrabCut), and leave out what was never seen."""
        patch = self._small
        assert patch is not None  # there is evidence
        if self._likelihood is not None:
            return mask
        if options.cleanup == "default":
            background = patch.certain & has_plate_texture(evidence.plate, evidence.ratio)
            mask = follow_colours(evidence.image, mask, evidence.ratio, background)
        return mask & patch.seen
