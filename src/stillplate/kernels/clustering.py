"""The kernels that cluster samples and return the plate or the labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_counts, dense, result_array
from stillplate.threads import spread

__all__ = ["cluster", "dominant_cluster"]


def dominant_cluster(
    images: npt.NDArray[np.uint8],
    *,
    clusters: int = 2,
    weights: npt.NDArray[np.float32] | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
    merge: float = 0.0,
    makers: npt.NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the plate: cluster each pixel's samples with k-means and take the median of the cluster with most votes.

    Parameters
    ----------
    images : uint8 array of shape (T, H, W, 3), RGB
        The samples, 1 <= T <= 4096. Two clusters of up to 208 samples run fastest.
    clusters : int, 1..8
        Number of clusters.
    weights : float32 array of shape (T, H, W), optional
        Vote of each sample, from 0; 1 each if not given. Only proportions matter, with a resolution of T/65535 of the
        pixel's largest (1/65535 for more than 256 samples). A vote that is negative or NaN counts as 0. Where all are
        0, each sample counts as 1 and the support is 0. Votes choose the cluster and weight the median; they do not
        affect the clustering.
    valid : bool array of shape (T, H, W), optional
        Which samples are valid; all of them if not given.
    merge : float, 8-bit levels
        Clusters whose mean colour is nearer to the chosen cluster's than this (mean over the channels), or whose
        members' mean vote is within a factor of 2 of its members', join the chosen cluster with their votes. 0: none.
    makers : uint8 array of shape (H, W, ⌈T/8⌉), C-contiguous, optional
        Written to: bit t % 8 of byte t // 8 is set if sample t made the colour, as a member of the chosen cluster with
        at least half the largest vote of the pixel.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

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
    KernelError
        If an array's type or shape, `clusters` or `threads` is not as above.

    Notes
    -----
    *Seeds* come from the data; there is no random state. The samples are sorted along their principal axis, and every
    split of that order is scored by its true inertia. If the samples do not lie along one line, the axis between the
    two means of the best split becomes the next axis, as long as the inertia falls; if they lie in all directions,
    Lloyd's algorithm also starts from six more splits through the mean. More than two clusters start from the best
    partition of the order into intervals (dynamic programming); then the samples of each two clusters are split anew in
    the same way, and the closest two are merged so that another can be split, as long as the inertia falls. The result
    is always a fixpoint of Lloyd's algorithm, computed in integers. Three clusters take about 25 times as long as two,
    five about 400 times.

    *Empty clusters*: with fewer colours than clusters, some clusters stay empty and have no votes.

    *Ties*: of clusters with equal votes, the one with the smaller mean squared distance to its mean wins; if that is
    equal too, the one with the earliest sample, which is the same for all pixels and so avoids isolated pixels.

    *No valid sample*: image, support and noise are 0.

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28(2), 1982.
    :doi:`10.1109/TIT.1982.1056489`

    J. A. Hartigan, M. A. Wong, "Algorithm AS 136: a k-means clustering algorithm", Appl. Stat. 28(1), 1979 (search
    beyond Lloyd's fixpoints). :doi:`10.2307/2346830`

    Examples
    --------
    >>> samples = np.array([[10, 10, 10], [200, 0, 0], [12, 10, 10]], np.uint8).reshape(3, 1, 1, 3)
    >>> image, support, noise = dominant_cluster(samples)
    >>> image.tolist(), round(float(support[0, 0]), 3)
    ([[[11, 10, 10]]], 0.667)
    """
    check(images, "images", np.uint8, (None, None, None, 3))
    count, height, width, _ = images.shape
    check_counts(count, clusters)
    if not 0 <= merge < 256:
        raise KernelError(f"merge={merge} given; it may be 0 to 255 levels")
    if weights is not None:
        check(weights, "weights", np.float32, (count, height, width))
    if valid is not None:
        check(valid, "valid", np.bool_, (count, height, width))
    pixels = height * width
    samples = dense(images).reshape(count, pixels, 3)
    votes = None if weights is None else dense(weights).reshape(count, pixels)
    present = None if valid is None else dense(valid).reshape(count, pixels)
    octets = -(-count // 8)
    made = None if makers is None else result_array(makers, "makers", np.uint8, (height, width, octets))
    bits = None if made is None else made.reshape(pixels, octets)
    image = np.empty((pixels, 3), np.uint8)
    support, noise = np.empty(pixels, np.float32), np.empty(pixels, np.float32)

    def run(first: int, last: int) -> None:
        _native.dominant_cluster(samples, present, votes, clusters, merge, first, last, image, support, noise, bits)

    spread(run, pixels, threads, least=4096)
    return image.reshape(height, width, 3), support.reshape(height, width), noise.reshape(height, width)


def cluster(
    samples: npt.NDArray[np.uint8], *, clusters: int = 2, threads: int | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Return the labels of each pixel's samples, clustered with k-means as by `dominant_cluster`.

    Parameters
    ----------
    samples : uint8 array of shape (T, P, 3), RGB
        T samples, 1..4096, of each of P pixels.
    clusters : int, 1..8
        Number of clusters.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    labels : uint8 array of shape (T, P)
        Numbers of the clusters in falling order of size, from 0 (ties as in `dominant_cluster`). With fewer colours
        than clusters, the last labels do not occur.
    inertia : float64 array of shape (P,)
        Sum of the squared distances between the samples and their cluster's mean.

    Raises
    ------
    KernelError
        If the array's type or shape, `clusters` or `threads` is not as above.

    Examples
    --------
    >>> labels, inertia = cluster(np.array([[[9, 9, 9]], [[0, 0, 0]], [[9, 9, 7]]], np.uint8))
    >>> labels[:, 0].tolist(), inertia.tolist()
    ([0, 1, 0], [2.0])
    """
    check(samples, "samples", np.uint8, (None, None, 3))
    count, pixels, _ = samples.shape
    check_counts(count, clusters)
    histories = dense(samples)
    labels, inertia = np.empty((count, pixels), np.uint8), np.empty(pixels, np.float64)

    def run(first: int, last: int) -> None:
        _native.cluster(histories, clusters, first, last, labels, inertia)

    spread(run, pixels, threads, least=1024)
    return labels, inertia
