"""Objects, events and sound, in the same pass as the videos."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from pycocotools import mask as coco_mask

import stillplate
from stillplate.errors import ParameterError


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, of numpy 2
def test_objects_events_and_timeline_come_from_the_same_masks(street_mp4: Path, tmp_path: Path) -> None:
    """Every region of 0.05 % and more is in the files, with the mask that the mask's own video has."""
    result = stillplate.render(
        street_mp4, mask=f"{tmp_path}/masks/", objects=tmp_path / "objects.csv", coco=tmp_path / "coco.json",
        yolo=f"{tmp_path}/yolo/", timeline=tmp_path / "timeline.csv", events=tmp_path / "events",
        report=tmp_path / "report.json", samples=20,
    )  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "objects.csv").read_text().splitlines()))
    coco = json.loads((tmp_path / "coco.json").read_text())
    drawn = np.zeros((60, 96, 160), np.uint8)
    for one in coco["annotations"]:
        size, counts = one["segmentation"]["size"], one["segmentation"]["counts"].encode()
        drawn[one["image_id"] - 1] |= coco_mask.decode({"size": size, "counts": counts})
    with stillplate.open_video(tmp_path / "masks") as video:
        masks = np.array([frame.image[:, :, 0] > 0 for frame in video])
    boxes = sum(len(path.read_text().splitlines()) for path in (tmp_path / "yolo").iterdir())

    assert not (drawn > 0)[~masks].any()
    assert all((mask & ~(own > 0)).sum() < 0.002 * mask.size for own, mask in zip(drawn, masks, strict=True))  # specks
    assert len(rows) == len(coco["annotations"]) == boxes > 60
    assert len(list((tmp_path / "yolo").iterdir())) == len(coco["images"]) == 60
    timeline = list(csv.DictReader((tmp_path / "timeline.csv").read_text().splitlines()))
    assert [float(row["foreground_share"]) for row in timeline] == pytest.approx(list(result.foreground), abs=1e-6)
    events = json.loads((tmp_path / "report.json").read_text())["events"]
    assert len(events) == len(result.events) == len(list((tmp_path / "events").iterdir())) > 0


def test_the_sound_goes_with_the_pictures(tmp_path: Path, sounding_mp4: Path) -> None:
    stillplate.render(
        sounding_mp4, mask=tmp_path / "mask.mp4", foreground=tmp_path / "fg.mp4", clean=tmp_path / "clean.mp4",
        threshold=30, cleanup="none", samples=8,
    )  # fmt: skip
    stillplate.render(
        sounding_mp4, foreground=tmp_path / "silent.mp4", audio=False, threshold=30, cleanup="none", samples=8
    )
    kinds = {}
    for path in tmp_path.glob("*.mp4"):
        with av.open(str(path)) as container:
            kinds[path.stem] = [stream.type for stream in container.streams]

    both = ["video", "audio"]
    assert kinds == {"mask": ["video"], "fg": both, "clean": both, "silent": ["video"]}


def test_events_without_a_container_of_their_own_are_matroska(street_mp4: Path, tmp_path: Path) -> None:
    """As of what came through a pipe, into a file without a suffix."""
    clip = tmp_path / "clip"
    clip.write_bytes(street_mp4.read_bytes())
    stillplate.render(clip, events=tmp_path / "events", threshold=30, cleanup="none", samples=8)
    with stillplate.open_video(tmp_path / "events" / "event001.mkv") as video:
        assert sum(1 for _ in video) > 10


def test_events_of_what_is_no_video_file_are_refused(walkers: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is no video file"):
        stillplate.render(walkers, events=tmp_path / "events")

    assert list(tmp_path.iterdir()) == []
