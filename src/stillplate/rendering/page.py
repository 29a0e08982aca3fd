"""The report as a self-contained HTML page with images, charts and advice."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path

import numpy as np

from stillplate.arrays import Image
from stillplate.background.assumptions import Assumptions
from stillplate.background.judgement import Assumption
from stillplate.io.atomic import atomic_output, readable
from stillplate.rendering.blinking import tell_blinking
from stillplate.rendering.carried import tell_carried
from stillplate.rendering.chart import clock, draw_chart
from stillplate.rendering.line_drawing import draw_lines
from stillplate.rendering.overlay import COLOURS
from stillplate.rendering.page_style import STYLE
from stillplate.rendering.report import RenderReport
from stillplate.rendering.thumbnails import Thumbnail

__all__ = ["to_html", "write_page"]

WIDE = 960  # pixels: largest width of an image; wider ones are reduced
QUALITY = 88  # JPEG quality
LISTED_WAYS = 50  # most rows of the table of ways
CHANNELS = ("#c82828", "#1e8c28", "#2846d2")
DIRECTIONS = {"to the right": "#0072b2", "down": "#d55e00"}


def write_page(path: Path, report: RenderReport, thumbnails: Sequence[Thumbnail], *, overwrite: bool) -> None:
    """Write `to_html` to a file."""
    with atomic_output(path, overwrite=overwrite, folder=False) as partial:
        partial.write_text(readable(to_html(report, thumbnails)), encoding="utf-8")


def to_html(report: RenderReport, thumbnails: Sequence[Thumbnail]) -> str:
    """Return the report as an HTML page.

    Parameters
    ----------
    report : RenderReport
    thumbnails : sequence of Thumbnail
        Reduced frames of the clip with their masks tinted.

    Returns
    -------
    str
        HTML with embedded images and styles.
    """
    name = escape(report.source.name)
    parts = [
        f"<h1>{name}</h1>",
        f"<p>{escape(_headline(report))}</p>",
        _doubts(report),
        _plates(report),
        _sheet(thumbnails),
        _ways(report),
        _curves(report),
        _assumptions(report.background.assumptions),
        _stays(report),
        _figures(report),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}: stillplate</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>\n'
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _headline(report: RenderReport) -> str:
    """Return the sentence below the title."""
    source, sure = report.source, report.background.sureness.certain
    frames = f"{len(report.times)} frames of " if report.times else ""
    share = f", {np.mean(report.foreground):.1%} of the picture is foreground" if report.times else ""
    return f"{frames}{source.width} × {source.height} pixels; {sure:.1%} of the plate is certain{share}."


def _doubts(report: RenderReport) -> str:
    """Return the list of doubts; empty if there are none."""
    items = "".join(f"<li>{_with_options(f'{doubt[:1].upper()}{doubt[1:]}.')}</li>" for doubt in report.doubts)
    return f'<ul class="doubtful">{items}</ul>' if items else ""


def _with_options(text: str) -> str:
    """Return a text as HTML, with its command-line options as code."""
    return re.sub(r"--[\w-]+", r"<code>\g<0></code>", escape(text))


def _plates(report: RenderReport) -> str:
    """Return the section of plates and support."""
    plate = report.background.plate
    support = np.rint(plate.support * 255).astype(np.uint8)
    figures = _figure(plate.image, "The scene with nobody in it.")
    figures += _figure(support, "How sure each pixel is: white is sure, dark is doubtful.")
    for number, state in enumerate(report.background.states, start=1):
        spans = ", ".join(f"{clock(float(start))} to {clock(float(end))}" for start, end in state.spans)
        figures += _figure(state.plate.image, f"In light {number}: {spans}.")
    return f'<h2>The plate</h2><div class="two">{figures}</div>'


def _sheet(thumbnails: Sequence[Thumbnail]) -> str:
    """Return the section of thumbnails; empty if there are none."""
    if not thumbnails:
        return ""
    figures = "".join(_figure(one.image, clock(one.time)) for one in thumbnails)
    head = "<h2>What moved</h2><p>Frames spread over the clip, what is foreground tinted.</p>"
    return f'{head}<div class="sheet">{figures}</div>'


def _ways(report: RenderReport) -> str:
    """Return the section of the ways of things, with a table of those that went farthest; empty where none is known."""
    ways = sorted(report.tracks.shown, key=lambda way: -way.length) if report.tracks else []
    if not report.tracks or not ways:
        return _crossings(report)
    scale = report.options.get("px_per_mm")
    unit, pixels = ("pixels", 1.0) if scale is None else ("mm", scale)
    rows = [
        (
            f'<span style="color:rgb{COLOURS[(way.id - 1) % len(COLOURS)]}">&#9679;</span> {way.id}',
            f"{clock(way.start)} to {clock(way.end)}", f"{way.length / pixels:.0f} {unit}",
            f"{way.speed / pixels:.1f} {unit} a second",
        )
        for way in ways[:LISTED_WAYS]
    ]  # fmt: skip
    more = f"<p>The {LISTED_WAYS} of {len(ways)} that went farthest are listed.</p>" if len(ways) > LISTED_WAYS else ""
    caption = "The ways of what moved, each with a disc where it begins, in the colours of the table and the overlay."
    figure = _figure(report.tracks.draw(report.background.plate.image), caption)
    table = _table(rows, ("id", "seen", "length of its way", "mean speed"))
    return f'<h2>Ways</h2><div class="two">{figure}</div>{more}{table}{_crossings(report)}'


def _crossings(report: RenderReport) -> str:
    """Return the section of the lines that things cross; empty if there are none."""
    if report.crossings is None:
        return ""
    picture, counts = report.background.plate.image.copy(), report.crossings.counts()
    draw_lines(picture, report.crossings)
    rows = [
        (str(number), str(line), *(str(counts[number, way]) for way in ("left to right", "right to left")))
        for number, line in enumerate(report.crossings.lines, 1)
    ]
    caption = "Left (L) and right (R) of each line, looking along its arrow, and how many came over to that side."
    table = _table(rows, ("line", "from and to", "left to right", "right to left"))
    return f'<h2>Crossings</h2><div class="two">{_figure(picture, caption)}</div>{table}'


def _curves(report: RenderReport) -> str:
    """Return the section of charts over time; empty for fewer than two frames."""
    if len(report.times) < 2:
        return ""
    shares = 100 * np.asarray(report.foreground)
    text = "<h2>Over time</h2><p>Share of the picture that is foreground, in %; events are shaded.</p>"
    text += draw_chart(np.asarray(report.times), shares[:, None], ("var(--mark)",), report.events)
    flicker = report.background.flicker
    if flicker is not None:
        darkest, brightest = (round(100 * gain) for gain in flicker.limits)
        text += (
            f"<p>The light flickers in bands along the {flicker.axis}, from {darkest} % of its mean to {brightest} %; "
            "they were taken off.</p>"
        )
    curve = report.background.light
    if curve is not None:
        times = np.array([float(time) for time in report.background.times])
        text += "<p>The light of the samples in red, green and blue: 100 is the plate's.</p>"
        text += draw_chart(times, 100 * curve.brightness.astype(float), CHANNELS)
    return text + _camera(report)


def _camera(report: RenderReport) -> str:
    """Return the charts of a moving camera's path and residuals; empty for a static camera."""
    path = report.background.camera
    if path is None or len(path) < 2:
        return ""
    times = (
        np.array(report.times) if len(report.times) == len(path) else np.arange(len(path)) / float(report.source.rate)
    )
    width, height = path.size
    places = path.matrices @ np.array([(width - 1) / 2, (height - 1) / 2, 1.0])
    moved = places[:, :2] / places[:, 2:]
    right, down = (f'<span style="color:{colour}">{name}</span>' for name, colour in DIRECTIONS.items())
    text = f"<p>The camera: how far the middle of the frame has gone {right} and {down} since frame {path.reference}, "
    text += "in pixels of the plate.</p>"
    text += draw_chart(times, moved - moved[path.reference], tuple(DIRECTIONS.values()))
    if np.isfinite(path.residuals).any():
        text += "<p>How far apart matched points lie in the median, once the frame is laid on the plate, in pixels.</p>"
        text += draw_chart(times, path.residuals[:, None].astype(float), ("var(--mark)",))
    shares = report.motion_shares
    return text if shares is None else f"{text}<p>From frame to frame, {escape(str(shares))}.</p>"


def _assumptions(assumptions: Assumptions | None) -> str:
    """Return the table of assumptions; empty if they were not judged."""
    if assumptions is None:
        return ""
    rows = [
        (
            field.name.replace("_", " "),
            f'<span class="{one.verdict}">{one.verdict}</span>',
            escape(one.finding),
            _with_options(one.advice),
        )
        for field in fields(assumptions)
        if isinstance(one := getattr(assumptions, field.name), Assumption)
    ]
    unseen = f"<p>{_with_options(assumptions.never_seen)}</p>" if assumptions.never_seen else ""
    return "<h2>Does the clip suit the method?</h2>" + _table(rows) + unseen


def _stays(report: RenderReport) -> str:
    """Return the list of stationary objects; empty if there are none."""
    stays = [f"<li>{escape(str(stay))}</li>" for stay in report.background.stays]
    return f"<h2>What stood still</h2><ul>{''.join(stays)}</ul>" if stays else ""


def _figures(report: RenderReport) -> str:
    """Return the table of figures and options."""
    sureness = report.background.sureness
    rows = [
        ("mean support", f"{sureness.support:.3f}"),
        ("never seen", f"{sureness.never_seen:.2%} of the plate"),
        *([] if report.replaced is None else [("clean video", report.replaced.tell(report.area))]),
        ("median noise", f"{sureness.noise:.2f} levels"),
        ("threshold", f"{report.threshold:.1f} levels"),
        ("samples taken", str(len(report.background.times))),
        *([] if report.blinking is None else [("flicker of the masks", tell_blinking(report.blinking))]),
        *([] if not report.carried else [("masks", escape(tell_carried(report.carried.values())))]),
        ("events", str(len(report.events))),
        ("frames a second", f"{float(report.source.rate):.3f}"),
        *((escape(name), escape(_as_text(value))) for name, value in report.options.items() if value not in (None, [])),
    ]
    return "<h2>Figures and options</h2>" + _table(rows)


def _as_text(value: object) -> str:
    """Return the value of an option as text."""
    if isinstance(value, list):
        return ", ".join(map(_as_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    """Return an HTML table; the first cell of each row is its header, `heads` are those of the columns."""
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in heads)}</tr>" if heads else ""
    lines = (
        "<tr><th>" + first + "</th>" + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>" for first, *rest in rows
    )
    return f"<table>{head}{''.join(lines)}</table>"


def _figure(image: Image, caption: str) -> str:
    """Return an image with a caption, as HTML."""
    text = escape(caption)
    return f'<figure><img alt="{text}" src="{_as_url(image)}"><figcaption>{text}</figcaption></figure>'


def _as_url(image: Image) -> str:
    """Return an image as a data URL of JPEG."""
    import cv2

    width = image.shape[1]
    if width > WIDE:
        size = (WIDE, max(1, round(image.shape[0] * WIDE / width)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
