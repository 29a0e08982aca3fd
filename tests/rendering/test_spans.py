"""Long clips in spans: the same bytes with any number of workers, and the same frames as in one piece."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillplate import Processes, Result, Task, render_many
from stillplate.errors import ParameterError
from stillplate.io.seeking import Packet, key_frames
from stillplate.rendering.pieces import cut
from stillplate.synthetic import street
from tests.command import run
from tests.rendering.test_batch import listing

FRAMES, KEYS, SPANS = 80, 12, 1.0
TABLES = (
    "things.csv", "things.json", "things.xml", "video.json", "mot.txt", "wide.csv", "dlc.csv", "timeline.csv",
    "motion.csv", "plate.png",
)  # fmt: skip
VIDEOS = ("mask.mp4", "clean.mkv", "cutout.webm", "foreground.mov")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street of 3.2 seconds with a key frame every 12 frames, and a hum."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    drawn = street(96, 56, frames=FRAMES, walkers=5, seed=4)
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=25, options={"g": str(KEYS), "crf": "16"})
        video.width, video.height, video.pix_fmt = 96, 56, "yuv420p"
        sound = file.add_stream("aac", rate=48000)
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(drawn.frame(number).image, format="rgb24")
            frame.pts = number
            file.mux(video.encode(frame))
            hum = np.sin(np.arange(1920) / 20).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(hum, format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 48000, number * 1920
            file.mux(sound.encode(samples))
        file.mux(video.encode(None))
        file.mux(sound.encode(None))
    return path


def options(out: Path) -> dict[str, Any]:
    place = f"{out}/{{clip}}"
    return {
        "samples": 24, "objects": f"{place}/things.csv", "coco": f"{place}/things.json", "yolo": f"{place}/boxes/",
        "cvat": f"{place}/things.xml", "label_studio": f"{place}/video.json", "mot": f"{place}/mot.txt",
        "tracks": f"{place}/wide.csv", "deeplabcut": f"{place}/dlc.csv",
        "timeline": f"{place}/timeline.csv", "motion": f"{place}/motion.csv", "clean": f"{place}/clean.mkv",
        "cutout": f"{place}/cutout.webm", "foreground": f"{place}/foreground.mov",
    }  # fmt: skip


@pytest.fixture(scope="module")
def whole(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    (one,) = render_many([clip], out, **options(out))
    assert one.state == "done"
    return out / "street"


@pytest.fixture(scope="module")
def spanned(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By one worker."""
    out = tmp_path_factory.mktemp("spanned")
    told: list[tuple[str, str, int, int]] = []
    (one,) = render_many(
        [clip], out, spans=SPANS, part_done=lambda path, *part: told.append((path.name, *part)),
        **options(out),
    )  # fmt: skip
    assert (one.state, one.error) == ("done", "")
    assert told == [("street.mp4", "period", 1, 1), *(("street.mp4", "span", number, 3) for number in (1, 2, 3))]
    return out / "street"


def frames_of(path: Path) -> tuple[list[Any], list[np.ndarray], list[bytes]]:
    """Times of the packets, frames and packets of the sound."""
    with av.open(str(path)) as file:
        stamps = sorted(packet.pts for packet in file.demux(file.streams.video[0]) if packet.pts is not None)
        unit, rate = file.streams.video[0].time_base, file.streams.video[0].average_rate
    with av.open(str(path)) as file:
        images = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    with av.open(str(path)) as file:
        sound = [bytes(packet) for packet in file.demux(file.streams.audio[0])] if file.streams.audio else []
    return [unit, rate, *stamps], images, sound


def test_the_same_bytes_with_three_workers(clip: Path, spanned: Path, tmp_path: Path) -> None:
    (one,) = render_many([clip], tmp_path / "out", spans=SPANS, jobs=3, **options(tmp_path / "out"))
    made = tmp_path / "out" / "street"

    assert one.state == "done"
    assert listing(made) == listing(spanned)
    assert [name for name in listing(made) if (made / name).read_bytes() != (spanned / name).read_bytes()] == []
    assert not any(path.name.startswith(".") for path in made.iterdir())


def test_the_same_tables_as_in_one_piece(whole: Path, spanned: Path) -> None:
    """Ids go on over the seams, and what is judged in time knows the frames beyond them."""
    assert listing(whole) == listing(spanned)
    boxes = [name for name in listing(whole) if name.startswith("boxes")]
    for name in (*TABLES, *boxes):
        assert (whole / name).read_bytes() == (spanned / name).read_bytes()
    rows = list(csv.DictReader((spanned / "things.csv").read_text().splitlines()))
    ids = [{row["id"] for row in rows if int(row["frame"]) == number} for number in (24, 35, 36, 47, 60, 71)]
    assert all(first & second for first, second in itertools.pairwise(ids))


@pytest.mark.parametrize("name", VIDEOS)
def test_videos_are_joined_as_they_were_encoded(whole: Path, spanned: Path, name: str) -> None:
    """All frames can be decoded, at their times, with the sound; the lossless ones are the same."""
    one, other = frames_of(whole / name), frames_of(spanned / name)

    assert one[0] == other[0]
    assert len(one[1]) == len(other[1]) == FRAMES
    assert one[2] == other[2]
    far = max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(one[1], other[1], strict=True))
    assert far == 0 if name in ("clean.mkv", "foreground.mov") else far < 3


class FullDisk:
    """Runs tasks here, but for one span, whose worker has no space left; counts the others.

    Without such a span, every task is run twice, as if its first worker had been lost before it could tell.
    """

    def __init__(self, span: int | None) -> None:
        self.span, self.ran = span, list[str]()

    def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
        for number, task in enumerate(tasks):
            begin(number)
            name = task.function.__name__
            if (name, number) == ("render_span", self.span):
                end(number, Result("mask.mp4: cannot be written: No space left on device", None, 0.1))
                continue
            self.ran.append(name)
            result = task.run()
            end(number, task.run() if self.span is None else result)


def test_what_is_whole_is_kept_and_the_rest_resumed(clip: Path, spanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    executor = FullDisk(1)
    (failed,) = render_many([clip], out, executor=executor, spans=SPANS, **options(out))
    kept = {path.name: path.stat().st_mtime_ns for path in (out / "street" / ".spans").iterdir()}
    later = FullDisk(1)
    (again,) = render_many([clip], out, executor=later, spans=SPANS, resume=True, **options(out))
    still = {path.name: path.stat().st_mtime_ns for path in (out / "street" / ".spans").iterdir()}
    (done,) = render_many([clip], out, executor=Processes(2), spans=SPANS, resume=True, **options(out))

    assert failed.state == again.state == "failed"
    assert failed.error == (
        "span 2 of 3: mask.mp4: cannot be written: No space left on device; resume keeps the spans that are whole"
    )
    assert executor.ran == later.ran == ["prepare", "render_span", "render_span"]
    assert kept == still
    assert kept.keys() == {"000000", "000002", "background-000000.pickle", "spans.json"}
    assert done.state == "done"
    assert [name for name in listing(spanned) if not name.endswith(("report.json", "report.html"))] == [
        name for name in listing(out / "street") if not name.endswith(("report.json", "report.html"))
    ]
    assert all((out / "street" / name).read_bytes() == (spanned / name).read_bytes() for name in (*TABLES, *VIDEOS))


def test_tasks_whose_workers_were_lost_are_run_again(clip: Path, tmp_path: Path) -> None:
    """What is whole is not made twice, and nothing of the batch's own stands in its way."""
    (one,) = render_many([clip], tmp_path / "out", executor=FullDisk(None), spans=2, threshold=30, cleanup="none")

    assert (one.state, one.error) == ("done", "")
    assert listing(tmp_path / "out" / "street") == [
        "comparison.mp4", "foreground.mp4", "mask.mp4", "plate.png", "report.html", "report.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"trim": True, "start": 1}, "trim is given, but is not rendered in spans"),
        ({"composite": "#00ff00"}, "composite is given, but is not rendered in spans"),
        ({"layers": "{clip}/layers/"}, "layers is a folder of pictures"),
        ({"clean": "{clip}/clean.avi"}, "clean in spans is a file in"),
        ({"clean": "{clip}/clean/"}, "clean in spans is a file in"),
        ({"camera": "moving"}, "a moving camera is given"),
        ({"spans": 0}, "a number of seconds above 0 is needed"),
    ],
)
def test_what_has_no_spans_is_told_before_anything_is_computed(
    clip: Path, tmp_path: Path, wrong: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=re.escape(told)):
        render_many([clip, clip], "out", **{"spans": 1, **wrong})

    assert not (tmp_path / "out").exists()


def test_pictures_have_no_spans(walkers: np.ndarray, tmp_path: Path) -> None:
    from tests.rendering.test_batch import save

    save(tmp_path / "pictures", walkers)
    done = run("render", tmp_path / "pictures", "-o", tmp_path / "out", "--spans", "1:00")

    assert done.returncode == 1
    assert "is no video file, but spans are cut out of one" in done.stderr


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 60),
    st.fractions(Fraction(1, 100), Fraction(20)),
)  # fmt: skip
def test_spans_part_the_clip_at_key_frames(steps: list[int], rest: int, length: Fraction) -> None:
    keys = [0, *np.cumsum(steps).tolist()]
    frames = keys[-1] + rest
    spans = cut(keys, frames, Fraction(25), length)

    assert [number for span in spans for number in span] == list(range(frames))
    assert all(span.start in keys for span in spans)
    assert all(len(span) > 0 for span in spans)


def test_key_frames_are_counted_as_they_are_shown() -> None:
    """The third is decoded before the second, and the fifth is a key frame; one is never shown."""
    packets = [
        Packet(0, 0, True), Packet(2, 1, False), Packet(1, 2, False), Packet(9, 3, False, False), Packet(4, 4, True),
        Packet(3, 5, False),
    ]  # fmt: skip

    assert key_frames(packets) == [0, 4]
    assert key_frames([Packet(None, 0, True), Packet(None, 1, False)]) == [0, 1]
