"""Half an hour of video, and ten hours of one frame a second in spans, at constant memory."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet

from benchmarks.long_clip import write_long_clip
from stillplate import synthetic

RATE, LOOP, MINUTES = 25, 30, 30  # frames a second, seconds that are drawn, minutes that they are repeated for
PER_MINUTE = 60 * RATE
GROWTH = 1.15  # times the memory of the first minute

# renders with the default outputs and more, and tells the most memory so far (KiB) after each minute of the clip
RENDER = """
import re, sys
from pathlib import Path
import stillplate

def most():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def note(done, total):
    if done % {every} == 0:
        print(done // {every}, most(), flush=True)

clip, out = sys.argv[1:]
stillplate.render(
    clip, out, clean=out + "/clean.mp4", objects=out + "/objects.csv", coco=out + "/coco.json",
    timeline=out + "/timeline.csv", progress=lambda stage: note if stage == "render" else lambda done, total: None,
)
print(0, most())
"""

# the same in spans, by two workers; tells the most memory that any of the processes held (KiB)
IN_SPANS = """
import resource, subprocess, sys

clip, out = sys.argv[1:]
program = [sys.executable, "-m", "stillplate", "render", clip, "-o", out, "--spans", "10:00", "--jobs", "2"]
subprocess.run([*program, "--objects", out + "/{clip}/objects.csv", "-q"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def draw(path: Path) -> None:
    """The seconds that are repeated."""
    street = synthetic.street(width=640, height=360, frames=LOOP * RATE, seed=2)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options={"g": str(4 * RATE), "bf": "0", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in street:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image)))
        container.mux(stream.encode(None))


def write_long(path: Path, minutes: int) -> None:
    """Repeat the packets: what is drawn and encoded once fills the whole clip."""
    loop = path.with_name("loop.mp4")
    draw(loop)
    with av.open(str(loop)) as source, av.open(str(path), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        drawn = [packet for packet in source.demux(video=0) if packet.size]
        for number in range(minutes * PER_MINUTE):
            one = drawn[number % len(drawn)]
            packet: Packet[Any] = Packet(bytes(one))
            packet.time_base, packet.duration, packet.is_keyframe = one.time_base, one.duration, one.is_keyframe
            packet.pts = packet.dts = round(Fraction(number, RATE) / one.time_base)
            packet.stream = stream
            container.mux(packet)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read in /proc")
def test_half_an_hour_takes_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    write_long(tmp_path / "long.mp4", MINUTES)
    command = [sys.executable, "-c", RENDER.format(every=PER_MINUTE), str(tmp_path / "long.mp4"), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    most = {int(minute): int(memory) for minute, memory in map(str.split, done.stdout.splitlines())}
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    print({minute: f"{most[minute] / 1024:.0f} MiB" for minute in (1, 10, 30, 0)})  # noqa: T201  the figures, for the docs

    assert report["input"]["read"] == MINUTES * PER_MINUTE
    assert most[MINUTES] <= GROWTH * most[1]
    assert most[0] <= GROWTH * most[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is in KiB there")
def test_ten_hours_in_spans_take_no_more_memory_than_one(tmp_path: Path) -> None:
    most = {}
    for hours in (1, 10):
        clip, out = tmp_path / f"clip{hours}.mp4", tmp_path / f"out{hours}"
        write_long_clip(clip, hours * 3600, rate=1, keyint=10)
        command = [sys.executable, "-c", IN_SPANS, str(clip), str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        most[hours] = int(done.stdout.split()[-1])
        report = json.loads((out / clip.stem / "report.json").read_text())
        assert report["input"]["read"] == hours * 3600
    print({hours: f"{memory / 1024:.0f} MiB" for hours, memory in most.items()})  # noqa: T201  the figures, for the docs

    assert most[10] <= GROWTH * most[1]
