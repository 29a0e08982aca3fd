"""A frame without falling rain and snow, which are at a pixel for an instant and change its three channels alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import AnyArray, Floats, Grey, Image, Mask, Shorts
from stillplate.imaging.morphology import block, disk, square
from stillplate.kernels import Components

__all__ = [
    "EDGE", "LEAST", "NEAR", "SIDE", "Change", "Cleared", "darkening", "derained", "mixed", "opacities",
    "outweighing",
]  # fmt: skip

SIDE = 4  # frames on either side that tell how long a change lasts
LASTS = 5 / 9  # share of the frames around in which a pixel differs from the plate, from which on a thing is there
STAYS = 7 / 9  # share of these frames from which on it is a thing, however small
LEAST = 5  # levels: least change that counts; the codec alone differs by less
TIMES = 10.0  # threshold of a thing, as a multiple of the mean by which the ground is darker than its plate
DARKEST = 30  # levels: more is no noise of the ground, but a thing
MORE = 4  # rain brightens by a quarter more than anything near is darker than the plate
NEAR = 0.015  # share of the width within which that is looked for: leaves and waves brighten as much as they darken
TINT = 0.35  # share of a brightening by which rain may change one channel more than another
THIN = 3  # pixels: side of the squares that fit into a thing; noise is narrower
LARGE = 0.001  # share of the image: what only brightens it, and is smaller, may be flakes that follow one another
BESIDE = 0.008  # share of the width around a thing that stays with it: its edges are brief, too
LIMB = 0.03  # share of the width around a thing in which what is connected to it stays, too: limbs and heads are brief
EDGE = 5  # pixels: side of the square around rain in which its soft edge lies
RAINS = 0.006  # share of the free ground that rain hides in each frame; shade, leaves and water do on .003 at most
ROOM = 20  # levels below white: what is brighter shows no rain
OPAQUE = 99  # percentile of the opacity of rain before the ground
FEW = 50  # pixels of rain that do not tell how opaque it is
STRIP = 32  # rows that are compared at a time, so that they stay in the processor's cache
FADE = (0.2, 0.6)  # thresholds between which a soft edge goes from none to all


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How a frame differs from the plate as its camera and light show it, smoothed over 3x3 pixels.

    Attributes
    ----------
    lighter, darker : uint8 arrays of shape (H, W), in 8-bit levels
        By how much the mean of the channels is above that of the plate, and below.
    off : uint8 array of shape (H, W), in 8-bit levels
        How far the colour is from any mixture of the plate's with grey light, beyond what a brightening as strong as
        this may change it.
    """

    lighter: Grey
    darker: Grey
    off: Grey

    @classmethod
    def of(cls, image: Image, view: Image) -> Self:
        """Compare a frame to the plate; both are uint8 arrays of shape (H, W, 3), RGB.

        Notes
        -----
        Rain of grey light R and opacity a makes I = (1 - a) V + a R of the plate V. Its differences of channels are
        1 - a times those of V, where 0 <= a <= 1; with a = 0, all channels change by the same, which is the chromatic
        constraint of [1]_. The tint is the largest of what is left of them by the best a.

        References
        ----------
        .. [1] X. Zhang, H. Li, Y. Qi, W. K. Leow, T. K. Ng, "Rain removal in video by combining temporal and chromatic
           properties", ICME 2006. :doi:`10.1109/ICME.2006.262572`
        """
        import cv2

        sums = [cv2.boxFilter(one, cv2.CV_16S, (3, 3), normalize=False) for one in (image, view)]
        now, plate = ([np.asarray(part, np.int16) for part in cv2.split(one)] for one in sums)
        parts = np.empty((3, *now[0].shape), np.uint8)
        for top in range(0, len(now[0]), STRIP):
            rows = np.s_[top : top + STRIP]
            _compare([part[rows] for part in now], [part[rows] for part in plate], parts[:, rows])
        return cls(*parts)

    def bright(self, limit: Grey) -> Mask:
        """Mark what may be rain by its colour, beyond `limit`: bool of shape (H, W)."""
        return np.asarray((self.lighter > limit) & (self.off <= limit))

    def seen(self, limit: Grey) -> tuple[Mask, Mask]:
        """Mark what may be rain by its colour, and what is none, both beyond `limit`: bool arrays of shape (H, W)."""
        alike = self.off <= limit
        return (self.lighter > limit) & alike, (self.darker > limit) | ~alike


@dataclass(frozen=True, slots=True, eq=False)
class Cleared:
    """A frame without the rain before its ground.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    changed : bool array of shape (H, W)
        Where it is not the frame's.
    rains : bool
        Whether rain falls in the frames around; if not, the image is the frame.
    opacity : float
        Share of the room up to white that the most opaque rain fills, 0 to 1; 1 where it is not known.
    """

    image: Image
    changed: Mask
    rains: bool
    opacity: float = 1


def _compare(now: Sequence[Shorts], plate: Sequence[Shorts], parts: npt.NDArray[np.uint8]) -> None:
    """Fill a change's lighter, darker and off, (3, H, W), from sums of 3x3 pixels of each channel."""
    level = ((now[0] + now[1] + now[2]) - (plate[0] + plate[1] + plate[2])) * np.float32(1 / 27)
    np.rint(np.maximum(level, 0), out=parts[0], casting="unsafe")
    np.rint(np.maximum(-level, 0), out=parts[1], casting="unsafe")
    old = [(plate[number] - plate[1]).astype(np.float32) for number in (0, 2)]
    new = [(now[number] - now[1]).astype(np.float32) for number in (0, 2)]
    share = (old[0] * new[0] + old[1] * new[1]) / np.maximum(81, old[0] * old[0] + old[1] * old[1])
    share = np.minimum(np.maximum(share, 0), 1)
    tint = np.maximum(*(np.abs(there - share * then) for there, then in zip(new, old, strict=True))) * np.float32(1 / 9)
    np.ceil(np.clip(tint - np.float32(TINT) * parts[0], 0, 255), out=parts[2], casting="unsafe")


def derained(
    image: Image, view: Image, changes: Sequence[Change], here: int, thresholds: Floats, region: Mask | None = None
) -> Cleared:
    """Take falling rain and snow out of a frame, and leave what moves as it is.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    view : uint8 array of shape (H, W, 3), RGB
        The plate as the frame's camera and light show it.
    changes : sequence of Change
        Of nine consecutive frames: four on either side, and at the ends of a clip, its first or last nine.
    here : int
        Which of them is this frame's.
    thresholds : float32 array of shape (H, W), in 8-bit levels
        Differences that the noise explains, rain among it: the most that a change has to exceed.
    region : bool array of shape (H, W), optional
        Where rain is looked for: where the plate is sure; everywhere if None.

    Returns
    -------
    Cleared
        The frame's own pixels, and the view where rain is, mixed with them at its soft edges.

    Notes
    -----
    The plate is the cluster of the ground, of the k-means of each pixel's colours over time; what is brighter is of the
    other cluster. It is rain where it changes the channels alike, and the ground is there in most of the nine frames
    around. What darkens or colours the ground is a thing, if squares of three pixels fit into it, and so is what lasts,
    if it is large or connected to that; around a thing nothing is changed. Rain never darkens the ground, so what
    leaves, waves and noise do by themselves is measured where it is darker than the plate, and rain has to brighten it
    by more.
    """
    import cv2

    own, darker = changes[here], [change.darker for change in changes]
    limit = np.minimum(np.clip(TIMES * _mean_of(darker), LEAST, 255), thresholds).astype(np.uint8)
    seen = [change.seen(limit) for change in changes]
    rain, other = seen[here]
    around = seen[max(0, here - SIDE) : here + SIDE + 1]
    shown = np.zeros(rain.shape, np.uint8)
    for bright, thing in around:
        shown += bright | thing
    lasting = rain & (shown >= LASTS * len(around))
    free = ~_with_edges(_things(other, lasting), rain) & (shown < STAYS * len(around))
    free &= cv2.cvtColor(view, cv2.COLOR_RGB2GRAY) <= 255 - ROOM
    if region is not None:
        free &= region
    least = outweighing(cv2.dilate(np.maximum.reduce(darker), block(NEAR * rain.shape[1])))
    if not _rains(seen, changes, least, free):
        return Cleared(image, np.zeros_like(free), rains=False)
    rain = own.bright(limit // 2) & free & (own.lighter > least)
    near = cv2.dilate(rain.view(np.uint8), square(EDGE)).view(np.bool_) & free
    shown_image, changed = mixed(image, view, own.lighter, limit, rain, near)
    opacity = opacities(own.lighter[rain], view[rain])
    most = 1.25 * float(np.percentile(opacity, OPAQUE)) if opacity.size > FEW else 1.0
    return Cleared(shown_image, changed, rains=True, opacity=most)


def darkening(image: Image, other: Image) -> Grey:
    """Return by how much the mean of the channels is below another image's, smoothed: uint8 of shape (H, W)."""
    import cv2

    below = cv2.boxFilter(cv2.subtract(other, image, dtype=cv2.CV_16S), cv2.CV_16S, (3, 3), normalize=False)
    red, green, blue = (np.asarray(part, np.int16) for part in cv2.split(below))
    return np.asarray(np.maximum(red + green + blue, 0) // 27, np.uint8)


def outweighing(darkest: AnyArray) -> Grey:
    """Return what rain has to brighten by where anything near is that much darker, a quarter more: uint8."""
    darkest = np.minimum(darkest, 204)
    return np.asarray(darkest + darkest // MORE, np.uint8)


def opacities(lighter: Grey, ground: Image) -> Floats:
    """Return which share of the room up to white a brightening fills: float32 of shape (...), ground of (..., 3)."""
    import cv2

    grey = cv2.cvtColor(ground.reshape(lighter.shape[0], -1, 3), cv2.COLOR_RGB2GRAY).reshape(lighter.shape)
    return np.asarray(lighter / np.maximum(np.float32(ROOM), 255 - grey), np.float32)


def mixed(image: Image, ground: Image, lighter: Grey, limit: Grey, rain: Mask, near: Mask) -> tuple[Image, Mask]:
    """Show the ground where rain is, and at its soft edges, which are `near`, as much of it as they are bright.

    Returns
    -------
    image : uint8 array of shape (H, W, 3), RGB
    changed : bool array of shape (H, W)
    """
    first, last = FADE
    at = np.flatnonzero(near | rain)
    level = np.take(lighter, at) / np.take(limit, at).astype(np.float32)
    share = np.where(np.take(rain, at), 1, np.clip((level - first) / (last - first), 0, 1)).astype(np.float32)
    at, share = at[share > 0], share[share > 0, None]
    result, changed = image.copy(), np.zeros(rain.shape, np.bool_)
    own, other = (np.take(one.reshape(-1, 3), at, axis=0) for one in (image, ground))
    result.reshape(-1, 3)[at] = np.rint(own + share * (other.astype(np.float32) - own))
    changed.reshape(-1)[at] = True
    return result, changed


def _rains(seen: Sequence[tuple[Mask, Mask]], changes: Sequence[Change], least: Grey, free: Mask) -> bool:
    """Tell whether rain falls in each of consecutive frames, by the share of the free ground that it hides."""
    hidden = (
        np.count_nonzero(bright & free & (change.lighter > least))
        for (bright, _), change in zip(seen, changes, strict=True)
    )
    share = RAINS * int(np.count_nonzero(free))
    return all(number > share for number in hidden)


def _things(other: Mask, lasting: Mask) -> Grey:
    """Return what is no rain by its colour, or lasts and is large or connected to it: uint8 of shape (H, W), 0 or 1."""
    import cv2

    wide = cv2.morphologyEx((other | lasting).view(np.uint8), cv2.MORPH_OPEN, square(THIN)).view(np.bool_)
    regions = Components.of(wide)
    sure = regions.count_in(other) >= THIN
    return regions.select(sure | (regions.sizes() > LARGE * wide.size)).view(np.uint8)


def _with_edges(thing: Grey, rain: Mask) -> Mask:
    """Return things with what is beside them, and what may be rain but is connected to them."""
    import cv2

    width = thing.shape[1]
    around = cv2.dilate(thing, disk(BESIDE * width)).view(np.bool_)
    regions = Components.of(rain)
    limbs = regions.select(regions.count_in(around) > 0) & cv2.dilate(thing, disk(LIMB * width)).view(np.bool_)
    return around | cv2.dilate(limbs.view(np.uint8), square(EDGE)).view(np.bool_)


def _mean_of(darker: Sequence[Grey]) -> Floats:
    """Return the mean by which the ground is darker than its plate near each pixel: float32 of shape (H, W)."""
    import cv2

    total = np.zeros(darker[0].shape, np.float32)
    for one in darker:
        total += np.minimum(one, DARKEST)
    return np.asarray(cv2.blur(total, (5, 5)), np.float32) / np.float32(len(darker))
