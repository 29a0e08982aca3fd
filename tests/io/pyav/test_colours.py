"""Frames as RGB: colours, grey, palettes."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.io.pyav.reader import VideoFile
from tests.io.pyav.drawn import LOSSLESS, TICK, write

LUMAS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}  # by FFmpeg's number


COLOURS = [(255, 255, 255), (0, 0, 0), (200, 30, 90), (20, 180, 60), (10, 40, 220), (128, 128, 128)]


def coded(rgb: tuple[int, int, int], matrix: int, *, full: bool, bits: int = 8) -> list[int]:
    red, blue = LUMAS[matrix]
    r, g, b = (level / 255 for level in rgb)
    y = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)
    step = 2 ** (bits - 8)
    if full:
        top = 256 * step - 1
        return [round(min(max(value, 0), top)) for value in (y * top, cb * top + 128 * step, cr * top + 128 * step)]
    return [round((219 * y + 16) * step), round((224 * cb + 128) * step), round((224 * cr + 128) * step)]


COLOUR_CASES = [
    # pixels, codec, suffix, bits, matrix tagged, matrix true, range tagged, full, height
    ("yuv420p", "libx264", "mp4", 8, 1, 1, 1, False, 48),
    ("yuv420p", "libx264", "mp4", 8, 6, 6, 1, False, 48),
    ("yuv420p", "libx264", "mp4", 8, 9, 9, 1, False, 48),
    ("yuv420p", "libx264", "mp4", 8, 2, 6, 0, False, 48),
    ("yuv420p", "libx264", "mp4", 8, 2, 1, 0, False, 720),
    ("yuv420p", "libx264", "mp4", 8, 1, 1, 2, True, 48),
    ("yuvj420p", "libx264", "mp4", 8, 6, 6, 2, True, 48),
    ("yuv444p", "libx264", "mp4", 8, 1, 1, 1, False, 48),
    ("yuv422p", "libx264", "mkv", 8, 6, 6, 1, False, 48),
    ("yuv420p10le", "libx264", "mp4", 10, 9, 9, 1, False, 48),
    ("yuv420p10le", "libx264", "mp4", 10, 1, 1, 2, True, 48),
    ("yuv444p16le", "ffv1", "mkv", 16, 1, 1, 1, False, 48),
    ("yuva444p", "ffv1", "mkv", 8, 1, 1, 1, False, 48),
    ("yuvj420p", "mjpeg", "avi", 8, 6, 6, 2, True, 48),
    ("yuv420p", "libvpx-vp9", "webm", 8, 1, 1, 1, False, 48),
]


@pytest.mark.parametrize(
    ("pixels", "codec", "suffix", "bits", "tagged", "matrix", "range_tag", "full", "height"), COLOUR_CASES
)
def test_colours_are_those_of_the_formula(
    tmp_path: Path,
    pixels: str,
    codec: str,
    suffix: str,
    bits: int,
    tagged: int,
    matrix: int,
    range_tag: int,
    full: bool,
    height: int,
) -> None:
    values = [[*coded(rgb, matrix, full=full, bits=bits), 200] for rgb in COLOURS]
    options = {"libx264": LOSSLESS, "libvpx-vp9": {"lossless": "1", "cpu-used": "8"}, "mjpeg": {"qmax": "2"}}
    path = write(
        tmp_path / f"clip.{suffix}",
        values,
        codec=codec,
        pixels=pixels,
        size=(64, height),
        options=options.get(codec),
        matrix=tagged,
        full=range_tag,
        tick=Fraction(1, 25) if suffix == "avi" else TICK,
    )
    frames = list(VideoFile(path))

    assert len(frames) == len(COLOURS)
    for frame, rgb in zip(frames, COLOURS, strict=True):
        assert np.abs(frame.image.astype(int) - rgb).max() <= (3 if codec == "mjpeg" else 2)


@pytest.mark.parametrize(
    ("codec", "tag", "level"), [("ffv1", 0, 126), ("ffv1", 1, 128), ("ffv1", 2, 126), ("libx264", 0, 128)]
)
def test_grey_is_of_full_range_but_where_said_or_in_h264(tmp_path: Path, codec: str, tag: int, level: int) -> None:
    options = LOSSLESS if codec == "libx264" else None
    path = write(tmp_path / "g.mkv", [[126]] * 3, codec=codec, pixels="gray", full=tag, options=options)

    assert {int(frame.image.min()) for frame in VideoFile(path)} == {level}


@pytest.mark.parametrize(
    ("pixels", "codec", "suffix"),
    [
        ("bgr0", "ffv1", "mkv"),
        ("bgra", "ffv1", "mkv"),
        ("rgb24", "png", "mov"),
        ("rgba", "png", "mov"),
        ("rgb24", "qtrle", "mov"),
        ("gbrp10le", "ffv1", "mkv"),
        ("rgb48be", "png", "mov"),
    ],
)
def test_rgb_formats_are_exact(tmp_path: Path, pixels: str, codec: str, suffix: str) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (3, 16, 20, 3), np.uint8)
    path = tmp_path / f"rgb.{suffix}"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 20, 16, pixels
        for index, image in enumerate(truth):
            frame = av.VideoFrame(20, 16, pixels)
            put_rgb(frame, image)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    assert np.array_equal([frame.image for frame in VideoFile(path)], truth)


def put_rgb(frame: av.VideoFrame, image: npt.NDArray[np.uint8]) -> None:
    if frame.format.name == "gbrp10le":
        for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
            view = np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)
            view[:, : plane.width] = np.rint(image[:, :, channel] / 255 * 1023)
        return
    plane = frame.planes[0]
    order = {"rgb24": "rgb", "rgba": "rgba", "bgr0": "bgr0", "bgra": "bgra", "rgb48be": "rgb"}[frame.format.name]
    wide = np.stack([image[:, :, "rgb".index(c)] if c in "rgb" else np.full(image.shape[:2], 9) for c in order], axis=2)
    packed = (
        (wide.astype(int) * 257).astype(">u2").view(np.uint8) if "48" in frame.format.name else wide.astype(np.uint8)
    )
    packed = packed.reshape(len(image), -1)
    np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : packed.shape[1]] = packed


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "p.gif"
    frame = av.VideoFrame.from_ndarray(np.full((16, 20, 3), (255, 0, 0), np.uint8), format="rgb24").reformat(
        format="rgb8"
    )
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 20, 16, "rgb8"
        for index in range(2):
            frame.pts, frame.time_base = index * 10, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    assert all((shown.image == (252, 0, 0)).all() for shown in VideoFile(path))  # what FFmpeg's palette has for it
