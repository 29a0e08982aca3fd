from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.rendering.drawing import draw_pixel


def test_one_pixel_by_hand(walkers: np.ndarray) -> None:
    """Column 10 of row 9 is red while the block passes: steps 5 to 10."""
    pixel = stillplate.inspect_pixel(walkers, 10, 9)

    assert pixel.counts == (14, 6)
    assert pixel.colour == (90, 90, 90)
    assert pixel.labels.tolist() == [0] * 5 + [1] * 6 + [0] * 9
    assert pixel.samples[5].tolist() == [200, 60, 40]
    assert [float(time) for time in pixel.times] == pytest.approx([index / 25 for index in range(20)])


def test_inspection_agrees_with_the_plate(lane_mp4: Path) -> None:
    plate = stillplate.fit(lane_mp4, samples=20).plate
    for x, y in ((0, 0), (48, 40), (95, 63)):
        pixel = stillplate.inspect_pixel(lane_mp4, x, y, samples=20)

        assert pixel.colour == tuple(plate.image[y, x])
        assert sum(pixel.shares) == pytest.approx(1)
        assert pixel.weights.shape == (len(pixel.times),)


def test_inspection_agrees_with_the_majority(lane_mp4: Path) -> None:
    plate = stillplate.fit(lane_mp4, vote="majority", samples=20).plate
    for x, y in ((0, 0), (48, 40), (95, 63)):
        pixel = stillplate.inspect_pixel(lane_mp4, x, y, vote="majority", samples=20)

        assert pixel.colour == tuple(plate.image[y, x])
        assert pixel.shares[0] == pixel.counts[0] / sum(pixel.counts) == pytest.approx(plate.support[y, x])


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (32, 0), (0, 24), (0, -5)])
def test_pixel_outside(walkers: np.ndarray, x: int, y: int) -> None:
    with pytest.raises(ParameterError, match=r"outside the picture: x 0\.\.31 and y 0\.\.23"):
        stillplate.inspect_pixel(walkers, x, y)


@pytest.mark.parametrize("clusters", [1, 2, 3, 8])
def test_drawing_shows_every_cluster(walkers: np.ndarray, clusters: int) -> None:
    drawing = draw_pixel(stillplate.inspect_pixel(walkers, 10, 9, clusters=clusters))

    assert drawing.shape == (720, 1280, 3)
    assert (drawing != 255).any(axis=2).mean() > 0.01
