"""A frame of a camera that stands or shakes, beside the plate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.filters import mean_level
from stillplate.imaging.resize import resized, shrink
from stillplate.imaging.transform import Transform
from stillplate.io.picture import PlanarImage
from stillplate.kernels import BitMask, OtherLights, SmallEvidence, Weighed
from stillplate.photometry.gain import match_frame, relit
from stillplate.photometry.states import is_light, is_relit
from stillplate.segmentation.at_once import find_at_once
from stillplate.segmentation.cleanup import LEAST
from stillplate.segmentation.edges import FullSize, finished, inside_of, small_limits
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.found import Found
from stillplate.segmentation.match import Match
from stillplate.segmentation.noise import calm_distances, distance, over_thresholds, smoothing_weights
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, LEAST_THRESHOLD, MaskOptions
from stillplate.segmentation.shadows import LIT_ANEW, Shade, find_other_light, find_shade, other_lights, smoothed
from stillplate.segmentation.static_plate import StaticPlate
from stillplate.segmentation.view import View

__all__ = ["StaticObservation"]

DARKER = 0.7  # gain within a light state below which compensating exposure amplifies the noise beyond the samples'
MOST = 0.5  # support: the share of the samples that show the ground
UNKNOWN = 0.3  # share of the image; if more differs, test for a light change


class StaticObservation(Observation):
    """A frame of a camera that stands or shakes, beside the plate."""

    def __init__(
        self, plate: StaticPlate, image: Image | PlanarImage, region: Mask | None, match: Match | None = None
    ) -> None:
        super().__init__(image, region, plate.factor, plate.cast)
        self._plate = plate
        self._given = match

    @cached_property
    def _match(self) -> Match:
        return self._plate.match(self.given, self.small_image) if self._given is None else self._given

    @cached_property
    def _motion(self) -> Transform:
        """From the small frame to the small plate."""
        return self._match.motion.scaled(1 / self.factor)

    @property
    def transform(self) -> Transform:
        """From the frame to the plate."""
        return self._match.motion

    @cached_property
    def _full_image(self) -> Image:
        """The frame at full size, without bands of flicker."""
        return self._match.without_bands(self.image, self._full_plate)

    @cached_property
    def _full_plate(self) -> Image:
        return self._small_plate if self.factor == 1 else self._match.motion.to_frame(self._plate.lit(self._match))

    @cached_property
    def _small_plate(self) -> Image:
        return self._motion.to_frame(self._plate.lit(self._match, small=True))

    def full_size_around(self, mask: Mask) -> FullSize:
        """Frame and plate at full size; the frame, in pieces if it is not converted yet."""
        given, plate, gain = self.given, self._full_plate, self._match.gain
        if isinstance(given, PlanarImage) and self._match.bands is None:
            return FullSize(given.in_pieces, plate, gain)
        return FullSize(self._full_image, plate, gain)

    @cached_property
    def view(self) -> View:
        """The plate as the frame's camera and light show it."""
        match, to_frame = self._match, self._match.motion.to_frame
        plate = self._plate.plate_of(match)
        valid = to_frame(plate.seen.view(np.uint8)) > 0
        return View(match.in_frame_light(self._full_plate), to_frame(plate.noise), valid)

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
        return StaticObservation(self._plate, self.given, self.region, Match.none())

    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each pixel whose own difference exceeds its threshold: bool of shape (H, W)."""
        image, plate = self._full_image, self._full_plate
        if options.threshold is not None:
            return kernels.mask(image, plate, options.threshold / options.sensitivity, options.weights)
        thresholds = np.asarray(self.thresholds / np.float32(options.sensitivity), np.float32)
        return kernels.mask(relit(image, self._match.gain), plate, thresholds, options.weights)

    def evidence(self, options: MaskOptions) -> Evidence:
        """Compare frame and plate: levels and colour, whichever tells more."""
        return self._evidence(options, faint=False)

    def evidence_in_time(self, options: MaskOptions) -> Evidence:
        """`evidence`, with what is faint by the ground's own colours, where these are known and nothing is given."""
        faint = self._plate.faint_limits is not None and options.threshold is None and options.weights == EQUAL_WEIGHTS
        return self._evidence(options, faint=faint)

    def _evidence(self, options: MaskOptions, *, faint: bool) -> Evidence:
        """Compare frame and plate, and by what is `faint`, if that is wanted."""
        camera, learnt = self._plate, options.threshold is None and options.weights == EQUAL_WEIGHTS
        if learnt and camera.is_plain and self._given is None and "_match" not in self.__dict__:
            return self._matched(options, faint=faint)
        match = self._match
        plate = self._small_plate
        small = relit(match.without_bands(self.small_image, plate), match.gain)
        if match.gain.noticeable:
            plate = match.gain.recorded(plate)
        if learnt and not camera.is_presmoothed(match):
            thresholds = camera.small_thresholds(match.state, self._motion, faint=faint)
            weight = options.sensitivity * self._credit
            return self._weighed(small, plate, kernels.weigh_frame(small, plate, thresholds, camera.nearness, weight))
        limits = camera.faint_limits.in_frame(self._motion) if faint and camera.faint_limits is not None else None
        compared = kernels.compare(
            small, plate, smoothing_weights(self.factor), factors=None if limits is None else limits.factors
        )
        ratio, further = self._ratio(small, plate, options), None
        if limits is not None and compared.distance is not None:
            further = limits.evidence(compared.distance, compared.level, options.sensitivity * self._credit)
        return Evidence(small, plate, compared.difference, compared.level, ratio, further, ground=self._ground)

    def _matched(self, options: MaskOptions, *, faint: bool) -> Evidence:
        """The evidence of a frame whose gain is all that is matched, with which it is estimated."""
        camera, still = self._plate, Transform.none()
        gain, found = match_frame(
            self.small_image, camera.small_plates[0], camera.small_thresholds(0, still, faint=faint), camera.nearness,
            options.sensitivity,
        )  # fmt: skip
        self._match = Match(still, gain)
        return self._weighed(found.image, found.plate, found.weighed)

    def _weighed(self, small: Image, plate: Image, found: Weighed) -> Evidence:
        return Evidence(
            small, plate, found.difference, found.level, found.ratio, found.faint, ground=self._ground, near=found.near
        )

    @property
    def _ground(self) -> Floats | None:
        """Difference that the ground reaches by itself."""
        level = self._plate.ground_level
        return None if level is None else self._motion.to_frame(level)

    @property
    def _credit(self) -> float:
        """Weight of the evidence: less in the dark of a light state, where the samples were not."""
        match = self._match
        return 1.0 if match.mixture is None else min(1.0, float(match.gain.scale.mean()) / DARKER)

    def _ratio(self, small: Image, plate: Image, options: MaskOptions) -> Floats:
        """How many thresholds the frame is from the plate, in levels or in colour: whichever is more."""
        match, to_frame = self._match, self._motion.to_frame
        weights, calm = options.weights, self._plate.is_presmoothed(match)
        both = calm_distances(small, plate, self.factor) if calm and weights == EQUAL_WEIGHTS else None
        far = both[0] if both else distance(small, plate, self.factor, weights, common=0, calm=calm)
        if options.threshold is not None:
            return far * np.float32(options.sensitivity / max(options.threshold, LEAST_THRESHOLD))
        limits, weight = self._plate.limits[match.state], self._credit * options.sensitivity
        ratio = over_thresholds(far, _both(to_frame, limits.levels), weight)
        if limits.colour is not None:
            off = both[1] if both else distance(small, plate, self.factor, weights, common=1, calm=calm)
            ratio = over_thresholds(off, _both(to_frame, limits.colour), weight, beside=ratio)
        return ratio

    def _regions(
        self, evidence: Evidence, options: MaskOptions, lasting: BitMask | None
    ) -> tuple[Found, tuple[Image, Image] | None]:
        if options.shadows == "label" or options.threshold is not None:
            return super()._regions(evidence, options, lasting)
        camera, state, to_frame = self._plate, self._match.state, self._motion.to_frame
        weights = to_frame(camera.trusts[state]), to_frame(camera.limits[state].levels[1])
        least = options.least_area(self.given.shape[1])
        in_time = lasting is not None and options.cleanup == "default"
        found = find_at_once(
            evidence, self._known_smooth_plate, weights,
            self.specks[0] if self.specks is not None and options.cleanup == "default" and least is None else None,
            lasting, options, None if least is None else least / self.factor**2,
            camera.cast_shadows if in_time else None, self._other_lights(evidence),
        )  # fmt: skip
        return super()._regions(evidence, options, lasting) if found is None else (found, None)

    @property
    def _known_smooth_plate(self) -> Image | None:
        """The plate as the frame shows it, `smoothed`, if it is in the frame's light and looks."""
        fixed = self._match.mixture is None and not self._match.appearances
        return self._motion.to_frame(self._plate.smooth_plates[0]) if fixed else None

    def _other_lights(self, evidence: Evidence) -> OtherLights | None:
        """The light states that are told from shade; None where the scene has one."""
        match, camera, to_frame = self._match, self._plate, self._motion.to_frame
        if match.mixture is None or len(camera.small_plates) < 2:
            return None
        colour, plate = camera.limits[match.state].colour, evidence.plate
        numbers = camera.lights.shown_beside(match.state, mean_level(plate))
        return other_lights(
            [to_frame(camera.smooth_plates[number]) for number in numbers],
            None if colour is None else to_frame(colour[1]), plate.shape[1],
        )  # fmt: skip

    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region: less where it is noisy, and where the difference is faint."""
        if options.threshold is not None:
            return None
        state, to_frame = self._match.state, self._motion.to_frame
        return evidence.trust(to_frame(self._plate.trusts[state]), to_frame(self._plate.limits[state].levels[1]))

    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Shade, Mask]:
        """Find background in less light of the same hue, and background in another of the scene's light states."""
        plate, relit = evidence.plate, np.zeros(weak.shape, np.bool_)
        known, lights = self._known_smooth_plate, self._other_lights(evidence)
        smooth = smoothed(evidence.image), smoothed(plate) if known is None else known
        if lights is None:
            return find_shade((evidence.image, plate), smooth, weak), relit
        usual = self._motion.to_frame(self._plate.limits[self._match.state].levels[1])
        for other in lights.plates:
            relit |= find_other_light((*smooth, other), weak, usual, lights.colour)
        shade = find_shade((evidence.image, plate), smooth, weak, LIT_ANEW)
        return replace(shade, mask=shade.mask | relit), relit

    @property
    def specks(self) -> tuple[Floats, Floats] | None:
        """1 / least area of a region, in pixels, where the clip has snow, rain or glints: small, and at full size."""
        return self._plate.specks

    def in_unknown_light(self, evidence: Evidence, mask: Mask) -> bool:
        """Whether the frame shows the instant of a switch: a light that no light state has."""
        uncertain = self._plate.varies and bool(mask.mean() > UNKNOWN)
        return uncertain and is_light(shrink(evidence.image), shrink(evidence.plate))

    def is_relit(self, where: Mask) -> bool:
        """Whether what a mask, bool of shape (h, w), marks is mostly ground in another light."""
        plates = [shrink(self._motion.to_frame(plate)) for plate in self._plate.small_plates]
        small = resized(where.astype(np.float32), plates[0].shape[:2]) > 0.5
        return is_relit(shrink(self.small_image), plates, np.asarray(small))

    def _full_mask(self, found: Found, options: MaskOptions) -> Mask:
        evidence = found.evidence
        if evidence is None:
            return super()._full_mask(found, options)
        smalls = specks = None
        if options.cleanup == "default":
            lowest = self._motion.to_frame(self._plate.limits[self._match.state].levels[0])
            taken = found.mask if found.taken is None else found.taken
            least = LEAST * taken.size if options.min_size is None else 0
            smalls = (
                SmallEvidence(evidence.ratio, evidence.smooth_difference, lowest, evidence.risen, taken, found.shadow),
                small_limits(least, self.given.shape[0] * self.given.shape[1]),
            )
            specks = self.specks[1] if self.specks is not None and options.min_size is None else None
        full, inside = self.full_size_around(found.mask), inside_of(evidence)
        return finished((found.mask, found.inside), inside, full, self.factor, smalls, specks)


def _both(to_frame: Callable[[Floats], Floats], pair: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return to_frame(pair[0]), to_frame(pair[1])
