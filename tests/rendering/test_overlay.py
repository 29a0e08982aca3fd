"""The clip with what moves outlined, numbered and with the way that it came."""

from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.rendering.objects import Tracker, find_regions
from stillplate.rendering.overlay import COLOURS, Overlay
from tests.rendering.test_saved_background import images

HEIGHT, WIDTH = 90, 160


def drawn(steps: int, shift: int = 0, *, known: bool = True, rate: int = 10) -> np.ndarray:
    """The last frame of a box that goes to the right by 6 pixels a frame, the camera by `shift`."""
    tracker, overlay = Tracker(), Overlay()
    for step in range(steps):
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        left = 20 + 6 * step - shift * step
        mask[40:60, left : left + 16] = True
        objects = tracker.update(find_regions(mask), step / rate)
        image = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        motion = Transform.shifted(shift * step, 0) if known else None
        picture = overlay.draw(image, objects, step / rate, motion)
        assert (image == 40).all()
    return picture


def of_colour(picture: np.ndarray, number: int) -> np.ndarray:
    """Where it has about the colour of a thing: lines are smooth."""
    return np.asarray(np.abs(picture.astype(int) - COLOURS[number - 1]).max(axis=2) < 40)


def test_outline_number_and_way() -> None:
    picture = drawn(8)
    marked = of_colour(picture, 1)

    assert marked[40, 62:78].all()
    assert marked[59, 62:78].all()
    assert marked[50, 62]
    assert marked[44:56, 26:61].any(axis=0).mean() > 0.5  # the way, along the middle
    assert (picture[20:37, 62:90] != 40).any()  # the number, above
    assert (picture[62:] == 40).all()
    assert (picture[:, 90:] == 40).all()


def test_the_way_is_as_long_as_two_seconds() -> None:
    """Of 15 steps of 6 pixels: all of them, and four."""
    ways = [of_colour(drawn(16, rate=rate), 1)[44:56, :108].any(axis=0).sum() for rate in (10, 2)]

    assert ways[0] == pytest.approx(80, abs=4)
    assert ways[1] == pytest.approx(14, abs=4)


@pytest.mark.parametrize("shift", [0, 6])
def test_the_way_lies_on_the_ground_that_the_camera_moves_over(shift: int) -> None:
    """A box that stays at its place in the frame, since the camera goes with it, has left a way behind it."""
    ways = [of_colour(drawn(8, shift=6, known=known), 1)[44:56, :19].any() for known in (True, False)]

    assert ways == [True, False]


def test_numbers_stay_in_the_picture() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[0:20, 150:] = True
    objects = Tracker().update(find_regions(mask), 0.0)

    picture = Overlay().draw(np.zeros((HEIGHT, WIDTH, 3), np.uint8), objects, 0.0, None)

    assert of_colour(picture, 1)[22:].any()


def test_as_an_output(tmp_path: Path) -> None:
    """A frame for each of the clip, and as many things as in the table; nothing is drawn where nothing moves."""
    clip = images()[:30]

    report = stillplate.render(clip, overlay=tmp_path / "o.mkv", objects=tmp_path / "o.csv", samples=16)
    with stillplate.open_video(tmp_path / "o.mkv") as video:
        pictures = [frame.image for frame in video]
    alone = stillplate.render(clip, overlay=tmp_path / "p.mkv", samples=16)

    rows = [line.split(",") for line in (tmp_path / "o.csv").read_text().splitlines()[1:]]
    busy = {int(row[0]) for row in rows}
    differs = {number for number, (one, other) in enumerate(zip(pictures, clip, strict=True)) if (one != other).any()}
    assert differs == busy
    assert report.ids == alone.ids == max(int(row[2]) for row in rows)
    assert (tmp_path / "o.mkv").read_bytes() == (tmp_path / "p.mkv").read_bytes()


def test_spans_have_none(tmp_path: Path, street_mp4: Path) -> None:
    with pytest.raises(ParameterError, match="overlay needs all frames in one pass"):
        stillplate.render_many([street_mp4], tmp_path / "out", spans=1, overlay=str(tmp_path / "{clip}.mkv"))
    with pytest.raises(ParameterError, match="overlay"):
        stillplate.render(street_mp4, overlay=tmp_path / "overlay.txt")
