"""Drawn clips with a known camera: the path is demanded back, to a third of a pixel."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import cv2
import numpy as np
import pytest

from stillplate import ParameterError, RegistrationError, TooFewFramesError, synthetic
from stillplate.camera.pair_fit import fit_pairs
from stillplate.camera.path import CameraPath
from stillplate.camera.tracing import trace_camera
from stillplate.imaging.homography import corners_of, inverse, project
from stillplate.synthetic.way import Motion

SIZE = (320, 180)
FOCUS = 380.0  # pixels
FRAMES = 30
Camera = Callable[[int], np.ndarray]


def turned(pan: float, tilt: float = 0.0, roll: float = 0.0, zoom: float = 1.0) -> np.ndarray:
    """A camera that stands and turns, by angles in radians: from its pixels to the plate's."""
    a, b, c = (np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]) for t in (pan, tilt, roll))
    turn = np.eye(3)
    for angle, axes in ((a, (0, 2)), (b, (1, 2)), (c, (0, 1))):
        step = np.eye(3)
        step[np.ix_(axes, axes)] = angle
        turn = turn @ step
    lens = np.array([[FOCUS * zoom, 0, (SIZE[0] - 1) / 2], [0, FOCUS * zoom, (SIZE[1] - 1) / 2], [0, 0, 1]])
    matrix = np.array([[FOCUS, 0, 400.0], [0, FOCUS, 190.0], [0, 0, 1]]) @ turn @ inverse(lens)
    return np.asarray(matrix / matrix[2, 2])


TREMBLE = np.random.default_rng(3).normal(0, 0.006, (FRAMES, 3))
CAMERAS: dict[str, Camera] = {
    "pan": lambda i: turned(0.5 - i / 29, 0.02 * np.sin(i / 5)),
    "there-and-back": lambda i: turned(0.4 * np.sin(i / 29 * 2 * np.pi), 0.1 * np.cos(i / 29 * 2 * np.pi) - 0.1),
    "shake": lambda i: turned(*TREMBLE[i]),
    "zoom": lambda i: turned(0, 0, 0, 1 + i / 29),
    "roll": lambda i: turned(0, 0, 0.4 * np.sin(i / 5)),
}


def drawn(camera: Camera, frames: int = FRAMES, **options: object) -> synthetic.SyntheticClip:
    options = {"walkers": 6, "vehicles": 0, "noise": 3.0, "seed": 2, **options}
    return synthetic.street(800, 450, frames, camera=camera, size=SIZE, **options)  # type: ignore[arg-type]


@cache
def pictures(name: str = "pan") -> np.ndarray:
    images = np.stack([frame.image for frame in drawn(CAMERAS[name])])
    images.setflags(write=False)
    return images


@cache
def traced(name: str = "pan") -> CameraPath:
    return trace_camera(pictures(name))


def errors(path: CameraPath, camera: Camera) -> np.ndarray:
    """Mean distance of each frame's corners from where they are, in its pixels, on the plane that fits all best."""
    ends, found = corners_of(SIZE), np.flatnonzero(path.found).tolist()
    true = [inverse(camera(path.reference)) @ camera(i) for i in found]
    spots = np.concatenate([project(path.matrices[i], ends) for i in found])
    wanted = np.concatenate([project(matrix, ends) for matrix in true])
    start = inverse(path.matrices[path.reference])
    common = fit_pairs("homography", path.canvas, start, spots, wanted, np.ones(len(spots)), (5.0, 1.0))
    back = [inverse(matrix) @ common @ path.matrices[i] for matrix, i in zip(true, found, strict=True)]
    return np.array([np.linalg.norm(project(matrix, ends) - ends, axis=1).mean() for matrix in back])


@pytest.mark.parametrize("name", CAMERAS)
def test_path_is_found(name: str) -> None:
    """Walkers and noise before a camera that turns: every frame is where it was, to a third of a pixel."""
    path = traced(name)

    assert path.found.all()
    assert path.skipped == ()
    assert path.shots == ((0, FRAMES - 1),)
    assert errors(path, CAMERAS[name]).mean() < 0.3
    assert errors(path, CAMERAS[name]).max() < 1
    assert (path.residuals < 0.5).all()
    assert (path.inliers >= 16).all()
    assert (path.explained > 0.5).all()


def test_canvas_holds_every_frame() -> None:
    """No corner lies outside; the reference has the frame's own pixels."""
    path = traced()
    spots = np.concatenate([project(matrix, corners_of(path.size)) for matrix in path.matrices])
    whole = path.matrices[path.reference]

    assert path.size == SIZE
    assert (spots > -0.02).all()
    assert (spots < np.array(path.canvas) - 0.98).all()
    assert np.allclose(whole[:, :2], np.eye(3)[:, :2])
    assert np.allclose(whole, whole.round())


@pytest.mark.parametrize(("name", "camera", "frames"), [
    ("translation", lambda i: np.array([[1, 0, 100 + 6.0 * i], [0, 1, 100.0], [0, 0, 1]]), 20),
    ("similarity", lambda i: turned(0, 0, 0.02 * i, 1 + i / 29), 20),
    ("homography", lambda i: turned(0.04 * i - 0.4), 20),
])  # fmt: skip
def test_simplest_model(name: str, camera: Camera, frames: int) -> None:
    """A shift is a shift, a zoom and roll a similarity; what turns needs the homography."""
    path = trace_camera(drawn(camera, frames))

    assert path.model == name
    assert errors(path, camera).mean() < 0.3


def test_black_and_flat_frames_are_skipped() -> None:
    """The rest goes on as if they were not there; each is listed, with what was found and what is needed."""
    images = pictures().copy()
    images[10:13], images[20] = 0, 128
    path = trace_camera(images)

    assert np.flatnonzero(~path.found).tolist() == [10, 11, 12, 20]
    assert path.skipped == tuple((i, "too plain: 0 corners found, 16 needed") for i in (10, 11, 12, 20))
    assert errors(path, CAMERAS["pan"]).mean() < 0.3


def test_cut_away_and_back() -> None:
    """Frames of another place are of another shot; the first place is recognised when it comes back."""
    images = pictures().copy()
    images[12:20] = images[12:20, ::-1, :, ::-1]
    path = trace_camera(images)

    assert np.flatnonzero(~path.found).tolist() == list(range(12, 20))
    assert path.shots == ((0, 11), (12, 19), (20, 29))
    assert {reason for _, reason in path.skipped} == {"another shot"}
    assert errors(path, CAMERAS["pan"]).mean() < 0.3


def test_span() -> None:
    """Frames before and after are not looked at, nor listed."""
    path = trace_camera(pictures(), start=Fraction(5, 25), end=Fraction(14, 25))

    assert np.flatnonzero(path.found).tolist() == list(range(5, 15))
    assert len(path) == FRAMES
    assert path.skipped == ()


def test_same_bytes_at_any_number_of_threads() -> None:
    threads = cv2.getNumThreads()
    one = traced()
    cv2.setRNGSeed(99)
    cv2.setNumThreads(1)
    try:
        other = trace_camera(pictures())
    finally:
        cv2.setNumThreads(threads)

    assert one.matrices.tobytes() == other.matrices.tobytes()
    assert one.residuals.tobytes() == other.residuals.tobytes()


def test_half_circle_keeps_the_canvas_bounded() -> None:
    """A plane cannot hold it: the frames around the reference are kept, the others are told."""
    texture = np.random.default_rng(0).integers(0, 256, (50, 300), dtype=np.uint8)
    texture = np.asarray(cv2.resize(texture, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC), np.uint8)
    x, y = np.meshgrid(np.arange(160.0) - 79.5, np.arange(90.0) - 44.5)
    aside = (y / np.hypot(x, 150) * 290 + 150).astype(np.float32)
    images = [
        cv2.remap(texture, ((np.arctan2(x, 150) + 1 + i / 12) * 290).astype(np.float32), aside, cv2.INTER_LINEAR)
        for i in range(48)
    ]
    path = trace_camera(np.stack(images))

    assert 10 < path.found.sum() < 48
    assert np.diff(np.flatnonzero(path.found)).max() == 1
    assert path.canvas[0] * path.canvas[1] <= 24 * 160 * 90
    assert all("too far from frame" in reason for _, reason in path.skipped)


@pytest.mark.parametrize("images", [
    np.full((4, 90, 120, 3), 77, np.uint8),
    np.zeros((3, 1, 1, 3), np.uint8),
    np.zeros((3, 5, 200), np.uint8),
    np.random.default_rng(0).integers(0, 256, (5, 64, 96, 3), dtype=np.uint8),
], ids=["flat", "pixel", "strip", "noise"])  # fmt: skip
def test_nothing_to_hold_on_to(images: np.ndarray) -> None:
    """The error names the frame, what was found and what is needed."""
    with pytest.raises(RegistrationError, match=r"frame 0: .*\d+ .* needed"):
        trace_camera(images)


def test_too_short() -> None:
    with pytest.raises(TooFewFramesError, match="1 frame found, but 2 are needed"):
        trace_camera(pictures()[:1])
    with pytest.raises(TooFewFramesError, match="no frame found from 9 s"):
        trace_camera(pictures(), start=9)
    with pytest.raises(ParameterError):
        trace_camera(pictures(), start=2, end=1)


@pytest.mark.parametrize("size", [(101, 77), (160, 64), (199, 50)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    """A camera that shifts by (3, 1) pixels a frame."""
    whole = pictures()[0]
    images = np.stack([whole[i : i + size[1], 3 * i : 3 * i + size[0]] for i in range(8)])
    path = trace_camera(images)

    assert path.found.all()
    assert path.model == "translation"
    assert path.matrices[:, :2, 2] == pytest.approx(np.arange(8)[:, None] * (3.0, 1.0), abs=0.05)


def test_few_key_frames_are_remembered() -> None:
    """With hardly any memory, a long way falls into several takes: it is no error."""
    path = trace_camera(pictures("there-and-back"), memory=1)

    assert path.found.any()


@pytest.mark.parametrize("motion", ["follow", "walk"])
def test_the_path_keeps_to_one_surface(motion: Motion) -> None:
    """From frame to frame it is the farthest surface's or the ground's, though masts and a post pass before them."""
    clip = synthetic.park(240, 136, 24, seed=44, motion=motion)
    path = trace_camera(clip)
    pixels = np.indices((136, 240))[::-1, 4::8, 4::8].reshape(2, -1).T.astype(np.float64)

    for index in range(23):
        surfaces = clip.surface(index)[4::8, 4::8].ravel()
        one, other = path.transform(index), path.transform(index + 1)
        assert one is not None and other is not None
        errors = []
        for number in (0, 1):
            truth = inverse(clip.transform(index + 1, number)) @ clip.transform(index, number)
            shown, motions = pixels[surfaces == number], (inverse(other.matrix) @ one.matrix, truth)
            errors.append(np.median(np.linalg.norm(np.subtract(*(project(h, shown) for h in motions)), axis=1)))
        assert min(errors) < 1
