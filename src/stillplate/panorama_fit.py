"""The plate of a moving camera, made of samples that are put in their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.assumptions import Assumptions, measure_moving
from stillplate.back_projection import project_back
from stillplate.camera_path import CameraPath
from stillplate.canvas import Coverage, place
from stillplate.canvas_noise import learn_on_canvas
from stillplate.errors import ParameterError, RegistrationError
from stillplate.exclusion import Excluded
from stillplate.homography import corners_of, project
from stillplate.levelling import LightCurve, vote_in_one_light
from stillplate.noise import Noise
from stillplate.plate import Plate, estimate_plate
from stillplate.sampling import FEWEST_FRAMES, Progress
from stillplate.stack import SampleStack, small_size
from stillplate.standing import Stay, find_stays
from stillplate.tracing import trace_camera
from stillplate.video.source import FrameSource, IteratorSource
from stillplate.votes import Rules, Votes

__all__ = ["CAMERAS", "Panned", "check_camera", "fit_panorama", "follow_camera", "vote_on_canvas"]

CAMERAS = ("auto", "static", "moving")
ELSEWHERE = 1 / 40  # of the frame's longer side: a camera that goes less far shows the same view ...
TURNED = 1 / 100  # ... unless it rolls or zooms, which no shift undoes
JOLTED = 2.0  # pixels: a knocked camera goes so far at least


@dataclass(frozen=True, slots=True)
class Panned:
    """What a clip of a moving camera tells: the parts of its `Background`."""

    plate: Plate
    times: tuple[Any, ...]
    noise: Noise
    stays: tuple[Stay, ...]
    assumptions: Assumptions
    light: LightCurve | None
    camera: CameraPath
    indices: tuple[int, ...]


def check_camera(camera: str, *, followed: bool) -> None:
    """Refuse a camera that there is not, and one that is said to stand still though its path is given."""
    if camera not in CAMERAS:
        raise ParameterError(f"camera is {camera!r}, but one of {', '.join(CAMERAS)} is needed")
    if followed and camera == "static":
        raise ParameterError("motion_from is given for a camera that is said to be static: leave one of them out")


def follow_camera(
    frames: FrameSource,
    indices: Iterable[int],
    memory: int,
    progress: Progress | None = None,
    *,
    knocked: bool = False,
) -> CameraPath | None:
    """Trace a camera that seems to move; None if it does not go elsewhere, or hardly any sample can be placed.

    Of one that was `knocked`, 2 pixels are elsewhere: it shows two views, though they are near.
    """
    if isinstance(frames, IteratorSource):
        return None  # it was read already
    try:
        path = trace_camera(frames, memory=memory, progress=progress)
    except RegistrationError:
        return None  # the plate of a static camera then, whose assumptions say that it moves
    placed = sum(path.transform(index) is not None for index in indices)
    return path if placed >= FEWEST_FRAMES and _distance(path) > _least(path, knocked) else None


def _distance(path: CameraPath) -> float:
    """How far a corner of the picture goes, in pixels."""
    corners = corners_of(path.size)
    ends = np.array([project(matrix, corners) for matrix in path.matrices[path.found]])
    return float(np.ptp(ends, axis=0).max())


def _least(path: CameraPath, knocked: bool) -> float:
    """How far a corner must go for the camera to be elsewhere, in pixels."""
    return JOLTED if knocked else max(path.size) * (ELSEWHERE if path.model == "translation" else TURNED)


@dataclass(frozen=True, slots=True)
class Voted:
    """The samples of a moving camera in their places, and their votes."""

    stack: SampleStack
    coverage: Coverage
    votes: Votes | None
    valid: npt.NDArray[np.bool_] | None
    light: LightCurve | None


def vote_on_canvas(stack: SampleStack, path: CameraPath, excluded: Excluded, *, light: str, calmly: bool) -> Voted:
    """Put the samples in their places, bring them to one light and let them vote; as for `fit_panorama`."""
    placed, coverage = place(stack, path, excluded)
    rules, valid = Rules(), None
    if placed.small is not None:
        _, height, width, _ = placed.small.shape
        rules = rules.on_canvas(max(height, width) / max(small_size(path.size[1], path.size[0])))
        heard = coverage.small(height, width)
        valid = heard if heard.any() else None  # where all is excluded, all is heard
    placed, votes, curve = vote_in_one_light(placed, light, calmly=calmly, valid=valid, rules=rules)
    return Voted(placed, coverage, votes, valid, curve)


def fit_panorama(
    stack: SampleStack,
    path: CameraPath,
    excluded: Excluded,
    *,
    light: str,
    calmly: bool,
    clusters: int,
    memory: int,
    masks: bool,
) -> Panned:
    """Make the plate of a moving camera; the options are those of `fit`.

    Parameters
    ----------
    stack : SampleStack
        As it was gathered.
    path : CameraPath
    excluded : Excluded
        In the frames' own pixels.

    Returns
    -------
    Panned

    Raises
    ------
    RegistrationError
        If fewer than two samples are on the path.
    """
    voted = vote_on_canvas(stack, path, excluded, light=light, calmly=calmly)
    placed, coverage, votes, valid, curve = voted.stack, voted.coverage, voted.votes, voted.valid, voted.light
    plate = estimate_plate(placed, votes, valid=coverage, clusters=clusters, memory=memory)
    image = project_back(plate, placed, coverage)
    image[plate.support == 0] = 0  # no frame shows it
    plate = replace(plate, image=image)
    stays = () if votes is None else find_stays(placed, plate.image, votes.noise, valid)
    if votes is None or not masks:
        noise = Noise.of_plate(plate.noise[plate.seen] if plate.seen.any() else plate.noise)
    else:
        noise = learn_on_canvas(placed, plate.image, coverage, votes)
    assumptions = measure_moving(plate, votes, valid, path, len(path))
    return Panned(plate, placed.times, noise, stays, assumptions, curve, path, placed.indices)
