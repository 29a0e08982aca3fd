"""Videos drawn for the tests of PyAV, and their frames as they should be read."""

import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

TICK = Fraction(1, 90000)


def write(
    path: Path,
    frames: Sequence[Sequence[int] | npt.NDArray[Any]],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    times: Callable[[int], Fraction] = lambda index: Fraction(index, 25),
    options: dict[str, str] | None = None,
    matrix: int = 2,
    full: int = 0,
    tick: Fraction = TICK,
    container: dict[str, str] | None = None,
) -> Path:
    """Encode frames; each is the value of every plane, or an array for the first plane."""
    width, height = size
    with av.open(str(path), "w", options=container or {}) as output:
        stream: Any = output.add_stream(codec, rate=Fraction(25), options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = tick
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, full
        for index, values in enumerate(frames):
            frame = av.VideoFrame(width, height, pixels)
            frame.colorspace, frame.color_range = matrix, full
            for number, plane in enumerate(frame.planes):
                fill(plane, values if isinstance(values, np.ndarray) else values[number], number)
            frame.pts, frame.time_base = round(times(index) / tick), tick
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def fill(plane: Any, value: Any, number: int) -> None:
    deep = plane.line_size >= 2 * plane.width
    view = np.frombuffer(memoryview(plane), np.uint16 if deep else np.uint8)
    view = view.reshape(plane.height, -1)
    if isinstance(value, np.ndarray):
        view[:, : plane.width] = value if number == 0 else 128
    else:
        view[:] = value


def moving(count: int, size: tuple[int, int] = (64, 48)) -> list[npt.NDArray[np.uint8]]:
    """Frames that a codec cannot skip: noise under a bright bar that walks."""
    rng = np.random.default_rng(3)
    frames = rng.integers(40, 120, (count, size[1], size[0]), np.uint8)
    for index, frame in enumerate(frames):
        frame[:, (2 * index) % size[0]] = 235
    return list(frames)


def keys(frames: Iterator[Any]) -> list[tuple[int, Fraction, bytes]]:
    return [(frame.index, frame.time, frame.image.tobytes()) for frame in frames]


LOSSLESS = {"preset": "ultrafast", "qp": "0"}


def timescale(data: bytearray) -> int:
    place = data.find(b"mdhd") + 16
    return int(struct.unpack(">I", data[place : place + 4])[0])
