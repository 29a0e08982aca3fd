"""Between two programs: a clip from standard input, a video to standard output."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.video.opening import open_sink, open_video
from stillplate.video.pyav_pipe import PipedVideo

COMMAND = [
    sys.executable,
    "-m",
    "stillplate",
    "render",
    "-",
    "--threshold",
    "30",
    "--cleanup",
    "none",
    "--samples",
    "6",
]


def y4m(tmp_path: Path, images: np.ndarray) -> bytes:
    path = tmp_path / "clip.y4m"
    with open_sink(path, images.shape[2], images.shape[1], channels=3) as sink:
        for number, image in enumerate(images):
            sink.write(image, number / stillplate.VideoInfo("", 1, 1, 1).rate)
    return path.read_bytes()


def test_a_clip_goes_through_from_pipe_to_pipe(walkers: np.ndarray, tmp_path: Path) -> None:
    """The mask that comes out is that of the file; nothing else is on standard output."""
    data = y4m(tmp_path, walkers)
    done = subprocess.run([*COMMAND, "--mask", "-"], input=data, capture_output=True, check=False)
    stillplate.render(tmp_path / "clip.y4m", mask=f"{tmp_path}/masks/", threshold=30, cleanup="none", samples=6)
    with open_video(tmp_path / "masks") as video:
        truth = np.array([frame.image for frame in video])
    with PipedVideo(io.BytesIO(done.stdout)) as video:
        piped = np.array([frame.image for frame in video])

    assert (done.returncode, done.stderr) == (0, b"")
    assert np.array_equal(piped, truth)
    assert truth.any()


def test_colours_come_through(walkers: np.ndarray, tmp_path: Path) -> None:
    with PipedVideo(io.BytesIO(y4m(tmp_path, walkers))) as video:
        images = np.array([frame.image for frame in video])
        assert video.info.name == "standard input"

    assert np.abs(images.astype(int) - walkers).max() <= 3


@pytest.mark.parametrize(("data", "told"), [(b"", "standard input"), (b"no video at all", "standard input")])
def test_what_is_no_video_is_one_line(tmp_path: Path, data: bytes, told: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--mask", str(tmp_path / "mask.mkv")], input=data, capture_output=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert told in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_read_once(walkers: np.ndarray, tmp_path: Path) -> None:
    """As what a shell makes of <(command)."""
    os.mkfifo(tmp_path / "clip")
    data = y4m(tmp_path, walkers)
    writer = threading.Thread(target=lambda: (tmp_path / "clip").write_bytes(data))
    writer.start()
    with open_video(tmp_path / "clip") as video:
        assert sum(1 for _ in video) == sum(1 for _ in video) == len(walkers)
    writer.join()


def test_a_terminal_is_no_pipe() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(ParameterError, match="is a terminal"):
        PipedVideo(Terminal())


def test_what_was_kept_is_deleted(walkers: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = y4m(tmp_path, walkers)
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "kept"))
    with PipedVideo(io.BytesIO(data)):
        assert len(list((tmp_path / "kept").iterdir())) == 1
    with pytest.raises(VideoOpenError):
        PipedVideo(io.BytesIO(b"no video"))

    assert list((tmp_path / "kept").iterdir()) == []


def test_one_pipe_takes_one_video(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="give each a path of its own"):
        stillplate.render(walkers, mask="-", foreground="-")
    with pytest.raises(ParameterError, match="takes a video, but report is none"):
        stillplate.render(walkers, report="-")
    with pytest.raises(ParameterError, match="has no alpha channel"):
        stillplate.render(walkers, cutout="-", threshold=30, cleanup="none")


def test_a_reader_that_goes_away_is_one_line(walkers: np.ndarray, tmp_path: Path) -> None:
    data = y4m(tmp_path, np.tile(walkers, (4, 12, 12, 1)))
    process = subprocess.Popen(
        [*COMMAND, "--foreground", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(data)
    process.stdin.close()
    assert process.stdout.read(9) == b"YUV4MPEG2"
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()

    assert process.wait(timeout=60) == 2
    assert errors.count("\n") == 1
    assert "standard output: cannot be written" in errors
