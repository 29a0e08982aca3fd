"""Clips of pictures: pages, formats, samples that do not fill their range, rates, events."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.cli import main
from stillplate.errors import DecodeError, ParameterError, StillplateWarning, VideoOpenError
from stillplate.io.image_folder import ImageFolder
from stillplate.io.image_header import is_cut_short
from stillplate.io.image_samples import read_image
from stillplate.io.images import write_image
from stillplate.io.levels import Levels, find_levels
from stillplate.io.riff import repeats_at_end
from stillplate.io.tiff import find_pages, read_page
from stillplate.rendering.events import find_events

Samples = npt.NDArray[Any]
HEIGHT, WIDTH, COUNT = 48, 64, 14


def film() -> list[npt.NDArray[np.uint8]]:
    """A block walks before a ground that is a little noisy."""
    random = np.random.default_rng(4)
    ground = cv2.resize(random.integers(60, 140, (6, 8), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    frames = []
    for number in range(COUNT):
        frame = ground.astype(np.int64) + random.integers(-1, 2, ground.shape)
        frame[12:30, 4 * number : 4 * number + 9] = 230
        frames.append(frame.astype(np.uint8))
    return frames


def save(folder: Path, convert: Callable[[Samples], Samples], suffix: str = ".tif") -> Path:
    folder.mkdir()
    for number, frame in enumerate(film()):
        assert cv2.imwrite(str(folder / f"p{number}{suffix}"), convert(frame))
    return folder


def test_pages_are_frames_wherever_they_are(tmp_path: Path) -> None:
    """One file, and a folder of two; a preview of another page is none."""
    frames = film()
    cv2.imwritemulti(str(tmp_path / "a.tif"), frames[:9])
    cv2.imwritemulti(str(tmp_path / "b.tif"), frames[9:])
    with ImageFolder(tmp_path / "a.tif") as one, ImageFolder(tmp_path) as both:
        assert (one.info.frames, both.info.frames) == (9, COUNT)
        for number, frame in enumerate(both):
            assert np.array_equal(frame.image[:, :, 1], frames[number])
        assert [frame.index for frame in both.take([2, 8, 9, 13])] == [2, 8, 9, 13]
    data = bytearray((tmp_path / "b.tif").read_bytes())
    second = find_pages(tmp_path / "b.tif")[1]
    place = data.index((254).to_bytes(2, "little") + b"\4\0\1\0\0\0", second)
    data[place + 8] = 1
    (tmp_path / "b.tif").write_bytes(data)

    assert len(find_pages(tmp_path / "b.tif")) == COUNT - 9 - 1


def test_a_file_of_pages_that_is_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    cv2.imwritemulti(str(tmp_path / "a.tif"), film(), [cv2.IMWRITE_TIFF_COMPRESSION, 1])
    places = find_pages(tmp_path / "a.tif")
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: places[4]])

    assert len(find_pages(tmp_path / "cut.tif")) == 4
    (tmp_path / "cut.tif").write_bytes(whole[:100] + whole[100:200])
    assert find_pages(tmp_path / "cut.tif") == []
    with pytest.raises(DecodeError, match=r"cut\.tif: a page at byte \d+ cannot be read"):
        read_page(tmp_path / "cut.tif", places[4])


def test_an_animation_has_its_own_times(tmp_path: Path) -> None:
    frames = [np.dstack([frame] * 3 + [np.full_like(frame, 255)]) for frame in film()]
    with av.open(str(tmp_path / "a.webp"), "w") as file:
        stream = file.add_stream("libwebp_anim", rate=5, options={"lossless": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgra"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgra")))
        file.mux(stream.encode(None))
    with stillplate.open_video(tmp_path / "a.webp") as video:
        assert (video.info.frames, video.info.rate, video.info.timed) == (COUNT, Fraction(5), True)
        for number, shown in enumerate(video):
            assert shown.time == Fraction(number, 5)
            assert np.array_equal(shown.image, frames[number][:, :, :3])
        assert [shown.index for shown in video.take([3, 4, 12])] == [3, 4, 12]


@pytest.mark.parametrize("suffix", [".pgm", ".ppm", ".pnm", ".jp2", ".exr"])
def test_more_formats_are_read(tmp_path: Path, suffix: str) -> None:
    image = np.dstack([film()[3], film()[5], film()[7]])
    path = tmp_path / f"a{suffix}"
    if suffix == ".exr":
        write_image(path, image)
    else:
        written = image[:, :, 0] if suffix == ".pgm" else image[:, :, ::-1]
        assert cv2.imwrite(str(path), written, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    found = read_image(path)
    expected = image[:, :, :1] if suffix == ".pgm" else image

    assert np.abs(found.astype(int) - expected).max() <= (2 if suffix == ".jp2" else 0)
    data = path.read_bytes()
    for length in (len(data) // 2, len(data) - 4):
        path.write_bytes(data[:length])
        with pytest.raises(DecodeError, match="cannot be decoded"):
            read_image(path)


def test_the_white_of_a_portable_map_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5\n# twelve bits\n3 1\n4095\n" + np.array([0, 2048, 4095], ">u2").tobytes())
    (tmp_path / "b.pgm").write_text("P2 2 1 100\n50 100\n")
    (tmp_path / "huge.pgm").write_bytes(b"P5 900000 900000 255\n" + bytes(99))

    assert read_image(tmp_path / "a.pgm")[0, :, 0].tolist() == [0, 128, 255]
    assert read_image(tmp_path / "b.pgm")[0, :, 0].tolist() == [128, 255]
    with pytest.raises(DecodeError, match=r"huge\.pgm: cannot be decoded"):
        read_image(tmp_path / "huge.pgm")


def test_an_exr_in_one_piece_is_whole(tmp_path: Path) -> None:
    write_image(tmp_path / "a.exr", film()[0])
    data = (tmp_path / "a.exr").read_bytes()

    assert not is_cut_short(data)
    assert is_cut_short(data[:-1])
    assert is_cut_short(data[:40])


@pytest.mark.parametrize(
    ("low", "high", "kind", "expected"),
    [
        (900, 60000, np.uint16, None),
        (300, 17000, np.uint16, None),
        (100, 3900, np.uint16, (0, 4095)),
        (5, 1000, np.uint16, (0, 1023)),
        (20000, 22000, np.uint16, (19750, 22250)),
        (0, 0.9, np.float32, None),
        (0, 0.004, np.float32, (-0.0005, 0.0045)),
        (3, 3500, np.float32, (0, 4095)),
        (-40, 40, np.float32, (-50, 50)),
    ],
)
def test_levels_by_hand(low: float, high: float, kind: type, expected: tuple[float, float] | None) -> None:
    picture: Samples = np.linspace(low, high, 3000).reshape(10, 100, 3).astype(kind)
    found = find_levels([picture, picture])

    assert (found is None) == (expected is None)
    if found is not None:
        assert (found.black, found.white) == pytest.approx(expected, rel=0.01)


def test_levels_go_there_and_back() -> None:
    levels = Levels(200, 1400)
    samples = np.array([[0, 200, 201, 800, 1399, 1400, 9000]], np.uint16)

    assert levels.image(samples).tolist() == [[0, 0, 0, 128, 255, 255, 255]]
    assert levels.samples(levels.deep_image(samples)).tolist() == [[200, 200, 201, 800, 1399, 1400, 1400]]
    for wrong in ((5.0, 5.0), (9.0, 2.0), (0.0, float("nan"))):
        with pytest.raises(ParameterError, match="black below white"):
            Levels(*wrong)


@pytest.mark.parametrize(
    ("convert", "unit"),
    [(lambda f: f.astype(np.uint16) * 12, 12), (lambda f: f.astype(np.float32) * np.float32(3), 3)],
)
def test_dim_samples_are_seen_and_the_plate_has_their_numbers(
    tmp_path: Path, convert: Callable[[Samples], Samples], unit: int
) -> None:
    clip = save(tmp_path / "clip", convert)
    with pytest.warns(StillplateWarning, match=r"do not fill their range, so 0 is shown black and \d+ white in every"):
        report = stillplate.render(clip, plate=tmp_path / "p.tif", report=tmp_path / "r.json")
    plate: Any = cv2.imread(str(tmp_path / "p.tif"), cv2.IMREAD_UNCHANGED)
    truth = np.median(np.stack([frame[:, 63] for frame in film()]), axis=0)

    assert plate.dtype == np.uint16
    assert np.abs(plate[:, 63, 0] - truth * unit).max() <= 2 * unit
    assert min(report.foreground[3:12]) > 0.03
    told = json.loads((tmp_path / "r.json").read_text())["input"]
    assert told["levels"] == list(report.source.levels or ())


def test_samples_that_fill_their_range_keep_their_bytes(tmp_path: Path) -> None:
    clip = save(tmp_path / "clip", lambda frame: frame.astype(np.uint16) * np.uint16(257), ".png")
    with stillplate.open_video(clip) as video:
        assert video.info.levels is None
        for frame, truth in zip(video, film(), strict=True):
            assert np.array_equal(frame.image[:, :, 0], truth)


def test_levels_by_hand_of_pictures_and_videos(tmp_path: Path) -> None:
    clip = save(tmp_path / "clip", lambda frame: frame.astype(np.uint16) * 4)
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray10le"
        for frame in film():
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame.astype(np.uint16) * 4, format="gray10le")))
        file.mux(stream.encode(None))
    for path in (clip, tmp_path / "a.mkv"):
        with stillplate.open_video(path, levels=(200, 1000)) as video:
            expected = np.clip(np.rint((film()[0] * 4.0 - 200) / 800 * 255), 0, 255)
            found = next(iter(video)).image[:, :, 0].astype(int)

            assert np.abs(found - expected).max() <= 1
            assert video.info.levels == (200, 1000)
    with pytest.raises(ParameterError, match="levels are for a path"):
        stillplate.fit(np.zeros((3, 4, 4), np.uint8), levels=(0, 9))


def test_a_rate_is_for_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = save(tmp_path / "clip", lambda frame: frame, ".png")
    with stillplate.open_video(clip, fps=0.5) as timed, stillplate.open_video(clip) as untimed:
        assert [frame.time for frame in timed.take([0, 3])] == [0, 6]
        assert (timed.info.timed, untimed.info.timed) == (True, False)
    for wrong in (0, -1, float("inf")):
        with pytest.raises(ParameterError, match=r"fps is .*, but a number above 0"):
            stillplate.open_video(clip, fps=wrong)
    with pytest.raises(VideoOpenError):
        stillplate.open_video(tmp_path / "none.mp4")
    (tmp_path / "v.mp4").write_bytes(b"")
    with pytest.raises(ParameterError, match="is a video, which has times of its own: leave fps"):
        stillplate.open_video(tmp_path / "v.mp4", fps=5)


def test_the_commands_take_rate_and_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = save(tmp_path / "clip", lambda frame: frame.astype(np.uint16) * 16)
    options = ["--fps", "1/4", "--levels", "0,4095"]

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["stillplate", *words])
        main()
        return capsys.readouterr().out

    run("render", str(clip), "--report", str(tmp_path / "r.json"), *options, "--quiet")
    run("plate", str(clip), "-o", str(tmp_path / "p.png"), *options, "--quiet")
    run("check", str(clip), *options)
    run("pixel", str(clip), "3", "4", "-o", str(tmp_path / "x.png"), *options)
    (tmp_path / "o.toml").write_text(run("render", str(clip), "--print-config", *options))
    told = json.loads((tmp_path / "r.json").read_text())

    assert told["frames"]["time"][:3] == [0, 4, 8]
    assert told["input"]["levels"] == [0, 4095]
    assert 'levels = "0.0,4095.0"' in (tmp_path / "o.toml").read_text()
    assert "fps = 0.25" in (tmp_path / "o.toml").read_text()
    for wrong in (["--fps", "often"], ["--levels", "9"], ["--levels", "9,2"]):
        with pytest.raises(SystemExit, match="2"):
            run("check", str(clip), *wrong)
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_events_of_pictures() -> None:
    """Where there are no times, pictures count; where there are, frames that follow one another are together."""
    shares = [0.0] * 40
    for number in (5, 6, 7, 10, 20, 30):
        shares[number] = 0.02

    def found(times: list[float], *, timed: bool) -> list[range]:
        return [event.frames for event in find_events(times, shares, timed=timed)]

    assert found([number / 25 for number in range(40)], timed=False) == [range(5, 11), range(20, 21), range(30, 31)]
    assert found([number / 25 for number in range(40)], timed=True) == [range(5, 31)]
    assert found([1.0 * number for number in range(40)], timed=True) == [
        range(5, 8), range(10, 11), range(20, 21), range(30, 31),
    ]  # fmt: skip


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2) for name, data in chunks)
    movi = b"LIST" + (len(body) + 4).to_bytes(4, "little") + b"movi" + body
    return b"RIFF" + (len(movi) + 4).to_bytes(4, "little") + b"AVI " + movi


def test_repeats_at_the_end_of_an_avi(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    path.write_bytes(riff((b"00dc", b"abc"), (b"00dc", b""), (b"00dc", b"x"), (b"01wb", b"yy"), *[(b"00dc", b"")] * 3))

    assert repeats_at_end(path, 0) == 3
    assert repeats_at_end(path, 1) == 0
    path.write_bytes(path.read_bytes()[:30])
    assert repeats_at_end(path, 0) == 0
    assert repeats_at_end(tmp_path / "none.avi", 0) == 0


@pytest.mark.parametrize(("kept", "told"), [(0.5, 3), (0.99999, 0)])
def test_half_pictures_are_counted(tmp_path: Path, kept: float, told: int) -> None:
    """And one that lacks nothing but the mark of its end is whole."""
    with av.open(str(tmp_path / "a.avi"), "w") as file:
        stream: Any = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for number, frame in enumerate(film()):
            data = cv2.imencode(".jpg", np.dstack([frame] * 3))[1].tobytes()
            packet = av.Packet(data[: min(len(data) - 2, int(len(data) * kept))] if number in (2, 5, 9) else data)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 25)
            file.mux(packet)
    if not told:
        stillplate.open_video(tmp_path / "a.avi").close()
        return
    with pytest.warns(StillplateWarning, match=f"{told} of {COUNT} frames are cut short"):
        stillplate.open_video(tmp_path / "a.avi").close()
