"""A drawn clip of an hour: the packets of a short one, again and again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from stillplate import synthetic

__all__ = ["write_long_clip"]

UNITS = 12800  # of time stamps, per second


def write_long_clip(
    path: Path,
    seconds: int = 3600,
    *,
    rate: int = 25,
    keyint: int = 50,
    size: tuple[int, int] = (320, 180),
    options: dict[str, str] | None = None,
) -> Path:
    """Write a street of 20 s, H.264, again and again.

    Parameters
    ----------
    path : Path
        Its suffix picks the container.
    seconds : int
        Length of the clip; a multiple of 20.
    rate : int
        Frames per second.
    keyint : int
        Frames from one key frame to the next: 2 s, as of cameras and streams, by default.
    size : (int, int)
        Width and height, in pixels.
    options : dict, optional
        FFmpeg's, of the container: {"movflags": "faststart"} puts its index first.
    """
    short = path.with_name(f"short-{path.stem}.mkv")
    _encode(short, rate, keyint, size)
    with av.open(str(short)) as source, av.open(str(path), "w", options=options or {}) as target:
        video = source.streams.video[0]
        packets = [packet for packet in source.demux(video) if packet.size]
        stream: Any = target.add_stream_from_template(video)
        stream.time_base = Fraction(1, UNITS)
        step = UNITS // rate
        for turn in range(seconds // 20):
            for number, packet in enumerate(packets):
                assert packet.pts is not None and packet.time_base is not None
                copy: Packet[Any] = Packet(bytes(packet))
                at = turn * len(packets)
                copy.pts = (at + round(packet.pts * packet.time_base * rate)) * step
                copy.dts = (at + number - 2) * step
                copy.duration, copy.time_base = step, Fraction(1, UNITS)
                copy.is_keyframe, copy.stream = packet.is_keyframe, stream
                target.mux(copy)
    short.unlink()
    return path


def _encode(path: Path, rate: int, keyint: int, size: tuple[int, int]) -> None:
    clip = synthetic.street(frames=20 * rate, width=size[0], height=size[1])
    with av.open(str(path), "w") as target:
        options = {"g": str(keyint), "keyint_min": str(keyint), "sc_threshold": "0", "bf": "2", "crf": "23"}
        stream: Any = target.add_stream("libx264", rate=rate, options={**options, "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for frame in clip:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, "rgb24")))
        target.mux(stream.encode(None))
