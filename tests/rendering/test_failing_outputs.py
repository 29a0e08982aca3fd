"""Paths, folders and disks that fail: told in a line, and nothing is lost."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.errors import (
    EncodeError,
    ParameterError,
    StillplateError,
    StillplateWarning,
)
from stillplate.io.opening import open_video
from tests.command import run, run_apart
from tests.damage import make_clip
from tests.io.damaged import QUICK, WRONG_IMAGES
from tests.patience import HANGS


@pytest.mark.parametrize(
    "name", ["a b.mp4", "it's.mp4", 'say "x".mp4', "two\nlines.mp4", "grüße 日本.mp4", "-v.mp4", "50%d.mp4"]
)
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    """As input and as output."""
    make_clip(tmp_path / "clip.mp4")
    (tmp_path / "clip.mp4").rename(tmp_path / name)
    command = ("render", f"./{name}", f"--mask=out {name}", *QUICK)
    done = run(*command, folder=tmp_path) if name.isascii() else run_apart(*command, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    with open_video(tmp_path / f"out {name}") as video:
        assert sum(1 for _ in video) == 50


def test_an_output_may_begin_with_a_dash(tmp_path: Path) -> None:
    """Joined to its option by =; alone it would be taken for one, and is told."""
    make_clip(tmp_path / "clip.mp4")
    joined = run("plate", "clip.mp4", "-o=-x.png", "--samples", "4", folder=tmp_path)
    alone = run("plate", "clip.mp4", "-o", "-y.png", "--samples", "4", folder=tmp_path)

    assert (joined.returncode, joined.stderr) == (0, "")
    assert (alone.returncode, alone.stderr.count("\n")) == (2, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["-x.png", "clip.mp4"]


@pytest.mark.parametrize("option", ["--start", "--end", "--at", "--weights"])
def test_a_number_that_nobody_could_write_out_is_told_at_once(tmp_path: Path, option: str) -> None:
    make_clip(tmp_path / "clip.mp4")
    huge = ["1e999999999"] * (3 if option == "--weights" else 1)
    command = ("render", "--mask") if option == "--weights" else ("plate", "-o")
    done = run(command[0], tmp_path / "clip.mp4", command[1], tmp_path / "out.png", option, *huge)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_path_that_is_empty_is_told(walkers: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell's variable that was never set is not the folder one happens to be in."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("mine.png", walkers[0])
    wrongs: list[Callable[[], object]] = [
        lambda: open_video(""),
        lambda: stillplate.render(walkers, mask=""),
        lambda: stillplate.render(walkers, ""),
        lambda: stillplate.render_many([""], "out"),
    ]
    for wrong in wrongs:
        with pytest.raises(StillplateError):
            wrong()

    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]


@pytest.mark.parametrize("output", ["mask", "yolo", "events"])
def test_a_folder_of_other_things_is_not_replaced(tmp_path: Path, output: str) -> None:
    """Not even where it is allowed to overwrite: by mistake, one might name one's home."""
    make_clip(tmp_path / "clip.mp4")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("precious")
    with pytest.raises(ParameterError, match=r"holds letter\.txt, which would be lost"):
        options: dict[str, Any] = {output: f"{tmp_path}/home/"}
        stillplate.render(tmp_path / "clip.mp4", threshold=30, cleanup="none", overwrite=True, **options)

    assert (tmp_path / "home" / "letter.txt").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "home"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "again").symlink_to(tmp_path / "loop", target_is_directory=True)
    (tmp_path / "self.mp4").symlink_to(tmp_path / "self.mp4")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    tree = run("render", tmp_path / "loop", "-o", tmp_path / "out", *QUICK)
    single = run("render", tmp_path / "self.mp4", "-o", tmp_path / "out", *QUICK)

    make_clip(tmp_path / "clip.mp4")
    folder = run("render", tmp_path / "clip.mp4", "-o", tmp_path / "self.mp4", *QUICK)
    output = run("plate", tmp_path / "clip.mp4", "-o", tmp_path / "self.png", "--samples", "4")

    assert (tree.returncode, single.returncode, folder.returncode) == (2, 2, 2)
    assert folder.stderr.count("\n") == 1
    assert (output.returncode, output.stderr) == (0, "")
    assert tree.stderr.count("\n") == single.stderr.count("\n") == 1


INTERRUPTED = """
import _thread, signal, sys
import stillplate_command

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

class Hasty:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "cyclopts":
            _thread.interrupt_main()

sys.argv.append("render")  # the program's own help page needs no cyclopts
sys.meta_path.insert(0, Hasty)
stillplate_command.main()
"""


def test_ctrl_c_while_the_program_is_being_loaded_is_one_line() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANGS)

    assert done.returncode == 130
    assert done.stderr == "stillplate: interrupted: nothing is left half-written\n"


class Sawn(stillplate.ArraySource):
    """Frames of which something happens to the world before the twelfth."""

    def __init__(self, images: np.ndarray, happens: object) -> None:
        super().__init__(images)
        self._happens = happens

    def __iter__(self):  # type: ignore[no-untyped-def]  # as its base
        for frame in super().__iter__():
            if frame.index == 12:
                assert callable(self._happens)
                self._happens()
            yield frame


def test_an_output_folder_that_goes_away_is_told(walkers: np.ndarray, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def remove() -> None:
        for path in out.iterdir():
            path.unlink()
        out.rmdir()

    with pytest.raises(StillplateError, match=r"cannot be written|there is no folder"):
        stillplate.render(Sawn(walkers, remove), mask=out / "mask.mkv", threshold=30, cleanup="none")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::stillplate.errors.StillplateWarning")
def test_an_input_cut_short_while_it_is_read_gives_what_was_there(tmp_path: Path) -> None:
    """Perhaps with a warning; or it is told in one line."""
    clip = tmp_path / "clip.mkv"
    make_clip(clip)
    with open_video(clip) as video:
        frames = iter(video)
        next(frames)
        os.truncate(clip, clip.stat().st_size // 2)
        try:
            assert sum(1 for _ in frames) <= 49
        except StillplateError as err:
            assert "\n" not in str(err)


def test_an_input_that_is_gone_by_its_second_pass_is_told(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    make_clip(clip)
    with open_video(clip) as video:
        background = stillplate.fit(video, samples=4)
        clip.unlink()
        with pytest.raises(StillplateError, match=r"clip\.mkv"):
            stillplate.render(video, mask=tmp_path / "mask.mkv", background=background, threshold=30, cleanup="none")

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB of its own, where one may have that."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:
        pytest.skip("only the superuser may mount a disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only the superuser may mount a disk")
def test_a_disk_that_runs_full_is_told_and_left_as_it_was(small_disk: Path, walkers: np.ndarray) -> None:
    """Whichever output it happens to, and however many were whole by then."""
    large = np.random.default_rng(0).integers(0, 256, (8, 96, 160, 3)).astype(np.uint8)
    options: list[dict[str, Any]] = [
        {"folder": small_disk / "out"},
        {"mask": small_disk / "mask.mp4", "foreground": small_disk / "foreground.mkv"},
        {"plate": small_disk / "plate.png", "clean": f"{small_disk}/clean/", "objects": small_disk / "objects.csv"},
        {"mask": small_disk / "mask.mp4", "cutout": small_disk / "cutout.mov"},
    ]
    for one in options:
        with pytest.raises(EncodeError, match="No space left on device"):
            stillplate.render(np.tile(large, (5, 1, 1, 1)), threshold=0, cleanup="none", samples=4, **one)
        assert list(small_disk.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only the superuser may mount a disk")
def test_a_disk_that_may_not_be_written_is_told(small_disk: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mp4")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    plate = run("plate", tmp_path / "clip.mp4", "-o", small_disk / "plate.png", "--samples", "4")
    video = run("render", tmp_path / "clip.mp4", "--mask", small_disk / "mask.mkv", *QUICK)
    folder = run("render", tmp_path / "clip.mp4", "-o", small_disk / "out", *QUICK)

    for done in (plate, video, folder):
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "Read-only file system" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(walkers: np.ndarray, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    with pytest.raises(EncodeError, match="cannot be written"):
        stillplate.render(walkers, mask=out / "mask.mkv", threshold=30, cleanup="none")


def test_no_thread_is_left_behind_by_what_fails(walkers: np.ndarray, tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("the camera is gone")

    def threads() -> set[threading.Thread]:
        pools = ("stillplate-kernel", "stillplate-sample")  # kept for the life of the process
        return {thread for thread in threading.enumerate() if not thread.name.startswith(pools)}

    before = threads()
    for _ in range(3):
        with pytest.raises(RuntimeError, match="the camera is gone"):
            stillplate.render(Sawn(walkers, fail), tmp_path / "out", threshold=30, cleanup="none")

    assert threads() == before
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_image_among_good_ones_is_left_out(walkers: np.ndarray, tmp_path: Path) -> None:
    for number, image in enumerate(walkers):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), image)
    (tmp_path / "007.png").write_bytes(WRONG_IMAGES["noise"])
    with pytest.warns(StillplateWarning, match=r"007\.png"):
        background = stillplate.fit(str(tmp_path))

    assert len(background.times) == 19
