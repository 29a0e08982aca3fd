"""Exposure compensation of the samples: measure their light against the background's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import numpy as np

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import max_difference, mean_difference
from stillplate.photometry.gain import BRIGHT, DARK, GAINS, OFFSETS, Gain, estimate_gain
from stillplate.threads import map_samples

__all__ = ["FEWEST", "LightCurve", "background_of", "measure_light_curve"]

GRID = 2500  # pixels of each sample that are measured
FEWEST = 4  # samples: with fewer, no light is the normal one
NOTICEABLE_SHIFT = 8.0  # 8-bit levels, mean over the background: least shift of the light, half of what masks tolerate
LEAST_SHIFTED_SAMPLES = 0.05  # share of the samples, two at least, that must be shifted for the light to vary
LEAST_STAINED = 0.01  # share of the plate that samples in another light would make, from which on the light varies
LEAST_TEST_SHIFT = 4.0  # 8-bit levels: a pixel that the gain would shift by more tests whether the gain holds
LEAST_SHIFTED = 1 / 3  # share of the pixels that must be shifted in one direction before a gain is estimated at first
LEAST_FOLLOWED = 1 / 3  # share of the test pixels whose difference the gain must halve, since the others may be covered
LEAST_RATIO = 3.0  # ratio of these pixels to those whose difference the gain would double, at least
MOST_LOST = 1 / 8  # share of the samples without a valid gain; with more, the scene has light states
ROUNDS = 3  # rounds of measuring against the plate of compensated samples


@dataclass(frozen=True, slots=True, eq=False)
class LightCurve:
    """Light of each of T samples against the plate's.

    Attributes
    ----------
    gains : tuple of Gain
        From the plate's light to the sample's; the identity where the change is not one of light.
    brightness : float32 array of shape (T, 3)
        Brightness of the background in red, green and blue, 1 in the plate's light: gain and bias at its mean colour.
    before, after : float32 array of shape (T,)
        Median difference between sample and plate, of the greatest channel, in 8-bit levels: before and after
        exposure compensation.
    shares : float32 array of shape (T, K)
        Share of each of the K light states in the sample's light; the sum over the states is 1.
    """

    gains: tuple[Gain, ...]
    brightness: Floats
    before: Floats
    after: Floats
    shares: Floats

    def of_first(self, count: int) -> LightCurve:
        """The light of so many samples, the first ones."""
        return LightCurve(
            self.gains[:count], self.brightness[:count], self.before[:count], self.after[:count], self.shares[:count]
        )

    @property
    def explained(self) -> float:
        """Share of the samples' difference from the plate that exposure compensation removes, 0..1."""
        return float(np.clip(1 - self.after.sum() / max(float(self.before.sum()), 1e-6), 0, 1))

    @property
    def span(self) -> float:
        """Variation of the brightness, as a share: greatest / least - 1, without one sample at each end."""
        ordered = np.sort(self.brightness, axis=0)
        return float((ordered[-2] / np.maximum(ordered[1], 1e-3)).max() - 1)


def measure_light_curve(
    samples: Image, weights: Floats | None = None, curve: LightCurve | None = None, *, always: bool = False
) -> LightCurve | None:
    """Measure the light of each sample against the background.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
        Before compensation.
    weights : float32 array of shape (T, h, w), optional
        How far each sample shows the background; their median stands for the background if omitted.
    curve : LightCurve, optional
        An earlier measurement.
    always : bool
        Whether to return changes that are not noticeable, too.

    Returns
    -------
    LightCurve or None
        Against the light of the sample nearest to the median of all. None if no change is noticeable: fewer than a
        twentieth of the samples, or one, are shifted by 8 levels or more on average, and less than a hundredth of the
        plate would be 4 levels off because only samples in another light show the background there.

    Notes
    -----
    A gain that shifts the background by 8 levels or more is tested on the pixels that it shifts by 4 or more: it must
    at least halve the difference of a third of them, and these must be three times as many as those whose difference it
    doubles. So an object that covers half of the scene is not taken for a change of light.
    """
    step = ceil((samples.shape[1] * samples.shape[2] / GRID) ** 0.5)
    seen = np.ascontiguousarray(samples[:, ::step, ::step])
    votes = None if weights is None else np.ascontiguousarray(weights[:, ::step, ::step])
    compensated = seen if curve is None else _compensate(seen, curve.gains)
    gains: list[Gain | None] = []
    ground = seen[0]
    for turn in range(ROUNDS):
        ground = background_of(compensated, votes)
        quick = turn == 0 and not always
        gains = map_samples(partial(_estimate_valid_gain, seen, ground, quick), len(seen))
        if quick and not _varies(gains, ground, votes):
            return None
        compensated = _compensate(seen, [gain or Gain.none() for gain in gains])
    if not always and gains.count(None) > MOST_LOST * len(gains):
        return None
    return _against_median(seen, ground, gains)


def background_of(images: Image, votes: Floats | None) -> Image:
    """Return the background of small images: their median, or the weighted plate if weights are given."""
    if votes is None:
        return np.asarray(np.median(images, axis=0), np.uint8)
    return kernels.dominant_cluster(images, weights=votes)[0]


def _compensate(images: Image, gains: Sequence[Gain]) -> Image:
    return np.stack([gain.undo(image) for gain, image in zip(gains, images, strict=True)])


def _varies(gains: Sequence[Gain | None], ground: Image, votes: Floats | None) -> bool:
    """Whether the light varies noticeably, in the shifted samples or in the parts of the plate that only they show."""
    known = [gain or Gain.none() for gain in gains]
    off = np.array([_shift(gain, ground) for gain in known])
    if np.count_nonzero(off >= NOTICEABLE_SHIFT) >= max(2, LEAST_SHIFTED_SAMPLES * len(off)):
        return True
    return (
        votes is not None
        and bool(off.max() >= NOTICEABLE_SHIFT / 2)
        and _stained_share(known, ground, votes) >= LEAST_STAINED
    )


def _stained_share(gains: Sequence[Gain], ground: Image, votes: Floats) -> float:
    """Return the share of the plate that the weights make in a light 4 levels or more off that of the median sample."""
    colour = ground.reshape(-1, 3).mean(axis=0, dtype=np.float64)
    stained = np.zeros(votes.shape[1:], np.bool_)
    for channel in range(3):
        levels = np.array([gain.scale[channel] * colour[channel] + gain.offset[channel] for gain in gains])
        order = np.argsort(levels, kind="stable")
        cumulative = np.cumsum(votes[order], axis=0)
        middle = levels[order][(cumulative < cumulative[-1] / 2).sum(axis=0)]
        stained |= np.abs(middle - np.median(levels)) >= NOTICEABLE_SHIFT / 2
    return float(stained.mean())


def _shift(gain: Gain, ground: Image) -> float:
    """Return the mean shift of the background by a gain, over pixels and channels, in 8-bit levels."""
    colours = ground.reshape(-1, 3).astype(np.float32)
    return float(np.abs(colours * (gain.scale - 1) + gain.offset).mean())


def _estimate_valid_gain(seen: Image, ground: Image, quick: bool, number: int) -> Gain | None:
    """Return the gain of one sample; None if too few pixels follow it."""
    image = seen[number]
    if quick and not _may_be_light(image, ground):
        return Gain.none()
    thin = slice(None, None, 2 if quick and ground.size > GRID else 1)
    gain = estimate_gain(image[thin, thin], ground[thin, thin])
    if _shift(gain, ground) < NOTICEABLE_SHIFT:
        return gain
    lit = gain.apply(ground)
    if (
        np.isin(gain.scale, np.array(GAINS, np.float32)).any()
        or np.isin(gain.offset, np.array(OFFSETS, np.float32)).any()
    ):
        return None  # at a bound: the change exceeds a camera's exposure control
    tested = (max_difference(lit, ground) >= LEAST_TEST_SHIFT) & _readable(image, ground)
    remaining, before = (max_difference(image, other)[tested] for other in (lit, ground))
    followed, opposed = np.count_nonzero(remaining < before / 2), np.count_nonzero(before < remaining / 2)
    return gain if followed >= max(LEAST_FOLLOWED * len(remaining), LEAST_RATIO * opposed) else None


def _readable(image: Image, ground: Image) -> Flags:
    """Return where neither image is so dark or so bright that it would not follow the light."""
    return np.asarray(((np.minimum(image, ground) > DARK) & (np.maximum(image, ground) < BRIGHT)).all(axis=2))


def _may_be_light(image: Image, ground: Image) -> bool:
    """Whether so much of the image is brighter, or darker, that a change of light may be the cause."""
    by = mean_difference(image, ground)
    return bool(
        max((by > LEAST_TEST_SHIFT).mean(axis=(0, 1)).max(), (by < -LEAST_TEST_SHIFT).mean(axis=(0, 1)).max())
        >= LEAST_SHIFTED
    )


def _against_median(seen: Image, ground: Image, gains: Sequence[Gain | None]) -> LightCurve:
    colour = ground.reshape(-1, 3).mean(axis=0, dtype=np.float64)
    known = [gain for gain in gains if gain is not None]
    if not known:
        known = [Gain.none()]
    shown = np.array([gain.scale * colour + gain.offset for gain in known])
    median = known[int(np.abs(shown - np.median(shown, axis=0)).sum(axis=1).argmin())]
    plate = median.apply(ground)
    tried = [Gain.none() if gain is None else _relative_to(median, gain) for gain in gains]
    lit = median.scale * colour + median.offset
    brightness = np.array([(gain.scale * lit + gain.offset) / np.maximum(lit, 1) for gain in tried], np.float32)
    before, after = (
        np.array([np.median(max_difference(image, plate)) for image in images], np.float32)
        for images in (seen, _compensate(seen, tried))
    )
    return LightCurve(tuple(tried), brightness, before, after, np.ones((len(tried), 1), np.float32))


def _relative_to(median: Gain, gain: Gain) -> Gain:
    """Return a gain relative to another: I = s·B + o and M = s'·B + o' give I = s/s'·M + o - s/s'·o'."""
    scale = gain.scale / median.scale
    against = Gain(scale, gain.offset - scale * median.offset)
    return against if against.noticeable else Gain.none()
