"""The plate of a camera that stands or shakes, and a frame compared to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.camera.translation import Reference
from stillplate.imaging.resize import downscale, shrink, working_factor
from stillplate.imaging.transform import Transform
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.photometry.mixture import blend, brightness, estimate_mixture, is_dark_beside
from stillplate.photometry.states import is_light
from stillplate.plate.flicker import Flicker
from stillplate.plate.plate import Plate
from stillplate.segmentation.cleanup import LEAST, small_regions
from stillplate.segmentation.edges import FullSize, cut_small_regions, grown
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.match import Match
from stillplate.segmentation.noise import Limits, Noise, distance, local_thresholds, smooth, trust
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, LEAST_THRESHOLD, MaskOptions
from stillplate.segmentation.shadows import find_other_light, find_shade, smoothed
from stillplate.segmentation.view import View

__all__ = ["StaticCamera"]

DARKER = 0.7  # gain within a light state below which compensating exposure amplifies the noise beyond the samples'
LIT_ANEW = 2.0  # largest ratio of the background's light to the plate's where the scene has several light states
UNKNOWN = 0.3  # share of the image; if more differs, test for a light change


class StaticCamera:
    """A plate that frames of a camera that stands or shakes are compared to.

    Parameters
    ----------
    plate : Plate
    noise : Noise
    shakes : bool
        Whether frames have to be registered to the plate.
    states : sequence of (Plate, Noise)
        Of each light state, the first being the plate's; empty where the light is fixed.
    appearances : sequence of Appearance
        Other appearances of parts of the plate.
    flicker : Flicker, optional
        Of the light, in bands; None where there is none.
    """

    def __init__(
        self,
        plate: Plate,
        noise: Noise,
        *,
        shakes: bool = False,
        states: Sequence[tuple[Plate, Noise]] = (),
        appearances: Sequence[Appearance] = (),
        flicker: Flicker | None = None,
    ) -> None:
        self._states = [(plate, noise)] if not states else list(states)
        self.noise, self.varies = noise, bool(states)
        self._flicker, self._appearances, self._shakes = flicker, appearances, shakes
        self.factor = working_factor(plate.image.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        height, width, _ = self._states[0][0].image.shape
        return width, height

    def observe(self, image: Image, index: int | None = None, region: Mask | None = None) -> StaticObservation:
        """Put a frame beside the plate; it is matched when something that needs it is asked for, and once."""
        return StaticObservation(self, image, region)

    @cached_property
    def small_plates(self) -> list[Image]:
        """The plate of each light state at the size at which masks are found."""
        return [downscale(plate.image, self.factor) for plate, _ in self._states]

    @cached_property
    def smooth_plate(self) -> Image:
        """The first of them, smoothed for the comparison of hue."""
        return smoothed(self.small_plates[0])

    @cached_property
    def _small_appearances(self) -> list[Appearance]:
        full = self._states[0][0].image
        return [appearance.downscale(full, self.factor) for appearance in self._appearances]

    @cached_property
    def _reference(self) -> Reference:
        return Reference(self._states[0][0].image)

    def plate_of(self, match: Match) -> Plate:
        """The plate of a frame's main light state."""
        return self._states[match.state][0]

    def is_presmoothed(self, match: Match) -> bool:
        """Whether frame and plate are smoothed before they are compared, as in the dark."""
        return match.mixture is not None and self._states[match.state][1].calm

    def lit(self, match: Match, *, small: bool = False) -> Image:
        """Mix the light states of the plate, in its visible appearances: uint8 of shape (H, W, 3), RGB."""
        plates = self.small_plates if small else [plate.image for plate, _ in self._states]
        appearances = self._small_appearances if small else self._appearances
        if match.mixture is None:
            return with_appearances(plates[0], appearances, match.appearances)
        return blend([with_appearances(plate, appearances, match.appearances) for plate in plates], match.mixture)

    @cached_property
    def _brightness(self) -> Sequence[Floats | None]:
        """How bright each light state is, float32 of shape (h, w), 0..1; None where the light is fixed."""
        return brightness(self.small_plates) if self.varies else [None]

    @cached_property
    def limits(self) -> list[Limits]:
        """Thresholds of each light state at the size at which masks are found."""
        height, width, _ = self.small_plates[0].shape
        pairs = zip(self._states, self._brightness, strict=True)
        return [noise.limits(height, width, light) for (_, noise), light in pairs]

    @cached_property
    def trusts(self) -> list[Floats]:
        """Weight of each pixel in the area of a region, for each light state."""
        return [trust(limits.levels[1]) for limits in self.limits]

    @cached_property
    def _full_thresholds(self) -> list[Floats]:
        """Thresholds of each light state at full size."""
        import cv2

        width, height = self.size
        lights = (
            None if light is None else np.asarray(cv2.resize(light, (width, height)), np.float32)
            for light in self._brightness
        )
        pairs = zip(self._states, lights, strict=True)
        return [noise.thresholds(height, width, light) for (_, noise), light in pairs]

    def thresholds(self, match: Match) -> Floats:
        """Difference that noise explains, in a frame's place and light: float32 of shape (H, W), in 8-bit levels."""
        return match.motion.to_frame(self._full_thresholds[match.state])

    def match(self, image: Image, small: Image) -> Match:
        """Register a frame and match its exposure; `small` is the frame at the size at which masks are found."""
        motion = self._reference.register(image) if self._shakes else Transform.shifted(0, 0)
        to_frame = motion.scaled(1 / self.factor).to_frame
        plate, bands = to_frame(self.small_plates[0]), None
        if self._flicker is not None:
            bands = self._flicker.bands(small, plate)
            small = bands.undo(small, plate)
        if self.varies:
            mixture = estimate_mixture(small, [to_frame(state) for state in self.small_plates])
            match = Match(motion, mixture.gain, mixture, bands=bands)
        else:
            match = Match(motion, estimate_gain(small, plate), bands=bands)
        if not self._appearances:
            return match
        seen = motion.scaled(1 / self.factor).to_plate(relit(small, match.gain))
        return replace(
            match,
            appearances=visible_appearances(
                seen, self._small_appearances, lambda on: self.lit(replace(match, appearances=on), small=True)
            ),
        )


class StaticObservation(Observation):
    """A frame of a camera that stands or shakes, beside the plate."""

    def __init__(self, camera: StaticCamera, image: Image, region: Mask | None, match: Match | None = None) -> None:
        super().__init__(image, region, camera.factor)
        self._camera = camera
        self._given = match

    @cached_property
    def _match(self) -> Match:
        return self._camera.match(self.image, self.small_image) if self._given is None else self._given

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
        plate = match.motion.to_frame(self._camera.lit(match))
        return FullSize(match.without_bands(self.image, plate), plate, match.gain)

    @cached_property
    def view(self) -> View:
        """The plate as the frame's camera and light show it."""
        match, to_frame = self._match, self._match.motion.to_frame
        plate = self._camera.plate_of(match)
        valid = to_frame(plate.seen.view(np.uint8)) > 0
        return View(match.in_frame_light(self.full_size.plate), to_frame(plate.noise), valid)

    @cached_property
    def thresholds(self) -> Floats:
        """Difference that noise explains, in the frame's place and light: float32 of shape (H, W), in 8-bit levels."""
        return self._camera.thresholds(self._match)

    def uncompensated(self) -> StaticObservation:
        """The same frame as it is, in the plate's place and light."""
        return StaticObservation(self._camera, self.image, self.region, Match.none())

    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each pixel whose own difference exceeds its threshold: bool of shape (H, W)."""
        full = self.full_size
        if options.threshold is not None:
            return kernels.mask(full.image, full.plate, options.threshold / options.sensitivity, options.weights)
        thresholds = np.asarray(self.thresholds / np.float32(options.sensitivity), np.float32)
        return kernels.mask(relit(full.image, full.gain), full.plate, thresholds, options.weights)

    def evidence(self, options: MaskOptions) -> Evidence:
        """Compare frame and plate: levels and colour, whichever tells more."""
        match, camera = self._match, self._camera
        plate = self._motion.to_frame(camera.lit(match, small=True))
        small = relit(match.without_bands(self.small_image, plate), match.gain)
        difference = kernels.difference(small, plate, threads=1)
        smooth_difference = smooth(difference, self.factor)
        ratio = self._ratio(small, plate, smooth_difference, options) * np.float32(options.sensitivity)
        return Evidence(small, plate, difference, smooth_difference, ratio)

    def _ratio(self, small: Image, plate: Image, smooth_difference: Floats, options: MaskOptions) -> Floats:
        """How many thresholds the frame is from the plate, in levels or in colour: whichever is more."""
        match, to_frame = self._match, self._motion.to_frame
        weights, presmoothed = options.weights, self._camera.is_presmoothed(match)
        far = smooth_difference
        if presmoothed or weights != EQUAL_WEIGHTS:
            far = distance(small, plate, self.factor, weights, common=0, calm=presmoothed)
        if options.threshold is not None:
            return far / np.float32(max(options.threshold, LEAST_THRESHOLD))
        limits = self._camera.limits[match.state]
        ratio = np.asarray(far / local_thresholds(far, *map(to_frame, limits.levels)))
        if limits.colour is not None:
            off = distance(small, plate, self.factor, weights, common=1, calm=presmoothed)
            ratio = np.asarray(np.maximum(ratio, off / local_thresholds(off, *map(to_frame, limits.colour))))
        if match.mixture is not None:
            ratio *= np.float32(min(1.0, float(match.gain.scale.mean()) / DARKER))
        return ratio

    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region: less where it is noisy, and where the difference is faint."""
        if options.threshold is not None:
            return None
        state, to_frame = self._match.state, self._motion.to_frame
        highest = to_frame(self._camera.limits[state].levels[1])
        return np.asarray(to_frame(self._camera.trusts[state]) * np.minimum(1, evidence.smooth_difference / highest))

    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Mask, Mask]:
        """Find background in less light of the same hue, and background in another of the scene's light states."""
        match, camera, to_frame = self._match, self._camera, self._motion.to_frame
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
        return find_shade(evidence.image, plate, weak, smooth_plate, LIT_ANEW) | relit, relit

    @property
    def specks(self) -> Floats | None:
        """Least area of a region where the clip has snow, rain or glints, as a share of the image."""
        return self._camera.noise.specks

    def in_unknown_light(self, evidence: Evidence, mask: Mask) -> bool:
        """Whether the frame shows the instant of a switch: a light that no light state has."""
        uncertain = self._camera.varies and bool(mask.mean() > UNKNOWN)
        return uncertain and is_light(shrink(evidence.image), shrink(evidence.plate))

    def small_objects(self, evidence: Evidence, mask: Mask, shadow: Mask, options: MaskOptions) -> Mask | None:
        """Find regions too small for the mask, of evidence that noise does not explain: bool of shape (H, W)."""
        lowest = self._motion.to_frame(self._camera.limits[self._match.state].levels[0])
        certainty = evidence.smooth_difference / lowest
        least = LEAST * mask.size if options.min_size is None else 0
        found = small_regions(evidence.ratio, certainty, mask | grown(shadow), least)
        return cut_small_regions(found, self.full_size, self.factor) if found.any() else None
