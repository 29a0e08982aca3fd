"""The samples of a clip in one place and light, and their votes, of which several pixels can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Image
from stillplate.background.fit_moving import vote_on_canvas
from stillplate.background.options import PlateOptions
from stillplate.background.samples import Samples, gather_samples
from stillplate.camera.canvas import Coverage
from stillplate.errors import ParameterError
from stillplate.imaging.resize import shrink, small_size
from stillplate.io.source import FrameSource
from stillplate.photometry.states import find_states
from stillplate.plate.compensated_vote import compensate_and_vote
from stillplate.plate.flicker import remove_flicker
from stillplate.plate.light_state_plates import vote_in_state
from stillplate.plate.votes import Votes
from stillplate.sampling.exclusion import Excluded, Validity
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.stack import SampleStack

__all__ = ["PixelInspection", "VotedSamples", "voted_samples"]

SIDE = 480  # pixels, longer side of a picture that shows where a pixel lies


@dataclass(frozen=True, slots=True)
class PixelInspection:
    """What the k-means saw at one pixel.

    Attributes
    ----------
    x, y : int
        The pixel: column and row, from 0 at the upper left.
    times : tuple of Fraction
        Seconds from the first frame, one for each sample; those that are excluded there are left out.
    samples : uint8 array of shape (T, 3), RGB
    labels : uint8 array of shape (T,)
        The cluster of each sample; 0 is the biggest.
    counts : tuple of int
        Members of each cluster, falling.
    weights : float32 array of shape (T,)
        How much each sample may vote, 0..1.
    shares : tuple of float
        Of the votes, 0..1, that each cluster has; 0 where no sample votes.
    means : float32 array of shape (K, 3), RGB
        The mean of each cluster's samples.
    colour : tuple of int
        The plate's RGB there: the per-channel median of the cluster with most votes, and of those that are one with it.
    shown : Fraction
        Time of the sample that is least like the plate there: it has what is in front of the background, if anything.
    picture : uint8 array of shape (h, w, 3), RGB
        That sample, 480 pixels at most on the longer side.
    size : (int, int)
        Width and height of the plate, in pixels.
    """

    x: int
    y: int
    times: tuple[Fraction, ...]
    samples: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    counts: tuple[int, ...]
    weights: npt.NDArray[np.float32]
    shares: tuple[float, ...]
    means: npt.NDArray[np.float32]
    colour: tuple[int, int, int]
    shown: Fraction
    picture: Image
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class VotedSamples:
    """The samples of a clip in one place and light, and their votes, to look at several pixels.

    Attributes
    ----------
    stack : SampleStack
    votes : Votes or None
        None by majority.
    valid : Validity, Coverage or None
        Which samples count where; None if all do.
    clusters : int
        k of the k-means.
    """

    stack: SampleStack
    votes: Votes | None
    valid: Validity | Coverage | None
    clusters: int

    def at(self, x: int, y: int) -> PixelInspection:
        """Look at one pixel of the plate, as `inspect_pixel` does; raises ParameterError if it is outside."""
        _check_inside(x, y, (self.stack.width, self.stack.height))
        heard, history, weights, merge = self._history(x, y)
        labels, _ = kernels.cluster(history[:, 0], clusters=self.clusters)
        colour, _, _ = kernels.dominant_cluster(history, clusters=self.clusters, weights=weights, merge=merge)
        red, green, blue = (int(level) for level in colour[0, 0])
        won, samples = np.bincount(labels[:, 0], weights[:, 0, 0]), history[:, 0, 0]
        unlike = heard[int(np.abs(samples.astype(np.int16) - colour[0, 0]).sum(axis=1).argmax())]
        return PixelInspection(
            x=x,
            y=y,
            times=tuple(self.stack.times[number] for number in heard),
            samples=samples,
            labels=labels[:, 0],
            counts=tuple(np.bincount(labels[:, 0]).tolist()),
            weights=weights[:, 0, 0].copy(),
            shares=tuple((won / (won.sum() or 1.0)).tolist()),
            means=np.array([samples[labels[:, 0] == label].mean(axis=0) for label in range(len(won))], np.float32),
            colour=(red, green, blue),
            shown=self.stack.times[unlike],
            picture=shrink(self.stack.image(unlike), SIDE),
            size=(self.stack.width, self.stack.height),
        )

    def _history(self, x: int, y: int) -> tuple[list[int], Image, npt.NDArray[np.float32], float]:
        """Return what the samples that are heard at one pixel show.

        Returns
        -------
        heard : T numbers of samples
        history : uint8 array of shape (T, 1, 1, 3), RGB
        weights : float32 array of shape (T, 1, 1)
        merge : float
            As the kernel takes it.
        """
        row, stack, votes = slice(y, y + 1), self.stack, self.votes
        every = np.arange(len(stack))
        heard = every if self.valid is None else every[self.valid.rows(row)[0][:, 0, x]]
        history = np.ascontiguousarray(stack.rows(row)[heard, :, x : x + 1])
        if votes is None:
            return heard.tolist(), history, np.ones((len(heard), 1, 1), np.float32), 0.0
        weights = votes.rows(row, stack.height, stack.width)[0][heard, :, x : x + 1]
        return heard.tolist(), history, weights, votes.merge


@contextmanager
def voted_samples(frames: FrameSource, sampling: SamplingOptions, options: PlateOptions) -> Iterator[VotedSamples]:
    """Gather the samples of a clip and let them vote, as `fit` does; they are freed on the way out."""
    excluded = Excluded.of(sampling.exclude, frames.info.width, frames.info.height)
    with gather_samples(frames, sampling, options) as samples:
        yield VotedSamples(*_voted(samples, excluded, options), options.clusters)


def _check_inside(x: int, y: int, size: tuple[int, int]) -> None:
    if not (0 <= x < size[0] and 0 <= y < size[1]):
        raise ParameterError(
            f"pixel ({x}, {y}) is outside the picture: x 0..{size[0] - 1} and y 0..{size[1] - 1} are needed"
        )


def _voted(
    samples: Samples, excluded: Excluded, options: PlateOptions
) -> tuple[SampleStack, Votes | None, Validity | Coverage | None]:
    """Bring the samples to one place and light; of a scene in several lights, those of the commonest one."""
    stack, weighted, fixed = samples.stack, options.weighted, options.light == "fixed"
    if samples.path is not None:
        voted = vote_on_canvas(
            stack, samples.path, excluded, samples.own.movers, light=options.light, weighted=weighted
        )
        return voted.stack, voted.votes, voted.coverage
    valid = samples.validity(excluded.validity(samples.times))
    if not fixed:
        remove_flicker(stack)
    groups = [] if fixed or stack.small is None else samples.states(find_states(stack.small))
    if len(groups) > 1:
        return vote_in_state(stack, groups[0].tolist(), weighted=weighted, valid=valid)
    small = None if valid is None else valid.small(*small_size(stack.height, stack.width))
    stack, votes, _ = compensate_and_vote(stack, options.light, weighted=weighted, valid=small)
    return stack, samples.preferred(votes), valid
