"""A plate for each light state of the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image, Numbers
from stillplate.imaging.filters import apart
from stillplate.imaging.morphology import block
from stillplate.imaging.resize import shrink, small_size
from stillplate.photometry.mixture import Mixture, blend, estimate_mixture
from stillplate.photometry.states import LEAST_DISTANCE
from stillplate.plate.plate import Plate, estimate_plate
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.voting import Votes, weigh_samples
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.stack import SampleStack, small_pictures
from stillplate.threads import map_samples

__all__ = ["estimate_states", "vote_in_state"]

ROUNDS = 2  # the median of levelled samples is better than one of them, and so is what is measured against it
LITTLE = 0.08  # of the picture may differ, where all else is explained: more is a pattern of the lamp's
# levels: samples brought to one exposure are alike to within some, not to the noise
LOOSE = Rules(full_difference=20.0)


def estimate_states(
    stack: SampleStack,
    groups: Sequence[Numbers],
    *,
    weighted: bool,
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
        levelled, votes, heard = vote_in_state(stack, numbers, weighted=weighted, valid=valid)
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
    other = (apart(shrink(plate.image), shrink(told)) > LEAST_DISTANCE).view(np.uint8)
    other = np.asarray(cv2.dilate(cv2.morphologyEx(other, cv2.MORPH_OPEN, block(1)), block(1)), np.uint8)
    if other.mean() >= LITTLE:
        return plate
    height, width = plate.seen.shape
    large = cv2.resize(other, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    worse = large & (plate.support < first.support)
    return replace(plate, image=np.where(worse[..., None], told, plate.image))


def vote_in_state(
    stack: SampleStack, numbers: Sequence[int], *, weighted: bool, valid: Validity | None = None
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
    return levelled, weigh_samples(levelled, LOOSE, small) if weighted else None, heard


def _levelled(stack: SampleStack) -> SampleStack:
    """Bring the samples of one state to the exposure of the median sample."""
    samples = small_pictures(stack)
    order = np.argsort(samples.mean(axis=(1, 2, 3)), kind="stable")
    ground, levelled = samples[order[len(order) // 2]], samples
    for _ in range(ROUNDS):
        gains = [mixture.gain for mixture in map_samples(partial(_light, samples, ground), len(samples))]
        levelled = np.stack([gain.undo(sample) for gain, sample in zip(gains, samples, strict=True)])
        ground = np.asarray(np.median(levelled, axis=0), np.uint8)
    if not any(gain.noticeable for gain in gains):
        return stack
    return stack.looked_up(np.stack([gain.undoing()[:, None] for gain in gains]))


def _light(samples: Image, ground: Image, number: int) -> Mixture:
    return estimate_mixture(samples[number], [ground], local=False)


def _of_all(plate: Plate, numbers: Sequence[int], count: int) -> npt.NDArray[np.uint8]:
    """Tell the provenance by the numbers of all samples."""
    made = np.zeros((*plate.seen.shape, -(-count // 8)), np.uint8)
    for own, number in enumerate(numbers):
        made[:, :, number // 8] |= plate.made_by(own).view(np.uint8) << np.uint8(number % 8)
    return made
