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


def signed_distance(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    factors: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Every pixel's weighted sum of all differences within the radius, in double precision, then the length of U d."""
    radius = len(weights) - 1
    difference = image.astype(np.float64) - plate
    padded = np.pad(difference, [(radius, radius), (radius, radius), (0, 0)], mode="reflect")
    line = np.array([weights[abs(step)] for step in range(-radius, radius + 1)], np.float64)
    smooth = np.empty_like(difference)
    for y, x in np.ndindex(difference.shape[:2]):
        here = padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        smooth[y, x] = np.einsum("yxc,y,x->c", here, line, line)
    return whitened(smooth.astype(np.float32), factors)
