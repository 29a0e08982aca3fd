"""The kernels that compare a frame with the plate: difference, mask, foreground."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair, flattened, result_array
from stillplate.threads import spread

__all__ = ["difference", "foreground", "mask", "mask_foreground"]

THIRDS = (1 / 3, 1 / 3, 1 / 3)


def difference(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    weights: Sequence[float] = THIRDS,
    *,
    common: float = 0.0,
    threads: int | None = None,
) -> npt.NDArray[np.float32]:
    """Return the weighted sum of the channels' absolute differences between a frame and the plate.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate.
    weights : three floats, from 0
        Weights of red, green and blue. With three thirds, the difference is in 8-bit levels, 0..255.
    common : float, 0..1
        Share of the channels' mean difference that is subtracted from each first; 1 leaves the difference of colour.
    threads : int, optional
        Number of threads; that of the processors if not given.

    Returns
    -------
    float32 array of shape (H, W)
        D = w_R |R − R₀| + w_G |G − G₀| + w_B |B − B₀|, in the unit of `weights` times 8-bit levels; from each of
        the three differences, κ/3 (R − R₀ + G − G₀ + B − B₀) is subtracted before, with κ = `common`.

    Raises
    ------
    KernelError
        If an array's type or shape or a weight is not as above.

    Examples
    --------
    >>> difference(np.array([[[10, 20, 40]]], np.uint8), np.array([[[10, 26, 31]]], np.uint8)).tolist()
    [[5.0]]
    """
    height, width = check_pair(image, plate)
    if not 0 <= common <= 1:
        raise KernelError(f"common={common} given; it may be 0 to 1")
    red, green, blue = _checked_weights(weights)
    flat, background = flattened(image), flattened(plate)
    out = np.empty(height * width, np.float32)

    def run(first: int, last: int) -> None:
        _native.difference(flat, background, red, green, blue, common, first, last, out)

    spread(run, height * width, threads, least=1 << 16)
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
    """Return `difference(image, plate, weights) > threshold`, computed in one pass.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate.
    threshold : float, or float32 array of shape (H, W), 8-bit levels
        One threshold for all pixels, or one for each.
    weights : three floats, from 0
        Weights of red, green and blue; equal weights run fastest.
    out : bool array of shape (H, W), C-contiguous, optional
        Array to write to and return, instead of a new one.
    threads : int, optional
        Number of threads; that of the processors if not given.

    Returns
    -------
    bool array of shape (H, W)
        True where the frame differs from the plate by more than the threshold.

    Raises
    ------
    KernelError
        If an array's type or shape, the threshold or a weight is not as above.
    """
    shape = check_pair(image, plate)
    result = result_array(out, "out", np.bool_, shape)
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
    """Return the mask of a frame and the frame under it, in one pass over the frame.

    Parameters
    ----------
    image, plate, threshold, weights, threads
        As for `mask`.
    out : (bool array of shape (H, W), uint8 array of shape (H, W, 3)), C-contiguous, optional
        Arrays to write to and return, instead of new ones.

    Returns
    -------
    mask : bool array of shape (H, W)
        True where the frame differs from the plate by more than the threshold.
    foreground : uint8 array of shape (H, W, 3), RGB
        The frame under the mask, black elsewhere.

    Raises
    ------
    KernelError
        If an array's type or shape, the threshold or a weight is not as above.
    """
    shape = check_pair(image, plate)
    given = (None, None) if out is None else out
    result = result_array(given[0], "out[0]", np.bool_, shape)
    cut = result_array(given[1], "out[1]", np.uint8, (*shape, 3))
    _compare(image, plate, threshold, weights, result, cut, threads)
    return result, cut


def foreground(
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    *,
    out: npt.NDArray[np.uint8] | None = None,
    threads: int | None = None,
) -> npt.NDArray[np.uint8]:
    """Return the frame where a mask is true, and black elsewhere.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    mask : bool array of shape (H, W)
        Pixels to keep.
    out : uint8 array of shape (H, W, 3), C-contiguous, optional
        Array to write to and return, instead of a new one.
    threads : int, optional
        Number of threads; that of the processors if not given.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        The frame under the mask, black elsewhere.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(image, "image", np.uint8, (None, None, 3))
    height, width, _ = image.shape
    check(mask, "mask", np.bool_, (height, width))
    result = result_array(out, "out", np.uint8, image.shape)
    flat, keep, cut = flattened(image), np.ascontiguousarray(mask).reshape(-1), result.reshape(-1, 3)

    def run(first: int, last: int) -> None:
        _native.foreground(flat, keep, first, last, cut)

    spread(run, height * width, threads, least=1 << 16)
    return result


def _compare(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    threshold: float | npt.NDArray[np.float32],
    weights: Sequence[float],
    mask: npt.NDArray[np.bool_],
    foreground: npt.NDArray[np.uint8] | None,
    threads: int | None,
) -> None:
    """Write the mask, and the foreground if it is given."""
    red, green, blue = _checked_weights(weights)
    flat, background, out = flattened(image), flattened(plate), mask.reshape(-1)
    cut = None if foreground is None else foreground.reshape(-1, 3)
    per_pixel, single_threshold = _thresholds(threshold, mask.shape)

    def run(first: int, last: int) -> None:
        _native.mask(flat, background, red, green, blue, per_pixel, single_threshold, first, last, out, cut)

    spread(run, out.size, threads, least=1 << 16)


def _thresholds(
    threshold: float | npt.NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float32] | None, float]:
    """Return a threshold for each pixel and 0, or None and one threshold that compares with D as float32."""
    if isinstance(threshold, np.ndarray) and threshold.ndim:
        check(threshold, "threshold", np.float32, shape)
        return np.ascontiguousarray(threshold).reshape(-1), 0.0
    value = float(threshold)
    if isnan(value):
        raise KernelError("threshold is not a number; give 8-bit levels, such as 20.0")
    value = min(max(value, -1e30), 1e30)
    single = np.float32(value)
    # D is a float32, so D > threshold exactly where D > the largest float32 not above threshold.
    return None, float(single if single <= value else np.nextafter(single, np.float32(-np.inf)))


def _checked_weights(weights: Sequence[float]) -> tuple[float, float, float]:
    """Return the weights; raise KernelError unless they are three finite numbers from 0."""
    values = [float(w) for w in weights]
    if len(values) != 3 or not all(isfinite(w) and 0 <= w <= 1e30 for w in values):
        raise KernelError(f"weights are {values}; give three finite numbers from 0, for red, green and blue")
    return values[0], values[1], values[2]
