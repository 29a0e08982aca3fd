"""Frames whose image is converted when it is asked for: each part is that of the whole image."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillplate.imaging.resize import downscale
from stillplate.io.picture import PlanarImage, rgb_of
from stillplate.io.source import Frame, PlanarFrame
from stillplate.kernels import rgb_from_half_chroma
from stillplate.segmentation.reduced import reduced
from tests.kernels.test_half_chroma import MATRIX, random_planes

STEPS = (-1, 0, 1)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 90), width=st.integers(1, 400), factor=st.integers(1, 7), seed=st.integers(0, 99),
    times=st.integers(1, 3),
)  # fmt: skip
def test_valid_near_what_is_marked(height: int, width: int, factor: int, seed: int, times: int) -> None:
    planes, rng = random_planes(height, width), np.random.default_rng(seed)
    image, whole = PlanarImage(planes, MATRIX), rgb_from_half_chroma(planes, MATRIX)
    for _ in range(times):
        where = rng.random((-(-height // factor), -(-width // factor))) < 0.03
        found = image.near(where, factor)
        grown = np.pad(where, 1)
        near = np.logical_or.reduce(
            [grown[1 + y : grown.shape[0] - 1 + y, 1 + x : grown.shape[1] - 1 + x] for y in STEPS for x in STEPS]
        )
        pixels = near.repeat(factor, 0).repeat(factor, 1)[:height, :width]
        assert np.array_equal(found[pixels], whole[pixels])
    assert np.array_equal(image.rgb, whole)
    assert image.near(where, factor) is image.rgb


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 6, 8])
def test_reduced_as_the_whole_image_is(factor: int) -> None:
    planes = random_planes(67, 131)

    assert np.array_equal(
        reduced(PlanarImage(planes, MATRIX), factor), downscale(rgb_from_half_chroma(planes, MATRIX), factor)
    )


def test_a_frame_as_any_other() -> None:
    image = PlanarImage(random_planes(6, 8), MATRIX)
    frame = PlanarFrame(image, 3, Fraction(1, 25))
    copied = pickle.loads(pickle.dumps(frame))

    assert isinstance(frame, Frame)
    assert (frame.picture, rgb_of(frame.picture).shape, frame.image.shape) == (image, image.shape, (6, 8, 3))
    assert np.array_equal(copied.image, frame.image)
    assert (copied.index, copied.time, copied.picture is copied.image) == (3, Fraction(1, 25), True)
