"""How the camera and the light of one frame differ from the plate's."""

from __future__ import annotations

from dataclasses import dataclass

from stillplate.arrays import Image
from stillplate.imaging.transform import Transform
from stillplate.photometry.bands import Bands
from stillplate.photometry.gain import Gain
from stillplate.photometry.mixture import Mixture

__all__ = ["Match"]


@dataclass(frozen=True, slots=True)
class Match:
    """How a frame's camera and light differ from the plate's.

    Attributes
    ----------
    motion : Transform
        From the frame to the plate.
    gain : Gain
        From the plate's light to the frame's.
    mixture : Mixture, optional
        Of the scene's light states, which makes the plate's; None where there is one.
    appearances : tuple of int
        Numbers of those that the frame shows.
    bands : Bands, optional
        Of flicker, on top of gain and mixture; None where there is none.
    """

    motion: Transform
    gain: Gain
    mixture: Mixture | None = None
    appearances: tuple[int, ...] = ()
    bands: Bands | None = None

    @classmethod
    def none(cls) -> Match:
        """The frame as it is, taken for the plate's place and light."""
        return cls(Transform.none(), Gain.none())

    @property
    def state(self) -> int:
        """Number of the main light state."""
        return 0 if self.mixture is None else self.mixture.state

    def in_frame_light(self, plate: Image) -> Image:
        """Apply the frame's gain and bands to the plate, which is in the mixture of light states already."""
        plate = self.gain.apply(plate) if self.gain.noticeable else plate
        return plate if self.bands is None else self.bands.apply(plate)

    def without_bands(self, image: Image, plate: Image) -> Image:
        """Remove bands of flicker from a frame; `plate` is as the frame's camera sees it."""
        return image if self.bands is None else self.bands.undo(image, plate)
