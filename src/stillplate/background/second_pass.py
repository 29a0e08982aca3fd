"""A second pass over the clip: more samples where the ground is seldom seen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Image, Numbers
from stillplate.background.samples import Samples
from stillplate.imaging.resize import nearest_rows, shrink
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource
from stillplate.plate.plate import CERTAIN, Plate
from stillplate.plate.votes import Rules, Votes, weigh
from stillplate.plate.votes.ghosts import contour_evidence, difference_level
from stillplate.plate.votes.revote import DILATION, HEAVIEST, weighted_plate
from stillplate.sampling.exclusion import Excluded, Validity
from stillplate.sampling.gather import Progress, choose
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.span import Span
from stillplate.sampling.stores import Store, open_store

__all__ = ["SecondPass", "sample_again"]

DOUBTFUL = 0.3  # support under which more samples are taken: fewer than four of ten show the ground
LEAST_DOUBTFUL = 0.01  # share of the picture: less is not worth another pass
MOST_SAMPLES = 400  # samples of both passes at most, since the time of the vote goes with their square
MOST_TIMES = 7  # times the samples of the first pass at most, so that few of these stay quick
MARGIN = 2  # small pixels around doubtful ones, at which weights are interpolated
BAND = 2**24  # bytes of samples that are clustered at a time
RULES = Rules(
    agreement_side=40,  # patches of 1/13 of the image: of more samples, some show larger pieces of the ground
    neighbour_rounds=2,
    most_voters=MOST_SAMPLES,
)


@dataclass(frozen=True, slots=True)
class SecondPass:
    """More samples, read where the ground is seldom seen.

    Attributes
    ----------
    frames : int
        Number of the frames that were read.
    doubtful : bool array of shape (h, w)
        Where they count, on the small image.
    shows : int array of shape (h, w)
        Number of the samples, of both passes, that show the ground.
    """

    frames: int
    doubtful: Flags
    shows: Numbers

    @property
    def share(self) -> float:
        """Share of the picture where they count, 0..1."""
        return float(self.doubtful.mean())


@dataclass(frozen=True, slots=True)
class _MoreSamples:
    """The frames of the second pass: small, and at full size in the box around what is doubtful."""

    box: tuple[slice, slice]
    store: Store
    small: Image
    times: tuple[Fraction, ...]

    def rows(self, rows: slice) -> Image:
        """Read rows, numbered as in the whole frame, in the columns of the box."""
        top = self.box[0].start
        return np.asarray(self.store.read(range(len(self.times)), slice(rows.start - top, rows.stop - top)), np.uint8)


def sample_again(
    frames: FrameSource,
    samples: Samples,
    plate: Plate,
    votes: Votes,
    valid: Validity | None,
    excluded: Excluded,
    sampling: SamplingOptions,
    *,
    clusters: int = 2,
    progress: Progress | None = None,
) -> tuple[Plate, Votes, SecondPass | None]:
    """Draw more samples where the support is less than 0.3, and make the plate anew there.

    Parameters
    ----------
    frames : FrameSource
        The clip.
    samples : Samples
        Of the first pass, as they were gathered: of a camera that stands, in a light that is fixed.
    plate, votes
        Of these samples.
    valid : Validity or None
        Which of these samples count where; None if all do.
    excluded : Excluded
        From which that of more samples follows.
    sampling : SamplingOptions
        Up to 400 samples in all are taken, from the same part of the clip, but no more than seven times those of the
        first pass, nor more than fit into the memory, if these are not fewer than those of the first pass.
        The heaviest 64 of each pixel are clustered.
    clusters : int
        k of the k-means.
    progress : callable, optional
        As for `gather`.

    Returns
    -------
    plate : Plate
        Its provenance tells of the samples of the first pass alone.
    votes : Votes
        Of the samples of the first pass; their weights and support are those of the last vote.
    second : SecondPass or None
        None where less than 1 % of the picture is doubtful, or no other frames are there; the plate is the given one.
    """
    if (votes.support < DOUBTFUL).mean() < LEAST_DOUBTFUL:
        return plate, votes, None
    doubtful = votes.support < CERTAIN
    box = _box_around(doubtful, samples.stack.height, samples.stack.width)
    picks = _choose_more(frames, samples, sampling, (box[0].stop - box[0].start) * (box[1].stop - box[1].start) * 3)
    if not picks:
        return plate, votes, None
    log_phase("sample again")
    size = box[0].stop - box[0].start, box[1].stop - box[1].start
    with closing(open_store(len(picks), *size, sampling.memory)) as store:
        more = _read(frames, picks, store, box, Span.of(sampling.start, sampling.end), progress)
        if not more.times:
            return plate, votes, None
        log_phase("vote again")
        assert samples.stack.small is not None  # present wherever samples are weighted
        small = np.concatenate([samples.stack.small, more.small])
        both = valid and valid.followed_by(excluded.validity(more.times, warn=False), len(more.times))
        again = _weigh_in_time(small, (*samples.stack.times, *more.times), votes.noise, both)
        doubtful &= ~_worse(plate.image, small, again)
        plate = _made_anew(plate, samples, more, again, doubtful, both, clusters)
    second = SecondPass(len(more.times), doubtful, (again.weights > 0.5).sum(axis=0))
    weights = np.where(doubtful, again.weights[: len(votes.weights)], votes.weights)
    return (
        plate,
        replace(
            votes, weights=weights, support=np.where(doubtful, np.minimum(again.support, votes.support), votes.support)
        ),
        second,
    )


def _worse(image: Image, samples: Image, votes: Votes) -> Flags:
    """Return where nothing proves that the plate of the second pass is better than the first: bool of shape (h, w).

    People who stand for most of the clip recur in more samples, too, but their contours tell, as those of ghosts.
    """
    import cv2

    level = difference_level(votes.noise)
    evidence, differs = contour_evidence(weighted_plate(samples, votes.weights), shrink(image), level)
    worse = differs & (evidence < RULES.group_proof)
    kernel = np.ones((2 * DILATION + 1, 2 * DILATION + 1), np.uint8)
    return np.asarray(cv2.dilate(worse.view(np.uint8), kernel), np.bool_)


def _weigh_in_time(small: Image, times: Sequence[Fraction], noise: float, both: Validity | None) -> Votes:
    """Weight samples, given in any order, in the order of time."""
    order = np.argsort(np.array(times, np.float64), kind="stable")
    valid = None if both is None else both.small(*small.shape[1:3])[order]
    votes = weigh(small[order], noise, RULES, valid)
    return replace(votes, weights=votes.weights[np.argsort(order)])


def _box_around(doubtful: Flags, height: int, width: int) -> tuple[slice, slice]:
    """Return the rows and columns of the full image that hold all doubtful small pixels and a margin."""
    rows, columns = (np.flatnonzero(doubtful.any(axis=axis)) for axis in (1, 0))
    return _full(rows, doubtful.shape[0], height), _full(columns, doubtful.shape[1], width)


def _full(places: Numbers, small: int, full: int) -> slice:
    first, last = max(0, int(places[0]) - MARGIN), min(small, int(places[-1]) + 1 + MARGIN)
    return slice(first * full // small, -(-last * full // small))


def _choose_more(frames: FrameSource, samples: Samples, sampling: SamplingOptions, size: int) -> list[int]:
    """Choose frames that were not sampled; none if their number is unknown, since they may be readable only once."""
    if frames.info.frames is None:
        return []
    part = Span.of(sampling.start, sampling.end).indices(frames.info.frames, frames.info.rate)
    count = len(samples.stack)
    wanted = min(MOST_SAMPLES, MOST_TIMES * count, count + max(count, sampling.memory // size))
    taken = set(samples.stack.indices[: samples.count])
    left = [pick for pick in part if pick not in taken]
    return [left[pick] for pick in choose(len(left), wanted - count)]


def _read(
    frames: FrameSource,
    picks: list[int],
    store: Store,
    box: tuple[slice, slice],
    span: Span,
    progress: Progress | None,
) -> _MoreSamples:
    """Read the picked frames that lie in the span."""
    small, times = list[Image](), list[Fraction]()
    for frame in frames.take(picks):
        if frame.time in span:
            store.write(len(times), np.ascontiguousarray(frame.image[box]))
            small.append(shrink(frame.image))
            times.append(frame.time)
        if progress:
            progress(len(times), len(picks))
    return _MoreSamples(box, store, np.array(small, np.uint8), tuple(times))


def _made_anew(
    plate: Plate, samples: Samples, more: _MoreSamples, votes: Votes, doubtful: Flags, valid: Validity | None, k: int
) -> Plate:
    """Return the plate with what is doubtful made of the samples of both passes."""
    stack = samples.stack
    height, width, count = stack.height, stack.width, len(stack)
    parts = plate.image.copy(), plate.support.copy(), plate.noise.copy(), plate.seen.copy(), plate.provenance.copy()
    image, support, noise, seen, provenance = parts
    (box_rows, columns), total = more.box, count + len(more.times)
    step = max(1, BAND // (total * (columns.stop - columns.start) * 3))
    for top in range(box_rows.start, box_rows.stop, step):
        rows = slice(top, min(top + step, box_rows.stop))
        part = np.s_[rows, columns]
        where = nearest_rows(doubtful, rows, height, width)[:, columns]
        weights, sure = votes.rows(rows, height, width)
        weights = np.ascontiguousarray(weights[..., columns])
        counts = None if valid is None else np.ascontiguousarray(valid.rows(rows)[0][..., columns])
        images, weights, chosen = kernels.heaviest(
            np.concatenate([stack.rows(rows)[:, :, columns], more.rows(rows)]),
            weights if counts is None else weights * counts,
            min(HEAVIEST, total),
        )
        makers = np.empty((*where.shape, -(-len(images) // 8)), np.uint8)
        colour, _, spread = kernels.dominant_cluster(
            images,
            clusters=k,
            weights=weights,
            valid=None if counts is None else np.take_along_axis(counts, chosen.astype(np.intp), axis=0),
            merge=votes.merge,
            makers=makers,
        )
        image[part][where], noise[part][where] = colour[where], spread[where]
        known = plate.support[part] > 0
        support[part][where] = np.minimum(plate.support[part], sure[:, columns])[where]  # of what either pass doubts
        seen[part][where] = (votes.seen_rows(rows, height, width)[:, columns] & known)[where]
        provenance[part][where] = _among_first(makers, chosen, count)[where]
    return replace(plate, image=image, support=support, noise=noise, seen=seen, provenance=provenance)


def _among_first(makers: Image, chosen: npt.NDArray[np.uint16], count: int) -> Image:
    """Return which of the first `count` samples made each pixel, packed as in `Plate.provenance`."""
    made = np.unpackbits(makers, axis=-1, count=len(chosen), bitorder="little")
    every = np.zeros((*makers.shape[:2], count + 1), np.uint8)  # the last stands for all samples after the first
    np.put_along_axis(every, np.minimum(np.moveaxis(chosen, 0, -1), count).astype(np.intp), made, axis=-1)
    return np.packbits(every[..., :count], axis=-1, bitorder="little")
