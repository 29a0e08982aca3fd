"""Reading files: every clip is made here, with PyAV, and its truth is known."""

import re
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.arrays import Image
from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io.pyav import reader as pyav
from stillplate.io.pyav.decoding import decode_from
from stillplate.io.pyav.frames import Clock, FrameConverter
from stillplate.io.pyav.reader import VideoFile
from tests.damage import make_clip

TICK = Fraction(1, 90000)
LUMAS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}  # by FFmpeg's number
COLOURS = [(255, 255, 255), (0, 0, 0), (200, 30, 90), (20, 180, 60), (10, 40, 220), (128, 128, 128)]


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


def keys(frames: Iterator[Any]) -> list[tuple[int, Fraction, bytes]]:
    return [(frame.index, frame.time, frame.image.tobytes()) for frame in frames]


LOSSLESS = {"preset": "ultrafast", "qp": "0"}
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


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_times_are_those_of_the_file(tmp_path: Path, suffix: str) -> None:
    """Variable frame rate, B-frames, and a start that is not zero."""
    steps = [0, 40, 41, 90, 500, 507, 600, 1600, 1601, 1700]
    options = {"bf": "2", "preset": "medium", "b_strategy": "0"}
    path = write(
        tmp_path / f"vfr.{suffix}", moving(10), times=lambda i: Fraction(steps[i] + 120, 1000), options=options
    )
    with VideoFile(path) as video:
        assert [frame.time for frame in video] == [Fraction(step, 1000) for step in steps]
        assert video.info.frames == 10


def test_times_are_exact_fractions(tmp_path: Path) -> None:
    path = write(tmp_path / "ntsc.mp4", moving(7), times=lambda i: Fraction(1001 * i, 30000))

    assert [frame.time for frame in VideoFile(path)] == [Fraction(1001 * i, 30000) for i in range(7)]


def test_frames_come_in_the_order_shown(tmp_path: Path) -> None:
    levels = [[20 + 9 * index, 128, 128] for index in range(20)]
    path = write(tmp_path / "b.mp4", levels, options={"bf": "3", "b_strategy": "0", "qp": "1"})
    shown = [int(frame.image[0, 0, 0]) for frame in VideoFile(path)]

    assert shown == sorted(shown)
    assert len(set(shown)) == 20


def test_a_clock_fills_and_repairs() -> None:
    clock = Clock(Fraction(1, 100), Fraction(4, 100))
    stamps = [None, 10, 14, 14, 18, None, 22, 60, 1000, 5, 9]

    assert [clock.time(stamp) * 100 for stamp in stamps] == [0, 4, 8, 10, 12, 16, 18, 54, 994, 998, 1002]


ROTATIONS = {
    (1, 0, 0, 1): lambda image: image,
    (0, 1, -1, 0): lambda image: np.rot90(image, -1),
    (-1, 0, 0, -1): lambda image: np.rot90(image, 2),
    (0, -1, 1, 0): lambda image: np.rot90(image, 1),
    (-1, 0, 0, 1): np.fliplr,
    (1, 0, 0, -1): np.flipud,
}


@pytest.mark.parametrize("turn", ROTATIONS)
def test_rotation_is_applied(tmp_path: Path, turn: tuple[int, int, int, int]) -> None:
    image = np.arange(48 * 64, dtype=np.int64).reshape(48, 64) // 16 % 200 + 20
    path = write(tmp_path / "r.mp4", [image.astype(np.uint8)] * 2, options=LOSSLESS, matrix=6)
    plain = next(iter(VideoFile(path))).image
    data = bytearray(path.read_bytes())
    place = data.find(b"tkhd") + 44  # of the display matrix a b u c d v x y w
    a, b, c, d = (65536 * value for value in turn)
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    with VideoFile(path) as video:
        shown = next(iter(video)).image
        deep = next(video.take_deep([0])).image
        expected = ROTATIONS[turn](plain)

        assert np.abs(deep / 257 - shown).max() <= 1
        assert np.array_equal(shown, expected)
        assert (video.info.height, video.info.width) == expected.shape[:2]


@pytest.mark.parametrize("size", [(1, 7), (33, 17), (1, 1)])
def test_odd_sizes_are_kept_where_the_codec_can(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(tmp_path / "o.mkv", [[126]] * 2, codec="ffv1", pixels="gray", size=size, options={"slices": "1"})
    frames = list(VideoFile(path))

    assert [frame.image.shape for frame in frames] == [(size[1], size[0], 3)] * 2
    assert all((frame.image == 126).all() for frame in frames)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_seeking_gives_what_a_scan_gives(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"g": "12", "bf": "2", "b_strategy": "0", "preset": "medium", "x264-params": "open-gop=1"}
    path = write(tmp_path / f"s.{suffix}", moving(240), options=options, times=lambda i: Fraction(i, 25) + 2)
    with VideoFile(path) as video:
        scanned = keys(iter(video))
        for wanted in ([200], [3, 100, 101, 239], [50, 51, 52, 150, 300], [11, 23, 35, 203]):
            with monkeypatch.context() as patch:
                if wanted[-1] != 203:
                    patch.setattr(video, "_scan", pytest.fail)  # all of it must come by seeking
                taken = keys(video.take(wanted))

            assert taken == [scanned[index] for index in wanted if index < 240]


def test_a_seek_that_goes_astray_falls_back_to_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.mp4", moving(240), options={"g": "12"})
    with VideoFile(path) as video:
        expected = [frame for frame in keys(iter(video)) if frame[0] in (100, 200)]
        real = decode_from
        monkeypatch.setattr(pyav, "decode_from", lambda box, stream, offset: real(box, stream, offset * 2))

        assert keys(video.take([100, 200])) == expected


def test_take_makes_rgb_of_wanted_frames_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.mp4", moving(40))
    made: list[int | None] = []
    real = FrameConverter.__call__

    def counted(converter: FrameConverter, frame: av.VideoFrame) -> Image:
        made.append(frame.pts)
        return real(converter, frame)

    monkeypatch.setattr(FrameConverter, "__call__", counted)
    list(VideoFile(path).take([5, 30]))

    assert made == [5 * 3600, 30 * 3600]


def test_what_an_edit_list_cuts_away_is_not_missed(tmp_path: Path) -> None:
    """A clip cut without encoding keeps frames that are decoded, but not shown."""
    path = write(tmp_path / "e.mp4", moving(30), options={"g": "30", "bf": "0"}, tick=Fraction(1, 1000))
    data = bytearray(path.read_bytes())
    place = data.find(b"elst") + 12  # version and flags, count; then duration and start of the one edit
    data[place + 4 : place + 8] = struct.pack(
        ">i", struct.unpack(">i", data[place + 4 : place + 8])[0] + 10 * timescale(data) // 25
    )
    path.write_bytes(data)
    frames = list(VideoFile(path))

    assert len(frames) == 20
    assert frames[0].time == 0
    assert frames[-1].time == Fraction(19, 25)


def timescale(data: bytearray) -> int:
    place = data.find(b"mdhd") + 16
    return int(struct.unpack(">I", data[place : place + 4])[0])


def test_damage_is_passed_over_with_one_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "d.mp4", moving(60), options={"g": "10", "bf": "0"})
    data = bytearray(path.read_bytes())
    start = data.find(b"mdat") + len(data) // 2
    data[start : start + len(data) // 6] = bytes(len(data) // 6)
    path.write_bytes(data)
    with VideoFile(path) as video, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frames = list(video)

    assert 30 <= len(frames) < 60
    assert [warning.category for warning in caught] == [StillplateWarning]
    assert f"d.mp4: {len(frames)} of 60 frames decoded" in str(caught[0].message)
    times = [frame.time for frame in frames]
    assert times == sorted(set(times))


def test_a_file_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "f.mp4", moving(60), options={"g": "10"}, container={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with VideoFile(path) as video, pytest.warns(StillplateWarning, match=r"f\.mp4: \d+ of \d+ frames decoded"):
        assert 10 < len(list(video)) < 60


def test_a_file_cut_short_is_told_once_by_whoever_takes_some_frames(tmp_path: Path) -> None:
    """Its header still counts those that were cut off."""
    path = tmp_path / "f.avi"
    data = make_clip(path)
    path.write_bytes(data[: len(data) * 2 // 3])
    with VideoFile(path) as video, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(video.take([1, 5]))) == 2
        assert 25 < len(list(video)) < 40
    (warning,) = caught

    assert re.search(r"f\.avi: 3\d of 50 frames decoded, 0 packets refused", str(warning.message))


def test_nothing_decodes(tmp_path: Path) -> None:
    path = write(tmp_path / "n.mkv", moving(5), codec="ffv1", pixels="gray", options={"slicecrc": "1"})
    with av.open(str(path)) as source, av.open(str(tmp_path / "z.mkv"), "w") as sink:
        stream = sink.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                broken = av.Packet(b"\xff" * 3)
                broken.pts, broken.dts, broken.time_base, broken.stream = (
                    packet.pts,
                    packet.dts,
                    packet.time_base,
                    stream,
                )
                sink.mux(broken)
    with pytest.raises(DecodeError, match=r"z\.mkv: none of its 5 frames can be decoded"):
        VideoFile(tmp_path / "z.mkv")


def test_a_change_of_size_is_an_error(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{width}.ts", moving(5, (width, 48)), size=(width, 48)) for width in (64, 96)]
    path = tmp_path / "two.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with VideoFile(path) as video, pytest.raises(DecodeError, match="is 96x48, but frame 0 is 64x48"):
        list(video)


def test_no_video_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is no video\n" * 99)
    (tmp_path / "empty.mp4").touch()
    sound = tmp_path / "sound.wav"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    no_frames = tmp_path / "none.avi"
    with av.open(str(no_frames), "w") as container:
        video = container.add_stream("mjpeg", rate=25)
        video.width, video.height, video.pix_fmt = 16, 16, "yuvj420p"
        container.start_encoding()
    for path, reason in [
        (tmp_path / "text.mp4", "cannot be opened as a video"),
        (tmp_path / "empty.mp4", "cannot be opened as a video"),
        (sound, "holds no video"),
        (no_frames, "holds no frame"),
        (tmp_path, "is a folder"),
        (tmp_path / "missing.mp4", "there is no such file"),
    ]:
        with pytest.raises(VideoOpenError, match=reason) as caught:
            VideoFile(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_closed_file_ends_its_iterations_and_cannot_be_read(tmp_path: Path) -> None:
    video = VideoFile(write(tmp_path / "c.mp4", moving(5)))
    frames = iter(video)
    next(frames)
    video.close()

    assert list(frames) == []
    with pytest.raises(VideoOpenError, match="was closed"):
        next(iter(video))


def test_odd_names_are_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", moving(2)).rename(tmp_path / "http: ça%03d [x].mp4")

    assert len(list(VideoFile(path))) == 2


def test_ffmpeg_writes_nothing_on_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "q.mp4", moving(20))
    data = bytearray(path.read_bytes())
    data[3000:9000] = bytes(6000)
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StillplateWarning)
        list(VideoFile(path))

    assert capfd.readouterr().err == ""
