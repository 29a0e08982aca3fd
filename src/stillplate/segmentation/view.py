"""The plate as the camera and the light of one frame show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image

__all__ = ["View"]


@dataclass(frozen=True, slots=True)
class View:
    """The plate as one frame's camera and light see it.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    noise : float32 array of shape (H, W)
        In 8-bit levels per channel.
    valid : bool array of shape (H, W)
        Where the ground was seen.
    """

    image: Image
    noise: npt.NDArray[np.float32]
    valid: npt.NDArray[np.bool_]
