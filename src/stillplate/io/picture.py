"""A frame's image before it is converted to RGB: what is never asked for is never made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stillplate.arrays import AnyArray, Image, Mask
from stillplate.kernels import PIECE, foreground, rgb_from_half_chroma, small_from_half_chroma

__all__ = ["AnyImage", "CutImage", "PlanarImage", "rgb_of"]

BLACK, GREY = 16, 128  # Y′ of limited range, and Cb and Cr, where there is no light and no colour


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
        self._made: npt.NDArray[np.bool_] | None = None  # the pieces of `_partial` that are converted

    @cached_property
    def rgb(self) -> Image:
        """The image: uint8 of shape (H, W, 3), RGB."""
        self._made = None  # the whole image takes the place of its parts
        return rgb_from_half_chroma(self.planes, self.matrix)

    @cached_property
    def _partial(self) -> Image:
        return np.empty(self.shape, np.uint8)

    def reduced(self, step: int) -> Image:
        """Return the image reduced by 2, or by an odd number up to MOST_STEP: uint8 of shape (h, w, 3), RGB."""
        return small_from_half_chroma(self.planes, self.matrix, step)

    def near(self, where: Mask, factor: int) -> Image:
        """Return the image, which is valid only near what a mask of a reduced size marks.

        Parameters
        ----------
        where : bool array of shape (h, w)
            Whose pixels, and the eight neighbours of each, are needed.
        factor : int
            By which it is smaller.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
            Anything elsewhere.
        """
        if "rgb" in self.__dict__:
            return self.rgb
        wanted = _pieces(where, factor, *self.shape[:2])
        if self._made is None:
            self._made = np.zeros_like(wanted)
        more = wanted & ~self._made
        if more.any():
            rgb_from_half_chroma(self.planes, self.matrix, wanted=more, out=self._partial)
            self._made |= more
        return self._partial


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
        import cv2

        assert self.colours is not None  # a writer asks for it
        marks = self._mask.view(np.uint8)
        planes[0].fill(0 if self.colours[2] else BLACK)
        cv2.copyTo(self._image.planes[0], marks, planes[0])
        pairs = marks[::2] + marks[1::2]
        kept = (pairs[:, ::2] + pairs[:, 1::2]).astype(np.int16)
        for plane, chroma in zip(planes[1:], self._image.planes[1:], strict=True):
            plane[...] = ((chroma.astype(np.int16) - GREY) * kept + 2 >> 2) + GREY


AnyImage = Image | PlanarImage  # (H, W, 3), as RGB or not yet


def rgb_of(image: AnyImage) -> Image:
    """Return an image as RGB: uint8 of shape (H, W, 3)."""
    return image.rgb if isinstance(image, PlanarImage) else image


def _pieces(where: Mask, factor: int, height: int, width: int) -> npt.NDArray[np.bool_]:
    """Return the pieces, as the kernel has them, that hold marked pixels of a reduced size or neighbours of these."""
    import cv2

    # one more pixel on either side, as a piece may end within a pixel
    grown = cv2.dilate(where.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    starts = np.arange(0, width, PIECE) // factor
    across = np.logical_or.reduceat(grown, starts, axis=1)
    rows = np.arange(0, height, 2)
    return np.asarray(across[rows // factor] | across[np.minimum(rows + 1, height - 1) // factor])
