"""Plain twins of the kernels of light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.kernels import LocalLimits, MixtureLimits
from stillplate.photometry.regression import regress, residuals

Images = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]


def fit_mixture(image: Images, plates: Sequence[Images], step: int, limits: MixtureLimits) -> tuple[Doubles, Doubles]:
    """Slopes and offset; the limits are those of `stillplate.photometry.mixture`."""
    seen, *states = (part[::step, ::step].reshape(-1, 3).T.astype(np.float64) for part in (image, *plates))
    dark, bright = limits.usable
    brightest = np.maximum.reduce([seen, *states])
    usable = ((brightest < bright) & (brightest > dark)).all(axis=0)
    if np.count_nonzero(usable) >= limits.fewest:
        seen, states = seen[:, usable], [state[:, usable] for state in states]
    alone = [
        regress(
            seen, state[:, None], np.ones((3, 1)), gain=np.array(commonest_ratio(seen, state)),
            robust_scale=limits.first[0],
        )
        for state in states
    ]  # fmt: skip
    ground, (cap, remaining) = np.stack(states, axis=1), limits.residual

    def left(number: int) -> float:
        return float(np.minimum(residuals(seen, states[number][:, None], *alone[number]), cap).mean())

    nearest = min(range(len(states)), key=left)
    slopes, offset = np.zeros((3, len(states))), alone[nearest][1]
    slopes[:, nearest] = alone[nearest][0][:, 0]
    if len(states) > 1:
        mixed = regress(seen, ground, slopes, robust_scale=limits.first[1])
        if float(np.minimum(residuals(seen, ground, *mixed), cap).mean()) < remaining * left(nearest):
            return mixed
    return slopes, offset


def commonest_ratio(seen: Doubles, ground: Doubles) -> float:
    total, other = (np.maximum(part, 1).astype(np.float32).sum(axis=0) for part in (seen, ground))
    place = np.log(total / other) / 0.02 + 40
    counts = np.bincount(place[(place >= 0) & (place < 80)].astype(np.intp), minlength=80)
    best = int(np.convolve(counts, [1, 2, 3, 2, 1], "same").argmax())
    return float(np.exp((best + 0.5 - 40) * 0.02))


def box_mean(plane: Doubles, side: int) -> Doubles:
    """Mean over squares, of which a plane mirrored at its outermost pixels has all."""
    before, behind = side // 2, side - 1 - side // 2
    height, width = plane.shape
    rows, columns = (mirrored(np.arange(-before, length + behind), length) for length in (height, width))
    wide = plane[np.ix_(rows, columns)]
    total = np.zeros(plane.shape)
    for down in range(side):
        for right in range(side):
            total += wide[down : down + height, right : right + width]
    return total / side**2


def mirrored(places: npt.NDArray[np.intp], length: int) -> npt.NDArray[np.intp]:
    period = max(1, 2 * (length - 1))
    places = places % period
    return np.minimum(places, period - places) if length > 1 else np.zeros_like(places)


def local_share(
    residual: Doubles, light: Doubles, *, side: int, rounds: int, bounds: tuple[float, float], ridge: float,
    robust: tuple[float, float], cap: float, remaining: float,
) -> Doubles:  # fmt: skip
    off, lit = residual, light
    power, common = np.square(lit).sum(axis=2), (lit * off).sum(axis=2)
    share, (scale, annealing) = np.zeros(power.shape), robust
    for _ in range(rounds):
        left = np.abs(off - share[:, :, None] * lit).max(axis=2)
        weight = 1 / np.square(1 + np.square(left / scale))
        share = np.clip(box_mean(weight * common, side) / (box_mean(weight * power, side) + ridge), *bounds)
        scale *= annealing
    before, after = (
        box_mean(np.minimum(np.abs(values).max(axis=2), cap), side) for values in (off, off - share[:, :, None] * lit)
    )
    return box_mean(np.where(after < remaining * before, share, 0), side // 2)


def local_shares(
    image: Images, mixed: Images, plates: Sequence[Images], gain: tuple[Map, Map], main: int,
    beside: Sequence[tuple[int, float, float]], limits: LocalLimits,
) -> Doubles | None:  # fmt: skip
    options: dict[str, Any] = {
        "rounds": limits.rounds, "ridge": limits.ridge, "robust": limits.robust, "cap": limits.cap,
        "remaining": limits.remaining,
    }  # fmt: skip
    relit = (image.astype(np.float64) - gain[1]) / gain[0]
    residual = relit - mixed
    if np.minimum(np.abs(residual).max(axis=2), limits.residual).mean() < limits.least:
        return None
    field = np.zeros((*image.shape[:2], len(plates) + 1))
    for state, low, high in beside:
        light = plates[state].astype(np.float64) - plates[main]
        share = local_share(residual, light, side=limits.sides[0], bounds=(low, high), **options)
        field[:, :, state] += share
        field[:, :, main] -= share
        residual = residual - share[:, :, None] * light
    field[:, :, -1] = local_share(
        residual, relit - residual, side=limits.sides[1], bounds=limits.brightness, **options
    )  # fmt: skip
    return field if np.abs(field).max() > limits.noticed else None


def blend(plates: Sequence[Images], shares: Map, field: Map | None) -> Images:
    height, width, _ = plates[0].shape
    local = np.zeros((height, width, len(plates) + 1), np.float32)
    if field is not None:
        local[:] = resized(field, height, width)
    mixed = np.zeros((height, width, 3), np.float32)
    for number, plate in enumerate(plates):
        share = shares[number] + local[:, :, number, None]
        if np.abs(share).max() > 1e-3:
            mixed += plate * share
    return np.asarray(np.clip(mixed * (1 + local[:, :, -1:]) + np.float32(0.5), 0, 255), np.uint8)


def resized(field: Map, height: int, width: int) -> Doubles:
    rows, columns, _ = field.shape
    down, right = (
        np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0, few - 1)
        for many, few in ((height, rows), (width, columns))
    )
    top, left = (np.floor(places).astype(int) for places in (down, right))
    bottom, far = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    y, x = (down - top)[:, None, None], (right - left)[None, :, None]
    upper = field[np.ix_(top, left)] * (1 - x) + field[np.ix_(top, far)] * x
    lower = field[np.ix_(bottom, left)] * (1 - x) + field[np.ix_(bottom, far)] * x
    return np.asarray(upper * (1 - y) + lower * y, np.float64)


def other_light(
    images: tuple[Images, Images, Images], weak: Mask, thresholds: tuple[Map, Map | None], *, between: float,
    there: float,
) -> Mask:  # fmt: skip
    seen, ground, other = (image.astype(np.float32) for image in images)
    off, change = seen - ground, other - ground
    share = (off * change).sum(axis=2) / np.maximum(np.square(change).sum(axis=2), 1)
    left = off - np.clip(share, 0, 1)[:, :, None] * change
    ratio = np.abs(left).mean(axis=2) / thresholds[0]
    if thresholds[1] is not None:
        tint = np.abs(left - left.mean(axis=2, keepdims=True)).mean(axis=2)
        ratio = np.maximum(ratio, tint / thresholds[1])
    return opened(weak & (ratio < between)) | opened(weak & (ratio < 1) & (share > there))


def opened(mask: Mask) -> Mask:
    """Without parts narrower than 3 pixels; beyond the edges, all is as it is needed."""
    inner, outer = (np.pad(mask, 1, constant_values=beyond) for beyond in (True, False))
    height, width = mask.shape
    steps = [(down, right) for down in range(3) for right in range(3)]
    core = np.logical_and.reduce([inner[y : y + height, x : x + width] for y, x in steps])
    outer[1:-1, 1:-1] = core
    return np.asarray(np.logical_or.reduce([outer[y : y + height, x : x + width] for y, x in steps]))
