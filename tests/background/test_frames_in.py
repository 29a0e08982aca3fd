"""What the library takes for a frame and for a clip, and what it says of anything else."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate import Background, BackgroundSubtractor, ParameterError
from stillplate.segmentation.noise import Noise


@pytest.fixture(scope="module")
def grey() -> tuple[Background, np.ndarray]:
    """A disc without colour on a textured floor: its background, and a frame, uint8 of shape (H, W)."""
    floor = np.random.default_rng(2).integers(80, 110, (48, 72), np.uint8)
    frames = np.repeat(floor[None], 24, axis=0)
    for step, frame in enumerate(frames):
        frame[15:31, 2 * step : 2 * step + 16] = 210
    return stillplate.fit(frames), frames[11]


PER_FRAME: list[Callable[[Background, Any], Any]] = [
    lambda known, frame: known.labels(frame),
    lambda known, frame: known.mask(frame),
    lambda known, frame: known.mask(frame, cleanup="none"),
    lambda known, frame: known.matte(frame),
    lambda known, frame: known.foreground(frame),
    lambda known, frame: known.cutout(frame),
    lambda known, frame: known.clean(frame),
    lambda known, frame: known.view(frame).image,
    lambda known, frame: known.place(frame).matrix,  # type: ignore[union-attr]  # it stands still
    lambda known, frame: known.unmix(frame, known.mask(frame)),
    lambda known, frame: known.retouch(frame, known.labels(frame)),
    lambda known, frame: BackgroundSubtractor(known).apply(frame),
]


@pytest.mark.parametrize("method", PER_FRAME)
def test_a_grey_frame_is_one_in_colour(grey: tuple[Background, np.ndarray], method: Callable[..., Any]) -> None:
    background, frame = grey
    expected = method(background, np.repeat(frame[:, :, None], 3, axis=2))

    for given in (frame, frame[:, :, None]):
        found = method(background, given)
        assert all(np.array_equal(*pair) for pair in zip(_parts(found), _parts(expected), strict=True))


def _parts(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("shape", [(48,), (48, 71), (48, 72, 2), (2, 48, 72, 3)])
def test_a_frame_of_another_shape_is_told(grey: tuple[Background, np.ndarray], shape: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match=r"has shape .*, but \(48, 72, 3\), or \(48, 72\) of a grey one"):
        grey[0].mask(np.zeros(shape, np.uint8))


def test_a_frame_of_floats_is_told(grey: tuple[Background, np.ndarray]) -> None:
    with pytest.raises(ParameterError, match="dtype float64, but uint8 is needed"):
        grey[0].mask(grey[1] / 255)  # type: ignore[arg-type]  # as a user may


@pytest.mark.parametrize("method", ["mask", "matte", "foreground", "cutout", "clean"])
def test_an_option_that_there_is_not_names_who_was_called(grey: tuple[Background, np.ndarray], method: str) -> None:
    with pytest.raises(TypeError, match=rf"^{method}\(\) has no option 'treshold': its options are threshold, weights"):
        getattr(grey[0], method)(grey[1], treshold=3)


def test_the_subtractor_refuses_at_once(grey: tuple[Background, np.ndarray]) -> None:
    with pytest.raises(TypeError, match=r"BackgroundSubtractor.. has no option 'history'"):
        BackgroundSubtractor(grey[0], history=500)  # type: ignore[call-arg]


def test_an_open_file_is_told_that_paths_are_read(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    with (tmp_path / "clip.mp4").open("rb") as file, pytest.raises(ParameterError, match="an open file, but paths"):
        stillplate.fit(file)  # type: ignore[arg-type]  # as a user may
    with pytest.raises(ParameterError, match="bytes, but paths"):
        stillplate.fit(b"clip.mp4")  # type: ignore[arg-type]  # as a user may


def test_a_background_shows_itself(grey: tuple[Background, np.ndarray]) -> None:
    page = grey[0]._repr_html_()

    assert page.startswith('<img src="data:image/png;base64,')
    assert "plate of 72x48 pixels from 24 samples" in page
    assert len(repr(grey[0])) < 250


def test_all_of_a_noise_is_saved(grey: tuple[Background, np.ndarray], tmp_path: Path) -> None:
    """Whether it is calm, too; of an older file, which does not say it, it is not."""
    noise = replace(grey[0].noise, calm=True)
    replace(grey[0], noise=noise).save(tmp_path / "calm.npz")
    with np.load(tmp_path / "calm.npz") as saved:
        arrays = {name: saved[name] for name in saved.files if name != "noise_calm"}
    np.savez(tmp_path / "older.npz", **arrays)

    assert Background.load(tmp_path / "calm.npz").noise.calm is True
    assert Background.load(tmp_path / "older.npz").noise.calm is False


def test_a_matte_is_made_with_the_thresholds_of_the_frame_s_own_light() -> None:
    """The second light has a noise of its own, and the camera's shake shifts what is known of it."""
    from stillplate.imaging.transform import Transform
    from stillplate.photometry.gain import Gain
    from stillplate.photometry.mixture import Mixture
    from stillplate.plate.plate import adopt_plate
    from stillplate.segmentation.match import Match
    from stillplate.segmentation.static_camera import StaticCamera

    plate = np.full((40, 60, 3), 120, np.uint8)
    loud = np.full((40, 60), 10.0, np.float32)
    loud[:, 30:] = 40
    adopted = adopt_plate(plate)
    states = [(adopted, Noise(np.full((40, 60), 10, np.float32))), (adopted, Noise(loud))]
    ground = StaticCamera(adopted, states[0][1], shakes=True, states=states)
    second = Mixture(np.array([[0, 0, 0], [1, 1, 1]], np.float32), Gain.none())
    still, moved = (Match(Transform.shifted(x, 0), Gain.none(), second) for x in (0, 10))

    assert ground.thresholds(Match(Transform.shifted(0, 0), Gain.none())).max() == 20
    assert (ground.thresholds(still)[:, 31:] == 80).all() and (ground.thresholds(still)[:, :29] == 20).all()
    edge = int(np.argmax(ground.thresholds(moved)[20] > 50))
    assert abs(edge - 20) <= 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_threads_keep_to_the_processors_they_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    from stillplate import threads

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5})
    threads._sample_pool.cache_clear()
    try:
        assert threads._sample_pool()._max_workers == 3
    finally:
        threads._sample_pool.cache_clear()


def test_a_pixel_of_a_moving_camera_lies_on_its_plate() -> None:
    scene = np.random.default_rng(4).integers(0, 256, (12, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    frames = np.stack([scene[:80, 4 * step : 4 * step + 120] for step in range(28)])
    pixel = stillplate.inspect_pixel(frames, 200, 40, camera="moving")
    plate = stillplate.fit(frames, camera="moving", masks=False).plate

    assert plate.seen.shape[1] > 200
    assert np.abs(np.array(pixel.colour) - plate.image[40, 200]).max() < 30
    with pytest.raises(ParameterError, match=r"x 0\.\.119"):
        stillplate.inspect_pixel(frames, 200, 40, camera="static")


def test_assumptions_take_a_camera_path(walkers: np.ndarray, tmp_path: Path) -> None:
    stillplate.render(walkers, motion=tmp_path / "path.json", camera="static")
    found = stillplate.check_assumptions(walkers, motion_from=tmp_path / "path.json")

    assert found.to_dict() == stillplate.check_assumptions(walkers, camera="static").to_dict()
