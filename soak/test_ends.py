"""Forty batches that are ended at any moment."""

import signal
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from stillplate.io.opening import open_sink
from tests.endings import wrong_after

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
@pytest.mark.parametrize("seed", range(4))
def test_a_batch_that_is_ended_leaves_nothing_half_and_can_be_resumed(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    (tmp_path / "tree").mkdir()
    for name in ("a", "b", "c"):
        with open_sink(tmp_path / "tree" / f"{name}.mp4", 256, 192, channels=3) as sink:
            for number in range(400):
                image = np.full((192, 256, 3), 90, np.uint8)
                image[60:120, number % 200 : number % 200 + 40] = 200
                sink.write(image, Fraction(number, 25))
    ends = [(SIGNALS[turn % 4], float(random.uniform(0.1, 4.0))) for turn in range(10)]

    assert wrong_after(tmp_path / "tree", tmp_path / "out", ends) == ""
