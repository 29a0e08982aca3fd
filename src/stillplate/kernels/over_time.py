"""The kernels of masks of frames in a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.bit_mask import FARTHEST, BitMask, checked_radii
from stillplate.kernels.checks import check, dense_all

__all__ = ["count_blinks", "find_lasting", "steady_mask"]

Mask = npt.NDArray[np.bool_]


def find_lasting(near: Sequence[BitMask], here: int, length: int) -> BitMask:
    """Mark what all masks have in some run of consecutive frames around one, but for its own.

    Parameters
    ----------
    near : sequence of BitMask
        Of consecutive frames, all of one size.
    here : int
        Which of them is that frame.
    length : int
        Frames of a run.

    Returns
    -------
    BitMask
        Nothing if there are fewer frames than a run has.

    Raises
    ------
    KernelError
        If the masks are of different sizes, or there is no such frame or run.
    """
    own = near[here] if 0 <= here < len(near) else None
    if own is None or length < 1:
        raise KernelError(
            f"frame {here} of {len(near)}, in runs of {length}, given; there must be such a frame and run"
        )
    if any(one.bits.shape != own.bits.shape or one.width != own.width for one in near):
        raise KernelError("masks of different sizes given; they must be of one size")
    out = np.empty_like(own.bits)
    if out.size:
        _native.find_lasting([one.bits for one in near], here, length, out)
    return BitMask(out, own.width)


def count_blinks(before: BitMask, now: BitMask, after: BitMask) -> tuple[int, int]:
    """Count the pixels that blink.

    Parameters
    ----------
    before, now, after : BitMask
        Of three neighbouring frames, of one size.

    Returns
    -------
    blinking : int
        Pixels that are set now and neither before nor after, or before and after but not now.
    ever : int
        Pixels that are set in at least one of the masks.

    Raises
    ------
    KernelError
        If the masks are of different sizes.
    """
    if not before.bits.shape == now.bits.shape == after.bits.shape or not before.width == now.width == after.width:
        raise KernelError("masks of different sizes given; they must be of one size")
    return _native.count_blinks(before.bits, now.bits, after.bits)


def steady_mask(
    masks: tuple[Mask, Mask, Mask],
    ratio: npt.NDArray[np.float32],
    cut: Mask | None,
    further: Mask | None,
    *,
    seed: float,
    largest: float,
    radii: tuple[int, ...],
    aside: int,
) -> Mask:
    """Take from a mask what flickers.

    Parameters
    ----------
    masks : three bool arrays of shape (H, W)
        Of the frame before, this frame, and the frame after.
    ratio : float32 array of shape (H, W)
        Evidence of this frame: weak above 1, strong above `seed`.
    cut : bool array of shape (H, W), or None
        Where evidence is uncertain, too.
    further : bool array of shape (H, W), or None
        Regions that hold a pixel of this, or of a neighbour, stay.
    seed : float
    largest : float, pixels
        Larger regions stay.
    radii : tuple of int
        As for `BitMask.grown_by_width`.
    aside : int, 0 to 31 pixels

    Returns
    -------
    bool array of shape (H, W)
        With uncertain pixels that both neighbours have; without pixels of no strong evidence that neither has, and that
        are beside what both have; and without small regions that nothing of a neighbour comes near, as it is grown by
        its own width, or by `aside`. The mask itself if that is the same.

    Raises
    ------
    KernelError
        If an array's type or shape, or a number, is not as above.
    """
    check(ratio, "ratio", np.float32, (None, None))
    before, mask, after, taken, far = dense_all((*masks, cut, further), "masks", np.bool_, ratio.shape)
    if not 0 <= aside <= FARTHEST:
        raise KernelError(f"aside is {aside}; it must be 0 to {FARTHEST}")
    out = np.empty(ratio.shape, np.bool_)
    differs = out.size and _native.steady_mask(
        (before, mask, after), np.ascontiguousarray(ratio), taken, far, seed, largest, checked_radii(radii), aside, out
    )
    return out if differs else masks[1]
