"""What a command says when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from stillplate.cli.log import complain
from stillplate.rendering.blinking import tell_blinking
from stillplate.rendering.carried import tell_carried

if TYPE_CHECKING:
    from stillplate.rendering.report import RenderReport

__all__ = ["summary", "tell_doubts"]

FLICKERS = 0.1  # blinking from which on masks are seen to flicker


def tell_doubts(doubts: Iterable[str], clip: str = "") -> None:
    """Show each on standard error as a warning; of several clips, `clip` begins it."""
    for doubt in doubts:
        complain(f"{clip}{doubt}")


def summary(report: RenderReport, seconds: float) -> Iterator[str]:
    """Sum up a render, line by line: what was found, how sure it is, what was written and which of it to open.

    Parameters
    ----------
    report : RenderReport
    seconds : float
        That the render took.
    """
    if report.times:
        count = len(report.times)
        place = "picture" if report.background.roi is None else "region"
        share = sum(report.foreground) / count
        yield (
            f"{count} frames, {_things(report)}, {share:.1%} of the {place} is foreground (threshold "
            f"{report.threshold:.1f})"
        )
    if report.blinking is not None and report.blinking >= FLICKERS:
        yield f"masks: flicker, {tell_blinking(report.blinking)}"
    if report.carried:
        yield f"masks: {tell_carried(report.carried.values())}"
    if report.asked.get("temporal") and not report.options.get("temporal"):
        yield f"masks: of each frame by itself, as {_by_frame(report)} asks for"
    if report.motion_shares is not None:
        yield f"motion: {report.motion_shares}"
    yield from () if report.crossings is None else report.crossings.told()
    if "dataset" in report.outputs:
        train, val, empty = (report.dataset[name] for name in ("train", "val", "empty"))
        lacks = "" if val or not train else " (a single event is not divided: give further clips)"
        yield f"dataset: {train} pictures to train with, {val} to validate{lacks}; {empty} of them without things"
    yield f"plate: {report.background.sureness}"
    if report.options.get("crop"):
        yield f"crop: {','.join(map(str, report.options['crop']))} of the plate (x, y, width, height)"
    assumptions = report.background.assumptions
    if assumptions is not None and assumptions.never_seen:
        yield f"plate: {assumptions.never_seen}"
    if report.replaced is not None:
        yield f"clean: {report.replaced.tell(report.area)}"
    yield f"written in {_duration(seconds)}: {', '.join(report.outputs.values())}"
    if "page" in report.outputs:
        yield f"open {report.outputs['page']} in a browser"


def _by_frame(report: RenderReport) -> str:
    return "--cleanup" if report.options.get("threshold") is None else "--threshold"


def _things(report: RenderReport) -> str:
    shown = sum(report.things) if report.tracks is None else sum(way.frames for way in report.tracks.each)
    return f"{shown / len(report.times):.1f} things a frame" + (f" (ids 1 to {report.ids})" if report.ids else "")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
