"""A scene that is seen in several lights: a plate of each, and how the samples' light is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import block
from stillplate.exclusion import Validity
from stillplate.levelling import LightCurve, apart
from stillplate.light_states import APART, Numbers
from stillplate.mixture import Mixture, blend, brightness, estimate_mixture
from stillplate.noise import Noise, is_dark, learn
from stillplate.plate import Plate, estimate_plate
from stillplate.stack import SampleStack, shrink, small_size
from stillplate.video.source import Image
from stillplate.votes import Rules, Votes, calm
from stillplate.votes.pictures import each, estimate_noise

__all__ = ["LightState", "Switch", "estimate_states", "find_switches", "in_one_light", "loudness_of", "vote_in_state"]

ROUNDS = 2  # the median of levelled samples is better than one of them, and so is what is measured against it
LITTLE = 0.08  # of the picture may differ, where all else is explained: more is a pattern of the lamp's
LOOSE = Rules(different=20.0)  # levels: samples brought to one exposure are alike to within some, not to the noise


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


def estimate_states(
    stack: SampleStack,
    groups: Sequence[Numbers],
    *,
    calmly: bool,
    valid: Validity | None = None,
    clusters: int = 2,
    memory: int = 2**30,
) -> tuple[Plate, ...]:
    """Let the samples of each state of light vote, and make its plate.

    Parameters
    ----------
    stack : SampleStack
    groups : K int arrays
        The numbers of each state's samples.
    calmly, valid
        As for `vote_in_one_light`.
    clusters, memory
        As for `estimate_plate`.

    Returns
    -------
    K plates
        Their provenance tells of all samples.
    """
    plates: list[Plate] = []
    for group in groups:
        numbers = group.tolist()
        levelled, votes, heard = vote_in_state(stack, numbers, calmly=calmly, valid=valid)
        plate = estimate_plate(levelled, votes, valid=heard, clusters=clusters, memory=memory)
        plate = replace(plate, provenance=_of_all(plate, numbers, len(stack)))
        plates.append(_mended(plate, plates[0]) if plates else plate)
    return tuple(plates)


def _mended(plate: Plate, first: Plate) -> Plate:
    """Show the ground where a short state saw somebody all the while: as the first plate would be in its light.

    Only where that, with the light from place to place, explains all but a little of the plate, so that what is left is
    no pattern of a lamp's; and where the first plate is surer.
    """
    import cv2

    mixture = estimate_mixture(plate.image, [first.image])
    told = mixture.gain.apply(blend([first.image], mixture))
    other = (apart(shrink(plate.image), shrink(told)) > APART).view(np.uint8)
    other = np.asarray(cv2.dilate(cv2.morphologyEx(other, cv2.MORPH_OPEN, block(1)), block(1)), np.uint8)
    if other.mean() >= LITTLE:
        return plate
    height, width = plate.seen.shape
    large = cv2.resize(other, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    worse = large & (plate.support < first.support)
    return replace(plate, image=np.where(worse[..., None], told, plate.image))


def vote_in_state(
    stack: SampleStack, numbers: Sequence[int], *, calmly: bool, valid: Validity | None = None
) -> tuple[SampleStack, Votes | None, Validity | None]:
    """Bring the samples of one state of light to one exposure, and let them vote.

    Parameters
    ----------
    stack, calmly, valid
        As for `estimate_states`.
    numbers : sequence of int
        Of the state's samples.

    Returns
    -------
    stack : SampleStack
        Of these samples only.
    votes : Votes or None
        None if the majority decides.
    valid : Validity or None
        Of these samples.
    """
    heard = None if valid is None else valid.chosen(numbers)
    small = None if heard is None else heard.small(*small_size(stack.height, stack.width))
    levelled = _levelled(stack.chosen(numbers))
    return levelled, calm(levelled, LOOSE, small) if calmly else None, heard


def _levelled(stack: SampleStack) -> SampleStack:
    """Bring the samples of one state to the exposure of the median sample."""
    samples = small_pictures(stack)
    order = np.argsort(samples.mean(axis=(1, 2, 3)), kind="stable")
    ground, levelled = samples[order[len(order) // 2]], samples
    for _ in range(ROUNDS):
        gains = [mixture.gain for mixture in each(partial(_light, samples, ground), len(samples))]
        levelled = np.stack([gain.undo(sample) for gain, sample in zip(gains, samples, strict=True)])
        ground = np.asarray(np.median(levelled, axis=0), np.uint8)
    if not any(gain.noticeable for gain in gains):
        return stack
    return stack.looked_up(np.stack([gain.undoing()[:, None] for gain in gains]))


def _light(samples: Image, ground: Image, number: int) -> Mixture:
    return estimate_mixture(samples[number], [ground], around=False)


def _of_all(plate: Plate, numbers: Sequence[int], count: int) -> npt.NDArray[np.uint8]:
    """Tell the provenance by the numbers of all samples."""
    made = np.zeros((*plate.seen.shape, -(-count // 8)), np.uint8)
    for own, number in enumerate(numbers):
        made[:, :, number // 8] |= plate.made_by(own).view(np.uint8) << np.uint8(number % 8)
    return made


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
    mixtures = each(lambda number: estimate_mixture(samples[number], small_plates), len(samples))
    small = np.stack([_relit(*pair, small_plates) for pair in zip(samples, mixtures, strict=True)])

    def relight(image: Image, number: int) -> Image:
        return _relit(image, mixtures[number], images)

    relit = stack.relit(relight, small)
    main = np.array([mixture.state for mixture in mixtures])
    usual = learn(relit, images[0], valid) if masks else Noise.of_plate(plates[0].noise)
    states = []
    for number, (plate, light) in enumerate(zip(plates, brightness(small_plates), strict=True)):
        here, noise = np.flatnonzero(main == number).tolist(), usual.dimmed(light)
        if masks and here:
            noise = learn(relit, images[0], valid, here, calm=is_dark(light)).louder(noise)
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
        np.array([np.median(apart(picture, small_plates[0])) for picture in pictures], np.float32)
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


def small_pictures(stack: SampleStack) -> Image:
    """The samples at 160 pixels: uint8 array of shape (T, h, w, 3), RGB."""
    if stack.small is not None:
        return stack.small
    return np.stack([shrink(stack.image(number)) for number in range(len(stack))])


def loudness_of(stack: SampleStack) -> float:
    """Standard deviation of the small pictures' noise per channel, in 8-bit levels; 0 where there are none."""
    if stack.small is None or stack.small_neighbours is None:
        return 0.0
    return estimate_noise(stack.small, stack.small_neighbours)
