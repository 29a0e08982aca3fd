"""Where the true pixels of a mask lie: spans and bounding boxes."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Flags, Mask

__all__ = ["bounding_box", "enlarged_box", "filled_span"]


def filled_span(filled: Flags, margin: int) -> slice:
    """Return the range from the first to the last true element, extended by a margin; empty if none is true."""
    (found,) = np.nonzero(filled)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin) if found.size else slice(0, 0)


def bounding_box(where: Mask) -> tuple[slice, slice]:
    """Return the rows and columns that contain all true pixels; two empty slices if there are none."""
    (rows,), (columns,) = np.nonzero(where.any(axis=1)), np.nonzero(where.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def enlarged_box(box: tuple[slice, slice], margin: int, factor: int, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of a box, and of a margin around, in an image `factor` times as large.

    The image ends at a width and height, `size`.
    """
    rows, columns = (
        slice(min(most, max(0, span.start - margin) * factor), min(most, (span.stop + margin) * factor))
        for span, most in zip(box, size[::-1], strict=True)
    )
    return rows, columns
