"""The plate of a moving camera, made of samples that are put in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Mask
from stillplate.background.assumptions import measure_moving
from stillplate.background.back_projection import project_back
from stillplate.background.background import Background
from stillplate.background.mosaic import mosaic, without_movers
from stillplate.background.options import PlateOptions
from stillplate.background.samples import Samples
from stillplate.background.whole_clip import find_likelihoods
from stillplate.camera.canvas import Coverage, place
from stillplate.camera.path import CameraPath
from stillplate.imaging.resize import small_size
from stillplate.io.source import FrameSource
from stillplate.plate.compensated_vote import compensate_and_vote
from stillplate.plate.exposure import LightCurve
from stillplate.plate.plate import Plate, estimate_plate
from stillplate.plate.stationary import find_stays
from stillplate.plate.votes import Rules, Votes
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import Progress
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.moving_camera import OFF, MovingCamera
from stillplate.segmentation.moving_noise import learn_on_canvas
from stillplate.segmentation.noise import Noise

__all__ = ["fit_moving", "vote_on_canvas"]


@dataclass(frozen=True, slots=True)
class Voted:
    """The samples of a moving camera in their places, and their votes."""

    stack: SampleStack
    coverage: Coverage
    votes: Votes | None
    valid: npt.NDArray[np.bool_] | None
    light: LightCurve | None


def vote_on_canvas(
    stack: SampleStack, path: CameraPath, excluded: Excluded, movers: Sequence[Mask], *, light: str, weighted: bool
) -> Voted:
    """Put the samples in their places, bring them to one light and let them vote; as for `fit_moving`."""
    placed, coverage = place(stack, path, excluded, movers)
    rules, valid = Rules(), None
    if placed.small is not None:
        _, height, width, _ = placed.small.shape
        rules = rules.on_canvas(max(height, width) / max(small_size(path.size[1], path.size[0])))
        heard = coverage.small(height, width)
        valid = heard if heard.any() else None  # where all is excluded, all is heard
    placed, votes, curve = compensate_and_vote(placed, light, weighted=weighted, valid=valid, rules=rules)
    return Voted(placed, coverage, votes, valid, curve)


def fit_moving(
    samples: Samples,
    path: CameraPath,
    excluded: Excluded,
    options: PlateOptions,
    memory: int,
    frames: FrameSource,
    progress: Progress | None = None,
) -> Background:
    """Make the background of a moving camera.

    Parameters
    ----------
    samples : Samples
    path : CameraPath
    excluded : Excluded
        In the frames' own pixels.
    options : PlateOptions
        Where near and far things are seen, all is learnt that masks need, whether they are wanted or not: the plate
        needs it, too.
    memory : int
        Bytes of samples to look at in one go.
    frames : FrameSource
        The clip.
    progress : callable, optional
        Called with the number of frames looked at for motion so far and the number of all.

    Raises
    ------
    RegistrationError
        If fewer than two samples are on the path.
    """
    voted = vote_on_canvas(
        samples.stack, path, excluded, samples.own.movers, light=options.light, weighted=options.weighted
    )
    placed, coverage, votes, valid, curve = voted.stack, voted.coverage, voted.votes, voted.valid, voted.light
    plate = estimate_plate(placed, votes, valid=coverage, clusters=options.clusters, memory=memory)
    plate, deep = _sharp(plate, placed, coverage), samples.own.parallax > OFF
    stays = () if votes is None else find_stays(placed, plate.image, votes.noise, valid)
    learns = votes is not None and (options.masks or deep)
    if votes is None or not learns:
        noise = Noise.of_plate(plate.noise[plate.seen] if plate.seen.any() else plate.noise)
    else:
        noise = learn_on_canvas(placed, plate.image, coverage, votes)
    likelihoods, shares = None, None
    if learns:
        likelihoods, shares = find_likelihoods(frames, path, MovingCamera(plate, noise, path), progress)
    if deep and likelihoods is not None:
        plate = mosaic(plate, placed, without_movers(coverage, placed, likelihoods), memory)
    assumptions = measure_moving(plate, votes, valid, path, samples.own.parallax, samples.frames)
    return Background(
        plate, placed.times, noise, stays=stays,
        assumptions=assumptions, light=curve, camera=path, indices=placed.indices,
        parallax=samples.own.parallax, likelihoods=likelihoods, motion_shares=shares,
    )  # fmt: skip


def _sharp(plate: Plate, placed: SampleStack, coverage: Coverage) -> Plate:
    """Return a plate as sharp as its samples, and black where no sample lies."""
    image = project_back(plate, placed, coverage)
    image[~coverage.shown] = 0
    return replace(plate, image=image)
