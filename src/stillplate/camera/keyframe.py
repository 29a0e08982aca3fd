"""A frame that others are registered to, by its corners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Grey, Points
from stillplate.camera.corners import agreement, cells_of, find_corners, follow, spread_weights
from stillplate.camera.direct_alignment import Template, smooth
from stillplate.imaging.homography import corners_of, fit_pairs, inverse, model_residuals, project, ransac_similarity

__all__ = ["FEWEST", "Key", "Registration"]

LEVELS = 3  # halvings of the picture in which corners are followed: by up to some 50 pixels of it
RECOGNISED = 0.75  # of the second best likeness: nearer, a point of interest is taken for the same (Lowe)
INTERESTS = 500  # points of interest by which a view is recognised
ROUGH = 4.0  # pixels within which the first guess, a similarity, must bring a corner
FIT = 1.0  # pixels within which a corner moves with the picture
SCALES = (3.0, 1.5, 0.8)  # pixels: of the weights, round by round
NEAR = 1.5  # pixels: a first guess that was off by more is tried again from where it led
SAME_LIGHT, BRIGHTER = 0.03, 2.0  # gains that need no, and that get no further adjustment
EXACT = 1.0  # pixels: by so much the grey levels may correct what the corners tell
PRIOR = 0.2  # weight of a part of the picture that did not move with the rest before; 1 of one that did
FEWEST = 16  # corners that must move together, and ...
TOGETHER = 0.2  # ... the share of the picture, where corners were followed, that they must stand for ...
PARTS = 5  # ... and how many of the 96 parts of the picture they must be in


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a picture lies on a key frame.

    Attributes
    ----------
    matrix : float64 array of shape (3, 3)
        From the picture to the key frame.
    here, there : float64 arrays of shape (n, 2)
        Points of the key frame, and where they are in the picture, that agree.
    strays : float64 array of shape (m, 2)
        Points in the picture that were followed and do not agree.
    seen : int
        Corners of the key frame that should show in the picture.
    residual : float
        Median distance of the points that agree under the motion, in pixels.
    simpler : three floats
        The same, if the motion were the best translation, similarity or affinity.
    explained : float
        Share of the picture, 0..1, that they stand for, where points could be followed.
    ground : float64 array of shape (96,)
        How much each part of the key frame moves so, 0..1.
    found : bool
        Whether they are enough.
    """

    matrix: Doubles
    here: Points
    there: Points
    strays: Points
    seen: int
    residual: float
    simpler: tuple[float, float, float]
    explained: float
    ground: Doubles
    found: bool

    def ground_there(self, shape: tuple[int, ...]) -> Doubles:
        """How much each part of the picture, (h, w), moves as the ground does, 0..1."""
        points = np.concatenate([self.there, self.strays])
        return agreement(points, np.arange(len(points)) < len(self.there), shape)


class Key:
    """A frame that others are registered to.

    Parameters
    ----------
    grey : uint8 array of shape (h, w)
    index : int
        Number of the frame.
    ground : float64 array of shape (96,), optional
        How much each part of it is known to move as the ground does, 0..1; unknown, if left out.
    """

    def __init__(self, grey: Grey, index: int, ground: Doubles | None = None) -> None:
        self.index = index
        self.grey = grey
        self.corners = find_corners(grey)
        self._prior = PRIOR + (1 - PRIOR) * (np.ones(96) if ground is None else ground)
        self._template = Template(smooth(grey))
        self._interests: tuple[Points, npt.NDArray[np.float32]] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]

    def register(self, grey: Grey, guess: Doubles) -> Registration:
        """Register a picture, given about where it lies."""
        found = self._register(grey, guess, LEVELS)
        if found.found and _apart(found.matrix, guess, self.size) > NEAR:
            again = self._register(grey, found.matrix, 1)
            found = again if again.found else found
        if not found.found:
            return found
        matrix = self.sharpen(grey, found.matrix, found.ground)
        return replace(found, matrix=matrix, there=project(inverse(matrix), found.here))

    def sharpen(self, grey: Grey, matrix: Doubles, ground: Doubles | None = None) -> Doubles:
        """Correct where a picture lies, known to a pixel or two, by the grey levels."""
        return inverse(self._template.improve(smooth(grey), inverse(matrix), EXACT, ground)[0])

    def _register(self, grey: Grey, guess: Doubles, levels: int) -> Registration:
        import cv2

        back = inverse(guess)
        visible = _inside(project(back, self.corners), self.size)
        corners = self.corners[visible]
        placed = np.asarray(cv2.warpPerspective(grey, guess, self.size, flags=cv2.INTER_LINEAR, borderMode=1), np.uint8)
        there, kept = follow(_relit(self.grey, placed), placed, corners, levels)
        kept &= _inside(project(back, there), self.size)
        corners, there = corners[kept], there[kept]
        never = (np.inf, np.inf, np.inf)
        lost = Registration(guess, corners, there, there, int(visible.sum()), np.inf, never, 0.0, self._prior, False)
        if len(corners) < FEWEST:
            return lost
        spread = spread_weights(corners, self.grey.shape)
        weights = spread * self._prior[cells_of(corners, self.grey.shape)]
        start = back @ ransac_similarity(corners, there, weights, ROUGH)
        there = project(back, there)
        matrix = fit_pairs("homography", self.size, start, corners, there, weights, SCALES)
        if not _sane(matrix, self.size):
            return lost
        errors = np.linalg.norm(project(matrix, corners) - there, axis=1)
        fits = errors < FIT
        explained = float(spread[fits].sum() / spread.sum())
        parts = len(np.unique(cells_of(corners[fits], self.grey.shape)))
        ground = agreement(corners, fits, self.grey.shape)
        found = fits.sum() >= FEWEST and explained >= TOGETHER and parts >= PARTS
        residual = float(np.median(errors[fits])) if fits.any() else np.inf
        simpler = model_residuals(corners[fits], there[fits]) if fits.any() else never
        return Registration(
            inverse(matrix), corners[fits], there[fits], there[~fits], int(visible.sum()), residual, simpler, explained,
            ground, bool(found),
        )  # fmt: skip

    def recognise(self, other: Key) -> Doubles | None:
        """About where another frame lies, by its points of interest, wherever that is; None if it is not recognised."""
        here, like = self._described()
        there, those = other._described()
        if min(len(here), len(there)) < FEWEST:
            return None
        apart = -2 * like @ those.T + (those**2).sum(axis=1) + (like**2).sum(axis=1)[:, None]
        nearest = np.argpartition(apart, 1, axis=1)[:, :2]
        two = np.take_along_axis(apart, nearest, 1)
        best = nearest[np.arange(len(here)), np.argmin(two, axis=1)]
        mutual = np.argmin(apart, axis=0)[best] == np.arange(len(here))
        same = mutual & (two.min(axis=1) < RECOGNISED**2 * two.max(axis=1))
        if same.sum() < FEWEST // 2:
            return None
        way = ransac_similarity(here[same], there[best[same]], np.ones(int(same.sum())), 2 * ROUGH)
        return inverse(way) if _sane(way, self.size) else None

    def _described(self) -> tuple[Points, npt.NDArray[np.float32]]:
        if self._interests is None:
            import cv2

            points, vectors = cv2.SIFT_create(INTERESTS).detectAndCompute(self.grey, None)  # type: ignore[attr-defined]
            places = np.array([point.pt for point in points], np.float64).reshape(-1, 2)
            self._interests = places, np.zeros((0, 128), np.float32) if vectors is None else vectors
        return self._interests


def _relit(grey: Grey, like: Grey) -> Grey:
    """Bring a picture to the light of another: by the median ratio, so that a van before one of them does not count."""
    import cv2

    ratio = (like[::4, ::4] + np.float32(1)) / (grey[::4, ::4] + np.float32(1))
    gain = float(np.clip(np.median(ratio), 1 / BRIGHTER, BRIGHTER))
    return grey if abs(gain - 1) < SAME_LIGHT else np.asarray(cv2.convertScaleAbs(grey, alpha=gain), np.uint8)


def _inside(points: Points, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray(((points >= 2) & (points <= np.array(size) - 3)).all(axis=1))


def _apart(one: Doubles, other: Doubles, size: tuple[int, int]) -> float:
    ends = corners_of(size)
    return float(np.linalg.norm(project(one, ends) - project(other, ends), axis=1).max())


def _sane(matrix: Doubles, size: tuple[int, int]) -> bool:
    """Whether a picture stays one: not turned over, not torn."""
    ends = project(matrix, corners_of(size))
    if not np.isfinite(ends).all():
        return False
    sides = np.roll(ends, -1, axis=0) - ends
    turn = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1] - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    return bool((turn > 0.05 * size[0] * size[1]).all())
