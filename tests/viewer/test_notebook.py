from __future__ import annotations

import threading
import urllib.request
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest

import stillplate
from stillplate.errors import ParameterError, VideoOpenError


def test_a_background_and_its_clip_are_shown_in_a_frame(stop: Path) -> None:
    background = stillplate.fit(stop)
    before = threading.active_count()
    shown = stillplate.view(background, stop, height=500)
    html = shown._repr_html_()
    source = unescape(html.partition('src="')[2].partition('"')[0])
    with urllib.request.urlopen(source) as answer:
        page, policy, at = answer.read().decode(), answer.headers["content-security-policy"], answer.url
    with urllib.request.urlopen(urljoin(at, "../../page/main.js")) as answer:
        script = answer.read().decode()
    shown.close()
    shown.close()

    assert "<title>stillplate</title>" in page
    assert "frame-ancestors *" in policy
    assert "listen();" in script
    assert html.startswith(f'<iframe src="{shown.address}"')
    assert 'height="500"' in html
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("stillplate-view")]
    assert left == []
    assert before <= threading.active_count()


def test_options_of_the_fit_are_given_with_the_clip(stop: Path) -> None:
    shown = stillplate.view(str(stop), samples=20, exclude=[(0, 0), (9, 0), (9, 9)])
    with urllib.request.urlopen(f"{shown.address}clip/0/command") as answer:
        said = answer.read().decode()
    shown.close()

    assert "--samples 20" in said
    assert "--exclude '0,0 9,0 9,9'" in said


def test_what_is_missing_is_told() -> None:
    with pytest.raises(VideoOpenError):
        stillplate.view("no such clip.mp4")


def test_a_background_needs_its_clip(stop: Path) -> None:
    with pytest.raises(ParameterError, match="without its clip"):
        stillplate.view(stillplate.fit(stop))
