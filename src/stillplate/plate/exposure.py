"""The light of the samples: measured against the ground, and brought to one before they vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import numpy as np

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.errors import ParameterError
from stillplate.imaging.filters import apart, mean_difference
from stillplate.imaging.resize import shrink
from stillplate.photometry.gain import BRIGHT, DARK, GAINS, OFFSETS, Gain, estimate_gain
from stillplate.photometry.shift import measure_light
from stillplate.plate.votes import Rules, Votes, weigh_samples
from stillplate.sampling.stack import SampleStack
from stillplate.threads import map_samples

__all__ = ["LIGHTS", "LightCurve", "check_light", "trace_light", "vote_in_one_light"]

LIGHTS = ("auto", "fixed", "varying")

GRID = 2500  # pixels of each sample to look at: the light is the same all over
FEWEST = 4  # samples: of fewer, none is the exception
NOTICED = 8.0  # levels, the mean over the ground: half of what masks leave to light
OFTEN = 0.05  # of the samples, two at least, are so far off: the light varies ...
STAINED = 0.01  # ... as it does where so much of the plate, half as far off, would be made in another light
TELLING = 4.0  # levels: a pixel on which the light would shift so much, tells whether it did
TOLD = 1 / 3  # of the pixels must be off by so much to one side, or the light is not asked about at a glance
FOLLOWED = 1 / 3  # of the pixels that tell must come twice as near: all else may be covered ...
AGAINST = 3.0  # ... and be so many times as many as those to which it would do the opposite
LOST = 1 / 8  # of the samples may follow no gain; if more do not, the scene has states of light, such as a lamp's
UNEXPLAINED = 1 / 3  # of how far the cells' ground is off may be left, or it is no light of all: men cast shade
STAINLESS = 0.92  # of the plate's total variation may be left, and it was stained: then it is, whatever men shade
ROUNDS = 3  # the plate of levelled samples is better, and so is what is measured against it
RAMP = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(256, 1, 3)

DEFAULT = Rules()


@dataclass(frozen=True, slots=True, eq=False)
class LightCurve:
    """The light of each of T samples against the plate's.

    Attributes
    ----------
    gains : tuple of Gain
        From the plate's light to the sample's; none where the change is no change of light.
    brightness : float32 array of shape (T, 3)
        Of the ground in red, green and blue: 1 in the plate's light. Gain and bias in one, at the ground's mean colour.
    before, after : float32 array of shape (T,)
        Median distance of the sample from the plate, of the channel farthest off, in 8-bit levels: as it was, and in
        the plate's light.
    shares : float32 array of shape (T, K)
        Of which of the K states of light the sample's is made, and how much of each; their sum is 1.
    """

    gains: tuple[Gain, ...]
    brightness: Floats
    before: Floats
    after: Floats
    shares: Floats

    @property
    def explained(self) -> float:
        """Share of the samples' distance from the plate that was the light's, 0..1."""
        return float(np.clip(1 - self.after.sum() / max(float(self.before.sum()), 1e-6), 0, 1))

    @property
    def span(self) -> float:
        """How far the brightness varies, as a share: most / least - 1, leaving out one sample at each end."""
        ordered = np.sort(self.brightness, axis=0)
        return float((ordered[-2] / np.maximum(ordered[1], 1e-3)).max() - 1)


def check_light(light: str) -> None:
    """Refuse a light that there is not."""
    if light not in LIGHTS:
        raise ParameterError(f"light is {light!r}, but one of {', '.join(LIGHTS)} is needed")


def vote_in_one_light(
    stack: SampleStack, light: str, *, weighted: bool, valid: Flags | None = None, rules: Rules = DEFAULT
) -> tuple[SampleStack, Votes | None, LightCurve | None]:
    """Bring the samples to one light, where it varies, and let them vote.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True` if `weighted`.
    light : "auto", "fixed" or "varying"
        Whether that is done at all, done where noticed, or always.
    calmly : bool
        Whether to vote as `calm` does; nobody votes if not.
    valid : bool array of shape (T, h, w), optional
    rules : Rules, optional
        As for `calm`.

    Returns
    -------
    stack : SampleStack
        In the light of the median sample. The one that was given where the light is fixed.
    votes : Votes or None
    curve : LightCurve or None
        None where the light is fixed.

    Notes
    -----
    The light is measured against the median of the samples, and again against the plate that they elect: with a man in
    the median, or two lights in it, the first is a guess. If either finds that the light varies, the second counts, and
    the vote is repeated in its light. It is that of the samples as they are, if levelling neither brings the ground to
    a third of its distance nor takes a twelfth of the elected plate's total variation, the rims of stains, away.
    """

    def vote(samples: SampleStack) -> Votes | None:
        return weigh_samples(samples, rules, valid) if weighted else None

    if light == "fixed" or len(stack) < FEWEST:
        return stack, vote(stack), None
    always = light == "varying"
    samples = stack.small
    if samples is None:
        samples = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    curve = trace_light(samples, always=always)
    levelled = _in_light(stack, curve)
    votes = vote(levelled)
    if votes is None:
        return levelled, None, curve
    again = trace_light(samples, votes.weights, curve, always=always)
    if curve is None and again is None:
        return stack, votes, None
    levelled = _in_light(stack, again)
    votes = vote(levelled)
    if votes is None or always or again is None or _explains(samples, levelled, votes):
        return levelled, votes, again
    as_taken = vote(stack)
    if as_taken is not None and _variation(levelled, votes) < STAINLESS * _variation(stack, as_taken):
        return levelled, votes, again
    return stack, as_taken, None


def _variation(stack: SampleStack, votes: Votes) -> float:
    """Total variation of the small plate that is elected: stains have rims."""
    assert stack.small is not None  # who votes has them
    ground = _elect(stack.small, votes.weights).astype(np.float32)
    return float(sum(np.abs(np.diff(ground, axis=axis)).sum() for axis in (0, 1)))


def _explains(samples: Image, levelled: SampleStack, votes: Votes) -> bool:
    """Whether the ground of the cells of the picture comes to a third of its distance, on average, or less."""
    assert levelled.small is not None  # who votes has them
    ground = _elect(levelled.small, votes.weights)
    before, after = (measure_light(part, ground, votes.weights).levels for part in (samples, levelled.small))
    told = np.isfinite(before) & np.isfinite(after)
    return bool(after[told].sum() <= UNEXPLAINED * before[told].sum())


def _in_light(stack: SampleStack, curve: LightCurve | None) -> SampleStack:
    if curve is None:
        return stack
    return stack.looked_up(np.stack([gain.undo(RAMP) for gain in curve.gains]))


def trace_light(
    samples: Image, weights: Floats | None = None, curve: LightCurve | None = None, *, always: bool = False
) -> LightCurve | None:
    """Measure the light of each sample against the ground that most of them show.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
        As they were taken.
    weights : float32 array of shape (T, h, w), optional
        How far each shows the ground; the ground is their median if not given.
    curve : LightCurve, optional
        What is known of the light already.
    always : bool
        Whether to tell of changes that nobody would notice.

    Returns
    -------
    LightCurve or None
        Against the light of the sample that is nearest to the median of all. None where nothing is noticed: fewer than
        a twentieth of the samples, or one, are off by 8 levels or more on average, and less than a hundredth of the
        plate would be 4 levels off because only samples in another light show the ground there.

    Notes
    -----
    A gain that shifts the ground by 8 levels or more must be followed: of the pixels that it would shift by 4 or more,
    a third at least must come to half their distance from the plate or less, and three times as many as those which it
    would bring to twice theirs. So a scene of which half is covered or painted is not taken for one in another light.
    """
    step = ceil((samples.shape[1] * samples.shape[2] / GRID) ** 0.5)
    seen = np.ascontiguousarray(samples[:, ::step, ::step])
    votes = None if weights is None else np.ascontiguousarray(weights[:, ::step, ::step])
    levelled = seen if curve is None else _undone(seen, curve.gains)
    gains: list[Gain | None] = []
    ground = seen[0]
    for turn in range(ROUNDS):
        ground = _elect(levelled, votes)
        at_a_glance = turn == 0 and not always
        gains = map_samples(partial(_followed, seen, ground, at_a_glance), len(seen))
        if at_a_glance and not _varies(gains, ground, votes):
            return None
        levelled = _undone(seen, [gain or Gain.none() for gain in gains])
    if not always and gains.count(None) > LOST * len(gains):
        return None
    return _against_median(seen, ground, gains)


def _elect(pictures: Image, votes: Floats | None) -> Image:
    if votes is None:
        return np.asarray(np.median(pictures, axis=0), np.uint8)
    return kernels.plate(pictures, weights=votes)[0]


def _undone(pictures: Image, gains: Sequence[Gain]) -> Image:
    return np.stack([gain.undo(picture) for gain, picture in zip(gains, pictures, strict=True)])


def _varies(gains: Sequence[Gain | None], ground: Image, votes: Floats | None) -> bool:
    """Whether the light is noticed: in samples that are far off, or in parts of the plate that they alone show."""
    known = [gain or Gain.none() for gain in gains]
    off = np.array([_shift(gain, ground) for gain in known])
    if np.count_nonzero(off >= NOTICED) >= max(2, OFTEN * len(off)):
        return True
    return votes is not None and bool(off.max() >= NOTICED / 2) and _stained(known, ground, votes) >= STAINED


def _stained(gains: Sequence[Gain], ground: Image, votes: Floats) -> float:
    """Share of the plate that the votes would make in a light 4 levels or more off that of the median sample."""
    colour = ground.reshape(-1, 3).mean(axis=0, dtype=np.float64)
    stained = np.zeros(votes.shape[1:], np.bool_)
    for channel in range(3):
        levels = np.array([gain.scale[channel] * colour[channel] + gain.offset[channel] for gain in gains])
        order = np.argsort(levels, kind="stable")
        heard = np.cumsum(votes[order], axis=0)
        middle = levels[order][(heard < heard[-1] / 2).sum(axis=0)]
        stained |= np.abs(middle - np.median(levels)) >= NOTICED / 2
    return float(stained.mean())


def _shift(gain: Gain, ground: Image) -> float:
    """How far the gain shifts the ground, mean over pixels and channels, in 8-bit levels."""
    colours = ground.reshape(-1, 3).astype(np.float32)
    return float(np.abs(colours * (gain.scale - 1) + gain.offset).mean())


def _followed(seen: Image, ground: Image, at_a_glance: bool, number: int) -> Gain | None:
    """Estimate the light of one picture; None if too little of it follows."""
    picture = seen[number]
    if at_a_glance and not _asks(picture, ground):
        return Gain.none()
    thin = slice(None, None, 2 if at_a_glance and ground.size > GRID else 1)
    gain = estimate_gain(picture[thin, thin], ground[thin, thin])
    if _shift(gain, ground) < NOTICED:
        return gain
    lit = gain.apply(ground)
    if (
        np.isin(gain.scale, np.array(GAINS, np.float32)).any()
        or np.isin(gain.offset, np.array(OFFSETS, np.float32)).any()
    ):
        return None  # cut off: the light is farther off than a camera brings it by itself
    tells = (apart(lit, ground) >= TELLING) & _readable(picture, ground)
    left, away = (apart(picture, other)[tells] for other in (lit, ground))
    followed, opposed = np.count_nonzero(left < away / 2), np.count_nonzero(away < left / 2)
    return gain if followed >= max(FOLLOWED * len(left), AGAINST * opposed) else None


def _readable(picture: Image, ground: Image) -> Flags:
    """Where neither is so dark or so bright that it could not follow the light."""
    return np.asarray(((np.minimum(picture, ground) > DARK) & (np.maximum(picture, ground) < BRIGHT)).all(axis=2))


def _asks(picture: Image, ground: Image) -> bool:
    """Whether so much of the picture is brighter, or darker, that light could be the cause."""
    by = mean_difference(picture, ground)
    return bool(max((by > TELLING).mean(axis=(0, 1)).max(), (by < -TELLING).mean(axis=(0, 1)).max()) >= TOLD)


def _against_median(seen: Image, ground: Image, gains: Sequence[Gain | None]) -> LightCurve:
    colour = ground.reshape(-1, 3).mean(axis=0, dtype=np.float64)
    known = [gain for gain in gains if gain is not None]
    if not known:
        known = [Gain.none()]
    shown = np.array([gain.scale * colour + gain.offset for gain in known])
    median = known[int(np.abs(shown - np.median(shown, axis=0)).sum(axis=1).argmin())]
    plate = median.apply(ground)
    tried = [Gain.none() if gain is None else _from(median, gain) for gain in gains]
    lit = median.scale * colour + median.offset
    brightness = np.array([(gain.scale * lit + gain.offset) / np.maximum(lit, 1) for gain in tried], np.float32)
    before, after = (
        np.array([np.median(apart(picture, plate)) for picture in pictures], np.float32)
        for pictures in (seen, _undone(seen, tried))
    )
    return LightCurve(tuple(tried), brightness, before, after, np.ones((len(tried), 1), np.float32))


def _from(median: Gain, gain: Gain) -> Gain:
    """Tell a light against another: I = s·B + o and M = s'·B + o' give I = s/s'·M + o - s/s'·o'."""
    scale = gain.scale / median.scale
    against = Gain(scale, gain.offset - scale * median.offset)
    return against if against.noticeable else Gain.none()
