"""Samples of a moving camera on the canvas, and the part of the canvas that each covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillplate.arrays import Flags, Mask, Matrix
from stillplate.camera.path import CameraPath
from stillplate.errors import RegistrationError
from stillplate.imaging.homography import project
from stillplate.imaging.warping import Size, place_rows
from stillplate.sampling.exclusion import Excluded, Validity
from stillplate.sampling.gather import FEWEST_FRAMES
from stillplate.sampling.stack import SampleStack

__all__ = ["Coverage", "filmed", "place", "sampled"]


RIM = 2  # pixels at a frame's edges that are excluded, since interpolation and codecs distort them
LEAST_COVERED = 0.999  # share of a small pixel that a frame must cover
FRACTION = 4  # binary digits of a corner's place between pixels


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Part of the canvas that each sample covers, and where it may vote.

    Attributes
    ----------
    matrices : float64 array of shape (T, 3, 3)
        From the canvas's pixels (x, y, 1) to those of each sample's frame.
    size, canvas : (int, int)
        Width and height of a frame and of the canvas, in pixels.
    validity : Validity or None
        What is excluded in the frames.
    movers : tuple of bool arrays of shape (h, w)
        What moves in each sample, at any size; empty if that is unknown.
    """

    matrices: Matrix
    size: Size
    canvas: Size
    validity: Validity | None = None
    movers: tuple[Mask, ...] = ()

    def rows(self, rows: slice) -> tuple[Flags, Flags]:
        """Return validity for a band of rows, as `Validity.rows` does; where all that is shown moves, all is valid."""
        valid = np.stack([self._rows(number, rows) for number in range(len(self.matrices))])
        known = np.asarray(valid.any(axis=0))
        if self.movers:
            still = replace(self, movers=())
            valid |= ~known & np.stack([still._rows(number, rows) for number in range(len(self.matrices))])
        return valid | ~valid.any(axis=0), known

    @property
    def shown(self) -> Flags:
        """Where any sample lies and is not excluded, whether it moves there or not: bool array of shape (H, W)."""
        still = replace(self, movers=())
        shown = still.whole(0)
        for number in range(1, len(self.matrices)):
            shown |= still.whole(number)
        return shown

    def small(self, height: int, width: int) -> Flags:
        """Return validity on the canvas at reduced size: bool array of shape (T, height, width).

        A sample is invalid at a small pixel that it does not cover wholly, or that holds an excluded pixel. At some
        pixels no sample may be valid.
        """
        import cv2

        valid = np.empty((len(self.matrices), height, width), np.bool_)
        for number, small in enumerate(valid):
            share = self._rows(number, slice(0, self.canvas[1])).astype(np.float32)
            small[:] = cv2.resize(share, (width, height), interpolation=cv2.INTER_AREA) > LEAST_COVERED
        return valid

    def whole(self, number: int) -> Flags:
        """Return where one sample is valid: bool array of the canvas's shape (H, W)."""
        return self._rows(number, slice(0, self.canvas[1]))

    def _rows(self, number: int, rows: slice) -> Flags:
        import cv2

        out = np.zeros((rows.stop - rows.start, self.canvas[0]), np.uint8)
        frame = np.zeros((self.size[1], self.size[0]), np.uint8)
        frame[RIM:-RIM, RIM:-RIM] = 1
        if self.validity is not None:
            for region, cover in zip(self.validity.regions, self.validity.covers, strict=True):
                if cover[number]:
                    frame[region] = 0
        if self.movers:
            mover = self.movers[number].view(np.uint8)
            frame[cv2.resize(mover, self.size, interpolation=cv2.INTER_NEAREST) > 0] = 0
        place_rows(frame.__getitem__, self.matrices[number], self.size, out, rows.start, cv2.INTER_NEAREST)
        return out.view(np.bool_)


def place(
    stack: SampleStack, path: CameraPath, excluded: Excluded, movers: Sequence[Mask] = ()
) -> tuple[SampleStack, Coverage]:
    """Lay the registered samples of a moving camera on the canvas.

    Parameters
    ----------
    stack : SampleStack
        As it was gathered.
    path : CameraPath
        Path through the whole clip.
    excluded : Excluded
        In the frames' own pixels.
    movers : sequence of bool arrays of shape (h, w)
        What moves in each sample; empty if that is unknown.

    Returns
    -------
    stack : SampleStack
        The registered samples, as large as the canvas; closing it frees the store of the given one.
    coverage : Coverage

    Raises
    ------
    RegistrationError
        If fewer than two samples were registered.
    """
    transforms = {number: path.transform(index) for number, index in enumerate(stack.indices)}
    found = {number: transform for number, transform in transforms.items() if transform is not None}
    if len(found) < FEWEST_FRAMES:
        raise RegistrationError(
            f"{len(found)} of {len(stack)} samples could be registered to one another, but at least {FEWEST_FRAMES} "
            "are needed: choose a part of the clip (start=..., end=...), or take it as static (camera='static')"
        )
    placed = stack.placed(found, path.neighbours(stack.indices), path.canvas)
    validity = excluded.validity(placed.times)
    matrices = np.stack([np.linalg.inv(transform.matrix) for transform in found.values()])
    own = tuple(movers[number] for number in found) if movers else ()
    return placed, Coverage(matrices, path.size, path.canvas, validity, own)


def filmed(path: CameraPath) -> Flags:
    """Mark where any frame of a path lies on the canvas, less its rim: bool array of shape (H, W)."""
    import cv2

    width, height = path.size
    right, below = max(RIM, width - 1 - RIM), max(RIM, height - 1 - RIM)
    corners = np.array([(RIM, RIM), (right, RIM), (right, below), (RIM, below)], np.float64)
    shown = np.zeros(path.canvas[::-1], np.uint8)
    for matrix in path.matrices[path.found]:
        places = np.rint(project(matrix, corners) * 2**FRACTION).astype(np.int32)
        cv2.fillConvexPoly(shown, places, 1, shift=FRACTION)
    return shown.view(np.bool_)


def sampled(path: CameraPath, indices: Sequence[int]) -> Flags:
    """Mark where any sample of a path lies on the canvas, less its rim: bool array of shape (H, W).

    Elsewhere the plate is black, also where a frame that is no sample lies.
    """
    found = [index for index in indices if path.found[index]]
    matrices = np.asarray(np.linalg.inv(path.matrices[found]), np.float64)
    return Coverage(matrices, path.size, path.canvas).shown
