"""The samples of a clip, and what its camera does: the first steps of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from stillplate.arrays import Numbers
from stillplate.background.options import PlateOptions
from stillplate.background.own_motion import OwnMotion
from stillplate.camera.path import CameraPath
from stillplate.camera.stabilisation import align
from stillplate.camera.stability import CameraMotion, measure_camera
from stillplate.errors import ParameterError
from stillplate.io.source import FrameSource
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.gather import Progress, gather
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.span import Span, frames_in
from stillplate.sampling.stack import SampleStack

if TYPE_CHECKING:
    from stillplate.plate.votes import Votes

__all__ = ["TRUSTED", "Samples", "gather_samples"]

TRUSTED = 5  # samples: the median of five is right despite two outliers
SHOWS = 0.99  # weight from which on a sample surely shows the ground: its colours are some 10 levels off at most


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a clip, and of further clips of the same place.

    Attributes
    ----------
    stack : SampleStack
        As they were gathered; aligned if the camera shakes. Those of further clips follow the clip's own.
    path : CameraPath or None
        Of a moving camera; None if it stands or shakes.
    motion : CameraMotion or None
        What the samples tell of the camera; None where its path was given or traced before.
    frames : int or None
        Number of the frames of the clip, or of the part, that samples are taken from, if it is known.
    count : int
        Number of the clip's own samples.
    own : OwnMotion
        What moves by itself in each sample of a moving camera; empty where that was not looked for.
    shake : float
        Displacement of the clip's samples before they were aligned, in pixels; 0 if they were not.
    further : Validity or None
        Where the samples of further clips show something; None if there are none.
    """

    stack: SampleStack
    path: CameraPath | None
    motion: CameraMotion | None
    frames: int | None
    count: int
    own: OwnMotion = field(default_factory=OwnMotion)
    shake: float = 0.0
    further: Validity | None = None

    @property
    def times(self) -> tuple[Fraction, ...]:
        """Times of the clip's own samples, in seconds from its first frame."""
        return self.stack.times[: self.count]

    @property
    def still(self) -> bool:
        """Whether the samples are as the camera took them: it neither shakes nor moves."""
        return self.shake == 0 and (self.motion is None or self.motion.state != "moving")

    def of_clip(self, stack: SampleStack) -> SampleStack:
        """The clip's own samples of a stack that was made of all."""
        return stack if self.further is None else stack.chosen(range(self.count))

    def validity(self, own: Validity | None) -> Validity | None:
        """The validity of all samples, given that of the clip's own."""
        return own if self.further is None else self.further.joined(own)

    def preferred(self, votes: Votes | None) -> Votes | None:
        """The votes without those of further samples where the clip's own surely show the ground.

        These are enough, and most of the own votes. So the plate keeps the clip's own light and sharpness there.
        """
        if votes is None or self.further is None:
            return votes
        weights = votes.weights.copy()
        own = weights[: self.count]
        sure = (own > SHOWS).sum(axis=0)
        weights[self.count :, (sure >= TRUSTED) & (2 * sure > own.sum(axis=0))] = 0
        return replace(votes, weights=weights)

    def states(self, groups: list[Numbers]) -> list[Numbers]:
        """The light states that the clip's own samples show, the commonest one first."""
        if self.further is None:
            return groups
        shown = [group for group in groups if (group < self.count).any()]
        return sorted(shown, key=lambda group: -int((group < self.count).sum()))


@contextmanager
def gather_samples(
    frames: FrameSource, sampling: SamplingOptions, plate: PlateOptions, progress: Progress | None = None
) -> Iterator[Samples]:
    """Gather the samples, and follow the camera if it is said or seen to move; the stack is closed on the way out.

    Raises
    ------
    RegistrationError
        If the camera is said to move, and no two frames can be registered to one another; or if a further clip shows
        another place.
    ParameterError
        If it moves, and there are further clips, or the plate is for a program that needs a still one; told as soon as
        the path is known. If a further clip has another size, or its camera moves.
    TooFewFramesError
        If there is a single frame to sample.
    """
    if sampling.further:
        from stillplate.background.further_clips import check_clips

        check_clips(frames.info, sampling)
    path, camera = None, plate.camera
    if plate.motion_from is not None:
        from stillplate.camera.path_file import as_camera

        path = as_camera(plate.motion_from, frames.info)
        if path.still:
            path, camera = None, "static"
    if path is not None or camera == "moving":
        _check_motion(plate, sampling)
    if path is None and camera == "moving":
        from stillplate.camera.tracing import trace_camera

        path = trace_camera(frames, memory=sampling.memory, progress=progress)
    stack = gather(
        frames, sampling.samples, seed=sampling.seed, memory=sampling.memory_of_clip,
        neighbours=plate.weighted, start=sampling.start, end=sampling.end, progress=progress,
    )  # fmt: skip
    with stack:
        motion = measure_camera(stack) if path is None else None
        if motion is not None and motion.state == "moving" and camera == "auto":
            from stillplate.camera.following import follow_camera

            path = follow_camera(frames, stack.indices, sampling.memory, progress, knocked=motion.knocked)
        known = frames_in(frames.info, Span.of(sampling.start, sampling.end))
        if path is None:
            shake = 0.0 if motion is not None and motion.state == "moving" else align(stack)
            joined, further = stack, None
            if sampling.further:
                from stillplate.background.further_clips import join_clips

                joined, further = join_clips(stack, frames.info, sampling, plate, progress)
            with joined:
                yield Samples(joined, path, motion, known, len(stack), shake=shake, further=further)
            return
        _check_motion(plate, sampling)
        own = OwnMotion()
        if plate.weighted:
            from stillplate.background.whole_clip import find_own_motion

            own = find_own_motion(frames, path, stack.indices, progress)
        yield Samples(stack, path, motion, known, len(stack), own)


def _check_motion(plate: PlateOptions, sampling: SamplingOptions) -> None:
    """Raise ParameterError if the camera, which moves, must not."""
    plate.check_motion()
    if sampling.further:
        raise ParameterError(
            "also is given, but the camera moves: leave it out, or take camera='static' if the camera does stand"
        )
