"""FFV1 of grey pictures: the kernel's packets are FFmpeg's, byte by byte, and so is the file."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillplate.errors import KernelError
from stillplate.io.pyav.ffv1 import GreyCoder, _packet_of
from stillplate.io.pyav.formats import FFV1
from stillplate.io.pyav.writer import VideoWriter
from stillplate.kernels import _native, ffv1_packet

Grey = npt.NDArray[np.uint8]
ISAS = _native.isas()
SLICED = FFV1.fast
WHOLE = {**FFV1.fast, "slices": "1"}


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> Iterator[None]:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def pictures(height: int, width: int, seed: int) -> dict[str, Grey]:
    rng = np.random.default_rng(seed)
    thing = np.zeros((height, width), np.uint8)
    thing[height // 4 : height // 2 + 1, width // 5 : width // 2 + 1] = 255
    smooth = np.cumsum(rng.integers(-2, 3, (height, width)), axis=1)
    return {
        "black": np.zeros_like(thing), "white": np.full_like(thing, 255), "a thing": thing,
        "a thing and its shadow": np.maximum(thing, np.roll(thing, 3, axis=1) // 2), "smooth": smooth.astype(np.uint8),
        "dots": rng.choice(np.array([0, 255], np.uint8), (height, width), p=[0.98, 0.02]),
        "labels": rng.choice(np.array([0, 127, 255], np.uint8), (height, width)),
        "noise": rng.integers(0, 256, (height, width), np.uint8),
    }  # fmt: skip


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("options", [SLICED, WHOLE])
@pytest.mark.parametrize("size", [(16, 16), (17, 23), (64, 130), (90, 161)])
def test_packets_are_those_of_ffmpeg(size: tuple[int, int], options: dict[str, str]) -> None:
    coder = GreyCoder.like(options, *size)

    assert coder is not None
    for name, picture in pictures(*size, seed=1).items():
        assert coder.packet(picture) == _packet_of(picture, options), name


@settings(max_examples=40, deadline=None)
@given(height=st.integers(16, 40), width=st.integers(16, 90), levels=st.integers(1, 256), seed=st.integers(0, 999))
def test_any_levels(height: int, width: int, levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.choice(rng.integers(0, 256, levels), (height, width)).astype(np.uint8)
    coder = GreyCoder.like(SLICED, height, width)

    assert coder is not None
    assert coder.packet(picture) == _packet_of(picture, SLICED)


def test_other_options_are_left_to_ffmpeg() -> None:
    assert GreyCoder.like(FFV1.small, 32, 32) is None
    assert GreyCoder.like({**SLICED, "slices": "9"}, 32, 32) is None
    assert GreyCoder.like({**SLICED, "slicecrc": "0"}, 32, 32) is None


def test_a_file_of_masks(tmp_path: Path) -> None:
    masks = list(pictures(64, 130, seed=2).values())
    with VideoWriter(tmp_path / "m.mkv", 130, 64, Fraction(25), channels=1) as sink:
        for number, mask in enumerate(masks):
            sink.write(mask, Fraction(number, 25))
    with av.open(tmp_path / "m.mkv") as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
    with av.open(tmp_path / "m.mkv") as file:
        shown = list(file.decode(video=0))

    assert [bytes(packet) for packet in packets] == [_packet_of(mask, SLICED) for mask in masks]
    assert all(packet.is_keyframe for packet in packets)
    assert [frame.pts for frame in shown] == [40 * number for number in range(len(masks))]
    assert all(np.array_equal(frame.to_ndarray(), mask) for frame, mask in zip(shown, masks, strict=True))


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(KernelError, match="picture"):
        ffv1_packet(np.zeros((4, 4), np.uint16), [b""], (1, 1))
    for picture in (np.zeros((0, 4), np.uint8), np.zeros((4, 8), np.uint8)[:, ::2]):
        with pytest.raises(KernelError, match="side by side"):
            ffv1_packet(picture, [b""], (1, 1))
    for heads, sides in (([b""], (2, 1)), ([b""] * 5, (5, 1)), ([], (0, 1)), ([b""] * 9, (1, 9))):
        with pytest.raises(KernelError, match="no such slices"):
            ffv1_packet(np.zeros((4, 8), np.uint8), heads, sides)
