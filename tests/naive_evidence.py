"""NumPy and OpenCV twins of the kernels that compare a frame with the plate."""

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.kernels import Nearness

Map = npt.NDArray[np.float32]
Pair = tuple[Map, Map]
Images = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]


def in_units(picture: npt.NDArray[np.int64], weights: Map) -> npt.NDArray[np.int64]:
    """Smooth whole numbers along rows, then along columns: each product with a weight is rounded, in 1/32768."""
    radius, units = len(weights) - 1, np.minimum(32767, np.floor(weights.astype(np.float64) * 32768 + 0.5)).astype(int)
    for axis in (1, 0):
        line = np.moveaxis(picture, axis, 0)
        padded = np.pad(line, ((radius, radius), (0, 0)), mode="reflect")
        here = [padded[radius + step : radius + step + len(line)] for step in range(-radius, radius + 1)]
        parts = [here[radius], *(here[radius - step] + here[radius + step] for step in range(1, radius + 1))]
        line = sum(((part * unit >> 14) + 1) >> 1 for part, unit in zip(parts, units, strict=True))
        picture = np.moveaxis(np.asarray(line), 0, axis)
    return picture


def whitened(r: Doubles, g: Doubles, b: Doubles, factors: Map) -> Doubles:
    rr, rg, rb, gg, gb, bb = factors
    return np.asarray(np.sqrt((rr * r + rg * g + rb * b) ** 2 + (gg * g + gb * b) ** 2 + (bb * b) ** 2))


def compare(image: Images, plate: Images, weights: Map, factors: Map) -> tuple[Map, Map, Map, Map]:
    """Difference, and those of level, of colour, and by the factors, smoothed in whole numbers."""
    signed = image.astype(np.int64) - plate
    magnitude = np.abs(signed).sum(axis=2)
    tint = np.abs(3 * signed - signed.sum(axis=2, keepdims=True)).sum(axis=2)
    level = np.asarray(in_units(16 * magnitude, weights) * np.float32(1 / 48), np.float32)
    colour = np.asarray(in_units(8 * tint, weights) * np.float32(1 / 72), np.float32)
    r, g, b = (in_units(64 * signed[..., channel], weights) / 64 for channel in range(3))
    distance = whitened(r, g, b, factors).astype(np.float32)
    return (magnitude / 3).astype(np.float32), level, colour, distance


def weigh_frame(
    image: Images,
    plate: Images,
    weights: Map,
    levels: Pair,
    colours: Pair,
    ground: tuple[Map, Map, Map],
    near: Nearness,
) -> tuple[Map, Map, Map, Map]:
    """Difference, smoothed level, ratio and faint ratio, each step in whole numbers up to the division."""
    difference, level, colour, distance = compare(image, plate, weights, ground[0])
    by_level = local_ratio(level, levels, near.reach[0], near.shares[0], 1.5)
    ratio = np.maximum(by_level, local_ratio(colour, colours, near.reach[0], near.shares[0], 1.5))
    faint = faint_ratio(distance, level, ground[1:], near.reach, near.every, near.shares, near.usual, 1.5)
    return difference, level, ratio, faint


def largest_near(picture: Map, reach: int) -> Map:
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(picture, square), np.float32)


def local_ratio(difference: Map, thresholds: Pair, reach: int, share: float, weight: float) -> Map:
    limits = np.clip(np.float32(share) * largest_near(difference, reach), *thresholds)
    return np.asarray(difference / limits * np.float32(weight), np.float32)


def faint_ratio(
    distance: Map,
    level: Map,
    thresholds: Pair,
    reach: tuple[int, int],
    every: int,
    shares: tuple[float, float],
    usual: tuple[tuple[float, float], tuple[float, float]],
    weight: float,
) -> Map:
    far, least = thresholds
    near = np.float32(shares[0]) * largest_near(level, reach[0])
    coarse = np.ascontiguousarray(level[::2, ::2])
    glow = np.float32(shares[1]) * largest_near(coarse, reach[1]).repeat(2, 0).repeat(2, 1)
    limit = np.maximum(least, np.maximum(near, glow[: level.shape[0], : level.shape[1]]))
    some = distance[::every, ::every].astype(np.float64)
    loud = max(1.0, *(np.quantile(some, share) / value for share, value in usual))
    return np.asarray(np.minimum(distance / far / np.float32(loud), level / limit) * np.float32(weight), np.float32)


def robust_gain(image: Images, plate: Images, step: int) -> npt.NDArray[np.float64]:
    """Scale and offset of each channel by the regression of `stillplate.photometry.gain`, in double precision."""
    seen, ground = (part[::step, ::step].reshape(-1, 3).T.astype(np.float64) for part in (image, plate))
    usable = ((np.minimum(seen, ground) > 8) & (np.maximum(seen, ground) < 247)).all(axis=0)
    seen, ground = seen[:, usable], ground[:, usable]
    place = np.log(seen.sum(axis=0) / ground.sum(axis=0)) / 0.02 + 40
    counts = np.bincount(place[(place >= 0) & (place < 80)].astype(int), minlength=80)
    best = int(np.convolve(counts, [1, 2, 3, 2, 1], "same").argmax())
    scale, offset, robust = np.full((3, 1), np.exp((best + 0.5 - 40) * 0.02)), np.zeros((3, 1)), 12.0
    for _ in range(6):
        weight = 1 / (1 + (np.abs(seen - (scale * ground + offset)).max(axis=0) / robust) ** 2) ** 2
        mean_seen, mean_ground = (np.average(part, axis=1, weights=weight)[:, None] for part in (seen, ground))
        off = ground - mean_ground
        covariance = np.average(off * (seen - mean_seen), axis=1, weights=weight)[:, None]
        slope = (covariance + 25) / (np.average(off * off, axis=1, weights=weight)[:, None] + 25)
        scale, offset = np.clip(slope, 0.6, 1.6), np.clip(mean_seen - slope * mean_ground, -40, 40)
        robust = max(4.0, robust * 0.75)
    return np.stack([scale[:, 0], offset[:, 0]])


def weigh_pixels(
    quietness: Map, level: Map, sure: Map, ratio: Map, risen: npt.NDArray[np.bool_] | None, seed: float
) -> Map:
    weight: Map = quietness * np.minimum(1, level / sure)
    if risen is None:
        return weight
    return np.where(risen, np.square(quietness) * np.minimum(1, ratio / np.float32(seed)), weight)
