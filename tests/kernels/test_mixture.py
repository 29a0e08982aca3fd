"""The kernels of light against their plain twins, and by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import LocalLimits, _native
from stillplate.photometry.mixture import LIMITS
from tests import naive_mixture

Images = npt.NDArray[np.uint8]

ISAS = _native.isas()
SHAPES = [(1, 1), (1, 40), (23, 1), (7, 9), (30, 41), (72, 96)]
LOCAL = LocalLimits(
    residual=16.0, least=2.0, sides=(7, 11), brightness=(-0.5, 1.0), rounds=4, ridge=25.0, robust=(40.0, 0.75),
    cap=48.0, remaining=0.6, noticed=0.02,
)  # fmt: skip
PLAIN = np.ones(3, np.float32), np.zeros(3, np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> Iterator[None]:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def pictures(count: int, height: int, width: int, seed: int = 0) -> list[Images]:
    """Smooth pictures that differ."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 230, (count, height // 4 + 1, width // 4 + 1, 3))
    return [part.repeat(4, 0).repeat(4, 1)[:height, :width].astype(np.uint8) for part in coarse]


def maps(*shape: int, scale: float = 20.0, seed: int = 0) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


@pytest.mark.parametrize(("height", "width", "step"), [(1, 1, 1), (7, 9, 1), (40, 60, 1), (97, 101, 3), (60, 40, 2)])
@pytest.mark.parametrize("states", [1, 2, 3, 5])
def test_fit(height: int, width: int, step: int, states: int) -> None:
    plates = pictures(states, height, width)
    shares = np.random.default_rng(1).dirichlet(np.ones(states))
    frame = 1.1 * sum(share * plate for share, plate in zip(shares, plates, strict=True)) - 4
    frame[: height // 4] = 120  # an object
    image = np.clip(frame, 0, 255).astype(np.uint8)
    slopes, offset = naive_mixture.fit_mixture(image, plates, step, LIMITS)
    fit = kernels.fit_mixture(image, plates, step, LIMITS)

    assert fit.slopes == pytest.approx(slopes, abs=1e-6)
    assert fit.offset == pytest.approx(offset, abs=1e-4)
    assert 0 <= fit.nearest < states


@pytest.mark.parametrize("level", [0, 1, 90, 250, 255])
def test_fit_of_even_pictures(level: int) -> None:
    even = np.full((20, 30, 3), level, np.uint8)
    plates = [*pictures(1, 20, 30), np.full((20, 30, 3), 90, np.uint8)]
    for image, states in ((even, plates), (plates[0], [even, plates[1]]), (even, [even, even])):
        slopes, offset = naive_mixture.fit_mixture(image, states, 1, LIMITS)
        fit = kernels.fit_mixture(image, states, 1, LIMITS)

        assert fit.slopes == pytest.approx(slopes, abs=1e-5)
        assert fit.offset == pytest.approx(offset, abs=1e-3)


def test_all_instruction_sets_agree() -> None:
    plates, image = pictures(3, 50, 71), pictures(1, 50, 71, seed=5)[0]
    field = maps(9, 13, 4, scale=0.1)
    found = []
    for name in ISAS:
        _native.use_isa(name)
        fit = kernels.fit_mixture(image, plates, 2, LIMITS)
        local = kernels.local_shares(image, plates[0], plates, PLAIN, 0, [(1, 0, 1), (2, 0, 1)], LOCAL)
        assert local is not None
        mixed = kernels.blend(plates, maps(3, 3, scale=0.4), field)
        found.append((fit.slopes.tobytes(), fit.offset.tobytes(), local.tobytes(), mixed.tobytes()))

    assert all(one == found[0] for one in found)


def partly_lit(plates: list[Images]) -> Images:
    """The first plate, at the left half way to the second, at the top brighter, with noise."""
    image = plates[0].astype(np.float32)
    height, width, _ = image.shape
    image[:, : width // 2] += 0.5 * (plates[1][:, : width // 2] - image[:, : width // 2])
    image[: height // 3] *= 1.2
    return np.asarray(np.clip(image + maps(height, width, 3, scale=3), 0, 255), np.uint8)


@pytest.mark.parametrize(("height", "width"), SHAPES)
@pytest.mark.parametrize("sides", [(2, 3), (7, 11), (25, 2)])
@pytest.mark.parametrize("states", [2, 4])
def test_local_shares(height: int, width: int, sides: tuple[int, int], states: int) -> None:
    plates, gain = (
        pictures(states, height, width),
        (np.array([1.1, 1, 0.9], np.float32), np.array([-4, 0, 5], np.float32)),
    )
    image, limits = partly_lit(plates), LOCAL._replace(sides=sides)
    beside = [(number, -0.1, 0.8) for number in range(1, states)]
    found = kernels.local_shares(image, plates[0], plates, gain, 0, beside, limits)
    expected = naive_mixture.local_shares(image, plates[0], plates, gain, 0, beside, limits)

    assert (found is None) == (expected is None)
    if found is not None:
        assert found == pytest.approx(expected, abs=1e-3)


def test_half_in_a_light_is_told() -> None:
    dark, lit = (np.full((40, 60, 3), level, np.uint8) for level in (60, 160))
    image = dark.copy()
    image[:, :30] = 110
    field = kernels.local_shares(image, dark, [dark, lit], PLAIN, 0, [(1, 0, 1)], LOCAL)

    assert field is not None
    assert field[:, :20, 1] == pytest.approx(0.5, abs=0.02)
    assert not field[:, 40:].any()
    assert np.array_equal(field[:, :, 0], -field[:, :, 1])


def test_noise_and_nothing_noticeable_have_no_local_shares() -> None:
    plates = pictures(2, 40, 60)
    image = np.clip(plates[0] + maps(40, 60, 3, scale=0.8), 0, 255).astype(np.uint8)

    assert kernels.local_shares(image, plates[0], plates, PLAIN, 0, [(1, 0, 1)], LOCAL) is None
    image = partly_lit(plates)
    assert kernels.local_shares(image, plates[0], plates, PLAIN, 0, [], LOCAL._replace(noticed=2.0)) is None


@pytest.mark.parametrize(("height", "width"), SHAPES)
@pytest.mark.parametrize("cells", [None, (1, 1), (5, 4), (72, 96)])
def test_blend(height: int, width: int, cells: tuple[int, int] | None) -> None:
    plates = pictures(3, height, width)
    shares = np.array([[0.7, 0.6, 0.8], [0.3, 0.4, 0.2], [0, 0, 0]], np.float32)
    field = None if cells is None else maps(*cells, 4, scale=0.1)
    mixed = kernels.blend(plates, shares, field)
    expected = naive_mixture.blend(plates, shares, field)

    assert np.abs(mixed.astype(int) - expected).max() <= 1
    assert np.count_nonzero(mixed != expected) <= (0 if field is None else 1e-3 * mixed.size)


def test_blend_by_hand() -> None:
    plates = [np.full((2, 3, 3), level, np.uint8) for level in (40, 200)]
    half = np.full((2, 3), 0.5, np.float32)
    field = np.zeros((1, 1, 3), np.float32)
    field[0, 0] = (0.25, -0.25, 0.5)

    assert (kernels.blend(plates, half, None) == 120).all()
    assert (kernels.blend(plates, half, field) == 120).all()  # 1.5 (0.75 · 40 + 0.25 · 200)
    assert (kernels.blend(plates, 4 * half, None) == 255).all()


@pytest.mark.parametrize(("height", "width"), SHAPES)
@pytest.mark.parametrize("coloured", [False, True])
def test_other_light(height: int, width: int, coloured: bool) -> None:
    random = np.random.default_rng(3)
    plate, other = pictures(2, height, width)
    share = random.random((height, width, 1)).round()
    noise = random.normal(0, 2, plate.shape)
    image = np.clip(plate + share * (other.astype(float) - plate) + noise, 0, 255).astype(np.uint8)
    weak = random.random((height, width)) < 0.9
    level, colour = (np.full((height, width), value, np.float32) for value in (8, 5))
    limits = level, colour if coloured else None
    expected = naive_mixture.other_light((image, plate, other), weak, limits, between=0.4, there=0.85)
    found = kernels.other_light((image, plate, other), weak, limits, between=0.4, there=0.85)

    assert np.array_equal(found, expected)


def test_nothing() -> None:
    none, shape = np.zeros((0, 5, 3), np.uint8), (0, 5)
    flags, level = np.zeros(shape, np.bool_), np.zeros(shape, np.float32)

    assert kernels.fit_mixture(none, [none], 1, LIMITS).slopes.tolist() == [[1], [1], [1]]
    assert kernels.local_shares(none, none, [none], PLAIN, 0, [], LOCAL) is None
    assert kernels.blend([none], np.ones((1, 3), np.float32), None).shape == none.shape
    assert kernels.other_light((none, none, none), flags, (level, None), between=0.4, there=0.85).shape == shape


def test_parts_of_larger_arrays() -> None:
    plates, image = pictures(2, 40, 60), pictures(1, 40, 60, seed=2)[0]
    parts, own = [plate[::2, 5:47] for plate in plates], image[::2, 5:47]
    dense = [np.ascontiguousarray(part) for part in parts]
    fit, expected = kernels.fit_mixture(own, parts, 1, LIMITS), kernels.fit_mixture(own.copy(), dense, 1, LIMITS)

    assert np.array_equal(fit.slopes, expected.slopes)
    shares = np.full((2, 3), 0.5, np.float32)
    assert np.array_equal(kernels.blend(parts, shares, None), kernels.blend(dense, shares, None))


def test_arguments_are_checked() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(KernelError, match="9 plates given; there must be 1 to 8"):
        kernels.fit_mixture(image, [image] * 9, 1, LIMITS)
    with pytest.raises(KernelError, match="0 plates given"):
        kernels.blend([], np.zeros((0, 3), np.float32), None)
    with pytest.raises(KernelError, match=r"plates is a uint8 array of shape \(3, 5, 3\)"):
        kernels.fit_mixture(image, [image[:3]], 1, LIMITS)
    with pytest.raises(KernelError, match="step=0 given"):
        kernels.fit_mixture(image, [image], 0, LIMITS)
    with pytest.raises(KernelError, match=r"sides=\(3, 1\) given"):
        kernels.local_shares(image, image, [image], PLAIN, 0, [], LOCAL._replace(sides=(3, 1)))
    with pytest.raises(KernelError, match="they must be states of 1"):
        kernels.local_shares(image, image, [image], PLAIN, 0, [(1, 0, 1)], LOCAL)
    with pytest.raises(KernelError, match="scale is a float64"):
        kernels.local_shares(image, image, [image], (np.ones(3), PLAIN[1]), 0, [], LOCAL)  # type: ignore[arg-type]  # what is tested
    with pytest.raises(KernelError, match="it must have a cell"):
        kernels.blend([image], np.ones((1, 3), np.float32), np.zeros((0, 2, 2), np.float32))
    with pytest.raises(KernelError, match="weak is a uint8"):
        level = np.zeros((4, 5), np.float32)
        kernels.other_light((image,) * 3, image[:, :, 0], (level, None), between=0.4, there=0.85)  # type: ignore[arg-type]  # what is tested
