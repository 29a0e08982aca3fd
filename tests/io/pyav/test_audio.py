"""Sound goes along: copied beside new pictures, and into parts cut out of a file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from stillplate.errors import EncodeError, StillplateWarning
from stillplate.io.opening import open_sink, open_video
from stillplate.io.pyav.trim import trim_video
from stillplate.io.pyav.writer import VideoWriter
from stillplate.io.sink import ClipProperties

RATE = 25


def loudness(path: Path) -> dict[int, float]:
    """Of each tenth of a second."""
    with av.open(str(path)) as container:
        found: dict[int, list[float]] = {}
        for frame in container.decode(audio=0):
            assert frame.pts is not None and frame.time_base is not None
            time = float(frame.pts * frame.time_base)
            found.setdefault(int(10 * time), []).append(float(np.abs(frame.to_ndarray()).max()))
    return {tenth: max(levels) for tenth, levels in found.items()}


def kinds(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.type for stream in container.streams]


def write_grey(path: Path, sound: Path, frames: int = 50) -> None:
    with open_sink(path, 64, 48, Fraction(RATE), channels=3, clip=ClipProperties(sound=sound)) as sink:
        for number in range(frames):
            sink.write(np.full((48, 64, 3), 90, np.uint8), Fraction(number, RATE))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi"])
def test_sound_is_copied_beside_the_pictures(sounding_mp4: Path, tmp_path: Path, suffix: str) -> None:
    """At its time, and no longer than they are."""
    path = tmp_path / f"out{suffix}"
    write_grey(path, sounding_mp4)
    ours, theirs = loudness(path), loudness(sounding_mp4)

    assert kinds(path) == ["video", "audio"]
    assert 18 <= max(ours) <= 20
    assert all(ours[tenth] == pytest.approx(theirs[tenth], abs=0.03) for tenth in range(1, 18))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("late", ["video", "audio"])
def test_sound_that_does_not_begin_with_the_pictures_keeps_its_distance(
    sounding_mp4: Path, tmp_path: Path, suffix: str, late: str
) -> None:
    """Half a second before or after the first frame, which is the outputs' moment 0."""
    clip, path = tmp_path / f"clip{suffix}", tmp_path / f"out{suffix}"
    with av.open(str(sounding_mp4)) as whole, av.open(str(clip), "w") as moved:
        streams = [moved.add_stream_from_template(stream) for stream in whole.streams]
        for packet in whole.demux():
            if packet.dts is not None and packet.pts is not None:
                assert packet.time_base is not None
                shift = round(Fraction(1, 2) / packet.time_base) if packet.stream.type == late else 0
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = streams[packet.stream.index]
                moved.mux(packet)
    write_grey(path, clip)
    ours, theirs, moved_by = loudness(path), loudness(sounding_mp4), 5 if late == "audio" else -5

    assert all(ours[tenth] == pytest.approx(theirs[tenth - moved_by], abs=0.04) for tenth in range(6, 18))
    assert (min(ours) >= 4) == (late == "audio")


def test_a_format_that_cannot_hold_it_goes_without(sounding_mp4: Path, tmp_path: Path) -> None:
    with pytest.warns(StillplateWarning, match=r"its sound \(aac\) has no place in webm"):
        write_grey(tmp_path / "out.webm", sounding_mp4)

    assert kinds(tmp_path / "out.webm") == ["video"]


def test_a_silent_clip_gives_a_silent_one(street_mp4: Path, tmp_path: Path) -> None:
    write_grey(tmp_path / "out.mp4", street_mp4, frames=5)

    assert kinds(tmp_path / "out.mp4") == ["video"]


def test_nothing_is_left_when_the_sound_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(EncodeError):
        VideoWriter(tmp_path / "out.mp4", 64, 48, clip=ClipProperties(sound=tmp_path / "gone.mp4"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize(("start", "end"), [(Fraction(2), Fraction(3)), (Fraction(7, 4), Fraction(9, 4))])
def test_a_part_starts_at_the_key_frame_before_and_keeps_the_sound(
    sounding_mp4: Path, tmp_path: Path, start: Fraction, end: Fraction, suffix: str
) -> None:
    """The same pictures, not encoded anew, and the sound that belongs to them; in .ts, there is no index to seek by."""
    path, whole = tmp_path / f"part{suffix}", sounding_mp4
    if suffix != ".mp4":
        whole = tmp_path / f"whole{suffix}"
        trim_video(sounding_mp4, whole, Fraction(0), Fraction(4), overwrite=False)
    trim_video(whole, path, start, end, overwrite=False)
    first = int(start * RATE) // 12 * 12
    with open_video(sounding_mp4) as video:
        truth = [frame.image for frame in video]
    with open_video(path) as video:
        part = [frame.image for frame in video]

    assert abs(len(part) - (int(end * RATE) + 1 - first)) <= 2
    assert all((image == truth[first + number]).all() for number, image in enumerate(part))
    middle = 3
    assert loudness(path)[middle] == pytest.approx(loudness(sounding_mp4)[middle + round(first / RATE * 10)], abs=0.06)


def test_a_part_is_cut_out_of_a_file_that_leaves_times_of_decoding_out(tmp_path: Path) -> None:
    """As Matroska does, where pictures are stored in another order than they are shown."""
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        video: Any = container.add_stream("libx264", rate=RATE, options={"g": "12", "bf": "2"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(60):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * number, np.uint8))))
        container.mux(video.encode(None))
    trim_video(tmp_path / "clip.mkv", tmp_path / "part.mkv", Fraction(1), Fraction(2), overwrite=False)
    with open_video(tmp_path / "clip.mkv") as whole, open_video(tmp_path / "part.mkv") as part:
        truth, images = ([frame.image for frame in source] for source in (whole, part))

    assert 25 <= len(images) <= 30
    assert all((image == truth[24 + number]).all() for number, image in enumerate(images[:25]))


def test_what_cannot_be_cut_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no video")
    with pytest.raises(EncodeError, match=r"part\.mp4: cannot be cut out of"):
        trim_video(tmp_path / "clip.mp4", tmp_path / "part.mp4", Fraction(0), Fraction(1), overwrite=False)

    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
