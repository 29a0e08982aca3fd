"""Frames whose image is converted when it is asked for: each part is that of the whole image."""

import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stillplate.imaging.resize import downscale
from stillplate.io.colour import BT601, BT709
from stillplate.io.picture import CutImage, PlanarImage, rgb_of
from stillplate.io.planar_frame import PlanarFrame
from stillplate.io.pyav.writer import VideoWriter
from stillplate.io.source import Frame
from stillplate.kernels import Pieces, rgb_from_half_chroma
from stillplate.segmentation.reduced import reduced
from tests.kernels.test_half_chroma import MATRIX, random_planes


def test_in_pieces_until_it_is_converted() -> None:
    planes = random_planes(9, 20)
    image = PlanarImage(planes, MATRIX)
    pieces = image.in_pieces

    assert isinstance(pieces, Pieces)
    assert image.in_pieces is pieces
    assert np.array_equal(image.rgb, rgb_from_half_chroma(planes, MATRIX))
    assert isinstance(image.in_pieces, np.ndarray)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 6, 8])
def test_reduced_as_the_whole_image_is(factor: int) -> None:
    planes = random_planes(67, 131)

    assert np.array_equal(
        reduced(PlanarImage(planes, MATRIX), factor), downscale(rgb_from_half_chroma(planes, MATRIX), factor)
    )


def test_a_frame_as_any_other() -> None:
    image = PlanarImage(random_planes(6, 8), MATRIX)
    frame = PlanarFrame(image, 3, Fraction(1, 25))
    copied = pickle.loads(pickle.dumps(frame))

    assert isinstance(frame, Frame)
    assert (frame.picture, rgb_of(frame.picture).shape, frame.image.shape) == (image, image.shape, (6, 8, 3))
    assert np.array_equal(copied.image, frame.image)
    assert (copied.index, copied.time, copied.picture is copied.image) == (3, Fraction(1, 25), True)


@pytest.mark.parametrize("full", [False, True])
def test_a_cut_image_keeps_the_bytes_of_the_clip(full: bool) -> None:
    rng, planes = np.random.default_rng(4), random_planes(8, 12)
    mask = rng.random((8, 12)) < 0.5
    mask[:4, :4] = True
    image = PlanarImage(planes, MATRIX, (0.299, 0.114, full))
    cut = CutImage(image, mask)
    luma, *chroma = filled = [np.zeros_like(plane) for plane in planes]
    cut.fill(filled)

    assert np.array_equal(luma, np.where(mask, planes[0], 0 if full else 16))
    for y, x in np.ndindex(4, 6):
        kept = int(mask[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].sum())
        for part, plane in zip(chroma, planes[1:], strict=True):
            assert part[y, x] == (kept * int(plane[y, x]) + (4 - kept) * 128 + 2) // 4
    assert np.array_equal(cut.rgb, image.rgb * mask[:, :, None])


def test_a_video_of_the_same_colours_takes_the_planes(tmp_path: Path) -> None:
    planes = [np.full((16, 32), 90, np.uint8), *np.full((2, 8, 16), 150, np.uint8)]
    mask = np.ones((16, 32), np.bool_)
    same = CutImage(PlanarImage(planes, None, (*BT601, False)), mask)
    other = CutImage(PlanarImage(planes, None, (*BT709, False)), mask)
    for name, image, taken in (("a.mp4", same, True), ("b.mp4", other, False), ("c.mkv", same, False)):
        with VideoWriter(tmp_path / name, 32, 16, quality=100 if name.endswith("mp4") else None) as sink:
            assert sink._takes(image) is taken
            sink.write(image, Fraction(0))
        with av.open(tmp_path / name) as file:
            (frame,) = file.decode(video=0)
        assert frame.format.name == ("bgr0" if name == "c.mkv" else "yuv420p")
        if taken:
            assert np.ptp(frame.to_ndarray()[:16].astype(int) - 90) <= 1
