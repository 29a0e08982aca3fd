"""The camera's path through a clip, read once: frames to key frames, key frames to one another, all to one canvas."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from stillplate.arrays import Doubles, Grey, Image, Points
from stillplate.camera.bundle_adjustment import adjust
from stillplate.camera.canvas_layout import lay_out
from stillplate.camera.keyframe_tracker import KeyframeTracker, PlacedFrame, Shot
from stillplate.camera.path import CameraPath
from stillplate.errors import RegistrationError, TooFewFramesError
from stillplate.imaging.homography import MODELS, fit_pairs, fit_size, inverse, project, scaling_matrix
from stillplate.io.naming import longer_clip_advice
from stillplate.io.opening import SourceLike, opened
from stillplate.io.phases import log_phase
from stillplate.sampling.gather import FEWEST_FRAMES, Progress
from stillplate.sampling.span import Seconds, Span

__all__ = ["trace_camera"]

Size = tuple[int, int]

LONGEST = 480  # pixels: the longer side of the pictures that are registered, at most
KEYS = 256  # key frames that are remembered at most: as many as the canvas holds, and more
KEY_BYTES = 2**20  # of each, at most
WORSE, EXACT = 1.15, 0.05  # a model is good enough if points are so much farther apart under it, or so many pixels
FADES = 10.0  # pixels beyond a key frame's edge over which it loses its say


def trace_camera(
    source: SourceLike,
    *,
    start: Seconds | None = None,
    end: Seconds | None = None,
    memory: int = 2**30,
    progress: Progress | None = None,
) -> CameraPath:
    """Find where each frame of a clip lies on one canvas.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of images
    start, end : float or Fraction, optional
        Seconds from the first frame: the others are not registered.
    memory : int
        Bytes that the key frames may take: 256 of them, some 200 MB, are the most in any case.
    progress : callable, optional
        Called with the number of frames registered so far and the number of all, if known.

    Returns
    -------
    CameraPath
        Of the longest shot, as far as its frames find room on a bounded canvas; the others are listed as skipped.

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
    Frames are registered to key frames, of which there is a new one where a fifth of the view has changed and no older
    one knows it: corners, spread evenly over the picture, are followed there and back; the similarity that the most of
    the picture agrees on is refined to a homography, and that by the grey levels. Where it did not agree, things move:
    the next key frame gives these parts less weight. All key frames are then adjusted to one another (bundle of
    homographies), so that a return to an earlier view closes. A frame that no key frame knows begins another shot, if
    the next one is like it.
    """
    span, tracer, count, seen = Span.of(start, end), KeyframeTracker(max(16, min(KEYS, memory // KEY_BYTES))), 0, 0
    log_phase("follow camera")
    with opened(source) as frames:
        size = frames.info.width, frames.info.height
        small = fit_size(size, LONGEST)
        for frame in frames:
            count = frame.index + 1
            if frame.time in span:
                seen += 1
                tracer.take(_grey(frame.image, small), frame.index)
            if progress:
                progress(count, frames.info.frames)
    if seen < FEWEST_FRAMES:
        found = f"{'1 frame' if seen else 'no frame'} found{f' {span}' if span else ''}"
        raise TooFewFramesError(
            f"{frames.info.name}: {found}, but {FEWEST_FRAMES} are needed to trace the camera: "
            f"{longer_clip_advice(frames.info.path)}"
        )
    if not tracer.shots:
        index, reason = next(iter(tracer.skipped.items()))
        raise RegistrationError(
            f"{frames.info.name}: no frame can be registered to another, so the camera's path is not known; "
            f"frame {index}: {reason}: use camera='static' if it stands still"
        )
    return _path(tracer, count, small, size)


def _path(tracer: KeyframeTracker, count: int, small: Size, size: Size) -> CameraPath:
    shot = max(tracer.shots, key=lambda shot: len(shot.frames))
    model = _simplest(shot.frames)
    places = adjust([_within(model, place, small) for place in shot.places], shot.links, model, small)
    enlarge = scaling_matrix(small, size)
    shrink = inverse(enlarge)
    on_plane = [enlarge @ _joined(model, frame.ways, places, small) @ shrink for frame in shot.frames]
    layout = lay_out(np.array(on_plane), size)
    skipped = dict(tracer.skipped)
    skipped |= {frame.index: "another shot" for other in tracer.shots if other is not shot for frame in other.frames}
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
        matrices, residuals, inliers, model, size, layout.canvas, explained, reference, _takes(tracer.shots),
        tuple(sorted(skipped.items())),
    )  # fmt: skip


def _takes(shots: list[Shot]) -> tuple[tuple[int, int], ...]:
    """First and last frame of each run of frames of one shot."""
    owner = sorted((frame.index, number) for number, shot in enumerate(shots) for frame in shot.frames)
    runs = [list(run) for _, run in groupby(owner, key=lambda pair: pair[1])]
    return tuple((run[0][0], run[-1][0]) for run in runs)


def _simplest(frames: list[PlacedFrame]) -> str:
    """The simplest model under which points are hardly farther apart than under homographies."""
    least = np.array([frame.residual for frame in frames])
    for model, distance in zip(MODELS, np.array([frame.simpler for frame in frames]).T, strict=False):
        typical = np.median(distance) <= WORSE * np.median(least) + EXACT
        if typical and np.quantile(distance - least, 0.95) <= 2 * EXACT:
            return model
    return "homography"


def _within(model: str, matrix: Doubles, size: Size) -> Doubles:
    """The motion of a model that is nearest to a homography, over the picture."""
    if model == "homography":
        return matrix
    grid = _grid(size)
    return fit_pairs(model, size, np.eye(3), grid, project(matrix, grid), np.ones(len(grid)), (np.inf,))


def _grid(size: Size) -> Points:
    x, y = np.meshgrid(*(np.linspace(0, side - 1, count) for side, count in zip(size, (7, 5), strict=True)))
    return np.column_stack([x.ravel(), y.ravel()])


def _joined(model: str, ways: dict[int, Doubles], places: list[Doubles], size: Size) -> Doubles:
    """Where a frame lies, if each of its key frames tells it of the part that it shows."""
    first = next(iter(ways))
    if len(ways) == 1:
        return places[first] @ _within(model, ways[first], size)
    grid = _grid(size)
    spots, weights = np.zeros_like(grid), np.zeros(len(grid))
    for key, way in ways.items():
        outside = np.maximum(np.abs(project(way, grid) - np.array(size) / 2) - np.array(size) / 2, 0).max(axis=1)
        trust = 1e-3 + np.exp(-outside / FADES)
        spots += trust[:, None] * project(inverse(places[first]) @ places[key] @ way, grid)
        weights += trust
    spots /= weights[:, None]
    return places[first] @ fit_pairs(model, size, _within(model, ways[first], size), grid, spots, weights, (np.inf,))


def _grey(image: Image, size: tuple[int, int]) -> Grey:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey if size == grey.shape[::-1] else cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
