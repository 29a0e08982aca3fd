"""How much the masks of a clip blink: three masks in a row tell, and no truth is needed."""

from __future__ import annotations

from collections import deque

from stillplate.arrays import Mask
from stillplate.kernels import BitMask, count_blinks

__all__ = ["Blinks", "blinking", "tell_blinking"]


class Blinks:
    """The latest three masks of a clip, which are given in the order of time, of one bit for each pixel."""

    def __init__(self) -> None:
        self._latest: deque[tuple[int, BitMask]] = deque(maxlen=3)

    def add(self, index: int, mask: Mask) -> float | None:
        """Return `blinking` of the mask of a frame and the two before it; None where these are not known.

        Parameters
        ----------
        index : int
            Number of the frame.
        mask : bool array of shape (H, W)
        """
        self._latest.append((index, BitMask.of(mask)))
        if [number for number, _ in self._latest] != [index - 2, index - 1, index]:
            return None
        before, now, after = (one for _, one in self._latest)
        return _blinking(before, now, after)


def blinking(before: Mask, now: Mask, after: Mask) -> float:
    """Measure how much a mask differs from the one before and the one after, pixel by pixel in place.

    Parameters
    ----------
    before, now, after : bool arrays of one shape (H, W)
        Masks of three neighbouring frames.

    Returns
    -------
    float
        Of the pixels that are set in at least one of the three masks, the share that is set now and neither before nor
        after, or before and after but not now; 0 if all are empty.

    Notes
    -----
    Masks are not moved along the flow: what moves by more than its own width in a frame blinks too, as thin limbs do,
    so the truth has some as well.
    """
    return _blinking(BitMask.of(before), BitMask.of(now), BitMask.of(after))


def _blinking(before: BitMask, now: BitMask, after: BitMask) -> float:
    """Do what `blinking` does, with masks of one bit for each pixel."""
    blinks, ever = count_blinks(before, now, after)
    return blinks / ever if ever else 0.0


def tell_blinking(share: float) -> str:
    """Say in words how much masks blink."""
    return f"{share:.1%} of their pixels are set, or missing, for a single frame"
