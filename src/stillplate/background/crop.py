"""The part of the plate that is written."""

from __future__ import annotations

from stillplate.background.background import Background
from stillplate.camera.canvas import filmed, sampled
from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle, largest_rectangle
from stillplate.sampling.crop import Crop, parse_crop

__all__ = ["crop_of"]


def crop_of(given: Crop | None, background: Background) -> Rectangle | None:
    """Return the part of a plate that is asked for; None for all of it.

    Raises
    ------
    ParameterError
        If the plate is smaller.
    """
    if given is None:
        return None
    height, width = background.plate.image.shape[:2]
    wanted = parse_crop(given)
    if isinstance(wanted, str):
        path, samples = background.camera, background.indices
        if path is None:
            return None
        return largest_rectangle(sampled(path, samples) if samples else filmed(path))
    if wanted.x + wanted.width > width or wanted.y + wanted.height > height:
        raise ParameterError(f"crop is {wanted}, which leaves the plate of {width}x{height}: choose a part of it")
    return wanted
