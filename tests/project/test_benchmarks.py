from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks import derain, ffmpeg, light, remote, scale
from benchmarks.__main__ import main
from benchmarks.calibration import Calibration
from benchmarks.masks import THRESHOLDS, spread
from benchmarks.report import mean_of
from benchmarks.rules import ABLATION, GRID, leave_one_out
from benchmarks.sequences import find_sequences, write_sequence
from benchmarks.targets import TARGETS, judge_bounds, judge_targets
from benchmarks.timing import Task, interleaved, run_process
from stillplate.io.source import FrameSource
from stillplate.plate.plate import Plate
from stillplate.synthetic import street

FRAMES = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiny sequences; the second has no truth but the masks of its last two frames."""
    root = tmp_path_factory.mktemp("sequences")
    for name in ("first", "second"):
        write_sequence(root / name, street(64, 48, frames=FRAMES, seed=len(name), noise=1))
    for index in range(FRAMES - 2):
        (root / "second" / "groundtruth" / f"gt{index + 1:06d}.png").unlink()
    (root / "second" / "background.png").unlink()
    return root


class TestSequences:
    def test_reads_the_layout(self, folder: Path) -> None:
        first, second = find_sequences(folder)

        assert (first.name, second.name) == ("first", "second")
        assert isinstance(first, FrameSource)
        assert first.info.frames == FRAMES
        assert sorted(second.truths) == [FRAMES - 2, FRAMES - 1]
        assert second.background() is None

    def test_one_sequence(self, folder: Path) -> None:
        (only,) = find_sequences(folder / "first")
        truth = only.background()

        assert truth is not None
        assert truth[1].all()
        assert np.array_equal(next(only.take([3])).image, street(64, 48, seed=5, noise=1).frame(3).image)

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match="holds no sequence"):
            find_sequences(tmp_path)


def test_plates(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every method scored where the background is known, printed, and written as JSON and picture."""
    main(["plates", str(folder), "--quick", "--json", str(tmp_path / "plates.json"), "--out", str(tmp_path / "out")])
    figures = json.loads((tmp_path / "plates.json").read_text())

    assert list(figures["sequences"]) == ["first"]
    assert figures["mean"]["temporal median, 64"]["age"] < 30
    assert set(figures["mean"]["ours"]) == {"age", "peps", "pceps", "psnr", "ms_ssim", "cqm", "seconds"}
    assert (tmp_path / "out" / "first.png").exists()
    assert 0 <= figures["calibration"]["ours"]["certain"] <= 1
    assert "ablation" not in figures
    printed = capsys.readouterr().out
    for title in ("AGE", "pEPs", "seconds", "support"):
        assert title in printed


def test_what_the_parts_of_the_vote_are_worth(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The product's own plate stands first; of three sequences each is scored by rules chosen on the other two."""
    for name, seed in {"third": 6, "fourth": 7}.items():
        write_sequence(tmp_path / name, street(64, 48, frames=FRAMES, seed=seed, noise=1))
    (tmp_path / "first").symlink_to(folder / "first")
    monkeypatch.setattr("benchmarks.plates.GRID", dict(list(GRID.items())[:2]))
    main(["plates", str(tmp_path), "--json", str(tmp_path / "plates.json")])
    figures = json.loads((tmp_path / "plates.json").read_text())

    assert figures["ablation"]["mean"]["all"]["age"] == pytest.approx(figures["mean"]["ours"]["age"])
    assert list(figures["ablation"]["mean"]) == list(ABLATION)
    assert list(figures["cross_validation"]["chosen"]) == ["first", "fourth", "third"]
    printed = capsys.readouterr().out
    assert "left out" in printed
    assert "no recurrence" in printed


def test_leave_one_out_by_hand() -> None:
    """Each sequence gets what the others chose, however bad it is for itself."""

    def row(first: float, second: float) -> dict[str, dict[str, float]]:
        return {"first": {"age": first, "peps": 0.0}, "second": {"age": second, "peps": 0.1}}

    chosen = leave_one_out({"a": row(1, 9), "b": row(2, 3), "c": row(4, 3)})

    assert chosen == {
        "a": ("first", {"age": 1, "peps": 0.0}),
        "b": ("first", {"age": 2, "peps": 0.0}),
        "c": ("first", {"age": 4, "peps": 0.0}),
    }
    assert leave_one_out({"a": row(9, 1), "b": row(1, 2)}) == {
        "a": ("first", {"age": 9, "peps": 0.0}),
        "b": ("second", {"age": 2, "peps": 0.1}),
    }
    assert leave_one_out({"a": row(1, 2)}) == {}


def test_calibration_by_hand() -> None:
    """Four pixels, one of them not scored: one certain and right, one doubtful and wrong, one in between and wrong."""
    truth = np.full((2, 2, 3), 100, np.uint8)
    image = truth + np.array([[0, 30], [25, 50]], np.uint8)[:, :, None]
    support = np.array([[0.95, 0.3], [0.7, 0.9]], np.float32)
    plate = Plate(image, support, np.zeros((2, 2), np.float32), support > 0, np.zeros((2, 2, 1), np.uint8))
    counts = Calibration.of(plate, truth, np.array([[True, True], [True, False]]))

    assert counts == Calibration(pixels=3, wrong=2, certain=1, certain_wrong=0, doubtful=1, doubtful_wrong=1)
    assert (counts + counts).figures() == pytest.approx(
        {"certain": 1 / 3, "wrong_of_certain": 0, "doubtful": 1 / 3, "doubtful_of_wrong": 1 / 2}
    )
    assert np.isnan(Calibration().figures()["certain"])


def test_masks(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["masks", str(folder), "--quick", "--json", str(tmp_path / "masks.json"), "--out", str(tmp_path / "out")])
    figures = json.loads((tmp_path / "masks.json").read_text())

    assert list(figures["sequences"]) == ["first", "second"]
    assert figures["best_threshold"] in THRESHOLDS
    for method in figures["sequences"]["second"].values():
        assert method["tp"] + method["fp"] + method["fn"] + method["tn"] == 2 * 64 * 48
    assert (tmp_path / "out" / "second.png").exists()
    assert "OpenCV MOG2" in capsys.readouterr().out


def test_means_leave_out_what_is_missing() -> None:
    assert mean_of([{"a": 1.0, "b": None}, {"a": 3.0, "b": 4.0}]) == {"a": 2.0, "b": 4.0}


def test_spread() -> None:
    assert spread(range(100), 4) == [12, 37, 62, 87]
    assert spread([7], 4) == [7]


def test_interleaved() -> None:
    """A task's own clock is believed, and what is measured on a part is scaled up to the whole."""
    times = interleaved({"whole": Task(lambda: 2.0), "a quarter": Task(lambda: 1.0, 0.25, "1 of 4")}, repeats=3)

    whole = {"seconds": 2.0, "rounds": [2.0] * 3, "ratio": 1.0, "spread": [1.0, 1.0], "extrapolated": ""}
    part = {"seconds": 4.0, "rounds": [4.0] * 3, "ratio": 2.0, "spread": [2.0, 2.0], "extrapolated": "1 of 4"}
    assert times == {"whole": whole, "a quarter": part}


def test_a_process_is_weighed_alone() -> None:
    """Its peak memory is its own, however much this one holds."""
    ballast = np.ones(300 << 20, np.uint8)

    small = run_process((sys.executable, "-c", "pass"))
    large = run_process((sys.executable, "-c", "b'x' * (80 << 20)"))

    assert small.peak < 60 << 20 < 80 << 20 < large.peak < ballast.nbytes
    assert small.seconds > 0


def test_a_process_that_fails() -> None:
    with pytest.raises(SystemExit, match="no such luck"):
        run_process((sys.executable, "-c", "import sys; sys.exit('no such luck')"))


def test_light_is_followed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two lights, on a small and short clip."""
    for name, value in {"WIDTH": 112, "HEIGHT": 64, "FRAMES": 30, "VAN": (34, 20)}.items():
        monkeypatch.setattr(light, name, value)
    names = ("lamp in half the room", "auto-exposure")
    monkeypatch.setattr(light, "LIGHTS", {name: light.LIGHTS[name] for name in names})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "light", "--json", str(tmp_path / "light.json")])
    main()
    clips = json.loads((tmp_path / "light.json").read_text())["clips"]

    assert list(clips) == list(names)
    lamp = clips["lamp in half the room"]
    assert lamp["light auto"]["error"] < 3 < lamp["light fixed"]["error"]
    assert lamp["light auto"]["states"] == 2
    assert lamp["light auto"]["f"] > lamp["the same in fixed light"]["f"] - 0.1  # of so small a picture


def test_rain_that_goes_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WIDTH": 160, "HEIGHT": 90, "FRAMES": 20, "KINDS": ("rain",), "SEEDS": (2,)}.items():
        monkeypatch.setattr(derain, name, value)
    main(["derain", "--json", str(tmp_path / "derain.json")])
    [clip] = json.loads((tmp_path / "derain.json").read_text())["clips"].values()

    assert 20 < clip["input"] < 40
    assert clip["gain"] > 2


def test_a_target_is_judged_by_medians_and_tells_the_rounds() -> None:
    target = TARGETS[3]
    rows = interleaved({target.beside: Task(lambda: 1.0), target.what: Task(lambda: target.target)}, repeats=3)
    [row] = judge_targets({f"{target.group} clip, whole process": rows})

    assert (row["ratio"], row["spread"], row["reached"]) == (target.target, [target.target] * 2, True)
    assert judge_targets({"something else": rows}) == []


def test_bounds_are_seconds_above_python_alone_and_megabytes() -> None:
    names = {"python -c pass": 0.1, "import stillplate": 0.2, "stillplate --help": 0.5}
    rows = {name: {"rounds": [seconds, seconds]} for name, seconds in names.items()}
    found = judge_bounds({"imports": rows}, {"render": 500_000_000})

    assert [round(row["ratio"], 3) for row in found] == [0.1, 0.4, 500.0]
    assert [row["reached"] for row in found] == [True, False, False]


@pytest.mark.skipif(bool(ffmpeg.MISSING), reason="PyAV's FFmpeg lacks the filters")
def test_the_chain_of_ffmpeg_runs(walkers: npt.NDArray[np.uint8]) -> None:
    images = list(walkers[:5])
    ffmpeg.median_plate(images)
    ffmpeg.study_masks(images, images[0], 30)


def test_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With a worker; the second would cost another second of this test."""
    monkeypatch.setattr(scale, "WORKERS", (1,))
    monkeypatch.setattr(scale, "EMPTY", 1)
    monkeypatch.setattr(scale, "BARE", 20)
    main(["scale", "--clips", "1", "--frames", "6", "--repeats", "1", "--json", str(tmp_path / "scale.json")])
    figures = json.loads((tmp_path / "scale.json").read_text())

    assert figures["clips_a_minute"].keys() == {"--jobs 1", "--cluster of 1"}
    assert 0 < figures["bytes_of_a_result"] < figures["bytes_of_a_task"] < 10_000
    assert all(figure > 0 for figure in figures["cpu_seconds_beside_a_clip"].values())
    assert "clips_a_minute" in capsys.readouterr().out


def test_bytes_and_requests_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(remote, "CLIPS", {"short": 50})
    monkeypatch.setattr(remote, "OURS", (2**16,))
    monkeypatch.setattr(remote, "THEIRS", [("blockcache", 2**16)])
    main(["remote", "--seconds", "20", "--json", str(tmp_path / "remote.json")])
    ours, theirs = json.loads((tmp_path / "remote.json").read_text())
    assert (ours["cache"], theirs["cache"]) == ("growing, 64 KiB (in use)", "blockcache, 64 KiB")
    for row in (ours, theirs):
        assert 0 < row["plate"][0] <= 1.1 * row["bytes"] and 0 < row["plate"][1] < 30
        assert row["whole"][0] >= 0.99 * row["bytes"]
    assert "50 ms a request" in capsys.readouterr().out
