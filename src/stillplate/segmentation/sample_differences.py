"""The samples beside the plate: their differences, on the grid on which noise is learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from stillplate.arrays import Floats, Image, Mask, Numbers
from stillplate.imaging.filters import channel_mean
from stillplate.imaging.morphology import square
from stillplate.imaging.resize import downscale, working_factor
from stillplate.io.phases import log_phase
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import REACH
from stillplate.segmentation.noise import distance, signed_difference, smooth
from stillplate.segmentation.options import EQUAL_WEIGHTS
from stillplate.threads import map_samples

__all__ = ["GRID", "MOST", "SampleDifferences"]

GRID = 400  # largest number of columns of the noise map; noise varies slowly over the image
MOST = 96  # largest number of samples that are compared
EXPLAINED = REACH  # share of the width: sway and ripples move colours of the plate this differences


@dataclass(frozen=True, slots=True)
class SampleDifferences:
    """Differences of T samples from the plate, on a grid of 400 columns at most.

    Attributes
    ----------
    level : float32 array of shape (T, h, w)
        Smoothed mean absolute difference of the channels, in 8-bit levels.
    colour : float32 array of shape (T, h, w)
        The same of colour alone.
    unexplained : float32 array of shape (T, h, w)
        The part outside the plate's local range of colours, in 8-bit levels.
    signed : float32 array of shape (T, h, w, 3), RGB
        Sample less plate, smoothed, in 8-bit levels.
    edges : float32 array of shape (h, w)
        By how much the plate changes over 3x3 pixels, in 8-bit levels.
    numbers : integer array of shape (T,)
        Numbers of the samples in the stack.
    spacing : int, pixels
        From one cell of the grid to the next.
    calm : bool
        Whether images were smoothed before comparison.
    """

    level: Floats
    colour: Floats
    unexplained: Floats
    signed: Floats
    edges: Floats
    numbers: Numbers
    spacing: int
    calm: bool

    @classmethod
    def of(
        cls,
        stack: SampleStack,
        plate: Image,
        numbers: Sequence[int] | None = None,
        *,
        calm: bool = False,
        looks: Sequence[Appearance] = (),
    ) -> Self:
        """Compare samples with the plate.

        Parameters
        ----------
        stack : SampleStack
            The samples, registered to the plate.
        plate : uint8 array of shape (H, W, 3), RGB
        numbers : sequence of int, optional
            Numbers of the samples to compare; all of them if not given.
        calm : bool
            Whether images are smoothed before comparison, as in the dark, where sensor noise is as strong as objects.
        looks : sequence of Appearance
            Other appearances of parts of the plate.
        """
        import cv2

        log_phase("learn masks")
        factor = working_factor(stack.width)
        background = downscale(plate, factor)
        step = -(-background.shape[1] // GRID)
        grid = (slice(None, None, step), slice(None, None, step))
        looks = [look.downscale(plate, factor) for look in looks]
        plate_range = _range(background)
        given = np.arange(len(stack)) if numbers is None else np.asarray(numbers)
        compared = given[np.unique(np.linspace(0, len(given) - 1, MOST).astype(int))]
        edges = cv2.morphologyEx(background, cv2.MORPH_GRADIENT, square(3)).mean(axis=2).astype(np.float32)[grid]
        levels, colours, unknown = (np.empty((len(compared), *edges.shape), np.float32) for _ in range(3))
        signs = np.empty((*levels.shape, 3), np.float32)

        def compare(at: int) -> None:
            image = downscale(stack.image(int(compared[at])), factor)
            image = relit(image, estimate_gain(image, background))
            view = with_appearances(
                background, looks, visible_appearances(image, looks, partial(with_appearances, background, looks))
            )
            lowest, highest = plate_range if view is background else _range(view)
            for part, out in enumerate((levels, colours)):
                out[at] = distance(image, view, factor, EQUAL_WEIGHTS, common=part, calm=calm)[grid]
            outside = np.maximum(cv2.subtract(lowest, image), cv2.subtract(image, highest))
            unknown[at] = smooth(channel_mean(outside), factor)[grid]
            signs[at] = signed_difference(image, view, factor)[grid]

        map_samples(compare, len(compared))
        return cls(levels, colours, unknown, signs, edges, compared, factor * step, calm)

    def left_out(self, valid: Validity | None) -> Mask | None:
        """Mark where samples do not count, bool of shape (T, h, w); None for nowhere."""
        return None if valid is None else ~valid.small(*self.edges.shape)[self.numbers]


def _range(plate: Image) -> tuple[Image, Image]:
    """Return the lowest and highest level of each channel of the plate within `EXPLAINED` of each pixel."""
    import cv2

    reach = square(2 * max(1, round(EXPLAINED * plate.shape[1])) + 1)
    return np.asarray(cv2.erode(plate, reach), np.uint8), np.asarray(cv2.dilate(plate, reach), np.uint8)
