"""Evidence over time: what is faint counts where it persists in neighbouring frames, and what flickers does not."""

from __future__ import annotations

from collections.abc import Sequence

from stillplate import kernels
from stillplate.arrays import Floats, Mask
from stillplate.kernels import BitMask
from stillplate.segmentation.cleanup import SEED

__all__ = ["RADII", "RUN", "persistent", "reach", "steadied", "widened"]

RUN = 5  # consecutive frames, this one among them, in which faint evidence must be found
RADII = (1, 2, 4, 8)  # pixels: of the squares that fit into what is found; it may move by twice as much
LARGEST = 0.002  # share of the image: a larger region is kept, although neither neighbour has it
ASIDE = 4  # pixels that a small object may move from frame to frame, besides its own size


def reach(found: Mask) -> BitMask:
    """Mark where what is found in a neighbouring frame may be in this one.

    Parameters
    ----------
    found : bool array of shape (H, W)
        Evidence of foreground in the neighbouring frame.

    Returns
    -------
    BitMask
        `found` without its parts that are narrower than 3 pixels, each part grown by about its own width, at most 16
        pixels: leaves may be 2 pixels aside, a car its own width.
    """
    return widened(BitMask.of(found))


def widened(found: BitMask) -> BitMask:
    """Return the `reach` of what is found."""
    return found.grown_by_width(RADII)


def persistent(nearby: Sequence[BitMask], here: int, length: int = RUN) -> BitMask:
    """Mark what is there in every frame of some run of consecutive frames around this one.

    Parameters
    ----------
    nearby : sequence of BitMask
        The `reach` of consecutive frames.
    here : int
        Which of them is this frame; its own is not used.
    length : int
        Frames of a run, this one among them.

    Returns
    -------
    BitMask
        Nothing if there are fewer frames than a run has.

    Notes
    -----
    Any run will do, so an object that enters or leaves the picture persists, too. Waves and leaves are elsewhere in one
    of the frames of each run.
    """
    return kernels.find_lasting(nearby, here, length)


def steadied(
    before: Mask, mask: Mask, after: Mask, ratio: Floats, cut: Mask | None = None, further: Mask | None = None
) -> Mask:
    """Take from a mask what flickers: small regions, gaps and edges of a single frame.

    Parameters
    ----------
    before, mask, after : bool arrays of shape (H, W)
        Masks of three consecutive frames.
    ratio : float32 array of shape (H, W)
        Evidence of the middle one; 0 in shadows.
    cut : bool array of shape (H, W), optional
        Cast shadows that were taken from the middle one; how deep they reach is as uncertain as weak evidence.
    further : bool array of shape (H, W), optional
        What the masks two frames away have: a region that comes and goes is added in every second frame, so it must not
        go from the others.

    Returns
    -------
    bool array of shape (H, W)
        With pixels that both neighbours have, if their evidence is weak or they were `cut`; without pixels that neither
        has, just beside those that both have, unless their evidence is strong; without regions of less than 0.2 % of
        the image that neither neighbour has within the reach of what is there and 4 pixels, nor a mask `further` away.
    """
    return kernels.steady_mask(
        (before, mask, after), ratio, cut, further,
        seed=SEED, largest=LARGEST * mask.size, radii=RADII, aside=ASIDE,
    )  # fmt: skip
