"""Soft shade: shadows that leave the ground most of its light, also where no texture of the ground is left in them."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.faint_shade import told_shade
from stillplate.segmentation.shadows import BRIGHTEST, Shade, smoothed
from stillplate.segmentation.soft_shade import soft_shade

Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

HEIGHT, WIDTH = 90, 160
BODY, SHADOW = np.s_[20:50, 60:80], np.s_[50:66, 55:95]


def ground(seed: int = 1, low: float = 10, high: float = 220) -> Image:
    """Tiles of different levels before a floor of one, with the texture of a rough surface."""
    random = np.random.default_rng(seed)
    tiles = random.uniform(low, high, (6, 10, 1)).repeat(15, 0).repeat(16, 1)
    tiles[:15, :16], tiles[45:] = low, low + 0.6 * (high - low)
    plane = tiles + random.normal(0, 3, (HEIGHT, WIDTH, 1)) * (high - low) / 200
    return np.clip(np.rint(plane * (1, 0.95, 0.9)), 0, 255).astype(np.uint8)


def seen(image: Image, plate: Image) -> tuple[Evidence, Shade]:
    """A frame whose difference from the plate is all found, and of which nothing else is told to be shade."""
    difference = np.abs(image.astype(np.float32) - plate).mean(axis=2)
    smooth_difference = np.asarray(cv2.GaussianBlur(difference, (0, 0), 1), np.float32)
    ratio = np.asarray(smooth_difference / 8, np.float32)
    evidence = Evidence(image, plate, difference, smooth_difference, ratio)
    nowhere = np.zeros((HEIGHT, WIDTH), np.bool_)
    return evidence, Shade(nowhere, nowhere, smoothed(image), smoothed(plate), BRIGHTEST)


def marked(image: Image, plate: Image) -> Mask:
    return soft_shade(*seen(image, plate))


def scene(plate: Image, share: float, *, body: bool = True, texture: bool = True) -> Image:
    """A dark red body that stands on the ground, and its shadow."""
    image = plate.copy()
    soft = plate if texture else np.asarray(cv2.GaussianBlur(plate, (0, 0), 8), np.uint8)
    image[SHADOW] = np.rint(share * soft[SHADOW])
    if body:
        image[BODY] = (130, 30, 40)
    return image


@pytest.mark.parametrize("share", [0.65, 0.75, 0.85])
@pytest.mark.parametrize("texture", [True, False], ids=["texture", "codec"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_soft_shadow_beside_its_body(share: float, texture: bool, seed: int) -> None:
    plate = ground(seed)
    found = marked(scene(plate, share, texture=texture), plate)

    assert found[52:64, 58:92].mean() > 0.7
    assert not found[22:48, 62:78].any()


def test_what_is_sure_to_move_is_in_no_soft_shade() -> None:
    plate = ground()
    evidence, shade = seen(scene(plate, 0.75), plate)
    nowhere = np.zeros((HEIGHT, WIDTH), np.bool_)

    assert told_shade(evidence, shade).any()
    assert not told_shade(evidence, replace(shade, possible=nowhere)).any()


def test_a_soft_shadow_without_a_body_is_a_thing() -> None:
    plate = ground()

    assert not marked(scene(plate, 0.75, body=False), plate).any()


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_things_and_deep_shadows_are_not_soft(share: float) -> None:
    plate = ground()

    assert not marked(scene(plate, share), plate)[53:63, 58:92].any()


def test_another_hue_is_no_shade() -> None:
    plate = ground()
    image = scene(plate, 0.75)
    image[SHADOW] = np.rint(image[SHADOW] * (1.1, 1, 0.85))

    assert not marked(image, plate)[53:63, 58:92].any()


@pytest.mark.parametrize("seed", range(4))
def test_in_fog_most_of_the_light_is_the_fogs(seed: int) -> None:
    """A grey car has 0.9 of the light and the hue of the road; the fog's own light taken off, it has less than 0.6."""
    plate = ground(seed, 170, 215)
    image = plate.copy()
    image[BODY] = image[SHADOW] = (178, 178 * 0.95, 178 * 0.9)

    assert not marked(image, plate).any()


def test_a_change_that_noise_hides_is_not_judged() -> None:
    plate = ground(low=10, high=110)

    assert not marked(scene(plate, 0.9, body=False), plate).any()
