"""Soft edges, colours without the ground, and what they are laid on."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError
from stillplate.rendering.backdrop import backdrops, check_backdrop

Image = npt.NDArray[np.uint8]
COLOUR = np.array([40, 60, 190], np.uint8)


@pytest.fixture(scope="module")
def disc() -> tuple[Image, Image, npt.NDArray[np.float64]]:
    """An empty street, the same with a blue disc whose rim is 6 pixels soft, and how much of each pixel is disc."""
    plate = synthetic.street(320, 180, 2, seed=3, noise=0, walkers=0, vehicles=0).plate
    y, x = np.mgrid[:180, :320]
    alpha = np.clip((40 - np.hypot(y - 90, x - 160)) / 6 + 0.5, 0, 1)
    mixed = alpha[:, :, None] * COLOUR + (1 - alpha[:, :, None]) * plate
    return plate, np.rint(mixed).astype(np.uint8), alpha


def test_alpha_and_colours_are_the_true_ones(disc: tuple[Image, Image, npt.NDArray[np.float64]]) -> None:
    """In the band of the rim the matte is thrice as near to the truth as the mask; no halo of the ground is left."""
    plate, image, truth = disc
    background = stillplate.Background.from_plate(plate, threshold=16)
    alpha, colours = background.matte(image)
    rim = (truth > 0) & (truth < 1)
    hard = np.abs(background.mask(image) - truth)[rim].mean()

    assert alpha.dtype == np.float32 and alpha.min() == 0 and alpha.max() == 1
    assert np.abs(alpha - truth)[rim].mean() < min(0.1, hard / 1.5)
    assert (alpha[truth == 1] == 1).mean() > 0.99
    assert np.abs(colours[alpha > 0.3].astype(int) - COLOUR).mean() < 6
    assert not colours[alpha == 0].any()


def test_nothing_there_is_transparent(disc: tuple[Image, Image, npt.NDArray[np.float64]]) -> None:
    plate, _, _ = disc
    alpha, colours = stillplate.Background.from_plate(plate, threshold=16).matte(plate)

    assert not alpha.any() and not colours.any()


def test_over_by_hand() -> None:
    cutout = np.array([[[200, 100, 0, 255], [200, 100, 0, 51], [9, 9, 9, 0]]], np.uint8)
    ground = np.array([[[0, 50, 100]] * 3], np.uint8)

    assert stillplate.over(cutout, ground).tolist() == [[[200, 100, 0], [40, 60, 80], [0, 50, 100]]]


def first_two(what: Any, width: int = 8, height: int = 6) -> list[Image]:
    with backdrops(what, width, height) as grounds:
        return [next(grounds), next(grounds)]


@pytest.mark.parametrize(("text", "colour"), [("#00ff00", (0, 255, 0)), ("#F80", (255, 136, 0)), ("Navy", (0, 0, 128))])
def test_colours(text: str, colour: tuple[int, int, int]) -> None:
    one, other = first_two(text)

    assert one.shape == (6, 8, 3)
    assert (one == colour).all() and (other == colour).all()


def test_pictures_cover_the_frame(tmp_path: Path) -> None:
    """One of another shape is cut at its sides; a video starts again at its end."""
    wide = np.zeros((6, 16, 3), np.uint8)
    wide[:, 4:12] = 200
    stillplate.write_image(tmp_path / "wide.png", wide)
    stillplate.render(
        np.stack([np.full((6, 8, 3), level, np.uint8) for level in (10, 90)]), foreground=tmp_path / "two.mkv",
        background=stillplate.Background.from_plate(np.zeros((6, 8, 3), np.uint8), threshold=1),
        threshold=1, cleanup="none",
    )  # fmt: skip

    assert (first_two(tmp_path / "wide.png")[0] == 200).all()
    with backdrops(tmp_path / "two.mkv", 8, 6) as grounds:
        assert [int(next(grounds)[0, 0, 0]) for _ in range(4)] == [10, 90, 10, 90]


@pytest.mark.parametrize("text", ["#00ff0", "#gg0000", "nowhere.png", "blurple"])
def test_no_backdrop(text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        check_backdrop(text)


def test_render_lays_the_cutout_on_a_new_ground(walkers: np.ndarray, tmp_path: Path) -> None:
    """In the folder; or, without one, in the cutout's place, in any format."""
    background = stillplate.fit(walkers)
    stillplate.render(walkers, tmp_path / "out", composite="#00ff00", background=background)
    stillplate.render(walkers, cutout=tmp_path / "cut.mkv", composite="#00ff00", background=background)
    with stillplate.open_video(tmp_path / "cut.mkv") as video:
        written = [frame.image for frame in video]

    assert (tmp_path / "out" / "composite.mp4").exists()
    for image, shown in zip(walkers, written, strict=True):
        assert np.array_equal(shown, stillplate.over(background.cutout(image), np.full_like(image, (0, 255, 0))))


def test_a_composite_needs_a_place(walkers: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no place"):
        stillplate.render(walkers, mask=tmp_path / "m.mkv", composite="red")


def test_labels_of_shadows_are_written(tmp_path: Path) -> None:
    plate = synthetic.street(160, 90, 2, seed=3, noise=0, walkers=0, vehicles=0).plate
    image = plate.copy()
    image[50:75, 30:70] = np.rint(image[50:75, 30:70] * 0.55)
    background = stillplate.Background.from_plate(plate, threshold=16)
    stillplate.render(image[None], mask=f"{tmp_path}/masks/", background=background, shadows="label")

    written = stillplate.read_image(tmp_path / "masks" / "000001.png")[:, :, 0]
    assert (written[54:71, 34:66] == 127).mean() > 0.9
