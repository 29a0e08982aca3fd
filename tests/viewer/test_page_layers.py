"""What the page shows of several lights, of a camera that moves, of what stood still, and before there is a plate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.arrays import AnyArray
from stillplate.synthetic import camera, street
from stillplate.viewer.clips import Clips
from stillplate.viewer.serving import serve_behind
from stillplate.viewer.session import Start
from tests.viewer.browsing import MARKS, Page, opened

WIDTH, HEIGHT = 160, 96
OPTIONS = """(side) => [...document.querySelectorAll(`#${side}-layer option`)]
  .map((one) => [one.value, one.textContent, one.disabled, one.hidden])"""
UNFITTED = """(progress) => stillplate.set({ server: { ...stillplate.state.server, ground: null, progress } })"""

pytest.importorskip("playwright.sync_api")
pytestmark = MARKS


@contextmanager
def shown(browser: Any, images: AnyArray, **fit: Any) -> Iterator[Page]:
    """Show the page of a clip and its background."""
    start = Start(background=stillplate.fit(images, **fit))
    with closing(Clips([(images, start)])) as clips:
        address, end = serve_behind(clips, 0)
        with opened(browser, address) as page:
            yield page
        end()


@pytest.fixture(scope="module")
def stood(browser: Any) -> Iterator[Page]:
    """A square that stands for two thirds of a clip, and goes."""
    generator = np.random.default_rng(5)
    room = generator.integers(60, 200, (48, 64, 3))
    images = np.clip(room + generator.normal(0, 1.5, (90, *room.shape)), 0, 255)
    images[15:75, 20:30, 10:20] = 240
    with shown(browser, images.astype(np.uint8)) as page:
        yield page


def test_until_the_plate_is_there_the_page_says_so(stood: Page) -> None:
    """Layers that need it are grey, with the reason; the header has the phase and its share."""
    before = stood.page.evaluate("() => stillplate.state.server")
    following = {"phase": "follow camera", "done": 30, "total": 120, "error": ""}
    stood.page.evaluate(UNFITTED, following)
    hint, progress = (stood.page.locator(f"#{name}").inner_text() for name in ("hint", "progress"))
    options = {name: (title, grey) for name, title, grey, _ in stood.page.evaluate(OPTIONS, "right")}
    stood.page.evaluate(UNFITTED, {**following, "phase": "", "error": "no plate"})
    failed = stood.page.locator("#hint").inner_text()
    stood.page.evaluate("(server) => stillplate.set({ server })", before)
    stood.settle()

    assert hint == "no mask yet: the plate is being fitted"
    assert progress == "Following the camera: 30 of 120 frames (25%)"
    assert options["frame"] == ("Frame", False)
    assert options["support"] == ("Support: how sure the plate is (when the plate is fitted)", True)
    assert failed == "no mask: there is no plate"
    assert stood.page.locator("#hint").inner_text() == ""


def test_what_stood_still_is_corrected_by_two_clicks(stood: Page) -> None:
    """The first leads to its place and time in the panel of corrections, the second takes it out of the plate."""
    stood.page.get_by_role("tab", name="Trust").click()
    stood.page.get_by_role("button", name="Correct the plate here").first.click()
    stood.settle()
    at = stood.state("frame")
    stood.page.get_by_role("button", name="Not ground", exact=True).click()
    stood.wait("stillplate.state.server.edits.length === 1")
    stood.settle()
    drawn = stood.state("server.edits")[0]
    (x, y), (right, bottom) = drawn["corners"][0], drawn["corners"][2]

    assert 15 <= at < 75
    assert (x <= 12, y <= 22, right >= 18, bottom >= 28) == (True,) * 4
    assert 0 < drawn["start"] < drawn["end"] < 90 / 25
    assert stood.state("proposed") is None
    stood.page.keyboard.press("Control+z")
    stood.wait("stillplate.state.server.edits.length === 0")
    stood.settle()


def test_advice_leads_to_the_control_that_it_means(stood: Page) -> None:
    stood.page.get_by_role("tab", name="Trust").click()
    stood.page.get_by_role("button", name="How the ground is chosen (Tune)").click()

    assert stood.page.evaluate("() => document.activeElement.id") == "plate-vote"
    assert stood.page.locator("#plate-vote").is_visible()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5, 20,10 40,10 40,30", "“5,20,10” is no corner"),
        ("5, ", "“5,” is no corner"),
        ("20,10 40,10", "2 corners are there"),
        ("", "none is there"),
        ("20,10 40,10 40,300", "40,300 is outside the picture"),
    ],
)
def test_a_mistyped_polygon_stays_with_what_is_wrong(stood: Page, text: str, said: str) -> None:
    stood.page.get_by_role("tab", name="Correct").click()
    stood.page.evaluate("() => { document.querySelector('#draw details').open = true; }")
    stood.page.locator("#typed").fill(text)
    stood.page.keyboard.press("Enter")

    assert said in stood.page.locator("#typed-help").inner_text()
    assert stood.page.locator("#typed").input_value() == text
    assert stood.state("server.edits") == []


def test_spaces_after_commas_are_typed_as_one_likes(stood: Page) -> None:
    stood.page.get_by_role("tab", name="Correct").click()
    stood.page.get_by_role("radio", name="Masks here only").check()
    stood.page.evaluate("() => { document.querySelector('#draw details').open = true; }")
    stood.page.locator("#typed").fill("20, 10  40 ,10; 40,30")
    stood.page.keyboard.press("Enter")
    stood.wait("stillplate.state.server.edits.length === 1")
    stood.settle()

    assert stood.state("server.edits")[0]["corners"] == [[20, 10], [40, 10], [40, 30]]
    assert stood.page.locator("#typed").input_value() == ""
    stood.page.keyboard.press("Escape")
    stood.page.locator("#draw [data-key=undo]").click()
    stood.wait("stillplate.state.server.edits.length === 0")
    stood.settle()


def test_two_corners_that_were_clicked_stay_when_the_polygon_is_closed_too_soon(stood: Page) -> None:
    stood.page.get_by_role("tab", name="Correct").click()
    stood.page.get_by_role("radio", name="Polygon").check()
    stood.page.get_by_role("radio", name="Masks here only").check()
    stood.page.keyboard.press("0")
    for corner in ((10, 10), (40, 10)):
        stood.page.mouse.click(*stood.place(*corner))
    stood.page.keyboard.press("Enter")
    told = stood.page.locator("#toast").inner_text()
    stood.page.mouse.click(*stood.place(40, 30))
    stood.page.keyboard.press("Enter")
    stood.wait("stillplate.state.server.edits.length === 1")
    stood.settle()

    assert "needs three corners" in told
    assert len(stood.state("server.edits")[0]["corners"]) == 3
    stood.page.locator("#draw [data-key=undo]").click()
    stood.wait("stillplate.state.server.edits.length === 0")
    stood.settle()


def test_samples_fill_the_chart_of_a_pixel_and_the_whole_cube_is_a_click_away(stood: Page) -> None:
    """Both charts are above the fold of a window of 1280 by 720."""
    stood.look(40, 40)
    panel, plot = (stood.page.locator(one).bounding_box() for one in ("#pixel", "#pixel .plot"))
    cube = stood.page.locator("#cube")
    pictures = [cube.screenshot()]
    stood.page.locator("#pixel").get_by_role("radio", name="all").check(force=True)
    pictures.append(cube.screenshot())
    cube.hover()
    stood.page.mouse.wheel(0, -400)
    pictures.append(cube.screenshot())

    assert plot["y"] + plot["height"] < panel["y"] + panel["height"]
    assert len(set(pictures)) == 3


def test_nothing_is_unseen_where_all_was_seen(stood: Page) -> None:
    stood.page.locator("#right-layer select").select_option("unseen")
    stood.settle()
    said = stood.page.locator(".legend:visible").inner_text()
    stood.page.locator("#right-layer select").select_option("mask")
    stood.settle()

    assert said == "Never seen: nothing, all of the plate was seen"


def test_each_light_has_a_tab(browser: Any) -> None:
    def light(index: int) -> AnyArray:
        night = np.clip(min(index - 20, 50 - index) / 4, 0, 1)
        lamp = (night == 1) * np.array([0.75, 0.6, 0.35]) * (np.arange(WIDTH) > WIDTH / 2)[None, :, None]
        return np.asarray(1 - night * np.array([0.75, 0.72, 0.64]) + lamp)

    images = np.stack([frame.image for frame in street(WIDTH, HEIGHT, 70, seed=3, walkers=3, light=light)])
    with shown(browser, images) as page:
        count = len(page.state("server.ground.states"))
        tabs = page.page.locator("#lights input")
        names = page.page.locator("#lights label").all_inner_texts()
        plates = []
        for number in range(1, count + 1):
            tabs.nth(number).check(force=True)
            page.settle()
            plates.append(page.pixels())

        assert count >= 2
        assert names == ["Light of the frame", *(f"Light {number}" for number in range(1, count + 1))]
        assert page.state("left") == "plate"
        assert not np.array_equal(plates[0], plates[1])


def test_a_camera_that_moves_has_a_panorama_on_which_its_frame_moves(browser: Any) -> None:
    """Maps of the plate are on the panorama, too."""
    size, frames, plate = (WIDTH, HEIGHT), 40, (360, 140)
    turning = camera.pan(plate, size, frames, focal=240)
    images = np.stack(
        [frame.image for frame in street(*plate, frames, seed=4, walkers=3, vehicles=1, camera=turning, size=size)]
    )
    with shown(browser, images, camera="moving") as page:
        options = {name: (grey, absent) for name, _, grey, absent in page.page.evaluate(OPTIONS, "right")}
        page.page.locator("#right-layer select").select_option("pano")
        page.page.keyboard.press("3")
        pictures = []
        for number in (0, 35):
            page.page.evaluate(f"() => stillplate.go({number})")
            page.settle()
            pictures.append(page.pixels()[:, 470:])
        for name in ("support", "threshold", "made", "unseen"):
            page.page.locator("#right-layer select").select_option(name)
            page.settle()

        assert page.state("server.ground.moving")
        assert not any(grey for grey, _ in options.values())
        assert not np.array_equal(*pictures)
        assert page.page.locator("#lights input").count() == 0
