"""Whole runs of the command line, beside a bare process that only decodes: time, memory, imports."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from benchmarks.timing import Task, interleaved, run_process
from stillplate.io.opening import open_video
from stillplate.sampling.gather import choose

__all__ = [
    "repeat_clip",
    "time_hour",
    "time_imports",
    "time_plate",
    "time_render",
    "time_reports",
    "time_votes",
    "weigh_memory",
    "weigh_render",
]

SAMPLES, MANY_SAMPLES = 20, 64
HOUR = 3600  # seconds
LONGER = 10  # times, for the clip whose memory is compared
BARE = (sys.executable, "-c")
DECODE = "PyAV decodes every frame"
OURS = (sys.executable, "-m", "stillplate")

DECODE_PICKS = """
import av
picks = {picks}
with av.open({path!r}) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for index, frame in enumerate(container.decode(stream)):
        if index in picks:
            frame.to_ndarray(format="rgb24")
        if index >= max(picks):
            break
"""
SEEK_PICKS = """
import av
with av.open({path!r}) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for index in {picks}:
        stamp = round(index / stream.average_rate / stream.time_base)
        container.seek(stamp, stream=stream)
        for frame in container.decode(stream):
            if frame.pts >= stamp:
                frame.to_ndarray(format="rgb24")
                break
"""
DECODE_ALL = """
import av
with av.open({path!r}) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for frame in container.decode(stream):
        pass
"""


def time_plate(video: Path, repeats: int) -> dict[str, Any]:
    """Time `stillplate plate` against a process that decodes the same frames."""
    with open_video(video) as source:
        picks = set(choose(source.info.frames or SAMPLES, SAMPLES))
    with tempfile.TemporaryDirectory() as folder:
        tasks = {
            DECODE: _process(*BARE, DECODE_ALL.format(path=str(video))),
            "PyAV decodes the same frames": _process(*BARE, DECODE_PICKS.format(picks=picks, path=str(video))),
            f"stillplate plate --samples {SAMPLES}": _process(*plate_command(video, Path(folder))),
        }
        return interleaved(tasks, repeats)


def time_hour(video: Path, repeats: int) -> dict[str, Any]:
    """Time `stillplate plate` of a clip of an hour, made by repeating one, against a process that seeks its samples."""
    with open_video(video) as source:
        frames, seconds = source.info.frames or 1, (source.info.frames or 1) / source.info.rate
    times = max(1, round(HOUR / seconds))
    picks = choose(frames * times, MANY_SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        hour = Path(folder) / f"hour{video.suffix}"
        repeat_clip(video, hour, times)
        tasks = {
            f"PyAV seeks {MANY_SAMPLES} frames": _process(*BARE, SEEK_PICKS.format(picks=picks, path=str(hour))),
            f"stillplate plate --samples {MANY_SAMPLES}": _process(*plate_command(hour, Path(folder), MANY_SAMPLES)),
        }
        return interleaved(tasks, repeats)


def time_votes(video: Path, repeats: int) -> dict[str, Any]:
    """Time `stillplate plate` with the default vote against the majority's, all else by default."""
    with tempfile.TemporaryDirectory() as folder:
        command = (*OURS, "plate", str(video), "-o", f"{folder}/plate.png", "--overwrite", "--quiet")
        tasks = {
            "stillplate plate --vote majority": _process(*command, "--vote", "majority"),
            "stillplate plate": _process(*command),
        }
        return interleaved(tasks, repeats)


def time_render(video: Path, repeats: int) -> dict[str, Any]:
    """Time `stillplate render` of mask and foreground against a process that decodes every frame."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = ["--mask", f"{folder}/mask.mp4", "--foreground", f"{folder}/foreground.mp4"]
        render = (*OURS, "render", str(video), *outputs, "--overwrite", "--quiet")
        alone = (*OURS, "render", str(video), "--mask", f"{folder}/mask.mkv", "--overwrite", "--quiet")
        tasks = {
            DECODE: _process(*BARE, DECODE_ALL.format(path=str(video))),
            "stillplate render, mask.mkv": _process(*alone),
            "stillplate render, mask and foreground": _process(*render),
            "stillplate render, the study's masks": _process(*render, "--threshold", "30", "--cleanup", "none"),
        }
        return interleaved(tasks, repeats)


def time_reports(video: Path, repeats: int) -> dict[str, Any]:
    """Time `stillplate render` without a video output against a process that decodes every frame."""
    with tempfile.TemporaryDirectory() as folder:
        tasks = {
            DECODE: _process(*BARE, DECODE_ALL.format(path=str(video))),
            "stillplate render, objects, timeline, report": _process(*report_command(video, Path(folder))),
        }
        return interleaved(tasks, repeats)


def report_command(video: Path, folder: Path) -> tuple[str, ...]:
    """Build the command line that writes tables alone into `folder`."""
    outputs = {"--objects": "objects.csv", "--timeline": "timeline.csv", "--report": "report.json"}
    named = [part for option, name in outputs.items() for part in (option, str(folder / name))]
    return (*OURS, "render", str(video), *named, "--overwrite", "--quiet")


def time_imports(repeats: int) -> dict[str, Any]:
    """Time the start of Python with nothing, with numpy, with stillplate, and the help of the command line."""
    lines = {"python -c pass": "pass", "import numpy": "import numpy", "import stillplate": "import stillplate"}
    tasks = {name: _process(*BARE, line) for name, line in lines.items()}
    return interleaved({**tasks, "stillplate --help": _process(*OURS, "--help")}, repeats)


def weigh_render(video: Path) -> int:
    """Measure the most memory `stillplate render` holds with a mask and foreground, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = ("--mask", f"{folder}/mask.mp4", "--foreground", f"{folder}/foreground.mp4")
        return run_process((*OURS, "render", str(video), *outputs, "--quiet")).peak


def weigh_memory(video: Path) -> dict[str, int]:
    """Measure the most memory `stillplate plate` holds, for the clip and for one many times as long, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / f"long{video.suffix}"
        repeat_clip(video, long, LONGER)
        clips = {"the clip": video, f"the same, {LONGER} times as long": long}
        return {name: run_process(plate_command(clip, Path(folder))).peak for name, clip in clips.items()}


def plate_command(video: Path, folder: Path, samples: int = SAMPLES) -> tuple[str, ...]:
    """Build the command line that writes a plate into `folder`."""
    output = str(folder / "plate.png")
    return (*OURS, "plate", str(video), "-o", output, "--samples", str(samples), "--overwrite", "--quiet")


def repeat_clip(video: Path, path: Path, times: int) -> None:
    """Write a clip's packets `times` over, without encoding them again."""
    with av.open(str(path), "w") as output:
        written, shift = None, 0
        for _ in range(times):
            with av.open(str(video)) as container:
                stream = container.streams.video[0]
                written = written or output.add_stream_from_template(stream)
                end = shift
                for packet in container.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.stream = written
                    output.mux(packet)
                shift = end


def _process(*command: str) -> Task:
    call: Callable[[], float] = lambda: run_process(command).seconds  # noqa: E731  a def would only name it twice
    return Task(call)
