"""What a page asks to be changed: regions, options of the plate, a render."""

from __future__ import annotations

from typing import Any

from stillplate.errors import ParameterError
from stillplate.sampling.span import Span
from stillplate.viewer.clips import View
from stillplate.viewer.edits import Edits, outline
from stillplate.viewer.lasting_look import lasting_look

__all__ = ["CHANGES"]


def edit(view: View, given: dict[str, Any]) -> None:
    """Draw a region, give it another time, take it away, undo or redo."""
    what = given.get("do")

    def change(edits: Edits) -> None:
        if what == "undo":
            edits.undo()
        elif what == "redo":
            edits.redo()
        elif what == "remove":
            edits.remove(_whole(given, "id"))
        elif what == "change":
            edits.change(_whole(given, "id"), _seconds(given, "start"), _seconds(given, "end"))
        elif what == "add":
            kind = given.get("kind", "not ground")
            edits.add(kind, _drawn(view, given), _seconds(given, "start"), _seconds(given, "end"))
        else:
            raise ParameterError(f"do is {what!r}, but one of add, change, remove, undo, redo is needed")

    view.session.change(change)


def span(view: View, given: dict[str, Any]) -> dict[str, Any]:
    """Propose a time for a region that was drawn on one frame, as long as it looks like this."""
    session = view.session
    frame, ground = session.frames.get(_whole(given, "frame")), session.ground
    if frame is None or ground is None:
        raise ParameterError("the plate is not there yet: draw when it is")
    corners = _drawn(view, given)
    where = session.region(corners)
    start, end = lasting_look(frame.image, float(frame.time), session.sampled(ground.revision), where)
    span, times = Span.of(start, end), ground.background.times
    within = sum(time in span for time in times)
    return {"start": start, "end": end, "corners": corners, "samples": within, "of": len(times)}


def render(view: View, given: dict[str, Any]) -> None:
    """Start a render of what is seen."""
    knobs = {name: str(value) for name, value in (given.get("knobs") or {}).items()}
    view.render(view.session.start.knobs.turned(knobs), overwrite=given.get("overwrite") is True)


def cancel(view: View, given: dict[str, Any]) -> None:
    """End the render that was started."""
    if view.run is not None:
        view.run.cancel()


def turn(view: View, given: dict[str, Any]) -> None:
    """Turn options of the plate."""
    view.session.turn(given)


def _drawn(view: View, given: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the corners of what was drawn: a polygon, or the stroke of a brush."""
    return _points(given["corners"]) if given.get("corners") else _outlined(view, given)


def _outlined(view: View, given: dict[str, Any]) -> list[tuple[int, int]]:
    info, radius = view.session.source.info, given.get("radius", 1)
    if not isinstance(radius, (int, float)) or not 0 < radius <= max(info.width, info.height):
        raise ParameterError(f"radius is {radius!r}, but pixels of the picture are needed")
    return outline(_points(given.get("stroke")), radius, info.width, info.height)


def _points(given: object) -> list[tuple[int, int]]:
    """Return points as whole pixels."""
    try:
        return [(round(x), round(y)) for x, y in given]  # type: ignore[attr-defined]  # what is none raises
    except (TypeError, ValueError, OverflowError):
        raise ParameterError("a list of points [x, y] is needed") from None


def _whole(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int):
        raise ParameterError(f"{name} is {value!r}, but a whole number is needed")
    return value


def _seconds(given: dict[str, Any], name: str) -> float | None:
    value = given.get(name)
    if value is not None and not isinstance(value, (int, float)):
        raise ParameterError(f"{name} is {value!r}, but seconds are needed")
    return None if value is None else float(value)


CHANGES = {"edit": edit, "span": span, "plate": turn, "render": render, "cancel": cancel}
"""What each address does with a clip and the values that were sent."""
