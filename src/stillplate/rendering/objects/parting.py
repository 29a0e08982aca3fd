"""A region of several things that touch, parted between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.kernels import Components
from stillplate.rendering.objects.regions import Region

__all__ = ["part", "pixels_of"]

ROUNDS = 6  # of the clustering; few pixels change sides after that
FEW = 5  # pixels from which a cluster has a shape
ROUND = 1 / 12  # of the area: variance of a cluster whose shape is not known
BLUR = 0.5  # variance of a pixel's place, which keeps clusters from being lines


def pixels_of(region: Region) -> Doubles:
    """Return the places of a region's pixels: float64 of shape (P, 2), x and y."""
    runs = region.runs
    lengths = runs[:, 2] - runs[:, 1]
    begun = np.repeat(runs[:, 1] - np.cumsum(lengths) + lengths, lengths)
    return np.stack([begun + np.arange(int(lengths.sum())), np.repeat(runs[:, 0], lengths)], axis=1).astype(float)


def part(region: Region, centres: Doubles, areas: Sequence[float]) -> list[Region | None]:
    """Part a region between things whose places and sizes are about known.

    Parameters
    ----------
    region : Region
    centres : float64 array of shape (K, 2)
        Where each is expected, x and y.
    areas : sequence of K floats
        What each is known to cover, in pixels.

    Returns
    -------
    list of Region or None
        The part of each; None if nothing of it is seen.

    Notes
    -----
    Pixels go to the Gaussian that they are likeliest of, and the Gaussians follow them, as in k-means with a covariance
    for each cluster: things that are longer than wide keep their ends. A cluster that has lost pixels to others is
    taken to be as wide as its area says.
    """
    places = pixels_of(region)
    middles, spreads = centres.copy(), np.array([np.eye(2) * area * ROUND for area in areas])
    labels = ((places[:, None] - middles[None]) ** 2).sum(axis=2).argmin(axis=1)
    for _ in range(ROUNDS):
        costs = np.empty((len(places), len(areas)))
        for number, area in enumerate(areas):
            own = places[labels == number]
            if len(own) >= FEW:
                middles[number] = own.mean(axis=0)
                spreads[number] = (np.cov(own.T, bias=True) + BLUR * np.eye(2)) * max(1.0, (area / len(own)) ** 0.5)
            away = places - middles[number]
            costs[:, number] = (away @ np.linalg.inv(spreads[number]) * away).sum(axis=1)
            costs[:, number] += np.log(np.linalg.det(spreads[number]))  # -2 log of the density, but for a constant
        labels = costs.argmin(axis=1)
    return [_of(region, places[labels == number].astype(np.int64)) for number in range(len(areas))]


def _of(region: Region, places: npt.NDArray[np.int64]) -> Region | None:
    """Return some pixels of a region as one of its own, connected or not."""
    if not len(places):
        return None
    left, top = places.min(axis=0).tolist()
    right, bottom = (places.max(axis=0) + 1).tolist()
    mask = np.zeros((bottom - top, right - left), np.bool_)
    mask[places[:, 1] - top, places[:, 0] - left] = True
    runs = Components.of(mask).runs + np.array([top, left, left, 0], np.int32)
    runs[:, 3] = 0
    x, y = places.mean(axis=0).tolist()
    box = (left, top, right - left, bottom - top)
    return Region(box, len(places), (x, y), Components(runs, 1, region.components.shape), 0)
