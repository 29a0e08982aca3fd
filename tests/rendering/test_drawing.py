import csv
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.rendering.pixel import draw_pixels, pixel_dict, write_pixel_table


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
    drawing = draw_pixels([stillplate.inspect_pixel(walkers, 10, 9, clusters=clusters)])

    assert drawing.shape == (1000, 1280, 3)
    assert (drawing != 255).any(axis=2).mean() > 0.01


def test_several_pixels_are_what_each_is_alone(walkers: np.ndarray) -> None:
    places = [(10, 9), (0, 0), (31, 23)]
    together = stillplate.inspect_pixels(walkers, iter(places))

    assert [(pixel.x, pixel.y) for pixel in together] == places
    for pixel, (x, y) in zip(together, places, strict=True):
        assert pixel_dict(pixel) == pixel_dict(stillplate.inspect_pixel(walkers, x, y))
    drawn = [draw_pixels([pixel]) for pixel in together]
    assert np.array_equal(draw_pixels(together), np.vstack(drawn))


def test_means_and_the_sample_in_which_something_is_in_front(walkers: np.ndarray) -> None:
    pixel = stillplate.inspect_pixel(walkers, 10, 9)

    assert pixel.means.tolist() == [[90, 90, 90], pixel.samples[5:11].mean(axis=0).round(4).tolist()]
    assert pixel.shown in pixel.times[5:11]
    assert pixel.size == (32, 24)
    shown = round(float(pixel.shown) * 25)
    assert np.array_equal(pixel.picture, walkers[shown])


def test_a_large_sample_is_shown_reduced() -> None:
    frames = np.zeros((8, 40, 960, 3), np.uint8)
    frames[2, :, :480] = 200
    pixel = stillplate.inspect_pixel(frames, 7, 3, samples=8)

    assert pixel.picture.shape == (20, 480, 3)
    assert pixel.picture[10, 100].tolist() == [200, 200, 200]


def test_table_of_samples(walkers: np.ndarray, tmp_path: Path) -> None:
    pixels = stillplate.inspect_pixels(walkers, [(10, 9), (0, 0)])
    write_pixel_table(tmp_path / "p.csv", pixels, overwrite=False)

    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[5] == {
        "x": "10", "y": "9", "time": "0.200000", "red": "200", "green": "60", "blue": "40", "cluster": "2",
        "weight": f"{pixels[0].weights[5]:.4f}", "mean_red": "200.00", "mean_green": "60.00", "mean_blue": "40.00",
        "plate_red": "90", "plate_green": "90", "plate_blue": "90",
    }  # fmt: skip
