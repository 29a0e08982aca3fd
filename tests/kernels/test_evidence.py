"""The kernels that compare a frame with the plate, against their twins."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.photometry.gain import EXPOSURE, estimate_gain
from stillplate.segmentation.noise import signed_difference, smooth, smoothing_weights
from tests import naive_evidence

Floats = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]

ISAS = _native.isas()
SHAPES = [(1, 1), (1, 7), (2, 3), (5, 3), (13, 17), (6, 70), (33, 64)]
WEIGHTS = np.array([0.4, 0.2, 0.1], np.float32)
USUAL = ((0.5, 1.54), (0.75, 2.03))


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def pictures(height: int, width: int) -> tuple[Images, Images]:
    one, other = np.random.default_rng(height * width).integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    return one, other


def maps(count: int, *shape: int, seed: int = 0) -> list[Floats]:
    return list(np.random.default_rng(seed).gamma(2, 4, (count, *shape)).astype(np.float32))


def of_each_isa(call: Any) -> set[bytes]:
    results = set()
    for name in ISAS:
        _native.use_isa(name)
        results.add(b"".join(one.tobytes() for one in call()))
    return results


@pytest.mark.parametrize("radius", [0, 1, 2])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_comparison(height: int, width: int, radius: int) -> None:
    image, plate = pictures(height, width)
    factors, weights = np.stack(maps(6, height, width)), WEIGHTS[: radius + 1]
    found = kernels.compare(image, plate, weights, colour=True, factors=factors)

    for one, expected in zip(found, naive_evidence.compare(image, plate, weights, factors), strict=True):
        assert one == pytest.approx(expected, rel=1e-5)
    assert np.array_equal(found.difference, kernels.difference(image, plate))


def test_only_what_is_wanted_is_compared() -> None:
    image, plate = pictures(12, 20)
    every = kernels.compare(image, plate, WEIGHTS, colour=True, factors=np.stack(maps(6, 12, 20)))
    few = kernels.compare(image, plate, WEIGHTS)

    assert few.colour is None
    assert few.distance is None
    assert np.array_equal(few.level, every.level)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_the_weights_are_those_of_the_smoothing(factor: int) -> None:
    image, plate = pictures(40, 31)
    factors = np.stack(maps(6, 40, 31)) / np.float32(20)  # of ground that differs by some levels
    found = kernels.compare(image, plate, smoothing_weights(factor), factors=factors)

    assert found.level == pytest.approx(smooth(kernels.difference(image, plate), factor), rel=1e-3)
    expected = kernels.whitened(signed_difference(image, plate, factor), factors)
    assert found.distance == pytest.approx(expected, rel=2e-3, abs=0.1)


@pytest.mark.parametrize("reach", [0, 1, 3, 13])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_ratio(height: int, width: int, reach: int) -> None:
    difference, least, more = maps(3, height, width)
    limits = least, least + more
    ratio = kernels.local_ratio(difference, limits, reach=reach, share=0.25, weight=1.5)

    assert np.array_equal(ratio, naive_evidence.local_ratio(difference, limits, reach, 0.25, 1.5))


def test_the_larger_of_two_ratios() -> None:
    first, second, least, more = maps(4, 9, 14)
    keywords: dict[str, Any] = {"reach": 2, "share": 0.25, "weight": 1}
    one, two = (kernels.local_ratio(part, (least, least + more), **keywords) for part in (first, second))
    expected = np.maximum(one, two)

    assert np.array_equal(kernels.local_ratio(second, (least, least + more), **keywords, beside=one), expected)


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_faint_ratio(height: int, width: int, every: int) -> None:
    distances, level, far, least = maps(4, height, width)
    expected = naive_evidence.faint_ratio(distances, level, (far, least), (2, 3), every, (0.25, 1 / 12), USUAL, 1.5)
    found = kernels.faint_ratio(
        distances, level, (far, least), reach=(2, 3), every=every, shares=(0.25, 1 / 12), usual=USUAL, weight=1.5
    )

    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("value", [0, 7.5])
def test_even_maps(value: float) -> None:
    """A frame of one distance everywhere, whose order says nothing."""
    even, one = np.full((20, 30), value, np.float32), np.ones((20, 30), np.float32)
    found = kernels.faint_ratio(
        even, even, (one, one), reach=(2, 3), every=3, shares=(0, 0), usual=USUAL, weight=1
    )  # fmt: skip

    assert found == pytest.approx(np.minimum(even, 1.54))


@pytest.mark.parametrize(("height", "width", "step"), [(40, 60, 1), (180, 321, 5), (97, 101, 3)])
def test_gain(height: int, width: int, step: int) -> None:
    random = np.random.default_rng(0)
    plate = random.integers(20, 200, (height, width, 3)).astype(np.uint8)
    image = np.clip(plate * np.array([1.1, 0.9, 1.0]) + [3, -4, 0] + random.normal(0, 2, plate.shape), 0, 255)
    image[: height // 3] = 120  # an object
    frame = image.astype(np.uint8)
    found = kernels.robust_gain(frame, plate, step, EXPOSURE)

    assert found == pytest.approx(naive_evidence.robust_gain(frame, plate, step), abs=2e-3)


def test_gain_of_too_few_pixels() -> None:
    dark = np.zeros((40, 40, 3), np.uint8)

    assert not estimate_gain(dark, dark).noticeable
    assert not estimate_gain(dark[:0], dark[:0]).noticeable
    assert not estimate_gain(dark[:5, :5] + np.uint8(90), dark[:5, :5] + np.uint8(80)).noticeable


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_joined_evidence(height: int, width: int) -> None:
    ratio, faint = maps(2, height, width)
    lasting = np.random.default_rng(1).random((height, width)) < 0.5
    joined, risen = kernels.join_faint(ratio, faint, lasting)

    assert np.array_equal(risen, lasting & (faint > ratio))
    assert np.array_equal(joined, np.where(risen, faint, ratio))


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_weights_of_pixels(height: int, width: int) -> None:
    quietness, level, sure, ratio = maps(4, height, width)
    for risen in (None, ratio > 6):
        found = kernels.weigh_pixels(quietness, level, sure, ratio, risen, 1.6)

        assert np.array_equal(found, naive_evidence.weigh_pixels(quietness, level, sure, ratio, risen, 1.6))


def test_every_instruction_set_finds_the_same() -> None:
    image, plate = pictures(60, 131)
    difference, least, more, far = maps(4, 60, 131)
    factors = np.stack(maps(6, 60, 131))

    def all_of_them() -> list[npt.NDArray[Any]]:
        gain = estimate_gain(image, plate)
        compared = kernels.compare(image, plate, WEIGHTS, colour=True, factors=factors)
        ratio = kernels.local_ratio(difference, (least, more), reach=3, share=0.25, weight=1)
        faint = kernels.faint_ratio(
            difference, more, (far, least), reach=(2, 3), every=3, shares=(0.2, 0.1), usual=USUAL, weight=1
        )
        return [gain.scale, gain.offset, *(one for one in compared if one is not None), ratio, faint]

    assert len(of_each_isa(all_of_them)) == 1


def test_parts_of_larger_pictures() -> None:
    image, plate = (picture[::2, 1:6] for picture in pictures(8, 9))
    factors = np.stack(maps(6, 8, 9))[:, ::2, 1:6]
    expected = kernels.compare(image.copy(), plate.copy(), WEIGHTS, factors=factors.copy())
    found = kernels.compare(image, plate, WEIGHTS, factors=factors)

    assert np.array_equal(found.level, expected.level)
    assert found.distance is not None
    assert np.array_equal(found.distance, expected.distance)  # type: ignore[arg-type]  # it was wanted
    assert kernels.compare(image[:0], plate[:0], WEIGHTS).level.shape == (0, 5)


def test_shapes_and_types_are_checked() -> None:
    image, plate = pictures(4, 5)
    one = np.zeros((4, 5), np.float32)
    with pytest.raises(KernelError, match=r"factors is a float32 array of shape \(6, 4, 4\)"):
        kernels.compare(image, plate, WEIGHTS, factors=np.zeros((6, 4, 4), np.float32))
    with pytest.raises(KernelError, match=r"thresholds is a float32 array of shape \(3, 5\)"):
        kernels.local_ratio(one, (one, one[1:]), reach=1, share=0.25, weight=1)
    with pytest.raises(KernelError, match="a reach of -1"):
        kernels.local_ratio(one, (one, one), reach=-1, share=0.25, weight=1)
    far = (1, 1 << 15)
    with pytest.raises(KernelError, match="a reach of 32768"):
        kernels.faint_ratio(one, one, (one, one), reach=far, every=1, shares=(0, 0), usual=USUAL, weight=1)
    with pytest.raises(KernelError, match="every=0 given"):
        kernels.faint_ratio(one, one, (one, one), reach=(1, 1), every=0, shares=(0, 0), usual=USUAL, weight=1)
