import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from hypothesis import HealthCheck, settings

import stillplate
from stillplate import synthetic
from stillplate.io.opening import open_sink

os.environ["STILLPLATE_PROGRESS"] = "0"  # no lines that come or not by how busy the machine is
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each program that a test starts would compile the package anew
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # a busy machine is no failure

RATE, SECONDS, SAMPLING = 25, 4, 48000  # of the clip with sound


@pytest.fixture(scope="session")
def street() -> synthetic.SyntheticClip:
    """A small street with known truth."""
    return synthetic.street(width=160, height=96, frames=60, seed=1)


@pytest.fixture(scope="session")
def street_background(street: synthetic.SyntheticClip) -> stillplate.Background:
    """The street's background, by the default options; tests only read it."""
    return stillplate.fit(street)


@pytest.fixture(scope="session")
def street_mp4(street: synthetic.SyntheticClip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street as a file."""
    return _save(street, tmp_path_factory.mktemp("street") / "street.mp4")


@pytest.fixture(scope="session")
def lane_mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street of 30 frames that is quickly fitted, as a file."""
    lane = synthetic.street(width=96, height=64, frames=30, seed=1)
    return _save(lane, tmp_path_factory.mktemp("lane") / "lane.mp4")


def _save(clip: synthetic.SyntheticClip, path: Path) -> Path:
    with open_sink(str(path), clip.info.width, clip.info.height, clip.info.rate, channels=3) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)
    return path


@pytest.fixture
def walkers() -> np.ndarray:
    """20 images of a grey ground over which a red block walks from left to right."""
    images = np.full((20, 24, 32, 3), 90, np.uint8)
    for step, image in enumerate(images):
        image[8:14, step : step + 6] = (200, 60, 40)
    return images


def _tone(start: int, count: int) -> AudioFrame:
    """A sine that swells over the clip: how loud it is tells when it is."""
    at = np.arange(start, start + count) / SAMPLING
    frame = AudioFrame.from_ndarray((at / SECONDS * np.sin(2765 * at))[None].astype(np.float32), "fltp", "mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLING, start, Fraction(1, SAMPLING)
    return frame


@pytest.fixture(scope="session")
def sounding_mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, a key frame every half, a picture that brightens with time, and the tone."""
    path = tmp_path_factory.mktemp("sound") / "clip.mp4"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=RATE, options={"g": "12", "crf": "10", "bf": "2"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound: Any = container.add_stream("aac", rate=SAMPLING, layout="mono")
        for number in range(RATE * SECONDS):
            image = np.full((48, 64, 3), 2 * number, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image)))
            container.mux(sound.encode(_tone(number * 1920, 1920)))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path
