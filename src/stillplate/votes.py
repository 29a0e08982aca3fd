"""How much each sample of each pixel may vote: the ground is what is calm and what recurs, and has no ghost on it.

All of it happens on small pictures, 160 pixels at the longer side: votes are smooth. Arrays over samples have axes
(T, h, w); differences are in 8-bit levels, fractions of the picture in shares of its longer side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.errors import ParameterError
from stillplate.stack import SampleStack, small_size
from stillplate.video.source import Image

__all__ = ["VOTES", "Votes", "calm", "check_vote"]

VOTES = ("calm", "majority")

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
T = TypeVar("T")

AGREEMENT_SIDE = (
    80  # pixels, long side of the pictures whose 3 x 3 patches are compared: patches of 1/27 of the picture.
)
# Larger ones are never free of leaves where these cover three quarters of the ground.
DIFFERENT = 10.0  # levels at which a pixel of two samples differs fully: half of what counts as an error, 20 ...
NOISES = 3.0  # ... or so many sigmas where the picture is noisier, up to those 20
SHARPNESS = 4.0  # agreement = exp(-4 · share of the patch that differs): e^-4 = 2 % where all of it does
CALM_BOXES = (8, 20)  # fractions of the picture over which calm is measured
CALM = 0.6  # each of the four ranks: exp(-0.6 · tell · rank/T); e^-2.4 for the most restless sample, all together
RECURRENCE = 12.0  # (R / max R)^12: the samples within some 10 % of the one that is confirmed best decide
ROUNDS = (16, 25, 40, 75)  # fractions of the picture over which a sample is held to the plate, from coarse to fine
BOX_ERROR = 15.0  # exp(-15 · share of the box that differs): three of ten different pixels leave 1 %
FRAME_ERROR = 3.0  # exp(-3 · mean error of the frame), as BB-SGD
MOTION = 2.0  # exp(-2 · tell · flow), as BB-SGD
STRANGE = 64.0  # an error e = |I - B|_1 counts tanh(e / 64): BB-SGD's 255/4
GHOST = (
    0.2  # mean evidence of the contours that convicts a ghost (0: undecided; 1: all of the outline is the plate's) ...
)
NEAR_GHOST = 0.1  # ... and what hangs together with it
DOUBT = 1 / 32  # evidence from T/32 samples is half believed
TRIALS = 4  # rounds of conviction at most
FEW = 2e-4  # share of the picture under which a conviction changes nothing
STEP = 2  # pixels on either side of a contour
BIG = 0.25  # share of the picture: of larger blobs the outline tells nothing
RIM = 2  # pixels by which a convicted region grows: the patches' radius on this picture, which blurs its rim
SHOWN_BOX = (
    75  # at last a sample shows the ground with 1 / (1 + (m / 0.5)^8), m the mean of tanh(e / 100) in a box of 1/75:
)
SHOWN = (100.0, 0.5)  # light and shade may change, the plate is their median ...
SHOWN_BY_GHOST = (64.0, 0.2)  # ... but where a ghost was, its samples may be the many, and only what is close counts
FALL = 8
SUPPORT = 1.25  # support = (mean of the weights)^1.25: calibrated so that 0.6 parts right from wrong (docs/method.md)


@dataclass(frozen=True, slots=True)
class Votes:
    """How much each sample may vote.

    Attributes
    ----------
    weights : float32 array of shape (T, h, w), 0..1
        Of the samples in the order of time, on the small picture.
    support : float32 array of shape (h, w), 0..1
        How sure the plate will be: from the share of the samples that show it.
    noise : float, 8-bit levels
        Standard deviation of the small picture's noise per channel.
    """

    weights: Floats
    support: Floats
    noise: float

    def rows(self, rows: slice, height: int, width: int) -> tuple[Floats, Floats]:
        """Bring a band of rows to the full size, between the small pixels' centres in straight lines.

        Parameters
        ----------
        rows : slice
            Of the full picture.
        height, width : int
            Of the full picture, in pixels.

        Returns
        -------
        weights : float32 array of shape (T, rows, width)
        support : float32 array of shape (rows, width)
            Both the same for any way to cut the picture into bands.
        """
        return _grown(self.weights, rows, height, width), _grown(self.support[None], rows, height, width)[0]

    @property
    def merge(self) -> float:
        """Levels between the mean colours of two clusters under which they are one: two sigmas, but 2 to 20."""
        return min(max(2.0, 2 * self.noise), 20.0)


def _grown(pictures: Floats, rows: slice, height: int, width: int) -> Floats:
    import cv2

    count, small_height, small_width = pictures.shape
    if (small_height, small_width) == (height, width):
        return pictures[:, rows]
    place = np.clip((np.arange(rows.start, rows.stop) + 0.5) * (small_height / height) - 0.5, 0, small_height - 1)
    above = np.floor(place).astype(np.intp)
    below = np.minimum(above + 1, small_height - 1)
    share = (place - above).astype(np.float32)[:, None]
    lines = (pictures[:, above] * (1 - share) + pictures[:, below] * share).reshape(-1, small_width)
    wide = cv2.resize(lines, (width, len(lines)), interpolation=cv2.INTER_LINEAR)  # each line by itself
    return np.asarray(wide, np.float32).reshape(count, -1, width)


def check_vote(vote: str) -> None:
    """Refuse a vote that there is not."""
    if vote not in VOTES:
        raise ParameterError(f"vote is {vote!r}, but one of {', '.join(VOTES)} is needed")


def calm(stack: SampleStack) -> Votes:
    """Weigh the samples: who shows the ground votes, who shows something before it does not.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`.

    Returns
    -------
    Votes

    Raises
    ------
    ParameterError
        If the stack has no small pictures.

    Notes
    -----
    Five ideas, one after the other, each a function here: calm samples (`judge_motion`) confirm what recurs
    (`recurrence`); the plate that they elect weighs the samples anew, in ever smaller boxes (`revote`); things that
    stood still are found by their contours, which the plate has and the frames lack (`find_ghosts`), and voted out
    (`lay_ghosts`). What votes in the end is how far each sample shows the ground (`show_ground`).

    References
    ----------
    .. [1] B. Laugraud, S. Piérard, M. Van Droogenbroeck, "LaBGen-P: a pixel-level stationary background generation
       method based on LaBGen", ICPR 2016. :doi:`10.1109/ICPR.2016.7899617`
    .. [2] B. Laugraud, M. Van Droogenbroeck, "Is a memoryless motion detection truly relevant for background generation
       with LaBGen?" (LaBGen-OF), ACIVS 2017. :doi:`10.1007/978-3-319-70353-4_38`
    .. [3] B. Sauvalle, A. de La Fortelle, "Fast and accurate background reconstruction using background bootstrapping"
       (BB-SGD), J. Imaging 8(1), 2022. :doi:`10.3390/jimaging8010009`
    .. [4] T. Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016.
       :doi:`10.1007/978-3-319-46493-0_29`
    """
    if stack.small is None or stack.small_neighbours is None:
        raise ParameterError("the stack has no small pictures, which the vote needs: gather with neighbours=True")
    samples = stack.small
    noise = estimate_noise(samples, stack.small_neighbours)
    motion = judge_motion(samples, stack.small_neighbours)
    agreement = Agreement(samples, noise)
    plate = elect(samples, recurrence(motion.calm, agreement))
    plate, weights = revote(samples, plate, motion, ROUNDS)
    haunted = np.zeros(plate.shape[:2], np.bool_)
    for _ in range(TRIALS):
        ghosts = find_ghosts(samples, plate, agreement, noise)
        if ghosts.any(axis=0).mean() < FEW:
            break
        plate = elect(samples, lay_ghosts(ghosts, weights, haunted))
        plate, weights = revote(samples, plate, motion, ROUNDS[-2:])
    shown = show_ground(samples, plate, haunted)
    return Votes(shown, np.clip(shown.mean(axis=0), 0, 1) ** np.float32(SUPPORT), noise)


def elect(samples: Image, weights: Floats) -> Image:
    """Make the small plate for these votes."""
    return kernels.plate(samples, weights=weights)[0]


def estimate_noise(samples: Image, neighbours: Image) -> float:
    """Sigma of the small picture per channel, in 8-bit levels.

    Of each pixel the calmest tenth of |sample - neighbour| (the mean of three channels: its 10 % quantile is about
    0.3 · sqrt(2) sigma), in the calmer quarter of the picture: one full of leaves still gives the sensor's noise.
    """
    rank = len(samples) // 10
    apart = np.stack(_each(lambda t: _distance(samples[t], neighbours[t]), len(samples)))
    calmest = np.partition(apart, rank, axis=0)[rank]
    return float(np.quantile(calmest / 3, 0.25)) / (0.3 * 2**0.5)


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves between each sample and its neighbour.

    Attributes
    ----------
    calm : float32 array of shape (T, h, w), 0..1
        Votes of the calm.
    unrest : float32 array of shape (T, h, w), 0..1
        Length of the optical flow, 1 for the longest of all, times the tell.
    """

    calm: Floats
    unrest: Floats


def judge_motion(samples: Image, neighbours: Image) -> Motion:
    """Rank every pixel's samples by what moves around them: calm = Π exp(-0.6 · tell · rank / T).

    The product is over the difference to the neighbour and the optical flow, each as its mean in boxes of 1/8 and
    1/20 of the picture. tell = 1 - |sample - neighbour| / |sample - stranger|: how far to believe any of this. In a
    clip of a few frames, far apart, a neighbour is no nearer than a stranger, and motion tells nothing.
    """
    count = len(samples)
    apart = np.stack(_each(lambda t: _distance(samples[t], neighbours[t]), count)).astype(np.float32)
    tell = _tell(samples, float(apart.mean(dtype=np.float64)))
    if tell == 0:
        return Motion(np.ones(apart.shape, np.float32), np.zeros(apart.shape, np.float32))
    flow = np.stack(_each(lambda t: optical_flow(samples[t], neighbours[t]), count))
    ranks = np.zeros(apart.shape, np.int32)
    for fraction in CALM_BOXES:
        for unrest in (apart, flow):
            ranks += kernels.rank(_boxed(unrest, fraction))
    scale = np.float32(tell / max(float(flow.max()), 1e-6))
    return Motion(np.exp(ranks.astype(np.float32) * np.float32(-CALM * tell / count)), flow * scale)


def _tell(samples: Image, apart: float) -> float:
    count = len(samples)
    if count < 4:
        return 0.0
    strange = np.mean([_mean_distance(samples, np.roll(samples, shift, axis=0)) for shift in (count // 3, count // 2)])
    return float(np.clip(1 - apart / max(float(strange), 1e-6), 0, 1))


def optical_flow(sample: Image, neighbour: Image) -> Floats:
    """Length of the dense optical flow between two small pictures, in pixels (Kroeger 2016)."""
    import cv2

    if min(sample.shape[:2]) < 16:  # less than two of its patches
        return np.zeros(sample.shape[:2], np.float32)
    method = cv2.DISOpticalFlow.create(cv2.DISOpticalFlow_PRESET_FAST)
    first, second = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (sample, neighbour))
    flow = method.calc(first, second, np.zeros((*sample.shape[:2], 2), np.float32))
    return np.hypot(flow[:, :, 0], flow[:, :, 1])


class Agreement:
    """Which samples show the same around a pixel: A_tu = exp(-4 · share of the 3 x 3 patch that differs).

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB
    noise : float
        Sigma, in 8-bit levels.
    """

    def __init__(self, samples: Image, noise: float) -> None:
        _, height, width, _ = samples.shape
        self._size, self._small = (height, width), small_size(height, width, AGREEMENT_SIDE)
        self._pictures = np.stack(_each(lambda t: _resized(samples[t], self._small), len(samples))).astype(np.uint8)
        self._full = round(min(max(NOISES * noise, DIFFERENT), 2 * DIFFERENT))

    def heard(self, *votes: Floats) -> list[Floats]:
        """Add up, for every sample, what those say that agree with it: Σ_u A_tu · votes_u.

        Parameters
        ----------
        *votes : float32 arrays of shape (T, h, w)

        Returns
        -------
        list of float32 arrays of shape (T, h, w)
        """
        small = np.stack([_all_resized(vote, self._small) for vote in votes])
        sums = kernels.agree(self._pictures, small, full=self._full, sharpness=SHARPNESS)
        return [_all_resized(sum_, self._size) for sum_ in sums]


def recurrence(calm: Floats, agreement: Agreement) -> Floats:
    """Weigh each sample by what confirms it: (R / max R)^12, R_t = Σ_u A_tu · calm_u.

    The ground comes back after every passer-by, the same each time; leaves and people seldom look alike twice.
    """
    (confirmed,) = agreement.heard(calm)
    return np.asarray((confirmed / confirmed.max(axis=0)) ** np.float32(RECURRENCE), np.float32)


def revote(samples: Image, plate: Image, motion: Motion, rounds: Sequence[int]) -> tuple[Image, Floats]:
    """Hold the samples to the plate, let them elect another, and again in ever smaller boxes.

    w = exp(-15 · box(tanh(e / 64)) - 3 · mean of e / 765 over the frame - 2 · unrest), e = |I - B|_1: the weights of
    BB-SGD, annealed. In a wide box a man who stands there is still different from the street behind him; in the small
    one, at last, no limb of his is left.
    """
    strange = np.tanh(np.arange(766) / STRANGE).astype(np.float32)

    def weigh(fraction: int, t: int) -> Floats:
        error = _distance(samples[t], plate)
        whole = FRAME_ERROR * float(error.mean(dtype=np.float64)) / 765
        near = _box(strange[error], fraction)
        return np.asarray(np.exp(-BOX_ERROR * near - MOTION * motion.unrest[t] - np.float32(whole)), np.float32)

    for fraction in rounds:
        weights = np.stack(_each(partial(weigh, fraction), len(samples)))
        plate = elect(samples, weights)
    return plate, weights


def find_ghosts(samples: Image, plate: Image, agreement: Agreement, noise: float) -> Flags:
    """Find what is not in the samples but in the plate: things that stood still there for long, and left.

    Where a sample differs from the plate, either it shows something that the plate does not, or the plate shows
    something that was gone. Whose it is, the contour tells: it runs through the picture that has the thing
    (`weigh_contours`). The samples that agree with each other there share their evidence; its mean convicts.

    Returns
    -------
    bool array of shape (T, h, w)
        The samples that show the ground where the plate has a ghost.
    """
    import cv2

    level = min(max(6 * noise, 15.0), 20.0)
    verdicts = _each(lambda t: weigh_contours(samples[t], plate, level), len(samples))
    evidence, differs = (np.stack(part) for part in zip(*verdicts, strict=True))
    if not differs.any():
        return differs
    found, weight = agreement.heard(evidence, differs.astype(np.float32))
    mean = found / (weight + np.float32(DOUBT * len(samples)))
    best = np.where(differs, mean, np.float32(0)).max(axis=0)
    pieces, label = cv2.connectedComponents((best > NEAR_GHOST).astype(np.uint8), connectivity=4)
    guilty = np.zeros(pieces, np.bool_)
    guilty[np.unique(label[best > GHOST])] = True
    guilty[0] = False
    return differs & (mean > NEAR_GHOST) & guilty[label]


def weigh_contours(sample: Image, plate: Image, level: float) -> tuple[Floats, Flags]:
    """Say of each blob where they differ whether its contour runs through the plate (1) or through the sample (-1).

    Across the outline, 2 pixels to either side, the plate jumps by b and the sample by i, levels. A blob's evidence
    is Σ (b - i) / Σ (max(b, i) + 1); less for a blob that has little outline for its size, because it leaves the
    picture, and for one of more than a quarter of the picture.

    Returns
    -------
    evidence : float32 array of shape (h, w), -1..1
    differs : bool array of shape (h, w)
        The blobs.
    """
    import cv2

    apart = _distance(sample, plate).astype(np.float32)
    differs = np.asarray(cv2.blur(apart, (3, 3)) > 3 * level)
    pieces, label, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=4)
    if pieces == 1:
        return np.zeros(differs.shape, np.float32), differs
    surplus, jump, length = np.zeros(pieces), np.zeros(pieces), np.zeros(pieces)
    for axis in (0, 1):
        first, second = _sides(label, axis)
        outline = (first > 0) != (second > 0)
        blob = np.maximum(first, second)[outline]
        in_plate, in_sample = (_distance(*_sides(image, axis))[outline] / 3 for image in (plate, sample))
        surplus += np.bincount(blob, in_plate - in_sample, minlength=pieces)
        jump += np.bincount(blob, np.maximum(in_plate, in_sample) + 1, minlength=pieces)
        length += np.bincount(blob, minlength=pieces) / (2 * STEP)
    area = stats[:, cv2.CC_STAT_AREA]
    closed = np.minimum(1, length / (4 * np.sqrt(np.maximum(area, 1))))  # 4 sqrt(area): the outline of a square
    small = np.clip(2 - area / (differs.size * BIG), 0, 1)
    evidence = surplus / np.maximum(jump, 1e-6) * closed * small
    evidence[0] = 0
    return evidence.astype(np.float32)[label], differs


def lay_ghosts(ghosts: Flags, weights: Floats, haunted: Flags) -> Floats:
    """Give the votes of a haunted pixel to the samples that show its ground; 1/1000 is left to the others.

    Parameters
    ----------
    ghosts : bool array of shape (T, h, w)
        As found; each sample's grow by 2 pixels here.
    weights : float32 array of shape (T, h, w)
        Of the last round.
    haunted : bool array of shape (h, w)
        Those of earlier rounds; these are added.
    """
    import cv2

    rim = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    grown = np.stack([cv2.dilate(ghost.view(np.uint8), rim) for ghost in ghosts]).astype(np.bool_)
    here = grown.any(axis=0)
    haunted |= here
    return np.where(grown, np.float32(1), np.where(here, np.float32(1e-3), weights / weights.max(axis=0)))


def show_ground(samples: Image, plate: Image, haunted: Flags) -> Floats:
    """Weigh each sample by whether it shows the ground: 1 / (1 + (m / 0.5)^8), m = box(tanh(e / 100)), e = |I - B|_1.

    m is taken from the least of the pixel's samples on: one of them is the nearest there is to the ground. Where a
    ghost was, 0.2 and 64 stand in place of 0.5 and 100.
    """
    import cv2

    loose = _near(samples, plate, *SHOWN)
    if not haunted.any():
        return loose
    share = cv2.blur(haunted.astype(np.float32), (2 * RIM + 1, 2 * RIM + 1))
    return np.asarray(loose * (1 - share) + _near(samples, plate, *SHOWN_BY_GHOST) * share, np.float32)


def _near(samples: Image, plate: Image, far: float, half: float) -> Floats:
    strange = np.tanh(np.arange(766) / far).astype(np.float32)
    share = np.stack(_each(lambda t: _box(strange[_distance(samples[t], plate)], SHOWN_BOX), len(samples)))
    share -= share.min(axis=0)
    share *= np.float32(1 / half)
    return np.asarray(1 / (1 + share**FALL), np.float32)


def _sides(image: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The pixels on either side of a contour: 2 before and 2 after, down the rows or along the columns."""
    before = (slice(None),) * axis
    return image[(*before, slice(None, -2 * STEP))], image[(*before, slice(2 * STEP, None))]


def _distance(a: Image, b: Image) -> npt.NDArray[np.uint16]:
    """Sum of the absolute differences of the channels, 0..765."""
    import cv2

    apart = cv2.absdiff(a, b) if a.size else a
    return apart[..., 0].astype(np.uint16) + apart[..., 1] + apart[..., 2]


def _mean_distance(samples: Image, others: Image) -> float:
    return float(np.mean([_distance(a, b).mean(dtype=np.float64) for a, b in zip(samples, others, strict=True)]))


def _box(picture: Floats, fraction: int) -> Floats:
    """Mean over a box of 1/fraction of the picture's longer side."""
    import cv2

    side = 2 * int(max(picture.shape) / fraction / 2) + 1
    return np.asarray(cv2.blur(picture, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _boxed(pictures: Floats, fraction: int) -> Floats:
    return np.stack(_each(lambda t: _box(pictures[t], fraction), len(pictures)))


def _all_resized(pictures: Floats, size: tuple[int, int]) -> Floats:
    return np.stack(_each(lambda t: _resized(pictures[t], size), len(pictures))).astype(np.float32, copy=False)


def _resized(picture: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Bring a picture to another size: means where it becomes smaller, straight lines where it grows."""
    import cv2

    height, width = size
    if picture.shape[:2] == (height, width):
        return picture
    smaller = height * width < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def _each(work: Callable[[int], T], count: int) -> list[T]:
    """Do something for every sample, in threads; each is one thread's alone."""
    return list(_pool().map(work, range(count)))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="stillplate-vote")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads
