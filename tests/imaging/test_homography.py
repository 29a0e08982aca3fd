"""Homographies and what finds them: drawn cases whose answer is known."""

import cv2
import numpy as np
import pytest

from stillplate import synthetic
from stillplate.camera.bundle_adjustment import Link, adjust
from stillplate.camera.canvas_layout import lay_out
from stillplate.camera.corners import find_corners, follow, spread_weights
from stillplate.camera.pair_fit import fit_pairs
from stillplate.camera.refinement import Refinement
from stillplate.imaging.homography import (
    MODELS,
    corners_of,
    exponential,
    generators,
    inverse,
    model_residuals,
    project,
    project_with_jacobian,
    ransac_similarity,
    scaling_matrix,
    unimodular,
)
from stillplate.imaging.transform import Transform

SIZE = (320, 180)


def some_homography(strength: float, seed: int = 0) -> np.ndarray:
    """One that moves the picture's corners by about so many pixels."""
    ends = corners_of(SIZE).astype(np.float32)
    moved = ends + np.random.default_rng(seed).normal(0, strength / 1.25, (4, 2)).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ends, moved), np.float64)


def far(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of the picture's corners, in pixels."""
    ends = corners_of(SIZE)
    return float(np.linalg.norm(project(one, ends) - project(other, ends), axis=1).mean())


@pytest.mark.parametrize("model", MODELS)
def test_slopes_are_those_of_project(model: str) -> None:
    """Against differences."""
    points, matrix, basis = corners_of(SIZE) * 0.9 + 5, some_homography(20), generators(model, *SIZE)
    there, slope = project_with_jacobian(matrix, basis, points)
    for generator, change in zip(basis, slope, strict=True):
        step = project(matrix @ exponential(1e-6 * generator), points) - project(matrix, points)
        assert pytest.approx(change, rel=1e-3, abs=1e-2) == (step / 1e-6).T

    assert there == pytest.approx(project(matrix, points))


@pytest.mark.parametrize("outliers", [0, 0.45])
def test_pairs_most_of_which_agree(outliers: float) -> None:
    """150 pairs, 0.2 pixels of noise; nearly half move as something else does."""
    rng, true = np.random.default_rng(1), some_homography(6)
    one = rng.uniform((0, 0), SIZE, (150, 2))
    other = project(true, one) + rng.normal(0, 0.2, one.shape)
    astray = rng.random(150) < outliers
    other[astray] += (12, -7)
    weights = spread_weights(one, (SIZE[1], SIZE[0]))
    start = ransac_similarity(one, other, weights, 4.0)
    found = fit_pairs("homography", SIZE, start, one, other, weights, (3.0, 1.5, 0.8))

    assert far(found, true) < 0.25


def test_simpler_models_keep_their_form() -> None:
    one = np.random.default_rng(1).uniform((0, 0), SIZE, (50, 2))
    other = project(some_homography(10), one)
    shift, similarity, affinity = (
        fit_pairs(model, SIZE, np.eye(3), one, other, np.ones(50), (np.inf,)) for model in MODELS[:3]
    )

    assert shift[:, :2] == pytest.approx(np.eye(3)[:, :2])
    assert similarity[0, 0] == pytest.approx(similarity[1, 1])
    assert similarity[0, 1] == pytest.approx(-similarity[1, 0])
    assert affinity[2] == pytest.approx([0, 0, 1])


def test_residuals_of_a_turn() -> None:
    """By hand: a quarter turn of a cross of four points is no shift (each is off by √2), but a similarity."""
    cross = np.array([(1.0, 0), (0, 1), (-1, 0), (0, -1)])
    shift, similarity, affinity = model_residuals(cross, np.roll(cross, -1, axis=0) + 5)

    assert shift == pytest.approx(2**0.5)
    assert similarity == pytest.approx(0, abs=1e-12)
    assert affinity == pytest.approx(0, abs=1e-12)


def test_resized_is_scaled() -> None:
    assert scaling_matrix((160, 90), SIZE) == pytest.approx(np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]]))


def test_bundle_closes_a_loop() -> None:
    """Eight views around a loop, each known from the last by 100 points with noise: it closes."""
    rng = np.random.default_rng(2)
    true = [Transform.shifted(x, y).matrix @ some_homography(5, n) for n, (x, y) in enumerate(
        [(0, 0), (120, 0), (240, 0), (240, 80), (240, 160), (120, 160), (0, 160), (0, 80)])]  # fmt: skip
    links = []
    for one in range(8):
        other = (one + 1) % 8
        here = rng.uniform((0, 0), SIZE, (100, 2))
        there = project(inverse(true[other]) @ true[one], here)
        seen = (there > 0).all(axis=1) & (there < SIZE).all(axis=1)
        links.append(Link(one, other, here[seen], there[seen] + rng.normal(0, 0.15, (int(seen.sum()), 2))))
    drifted = [true[n] @ exponential(np.tensordot(rng.normal(0, 0.004 * n, 8), generators("homography", *SIZE), 1))
               for n in range(8)]  # fmt: skip
    placed = adjust(drifted, links, "homography", SIZE)
    before = max(far(drifted[n], true[n]) for n in range(8))
    after = max(far(placed[n], true[n] @ inverse(true[0]) @ placed[0]) for n in range(8))

    assert before > 4
    assert after < 0.8


def test_layout_by_hand() -> None:
    """Three frames side by side: seen from the first as from any, the canvas is as wide as all."""
    layout = lay_out(np.array([Transform.shifted(100.0 * n, -10.0 * n).matrix for n in range(3)]), (200, 50))

    assert layout.canvas == (400, 70)
    assert layout.fits.all()
    assert layout.matrices[0] == pytest.approx(Transform.shifted(0, 20).matrix)


def test_layout_of_a_view_behind() -> None:
    """A camera that turns right round is kept as far as it looks the same way."""
    lens = np.array([[300.0, 0, 159.5], [0, 300, 89.5], [0, 0, 1]])
    views = []
    for angle in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        views.append(unimodular(lens @ turn @ inverse(lens)))
    layout = lay_out(np.array(views), SIZE)

    assert 5 < layout.fits.sum() < 20
    assert layout.fits[layout.reference]
    assert np.prod(layout.canvas) <= 24 * SIZE[0] * SIZE[1]


def test_corners_are_spread_and_found_again() -> None:
    """In a picture moved by 9 pixels, nearly all come back to where they were."""
    image = synthetic.street(400, 240, 1, noise=2, vehicles=0).frame(0).image
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    one, other = (np.asarray(grey[y : y + 180, x : x + 320], np.uint8).copy() for x, y in ((20, 20), (29, 25)))
    corners = find_corners(one)
    there, kept = follow(one, other, corners, 3)

    assert len(corners) > 60
    assert spread_weights(corners, one.shape).max() <= 2
    assert kept.mean() > 0.7
    assert np.median(there[kept] - corners[kept], axis=0) == pytest.approx((-9, -5), abs=0.05)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (20, 20), (180, 320)])
def test_flat_pictures_have_no_corners(shape: tuple[int, int]) -> None:
    grey = np.full(shape, 99, np.uint8)

    assert find_corners(grey).shape == (0, 2)
    assert follow(grey, grey, find_corners(grey), 2)[1].shape == (0,)


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_refinement_against_the_plate(gain: float) -> None:
    """Off by 1.5 pixels, walkers and noise before it, in another light: a quarter of a pixel remains."""
    true = Transform.shifted(60, 30).matrix @ some_homography(8)
    clip = synthetic.street(480, 270, 30, noise=3, vehicles=0, camera=lambda _: true, size=SIZE, light=lambda _: gain)
    refinement = Refinement(clip.plate, SIZE)
    for seed in range(4):
        given = Transform(true @ some_homography(1.5, seed))
        found, away = refinement.refine(clip.frame(7 * seed).image, given)

        assert far(inverse(true) @ found.matrix, np.eye(3)) < 0.25
        assert away < 0.5


def test_refinement_that_cannot_tell() -> None:
    """A flat plate, or one that is known nowhere: the place stays as given."""
    given, flat = Transform.shifted(4, 5), np.full((200, 400, 3), 90, np.uint8)
    busy = np.random.default_rng(0).integers(0, 256, (200, 400, 3), dtype=np.uint8)
    for plate, seen in ((flat, None), (busy, np.zeros((200, 400), np.bool_))):
        found, away = Refinement(plate, SIZE, seen).refine(busy[:180, :320], given)

        assert (found.matrix == given.matrix).all()
        assert away == np.inf


@pytest.mark.parametrize("size", [(1, 1), (7, 90), (33, 17)])
def test_refinement_of_tiny_pictures(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    found, _ = Refinement(picture, size).refine(picture, Transform.shifted(0, 0))

    assert found.matrix == pytest.approx(np.eye(3), abs=1e-3)
