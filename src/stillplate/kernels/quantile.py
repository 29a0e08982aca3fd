"""The kernel that takes quantiles over samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check
from stillplate.threads import spread

__all__ = ["quantile"]

MOST = 512  # samples, whose values of some cells are sorted in the processor's nearest memory
LEAST = 1 << 14  # cells of a thread's share, at least


def quantile(
    values: npt.NDArray[np.float32],
    left_out: npt.NDArray[np.bool_] | None,
    share: float,
    *,
    least: float = 1,
    threads: int | None = None,
) -> npt.NDArray[np.float32]:
    """Return the linearly interpolated quantile along the first axis.

    Parameters
    ----------
    values : float32 array of shape (T, ...)
        Of at most 512 samples; none is NaN.
    left_out : bool array of shape (T, ...), or None
        Values that do not count; None for nowhere.
    share : float, 0..1
        Of the values that are below the quantile.
    least : float
        Values that must count.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of shape (...)
        inf where fewer than `least` values count, or none.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.

    Examples
    --------
    >>> quantile(np.array([[4], [1], [2]], np.float32), None, 0.25).tolist()
    [1.5]
    """
    check(values, "values", np.float32, (None,) * max(1, values.ndim))
    if len(values) > MOST:
        raise KernelError(f"values has {len(values)} samples; it must have {MOST} at most")
    if left_out is not None:
        check(left_out, "left_out", np.bool_, values.shape)
    shape = values.shape[1:]
    out = np.full(shape, np.inf, np.float32)
    if not values.size:
        return out
    rows = np.ascontiguousarray(values).reshape(len(values), -1)
    flags = None if left_out is None else np.ascontiguousarray(left_out).reshape(rows.shape)
    flat = out.reshape(-1)

    def run(first: int, last: int) -> None:
        _native.quantile(rows, flags, share, least, first, last, flat)

    spread(run, flat.size, threads, least=LEAST)
    return out
