"""Where things were, over the plate."""

from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.rendering.heatmap import Heatmap
from tests.rendering.test_saved_background import images

PLATE = np.full((60, 100, 3), 200, np.uint8)


def box(left: int) -> np.ndarray:
    mask = np.zeros((60, 100), np.bool_)
    mask[20:30, left : left + 10] = True
    return mask


def test_shares_are_those_of_the_frames() -> None:
    heatmap = Heatmap()
    for left in (10, 10, 10, 15):
        heatmap.add(box(left), None, PLATE)

    shares = heatmap.shares(PLATE)

    assert shares[25, 12] == 0.75
    assert shares[25, 17] == 1
    assert shares[25, 22] == 0.25
    assert shares.sum() == pytest.approx(100)


def test_on_the_ground_that_the_camera_moves_over() -> None:
    """What stands in the scene is hot in one place; a frame whose place is not known is not counted."""
    wide, heatmap = np.full((60, 160, 3), 90, np.uint8), Heatmap()
    for shift in (0, 20, 40):
        heatmap.add(box(50 - shift), Transform.shifted(shift, 0), wide)
    heatmap.add(box(0), None, wide)

    shares = heatmap.shares(wide)

    assert (shares[20:30, 50:60] == 1).all()
    assert shares.sum() == 100


def test_the_picture_has_the_plate_in_grey_the_shares_in_colour_and_a_legend() -> None:
    heatmap = Heatmap()
    for left in (10, 10, 60):
        heatmap.add(box(left), None, PLATE)

    picture = heatmap.draw(PLATE).astype(int)

    assert picture.shape[0] > 60
    assert picture.shape[1:] == (100, 3)
    assert np.ptp(picture[5, 5]) == 0
    assert picture[25, 15].sum() > picture[25, 65].sum()
    assert np.ptp(picture[25, 65]) > 50
    assert np.ptp(picture[60:], axis=2).max() > 100


@pytest.mark.parametrize("frames", [0, 1])
def test_where_nothing_was(frames: int) -> None:
    heatmap = Heatmap()
    for _ in range(frames):
        heatmap.add(np.zeros((60, 100), np.bool_), None, PLATE)

    assert (np.ptp(heatmap.draw(PLATE)[:60], axis=2) == 0).all()


def test_as_an_output(tmp_path: Path) -> None:
    clip = images()[:30]

    report = stillplate.render(clip, heatmap=tmp_path / "h.png", mask=tmp_path / "m.mkv", samples=16)
    with stillplate.open_video(tmp_path / "m.mkv") as video:
        masks = np.stack([frame.image[:, :, 0] > 127 for frame in video])

    picture = stillplate.read_image(tmp_path / "h.png")
    expected = Heatmap()
    for mask in masks:
        expected.add(mask, None, report.background.plate.image)
    assert (picture == expected.draw(report.background.plate.image)).all()
    with pytest.raises(ParameterError):
        stillplate.render(clip, heatmap=tmp_path / "h.txt")
