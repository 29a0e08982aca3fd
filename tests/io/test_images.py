"""Image files and folders of them."""

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

from stillplate.errors import DecodeError, EncodeError, ParameterError, StillplateWarning, VideoOpenError
from stillplate.io.image_folder import ImageFolder
from stillplate.io.image_samples import read_image
from stillplate.io.images import write_image

LOSSLESS = [".png", ".webp", ".tif", ".tiff", ".bmp"]


def noise(*shape: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("suffix", [*LOSSLESS, ".PNG"])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 5, 4), (1, 1, 3), (1, 9)])
def test_lossless_formats_give_back_the_bytes(tmp_path: Path, suffix: str, shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    path = tmp_path / f"a{suffix}"
    if suffix == ".bmp" and shape[2:] == (4,):
        with pytest.raises(ParameterError, match=r"\.bmp has no alpha channel: use \.png"):
            write_image(path, image)
        return
    write_image(path, image)
    expected = image[:, :, :3] if image.ndim == 3 else image[:, :, None].repeat(3, axis=2)

    assert np.array_equal(read_image(path), expected)
    if shape[2:] == (4,):
        raw: Any = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(raw[:, :, [2, 1, 0, 3]], image)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg"])
def test_jpeg_is_near(tmp_path: Path, suffix: str) -> None:
    image = np.full((32, 32, 3), (200, 30, 90), np.uint8)
    write_image(tmp_path / f"a{suffix}", image)

    assert np.abs(read_image(tmp_path / f"a{suffix}").astype(int) - image).max() <= 2


def test_a_bool_mask_becomes_black_and_white(tmp_path: Path) -> None:
    mask = np.array([[True, False, True]])
    write_image(tmp_path / "m.png", mask)

    assert read_image(tmp_path / "m.png")[0, :, 0].tolist() == [255, 0, 255]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_scaled_and_rounded(tmp_path: Path, suffix: str, channels: int) -> None:
    levels = np.array([[0, 128, 129, 257, 32767, 32896, 65535]], np.uint16)
    image = levels[:, :, None].repeat(channels, axis=2)
    cv2.imencode(suffix, image)[1].tofile(tmp_path / f"deep{suffix}")

    assert read_image(tmp_path / f"deep{suffix}")[0, :, 1].tolist() == [0, 0, 1, 1, 127, 128, 255]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 5, 4)])
def test_sixteen_bits_are_written_as_they_are(tmp_path: Path, suffix: str, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(2).integers(0, 65536, shape, np.uint16)
    write_image(tmp_path / f"a{suffix}", image)
    stored: Any = cv2.imread(str(tmp_path / f"a{suffix}"), cv2.IMREAD_UNCHANGED)

    assert stored.dtype == np.uint16
    assert np.array_equal(stored if image.ndim == 2 else stored[:, :, [2, 1, 0, 3][: shape[2]]], image)


@pytest.mark.parametrize(("dtype", "kind"), [(np.uint8, "float16"), (np.uint16, "float32")])
@pytest.mark.parametrize(
    ("shape", "channels"), [((7, 5), "Y"), ((7, 5, 3), "RGB"), ((37, 51, 4), "RGBA"), ((1, 1), "Y")]
)
def test_exr_has_the_samples_as_they_are(
    tmp_path: Path, dtype: type[np.unsignedinteger[Any]], kind: str, shape: tuple[int, ...], channels: str
) -> None:
    """As the reference implementation reads them: each sample over its white, told apart, and not linearised."""
    white = np.iinfo(dtype).max
    image = np.random.default_rng(2).integers(0, white, shape, dtype, endpoint=True)
    write_image(tmp_path / "a.exr", image)
    stored = {name: channel.pixels for name, channel in OpenEXR.File(str(tmp_path / "a.exr")).channels().items()}

    assert list(stored) == [channels]
    assert stored[channels].dtype == kind
    assert np.array_equal(np.rint(stored[channels].astype(np.float64) * white), image)
    assert np.abs(stored[channels].astype(np.float64) - image / white).max() < 1 / white / 4


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_the_orientation_tag_is_honoured(tmp_path: Path, orientation: int, turns: int) -> None:
    """A JPEG with an EXIF segment that holds nothing else."""
    image = np.kron(
        np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8), np.ones((16, 24, 1), np.uint8)
    )
    write_image(tmp_path / "a.jpg", image)
    data = (tmp_path / "a.jpg").read_bytes()
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    (tmp_path / "b.jpg").write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
    expected = np.rot90(read_image(tmp_path / "a.jpg"), turns)

    assert np.array_equal(read_image(tmp_path / "b.jpg"), expected)


def test_reading_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(VideoOpenError, match=r"none\.png: cannot be read: No such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(VideoOpenError, match="cannot be read"):
        read_image(tmp_path)
    for name in ("empty.png", "text.png"):
        with pytest.raises(DecodeError, match=rf"{name}: cannot be decoded"):
            read_image(tmp_path / name)


def test_an_image_too_large_is_our_error(tmp_path: Path) -> None:
    header = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2_000_000, 2_000_000, 8, 2, 0, 0, 0))
    (tmp_path / "huge.png").write_bytes(header + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b""))
    with pytest.raises(DecodeError, match=r"huge\.png: is 2000000x2000000, but at most") as caught:
        read_image(tmp_path / "huge.png")

    assert "\n" not in str(caught.value)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_writing_says_what_is_wrong(tmp_path: Path) -> None:
    image = noise(4, 4, 3)
    cases: list[tuple[str, npt.NDArray[Any], str]] = [
        ("a.xyz", image, r"\.xyz is no image format that is written: use \.png"),
        ("a", image, "a: has no suffix to tell its format: use"),
        ("a.jpg", noise(4, 4, 4), r"\.jpg has no alpha channel"),
        ("a.jpg", image.astype(np.uint16), r"a\.jpg: \.jpg holds 8 bits, but 16 are to be written: use \.png, \.tif"),
        ("a.png", image.astype(np.uint32), "dtype uint32, but uint8 or uint16 is needed"),
        ("a.png", noise(4, 4, 2), r"shape \(4, 4, 2\), but"),
        ("none/a.png", image, "there is no folder"),
    ]
    for path, wrong, reason in cases:
        with pytest.raises(ParameterError, match=reason):
            write_image(tmp_path / path, wrong)
    with pytest.raises(EncodeError, match=r"wide\.webp: cannot be encoded"):
        write_image(tmp_path / "wide.webp", noise(1, 20000, 3))

    assert list(tmp_path.iterdir()) == []


def test_an_image_is_replaced_unless_told_not_to(tmp_path: Path) -> None:
    path = tmp_path / "ü 漢字.png"
    write_image(path, noise(4, 4))
    write_image(path, noise(5, 5))
    with pytest.raises(ParameterError, match="exists already"):
        write_image(path, noise(6, 6), overwrite=False)

    assert read_image(path).shape == (5, 5, 3)
    assert len(list(tmp_path.iterdir())) == 1


def folder(tmp_path: Path, names: list[str]) -> None:
    for level, name in enumerate(names):
        write_image(tmp_path / name, np.full((4, 6, 3), level, np.uint8))


def test_a_folder_is_in_natural_order(tmp_path: Path) -> None:
    folder(tmp_path, ["img1.png", "img2.png", "img10.png", "IMG11.tif", "img100.bmp"])
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden.png").write_text("neither")
    with ImageFolder(tmp_path) as video:
        assert [int(frame.image[0, 0, 0]) for frame in video] == [0, 1, 2, 3, 4]
        assert (video.info.width, video.info.height, video.info.frames, video.info.path) == (6, 4, 5, tmp_path)


def test_a_glob_and_a_single_image(tmp_path: Path) -> None:
    folder(tmp_path, ["a1.png", "a2.png", "b1.png"])

    assert [int(frame.image[0, 0, 0]) for frame in ImageFolder(f"{tmp_path}/a*.png")] == [0, 1]
    assert [frame.index for frame in ImageFolder(tmp_path / "b1.png")] == [0]


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VideoOpenError, match="holds no image"):
        ImageFolder(tmp_path)
    with pytest.raises(VideoOpenError, match="holds no image"):
        ImageFolder(f"{tmp_path}/*.png")


def test_images_of_two_sizes_are_an_error(tmp_path: Path) -> None:
    folder(tmp_path, ["a1.png", "a2.png"])
    write_image(tmp_path / "a3.png", noise(4, 7))
    with pytest.raises(VideoOpenError, match=r"a3\.png: is 7x4, but .*a1\.png is 6x4"):
        list(ImageFolder(tmp_path))


def test_an_unreadable_image_is_left_out_with_its_number(tmp_path: Path) -> None:
    folder(tmp_path, ["a1.png", "a2.png", "a3.png"])
    (tmp_path / "a2.png").write_text("broken")
    with ImageFolder(tmp_path) as video:
        for frames in (iter(video), video.take([0, 1, 2])):
            with pytest.warns(StillplateWarning, match=r"1 of 3 images left out; the first: .*a2\.png"):
                assert [frame.index for frame in frames] == [0, 2]


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("broken")
    with pytest.raises(DecodeError, match="none of 1 images can be decoded"):
        ImageFolder(tmp_path)
