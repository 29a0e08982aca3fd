"""A page in a real browser, and how it is waited for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import pytest

__all__ = ["MARKS", "SIZE", "Page", "launched", "opened"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZE = {"width": 1280, "height": 720}
PATIENCE = 120.0  # seconds
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own pipes
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # as above
]


class Page:
    """The page of a clip in the browser, and how it is waited for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)

    def wait(self, what: str) -> None:
        """Wait until an expression of the page is true; its policy allows no `wait_for_function`."""
        since = time.monotonic()
        while not self.page.evaluate(f"() => Boolean({what})"):
            assert time.monotonic() - since < PATIENCE, f"{what} did not come: {self.wrong}"
            self.page.wait_for_timeout(50)

    def settle(self) -> None:
        """Wait until what is asked for is shown, exactly."""
        self.wait("window.stillplate?.state.server && document.body.dataset.exact === 'true' && stillplate.isSettled()")

    def state(self, name: str) -> Any:
        """One value of the page's state."""
        return self.page.evaluate(f"() => stillplate.state.{name}")

    def look(self, x: int, y: int) -> None:
        """Type the place of a pixel, and wait for what it was voted by."""
        self.page.get_by_role("tab", name="Pixel").click()
        for name, value in (("x", x), ("y", y)):
            self.page.get_by_role("spinbutton", name=name, exact=True).fill(str(value))
        self.page.keyboard.press("Enter")
        self.wait("stillplate.state.pixel")

    def pixels(self) -> Any:
        """The picture as it is drawn: uint8 of shape (H, W, 3)."""
        image = np.frombuffer(self.page.locator("#view").screenshot(), np.uint8)
        return cv2.imdecode(image, cv2.IMREAD_COLOR)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the clip is in the window: the whole picture is fitted into the stage."""
        box = self.page.locator("#view").bounding_box()
        width, height = self.state("server.clip.width"), self.state("server.clip.height")
        scale = min(box["width"] / width, box["height"] / height) * 0.985
        left = box["x"] + (box["width"] - width * scale) / 2
        top = box["y"] + (box["height"] - height * scale) / 2
        return left + x * scale, top + y * scale


@contextmanager
def launched() -> Iterator[Any]:
    """Start a browser, and end it on the way out."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Page]:
    """Open a page; nothing may go wrong on it."""
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    page = Page(context.new_page())
    page.page.goto(address)
    page.settle()
    yield page
    context.close()
    assert page.wrong == []
