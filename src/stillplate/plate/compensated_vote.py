"""Exposure compensation and vote: samples brought to one light, then weighted."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Flags, Image
from stillplate.imaging.resize import shrink
from stillplate.photometry.shift import measure_light
from stillplate.plate.exposure import FEWEST, LightCurve, background_of, measure_light_curve
from stillplate.plate.votes import Rules, Votes, weigh_samples
from stillplate.sampling.stack import SampleStack

__all__ = ["compensate_and_vote"]

MOST_UNEXPLAINED = 1 / 3  # share of the cells' shift that compensation may leave, or the cause is shadows
MOST_VARIATION = 0.92  # share of the plate's total variation below which compensation has removed stains
RAMP = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(256, 1, 3)  # each 8-bit level once, as an image

DEFAULT = Rules()


def compensate_and_vote(
    stack: SampleStack, light: str, *, weighted: bool, valid: Flags | None = None, rules: Rules = DEFAULT
) -> tuple[SampleStack, Votes | None, LightCurve | None]:
    """Compensate the exposure of the samples, where it varies, and weight them.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True` if `weighted`.
    light : "auto", "fixed" or "varying"
        Whether exposure is compensated if its variation is noticeable, never, or always.
    weighted : bool
        Whether to weight the samples by `weigh_samples`; no votes if not.
    valid : bool array of shape (T, h, w), optional
    rules : Rules, optional
        As for `weigh_samples`.

    Returns
    -------
    stack : SampleStack
        In the light of the median sample; the given one if the light is fixed.
    votes : Votes or None
    curve : LightCurve or None
        None if the light is fixed.

    Notes
    -----
    The light is measured against the median of the samples, then against the weighted plate, since the median may show
    a foreground object or two lights. If either finds that the light varies, the second measurement is used, and the
    samples are weighted again. Compensation is dropped if it neither reduces the background's shift to a third nor
    removes a twelfth of the weighted plate's total variation, which edges of stains raise.
    """

    def vote(samples: SampleStack) -> Votes | None:
        return weigh_samples(samples, rules, valid) if weighted else None

    if light == "fixed" or len(stack) < FEWEST:
        return stack, vote(stack), None
    always = light == "varying"
    samples = stack.small
    if samples is None:
        samples = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    curve = measure_light_curve(samples, always=always)
    compensated = _compensated(stack, curve)
    votes = vote(compensated)
    if votes is None:
        return compensated, None, curve
    again = measure_light_curve(samples, votes.weights, curve, always=always)
    if curve is None and again is None:
        return stack, votes, None
    compensated = _compensated(stack, again)
    votes = vote(compensated)
    if votes is None or always or again is None or _reduces_shift(samples, compensated, votes):
        return compensated, votes, again
    as_taken = vote(stack)
    if as_taken is not None and _variation(compensated, votes) < MOST_VARIATION * _variation(stack, as_taken):
        return compensated, votes, again
    return stack, as_taken, None


def _variation(stack: SampleStack, votes: Votes) -> float:
    """Return the total variation of the weighted small plate, which edges of stains raise."""
    assert stack.small is not None  # present wherever samples are weighted
    ground = background_of(stack.small, votes.weights).astype(np.float32)
    return float(sum(np.abs(np.diff(ground, axis=axis)).sum() for axis in (0, 1)))


def _reduces_shift(samples: Image, compensated: SampleStack, votes: Votes) -> bool:
    """Whether compensation reduces the shift of the cells' background to a third or less, on average."""
    assert compensated.small is not None  # present wherever samples are weighted
    ground = background_of(compensated.small, votes.weights)
    before, after = (measure_light(part, ground, votes.weights).levels for part in (samples, compensated.small))
    known = np.isfinite(before) & np.isfinite(after)
    return bool(after[known].sum() <= MOST_UNEXPLAINED * before[known].sum())


def _compensated(stack: SampleStack, curve: LightCurve | None) -> SampleStack:
    if curve is None:
        return stack
    return stack.looked_up(np.stack([gain.undo(RAMP) for gain in curve.gains]))
