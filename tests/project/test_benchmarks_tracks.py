"""The scores of tracks, and the benchmark that prints them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import tracks
from benchmarks.__main__ import main
from benchmarks.track_scores import Boxes, score_tracks

ONE, OTHER = (0.0, 0.0, 10.0, 10.0), (50.0, 0.0, 10.0, 10.0)


def test_tracks_as_the_truth_are_perfect() -> None:
    frames: Sequence[Boxes] = [{1: ONE, 2: OTHER}] * 3

    assert score_tracks(frames, [{7: ONE, 5: OTHER}] * 3) == pytest.approx(
        {"hota": 1, "deta": 1, "assa": 1, "idf1": 1, "switches": 0}
    )


def test_two_that_change_their_ids_halfway() -> None:
    """Of four frames, each identity has either id in two: A = 2 / (4 + 4 - 2) for each match; and one switch each."""
    found: Sequence[Boxes] = [*[{1: ONE, 2: OTHER}] * 2, *[{2: ONE, 1: OTHER}] * 2]

    assert score_tracks([{1: ONE, 2: OTHER}] * 4, found) == pytest.approx(
        {"hota": (1 / 3) ** 0.5, "deta": 1, "assa": 1 / 3, "idf1": 0.5, "switches": 2}
    )


def test_what_is_missed_and_what_is_not_there() -> None:
    """One of two is missed in every frame, and in one of two frames something is found where nothing is."""
    found: list[Boxes] = [{1: ONE, 3: (80.0, 50.0, 5.0, 5.0)}, {1: ONE}]
    scores = score_tracks([{1: ONE, 2: OTHER}] * 2, found)

    assert scores["deta"] == pytest.approx(2 / 5)  # two hits, two missed, one false
    assert scores["idf1"] == pytest.approx(2 * 2 / (4 + 3))


def test_a_box_that_is_half_off() -> None:
    """Boxes of 10 pixels that are 2 apart overlap by 8/12: a hit at 13 of the 19 thresholds, 0.05 to 0.65."""
    scores = score_tracks([{1: ONE}], [{1: (2.0, 0.0, 10.0, 10.0)}])

    assert scores["deta"] == pytest.approx(13 / 19)


def test_nothing_at_all() -> None:
    assert score_tracks([{1: ONE}], [{}])["hota"] == 0
    assert score_tracks([{}], [{1: ONE}])["idf1"] == 0
    assert score_tracks([{}], [{}])["switches"] == 0


def test_the_benchmark_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "FRAMES", 40)
    monkeypatch.setattr(tracks, "SEEDS", (2,))
    monkeypatch.setattr(tracks, "CROWDS", (120,))
    main(["tracks", "--json", str(tmp_path / "tracks.json")])
    result = json.loads((tmp_path / "tracks.json").read_text())
    clips, (crowd,) = result["clips"], result["crowds"].values()

    assert list(clips) == ["street 2", "arena 2"]
    assert clips["arena 2"]["stillplate"]["hota"] > 0.7
    assert clips["street 2"]["stillplate"]["hota"] > 0.4
    assert crowd["stillplate --count"]["all"] > 0.8
