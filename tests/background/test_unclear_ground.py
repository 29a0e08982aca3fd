"""Clips whose ground cannot be told from what moves: no mask, and a line, rather than a mask of the scene."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.background.background import Background
from stillplate.background.doubts import find_doubts
from stillplate.background.whole_clip import find_likelihoods
from stillplate.camera.path import CameraPath
from stillplate.io.source import ArraySource
from stillplate.plate.plate import Plate
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.moving_camera import MovingCamera
from stillplate.segmentation.noise import Noise
from tests.background.test_whole_clip import textured

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

WIDTH, HEIGHT, FRAMES, STEP = 160, 96, 24, 3  # the camera pans by so many pixels a frame
SWAYS = 8  # the frame from which on leaves sway
CANVAS = (WIDTH + STEP * FRAMES, HEIGHT)


def ground() -> Images:
    return textured((HEIGHT, CANVAS[0]), 3)


def pan() -> Images:
    return np.stack([ground()[:, STEP * index : STEP * index + WIDTH] for index in range(FRAMES)])


def drawn_over(images: Images, boxes: list[tuple[int, int, int, int]]) -> tuple[Images, Masks]:
    """Frames in which a textured block lies at a place (x, y, width, height), and its true masks."""
    shown, masks, paint = images.copy(), np.zeros(images.shape[:3], np.bool_), 255 - textured((75, 128), 8) // 2
    for index, (x, y, width, height) in enumerate(boxes):
        shown[index, y : y + height, x : x + width] = cv2.resize(paint, (width, height))
        masks[index, y : y + height, x : x + width] = True
    return shown, masks


def swaying() -> tuple[Images, Masks]:
    """A block before ground; from frame 8 on leaves, each part of which sways by another phase, and nothing else."""
    random, images, leaves = np.random.default_rng(0), pan(), textured((HEIGHT, CANVAS[0]), 5)
    images, masks = drawn_over(images, [(20 + 4 * index, 30, 30, 36) for index in range(SWAYS)])
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    phase, push = (
        cv2.resize(
            random.normal(0, 1, (9, 15, depth)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
        )
        for depth in (1, 2)
    )
    for index in range(SWAYS, FRAMES):
        sway, here = 4 * np.sin(1.1 * index + 3 * phase)[..., None] * push, leaves[:, STEP * index :][:, :WIDTH]
        images[index] = cv2.remap(here, x + sway[..., 0], y + sway[..., 1], 1, borderMode=cv2.BORDER_REFLECT)
    return images, masks


def background_of(images: Images) -> Background:
    """The true plate and path, and what is found over the whole clip."""
    count = len(images)
    matrices = np.array([[[1.0, 0, STEP * index], [0, 1, 0], [0, 0, 1]] for index in range(count)])
    residuals, inliers = np.zeros(count, np.float32), np.full(count, 100, np.int32)
    path = CameraPath(matrices, residuals, inliers, "translation", (WIDTH, HEIGHT), CANVAS)
    certain, no_makers = np.ones(CANVAS[::-1], np.float32), np.zeros((*CANVAS[::-1], 0), np.uint8)
    plate, noise = Plate(ground(), certain, 2 * certain, certain > 0, no_makers), Noise.even(16)
    likelihoods, shares = find_likelihoods(ArraySource(images), path, MovingCamera(plate, noise, path))
    times = tuple(Fraction(index, 25) for index in range(count))
    return Background(plate, times, noise, camera=path, likelihoods=likelihoods, motion_shares=shares)


def agreement(found: Masks, masks: Masks) -> npt.NDArray[np.float64]:
    """Intersection over union in each frame; 1 where both are empty."""
    both, either = (found & masks).sum(axis=(1, 2)), (found | masks).sum(axis=(1, 2))
    return np.where(either == 0, 1, both / np.maximum(either, 1))


@pytest.fixture(scope="module")
def leaves() -> tuple[Images, Masks, Background]:
    images, masks = swaying()
    return images, masks, background_of(images)


def test_where_the_ground_is_not_told_apart_masks_are_empty(leaves: tuple[Images, Masks, Background]) -> None:
    """Of the first third of the clip, in which it is, they are kept. Without the rule, 0.66 of the rest is marked."""
    images, masks, background = leaves
    assert background.motion_shares is not None
    unclear = background.motion_shares.unclear
    without = replace(background, motion_shares=None)
    marked = [without.mask(images[index], index).mean() for index in range(SWAYS, FRAMES)]
    found = np.stack([background.mask(image, index) for index, image in enumerate(images)])

    assert set(range(SWAYS + 2, FRAMES)) <= set(unclear) <= set(range(SWAYS - 1, FRAMES))
    assert np.mean(marked) > 0.3
    assert not found[list(unclear)].any()
    assert not any(background.mask(images[index], index, cleanup="none").any() for index in unclear)
    assert agreement(found, masks)[: SWAYS - 1].min() > 0.85


def test_a_given_threshold_marks_what_differs_from_the_plate(leaves: tuple[Images, Masks, Background]) -> None:
    images, _, background = leaves
    own = background.mask(images[-1], FRAMES - 1, threshold=30)

    assert own.mean() > 0.2
    assert find_doubts(background, options={"threshold": 30}) == ()


def test_it_is_told(leaves: tuple[Images, Masks, Background], tmp_path: Path) -> None:
    """In the list of frames without a mask, and as a doubt, which the command line prints."""
    images, _, background = leaves
    assert background.motion_shares is not None and background.camera is not None
    lost = replace(background, camera=replace(background.camera, skipped=((2, "too plain"), (FRAMES, "another shot"))))
    done = stillplate.render(images, background=lost, report=tmp_path / "report.json")
    assert "their masks are carried from frames beside them, or empty" in done.doubts[0]
    layout = json.loads((tmp_path / "report.json").read_text())
    unclear = background.motion_shares.unclear

    assert done.unclear == unclear
    assert layout["camera"]["skipped"] == [
        {"frame": 2, "reason": "too plain"},
        *({"frame": index, "reason": "ground not told apart"} for index in unclear),
        {"frame": FRAMES, "reason": "another shot"},
    ]
    carried = [row["frame"] for row in layout["carried"]]
    assert [row["reason"] for row in layout["carried"]] == ["ground not told apart"] * len(carried)
    assert set(unclear) - set(carried) >= set(unclear[8:])  # the clip ends with the gap: nothing comes from after it
    assert all(layout["frames"]["foreground_share"][index] == 0 for index in unclear if index not in carried)
    assert f"in {len(unclear)} of {FRAMES} frames the ground was not told apart from what moves" in done.doubts[0]
    assert not any("nothing was found" in doubt for doubt in find_doubts(background, moves=False))


def test_a_thing_that_covers_most_of_the_picture_is_found_before_clear_ground() -> None:
    """A block grows to 0.62 of the picture for six frames: more than the plane explains, but not of the edge."""
    boxes = [(10 + index, 10, 128, 75) if 3 <= index < 9 else (50 + 2 * index, 30, 40, 30) for index in range(12)]
    images, masks = drawn_over(pan()[:12], boxes)
    background = background_of(images)
    assert background.motion_shares is not None
    found = np.stack([background.mask(image, index) for index, image in enumerate(images)])

    assert (background.motion_shares.own > background.motion_shares.plane).any()
    assert background.motion_shares.unclear == ()
    assert agreement(found, masks).min() > 0.85


def test_unclear_frames_by_hand() -> None:
    """Frames of which the plane explains too little, alone or with those around; what is not known does not count."""
    clear, red, mostly = (0.6, 0.2, 0.2, 0.7), (0.1, 0.3, 0.6, 0.1), (0.1, 0.3, 0.6, 0.7)

    assert MotionShares.of([red]).unclear == (0,)
    assert MotionShares.of([mostly]).unclear == MotionShares.of([clear]).unclear == MotionShares.of([]).unclear == ()
    assert MotionShares.of([(0.3, 0.4, 0.3, 0.4)]).unclear == ()
    assert MotionShares.of([(0.03, 0.9, 0.07, 0.1)]).unclear == ()  # parallax everywhere, and a small thing
    assert MotionShares.of([None, red, None]).unclear == (1,)
    assert MotionShares.of([clear] * 9 + [red] + [clear] * 9).unclear == (9,)
    assert MotionShares.of([red, red, mostly, red, red]).unclear == (0, 1, 2, 3, 4)
    assert MotionShares.of([clear] * 9 + [red] * 9 + [clear] * 9).unclear == tuple(range(9, 18))
