"""Find objects that stood still before the background for a while: where, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.imaging.resize import shrink
from stillplate.sampling.stack import SampleStack
from stillplate.threads import map_samples

__all__ = ["Stay", "find_stays"]

LEVELS = 15.0  # 8-bit levels, mean over channels and 3 x 3 small pixels: least difference from the plate
SIGMAS = 6.0  # the same in standard deviations of the noise, for noisy clips
MOST_LEVELS = 20.0  # 8-bit levels: cap on that difference
SHORTEST_SHARE = 10  # a stay lasts 1/10 of the samples at least
FEWEST = 4  # samples that a stay lasts at least
BRIEFEST = 1  # seconds that a stay lasts at least
SMALLEST = 1 / 500  # share of the image: least area of an object
LARGEST = 1 / 4  # share of the image: greatest area of an object, since larger changes are of light or camera
HELD_SHARE = 0.5  # share of a stay for which a pixel of the object is covered, and of its pixels covered at a time


@dataclass(frozen=True, slots=True)
class Stay:
    """An object that stood still before the background.

    Attributes
    ----------
    box : tuple of int
        x, y, width, height in pixels of the frame.
    area : float
        Share of the image that it covers, 0..1.
    start, end : Fraction
        First and last sample that show it, in seconds from the first frame of the clip.
    arrived, left : bool
        Whether earlier and later samples show the background there.
    """

    box: tuple[int, int, int, int]
    area: float
    start: Fraction
    end: Fraction
    arrived: bool
    left: bool

    def __str__(self) -> str:
        """Describe the stay: "stood at x=60 y=40, 24x36 pixels: 0:05.0 to 3:10.2, then left"."""
        x, y, width, height = self.box
        first = _clock(self.start) if self.arrived else "from the start"
        last = f"{_clock(self.end)}, then left" if self.left else "the end"
        return f"stood at x={x} y={y}, {width}x{height} pixels: {first} to {last}"


def _clock(time: Fraction) -> str:
    tenths = round(time * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def find_stays(stack: SampleStack, plate: Image, noise: float, valid: Flags | None = None) -> tuple[Stay, ...]:
    """Find regions that hide the background for long and look the same all along.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`.
    plate : uint8 array of shape (H, W, 3), RGB
    noise : float
        Standard deviation of the small images' noise per channel, in 8-bit levels.
    valid : bool array of shape (T, h, w), optional
        Which small samples count where; all if omitted.

    Returns
    -------
    tuple of Stay
        By start, then by area, the largest first. Times are those of samples, not of the frames between them.

    Notes
    -----
    Between two consecutive samples a small pixel is *held* if both differ from the plate by more than 15 levels (6
    standard deviations of the noise if that is more, 20 at most) and from each other by less than half as much. Pixels
    that are held for a tenth of the clip, four samples and a second at least, and are connected in space and time, are
    one object. It must keep its outline: on average, the region held between two samples shares half of its union with
    the region that is held for half of the time.
    """
    if stack.small is None or len(stack) < FEWEST:
        return ()
    small = shrink(plate, max(stack.small.shape[1:3]))
    samples = np.stack(map_samples(partial(_match_exposure, small, stack.small), len(stack.small)))
    held = _held(samples, small, 3 * min(max(SIGMAS * noise, LEVELS), MOST_LEVELS))
    if valid is not None:
        held &= valid[1:] & valid[:-1]
    held &= _run_lengths(held) >= max(FEWEST, len(stack) // SHORTEST_SHARE) - 1
    stays = [_stay(component, first, stack) for first, component in _components(held)]
    return tuple(sorted((stay for stay in stays if stay), key=lambda stay: (stay.start, -stay.area, stay.box)))


def _held(samples: Image, plate: Image, level: float) -> Flags:
    """Return where a pixel is held between consecutive samples: bool array of shape (T - 1, h, w)."""
    differences = map_samples(lambda t: _smoothed_distance(samples[t], plate), len(samples))

    def held_after(t: int) -> Flags:
        nearer = np.minimum(differences[t], differences[t + 1])
        return np.asarray((nearer > level) & (_smoothed_distance(samples[t], samples[t + 1]) < nearer / 2))

    return np.stack(map_samples(held_after, len(samples) - 1))


def _match_exposure(plate: Image, samples: Image, t: int) -> Image:
    """Divide each channel of a sample by its median gain over the plate, so that a change of light is no difference."""
    sample = samples[t]
    gain = np.array([np.median((sample[:, :, c] + 1.0) / (plate[:, :, c] + 1.0)) for c in range(3)])
    table = np.clip(np.rint(np.arange(256)[:, None] / gain), 0, 255).astype(np.uint8)
    return np.stack([table[sample[:, :, c], c] for c in range(3)], axis=2)


def _smoothed_distance(a: Image, b: Image) -> Floats:
    import cv2

    return np.asarray(cv2.blur(distance(a, b).astype(np.float32), (3, 3)))


def _run_lengths(held: Flags) -> npt.NDArray[np.int32]:
    """Return the length of the run of held links that each held link belongs to."""
    before, after = np.zeros(held.shape, np.int32), np.zeros(held.shape, np.int32)
    for t in range(len(held)):
        before[t] = (before[t - 1] + 1) * held[t] if t else held[t]
        after[-t - 1] = (after[-t] + 1) * held[-t - 1] if t else held[-1]
    return before + after - 1


def _components(held: Flags) -> Iterator[tuple[int, Flags]]:
    """Yield the components connected in space and time: the first link, and a bool array of shape (links, h, w)."""
    import cv2

    kernel = np.ones((3, 3), np.uint8)
    count, labels = 0, np.zeros(held.shape, np.int32)
    parent = [0]

    def root(label: int) -> int:
        while parent[label] != label:
            label = parent[label]
        return label

    for t, flags in enumerate(held):  # labels[-1] is empty yet where t is 0
        closed = cv2.morphologyEx(flags.view(np.uint8), cv2.MORPH_CLOSE, kernel)
        found, label = cv2.connectedComponents(closed, connectivity=8)
        labels[t] = np.where(label > 0, label + count, 0)
        parent.extend(range(count + 1, count + found))
        count += found - 1
        both = (labels[t] > 0) & (labels[t - 1] > 0)
        for here, there in np.unique(np.stack([labels[t][both], labels[t - 1][both]]), axis=1).T.tolist():
            a, b = sorted((root(here), root(there)))
            parent[b] = a
    merged = np.array([root(label) for label in range(count + 1)])[labels]
    for label in np.unique(merged[merged > 0]):
        component = merged == label
        times = np.flatnonzero(component.any(axis=(1, 2)))
        yield int(times[0]), component[times[0] : times[-1] + 1]


def _stay(component: Flags, first: int, stack: SampleStack) -> Stay | None:
    shape = component.mean(axis=0) >= HELD_SHARE
    if not SMALLEST <= shape.mean() <= LARGEST:
        return None
    shared = (component & shape).sum(axis=(1, 2)) / (component | shape).sum(axis=(1, 2))
    if shared.mean() < HELD_SHARE:
        return None
    (held_rows,), (held_columns,) = (np.nonzero(shape.any(axis=axis)) for axis in (1, 0))
    height, width = shape.shape
    left, right = int(held_columns[0]) * stack.width // width, -(-(int(held_columns[-1]) + 1) * stack.width // width)
    top, bottom = int(held_rows[0]) * stack.height // height, -(-(int(held_rows[-1]) + 1) * stack.height // height)
    shown = first + np.flatnonzero(component[:, shape].mean(axis=1) >= HELD_SHARE)
    first, last = int(shown[0]), int(shown[-1]) + 1
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
