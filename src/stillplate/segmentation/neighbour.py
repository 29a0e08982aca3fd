"""How a neighbouring frame shows the ground of a part of a frame: on one plane, or along its own flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate.arrays import Doubles, Floats, Grey, Image, Mask
from stillplate.camera.neighbour_flow import dense_flow, sizes
from stillplate.errors import ParameterError
from stillplate.imaging.morphology import square
from stillplate.imaging.pull_push import filled_in
from stillplate.imaging.resize import resized
from stillplate.imaging.warping import sampled

__all__ = ["STEP", "Neighbour", "Part", "Shown", "Surroundings", "error_of", "moved", "number_of", "shown_by"]

STEP = 2  # pixels of a small image from one place of a part to the next
AROUND = 9  # pixels of a small image: side of the square in which the flow of what moves leaks into the ground's
LIKE = 6.0  # levels: difference from the frame at which an alignment is trusted e times less
SMOOTH = (5, 5)  # places: extent of the mean that smooths carried flow
FAR = 3.0  # pixels of a small image: displacement at which ground counts as another depth


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A frame that may show what another one hides.

    Attributes
    ----------
    index : int
        Number of the frame in the clip.
    image : uint8 array of shape (H, W, 3), RGB
    small : uint8 array of shape (h, w, 3), RGB
        The frame at the size at which flow is found.
    movers : uint8 array of shape (h, w)
        1 where something moves by itself.
    """

    index: int
    image: Image
    small: Image
    movers: Grey

    @classmethod
    def of(cls, index: int, image: Image, movers: Mask | None) -> Self:
        """Reduce a frame; `movers` may be of any size, and None where they are not known, so that all may move."""
        import cv2

        size = sizes((image.shape[1], image.shape[0]))[0]
        known = np.ones((1, 1), np.uint8) if movers is None else movers.view(np.uint8)
        enlarged = cv2.resize(known, size, interpolation=cv2.INTER_NEAREST)
        return cls(index, image, np.asarray(resized(image, size[::-1]), np.uint8), np.asarray(enlarged, np.uint8))

    def __repr__(self) -> str:
        return f"<Neighbour: frame {self.index}>"


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A frame, and those around it that may show what it hides.

    Attributes
    ----------
    frame : Neighbour
    others : tuple of Neighbour
        In any order; the frame itself may be among them.
    """

    frame: Neighbour
    others: tuple[Neighbour, ...]

    def __repr__(self) -> str:
        numbers = [one.index for one in self.others]
        among = f" among {len(numbers)} from {min(numbers)} to {max(numbers)}" if numbers else " alone"
        return f"<Surroundings: frame {self.frame.index}{among}>"


def number_of(index: int | None, surroundings: Surroundings | None, size: tuple[int, int]) -> int | None:
    """Return a frame's number in the clip: the given one, or else that of its surroundings.

    Parameters
    ----------
    index : int, optional
    surroundings : Surroundings, optional
    size : (int, int)
        Width and height of the frame, in pixels.

    Raises
    ------
    ParameterError
        If the surroundings are none, or of another frame.
    """
    if surroundings is None:
        return index
    if not isinstance(surroundings, Surroundings):
        kind = type(surroundings).__name__
        raise ParameterError(
            f"surroundings is of type {kind}, but what with_neighbours yields beside the frame is needed"
        )
    number, (height, width) = surroundings.frame.index, surroundings.frame.image.shape[:2]
    if index is not None and index != number:
        raise ParameterError(f"index is {index}, but the surroundings are of frame {number}: give those of this frame")
    if (width, height) != size:
        raise ParameterError(
            f"the surroundings are of a frame of {width}x{height}, but the background is of frames of "
            f"{size[0]}x{size[1]}: take those of its clip"
        )
    return number


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of a small image, and what is hidden in it.

    Attributes
    ----------
    rows, columns : slice
        Of the small image.
    hidden : bool array of shape (h, w)
        What is asked for, at every second pixel.
    """

    rows: slice
    columns: slice
    hidden: Mask

    @classmethod
    def around(cls, hidden: Mask) -> Self:
        """The part around what is hidden in a small image: bool of shape (h, w), with some true."""
        spans = []
        for axis in (1, 0):
            places = np.flatnonzero(hidden.any(axis=axis))
            margin = max(32, (int(places[-1]) - int(places[0])) // 3)
            spans.append(slice(max(0, int(places[0]) - margin), min(hidden.shape[1 - axis], int(places[-1]) + margin)))
        rows, columns = spans
        return cls(rows, columns, hidden[rows, columns][::STEP, ::STEP])

    def of(self, small: Image) -> Image:
        """Return the part of a small image, at every second pixel."""
        return small[self.rows, self.columns][::STEP, ::STEP]

    @property
    def places(self) -> Floats:
        """Places in the small image of every second pixel: float32 of shape (h, w, 2)."""
        x = np.arange(self.columns.start, self.columns.stop, STEP).astype(np.float32)
        y = np.arange(self.rows.start, self.rows.stop, STEP).astype(np.float32)
        return np.stack(np.meshgrid(x, y), axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a neighbour shows in a part of a frame, if the ground lies as is supposed.

    Attributes
    ----------
    source : Neighbour or None
        None for the plate.
    motion : float64 array of shape (3, 3)
        Homography from the small frame to the small neighbour.
    flow : float32 array of shape (h, w, 2)
        Displacements before the homography, in pixels of the small image.
    colours : uint8 array of shape (h, w, 3), RGB
    usable : bool array of shape (h, w)
        Where the neighbour shows ground.
    error : float32 array of shape (h, w)
        Difference from the frame, in 8-bit levels; interpolated where ground is hidden.
    """

    source: Neighbour | None
    motion: Doubles
    flow: Floats
    colours: Image
    usable: Mask
    error: Floats

    @property
    def depth(self) -> Floats:
        """How far the ground is supposed to be off the plane: float32 of shape (h, w), 0..1."""
        return np.asarray(1 - np.exp(-np.hypot(self.flow[..., 0], self.flow[..., 1]) / FAR), np.float32)


def shown_by(
    frame: Neighbour, other: Neighbour, motion: Doubles, part: Part, start: Floats | None
) -> tuple[list[Shown], Floats]:
    """Align a neighbour with a part of a frame in three ways: by one plane, and by the flow of the ground.

    Parameters
    ----------
    frame, other : Neighbour
    motion : float64 array of shape (3, 3)
        Homography from the small frame to the other, as the camera's path has it.
    part : Part
    start : float32 array of shape (h, w, 2), optional
        Flow of the ground, as far as it is known.

    Returns
    -------
    shown : list of Shown
        On the plane; along the flow, which is carried behind what hides the ground from the farther side; and along the
        flow, interpolated from all around.
    flow : float32 array of shape (h, w, 2)
        The first of the two.
    """
    import cv2

    grey = cv2.cvtColor(frame.small[part.rows, part.columns], cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    offset = np.array([[1.0, 0, part.columns.start], [0, 1, part.rows.start], [0, 0, 1]])
    seen = cv2.warpPerspective(
        cv2.cvtColor(other.small, cv2.COLOR_RGB2GRAY), motion @ offset, (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    begin = None if start is None else np.asarray(resized(start, (height, width)), np.float32)
    flow = dense_flow(np.asarray(grey, np.uint8), np.asarray(seen, np.uint8), begin)[::STEP, ::STEP]
    still = np.zeros_like(flow)
    on_plane = _supposed(frame, other, motion, part, still)
    raw = _supposed(frame, other, motion, part, flow)
    near = cv2.dilate(part.hidden.view(np.uint8), square(AROUND // STEP | 1)).view(np.bool_)
    near |= cv2.dilate((~raw.usable).view(np.uint8), square(AROUND // STEP | 1)).view(np.bool_)
    gap = _difference(frame, raw.colours, part)
    weight = np.where(near, np.float32(0), np.exp(-gap / LIKE)).astype(np.float32)
    around = filled_in(flow * weight[:, :, None], weight)
    flows = [np.where(near[:, :, None], one, flow) for one in (_carried(flow, ~near & (gap < LIKE)), around)]
    return [on_plane, *(_supposed(frame, other, motion, part, one) for one in flows)], flows[0]


def _carried(flow: Floats, known: Mask) -> Floats:
    """Carry the flow of known places into the others: of the two nearest in a row, that of the farther ground.

    Behind a thing the farther of its two sides goes on; and ground has about one depth in a row of the picture, as a
    floor has. The result is smooth; where a row knows nothing it is interpolated.
    """
    import cv2

    width = known.shape[1]
    columns, rows = np.arange(width), np.arange(known.shape[0])[:, None]
    left = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    right = np.minimum.accumulate(np.where(known, columns, width)[:, ::-1], axis=1)[:, ::-1]
    length = np.hypot(flow[..., 0], flow[..., 1])
    to_left = np.where(left >= 0, length[rows, left], np.inf)
    to_right = np.where(right < width, length[rows, np.minimum(right, width - 1)], np.inf)
    found = np.isfinite(np.minimum(to_left, to_right)).astype(np.float32)
    taken = flow[rows, np.where(to_left <= to_right, left, np.minimum(right, width - 1))] * found[:, :, None]
    total = np.maximum(cv2.blur(found, SMOOTH), np.float32(1e-3))
    carried = cv2.blur(taken, SMOOTH) / total[:, :, None] * found[:, :, None]
    return filled_in(np.asarray(carried, np.float32), found)


def _supposed(frame: Neighbour, other: Neighbour, motion: Doubles, part: Part, flow: Floats) -> Shown:
    """Sample a neighbour where a flow, and then a homography, lead."""
    import cv2

    places = moved(part.places + flow, motion)
    colours = np.asarray(sampled(other.small, places, cv2.INTER_LINEAR), np.uint8)
    usable = np.asarray(sampled(other.movers, places, cv2.INTER_NEAREST, outside=1) == 0)
    return Shown(other, motion, flow, colours, usable, error_of(frame, colours, usable, part))


def moved(places: Floats, motion: Doubles) -> Floats:
    """Places that a homography leads to: float32 of shape (h, w, 2)."""
    import cv2

    height, width, _ = places.shape
    return np.asarray(cv2.perspectiveTransform(places.reshape(1, -1, 2), motion).reshape(height, width, 2), np.float32)


def error_of(frame: Neighbour, colours: Image, usable: Mask, part: Part) -> Floats:
    """How far colours differ from the frame's around what is hidden, and by interpolation in it: float32 (h, w)."""
    import cv2

    rim = cv2.dilate(part.hidden.view(np.uint8), square(3))
    known = (usable & (rim == 0)).astype(np.float32)
    return filled_in(_difference(frame, colours, part) * known, known)


def _difference(frame: Neighbour, colours: Image, part: Part) -> Floats:
    """Difference of colours from the frame's, smoothed: float32 of shape (h, w), in 8-bit levels."""
    import cv2

    gap = cv2.cvtColor(cv2.absdiff(part.of(frame.small), colours), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.blur(gap.astype(np.float32), (3, 3)), np.float32)
