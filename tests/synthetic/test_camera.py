from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.synthetic import camera, street

PLATE, SIZE, FRAMES = (480, 200), (240, 136), 25


def corners(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where the corners of a frame lie on the plate: float64 of shape (4, 2)."""
    right, bottom = SIZE[0] - 1, SIZE[1] - 1
    seen = np.array([[0, 0, 1], [right, 0, 1], [right, bottom, 1], [0, bottom, 1.0]]) @ matrix.T
    return np.asarray(seen[:, :2] / seen[:, 2:])


CAMERAS = {
    "pan": camera.pan(PLATE, SIZE, FRAMES),
    "turn": camera.joined(camera.pan(PLATE, SIZE, FRAMES, focal=400.0), camera.zoom(SIZE, FRAMES, factor=1.05)),
    "back": camera.pan(PLATE, SIZE, FRAMES, back=True),
    "shake": camera.joined(camera.centred(PLATE, SIZE), camera.shake(SIZE, 5.0)),
    "zoom": camera.joined(camera.centred(PLATE, SIZE), camera.zoom(SIZE, FRAMES)),
    "roll": camera.joined(camera.centred(PLATE, SIZE), camera.roll(SIZE, FRAMES)),
}


@pytest.mark.parametrize("name", sorted(set(CAMERAS) - {"turn"}))
def test_all_of_the_frame_is_on_the_plate(name: str) -> None:
    for index in range(FRAMES):
        seen = corners(CAMERAS[name](index))

        assert seen.min() >= -1e-9
        assert (seen <= np.array(PLATE) - 1 + 1e-9).all()


def test_a_pan_goes_from_edge_to_edge() -> None:
    there, back = CAMERAS["pan"], CAMERAS["back"]

    assert corners(there(0))[0, 0] == pytest.approx(0)
    assert corners(there(FRAMES - 1))[1, 0] == pytest.approx(PLATE[0] - 1)
    assert corners(back(FRAMES // 2))[1, 0] == pytest.approx(PLATE[0] - 1)
    assert np.allclose(back(FRAMES - 1), back(0))


def test_a_camera_that_turns_sees_in_perspective() -> None:
    """At the left its left edge is the longer one on the plate; in the middle it sees the plate as it is."""
    turning = camera.pan(PLATE, SIZE, FRAMES, focal=400.0)
    left = corners(turning(0))

    assert left[:, 0].min() == pytest.approx(0, abs=1)
    assert left[3, 1] - left[0, 1] > 1.05 * (left[2, 1] - left[1, 1])
    assert np.allclose(turning(FRAMES // 2), camera.centred(PLATE, SIZE)(0))


def test_a_hand_trembles_as_much_as_told() -> None:
    moved = np.array([camera.shake(SIZE, 5.0, seed=3)(index) @ (120, 68, 1.0) for index in range(2000)])[:, :2]

    assert (moved - (120, 68)).std(axis=0) == pytest.approx([5, 5], rel=0.1)
    assert not np.array_equal(camera.shake(SIZE, 5.0, seed=4)(7), camera.shake(SIZE, 5.0, seed=3)(7))


def test_zoom_and_roll_keep_the_middle() -> None:
    middle = np.array([(SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2, 1.0])
    for one in (camera.zoom(SIZE, FRAMES), camera.roll(SIZE, FRAMES)):
        assert np.allclose(one(9) @ middle, middle)

    assert np.linalg.det(camera.zoom(SIZE, FRAMES, factor=2.0)(FRAMES - 1)) == pytest.approx(1 / 4)


def test_a_street_seen_by_it() -> None:
    """Frames of the camera's size; what it sees is where it says."""
    clip = street(*PLATE, frames=FRAMES, noise=0, walkers=0, vehicles=0, camera=CAMERAS["pan"], size=SIZE)
    left = round(corners(clip.transform(0))[0, 0])

    assert np.array_equal(clip.frame(0).image, clip.plate[32 : 32 + SIZE[1], left : left + SIZE[0]])
