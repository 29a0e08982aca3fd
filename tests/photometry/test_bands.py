"""Bands of light that roll through the picture."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import Background
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.photometry.bands import Bands, estimate_bands
from stillplate.synthetic import SyntheticClip, street

WIDTH, HEIGHT, FRAMES = 160, 90, 40
Light = Callable[[int], npt.ArrayLike]

ROW = ((np.arange(HEIGHT) + 0.5) / HEIGHT)[:, None, None]
COLUMN = ((np.arange(WIDTH) + 0.5) / WIDTH)[None, :, None]


def rolling(index: int) -> npt.ArrayLike:
    """Light a quarter up and down, in one and a half bands that roll by two fifths of one from frame to frame."""
    return 1 + 0.25 * np.sin(2 * np.pi * (1.5 * ROW + 0.41 * index))


def dimmed_led(index: int) -> npt.ArrayLike:
    """Half the light in bands with sharp edges, as pulses leave them."""
    return np.where((2.5 * ROW + 0.27 * index) % 1 < 0.5, 1.0, 0.5)


def turned(index: int) -> npt.ArrayLike:
    """Bands across a camera that is turned, deeper in blue than in red."""
    return 1 + np.array([0.1, 0.2, 0.3]) * np.sin(2 * np.pi * (3 * COLUMN + 0.36 * index))


def slow(index: int) -> npt.ArrayLike:
    """Bands that hardly move from one frame to the next."""
    return 1 + 0.15 * np.sin(2 * np.pi * (2 * ROW + 0.013 * index))


@cache
def filmed(light: Light | None) -> tuple[SyntheticClip, npt.NDArray[np.uint8], Background]:
    """A clip, its images, and its background."""
    clip = street(WIDTH, HEIGHT, FRAMES, seed=5, noise=2.0, light=light)
    images = np.stack([frame.image for frame in clip])
    return clip, images, stillplate.fit(images)


def scored(light: Light | None) -> float:
    """F of the masks of every fifth frame."""
    clip, images, background = filmed(light)
    counts = MaskCounts()
    for index in range(0, FRAMES, 5):
        counts += mask_counts(background.mask(images[index]), clip.mask(index).view(np.uint8) * np.uint8(255))
    return counts.f


@pytest.mark.parametrize("light", [rolling, dimmed_led, turned, slow])
def test_masks_show_things_and_no_bands(light: Light) -> None:
    """Masks of a clip whose light rolls are as good as those of the same clip in steady light."""
    flicker = filmed(light)[2].flicker

    assert flicker is not None
    assert flicker.axis == ("columns" if light is turned else "rows")
    assert scored(light) > scored(None) - 0.03


def test_the_plate_is_that_of_the_mean_light() -> None:
    """Bands leave no trace on the plate, though hardly a sample shows any row in its mean light."""
    clip, _, background = filmed(rolling)

    assert np.abs(background.plate.image.astype(np.int16) - clip.plate).mean() < 4


def test_the_view_shows_the_bands_of_the_frame() -> None:
    """The plate in a frame's light has its bands, so that what is laid over a thing does not show."""
    clip, images, background = filmed(rolling)
    view, clean = background.view(images[20]).image, background.clean(images[20])
    lit = np.clip(clip.plate * np.asarray(rolling(20)), 0, 255)

    assert np.abs(view - lit).mean() < 2
    assert np.abs(clean - lit).mean() < 3


def test_steady_light_is_left_alone() -> None:
    """A clip whose light is the same all over has no bands, and its plate is that of fixed light."""
    _, images, background = filmed(None)

    assert background.flicker is None
    assert np.array_equal(background.plate.image, stillplate.fit(images, light="fixed", masks=False).plate.image)


def test_a_thing_across_most_of_the_rows_hides_no_band() -> None:
    """A body over four fifths of some rows does not count as their light: it is darker than bands are."""
    clip, images, background = filmed(rolling)
    image, ground = images[0].copy(), np.clip(clip.plate * np.asarray(rolling(0)), 0, 255)
    image[30:70, 14:146] = ground[30:70, 14:146] * 0.15 + 5

    mask = background.mask(image, shadows="foreground")

    assert mask[34:66, 18:142].mean() > 0.95
    assert mask[:24].mean() < 0.1


def test_flicker_is_saved(tmp_path: Path) -> None:
    """A background that was written and read makes the same masks of banded frames."""
    _, images, background = filmed(rolling)
    background.save(tmp_path / "street.npz")
    again = Background.load(tmp_path / "street.npz")

    assert again.flicker == background.flicker
    assert np.array_equal(again.mask(images[7]), background.mask(images[7]))


def test_gains_of_each_row_are_found() -> None:
    """Of a picture whose rows have gains of 0.6, 1 and 1.3, these are told."""
    rng = np.random.default_rng(2)
    plate = rng.integers(40, 180, (30, 50, 3), dtype=np.uint8)
    gains = np.repeat([0.6, 1.0, 1.3], 10)[:, None, None]
    image = np.rint(plate * gains).astype(np.uint8)

    bands = estimate_bands(image, plate, "rows")

    assert bands.gains.shape == (30, 1, 3)
    np.testing.assert_allclose(bands.gains, np.broadcast_to(gains, (30, 1, 3)), atol=0.02)


def test_what_is_burnt_out_is_taken_for_the_plate() -> None:
    """A pixel at 255 in brighter light may be any that burns out: the plate's level is, where the light burns it."""
    plate = np.full((2, 2, 3), 200, np.uint8)
    image = np.full((2, 2, 3), 255, np.uint8)
    bands = Bands(np.full((2, 1, 3), 1.5, np.float32))

    assert (bands.undo(image) == 170).all()
    assert np.array_equal(bands.undo(image, plate), plate)
    assert (bands.apply(plate) == 255).all()


@pytest.mark.parametrize("level", [0, 255])
def test_what_cannot_tell_is_left(level: int) -> None:
    """Black and burnt out pictures follow no light: gains are 1."""
    image = np.full((12, 9, 3), level, np.uint8)

    assert np.array_equal(estimate_bands(image, image, "columns").gains, np.ones((1, 9, 3), np.float32))
