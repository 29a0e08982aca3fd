"""How well things keep their ids, on drawn clips in which each is known, beside a tracking library's ByteTrack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import stillplate
from benchmarks.report import mean_of, write_json
from benchmarks.track_scores import Boxes, score_tracks
from stillplate.synthetic import ArenaClip, SyntheticClip, arena, street

__all__ = ["compare_tracks"]

FRAMES = 250
SEEDS = range(4)
CROWDS = range(118, 130)  # seeds of the arenas whose number of animals is known
ANIMALS, LENGTHS, MEETINGS = (2, 3, 4, 6, 8), (0.05, 0.08, 0.12), (0.3, 0.6, 1.0)  # taken in turn by these
LEAST = 20  # pixels: who shows less than this is hidden
COLUMNS = {
    "hota": "HOTA", "deta": "DetA", "assa": "AssA", "idf1": "IDF1", "switches": "switches", "all": "frames with all",
}  # fmt: skip

Clip = SyntheticClip | ArenaClip
Regions = Sequence[stillplate.Region]
Track = Callable[[Sequence[Regions]], list[Boxes]]
"""From the regions of each frame to boxes with ids."""
Rows = dict[str, dict[str, dict[str, float]]]
"""Scores by clip and tracker."""


def compare_tracks(*, json: Path | None) -> dict[str, Any]:
    """Score the ids of things on drawn streets and arenas, beside ByteTrack with the same regions."""
    clips = {name: _measure(clip) for name, clip in _clips()}
    _show("as many things as there are", clips)
    crowds = {name: _measure(clip, number) for name, clip, number in _crowds()}
    _show("a known number of animals", crowds)
    if not find_spec("trackers"):
        print("ByteTrack is left out: pip install supervision && pip install --no-deps trackers")
    result = {"benchmark": "tracks", "clips": clips, "crowds": crowds}
    write_json(result, json)
    return result


def _show(title: str, rows: Rows) -> None:
    methods = next(iter(rows.values()))
    means = {method: mean_of([row[method] for row in rows.values()]) for method in methods}
    table = Table("clip", "tracker", *COLUMNS.values(), title=title)
    for name, row in {**rows, "mean": means}.items():
        table.add_section()
        for method, scores in row.items():
            table.add_row(name, method, *(f"{scores[key]:.{1 if key == 'switches' else 3}f}" for key in COLUMNS))
    Console(width=110).print(table)


def _clips() -> Iterator[tuple[str, Clip]]:
    for seed in SEEDS:
        yield f"street {seed}", street(320, 180, FRAMES, seed=seed, walkers=6, vehicles=2)
    for seed in SEEDS:
        yield f"arena {seed}", arena(320, 240, FRAMES, seed=seed, animals=2 + seed % 4)


def _crowds() -> Iterator[tuple[str, ArenaClip, int]]:
    for seed in CROWDS:
        animals, length = ANIMALS[seed % len(ANIMALS)], LENGTHS[seed % len(LENGTHS)]
        meetings = MEETINGS[seed // len(LENGTHS) % len(MEETINGS)]
        clip = arena(320, 240, FRAMES, seed=seed, animals=animals, length=length, meetings=meetings)
        yield f"{animals} animals, {seed}", clip, animals


def _measure(clip: Clip, number: int | None = None) -> dict[str, dict[str, float]]:
    """Score each tracker on a clip; where the number of things is known, one that is told it, too."""
    background = stillplate.fit(clip)
    truth = [boxes_of(clip.owners(index)) for index in range(clip.info.frames or 0)]
    regions = [stillplate.find_regions(mask) for _, mask in background.masks(clip)]
    trackers: dict[str, Track] = {"stillplate": lambda frames: _own(frames, stillplate.Tracker())}
    if number is not None:
        trackers["stillplate --count"] = lambda frames: _own(frames, stillplate.CountedTracker(number))
    if find_spec("trackers"):
        trackers["ByteTrack"] = _byte_track
    scores = {}
    for name, track in trackers.items():
        found = track(regions)
        complete = [len(seen) == len(real) for seen, real in zip(found, truth, strict=True)]
        scores[name] = {**score_tracks(truth, found), "all": float(np.mean(complete))}
    return scores


def boxes_of(owners: npt.NDArray[np.int32]) -> Boxes:
    """Return the box of what is seen of each identity, from the number of who is seen at each pixel, 0 for nobody."""
    boxes = {}
    for one, count in zip(*np.unique(owners, return_counts=True), strict=True):
        if one and count >= LEAST:
            rows, columns = np.nonzero(owners == one)
            left, top = int(columns.min()), int(rows.min())
            boxes[int(one)] = (left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
    return boxes


def _own(frames: Iterable[Regions], tracker: stillplate.Tracker | stillplate.CountedTracker) -> list[Boxes]:
    seen = (tracker.update(regions, number / 25) for number, regions in enumerate(frames))
    return [{one.id: one.region.box for one in objects} for objects in seen]


def _byte_track(frames: Iterable[Regions]) -> list[Boxes]:
    """Those of the library `trackers`, whose ids begin with the first frame of a thing; -1 is none."""
    from supervision import Detections
    from trackers import ByteTrackTracker

    tracker = ByteTrackTracker(frame_rate=25.0, minimum_consecutive_frames=1)
    found: list[Boxes] = []
    for regions in frames:
        boxes = np.array([one.box for one in regions], np.float32).reshape(-1, 4)
        corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
        seen = tracker.update(Detections(xyxy=corners, confidence=np.ones(len(corners), np.float32)))
        sizes = np.hstack([seen.xyxy[:, :2], seen.xyxy[:, 2:] - seen.xyxy[:, :2]]).tolist()
        ids = [] if seen.tracker_id is None else seen.tracker_id.tolist()
        found.append({one: tuple(box) for one, box in zip(ids, sizes, strict=True) if one >= 0})
    return found
