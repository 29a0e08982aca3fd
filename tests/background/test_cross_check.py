"""Backgrounds of one place at different times: where they differ, and what only one of them shows."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from stillplate import Background
from stillplate.background.cross_check import contested, cross_checked, differing
from stillplate.synthetic import street

WIDTH, HEIGHT = 96, 56
PLATE = street(WIDTH, HEIGHT, frames=1, walkers=5, seed=11).plate
OLD, NEW = (slice(34, 48), slice(14, 24)), (slice(34, 48), slice(70, 80))
CHAIR = np.array([200, 40, 160], np.uint8)


def scene(place: tuple[slice, slice]) -> np.ndarray:
    """The street with nobody in it, and a chair."""
    image = PLATE.copy()
    image[place] = CHAIR
    return image


def background_of(image: np.ndarray, support: float = 1.0) -> Background:
    own = Background.from_plate(image.astype(np.uint8), threshold=20)
    return replace(own, plate=replace(own.plate, support=np.full(image.shape[:2], support, np.float32)))


@pytest.mark.parametrize(
    ("where", "support", "taken"),
    [
        ("own", 0.5, True),  # what stood there for most of a period
        ("own", 1.0, True),  # or for all of it
        ("own and latter", 0.5, False),  # what was moved for good
        ("former and own", 0.5, False),
        ("former and latter", 0.5, True),
    ],
)
def test_what_neighbours_contradict_is_taken_from_them(where: str, support: float, taken: bool) -> None:
    """In the light of the plate that it is taken into."""
    plates = {name: PLATE * gain for name, gain in (("former", 0.9), ("own", 0.8), ("latter", 0.7))}
    for name in where.split(" and "):
        plates[name][OLD] = CHAIR * {"former": 0.9, "own": 0.8, "latter": 0.7}[name]
    before = background_of(plates["own"], support)
    found, taken_at = cross_checked(before, background_of(plates["former"]), background_of(plates["latter"]))
    true = plates["former"][OLD] / 0.9 * 0.8

    assert taken_at[OLD].mean() == pytest.approx(float(taken), abs=0.1)
    assert not np.delete(taken_at, np.s_[33:49], axis=0).any()
    if not taken:
        assert found is before
    elif where == "own":
        assert np.abs(found.plate.image[OLD] - true).mean() < 4
        assert (found.plate.support[OLD] > 0.9).mean() > 0.9


@pytest.mark.parametrize(("gain", "support", "taken"), [(1.35, 0.5, True), (1.35, 1, False), (0.65, 1, False)])
def test_light_and_shade_of_a_time_are_left(gain: float, support: float, taken: bool) -> None:
    """Where the plate is sure of them."""
    lit = PLATE.astype(np.float32)
    lit[OLD] *= gain
    before = background_of(np.clip(lit, 0, 255), support)
    other = background_of(PLATE)
    found, taken_at = cross_checked(before, other, other)

    assert taken_at.any() == taken
    assert (found is before) == (not taken)


def test_plates_that_differ_in_light_alone_do_not_differ() -> None:
    one, other = (background_of(PLATE * gain) for gain in (1, 0.75))

    assert differing(one, other).mean() < 0.001


def test_a_moved_thing_is_contested_and_what_is_beside_it() -> None:
    """In any order; light alone, and specks, are not."""
    one, other = background_of(scene(OLD)), background_of(scene(NEW) * 0.75)
    where = contested(one, other)
    chair = np.zeros((HEIGHT, WIDTH), np.bool_)
    chair[OLD], chair[NEW] = True, True
    speckled = PLATE.copy()
    speckled[10:12, 10:40], speckled[30:50, 50:52] = 255, 0

    assert np.array_equal(where, contested(other, one))
    assert where[chair].mean() > 0.95
    assert not (where & (cv2.dilate(chair.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)).any()
    assert not contested(background_of(PLATE), background_of(speckled)).any()
