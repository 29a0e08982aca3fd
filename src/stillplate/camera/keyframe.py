"""A key frame, to which other frames are registered by its corners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Grey, Points
from stillplate.camera.corners import agreement, cells_of, find_corners, follow, spread_weights
from stillplate.camera.direct_alignment import Template, smooth
from stillplate.camera.pair_fit import fit_pairs
from stillplate.imaging.homography import corners_of, inverse, model_residuals, project, ransac_similarity

__all__ = ["FEWEST", "Key", "Registration"]

LEVELS = 3  # pyramid levels of the tracker: displacements of up to some 50 pixels
RATIO_TEST = 0.75  # Lowe's ratio: greatest ratio of the best to the second best descriptor distance of a match
KEYPOINTS = 500  # SIFT keypoints of a view
RANSAC_THRESHOLD = 4.0  # pixels: RANSAC threshold of the first similarity
INLIER_THRESHOLD = 1.0  # pixels: greatest residual of an inlier
SCALES = (3.0, 1.5, 0.8)  # pixels: scale of the robust weights, round by round
RETRY_THRESHOLD = 1.5  # pixels: if the guess was off by more, the frame is registered again from the result
SAME_LIGHT, BRIGHTER = 0.03, 2.0  # change of gain below which none is applied, and the greatest gain applied
MOST_CORRECTION = 1.0  # pixels: greatest correction by direct alignment
PRIOR = 0.2  # weight of a cell of which nothing moved with the background before; 1 if all did
FEWEST = 16  # inliers of a registration
LEAST_EXPLAINED = 0.2  # share of the tracked area that the inliers must cover
LEAST_CELLS = 5  # cells, of 96, that must hold inliers


@dataclass(frozen=True, slots=True)
class Registration:
    """Registration of an image to a key frame.

    Attributes
    ----------
    matrix : float64 array of shape (3, 3)
        From the image to the key frame.
    here, there : float64 arrays of shape (n, 2)
        Inliers in the key frame and in the image.
    strays : float64 array of shape (m, 2)
        Outliers in the image.
    seen : int
        Corners of the key frame that lie within the image.
    residual : float
        Median residual of the inliers, in pixels.
    simpler : three floats
        The same for the best translation, similarity and affinity.
    explained : float
        Share of the tracked area, 0..1, that the inliers cover.
    ground : float64 array of shape (96,)
        Share of each cell of the key frame, 0..1, that moves with the background.
    found : bool
        Whether the inliers suffice.
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
        """Return the share of each cell of the image, of shape (h, w), that moves with the background, 0..1."""
        points = np.concatenate([self.there, self.strays])
        return agreement(points, np.arange(len(points)) < len(self.there), shape)


class Key:
    """A key frame, to which other frames are registered.

    Parameters
    ----------
    grey : uint8 array of shape (h, w)
    index : int
        Number of the frame.
    ground : float64 array of shape (96,), optional
        Share of each cell that moves with the background, 0..1; unknown if omitted.

    Attributes
    ----------
    index, grey
        As given.
    corners : float64 array of shape (n, 2)
    most_inliers : int
        Of the images that were registered to it, the most.

    Notes
    -----
    Where near things pass, several surfaces move each in its own way. A cell counts by the square of its share, as two
    of its points would both move with the background, so that the path keeps to the surface that it has followed.
    """

    def __init__(self, grey: Grey, index: int, ground: Doubles | None = None) -> None:
        self.index = index
        self.grey = grey
        self.corners = find_corners(grey)
        self.most_inliers = 0
        self._prior = PRIOR + (1 - PRIOR) * (np.ones(96) if ground is None else np.square(ground))
        self._template = Template(smooth(grey))
        self._keypoints: tuple[Points, npt.NDArray[np.float32]] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]

    def register(self, grey: Grey, guess: Doubles) -> Registration:
        """Register an image, given an approximate transform."""
        found = self._register(grey, guess, LEVELS)
        if found.found and _corner_distance(found.matrix, guess, self.size) > RETRY_THRESHOLD:
            again = self._register(grey, found.matrix, 1)
            found = again if again.found else found
        if not found.found:
            return found
        self.most_inliers = max(self.most_inliers, len(found.here))
        matrix = self.sharpen(grey, found.matrix, found.ground)
        return replace(found, matrix=matrix, there=project(inverse(matrix), found.here))

    def sharpen(self, grey: Grey, matrix: Doubles, ground: Doubles | None = None) -> Doubles:
        """Refine the transform of an image, known to a pixel or two, by direct alignment."""
        return inverse(self._template.improve(smooth(grey), inverse(matrix), MOST_CORRECTION, ground)[0])

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
        start = back @ ransac_similarity(corners, there, weights, RANSAC_THRESHOLD)
        there = project(back, there)
        matrix = fit_pairs("homography", self.size, start, corners, there, weights, SCALES)
        if not _is_plausible(matrix, self.size):
            return lost
        errors = np.linalg.norm(project(matrix, corners) - there, axis=1)
        fits = errors < INLIER_THRESHOLD
        explained = float(spread[fits].sum() / spread.sum())
        parts = len(np.unique(cells_of(corners[fits], self.grey.shape)))
        ground = agreement(corners, fits, self.grey.shape)
        found = fits.sum() >= FEWEST and explained >= LEAST_EXPLAINED and parts >= LEAST_CELLS
        residual = float(np.median(errors[fits])) if fits.any() else np.inf
        simpler = model_residuals(corners[fits], there[fits]) if fits.any() else never
        return Registration(
            inverse(matrix), corners[fits], there[fits], there[~fits], int(visible.sum()), residual, simpler, explained,
            ground, bool(found),
        )  # fmt: skip

    def recognise(self, other: Key) -> Doubles | None:
        """Return the approximate transform of a frame in any position, by SIFT matches; None if there are too few."""
        here, like = self._descriptors()
        there, those = other._descriptors()
        if min(len(here), len(there)) < FEWEST:
            return None
        distances = -2 * like @ those.T + (those**2).sum(axis=1) + (like**2).sum(axis=1)[:, None]
        nearest = np.argpartition(distances, 1, axis=1)[:, :2]
        two = np.take_along_axis(distances, nearest, 1)
        best = nearest[np.arange(len(here)), np.argmin(two, axis=1)]
        mutual = np.argmin(distances, axis=0)[best] == np.arange(len(here))
        same = mutual & (two.min(axis=1) < RATIO_TEST**2 * two.max(axis=1))
        if same.sum() < FEWEST // 2:
            return None
        transform = ransac_similarity(here[same], there[best[same]], np.ones(int(same.sum())), 2 * RANSAC_THRESHOLD)
        return inverse(transform) if _is_plausible(transform, self.size) else None

    def _descriptors(self) -> tuple[Points, npt.NDArray[np.float32]]:
        if self._keypoints is None:
            import cv2

            points, vectors = cv2.SIFT_create(KEYPOINTS).detectAndCompute(self.grey, None)  # type: ignore[attr-defined]
            places = np.array([point.pt for point in points], np.float64).reshape(-1, 2)
            self._keypoints = places, np.zeros((0, 128), np.float32) if vectors is None else vectors
        return self._keypoints


def _relit(grey: Grey, like: Grey) -> Grey:
    """Bring an image to the light of another by their median ratio, which large objects do not change."""
    import cv2

    ratio = (like[::4, ::4] + np.float32(1)) / (grey[::4, ::4] + np.float32(1))
    gain = float(np.clip(np.median(ratio), 1 / BRIGHTER, BRIGHTER))
    return grey if abs(gain - 1) < SAME_LIGHT else np.asarray(cv2.convertScaleAbs(grey, alpha=gain), np.uint8)


def _inside(points: Points, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray(((points >= 2) & (points <= np.array(size) - 3)).all(axis=1))


def _corner_distance(one: Doubles, other: Doubles, size: tuple[int, int]) -> float:
    ends = corners_of(size)
    return float(np.linalg.norm(project(one, ends) - project(other, ends), axis=1).max())


def _is_plausible(matrix: Doubles, size: tuple[int, int]) -> bool:
    """Whether the matrix keeps an image's orientation and shape."""
    ends = project(matrix, corners_of(size))
    if not np.isfinite(ends).all():
        return False
    sides = np.roll(ends, -1, axis=0) - ends
    turn = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1] - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    return bool((turn > 0.05 * size[0] * size[1]).all())
