"""Single samples in place of a mixture, where near and far things smear a plate: against drawn truth."""

from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.background.mosaic import mosaic, without_movers
from stillplate.camera.canvas import Coverage
from stillplate.io.source import Frame
from stillplate.plate.plate import CERTAIN, Plate, estimate_plate
from stillplate.sampling.stack import SampleStack
from stillplate.sampling.stack_builder import StackBuilder
from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods

SIZE, SAMPLES = (160, 96), 9
NEAR, STEP = 48, 9  # rows from which the ground is near, and by how much it moves from one sample to the next

Images = npt.NDArray[np.uint8]


def texture(height: int, width: int, seed: int) -> Images:
    """Spots of some pixels."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def drawn(step: int) -> Images:
    """Far ground that stands still on the canvas, and near ground before it that moves."""
    width, height = SIZE
    far, near = texture(height, width, 0), texture(height - NEAR, width + SAMPLES * step, 1)
    images = np.repeat(far[None], SAMPLES, axis=0)
    for number, image in enumerate(images):
        image[NEAR:] = near[:, number * step : number * step + width]
    return images


def stacked(images: Images) -> SampleStack:
    builder = StackBuilder(*SIZE, len(images), 2**30)
    for number, image in enumerate(images):
        builder.put(number, Frame(image, number, Fraction(number, 25)))
    return builder.finish()


def covered(movers: tuple[npt.NDArray[np.bool_], ...] = ()) -> Coverage:
    return Coverage(np.repeat(np.eye(3)[None], SAMPLES, axis=0), SIZE, SIZE, None, movers)


def errors(plate: Plate, images: Images) -> npt.NDArray[np.float32]:
    """Mean difference of each patch of 7x7 pixels from the nearest of the views."""
    views = [cv2.blur(cv2.absdiff(plate.image, image).astype(np.float32).mean(axis=2), (7, 7)) for image in images]
    return np.asarray(np.min(views, axis=0), np.float32)


def test_near_ground_is_that_of_single_samples() -> None:
    images = drawn(STEP)
    with stacked(images) as stack:
        before = estimate_plate(stack, valid=covered())
        after = mosaic(before, stack, covered())

    near, inside = slice(NEAR + 4, -8), slice(12, -12)
    assert errors(before, images)[near, inside].mean() > 15
    assert errors(after, images)[near, inside].mean() < 2
    assert (after.image[: NEAR - 24] == before.image[: NEAR - 24]).all()


def test_support_does_not_rise_and_the_provenance_tells_who_is_shown() -> None:
    images = drawn(STEP)
    with stacked(images) as stack:
        before = estimate_plate(stack, valid=covered())
        after = mosaic(before, stack, covered())

    row, column = NEAR + 20, SIZE[0] // 2
    makers = [number for number in range(SAMPLES) if after.made_by(number)[row, column]]
    assert len(makers) == 1
    assert np.abs(after.image[row, column].astype(int) - images[makers[0], row, column]).max() <= 2
    assert (after.support <= before.support).all()
    assert (after.support[NEAR + 4 : -8, 12:-12] < CERTAIN).mean() > 0.9
    assert (after.seen == before.seen).all()


def test_a_flat_scene_keeps_its_plate() -> None:
    with stacked(drawn(0)) as stack:
        before = estimate_plate(stack, valid=covered())

        assert mosaic(before, stack, covered()) is before


@pytest.mark.parametrize("known", ["before", "over the whole clip"])
def test_what_moves_by_itself_is_not_shown(known: str) -> None:
    """All samples but one show something red on the near ground, and this is known."""
    images, mover = drawn(STEP), np.zeros((SIZE[1], SIZE[0]), np.bool_)
    mover[60:80, 60:90] = True
    images[1:, mover] = (255, 0, 0)
    moves = [mover & (number > 0) for number in range(SAMPLES)]
    movers = tuple(one if known == "before" else np.zeros_like(one) for one in moves)
    maps = [one.astype(np.float32) if known != "before" else None for one in moves]
    likelihoods = Likelihoods.of(SIZE, maps, np.ones((2, len(OCTAVES) + 1)))
    with stacked(images) as stack:
        coverage = without_movers(covered(movers), stack, likelihoods)
        after = mosaic(estimate_plate(stack, valid=coverage), stack, coverage)
        unaware = mosaic(estimate_plate(stack, valid=covered()), stack, covered())

    assert (unaware.image[mover] == (255, 0, 0)).all(axis=1).mean() > 0.9
    assert not (after.image[mover] == (255, 0, 0)).all(axis=1).any()
    assert coverage.movers[1][58, 75]
    assert not coverage.movers[0].any()


def calm(step: int) -> Images:
    """The same with little contrast, as gravel before a wall."""
    return np.asarray(120 + (drawn(step).astype(np.float32) - 128) / 6, np.float32).astype(np.uint8)


def test_a_piece_that_would_be_torn_is_left_out() -> None:
    """Each sample shows something of another colour at one place, and half of it is hidden: a seam would cut it."""
    images = calm(STEP)
    hidden = np.zeros((SAMPLES, SIZE[1], SIZE[0]), np.bool_)
    for number, image in enumerate(images):
        image[56:84, 60:100] = (28 * number, 255 - 28 * number, 60 * (number % 4))
        hidden[number, 50:, 80:] = number % 2
        hidden[number, 50:, :80] = 1 - number % 2
    with stacked(images) as stack:
        before = estimate_plate(stack, valid=covered())
        after = mosaic(before, stack, covered(tuple(hidden)))

    thing = slice(58, 82), slice(62, 98)
    assert np.abs(after.image[thing].astype(int) - before.image[thing]).max() <= 8
