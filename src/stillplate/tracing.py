"""The camera's path through a clip, read once: frames to key frames, key frames to one another, all to one canvas."""

from __future__ import annotations

import numpy as np

from stillplate.bundle import adjust
from stillplate.camera_path import CameraPath
from stillplate.corners import Grey
from stillplate.errors import RegistrationError
from stillplate.homography import Floats, fit_pairs, inverse, project, resized
from stillplate.layout import lay_out
from stillplate.sampling import Progress
from stillplate.span import Seconds, Span
from stillplate.tracer import Tracer
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import Image

__all__ = ["trace_camera"]

WIDEST = 480  # columns of the pictures that are registered, at most
FADES = 10.0  # pixels beyond a key frame's edge over which it loses its say


def trace_camera(
    source: SourceLike,
    *,
    start: Seconds | None = None,
    end: Seconds | None = None,
    progress: Progress | None = None,
) -> CameraPath:
    """Find where each frame of a clip lies on one canvas.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of images
    start, end : float or Fraction, optional
        Seconds from the first frame: the others are not registered.
    progress : callable, optional
        Called with the number of frames registered so far and the number of all, if known.

    Returns
    -------
    CameraPath

    Raises
    ------
    RegistrationError
        If no two frames can be registered to one another.
    VideoOpenError, DecodeError
        If the source cannot be read.
    """
    span, tracer, count = Span.of(start, end), Tracer(), 0
    with opened(source) as frames:
        width, height = frames.info.width, frames.info.height
        columns = min(WIDEST, width)
        small = (columns, max(1, round(height * columns / width)))
        for frame in frames:
            count = frame.index + 1
            if frame.time in span:
                tracer.take(_grey(frame.image, small), frame.index)
            if progress:
                progress(count, frames.info.frames)
    return _finish(tracer, count, (width, height), small, frames.info.name)


def _finish(tracer: Tracer, count: int, size: tuple[int, int], small: tuple[int, int], name: str) -> CameraPath:
    if not tracer.shots:
        index, reason = next(iter(tracer.skipped.items()), (0, "there is none"))
        raise RegistrationError(f"{name}: no frame can be registered to another; frame {index}: {reason}")
    shot = max(tracer.shots, key=lambda shot: len(shot.frames))
    places = adjust(shot.places, shot.links, "homography", small)
    enlarge = resized(small, size)
    shrunk = inverse(enlarge)
    indices = [frame.index for frame in shot.frames]
    matrices = np.array([enlarge @ _joined(frame.ways, places, small) @ shrunk for frame in shot.frames])
    matrices, canvas, reference = lay_out(matrices, size)
    whole = np.full((count, 3, 3), np.nan)
    whole[indices] = matrices
    residuals, explained = np.full((2, count), np.nan, np.float32)
    inliers = np.zeros(count, np.int32)
    factor = size[0] / small[0]
    residuals[indices] = [factor * frame.residual for frame in shot.frames]
    explained[indices] = [frame.explained for frame in shot.frames]
    inliers[indices] = [frame.inliers for frame in shot.frames]
    skipped = dict(tracer.skipped)
    skipped |= {frame.index: "another shot" for other in tracer.shots if other is not shot for frame in other.frames}
    shots = sorted((other.frames[0].index, other.frames[-1].index) for other in tracer.shots)
    return CameraPath(
        whole, residuals, inliers, "homography", size, canvas, explained, indices[reference], tuple(shots),
        tuple(sorted(skipped.items())),
    )  # fmt: skip


def _joined(ways: dict[int, Floats], places: list[Floats], size: tuple[int, int]) -> Floats:
    """Where a frame lies, if each of its key frames tells it of the part that it shows."""
    if len(ways) == 1:
        ((key, way),) = ways.items()
        return places[key] @ way
    x, y = np.meshgrid(*(np.linspace(0, side - 1, count) for side, count in zip(size, (7, 5), strict=True)))
    grid = np.column_stack([x.ravel(), y.ravel()])
    first = next(iter(ways))
    spots, weights = np.zeros_like(grid), np.zeros(len(grid))
    for key, way in ways.items():
        here = project(way, grid)
        outside = np.maximum(np.abs(here - np.array(size) / 2) - np.array(size) / 2, 0).max(axis=1)
        trust = 1e-3 + np.exp(-outside / FADES)
        spots += trust[:, None] * project(inverse(places[first]) @ places[key] @ way, grid)
        weights += trust
    return places[first] @ fit_pairs(
        "homography", size, ways[first], grid, spots / weights[:, None], weights, (np.inf,)
    )


def _grey(image: Image, size: tuple[int, int]) -> Grey:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey if size == grey.shape[::-1] else cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
