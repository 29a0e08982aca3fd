"""The page in a real browser: it is opened, scrubbed, tuned and painted on, and its command makes what it showed."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.cli.parsing import call
from stillplate.viewer.clips import Clips
from stillplate.viewer.serving import serve_behind
from stillplate.viewer.session import Start
from tests.viewer.browsing import MARKS, Page, opened

PARTS = """() => JSON.stringify([...document.querySelectorAll('header, main, aside, footer')]
  .map((one) => one.getBoundingClientRect()))"""
NAMELESS = """() => [...document.querySelectorAll('button, input, select, [role=slider], canvas[tabindex]')]
  .filter((one) => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()))
  .map((one) => one.outerHTML)"""
FOCUSED = "() => document.activeElement.id || document.activeElement.textContent.slice(0, 20)"
COLOURS = """() => {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const style = getComputedStyle(document.body);
  const names = ['paper', 'part', 'raised', 'ink', 'quiet', 'good', 'doubt', 'bad', 'mark', 'mark-ink'];
  return Object.fromEntries(names.map((name) => {
    probe.fillStyle = style.getPropertyValue(`--${name}`);
    probe.fillRect(0, 0, 1, 1);
    return [name, [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3)];
  }));
}"""
OVERFLOWING = """() => [document.documentElement,
  ...document.querySelectorAll('header, aside, [role=tabpanel]:not([hidden]), footer')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.id || one.tagName)"""
MASK_SHOWN = """async () => {
  const { ground } = stillplate.state.server, s = stillplate.state.knobs.sensitivity;
  const answer = await fetch(`result/${ground.revision}/30/mask.png?sensitivity=${s}`);
  return [...new Uint8Array(await answer.arrayBuffer())];
}"""

pytest.importorskip("playwright.sync_api")
pytestmark = MARKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page renders to."""
    return tmp_path_factory.mktemp("page") / "out"


@pytest.fixture(scope="module")
def address(stop: Path, folder: Path) -> Iterator[str]:
    with closing(Clips([(str(stop), Start(folder=folder))])) as clips:
        address, end = serve_behind(clips, 0)
        yield address
        end()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


def test_a_clip_is_looked_at(page: Page) -> None:
    """Scrubbing, layers, the divider and zoom change the picture; nothing of the page moves."""
    stage = page.page.locator("#view")
    place = page.page.evaluate(PARTS)
    pictures = [page.pixels()]
    acts: list[Callable[[], Any]] = [
        lambda: page.page.keyboard.press("Shift+ArrowRight"),
        lambda: page.page.locator("#timeline").click(position={"x": 900, "y": 30}),
        lambda: page.page.locator("#left-layer select").select_option("plate"),
        lambda: page.page.locator("#right-layer select").select_option("support"),
        lambda: page.page.keyboard.press("3"),
        lambda: page.page.keyboard.press("+"),
    ]
    for act in acts:
        stage.focus()
        act()
        page.settle()
        page.page.wait_for_timeout(100)
        pictures.append(page.pixels())

    assert page.state("frame") > 30
    assert page.state("mode") == "side"
    assert all(not np.array_equal(one, other) for one, other in pairwise(pictures))
    assert place == page.page.evaluate(PARTS)


def test_a_knob_changes_the_mask_at_once(page: Page) -> None:
    page.page.evaluate("() => stillplate.go(30)")
    page.settle()
    page.page.locator("#right-layer select").select_option("mask")
    slider = page.page.locator("#knob-sensitivity")
    slider.focus()
    for _ in range(8):
        page.page.keyboard.press("ArrowLeft")
    rough = page.state("resting")
    page.settle()

    assert rough is False
    assert page.state("knobs.sensitivity") == pytest.approx(2**-0.4, rel=0.01)
    assert page.page.locator("#right-layer select").input_value() == "mask"


def test_a_pixel_tells_how_it_was_voted(page: Page) -> None:
    x, y = page.place(30.5, 40.5)
    page.page.mouse.click(x, y)
    page.wait("stillplate.state.pixel")
    expected = page.state("pixel")
    page.page.locator("#cube").hover()

    assert (expected["x"], expected["y"]) == (30, 40)
    assert page.page.locator("#pixel .clusters li").count() == len(expected["counts"])
    assert "Won:" in page.page.locator("#pixel .clusters").inner_text()


def test_what_is_painted_is_in_the_command_that_makes_the_mask_shown(page: Page, stop: Path, tmp_path: Path) -> None:
    page.page.evaluate("() => stillplate.go(30)")
    page.settle()
    page.page.keyboard.press("b")
    first, *rest = [page.place(x, y) for x, y in ((40, 22), (44, 30), (46, 44))]
    page.page.mouse.move(*first)
    page.page.mouse.down()
    for point in rest:
        page.page.mouse.move(*point, steps=3)
    page.page.mouse.up()
    page.wait("stillplate.state.server.edits.length === 1")
    page.settle()
    page.page.get_by_role("tab", name="Tune").click()
    page.page.locator("#knob-sensitivity").focus()
    for _ in range(6):
        page.page.keyboard.press("ArrowRight")
    page.settle()
    page.page.get_by_role("tab", name="Take away").click()
    page.wait("document.getElementById('command').textContent.includes('--sensitivity')")
    page.page.get_by_role("button", name="Copy").click()
    command = page.page.evaluate("() => navigator.clipboard.readText()")
    shown = page.page.evaluate(MASK_SHOWN)
    words = shlex.split(command)
    assert "--exclude" in words
    assert call([*words[1:3], "--mask", f"{tmp_path}/masks/", *words[5:], "--quiet"]) == ""
    written = stillplate.read_image(sorted((tmp_path / "masks").glob("*.png"))[30])[:, :, 0]

    assert words[:3] == ["stillplate", "render", str(stop)]
    assert np.array_equal(np.asarray(cv2.imdecode(np.array(shown, np.uint8), cv2.IMREAD_UNCHANGED)), written)
    page.page.get_by_role("tab", name="Correct").click()
    page.page.get_by_role("button", name="Undo").click()
    page.wait("stillplate.state.server.edits.length === 0")
    page.settle()


def test_the_clip_is_rendered_by_a_click(page: Page, folder: Path) -> None:
    page.page.get_by_role("tab", name="Take away").click()
    page.page.get_by_role("button", name="Render the clip").click()
    page.wait("stillplate.state.server.run?.state === 'done'")

    assert (folder / "report.html").is_file()
    with page.page.expect_popup() as popup:
        page.page.get_by_role("link", name="report.html").click()
    popup.value.wait_for_load_state()
    assert "stop.mkv" in popup.value.content()
    assert page.page.get_by_role("link", name="mask.mp4").count() == 1


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    """Each control has a name, and the tab key comes to it; the sheet of keys opens and closes."""
    page.page.keyboard.press("?")
    assert page.page.locator("#keys").is_visible()
    page.page.keyboard.press("Escape")
    assert not page.page.locator("#keys").is_visible()
    nameless = page.page.evaluate(NAMELESS)
    reached = set()
    for _ in range(45):
        page.page.keyboard.press("Tab")
        reached.add(page.page.evaluate(FOCUSED))

    assert nameless == []
    assert {"view", "divider", "timeline", "play", "number", "tab-tune", "knob-sensitivity"} <= reached


def test_a_panel_that_was_clicked_leaves_the_keys_as_they_are(page: Page) -> None:
    """Who opens the panel of corrections paints; the keys of the tools work there as before."""
    found = []
    for press in (None, "v", "p", "b"):
        if press is None:
            page.page.get_by_role("tab", name="Correct").click()
        else:
            page.page.keyboard.press(press)
        found.append(page.page.evaluate("stillplate.state.tool"))

    assert found == ["brush", "look", "polygon", "brush"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_can_be_read_in_dark_and_light(page: Page, scheme: str) -> None:
    """The contrast of text is 4.5 at least, as WCAG wants it."""
    page.page.emulate_media(color_scheme=scheme)
    found = page.page.evaluate(COLOURS)

    def light(name: str) -> float:
        channels = np.array(found[name]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    def contrast(one: str, other: str) -> float:
        high, low = sorted((light(one), light(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ink, paper in (
        *product(("ink", "quiet", "good", "doubt", "bad"), ("paper", "part")),
        ("ink", "raised"), ("quiet", "raised"), ("mark-ink", "mark"),
    ):  # fmt: skip
        assert contrast(ink, paper) >= 4.5, (ink, paper, contrast(ink, paper))


@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)])
def test_nothing_overflows(page: Page, size: tuple[int, int]) -> None:
    page.page.set_viewport_size({"width": size[0], "height": size[1]})
    for tab in ("Tune", "Correct", "Pixel", "Trust", "Take away"):
        page.page.get_by_role("tab", name=tab).click()
        wide = page.page.evaluate(OVERFLOWING)

        assert wide == []
    assert io.BytesIO(page.page.screenshot()).getbuffer().nbytes > 0


def test_what_is_done_by_mouse_is_done_by_keyboard_too(page: Page) -> None:
    """The place of a pixel, and the corners of a polygon, are typed."""
    page.look(30, 40)
    page.page.get_by_role("tab", name="Correct").click()
    page.page.get_by_role("radio", name="Masks here only").check()
    page.page.get_by_text("Type a polygon").click()
    page.page.locator("#typed").fill("0,0 50,0 50,60")
    page.page.keyboard.press("Enter")
    page.wait("stillplate.state.server.edits.length === 1")
    page.settle()
    drawn = page.state("server.edits")
    page.page.keyboard.press("Control+z")
    page.wait("stillplate.state.server.edits.length === 0")
    page.settle()

    assert page.state("pixel.x") == 30
    assert (drawn[0]["kind"], drawn[0]["corners"]) == ("roi", [[0, 0], [50, 0], [50, 60]])
