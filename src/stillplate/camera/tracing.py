"""Trace the camera's path through a clip in one pass: frames to key frames, key frames to one canvas."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from stillplate.arrays import Doubles, Points
from stillplate.camera.bundle_adjustment import adjust
from stillplate.camera.canvas_layout import lay_out
from stillplate.camera.keyframe_tracker import KeyframeTracker, PlacedFrame, Shot
from stillplate.camera.pair_fit import fit_pairs
from stillplate.camera.path import CameraPath
from stillplate.errors import RegistrationError, TooFewFramesError
from stillplate.imaging.homography import MODELS, fit_size, inverse, project, scaling_matrix
from stillplate.imaging.resize import resized_grey
from stillplate.io.naming import longer_clip_advice
from stillplate.io.opening import SourceLike, opened
from stillplate.io.phases import log_phase
from stillplate.sampling.gather import FEWEST_FRAMES, Progress
from stillplate.sampling.span import Seconds, Span
from stillplate.sampling.stores import check_memory

__all__ = ["trace_camera"]

Size = tuple[int, int]

LONGEST = 480  # pixels: longer side of the images that are registered, at most
KEYS = 256  # key frames kept in memory, at most: more than a canvas holds
KEY_BYTES = 2**20  # bytes of a key frame, at most
# factor and pixels by which a simpler model's residual may exceed the homography's
MOST_RATIO, MOST_EXCESS = 1.15, 0.05
FALLOFF = 10.0  # pixels beyond a key frame's edge over which its weight falls to 1/e


def trace_camera(
    source: SourceLike,
    *,
    start: Seconds | None = None,
    end: Seconds | None = None,
    memory: int = 2**30,
    progress: Progress | None = None,
) -> CameraPath:
    """Find the position of each frame of a clip on one canvas.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of images
    start, end : float or Fraction, optional
        Seconds from the first frame; frames before or after are not registered.
    memory : int
        Bytes that the key frames may take; they are 256 at most, some 200 MB.
    progress : callable, optional
        Called with the number of frames registered so far and the total number, if known.

    Returns
    -------
    CameraPath
        The path of the longest shot, as far as its frames fit on a bounded canvas; the others are listed as skipped.

    Raises
    ------
    RegistrationError
        If no two frames can be registered to one another.
    TooFewFramesError
        If there is no frame, or a single one.
    VideoOpenError, DecodeError
        If the source cannot be read.

    Notes
    -----
    Frames are registered to key frames; a new key frame is made where a fifth of the view has changed, or a third of
    the inliers are lost, and no older key frame shows it. Corners, spread evenly over the image, are tracked with a
    forward-backward check; the similarity with most support is refined to a homography, then by direct alignment. Cells
    of the image without inliers get less weight in the next key frame, since objects move there, or near things pass.
    All key frames are then adjusted to one another (bundle adjustment), so that a return to an earlier view closes the
    loop. A frame that no key frame recognises begins another shot, if the next frame can be registered to it.
    """
    check_memory(memory)
    span, tracker = Span.of(start, end), KeyframeTracker(max(16, min(KEYS, memory // KEY_BYTES)))
    count = registered_frames = 0
    log_phase("follow camera")
    with opened(source) as frames:
        size = frames.info.width, frames.info.height
        small = fit_size(size, LONGEST)
        for frame in frames:
            count = frame.index + 1
            if frame.time in span:
                registered_frames += 1
                tracker.take(resized_grey(frame.image, small), frame.index)
            if progress:
                progress(count, frames.info.frames)
    if registered_frames < FEWEST_FRAMES:
        found = f"{'1 frame' if registered_frames else 'no frame'} found{f' {span}' if span else ''}"
        raise TooFewFramesError(
            f"{frames.info.name}: {found}, but {FEWEST_FRAMES} are needed to trace the camera: "
            f"{longer_clip_advice(frames.info.path)}"
        )
    if not tracker.shots:
        index, reason = next(iter(tracker.skipped.items()))
        raise RegistrationError(
            f"{frames.info.name}: no frame can be registered to another, so the camera's path is not known; "
            f"frame {index}: {reason}: use camera='static' if it stands still"
        )
    return _path(tracker, count, small, size)


def _path(tracker: KeyframeTracker, count: int, small: Size, size: Size) -> CameraPath:
    shot = max(tracker.shots, key=lambda shot: len(shot.frames))
    model = _simplest_model(shot.frames)
    places = adjust([_nearest_of_model(model, place, small) for place in shot.places], shot.links, model, small)
    enlarge = scaling_matrix(small, size)
    shrink = inverse(enlarge)
    on_plane = [enlarge @ _blended(model, frame.transforms, places, small) @ shrink for frame in shot.frames]
    layout = lay_out(np.array(on_plane), size)
    skipped = dict(tracker.skipped)
    skipped |= {frame.index: "another shot" for other in tracker.shots if other is not shot for frame in other.frames}
    reference = shot.frames[layout.reference].index
    beyond = f"too far from frame {reference}, from which the plate is seen: that would become too large"
    skipped |= {frame.index: beyond for frame, fits in zip(shot.frames, layout.fits, strict=True) if not fits}
    kept = [frame for frame, fits in zip(shot.frames, layout.fits, strict=True) if fits]
    indices = [frame.index for frame in kept]
    matrices = np.full((count, 3, 3), np.nan)
    matrices[indices] = layout.matrices[layout.fits]
    residuals, explained = np.full((2, count), np.nan, np.float32)
    inliers = np.zeros(count, np.int32)
    residuals[indices] = [enlarge[0, 0] * frame.residual for frame in kept]
    explained[indices] = [frame.explained for frame in kept]
    inliers[indices] = [frame.inliers for frame in kept]
    return CameraPath(
        matrices, residuals, inliers, model, size, layout.canvas, explained, reference, _shot_ranges(tracker.shots),
        tuple(sorted(skipped.items())),
    )  # fmt: skip


def _shot_ranges(shots: list[Shot]) -> tuple[tuple[int, int], ...]:
    """Return the first and last frame of each run of frames of one shot."""
    owner = sorted((frame.index, number) for number, shot in enumerate(shots) for frame in shot.frames)
    runs = [list(run) for _, run in groupby(owner, key=lambda pair: pair[1])]
    return tuple((run[0][0], run[-1][0]) for run in runs)


def _simplest_model(frames: list[PlacedFrame]) -> str:
    """Return the simplest model whose residuals are hardly greater than those of homographies."""
    residuals = np.array([frame.residual for frame in frames])
    for model, distance in zip(MODELS, np.array([frame.simpler for frame in frames]).T, strict=False):
        similar = np.median(distance) <= MOST_RATIO * np.median(residuals) + MOST_EXCESS
        if similar and np.quantile(distance - residuals, 0.95) <= 2 * MOST_EXCESS:
            return model
    return "homography"


def _nearest_of_model(model: str, matrix: Doubles, size: Size) -> Doubles:
    """Return the motion of a model that is nearest to a homography over the image."""
    if model == "homography":
        return matrix
    grid = _grid(size)
    return fit_pairs(model, size, np.eye(3), grid, project(matrix, grid), np.ones(len(grid)), (np.inf,))


def _grid(size: Size) -> Points:
    x, y = np.meshgrid(*(np.linspace(0, side - 1, count) for side, count in zip(size, (7, 5), strict=True)))
    return np.column_stack([x.ravel(), y.ravel()])


def _blended(model: str, transforms: dict[int, Doubles], places: list[Doubles], size: Size) -> Doubles:
    """Return a frame's position: the mean of those by its key frames, each weighted where the frame overlaps it."""
    first = next(iter(transforms))
    if len(transforms) == 1:
        return places[first] @ _nearest_of_model(model, transforms[first], size)
    grid = _grid(size)
    spots, weights = np.zeros_like(grid), np.zeros(len(grid))
    for key, transform in transforms.items():
        outside = np.maximum(np.abs(project(transform, grid) - np.array(size) / 2) - np.array(size) / 2, 0).max(axis=1)
        weight = 1e-3 + np.exp(-outside / FALLOFF)
        spots += weight[:, None] * project(inverse(places[first]) @ places[key] @ transform, grid)
        weights += weight
    spots /= weights[:, None]
    return places[first] @ fit_pairs(
        model, size, _nearest_of_model(model, transforms[first], size), grid, spots, weights, (np.inf,)
    )
