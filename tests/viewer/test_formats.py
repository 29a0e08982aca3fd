"""Clips of any kind that the library reads are opened and scrubbed: the server decodes, not the browser."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import stillplate
from stillplate.arrays import AnyArray
from stillplate.synthetic import street
from tests.viewer.served import served

WIDTH, HEIGHT, FRAMES = 96, 64, 24


def drawn() -> AnyArray:
    return np.stack([frame.image for frame in street(WIDTH, HEIGHT, FRAMES, seed=3, walkers=2, vehicles=1)])


def encoded(name: str, codec: str, form: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        with av.open(str(folder / name), "w") as file:
            stream = file.add_stream(codec, rate=Fraction(25))
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, form
            for image in drawn():
                file.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=form)))
            file.mux(stream.encode())
        return folder / name

    return write


def tiffs(folder: Path) -> Path:
    place = folder / "hall" / "frames"
    place.mkdir(parents=True)
    for number, image in enumerate(drawn()):
        deep = cv2.cvtColor(image, cv2.COLOR_RGB2BGR).astype(np.uint16) * 257
        assert cv2.imwrite(str(place / f"{number:04d}.tif"), deep)
    return place


KINDS = {
    "H.264, 10 bits": (encoded("ten.mp4", "libx264", "yuv420p10le"), "ten.mp4", 10),
    "HEVC, 10 bits": (encoded("ten.mkv", "libx265", "yuv420p10le"), "ten.mkv", 10),
    "FFV1": (encoded("archive.mkv", "ffv1", "yuv444p"), "archive.mkv", 8),
    "FFV1, 16 bits": (encoded("deep.mkv", "ffv1", "gbrp16le"), "deep.mkv", 16),
    "ProRes": (encoded("camera.mov", "prores_ks", "yuv422p10le"), "camera.mov", 10),
    "TIFF, 16 bits": (tiffs, "hall/frames", 16),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_is_opened_and_scrubbed(kind: str, tmp_path: Path) -> None:
    write, name, bits = KINDS[kind]
    clip = write(tmp_path)
    with stillplate.open_video(clip) as video:
        frames = {frame.index: frame.image for frame in video}
    with served(str(clip), tmp_path / "out") as page:
        state = page.settled()
        order = (0, 12, 5, FRAMES - 1, 4, 3)
        shown = {number: page.picture(f"frame/{number}.png") for number in order}
        small = page.picture("frame/9.jpg", w=48)
        mask = page.picture(f"result/{state['ground']['revision']}/12/mask.png")

    assert (state["clip"]["name"], state["clip"]["bits"], state["clip"]["frames"]) == (name, bits, FRAMES)
    assert state["progress"]["error"] == ""
    for number in order:
        assert np.array_equal(shown[number], frames[number]), number
    assert (small.shape, mask.shape) == ((32, 48, 3), (HEIGHT, WIDTH))
