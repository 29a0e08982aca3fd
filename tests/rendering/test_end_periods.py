"""The first and the last period: what stood there for a time, and what was moved for good."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stillplate import render_many
from stillplate.io.image_samples import read_image
from tests.rendering.test_periods import BOX, CHAIR, DRAWN, HEIGHT, NEW, OLD, WIDTH, light, masks_of, write

FRAMES, PERIOD = 180, 6  # frames of the clip, and seconds of a period
EARLY, LATE = (slice(36, 48), slice(40, 54)), (slice(8, 18), slice(76, 92))  # places of boxes
STOPS = {"first": (EARLY, range(10, 60)), "last": (LATE, range(120, 168))}  # for most of a period, not at its outer end
TAKEN, PUT = 60, 120  # frames from which on a chair is gone for good, and another one is there
GONE = {"first": OLD, "last": NEW}


def scene(index: int) -> np.ndarray:
    """With what is moved for good."""
    image = DRAWN.plate.copy()
    if index < TAKEN:
        image[OLD] = CHAIR
    if index >= PUT:
        image[NEW] = CHAIR
    return image


def shown_at(index: int) -> np.ndarray:
    """And what stands there for a time."""
    image = scene(index)
    for place, frames in STOPS.values():
        if index in frames:
            image[place] = BOX
    return image


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 seconds, three periods."""
    folder = tmp_path_factory.mktemp("ends")
    clip = write(folder / "room.mkv", shown_at, FRAMES)
    (one,) = render_many([clip], folder / "out", period=PERIOD, mask=f"{folder}/out/room/mask.mkv", samples=32)
    assert (one.state, one.error) == ("done", "")
    return folder / "out" / "room"


@pytest.mark.parametrize(("end", "number", "frame"), [("first", 0, 0), ("last", 2, FRAMES - 1)])
def test_what_stood_at_an_end_for_a_time_is_in_no_plate(made: Path, end: str, number: int, frame: int) -> None:
    """But what is there at the very beginning, or the very end, is."""
    plate = read_image(made / f"plate-{number + 1:04d}.png")
    true = scene(frame) * light(60 * number + 30)
    far = np.abs(plate - true).mean(axis=2)

    assert far[STOPS[end][0]].mean() < 5
    assert far[GONE[end]].mean() < 5


@pytest.mark.parametrize("end", STOPS)
def test_it_is_in_the_masks(made: Path, end: str) -> None:
    place, frames = STOPS[end]
    masks = masks_of(made)

    assert min(masks[number][place].mean() for number in frames) > 0.8


def test_the_report_tells_the_share(made: Path) -> None:
    shares = [row["taken_share"] for row in json.loads((made / "report.json").read_text())["periods"]["plates"]]
    boxes = [12 * 14 / (WIDTH * HEIGHT), 0, 10 * 16 / (WIDTH * HEIGHT)]

    assert shares == pytest.approx(boxes, abs=0.005)
