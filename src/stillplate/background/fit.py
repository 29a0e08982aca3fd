"""From a clip to its background: samples, votes, plate, noise."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from stillplate.background.options import PlateOptions
from stillplate.background.samples import gather_samples
from stillplate.camera.path import CameraPath
from stillplate.io.opening import SourceLike, opened
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource
from stillplate.sampling.exclusion import Exclude, Excluded
from stillplate.sampling.gather import Progress
from stillplate.sampling.options import Also, SamplingOptions
from stillplate.sampling.region import Region, rasterise_roi
from stillplate.sampling.span import Seconds
from stillplate.threads import load_beside

if TYPE_CHECKING:
    from stillplate.background.assumptions import Assumptions
    from stillplate.background.background import Background

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
    load_beside("stillplate.background.fit_still")
    with gather_samples(frames, sampling, options, progress) as samples:
        log_phase("vote")
        if samples.path is None:
            from stillplate.background.fit_still import fit_still

            background = fit_still(samples, excluded, options, sampling, frames, progress)
        else:
            from stillplate.background.fit_moving import fit_moving

            background = fit_moving(samples, samples.path, excluded, options, sampling.memory, frames, progress)
        if options.masks:
            from stillplate.background.cast_learning import learn_cast

            background = replace(background, cast=learn_cast(background, samples.of_clip(samples.stack)))
    return replace(background, roi=excluded.outside(region))


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
