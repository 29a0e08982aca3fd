"""How the plate is made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.kernels.checks import check_clusters

__all__ = ["PlateOptions", "StillPlateOptions"]

VOTES = ("calm", "majority")
LIGHTS = ("auto", "fixed", "varying")
CAMERAS = ("auto", "static", "moving")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateOptions:
    """How the plate is made of the samples: the keywords of `fit` of these names."""

    clusters: int = 2
    """Number of colours told apart at each pixel (k of the k-means), 1 to 8."""
    vote: str = "calm"
    """Choice of the background's cluster: "calm" weights the samples, "majority" takes the largest cluster."""
    light: str = "auto"
    """Exposure compensation of the samples: "auto", "fixed" or "varying"."""
    camera: str = "auto"
    """Motion of the camera: "auto", "static" or "moving"."""
    motion_from: CameraPath | str | os.PathLike[str] | None = None
    """Camera path, if it is known: as a path, or in a file."""
    masks: bool = True
    """Whether the noise is learnt, which masks need."""

    @property
    def weighted(self) -> bool:
        """Whether samples vote with weights."""
        return self.vote != "majority"

    def checked(self) -> Self:
        """Return the same options; raise ParameterError if one is outside its range."""
        check_clusters(self.clusters)
        for name, value, known in (
            ("vote", self.vote, VOTES), ("light", self.light, LIGHTS), ("camera", self.camera, CAMERAS),
        ):  # fmt: skip
            if value not in known:
                raise ParameterError(f"{name} is {value!r}, but one of {', '.join(known)} is needed")
        if self.motion_from is not None and self.camera == "static":
            raise ParameterError("motion_from is given for a camera that is said to be static: leave one of them out")
        if self.camera == "moving":
            self.check_motion()
        return self

    def check_motion(self) -> None:
        """Raise ParameterError if the camera, which moves, must not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillPlateOptions(PlateOptions):
    """How a plate is made that is as large as the frames, so that a camera that moves is refused."""

    still_for: str
    """Program or output that needs it."""
    instead: str = "take the plate of that file"
    """What to do with the stabilized clip."""

    def check_motion(self) -> None:
        """Raise ParameterError: the camera moves."""
        raise ParameterError(
            f"the camera moves, but {self.still_for} needs a plate as large as the clip, of a camera that stands: "
            f"render the clip with stabilized=FILE first, and {self.instead}"
        )
