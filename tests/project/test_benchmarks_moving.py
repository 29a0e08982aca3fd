from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.chained import chained_path
from benchmarks.framewise import ClipScores
from benchmarks.held_out import leave_one_out
from benchmarks.moving import FALSE, HIT, MISSED, drawn_clips, marked, score_drawn
from benchmarks.paths import aligned, corner_errors, read_published
from benchmarks.sequences import read_rgb, write_sequence
from stillplate.synthetic import camera, street

SIZE, FRAMES = (192, 120), 16
CANVAS = np.array([[1.1, 0.02, 50], [0.01, 0.95, -30], [1e-5, 2e-5, 1]])


@pytest.fixture(scope="module")
def pan() -> camera.Camera:
    return camera.pan((320, 140), SIZE, FRAMES)


@pytest.fixture(scope="module")
def truth(pan: camera.Camera) -> np.ndarray:
    return np.stack([pan(index) for index in range(FRAMES)])


def test_paths_are_compared_wherever_their_canvases_lie(truth: np.ndarray) -> None:
    """One frame is 40 pixels astray, one lost; all others agree, however the other canvas was chosen."""
    path = np.linalg.inv(CANVAS) @ truth
    path[3] = np.nan
    path[7] = path[7] @ np.array([[1, 0, 40], [0, 1, 0], [0, 0, 1]])
    errors = corner_errors(path, truth, aligned(path, truth, SIZE), SIZE)

    assert np.isnan(errors[3])
    assert errors[7] == pytest.approx(40, abs=0.1)
    assert np.delete(errors, [3, 7]).max() < 0.01


def test_published_homographies_are_turned_and_scaled(tmp_path: Path) -> None:
    """The file has them from the first frame to each, in pixels of frames twice as large."""
    lines = ["size: 384 240", "bounds: 0 1 0 1", *(f"1 0 {-2 * x} 0 1 0 0 0 1" for x in (0, 3))]
    (tmp_path / "homographies.txt").write_text("\n".join(lines) + "\n")
    path = read_published(tmp_path / "homographies.txt", SIZE)

    assert path[:, 0, 2].tolist() == [0, 3]
    assert np.array_equal(path[1, :2, :2], np.eye(2))


def test_naive_path(pan: camera.Camera, truth: np.ndarray) -> None:
    clip = street(320, 140, frames=4, noise=1, walkers=0, vehicles=0, camera=pan, size=SIZE, softness=0.7)
    path = chained_path(frame.image for frame in clip)
    errors = corner_errors(path, truth[:4], aligned(path, truth[:4], SIZE), SIZE)

    assert errors.max() < 1
    assert np.array_equal(chained_path([np.zeros((60, 80, 3), np.uint8)] * 2), [np.eye(3)] * 2)


def test_means_over_frames() -> None:
    """The first and the last of seven frames count in the pooled figures only; blinking needs three frames in a row."""
    rows = np.array([[[0, 0, 1, 1]], [[0, 0, 0, 0]], [[0, 0, 1, 0]], [[1, 1, 1, 1]]], np.bool_)
    some, nothing, half, every = rows  # masks of one row
    scores = ClipScores(7)
    pairs = {0: (nothing, some), 1: (half, some), 2: (some, some), 3: (nothing, nothing)}
    for index, (mask, truth) in {**pairs, 5: (nothing, some), 6: (every, some)}.items():
        scores.add(index, mask, truth.view(np.uint8) * np.uint8(255))
    row = scores.row()

    assert scores.j_by_frame == {1: 0.5, 2: 1, 3: 1, 5: 0}
    assert row["j"] == pytest.approx((0.5 + 1 + 1 + 0) / 4)
    assert row["f"] == pytest.approx((2 / 3 + 1 + 1 + 0) / 4)
    assert row["empty"] == 1 / 3
    assert row["blinking"] == (0 + 1 / 2) / 2
    assert (row["pooled_precision"], row["pooled_recall"]) == (5 / 7, 5 / 10)
    assert np.isnan(ClipScores(2).row()["j"])


def test_hits_and_errors_are_coloured() -> None:
    """On black: hit, missed, false, rightly empty; shadow that is marked is false, the unknown is not coloured."""
    labels = np.array([[255, 255, 0, 0, 50, 170]], np.uint8)
    shown = marked(np.zeros((1, 6, 3), np.uint8), np.array([[1, 0, 1, 0, 1, 1]], np.bool_), labels)

    assert [pixel.argmax() for pixel in shown[0, :3]] == [np.argmax(one) for one in (HIT, MISSED, FALSE)]
    assert np.array_equal(shown[0, 4], shown[0, 2])
    assert not shown[0, [3, 5]].any()


def test_drawn() -> None:
    """A camera that rolls is followed, and costs little."""
    scores = score_drawn(drawn_clips((144, 90), 24)["roll"], (144, 90), 24, seed=0)

    assert scores["found"] == 1
    assert scores["corner_error"] < 0.3
    assert scores["age"] < 4
    assert scores["loss"] < 0.15


def test_moving(pan: camera.Camera, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Masks beside the naive ones, the path beside the published one, printed, written, and as pictures."""
    folder = tmp_path / "pan"
    write_sequence(folder, street(320, 140, frames=FRAMES, seed=3, noise=1, walkers=4, camera=pan, size=SIZE))
    rows = [np.linalg.inv(np.linalg.inv(pan(0)) @ pan(index)).ravel() for index in range(FRAMES)]
    lines = [" ".join(map(str, row)) for row in rows]
    (folder / "homographies.txt").write_text("\n".join(["size: 192 120", "bounds: 0 1 0 1", *lines]) + "\n")
    main(["moving", str(tmp_path), "--quick", "--json", str(tmp_path / "f.json"), "--out", str(tmp_path / "out")])
    result = json.loads((tmp_path / "f.json").read_text())
    figures = result["sequences"]["pan"]

    assert figures["ours"]["pooled_f"] > 0.5
    assert figures["path"]["agree"] == 1
    for method in ("ours", "naive"):
        assert 0 < figures[method]["j"] <= figures[method]["f"] <= 1
        assert 0 <= figures[method]["blinking"] <= 1
        assert len(figures["j_by_frame"][method]) == FRAMES - 2
    assert 0 <= figures["truth"]["blinking"] < 0.2
    assert result["lowest_j"] == {"ours": "pan", "naive": "pan"}
    assert read_rgb(tmp_path / "out" / "pan.png").shape == (4 * SIZE[1], 4 * SIZE[0], 3)
    assert (tmp_path / "out" / "pan-plate.png").exists()
    printed = capsys.readouterr().out
    for title in ("J ours", "J naive", "blinking", "empty", "lowest J: ours pan", "pooled", "precision", "residual"):
        assert title in printed


def test_without_truth(tmp_path: Path) -> None:
    write_sequence(tmp_path / "one", street(64, 48, frames=2, noise=1))
    for truth in (tmp_path / "one" / "groundtruth").iterdir():
        truth.unlink()
    with pytest.raises(SystemExit, match="no sequence has groundtruth"):
        main(["moving", str(tmp_path)])


def test_what_is_chosen_for_a_sequence_is_best_on_the_others() -> None:
    rows = {"a": {"1": 0.9, "2": 0.1}, "b": {"1": 0.3, "2": 0.6}, "c": {"1": 0.4, "2": 0.6}}

    assert leave_one_out(rows) == {"a": ("2", 0.1), "b": ("1", 0.3), "c": ("1", 0.4)}
    assert leave_one_out({"a": rows["a"]}) == {}
