"""Writing: what is read back is what was written, at the same times; and files appear whole or not at all."""

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import EncodeError, ParameterError
from stillplate.io import matroska
from stillplate.io.opening import open_sink, open_video
from stillplate.io.pyav import writer as pyav_writer
from stillplate.io.pyav.formats import SUFFIXES, SUFFIXES_WITH_ALPHA
from stillplate.io.pyav.frames import planes_of
from stillplate.io.sink import ClipProperties, FrameSink
from stillplate.io.source import VideoInfo

COLOURS = [*itertools.product([0, 255], repeat=3), (128, 128, 128), (200, 30, 90), (20, 180, 60), (250, 128, 10)]
SHAPE = {1: (), 3: (3,), 4: (4,)}


def patches(side: int = 32) -> npt.NDArray[np.uint8]:
    """4x3 flat patches of saturated colours."""
    grid = np.array(COLOURS, np.uint8).reshape(3, 4, 3)
    return grid.repeat(side, axis=0).repeat(side, axis=1)


def noise(channels: int, size: tuple[int, int] = (30, 41), count: int = 4) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, *size, *SHAPE[channels]), np.uint8)


def save(path: Path | str, images: npt.NDArray[Any], rate: Fraction = Fraction(25), **options: Any) -> None:
    channels = images.shape[3] if images.ndim == 4 else 1
    with open_sink(path, images.shape[2], images.shape[1], rate, channels=channels, **options) as sink:
        for index, image in enumerate(images):
            sink.write(image, index / rate)


def load(path: Path | str) -> npt.NDArray[np.uint8]:
    with open_video(path) as video:
        return np.array([frame.image for frame in video])


def read_as(path: Path, pixels: str) -> list[npt.NDArray[Any]]:
    """The samples, as FFmpeg gives them in a pixel format."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=pixels) for frame in container.decode(video=0)]


def read_alpha(path: Path, decoder: str) -> npt.NDArray[Any]:
    """The fourth plane, as a decoder of FFmpeg gives it."""
    coder: Any = av.CodecContext.create(decoder, "r")
    with av.open(str(path)) as container:
        frames = [frame for packet in container.demux(video=0) if packet.size for frame in coder.decode(packet)]
    return np.array([planes_of(frame)[3] / (2 ** frame.format.components[3].bits - 1) * 255 for frame in frames])


@pytest.mark.parametrize("preset", ["fast", "small"])
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_flat_colours_come_back(tmp_path: Path, suffix: str, channels: int, preset: str) -> None:
    """Of big patches, inside: within 3 levels."""
    rgb = patches()
    if channels == 4 and suffix not in SUFFIXES_WITH_ALPHA:
        return
    image = {1: rgb[:, :, 0], 3: rgb, 4: np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])}[channels]
    path = tmp_path / f"clip{suffix}"
    save(path, np.stack([image] * 3), preset=preset)
    truth = rgb if channels > 1 else rgb[:, :, [0, 0, 0]]
    inside = np.s_[:, 16::32, 16::32]

    assert np.abs(load(path)[inside].astype(int) - truth[None][inside]).max() <= 3


@pytest.mark.parametrize("height", [384, 768])
def test_tall_pictures_are_of_the_other_matrix_and_say_so(tmp_path: Path, height: int) -> None:
    path = tmp_path / "clip.mp4"
    rgb = patches(height // 3)
    save(path, rgb[None])
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))

    assert (frame.colorspace, frame.color_range) == (1 if height >= 720 else 6, 1)
    assert (
        np.abs(
            load(path)[:, height // 6 :: height // 3, height // 6 :: height // 3].reshape(-1, 3).astype(int) - COLOURS
        ).max()
        <= 3
    )


@pytest.mark.parametrize("preset", ["fast", "small"])
@pytest.mark.parametrize("size", [(30, 41), (1, 7), (7, 1), (1, 1), (16, 16)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_mkv_is_lossless(tmp_path: Path, channels: int, size: tuple[int, int], preset: str) -> None:
    images = noise(channels, size)
    path = tmp_path / "clip.mkv"
    save(path, images, preset=preset)
    pixels = {1: "gray", 3: "rgb24", 4: "rgba"}[channels]

    assert np.array_equal(read_as(path, pixels), images)
    assert np.array_equal(load(path), images[..., :3] if channels > 1 else images[..., None].repeat(3, axis=3))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_folder_of_png_is_lossless(tmp_path: Path, channels: int) -> None:
    images = noise(channels)
    save(f"{tmp_path}/out/", images)

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{index:06d}.png" for index in (1, 2, 3, 4)]
    assert np.array_equal(
        load(tmp_path / "out"), images[..., :3] if channels > 1 else images[..., None].repeat(3, axis=3)
    )


@pytest.mark.parametrize("suffix", [*SUFFIXES, "/"])
def test_bool_masks_become_black_and_white(tmp_path: Path, suffix: str) -> None:
    mask = np.zeros((48, 64), np.bool_)
    mask[16:32, 16:48] = True
    save(f"{tmp_path}/mask{suffix}", np.stack([mask] * 2))
    shown = load(f"{tmp_path}/mask{suffix}")

    assert np.array_equal(shown > 127, np.broadcast_to(mask[None, :, :, None], shown.shape))


def test_alpha_is_kept_straight(tmp_path: Path) -> None:
    images = np.zeros((2, 32, 48, 4), np.uint8)
    images[:, :, 24:] = (200, 30, 90, 255)
    images[:, :, 8:16] = (20, 180, 60, 128)
    save(tmp_path / "a.mov", images)
    save(tmp_path / "a.webm", images)

    assert np.abs(read_alpha(tmp_path / "a.mov", "prores") - images[..., 3]).max() < 1
    assert np.abs(read_alpha(tmp_path / "a.webm", "libvpx-vp9") - images[..., 3])[:, :, 4::8].max() <= 3
    for name in ("a.mov", "a.webm"):
        assert np.abs(load(tmp_path / name).astype(int) - images[..., :3])[:, :, 4::8].max() <= 3


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_times_are_exact(tmp_path: Path, suffix: str) -> None:
    """Of any usual clock, at variable frame rate."""
    steps = [0, 1, 2, 7, 8, 30, 31]
    for clock in (Fraction(1001, 30000), Fraction(1, 600), Fraction(1, 15360), Fraction(6, 179), Fraction(1, 1000)):
        path = tmp_path / f"{clock.denominator}{suffix}"
        with open_sink(path, 16, 16, 1 / Fraction(clock), channels=1) as sink:
            for step in steps:
                sink.write(np.full((16, 16), step, np.uint8), step * clock)
        with open_video(path) as video:
            assert [frame.time for frame in video] == [step * clock for step in steps]


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_times_are_kept_to_the_millisecond(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip{suffix}"
    save(path, noise(1, (16, 16), 9), Fraction(30000, 1001))
    with open_video(path) as video:
        assert [frame.time for frame in video] == [Fraction(round(index * 1001 / 30), 1000) for index in range(9)]


def test_avi_keeps_its_rate(tmp_path: Path) -> None:
    save(tmp_path / "clip.avi", noise(3, (16, 16), 9), Fraction(30000, 1001))
    with open_video(tmp_path / "clip.avi") as video:
        assert [frame.time for frame in video] == [Fraction(1001 * index, 30000) for index in range(9)]
        assert video.info.frames == 9


def test_avi_leaves_gaps_where_no_picture_is(tmp_path: Path) -> None:
    with open_sink(tmp_path / "gap.avi", 16, 16, Fraction(10)) as sink:
        for time in (0, 1, 5):
            sink.write(np.zeros((16, 16, 3), np.uint8), Fraction(time, 10))
    with open_video(tmp_path / "gap.avi") as video:
        assert [frame.time for frame in video] == [0, Fraction(1, 10), Fraction(5, 10)]
        assert video.info.frames == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [(1, 7), (7, 1), (1, 1), (33, 17)])
def test_odd_sizes_are_padded_by_their_edge_where_need_be(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"odd{suffix}"
    save(path, np.full((2, *size, 3), (200, 30, 90), np.uint8))
    shown = load(path)

    assert all(0 <= got - given <= 1 for got, given in zip(shown.shape[1:3], size, strict=True))
    assert np.abs(shown.astype(int) - (200, 30, 90)).max() <= 4


@pytest.mark.parametrize("suffix", [*SUFFIXES, "/"])
def test_an_error_in_the_middle_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    path = f"{tmp_path}/clip{suffix}"
    save(path, noise(3, (16, 16), 2))
    before = load(path)
    with pytest.raises(RuntimeError), open_sink(path, 16, 16, overwrite=True) as sink:
        sink.write(noise(3, (16, 16))[0], Fraction(0))
        raise RuntimeError

    assert np.array_equal(load(path), before)
    assert len(list(tmp_path.iterdir())) == 1
    sink.discard()
    sink.close()


@pytest.mark.parametrize("suffix", [*SUFFIXES, "/"])
def test_nothing_is_left_of_a_new_file_that_failed(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(KeyboardInterrupt), open_sink(f"{tmp_path}/clip{suffix}", 16, 16) as sink:
        sink.write(noise(3, (16, 16))[0], Fraction(0))
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_kept_unless_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("mine")
    with pytest.raises(ParameterError, match=r"a\.mp4: exists already"):
        open_sink(tmp_path / "a.mp4", 16, 16)
    with pytest.raises(ParameterError, match="there is no folder"):
        open_sink(tmp_path / "none" / "a.mp4", 16, 16)

    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("mine")
    with pytest.raises(ParameterError, match=r"holds holiday\.jpg, which would be lost"):
        open_sink(tmp_path, 16, 16, overwrite=True)

    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("suffix", [*SUFFIXES, "/"])
def test_a_sink_without_pictures_is_an_error(tmp_path: Path, suffix: str) -> None:
    sink = open_sink(f"{tmp_path}/clip{suffix}", 16, 16)
    assert isinstance(sink, FrameSink)
    with pytest.raises(EncodeError, match="no picture was written"):
        sink.close()

    assert list(tmp_path.iterdir()) == []


def test_wrong_pictures_are_refused(tmp_path: Path) -> None:
    image = noise(3, (16, 16))[0]
    with open_sink(tmp_path / "a.mkv", 16, 16) as sink:
        sink.write(image, Fraction(1))
        for wrong, time, reason in [
            (image.astype(float), 2, "dtype float64, but uint8"),
            (image[:, :, 0], 2, r"shape \(16, 16\), but RGB"),
            (image[:8], 2, "16x8 was given, but 16x16"),
            (image, 1, "times must ascend"),
        ]:
            with pytest.raises(ParameterError, match=reason):
                sink.write(wrong, Fraction(time))
    with pytest.raises(EncodeError, match="is closed"):
        sink.write(image, Fraction(3))

    assert len(load(tmp_path / "a.mkv")) == 1


def test_options_out_of_range_are_refused(tmp_path: Path) -> None:
    for suffix in (".mp4", ".m4v", ".avi"):
        with pytest.raises(ParameterError, match=r"has no alpha channel: use \.mkv, \.mov, \.webm, or a folder"):
            open_sink(tmp_path / f"a{suffix}", 16, 16, channels=4)
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("a.xyz", {}, r"\.xyz is no video format that is written: use \.mp4"),
        ("a", {}, "a: has no suffix to tell its format: use"),
        ("a.mp4", {"channels": 2}, "channels is 2"),
        ("a.mp4", {"preset": "best"}, "preset is 'best'"),
        ("a.mp4", {"rate": Fraction(0)}, "rate is 0"),
        ("a.mp4", {"width": 0}, "1x1 is the least"),
    ]
    for path, options, reason in cases:
        with pytest.raises(ParameterError, match=reason):
            open_sink(tmp_path / path, **{"width": 16, "height": 16, **options})

    assert list(tmp_path.iterdir()) == []


def test_what_ffmpeg_refuses_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EncodeError, match=r"a\.webm: cannot be written") as caught:
        open_sink(tmp_path / "a.webm", 70000, 16)
    assert isinstance(caught.value.__cause__, Exception)

    with pytest.raises(EncodeError, match="No space left"), open_sink(tmp_path / "a.mp4", 16, 16) as sink:
        monkeypatch.setattr(pyav_writer.VideoWriter, "_append", full_disk)
        sink.write(noise(3, (16, 16))[0], Fraction(0))

    assert list(tmp_path.iterdir()) == []


def full_disk(self: Any, image: Any, time: Any) -> None:
    with self._ffmpeg_errors():
        raise OSError(28, "No space left on device")


def test_encoders_write_nothing_on_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for suffix in SUFFIXES:
        save(tmp_path / f"a{suffix}", noise(3))

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".webm", ".avi"])
def test_the_shape_of_pixels_and_the_colour_tags_are_carried_on(tmp_path: Path, suffix: str) -> None:
    """As of an anamorphic HDR clip: 8/9 wide, BT.2020 primaries (9), PQ (16)."""
    info = VideoInfo("clip", 41, 30, 4, pixel_aspect=Fraction(8, 9), primaries=9, transfer=16)
    save(tmp_path / f"clip{suffix}", noise(3), clip=ClipProperties(like=info))
    with open_video(tmp_path / f"clip{suffix}") as video:
        found = video.info

    assert suffix == ".avi" or (found.primaries, found.transfer) == (9, 16)
    assert found.pixel_aspect == Fraction(8, 9)


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
@pytest.mark.parametrize("aspect", [Fraction(16, 15), Fraction(32, 27), Fraction(1, 1)])
def test_matroska_is_whole_after_the_shape_of_pixels_was_noted(
    tmp_path: Path, suffix: str, aspect: Fraction, capfd: pytest.CaptureFixture[str]
) -> None:
    """In pixels where these are whole, else as a ratio; its checksum holds, and no trace of the former name is left."""
    path = tmp_path / f"clip{suffix}"
    save(path, noise(3, (46, 60), 3), clip=ClipProperties(like=VideoInfo("clip", 60, 46, 3, pixel_aspect=aspect)))
    with open_video(path) as video:
        assert video.info.pixel_aspect == aspect
        assert sum(1 for _ in video) == 3
    with av.open(str(path), options={"err_detect": "crccheck+explode"}) as container:
        assert "title" not in container.streams.video[0].metadata

    assert b"...." not in path.read_bytes()[:4096]
    assert capfd.readouterr().err == ""


def test_the_shape_is_noted_wherever_the_head_that_is_read_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long file, in the middle of an element."""
    save(
        tmp_path / "clip.mkv",
        noise(3, (46, 60), 3),
        clip=ClipProperties(like=VideoInfo("clip", 60, 46, 3, pixel_aspect=Fraction(4, 3))),
    )
    data = (tmp_path / "clip.mkv").read_bytes()
    for length in range(800, 1400):
        monkeypatch.setattr(matroska, "HEAD", length)
        matroska.note_pixel_aspect(tmp_path / "clip.mkv", Fraction(2))

    assert (tmp_path / "clip.mkv").read_bytes() == data


def test_where_nothing_is_said_pixels_are_square(tmp_path: Path) -> None:
    save(tmp_path / "clip.mp4", noise(3), clip=ClipProperties(like=VideoInfo("clip", 41, 30, 4)))
    with open_video(tmp_path / "clip.mp4") as video:
        found = video.info

    assert (found.pixel_aspect, found.primaries, found.transfer) == (Fraction(1), 6, 6)


def test_pixels_of_a_turned_picture_are_turned(tmp_path: Path) -> None:
    save(
        tmp_path / "clip.mp4",
        noise(3),
        clip=ClipProperties(like=VideoInfo("clip", 41, 30, 4, pixel_aspect=Fraction(4, 3))),
    )
    with av.open(str(tmp_path / "clip.mp4")) as whole, av.open(str(tmp_path / "turned.mp4"), "w") as turned:
        stream = turned.add_stream_from_template(whole.streams.video[0])
        stream.set_display_rotation(90)
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                turned.mux(packet)
    with open_video(tmp_path / "turned.mp4") as video:
        found = video.info

    assert (found.width, found.height, found.pixel_aspect) == (30, 42, Fraction(3, 4))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_frames_are_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(tmp_path / f"{name}{suffix}", noise(3))

    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
