"""The colours of cast shadows against their plain twin, and by hand."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, cast_colours
from tests import naive_cast

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

ISAS = _native.isas()
LIMITS: dict[str, Any] = {"dark": 4.0, "off": (1.5, 0.1), "flat": 0.2, "between": (0.05, 0.93)}
GREY = np.ones(3, np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def scene(height: int, width: int) -> tuple[Images, Images, Masks]:
    """A plate in light that varies from place to place, with noise."""
    random = np.random.default_rng(height * width)
    light = cv2.GaussianBlur(random.random((height, width), np.float32), (0, 0), 6).reshape(height, width, 1)
    light = 0.1 + 0.9 * (light - light.min()) / max(float(np.ptp(light)), 0.1)
    plate = random.integers(100, 140, (height, width, 3)).astype(np.uint8)
    image = np.clip(plate * light + random.normal(0, 2, plate.shape), 0, 255).astype(np.uint8)
    return image, plate, random.random((height, width)) < 0.8


@pytest.mark.parametrize(("height", "width"), [(3, 3), (5, 70), (40, 31), (9, 130)])
def test_against_the_plain_twin(height: int, width: int) -> None:
    image, plate, mask = scene(height, width)
    hue = np.array([0.96, 1, 1.04], np.float32)
    alike, darker = cast_colours(image, plate, mask, hue, **LIMITS)
    expected = naive_cast.cast_colours(image, plate, mask, hue, **LIMITS)

    assert np.array_equal(alike, expected[0])
    assert np.array_equal(darker, expected[1])
    assert not (alike & ~mask).any()


def test_light_and_hue_by_hand() -> None:
    """Ground of level 96 and an offset of 4: half of the light is 46, and a change of 50 may deviate by 6.5."""
    plate = np.full((6, 6, 3), 96, np.uint8)
    for colour, found in [((46, 46, 46), True), ((36, 46, 56), False), ((95, 95, 95), False), ((0, 0, 0), False)]:
        image = np.full_like(plate, colour)
        alike, darker = cast_colours(image, plate, np.ones((6, 6), np.bool_), GREY, **LIMITS)

        assert (alike == found).all()
        assert darker.all()


def test_a_shadow_of_its_own_hue() -> None:
    plate = np.full((6, 6, 3), 96, np.uint8)
    image = np.full_like(plate, (36, 46, 56))
    alike, _ = cast_colours(image, plate, np.ones((6, 6), np.bool_), np.array([0.8, 1, 1.2], np.float32), **LIMITS)

    assert alike.all()


def test_uneven_light_is_no_shadow() -> None:
    plate = np.full((20, 20, 3), 96, np.uint8)
    image = np.full_like(plate, 46)
    image[::2] = 76
    alike, _ = cast_colours(image, plate, np.ones((20, 20), np.bool_), GREY, **LIMITS)

    assert not alike.any()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (1, 1)])
def test_small_and_empty(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), np.uint8)
    alike, darker = cast_colours(picture, picture, np.ones(shape, np.bool_), GREY, **LIMITS)

    assert alike.shape == darker.shape == shape


def test_shapes_and_types_are_checked() -> None:
    picture, mask = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.bool_)
    with pytest.raises(KernelError, match=r"plate is a uint8 array of shape \(1, 2, 3\)"):
        cast_colours(picture, picture[1:], mask, GREY, **LIMITS)
    with pytest.raises(KernelError, match=r"hue is a float32 array of shape \(2,\)"):
        cast_colours(picture, picture, mask, GREY[1:], **LIMITS)
