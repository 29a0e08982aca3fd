"""Header of a camera path file; checked completely, since the file may come from another tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from stillplate.camera.canvas_layout import MOST_PIXELS
from stillplate.errors import ParameterError
from stillplate.imaging.homography import FREEDOM

__all__ = ["VERSION", "CameraHead"]

VERSION = 1  # version of both formats


@dataclass(frozen=True, slots=True)
class CameraHead:
    """Header of a camera path file.

    Attributes
    ----------
    canvas : (int, int) or None
        Width and height of the plate, in pixels; None if they are to be computed.
    model : str
        Motion model of the matrices.
    reference : int
        Frame whose view the plate has.
    shots : tuple of (int, int)
        First and last frame of each shot.
    """

    canvas: tuple[int, int] | None
    model: str
    reference: int
    shots: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, file: Path, given: Mapping[str, Any], size: tuple[int, int], frames: int) -> Self:
        """Check the header of a file for `frames` frames of the given size. Raises ParameterError."""
        if given.get("version", VERSION) != VERSION:
            raise ParameterError(f"{file}: is of version {given['version']}, but {VERSION} is needed")
        own = _pair(file, "size", given.get("size") or size)
        if own != size:
            raise ParameterError(f"{file}: is for frames of {own[0]}x{own[1]}, but the clip's are {size[0]}x{size[1]}")
        model = given.get("model") or "homography"
        if not isinstance(model, str) or model not in FREEDOM:
            raise ParameterError(f"{file}: the model is {model!r}, but one of {', '.join(FREEDOM)} is needed")
        reference = given.get("reference") or 0
        if not isinstance(reference, int) or not 0 <= reference < frames:
            raise ParameterError(f"{file}: the reference is {reference!r}, but a frame, 0 to {frames - 1}, is needed")
        canvas = _pair(file, "canvas", given["canvas"]) if given.get("canvas") else None
        if canvas and canvas[0] * canvas[1] > MOST_PIXELS:
            raise ParameterError(
                f"{file}: needs a plate of {canvas[0]}x{canvas[1]} pixels: leave canvas out, or reduce the motion"
            )
        return cls(canvas, model, reference, _shots(file, given.get("shots") or [[0, frames - 1]], frames))


def _pair(file: Path, name: str, given: Any) -> tuple[int, int]:
    sides = given if isinstance(given, (list, tuple)) else ()
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ParameterError(f"{file}: the {name} is {given!r}, but width and height in whole pixels are needed")
    return sides[0], sides[1]


def _shots(file: Path, given: Any, frames: int) -> tuple[tuple[int, int], ...]:
    """Return the shots, which must follow one another without a gap."""
    following, shots = 0, []
    for take in given if isinstance(given, list) else [given]:
        ends = take if isinstance(take, list) and len(take) == 2 else (None, None)
        if ends[0] != following or not isinstance(ends[1], int) or not following <= ends[1] < frames:
            raise ParameterError(
                f"{file}: a shot is {take!r}, but first and last frame are needed, each shot after the other"
            )
        shots.append((ends[0], ends[1]))
        following = ends[1] + 1
    return tuple(shots)
