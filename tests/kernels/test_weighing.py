"""The kernel that makes the evidence of one frame, against its twin."""

import numpy as np
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import BitMask, Nearness, _native
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
    found = kernels.weigh_frame((image, plate), weights, levels, colours, ground, NEAR, 1.5)
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
    every = kernels.weigh_frame((image, plate), WEIGHTS, (least, more), (more, far), ground, NEAR, 1)
    few = kernels.weigh_frame((image, plate), WEIGHTS, (least, more), None, None, NEAR, 1)

    assert few.faint is None
    assert few.near is None
    assert np.array_equal(few.level, every.level)
    assert (few.ratio <= every.ratio).all()


def test_parts_of_larger_pictures_and_empty_ones() -> None:
    image, plate = (picture[::2, 1:66] for picture in pictures(20, 70))
    least, more = (one[::2, 1:66] for one in maps(2, 20, 70))
    found = kernels.weigh_frame((image, plate), WEIGHTS, (least, more), None, None, NEAR, 1)
    same = kernels.weigh_frame(
        (image.copy(), plate.copy()), WEIGHTS, (least.copy(), more.copy()), None, None, NEAR, 1
    )  # fmt: skip

    assert np.array_equal(found.ratio, same.ratio)
    nothing = kernels.weigh_frame((image[:0], plate[:0]), WEIGHTS, (least[:0], more[:0]), None, None, NEAR, 1)
    assert nothing.ratio.shape == (0, 65)


def test_shapes_and_numbers_are_checked() -> None:
    pair, one = pictures(4, 5), np.ones((4, 5), np.float32)
    with pytest.raises(KernelError, match=r"thresholds is a float32 array of shape \(3, 5\)"):
        kernels.weigh_frame(pair, WEIGHTS, (one, one[1:]), None, None, NEAR, 1)
    with pytest.raises(KernelError, match="factors"):
        kernels.weigh_frame(pair, WEIGHTS, (one, one), None, (one, one, one), NEAR, 1)
    with pytest.raises(KernelError, match="sum to 1 at most"):
        kernels.weigh_frame(pair, 2 * WEIGHTS, (one, one), None, None, NEAR, 1)
    with pytest.raises(KernelError, match="every=0 given"):
        kernels.weigh_frame(pair, WEIGHTS, (one, one), None, None, NEAR._replace(every=0), 1)
    with pytest.raises(KernelError, match="they must rise"):
        kernels.weigh_frame(pair, WEIGHTS, (one, one), None, None, NEAR._replace(radii=(2, 1)), 1)
    with pytest.raises(KernelError, match="a reach of -1"):
        kernels.weigh_frame(pair, WEIGHTS, (one, one), None, None, NEAR._replace(reach=(-1, 1)), 1)
