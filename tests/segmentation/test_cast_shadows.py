"""Shade on plain grey ground, where neither hue nor texture tells it from a thing."""

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.segmentation.cast_shadows import find_uncast
from stillplate.segmentation.options import FOREGROUND, SHADE

Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
HEIGHT, WIDTH = 150, 200


def floor(level: float = 120, texture: float = 1.5, tint: tuple[float, float, float] = (1, 1, 1)) -> Image:
    grain = np.random.default_rng(round(level)).normal(0, texture, (HEIGHT, WIDTH, 1))
    return np.asarray(np.clip(np.rint((level + grain) * np.array(tint)), 0, 255), np.uint8)


def disc(row: float, column: float, radius: float = 14) -> Mask:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    return np.asarray((rows - row) ** 2 + ((columns - column) / 1.5) ** 2 < radius**2, np.bool_)


def held_to(plate: Image) -> stillplate.Background:
    return stillplate.Background.from_plate(plate, threshold=16)


@pytest.mark.parametrize("level", [30, 50, 66, 90, 150])
@pytest.mark.parametrize("tint", [(1, 1, 1), (1.0, 0.97, 0.93)])
def test_a_thing_alone_on_a_plain_floor_is_a_thing(level: int, tint: tuple[float, float, float]) -> None:
    """Of 0.25 to 1.25 of the floor's brightness, with or without a tint of the light."""
    plate, thing = floor(tint=tint), disc(70, 100)
    image = np.where(thing[..., None], floor(level, 3, tint), plate)

    assert held_to(plate).mask(image)[thing].mean() > 0.95


def test_several_dark_things_are_things() -> None:
    plate, things = floor(), disc(40, 40) | disc(40, 150) | disc(110, 90)
    image = np.where(things[..., None], floor(60, 3), plate)

    assert held_to(plate).mask(image)[things].mean() > 0.95


@pytest.mark.parametrize("level", [25, 230])
def test_a_body_casts_its_shadow(level: int) -> None:
    """Black and white things, each with a shadow of 0.6 of the light beside it, on a floor without texture."""
    plate, thing, shadow = floor(140), disc(60, 80), disc(66, 108)
    image = np.where(shadow[..., None], np.rint(plate * 0.6), plate).astype(np.uint8)
    image = np.where(thing[..., None], floor(level, 3), image)
    labels = held_to(plate).labels(image, shadows="label")

    assert (labels[thing] == FOREGROUND).mean() > 0.95
    assert (labels[shadow & ~disc(60, 80, 18)] == SHADE).mean() > 0.75


def test_texture_proves_a_shadow_without_a_body() -> None:
    """A floor with a grain of 12 levels in 0.6 of the light, its caster out of sight."""
    plate, shadow = floor(140, 12), disc(70, 100, 25)
    image = np.where(shadow[..., None], np.rint(plate * 0.6), plate).astype(np.uint8)

    assert held_to(plate).mask(image)[shadow].mean() < 0.05


def parts(*levels: float) -> tuple[Mask, npt.NDArray[np.float32]]:
    """Blocks of 20 x 20 pixels of that light, side by side, and where they are."""
    light = np.zeros((60, 100), np.float32)
    for number, level in enumerate(levels):
        light[20:40, 20 * number : 20 * number + 20] = level
    return light > 0, light


def test_shade_without_proof_hangs_on_a_body() -> None:
    weak, light = parts(0.6, 0.6)
    body = light.copy() > 0
    body[:, 20:] = False

    assert not find_uncast(weak & ~body, np.zeros_like(weak), weak, light).any()
    assert np.array_equal(find_uncast(weak, np.zeros_like(weak), weak, light), weak)
    assert not find_uncast(weak, weak, weak, light).any()


def test_what_is_lighter_than_the_plate_is_no_shade() -> None:
    """Unless texture or hue proves it; beside a body, too."""
    weak, light = parts(0.1, 1.1)
    shade = weak.copy()
    shade[:, :20] = False

    assert np.array_equal(find_uncast(shade, np.zeros_like(weak), weak, light), shade)
    assert not find_uncast(shade, shade, weak, light).any()


@pytest.mark.parametrize(
    ("levels", "shadow"),
    [((0.3, 0.6), 0.6), ((0.45, 0.8), 0.8), ((0.5, 0.65), None), ((0.68, 0.8), None)],
    ids=["a dark body", "a faint shadow", "neither", "one level"],
)
def test_the_darker_of_two_levels_casts_the_other(levels: tuple[float, float], shadow: float | None) -> None:
    """Where they are apart, and the one is too dark for a shadow or the other as light as one often is."""
    weak, light = parts(*levels)
    uncast = find_uncast(weak, np.zeros_like(weak), weak, light)
    cast = weak & ~uncast

    assert not cast[:, :20].any()
    assert cast[22:38, 24:36].all() == (shadow is not None)


def test_a_gradient_is_one_thing() -> None:
    """From 0.3 to 0.95 of the light, as fur may be."""
    weak, light = parts(1, 1, 1)
    light[weak] = np.broadcast_to(np.linspace(0.3, 0.95, 100, dtype=np.float32), (60, 100))[weak]

    assert np.array_equal(find_uncast(weak, np.zeros_like(weak), weak, light), weak)


@pytest.mark.parametrize(("level", "kept"), [(0.6, True), (0.9, False)])
def test_at_the_edge_shade_shares_the_light_of_the_frames_shadows(level: float, kept: bool) -> None:
    """The body of the right block would be outside the picture; the left one has its body beside it."""
    light = np.zeros((60, 100), np.float32)
    light[20:40, 10:50], light[20:40, 80:] = 0.62, level
    weak, shade = light > 0, light > 0
    shade[:, :30] = False
    uncast = find_uncast(shade, np.zeros_like(weak), weak, light)

    assert not uncast[:, :60].any()
    assert uncast[20:40, 80:].all() != kept
    assert uncast[20:40, 80:].any() != kept
