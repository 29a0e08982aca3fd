"""The scores of `python -m benchmarks tracks` beside TrackEval's, on random tracks."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trackeval.metrics import CLEAR, HOTA, Identity

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from track_scores import Boxes, score_tracks


def drawn(seed: int) -> tuple[list[Boxes], list[Boxes]]:
    """Identities that walk, some missed; and tracks that shake, get lost, change, and see what is not there."""
    random = np.random.default_rng(seed)
    starts, speeds = random.uniform(0, 80, (6, 2)), random.normal(0, 1.5, (6, 2))
    truth: list[Boxes] = []
    found: list[Boxes] = []
    ids = np.arange(6)
    for number in range(80):
        places = starts + number * speeds
        here = {one: (*places[one], 14.0, 20.0) for one in range(6) if random.random() < 0.9}
        ids = random.permutation(ids) if random.random() < 0.03 else ids
        seen = {
            int(ids[one]): (*(places[one] + random.normal(0, 2, 2)), 14.0, 20.0)
            for one in here
            if random.random() < 0.9
        }
        if random.random() < 0.2:
            seen[20 + number] = (*random.uniform(0, 80, 2), 14.0, 20.0)
        truth.append(here)
        found.append(seen)
    return truth, found


def as_data(truth: list[Boxes], found: list[Boxes]) -> dict[str, Any]:
    """The same as TrackEval's metrics take it."""
    numbers = [{one: n for n, one in enumerate(sorted({i for f in frames for i in f}))} for frames in (truth, found)]
    overlaps = []
    for real, seen in zip(truth, found, strict=True):
        table = np.zeros((len(real), len(seen)))
        for row, (x, y, w, h) in enumerate(real.values()):
            for column, (u, v, wide, high) in enumerate(seen.values()):
                common = max(0, min(x + w, u + wide) - max(x, u)) * max(0, min(y + h, v + high) - max(y, v))
                table[row, column] = common / (w * h + wide * high - common)
        overlaps.append(table)
    return {
        "num_timesteps": len(truth), "num_gt_ids": len(numbers[0]), "num_tracker_ids": len(numbers[1]),
        "num_gt_dets": sum(map(len, truth)), "num_tracker_dets": sum(map(len, found)),
        "gt_ids": [np.array([numbers[0][one] for one in frame], int) for frame in truth],
        "tracker_ids": [np.array([numbers[1][one] for one in frame], int) for frame in found],
        "similarity_scores": overlaps,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_scores(seed: int) -> None:
    truth, found = drawn(seed)
    data, quiet = as_data(truth, found), {"PRINT_CONFIG": False}
    hota = HOTA().eval_sequence(data)

    assert score_tracks(truth, found) == pytest.approx(
        {
            "hota": float(np.mean(hota["HOTA"])), "deta": float(np.mean(hota["DetA"])),
            "assa": float(np.mean(hota["AssA"])), "idf1": float(Identity(quiet).eval_sequence(data)["IDF1"]),
            "switches": int(CLEAR(quiet).eval_sequence(data)["IDSW"]),
        }
    )  # fmt: skip
