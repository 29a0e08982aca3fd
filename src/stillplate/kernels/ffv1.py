"""Packets of FFV1 of grey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["ffv1_packet"]

MOST = 16  # bytes of a slice, at most, beside its head and 4 for each of its samples


def ffv1_packet(picture: npt.NDArray[np.uint8], heads: Sequence[bytes], sides: tuple[int, int]) -> bytes:
    """Code a keyframe as FFV1 does, in Golomb-Rice codes and with the small context model.

    Parameters
    ----------
    picture : uint8 array of shape (H, W)
        The samples of a row lie side by side.
    heads : sequence of bytes
        What each slice begins with, row by row.
    sides : (int, int)
        Number of slices down and across, at most H and W.

    Returns
    -------
    bytes
        Of each slice, its head, its samples, its size in 3 bytes, a status of 0, and a checksum in 4: the same as
        FFmpeg's.

    Raises
    ------
    KernelError
        If the array is not as above, or empty, or the slices are more than its rows or columns.
    """
    check(picture, "picture", np.uint8, (None, None))
    if not picture.size or picture.strides[1] != 1:
        raise KernelError(
            f"picture has shape {picture.shape} and strides {picture.strides}; it needs samples side by side"
        )
    down, across = sides
    if not (1 <= down <= picture.shape[0] and 1 <= across <= picture.shape[1] and len(heads) == down * across):
        raise KernelError(f"sides are {sides} with {len(heads)} heads; a picture of {picture.shape} has no such slices")
    lengths = np.array([len(head) for head in heads], np.int32)
    out = np.empty(4 * picture.size + int(lengths.sum()) + MOST * len(heads), np.uint8)
    used = _native.ffv1_packet(picture, np.frombuffer(b"".join(heads), np.uint8), lengths.reshape(sides), out)
    return out[:used].tobytes()
