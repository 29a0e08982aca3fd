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

__all__ = ["time_imports", "time_plate", "time_render", "time_votes", "weigh_memory"]

SAMPLES = 20
LONGER = 10  # times, for the clip whose memory is compared
BARE = (sys.executable, "-c")
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
            "PyAV decodes the same frames": _process(*BARE, DECODE_PICKS.format(picks=picks, path=str(video))),
            f"stillplate plate --samples {SAMPLES}": _process(*plate_command(video, Path(folder))),
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
        tasks = {
            "PyAV decodes every frame": _process(*BARE, DECODE_ALL.format(path=str(video))),
            "stillplate render, mask and foreground": _process(*render),
            "stillplate render, the study's masks": _process(*render, "--threshold", "30", "--cleanup", "none"),
        }
        return interleaved(tasks, repeats)


def time_imports(repeats: int) -> dict[str, Any]:
    """Time the start of Python with nothing, with numpy, with stillplate."""
    lines = {"import numpy": "import numpy", "python alone": "pass", "import stillplate": "import stillplate"}
    return interleaved({name: _process(*BARE, line) for name, line in lines.items()}, repeats)


def weigh_memory(video: Path) -> dict[str, int]:
    """Measure the most memory `stillplate plate` holds, for the clip and for one many times as long, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / f"long{video.suffix}"
        repeat_clip(video, long, LONGER)
        clips = {"the clip": video, f"the same, {LONGER} times as long": long}
        return {name: run_process(plate_command(clip, Path(folder))).peak for name, clip in clips.items()}


def plate_command(video: Path, folder: Path) -> tuple[str, ...]:
    """Build the command line that writes a plate into `folder`."""
    output = str(folder / "plate.png")
    return (*OURS, "plate", str(video), "-o", output, "--samples", str(SAMPLES), "--overwrite", "--quiet")


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
