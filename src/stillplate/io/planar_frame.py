"""A frame that stays as it was decoded until its image is asked for."""

from __future__ import annotations

from fractions import Fraction

from stillplate.arrays import Image
from stillplate.io.picture import PlanarImage
from stillplate.io.source import Frame

__all__ = ["PlanarFrame"]


class PlanarFrame(Frame):
    """A frame whose image is converted to RGB when it is asked for."""

    __slots__ = ("_picture",)
    _picture: PlanarImage

    def __init__(self, picture: PlanarImage, index: int, time: Fraction) -> None:
        for name, value in (("_picture", picture), ("index", index), ("time", time)):
            object.__setattr__(self, name, value)

    @property
    def image(self) -> Image:
        """The image: uint8 of shape (H, W, 3), RGB; treat it as read-only."""
        return self._picture.rgb

    @property
    def picture(self) -> PlanarImage:
        """What the image is converted from."""
        return self._picture

    def __reduce__(self) -> tuple[type[Frame], tuple[Image, int, Fraction]]:
        return Frame, (self.image, self.index, self.time)
