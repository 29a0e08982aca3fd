"""The plain-Python twin of the kernel that measures whitened distances."""

import numpy as np
import numpy.typing as npt


def whitened(difference: npt.NDArray[np.float32], factors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The length of U d, pixel by pixel, in the kernel's float32 and order."""
    distance = np.empty(difference.shape[:2], np.float32)
    for place in np.ndindex(distance.shape):
        r, g, b = difference[place]
        rr, rg, rb, gg, gb, bb = factors[:, *place]
        x, y, z = rr * r + rg * g + rb * b, gg * g + gb * b, bb * b
        distance[place] = np.sqrt(x * x + y * y + z * z)
    return distance
