"""Things that stood still before the ground for a while: where, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.imaging.resize import shrink
from stillplate.sampling.stack import SampleStack

__all__ = ["Stay", "find_stays"]

LEVELS = 15.0  # 8-bit levels, mean over channels and 3 x 3 small pixels: what differs by more is another thing ...
SIGMAS = 6.0  # ... or by so many sigmas in a noisier picture, up to
MOST_LEVELS = 20.0
LONG = 10  # a stay lasts a tenth of the clip at least, and over
FEWEST = 4  # samples
BRIEFEST = 1  # second
SMALLEST = 1 / 500  # of the picture
LARGEST = 1 / 4  # of the picture: what covers more is the light, or the camera
HELD = 0.5  # share of the stay for which a pixel is covered that is part of the thing; and of these, while it is there


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that stood still before the ground.

    Attributes
    ----------
    box : tuple of int
        x, y, width, height in pixels of the frame.
    area : float
        Share of the picture that it covers, 0..1.
    start, end : Fraction
        The first and the last sample that show it, in seconds from the first frame of the clip.
    arrived, left : bool
        Whether samples from before and from after show the ground there.
    """

    box: tuple[int, int, int, int]
    area: float
    start: Fraction
    end: Fraction
    arrived: bool
    left: bool

    def __str__(self) -> str:
        """Tell it in words: "stood at x=60 y=40, 24x36 pixels: 0:05.0 to 3:10.2, then left"."""
        x, y, width, height = self.box
        first = _clock(self.start) if self.arrived else "from the start"
        last = f"{_clock(self.end)}, then left" if self.left else "the end"
        return f"stood at x={x} y={y}, {width}x{height} pixels: {first} to {last}"


def _clock(time: Fraction) -> str:
    tenths = round(time * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def find_stays(stack: SampleStack, plate: Image, noise: float, valid: Flags | None = None) -> tuple[Stay, ...]:
    """Find what hides the ground for long and looks the same all along.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`.
    plate : uint8 array of shape (H, W, 3), RGB
    noise : float
        Standard deviation of the small pictures' noise per channel, in 8-bit levels.
    valid : bool array of shape (T, h, w), optional
        Which small samples show something where; all of them if not given.

    Returns
    -------
    tuple of Stay
        By start, then by area, the largest first. A stay is known to the time between two samples only.

    Notes
    -----
    Between two samples in a row a small pixel is *held* if both differ from the plate by more than 15 levels (6 sigma
    if that is more, 20 at most) and from each other by less than half as much as from the plate. What is held from
    sample to sample for a tenth of the clip, four samples and a second at least, and hangs together in space and time,
    is one thing; but it must keep its outline: on average the regions of all links share half with what is held for
    half of the time.
    """
    if stack.small is None or len(stack) < FEWEST:
        return ()
    small = shrink(plate, max(stack.small.shape[1:3]))
    samples = np.stack([_in_light_of(small, sample) for sample in stack.small])
    held = _held(samples, small, 3 * min(max(SIGMAS * noise, LEVELS), MOST_LEVELS))
    if valid is not None:
        held &= valid[1:] & valid[:-1]
    held &= _run_lengths(held) >= max(FEWEST, len(stack) // LONG) - 1
    stays = [_stay(piece, first, stack) for first, piece in _pieces(held)]
    return tuple(sorted((stay for stay in stays if stay), key=lambda stay: (stay.start, -stay.area, stay.box)))


def _held(samples: Image, plate: Image, level: float) -> Flags:
    """Between which samples something stays at a pixel: bool array of shape (T - 1, h, w)."""
    off = [_smooth(sample, plate) for sample in samples]
    return np.stack(
        [
            (np.minimum(off[t], off[t + 1]) > level)
            & (_smooth(samples[t], samples[t + 1]) < np.minimum(off[t], off[t + 1]) / 2)
            for t in range(len(samples) - 1)
        ]
    )


def _in_light_of(plate: Image, sample: Image) -> Image:
    """Divide each channel by its median gain over the plate: what most of the picture does is the light's."""
    gain = [np.median((sample[:, :, c] + 1.0) / (plate[:, :, c] + 1.0)) for c in range(3)]
    return np.asarray(np.clip(np.rint(sample / np.array(gain)), 0, 255), np.uint8)


def _smooth(a: Image, b: Image) -> Floats:
    import cv2

    return np.asarray(cv2.blur(distance(a, b).astype(np.float32), (3, 3)))


def _run_lengths(held: Flags) -> npt.NDArray[np.int32]:
    """How many links in a row hold, for each link that does."""
    before, after = np.zeros(held.shape, np.int32), np.zeros(held.shape, np.int32)
    for t in range(len(held)):
        before[t] = (before[t - 1] + 1) * held[t] if t else held[t]
        after[-t - 1] = (after[-t] + 1) * held[-t - 1] if t else held[-1]
    return before + after - 1


def _pieces(held: Flags) -> Iterator[tuple[int, Flags]]:
    """Part what hangs together in space and time: the first link, and bool arrays of shape (links, h, w)."""
    import cv2

    rim = np.ones((3, 3), np.uint8)
    count, labels = 0, np.zeros(held.shape, np.int32)
    parent = [0]

    def root(label: int) -> int:
        while parent[label] != label:
            label = parent[label]
        return label

    for t, flags in enumerate(held):  # labels[-1] is empty yet where t is 0
        closed = cv2.morphologyEx(flags.view(np.uint8), cv2.MORPH_CLOSE, rim)
        found, label = cv2.connectedComponents(closed, connectivity=8)
        labels[t] = np.where(label > 0, label + count, 0)
        parent.extend(range(count + 1, count + found))
        count += found - 1
        both = (labels[t] > 0) & (labels[t - 1] > 0)
        for here, there in np.unique(np.stack([labels[t][both], labels[t - 1][both]]), axis=1).T.tolist():
            a, b = sorted((root(here), root(there)))
            parent[b] = a
    whole = np.array([root(label) for label in range(count + 1)])[labels]
    for label in np.unique(whole[whole > 0]):
        piece = whole == label
        times = np.flatnonzero(piece.any(axis=(1, 2)))
        yield int(times[0]), piece[times[0] : times[-1] + 1]


def _stay(piece: Flags, first: int, stack: SampleStack) -> Stay | None:
    shape = piece.mean(axis=0) >= HELD
    if not SMALLEST <= shape.mean() <= LARGEST:
        return None
    shared = (piece & shape).sum(axis=(1, 2)) / (piece | shape).sum(axis=(1, 2))
    if shared.mean() < HELD:
        return None
    (down,), (across,) = (np.nonzero(shape.any(axis=axis)) for axis in (1, 0))
    height, width = shape.shape
    left, right = int(across[0]) * stack.width // width, -(-(int(across[-1]) + 1) * stack.width // width)
    top, bottom = int(down[0]) * stack.height // height, -(-(int(down[-1]) + 1) * stack.height // height)
    there = first + np.flatnonzero(piece[:, shape].mean(axis=1) >= HELD)
    first, last = int(there[0]), int(there[-1]) + 1
    if stack.times[last] - stack.times[first] < BRIEFEST:
        return None
    return Stay(
        box=(left, top, right - left, bottom - top),
        area=float(shape.mean()),
        start=stack.times[first],
        end=stack.times[last],
        arrived=first > 0,
        left=last < len(stack) - 1,
    )
