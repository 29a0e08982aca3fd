"""The report as a page."""

import base64
import re
from array import array
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillplate
from stillplate.camera.path import CameraPath
from stillplate.io.source import Frame, VideoInfo
from stillplate.photometry.gain import Gain
from stillplate.plate.exposure import LightCurve
from stillplate.rendering.chart import draw_chart
from stillplate.rendering.page import to_html
from stillplate.rendering.report import RenderReport
from stillplate.rendering.thumbnails import Thumbnail, draw_thumbnail, is_kept, thinned

VOID = {"meta", "img"}


class Balanced(HTMLParser):
    """Holds every opened element against its end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """It is closed at once."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def report(walkers: np.ndarray, name: str = "clip.mp4") -> RenderReport:
    times = array("d", [number / 10 for number in range(40)])
    shares = array("d", [0.2 if 10 <= number < 30 else 0.0 for number in range(40)])
    background = stillplate.fit(walkers)
    return RenderReport(VideoInfo(name, 32, 24, 40), background, {"samples": 64, "roi": None}, 16.0, times, shares)


def page_of(one: RenderReport, thumbnails: list[Thumbnail]) -> Balanced:
    parser = Balanced()
    parser.feed(to_html(one, thumbnails))
    assert parser.open == []
    return parser


def test_the_page_has_the_plate_the_curve_and_the_advice(walkers: np.ndarray) -> None:
    """As pictures and words within it; nothing is loaded from elsewhere."""
    one = report(walkers)
    html = to_html(one, [])
    pictures = [
        np.asarray(cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR))
        for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", html)
    ]
    text = page_of(one, []).text

    assert np.abs(pictures[0][:, :, ::-1].astype(int) - one.background.plate.image).max() <= 4
    assert len(pictures) == 2
    assert html.count("<polyline") == html.count("<rect") == 1
    assert "camera" in text and "met" in text and "samples" in text
    assert "roi" not in text
    assert not re.search(r"(src|href)=\"(?!data:)", html)


def test_the_page_says_what_was_never_seen(walkers: np.ndarray) -> None:
    one = report(walkers)
    assert one.background.assumptions is not None
    guessed = replace(one.background.assumptions, never_seen="9.0% of the plate is guessed.")
    object.__setattr__(one.background, "assumptions", guessed)

    assert "9.0% of the plate is guessed." in page_of(one, []).text


def test_names_are_no_markup(walkers: np.ndarray) -> None:
    assert "<b>&" in page_of(report(walkers, "<b>&.mp4"), []).text


def test_the_light_has_a_curve_for_each_channel(walkers: np.ndarray) -> None:
    one = report(walkers)
    count = len(one.background.times)
    far, shares = np.zeros(count, np.float32), np.ones((count, 1), np.float32)
    curve = LightCurve((Gain.none(),) * count, np.ones((count, 3), np.float32), far, far, shares)
    object.__setattr__(one.background, "light", curve)

    assert to_html(one, []).count("<polyline") == 4


def test_a_camera_that_moves_has_curves(walkers: np.ndarray) -> None:
    """Where it looked, right and down of the reference frame, and the residual; with a gap where a frame was lost."""
    one = report(walkers)
    matrices = np.stack([np.array([[1, 0, 3.0 * index], [0, 1, -index], [0, 0, 1]]) for index in range(40)])
    residuals = np.linspace(0.1, 0.5, 40, dtype=np.float32)
    matrices[7], residuals[7] = np.nan, np.nan
    path = CameraPath(matrices, residuals, np.ones(40, np.int32), "translation", (32, 24), (32, 24), reference=20)
    object.__setattr__(one.background, "camera", path)
    html = to_html(one, [])
    text = page_of(one, []).text

    assert html.count("<polyline") == 1 + 2 * 2 + 2
    assert "to the right and down since frame 20" in text
    assert "57" in text and "lowest -60" in text


def test_a_chart_keeps_what_is_short_and_extreme() -> None:
    """Of more frames than it has points, the one farthest from 0 stands for its share."""
    values = np.zeros((4000, 1))
    values[1001], values[3001] = 5, -20
    drawn = draw_chart(np.arange(4000) / 25, values, ("red",))
    heights = [float(point.split(",")[1]) for point in re.findall(r'points="([^"]+)"', drawn)[0].split()]

    assert len(heights) <= 960
    assert max(heights) - min(heights) == pytest.approx(0.92 * 160, abs=0.2)
    assert sorted({round(height) for height in heights})[1:-1] == [round(6.4 + 0.92 * 160 * 5 / 25)]


def test_thumbnails_tint_what_is_foreground() -> None:
    image, mask = np.full((100, 640, 3), 90, np.uint8), np.zeros((100, 640), np.bool_)
    mask[:, :320] = True
    one = draw_thumbnail(Frame(image, 7, Fraction(1, 2)), mask)

    assert one.image.shape == (50, 320, 3)
    assert one.image[10, 300].tolist() == [90, 90, 90]
    assert one.image[10, 10, 0] > 150
    assert (one.index, one.time) == (7, 0.5)


@given(st.integers(1, 3000))
def test_a_dozen_frames_stand_for_a_clip_of_any_length(frames: int) -> None:
    """Evenly spread, whatever was not known of its length at the start."""
    kept: list[Thumbnail] = []
    for index in range(frames):
        if is_kept(index):
            kept = thinned([*kept, Thumbnail(np.zeros((1, 1, 3), np.uint8), index, 0.0)])
    places = [one.index for one in kept]

    assert min(frames, 6) <= len(places) <= 13
    assert len(set(np.diff(places).tolist())) <= 1
    assert places[-1] >= 0.8 * (frames - 1)


@pytest.mark.parametrize("frames", [0, 1])
def test_a_clip_too_short_for_a_curve_has_none(walkers: np.ndarray, frames: int) -> None:
    one = report(walkers)
    short = RenderReport(one.source, one.background, {}, 16.0, one.times[:frames], one.foreground[:frames])

    assert "<polyline" not in to_html(short, [])
