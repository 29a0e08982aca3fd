"""The kernels that undo a gain, against NumPy; `robust_gain` is tested with what it is for."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillplate.errors import KernelError
from stillplate.kernels import _native, gain_table, look_up

ISAS = _native.isas()


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


@pytest.mark.parametrize("seed", range(20))
def test_the_table_is_that_of_the_formula(seed: int) -> None:
    random = np.random.default_rng(seed)
    scale, offset = random.uniform(0.6, 1.6, 3).astype(np.float32), random.uniform(-40, 40, 3).astype(np.float32)
    lit = (np.arange(256)[:, None] - offset) / scale

    assert np.array_equal(gain_table(scale, offset), np.clip(lit + 0.5, 0, 255).astype(np.uint8))


def test_no_gain_changes_nothing() -> None:
    table = gain_table(np.ones(3, np.float32), np.zeros(3, np.float32))

    assert np.array_equal(table, np.arange(256)[:, None].repeat(3, axis=1))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(height=st.integers(0, 40), width=st.integers(0, 40), seed=st.integers(0, 9))
def test_each_channel_is_looked_up_in_its_column(height: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    image, table = random.integers(0, 256, (height, width, 3), np.uint8), random.integers(0, 256, (256, 3), np.uint8)
    expected = np.stack([table[:, channel][image[:, :, channel]] for channel in range(3)], axis=2)

    assert np.array_equal(look_up(image, table), expected)
    assert np.array_equal(look_up(image[:, ::-1], table), expected[:, ::-1])


def test_shapes_and_types_are_checked() -> None:
    image, table, three = np.zeros((2, 2, 3), np.uint8), np.zeros((256, 3), np.uint8), np.ones(3, np.float32)
    with pytest.raises(KernelError, match="image is a"):
        look_up(image[0], table)
    with pytest.raises(KernelError, match="table is a"):
        look_up(image, table[:255])
    with pytest.raises(KernelError, match="scale is a"):
        gain_table(three[:2], three)
    with pytest.raises(KernelError, match="offset is a"):
        gain_table(three, three.astype(np.float64))
