"""Cast shadows, taken from the masks of things: against their plain twin, and by hand."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import CastLimits, CastShadows, _native, cast_shadow
from tests import naive_cast

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

ISAS = _native.isas()
LIMITS = CastLimits(4.0, 1.5, 0.1, 0.2, 0.05, 0.93, 2, 0, 0)
GREY, DEEP = np.ones(3, np.float32), np.ones(16, np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def scene(height: int, width: int, seed: int) -> tuple[Images, Images, Masks]:
    """A plate in light that varies from place to place, with noise, and things of some pixels and more."""
    random = np.random.default_rng(height * width + seed)
    light = cv2.GaussianBlur(random.random((height, width), np.float32), (0, 0), 6).reshape(height, width, 1)
    light = 0.1 + 0.9 * (light - light.min()) / max(float(np.ptp(light)), 0.1)
    plate = random.integers(100, 140, (height, width, 3)).astype(np.uint8)
    image = np.clip(plate * light + random.normal(0, 2, plate.shape), 0, 255).astype(np.uint8)
    things = cv2.GaussianBlur(random.random((height, width), np.float32), (0, 0), 2).reshape(height, width)
    return image, plate, np.asarray(things > np.quantile(things, (0.2, 0.5, 0.9)[seed]))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rim", [1, 3, 9])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 3), (5, 70), (40, 31), (30, 130)])
def test_against_the_plain_twin(height: int, width: int, rim: int, seed: int) -> None:
    image, plate, mask = scene(height, width, seed)
    hue, depth = np.array([0.96, 1, 1.04], np.float32), np.linspace(0.2, 1.2, 16, dtype=np.float32)
    limits = LIMITS._replace(rim=rim, least=6 * seed, small=20 * seed)
    cut, rest = cast_shadow(image, plate, mask, CastShadows(hue, depth, limits))
    expected = naive_cast.cast_shadow(image, plate, mask, hue, depth, limits)

    assert np.array_equal(cut, expected[0])
    assert np.array_equal(rest, expected[1])
    assert not (cut & ~mask).any()
    assert not (cut & rest).any()


def whole(image: Images, plate: Images, hue: npt.NDArray[np.float32] = GREY) -> Masks:
    """What is taken where all of a picture is one thing, and one shadow may reach through it."""
    mask = np.ones(image.shape[:2], np.bool_)
    return cast_shadow(image, plate, mask, CastShadows(hue, DEEP, LIMITS._replace(rim=20000)))[0]


def test_light_and_hue_by_hand() -> None:
    """Ground of level 96 and an offset of 4: half of the light is 46, and a change of 50 may deviate by 6.5."""
    plate = np.full((6, 6, 3), 96, np.uint8)
    for colour, found in [((46, 46, 46), True), ((36, 46, 56), False), ((95, 95, 95), False), ((0, 0, 0), False)]:
        assert (whole(np.full_like(plate, colour), plate) == found).all()


def test_a_shadow_of_its_own_hue() -> None:
    plate = np.full((6, 6, 3), 96, np.uint8)
    image = np.full_like(plate, (36, 46, 56))

    assert whole(image, plate, np.array([0.8, 1, 1.2], np.float32)).all()


def test_uneven_light_is_no_shadow() -> None:
    plate = np.full((20, 20, 3), 96, np.uint8)
    image = np.full_like(plate, 46)
    image[::2] = 76

    assert not whole(image, plate).any()


def test_no_deeper_than_usual_and_from_the_rim() -> None:
    """Of a dark bar, all is alike; where the ground is above or below it, a shadow is up to 3 of 5 pixels deep."""
    plate, mask = np.full((30, 40, 3), 96, np.uint8), np.zeros((30, 40), np.bool_)
    mask[10:19] = True
    image = np.where(mask[:, :, None], 46, plate).astype(np.uint8)
    cut, rest = cast_shadow(image, plate, mask, CastShadows(GREY, np.full(16, 0.61, np.float32), LIMITS))

    assert np.flatnonzero(cut.all(axis=1)).tolist() == [10, 11, 12, 16, 17, 18]
    assert np.array_equal(rest, mask & ~cut)


@pytest.mark.parametrize(("side", "kept"), [(5, True), (14, False)], ids=["small", "large"])
def test_of_small_things_nothing_is_taken(side: int, kept: bool) -> None:
    """Of a thing of which too little would be left, all stays, if it is so small that it has no rim."""
    plate, mask = np.full((60, 60, 3), 96, np.uint8), np.zeros((60, 60), np.bool_)
    mask[20 : 20 + side, 20 : 20 + side] = True
    image = np.where(mask[:, :, None], 46, plate).astype(np.uint8)
    cut, rest = cast_shadow(image, plate, mask, CastShadows(GREY, DEEP, LIMITS._replace(least=9, small=36)))

    assert np.array_equal(rest, mask if kept else mask & False)
    assert np.array_equal(cut, mask & ~rest)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (1, 1)])
def test_nothing_small_and_empty(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), np.uint8)
    cut, rest = cast_shadow(picture, picture, np.zeros(shape, np.bool_), CastShadows(GREY, DEEP, LIMITS))

    assert cut.shape == rest.shape == shape
    assert not (cut | rest).any()


def test_shapes_and_types_are_checked() -> None:
    picture, mask = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.bool_)
    with pytest.raises(KernelError, match=r"plate is a uint8 array of shape \(1, 2, 3\)"):
        cast_shadow(picture, picture[1:], mask, CastShadows(GREY, DEEP, LIMITS))
    with pytest.raises(KernelError, match=r"hue is a float32 array of shape \(2,\)"):
        CastShadows(GREY[1:], DEEP, LIMITS)
    with pytest.raises(KernelError, match=r"depth is a float32 array of shape \(15,\)"):
        CastShadows(GREY, DEEP[1:], LIMITS)
    with pytest.raises(KernelError, match="rim=0 given"):
        CastShadows(GREY, DEEP, LIMITS._replace(rim=0))
