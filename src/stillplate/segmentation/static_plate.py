"""The plate of a camera that stands or shakes, in all its lights and looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.camera.translation import Reference
from stillplate.imaging.resize import downscale, working_factor
from stillplate.imaging.transform import Transform
from stillplate.io.picture import PlanarImage, rgb_of
from stillplate.kernels import CastShadows, Nearness, Thresholds
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.photometry.mixture import LitPlates, blend, brightness
from stillplate.plate.flicker import Flicker
from stillplate.plate.plate import Plate
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.ground import Ground, GroundLimits, nearness
from stillplate.segmentation.match import Match
from stillplate.segmentation.noise import FAINTEST, TIMES, Limits, Noise, smoothing_weights, trust
from stillplate.segmentation.shadows import smoothed
from stillplate.segmentation.specks import speck_weights

__all__ = ["StaticPlate"]


class StaticPlate:
    """A plate in its light states and appearances, at both sizes, and what matches a frame to it.

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
    ground : Ground, optional
        The ground's own colours; None where they are not known.
    cast : CastProfile, optional
        The shadows that things cast; None where none were learnt.

    Attributes
    ----------
    is_plain : bool
        Whether frames have the plate's place and look, and its light but for a gain.
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
        ground: Ground | None = None,
        cast: CastProfile | None = None,
    ) -> None:
        self._states = [(plate, noise)] if not states else list(states)
        self.noise, self.varies = noise, bool(states)
        self._flicker, self._appearances, self._shakes = flicker, appearances, shakes
        self._ground, self.cast = ground, cast
        self._known_thresholds: dict[tuple[int, bool], Thresholds] = {}
        self.is_plain = not (shakes or states or appearances or flicker is not None)
        self.factor = working_factor(plate.image.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        height, width, _ = self._states[0][0].image.shape
        return width, height

    @cached_property
    def small_plates(self) -> list[Image]:
        """The plate of each light state at the size at which masks are found."""
        return [downscale(plate.image, self.factor) for plate, _ in self._states]

    @cached_property
    def smooth_plates(self) -> list[Image]:
        """The same, smoothed for the comparison of hue."""
        return [smoothed(plate) for plate in self.small_plates]

    @cached_property
    def lights(self) -> LitPlates:
        """The same as lights that are mixed."""
        return LitPlates(self.small_plates)

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
    def faint_limits(self) -> GroundLimits | None:
        """Thresholds of what is faint; None where the ground's own colours are not known."""
        height, width, _ = self.small_plates[0].shape
        return None if self._ground is None else self._ground.limits(height, width)

    @cached_property
    def nearness(self) -> Nearness:
        """How far things change what is around them, at that size."""
        return nearness(self.small_plates[0].shape[1])

    def small_thresholds(self, state: int, motion: Transform, *, faint: bool) -> Thresholds:
        """What a frame in a light state is compared by at the size at which masks are found.

        `motion` takes the small frame to the small plate; what is `faint` needs its limits.
        """
        if not motion.still:
            return self._thresholds_in(state, motion, faint=faint)
        if (state, faint) not in self._known_thresholds:
            self._known_thresholds[state, faint] = self._thresholds_in(state, motion, faint=faint)
        return self._known_thresholds[state, faint]

    def _thresholds_in(self, state: int, motion: Transform, *, faint: bool) -> Thresholds:
        learnt, to_frame = self.limits[state], motion.to_frame
        ground = self.faint_limits.in_frame(motion) if faint and self.faint_limits is not None else None
        return Thresholds(
            smoothing_weights(self.factor), (to_frame(learnt.levels[0]), to_frame(learnt.levels[1])),
            None if learnt.colour is None else (to_frame(learnt.colour[0]), to_frame(learnt.colour[1])),
            None if ground is None else (ground.factors, ground.distance, ground.level),
        )  # fmt: skip

    @cached_property
    def cast_shadows(self) -> CastShadows | None:
        """The shadows that things cast, at that size; None where none were learnt."""
        return None if self.cast is None else self.cast.shadows(*self.small_plates[0].shape[:2])

    @cached_property
    def ground_level(self) -> Floats | None:
        """Difference that the ground reaches by itself, beyond that of still ground; None if not known."""
        if self.faint_limits is None:
            return None
        level = np.minimum(self.faint_limits.level, self.limits[0].levels[0] / np.float32(TIMES))
        return np.asarray(np.maximum(0, level - np.float32(FAINTEST)), np.float32)

    @cached_property
    def trusts(self) -> list[Floats]:
        """Weight of each pixel in the area of a region, for each light state."""
        return [trust(limits.levels[1]) for limits in self.limits]

    @cached_property
    def specks(self) -> tuple[Floats, Floats] | None:
        """1 / least area of a region, in pixels, at the size at which masks are found, and at full size."""
        if self.noise.specks is None:
            return None
        small, full = (plate.shape for plate in (self.small_plates[0], self._states[0][0].image))
        return speck_weights(self.noise.specks, *small[:2]), speck_weights(self.noise.specks, *full[:2])

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

    def match(self, image: Image | PlanarImage, small: Image) -> Match:
        """Register a frame and match its exposure; `small` is the frame at the size at which masks are found."""
        motion = self._reference.register(rgb_of(image)) if self._shakes else Transform.none()
        to_frame = motion.scaled(1 / self.factor).to_frame
        plate, bands = to_frame(self.small_plates[0]), None
        if self._flicker is not None:
            bands = self._flicker.bands(small, plate)
            small = bands.undo(small, plate)
        if self.varies:
            still = motion.still
            lights = self.lights if still else LitPlates([to_frame(state) for state in self.small_plates])
            mixture = lights.mixture(small)
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
