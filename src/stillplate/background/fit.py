"""From a clip to its background: samples, votes, plate, noise."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.assumptions import Assumptions, measure_assumptions
from stillplate.background.background import Background
from stillplate.background.cast_learning import learn_cast
from stillplate.background.fit_moving import fit_moving
from stillplate.background.fit_states import LightState, in_one_light, noise_sigma
from stillplate.background.options import PlateOptions
from stillplate.background.samples import Samples, gather_samples
from stillplate.background.second_pass import SecondPass, sample_again
from stillplate.camera.path import CameraPath
from stillplate.imaging.resize import downscale, small_size, working_factor
from stillplate.io.opening import SourceLike, opened
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource
from stillplate.photometry.appearance import Appearance
from stillplate.photometry.states import find_states
from stillplate.plate.appearances import find_appearances
from stillplate.plate.compensated_vote import compensate_and_vote
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import remove_flicker
from stillplate.plate.light_state_plates import estimate_state_plates
from stillplate.plate.plate import adopt_plate, estimate_plate
from stillplate.plate.stationary import find_stays
from stillplate.sampling.exclusion import Exclude, Excluded
from stillplate.sampling.gather import Progress
from stillplate.sampling.options import Also, SamplingOptions
from stillplate.sampling.region import Region, rasterise_roi
from stillplate.sampling.span import Seconds
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.ground_learning import learn_ground
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.noise_learning import learn
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.sample_differences import SampleDifferences
from stillplate.segmentation.specks import learn_specks
from stillplate.segmentation.static_camera import StaticCamera

__all__ = ["check_assumptions", "fit", "fit_background"]


def fit(  # noqa: PLR0913  a public door, whose keywords become records
    source: SourceLike,
    *,
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    light: str = "auto",
    camera: str = "auto",
    motion_from: CameraPath | str | os.PathLike[str] | None = None,
    masks: bool = True,
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    exclude: Exclude | None = None,
    also: Also = (),
    roi: Region | None = None,
    fps: float | Fraction | None = None,
    levels: tuple[float, float] | None = None,
    progress: Progress | None = None,
) -> Background:
    """Reconstruct the background of a clip.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of images
        The clip. A path may be a video file, a folder or glob of images.
    samples : int
        Frames to sample, spread over the clip at random; 2 or more.
    clusters : int
        Colours to tell apart at each pixel (k of the k-means), 1 to 8.
    vote : "calm" or "majority"
        How the ground is chosen: "calm" weighs who shows it; "majority" takes the biggest cluster.
    light : "auto", "fixed" or "varying"
        Whether samples are brought to one light before they vote: "auto" does where it is seen to vary.
    camera : "auto", "static" or "moving"
        Whether the camera goes elsewhere, so that each frame is laid on a larger plate; "auto" follows it if it is seen
        to.
    motion_from : CameraPath, or path of a file as `render` writes it, optional
        Where the frames lie, if that is known: from `trace_camera`, an earlier fit, or another tool. The camera is then
        moving.
    masks : bool
        Whether to learn what the ground does by itself, and which looks it takes, as masks need it; without, the plate
        is made somewhat sooner.
    memory : int
        Bytes that the sampled frames may take; what is more, or more than 128 MiB, goes to a temporary file.
    seed : int
        Seed of the choice of frames: same input, options and seed, same result.
    start, end : float or Fraction, optional
        Seconds from the first frame, 25 images being one: no frame before or after these moments is sampled.
    exclude : Exclusion, or polygon of shape (N, 2), bool array of shape (H, W) or path of a mask image; or several
        What is not ground, such as a man who never leaves: there the samples have no vote. A pixel that is excluded
        in every sample is made of all of them, and its support is 0. What is excluded without a time is in no mask.
    also : path, FrameSource, array or iterable of images; or several of them
        Further clips of the same place, of a camera that stands there, in the same size and about the same light: as
        many samples of each vote, too, so that ground that the clip never shows is in the plate. Times, `start`,
        `end` and `exclude` are the clip's own, and so is everything but the plate.
    roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
        Region that masks are limited to; the plate stays whole.
    fps : float or Fraction, optional
        Pictures per second of images and arrays, which have no times without it.
    levels : (float, float), optional
        The samples of a file that are shown black and white, as `open_video` takes them.
    progress : callable, optional
        Called with the number of frames sampled so far and the number wanted; with those through which the camera was
        followed and all, too, where it moves.

    Returns
    -------
    Background

    Raises
    ------
    ParameterError
        If an option is outside its range, or a region is empty or does not fit the picture. If a further clip has
        another size, or a camera moves that must stand.
    VideoOpenError, DecodeError
        If the source or a mask image cannot be read.
    TooFewFramesError
        If there is a single frame to sample.
    RegistrationError
        If the camera is to be followed, and no two frames can be registered to one another. If a further clip shows
        another place, or the place in quite another light.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> images = np.full((5, 4, 6, 3), 90, np.uint8)
    >>> images[2, 1:3, 2:4] = 250
    >>> background = stillplate.fit(images)
    >>> int(background.plate.image.max()), int(background.mask(images[2], cleanup="none").sum())
    (90, 4)
    """
    sampling = SamplingOptions(
        samples=samples, seed=seed, memory=memory, start=start, end=end, exclude=exclude, also=also
    )  # fmt: skip
    plate = PlateOptions(
        clusters=clusters, vote=vote, light=light, camera=camera, motion_from=motion_from, masks=masks
    ).checked()  # fmt: skip
    with opened(source, fps=fps, levels=levels) as frames:
        return fit_background(frames, sampling, plate, roi=roi, progress=progress)


def fit_background(
    frames: FrameSource,
    sampling: SamplingOptions,
    options: PlateOptions,
    *,
    roi: Region | None = None,
    progress: Progress | None = None,
) -> Background:
    """Do what `fit` does, with checked options."""
    width, height = frames.info.width, frames.info.height
    region, excluded = rasterise_roi(roi, width, height), Excluded.of(sampling.exclude, width, height)
    with gather_samples(frames, sampling, options, progress) as samples:
        log_phase("vote")
        if samples.path is None:
            background = _fit_still(samples, excluded, options, sampling, frames, progress)
        else:
            background = fit_moving(samples, samples.path, excluded, options, sampling.memory, frames)
        if options.masks:
            background = replace(background, cast=learn_cast(background, samples.of_clip(samples.stack)))
    return replace(background, roi=excluded.outside(region))


def _fit_still(
    samples: Samples,
    excluded: Excluded,
    options: PlateOptions,
    sampling: SamplingOptions,
    frames: FrameSource,
    progress: Progress | None,
) -> Background:
    """Make the background of a camera that stands or shakes."""
    memory = sampling.memory
    stack, motion, shake, fixed = samples.stack, samples.motion, samples.shake, options.light == "fixed"
    weighted, masks, clusters = options.weighted, options.masks, options.clusters
    own = excluded.validity(samples.times)
    valid = samples.validity(own)
    flicker = None if fixed else remove_flicker(stack)
    groups = [] if fixed or stack.small is None else samples.states(find_states(stack.small))
    states: tuple[LightState, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    curve: LightCurve | None
    ground: Ground | None = None
    second: SecondPass | None = None
    if len(groups) > 1:
        plates = estimate_state_plates(stack, groups, weighted=weighted, valid=valid, clusters=clusters, memory=memory)
        stack = samples.of_clip(stack)
        sigma = noise_sigma(stack)
        stack, states, curve = in_one_light(stack, plates, masks=masks, valid=own)
        plate, votes, noise = plates[0], None, states[0].noise
    else:
        small = None if valid is None else valid.small(*small_size(stack.height, stack.width))
        stack, votes, curve = compensate_and_vote(stack, options.light, weighted=weighted, valid=small)
        plate = estimate_plate(stack, samples.preferred(votes), valid=valid, clusters=clusters, memory=memory)
        if votes is not None and curve is None and flicker is None and samples.still:
            plate, votes, second = sample_again(
                frames, samples, plate, votes, valid, excluded, sampling, clusters=clusters, progress=progress
            )
        stack, curve = samples.of_clip(stack), curve and curve.of_first(samples.count)
        small = None if own is None or small is None else small[: samples.count]
        appearances = find_appearances(stack, plate.image, small) if masks and not fixed else ()
        noise = Noise.of_plate(plate.noise)
        if masks:
            differences = SampleDifferences.of(stack, plate.image, looks=appearances)
            noise, ground = learn(differences, own, plate.seen), learn_ground(differences, own)
            noise = replace(noise, specks=_find_specks(stack, plate.image, noise))
        sigma = 0.0 if votes is None else votes.noise
    log_phase("check")
    stays = find_stays(stack, plate.image, sigma) if weighted else ()
    assumptions = measure_assumptions(stack, plate, votes, samples.frames, shake, curve, motion, second)
    return Background(
        plate, stack.times, noise, shake > 0, stays,
        assumptions=assumptions, light=curve, states=states, looks=appearances, indices=stack.indices, flicker=flicker,
        ground=ground,
    )  # fmt: skip


def _find_specks(stack: SampleStack, plate: Image, noise: Noise) -> npt.NDArray[np.float32] | None:
    """Learn the size of specks from the masks of some samples and of their neighbours in the clip."""
    camera = StaticCamera(adopt_plate(downscale(plate, working_factor(stack.width))), noise)

    def find_mask(image: Image) -> npt.NDArray[np.bool_]:
        return camera.observe(image).labels(MaskOptions()) > 0

    return learn_specks(stack, find_mask)


def check_assumptions(  # noqa: PLR0913  a public door, whose keywords become records
    source: SourceLike,
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
    progress: Progress | None = None,
) -> Assumptions:
    """Measure how far a clip is what the method takes it for: `fit(source, ...).assumptions`.

    Parameters
    ----------
    source : path, FrameSource or uint8 array of shape (N, H, W, 3)
        The clip.
    samples, clusters, vote, light, camera, motion_from, memory, seed, start, end, exclude, also, progress
        As for `fit`.

    Returns
    -------
    Assumptions
        Objects move, and are small against the scene; the light is fixed; the camera is static; the samples are
        enough: each with a figure, a verdict and advice.

    Raises
    ------
    ParameterError
        If an option is outside its range.
    VideoOpenError, DecodeError
        If the source cannot be read.
    TooFewFramesError
        If it has a single frame.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> images = np.full((12, 40, 60, 3), 90, np.uint8)
    >>> found = stillplate.check_assumptions(images)
    >>> found.light.verdict, found.samples.verdict
    ('met', 'met')
    """
    background = fit(
        source, samples=samples, clusters=clusters, vote=vote, light=light, camera=camera, motion_from=motion_from,
        memory=memory, seed=seed, start=start, end=end, exclude=exclude, also=also, masks=False, progress=progress,
    )  # fmt: skip
    assert background.assumptions is not None  # a new one has them
    return background.assumptions
