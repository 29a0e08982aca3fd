"""Inputs that are damaged, wrong, or larger than they can be."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.errors import DecodeError, StillplateWarning, VideoOpenError
from stillplate.io.image_header import declared_size
from stillplate.io.image_samples import read_image
from stillplate.io.opening import open_video
from tests.command import run
from tests.damage import CODECS, make_clip, verdict
from tests.io.damaged import QUICK, WRONG_IMAGES, bmp, jpeg, png, tiff


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("seed", [1, 3])
def test_a_damaged_video_ends_well(tmp_path: Path, suffix: str, seed: int) -> None:
    """Cut short, or with its parts swapped: in time, with outputs that decode, or with one line and nothing left."""
    assert verdict(tmp_path, suffix, seed) == ""


@pytest.mark.parametrize("kind", WRONG_IMAGES)
def test_a_wrong_image_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(WRONG_IMAGES[kind])
    with pytest.raises(DecodeError, match=r"image\.png: ") as told:
        read_image(path)

    assert "\n" not in str(told.value)


BOMBS = {
    ".png": png(60_000, 60_000, b""),
    ".jpg": jpeg(30_000, 30_000),
    ".tif": tiff(30_000, 30_000),
    ".bmp": bmp(30_000, -30_000),
    ".webp": b"RIFF" + struct.pack("<I4s4sI", 1000, b"WEBP", b"VP8X", 10) + b"\0" * 4 + b"\x30\x75\0" * 2 + bytes(900),
}


@pytest.mark.parametrize("suffix", BOMBS)
def test_a_bomb_is_told_before_it_takes_memory(tmp_path: Path, suffix: str) -> None:
    """A few kilobytes that would become gigabytes."""
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(BOMBS[suffix])

    with pytest.raises(DecodeError, match=r"is \d+x\d+, but at most 268435456 pixels"):
        read_image(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_heads_of_tiff_are_read_in_either_order_and_size(order: str) -> None:
    mark, entry = (b"II", b"MM")[order == ">"], struct.Struct(f"{order}HHI").pack
    short, long = entry(256, 3, 1) + struct.pack(f"{order}HH", 7, 0), entry(257, 4, 1) + struct.pack(f"{order}I", 9)
    plain = mark + struct.pack(f"{order}HIH", 42, 8, 2) + short + long
    big = mark + struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, 2)
    big += b"".join(struct.pack(f"{order}HHQQ", tag, 16, 1, side) for tag, side in ((256, 7), (257, 9)))

    assert declared_size(plain) == declared_size(big) == (7, 9)
    assert declared_size(plain[:-5]) is declared_size(b"II*\0") is declared_size(b"GIF89a") is None


def test_a_jpeg_cut_short_is_told_and_not_half_grey(walkers: np.ndarray, tmp_path: Path) -> None:
    """Bytes behind its end, as telephones leave them, do no harm."""
    data = cv2.imencode(".jpg", walkers[0])[1].tobytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    (tmp_path / "more.jpg").write_bytes(data + b"more")
    with pytest.raises(DecodeError, match="is cut short"):
        read_image(tmp_path / "cut.jpg")

    assert read_image(tmp_path / "more.jpg").shape == walkers[0].shape


def test_a_video_of_bombs_is_told(tmp_path: Path) -> None:
    """Each frame claims 30,000 x 30,000 pixels."""
    data = bytearray(make_clip(tmp_path / "clip.avi"))
    place = data.find(b"\xff\xc0")
    while place > 0:
        data[place + 5 : place + 9] = struct.pack(">HH", 30_000, 30_000)
        place = data.find(b"\xff\xc0", place + 1)
    (tmp_path / "bomb.avi").write_bytes(data)
    with pytest.raises(DecodeError, match=r"bomb\.avi: none of its 50 frames can be decoded"):
        open_video(tmp_path / "bomb.avi")


def test_a_video_that_claims_ten_million_frames_has_those_that_it_has(tmp_path: Path) -> None:
    data = bytearray(make_clip(tmp_path / "clip.avi"))
    for place in (data.index(b"avih") + 24, data.index(b"strh") + 40):
        data[place : place + 4] = struct.pack("<I", 10_000_000)
    (tmp_path / "many.avi").write_bytes(data)
    with open_video(tmp_path / "many.avi") as video, pytest.warns(StillplateWarning, match="50 of 10000000 frames"):
        background = stillplate.fit(video, samples=6)

    assert len(background.times) == 6


def test_what_is_found_out_twice_is_told_once(tmp_path: Path) -> None:
    """By the pass that samples, and by the one that renders."""
    data = make_clip(tmp_path / "clip.avi")
    (tmp_path / "cut.avi").write_bytes(data[: len(data) // 2])
    done = run("render", tmp_path / "cut.avi", "--mask", tmp_path / "mask.mkv", *QUICK)

    assert done.returncode == 0
    assert done.stderr.count("\n") == done.stderr.count("of 50 frames decoded") == 1


def test_a_video_of_an_unknown_codec_is_told(tmp_path: Path) -> None:
    data = make_clip(tmp_path / "clip.mp4")
    (tmp_path / "odd.mp4").write_bytes(data.replace(b"avc1", b"ahc1"))
    with pytest.raises(VideoOpenError, match=r"odd\.mp4: its codec is not known"):
        open_video(tmp_path / "odd.mp4")


def test_a_video_whose_header_claims_a_huge_picture_takes_no_more_than_it_has(tmp_path: Path) -> None:
    data = bytearray(make_clip(tmp_path / "clip.avi"))
    place = data.index(b"strf") + 12
    data[place : place + 8] = struct.pack("<II", 60_000, 60_000)
    (tmp_path / "huge.avi").write_bytes(data)
    done = run("plate", tmp_path / "huge.avi", "-o", tmp_path / "plate.png", "--samples", "4")

    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
