"""What is found in a frame goes with the things into frames beside it that tell nothing."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.segmentation.carrying import MOST_STEPS, Carried, joined
from stillplate.segmentation.found import UNCLEAR, UNKNOWN_LIGHT, Found
from tests.background.test_whole_clip import textured

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

HEIGHT, WIDTH = 96, 160
SIDE, STEP = 24, 3  # pixels: of the block, and that it moves from frame to frame


def scene(index: int) -> tuple[Images, Masks]:
    """A textured block that goes to the right before still ground, and where it is."""
    image, mask, left = textured((HEIGHT, WIDTH), 1), np.zeros((HEIGHT, WIDTH), np.bool_), 20 + STEP * index
    mask[40 : 40 + SIDE, left : left + SIDE] = True
    image[mask] = (255 - textured((SIDE, SIDE), 2)).reshape(-1, 3)
    return image, mask


def nothing() -> Found:
    return Found.nothing((HEIGHT, WIDTH), UNCLEAR)


def start(index: int) -> Carried:
    image, mask = scene(index)
    return Carried.of(image, Found(mask, np.roll(mask, SIDE, axis=0)))


def agreement(found: Masks, truth: Masks) -> float:
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize("step", [-1, 1])
def test_a_mask_and_its_shadow_go_with_the_thing(step: int) -> None:
    side: Carried | None = start(10)
    for index in range(10 + step, 10 + 5 * step, step):
        assert side is not None
        side = side.to(scene(index)[0])
    assert side is not None

    truth = scene(10 + 4 * step)[1]
    assert agreement(scene(10)[1], truth) < 0.35
    assert agreement(side.mask, truth) > 0.7
    assert side.shadow.any()
    assert side.steps == 4


def test_it_stays_in_place_where_it_is_to() -> None:
    side = start(3).to(scene(9)[0], in_place=True)

    assert side is not None
    assert np.array_equal(side.mask, scene(3)[1])


def test_nothing_is_carried_farther_than_eight_frames() -> None:
    side: Carried | None = start(0)
    for step in range(1, MOST_STEPS + 1):
        assert side is not None
        side = side.to(scene(0)[0])
        assert side is not None and side.steps == step

    assert side is not None
    assert side.to(scene(0)[0]) is None
    assert side.to(scene(0)[0], in_place=True) is None


def test_nothing_is_carried_into_another_scene() -> None:
    assert start(0).to(textured((HEIGHT, WIDTH), 9)) is None
    assert start(0).to(np.zeros((HEIGHT, WIDTH, 3), np.uint8)) is None


def test_both_sides_are_joined() -> None:
    """By hand: a pixel of the mask from one side is none of the shadow from the other."""
    image = np.zeros((1, 4), np.uint8)
    before = Carried(image, np.array([[True, False, False, False]]), np.array([[False, True, False, False]]))
    after = Carried(image, np.array([[False, True, False, False]]), np.array([[False, False, True, False]]))
    gap = Found.nothing((1, 4), UNCLEAR)
    both, one = joined(gap, before, after), joined(gap, None, after)

    assert both.mask.tolist() == [[True, True, False, False]]
    assert both.shadow.tolist() == [[False, False, True, False]]
    assert np.array_equal(one.mask, after.mask)
    assert np.array_equal(one.shadow, after.shadow)
    assert both.reason == one.reason == UNCLEAR


def test_in_an_unknown_light_the_nearer_side_counts() -> None:
    """Nothing was moved, so that what moves would be there twice."""
    image = np.zeros((4, 4), np.uint8)
    left, right = np.array([[True, False]]), np.array([[False, True]])
    before, after = Carried(image, left, ~left, steps=2), Carried(image, right, ~right, steps=1)
    gap = Found.nothing((1, 2), UNKNOWN_LIGHT)

    assert np.array_equal(joined(gap, before, after).mask, right)
    assert np.array_equal(joined(gap, before, after).shadow, left)
    assert np.array_equal(joined(gap, before, None).mask, left)
    assert np.array_equal(joined(gap, before, replace(after, steps=2)).mask, left)


def test_where_nothing_comes_nothing_is_carried() -> None:
    gap = nothing()

    assert joined(gap, None, None) is gap
    assert gap.reason is None
    assert not gap.mask.any()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 1), (1, 9), (13, 17), (33, 31)])
def test_odd_sizes(height: int, width: int) -> None:
    """A still picture keeps its mask, but for what flow at the edge makes of it."""
    image, mask = textured((height, width), 4), np.ones((height, width), np.bool_)
    side = Carried.of(image, Found(mask, ~mask)).to(image)

    assert side is not None
    assert side.mask.shape == side.shadow.shape == (height, width)
    assert side.mask.mean() > 0.9
    assert not side.shadow.any()
