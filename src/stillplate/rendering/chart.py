"""Charts of curves over time, as SVG for the report page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.rendering.events import Event

__all__ = ["clock", "draw_chart"]

WIDTH, HEIGHT = 960, 160  # pixels
POINTS = 960  # largest number of points; of more frames, each point is the value farthest from 0 in its run of frames
FILLED = 0.92  # share of the height that the curves take, which leaves a margin


def draw_chart(times: Doubles, values: Doubles, colours: Sequence[str], events: Sequence[Event] = ()) -> str:
    """Return a chart of curves over time, with 0 inside its vertical range.

    Parameters
    ----------
    times : float64 array of shape (N,)
        Times in seconds, ascending.
    values : float64 array of shape (N, C)
        One curve per column; NaN is a gap.
    colours : sequence of C str
        CSS colours of the curves.
    events : sequence of Event
        Events whose times are shaded.

    Returns
    -------
    str
        An SVG element, labelled with the highest and lowest value and the first and last time.
    """
    first, last = float(times[0]), float(times[-1])
    known = values[np.isfinite(values)]
    most, least = max(float(known.max(initial=0)), 1e-9), min(float(known.min(initial=0)), 0.0)

    def across(moments: Doubles) -> Doubles:
        return (moments - first) / max(last - first, 1e-9) * WIDTH

    def down(levels: Doubles) -> Doubles:
        share = (levels - least) / (most - least)
        return HEIGHT * (1 - FILLED * share) - (HEIGHT * (1 - FILLED) / 2 if least < 0 else 0)

    shapes = []
    for event in events:
        left, right = across(np.array([event.start, event.end]))
        shapes.append(
            f'<rect x="{left:.1f}" width="{right - left:.1f}" height="{HEIGHT}" fill="var(--mark)" opacity=".12"/>'
        )
    if least < 0:
        level = float(down(np.zeros(1))[0])
        shapes.append(f'<line x2="{WIDTH}" y1="{level:.1f}" y2="{level:.1f}" stroke="var(--line)"/>')
    starts = np.arange(0, len(times), -(-len(times) // POINTS))
    for column, colour in zip(values.T, colours, strict=True):
        shapes += _lines(across(times[starts]), down(_farthest(column, starts)), colour)
    labels = f'<text x="4" y="12">{most:.3g}</text><text x="4" y="{HEIGHT - 4}">{clock(first)}</text>'
    labels += f'<text x="{WIDTH - 4}" y="{HEIGHT - 4}" text-anchor="end">{clock(last)}</text>'
    if least < 0:
        labels += f'<text x="{WIDTH - 4}" y="12" text-anchor="end">lowest {least:.3g}</text>'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(shapes)}{labels}</svg>'


def _farthest(values: Doubles, starts: npt.NDArray[np.intp]) -> Doubles:
    """Return the value farthest from 0 in each run of values; NaN for a run of NaN."""
    high, low = np.fmax.reduceat(values, starts), np.fmin.reduceat(values, starts)
    return np.where(-low > high, low, high)


def _lines(x: Doubles, y: Doubles, colour: str) -> list[str]:
    """Return SVG lines through the points, interrupted at missing points."""
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.diff(np.isfinite(y))) + 1)
    lines = []
    for piece in pieces:
        if np.isfinite(y[piece[0]]):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[piece], y[piece], strict=True))
            cap = ' stroke-linecap="round"' if len(piece) == 1 else ""
            points = f"{points} {points}" if len(piece) == 1 else points
            lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"{cap}/>')
    return lines


def clock(seconds: float) -> str:
    """Return a time as text, in minutes and seconds."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
