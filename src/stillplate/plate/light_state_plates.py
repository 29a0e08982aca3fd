"""A plate for each light state of the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image, Numbers
from stillplate.imaging.filters import max_difference
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

__all__ = ["estimate_state_plates", "vote_in_state"]

ROUNDS = 2  # rounds of measuring against the median of the compensated samples
MOST_DIFFERING = 0.08  # share of the image that may differ from the first plate relit: more is the pattern of a lamp
LOOSE_RULES = Rules(relative_difference=0.16, least_difference=4.0)  # compensated samples differ by twice as much


def estimate_state_plates(
    stack: SampleStack,
    groups: Sequence[Numbers],
    *,
    weighted: bool,
    valid: Validity | None = None,
    clusters: int = 2,
    memory: int = 2**30,
) -> tuple[Plate, ...]:
    """Weight the samples of each light state, and make its plate.

    Parameters
    ----------
    stack : SampleStack
    groups : K int arrays
        Numbers of each state's samples.
    weighted, valid
        As for `compensate_and_vote`.
    clusters, memory
        As for `estimate_plate`.

    Returns
    -------
    K plates
        Their provenance counts all samples.
    """
    plates: list[Plate] = []
    for group in groups:
        numbers = group.tolist()
        compensated, votes, valid_here = vote_in_state(stack, numbers, weighted=weighted, valid=valid)
        plate = estimate_plate(compensated, votes, valid=valid_here, clusters=clusters, memory=memory)
        plate = replace(plate, provenance=_renumbered_provenance(plate, numbers, len(stack)))
        plates.append(_filled(plate, plates[0]) if plates else plate)
    return tuple(plates)


def _filled(plate: Plate, first: Plate) -> Plate:
    """Fill the plate of a short state from the first plate, relit, where a foreground object never left.

    This applies only where the first plate has more support, and if relighting explains all but a small part of the
    image, so that the remaining difference is not the pattern of a lamp.
    """
    import cv2

    mixture = estimate_mixture(plate.image, [first.image])
    relit = mixture.gain.apply(blend([first.image], mixture))
    other = (max_difference(shrink(plate.image), shrink(relit)) > LEAST_DISTANCE).view(np.uint8)
    other = np.asarray(cv2.dilate(cv2.morphologyEx(other, cv2.MORPH_OPEN, block(1)), block(1)), np.uint8)
    if other.mean() >= MOST_DIFFERING:
        return plate
    height, width = plate.seen.shape
    large = cv2.resize(other, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    worse = large & (plate.support < first.support)
    return replace(plate, image=np.where(worse[..., None], relit, plate.image))


def vote_in_state(
    stack: SampleStack, numbers: Sequence[int], *, weighted: bool, valid: Validity | None = None
) -> tuple[SampleStack, Votes | None, Validity | None]:
    """Compensate the exposure of the samples of one light state, and weight them.

    Parameters
    ----------
    stack, weighted, valid
        As for `estimate_states`.
    numbers : sequence of int
        Numbers of the state's samples.

    Returns
    -------
    stack : SampleStack
        These samples only.
    votes : Votes or None
        None if the vote is by majority.
    valid : Validity or None
        For these samples.
    """
    valid_here = None if valid is None else valid.select(numbers)
    small = None if valid_here is None else valid_here.small(*small_size(stack.height, stack.width))
    compensated = _compensated(stack.chosen(numbers))
    return compensated, weigh_samples(compensated, LOOSE_RULES, small) if weighted else None, valid_here


def _compensated(stack: SampleStack) -> SampleStack:
    """Bring the samples of one state to the exposure of the median sample."""
    samples = small_pictures(stack)
    order = np.argsort(samples.mean(axis=(1, 2, 3)), kind="stable")
    ground, compensated = samples[order[len(order) // 2]], samples
    for _ in range(ROUNDS):
        gains = [mixture.gain for mixture in map_samples(partial(_light, samples, ground), len(samples))]
        compensated = np.stack([gain.undo(sample) for gain, sample in zip(gains, samples, strict=True)])
        ground = np.asarray(np.median(compensated, axis=0), np.uint8)
    if not any(gain.noticeable for gain in gains):
        return stack
    return stack.looked_up(np.stack([gain.undoing[:, None] for gain in gains]))


def _light(samples: Image, ground: Image, number: int) -> Mixture:
    return estimate_mixture(samples[number], [ground], local=False)


def _renumbered_provenance(plate: Plate, numbers: Sequence[int], count: int) -> npt.NDArray[np.uint8]:
    """Return the provenance by the numbers of all samples."""
    made = np.zeros((*plate.seen.shape, -(-count // 8)), np.uint8)
    for own, number in enumerate(numbers):
        made[:, :, number // 8] |= plate.made_by(own).view(np.uint8) << np.uint8(number % 8)
    return made
