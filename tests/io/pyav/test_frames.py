"""Every pixel format that FFmpeg has: its own colours, to within rounding, or one line that refuses it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.format import names  # type: ignore[attr-defined]  # PyAV types it not

import stillplate
from stillplate.arrays import Image
from stillplate.errors import DecodeError
from stillplate.io.pyav.frames import CRASHING_FORMATS, FrameConverter, Orientation
from stillplate.io.pyav.reader import VideoFile

WIDTH, HEIGHT = 64, 48
MOST = 3  # levels: so far is swscale's quick way for 4:2:0 from the formula, and ours is within 1
COLOURS = [(30, 60, 200), (150, 145, 148), (210, 40, 90), (90, 180, 60), (16, 16, 16), (235, 235, 235)]


def patches(height: int, width: int) -> Image:
    return np.repeat(np.repeat(np.array([COLOURS[:3], COLOURS[3:]], np.uint8), height, 0), width, 1)


def card() -> av.VideoFrame:
    """Two rows of flat patches, whose edges lie between samples of chroma in every layout."""
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(patches(24, 32)[:, :WIDTH]), "rgb24")


def inner(image: np.ndarray) -> np.ndarray:
    """The middle of each patch, where it does not matter how chroma is brought to full size."""
    return np.stack([image[y : y + 8, x : x + 16].astype(int) for y in (8, 32) for x in (8, 40)])


def frame_in(name: str) -> av.VideoFrame | None:
    """The card in a format; noise in one that is only read; None in one that has no samples in memory."""
    try:
        return card().reformat(format=name)
    except FFmpegError:
        pass
    try:
        frame = av.VideoFrame(WIDTH, HEIGHT, name)
    except FFmpegError:
        return None
    for plane in frame.planes:
        np.frombuffer(memoryview(plane), np.uint8)[:] = 0x3A  # in floats, .0007 or .17: within 0..1
    return frame


@pytest.mark.parametrize("name", sorted(names))
def test_a_format_is_converted_right_or_refused(name: str) -> None:
    frame, converter = frame_in(name), FrameConverter(Orientation(), "rawvideo")
    if frame is None or not frame.planes:
        return  # of a graphics card: decoders give such frames only if they are asked to
    try:
        if name in CRASHING_FORMATS:
            raise FFmpegError(0, name)
        own = frame.reformat(format="rgb24").to_ndarray()
    except FFmpegError:
        with pytest.raises(DecodeError, match=f"FFmpeg cannot convert its pixel format, {name}: convert the clip"):
            converter(frame)
        return
    deep = converter.deep_frame(frame, 0, Fraction(0)).image / 257

    assert np.abs(inner(converter(frame)) - inner(own)).max() <= MOST
    assert np.abs(inner(np.rint(deep)) - inner(own)).max() <= MOST


@pytest.mark.parametrize("name", ["yuv411p", "yuv410p", "nv24", "gbrp12be", "ya16be", "x2rgb10le", "bgr565le", "rgb4"])
def test_a_raw_clip_in_a_format(tmp_path: Path, name: str) -> None:
    """Through a file, to a plate or to one line."""
    frame = card().reformat(format=name)
    coder = av.CodecContext.create("rawvideo", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.time_base = WIDTH, HEIGHT, name, Fraction(1, 25)
    (tmp_path / "a.raw").write_bytes(2 * bytes(coder.encode(frame)[0]))
    told = {"video_size": f"{WIDTH}x{HEIGHT}", "framerate": "25", "pixel_format": name}
    if name == "rgb4":
        with pytest.raises(DecodeError, match=r"a\.raw: FFmpeg cannot convert its pixel format, rgb4: convert"):
            VideoFile(tmp_path / "a.raw", "rawvideo", told)
        return
    with VideoFile(tmp_path / "a.raw", "rawvideo", told) as video:
        plate = stillplate.fit(video, masks=False).plate.image

    assert np.abs(inner(plate) - inner(frame.reformat(format="rgb24").to_ndarray())).max() <= MOST


@pytest.mark.parametrize(("suffix", "form"), [("dv", "dv"), ("avi", "avi"), ("mov", "mov")])
def test_dv_of_ntsc(tmp_path: Path, suffix: str, form: str) -> None:
    """4:1:1, whose chroma has as many samples as that of 4:2:0."""
    ground = patches(240, 240)
    with av.open(str(tmp_path / f"a.{suffix}"), "w", format=form) as file:
        stream = file.add_stream("dvvideo", rate=Fraction(30000, 1001))
        stream.width, stream.height, stream.pix_fmt = 720, 480, "yuv411p"
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(ground, format="rgb24")))
        file.mux(stream.encode(None))
    plate = stillplate.fit(tmp_path / f"a.{suffix}", masks=False).plate.image

    assert np.abs(plate.astype(int) - ground).mean() < 3
