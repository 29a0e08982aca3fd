"""Pairs of rows and columns whose costs have the least sum."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Doubles

__all__ = ["assign"]


def assign(costs: Doubles) -> dict[int, int]:
    """Return the column of each row, so that the sum of the costs is least.

    Parameters
    ----------
    costs : float64 array of shape (R, C)
        Finite where a pair is possible, infinite elsewhere.

    Returns
    -------
    dict of int to int
        Rows that have no possible column are missing; of the pairs, there are as many as possible.

    References
    ----------
    R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
    Computing 38, 1987. :doi:`10.1007/BF02278710`
    """
    rows, columns = costs.shape
    possible = np.isfinite(costs)
    never = 1.0 + 2.0 * float(np.abs(costs[possible]).sum())  # dearer than all that is possible together
    square = np.full((rows, columns + rows), never)  # each row may have a column of its own, which is none
    square[:, :columns][possible] = costs[possible]
    prices_of_rows, prices = np.zeros(rows), np.zeros(columns + rows)
    owner = np.full(columns + rows, -1)
    for row in range(rows):
        reach, before = square[row] - prices_of_rows[row] - prices, np.full(columns + rows, -1)
        done = np.zeros(columns + rows, np.bool_)
        while True:
            column = int(np.where(done, np.inf, reach).argmin())
            least, done[column] = reach[column], True
            if owner[column] < 0:
                break
            through = least + square[owner[column]] - prices_of_rows[owner[column]] - prices
            better = ~done & (through < reach)
            reach[better], before[better] = through[better], column
        gained = done & (reach < least)
        prices_of_rows[owner[gained]] += least - reach[gained]
        prices_of_rows[row] += least
        prices[gained] -= least - reach[gained]
        while before[column] >= 0:
            owner[column] = owner[before[column]]
            column = int(before[column])
        owner[column] = row
    return {
        int(owner[column]): column
        for column in range(columns)
        if owner[column] >= 0 and possible[owner[column], column]
    }
