"""How soon `stillplate view` answers, to a page in a real browser (needs playwright and Chromium)."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import stillplate
from benchmarks.report import write_json
from stillplate.viewer.clips import Clips
from stillplate.viewer.serving import serve_behind
from stillplate.viewer.session import Start

__all__ = ["measure_viewer"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPENED, SCRUBBED, KNOBS = 5, 120, 9  # pages that are opened; frames that are gone through; turns of the knob
FIRST = """setInterval(() => {
  if (!window.first && window.stillplate?.state.server && stillplate.isShown()) window.first = performance.now();
}, 2);"""
SCRUB = """async ([first, count]) => {
  const since = performance.now();
  for (let number = first; number < first + count; number++) {
    stillplate.go(number, 1000);
    while (!stillplate.isShown()) await new Promise((done) => setTimeout(done, 1));
  }
  return performance.now() - since;
}"""
TURN = """async (value) => {
  const knob = document.getElementById('knob-sensitivity');
  knob.value = value;
  knob.dispatchEvent(new Event('input'));
  const since = performance.now();
  while (!stillplate.isSettled()) await new Promise((done) => setTimeout(done, 1));
  return performance.now() - since;
}"""


def measure_viewer(video: Path, *, json: Path | None) -> dict[str, float]:
    """Time the page: its first picture, frames while one scrubs, and the exact mask after a turn of a knob."""
    from playwright.sync_api import sync_playwright

    browser = next(filter(None, map(shutil.which, BROWSERS)))
    start = Start(background=stillplate.fit(video))
    with closing(Clips([(str(video), start)])) as clips, sync_playwright() as playwright:
        address, end = serve_behind(clips, 0)
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(FIRST)
        figures = _open(page, address) | _scrub(page) | _turn(page)
        opened.close()
        end()
    for name, value in figures.items():
        print(f"{name}: {value}")
    write_json({"viewer": figures}, json)
    return figures


def _open(page: Any, address: str) -> dict[str, float]:
    """Open the page anew, until its first picture is drawn."""
    times = []
    for _ in range(OPENED):
        page.goto(address)
        _wait(page, "window.first && document.body.dataset.exact === 'true' && stillplate.isSettled()")
        times.append(page.evaluate("() => window.first"))
    _wait(page, "document.getElementById('curve-title').textContent.startsWith('foreground')")  # it is idle then
    return _spread("from the page's opening to its first picture, ms", times)


def _spread(name: str, times: list[float]) -> dict[str, float]:
    return {f"{name}: median": round(median(times)), f"{name}: least": round(min(times))}


def _scrub(page: Any) -> dict[str, float]:
    """Go through frames one by one: the frame alone, as JPEG of the size of the screen."""
    page.evaluate("() => stillplate.set({ left: 'frame', mode: 'single' })")
    page.evaluate(SCRUB, [0, 12])
    used = time.process_time()
    spent = page.evaluate(SCRUB, [12, SCRUBBED])
    used = time.process_time() - used
    return {
        "processor time of the server for a scrubbed frame, ms": round(1000 * used / SCRUBBED, 1),
        "scrubbed frames a second": round(1000 * SCRUBBED / spent, 1),
    }


def _turn(page: Any) -> dict[str, float]:
    """Turn a knob before the mask of one frame; 140 ms of each time are those in which the hand must rest."""
    page.evaluate("() => stillplate.set({ left: 'mask' })")
    _wait(page, "stillplate.isSettled()")
    used = time.process_time()
    times = [page.evaluate(TURN, str(0.1 + 0.1 * number)) for number in range(KNOBS)]
    used = time.process_time() - used
    return {
        **_spread("from the last turn of a knob to the exact mask, ms", times),
        "processor time of the server for such a mask, ms": round(1000 * used / KNOBS),
    }


def _wait(page: Any, what: str) -> None:
    while not page.evaluate(f"() => Boolean({what})"):
        page.wait_for_timeout(50)
