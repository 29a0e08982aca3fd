"""Pixels' histories: the samples of each, their clusters, and what was chosen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction

from stillplate.background.options import PlateOptions
from stillplate.background.voted_samples import PixelInspection, voted_samples
from stillplate.camera.path import CameraPath
from stillplate.io.opening import SourceLike, opened
from stillplate.sampling.exclusion import Exclude
from stillplate.sampling.options import Also, SamplingOptions
from stillplate.sampling.span import Seconds

__all__ = ["inspect_pixel", "inspect_pixels"]


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
    (found,) = inspect_pixels(
        source, [(x, y)], samples=samples, clusters=clusters, vote=vote, light=light, camera=camera,
        motion_from=motion_from, memory=memory, seed=seed, start=start, end=end, exclude=exclude, also=also, fps=fps,
        levels=levels,
    )  # fmt: skip
    return found


def inspect_pixels(  # noqa: PLR0913  as above
    source: SourceLike,
    pixels: Iterable[tuple[int, int]],
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
) -> tuple[PixelInspection, ...]:
    """Look at several pixels as `fit` does: the clip is read once.

    Parameters
    ----------
    source : path, FrameSource or uint8 array of shape (N, H, W, 3)
        The clip.
    pixels : iterable of (int, int)
        Column and row of each, from 0 at the upper left.
    samples, clusters, vote, light, camera, motion_from, memory, seed, start, end, exclude, also, fps, levels
        As for `inspect_pixel`.

    Returns
    -------
    tuple of PixelInspection
        One for each pixel, in their order.

    Raises
    ------
    ParameterError
        If a pixel lies outside the plate, or an option outside its range.
    """
    sampling = SamplingOptions(
        samples=samples, seed=seed, memory=memory, start=start, end=end, exclude=exclude, also=also
    )  # fmt: skip
    options = PlateOptions(clusters=clusters, vote=vote, light=light, camera=camera, motion_from=motion_from).checked()
    with (
        opened(source, fps=fps, levels=levels) as frames,
        voted_samples(frames, sampling, options) as voted,
    ):
        return tuple(voted.at(x, y) for x, y in pixels)
