import json
import os
import re
import resource
import signal
import subprocess
import sys
from fractions import Fraction
from functools import partial
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.cli.options import help_of
from stillplate.io.opening import open_sink
from tests.command import run, run_apart
from tests.patience import HANGS, wait_for


def refused(*arguments: object) -> str:
    """The one line on stderr with which a wrong call ends."""
    return complaint(run(*arguments))


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done
    assert done.stdout == ""
    *warnings, line = done.stderr.splitlines()
    assert all(text.startswith("stillplate: warning: ") for text in warnings), done.stderr
    assert line.startswith("stillplate: "), done.stderr
    return line.removeprefix("stillplate: ")


def test_plate(lane_mp4: Path, tmp_path: Path) -> None:
    done = run_apart("plate", lane_mp4, "-o", tmp_path / "p.png", "--support", tmp_path / "s.png", "--samples", 20)

    assert (done.returncode, done.stderr) == (0, "")
    background = stillplate.fit(lane_mp4, samples=20)
    certain = (background.plate.support >= 0.6).mean()
    assert done.stdout == (
        f"{tmp_path}/p.png written: {certain:.1%} of it is certain, 0.0% guessed (never seen); "
        f"also written: {tmp_path}/s.png\n"
    )
    assert np.array_equal(stillplate.read_image(tmp_path / "p.png"), background.plate.image)
    levels = stillplate.read_image(tmp_path / "s.png")[:, :, 0]
    assert np.abs(levels / 255 - background.plate.support).max() < 0.003


def test_plate_tells_when_its_colours_were_shown(lane_mp4: Path, tmp_path: Path) -> None:
    done = run("plate", lane_mp4, "-o", tmp_path / "p.png", "--provenance", tmp_path / "v.png", "--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stillplate.read_image(tmp_path / "v.png").shape == (64, 96, 3)


def test_render(lane_mp4: Path, tmp_path: Path) -> None:
    done = run("render", lane_mp4, "-o", tmp_path / "out", "--weights", "1/2", "1/4", ".25", "--memory", "64M")

    assert (done.returncode, done.stderr) == (0, "")
    frames, plate, written, page = done.stdout.splitlines()
    assert re.fullmatch(
        r"30 frames, \d\.\d things a frame, \d+\.\d% of the picture is foreground \(threshold \d+\.\d\)", frames
    )
    assert re.fullmatch(r"plate: 9\d\.\d% of it is certain, 0\.0% guessed \(never seen\)", plate)
    assert re.match(r"written in \d+\.\d s: ", written)
    files = set(written.partition(": ")[2].split(", "))
    assert files == {str(path) for path in (tmp_path / "out").iterdir()}
    assert len(files) == 6
    assert page == f"open {tmp_path}/out/report.html in a browser"


def test_render_quietly_to_a_single_path(lane_mp4: Path, tmp_path: Path) -> None:
    done = run("render", lane_mp4, "--cutout", f"{tmp_path}/cut/", "--threshold", "25", "--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list((tmp_path / "cut").iterdir())) == 30


def test_camera(lane_mp4: Path, tmp_path: Path) -> None:
    """Its motion is written and read again; a file that is none of this clip is refused, in one line."""
    outputs = ("--motion", "path.csv", "--stabilized", "stable.mp4", "--clean", "c.mp4")
    few = ("--samples", "12")
    done = run("render", lane_mp4, *outputs, *few, "--camera", "static", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"path.csv", "stable.mp4", "c.mp4"}
    lines = (tmp_path / "path.csv").read_text().splitlines()
    assert lines[2].startswith("0,0.0,1.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0,")
    done = run("plate", lane_mp4, "-o", tmp_path / "p.png", "--motion-from", tmp_path / "path.csv", *few)
    assert (done.returncode, done.stderr) == (0, "")
    still = stillplate.fit(lane_mp4, camera="static", samples=12).plate.image
    assert np.array_equal(stillplate.read_image(tmp_path / "p.png"), still)
    (tmp_path / "path.csv").write_text("\n".join(lines[:-1]) + "\n")
    given = ("--motion-from", tmp_path / "path.csv")
    assert "has 29 frames, but the clip has 30" in refused("plate", lane_mp4, "-o", tmp_path / "q.png", *given)
    assert "static" in refused("render", lane_mp4, "-o", tmp_path / "o", *given, "--camera", "static")
    assert "none.json: cannot be read" in refused("check", lane_mp4, "--motion-from", tmp_path / "none.json")


def test_pixel(lane_mp4: Path, tmp_path: Path) -> None:
    assert run("pixel", lane_mp4, 48, 40, "-o", tmp_path / "pixel.png").returncode == 0
    assert stillplate.read_image(tmp_path / "pixel.png").shape == (1000, 1280, 3)


def test_check(lane_mp4: Path, tmp_path: Path) -> None:
    done = run("check", lane_mp4, "-o", tmp_path / "check.json")
    found = stillplate.check_assumptions(lane_mp4)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == list(found.lines())
    assert json.loads((tmp_path / "check.json").read_text()) == {**found.to_dict(), "doubts": []}
    assert "exists already" in refused("check", lane_mp4, "-o", tmp_path / "check.json")


def test_clips_of_one_name(walkers: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They can be checked, as only what is written needs a name of its own."""
    clips = [tmp_path / name / "input" for name in ("goat", "libby")]
    for clip in clips:
        clip.mkdir(parents=True)
        for number, image in enumerate(walkers[::7]):
            stillplate.write_image(clip / f"{number}.png", image)
    checked: list[Path] = []
    monkeypatch.setattr("stillplate.cli.check.run_each", lambda clips, *_: checked.extend(clip.path for clip in clips))

    assert run("check", *clips).returncode == 0
    assert checked == clips
    for command in (("check", "-o", f"{tmp_path}/out/"), ("plate", "-o", f"{tmp_path}/out/", "--for", "trex")):
        assert "two clips would write to input" in refused(command[0], *clips, *command[1:])


def test_scores(lane_mp4: Path, tmp_path: Path) -> None:
    """A plate scored against itself is perfect; masks against themselves too."""
    stillplate.render(lane_mp4, plate=tmp_path / "p.png", mask=f"{tmp_path}/masks/")
    plates = run("score", tmp_path / "p.png", tmp_path / "p.png")
    masks = run("score-masks", f"{tmp_path}/masks", f"{tmp_path}/masks")

    assert plates.returncode == masks.returncode == 0
    assert plates.stdout.splitlines()[0].split()[:2] == ["AGE", "0.000"]
    assert masks.stdout.splitlines()[2].split() == ["F", "1.0000"]


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a smaller and shorter street than it draws by itself."""
    monkeypatch.setattr(synthetic, "street", partial(synthetic.street, 96, 64, 30))
    done = run("demo", "-o", tmp_path / "demo")

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "demo").iterdir()} >= {"street.mp4", "plate.png", "contact_sheet.png"}
    assert "AGE" in done.stdout
    assert Path(done.stdout.splitlines()[-1]) == tmp_path / "demo" / "contact_sheet.png"
    assert float(done.stdout.split("F ")[1].split()[0]) > 0.85


def test_help_tells_every_option() -> None:
    done = run("render", "--help")

    assert done.returncode == 0
    for option in ("--output", "-o", "--mask", "--threshold", "--overwrite", "--quiet"):
        assert option in done.stdout
    assert run("--version").stdout.strip()


def test_help_is_whole_sentences_and_of_the_command_itself() -> None:
    """Of every keyword all that its description says, and no option of another command."""
    names = list(signature(stillplate.render).parameters)
    pages = {command: " ".join(run(command, "--help").stdout.split()) for command in ("render", "plate", "check")}

    assert [name for name in names if not help_of(stillplate.render, name).endswith(".")] == []
    assert "neighbouring frames" in help_of(stillplate.render, "clean")
    assert "neighbouring frames" in help_of(stillplate.render, "memory")
    assert "masks leave them out" in help_of(stillplate.render, "exclude")
    assert "--trim" in pages["render"]
    assert "trim" not in pages["plate"] + pages["check"]


def test_missing_input(tmp_path: Path) -> None:
    line = complaint(run_apart("plate", tmp_path / "no such.mp4", "-o", tmp_path / "p.png"))

    assert "no such.mp4" in line
    assert list(tmp_path.iterdir()) == []


def test_inputs_that_hold_no_video(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 100)
    (tmp_path / "zero.mp4").write_bytes(b"")
    for name in ("empty", "text.mp4", "zero.mp4"):
        assert name in refused("render", tmp_path / name, "-o", tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_images_of_different_sizes(tmp_path: Path) -> None:
    for number, size in enumerate((8, 8, 9)):
        stillplate.write_image(tmp_path / f"{number}.png", np.zeros((size, 8, 3), np.uint8))

    line = refused("plate", tmp_path, "-o", tmp_path.parent / "plate.bmp")
    assert "2.png" in line and "8x9" in line and "8x8" in line


def test_one_frame(tmp_path: Path) -> None:
    stillplate.write_image(tmp_path / "one.png", np.zeros((8, 8, 3), np.uint8))

    assert "at least 2 are needed" in refused("plate", tmp_path / "one.png", "-o", tmp_path / "p.png")


@pytest.mark.parametrize(
    ("option", "value", "needed"),
    [
        ("--samples", "-4", "at least 2"),
        ("--samples", "1.5", "whole number"),
        ("--clusters", "9", "clusters"),
        ("--clusters", "0", "clusters"),
        ("--threshold", "nan", "threshold"),
        ("--threshold", "-1", "threshold"),
        ("--threshold", "many", "many"),
        ("--memory", "lots", "512M or 2G"),
        ("--memory", "10", "one row"),
        ("--memory", "-1G", "memory"),
        ("--seed", "-1", "seed"),
        ("--vote", "loud", "majority"),
        ("--colour", "red", "--colour"),
    ],
)
def test_options_out_of_range(lane_mp4: Path, tmp_path: Path, option: str, value: str, needed: str) -> None:
    assert needed in refused("render", lane_mp4, "-o", tmp_path / "out", option, value)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "weights", [("0", "0", "0"), ("1", "-1", "1"), ("nan", "1", "1"), ("1/0", "1", "1"), ("a", "b", "c")]
)
def test_weights_out_of_range(lane_mp4: Path, tmp_path: Path, weights: tuple[str, ...]) -> None:
    assert "weights" in refused("render", lane_mp4, "-o", tmp_path / "out", "--weights", *weights)


def test_outputs_that_cannot_be(lane_mp4: Path, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"precious")

    assert "exists already" in refused("plate", lane_mp4, "-o", tmp_path / "there.png")
    assert "no folder" in refused("plate", lane_mp4, "-o", tmp_path / "nowhere" / "p.png")
    assert "the input itself" in refused("render", lane_mp4, "--mask", lane_mp4, "--overwrite")
    assert ".xyz" in refused("plate", lane_mp4, "-o", tmp_path / "p.xyz")
    assert ".xyz" in refused("render", lane_mp4, "--mask", tmp_path / "m.xyz")
    assert (tmp_path / "there.png").read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]


def test_disk_full(street_mp4: Path, tmp_path: Path) -> None:
    """A file size limit stands in for a full disk: one line, and no half file."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    apart = {"preexec_fn": limit, "env": {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}}  # it would be cut short, too
    for output in ("--mask", "--foreground"):
        line = complaint(run_apart("render", street_mp4, output, tmp_path / "out.mkv", "--samples", 4, **apart))
        assert "out.mkv" in line
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a long render ends at once, without a half file."""
    noise = np.random.default_rng(0).integers(0, 256, (8, 180, 320, 3), np.uint8)
    with open_sink(tmp_path / "noise.y4m", 320, 180) as sink:
        for number in range(250):
            sink.write(noise[number % 8], Fraction(number, 25))
    command = [sys.executable, "-m", "stillplate", "render", str(tmp_path / "noise.y4m"), "-o", str(tmp_path / "out")]
    command += ["--samples", "4", "--threshold", "0", "--cleanup", "none"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    try:
        wait_for(lambda: bool(list((tmp_path / "out").glob(".*partial*"))) or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=HANGS)
    finally:
        process.kill()

    assert process.returncode == 130, errors
    assert errors == "stillplate: interrupted: nothing is left half-written\n"
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_output_may_not_lie_among_the_input_images(tmp_path: Path) -> None:
    """Neither over one of them nor beside them, where it would be a frame of the next run."""
    for number in range(3):
        stillplate.write_image(tmp_path / f"{number}.png", np.full((8, 8, 3), number, np.uint8))
    before = (tmp_path / "1.png").read_bytes()

    for source in (tmp_path, tmp_path / "*.png"):
        for output in ("1.png", "plate.png"):
            assert "among the input's images" in refused("plate", source, "-o", tmp_path / output, "--overwrite")
    assert "among the input's images" in refused("pixel", tmp_path, 1, 1, "-o", tmp_path / "1.png", "--overwrite")
    assert "among the input's images" in refused("render", tmp_path, "-o", tmp_path)
    assert (tmp_path / "1.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


def test_folders_that_cannot_be(lane_mp4: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")

    assert "cannot be made: Not a directory" in refused("render", lane_mp4, "-o", tmp_path / "file" / "out")
    assert "cannot be made: Not a directory" in refused("render", lane_mp4, "-o", tmp_path / "file" / "in" / "out")
    assert "give each a path of its own" in refused(
        "plate", lane_mp4, "-o", tmp_path / "p.png", "--support", tmp_path / "p.png"
    )
    assert "the pixel's place is '1.5'" in refused("pixel", lane_mp4, "1.5", 5, "-o", tmp_path / "p.png")


def test_overrides(lane_mp4: Path, tmp_path: Path) -> None:
    """Start, end, exclusions (a polygon for a while, a mask for good), region and outside plate, as in the library."""
    mask = np.zeros((64, 96), np.bool_)
    mask[40:, :18] = True
    stillplate.write_image(tmp_path / "mask.png", mask)
    given = (
        "--start", "0:00.2", "--end", "1", "--exclude", f"{tmp_path}/mask.png",
        "--exclude", "5,5 36,5 36,30@0:0.5-",
    )  # fmt: skip
    spanned = {"start": 0.2, "end": 1, "exclude": [mask, stillplate.Exclusion([(5, 5), (36, 5), (36, 30)], start=0.5)]}
    assert run("plate", lane_mp4, "-o", tmp_path / "p.png", *given).returncode == 0
    assert run("pixel", lane_mp4, 30, 12, "-o", tmp_path / "pixel.png", *given).returncode == 0
    done = run(
        "render", lane_mp4, "--mask", f"{tmp_path}/m/", "--plate-from", tmp_path / "p.png",
        "--roi", "0,0 48,0 48,63", *given,
    )  # fmt: skip

    background = stillplate.fit(lane_mp4, **spanned)  # type: ignore[arg-type]  # keywords of many types
    assert np.array_equal(stillplate.read_image(tmp_path / "p.png"), background.plate.image)
    assert (done.returncode, done.stderr) == (0, "")
    assert "% of the region is foreground" in done.stdout.splitlines()[0]
    masks = stillplate.read_image(tmp_path / "m" / "000015.png")[:, :, 0] > 0
    assert not masks[:, 49:].any()


@pytest.mark.parametrize(
    ("option", "value", "needed"),
    [
        ("--start", "1:2:3:4", "--start: '1:2:3:4' is no time"),
        ("--end", "-3", "--end: '-3' is no time"),
        ("--start", "9", "the last of the clip is at 1.160 s"),
        ("--exclude", "1,1 5,1 5,5@2-1", "the end may not come before the start"),
        ("--exclude", "1,1 5,1", "exclude has 2 corners"),
        ("--exclude", "1,1 5,1 5,500", "(5, 500), outside the picture"),
        ("--exclude", "none.png@0-1", "neither an image file"),
        ("--roi", "1,1;5,1;5,5", "--roi: '1,1;5,1;5,5' is neither"),
        ("--plate-from", "none.png", "none.png: cannot be read"),
    ],
)
def test_overrides_out_of_range(lane_mp4: Path, tmp_path: Path, option: str, value: str, needed: str) -> None:
    assert needed in refused("render", lane_mp4, "-o", tmp_path / "out", option, value)

    assert not (tmp_path / "out").exists()
