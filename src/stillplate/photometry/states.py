"""Light states: samples grouped by the light of the whole scene, such as lamp on and off, day and night."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.arrays import Doubles, Flags, Floats, Image, Mask, Numbers
from stillplate.photometry.gain import BRIGHT
from stillplate.photometry.mixture import is_dark_beside
from stillplate.photometry.regression import regress, residuals
from stillplate.threads import map_samples

__all__ = ["LEAST_DISTANCE", "MOST_DIFFERING", "find_states", "is_light", "is_relit"]


CELLS = 20  # cells along the longer side of the grid on which the colours of samples are compared
AGREEING_SHARE = 0.75  # share of the grid that must agree: people may cover the rest
LEAST_DISTANCE = 12.0  # 8-bit levels after gain and bias: between states, more than the masks' thresholds allow
FEWEST = 5  # samples of a state: fewer cannot separate foreground from background
LEAST_SHARE = 1 / 12  # share of the samples that a state must have
EXPOSURES = ((0.7, 1.45), (-12.0, 12.0))  # bounds of gain and bias within one state, tighter than those of a camera
MOST_CANDIDATES = 10  # candidate states at most, since in a crowded clip every sample may be one
ROUNDS = 3  # rounds in which a state's colours become the median of its samples, and its samples those near it
MOST_STATES = 4  # states at most
MOST_DIFFERING = 0.15  # share of the image that passing objects may cover: up to it, no texture is compared
WINDOW = 7  # pixels, side of the window in which texture is compared
TEXTURE = 4.0  # 8-bit levels: standard deviation above which a window has texture
ALIKE = 0.6  # correlation from which on two windows have the same texture
LEAST_KEPT = 0.75  # share of the differing windows that must keep texture and hue for the difference to be light
BLACK = 24  # levels: a picture darker than that all over is black, as video levels and noise leave it
LEAST_TEXTURED = 0.05  # share of the differing pixels that must have texture, or the comparison is undecided
MOST_CLIPPED = 0.25  # share of a window: of one with more clipped pixels, no texture is compared
HUES = (0.6, 1.6)  # bounds of the change of red or blue against green, from daylight to a lamp


def find_states(samples: Image) -> list[Numbers]:
    """Group the samples of a clip by light state.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB

    Returns
    -------
    list of int arrays
        Numbers of each state's samples, ascending; the largest state first. One state of all samples if only one light
        is found. Samples taken during a short change of light are in no state.

    Notes
    -----
    Two samples are alike if a gain and bias per channel brings three quarters of a grid of 20 cells to within 12
    levels. So a drifting exposure is one state. A group of a twelfth of the samples or more is a light state if what
    differs from the larger groups keeps its texture: the correlation of 7 x 7 windows ignores brightness. A group that
    differs by an object or by paint fails this test and is joined to the larger group; the votes then find its
    background.
    """
    everything = [np.arange(len(samples))]
    least = max(FEWEST, int(LEAST_SHARE * len(samples)))
    if len(samples) < 2 * least:
        return everything
    colours = _grid_colours(samples)
    groups = _groups(colours, least)
    if len(groups) < 2:
        return everything
    images = [np.asarray(np.median(samples[group], axis=0), np.uint8) for group in groups]
    states = _merge_groups(groups, images)[:MOST_STATES]
    return states if len(states) > 1 else everything


def _grid_colours(samples: Image) -> Doubles:
    """Return the colours on a coarse grid, without small details: float64 of shape (T, 3, cells)."""
    import cv2

    step = max(1, max(samples.shape[1:3]) // CELLS)
    rows, columns = (slice(min(step, side) // 2, None, step) for side in samples.shape[1:3])

    def colours_of(number: int) -> Doubles:
        smoothed = cv2.medianBlur(samples[number], 5)[rows, columns]
        return np.ascontiguousarray(smoothed.reshape(-1, 3).T, np.float64)

    return np.stack(map_samples(colours_of, len(samples)))


def _groups(colours: Doubles, least: int) -> list[Numbers]:
    """Return groups of alike samples, the largest first; each starts at the sample that changes least over time."""
    change = np.quantile(np.abs(np.diff(colours, axis=0)).max(axis=1), AGREEING_SHARE, axis=1)
    instability = np.minimum(np.append(change, np.inf), np.insert(change, 0, np.inf))
    order = np.argsort(instability, kind="stable")
    unassigned = np.ones(len(colours), np.bool_)
    groups: list[Numbers] = []
    reference = np.median(colours, axis=0)
    for _ in range(MOST_CANDIDATES):
        found = _collect(colours, reference, unassigned)
        unassigned[found] = False
        if len(found) >= least:
            groups.append(found)
        remaining = order[unassigned[order]]
        if len(remaining) < least:
            break
        reference = colours[remaining[0]]
    return sorted(groups, key=len, reverse=True)


def _collect(colours: Doubles, reference: Doubles, unassigned: Flags) -> Numbers:
    """Return the unassigned samples near the given colours, which are replaced by their median in each round."""
    found = near = np.flatnonzero(unassigned & (_distance(colours, reference) < LEAST_DISTANCE))
    for _ in range(ROUNDS):
        if found.size:
            median = np.median(colours[found], axis=0)
            near = np.flatnonzero(unassigned & (_distance(colours, median) < LEAST_DISTANCE))
        if np.array_equal(near, found) or len(near) < len(found):
            break
        found = near
    return found


def _distance(colours: Doubles, reference: Doubles) -> Doubles:
    """Return each sample's distance from the given colours at any exposure, in 8-bit levels: float64 (T,)."""
    fitted = regress(colours, reference[:, None], np.ones((3, 1)), bounds=EXPOSURES)
    return np.asarray(np.quantile(residuals(colours, reference[:, None], *fitted), AGREEING_SHARE, axis=1))


def _merge_groups(groups: list[Numbers], images: list[Image]) -> list[Numbers]:
    """Join each group to the first larger one from which it differs by more than light."""
    states: list[list[int]] = []
    for number, image in enumerate(images):
        other = next((state for state in states if not _may_be_one_scene(images[state[0]], image)), None)
        if other is None:
            states.append([number])
        else:
            other.append(number)
    return [np.sort(np.concatenate([groups[number] for number in state])) for state in states]


def _may_be_one_scene(first: Image, second: Image) -> bool:
    return is_dark_beside(first, second) or is_dark_beside(second, first) or is_light(first, second)


def is_light(first: Image, second: Image) -> bool:
    """Whether two images, uint8 of shape (h, w, 3), RGB, differ by their light only.

    Notes
    -----
    A gain and bias per channel is fitted first. Three quarters of the pixels that still differ by 12 levels or more
    must keep their texture in 7 x 7 windows, where they have any, and their hue within the range of lamps and sky.
    """
    import cv2

    dark, bright = sorted((first, second), key=lambda image: float(image.mean()))
    seen, ground = (np.ascontiguousarray(image.reshape(-1, 3).T, np.float64) for image in (dark, bright))
    fitted = regress(seen, ground[:, None], np.ones((3, 1)))
    residual = residuals(seen, ground[:, None], *fitted).reshape(dark.shape[:2]).astype(np.float32)
    differs = np.asarray(cv2.blur(residual, (3, 3)) > LEAST_DISTANCE)
    if differs.mean() < MOST_DIFFERING:
        return True
    textured, texture_kept = _texture_kept(dark, bright)
    textured &= differs
    if np.count_nonzero(textured) < LEAST_TEXTURED * np.count_nonzero(differs):
        return False
    hue_kept = _hue_kept(dark, bright)[differs]
    return bool(texture_kept[textured].mean() >= LEAST_KEPT and hue_kept.mean() >= LEAST_KEPT)


def is_relit(image: Image, plates: Sequence[Image], where: Mask) -> bool:
    """Whether an image shows mostly ground in another light, rather than things that hide it, where a mask is set.

    Parameters
    ----------
    image : uint8 array of shape (h, w, 3), RGB
    plates : uint8 arrays of shape (h, w, 3), RGB
        The ground in each light state.
    where : bool array of shape (h, w)

    Notes
    -----
    More than half of the pixels that have texture must keep it, and their hue, as for `is_light`: in one of the states,
    or in any of them from pixel to pixel, since a light between two states shows the texture of both. What hides the
    ground keeps a tenth to a quarter by chance. Light moves nothing: where the ground fits better beside its place, the
    camera was jolted. Of what is clipped nothing is known, unless all is: a camera is blinded by light alone.
    A picture that is black all over shows no thing either.
    """
    clipped = _clipped(image)
    if clipped.mean() > 1 - LEAST_TEXTURED or image.max() < BLACK:
        return True
    open_ = where & ~clipped
    seen, same = (np.zeros((len(plates) + 1, *where.shape), np.bool_) for _ in range(2))
    for number, plate in enumerate(plates):
        seen[number], same[number] = _texture_kept(image, plate)
        same[number] &= _hue_kept(image, plate)
    seen[-1], same[-1] = seen.any(axis=0), same.any(axis=0)
    seen &= open_
    textured = np.count_nonzero(seen, axis=(1, 2))
    kept = np.count_nonzero(same & seen, axis=(1, 2))
    told = (textured > LEAST_TEXTURED * np.count_nonzero(where)) & (2 * kept > textured)
    return bool(told.any()) and _in_place(image, plates, seen[-1])


def _in_place(image: Image, plates: Sequence[Image], where: Mask) -> bool:
    """Whether the texture of some plate fits no better when it is moved by a pixel, where a mask is set."""

    def fit(plate: Image) -> float:
        covariance, deviation, other_deviation = _textures(image, plate)
        return float((covariance[where] / (deviation[where] * other_deviation[where] + 1)).mean())

    plate = max(plates, key=fit)
    there = fit(plate)
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
    return all(fit(np.roll(plate, step, axis=(0, 1))) < there for step in steps)


def _texture_kept(first: Image, second: Image) -> tuple[Mask, Mask]:
    """Mark pixels in whose windows either image has texture, and those where it is the same in both."""
    covariance, deviation, other_deviation = _textures(first, second)
    # correlation = cov(I, B) / (σ_I · σ_B)
    kept = covariance > ALIKE * deviation * other_deviation
    return np.asarray(np.maximum(deviation, other_deviation) > TEXTURE), np.asarray(kept)


def _clipped(image: Image) -> Mask:
    """Mark pixels in whose windows much is clipped."""
    import cv2

    bright = np.asarray((image > BRIGHT).any(axis=2), np.float32)
    return np.asarray(cv2.blur(bright, (WINDOW, WINDOW)) > MOST_CLIPPED)


def _hue_kept(first: Image, second: Image) -> Mask:
    """Mark pixels whose hue changes no more than from daylight to a lamp."""
    import cv2

    gain = (cv2.blur(first, (3, 3)) + 8.0) / (cv2.blur(second, (3, 3)) + 8.0)
    hue = gain[..., ::2] / gain[..., 1:2]
    return np.asarray(((hue > HUES[0]) & (hue < HUES[1])).all(axis=-1))


def _textures(first: Image, second: Image) -> tuple[Floats, Floats, Floats]:
    """Return the covariance of the grey levels in windows, and both standard deviations: float32 of shape (h, w)."""
    import cv2

    def mean(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, (WINDOW, WINDOW)), np.float32)

    one, other = (
        np.asarray(cv2.blur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (2, 2)), np.float32) for image in (first, second)
    )
    covariance = mean(one * other) - mean(one) * mean(other)
    deviations = [np.sqrt(np.maximum(mean(plane * plane) - np.square(mean(plane)), 0)) for plane in (one, other)]
    return covariance, deviations[0], deviations[1]
