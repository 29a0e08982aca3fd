"""Numbered pictures in a folder: their names, their formats, and what becomes of what is there."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.image_samples import read_image
from stillplate.io.opening import open_sink
from stillplate.io.sequence import as_sequence, is_sequence, place_of
from stillplate.segmentation import composite


def exr(path: Path) -> Any:
    """The picture as the reference implementation reads it."""
    (channel,) = OpenEXR.File(str(path)).channels().values()
    return channel.pixels.astype(np.float64)


def save(path: str | Path, images: np.ndarray, *, overwrite: bool = False) -> None:
    channels = 1 if images.ndim == 3 else images.shape[3]
    with open_sink(path, images.shape[2], images.shape[1], channels=channels, overwrite=overwrite) as sink:
        for number, image in enumerate(images):
            sink.write(image, Fraction(number, 25))


@pytest.mark.parametrize(
    ("path", "folder", "first"),
    [
        ("out/", "out", "000001.png"),
        ("out/%06d.exr", "out", "000001.exr"),
        ("a/out/shot_%04d.tif", "a/out", "shot_0001.tif"),
        ("out/%d.png", "out", "1.png"),
    ],
)
def test_a_pattern_names_the_pictures(path: str, folder: str, first: str) -> None:
    names = as_sequence(path)

    assert is_sequence(path)
    assert (names.folder, place_of(path), names.name(1)) == (Path(folder), Path(folder), first)
    assert names.has(first) and names.has(names.name(1234567))
    assert not names.has(f"x{first}") and not names.has(f"{first}.bak")


@pytest.mark.parametrize("path", ["mask.mp4", "100%.mkv", "50%d.mp4", "-", "%20d/mask.mkv"])
def test_other_names_are_one_file(path: str) -> None:
    assert not is_sequence(path)
    assert place_of(path) == Path(path)


@pytest.mark.parametrize(("shape", "channels"), [((3, 7, 5), "Y"), ((3, 7, 5, 3), "RGB"), ((3, 7, 5, 4), "RGBA")])
def test_an_exr_sequence_comes_back(tmp_path: Path, shape: tuple[int, ...], channels: str) -> None:
    images = np.random.default_rng(4).integers(0, 256, shape, np.uint8)
    save(tmp_path / "out" / "%06d.exr", images)
    paths = sorted((tmp_path / "out").iterdir())

    assert [path.name for path in paths] == ["000001.exr", "000002.exr", "000003.exr"]
    assert all(list(OpenEXR.File(str(path)).channels()) == [channels] for path in paths)
    assert np.array_equal(np.rint(np.stack([exr(path) for path in paths]) * 255), images)


def test_a_cutout_in_exr_is_composited_as_ours_is(walkers: np.ndarray, tmp_path: Path) -> None:
    """With straight alpha, in the values as they are: α C + (1 − α) G is our own composite, but for its rounding."""
    ground = np.random.default_rng(6).integers(0, 256, walkers.shape[1:]).astype(np.uint8)
    stillplate.write_image(tmp_path / "ground.png", ground)
    options: dict[str, Any] = {"samples": 8, "seed": 1}
    stillplate.render(walkers, cutout=tmp_path / "cut" / "%04d.exr", **options)
    stillplate.render(walkers, cutout=f"{tmp_path}/over/", composite=tmp_path / "ground.png", **options)
    partial = 0
    for number in range(len(walkers)):
        picture = exr(tmp_path / "cut" / f"{number + 1:04d}.exr")
        alpha, colours = picture[:, :, 3:], picture[:, :, :3]
        mixed = (alpha * colours + (1 - alpha) * ground / 255) * 255
        partial += int(np.count_nonzero((alpha > 0) & (alpha < 1)))

        assert np.abs(mixed - read_image(tmp_path / "over" / f"{number + 1:06d}.png")).max() < 1
        assert np.abs(mixed - composite.over(np.rint(picture * 255).astype(np.uint8), ground)).max() < 1
    assert partial > 0


def test_nothing_is_lost(tmp_path: Path) -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    save(tmp_path / "out" / "%06d.exr", images)
    with pytest.raises(ParameterError, match=r"out: exists already"):
        save(tmp_path / "out" / "%06d.exr", images)
    save(tmp_path / "out" / "%06d.exr", images[:1], overwrite=True)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["000001.exr"]
    with pytest.raises(ParameterError, match=r"out: holds 000001\.exr, which would be lost"):
        save(tmp_path / "out" / "%06d.png", images, overwrite=True)
    with pytest.raises(ParameterError, match=r"000001\.jpg: \.jpg has no alpha channel: use \.png"):
        save(tmp_path / "jpg" / "%06d.jpg", np.zeros((1, 4, 4, 4), np.uint8))
    with pytest.raises(
        ParameterError, match=r"^%06d\.exr: names no folder for the images: write, for example, frames/%06d\.exr"
    ):
        save("%06d.exr", images)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_outputs_are_told_apart_by_their_folders(walkers: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="asked for as mask and as cutout: give each a path of its own"):
        stillplate.render(walkers, mask=tmp_path / "a" / "m%d.png", cutout=tmp_path / "a" / "c%d.png")
    with pytest.raises(ParameterError, match="there is no folder"):
        stillplate.render(walkers, mask=tmp_path / "none" / "a" / "%d.png")
    stillplate.render(walkers, tmp_path / "all", cutout=tmp_path / "all" / "cut" / "%06d.exr", samples=6)

    assert len(list((tmp_path / "all" / "cut").iterdir())) == len(walkers)
