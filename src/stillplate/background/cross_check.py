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

__all__ = ["contested", "cross_checked", "differing", "end_checked"]

SPECK = 0.001  # share of the width: plates that differ over less on all sides differ by noise
END = 1 / 8  # share of the samples that tell what stands there at the beginning or the end of a recording
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
        shows is a thing before either, and either shows one before it, rather than light or shade. Beside that, also
        where it is not sure, and the others do not differ.
    """
    return _mended(own, former, _contradicted(own, former, latter))


def end_checked(own: Background, near: Background, far: Background, *, last: bool) -> tuple[Background, Flags]:
    """Take the first or the last background from the nearest one where the two nearest contradict it with one voice.

    They lie on one side of it, so that they cannot tell what stood there for a time from what was moved for good. Its
    own samples do: what was moved for good is there at the very end of a recording, or was at its very beginning.

    Parameters
    ----------
    own, near, far : Background
        Of the first or the last time, and of the two nearest to it, of a camera that stands.
    last : bool
        Whether it is the last one.

    Returns
    -------
    background : Background
    taken : bool array of shape (H, W)
        As for `cross_checked`, but without things that are there at the end of its samples, or at the beginning of the
        first. Nowhere in a scene of several lights, whose plates have samples of their own each.
    """
    if own.states or not own.indices:
        return own, np.zeros(own.plate.seen.shape, np.bool_)
    wrong = _contradicted(own, near, far)
    return _mended(own, near, _gone(own, wrong, last=last) if wrong.any() else wrong)


def _gone(own: Background, where: Flags, *, last: bool) -> Flags:
    """Return where things in a plate are not there at the outer end of its time.

    Of each thing, the share of samples at the end that show it is less than that of all samples that show another: more
    than those who pass before it in all the time hides it there, or it moves, and hardly ever stands in one place.
    """
    import cv2

    samples = np.stack([own.plate.made_by(sample)[where] for sample in range(len(own.indices))])
    few = max(1, round(END * len(samples)))
    shown = samples.mean(axis=0) + (samples[-few:] if last else samples[:few]).mean(axis=0)
    things = cv2.connectedComponents(where.view(np.uint8))[1][where] - 1
    gone = where.copy()
    gone[where] = (np.bincount(things, shown) < np.bincount(things))[things]
    return gone


def _contradicted(own: Background, one: Background, other: Background) -> Flags:
    """Return where a plate is unlike two others that are alike, and shows a thing or is not sure.

    The faint edges of things are beside that, where it is not sure, though not unlike the others.
    """
    unsure, alike = (own.plate.support < CERTAIN) | ~own.plate.seen, ~differing(one, other)
    wrong = _unlike(own, one, unsure) & _unlike(own, other, unsure) & alike
    if (wrong & ~unsure).any():
        wrong &= unsure | (_things(one, own) & _things(other, own))
    return wrong | (_and_beside(wrong) & unsure & alike)


def _unlike(own: Background, other: Background, unsure: Flags) -> Flags:
    """Return where a plate differs from another; where it is not sure, its noise is that of what is before it."""
    return differing(other, own) | (unsure & _differ(other, own, FLOOR, by_both=False))


def _mended(own: Background, former: Background, taken: Flags) -> tuple[Background, Flags]:
    """Return a background with the colours of another where they are taken, and where that is."""
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


def _differ(one: Background, other: Background, floor: float, *, by_both: bool = True) -> Flags:
    """Return where the plate of one, in the light of the other, differs from its plate.

    By more than the noise of both, or of the first alone; `floor` as in `thresholds`.
    """
    image = _in_light(one.plate.image, other.plate.image)
    height, width = image.shape[:2]
    limits = [side.noise.thresholds(height, width, floor=floor) for side in ((one, other) if by_both else (one,))]
    return np.asarray(difference(image, other.plate.image) > np.maximum.reduce(limits))


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
