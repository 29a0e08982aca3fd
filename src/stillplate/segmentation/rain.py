"""A frame without falling rain and snow, which are at a pixel for an instant and change its three channels alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Grey, Image, Mask
from stillplate.imaging.morphology import block, disk, square
from stillplate.kernels import Components

__all__ = ["BRIGHTER", "EDGE", "LEAST", "NEAR", "ROOM", "SIDE", "Change", "Cleared", "derained", "fading"]

SIDE = 4  # frames on either side that tell how long a change lasts
LASTS = 5 / 9  # share of the frames around in which a pixel differs from the plate, from which on a thing is there
STAYS = 7 / 9  # share of these frames from which on it is a thing, however small
LEAST = 5.0  # levels: least change that is rain; the codec alone differs by less
TIMES = 10.0  # threshold of a thing, as a multiple of the mean by which the ground is darker than its plate
DARKEST = 30  # levels: more is no noise of the ground, but a thing
BRIGHTER = 1.25  # threshold of rain, as a multiple of the most that anything near it is darker than the plate
NEAR = 0.015  # share of the width within which that is looked for: leaves and waves brighten as much as they darken
TINT = 0.35  # share of a brightening by which rain may change one channel more than another
THIN = 3  # pixels: side of the squares that fit into a thing; noise is narrower
LARGE = 0.001  # share of the image: what only brightens it, and is smaller, may be flakes that follow one another
BESIDE = 0.008  # share of the width around a thing that stays with it: its edges are brief, too
LIMB = 0.03  # share of the width around a thing in which what is connected to it stays, too: limbs and heads are brief
EDGE = 5  # pixels: side of the square around rain in which its soft edge lies
RAINS = 0.006  # share of the free ground that rain hides where it falls: water in the wind flashes on .0024 at most
ROOM = 20
FADE = (0.25, 0.75)  # thresholds between which a soft edge goes from none to all


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How a frame differs from the plate as its camera and light show it, smoothed over 3x3 pixels.

    Attributes
    ----------
    level : int8 array of shape (H, W), in 8-bit levels
        Mean of the channels, frame less plate, within -127 to 127.
    tint : uint8 array of shape (H, W), in 8-bit levels
        How far the colour is from any mixture of the plate's with grey light.
    """

    level: npt.NDArray[np.int8]
    tint: Grey

    @classmethod
    def of(cls, image: Image, view: Image) -> Self:
        """Compare a frame to the plate; both are uint8 arrays of shape (H, W, 3), RGB.

        Notes
        -----
        Rain of grey light R and opacity a makes I = (1 - a) V + a R of the plate V. Its differences of channels are
        1 - a times those of V, where 0 <= a <= 1; with a = 0, all channels change by the same, which is the chromatic
        constraint of [1]_. `tint` is the largest of what is left of them by the best a.

        References
        ----------
        .. [1] X. Zhang, H. Li, Y. Qi, W. K. Leow, T. K. Ng, "Rain removal in video by combining temporal and chromatic
           properties", ICME 2006. :doi:`10.1109/ICME.2006.262572`
        """
        import cv2

        change = np.asarray(cv2.blur(cv2.subtract(image, view, dtype=cv2.CV_32F), (3, 3)))
        plate = [np.asarray(part) for part in cv2.split(cv2.blur(view, (3, 3)).astype(np.float32))]
        parts = [np.asarray(part) for part in cv2.split(change)]
        old = [plate[number] - plate[1] for number in (0, 2)]
        new = [there + parts[number] - parts[1] for there, number in zip(old, (0, 2), strict=True)]
        share = (old[0] * new[0] + old[1] * new[1]) / np.maximum(1, old[0] ** 2 + old[1] ** 2)
        share = np.clip(share, 0, 1)
        tint = np.maximum(*(np.abs(now - share * then) for now, then in zip(new, old, strict=True)))
        level = (parts[0] + parts[1] + parts[2]) / np.float32(3)
        return cls(np.clip(np.rint(level), -127, 127).astype(np.int8), np.clip(np.rint(tint), 0, 255).astype(np.uint8))

    def seen(self, limit: Floats) -> tuple[Mask, Mask]:
        """Mark what may be rain by its colour, and what is none, both beyond `limit`: bool arrays of shape (H, W)."""
        alike = self.tint <= np.float32(TINT) * np.maximum(self.level, 0) + limit
        return (self.level > limit) & alike, (self.level < -limit) | ~alike


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
    """

    image: Image
    changed: Mask
    rains: bool
    opacity: float = 1


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
        Of consecutive frames, four on either side where the clip has them.
    here : int
        Which of them is this frame's.
    thresholds : float32 array of shape (H, W), in 8-bit levels
        Differences that the noise explains, rain among it: the most that a change has to exceed.
    region : bool array of shape (H, W), optional
        Where rain is looked for; everywhere if None.

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

    darker = [np.clip(np.negative(change.level), 0, None) for change in changes]
    limit = np.minimum(np.maximum(np.float32(LEAST), np.float32(TIMES) * _mean_of(darker)), thresholds)
    seen = [change.seen(limit) for change in changes]
    rain, other = seen[here]
    near = seen[max(0, here - SIDE) : here + SIDE + 1]
    shown = np.sum([bright | thing for bright, thing in near], axis=0, dtype=np.uint8) / np.float32(len(near))
    free = ~_with_edges(_things(other, rain & (shown >= LASTS)), rain) & (shown < STAYS)
    free &= view.mean(axis=2) <= 255 - ROOM
    if region is not None:
        free &= region
    darkest = cv2.dilate(np.max(darker, axis=0).view(np.uint8), block(NEAR * rain.shape[1]))
    least = np.float32(BRIGHTER) * darkest
    if not _rains(seen, changes, least, free):
        return Cleared(image, np.zeros_like(free), rains=False)
    rain &= free & (changes[here].level > least)
    near = cv2.dilate(rain.view(np.uint8), square(EDGE)).view(np.bool_) & free
    share = np.where(rain, np.float32(1), fading(changes[here].level, limit) * near)
    mixed = image + share[:, :, None] * (view.astype(np.float32) - image)
    opacity = (changes[here].level / np.maximum(ROOM, 255 - view.mean(axis=2)))[rain]
    return Cleared(
        np.asarray(np.rint(mixed), np.uint8), share > 0, rains=True, opacity=float(np.percentile(opacity, 99)) * 1.25 if opacity.size > 50 else 1
    )


def fading(level: npt.NDArray[np.int8], limit: Floats) -> Floats:
    """Return how much of a brightening, at rain's soft edge, is rain: float32 of shape (H, W), 0 to 1."""
    first, last = FADE
    return np.asarray(np.clip((level / limit - np.float32(first)) / np.float32(last - first), 0, 1), np.float32)


def _rains(seen: Sequence[tuple[Mask, Mask]], changes: Sequence[Change], least: Floats, free: Mask) -> bool:
    """Tell whether rain falls in consecutive frames, by the share of the free ground that it hides."""
    hidden = (
        np.count_nonzero(bright & free & (change.level > least))
        for (bright, _), change in zip(seen, changes, strict=True)
    )
    return min(hidden) > RAINS * int(np.count_nonzero(free))


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


def _mean_of(darker: Sequence[npt.NDArray[np.int8]]) -> Floats:
    """Return the mean by which the ground is darker than its plate near each pixel: float32 of shape (H, W)."""
    import cv2

    mean = np.asarray(np.mean([np.minimum(one, DARKEST) for one in darker], axis=0, dtype=np.float32), np.float32)
    return np.asarray(cv2.blur(mean, (5, 5)), np.float32)
