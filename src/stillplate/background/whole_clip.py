"""What moves in a clip of a moving camera, found over the whole clip: by motion, by the plate, and by consensus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise

import numpy as np

from stillplate.arrays import Floats, Grey, Image
from stillplate.background.own_motion import OwnMotion
from stillplate.camera.neighbour_flow import NeighbourFlow, find_flow, sizes
from stillplate.camera.path import CameraPath
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.resize import resized, resized_grey
from stillplate.imaging.warping import Size
from stillplate.io.phases import log_phase
from stillplate.io.source import Frame, FrameSource
from stillplate.sampling.gather import Progress
from stillplate.segmentation.along_flow import averaged_along_flow
from stillplate.segmentation.consensus import consensus
from stillplate.segmentation.edges import grown
from stillplate.segmentation.independent_motion import edge_on_plane, independent_motion, is_flat
from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods, plate_counts
from stillplate.segmentation.motion_shares import MOST_OF_EDGE, MotionShares, shares_between
from stillplate.segmentation.moving_camera import OFF, MovingCamera
from stillplate.threads import map_samples

__all__ = ["MOVES", "find_likelihoods", "find_own_motion"]

FRAMES, MARGIN = 64, 16  # of a window: about so many, and so many more on either side
BATCH = 8  # frames read at once
MOVES = 0.3  # likelihood above which a pixel has no vote in the plate
MOST = 0.95  # share of the ground, and of the frames, that moves by the parallax at most
SURE = 0.001  # distance from 0 and 1 that evidence keeps

Maps = list[Floats | None]
Shares = tuple[float, float, float, float]  # of a picture: in the order of the attributes of `MotionShares`
Pair = tuple[NeighbourFlow, NeighbourFlow]  # to a neighbour, and back


def find_own_motion(
    frames: FrameSource, path: CameraPath, indices: Sequence[int], progress: Progress | None = None
) -> OwnMotion:
    """Find what moves by itself in some frames, by motion and colour, and the parallax of the ground in all frames.

    Parameters
    ----------
    frames : FrameSource
    path : CameraPath
    indices : sequence of int
        Numbers of the frames.
    progress : callable, optional
        Called with the number of frames looked at so far and the number of all.

    Returns
    -------
    OwnMotion
    """
    log_phase("find motion")
    movers, parallaxes = dict.fromkeys(indices, np.zeros((1, 1), np.bool_)), list[float]()
    for numbers, own, window, maps in _windows(frames, path, None, progress):
        parallaxes += window.parallaxes(maps)
        for index, likely in zip(numbers, maps[own], strict=False):  # a given path may be longer than the clip
            if index in movers and likely is not None:
                movers[index] = grown(likely > MOVES)
    scale = path.size[0] / sizes(path.size)[0][0]
    parallax = scale * float(np.quantile(parallaxes, MOST)) if parallaxes else 0.0
    return OwnMotion(tuple(movers[index] for index in indices), parallax)


def find_likelihoods(
    frames: FrameSource, path: CameraPath, camera: MovingCamera, progress: Progress | None = None
) -> tuple[Likelihoods, MotionShares]:
    """Find how likely each pixel of each frame is foreground, by motion, colour and the difference from the plate.

    Parameters
    ----------
    frames : FrameSource
    path : CameraPath
    camera : MovingCamera
        The plate that the frames are compared to.
    progress : callable, optional
        Called with the number of frames looked at so far and the number of all.

    Returns
    -------
    likelihoods : Likelihoods
        Of the frames of the path; unknown where a frame is not on it.
    shares : MotionShares
        Of the picture of each frame, what the plane explains, what parallax does, and what neither does.

    Notes
    -----
    The clip is read in windows of about 64 frames, and 16 more on either side, which bounds the memory.
    """
    log_phase("find motion")
    likelihoods, shares, counts = Maps(), list[Shares | None](), np.zeros((2, len(OCTAVES) + 1))
    for _, own, window, maps in _windows(frames, path, camera, progress):
        likelihoods += maps[own]
        found = window.shares(maps)
        shares += found[own]
        unclear = MotionShares.of(found).unclear
        for at, (likely, ratio) in enumerate(zip(maps[own], window.ratios[own], strict=True), own.start):
            if likely is not None and at not in unclear:
                counts += plate_counts(likely, ratio)
    return Likelihoods.of(sizes(path.size)[1], likelihoods, counts), MotionShares.of(shares)


def _windows(
    frames: FrameSource, path: CameraPath, camera: MovingCamera | None, progress: Progress | None
) -> Iterator[tuple[range, slice, _Window, Maps]]:
    """Yield the frames that a window is for, where they lie in it, the window, and its maps."""
    count = max(1, round(len(path) / FRAMES))
    edges = [len(path) * part // count for part in range(count + 1)]
    for first, last in pairwise(edges):
        begin = max(0, first - MARGIN)
        window = _Window.read(frames, range(begin, min(len(path), last + MARGIN)), path, camera)
        yield range(first, last), slice(first - begin, last - begin), window, window.likelihoods()
        if progress:
            progress(last, len(path))


@dataclass(frozen=True, slots=True)
class _Window:
    """Consecutive frames.

    Attributes
    ----------
    images : list of uint8 arrays of shape (h, w, 3), RGB
        Small.
    ratios : list of float32 arrays of shape (h, w)
        Difference from the plate over its threshold; NaN where that is unknown.
    pairs : list of (NeighbourFlow, NeighbourFlow), or None
        From each frame but the last to the next, and back; None where one of them is not on the path.
    """

    images: list[Image]
    ratios: list[Floats]
    pairs: list[Pair | None]

    @classmethod
    def read(cls, frames: FrameSource, numbers: range, path: CameraPath, camera: MovingCamera | None) -> _Window:
        """Read frames, and find the flow between them."""
        large, small = sizes(path.size)
        images, ratios, pairs = list[Image](), list[Floats](), list[Pair | None]()
        before: tuple[Grey, int] | None = None
        following = iter(frames.take(numbers))
        while batch := list(islice(following, BATCH)):
            found = map_samples(partial(_reduced, batch, large, small, camera), len(batch))
            greys = [] if before is None else [before]
            greys += [(grey, frame.index) for (grey, _, _), frame in zip(found, batch, strict=True)]
            pairs += map_samples(partial(_pair, greys, path, small), len(greys) - 1)
            images += [image for _, image, _ in found]
            ratios += [ratio for _, _, ratio in found]
            before = greys[-1]
        return cls(images, ratios, pairs)

    def likelihoods(self) -> Maps:
        """Find how likely each pixel is foreground; None where there is no flow to or from a frame."""
        maps: Maps = [None] * len(self.images)
        if not any(self.pairs):
            return maps
        evidence = map_samples(partial(self._moving, self.flat), len(self.images))
        forward = [None if pair is None else pair[0].total for pair in self.pairs]
        backward = [None if pair is None else pair[1].total for pair in self.pairs]
        averages = averaged_along_flow(evidence, [*forward, None], [None, *backward])
        known = {at: np.clip(one, SURE, 1 - SURE) for at, one in enumerate(averages) if one is not None}
        agreed = consensus(
            list(known.values()), [self.images[at] for at in known], [self.ratios[at] for at in known], list(known)
        )
        for at, likelihood in zip(known, agreed, strict=True):
            maps[at] = likelihood
        return maps

    @property
    def flat(self) -> bool:
        """Whether one plane explains the picture's edge, but for what crosses it."""
        return is_flat([flow for pair in self.pairs if pair is not None for flow in pair])

    def parallaxes(self, maps: Maps) -> list[float]:
        """Measure, between each frame and the next, the motion of 95 % of the ground beyond the plane, in pixels."""
        if not any(self.pairs) or self.flat:
            return [0.0] * len(self.pairs)
        found = []
        for pair, likely in zip(self.pairs, maps, strict=False):
            if pair is not None and likely is not None:
                ground = pair[0].covered & (likely <= MOVES)
                beyond = np.linalg.norm(pair[0].residual[ground], axis=1)
                found.append(float(np.quantile(beyond, MOST)) if beyond.size else 0.0)
        return found

    def shares(self, maps: Maps) -> list[Shares | None]:
        """Share each picture by what explains its motion to the next frame, or else to the one before."""
        flows = [[there for there, _ in self._neighbours(at)] for at in range(len(maps))]
        return [
            None if likely is None else (*shares_between(those[0], likely), edge_on_plane(those))
            for those, likely in zip(flows, maps, strict=True)
        ]

    def _moving(self, flat: bool, at: int) -> Floats | None:
        """Tell how likely each pixel of a frame moves by itself, from the flow to its neighbours."""
        both = self._neighbours(at)
        flat = flat and edge_on_plane([there for there, _ in both]) >= MOST_OF_EDGE
        return independent_motion(both, flat=flat) if both else None

    def _neighbours(self, at: int) -> list[Pair]:
        """Return the flow from a frame to the next and back, and to the one before and back, where it is known."""
        after, before = [*self.pairs, None][at], [None, *self.pairs][at]
        both = [] if after is None else [after]
        return both if before is None else [*both, (before[1], before[0])]


def _reduced(
    batch: Sequence[Frame], large: Size, small: Size, camera: MovingCamera | None, at: int
) -> tuple[Grey, Image, Floats]:
    """Reduce a frame to a grey image and a small one, and compare it with the plate."""
    frame, size = batch[at], small[::-1]
    if camera is None:
        ratio = np.full(size, np.nan, np.float32)
    else:
        ratio = resized(camera.observe(frame.image, frame.index).plate_ratio(), size)
    return resized_grey(frame.image, large), resized(frame.image, size), ratio


def _pair(greys: Sequence[tuple[Grey, int]], path: CameraPath, small: Size, at: int) -> Pair | None:
    """Find the flow from a frame to the next, and back; None where one is not on the path."""
    (here, index), (there, following) = greys[at : at + 2]
    one, other = path.transform(index), path.transform(following)
    if one is None or other is None:
        return None
    enlarge = scaling_matrix((here.shape[1], here.shape[0]), path.size)
    motion = inverse(enlarge) @ inverse(other.matrix) @ one.matrix @ enlarge
    tolerance = max(1.0, OFF * here.shape[1] / path.size[0])
    to_next = find_flow(here, there, motion, small, tolerance)
    return to_next, find_flow(there, here, inverse(motion), small, tolerance)
