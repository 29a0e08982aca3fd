"""The kernel that makes the evidence of one frame, against its twin."""

import numpy as np
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import BitMask, Nearness, Thresholds, _native
from stillplate.photometry.gain import EXPOSURE
from tests import naive_evidence
from tests.kernels.test_evidence import ISAS, SHAPES, USUAL, WEIGHTS, maps, pictures

NEAR = Nearness((2, 3), (0.25, 1 / 12), 3, USUAL, (1, 2))
MANY = np.array([0.3, 0.2, 0.1, 0.03, 0.02], np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


@pytest.mark.parametrize("weights", [WEIGHTS[:1], WEIGHTS, MANY])
@pytest.mark.parametrize(("height", "width"), [*SHAPES, (40, 131)])
def test_the_steps_against_the_twin(height: int, width: int, weights: naive_evidence.Map) -> None:
    image, plate = pictures(height, width)
    least, more, far, faintest = (1 + one for one in maps(4, height, width))
    levels, colours = (least, least + more), (more, more + least)
    ground = np.stack(maps(6, height, width)), far, faintest
    found = kernels.weigh_frame(image, plate, Thresholds(weights, levels, colours, ground), NEAR, 1.5)
    expected = naive_evidence.weigh_frame(image, plate, weights, levels, colours, ground, NEAR)

    assert found.faint is not None
    assert found.near is not None
    assert np.array_equal(found.level, expected[1])
    for one, other in zip(found[:4], expected, strict=True):
        assert one == pytest.approx(other, rel=1e-5)
    either = BitMask.above_one(found.ratio, found.faint)
    assert np.array_equal(found.near.bits, either.grown_by_width(NEAR.radii).bits)


def test_only_what_is_wanted() -> None:
    image, plate = pictures(20, 70)
    least, more, far = (1 + one for one in maps(3, 20, 70))
    ground = np.stack(maps(6, 20, 70)), far, least
    every = kernels.weigh_frame(image, plate, Thresholds(WEIGHTS, (least, more), (more, far), ground), NEAR, 1)
    few = kernels.weigh_frame(image, plate, Thresholds(WEIGHTS, (least, more)), NEAR, 1)

    assert few.faint is None
    assert few.near is None
    assert np.array_equal(few.level, every.level)
    assert (few.ratio <= every.ratio).all()


def test_parts_of_larger_pictures_and_empty_ones() -> None:
    image, plate = (picture[::2, 1:66] for picture in pictures(20, 70))
    least, more = (one[::2, 1:66] for one in maps(2, 20, 70))
    found = kernels.weigh_frame(image, plate, Thresholds(WEIGHTS, (least, more)), NEAR, 1)
    thresholds = Thresholds(WEIGHTS, (least.copy(), more.copy()))
    same = kernels.weigh_frame(image.copy(), plate.copy(), thresholds, NEAR, 1)

    assert np.array_equal(found.ratio, same.ratio)
    nothing = kernels.weigh_frame(image[:0], plate[:0], Thresholds(WEIGHTS, (least[:0], more[:0])), NEAR, 1)
    assert nothing.ratio.shape == (0, 65)
    empty = Thresholds(WEIGHTS, (least[:0], more[:0]))
    matched = kernels.match_frame(image[:0], plate[:0], 1, EXPOSURE, (0.01, 1), empty, NEAR, 1)
    assert matched.gain.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert matched.weighed.ratio.shape == (0, 65)


def test_shapes_and_numbers_are_checked() -> None:
    (image, plate), one = pictures(4, 5), np.ones((4, 5), np.float32)
    thresholds = Thresholds(WEIGHTS, (one, one))
    with pytest.raises(KernelError, match=r"thresholds is a float32 array of shape \(3, 5\)"):
        Thresholds(WEIGHTS, (one, one[1:]))
    with pytest.raises(KernelError, match="factors"):
        Thresholds(WEIGHTS, (one, one), None, (one, one, one))
    with pytest.raises(KernelError, match="sum to 1 at most"):
        Thresholds(2 * WEIGHTS, (one, one))
    with pytest.raises(KernelError, match="of the thresholds' size"):
        kernels.weigh_frame(image[1:], plate[1:], thresholds, NEAR, 1)
    with pytest.raises(KernelError, match="every=0 given"):
        kernels.weigh_frame(image, plate, thresholds, NEAR._replace(every=0), 1)
    with pytest.raises(KernelError, match="they must rise"):
        kernels.weigh_frame(image, plate, thresholds, NEAR._replace(radii=(2, 1)), 1)
    with pytest.raises(KernelError, match="a reach of -1"):
        kernels.weigh_frame(image, plate, thresholds, NEAR._replace(reach=(-1, 1)), 1)
    with pytest.raises(KernelError, match="step=0 given"):
        kernels.match_frame(image, plate, 0, EXPOSURE, (0.01, 1), thresholds, NEAR, 1)


@pytest.mark.parametrize("gain", [1.0, 0.7, 1.3])
@pytest.mark.parametrize(("height", "width"), [*SHAPES, (40, 131)])
def test_a_frame_is_matched_before_it_is_compared(height: int, width: int, gain: float) -> None:
    """The same as its steps: gain, table, look-up of the frame, limits of the plate, and evidence."""
    plate = 40 + pictures(height, width)[1] // 2
    image = np.clip(plate * gain + np.random.default_rng(0).normal(0, 2, plate.shape), 0, 255).astype(np.uint8)
    least, more = (1 + one for one in maps(2, height, width))
    thresholds = Thresholds(WEIGHTS, (least, least + more))
    found = kernels.match_frame(image, plate, 2, EXPOSURE, (0.01, 1), thresholds, NEAR, 1.5)
    expected = kernels.robust_gain(image, plate, 2, EXPOSURE)
    scale, offset = np.array([[1] * 3, [0] * 3], np.float32) if expected is None else expected
    table = kernels.gain_table(scale, offset)
    if (np.abs(scale - 1) >= 0.01).any() or (np.abs(offset) >= 1).any():
        image, plate = kernels.look_up(image, table), np.clip(plate, table[0], table[255])
    weighed = kernels.weigh_frame(image, plate, thresholds, NEAR, 1.5)

    assert (expected is None) == (len(image[::2, ::2].reshape(-1, 3)) < EXPOSURE.fewest)
    assert np.array_equal(found.gain, (scale, offset))
    assert np.array_equal(found.table, table)
    assert np.array_equal(found.image, image)
    assert np.array_equal(found.plate, plate)
    assert all(np.array_equal(one, other) for one, other in zip(found.weighed[:3], weighed[:3], strict=True))
