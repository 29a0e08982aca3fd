"""A frame's image before it is converted to RGB: what is never asked for is never made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stillplate.arrays import AnyArray, Image, Mask
from stillplate.kernels import Pieces, cut_half_chroma, foreground, rgb_from_half_chroma, small_from_half_chroma

__all__ = ["AnyImage", "CutImage", "PlanarImage", "rgb_of"]

BLACK = 16  # Y′ of limited range where there is no light


class PlanarImage:
    """An image as planes of 8 bits, Y′ and half as large Cb and Cr; every result is as of the converted image.

    Parameters
    ----------
    planes : three uint8 arrays of shape (H, W), (⌈H / 2⌉, ⌈W / 2⌉) and the same
        Read-only; they may belong to a decoder.
    matrix : int32 array of shape (3, 4), optional
        As for `kernels.rgb_from_half_chroma`.
    colours : (float, float, bool), optional
        Weights of red and blue in Y′, and whether its range is full, where an encoder may take the planes as they are.

    Attributes
    ----------
    planes, matrix, colours
    shape : (int, int, int)
        That of the RGB image: (H, W, 3).
    """

    def __init__(
        self,
        planes: Sequence[AnyArray],
        matrix: npt.NDArray[np.int32] | None,
        colours: tuple[float, float, bool] | None = None,
    ) -> None:
        self.planes, self.matrix, self.colours = planes, matrix, colours
        height, width = planes[0].shape
        self.shape = (height, width, 3)

    @cached_property
    def rgb(self) -> Image:
        """The image: uint8 of shape (H, W, 3), RGB."""
        self.__dict__.pop("_pieces", None)  # the whole image takes the place of its parts
        return rgb_from_half_chroma(self.planes, self.matrix)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces.of(self.planes, self.matrix)

    def reduced(self, step: int) -> Image:
        """Return the image reduced by 2, or by an odd number up to MOST_STEP: uint8 of shape (h, w, 3), RGB."""
        return small_from_half_chroma(self.planes, self.matrix, step)

    @property
    def in_pieces(self) -> Image | Pieces:
        """The image; not converted yet, if nothing asked for `rgb` so far."""
        return self.rgb if "rgb" in self.__dict__ else self._pieces


class CutImage:
    """What a mask keeps of an image, on black.

    Parameters
    ----------
    image : PlanarImage
    mask : bool array of shape (H, W)
    """

    def __init__(self, image: PlanarImage, mask: Mask) -> None:
        self.colours, self.shape = image.colours, image.shape
        self._image, self._mask = image, mask

    @property
    def rgb(self) -> Image:
        """The image: uint8 of shape (H, W, 3), RGB."""
        return foreground(self._image.rgb, self._mask)

    def fill(self, planes: Sequence[AnyArray]) -> None:
        """Fill planes of the image's own colours, of even height and width: what is kept has the image's own bytes.

        Chroma of 2 x 2 pixels of which the mask keeps some is the mean of these and of black.
        """
        assert self.colours is not None  # a writer asks for it
        cut_half_chroma(self._image.planes, self._mask, 0 if self.colours[2] else BLACK, planes)


AnyImage = Image | PlanarImage  # (H, W, 3), as RGB or not yet


def rgb_of(image: AnyImage) -> Image:
    """Return an image as RGB: uint8 of shape (H, W, 3)."""
    return image.rgb if isinstance(image, PlanarImage) else image
