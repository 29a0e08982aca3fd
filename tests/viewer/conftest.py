"""A short clip of people who wait, in a lossless file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from stillplate import synthetic
from stillplate.io.opening import open_sink

WIDTH, HEIGHT, FRAMES = 96, 64, 60


@pytest.fixture(scope="package")
def stop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of sixty frames, 96x64, 25 a second."""
    path = tmp_path_factory.mktemp("view") / "stop.mkv"
    with open_sink(str(path), WIDTH, HEIGHT, Fraction(25)) as sink:
        for frame in synthetic.bus_stop(WIDTH, HEIGHT, frames=FRAMES, people=1, passers=1, vehicles=1):
            sink.write(frame.image, frame.time)
    return path
