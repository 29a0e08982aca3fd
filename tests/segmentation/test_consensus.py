"""What alike pixels of a clip agree on: a red block, or one of the ground's colour, that moves over a green ground."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.segmentation.consensus import consensus

Floats = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]

FRAMES, SHAPE = 8, (27, 48)
SIZES = [(1, 1), (1, 9), (7, 1), (13, 17)]
GROUND, RED = (110, 125, 100), (200, 60, 50)
MOVES, STILL = np.float32(0.95), np.float32(0.03)  # evidence
MISSED = (1, 4)  # frames in which nothing is seen to move

BLOCK = np.zeros((FRAMES, *SHAPE), np.bool_)
for frame, one in enumerate(BLOCK):
    one[8:18, 10 + frame : 20 + frame] = True


def drawn(colour: tuple[int, int, int]) -> Images:
    """The clip, with noise of 6 levels."""
    levels = np.where(BLOCK[..., None], colour, GROUND)
    return np.clip(levels + np.random.default_rng(0).normal(0, 6, levels.shape), 0, 255).astype(np.uint8)


def seen() -> Floats:
    """Evidence of the block in all frames but those in which it is missed."""
    evidence = np.where(BLOCK, MOVES, STILL)
    evidence[list(MISSED)] = STILL
    return evidence


def agreed(evidence: Floats, images: Images, ratio: float | Floats = np.nan) -> Floats:
    ratios = np.broadcast_to(np.asarray(ratio, np.float32), evidence.shape)
    result = consensus(list(evidence), list(images), list(ratios), range(len(evidence)))

    assert all(one.dtype == np.float32 and one.shape == evidence.shape[1:] for one in result)
    return np.stack(result)


def test_what_is_missed_in_some_frames_is_told_by_its_colour() -> None:
    likelihood = agreed(seen(), drawn(RED))

    assert likelihood[BLOCK].min() > 0.8
    assert likelihood[~BLOCK].max() < 0.05


def test_the_rest_of_what_is_partly_seen_is_lifted() -> None:
    """Of the block, the lower half: from evidence of 0.03."""
    evidence = seen()
    evidence[:, :13] = STILL
    lifted = agreed(evidence, drawn(RED))[:, 8:13][BLOCK[:, 8:13]]

    assert lifted.min() > 0.3


def test_nothing_comes_of_nothing() -> None:
    likelihood = agreed(np.full_like(seen(), STILL), drawn(RED))

    assert likelihood.max() < 0.05


def test_the_same_colour_elsewhere_is_not_lifted() -> None:
    """A place counts as near within a fifth of the width or so."""
    images = drawn(RED)
    images[:, 2:6, 42:46] = RED

    assert agreed(seen(), images)[:, 2:6, 42:46].max() < 0.05


def test_the_same_colour_later_is_not_lifted() -> None:
    """The block stands still from 40 frames later on: frames count by their numbers."""
    images, evidence = drawn(RED), seen()
    evidence[4:] = STILL
    ratios = np.full(evidence.shape, np.nan, np.float32)
    near, far = (
        np.stack(consensus(list(evidence), list(images), list(ratios), [0, 1, 2, 3, *range(late, late + 4)]))[4:]
        for late in (4, 44)
    )

    assert near[BLOCK[4:]].min() > 0.3
    assert far[BLOCK[4:]].max() < 0.05


def test_difference_from_the_plate_tells_a_block_of_the_ground_s_colour() -> None:
    images = drawn(GROUND)
    told = agreed(seen(), images, np.where(BLOCK, np.float32(4), np.float32(0.2)))
    untold = agreed(seen(), images)
    missed = [np.mean([one[frame][BLOCK[frame]].mean() for frame in MISSED]) for one in (told, untold)]

    assert missed[0] > 0.7
    assert missed[1] < 0.4
    assert told[~BLOCK].max() < 0.05


@pytest.mark.parametrize("level", [0.1, 1.0, 4.0, 100.0])
def test_a_difference_that_is_everywhere_tells_nothing(level: float) -> None:
    """Where the plate is wrong, the result is that of no plate."""
    for images in (drawn(GROUND), drawn(RED)):
        assert agreed(seen(), images, level) == pytest.approx(agreed(seen(), images), abs=1e-5)


def test_ground_that_differs_from_the_plate_is_not_lifted_by_that() -> None:
    """The plate is wrong at the right, and shows the block: both differ, and only the block moves."""
    ratio = np.where(BLOCK, np.float32(4), np.float32(0.2))
    ratio[:, :, 34:] = 4
    likelihood = agreed(seen(), drawn(RED), ratio)

    assert likelihood[:, :, 34:].max() < 0.05
    assert likelihood[BLOCK].min() > 0.8


def test_ground_that_was_never_seen_counts_as_no_difference() -> None:
    """By half of the picture: in the same cells as ratios between 0.5 and 0.98 of the threshold."""
    ratio = np.full(seen().shape, 0.7, np.float32)
    ratio[..., ::2] = np.nan
    images = drawn(RED)

    assert np.isfinite(agreed(seen(), images, ratio)).all()
    assert agreed(seen(), images, ratio) == pytest.approx(agreed(seen(), images), abs=1e-5)


def test_the_order_of_frames_does_not_matter() -> None:
    evidence, images = seen(), drawn(RED)
    ratios = [np.full(SHAPE, np.nan, np.float32)] * FRAMES
    order = np.random.default_rng(0).permutation(FRAMES)
    mixed = consensus(list(evidence[order]), list(images[order]), ratios, order.tolist())

    assert np.stack(mixed) == pytest.approx(agreed(evidence, images)[order], abs=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_a_single_frame_of_any_size(size: tuple[int, int]) -> None:
    """Surer than its evidence, on the same side; an even chance is lifted, as ground weighs less."""
    image = np.random.default_rng(0).integers(0, 256, (1, *size, 3), np.uint8)
    for ratio in (np.nan, 0.0, np.inf):
        low, even, high = (agreed(np.full((1, *size), one, np.float32), image, ratio) for one in (0.02, 0.5, 0.98))

        assert low.max() < 0.02
        assert even.min() > 0.5
        assert high.min() > 0.98


@pytest.mark.parametrize("size", SIZES)
def test_evidence_that_is_sure(size: tuple[int, int]) -> None:
    for level in (0.0, 1.0):
        likelihood = agreed(np.full((3, *size), level, np.float32), np.zeros((3, *size, 3), np.uint8))

        assert likelihood == pytest.approx(level, abs=1e-3)
        assert ((likelihood >= 0) & (likelihood <= 1)).all()
