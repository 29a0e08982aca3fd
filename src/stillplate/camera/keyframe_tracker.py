"""Registration of frames, one by one, to key frames; only key frames are kept in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from stillplate.arrays import Doubles, Grey
from stillplate.camera.bundle_adjustment import Link
from stillplate.camera.keyframe import FEWEST, Key, Registration
from stillplate.imaging.homography import corners_of, inverse, project, unimodular

__all__ = ["KeyframeTracker", "PlacedFrame", "Shot"]

OVERLAP = 0.8  # share of the image: with less overlap, a frame changes its key frame
LEAST_INLIERS = 0.65  # share of a key frame's most inliers, ever: with fewer, a frame changes its key frame
RETURNS = 0.8  # share of the tracked area: with less, a frame does not return to an older key frame
MOST_ZOOM = 1.4  # zoom factor: above it, a frame changes its key frame
FULL_OVERLAP = 0.95  # share of the image: with less overlap, a frame is registered to the next key frame, too
MOST_WAITING = 32  # frames that wait for the next key frame, at most
LINK_OVERLAP = 0.3  # share of the image: least overlap of two linked key frames
LINKS = 4  # older key frames that a new one is linked to, at most
RECOGNISED_SHARE = 0.35  # share of the visible corners: least inliers of a frame recognised by its keypoints
MOST_TRIED = 24  # key frames of a shot that are tried for a lost frame, at most


@dataclass(slots=True)
class PlacedFrame:
    """A frame registered to one or more key frames.

    Attributes
    ----------
    index : int
        Number of the frame.
    transforms : dict of int to float64 array of shape (3, 3)
        Transforms from the frame to key frames, by their number.
    residual, inliers, explained
        As for `CameraPath`, in pixels of the reduced image.
    simpler : three floats
        Residual of the best translation, similarity and affinity.
    """

    index: int
    transforms: dict[int, Doubles]
    residual: float
    inliers: int
    explained: float
    simpler: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(slots=True)
class Shot:
    """Key frames of one scene, their approximate positions, their matches, and the frames registered to them."""

    keys: list[Key] = field(default_factory=list)
    places: list[Doubles] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[PlacedFrame] = field(default_factory=list)


class KeyframeTracker:
    """Registers frames one by one.

    Parameters
    ----------
    most : int
        Key frames to keep, at most.

    Attributes
    ----------
    shots : list of Shot
    skipped : dict of int to str
        Frames that could not be registered, with the reason.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self.shots: list[Shot] = []
        self.skipped: dict[int, str] = {}
        self._shot: Shot | None = None
        self._key = 0
        self._guess: Doubles = np.eye(3)  # from the frame before to the key frame
        self._last: tuple[Grey, int, Registration] | None = None  # the frame before, if it was registered
        self._waiting: deque[tuple[PlacedFrame, Grey]] = deque(maxlen=MOST_WAITING)  # frames with reduced overlap
        self._unregistered: Key | None = None  # the frame before, if it was not registered: it may begin a new shot

    def take(self, grey: Grey, index: int) -> None:
        """Register the next frame."""
        if not self._continue(grey, index):
            self._last = None
            if not self._resume(grey, index):
                self._begin(grey, index)

    def _continue(self, grey: Grey, index: int) -> bool:
        """Register a frame to the current key frame; if that fails, make the frame before a key frame and try that."""
        if self._shot is None:
            return False
        found = self._shot.keys[self._key].register(grey, self._guess)
        if not found.found and self._last is not None and self._last[1] != self._shot.keys[self._key].index:
            before = self._key
            self._add_key(*self._last, [])
            self._register_waiting(before)
            found = self._shot.keys[self._key].register(grey, np.eye(3))
        if not found.found:
            return False
        self._place(grey, index, found)
        return True

    def _resume(self, grey: Grey, index: int) -> bool:
        """Register a frame to any key frame that recognises it."""
        other, most = Key(grey, index), 0
        if len(other.corners) < FEWEST:
            self.skipped[index] = f"too plain: {len(other.corners)} corners found, {FEWEST} needed"
            self._unregistered = None
            return False
        for shot in self.shots:
            for number in np.unique(np.linspace(len(shot.keys) - 1, 0, MOST_TRIED).round().astype(int)).tolist():
                found = _recognised(shot.keys[number], other)
                if found is not None and found.found:
                    self._shot, self._key = shot, number
                    self._place(grey, index, found)
                    return True
                most = max(most, 0 if found is None else len(found.here))
        needed = max(FEWEST, round(RECOGNISED_SHARE * len(other.corners)))
        self.skipped[index] = f"{most} points agree, {needed} needed"
        return False

    def _begin(self, grey: Grey, index: int) -> None:
        """Start a new shot with the unregistered frame before, if this frame can be registered to it."""
        if index in self.skipped and self.skipped[index].startswith("too plain"):
            return
        first_frame, self._unregistered = self._unregistered, Key(grey, index)
        if first_frame is None:
            return
        found: Registration | None = first_frame.register(grey, np.eye(3))
        if found is not None and not found.found:
            found = _recognised(first_frame, self._unregistered)
        if found is not None and found.found:
            first = PlacedFrame(first_frame.index, {0: np.eye(3)}, 0.0, len(first_frame.corners), found.explained)
            self._shot = Shot([first_frame], [np.eye(3)], [], [first])
            self.shots.append(self._shot)
            del self.skipped[first_frame.index], self.skipped[index]
            self._key = 0
            self._place(grey, index, found)

    def _place(self, grey: Grey, index: int, found: Registration) -> None:
        shot = self._shot
        assert shot is not None
        placed = PlacedFrame(
            index, {self._key: found.matrix}, found.residual, len(found.here), found.explained, found.simpler
        )
        shot.frames.append(placed)
        self._guess, self._last, self._unregistered = found.matrix, (grey, index, found), None
        overlap, zoom = overlap_and_zoom(found.matrix, shot.keys[0].size)
        few = len(found.here) < LEAST_INLIERS * shot.keys[self._key].most_inliers
        if few or overlap < OVERLAP or max(zoom, 1 / zoom) > MOST_ZOOM:
            before = self._key
            self._change_key(grey, index, found)
            self._register_waiting(before)
        if overlap < FULL_OVERLAP:
            self._waiting.append((placed, grey))

    def _register_waiting(self, before: int) -> None:
        """Register the waiting frames of the previous key frame to the new one, too."""
        shot = self._shot
        assert shot is not None
        transform = inverse(shot.places[self._key]) @ shot.places[before]
        for placed, grey in self._waiting:
            if before in placed.transforms and self._key not in placed.transforms:
                guess = transform @ placed.transforms[before]
                if overlap_and_zoom(guess, shot.keys[0].size)[0] > LINK_OVERLAP:
                    placed.transforms[self._key] = shot.keys[self._key].sharpen(grey, guess)
        self._waiting.clear()

    def _change_key(self, grey: Grey, index: int, found: Registration) -> None:
        """Continue with an older key frame that shows this view, or make this frame a key frame.

        An older one in which near things have moved against the ground would be left again soon; and the inliers that
        remain lie in a part of the picture, so that the path would be wrong in the rest.
        """
        shot = self._shot
        assert shot is not None
        size = shot.keys[0].size
        transforms = [inverse(other) @ shot.places[self._key] @ found.matrix for other in shot.places]
        shares = np.array([overlap_and_zoom(transform, size)[0] for transform in transforms])
        shares[self._key] = 0
        order = np.argsort(-shares, kind="stable")[:LINKS]
        links = []
        for number in order[shares[order] > LINK_OVERLAP].tolist():
            known = shot.keys[number].register(grey, transforms[number])
            if not known.found:
                continue
            whole = len(known.here) > LEAST_INLIERS * len(found.here) and known.explained > RETURNS
            if shares[number] > (1 + OVERLAP) / 2 and whole:
                shot.links.append(Link(number, self._key, known.here, project(found.matrix, known.there)))
                self._key, self._guess = number, known.matrix
                return
            links.append(Link(number, len(shot.keys), known.here, known.there))
        self._add_key(grey, index, found, links)

    def _add_key(self, grey: Grey, index: int, found: Registration, links: list[Link]) -> None:
        """Make a registered frame a key frame, and continue with it."""
        shot = self._shot
        assert shot is not None
        place = shot.places[self._key] @ found.matrix
        shot.links.extend([Link(self._key, len(shot.keys), found.here, found.there), *links])
        shot.keys.append(Key(grey, index, found.ground_there(grey.shape)))
        shot.places.append(unimodular(place))
        self._key, self._guess = len(shot.keys) - 1, np.eye(3)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Drop the key frames of the oldest shot while there are too many; the current shot keeps its current one."""
        while sum(len(shot.keys) for shot in self.shots) > self._most:
            oldest = next(shot for shot in self.shots if shot.keys)
            if oldest is self._shot:
                self._shot, self._key = Shot([oldest.keys[self._key]], [np.eye(3)]), 0
                self.shots.append(self._shot)
            oldest.keys.clear()


def _recognised(key: Key, other: Key) -> Registration | None:
    """Register a frame in any position to a key frame; None if it is not recognised, or by too few inliers."""
    guess = key.recognise(other)
    if guess is None:
        return None
    found = key.register(other.grey, guess)
    return found if not found.found or len(found.here) > RECOGNISED_SHARE * found.seen else None


def overlap_and_zoom(matrix: Doubles, size: tuple[int, int]) -> tuple[float, float]:
    """Return the share of an image that the transformed one overlaps, and the zoom factor between them."""
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
