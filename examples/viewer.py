"""Pictures of `stillplate view`, a page in a real browser (needs playwright and Chromium): viewer.py FOLDER"""

import shutil
import sys
import tempfile
from contextlib import chdir
from fractions import Fraction
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import stillplate
from stillplate.io.opening import open_sink
from stillplate.synthetic import street

MAN = [(252, 242), (250, 268), (256, 300), (258, 320)]  # along him, in a clip 640 pixels wide
WIDTH, HEIGHT, FRAMES = 640, 360, 400
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def settle(page: Any) -> None:
    """Wait until what is asked for is shown, exactly."""
    ready = "window.stillplate?.state.server && document.body.dataset.exact === 'true' && stillplate.isSettled()"
    while not page.evaluate(f"() => Boolean({ready})"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(1500)  # the curve of the timeline


def paint(page: Any, points: list[tuple[float, float]]) -> None:
    """Move the brush along points of the clip, which is fitted into the stage."""
    box = page.locator("#view").bounding_box()
    scale = min(box["width"] / WIDTH, box["height"] / HEIGHT) * 0.985
    left, top = box["x"] + (box["width"] - WIDTH * scale) / 2, box["y"] + (box["height"] - HEIGHT * scale) / 2
    page.keyboard.press("b")
    page.evaluate(f"() => stillplate.set({{ brush: {WIDTH / 40} }})")
    for number, (x, y) in enumerate(points):
        page.mouse.move(left + x * scale, top + y * scale, steps=4)
        if number == 0:
            page.mouse.down()


def pictures(page: Any, folder: Path) -> None:
    def shoot(name: str) -> None:
        picture = folder / f"viewer-{name}.jpg"
        page.screenshot(path=picture, type="jpeg", quality=82)
        print(picture)

    settle(page)
    page.evaluate(f"() => stillplate.go({FRAMES // 2})")
    settle(page)
    shoot("tune")
    page.evaluate("() => stillplate.set({ left: 'plate', right: 'frame', divider: 0.62 })")
    paint(page, MAN)
    shoot("paint")
    page.mouse.up()
    page.mouse.move(640, 700)
    while not page.evaluate("() => stillplate.state.server.edits.length"):
        page.wait_for_timeout(100)
    settle(page)
    shoot("corrected")
    page.get_by_role("tab", name="Pixel").click()
    page.mouse.click(*[box["x"] + box["width"] * 0.4 if axis == "x" else box["y"] + box["height"] * 0.72
                       for box in [page.locator("#view").bounding_box()] for axis in "xy"])  # fmt: skip
    while not page.evaluate("() => stillplate.state.pixel"):
        page.wait_for_timeout(100)
    settle(page)
    shoot("pixel")
    page.mouse.move(640, 700)
    page.evaluate("() => stillplate.set({ right: 'support', mode: 'side' })")
    page.get_by_role("tab", name="Trust").click()
    settle(page)
    shoot("trust")
    page.evaluate("() => stillplate.set({ left: 'matte', right: 'clean' })")
    page.get_by_role("tab", name="Take away").click()
    settle(page)
    shoot("take")


folder = Path(sys.argv[1]).resolve()
clip = street(WIDTH, HEIGHT, FRAMES, seed=5, walkers=5, standing=0.9)
browser = next(filter(None, map(shutil.which, BROWSERS)))
with tempfile.TemporaryDirectory() as place, chdir(place), sync_playwright() as playwright:
    with open_sink("street.mkv", WIDTH, HEIGHT, Fraction(25)) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)
    shown = stillplate.view("street.mkv")
    opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
    page = opened.new_page(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page.goto(shown.address)
    pictures(page, folder)
    opened.close()
    shown.close()
