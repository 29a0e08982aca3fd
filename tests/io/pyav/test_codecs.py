"""Editing codecs by name: profile, pixel format and colour tags as FFmpeg reads them, and pictures as they were."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.codecs import CODECS
from stillplate.io.opening import open_sink
from stillplate.io.pyav.frames import planes_of

WIDTH, HEIGHT = 257, 130  # odd, and of DNxHR's least size
WRITTEN = {
    "prores422proxy": ("prores", "Proxy", "yuv422p10le"),
    "prores422lt": ("prores", "LT", "yuv422p10le"),
    "prores422": ("prores", "Standard", "yuv422p10le"),
    "prores422hq": ("prores", "HQ", "yuv422p10le"),
    "prores4444": ("prores", "4444", "yuv444p12le"),  # as FFmpeg decodes it
    "dnxhr-lb": ("dnxhd", "DNXHR LB", "yuv422p"),
    "dnxhr-sq": ("dnxhd", "DNXHR SQ", "yuv422p"),
    "dnxhr-hq": ("dnxhd", "DNXHR HQ", "yuv422p"),
    "dnxhr-hqx": ("dnxhd", "DNXHR HQX", "yuv422p10le"),
    "dnxhr-444": ("dnxhd", "DNXHR 444", "yuv444p10le"),
}


def soft() -> np.ndarray:
    """Patches of colour with soft edges."""
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.clip((cv2.GaussianBlur(noise, (0, 0), 6) - 128) * 8 + 128, 0, 255).astype(np.uint8)


def save(path: Path, picture: np.ndarray, codec: str) -> None:
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    with open_sink(path, WIDTH, HEIGHT, channels=channels, codec=codec) as sink:
        for number in range(2):
            sink.write(picture, Fraction(number, 25))


@pytest.mark.parametrize("codec", CODECS)
def test_it_is_what_the_name_says(tmp_path: Path, codec: str) -> None:
    """Tagged BT.709 of limited range; the mask of a few levels' error, the colours of a few more."""
    picture = soft()
    save(tmp_path / "colour.mov", picture, codec)
    save(tmp_path / "mask.mov", picture[:, :, 1], codec)
    with av.open(str(tmp_path / "colour.mov")) as container:
        coder = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))
        told = (coder.name, coder.profile, frame.format.name)
        tags = (frame.colorspace, frame.color_range, coder.color_primaries, coder.color_trc)
    pictures = {}
    for name in ("colour", "mask"):
        with stillplate.open_video(tmp_path / f"{name}.mov") as video:
            pictures[name] = next(iter(video)).image[:HEIGHT, :WIDTH].astype(int)

    assert told == WRITTEN[codec]
    assert tags == (1, 1, 1, 1)
    assert np.abs(pictures["mask"][:, :, 0] - picture[:, :, 1]).mean() < 1.5
    assert np.abs(pictures["colour"] - picture).mean() < (5 if codec == "dnxhr-lb" else 3)


def test_chroma_of_half_the_columns_lies_on_the_even_ones(tmp_path: Path) -> None:
    """A ramp of blue across keeps its place."""
    ramp = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    ramp[:, :, 2] = np.linspace(0, 255, WIDTH).round()
    save(tmp_path / "ramp.mov", ramp, "dnxhr-hqx")
    with av.open(str(tmp_path / "ramp.mov")) as container:
        chroma = planes_of(next(container.decode(video=0)))[1][8, 1:-1].astype(float)
    wanted = 512 + 0.5 * 896 * ramp[0, 2:-1:2, 2] / 255

    assert np.abs(chroma - wanted).max() < 1.5  # a quarter of a column is 0.9


def test_alpha_is_held_by_prores_4444_alone(tmp_path: Path) -> None:
    cutout = np.dstack((soft(), soft()[:, :, 0]))
    save(tmp_path / "c.mov", cutout, "prores4444")
    with av.open(str(tmp_path / "c.mov")) as container:
        alpha = next(container.decode(video=0)).to_ndarray(format="rgba")[:, :, 3]

    assert np.abs(alpha.astype(int) - cutout[:, :, 3]).max() <= 1
    with pytest.raises(ParameterError, match="prores422hq has no alpha channel: use prores4444, or a folder of PNGs"):
        save(tmp_path / "d.mov", cutout, "prores422hq")


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("c.mov", {"codec": "prores"}, "codec is 'prores', but one of prores422proxy, .* is needed"),
        ("c.mp4", {"codec": "prores422"}, r"c.mp4: prores422 is written as \.mov: choose that suffix"),
        ("c.mov", {"codec": "prores422", "quality": "lossless"}, "prores422 has no lossless form of this"),
        ("c.mov", {"codec": "dnxhr-hq"}, "which holds pictures of 256x120 or more, but the clip's are"),
        ("c.mov", {"for_": "avid"}, "for is 'avid', but one of resolve, premiere, nuke, .* is needed"),
    ],
)
def test_what_cannot_be_is_refused_before_work(
    tmp_path: Path, walkers: np.ndarray, name: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(ParameterError, match=told):
        stillplate.render(walkers, clean=tmp_path / name, **options)  # type: ignore[arg-type]  # what is typed
    assert list(tmp_path.iterdir()) == []
