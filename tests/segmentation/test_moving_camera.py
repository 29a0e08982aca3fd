"""A camera that pans: the plate is larger than a frame, and every frame has its view and its mask."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError
from stillplate.metrics import mask_counts
from stillplate.segmentation.grabcut import follow_colours
from tests.panning import FRAMES, SAMPLES, SIZE, drawn, images, pan


@pytest.fixture(scope="module")
def clip() -> synthetic.SyntheticClip:
    return drawn(camera=pan, size=SIZE)


@pytest.fixture(scope="module")
def background() -> stillplate.Background:
    return stillplate.fit(images(), samples=SAMPLES)


def f_of(background: stillplate.Background, clip: synthetic.SyntheticClip, **options: Any) -> float:
    counts = mask_counts(np.zeros((1, 1), np.bool_), np.zeros((1, 1), np.uint8))
    for frame in clip.take(range(0, FRAMES, 5)):
        truth = clip.mask(frame.index).view(np.uint8) * np.uint8(255)
        counts += mask_counts(background.mask(frame.image, frame.index, **options), truth)
    return counts.f


def test_a_moving_camera_is_followed(background: stillplate.Background) -> None:
    assert background.camera is not None
    assert background.camera.found.all()
    assert background.plate.image.shape[1] > 1.3 * SIZE[0]
    assert background.assumptions is not None
    assert background.assumptions.camera.verdict == "met"
    assert "40 of 40 frames registered" in background.assumptions.camera.finding


def test_its_plate_is_the_truth(clip: synthetic.SyntheticClip, background: stillplate.Background) -> None:
    empty = drawn(camera=pan, size=SIZE, noise=0, walkers=0, vehicles=0)
    for frame in clip.take([0, 20, 39]):
        view = background.view(frame.image, frame.index)
        truth = empty.frame(frame.index).image.astype(int)

        assert view.valid.mean() > 0.95
        assert np.abs(view.image - truth).mean(axis=2)[view.valid].mean() < 3.5


def test_its_masks_are_nearly_those_of_a_static_one(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    static = drawn(camera=lambda index: pan(20), size=SIZE)

    assert f_of(background, clip) > f_of(stillplate.fit(static, samples=SAMPLES), static) - 0.04


def test_a_frame_is_recognised_without_its_number(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    """Its mask is by the plate alone then."""
    frame, alone = clip.frame(13), replace(background, likelihoods=None)
    with_index, without = (alone.mask(frame.image, index) for index in (13, None))

    assert (with_index != without).mean() < 0.002


def test_a_frame_that_is_not_registered_has_no_mask(background: stillplate.Background) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (160, 256, 3), np.uint8)
    assert background.camera is not None
    matrices = background.camera.matrices.copy()
    matrices[7] = np.nan
    lost = replace(background, camera=replace(background.camera, matrices=matrices, skipped=((7, "too plain"),)))
    image = background.view(noise, 8).image
    for one, index in ((background, None), (lost, 7)):
        assert not one.mask(noise, index).any()
        assert not one.view(noise, index).valid.any()
        assert not one.cutout(noise, index).any()
        assert (one.clean(noise, index) == noise).all()
    assert image.any()


def test_all_that_is_made_of_a_frame_has_its_size(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    frame = clip.frame(22)
    mask = background.mask(frame.image, 22)
    alpha, _ = background.matte(frame.image, 22)
    foreground = background.foreground(frame.image, 22)

    assert mask.shape == alpha.shape == (160, 256)
    assert (foreground[mask] == frame.image[mask]).all()
    assert background.cutout(frame.image, 22).shape == (160, 256, 4)
    assert background.clean(frame.image, 22).shape == (160, 256, 3)
    assert background.mask(frame.image, 22, threshold=30, cleanup="none").any()
    corner = np.zeros((160, 256), np.bool_)
    corner[:40, :40] = True
    assert not background.within(corner).mask(frame.image, 22)[~corner].any()
    with pytest.raises(ParameterError, match=r"but \(160, 256, 3\), or \(160, 256\) of a grey one, is needed"):
        background.mask(np.zeros((200, 420, 3), np.uint8), 0)


def test_it_is_saved_bit_for_bit(
    clip: synthetic.SyntheticClip, background: stillplate.Background, tmp_path: Path
) -> None:
    background.save(tmp_path / "pan.npz")
    loaded = stillplate.Background.load(tmp_path / "pan.npz")
    assert background.camera is not None
    assert loaded.camera is not None
    frame = clip.frame(30)

    assert np.array_equal(loaded.camera.matrices, background.camera.matrices)
    for name in ("model", "size", "canvas", "reference", "shots", "skipped"):
        assert getattr(loaded.camera, name) == getattr(background.camera, name)
    assert loaded.likelihoods == background.likelihoods
    assert (loaded.mask(frame.image, 30) == background.mask(frame.image, 30)).all()


def test_masks_are_the_same_in_any_thread(clip: synthetic.SyntheticClip, background: stillplate.Background) -> None:
    frames = list(clip.take(range(0, FRAMES, 8)))
    alone = [background.labels(frame.image, frame.index) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda frame: background.labels(frame.image, frame.index), frames * 2))

    assert all((one == other).all() for one, other in zip(alone * 2, together, strict=True))


def test_an_outline_follows_the_colours() -> None:
    """Half of a red disc was noticed; the whole is found, and a specks' worth of grass given back."""
    rows, columns = np.mgrid[:90, :160]
    disc = (rows - 45) ** 2 + (columns - 80) ** 2 < 8**2
    image = np.where(disc[:, :, None], (200, 40, 40), (60, 140, 60))
    image = np.clip(image + np.random.default_rng(1).normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    noticed = disc & (columns < 84)
    noticed[36:40, 70:76] = True
    found = follow_colours(image, noticed, noticed * np.float32(2))

    assert (found != disc).sum() < 12
    assert not follow_colours(image, np.zeros_like(disc), np.zeros(disc.shape, np.float32)).any()
    assert follow_colours(image, np.ones_like(disc), np.ones(disc.shape, np.float32)).all()
