"""NumPy and OpenCV twins of the kernels that compare a frame with the plate."""

import cv2
import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
Pair = tuple[Map, Map]
Images = npt.NDArray[np.uint8]


def smoothed(picture: npt.NDArray[np.float64], weights: Map) -> npt.NDArray[np.float64]:
    """Every pixel's weighted sum of all values within the radius, in double precision."""
    radius = len(weights) - 1
    padded = np.pad(picture, [(radius, radius), (radius, radius), (0, 0)][: picture.ndim], mode="reflect")
    line = np.array([weights[abs(step)] for step in range(-radius, radius + 1)], np.float64)
    smooth = np.empty_like(picture)
    for y, x in np.ndindex(picture.shape[:2]):
        here = padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        smooth[y, x] = np.einsum("yx...,y,x->...", here, line, line)
    return smooth


def compare(image: Images, plate: Images, weights: Map, factors: Map) -> tuple[Map, ...]:
    """Difference, and those of level, of colour, and by the factors, smoothed."""
    signed = image.astype(np.float64) - plate
    level = np.abs(signed).mean(axis=2)
    colour = np.abs(signed - signed.mean(axis=2, keepdims=True)).mean(axis=2)
    r, g, b = np.moveaxis(smoothed(signed, weights), 2, 0)
    rr, rg, rb, gg, gb, bb = factors
    distance = np.sqrt((rr * r + rg * g + rb * b) ** 2 + (gg * g + gb * b) ** 2 + (bb * b) ** 2)
    maps = level, smoothed(level, weights), smoothed(colour, weights), distance
    return tuple(one.astype(np.float32) for one in maps)


def largest_near(picture: Map, reach: int) -> Map:
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(picture, square), np.float32)


def local_ratio(difference: Map, thresholds: Pair, reach: int, share: float, weight: float) -> Pair:
    contrast = largest_near(difference, reach)
    limits = np.clip(np.float32(share) * contrast, *thresholds)
    return difference / limits * np.float32(weight), contrast


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
