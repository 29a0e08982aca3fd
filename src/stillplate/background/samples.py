"""The samples of a clip, and what its camera does: the first steps of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stillplate.background.options import PlateOptions
from stillplate.background.whole_clip import OwnMotion, find_own_motion
from stillplate.camera.following import follow_camera
from stillplate.camera.path import CameraPath
from stillplate.camera.path_file import as_camera
from stillplate.camera.stability import CameraMotion, measure_camera
from stillplate.camera.tracing import trace_camera
from stillplate.io.source import FrameSource
from stillplate.sampling.gather import Progress, gather
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.span import Span, frames_in
from stillplate.sampling.stack import SampleStack

__all__ = ["Samples", "gather_samples"]


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a clip.

    Attributes
    ----------
    stack : SampleStack
        As they were gathered.
    path : CameraPath or None
        Of a moving camera; None if it stands or shakes.
    motion : CameraMotion or None
        What the samples tell of the camera; None where its path was given or traced before.
    frames : int or None
        Number of the frames of the clip, or of the part, that samples are taken from, if it is known.
    own : OwnMotion
        What moves by itself in each sample of a moving camera; empty where that was not looked for.
    """

    stack: SampleStack
    path: CameraPath | None
    motion: CameraMotion | None
    frames: int | None
    own: OwnMotion = field(default_factory=OwnMotion)


@contextmanager
def gather_samples(
    frames: FrameSource, sampling: SamplingOptions, plate: PlateOptions, progress: Progress | None = None
) -> Iterator[Samples]:
    """Gather the samples, and follow the camera if it is said or seen to move; the stack is closed on the way out.

    Raises
    ------
    RegistrationError
        If the camera is said to move, and no two frames can be registered to one another.
    ParameterError
        If it moves, and the plate is for a program that needs a still one; told as soon as the path is known.
    TooFewFramesError
        If there is a single frame to sample.
    """
    path, camera = None, plate.camera
    if plate.motion_from is not None:
        path = as_camera(plate.motion_from, frames.info)
        if path.still:
            path, camera = None, "static"
        else:
            plate.check_motion()
    if path is None and camera == "moving":
        path = trace_camera(frames, memory=sampling.memory, progress=progress)
    stack = gather(
        frames, sampling.samples, seed=sampling.seed, memory=sampling.memory, neighbours=plate.weighted,
        start=sampling.start, end=sampling.end, progress=progress,
    )  # fmt: skip
    with stack:
        motion = measure_camera(stack) if path is None else None
        if motion is not None and motion.state == "moving" and camera == "auto":
            path = follow_camera(frames, stack.indices, sampling.memory, progress, knocked=motion.knocked)
        if path is not None:
            plate.check_motion()
        count = frames_in(frames.info, Span.of(sampling.start, sampling.end))
        if path is None or not plate.weighted:
            yield Samples(stack, path, motion, count)
        else:
            yield Samples(stack, path, motion, count, find_own_motion(frames, path, stack.indices))
