"""Parts of a scene that take other looks at random: told from what passes, and followed frame by frame."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.arrays import Image
from stillplate.imaging.resize import downscale
from stillplate.io.source import ArraySource
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.plate.appearances import find_appearances
from stillplate.sampling.gather import gather

SCREEN = (slice(58, 92), slice(90, 150))  # where people walk past it
FRAMES = 120

Flags = npt.NDArray[np.bool_]


@pytest.fixture(scope="module")
def clip() -> synthetic.SyntheticClip:
    return synthetic.street(320, 180, FRAMES, seed=3)


@pytest.fixture(scope="module")
def without_screen(clip: synthetic.SyntheticClip) -> tuple[Image, stillplate.Background]:
    images = np.stack([frame.image for frame in clip])
    return images, stillplate.fit(images)


def films() -> list[Image | None]:
    """What the screen shows: nothing, blue, or a board of squares."""
    height, width = 34, 60
    board = np.add.outer(np.arange(height) // 8, np.arange(width) // 8) % 2 * 160 + 40
    blue = np.full((height, width, 3), (40, 60, 190), np.uint8)
    return [None, blue, np.repeat(board[..., None], 3, axis=2).astype(np.uint8)]


def flickering(clip: synthetic.SyntheticClip) -> tuple[Image, list[int]]:
    """The street with a screen on it that shows one or another film, behind whoever passes; and which it is."""
    rng = np.random.default_rng(1)
    images, shown = np.stack([frame.image for frame in clip]), []
    for index, image in enumerate(images):
        shown.append(int(rng.choice(3, p=[0.45, 0.3, 0.25])))
        film = films()[shown[-1]]
        if film is not None:
            free = ~clip.mask(index)[SCREEN]
            noisy = np.clip(film + rng.normal(0, 2, film.shape), 0, 255).astype(np.uint8)
            image[SCREEN][free] = noisy[free]
    return images, shown


@pytest.fixture(scope="module")
def fitted(clip: synthetic.SyntheticClip) -> tuple[Image, list[int], stillplate.Background]:
    images, shown = flickering(clip)
    return images, shown, stillplate.fit(images)


Fitted = tuple[Image, list[int], stillplate.Background]


def f_of(clip: synthetic.SyntheticClip, images: Image, background: stillplate.Background) -> float:
    counts = MaskCounts()
    for index in range(0, FRAMES, 5):
        counts += mask_counts(background.mask(images[index]), clip.mask(index).view(np.uint8) * np.uint8(255))
    return counts.f


def looks_in(images: Image) -> tuple[Appearance, ...]:
    """What is found where the plate is known to be the usual picture."""
    with gather(ArraySource(images), 64, seed=0, neighbours=True) as stack:
        return find_appearances(stack, np.asarray(np.median(images, axis=0), np.uint8))


def test_masks_show_who_passes_and_no_screen(
    clip: synthetic.SyntheticClip, fitted: Fitted, without_screen: tuple[Image, stillplate.Background]
) -> None:
    images, _, background = fitted

    assert f_of(clip, images, stillplate.fit(images, samples=32, light="fixed")) < 0.91
    assert f_of(clip, images, background) > f_of(clip, *without_screen) - 0.02


def test_view_has_the_look_of_the_frame(clip: synthetic.SyntheticClip, fitted: Fitted) -> None:
    images, shown, background = fitted
    for index in range(0, FRAMES, 7):
        if clip.mask(index)[SCREEN].mean() > 0.4:
            continue
        film, view = films()[shown[index]], background.view(images[index]).image[SCREEN]
        truth = background.plate.image[SCREEN] if film is None else film

        assert np.median(np.abs(view.astype(int) - truth)) <= 2, index


def test_looks_are_saved_and_reported(fitted: Fitted, tmp_path: Path) -> None:
    images, _, background = fitted
    report = stillplate.render(images[:4], report=tmp_path / "report.json", background=background)
    told = json.loads(report.to_json())["looks"]

    assert len(told) == len(background.looks) and 84 <= told[0]["box"][0] <= 92
    background.save(tmp_path / "screen.npz")
    loaded = stillplate.Background.load(tmp_path / "screen.npz")

    assert [look.corner for look in loaded.looks] == [look.corner for look in background.looks] != []
    assert all(np.array_equal(loaded.mask(image), background.mask(image)) for image in images[:6])


def test_looks_are_followed_where_pictures_are_brought_down(clip: synthetic.SyntheticClip, fitted: Fitted) -> None:
    """At 640 columns masks are found on every second pixel."""
    images, _, _ = fitted
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    background, counts = stillplate.fit(large), MaskCounts()
    for index in range(0, FRAMES, 10):
        truth = clip.mask(index).repeat(2, axis=0).repeat(2, axis=1)
        counts += mask_counts(background.mask(large[index]), truth.view(np.uint8) * np.uint8(255))

    assert background.looks
    assert counts.f > 0.94


def test_traffic_is_no_look(without_screen: tuple[Image, stillplate.Background]) -> None:
    busy = synthetic.street(320, 180, FRAMES, seed=5, walkers=14, vehicles=8)

    for background in (without_screen[1], stillplate.fit(busy)):
        assert background.looks == ()


def test_who_comes_back_to_his_chair_is_no_look() -> None:
    """He sits there half of the time, in six visits, his arms elsewhere in each picture."""
    rng = np.random.default_rng(2)
    images = np.clip(rng.normal(0, 2, (72, 90, 160, 3)) + 120, 0, 255).astype(np.uint8)
    for index in np.flatnonzero(np.arange(72) % 12 >= 7):
        images[index, 40:80, 70:90] = (180, 40, 40)
        for side in (-1, 1):
            x, y = 80 + side * 13 + rng.integers(-3, 4), 45 + rng.integers(-4, 20)
            images[index, y : y + 12, x - 5 : x + 5] = (210, 160, 130)

    assert looks_in(images) == ()


def test_a_sign_that_lights_up_is_one() -> None:
    rng = np.random.default_rng(2)
    images = np.clip(rng.normal(0, 2, (72, 90, 160, 3)) + 120, 0, 255).astype(np.uint8)
    images[np.arange(72) % 12 >= 8, 30:80, 60:90] = (40, 44, 52)
    (look,) = looks_in(images)

    assert (look.corner, look.where.shape) == ((60, 30), (50, 30))
    assert look.share == pytest.approx(1 / 3, abs=0.05)
    assert np.abs(look.image[look.where].astype(int) - (40, 44, 52)).max() <= 3


def test_a_sign_that_lit_up_once_is_none() -> None:
    images = np.full((72, 90, 160, 3), 120, np.uint8)
    images[40:, 30:80, 60:90] = 40

    assert looks_in(images) == ()


def test_a_part_has_the_look_that_most_of_it_shows() -> None:
    plate = np.full((20, 30, 3), 100, np.uint8)
    look = Appearance((10, 5), np.full((8, 12, 3), 200, np.uint8), np.ones((8, 12), np.bool_), 0.3)
    hidden = look.over(plate)
    hidden[5:13, 10:15] = 0  # 5 of its 12 columns

    def show(on: tuple[int, ...]) -> Image:
        return with_appearances(plate, [look], on)

    assert visible_appearances(plate, [look], show) == ()
    assert visible_appearances(hidden, [look], show) == (0,)
    assert np.array_equal(with_appearances(plate, [look], (0,)), look.over(plate))
    assert np.array_equal(with_appearances(plate, [look], ()), plate)


@pytest.mark.parametrize("factor", [2, 3])
def test_a_look_is_brought_down_as_the_plate_is(factor: int) -> None:
    rng = np.random.default_rng(4)
    plate = rng.integers(0, 120, (31, 47, 3)).astype(np.uint8)
    look = Appearance((9, 7), np.full((11, 13, 3), 200, np.uint8), np.ones((11, 13), np.bool_), 0.3)
    small = look.downscale(plate, factor)

    assert np.array_equal(small.over(downscale(plate, factor)), downscale(look.over(plate), factor))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 7)])
def test_odd_sizes_have_none(shape: tuple[int, int]) -> None:
    images = np.random.default_rng(5).integers(0, 256, (20, *shape, 3)).astype(np.uint8)

    looks_in(images)
    assert looks_in(np.zeros_like(images)) == ()


def test_a_bus_at_its_stop_is_no_look() -> None:
    """It drives up, stands for a third of the time, and drives on, five times: the same bus at the same kerb."""
    rng = np.random.default_rng(6)
    images = np.clip(rng.normal(0, 2, (240, 90, 160, 3)) + 120, 0, 255).astype(np.uint8)
    for index, image in enumerate(images):
        moment = index % 48
        x = 60 + 10 * min(0, moment - 16) + 10 * max(0, moment - 32)  # it stands from 16 to 32
        left, right = max(0, x), min(160, x + 44)
        if left < right:
            image[40:66, left:right] = (170, 40, 30)

    assert looks_in(images) == ()


def test_what_is_excluded_has_no_say() -> None:
    rng = np.random.default_rng(2)
    images = np.clip(rng.normal(0, 2, (64, 90, 160, 3)) + 120, 0, 255).astype(np.uint8)
    images[np.arange(64) % 12 >= 8, 30:80, 60:90] = (40, 44, 52)
    plate = np.asarray(np.median(images, axis=0), np.uint8)
    valid = np.ones((64, 90, 160), np.bool_)
    with gather(ArraySource(images), 64, seed=0, neighbours=True) as stack:
        assert len(find_appearances(stack, plate, valid)) == 1
        valid[:, 28:82, 58:92] = False
        assert find_appearances(stack, plate, valid) == ()
