"""Groups of options on the help pages, in their order."""

from __future__ import annotations

from cyclopts import Group

__all__ = ["LIGHT", "MASK", "OUTPUTS", "PLATE", "RUN"]

OUTPUTS, PLATE, LIGHT, MASK, RUN = (
    Group(name, sort_key=place) for place, name in enumerate(("Outputs", "Plate", "Light and camera", "Mask", "Run"), 1)
)
