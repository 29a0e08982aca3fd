"""A short clip of people who wait, in a lossless file; a browser."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from stillplate import synthetic
from stillplate.io.opening import open_sink
from tests.viewer.browsing import launched

WIDTH, HEIGHT, FRAMES = 96, 64, 60


@pytest.fixture(scope="package")
def stop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of sixty frames, 96x64, 25 a second."""
    path = tmp_path_factory.mktemp("view") / "stop.mkv"
    with open_sink(str(path), WIDTH, HEIGHT, Fraction(25)) as sink:
        for frame in synthetic.bus_stop(WIDTH, HEIGHT, frames=FRAMES, people=1, passers=1, vehicles=1):
            sink.write(frame.image, frame.time)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser
