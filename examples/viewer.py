"""Pictures of `stillplate view`, a page in a real browser: viewer.py FOLDER [dark|light [WIDTHxHEIGHT]]

It needs playwright and Chromium.
"""

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
from stillplate.synthetic import camera, street

MAN = [(252, 242), (250, 268), (256, 300), (258, 320)]  # along him, in a clip 640 pixels wide
WIDTH, HEIGHT, FRAMES = 640, 360, 400
CANVAS, SEEN, TURNS = (1100, 420), (480, 270), 72  # of a camera that turns: panorama, frame, number of frames
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def settle(page: Any) -> None:
    """Wait until what is asked for is shown, exactly."""
    ready = """window.stillplate?.state.server && document.body.dataset.exact === 'true' && stillplate.isSettled()
      && document.getElementById('curve-title').textContent.startsWith('foreground')"""
    while not page.evaluate(f"() => Boolean({ready})"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(200)


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


def shoot(page: Any, name: str) -> None:
    picture = folder / f"viewer-{name}.jpg"
    page.screenshot(path=picture, type="jpeg", quality=82)
    print(picture)


def pictures(page: Any) -> None:
    settle(page)
    page.evaluate(f"() => stillplate.go({FRAMES // 2})")
    settle(page)
    shoot(page, "tune")
    page.evaluate("() => stillplate.set({ left: 'plate', right: 'frame', divider: 0.62 })")
    paint(page, MAN)
    shoot(page, "paint")
    page.mouse.up()
    page.mouse.move(640, 4)
    while not page.evaluate("() => stillplate.state.server.edits.length"):
        page.wait_for_timeout(100)
    settle(page)
    shoot(page, "corrected")
    page.get_by_role("tab", name="Pixel").click()
    page.mouse.click(*[box["x"] + box["width"] * 0.4 if axis == "x" else box["y"] + box["height"] * 0.72
                       for box in [page.locator("#view").bounding_box()] for axis in "xy"])  # fmt: skip
    while not page.evaluate("() => stillplate.state.pixel"):
        page.wait_for_timeout(100)
    settle(page)
    shoot(page, "pixel")
    page.mouse.move(640, 4)
    page.evaluate("() => stillplate.set({ right: 'support', mode: 'side' })")
    page.get_by_role("tab", name="Trust").click()
    settle(page)
    shoot(page, "trust")
    page.evaluate("() => stillplate.set({ left: 'matte', right: 'clean' })")
    page.get_by_role("tab", name="Take away").click()
    settle(page)
    shoot(page, "take")


def panorama(page: Any) -> None:
    settle(page)
    page.evaluate(f"() => stillplate.set({{ right: 'pano', mode: 'side', frame: {2 * TURNS // 3} }})")
    settle(page)
    shoot(page, "panorama")


def written(name: str, clip: stillplate.synthetic.SyntheticClip, size: tuple[int, int]) -> str:
    with open_sink(name, *size, Fraction(25)) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)
    return name


folder = Path(sys.argv[1]).resolve()
scheme = sys.argv[2] if len(sys.argv) > 2 else "dark"
width, height = map(int, sys.argv[3].split("x")) if len(sys.argv) > 3 else (1280, 720)
turning = camera.joined(camera.pan(CANVAS, SEEN, TURNS, focal=700), camera.shake(SEEN, 2.0))
clips = {
    "street.mkv": (street(WIDTH, HEIGHT, FRAMES, seed=5, walkers=5, standing=0.9), (WIDTH, HEIGHT), pictures),
    "turning.mkv": (street(*CANVAS, TURNS, seed=4, walkers=8, vehicles=3, camera=turning, size=SEEN), SEEN, panorama),
}
browser = next(filter(None, map(shutil.which, BROWSERS)))
with tempfile.TemporaryDirectory() as place, chdir(place), sync_playwright() as playwright:
    opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
    for name, (clip, size, take) in clips.items():
        shown = stillplate.view(written(name, clip, size))
        page = opened.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(shown.address)
        take(page)
        page.close()
        shown.close()
    opened.close()
