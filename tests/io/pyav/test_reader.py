"""Videos that are read: times, order, rotation, seeking."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stillplate.arrays import Image
from stillplate.io.picture import PlanarImage
from stillplate.io.pyav import reader as pyav
from stillplate.io.pyav.decoding import decode_from
from stillplate.io.pyav.frames import Clock, FrameConverter
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.source import Frame
from tests.io.pyav.drawn import LOSSLESS, keys, moving, timescale, write


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


@pytest.mark.parametrize("open_gop", [0, 1])
def test_an_index_of_constant_rate_is_taken_for_the_packets(
    tmp_path: Path, open_gop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"g": "12", "bf": "2", "b_strategy": "0", "preset": "medium", "x264-params": f"open-gop={open_gop}"}
    path = write(tmp_path / "i.mp4", moving(240), options=options)
    expected = keys(iter(VideoFile(path)))
    with VideoFile(path) as video:
        if not open_gop:  # a picture that leads its keyframe is only found by the packets
            monkeypatch.setattr(pyav, "read_packets", pytest.fail)
        for wanted in ([200], [3, 100, 101, 239], [11, 50, 51, 52, 150]):
            assert keys(video.take(wanted)) == [expected[index] for index in wanted]


def test_an_index_of_varying_rate_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", moving(240), options={"g": "12"}, times=lambda i: Fraction(i + i // 7, 25))
    with VideoFile(path) as video:
        expected = keys(iter(video))

        assert keys(video.take([100, 200])) == [expected[100], expected[200]]


def test_frames_that_nothing_refers_to_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"g": "60", "bf": "2", "b_strategy": "0", "preset": "medium"}
    path = write(tmp_path / "b.mp4", [[20 + index % 200, 128, 128] for index in range(240)], options=options)
    decoded: list[int | None] = []
    real = decode_from

    def noting(*given: Any) -> Any:
        for frame in real(*given):
            decoded.append(frame.pts)
            yield frame

    monkeypatch.setattr(pyav, "decode_from", noting)
    with VideoFile(path) as video:
        assert [frame.index for frame in video.take([110])] == [110]
    assert len(decoded) < 30  # of 52 from the keyframe on: every second one


def test_a_seek_that_goes_astray_falls_back_to_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.mp4", moving(240), options={"g": "12"})
    with VideoFile(path) as video:
        expected = [frame for frame in keys(iter(video)) if frame[0] in (100, 200)]
        real = decode_from
        monkeypatch.setattr(
            pyav, "decode_from", lambda box, stream, offset, *rest: real(box, stream, offset * 2, *rest)
        )

        assert keys(video.take([100, 200])) == expected


def test_rgb_is_made_of_frames_whose_image_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.mp4", moving(40))
    taken: list[int | None] = []
    made: list[PlanarImage] = []
    real, convert = FrameConverter.frame, PlanarImage.__dict__["rgb"].func

    def counted(converter: FrameConverter, frame: av.VideoFrame, index: int, time: Fraction) -> Frame:
        taken.append(frame.pts)
        return real(converter, frame, index, time)

    def converted(image: PlanarImage) -> Image:
        made.append(image)
        return np.asarray(convert(image))

    monkeypatch.setattr(FrameConverter, "frame", counted)
    monkeypatch.setattr(PlanarImage.__dict__["rgb"], "func", converted)
    one, other = VideoFile(path).take([5, 30])

    assert taken == [5 * 3600, 30 * 3600]
    assert made == []
    assert one.image is one.image
    assert made == [one.picture]
    assert other.index == 30


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
