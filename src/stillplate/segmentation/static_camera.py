"""A camera that stands or shakes: its plate, and frames compared to it."""

from __future__ import annotations

from stillplate.arrays import Image, Mask
from stillplate.io.picture import PlanarImage
from stillplate.segmentation.static_observation import StaticObservation
from stillplate.segmentation.static_plate import StaticPlate

__all__ = ["StaticCamera"]


class StaticCamera(StaticPlate):
    """A plate that frames of a camera that stands or shakes are compared to; parameters as for `StaticPlate`."""

    def observe(
        self, image: Image | PlanarImage, index: int | None = None, region: Mask | None = None
    ) -> StaticObservation:
        """Put a frame beside the plate; it is matched when something that needs it is asked for, and once."""
        return StaticObservation(self, image, region)
