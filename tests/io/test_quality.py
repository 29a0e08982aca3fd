"""The quality of lossy videos: one scale for all codecs, and forms that keep every bit."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.opening import open_sink
from stillplate.io.quality import as_quality, quality_options


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """A noisy gradient that moves, of odd size: uint8 of shape (6, 37, 51, 3)."""
    rows, columns = np.mgrid[:37, :51]
    noise = np.random.default_rng(3).integers(0, 30, (6, 37, 51, 3))
    ramp = np.stack([(3 * columns + 4 * step, 5 * rows, 90 + rows + columns) for step in range(6)])
    return np.clip(ramp.transpose(0, 2, 3, 1) + noise, 0, 255).astype(np.uint8)


def written(path: Path, pictures: np.ndarray, quality: float | str | None) -> np.ndarray:
    channels = 1 if pictures.ndim == 3 else 3
    with open_sink(path, 51, 37, channels=channels, quality=quality) as sink:
        for number, picture in enumerate(pictures):
            sink.write(picture, Fraction(number, 25))
    with stillplate.open_video(path) as video:
        return np.stack([frame.image[:37, :51] for frame in video])


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".avi"])
def test_better_is_nearer_and_larger(tmp_path: Path, pictures: np.ndarray, suffix: str) -> None:
    errors, sizes = [], []
    for quality in (10, 60, 100):
        path = tmp_path / f"{quality}{suffix}"
        errors.append(np.abs(written(path, pictures, quality).astype(int) - pictures).mean())
        sizes.append(path.stat().st_size)

    assert errors[0] > errors[1] > errors[2]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_lossless_keeps_every_bit(tmp_path: Path, pictures: np.ndarray, suffix: str) -> None:
    assert np.array_equal(written(tmp_path / f"colour{suffix}", pictures, "lossless"), pictures)
    masks = np.where(pictures[:, :, :, 0] > 100, 255, 127).astype(np.uint8)
    assert np.array_equal(written(tmp_path / f"mask{suffix}", masks, "lossless")[:, :, :, 0], masks)


@pytest.mark.parametrize("suffix", [".mov", ".avi"])
def test_what_cannot_be_lossless_is_refused_before_work(tmp_path: Path, walkers: np.ndarray, suffix: str) -> None:
    with pytest.raises(ParameterError, match=rf"{suffix} has no lossless form of this: use \.mkv"):
        stillplate.render(walkers, clean=tmp_path / f"clean{suffix}", quality="lossless")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("quality", [-1, 101, float("nan"), "best", ""])
def test_a_quality_that_there_is_not(tmp_path: Path, walkers: np.ndarray, quality: float | str) -> None:
    with pytest.raises(ParameterError, match=r"quality is .*, but a number, 0 to 100 \(the best\), or lossless"):
        stillplate.render(walkers, clean=tmp_path / "clean.mp4", quality=quality)


def test_the_scale_as_it_is_documented() -> None:
    assert [quality_options("libx264", float(quality))["crf"] for quality in (0, 62, 100)] == ["51", "20", "1"]
    assert quality_options("libvpx-vp9", 50.0)["crf"] == "32"
    assert quality_options("prores_ks", 90.0)["global_quality"] == str(4 * 118)
    assert quality_options("mjpeg", 100.0) == {"qmin": "2", "qmax": "2"}
    assert quality_options("ffv1", 10.0) == {}
    assert as_quality("62") == 62.0


def test_a_clean_video_keeps_the_frame_s_own_pixels(tmp_path: Path, walkers: np.ndarray) -> None:
    stillplate.render(walkers, clean=tmp_path / "clean.mp4", quality="lossless")
    with stillplate.open_video(tmp_path / "clean.mp4") as video:
        first = next(iter(video)).image

    assert np.array_equal(first[:, 25:], walkers[0][:, 25:])
