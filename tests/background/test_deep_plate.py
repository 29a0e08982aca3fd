"""The plate at 16 bits: a truth whose gradients are finer than 8 bits tell, a walker before it; it is demanded back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.background.deep_plate import _median
from stillplate.background.depth import is_deep
from stillplate.camera.path import CameraPath
from stillplate.cli import main
from stillplate.errors import DecodeError, ParameterError
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource, DeepFrame

Deep = npt.NDArray[np.uint16]
HEIGHT, WIDTH, COUNT = 64, 96, 24
EIGHT = np.uint16(257)  # units of 16 bits in a level of 8


class DeepArrays(ArraySource):
    """Frames in memory with all their bits: what a back end of somebody else's has to offer."""

    def __init__(self, images: Deep) -> None:
        super().__init__(np.rint(images / EIGHT).astype(np.uint8))
        self._deep = images

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        for index in indices:
            yield DeepFrame(self._deep[index], index, index / self.info.rate)


def ground(height: int = HEIGHT, width: int = WIDTH) -> npt.NDArray[np.float64]:
    """Slopes that rise by a twentieth to a fifteenth of an 8-bit level from pixel to pixel, and some texture."""
    y, x = np.mgrid[:height, :width]
    slopes = np.stack([20000 + 17 * x + 5 * y, 30000 + 13 * y, 41000 - 11 * x], axis=-1).astype(np.float64)
    blocks = np.random.default_rng(3).integers(-4000, 4000, (height // 8 + 1, width // 8 + 1, 1))
    return slopes + np.kron(blocks, np.ones((8, 8, 1)))[:height, :width]


def smooth(picture: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.float64)


def film(
    truth: npt.NDArray[np.float64],
    shown: Callable[[npt.NDArray[np.float64], int], npt.NDArray[np.float64]] = lambda picture, _: picture,
    noise: float = 60.0,
) -> Deep:
    """A block walks before the ground; `shown` is what camera and light make of it."""
    random = np.random.default_rng(5)
    frames = []
    for number in range(COUNT):
        picture = shown(truth, number) + random.normal(0, noise, (HEIGHT, WIDTH, 3))
        picture[20:44, 3 * number : 3 * number + 12] = (60000, 9000, 12000)
        frames.append(np.clip(np.rint(picture), 0, 65535).astype(np.uint16))
    return np.stack(frames)


def write_video(path: Path, images: Deep, codec: str, pixels: str, **options: str) -> None:
    """Write planes that the formulas of BT.709 give, rounded once."""
    bits = 16 if "16" in pixels else 10
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *images.shape[1:3], pixels
        stream.codec_context.colorspace = 0 if "gbr" in pixels else 1
        stream.codec_context.color_range = 1 if "yuv" in pixels else 2
        for image in images:
            frame = av.VideoFrame(images.shape[2], images.shape[1], pixels)
            frame.colorspace, frame.color_range = stream.codec_context.colorspace, stream.codec_context.color_range
            for plane, samples in zip(frame.planes, planes_of(image / 65535, pixels, bits), strict=True):
                rows = np.frombuffer(memoryview(plane), "<u2").reshape(plane.height, -1)
                rows[:, : plane.width] = np.rint(samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def planes_of(rgb: npt.NDArray[np.float64], pixels: str, bits: int) -> list[npt.NDArray[np.float64]]:
    red, green, blue = np.moveaxis(rgb, 2, 0)
    if not pixels.startswith("yuv"):
        return [plane * (2**bits - 1) for plane in ((green, blue, red) if "gbr" in pixels else (green,))]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    step = 2 ** (bits - 8)
    chroma = [(128 + 224 * (colour - luma) / scale) * step for colour, scale in ((blue, 1.8556), (red, 1.5748))]
    if "444" not in pixels:
        chroma = [(plane[:, ::2] + plane[:, 1::2]) / 2 for plane in chroma]
    if "420" in pixels:
        chroma = [(plane[::2] + plane[1::2]) / 2 for plane in chroma]
    return [(16 + 219 * luma) * step, *chroma]


def off(deep: Deep, truth: npt.NDArray[np.float64]) -> float:
    """Mean distance from the truth, in units of 16 bits."""
    return float(np.abs(deep - truth).mean())


def grey(truth: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return truth[:, :, 1:2].repeat(3, axis=2)


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "options", "most"),
    [
        ("a.mkv", "ffv1", "gbrp16le", {}, 16),
        ("a.mkv", "ffv1", "gray16le", {}, 16),
        ("a.mkv", "ffv1", "yuv444p10le", {}, 25),
        ("a.mp4", "libx265", "yuv420p10le", {"x265-params": "lossless=1:log-level=none"}, 30),
        ("a.mov", "prores_ks", "yuv422p10le", {"profile": "3"}, 30),
    ],
)
def test_videos_of_many_bits(
    tmp_path: Path, name: str, codec: str, pixels: str, options: dict[str, str], most: float
) -> None:
    """Within a tenth of an 8-bit level of the truth, where the plate of 8 bits cannot come nearer than a quarter."""
    truth = grey(ground()) if pixels.startswith("gray") else ground()
    write_video(tmp_path / name, film(truth), codec, pixels, **options)
    with stillplate.open_video(tmp_path / name) as video:
        background = stillplate.fit(video, masks=False)
        deep = stillplate.deep_plate(background, video)

    assert video.info.bits == (16 if "16" in pixels else 10)
    assert deep.dtype == np.uint16
    assert deep.shape == (HEIGHT, WIDTH, 3)
    assert off(deep, truth) < most
    assert off(background.plate.image * EIGHT, truth) > 60
    assert np.array_equal(np.rint(deep / EIGHT), background.plate.image)


@pytest.mark.parametrize(("suffix", "colours"), [(".png", 1), (".tif", 3)])
def test_folders_of_many_bits(tmp_path: Path, suffix: str, colours: int) -> None:
    truth = ground() if colours == 3 else grey(ground())
    for number, image in enumerate(film(truth)):
        cv2.imencode(suffix, image[:, :, ::-1] if colours == 3 else image[:, :, 1])[1].tofile(
            tmp_path / f"{number}{suffix}"
        )
    background = stillplate.fit(tmp_path, masks=False)
    deep = stillplate.deep_plate(background, tmp_path)

    assert stillplate.open_video(tmp_path).info.bits == 16
    assert off(deep, truth) < 16
    assert np.array_equal(np.rint(deep / EIGHT), background.plate.image)


def test_the_memory_bounds_nothing_but_the_memory() -> None:
    source = DeepArrays(film(ground()))
    background = stillplate.fit(source, masks=False)
    whole = stillplate.deep_plate(background, source)

    assert np.array_equal(stillplate.deep_plate(background, source, memory=100_000), whole)


def test_medians_by_hand() -> None:
    """An odd number: the middle one; an even one: the mean of two, halves up; none: what is there stays."""
    samples = np.array([[9, 500, 7], [1, 1, 60000], [4, 4, 8]], np.uint16)[:, None, :].repeat(3, axis=1)
    out = np.full((3, 3), 77, np.uint16)
    _median(samples, np.array([[0b111], [0b101], [0]], np.uint8), out)

    assert out.tolist() == [[4, 4, 8], [7, 252, 8], [77, 77, 77]]


def test_light_that_drifts_is_levelled() -> None:
    """But for a gain and bias, which is the light of the median sample, the truth comes back."""
    truth = ground()
    source = DeepArrays(film(truth, lambda picture, number: picture * (0.85 + 0.3 * number / COUNT)))
    background = stillplate.fit(source, masks=False, light="varying")
    deep = stillplate.deep_plate(background, source)
    assert background.light is not None
    assert np.array_equal(np.rint(deep / EIGHT), background.plate.image)
    for channel in range(3):
        slope, bias = np.polyfit(truth[:, :, channel].ravel(), deep[:, :, channel].ravel(), 1)
        assert np.abs(slope * truth[:, :, channel] + bias - deep[:, :, channel]).mean() < 40


def test_each_state_of_light_has_a_deep_plate(tmp_path: Path) -> None:
    truth = ground()
    dark = truth * (0.3 + 0.5 * np.linspace(0, 1, WIDTH)[None, :, None])
    source = DeepArrays(film(truth, lambda picture, number: picture if number < COUNT // 2 else dark))
    background = stillplate.fit(source, masks=False, samples=14)
    plates = stillplate.deep_plates(background, source)

    assert len(plates) == len(background.states) == 2
    assert sorted(min(off(plate, light) for plate in plates) < 60 for light in (truth, dark)) == [True, True]


def test_a_camera_that_shakes_is_held_still() -> None:
    truth = smooth(ground(HEIGHT + 8, WIDTH + 8))
    random = np.random.default_rng(2)
    places = [(random.integers(2, 6), random.integers(2, 6)) for _ in range(COUNT)]
    source = DeepArrays(film(truth, lambda picture, n: picture[places[n][0] :, places[n][1] :][:HEIGHT, :WIDTH]))
    background = stillplate.fit(source, masks=False)
    deep = stillplate.deep_plate(background, source)
    assert background.shakes
    assert np.array_equal(np.rint(deep / EIGHT), background.plate.image)


def test_a_panorama_has_all_bits_too() -> None:
    """A camera that pans by two pixels from frame to frame, along a path that is known."""
    canvas = (WIDTH + 2 * COUNT, HEIGHT)
    truth = smooth(ground(HEIGHT, canvas[0]))
    source = DeepArrays(film(truth, lambda picture, number: picture[:, 2 * number :][:, :WIDTH]))
    path = CameraPath.along([Transform.shifted(2 * n, 0) for n in range(COUNT)], (WIDTH, HEIGHT), canvas)
    background = stillplate.fit(source, masks=False, motion_from=path)
    deep = stillplate.deep_plate(background, source)
    eight, sixteen = np.abs(background.plate.image * EIGHT - truth), np.abs(deep - truth)
    right = eight.max(axis=2) < 3 * EIGHT  # the others show the block, or nothing
    assert deep.shape == (canvas[1], canvas[0], 3)
    assert right.mean() > 0.85
    assert sixteen[right].mean() < 35
    assert eight[right].mean() > 60


def test_a_background_that_was_saved_tells_its_frames(tmp_path: Path) -> None:
    source = DeepArrays(film(ground()))
    background = stillplate.fit(source, masks=False)
    background.save(tmp_path / "b.npz")
    loaded = stillplate.Background.load(tmp_path / "b.npz")

    assert np.array_equal(stillplate.deep_plate(loaded, source), stillplate.deep_plate(background, source))


def test_what_has_no_more_bits_is_told(walkers: np.ndarray) -> None:
    source = DeepArrays(film(ground()))
    background = stillplate.fit(source, masks=False)
    with pytest.raises(ParameterError, match="array: has 8 bits: for 16, give a video file"):
        stillplate.deep_plate(stillplate.fit(walkers, masks=False), walkers)
    with pytest.raises(ParameterError, match="does not tell which frames made its plate"):
        stillplate.deep_plate(stillplate.Background.from_plate(walkers[0], threshold=20), source)
    with pytest.raises(DecodeError, match="does not show the frames that were sampled"):
        stillplate.deep_plate(background, DeepArrays(film(ground())[:, :, 1:]))
    with pytest.raises(DecodeError, match="does not show the frames that were sampled"):
        stillplate.deep_plate(background, Short(film(ground())))


class Short(DeepArrays):
    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        return super().take_deep(indices[:-1])


@pytest.mark.parametrize(
    ("depth", "name", "bits", "deep"),
    [
        ("auto", "p.png", 10, True), ("auto", "p.TIFF", 16, True), ("auto", "p.exr", 16, True),
        ("auto", "p.png", 8, False), ("auto", "p.jpg", 10, False), ("8", "p.exr", 16, False), (16, "p.exr", 8, True),
    ],
)  # fmt: skip
def test_how_deep_a_file_becomes(depth: str | int, name: str, bits: int, deep: bool) -> None:
    source = DeepArrays(film(ground())[:1])
    source.info = replace(source.info, bits=bits)

    assert is_deep(depth, Path(name), source) == deep


def test_what_cannot_be_is_told_before_anything_is_made(walkers: np.ndarray, tmp_path: Path) -> None:
    """And where 16 bits are not demanded, there are 8."""
    source, outside = DeepArrays(film(ground())), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    source.info = replace(source.info, bits=16)
    background = stillplate.Background.from_plate(outside, threshold=20)
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (source, {"plate": "p.jpg", "depth": 16}, r"p\.jpg: \.jpg holds 8 bits, but depth is 16: use \.png"),
        (source, {"plate": "p.png", "depth": 12}, "depth is 12, but one of auto, 8, 16 is needed"),
        (walkers, {"plate": "p.png", "depth": 16}, "array: has 8 bits: for 16, give a video file"),
        (source, {"plate": "p.png", "depth": 16, "plate_from": outside}, "plate_from is a plate of 8 bits"),
        (source, {"plate": "p.png", "depth": 16, "background": background}, "does not tell which frames"),
    ]
    for clip, options, reason in cases:
        with pytest.raises(ParameterError, match=reason):
            stillplate.render(clip, **{**options, "plate": tmp_path / options["plate"]})
    stillplate.render(source, plate=tmp_path / "p.png", plate_from=outside)
    stored = cv2.imread(str(tmp_path / "p.png"), cv2.IMREAD_UNCHANGED)

    assert [path.name for path in tmp_path.iterdir()] == ["p.png"]
    assert stored is not None
    assert stored.dtype == np.uint8


def test_the_commands_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By itself 16 bits of a clip that has ten; 8 on demand, the same bytes as ever; one line where neither can be."""
    write_video(tmp_path / "clip.mkv", film(ground()), "ffv1", "yuv444p10le")
    background = stillplate.fit(tmp_path / "clip.mkv", masks=False)
    truth = stillplate.deep_plate(background, tmp_path / "clip.mkv")
    stillplate.write_image(tmp_path / "same.png", background.plate.image)
    stillplate.render(tmp_path / "clip.mkv", plate=tmp_path / "rendered.tif")
    (tmp_path / "deep.toml").write_text("depth = 16\n")

    def plate(name: str, *options: str) -> None:
        monkeypatch.setattr("sys.argv", ["stillplate", "plate", str(tmp_path / "clip.mkv"), "-o", name, *options])
        main()

    plate(str(tmp_path / "deep.png"), "--config", str(tmp_path / "deep.toml"))
    plate(str(tmp_path / "flat.png"), "--depth", "8")
    with pytest.raises(SystemExit, match="2"):
        plate(str(tmp_path / "at.png"), "--at", "0.2", "--depth", "16")
    told = capsys.readouterr().err
    stored = [cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED) for name in ("deep.png", "rendered.tif")]

    assert all(image is not None and np.array_equal(image[:, :, ::-1], truth) for image in stored)
    assert (tmp_path / "flat.png").read_bytes() == (tmp_path / "same.png").read_bytes()
    assert told == "stillplate: --depth is 16, but --at writes a plate of 8 bits: leave one of them out\n"
    assert not (tmp_path / "at.png").exists()
