"""The plate in the camera position and light of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image

__all__ = ["View"]


@dataclass(frozen=True, slots=True)
class View:
    """The plate in the camera position and light of one frame.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    noise : float32 array of shape (H, W)
        Noise of the plate, in 8-bit levels per channel.
    valid : bool array of shape (H, W)
        Where some sample showed the background.
    """

    image: Image
    noise: npt.NDArray[np.float32]
    valid: npt.NDArray[np.bool_]
