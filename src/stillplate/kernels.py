"""The front of the native core: checks, allocates, and spreads each kernel over threads.

Every result is the same, byte for byte, for any number of threads and any instruction set: a pixel is one thread's
alone, sums are whole numbers or added in one order, and floating point only proposes clusters.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from math import isfinite, isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import _native
from stillplate.errors import ParameterError

__all__ = [
    "FULLEST",
    "MOST_CLUSTERS",
    "MOST_SAMPLES",
    "agree",
    "cluster",
    "difference",
    "follow",
    "foreground",
    "hue",
    "mask",
    "mask_foreground",
    "plate",
    "processors",
    "rank",
    "texture",
]

MOST_CLUSTERS = 8
MOST_SAMPLES = 4096
FULLEST = 28  # levels: nine pixels' differences fit a byte
LEAST_PIXELS = 66  # of a picture whose patches are compared: the widest vector and its neighbours
THIRDS = (1 / 3, 1 / 3, 1 / 3)


def plate(
    images: npt.NDArray[np.uint8],
    *,
    clusters: int = 2,
    weights: npt.NDArray[np.float32] | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
    merge: float = 0.0,
    makers: npt.NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Cluster every pixel's samples with k-means; the cluster with most votes, by its median, is the plate.

    Parameters
    ----------
    images : uint8 array of shape (T, H, W, 3), RGB
        The samples, 1 <= T <= 4096. Two clusters of up to 208 samples run fastest.
    clusters : int, 1..8
        How many colours a pixel may have shown.
    weights : float32 array of shape (T, H, W), optional
        How much each sample may vote, from 0; one each if not given. Only proportions matter, and they are kept to
        T/65535 of the pixel's largest (1/65535 of more than 256 samples). A vote that is negative or not a number
        counts as none. Where no sample may vote, each counts as one and the support is 0. Votes choose the cluster and
        weigh the median; they do not bend the clustering.
    valid : bool array of shape (T, H, W), optional
        Which samples exist; all of them if not given.
    merge : float, 8-bit levels
        Clusters that are one join the chosen one and bring their votes: whose mean colour lies nearer to its than this
        (the mean over the channels), or whose members vote alike, on average within a factor of 2. 0: none does.
    makers : uint8 array of shape (H, W, ⌈T/8⌉), C-contiguous, optional
        Written: bit t % 8 of byte t // 8 says whether sample t made the colour, as a member of the chosen cluster that
        has at least half as many votes as the pixel's first.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    image : uint8 array of shape (H, W, 3), RGB
        Per-channel (weighted) median of the chosen cluster: the smallest value with at least half of the votes at or
        below it; where that is just half, the mean of it and the next value, rounded half up.
    support : float32 array of shape (H, W), 0..1
        Share of the votes that the chosen cluster won.
    noise : float32 array of shape (H, W), 8-bit levels
        Root mean square distance, over members and channels, of the chosen cluster from the median.

    Raises
    ------
    ParameterError
        If an array's type or shape, `clusters` or `threads` is not as above.

    Notes
    -----
    *Seeds* come from the data; there is no random state. The samples are sorted along their principal axis, and every
    split of that order is scored with its true inertia. Where the samples do not lie along one line, the axis between
    the two means of the best split becomes the next axis, until nothing is gained; where they lie in all directions,
    more axes are tried. More than two clusters start from the best partition of the order into intervals (dynamic
    programming); then the samples of any two clusters are parted anew in the same way, and the closest two are made one
    for another to be split, as long as that gains. The end is always a fixpoint of Lloyd's algorithm, computed in whole
    numbers. Three clusters take some 25 times as long as two, five some 400 times.

    *Empty clusters*: with fewer colours than clusters some stay empty; they have no votes.

    *Ties*: of clusters with equal votes the tighter wins (smaller mean squared distance to its own mean); if that is
    equal too, the one with the earliest sample, which is the same moment for all pixels and so leaves no specks.

    *No valid sample*: image, support and noise are 0.

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28(2), 1982.
    :doi:`10.1109/TIT.1982.1056489`

    J. A. Hartigan, M. A. Wong, "Algorithm AS 136: a k-means clustering algorithm", Appl. Stat. 28(1), 1979 (why to look
    beyond Lloyd's fixpoints). :doi:`10.2307/2346830`

    Examples
    --------
    >>> samples = np.array([[10, 10, 10], [200, 0, 0], [12, 10, 10]], np.uint8).reshape(3, 1, 1, 3)
    >>> image, support, noise = plate(samples)
    >>> image.tolist(), round(float(support[0, 0]), 3)
    ([[[11, 10, 10]]], 0.667)
    """
    _check(images, "images", np.uint8, (None, None, None, 3))
    count, height, width, _ = images.shape
    _check_counts(count, clusters)
    if not 0 <= merge < 256:
        raise ParameterError(f"merge={merge} given; it may be 0 to 255 levels")
    if weights is not None:
        _check(weights, "weights", np.float32, (count, height, width))
    if valid is not None:
        _check(valid, "valid", np.bool_, (count, height, width))
    pixels = height * width
    samples = _dense(images).reshape(count, pixels, 3)
    votes = None if weights is None else _dense(weights).reshape(count, pixels)
    present = None if valid is None else _dense(valid).reshape(count, pixels)
    bytes_ = -(-count // 8)
    bits = (
        None if makers is None else _result(makers, "makers", np.uint8, (height, width, bytes_)).reshape(pixels, bytes_)
    )
    image = np.empty((pixels, 3), np.uint8)
    support, noise = np.empty(pixels, np.float32), np.empty(pixels, np.float32)

    def run(first: int, last: int) -> None:
        _native.plate(samples, present, votes, clusters, merge, first, last, image, support, noise, bits)

    _spread(run, pixels, threads, least=4096)
    return image.reshape(height, width, 3), support.reshape(height, width), noise.reshape(height, width)


def cluster(
    samples: npt.NDArray[np.uint8], *, clusters: int = 2, threads: int | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Cluster every pixel's samples with k-means, just as `plate` does, and return the labels.

    Parameters
    ----------
    samples : uint8 array of shape (T, P, 3), RGB
        T samples, 1..4096, of each of P pixels.
    clusters : int, 1..8
        How many clusters.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    labels : uint8 array of shape (T, P)
        0 for the largest cluster, and on in falling order of size (ties as in `plate`). With fewer colours than
        clusters the last labels do not occur.
    inertia : float64 array of shape (P,)
        Sum of the squared distances of the samples to their cluster's mean.

    Raises
    ------
    ParameterError
        If the array's type or shape, `clusters` or `threads` is not as above.

    Examples
    --------
    >>> labels, inertia = cluster(np.array([[[9, 9, 9]], [[0, 0, 0]], [[9, 9, 7]]], np.uint8))
    >>> labels[:, 0].tolist(), inertia.tolist()
    ([0, 1, 0], [2.0])
    """
    _check(samples, "samples", np.uint8, (None, None, 3))
    count, pixels, _ = samples.shape
    _check_counts(count, clusters)
    dense = _dense(samples)
    labels, inertia = np.empty((count, pixels), np.uint8), np.empty(pixels, np.float64)

    def run(first: int, last: int) -> None:
        _native.cluster(dense, clusters, first, last, labels, inertia)

    _spread(run, pixels, threads, least=1024)
    return labels, inertia


def agree(
    pictures: npt.NDArray[np.uint8],
    votes: npt.NDArray[np.float32],
    *,
    full: int,
    sharpness: float,
    own: bool = True,
    most: int = 128,
    threads: int | None = None,
) -> npt.NDArray[np.float32]:
    """Add up, for every sample and pixel, the votes of the samples that show the same there.

    Parameters
    ----------
    pictures : uint8 array of shape (T, H, W, 3), RGB
        The samples, small.
    votes : float32 array of shape (K, T, H, W)
        K kinds of votes to add up.
    full : int, 1..28, 8-bit levels
        A pixel of two samples differs fully where one of its channels differs by so much.
    sharpness : float, from 0
        λ, below.
    own : bool
        Whether a sample hears itself; if not, A_tt = 0.
    most : int
        Of more samples than these, so many, evenly spread, are heard; each still has its sum.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of shape (K, T, H, W)
        Σ_u A_tu · votes_u with A_tu = exp(−λ · mean over 3 x 3 pixels of min(1, max over channels of |t − u| / full));
        edges count twice. A sample agrees with itself: A_tt = 1.

    Raises
    ------
    ParameterError
        If an array's type or shape or a number is not as above.

    Examples
    --------
    >>> pictures = np.array([50, 50, 90], np.uint8).repeat(3).reshape(3, 1, 1, 3)
    >>> sums = agree(pictures, np.ones((1, 3, 1, 1), np.float32), full=10, sharpness=4.0)
    >>> [round(float(x), 2) for x in sums[0, :, 0, 0]]
    [2.02, 2.02, 1.04]
    """
    _check(pictures, "pictures", np.uint8, (None, None, None, 3))
    count, height, width, _ = pictures.shape
    _check(votes, "votes", np.float32, (None, count, height, width))
    _check_counts(count, 1)
    if not (1 <= full <= FULLEST and sharpness >= 0 and most >= 1):
        raise ParameterError(
            f"full={full}, sharpness={sharpness}, most={most} given; 1 to {FULLEST}, 0 and 1 are needed"
        )
    if not votes.size:
        return np.empty(votes.shape, np.float32)
    heard = slice(None) if count <= most else (np.arange(most) * count + count // 2) // most
    more = max(0, -(-LEAST_PIXELS // max(height, 1)) - width)  # edges count twice, so repeating them changes nothing
    wider = ((0, 0), (0, 0), (0, 0), (0, more))
    planes = pictures.transpose(0, 3, 1, 2)
    if more:
        planes, votes = np.pad(planes, wider, "edge"), np.pad(votes, wider, "edge")
    planes = np.ascontiguousarray(planes)
    seen, heard_votes = np.ascontiguousarray(planes[heard]), np.ascontiguousarray(votes[:, heard])
    agreement = np.exp(-sharpness * np.arange(9 * full + 1) / (9 * full)).astype(np.float32)
    sums = np.empty(votes.shape, np.float32)

    def run(first: int, last: int) -> None:
        _native.agree(planes, seen, heard_votes, agreement, first, last, sums)

    _spread(run, count, threads, least=4, grain=1)
    if not own:
        sums[:, heard] = np.maximum(sums[:, heard] - heard_votes, 0)
    return sums[..., :width]


def rank(values: npt.NDArray[np.float32], *, threads: int | None = None) -> npt.NDArray[np.uint16]:
    """Rank every pixel's samples.

    Parameters
    ----------
    values : float32 array of shape (T, H, W)
        T values, 1..4096, of each pixel.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    uint16 array of shape (T, H, W)
        How many of the pixel's values are smaller, or equal and earlier: 0..T-1.

    Raises
    ------
    ParameterError
        If the array's type or shape is not as above.

    Examples
    --------
    >>> rank(np.array([3, 1, 3, 2], np.float32).reshape(4, 1, 1))[:, 0, 0].tolist()
    [2, 0, 3, 1]
    """
    _check(values, "values", np.float32, (None, None, None))
    count, height, width = values.shape
    _check_counts(count, 1)
    flat = np.ascontiguousarray(values).reshape(count, -1)
    ranks = np.empty(flat.shape, np.uint16)

    def run(first: int, last: int) -> None:
        _native.rank(flat, first, last, ranks)

    _spread(run, height * width, threads, least=256)
    return ranks.reshape(values.shape)


def difference(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    weights: Sequence[float] = THIRDS,
    *,
    threads: int | None = None,
) -> npt.NDArray[np.float32]:
    """How far each pixel of a frame is from the plate: the weighted sum of its channels' absolute differences.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the scene with nobody in it.
    weights : three floats, from 0
        Of red, green and blue. With three thirds the difference is in 8-bit levels, 0..255.
    threads : int, optional
        As many as there are processors if not given.

    Returns
    -------
    float32 array of shape (H, W)
        D = w_R |R − R₀| + w_G |G − G₀| + w_B |B − B₀|, in the unit of `weights` times 8-bit levels.

    Raises
    ------
    ParameterError
        If an array's type or shape or a weight is not as above.

    Examples
    --------
    >>> difference(np.array([[[10, 20, 40]]], np.uint8), np.array([[[10, 26, 31]]], np.uint8)).tolist()
    [[5.0]]
    """
    height, width = _check_pair(image, plate)
    red, green, blue = _three(weights)
    flat, ground = _flat(image), _flat(plate)
    out = np.empty(height * width, np.float32)

    def run(first: int, last: int) -> None:
        _native.difference(flat, ground, red, green, blue, first, last, out)

    _spread(run, height * width, threads, least=1 << 16)
    return out.reshape(height, width)


def mask(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    threshold: float | npt.NDArray[np.float32],
    weights: Sequence[float] = THIRDS,
    *,
    out: npt.NDArray[np.bool_] | None = None,
    threads: int | None = None,
) -> npt.NDArray[np.bool_]:
    """Where a frame differs from the plate: `difference(image, plate, weights) > threshold`, in one pass.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the scene with nobody in it.
    threshold : float, or float32 array of shape (H, W), 8-bit levels
        One for all pixels, or one for each.
    weights : three floats, from 0
        Of red, green and blue; equal ones run fastest.
    out : bool array of shape (H, W), C-contiguous, optional
        Written and returned in place of a new array.
    threads : int, optional
        As many as there are processors if not given.

    Returns
    -------
    bool array of shape (H, W)
        True where something is in front of the plate.

    Raises
    ------
    ParameterError
        If an array's type or shape, the threshold or a weight is not as above.
    """
    shape = _check_pair(image, plate)
    result = _result(out, "out", np.bool_, shape)
    _compare(image, plate, threshold, weights, result, None, threads)
    return result


def mask_foreground(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    threshold: float | npt.NDArray[np.float32],
    weights: Sequence[float] = THIRDS,
    *,
    out: tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8]] | None = None,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
    """The mask, and the frame's own colours under it on black, in one pass over the frame.

    Parameters
    ----------
    image, plate, threshold, weights, threads
        As for `mask`.
    out : (bool array of shape (H, W), uint8 array of shape (H, W, 3)), C-contiguous, optional
        Written and returned in place of new arrays.

    Returns
    -------
    mask : bool array of shape (H, W)
        True where something is in front of the plate.
    foreground : uint8 array of shape (H, W, 3), RGB
        The frame under the mask, black elsewhere.

    Raises
    ------
    ParameterError
        If an array's type or shape, the threshold or a weight is not as above.
    """
    shape = _check_pair(image, plate)
    given = (None, None) if out is None else out
    result = _result(given[0], "out[0]", np.bool_, shape)
    cut = _result(given[1], "out[1]", np.uint8, (*shape, 3))
    _compare(image, plate, threshold, weights, result, cut, threads)
    return result, cut


def foreground(
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    *,
    out: npt.NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> npt.NDArray[np.uint8]:
    """The frame's own colours under a mask, black elsewhere.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    mask : bool array of shape (H, W)
        What to keep.
    out : uint8 array of shape (H, W, 3), C-contiguous, optional
        Written and returned in place of a new array.
    threads : int, optional
        As many as there are processors if not given.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        The frame under the mask, black elsewhere.

    Raises
    ------
    ParameterError
        If an array's type or shape is not as above.
    """
    _check(image, "image", np.uint8, (None, None, 3))
    height, width, _ = image.shape
    _check(mask, "mask", np.bool_, (height, width))
    result = _result(out, "out", np.uint8, image.shape)
    flat, keep, cut = _flat(image), np.ascontiguousarray(mask).reshape(-1), result.reshape(-1, 3)

    def run(first: int, last: int) -> None:
        _native.foreground(flat, keep, first, last, cut)

    _spread(run, height * width, threads, least=1 << 16)
    return result


def hue(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    *,
    dark: float,
    off: tuple[float, float],
    between: tuple[float, float],
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Where a frame is the plate in another light: I = s B, one s for the three channels.

    Parameters
    ----------
    seen, ground : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    weak : bool array of shape (H, W)
        Where to look.
    dark : float, 8-bit levels
        Added to both.
    off : two floats
        The mean over the channels of |I − s B| is below off[0] levels + off[1] · the mean of I.
    between : two floats
        s lies between them.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        s = <I, B> / <B, B> where `weak` is true; 0 elsewhere.

    Raises
    ------
    ParameterError
        If an array's type or shape is not as above.
    """
    height, width = _check_pair(seen, ground)
    _check(weak, "weak", np.bool_, (height, width))
    flat_seen, flat_ground, flat_weak = _flat(seen), _flat(ground), np.ascontiguousarray(weak).reshape(-1)
    alike, light = np.empty((height, width), np.bool_), np.empty((height, width), np.float32)
    flat_alike, flat_light = alike.reshape(-1), light.reshape(-1)

    def run(first: int, last: int) -> None:
        _native.hue(flat_seen, flat_ground, flat_weak, dark, *off, *between, first, last, flat_alike, flat_light)

    _spread(run, height * width, threads, least=1 << 16)
    return alike, light


def texture(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    smooth: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    alike: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
    *,
    cell: int,
    dark: float,
    flat: float,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """How a frame's texture goes with the plate's, where it has the plate's hue.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    smooth : two uint8 arrays of shape (H, W, 3), RGB
        The same, smoothed.
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        As `hue` gives them.
    cell : int, pixels
        Sums are taken over squares of this side.
    dark : float, 8-bit levels
        Added to the smooth pictures.
    flat : float
        Largest deviation over 5 x 5 pixels of the smooth pictures' ratio, in its mean.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    flats : bool array of shape (H, W)
        Where `alike` and flat.
    sums : float32 array of shape (⌈H / cell⌉, ⌈W / cell⌉, 5)
        Over the cell's pixels all of whose neighbours are alike: their number, Σ h², Σ h s b, Σ (s b)² and Σ I, with I
        the mean of the channels, h and b frame and plate less their means over 5 x 5 pixels; edges go on.

    Raises
    ------
    ParameterError
        If an array's type or shape is not as above.
    """
    height, width = _check_pair(image, plate)
    for one in smooth:
        _check(one, "smooth", np.uint8, image.shape)
    _check(alike, "alike", np.bool_, (height, width))
    _check(light, "light", np.float32, (height, width))
    frame, ground, seen, still = (np.ascontiguousarray(one) for one in (image, plate, *smooth))
    flags, lights = np.ascontiguousarray(alike), np.ascontiguousarray(light)
    flats = np.empty((height, width), np.bool_)
    sums = np.empty((-(-height // cell), -(-width // cell), 5), np.float32)

    def run(first: int, last: int) -> None:
        _native.texture(frame, ground, seen, still, flags, lights, cell, dark, flat, first, last, flats, sums)

    _spread(run, len(sums), threads, least=16, grain=1)
    return flats, sums


def follow(
    mask: npt.NDArray[np.bool_],
    usual: npt.NDArray[np.float32],
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    table: npt.NDArray[np.uint8],
    *,
    factor: int,
    edge: float,
    weight: float,
    most: float,
    threads: int | None = None,
) -> npt.NDArray[np.bool_]:
    """Bring a mask up to the frame's size; its edges follow the frame.

    Parameters
    ----------
    mask : bool array of shape (h, w)
        Of a picture `factor` times smaller.
    usual : float32 array of shape (h, w), 8-bit levels
        How far the mask's inside near by is from the plate; 0 where that is not known.
    image, plate : uint8 arrays of shape (H, W, 3), RGB, with h = ⌈H / factor⌉, w = ⌈W / factor⌉
        Frame and plate.
    table : uint8 array of shape (256, 3)
        Brings the frame's levels into the plate's light.
    factor : int
    edge, weight, most : float
        Below.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    bool array of shape (H, W)
        Where the mask and its neighbours are one, as they are. Else M + min(most, max(−most, weight · (D / usual −
        edge))) > 1/2, with M the mask between its pixels' centres in straight lines and D the mean over the channels of
        |table[I] − B|.

    Raises
    ------
    ParameterError
        If an array's type or shape is not as above.
    """
    height, width = _check_pair(image, plate)
    shape = (-(-height // factor), -(-width // factor))
    _check(mask, "mask", np.bool_, shape)
    _check(usual, "usual", np.float32, shape)
    _check(table, "table", np.uint8, (256, 3))
    small, inside, levels = np.ascontiguousarray(mask), np.ascontiguousarray(usual), np.ascontiguousarray(table)
    frame, ground = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    out = np.empty((height, width), np.bool_)

    def run(first: int, last: int) -> None:
        _native.follow(small, inside, frame, ground, levels, factor, edge, weight, most, first, last, out)

    _spread(run, shape[0], threads, least=64, grain=1)
    return out


def _compare(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    threshold: float | npt.NDArray[np.float32],
    weights: Sequence[float],
    mask: npt.NDArray[np.bool_],
    foreground: npt.NDArray[np.uint8] | None,
    threads: int | None,
) -> None:
    red, green, blue = _three(weights)
    flat, ground, out = _flat(image), _flat(plate), mask.reshape(-1)
    cut = None if foreground is None else foreground.reshape(-1, 3)
    each, one = _thresholds(threshold, mask.shape)

    def run(first: int, last: int) -> None:
        _native.mask(flat, ground, red, green, blue, each, one, first, last, out, cut)

    _spread(run, out.size, threads, least=1 << 16)


def _thresholds(
    threshold: float | npt.NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float32] | None, float]:
    if isinstance(threshold, np.ndarray) and threshold.ndim:
        _check(threshold, "threshold", np.float32, shape)
        return np.ascontiguousarray(threshold).reshape(-1), 0.0
    value = float(threshold)
    if isnan(value):
        raise ParameterError("threshold is not a number; give 8-bit levels, such as 20.0")
    value = min(max(value, -1e30), 1e30)
    single = np.float32(value)
    # D is a float32, so D > threshold exactly where D > the largest float32 not above threshold.
    return None, float(single if single <= value else np.nextafter(single, np.float32(-np.inf)))


def _three(weights: Sequence[float]) -> tuple[float, float, float]:
    values = [float(w) for w in weights]
    if len(values) != 3 or not all(isfinite(w) and 0 <= w <= 1e30 for w in values):
        raise ParameterError(f"weights are {values}; give three finite numbers from 0, for red, green and blue")
    return values[0], values[1], values[2]


def _check_counts(samples: int, clusters: int) -> None:
    if not 1 <= samples <= MOST_SAMPLES:
        raise ParameterError(f"{samples} samples given; k-means needs 1 to {MOST_SAMPLES}")
    if not 1 <= clusters <= MOST_CLUSTERS:
        raise ParameterError(f"clusters={clusters} given; it may be 1 to {MOST_CLUSTERS}")


def _check_pair(image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8]) -> tuple[int, int]:
    _check(image, "image", np.uint8, (None, None, 3))
    _check(plate, "plate", np.uint8, image.shape)
    return image.shape[0], image.shape[1]


def _check(array: npt.NDArray[Any], name: str, dtype: type[np.generic], shape: tuple[int | None, ...]) -> None:
    wanted = f"{np.dtype(dtype).name} array of shape ({', '.join('any' if n is None else str(n) for n in shape)})"
    if not isinstance(array, np.ndarray):
        raise ParameterError(f"{name} is a {type(array).__name__}; it must be a {wanted}")
    fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
    if array.dtype != dtype or not fits:
        raise ParameterError(f"{name} is a {array.dtype.name} array of shape {array.shape}; it must be a {wanted}")


def _result(
    out: npt.NDArray[Any] | None, name: str, dtype: type[np.generic], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    if out is None:
        return np.empty(shape, dtype)
    _check(out, name, dtype, shape)
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ParameterError(f"{name} must be C-contiguous and writeable, to be written in place")
    return out


def _dense(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same array if each of its samples is contiguous, else a copy."""
    return array if array.shape[0] and array[0].flags.c_contiguous else np.ascontiguousarray(array)


def _flat(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(image).reshape(-1, 3)


def _spread(run: Callable[[int, int], None], pixels: int, threads: int | None, *, least: int, grain: int = 64) -> None:
    """Call `run(first, last)` on pieces of at least `least` pixels, from this thread and its helpers."""
    if threads is not None and threads < 1:
        raise ParameterError(f"threads={threads} given; it must be 1 or more")
    workers = threads or processors()
    size = max(least, -(-pixels // (4 * workers) // grain) * grain)
    pieces = deque((first, min(first + size, pixels)) for first in range(0, pixels, size))

    def drain() -> None:
        while True:
            try:
                first, last = pieces.popleft()
            except IndexError:
                return
            run(first, last)

    helping = min(workers, len(pieces)) - 1
    helpers = [_pool(workers).submit(drain) for _ in range(helping)]
    try:
        drain()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()


def processors() -> int:
    """Tell how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="stillplate-kernel")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads
