"""What a frame is held to: the plate, made ready once, and the steps from a frame to its mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.bands import Bands
from stillplate.cleanup import (
    CLEANUPS,
    LEAST,
    REACH,
    SEED,
    block,
    close_gaps,
    fill_holes,
    keep_large,
    small_regions,
    solid,
    square,
)
from stillplate.errors import ParameterError
from stillplate.flicker import Flicker
from stillplate.light import Gain, estimate_gain
from stillplate.light_states import is_light
from stillplate.looks import Look, overlaid, which
from stillplate.matte import EQUAL_WEIGHTS
from stillplate.mixture import Mixture, blend, brightness, estimate_mixture, is_dark_beside
from stillplate.motion import Reference, Transform
from stillplate.noise import Limits, Noise, distance, local_thresholds, smooth, trust
from stillplate.shade import enclosed, find_other_light, find_shade, smoothed, upright
from stillplate.specks import drop_specks
from stillplate.stack import shrink
from stillplate.video.source import Image
from stillplate.working_size import brought_down, working_factor

__all__ = [
    "EDGE", "FOLLOW", "FOLLOW_MOST", "FOREGROUND", "SHADE", "SHADOWS", "Ground", "Match", "check_options", "relit",
    "trimmed", "usual_distance",
]  # fmt: skip

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

SHADOWS = ("background", "foreground", "label")
LEAST_THRESHOLD = 1e-3  # levels: the least difference there is, over some pixels, is more
SHADE, FOREGROUND = 127, 255  # CDnet's and OpenCV's labels
DARKER = 0.7  # gain within a state of light, under which its noise is more than the samples' as it is made up for
LIT_ANEW = 2.0  # of its light the ground may have where the scene is seen in several, as when the sun comes out
UNKNOWN = 0.3  # of the picture: where so much differs, it may all be light
EDGE = 0.45  # a pixel at the edge is the object's if it differs by so much of what its inside does: half of it is
FEW = 0.05  # of what is near by: less of the mask's inside tells nothing of it
FOLLOW, FOLLOW_MOST = 0.5, 0.4  # pixels of a small mask: how far the frame may draw its edge, and how readily


def check_options(sensitivity: float, shadows: str, cleanup: str) -> None:
    """Refuse what is outside its range with a ParameterError."""
    if not (sensitivity > 0 and isfinite(sensitivity)):
        raise ParameterError(f"sensitivity is {sensitivity:g}, but a finite number above 0 is needed: 1 is the default")
    if shadows not in SHADOWS:
        raise ParameterError(f"shadows is {shadows!r}, but one of {', '.join(SHADOWS)} is needed")
    if cleanup not in CLEANUPS:
        raise ParameterError(f"cleanup is {cleanup!r}, but one of {', '.join(CLEANUPS)} is needed")


@dataclass(frozen=True, slots=True)
class Match:
    """How a frame's camera and light differ from the plate's.

    Attributes
    ----------
    motion : Transform
        From the frame to the plate.
    gain : Gain
        From the plate's light to the frame's.
    mixture : Mixture, optional
        Of the scene's states of light, which makes the plate's; None where there is one.
    looks : tuple of int
        Numbers of those that parts of the scene have.
    bands : Bands, optional
        Of light that flickers, over what gain and mixture make; None where it does not.
    """

    motion: Transform
    gain: Gain
    mixture: Mixture | None = None
    looks: tuple[int, ...] = ()
    bands: Bands | None = None

    def shown(self, plate: Image) -> Image:
        """Show the plate, which is in the mixture of lights already, in the frame's gain and bands."""
        plate = self.gain.apply(plate) if self.gain.noticeable else plate
        return plate if self.bands is None else self.bands.apply(plate)


class Ground:
    """A plate made ready for frames to be held to.

    Parameters
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
    noise : Noise
    shakes : bool
        Whether frames have to be registered to the plate.
    states : K pairs of plate, uint8 array of shape (H, W, 3), RGB, and Noise
        Of the scene in each of its states of light, the first being the others; empty where the light is fixed.
    looks : sequence of Look
        That parts of the plate have at times.
    flicker : Flicker, optional
        Of the light, in bands; None where there is none.
    """

    def __init__(
        self,
        plate: Image,
        noise: Noise,
        shakes: bool,
        states: Sequence[tuple[Image, Noise]] = (),
        looks: Sequence[Look] = (),
        flicker: Flicker | None = None,
    ) -> None:
        self._full = plate
        self._flicker = flicker
        self._looks = looks
        self._states = [state for state, _ in states]
        self._noises = [heard for _, heard in states]
        self._noise = noise
        self._shakes = shakes
        self._factor = working_factor(plate.shape[1])

    @cached_property
    def _plate(self) -> Image:
        return brought_down(self._full, self._factor)

    @cached_property
    def _smooth_plate(self) -> Image:
        return smoothed(self._plate)

    def _smooth(self, match: Match, motion: Transform, plate: Image) -> Image:
        always = match.mixture is None and not match.looks
        return motion.to_frame(self._smooth_plate) if always else smoothed(plate)

    @cached_property
    def _small_states(self) -> list[Image]:
        return [brought_down(state, self._factor) for state in self._states]

    @cached_property
    def _small_looks(self) -> list[Look]:
        return [look.brought_down(self._full, self._factor) for look in self._looks]

    def lit(self, match: Match) -> Image:
        """Show the plate in its looks, in a mixture of the states of light: uint8 of shape (H, W, 3), RGB."""
        if match.mixture is None:
            return overlaid(self._full, self._looks, match.looks)
        return blend([overlaid(state, self._looks, match.looks) for state in self._states], match.mixture)

    def _lit(self, match: Match) -> Image:
        if match.mixture is None:
            return overlaid(self._plate, self._small_looks, match.looks)
        return blend([overlaid(state, self._small_looks, match.looks) for state in self._small_states], match.mixture)

    @cached_property
    def _limits(self) -> list[Limits]:
        """Of each state of light, or of the one there is."""
        height, width, _ = self._plate.shape
        if not self._states:
            return [self._noise.limits(height, width)]
        lights = brightness(self._small_states)
        return [noise.limits(height, width, light) for noise, light in zip(self._noises, lights, strict=True)]

    @cached_property
    def _trusts(self) -> list[Floats]:
        return [trust(limits.levels[1]) for limits in self._limits]

    def _state(self, mixture: Mixture | None) -> int:
        return 0 if mixture is None else mixture.state

    @cached_property
    def _reference(self) -> Reference:
        return Reference(self._full)

    def thresholds(self, match: Match) -> Floats:
        """Difference that the ground makes by itself, where and in the light that a frame shows it.

        Parameters
        ----------
        match : Match
            Of the frame.

        Returns
        -------
        float32 array of shape (H, W)
            In 8-bit levels.
        """
        return match.motion.to_frame(self._full_thresholds[self._state(match.mixture)])

    @cached_property
    def _full_thresholds(self) -> list[Floats]:
        """Of each state of light, or of the one that there is, at the plate's full size."""
        import cv2

        height, width, _ = self._full.shape
        if not self._states:
            return [self._noise.thresholds(height, width)]
        lights = (
            np.asarray(cv2.resize(light, (width, height)), np.float32) for light in brightness(self._small_states)
        )
        return [noise.thresholds(height, width, light) for noise, light in zip(self._noises, lights, strict=True)]

    def match(self, image: Image) -> Match:
        """Find the camera's place and the light of a frame."""
        return self._match(image, brought_down(image, self._factor))

    def _match(self, image: Image, small: Image) -> Match:
        motion = self._reference.register(image) if self._shakes else Transform.shifted(0, 0)
        to_frame = motion.scaled(1 / self._factor).to_frame
        plate, bands = to_frame(self._plate), None
        if self._flicker is not None:
            bands = self._flicker.bands(small, plate)
            small = bands.undo(small, plate)
        if self._states:
            mixture = estimate_mixture(small, [to_frame(state) for state in self._small_states])
            match = Match(motion, mixture.gain, mixture, bands=bands)
        else:
            match = Match(motion, estimate_gain(small, plate), bands=bands)
        if not self._looks:
            return match
        seen = motion.scaled(1 / self._factor).to_plate(relit(small, match.gain))
        return replace(match, looks=which(seen, self._small_looks, lambda on: self._lit(replace(match, looks=on))))

    def bare(self, image: Image, match: Match, sensitivity: float, weights: Sequence[float]) -> Mask:
        """Mark the pixels that differ by more than the noise, each for itself: bool of shape (H, W)."""
        plate = match.motion.to_frame(self.lit(match))
        image = steadied(image, plate, match)
        thresholds = np.asarray(self.thresholds(match) / np.float32(sensitivity), np.float32)
        return kernels.mask(relit(image, match.gain), plate, thresholds, weights)

    def labels(
        self,
        image: Image,
        *,
        threshold: float | None,
        weights: Sequence[float],
        sensitivity: float,
        shadows: str,
        cleanup: str,
        least: float | None = None,
    ) -> Labels:
        """Mark things and shades: uint8 of shape (H, W): 0 ground, 127 shade where it is to be labelled, 255 things.

        A thing has `least` pixels; as few as the noise allows if that is None.
        """
        small = brought_down(image, self._factor)
        match = self._match(image, small) if threshold is None else Match(Transform.shifted(0, 0), Gain.none())
        motion = match.motion.scaled(1 / self._factor)
        plate = motion.to_frame(self._lit(match))
        small = relit(steadied(small, plate, match), match.gain)
        raw = kernels.difference(small, plate, threads=1)
        ratio = self._evidence(small, plate, raw, match, weights, threshold) * np.float32(sensitivity)
        if shadows != "label" and ratio.max() <= SEED:
            return np.zeros(image.shape[:2], np.uint8)
        far, state = smooth(raw, self._factor), self._state(match.mixture)
        lowest, highest = map(motion.to_frame, self._limits[state].levels)
        weight = None if threshold is not None else motion.to_frame(self._trusts[state]) * np.minimum(1, far / highest)
        shade = lit = np.zeros(ratio.shape, np.bool_)
        if shadows != "foreground":
            shade, lit = self._shade(small, plate, ratio > 1, match)
            shade |= lit
            np.copyto(ratio, 0, where=shade)
        specks = self._noise.specks if cleanup == "default" and least is None else None
        if specks is not None:
            ratio *= drop_specks(ratio > 1, specks)
        mask = solid(ratio, weight, cleanup, None if least is None else least / self._factor**2)
        if cleanup == "default":
            back = enclosed(shade, mask) | upright(mask, lit)
            if back.any():
                mask = fill_holes(close_gaps(mask | back))
        usual = usual_distance(mask, raw)
        if cleanup == "default":
            mask = trimmed(mask, usual, raw)
        if self._states and mask.mean() > UNKNOWN and is_light(shrink(small), shrink(plate)):
            return np.zeros(image.shape[:2], np.uint8)  # the instant of a switch: a light that no state has
        full = self._brought_up(mask, usual, image, match)
        if cleanup == "default":
            strength = LEAST * mask.size if least is None else 0
            found = small_regions(ratio, far / lowest, mask | grown(shade), strength)
            if found.any():
                full |= self._sharp(found, image, match)
            full = drop_specks(full, specks)
        labels = np.multiply(full.view(np.uint8), FOREGROUND, out=full.view(np.uint8))
        if shadows == "label":
            shaded = keep_large(shade & ~mask, LEAST * mask.size).repeat(self._factor, 0).repeat(self._factor, 1)
            labels[shaded[: image.shape[0], : image.shape[1]] & (labels == 0)] = SHADE
        return labels

    def _shade(self, small: Image, plate: Image, weak: Mask, match: Match) -> tuple[Mask, Mask]:
        """Tell ground in less light of the same hue, and ground in another of the scene's lights."""
        mixture, motion = match.mixture, match.motion.scaled(1 / self._factor)
        ground, lit = self._smooth(match, motion, plate), np.zeros(weak.shape, np.bool_)
        if mixture is None or len(self._states) < 2:
            return find_shade(small, plate, weak, ground), lit
        limits, seen = self._limits[mixture.state], smoothed(small)
        usual = motion.to_frame(limits.levels[1])
        colour = None if limits.colour is None else motion.to_frame(limits.colour[1])
        for number, state in enumerate(self._small_states):
            if number != mixture.state and not is_dark_beside(state, plate) and not is_dark_beside(plate, state):
                lit |= find_other_light(seen, ground, smoothed(motion.to_frame(state)), weak, usual, colour)
        return find_shade(small, plate, weak, ground, LIT_ANEW), lit

    def _evidence(
        self,
        small: Image,
        plate: Image,
        raw: Floats,
        match: Match,
        weights: Sequence[float],
        threshold: float | None,
    ) -> Floats:
        """How many thresholds the frame is from the plate, of levels or of colour: whichever tells more."""
        mixture = match.mixture
        calm = mixture is not None and self._noises[mixture.state].calm
        if calm or weights != EQUAL_WEIGHTS:
            far = distance(small, plate, self._factor, weights, common=0, calm=calm)
        else:
            far = smooth(raw, self._factor)
        if threshold is not None:
            return far / np.float32(max(threshold, LEAST_THRESHOLD))
        to_frame = match.motion.scaled(1 / self._factor).to_frame
        limits = self._limits[self._state(mixture)]
        ratio = np.asarray(far / local_thresholds(far, *map(to_frame, limits.levels)))
        if limits.colour is not None:
            off = distance(small, plate, self._factor, weights, common=1, calm=calm)
            ratio = np.asarray(np.maximum(ratio, off / local_thresholds(off, *map(to_frame, limits.colour))))
        if mixture is not None:
            ratio *= np.float32(min(1.0, float(match.gain.scale.mean()) / DARKER))
        return ratio

    def _sharp(self, mask: Mask, image: Image, match: Match) -> Mask:
        """Cut small regions out of the frame itself: what differs by half as much as the most that is near."""
        import cv2

        height, width = image.shape[:2]
        plate = match.motion.to_frame(self.lit(match))
        raw = kernels.difference(relit(steadied(image, plate, match), match.gain), plate, threads=1)
        near = grown(mask).repeat(self._factor, 0).repeat(self._factor, 1)[:height, :width]
        raw *= near
        peak = cv2.dilate(raw, block(np.sqrt(LEAST * raw.size) / 2))
        return near & (raw > EDGE * peak)

    def _brought_up(self, mask: Mask, usual: Floats, image: Image, match: Match) -> Mask:
        """Bring a mask to the frame's size, with edges that follow the frame."""
        import cv2

        if self._factor == 1:
            return mask
        plate, table = match.motion.to_frame(self.lit(match)), match.gain.undoing()
        image = steadied(image, plate, match)
        full = kernels.upsample_mask(
            mask, usual, image, plate, table, factor=self._factor, edge=EDGE, weight=FOLLOW, most=FOLLOW_MOST, threads=1
        )
        return np.asarray(cv2.medianBlur(full.view(np.uint8), 3), np.uint8).view(np.bool_)


def grown(mask: Mask) -> Mask:
    """Add the neighbours in eight directions."""
    import cv2

    return np.asarray(cv2.dilate(mask.view(np.uint8), square(3)), np.uint8).view(np.bool_)


def relit(image: Image, gain: Gain) -> Image:
    """Bring a frame into the plate's light, where that differs."""
    return gain.undo(image) if gain.noticeable else image


def steadied(image: Image, plate: Image, match: Match) -> Image:
    """Take the bands of light that flickers off a frame; `plate` is as its camera sees it."""
    return image if match.bands is None else match.bands.undo(image, plate)


def usual_distance(mask: Mask, raw: Floats) -> Floats:
    """How far the mask's inside near by is from the plate, in 8-bit levels; 0 where none is near."""
    import cv2

    side = 2 * _edge(mask) + 1
    inside = cv2.erode(mask.view(np.uint8), square(3))
    share = cv2.boxFilter(inside, cv2.CV_32F, (side, side))
    share[share <= FEW] = np.inf
    return np.asarray(cv2.blur(raw * inside, (side, side)) / share, np.float32)


def trimmed(mask: Mask, usual: Floats, raw: Floats) -> Mask:
    """Cut edges where the frame is half object, half plate."""
    import cv2

    whole = mask.view(np.uint8)
    rim = mask & (cv2.erode(whole, block(0.7 * _edge(mask))) == 0)
    cut = rim & (raw < EDGE * usual)
    return fill_holes(np.asarray(cv2.medianBlur((mask & ~cut).view(np.uint8), 3), np.uint8).view(np.bool_))


def _edge(mask: Mask) -> int:
    return max(2, round(REACH * int(mask.shape[1])))
