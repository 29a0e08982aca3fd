"""The canvas of a moving camera: which samples lie where, and that bands change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from stillplate.camera.canvas import Coverage, place
from stillplate.camera.following import follow_camera
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.exclusion import Excluded, Exclusion
from stillplate.sampling.gather import gather
from tests.panning import images, true_path

COUNT = 16  # frames whose canvas is made in bands


def test_coverage_by_hand() -> None:
    """Two frames of 6 x 6 on a canvas of 8 x 6; two pixels at each edge are not used."""
    matrices = np.stack([np.eye(3), Transform.shifted(-2, 0).matrix])  # from the canvas to the frames
    excluded = np.zeros((6, 6), np.bool_)
    excluded[2, 2] = True
    validity = Excluded.of(Exclusion(excluded, end=0), 6, 6).validity([0, 1])  # type: ignore[list-item]  # whole seconds
    coverage = Coverage(matrices, (6, 6), (8, 6), validity)
    valid, known = coverage.rows(slice(2, 4))

    assert known.astype(int).tolist() == [[0, 0, 0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1, 0, 0]]
    assert (valid[0] & known).astype(int).tolist() == [[0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0]]
    assert (valid[1] & known).astype(int).tolist() == [[0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 0, 0]]
    assert valid[:, ~known].all()
    assert coverage.small(3, 4).astype(int).tolist() == [
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
    ]


@pytest.mark.parametrize("memory", [3 * 420 * COUNT, 3 * 420 * COUNT * 37, 2**30])
def test_the_canvas_is_the_same_in_any_bands(memory: int) -> None:
    """Warped band by band, from memory or from a file, each row comes out the same."""
    none, path = Excluded.of(None, 256, 64), replace(true_path(), size=(256, 64), canvas=(420, 104))
    source, least = ArraySource(images()[:COUNT, :64]), 3 * 256 * COUNT
    with gather(source, COUNT) as whole, gather(source, COUNT, memory=max(memory, least)) as stack:
        placed, coverage = place(stack, path, none)
        expected, _ = place(whole, path, none)
        plate = estimate_plate(placed, valid=coverage, memory=memory)
        assert (plate.image == estimate_plate(expected, valid=coverage).image).all()
        for number in (0, 15):
            assert (placed.image(number)[40:80] == expected.rows(slice(40, 80))[number]).all()


def test_a_path_that_holds_one_sample_is_none() -> None:
    source = ArraySource(images()[:12])

    assert follow_camera(source, range(4), 2**30) is not None
    assert follow_camera(source, [0], 2**30) is None
