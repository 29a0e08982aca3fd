"""What a render tells of its clean video."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.cli.summary import summary


def test_how_much_of_a_clean_video_is_guessed(walkers: np.ndarray, tmp_path: Path) -> None:
    """The block is 6 pixels wide, one farther right in each frame; what 16 columns on the left hide was never seen."""
    walkers[19] = 90
    background = stillplate.fit(walkers)
    seen = background.plate.seen.copy()
    seen[:, :16] = False
    background = replace(background, plate=replace(background.plate, seen=seen))
    done = stillplate.render(
        walkers, background=background, clean=f"{tmp_path}/clean/", report=tmp_path / "r.json",
        page=tmp_path / "r.html", threshold=30, cleanup="none", clean_shadows=False,
    )  # fmt: skip
    layout = json.loads((tmp_path / "r.json").read_text())
    shares = [*[1.0] * 11, *[left / 6 for left in (5, 4, 3, 2, 1)], *[0.0] * 3]
    all_of_it, guess = 19 * 36 / (20 * 24 * 32), sum(shares) / 19
    told = f"{all_of_it:.1%} of the picture is replaced, {guess:.1%} of that guessed (never seen)"

    assert layout["frames"]["guessed_share"][:-1] == pytest.approx(shares, abs=1e-4)
    assert layout["frames"]["guessed_share"][-1] is None
    assert layout["clean"]["guessed_share"] == pytest.approx(guess, abs=1e-4)
    assert layout["clean"]["replaced_share"] == pytest.approx(all_of_it, abs=1e-6)
    assert f"clean: {told}" in list(summary(done, 1))
    assert told in (tmp_path / "r.html").read_text()


def test_without_a_clean_video_nothing_is_said_of_it(walkers: np.ndarray, tmp_path: Path) -> None:
    done = stillplate.render(walkers, report=tmp_path / "r.json", threshold=30, cleanup="none")
    layout = json.loads((tmp_path / "r.json").read_text())

    assert layout["clean"] is None
    assert "guessed_share" not in layout["frames"]
    assert not any(line.startswith("clean") for line in summary(done, 1))
