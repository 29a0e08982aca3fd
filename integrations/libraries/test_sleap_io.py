"""What `write.py` wrote for SLEAP, read by sleap-io, and kept as SLEAP's own file."""

import os
from pathlib import Path

import sleap_io

FOLDER = Path(os.environ["LABELS"])


def test_sleap(table: set[tuple[int, ...]], tmp_path: Path) -> None:
    labels = sleap_io.load_csv(str(FOLDER / "sleap.csv"), video=str(FOLDER / "street.mp4"))
    labels.save(str(tmp_path / "tracks.slp"))
    kept = sleap_io.load_slp(str(tmp_path / "tracks.slp"))
    boxes = {row[:2]: row[2:] for row in table}
    count = 0
    for frame in kept:
        for one in frame.instances:
            x, y = one.numpy()[0]
            left, top, width, height = boxes[frame.frame_idx, int(one.track.name.removeprefix("object"))]
            assert left <= x <= left + width and top <= y <= top + height
            count += 1

    assert count == len(table)
