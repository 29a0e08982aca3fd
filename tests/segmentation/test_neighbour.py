"""What a neighbouring frame is reduced to, and the part of a frame that it is laid on."""

import cv2
import numpy as np
import pytest

from stillplate.segmentation.neighbour import STEP, Neighbour, Part, error_of, moved, shown_by
from tests.background.test_whole_clip import textured
from tests.segmentation.walk import Walk, place


@pytest.mark.parametrize(
    ("size", "small"),
    [((1920, 1080), (480, 270)), ((240, 136), (480, 272)), ((61, 45), (480, 354)), ((20, 500), (19, 480))],
)
def test_a_neighbour_is_as_large_as_images_in_which_flow_is_found(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    """Whatever the size of the mask of what moves, of which its left half is true."""
    image = np.full((size[1], size[0], 3), 77, np.uint8)
    movers = np.zeros((24, 40), np.bool_)
    movers[:, :20] = True
    found = Neighbour.of(3, image, movers)
    half = small[0] // 2

    assert (found.index, found.image is image) == (3, True)
    assert found.small.shape == (small[1], small[0], 3)
    assert (found.small == 77).all()
    assert found.movers.shape == (small[1], small[0])
    assert found.movers.dtype == np.uint8
    assert (found.movers[:, : half - 1] == 1).all()
    assert not found.movers[:, half + 1 :].any()


def test_where_nothing_is_known_all_may_move() -> None:
    image = np.zeros((30, 40, 3), np.uint8)

    assert (Neighbour.of(0, image, None).movers == 1).all()
    assert not Neighbour.of(0, image, np.zeros((1, 1), np.bool_)).movers.any()


def test_a_part_lies_around_what_is_hidden() -> None:
    """With 32 pixels on each side, or a third of its length, as far as the picture goes."""
    hidden = np.zeros((270, 480), np.bool_)
    hidden[100:130, 20:320] = True
    part = Part.around(hidden)

    assert (part.rows, part.columns) == (slice(68, 161), slice(0, 418))
    assert part.hidden.shape == part.places.shape[:2] == (47, 209)
    assert part.hidden.sum() == 15 * 150
    assert part.places.dtype == np.float32
    assert part.places[0, 0].tolist() == [0, 68]
    assert part.places[2, 3].tolist() == [3 * STEP, 68 + 2 * STEP]
    assert np.array_equal(hidden[tuple(part.places[part.hidden].astype(int).T[::-1])], np.ones(15 * 150, np.bool_))


def test_a_part_of_an_image_has_its_pixels() -> None:
    hidden = np.zeros((270, 480), np.bool_)
    hidden[200, 300] = True
    part = Part.around(hidden)
    image = np.random.default_rng(0).integers(0, 255, (270, 480, 3)).astype(np.uint8)
    x, y = part.places[5, 7].astype(int)

    assert np.array_equal(part.of(image)[5, 7], image[y, x])
    assert part.of(image).shape == (*part.hidden.shape, 3)
    assert part.hidden.sum() == 1


def test_places_are_moved_by_a_homography() -> None:
    places = np.array([[[0, 0], [10, 20]], [[5, 5], [100, 50]]], np.float32)
    matrix = np.array([[2.0, 0, 3], [0, 2, -1], [0, 0, 2]])

    assert moved(places, matrix).tolist() == [[[1.5, -0.5], [11.5, 19.5]], [[6.5, 4.5], [101.5, 49.5]]]


def test_the_error_behind_what_is_hidden_is_that_around_it() -> None:
    """Colours are 12 levels too bright to the left, and right to the right of a hidden strip."""
    frame = Neighbour.of(0, np.full((270, 480, 3), 90, np.uint8), np.zeros((1, 1), np.bool_))
    hidden = np.zeros((270, 480), np.bool_)
    hidden[60:200, 230:250] = True
    part = Part.around(hidden)
    colours = part.of(frame.small).copy()
    middle = int(np.flatnonzero(part.places[0, :, 0] == 240)[0])
    colours[:, :middle] += 12
    colours[part.hidden] = 255
    error = error_of(frame, colours, np.ones(part.hidden.shape, np.bool_), part)
    row = error[len(error) // 2]

    assert row[0] == pytest.approx(12, abs=0.1)
    assert row[-1] == pytest.approx(0, abs=0.1)
    assert row[middle] == pytest.approx(6, abs=1.5)
    assert error.max() < 13


def test_a_neighbour_is_laid_on_a_frame_in_three_ways() -> None:
    """On a plane that moves by 4 pixels, and along the flow of a wall that moves by 8, behind the block, too."""
    walk = Walk(lambda index: (80 + 2 * index, 20, 60, 90), low=1)
    frame, other = walk.neighbour(20), walk.neighbour(24)
    part = Part.around(frame.movers > 0)
    (on_plane, *along), flow = shown_by(frame, other, place(-4.0), part, None)
    truth = part.of(Neighbour.of(20, walk.view(20), None).small).astype(int)

    assert not on_plane.flow.any()
    assert not on_plane.depth.any()
    assert len(along) == 2
    assert along[0].flow is flow
    for one in along:
        seen = part.hidden & one.usable

        assert one.source is on_plane.source is other
        assert np.median(one.flow[~part.hidden], axis=0).tolist() == pytest.approx([-4, 0], abs=0.3)
        assert np.median(one.flow[part.hidden], axis=0).tolist() == pytest.approx([-4, 0], abs=0.8)
        assert np.median(one.depth) == pytest.approx(1 - np.exp(-4 / 3), abs=0.05)
        assert 0.1 < seen.sum() / part.hidden.sum() < 0.9
        assert np.abs(one.colours - truth)[seen].mean() < 0.3 * np.abs(on_plane.colours - truth)[seen].mean()


def test_behind_a_thing_the_farther_of_its_sides_goes_on() -> None:
    """A wall is to the left of a block that leans on it; to the right is a near wall, which moves by 16 pixels more."""
    far, near, paint = (
        np.asarray(cv2.GaussianBlur(textured((136, 280), seed), (0, 0), 1.2), np.uint8) for seed in (1, 2, 9)
    )
    frames = []
    for index in (0, 4):
        image, left, mask = far[:, index : index + 240].copy(), 90 - index, np.zeros((136, 240), np.bool_)
        image[:, 130 - 2 * index :] = near[:, 130 : 240 + 2 * index]
        image[30:106, left : left + 40] = 255 - paint[30:106, :40] // 2
        mask[30:106, left : left + 40] = True
        frames.append(Neighbour.of(index, image, mask))
    part = Part.around(frames[0].movers > 0)
    (_, carried, mean), _ = shown_by(frames[0], frames[1], place(-8.0), part, None)
    right = part.hidden & (part.places[..., 0] >= 220) & (part.places[..., 0] < 260)

    assert np.median(carried.flow[right], axis=0).tolist() == pytest.approx([0, 0], abs=0.1)
    assert np.median(mean.flow[right], axis=0)[0] < -0.3
