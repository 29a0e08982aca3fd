"""Frames taken one by one and registered to key frames, which alone are remembered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from stillplate.arrays import Doubles, Grey
from stillplate.camera.bundle_adjustment import Link
from stillplate.camera.keyframe import FEWEST, Key, Registration
from stillplate.imaging.homography import corners_of, inverse, project, unimodular

__all__ = ["KeyframeTracker", "PlacedFrame", "Shot"]

OVERLAP = 0.8  # of the picture: a frame that has less in common with its key frame needs another
FADED = 0.65  # of the points: a frame that agrees in fewer than those before needs another too,
ENLARGED = 1.4  # and one that shows it so much larger or smaller
WHOLLY = 0.95  # of the picture: a frame that has less in common is held to the next key frame too,
WAITING = 32  # so many of them at most
COMMON = 0.3  # of the picture that two key frames must have in common to be linked
LINKS = 4  # older key frames that a new one is linked to, at most
KNOWN = 0.35  # of the corners that should show: a frame in which so many agree is recognised beyond doubt
TRIED = 24  # key frames in which a lost frame is looked for, at most


@dataclass(slots=True)
class PlacedFrame:
    """A frame on its key frames.

    Attributes
    ----------
    index : int
        Number of the frame.
    ways : dict of int to float64 array of shape (3, 3)
        From the frame to one or more key frames.
    residual, inliers, explained
        As for `CameraPath`, in pixels of the small picture.
    simpler : three floats
        The residual, if the motion were the best translation, similarity or affinity.
    """

    index: int
    ways: dict[int, Doubles]
    residual: float
    inliers: int
    explained: float
    simpler: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(slots=True)
class Shot:
    """Key frames that see one scene, about where each lies, what they have in common, and the frames on them."""

    keys: list[Key] = field(default_factory=list)
    places: list[Doubles] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[PlacedFrame] = field(default_factory=list)


class KeyframeTracker:
    """Takes the frames one by one.

    Parameters
    ----------
    most : int
        Key frames to remember: of so many, no canvas holds all.

    Attributes
    ----------
    shots : list of Shot
    skipped : dict of int to str
        The frames that could not be registered, with the reason.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self.shots: list[Shot] = []
        self.skipped: dict[int, str] = {}
        self._shot: Shot | None = None
        self._key = 0
        self._guess: Doubles = np.eye(3)  # from the frame before to the key frame
        self._last: tuple[Grey, int, Registration] | None = None  # the frame before, if it was registered
        self._seen = 0  # points by which a frame was registered to this key frame, at most
        self._waiting: deque[tuple[PlacedFrame, Grey]] = deque(maxlen=WAITING)  # frames that leave their key frame
        self._stray: Key | None = None  # the frame before, if it could not be registered: perhaps a new shot's first

    def take(self, grey: Grey, index: int) -> None:
        """Register the next frame."""
        if not self._continue(grey, index):
            self._last = None
            if not self._resume(grey, index):
                self._begin(grey, index)

    def _continue(self, grey: Grey, index: int) -> bool:
        """Register a frame to the key frame of the one before; if that fails, to the frame before."""
        if self._shot is None:
            return False
        found = self._shot.keys[self._key].register(grey, self._guess)
        if not found.found and self._last is not None and self._last[1] != self._shot.keys[self._key].index:
            before = self._key
            self._add_key(*self._last, [])
            self._look_back(before)
            found = self._shot.keys[self._key].register(grey, np.eye(3))
        if not found.found:
            return False
        self._place(grey, index, found)
        return True

    def _resume(self, grey: Grey, index: int) -> bool:
        """Register a frame to whichever key frame knows it."""
        other, most = Key(grey, index), 0
        if len(other.corners) < FEWEST:
            self.skipped[index] = f"too plain: {len(other.corners)} corners found, {FEWEST} needed"
            self._stray = None
            return False
        for shot in self.shots:
            for number in np.unique(np.linspace(len(shot.keys) - 1, 0, TRIED).round().astype(int)).tolist():
                found = _recognised(shot.keys[number], other)
                if found is not None and found.found:
                    self._shot, self._key, self._seen = shot, number, 0
                    self._place(grey, index, found)
                    return True
                most = max(most, 0 if found is None else len(found.here))
        needed = max(FEWEST, round(KNOWN * len(other.corners)))
        self.skipped[index] = f"{most} points agree, {needed} needed"
        return False

    def _begin(self, grey: Grey, index: int) -> None:
        """Take a frame that no key frame knows for the first of a new shot, if the next is like it."""
        if index in self.skipped and self.skipped[index].startswith("too plain"):
            return
        stray, self._stray = self._stray, Key(grey, index)
        if stray is None:
            return
        found: Registration | None = stray.register(grey, np.eye(3))
        if found is not None and not found.found:
            found = _recognised(stray, self._stray)
        if found is not None and found.found:
            first = PlacedFrame(stray.index, {0: np.eye(3)}, 0.0, len(stray.corners), found.explained)
            self._shot = Shot([stray], [np.eye(3)], [], [first])
            self.shots.append(self._shot)
            del self.skipped[stray.index], self.skipped[index]
            self._key, self._seen = 0, 0
            self._place(grey, index, found)

    def _place(self, grey: Grey, index: int, found: Registration) -> None:
        shot = self._shot
        assert shot is not None
        placed = PlacedFrame(
            index, {self._key: found.matrix}, found.residual, len(found.here), found.explained, found.simpler
        )
        shot.frames.append(placed)
        self._guess, self._last, self._stray = found.matrix, (grey, index, found), None
        overlap, enlarged = common(found.matrix, shot.keys[0].size)
        few = len(found.here) < FADED * self._seen
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
                if common(guess, shot.keys[0].size)[0] > COMMON:
                    placed.ways[self._key] = shot.keys[self._key].sharpen(grey, guess)
        self._waiting.clear()

    def _change_key(self, grey: Grey, index: int, found: Registration) -> None:
        """Go on with an older key frame that knows this place, or make this frame one."""
        shot = self._shot
        assert shot is not None
        size = shot.keys[0].size
        ways = [inverse(other) @ shot.places[self._key] @ found.matrix for other in shot.places]
        shares = np.array([common(way, size)[0] for way in ways])
        shares[self._key] = 0
        order = np.argsort(-shares, kind="stable")[:LINKS]
        links = []
        for number in order[shares[order] > COMMON].tolist():
            known = shot.keys[number].register(grey, ways[number])
            if not known.found:
                continue
            if shares[number] > (1 + OVERLAP) / 2 and len(known.here) > FADED * len(found.here):
                shot.links.append(Link(number, self._key, known.here, project(found.matrix, known.there)))
                self._key, self._guess, self._seen = number, known.matrix, len(known.here)
                return
            links.append(Link(number, len(shot.keys), known.here, known.there))
        self._add_key(grey, index, found, links)

    def _add_key(self, grey: Grey, index: int, found: Registration, links: list[Link]) -> None:
        """Make a frame that was registered a key frame, and go on from there."""
        shot = self._shot
        assert shot is not None
        place = shot.places[self._key] @ found.matrix
        shot.links.extend([Link(self._key, len(shot.keys), found.here, found.there), *links])
        shot.keys.append(Key(grey, index, found.ground_there(grey.shape)))
        shot.places.append(unimodular(place))
        self._key, self._guess, self._seen = len(shot.keys) - 1, np.eye(3), 0
        self._forget()

    def _forget(self) -> None:
        """Let go of the oldest shot's key frames, where there are too many: of this one's last, where it is alone."""
        while sum(len(shot.keys) for shot in self.shots) > self._most:
            oldest = next(shot for shot in self.shots if shot.keys)
            if oldest is self._shot:
                self._shot, self._key = Shot([oldest.keys[self._key]], [np.eye(3)]), 0
                self.shots.append(self._shot)
            oldest.keys.clear()


def _recognised(key: Key, other: Key) -> Registration | None:
    """Register a frame, wherever it lies, if it is beyond doubt that the key frame shows the same place."""
    guess = key.recognise(other)
    if guess is None:
        return None
    found = key.register(other.grey, guess)
    return found if not found.found or len(found.here) > KNOWN * found.seen else None


def common(matrix: Doubles, size: tuple[int, int]) -> tuple[float, float]:
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
