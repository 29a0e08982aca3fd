"""Quantiles of samples over runs of time: what recurs in most runs of the clip, as no object does."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Mask

__all__ = ["quantile", "quantile_of_runs"]

RUNS = 8  # runs of consecutive samples into which the clip is divided
IN_RUN = 0.9  # quantile of the differences within a run: one sample in ten reaches it
OF_RUNS = 0.6  # quantile over the runs: noise recurs if four of eight runs reach it


def quantile_of_runs(values: Floats, left_out: Mask) -> Floats:
    """Return the quantile over the runs of the quantile in each run.

    Parameters
    ----------
    values : float32 array of shape (T, h, w)
        Of consecutive samples.
    left_out : bool array of shape (T, h, w)

    Returns
    -------
    float32 array of shape (h, w)
        inf where half of the samples of each run are left out.
    """
    count = len(values)
    of_runs = np.full((RUNS, *values.shape[1:]), np.inf, np.float32)
    for number, result in enumerate(of_runs):
        run = slice(count * number // RUNS, count * (number + 1) // RUNS)
        size = run.stop - run.start
        if size:
            result[:] = quantile(values[run], left_out[run], IN_RUN, least=size / 2)
    return quantile(of_runs, np.isinf(of_runs), OF_RUNS, least=1)


def quantile(values: Floats, left_out: Mask, share: float, least: float) -> Floats:
    """Return the linearly interpolated quantile along axis 0 of values not left out; inf where fewer than `least`."""
    return kernels.quantile(values, left_out, share, least=least)
