"""Arguments of kernels: checks, contiguous copies, and arrays for results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError, ParameterError

__all__ = [
    "MOST_CLUSTERS",
    "MOST_SAMPLES",
    "check",
    "check_clusters",
    "check_counts",
    "check_pair",
    "check_reach",
    "dense",
    "dense_all",
    "flattened",
    "result_array",
]

MOST_CLUSTERS = 8
MOST_SAMPLES = 4096
FARTHEST = 1 << 14


def check_counts(samples: int, clusters: int) -> None:
    """Raise ParameterError, as users choose both, unless a kernel can take so many samples and clusters."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise ParameterError(f"samples is {samples}, but a whole number, 1 to {MOST_SAMPLES}, is needed")
    check_clusters(clusters)


def check_clusters(clusters: int) -> None:
    """Raise ParameterError unless pixels can have so many clusters."""
    if clusters not in range(1, MOST_CLUSTERS + 1):
        raise ParameterError(f"clusters is {clusters}, but a whole number, 1 to {MOST_CLUSTERS}, is needed")


def check_pair(image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8]) -> tuple[int, int]:
    """Return height and width; raise KernelError unless these are a frame and a plate of one size."""
    check(image, "image", np.uint8, (None, None, 3))
    check(plate, "plate", np.uint8, image.shape)
    return image.shape[0], image.shape[1]


def check_reach(reach: int) -> None:
    """Raise KernelError unless this is a number of pixels that a picture may have."""
    if not 0 <= reach <= FARTHEST:
        raise KernelError(f"a reach of {reach} pixels given; it must be 0 to {FARTHEST}")


def check(array: npt.NDArray[Any], name: str, dtype: type[np.generic], shape: tuple[int | None, ...]) -> None:
    """Raise KernelError unless an array has this type and shape, in which None stands for any length."""
    if isinstance(array, np.ndarray) and array.dtype.type is dtype and array.dtype.isnative:
        given = array.shape
        if given == shape or (len(given) == len(shape) and given == _filled(shape, given)):
            return
    wanted = f"{np.dtype(dtype).name} array of shape ({', '.join('any' if n is None else str(n) for n in shape)})"
    if not isinstance(array, np.ndarray):
        raise KernelError(f"{name} is a {type(array).__name__}; it must be a {wanted}")
    raise KernelError(f"{name} is a {array.dtype.name} array of shape {array.shape}; it must be a {wanted}")


def dense_all(
    arrays: Iterable[npt.NDArray[Any] | None], name: str, dtype: type[np.generic], shape: tuple[int, ...]
) -> list[Any]:
    """Return arrays, each contiguous, that `check` passes; None for None. Of many a frame, each costs little."""
    wanted = np.dtype(dtype)
    out: list[Any] = []
    for one in arrays:
        if one is not None:
            if type(one) is not np.ndarray or one.dtype is not wanted or one.shape != shape:
                check(one, name, dtype, shape)
            if not one.flags.c_contiguous:
                one = np.ascontiguousarray(one)
        out.append(one)
    return out


def _filled(shape: tuple[int | None, ...], lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape with given lengths where it leaves them open."""
    return tuple([length if wanted is None else wanted for wanted, length in zip(shape, lengths, strict=False)])


def result_array(
    out: npt.NDArray[Any] | None, name: str, dtype: type[np.generic], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Return `out` after checking it, or a new array if it is None."""
    if out is None:
        return np.empty(shape, dtype)
    check(out, name, dtype, shape)
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise KernelError(f"{name} must be C-contiguous and writeable, to be written in place")
    return out


def dense(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array itself if each of its samples is contiguous, else a contiguous copy."""
    return array if array.shape[0] and array[0].flags.c_contiguous else np.ascontiguousarray(array)


def flattened(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an image as one row of pixels: uint8 of shape (H · W, 3)."""
    return np.ascontiguousarray(image).reshape(-1, 3)
