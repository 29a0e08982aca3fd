"""A tripod that is knocked: another view from one frame on, or for a while."""

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.camera.stability import CameraMotion, measure_camera
from stillplate.io.opening import opened
from stillplate.sampling.gather import gather
from stillplate.synthetic import SyntheticClip, camera

PLATE, SIZE, FRAMES = (320, 230), (240, 160), 48


def measured(clip: SyntheticClip | npt.NDArray[np.uint8]) -> CameraMotion:
    with opened(clip) as frames, gather(frames, 48, neighbours=True) as stack:
        return measure_camera(stack)


def street(*ways: camera.Camera, frames: int = FRAMES) -> SyntheticClip:
    held = camera.joined(camera.centred(PLATE, SIZE), *ways)
    return synthetic.street(*PLATE, frames, seed=2, noise=2, walkers=3, camera=held, size=SIZE)


@pytest.mark.parametrize(
    ("frame", "x", "y"), [(24, 7, 0), (24, 30, 0), (44, 0, 11), (3, 6, 4), (47, 14, 3), (30, -3, 0)]
)
def test_knocked_once(frame: int, x: float, y: float) -> None:
    """Early, late, at half of the clip; by a few pixels and by many."""
    found = measured(street(camera.knocked(frame, x, y)))

    assert (found.state, found.knocked) == ("moving", True)
    assert found.pixels == pytest.approx(np.hypot(x, y), abs=0.5)


def test_knocked_twice() -> None:
    """And not back: three views of a third of the clip each."""
    found = measured(street(camera.knocked(16, 9), camera.knocked(32, -4, 12)))

    assert (found.state, found.knocked) == ("moving", True)


@pytest.mark.parametrize("ways", [(), (camera.knocked(24, 0.4),)])
def test_stands(ways: tuple[camera.Camera, ...]) -> None:
    """By less than half a pixel, nobody moves it."""
    found = measured(street(*ways))

    assert (found.state, found.knocked) == ("static", False)


def test_thing_that_is_moved() -> None:
    """A chessboard as large as a fifth of the picture that is pushed by 7 pixels is no displacement of the camera."""
    board = np.kron(np.indices((8, 9)).sum(axis=0) % 2, np.ones((10, 10)))[..., None] * 160 + 40
    images = np.stack([frame.image for frame in street()])
    for index, image in enumerate(images):
        left = 70 + 7 * (index > 30)
        image[40:120, left : left + 90] = board

    assert not measured(images).knocked


def test_masks_of_a_knocked_camera() -> None:
    """The clip is followed by default, also for one pixel; both stretches have masks as good as a still camera's."""
    clip = street(camera.knocked(18, 8, 3), frames=32)
    images = np.stack([frame.image for frame in clip])  # drawn once, since they are read several times
    background = stillplate.fit(images, samples=16)
    indices = (20, 24, 28)
    marked = np.mean([background.mask(images[index], index=index).mean() for index in indices])
    truth = np.mean([clip.mask(index).mean() for index in indices])

    assert background.camera is not None and background.camera.found.all()
    assert marked == pytest.approx(truth, rel=0.25)
    height, width = background.plate.seen.shape
    assert width > SIZE[0]
    column = int(np.flatnonzero(background.plate.seen[height // 2])[-1])
    assert column >= SIZE[0]
    shown = stillplate.inspect_pixel(images, column, height // 2, samples=16)
    corner = stillplate.inspect_pixel(images, width - 1, 0, samples=16, motion_from=background.camera)
    assert sum(shown.shares) == pytest.approx(1)
    assert sum(corner.shares) == 0  # no frame shows it
