"""The kernel that hears, for every sample, those that show the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_counts
from stillplate.threads import spread

__all__ = ["FULLEST", "patch_agreement"]

FULLEST = 28  # levels: nine pixels' differences fit a byte
LEAST_PIXELS = 66  # of a picture whose patches are compared: the widest vector and its neighbours


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
    """Add up, for every sample and pixel, the votes of the samples that show the same there.

    Parameters
    ----------
    pictures : uint8 array of shape (T, H, W, 3), RGB
        The samples, small.
    votes : float32 array of shape (K, T, H, W)
        K kinds of votes to add up.
    full : int, 1..28, 8-bit levels
        A pixel of two samples differs fully where one of its channels differs by so much.
    sharpness : float, from 0
        λ, below.
    own : bool
        Whether a sample hears itself; if not, A_tt = 0.
    most : int
        Of more samples than these, so many, evenly spread, are heard; each still has its sum.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of shape (K, T, H, W)
        Σ_u A_tu · votes_u with A_tu = exp(−λ · mean over 3 x 3 pixels of min(1, max over channels of |t − u| / full));
        edges count twice. A sample agrees with itself: A_tt = 1.

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
    heard = slice(None) if count <= most else (np.arange(most) * count + count // 2) // most
    more = max(0, -(-LEAST_PIXELS // max(height, 1)) - width)  # edges count twice, so repeating them changes nothing
    wider = ((0, 0), (0, 0), (0, 0), (0, more))
    planes = pictures.transpose(0, 3, 1, 2)
    if more:
        planes, votes = np.pad(planes, wider, "edge"), np.pad(votes, wider, "edge")
    planes = np.ascontiguousarray(planes)
    seen, heard_votes = np.ascontiguousarray(planes[heard]), np.ascontiguousarray(votes[:, heard])
    agreement = np.exp(-sharpness * np.arange(9 * full + 1) / (9 * full)).astype(np.float32)
    sums = np.empty(votes.shape, np.float32)

    def run(first: int, last: int) -> None:
        _native.patch_agreement(planes, seen, heard_votes, agreement, first, last, sums)

    spread(run, count, threads, least=4, grain=1)
    if not own:
        sums[:, heard] = np.maximum(sums[:, heard] - heard_votes, 0)
    return sums[..., :width]
