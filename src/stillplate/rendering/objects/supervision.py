"""Objects as detections of the supervision library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stillplate.errors import ParameterError
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["to_supervision"]


def to_supervision(objects: Sequence[Tracked], width: int, height: int) -> Any:
    """Return the objects of one frame as `supervision.Detections`.

    Parameters
    ----------
    objects : sequence of Tracked
    width, height : int
        Size of the frame.

    Returns
    -------
    supervision.Detections
        Boxes, masks and `tracker_id` of the objects; the class is 0.

    Raises
    ------
    ParameterError
        If supervision is not installed.
    """
    try:
        from supervision import Detections
    except ImportError as err:
        raise ParameterError("supervision is not installed: pip install 'stillplate[supervision]'") from err
    masks = np.zeros((len(objects), height, width), np.bool_)
    corners = np.zeros((len(objects), 4), np.float32)
    for mask, corner, one in zip(masks, corners, objects, strict=True):
        x, y, wide, high = one.region.box
        mask[y : y + high, x : x + wide] = one.region.mask
        corner[:] = x, y, x + wide, y + high
    numbers = np.array([one.id for one in objects], np.int64)
    return Detections(xyxy=corners, mask=masks, class_id=np.zeros(len(objects), np.int64), tracker_id=numbers)
