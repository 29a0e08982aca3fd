"""Fits of a moving camera's clip: paths that are found or given, exclusions, and clips that have no path."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background.back_projection import project_back
from stillplate.camera.canvas import place
from stillplate.errors import ParameterError, RegistrationError
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import gather
from tests.panning import CANVAS, FRAMES, SAMPLES, SIZE, drawn, images, pan, true_path


@pytest.fixture(scope="module")
def clip() -> synthetic.SyntheticClip:
    return drawn(camera=pan, size=SIZE)


@pytest.fixture(scope="module")
def given() -> stillplate.Background:
    """Of the true path."""
    return stillplate.fit(images(), samples=SAMPLES, motion_from=true_path(), masks=False)


def test_a_path_that_is_given_is_used(clip: synthetic.SyntheticClip, given: stillplate.Background) -> None:
    covered = given.plate.support > 0
    frame = np.ones(SIZE[::-1], np.uint8)
    shown = sum(cv2.warpPerspective(frame, pan(index), CANVAS) for index in given.indices)

    assert given.camera is not None
    assert given.plate.image.shape == (200, 420, 3)
    assert np.abs(given.plate.image - clip.plate.astype(int)).mean(axis=2)[covered].mean() < 3.5
    assert not given.plate.image[shown == 0].any()
    assert not given.plate.seen[~covered].any()
    with pytest.raises(ParameterError, match="the camera's path is of frames of 256x160, but street is 420x200"):
        stillplate.fit(drawn(), motion_from=true_path())
    with pytest.raises(ParameterError, match="camera is 'tripod', but one of auto, static, moving"):
        stillplate.fit(images(), camera="tripod")


def test_a_camera_that_rolls_in_place_is_followed() -> None:
    """No shift undoes that; of one that only shakes, frames are shifted."""

    def roll(index: int) -> npt.NDArray[np.float64]:
        angle = 0.1 * np.sin(index / 6)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        return np.asarray(Transform.shifted(210, 100).matrix @ turn @ Transform.shifted(-128, -80).matrix)

    def shake(index: int) -> npt.NDArray[np.float64]:
        return Transform.shifted(80 + 4 * np.sin(index * 1.3), 20 + 3 * np.cos(index * 1.7)).matrix

    rolling, shaking = (
        stillplate.fit(drawn(camera=camera, size=SIZE), samples=20, masks=False) for camera in (roll, shake)
    )

    assert rolling.camera is not None
    assert (shaking.camera, shaking.shakes) == (None, True)


def test_back_projection_sharpens(clip: synthetic.SyntheticClip) -> None:
    """Frames and views are interpolated: what that blurs is given back, but nobody is."""
    with gather(ArraySource(images()), FRAMES) as stack:
        placed, coverage = place(stack, true_path(), Excluded.of(None, *SIZE))
        blurred = estimate_plate(placed, valid=coverage)
        image = project_back(blurred, placed, coverage)
    covered = coverage.rows(slice(0, 200))[1]
    truth = clip.plate.astype(int)
    error, before = (np.abs(one - truth).mean(axis=2)[covered] for one in (image, blurred.image))

    assert np.median(error) < 0.7 * np.median(before)
    assert (error > 30).mean() <= (before > 30).mean() + 0.002


def test_a_static_camera_gives_the_same_bytes(tmp_path: Path) -> None:
    still = np.stack([frame.image for frame in synthetic.street(160, 96, FRAMES, seed=4)])
    for name, camera in (("auto", "auto"), ("static", "static")):
        stillplate.fit(still, samples=20, camera=camera).save(tmp_path / f"{name}.npz")

    assert (tmp_path / "auto.npz").read_bytes() == (tmp_path / "static.npz").read_bytes()


def test_what_is_excluded_in_the_frames_has_no_vote(given: stillplate.Background) -> None:
    """The left of every frame is hidden by something that moves along with it."""
    hidden = [(0, 0), (60, 0), (60, 159), (0, 159)]
    rest = stillplate.fit(images(), motion_from=true_path(), samples=SAMPLES, exclude=[hidden], masks=False).plate

    assert given.plate.seen[100, 30:360].all()
    assert rest.seen[100, 90:360].all()
    assert not rest.seen[100, :70].any()
    assert not rest.support[100, :70].any()


def test_too_few_samples_on_the_path() -> None:
    path = true_path()
    path.matrices[1:] = np.nan
    with pytest.raises(RegistrationError, match="1 of 40 samples could be registered"):
        stillplate.fit(images(), motion_from=path)


@pytest.mark.parametrize("images", [np.zeros((6, 40, 60, 3), np.uint8), np.full((5, 33, 47, 3), 200, np.uint8)])
def test_a_picture_of_nothing(images: npt.NDArray[np.uint8]) -> None:
    assert stillplate.fit(images).camera is None
    with pytest.raises(RegistrationError, match="no frame can be registered"):
        stillplate.fit(ArraySource(images), camera="moving")


def test_all_excluded_is_all_heard() -> None:
    everywhere = np.ones(SIZE[::-1], np.bool_)
    background = stillplate.fit(images()[:12], samples=8, camera="moving", exclude=everywhere, masks=False)
    assert background.plate.support.max() == 0
