"""The kernels that register images, against their plain twins and on known motions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.imaging.homography import MODELS, exponential, generators, inverse, project
from stillplate.kernels import AlignedPixels, _native
from tests import naive_alignment

Doubles = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]

ISAS = _native.isas()
SIZE = (60, 40)
PAIRS: dict[str, Any] = {"rounds": 8, "damping": 1e-6, "enough": 1e-5}
ALIGN: dict[str, Any] = {"steps": 6, "fewest": 16, "farthest": 4.0, "least_step": 3e-5, "noise": 2.0}


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> Iterator[None]:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def motion(model: str, strength: float, seed: int = 0) -> Doubles:
    basis = generators(model, *SIZE)
    return exponential(np.tensordot(np.random.default_rng(seed).normal(0, strength, len(basis)), basis, 1))


def pairs(count: int, model: str) -> tuple[Doubles, Doubles, Doubles]:
    """Points, where they go, but for every fourth, and weights."""
    random = np.random.default_rng(count)
    sources = random.uniform((0, 0), SIZE, (count, 2))
    targets = project(motion(model, 0.05), sources) + random.normal(0, 0.1, (count, 2))
    targets[::4] += (9, -5)
    return sources, targets, random.uniform(0.5, 2, count)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [1, 4, 15, 16, 17, 97])
def test_pairs(model: str, count: int) -> None:
    basis, scales = generators(model, *SIZE), (3.0, 1.5, 0.8)
    found = kernels.fit_pairs(basis, np.eye(3), *pairs(count, model), scales, **PAIRS)
    expected = naive_alignment.fit_pairs(basis, np.eye(3), *pairs(count, model), scales, **PAIRS)

    assert found == pytest.approx(expected, abs=1e-6 if count >= 15 else 1e-3)


def test_exact_pairs_are_fitted_exactly() -> None:
    true = motion("homography", 0.05)
    sources = pairs(40, "homography")[0]
    found = kernels.fit_pairs(
        generators("homography", *SIZE), np.eye(3), sources, project(true, sources), np.ones(40), (np.inf,), **PAIRS
    )

    assert found == pytest.approx(true / true[2, 2], abs=1e-8)


def test_iterations_that_diverge_end_where_they_began() -> None:
    sources, targets, weights = pairs(30, "homography")
    start = np.diag([1.0, 1.0, 1.0])
    found = kernels.fit_pairs(
        generators("homography", *SIZE), start, sources, targets + 500, weights, (np.inf,), **PAIRS
    )

    assert np.array_equal(found, start)


def picture(moved: npt.NDArray[Any], height: int = 40, width: int = 60) -> Map:
    """A smooth pattern, seen through a homography from its pixels to the picture's."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    places = project(inverse(moved), np.column_stack([x.ravel(), y.ravel()]))
    u, v = places.T.reshape(2, height, width)
    return np.asarray(120 + 50 * np.sin(u / 4 + v / 9) + 40 * np.cos(v / 5 - u / 11), np.float32)


def prepared(image: Map, model: str, step: int = 2) -> AlignedPixels:
    """Every second pixel of an image."""
    height, width = image.shape
    y, x = np.mgrid[2 : height - 2 : step, 2 : width - 2 : step].reshape(2, -1)
    slopes = [cv2.Sobel(image, cv2.CV_32F, *order, scale=1 / 8)[y, x] for order in ((1, 0), (0, 1))]
    basis = generators(model, width, height)
    places = np.column_stack([x, y]).astype(np.float64)
    change = basis @ np.column_stack([places, np.ones(len(x))]).T
    moves = change[:, :2] - places.T * change[:, 2:]
    columns = [*(slopes[0] * moves[:, 0] + slopes[1] * moves[:, 1]), image[y, x], np.ones(len(x))]
    steep = np.asarray(np.maximum(np.hypot(*slopes), 0.1), np.float32)
    return AlignedPixels(places, image[y, x], steep, np.array(columns, np.float32), basis)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("trusted", [False, True])
def test_align(model: str, trusted: bool) -> None:
    pixels = prepared(picture(np.eye(3)), model)
    frame = np.asarray(1.1 * picture(motion(model, 0.01)) - 6, np.float32)
    frame[:12, :20] = 30  # an object
    trust = np.random.default_rng(0).random(len(pixels.places)).astype(np.float32) if trusted else None
    found, distance = kernels.align(frame, pixels, np.eye(3), trust, **ALIGN)
    expected, far = naive_alignment.align(frame, pixels, np.eye(3), trust, **ALIGN)

    assert found == pytest.approx(expected, abs=1e-4)
    assert distance == pytest.approx(far, rel=1e-3)


def test_a_known_motion_is_found() -> None:
    true = motion("homography", 0.01)
    found, distance = kernels.align(picture(true), prepared(picture(np.eye(3)), "homography"), np.eye(3), None, **ALIGN)
    ends = np.array([(0.0, 0), (59, 0), (59, 39), (0, 39)])

    assert project(found, ends) == pytest.approx(project(true, ends), abs=0.15)
    assert distance < 0.1


def test_what_moves_too_far_or_shows_too_little_is_left_as_it_was() -> None:
    pixels, frame = prepared(picture(np.eye(3)), "homography"), picture(motion("homography", 0.01))
    start = np.eye(3)
    few = kernels.align(frame, pixels, start, None, **{**ALIGN, "fewest": len(pixels.places) + 1})
    outside = kernels.align(frame, pixels, np.array([[1, 0, 500.0], [0, 1, 0], [0, 0, 1]]), None, **ALIGN)
    behind = kernels.align(frame, pixels, np.diag([1.0, 1, -1]), None, **ALIGN)

    assert np.array_equal(kernels.align(frame, pixels, start, None, **{**ALIGN, "farthest": 0.0})[0], start)
    assert few[1] == outside[1] == behind[1] == np.inf
    assert np.array_equal(few[0], start)


@pytest.mark.parametrize("level", [0, 90])
def test_an_even_frame(level: int) -> None:
    pixels = prepared(picture(np.eye(3)), "homography")
    even = np.full((40, 60), level, np.float32)
    found, distance = kernels.align(even, pixels, np.eye(3), None, **ALIGN)
    expected, far = naive_alignment.align(even, pixels, np.eye(3), None, **ALIGN)

    assert project(found, pixels.places) == pytest.approx(project(expected, pixels.places), abs=0.05)
    assert distance == pytest.approx(far, rel=1e-2)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (11, 40), (12, 12), (31, 50), (40, 67)])
@pytest.mark.parametrize("hidden", [False, True])
def test_steepest(height: int, width: int, hidden: bool) -> None:
    random = np.random.default_rng(height)
    image = random.integers(0, 256, (height, width)).astype(np.float32)
    image[: height // 2, : width // 3] = 90
    known = (random.random((height, width)) < 0.98).astype(np.uint8) if hidden else None
    basis = generators("homography", max(width, 2), max(height, 2))
    found = kernels.steepest(image, known, basis, cell=12, most=5, least=1.0)
    expected = naive_alignment.steepest(image, known, basis, cell=12, most=5, least=1.0)

    assert np.array_equal(found.places, expected.places)
    assert found.steep == pytest.approx(expected.steep, rel=1e-5)
    assert found.levels == pytest.approx(expected.levels)
    assert found.columns == pytest.approx(expected.columns, rel=1e-4, abs=1e-3)


def test_all_instruction_sets_agree() -> None:
    found = []
    for name in ISAS:
        _native.use_isa(name)
        pixels = prepared(picture(np.eye(3)), "homography")
        matrix, distance = kernels.align(picture(motion("homography", 0.01)), pixels, np.eye(3), None, **ALIGN)
        fitted = kernels.fit_pairs(
            generators("homography", *SIZE), np.eye(3), *pairs(97, "homography"), (3.0, 0.8), **PAIRS
        )
        picked = kernels.steepest(picture(np.eye(3)), None, pixels.basis, cell=12, most=5, least=1.0)
        found.append((matrix.tobytes(), distance, fitted.tobytes(), *(one.tobytes() for one in picked)))

    assert all(one == found[0] for one in found)


def test_arguments_are_checked() -> None:
    basis, eye, four = generators("affine", *SIZE), np.eye(3), np.zeros((4, 2))
    with pytest.raises(KernelError, match="9 generators given; there must be 1 to 8"):
        kernels.fit_pairs(np.zeros((9, 3, 3)), eye, four, four, np.ones(4), (1.0,), **PAIRS)
    with pytest.raises(KernelError, match=r"targets is a float64 array of shape \(3, 2\)"):
        kernels.fit_pairs(basis, eye, four, four[:3], np.ones(4), (1.0,), **PAIRS)
    with pytest.raises(KernelError, match=r"columns is a float32 array of shape \(5, "):
        pixels = prepared(picture(eye), "affine")
        kernels.align(picture(eye), pixels._replace(columns=pixels.columns[:5]), eye, None, **ALIGN)
    assert np.array_equal(kernels.fit_pairs(basis, eye, four[:0], four[:0], np.ones(0), (1.0,), **PAIRS), eye)
