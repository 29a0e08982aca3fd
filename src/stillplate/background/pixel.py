"""One pixel's history: its samples, their clusters, and what was chosen; and what the clip is like as a whole."""

from __future__ import annotations

import os
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
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.imaging.resize import small_size
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import FrameSource
from stillplate.photometry.states import find_states
from stillplate.plate.compensated_vote import compensate_and_vote
from stillplate.plate.flicker import remove_flicker
from stillplate.plate.light_state_plates import vote_in_state
from stillplate.plate.votes import Votes
from stillplate.sampling.exclusion import Exclude, Excluded, Validity
from stillplate.sampling.options import Also, SamplingOptions
from stillplate.sampling.span import Seconds
from stillplate.sampling.stack import SampleStack

__all__ = ["PixelInspection", "VotedSamples", "inspect_pixel", "voted_samples"]


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
    colour : tuple of int
        The plate's RGB there: the per-channel median of the cluster with most votes, and of those that are one with it.
    """

    x: int
    y: int
    times: tuple[Fraction, ...]
    samples: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    counts: tuple[int, ...]
    weights: npt.NDArray[np.float32]
    shares: tuple[float, ...]
    colour: tuple[int, int, int]


def inspect_pixel(  # noqa: PLR0913  a public door, whose keywords become records
    source: SourceLike,
    x: int,
    y: int,
    *,
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    light: str = "auto",
    camera: str = "auto",
    motion_from: CameraPath | str | os.PathLike[str] | None = None,
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    exclude: Exclude | None = None,
    also: Also = (),
    fps: float | Fraction | None = None,
    levels: tuple[float, float] | None = None,
) -> PixelInspection:
    """Look at one pixel as `fit` does.

    Parameters
    ----------
    source : path, FrameSource or uint8 array of shape (N, H, W, 3)
        The clip.
    x, y : int
        The pixel of the plate: column and row, from 0 at the upper left. Where the camera moves, the plate is larger
        than a frame.
    samples : int
        Frames to sample, spread over the clip at random.
    clusters : int
        Colours to tell apart (k of the k-means), 1 to 8.
    vote : "calm" or "majority"
        How the ground is chosen: "calm" weighs who shows it; "majority" takes the biggest cluster.
    light : "auto", "fixed" or "varying"
        Whether samples are brought to one light before they vote: "auto" does where it is seen to vary.
    camera : "auto", "static" or "moving"
        Whether frames are laid out on a larger plate: "auto" does where the camera goes elsewhere in the clip.
    motion_from : CameraPath, or path of a file as `render` writes it, optional
        Where the frames lie, if that is known.
    memory : int
        Bytes that the sampled frames may take; what is more, or more than 128 MiB, goes to a temporary file.
    seed : int
        Seed of the choice of frames.
    start, end, exclude, also, fps, levels
        As for `fit`. The samples of further clips follow those of the clip, and their times its last one.

    Returns
    -------
    PixelInspection

    Raises
    ------
    ParameterError
        If the pixel lies outside the plate, or an option outside its range.

    Notes
    -----
    Of a camera that moves, the colour is that of the samples in their places: the plate itself is then made as sharp
    as the frames.
    """
    sampling = SamplingOptions(
        samples=samples, seed=seed, memory=memory, start=start, end=end, exclude=exclude, also=also
    )  # fmt: skip
    options = PlateOptions(clusters=clusters, vote=vote, light=light, camera=camera, motion_from=motion_from).checked()
    with (
        opened(source, fps=fps, levels=levels) as frames,
        voted_samples(frames, sampling, options) as voted,
    ):
        return voted.at(x, y)


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
        history, times, weights, merge = self._history(x, y)
        labels, _ = kernels.cluster(history[:, 0], clusters=self.clusters)
        colour, _, _ = kernels.dominant_cluster(history, clusters=self.clusters, weights=weights, merge=merge)
        red, green, blue = (int(level) for level in colour[0, 0])
        won = np.bincount(labels[:, 0], weights[:, 0, 0])
        return PixelInspection(
            x=x,
            y=y,
            times=times,
            samples=history[:, 0, 0],
            labels=labels[:, 0],
            counts=tuple(np.bincount(labels[:, 0]).tolist()),
            weights=weights[:, 0, 0].copy(),
            shares=tuple((won / (won.sum() or 1.0)).tolist()),
            colour=(red, green, blue),
        )

    def _history(self, x: int, y: int) -> tuple[Image, tuple[Fraction, ...], npt.NDArray[np.float32], float]:
        """Return what the samples that are heard at one pixel show.

        Returns
        -------
        history : uint8 array of shape (T, 1, 1, 3), RGB
        times : T times
        weights : float32 array of shape (T, 1, 1)
        merge : float
            As the kernel takes it.
        """
        row, stack, votes = slice(y, y + 1), self.stack, self.votes
        heard = slice(None) if self.valid is None else self.valid.rows(row)[0][:, 0, x]
        history = np.ascontiguousarray(stack.rows(row)[heard, :, x : x + 1])
        times = tuple(np.array(stack.times, object)[heard])
        if votes is None:
            return history, times, np.ones((len(times), 1, 1), np.float32), 0.0
        return history, times, votes.rows(row, stack.height, stack.width)[0][heard, :, x : x + 1], votes.merge


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
