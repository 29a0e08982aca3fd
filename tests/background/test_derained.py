"""Frames without rain and snow: near the clip that they were drawn over, and nothing else is changed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import stillplate
from stillplate import synthetic, threads
from stillplate.background import in_time
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource

WIDTH, HEIGHT, FRAMES = 240, 136, 24


def street(seed: int, **options: object) -> synthetic.SyntheticClip:
    return synthetic.street(WIDTH, HEIGHT, FRAMES, seed=seed, **{"walkers": 3, "vehicles": 1, **options})  # type: ignore[arg-type]


@cache
def wet(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A clip in the rain, what is made of it, and the truth."""
    clip = synthetic.precipitation(street(seed), kind, seed=seed)
    images, truth = (np.stack([frame.image for frame in one]) for one in (clip, clip.clip))
    return images, cleared(images), truth


def cleared(images: np.ndarray) -> np.ndarray:
    return np.stack([image for _, image in stillplate.fit(images).derained(images)])


def psnr(images: np.ndarray, truth: np.ndarray, where: np.ndarray | None = None) -> float:
    error = (images.astype(np.float32) - truth) ** 2
    return float(10 * np.log10(255**2 / (error if where is None else error[where]).mean()))


@pytest.mark.parametrize(("kind", "seed"), [("rain", 0), ("snow", 1), ("rain", 2), ("snow", 3)])
def test_most_of_the_rain_goes_and_things_stay(kind: str, seed: int) -> None:
    images, shown, truth = wet(kind, seed)
    clip = street(seed)
    things = np.stack([clip.mask(index) for index in range(FRAMES)])

    assert psnr(shown, truth) >= psnr(images, truth) + 6
    assert psnr(shown, truth, things) >= psnr(images, truth, things)


@pytest.mark.parametrize("seed", [0])
def test_a_clip_without_rain_stays_as_it_is(seed: int) -> None:
    images = np.stack([frame.image for frame in street(seed, walkers=6, vehicles=2, shadows=True)])
    shown = cleared(images)

    assert np.array_equal(shown, images)


def test_pixels_without_rain_are_the_frames_own() -> None:
    images, shown, truth = wet("rain", 2)
    dry = (np.abs(images.astype(int) - truth).max(axis=3) == 0) & ~np.all(shown == images, axis=3)

    assert dry.mean() < 0.12  # beside the streaks, where the edges are soft


def test_grey_frames_and_any_number_of_threads_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    images, _, _ = wet("snow", 1)
    grey = images[:, :, :, 1]
    background = stillplate.fit(grey)
    shown = [image for _, image in background.derained(grey)]
    monkeypatch.setattr(in_time, "processors", lambda: 1)
    monkeypatch.setattr(threads, "processors", lambda: 1)
    again = [image for _, image in background.derained(grey)]

    assert np.array_equal(shown, again)
    assert not np.array_equal(np.stack(shown)[:, :, :, 0], grey)
    assert all((image == image[:, :, :1]).all() for image in shown)


def test_frames_apart_are_not_compared_and_one_alone_stays() -> None:
    images, shown, _ = wet("rain", 2)
    background = stillplate.fit(images)
    frames = list(ArraySource(images))
    parts = [*frames[2:13], frames[15]]
    apart = [image for _, image in background.derained(parts)]

    assert np.array_equal(apart[5], shown[7])  # all its neighbours are there
    assert np.array_equal(apart[-1], images[15])


def test_nothing_is_changed_outside_of_the_region() -> None:
    images, _, _ = wet("snow", 1)
    left = np.zeros((HEIGHT, WIDTH), np.bool_)
    left[:, :120] = True
    background = stillplate.fit(images).within(left)
    shown = np.stack([image for _, image in background.derained(images)])

    assert np.array_equal(shown[:, :, 120:], images[:, :, 120:])
    assert not np.array_equal(shown[:, :, :120], images[:, :, :120])


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 3)])
def test_tiny_frames_are_taken(shape: tuple[int, int]) -> None:
    images = np.full((5, *shape, 3), 90, np.uint8)
    images[2, 0, 0] = 200

    assert cleared(images).shape == images.shape


def test_a_camera_that_moves_is_refused() -> None:
    path = synthetic.camera.pan((200, 60), (96, 60), 14)
    images = np.stack([frame.image for frame in synthetic.street(200, 60, 14, seed=2, camera=path, size=(96, 60))])
    background = stillplate.fit(images, camera="moving", samples=8)

    with pytest.raises(ParameterError, match="the camera moves, but derain needs one that stands or shakes: render"):
        background.derained(images)


def test_a_shaking_camera_is_followed() -> None:
    shake = synthetic.camera.shake((WIDTH, HEIGHT), 1.5, seed=1)
    clip = synthetic.precipitation(street(1, walkers=1, vehicles=0, camera=shake, softness=0.7), "snow", seed=1)
    images, truth = (np.stack([frame.image for frame in one]) for one in (clip, clip.clip))

    assert psnr(cleared(images), truth) > psnr(images, truth) + 3
