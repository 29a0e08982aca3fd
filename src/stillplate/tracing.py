"""The camera's path through a clip, read once: frames to key frames, key frames to one another, all to one canvas."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from stillplate.bundle import Link, adjust
from stillplate.camera_path import CameraPath
from stillplate.corners import Grey
from stillplate.errors import RegistrationError
from stillplate.homography import Floats, corners_of, fit_pairs, inverse, project, resized
from stillplate.keyframe import FEWEST, Key, Registration
from stillplate.layout import lay_out
from stillplate.sampling import Progress
from stillplate.span import Seconds, Span
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import Image

__all__ = ["trace_camera"]

WIDEST = 480  # columns of the pictures that are registered, at most
OVERLAP = 0.8  # of the picture: a frame that has less in common with its key frame needs another
FADED = 0.65  # of the points: a frame that agrees in fewer than those before needs another too,
ENLARGED = 1.4  # and one that shows it so much larger or smaller
WHOLLY = 0.95  # of the picture: a frame that has less in common is held to the next key frame too,
WAITING = 32  # so many of them at most
FADES = 10.0  # pixels beyond a key frame's edge over which it loses its say
COMMON = 0.3  # of the picture that two key frames must have in common to be linked
LINKS = 4  # older key frames that a new one is linked to, at most


@dataclass(slots=True)
class _Placed:
    """A frame on its key frame."""

    index: int
    ways: dict[int, Floats]  # to one or more key frames
    residual: float
    inliers: int
    explained: float


@dataclass(slots=True)
class _Shot:
    """Key frames that see one scene, and the frames on them."""

    keys: list[Key] = field(default_factory=list)
    places: list[Floats] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[_Placed] = field(default_factory=list)


class _Tracer:
    """Takes the frames one by one, and remembers key frames only."""

    def __init__(self) -> None:
        self.shots: list[_Shot] = []
        self.skipped: dict[int, str] = {}
        self._shot: _Shot | None = None
        self._key = 0
        self._guess: Floats = np.eye(3)
        self._waiting: deque[tuple[_Placed, Grey]] = deque(maxlen=WAITING)  # frames that leave their key frame
        self._seen = 0  # points by which a frame was registered to this key frame, at most
        self._stray: Key | None = None  # the frame before, if it could not be registered: perhaps a new shot's first

    def take(self, grey: Grey, index: int) -> None:
        found = self._continue(grey, index) or self._resume(grey, index)
        if found is None:
            self._begin(grey, index)

    def _continue(self, grey: Grey, index: int) -> bool:
        """Register a frame to the key frame of the one before."""
        if self._shot is None:
            return False
        found = self._shot.keys[self._key].register(grey, self._guess)
        if not found.found:
            return False
        self._stray = None
        self._place(grey, index, found)
        return True

    def _resume(self, grey: Grey, index: int) -> bool | None:
        """Register a frame to whichever key frame knows it."""
        other = Key(grey, index)
        if len(other.corners) < FEWEST:
            self.skipped[index] = f"too plain: {len(other.corners)} corners found, {FEWEST} needed"
            return False
        most = 0
        for shot in self.shots:
            for number, key in enumerate(shot.keys):
                guess = key.recognise(other)
                found = None if guess is None else key.register(grey, guess)
                most = max(most, 0 if found is None else len(found.here))
                if found is not None and found.found:
                    self._shot, self._key, self._stray, self._seen = shot, number, None, 0
                    self._place(grey, index, found)
                    return True
        self.skipped[index] = f"{most} points agree, {FEWEST} needed"
        return None

    def _begin(self, grey: Grey, index: int) -> None:
        """Take a frame that no key frame knows for the first of a new shot, if the next is like it."""
        stray, self._stray = self._stray, Key(grey, index)
        if stray is None:
            return
        found = stray.register(grey, np.eye(3))
        if not found.found:
            guess = stray.recognise(self._stray)
            found = found if guess is None else stray.register(grey, guess)
        if found.found:
            self._shot = _Shot([stray], [np.eye(3)])
            self.shots.append(self._shot)
            self._shot.frames.append(_Placed(stray.index, {0: np.eye(3)}, 0.0, len(stray.corners), found.explained))
            del self.skipped[stray.index], self.skipped[index]
            self._stray, self._key, self._seen = None, 0, 0
            self._place(grey, index, found)

    def _place(self, grey: Grey, index: int, found: Registration) -> None:
        shot = self._shot
        assert shot is not None
        placed = _Placed(index, {self._key: found.matrix}, found.residual, len(found.here), found.explained)
        shot.frames.append(placed)
        self._guess = found.matrix
        overlap, enlarged = _common(found.matrix, shot.keys[0].size)
        few = len(found.here) < max(2 * FEWEST, FADED * self._seen)
        self._seen = max(self._seen, len(found.here))
        if few or overlap < OVERLAP or max(enlarged, 1 / enlarged) > ENLARGED:
            before = self._key
            self._change_key(grey, index, found)
            self._look_back(before)
        if overlap < WHOLLY:
            self._waiting.append((placed, grey))

    def _look_back(self, before: int) -> None:
        """Hold the frames that were held to the key frame before, and leave it, to the new one as well."""
        shot = self._shot
        assert shot is not None
        way = inverse(shot.places[self._key]) @ shot.places[before]
        for placed, grey in self._waiting:
            if before in placed.ways and self._key not in placed.ways:
                guess = way @ placed.ways[before]
                if _common(guess, shot.keys[0].size)[0] > COMMON:
                    placed.ways[self._key] = shot.keys[self._key].sharpen(grey, guess)
        self._waiting.clear()

    def _change_key(self, grey: Grey, index: int, found: Registration) -> None:
        """Go on with an older key frame that knows this place, or make this frame one."""
        shot = self._shot
        assert shot is not None
        place = shot.places[self._key] @ found.matrix
        size = shot.keys[0].size
        ways = [inverse(other) @ place for other in shot.places]
        common = np.array([_common(way, size)[0] for way in ways])
        common[self._key] = 0
        order = np.argsort(-common, kind="stable")[:LINKS]
        links = [Link(self._key, len(shot.keys), found.here, found.there)]
        for number in order[common[order] > COMMON].tolist():
            known = shot.keys[number].register(grey, ways[number])
            if not known.found:
                continue
            if common[number] > (1 + OVERLAP) / 2:
                shot.links.append(Link(number, self._key, known.here, project(found.matrix, known.there)))
                self._key, self._guess, self._seen = number, known.matrix, len(known.here)
                return
            links.append(Link(number, len(shot.keys), known.here, known.there))
        shot.keys.append(Key(grey, index))
        shot.places.append(place / place[2, 2])
        shot.links.extend(links)
        self._key, self._guess, self._seen = len(shot.keys) - 1, np.eye(3), 0


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
    span, tracer, count = Span.of(start, end), _Tracer(), 0
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


def _finish(tracer: _Tracer, count: int, size: tuple[int, int], small: tuple[int, int], name: str) -> CameraPath:
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


def _common(matrix: Floats, size: tuple[int, int]) -> tuple[float, float]:
    """Share of a picture that another, brought to it, has in common with it, and how much larger that is."""
    import cv2

    ends = project(matrix, corners_of(size))
    if not np.isfinite(ends).all():
        return 0.0, 1.0
    area = float(cv2.contourArea(ends.astype(np.float32), oriented=True))
    if area <= 0:
        return 0.0, 1.0
    shared, _ = cv2.intersectConvexConvex(ends.astype(np.float32), corners_of(size).astype(np.float32))
    whole = (size[0] - 1) * (size[1] - 1)
    return shared / max(area, whole) if shared > 0 else 0.0, (area / whole) ** 0.5
