"""The coded samples of an FFV1 slice of grey."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["ffv1_slice"]


def ffv1_slice(plane: npt.NDArray[np.uint8]) -> bytes:
    """Code the samples of a slice of a keyframe as FFV1 does, in Golomb-Rice codes and with the small context model.

    Parameters
    ----------
    plane : uint8 array of shape (H, W)
        The slice; the samples of a row lie side by side.

    Returns
    -------
    bytes
        What follows the header of the slice: the same as FFmpeg's.

    Raises
    ------
    KernelError
        If the array is not as above, or empty.
    """
    check(plane, "plane", np.uint8, (None, None))
    if not plane.size or plane.strides[1] != 1:
        raise KernelError(f"plane has shape {plane.shape} and strides {plane.strides}; it needs samples side by side")
    out = np.empty(4 * plane.size + 8, np.uint8)
    return out[: _native.ffv1_slice(plane, out)].tobytes()
