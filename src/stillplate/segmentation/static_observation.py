"""A frame of a camera that stands or shakes, beside the plate."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.resize import resized, shrink
from stillplate.imaging.transform import Transform
from stillplate.photometry.gain import relit
from stillplate.photometry.mixture import is_dark_beside
from stillplate.photometry.states import is_light, is_relit
from stillplate.segmentation.cleanup import LEAST, small_regions
from stillplate.segmentation.edges import FullSize, cut_small_regions, grown
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.match import Match
from stillplate.segmentation.noise import contrast_near, distance, local_thresholds, smooth, smoothing_weights
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, LEAST_THRESHOLD, MaskOptions
from stillplate.segmentation.shadows import Shade, find_other_light, find_shade, smoothed
from stillplate.segmentation.static_plate import StaticPlate
from stillplate.segmentation.view import View

__all__ = ["StaticObservation"]

DARKER = 0.7  # gain within a light state below which compensating exposure amplifies the noise beyond the samples'
LIT_ANEW = 2.0  # largest ratio of the background's light to the plate's where the scene has several light states
MOST = 0.5  # support: the share of the samples that show the ground
UNKNOWN = 0.3  # share of the image; if more differs, test for a light change


class StaticObservation(Observation):
    """A frame of a camera that stands or shakes, beside the plate."""

    def __init__(self, plate: StaticPlate, image: Image, region: Mask | None, match: Match | None = None) -> None:
        super().__init__(image, region, plate.factor, plate.cast)
        self._plate = plate
        self._given = match

    @cached_property
    def _match(self) -> Match:
        return self._plate.match(self.image, self.small_image) if self._given is None else self._given

    @cached_property
    def _motion(self) -> Transform:
        """From the small frame to the small plate."""
        return self._match.motion.scaled(1 / self.factor)

    @property
    def transform(self) -> Transform:
        """From the frame to the plate."""
        return self._match.motion

    @cached_property
    def full_size(self) -> FullSize:
        """Frame and plate at full size."""
        match = self._match
        plate = match.motion.to_frame(self._plate.lit(match))
        return FullSize(match.without_bands(self.image, plate), plate, match.gain)

    @cached_property
    def view(self) -> View:
        """The plate as the frame's camera and light show it."""
        match, to_frame = self._match, self._match.motion.to_frame
        plate = self._plate.plate_of(match)
        valid = to_frame(plate.seen.view(np.uint8)) > 0
        return View(match.in_frame_light(self.full_size.plate), to_frame(plate.noise), valid)

    @cached_property
    def thresholds(self) -> Floats:
        """Difference that noise explains, in the frame's place and light: float32 of shape (H, W), in 8-bit levels."""
        return self._plate.thresholds(self._match)

    @property
    def sure(self) -> Mask:
        """Where most samples showed the ground of the view, in the frame's place: bool of shape (H, W)."""
        return self._match.motion.to_frame(self._plate.plate_of(self._match).support) >= MOST

    def uncompensated(self) -> StaticObservation:
        """The same frame as it is, in the plate's place and light."""
        return StaticObservation(self._plate, self.image, self.region, Match.none())

    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each pixel whose own difference exceeds its threshold: bool of shape (H, W)."""
        full = self.full_size
        if options.threshold is not None:
            return kernels.mask(full.image, full.plate, options.threshold / options.sensitivity, options.weights)
        thresholds = np.asarray(self.thresholds / np.float32(options.sensitivity), np.float32)
        return kernels.mask(relit(full.image, full.gain), full.plate, thresholds, options.weights)

    def evidence(self, options: MaskOptions) -> Evidence:
        """Compare frame and plate: levels and colour, whichever tells more."""
        match, camera = self._match, self._plate
        plate = self._motion.to_frame(camera.lit(match, small=True))
        small = relit(match.without_bands(self.small_image, plate), match.gain)
        if match.gain.noticeable:
            plate = match.gain.recorded(plate)
        difference = kernels.difference(small, plate, threads=1)
        smooth_difference = smooth(difference, self.factor)
        contrast = contrast_near(smooth_difference)
        ratio = self._ratio(small, plate, (smooth_difference, contrast), options) * np.float32(options.sensitivity)
        return Evidence(small, plate, difference, smooth_difference, ratio, contrast=contrast, ground=self._ground)

    @property
    def _ground(self) -> Floats | None:
        """Difference that the ground reaches by itself."""
        level = self._plate.ground_level
        return None if level is None else self._motion.to_frame(level)

    def faint(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Evidence by the ground's own colours; None for a given threshold or weights, or where they are not known."""
        limits = self._plate.faint_limits
        if limits is None or options.threshold is not None or options.weights != EQUAL_WEIGHTS:
            return None
        here, weights = limits.in_frame(self._motion), smoothing_weights(self.factor)
        far = kernels.signed_distance(evidence.image, evidence.plate, here.factors, weights)
        faint = here.evidence(far, evidence.smooth_difference, evidence.contrast)
        return faint * np.float32(options.sensitivity * self._credit)

    @property
    def _credit(self) -> float:
        """Weight of the evidence: less in the dark of a light state, where the samples were not."""
        match = self._match
        return 1.0 if match.mixture is None else min(1.0, float(match.gain.scale.mean()) / DARKER)

    def _ratio(self, small: Image, plate: Image, smoothly: tuple[Floats, Floats], options: MaskOptions) -> Floats:
        """How many thresholds the frame is from the plate, in levels or in colour: whichever is more.

        `smoothly` are its smoothed difference, and the largest of that near by.
        """
        match, to_frame = self._match, self._motion.to_frame
        weights, presmoothed = options.weights, self._plate.is_presmoothed(match)
        far, contrast = smoothly
        if presmoothed or weights != EQUAL_WEIGHTS:
            far = distance(small, plate, self.factor, weights, common=0, calm=presmoothed)
            contrast = contrast_near(far)
        if options.threshold is not None:
            return far / np.float32(max(options.threshold, LEAST_THRESHOLD))
        limits = self._plate.limits[match.state]
        ratio = np.asarray(far / local_thresholds(contrast, *map(to_frame, limits.levels)))
        if limits.colour is not None:
            off = distance(small, plate, self.factor, weights, common=1, calm=presmoothed)
            ratio = np.asarray(
                np.maximum(ratio, off / local_thresholds(contrast_near(off), *map(to_frame, limits.colour)))
            )
        if match.mixture is not None:
            ratio *= np.float32(self._credit)
        return ratio

    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region: less where it is noisy, and where the difference is faint."""
        if options.threshold is not None:
            return None
        state, to_frame = self._match.state, self._motion.to_frame
        return evidence.trust(to_frame(self._plate.trusts[state]), to_frame(self._plate.limits[state].levels[1]))

    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Shade, Mask]:
        """Find background in less light of the same hue, and background in another of the scene's light states."""
        match, camera, to_frame = self._match, self._plate, self._motion.to_frame
        fixed = match.mixture is None and not match.appearances
        plate, relit = evidence.plate, np.zeros(weak.shape, np.bool_)
        smooth_plate = to_frame(camera.smooth_plate) if fixed else smoothed(plate)
        if match.mixture is None or len(camera.small_plates) < 2:
            return find_shade(evidence.image, plate, weak, smooth_plate), relit
        limits, smooth_image = camera.limits[match.state], smoothed(evidence.image)
        usual = to_frame(limits.levels[1])
        colour = None if limits.colour is None else to_frame(limits.colour[1])
        for number, state in enumerate(camera.small_plates):
            if number != match.state and not is_dark_beside(state, plate) and not is_dark_beside(plate, state):
                other = smoothed(to_frame(state))
                relit |= find_other_light(smooth_image, smooth_plate, other, weak, usual, colour)
        shade = find_shade(evidence.image, plate, weak, smooth_plate, LIT_ANEW)
        return replace(shade, mask=shade.mask | relit), relit

    @property
    def specks(self) -> Floats | None:
        """Least area of a region where the clip has snow, rain or glints, as a share of the image."""
        return self._plate.noise.specks

    def in_unknown_light(self, evidence: Evidence, mask: Mask) -> bool:
        """Whether the frame shows the instant of a switch: a light that no light state has."""
        uncertain = self._plate.varies and bool(mask.mean() > UNKNOWN)
        return uncertain and is_light(shrink(evidence.image), shrink(evidence.plate))

    def is_relit(self, where: Mask) -> bool:
        """Whether what a mask, bool of shape (h, w), marks is mostly ground in another light."""
        plates = [shrink(self._motion.to_frame(plate)) for plate in self._plate.small_plates]
        small = resized(where.astype(np.float32), plates[0].shape[:2]) > 0.5
        return is_relit(shrink(self.small_image), plates, np.asarray(small))

    def small_objects(self, evidence: Evidence, mask: Mask, shadow: Mask, options: MaskOptions) -> Mask | None:
        """Find regions too small for the mask, of evidence that noise does not explain: bool of shape (H, W)."""
        lowest = self._motion.to_frame(self._plate.limits[self._match.state].levels[0])
        least = LEAST * mask.size if options.min_size is None else 0
        found = small_regions(evidence.ratio, evidence.certainty(lowest), mask | grown(shadow), least)
        return cut_small_regions(found, self.full_size, self.factor) if found.any() else None
