"""The kernel that sums, for every sample, the votes of the samples that show the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_counts
from stillplate.threads import spread

__all__ = ["FULLEST", "patch_agreement"]

FULLEST = 28  # levels: largest full difference for which the sum over nine pixels fits a byte
LEAST_PIXELS = 66  # least number of pixels of an image whose patches are compared: the widest vector and its neighbours


def patch_agreement(
    pictures: npt.NDArray[np.uint8],
    votes: npt.NDArray[np.float32],
    *,
    full: int,
    sharpness: float,
    own: bool = True,
    most: int = 128,
    threads: int | None = None,
) -> npt.NDArray[np.float32]:
    """Return, for every sample and pixel, the sum of the votes of all samples, weighted by their agreement.

    Parameters
    ----------
    pictures : uint8 array of shape (T, H, W, 3), RGB
        The samples, reduced.
    votes : float32 array of shape (K, T, H, W)
        K kinds of votes.
    full : int, 1..28, 8-bit levels
        Difference in one channel from which a pixel of two samples differs fully.
    sharpness : float, from 0
        λ in the formula below.
    own : bool
        Whether a sample counts itself; if not, A_tt = 0.
    most : int
        Largest number of samples whose votes are summed; of more samples, so many evenly spaced ones.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of shape (K, T, H, W)
        Σ_u A_tu · votes_u with A_tu = exp(−λ · mean over 3 x 3 pixels of min(1, max over channels of |t − u| / full));
        pixels at the image's edge count twice. A sample agrees with itself: A_tt = 1.

    Raises
    ------
    KernelError
        If an array's type or shape or a number is not as above.

    Examples
    --------
    >>> pictures = np.array([50, 50, 90], np.uint8).repeat(3).reshape(3, 1, 1, 3)
    >>> sums = patch_agreement(pictures, np.ones((1, 3, 1, 1), np.float32), full=10, sharpness=4.0)
    >>> [round(float(x), 2) for x in sums[0, :, 0, 0]]
    [2.02, 2.02, 1.04]
    """
    check(pictures, "pictures", np.uint8, (None, None, None, 3))
    count, height, width, _ = pictures.shape
    check(votes, "votes", np.float32, (None, count, height, width))
    check_counts(count, 1)
    if not (1 <= full <= FULLEST and sharpness >= 0 and most >= 1):
        raise KernelError(f"full={full}, sharpness={sharpness}, most={most} given; 1 to {FULLEST}, 0 and 1 are needed")
    if not votes.size:
        return np.empty(votes.shape, np.float32)
    counted = slice(None) if count <= most else (np.arange(most) * count + count // 2) // most
    padding = max(0, -(-LEAST_PIXELS // max(height, 1)) - width)  # edges count twice, so repeating them changes nothing
    pad_width = ((0, 0), (0, 0), (0, 0), (0, padding))
    planes = pictures.transpose(0, 3, 1, 2)
    if padding:
        planes, votes = np.pad(planes, pad_width, "edge"), np.pad(votes, pad_width, "edge")
    planes = np.ascontiguousarray(planes)
    counted_planes, counted_votes = np.ascontiguousarray(planes[counted]), np.ascontiguousarray(votes[:, counted])
    agreement = np.exp(-sharpness * np.arange(9 * full + 1) / (9 * full)).astype(np.float32)
    sums = np.empty(votes.shape, np.float32)

    def run(first: int, last: int) -> None:
        _native.patch_agreement(planes, counted_planes, counted_votes, agreement, first, last, sums)

    spread(run, count, threads, least=4, grain=1)
    if not own:
        sums[:, counted] = np.maximum(sums[:, counted] - counted_votes, 0)
    return sums[..., :width]
