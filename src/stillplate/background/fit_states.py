"""A scene that is seen in several lights: a plate of each, and how the samples' light is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.imaging.filters import max_difference
from stillplate.imaging.resize import shrink
from stillplate.photometry.mixture import Mixture, blend, brightness, estimate_mixture
from stillplate.plate.exposure import LightCurve
from stillplate.plate.plate import Plate
from stillplate.plate.votes.small_images import estimate_noise
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.stack import SampleStack, small_pictures
from stillplate.segmentation.noise import Noise, is_dark
from stillplate.segmentation.noise_learning import learn
from stillplate.segmentation.sample_differences import SampleDifferences
from stillplate.threads import map_samples

__all__ = ["LightState", "Switch", "find_switches", "in_one_light", "noise_sigma"]


@dataclass(frozen=True, slots=True)
class LightState:
    """One of the lights that a scene is seen in.

    Attributes
    ----------
    plate : Plate
        The scene with nobody in it, in this light.
    noise : Noise
        What the ground does by itself in it.
    spans : tuple of (Fraction, Fraction)
        From which sample to which it lasted, in seconds from the first frame of the clip.
    """

    plate: Plate
    noise: Noise
    spans: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """A change from one state of light to another.

    Attributes
    ----------
    after, before : Fraction
        The samples between which it happened, in seconds from the first frame of the clip.
    former, latter : int
        The states, numbered from 0.
    """

    after: Fraction
    before: Fraction
    former: int
    latter: int


def in_one_light(
    stack: SampleStack, plates: Sequence[Plate], *, masks: bool = True, valid: Validity | None = None
) -> tuple[SampleStack, tuple[LightState, ...], LightCurve]:
    """Find the light of each sample, and bring all to the light of the first plate.

    Parameters
    ----------
    stack : SampleStack
        As the samples were taken.
    plates : K plates
        Of the same scene, each in its light.
    masks : bool
        Whether to learn what the ground does by itself in each.
    valid : Validity, optional
        Which samples count where; all of them if not given.

    Returns
    -------
    stack : SampleStack
        In the first plate's light: I' = g⁻¹(I) + B_0 - Σ shares · B, g the gain within the mixture of lights.
    states : K LightStates
    curve : LightCurve
    """
    samples = small_pictures(stack)
    images = [plate.image for plate in plates]
    small_plates = [shrink(image) for image in images]
    mixtures = map_samples(lambda number: estimate_mixture(samples[number], small_plates), len(samples))
    small = np.stack([_relit(*pair, small_plates) for pair in zip(samples, mixtures, strict=True)])

    def relight(image: Image, number: int) -> Image:
        return _relit(image, mixtures[number], images)

    relit = stack.relit(relight, small)
    main = np.array([mixture.state for mixture in mixtures])
    usual = learn(SampleDifferences.of(relit, images[0]), valid) if masks else Noise.of_plate(plates[0].noise)
    states = []
    for number, (plate, light) in enumerate(zip(plates, brightness(small_plates), strict=True)):
        here, noise = np.flatnonzero(main == number).tolist(), usual.dimmed(light)
        if masks and here:
            differences = SampleDifferences.of(relit, images[0], here, calm=is_dark(light))
            noise = learn(differences, valid).louder(noise)
        states.append(LightState(plate, noise, _spans(stack.times, main == number)))
    return relit, tuple(states), _curve(samples, small, small_plates, mixtures)


def _relit(image: Image, mixture: Mixture, plates: Sequence[Image]) -> Image:
    import cv2

    image = mixture.gain.undo(image) if mixture.gain.noticeable else image
    mixed = blend(plates, mixture)
    if mixed is plates[0]:
        return image
    return np.asarray(cv2.add(cv2.subtract(image, mixed, dtype=cv2.CV_16S), plates[0], dtype=cv2.CV_8U), np.uint8)


def _curve(samples: Image, relit: Image, small_plates: Sequence[Image], mixtures: Sequence[Mixture]) -> LightCurve:
    colours = np.array([plate.reshape(-1, 3).mean(axis=0) for plate in small_plates])
    shown = np.array(
        [mixture.level * (mixture.shares * colours).sum(axis=0) + mixture.gain.offset for mixture in mixtures]
    )
    before, after = (
        np.array([np.median(max_difference(picture, small_plates[0])) for picture in pictures], np.float32)
        for pictures in (samples, relit)
    )
    brightness = (shown / np.maximum(colours[0], 1)).astype(np.float32)
    shares = np.array([mixture.shares.mean(axis=1) for mixture in mixtures], np.float32)
    return LightCurve(tuple(mixture.gain for mixture in mixtures), brightness, before, after, shares)


def _spans(times: Sequence[Fraction], here: npt.NDArray[np.bool_]) -> tuple[tuple[Fraction, Fraction], ...]:
    edges = np.flatnonzero(np.diff(here.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return tuple((times[first], times[last - 1]) for first, last in edges.tolist())


def find_switches(states: Sequence[LightState]) -> tuple[Switch, ...]:
    """Tell when the light changed from one state to another, in the order of time."""
    spans = sorted((start, end, number) for number, state in enumerate(states) for start, end in state.spans)
    return tuple(Switch(former[1], latter[0], former[2], latter[2]) for former, latter in pairwise(spans))


def noise_sigma(stack: SampleStack) -> float:
    """Standard deviation of the small pictures' noise per channel, in 8-bit levels; 0 where there are none."""
    if stack.small is None or stack.small_neighbours is None:
        return 0.0
    return estimate_noise(stack.small, stack.small_neighbours)
