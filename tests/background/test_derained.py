"""Frames without rain and snow: near the clip that they were drawn over, and nothing else is changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import stillplate
from stillplate import synthetic, threads
from stillplate.background import in_time
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource

WIDTH, HEIGHT, FRAMES = 240, 136, 20


def street(seed: int, **options: object) -> synthetic.SyntheticClip:
    return synthetic.street(WIDTH, HEIGHT, FRAMES, seed=seed, **{"walkers": 3, "vehicles": 1, **options})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Wet:
    """A clip in the rain, its background, what is made of it, and the truth."""

    images: np.ndarray
    background: stillplate.Background
    shown: np.ndarray
    truth: np.ndarray


@cache
def wet(kind: str, seed: int) -> Wet:
    clip = synthetic.precipitation(street(seed), kind, seed=seed)
    images, truth = (np.stack([frame.image for frame in one]) for one in (clip, clip.clip))
    background = stillplate.fit(images)
    return Wet(images, background, derained(background, images), truth)


def derained(background: stillplate.Background, images: np.ndarray) -> np.ndarray:
    return np.stack([image for _, image in background.derained(images)])


def psnr(images: np.ndarray, truth: np.ndarray, where: np.ndarray | None = None) -> float:
    error = (images.astype(np.float32) - truth) ** 2
    return float(10 * np.log10(255**2 / (error if where is None else error[where]).mean()))


@pytest.mark.parametrize(("kind", "seed"), [("rain", 0), ("snow", 1), ("rain", 2), ("snow", 3)])
def test_most_of_the_rain_goes_and_things_stay(kind: str, seed: int) -> None:
    one, clip = wet(kind, seed), street(seed)
    things = np.stack([clip.mask(index) for index in range(FRAMES)])

    assert psnr(one.shown, one.truth) >= psnr(one.images, one.truth) + 6
    assert psnr(one.shown, one.truth, things) >= psnr(one.images, one.truth, things) + 1


@pytest.mark.parametrize("seed", [0])
def test_a_clip_without_rain_stays_as_it_is(seed: int) -> None:
    images = np.stack([frame.image for frame in street(seed, walkers=6, vehicles=2, shadows=True)])

    assert np.array_equal(derained(stillplate.fit(images), images), images)


def test_pixels_without_rain_are_the_frames_own() -> None:
    one = wet("rain", 2)
    same, kept = (np.all(images == one.images, axis=3) for images in (one.truth, one.shown))
    dry = same & ~kept

    assert dry.mean() < 0.12  # beside the streaks, where the edges are soft


def test_grey_frames_and_any_number_of_threads_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    grey = wet("snow", 1).images[:14, :, :, 1]
    background = stillplate.fit(grey)
    shown = [image for _, image in background.derained(grey)]
    monkeypatch.setattr(in_time, "processors", lambda: 1)
    monkeypatch.setattr(threads, "processors", lambda: 1)
    again = [image for _, image in background.derained(grey)]

    assert np.array_equal(shown, again)
    assert not np.array_equal(np.stack(shown)[:, :, :, 0], grey)
    assert all((image == image[:, :, :1]).all() for image in shown)


def test_frames_apart_are_not_compared_and_one_alone_stays() -> None:
    one = wet("rain", 2)
    frames = list(ArraySource(one.images))
    parts = [*frames[2:13], frames[15]]
    apart = [image for _, image in one.background.derained(parts)]

    assert np.array_equal(apart[5], one.shown[7])  # all its neighbours are there
    assert np.array_equal(apart[-1], one.images[15])


def test_nothing_is_changed_outside_of_the_region() -> None:
    one, images = wet("snow", 1), wet("snow", 1).images
    left = np.zeros((HEIGHT, WIDTH), np.bool_)
    left[:, :120] = True
    shown = derained(one.background.within(left), images)

    assert np.array_equal(shown[:, :, 120:], images[:, :, 120:])
    assert not np.array_equal(shown[:, :, :120], images[:, :, :120])


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 3)])
def test_tiny_frames_are_taken(shape: tuple[int, int]) -> None:
    images = np.full((5, *shape, 3), 90, np.uint8)
    images[2, 0, 0] = 200

    assert derained(stillplate.fit(images), images).shape == images.shape


def test_a_camera_that_moves_is_refused() -> None:
    path = synthetic.camera.pan((160, 60), (80, 60), 8)
    images = np.stack([frame.image for frame in synthetic.street(160, 60, 8, seed=2, camera=path, size=(80, 60))])
    background = stillplate.fit(images, camera="moving", samples=8)

    with pytest.raises(ParameterError, match="the camera moves, but derain needs one that stands or shakes: render"):
        background.derained(images)


def test_a_shaking_camera_is_followed() -> None:
    shake = synthetic.camera.shake((160, 90), 1.5, seed=1)
    still = synthetic.street(160, 90, 16, seed=1, walkers=1, vehicles=0, camera=shake, softness=0.7)
    clip = synthetic.precipitation(still, "snow", seed=1)
    images, truth = (np.stack([frame.image for frame in one]) for one in (clip, clip.clip))

    assert psnr(derained(stillplate.fit(images), images), truth) > psnr(images, truth) + 3


def test_what_a_short_clip_hides_is_left() -> None:
    """Traffic in each half of sixteen small frames: parts of it are in the plate, which is not sure there."""
    clip = synthetic.precipitation(synthetic.street(160, 90, 16, seed=0), "rain", seed=0)
    images, truth = (np.stack([frame.image for frame in one]) for one in (clip, clip.clip))
    things = np.stack([synthetic.street(160, 90, 16, seed=0).mask(index) for index in range(16)])
    shown = derained(stillplate.fit(images), images)

    assert psnr(shown, truth, things) >= psnr(images, truth, things)


def test_light_that_changes_for_an_instant_is_no_rain() -> None:
    """Specks that brighten in every other frame: rain falls in each."""
    rng = np.random.default_rng(3)
    images = np.full((12, 60, 80, 3), 90, np.uint8)
    images[1::2][rng.random((6, 60, 80)) < 0.1] = 160

    assert np.array_equal(derained(stillplate.fit(images), images), images)
