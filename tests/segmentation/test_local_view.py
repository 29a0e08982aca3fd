"""The ground behind what moves, as neighbouring frames show it: along known paths, before known movers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate import synthetic
from stillplate.camera.path import CameraPath
from stillplate.segmentation.local_view import local_view
from stillplate.segmentation.neighbour import Neighbour, Surroundings
from stillplate.segmentation.view import View
from tests.background.test_whole_clip import path_of
from tests.segmentation.walk import Masks, Walk

MIDDLE = 20  # the frame that is shown


@pytest.fixture(scope="module")
def walk() -> Walk:
    """A block before wall and ground, which goes to the right faster than they do to the left."""
    return Walk(lambda index: (40 + 4 * index, 40, 30, 70))


@pytest.fixture(scope="module")
def around(walk: Walk) -> Surroundings:
    return walk.surroundings(MIDDLE)


@pytest.fixture(scope="module")
def view(walk: Walk, around: Surroundings) -> View:
    return local_view(around, walk.mask(MIDDLE), walk.path, walk.plate(MIDDLE))


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def error(found: View, walk: Walk, index: int = MIDDLE) -> npt.NDArray[np.float64]:
    return np.asarray(np.abs(found.image.astype(int) - walk.view(index)).mean(axis=2))


def near(mask: Masks, pixels: int) -> Masks:
    return np.asarray(cv2.dilate(mask.view(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0)


def without(walk: Walk, *lost: int) -> CameraPath:
    """The path, on which some frames were not found."""
    matrices = walk.path.matrices.copy()
    matrices[list(lost)] = np.nan
    return replace(walk.path, matrices=matrices)


def same(one: View, other: View) -> bool:
    return np.array_equal(one.image, other.image) and np.array_equal(one.valid, other.valid)


def test_what_is_hidden_is_shown_as_the_frame_would(walk: Walk, view: View) -> None:
    """Of the ground behind the block, the plate is 18.6 levels off; measured, 1.8. Of the wall, neither is."""
    mask, plate = walk.mask(MIDDLE), walk.plate(MIDDLE)
    off = (plate.image != walk.view(MIDDLE)).any(axis=2)
    found, before = error(view, walk), error(plate, walk)

    assert found[mask & off].mean() < 0.2 * before[mask & off].mean()
    assert found[mask & ~off].mean() < 0.2
    assert found.max() < 25
    assert view.valid.all()
    assert view.noise is plate.noise or np.array_equal(view.noise, plate.noise)


def test_outside_of_what_is_hidden_are_the_frames_own_pixels(walk: Walk, view: View) -> None:
    """But for 1.2 % of the width, and for what moves within 4 % of it."""
    mask, image = walk.mask(MIDDLE), walk.image(MIDDLE)
    changed = (view.image != image).any(axis=2)
    top = mask & (np.arange(136)[:, None] < 60)
    of_part = local_view(walk.surroundings(MIDDLE), top, walk.path, walk.plate(MIDDLE))
    changed_for_part = (of_part.image != image).any(axis=2)

    assert not changed[~near(mask, 3)].any()
    assert changed[mask].mean() > 0.9
    assert changed_for_part[mask & near(top, 10)].mean() > 0.9
    assert not changed_for_part[~near(top, 10 + 3)].any()
    assert (mask & ~near(top, 10 + 3)).any()


def test_what_is_asked_for_is_replaced_where_nothing_is_known_to_move(walk: Walk) -> None:
    """A rectangle of the ground, which every neighbour shows; nothing else is touched, nor is the block."""
    rectangle = np.zeros((136, 240), np.bool_)
    rectangle[100:120, 20:50] = True
    around = walk.surroundings(MIDDLE)
    still = replace(around, frame=replace(around.frame, movers=np.zeros_like(around.frame.movers)))
    found = local_view(still, rectangle, walk.path, walk.plate(MIDDLE))

    assert np.array_equal(found.image[~near(rectangle, 3)], walk.image(MIDDLE)[~near(rectangle, 3)])
    assert error(found, walk)[rectangle].mean() < 0.2 * error(walk.plate(MIDDLE), walk)[rectangle].mean()


def test_a_park() -> None:
    """Things at many depths, and noise. Measured: 11 levels, where the vote along the farthest is 26 off."""
    index = 18
    clip = synthetic.park(240, 136, 40, seed=2, noise=1, motion="walk", walkers=2, vehicles=0, travel=2.0)
    path, hidden = path_of([clip.transform(number) for number in range(40)], (240, 136)), clip.coverage(index) > 0.02
    others = tuple(
        Neighbour.of(number, clip.frame(number).image, near(clip.coverage(number) > 0.02, 1))
        for number in range(0, 40, 4)
    )
    motions = [np.linalg.inv(clip.transform(number)) @ clip.transform(index) for number in range(0, 40, 4)]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    on_plane = [
        cv2.warpPerspective(one.image, motion, (240, 136), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for one, motion in zip(others, motions, strict=True)
    ]
    nothing = np.zeros(hidden.shape, np.float32)
    plate = View(np.median(on_plane, axis=0).astype(np.uint8), nothing, nothing == 0)
    image = clip.frame(index).image
    found = local_view(Surroundings(Neighbour.of(index, image, near(hidden, 1)), others), hidden, path, plate)
    off, before = (np.abs(one.image.astype(int) - clip.view(index)).mean(axis=2)[hidden] for one in (found, plate))

    assert off.mean() < 0.6 * before.mean()
    assert (off > 25).mean() < 0.5 * (before > 25).mean()
    assert np.array_equal(found.image[~near(hidden, 7)], image[~near(hidden, 7)])


@pytest.mark.parametrize(("gap", "most"), [(2, 0.1), (10, 0.001)])
def test_a_near_post_does_not_smear_over_the_wall_behind_a_block_beside_it(gap: int, most: float) -> None:
    """The plate is right; the flow of the post, so many pixels from the block, leaks a little: 6 %, and 0."""
    walk = Walk(lambda index: (86 - gap + 2 * index - 40, 40, 24, 80), low=1, post=150)
    found = local_view(walk.surroundings(MIDDLE), walk.mask(MIDDLE), walk.path, walk.plate(MIDDLE))

    assert (error(found, walk)[walk.mask(MIDDLE)] > 10).mean() <= most


def test_ground_that_nobody_showed_is_not_valid_where_the_plate_is_not() -> None:
    """A block that stays in the picture, of which three neighbours uncover a rim; the plate knows the left half."""
    walk = Walk(lambda _: (80, 20, 80, 100), count=24)
    mask, plate = walk.mask(8), walk.plate(8)
    plate = View(plate.image, plate.noise, np.broadcast_to(np.arange(240) < 120, mask.shape))
    found = local_view(walk.surroundings(8, (4, 8, 12)), mask, walk.path, plate)
    core, left = mask & ~near(~mask, 12), np.broadcast_to(np.arange(240) < 116, mask.shape)

    assert found.valid[~near(mask, 4)].all()
    assert found.valid[core & left].all()
    assert not found.valid[core & ~near(left, 8)].any()
    assert np.array_equal(found.image[core & left], plate.image[core & left])
    assert found.valid[20:120, 158:160].all()


def test_a_neighbour_that_is_wrong_is_outvoted(walk: Walk, around: Surroundings, view: View) -> None:
    """In the nearest one, a thing that is not known to move stands where the others and the plate show the wall."""
    wrong = walk.image(16)
    wrong[42:80, 120:160] = 255 - wrong[42:80, 120:160]
    others = tuple(Neighbour.of(16, wrong, walk.mask(16)) if one.index == 16 else one for one in around.others)
    found = local_view(replace(around, others=others), walk.mask(MIDDLE), walk.path, walk.plate(MIDDLE))
    behind = walk.mask(MIDDLE) & (np.arange(136)[:, None] < 80)

    assert error(found, walk)[behind].mean() < 2
    assert (error(found, walk)[behind] > 25).mean() < 0.02


def test_what_a_neighbour_hides_has_no_vote(walk: Walk) -> None:
    """A red block stays in the picture, and the plate has its colour; only frames from eight on show the ground."""
    path, plate, mask = walk.path, walk.plate(MIDDLE), np.zeros((136, 240), np.bool_)
    mask[40:100, 100:108] = True
    core, red = mask & (np.arange(136)[:, None] < 80), np.array([200, 40, 40], np.uint8)
    frames = [
        Neighbour.of(number, np.where(near(mask, 2)[..., None], red, walk.view(number)), near(mask, 2))
        for number in range(14, 35, 2)
    ]
    wrong = View(np.where(mask[..., None], red, plate.image), plate.noise, plate.valid)
    found = local_view(Surroundings(frames[3], tuple(frames)), mask, path, wrong)

    assert error(found, walk)[core].mean() < 3


def test_what_lies_outside_of_a_neighbour_it_does_not_show() -> None:
    """What is at the left edge is not in the picture of later frames."""
    walk = Walk(lambda index: (4 * (index - MIDDLE), 20, 12, 60))
    mask, plate = walk.mask(MIDDLE), walk.plate(MIDDLE)
    unknown = View(plate.image, plate.noise, np.zeros(mask.shape, np.bool_))
    later = local_view(walk.surroundings(MIDDLE, (28, 32, 36)), mask, walk.path, unknown)
    earlier = local_view(walk.surroundings(MIDDLE, (4, 8, 12)), mask, walk.path, unknown)

    assert not later.valid[22:78, :6].any()
    assert later.valid[22:78, 16:].all()
    assert earlier.valid.all()


def test_the_plate_is_shown_where_it_alone_shows_the_ground(walk: Walk, around: Surroundings) -> None:
    """Without neighbours; with none on the path; with none of which anything is known. The rest is the frame's own."""
    mask, plate = walk.mask(MIDDLE), walk.plate(MIDDLE)
    unknown = tuple(Neighbour.of(one.index, one.image, None) for one in around.others)
    alone = local_view(Surroundings(around.frame, ()), mask, walk.path, plate)

    assert np.array_equal(alone.image[mask], plate.image[mask])
    assert np.array_equal(alone.image[~near(mask, 3)], walk.image(MIDDLE)[~near(mask, 3)])
    assert same(local_view(around, mask, without(walk, *range(MIDDLE), *range(MIDDLE + 1, 41)), plate), alone)
    assert same(local_view(replace(around, others=unknown), mask, walk.path, plate), alone)


def test_a_frame_that_is_not_on_the_path_has_the_plate(walk: Walk, around: Surroundings) -> None:
    mask, plate = walk.mask(MIDDLE), walk.plate(MIDDLE)
    found = local_view(around, mask, without(walk, MIDDLE), plate)

    assert np.array_equal(found.image[mask], plate.image[mask])


def test_a_neighbour_that_is_not_on_the_path_has_no_voice(walk: Walk, around: Surroundings, view: View) -> None:
    mask, plate = walk.mask(MIDDLE), walk.plate(MIDDLE)
    others = tuple(one for one in around.others if one.index != 16)
    fewer = local_view(replace(around, others=others), mask, walk.path, plate)

    assert same(local_view(around, mask, without(walk, 16), plate), fewer)
    assert not same(fewer, view)


def test_nothing_hidden(walk: Walk, around: Surroundings) -> None:
    """The frame itself, though the plate knows nothing."""
    nothing, plate = np.zeros((136, 240), np.bool_), walk.plate(MIDDLE)
    still = replace(around, frame=Neighbour.of(MIDDLE, walk.image(MIDDLE), nothing))
    found = local_view(still, nothing, walk.path, replace(plate, valid=nothing))

    assert np.array_equal(found.image, walk.image(MIDDLE))
    assert found.valid.all()


def test_neighbours_in_any_order_give_the_same_bytes(walk: Walk, around: Surroundings, view: View) -> None:
    """With the frame itself among them, or without."""
    mask, plate, own = walk.mask(MIDDLE), walk.plate(MIDDLE), around.frame
    backwards = around.others[::-1]
    mixed = (*around.others[5:], *around.others[:5])
    alone = tuple(one for one in around.others if one.index != MIDDLE)

    assert own.index in {one.index for one in around.others}
    for others in (backwards, mixed, alone):
        assert same(local_view(Surroundings(own, others), mask, walk.path, plate), view)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("number", [1, 4])
def test_any_number_of_threads_gives_the_same_bytes(walk: Walk, around: Surroundings, view: View, number: int) -> None:
    cv2.setNumThreads(number)

    assert same(local_view(around, walk.mask(MIDDLE), walk.path, walk.plate(MIDDLE)), view)


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((241, 137), (70, 50, 24, 70)),
        ((61, 45), (20, 10, 12, 30)),
        ((160, 20), (60, 8, 12, 12)),
        ((20, 500), (0, 300, 5, 50)),
        ((97, 33), (50, 12, 12, 21)),
    ],
)
def test_odd_and_narrow_frames(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    """Down to the picture's edge, too."""
    left, top, width, height = box
    walk = Walk(lambda index: (left + 2 * index - 24, top, width, height), size, count=25)
    mask, plate = walk.mask(12), walk.plate(12)
    found = local_view(walk.surroundings(12), mask, walk.path, plate)

    assert found.image.shape == (size[1], size[0], 3)
    assert found.valid.all()
    assert error(found, walk, 12)[mask].mean() < 0.5 * error(plate, walk, 12)[mask].mean()
    assert np.array_equal(found.image[~near(mask, 5)], walk.image(12)[~near(mask, 5)])


def test_a_pixel_that_no_place_of_a_strip_hits_has_the_plate() -> None:
    """Reduced, what is hidden at the edge is a single column, between those that are compared."""
    walk, mask = Walk(lambda _: (0, 0, 0, 0), (20, 1000), count=13), np.zeros((1000, 20), np.bool_)
    mask[-1, -1] = True
    found = local_view(walk.surroundings(6), mask, walk.path, walk.plate(6))

    assert found.valid.all()
    assert np.array_equal(found.image[mask], walk.plate(6).image[mask])
    assert np.array_equal(found.image[:-3], walk.image(6)[:-3])


def test_a_constant_picture_stays_constant(walk: Walk) -> None:
    """A white block before grey."""
    grey, mask = np.full((136, 240, 3), 90, np.uint8), walk.mask(MIDDLE)
    frames = [Neighbour.of(number, np.where(walk.mask(number)[..., None], np.uint8(255), grey), walk.mask(number))
              for number in (12, 16, 20, 24)]  # fmt: skip
    nothing = np.zeros(mask.shape, np.float32)
    for valid in (nothing == 0, nothing > 0):
        found = local_view(Surroundings(frames[2], tuple(frames)), mask, walk.path, View(grey, nothing, valid))

        assert (found.image == 90).all()
        assert found.valid.all()
