"""Videos that are damaged, cut short, empty or closed."""

import re
import warnings
from pathlib import Path

import av
import numpy as np
import pytest

from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io.pyav.reader import VideoFile
from tests.damage import make_clip
from tests.io.pyav.drawn import moving, write


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
