"""Backgrounds of one place at different times: where they differ, and what only one of them shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stillplate.arrays import Flags, Image
from stillplate.background.background import Background
from stillplate.imaging.morphology import block
from stillplate.imaging.resize import resized
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.plate.plate import CERTAIN, Plate
from stillplate.segmentation.difference import difference
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.noise import FAINTEST, FLOOR, Noise

__all__ = ["contested", "cross_checked", "differing"]

SPECK = 0.001  # share of the width: plates that differ over less on all sides differ by noise
BESIDE = 0.01  # share of the width: how far masks by a plate go wrong beside what it shows in the wrong place


def differing(one: Background, other: Background) -> Flags:
    """Return where two backgrounds show different things, whatever their light: bool array of shape (H, W).

    There their plates, brought to one light, differ by more than either's noise does beside an object.
    """
    return _differ(one, other, FLOOR)


def contested(one: Background, other: Background) -> Flags:
    """Return where masks by two backgrounds are different things: bool array of shape (H, W), the same in any order.

    There, or near by, their plates differ by more than masks ignore where no object is near, over more than specks.
    """
    import cv2

    differs = (_differ(one, other, FAINTEST) | _differ(other, one, FAINTEST)).view(np.uint8)
    width = differs.shape[1]
    whole = cv2.morphologyEx(differs, cv2.MORPH_OPEN, block(SPECK * width), borderType=cv2.BORDER_REPLICATE)
    return _and_beside(np.asarray(whole).view(np.bool_))


def cross_checked(own: Background, former: Background, latter: Background) -> tuple[Background, Flags]:
    """Take a background from the one before it where the ones before and after it contradict it with one voice.

    What stood there for a time, and neither before nor after it, is no ground. What was moved for good is unlike
    before, or unlike after, and stays; and so does light that fell for a time, of which the plate is sure.

    Parameters
    ----------
    own, former, latter : Background
        Of a time, and of the times before and after it, of a camera that stands.

    Returns
    -------
    background : Background
    taken : bool array of shape (H, W)
        Where its plate has the colours of the former, in its own light: where it differs from both others, these do not
        differ from each other, and it is not sure (its support is below 0.6, or it never showed the ground), or what it
        shows is a thing before either, and either shows one before it, rather than light or shade.
    """
    unlike = differing(former, own) & differing(latter, own) & ~differing(former, latter)
    taken = unlike & ((own.plate.support < CERTAIN) | ~own.plate.seen)
    if (unlike & ~taken).any():
        taken = unlike & (taken | (_things(former, own) & _things(latter, own)))
    if not taken.any():
        return own, taken
    states = tuple(
        replace(state, plate=_patched(state.plate, former.plate, taken), noise=_noise(state.noise, former.noise, taken))
        for state in own.states
    )
    patched = replace(
        own,
        plate=_patched(own.plate, former.plate, taken), noise=_noise(own.noise, former.noise, taken), states=states,
        looks=tuple(look for look in own.looks if not (look.where & taken[look.part]).any()),
        ground=_ground(own.ground, former.ground, taken),
    )  # fmt: skip
    return patched, taken


def _things(one: Background, other: Background) -> Flags:
    """Return where, or beside where, either plate shows a thing before the other: by one of them, light is none."""
    return _and_beside(one.mask(other.plate.image) & other.mask(one.plate.image))


def _and_beside(where: Flags) -> Flags:
    import cv2

    return np.asarray(cv2.dilate(where.view(np.uint8), block(BESIDE * where.shape[1]))).view(np.bool_)


def _in_light(image: Image, plate: Image) -> Image:
    return relit(image, estimate_gain(image, plate))


def _differ(one: Background, other: Background, floor: float) -> Flags:
    """Return where the plate of one, in the light of the other, differs from its plate; `floor` as in `thresholds`."""
    image = _in_light(one.plate.image, other.plate.image)
    height, width = image.shape[:2]
    first, second = (side.noise.thresholds(height, width, floor=floor) for side in (one, other))
    return np.asarray(difference(image, other.plate.image) > np.maximum(first, second))


def _patched(plate: Plate, former: Plate, taken: Flags) -> Plate:
    """Return a plate with another's colours, in its own light; none of its samples made these."""
    inside = taken[:, :, None]
    return Plate(
        np.where(inside, _in_light(former.image, plate.image), plate.image),
        np.where(taken, former.support, plate.support),
        np.where(taken, former.noise, plate.noise),
        np.where(taken, former.seen, plate.seen),
        np.where(inside, np.uint8(0), plate.provenance),
    )


def _noise(own: Noise, former: Noise, taken: Flags) -> Noise:
    """Return the noise with another's where the plate is; of a grid of another size, its own."""
    if own.level.shape != former.level.shape:
        return own
    cells = _cells(taken, own.level.shape)
    colour = own.colour
    if colour is not None and former.colour is not None:
        colour = np.where(cells, former.colour, colour)
    return replace(own, level=np.where(cells, former.level, own.level), colour=colour)


def _ground(own: Ground | None, former: Ground | None, taken: Flags) -> Ground | None:
    if own is None or former is None or own.level.shape != former.level.shape:
        return own
    cells = _cells(taken, own.level.shape)
    return Ground(
        np.where(cells, former.factors, own.factors), np.where(cells, former.level, own.level),
        np.where(cells, former.tail, own.tail),
    )  # fmt: skip


def _cells(taken: Flags, shape: tuple[int, ...]) -> Flags:
    """Return the cells of a grid in which any pixel is taken."""
    return np.asarray(resized(taken.astype(np.float32), (shape[0], shape[1])) > 0)
