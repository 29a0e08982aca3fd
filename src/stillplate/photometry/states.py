"""Samples grouped by the light that the whole scene is in: lamp on and off, day and night, sun and cloud."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Doubles, Flags, Floats, Image, Numbers
from stillplate.photometry.mixture import errors, is_dark_beside, regress
from stillplate.threads import map_samples

__all__ = ["APART", "find_states", "is_light"]


CELLS = 20  # along the longer side of the grid on which looks are compared
SHARE = 0.75  # of the grid must be explained: people may cover the rest, and a lamp must light more than that
APART = 12.0  # levels, after gain and bias: less is within the mask's threshold, and one light
FEWEST, RAREST = 5, 1 / 12  # samples, and share of them, that make a state: fewer cannot tell who stands there
EXPOSURES = ((0.7, 1.45), (-12.0, 12.0))  # gain and bias within one light: less than the levelling of samples follows
TRIES = 10  # looks that are tried: in a clip full of people every sample has one of its own
ROUNDS = 3  # a state's look is the median of its samples, and its samples those near its look
MOST = 4  # states
SLIGHTLY = 0.15  # of the picture may differ, where gain and bias explain the rest: those who went by
WINDOW = 7  # pixels of half the small picture, in which texture is compared
TEXTURE = 4.0  # levels of standard deviation above which a window has texture
ALIKE = 0.6  # correlation from which on it is the same one
KEPT = 0.75  # of the windows that differ must have the same texture: what differs is light, and nothing stands there
TELLING = 0.05  # of what differs must have texture, or nothing is known of it
HUES = (0.6, 1.6)  # of red or blue to green, against the other light: daylight to lamp; paint may be of any colour


def find_states(samples: Image) -> list[Numbers]:
    """Group the samples of a clip by the light they were taken in.

    Parameters
    ----------
    samples : uint8 array of shape (T, h, w, 3), RGB

    Returns
    -------
    list of int arrays
        The numbers of each state's samples, ascending; the state with most of them first. A single one, of all samples,
        where no more than one light is found. Samples in passing light are in none.

    Notes
    -----
    Two samples look the same if a gain and bias per channel brings three quarters of a grid of 20 cells to within 12
    levels. So an exposure that drifts is one state. Groups of a twelfth of the samples or more are states of light if
    what differs keeps its texture: the correlation of 7 x 7 windows ignores how bright they are. A man who sits down,
    or a painted wall, does not, and his group is joined to the other: the vote tells what is ground.
    """
    everything = [np.arange(len(samples))]
    least = max(FEWEST, int(RAREST * len(samples)))
    if len(samples) < 2 * least:
        return everything
    looks = _looks(samples)
    groups = _groups(looks, least)
    if len(groups) < 2:
        return everything
    pictures = [np.asarray(np.median(samples[group], axis=0), np.uint8) for group in groups]
    states = _joined(groups, pictures)[:MOST]
    return states if len(states) > 1 else everything


def _looks(samples: Image) -> Doubles:
    """Colours on a coarse grid, less what is small: float64 of shape (T, 3, cells)."""
    import cv2

    step = max(1, max(samples.shape[1:3]) // CELLS)
    rows, columns = (slice(min(step, side) // 2, None, step) for side in samples.shape[1:3])

    def look(number: int) -> Doubles:
        calm = cv2.medianBlur(samples[number], 5)[rows, columns]
        return np.ascontiguousarray(calm.reshape(-1, 3).T, np.float64)

    return np.stack(map_samples(look, len(samples)))


def _groups(looks: Doubles, least: int) -> list[Numbers]:
    """Groups of samples that look the same, the largest first; each begins where the samples in a row are alike."""
    change = np.quantile(np.abs(np.diff(looks, axis=0)).max(axis=1), SHARE, axis=1)
    restless = np.minimum(np.append(change, np.inf), np.insert(change, 0, np.inf))
    order = np.argsort(restless, kind="stable")
    free = np.ones(len(looks), np.bool_)
    groups: list[Numbers] = []
    look = np.median(looks, axis=0)
    for _ in range(TRIES):
        found = _gathered(looks, look, free)
        free[found] = False
        if len(found) >= least:
            groups.append(found)
        rest = order[free[order]]
        if len(rest) < least:
            break
        look = looks[rest[0]]
    return sorted(groups, key=len, reverse=True)


def _gathered(looks: Doubles, look: Doubles, free: Flags) -> Numbers:
    """The free samples near a look, which becomes their median."""
    found = near = np.flatnonzero(free & (_apart(looks, look) < APART))
    for _ in range(ROUNDS):
        near = np.flatnonzero(free & (_apart(looks, np.median(looks[found], axis=0)) < APART)) if found.size else found
        if np.array_equal(near, found) or len(near) < len(found):
            break
        found = near
    return found


def _apart(looks: Doubles, look: Doubles) -> Doubles:
    """How far each look is from another, in whatever exposure, in 8-bit levels: float64 of shape (T,)."""
    fitted = regress(looks, look[:, None], np.ones((3, 1)), bounds=EXPOSURES)
    return np.asarray(np.quantile(errors(looks, look[:, None], *fitted), SHARE, axis=1))


def _joined(groups: list[Numbers], pictures: list[Image]) -> list[Numbers]:
    """Join each group that differs from a larger one by something else than light to that one."""
    states: list[list[int]] = []
    for number, picture in enumerate(pictures):
        other = next((state for state in states if not _may_be_one_scene(pictures[state[0]], picture)), None)
        if other is None:
            states.append([number])
        else:
            other.append(number)
    return [np.sort(np.concatenate([groups[number] for number in state])) for state in states]


def _may_be_one_scene(first: Image, second: Image) -> bool:
    return is_dark_beside(first, second) or is_dark_beside(second, first) or is_light(first, second)


def is_light(first: Image, second: Image) -> bool:
    """Tell whether two pictures, uint8 of shape (h, w, 3), RGB, differ by the light that they were taken in.

    Notes
    -----
    A gain and bias per channel is allowed for. What differs by 12 levels or more after that must keep its texture, as
    far as it has one, on three quarters of its 7 x 7 windows, and its hue to within what lamps and the sky have.
    """
    import cv2

    dark, bright = sorted((first, second), key=lambda picture: float(picture.mean()))
    seen, ground = (np.ascontiguousarray(part.reshape(-1, 3).T, np.float64) for part in (dark, bright))
    fitted = regress(seen, ground[:, None], np.ones((3, 1)))
    left = errors(seen, ground[:, None], *fitted).reshape(dark.shape[:2]).astype(np.float32)
    differs = np.asarray(cv2.blur(left, (3, 3)) > APART)
    if differs.mean() < SLIGHTLY:
        return True
    together, spread, other = _textures(dark, bright)
    tells = differs & (np.maximum(spread, other) > TEXTURE)
    if np.count_nonzero(tells) < TELLING * np.count_nonzero(differs):
        return False
    kept = together[tells] > ALIKE * spread[tells] * other[tells]  # correlation = cov(I, B) / (σ_I · σ_B)
    ratio = (cv2.blur(dark, (3, 3)) + 8.0)[differs] / (cv2.blur(bright, (3, 3)) + 8.0)[differs]
    hue = ratio[:, ::2] / ratio[:, 1:2]
    lit = ((hue > HUES[0]) & (hue < HUES[1])).all(axis=1)
    return bool(kept.mean() >= KEPT and lit.mean() >= KEPT)


def _textures(first: Image, second: Image) -> tuple[Floats, Floats, Floats]:
    """Covariance of the grey levels in windows, and the standard deviation of each: float32 of shape (h, w)."""
    import cv2

    def mean(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, (WINDOW, WINDOW)), np.float32)

    one, other = (
        np.asarray(cv2.blur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (2, 2)), np.float32) for part in (first, second)
    )
    together = mean(one * other) - mean(one) * mean(other)
    spreads = [np.sqrt(np.maximum(mean(plane * plane) - np.square(mean(plane)), 0)) for plane in (one, other)]
    return together, spreads[0], spreads[1]
