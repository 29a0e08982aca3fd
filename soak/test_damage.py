"""Three hundred damaged videos of four codecs, through the command line."""

from pathlib import Path

import pytest

from tests.damage import CODECS, verdict

MUTATIONS = 75  # of each codec


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("seed", range(MUTATIONS))
def test_a_damaged_video_ends_well(tmp_path: Path, suffix: str, seed: int) -> None:
    """In time, with outputs that decode, or with one line and nothing left."""
    assert verdict(tmp_path, suffix, seed) == ""
