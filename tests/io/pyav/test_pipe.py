"""Between two programs: a clip from standard input, a video to standard output."""

import io
import os
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.io.opening import open_sink, open_video
from stillplate.io.pyav.pipe import PIXEL_FORMATS, PipedVideo, RawFormat
from tests.command import run
from tests.patience import HANGS

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
def test_what_is_no_video_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], data: bytes, told: str
) -> None:
    done = run(*COMMAND[3:], "--mask", tmp_path / "mask.mkv", piped=data)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert capfd.readouterr() == ("", "")  # nor does FFmpeg add a line
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


RAW = "raw:32x24@25:rgb24"  # what `walkers` is


def test_raw_samples_go_through_two_programs(walkers: np.ndarray, tmp_path: Path) -> None:
    """One cuts out what moves and pipes it on, the next finds its mask: the bytes that files in between would give."""
    first = [*COMMAND[:4], RAW, *COMMAND[5:], "--foreground", "raw:"]
    second = [*COMMAND[:4], RAW, *COMMAND[5:], "--mask", "raw:"]
    (tmp_path / "clip.rgb").write_bytes(walkers.tobytes())
    with (tmp_path / "clip.rgb").open("rb") as data:
        one = subprocess.Popen(first, stdin=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        two = subprocess.Popen(second, stdin=one.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert one.stdout and one.stderr
        one.stdout.close()
        piped, errors = two.communicate()
        with one.stderr as told:
            errors += told.read()
    assert (one.wait(), two.returncode, errors) == (0, 0, b"")
    bare: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 6}
    stillplate.render(walkers, foreground=tmp_path / "fgr.mkv", **bare)
    stillplate.render(tmp_path / "fgr.mkv", mask=f"{tmp_path}/masks/", **bare)
    with open_video(tmp_path / "masks") as video:
        truth = np.array([frame.image[:, :, 0] for frame in video])

    assert truth.any()
    assert piped == truth.tobytes()


def test_a_cutout_goes_out_with_its_alpha(walkers: np.ndarray) -> None:
    command = [*COMMAND[:4], RAW, *COMMAND[5:], "--cutout", "raw:"]
    done = subprocess.run(command, input=walkers.tobytes(), capture_output=True, check=False)
    background = stillplate.fit(walkers, samples=6)
    truth = [background.cutout(image, threshold=30, cleanup="none") for image in walkers]

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == np.stack(truth).tobytes()


@pytest.mark.parametrize("pixels", PIXEL_FORMATS)
def test_frames_have_the_bytes_that_ffmpeg_takes(pixels: str) -> None:
    """Odd sizes included, where colour at half the size is rounded up; so a rest means that the size is wrong."""
    bits = 10 if "10" in pixels else 16 if "16" in pixels or "48" in pixels else 8
    raw = RawFormat.parse(f"raw:7x5@30000/1001:{pixels}")
    with PipedVideo(io.BytesIO(bytes(3 * raw.frame_bytes)), raw) as video:
        times = [frame.time for frame in video]

        assert (video.info.width, video.info.height, video.info.bits) == (7, 5, bits)
    assert times == [Fraction(number * 1001, 30000) for number in range(3)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("raw:32x23@25:rgb24", "46080 bytes are no whole number of frames of 32x23 rgb24, 2208 bytes each: check size"),
        ("raw:", "raw:: tells no size, rate and pixel format: write raw:640x360@25:rgb24, say"),
        ("raw:32x24:rgb24", "tells no size, rate and pixel format"),
        ("raw:32x24@0:rgb24", "tells no size, rate and pixel format"),
        ("raw:9999999999x1@25:gray", "tells no size, rate and pixel format"),
        ("raw:32x24@25:rgb", "rgb is no pixel format that is read raw: use rgb24, bgr24"),
        ("raw:999999x999999@25:gray", "46080 bytes are no whole number of frames"),
    ],
)
def test_a_wrong_size_is_one_line(
    walkers: np.ndarray, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    done = run("render", name, "--mask", tmp_path / "mask.mkv", piped=walkers.tobytes())

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_pipe_is_told() -> None:
    with pytest.raises(VideoOpenError, match="standard input: "):
        PipedVideo(io.BytesIO(b""), RawFormat.parse(RAW))


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
    with pytest.raises(ParameterError, match="give each a path of its own"):
        stillplate.render(walkers, mask="-", foreground="raw:")
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

    assert process.wait(timeout=HANGS) == 2
    assert errors.count("\n") == 1
    assert "standard output: cannot be written" in errors
