import json
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.errors import EncodeError, ParameterError
from stillplate.io.pyav.writer import VideoWriter
from stillplate.io.source import ArraySource, Frame


def frames_of(path: Path | str) -> list[Frame]:
    with stillplate.open_video(path) as video:
        return list(video)


def test_folder_holds_the_whole_job(lane_mp4: Path, tmp_path: Path) -> None:
    """Plate, mask, foreground, comparison and report; same frame count and times as the clip."""
    result = stillplate.render(lane_mp4, tmp_path / "out")
    times = [frame.time for frame in frames_of(lane_mp4)]

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "comparison.mp4", "foreground.mp4", "mask.mp4", "plate.png", "report.html", "report.json",
    ]  # fmt: skip
    for name in ("mask.mp4", "foreground.mp4", "comparison.mp4"):
        assert [frame.time for frame in frames_of(tmp_path / "out" / name)] == times
    assert np.array_equal(stillplate.read_image(tmp_path / "out" / "plate.png"), result.background.plate.image)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["version"] == 1
    assert report["input"]["read"] == 30
    assert report["options"]["samples"] == 64
    assert len(report["frames"]["time"]) == len(report["frames"]["foreground_share"]) == 30
    assert 0 < max(report["frames"]["foreground_share"]) < 0.5
    assert len(report["plate"]["sample_times"]) == 30


def test_lossless_outputs_hold_exactly_what_the_library_says(walkers: np.ndarray, tmp_path: Path) -> None:
    """The study's formulas, through encoder and decoder and back."""
    folder = f"{tmp_path}/masks/"
    stillplate.render(
        walkers,
        mask=folder,
        foreground=tmp_path / "fg.mkv",
        cutout=tmp_path / "cut.mkv",
        threshold=30,
        weights=(1, 2, 3),
        cleanup="none",
    )
    background = stillplate.fit(walkers)
    masks, colours = frames_of(folder), frames_of(tmp_path / "fg.mkv")

    assert len(masks) == len(colours) == 20
    for index, image in enumerate(walkers):
        mask = background.mask(image, threshold=30, weights=(1, 2, 3), cleanup="none")
        assert mask.sum() == 36
        assert np.array_equal(masks[index].image[:, :, 0], mask * np.uint8(255))
        assert np.array_equal(colours[index].image, np.where(mask[:, :, None], image, 0))
    assert (Path(folder) / "000001.png").is_file()
    assert len(list(Path(folder).iterdir())) == 20


def test_variable_frame_rate_is_kept(walkers: np.ndarray, tmp_path: Path) -> None:
    class Uneven(ArraySource):
        def take(self, indices: Sequence[int]) -> Iterator[Frame]:
            for frame in super().take(indices):
                yield Frame(frame.image, frame.index, Fraction(frame.index**2, 50))

    stillplate.render(Uneven(walkers), mask=tmp_path / "mask.mp4")

    assert [frame.time for frame in frames_of(tmp_path / "mask.mp4")] == [Fraction(n * n, 50) for n in range(20)]


def test_background_can_be_given(walkers: np.ndarray, tmp_path: Path) -> None:
    """Then even a stream that can be read once will do."""
    background = stillplate.fit(walkers)
    result = stillplate.render(iter(walkers), mask=tmp_path / "mask.mkv", background=background)

    assert result.background is background
    assert len(result.times) == 20


def test_plate_alone_reads_no_frame_twice(walkers: np.ndarray, tmp_path: Path) -> None:
    result = stillplate.render(walkers, plate=tmp_path / "plate.png")

    assert len(result.times) == 0
    assert (stillplate.read_image(tmp_path / "plate.png") == 90).all()


def test_nothing_asked_for(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="no output is asked for"):
        stillplate.render(walkers)


def test_existing_output_is_kept(lane_mp4: Path, tmp_path: Path) -> None:
    (tmp_path / "mask.mkv").write_bytes(b"precious")
    with pytest.raises(ParameterError, match=r"mask\.mkv: exists already"):
        stillplate.render(lane_mp4, mask=tmp_path / "mask.mkv", plate=tmp_path / "plate.png")

    assert (tmp_path / "mask.mkv").read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mask.mkv"]
    stillplate.render(lane_mp4, mask=tmp_path / "mask.mkv", overwrite=True)
    assert len(frames_of(tmp_path / "mask.mkv")) == 30


def test_output_may_not_be_the_input(lane_mp4: Path) -> None:
    with pytest.raises(ParameterError, match="the output is the input itself"):
        stillplate.render(lane_mp4, mask=lane_mp4, overwrite=True)


def test_two_outputs_may_not_share_a_path(lane_mp4: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="asked for as mask and as foreground"):
        stillplate.render(lane_mp4, mask=tmp_path / "a.mkv", foreground=tmp_path / "a.mkv")


class Unread(stillplate.ArraySource):
    """A clip that nobody may read."""

    def __iter__(self) -> Iterator[Frame]:
        raise AssertionError

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        raise AssertionError


@pytest.mark.parametrize(("output", "name"), [("mask", "m.xyz"), ("foreground", "f"), ("cutout", "c.mp4")])
def test_a_wrong_suffix_is_told_before_anything_is_read(
    walkers: np.ndarray, tmp_path: Path, output: str, name: str
) -> None:
    options: dict[str, Any] = {output: tmp_path / name}
    with pytest.raises(ParameterError, match=r"no video format|has no suffix|no alpha channel"):
        stillplate.render(Unread(walkers), **options)


def test_alpha_needs_a_codec_that_has_it(lane_mp4: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\.mov"):
        stillplate.render(lane_mp4, cutout=tmp_path / "cut.mp4")

    assert list(tmp_path.iterdir()) == []


class Breaking(ArraySource):
    """A clip whose second reading breaks in the middle."""

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            if frame.index == 10:
                raise stillplate.DecodeError("frame 10 is broken")
            yield frame


def test_error_in_the_middle_leaves_nothing(walkers: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(stillplate.DecodeError, match="frame 10 is broken"):
        stillplate.render(
            Breaking(walkers), plate=tmp_path / "p.png", mask=tmp_path / "m.mkv", foreground=f"{tmp_path}/fg/"
        )

    assert list(tmp_path.iterdir()) == []
    assert [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith(("stillplate-read", "stillplate-write"))
    ] == []


def test_error_of_one_encoder_stops_all(walkers: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sink that fails in its thread is raised in the caller, and the other outputs vanish with it."""
    append = VideoWriter._append

    def failing(self: VideoWriter, image: np.ndarray, time: Fraction) -> None:
        if "fg" in self._name and time > Fraction(1, 4):
            raise EncodeError("fg.mkv: disk full")
        append(self, image, time)

    monkeypatch.setattr(VideoWriter, "_append", failing)
    with pytest.raises(EncodeError, match="disk full"):
        stillplate.render(walkers, mask=tmp_path / "m.mkv", foreground=tmp_path / "fg.mkv")

    assert list(tmp_path.iterdir()) == []


def test_same_bytes_every_time(lane_mp4: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        stillplate.render(lane_mp4, tmp_path / name, seed=5, samples=20)

    for file in ("plate.png", "report.json", "mask.mp4", "foreground.mp4"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 1), (13, 17)])
def test_odd_sizes(height: int, width: int, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, height, width, 3), np.uint8)
    stillplate.render(images, tmp_path / "out", cutout=tmp_path / "cut.mov")

    assert stillplate.read_image(tmp_path / "out" / "plate.png").shape == (height, width, 3)
    assert len(frames_of(tmp_path / "out" / "mask.mp4")) == 6


def test_overrides_are_in_force_and_in_the_report(walkers: np.ndarray, tmp_path: Path) -> None:
    """Half of the picture is the region; the 36 pixels of the block are in it at first, then leave it."""
    stillplate.write_image(tmp_path / "empty.png", np.full((24, 32, 3), 90, np.uint8))
    left = [(0, 0), (15, 0), (15, 23), (0, 23)]
    result = stillplate.render(
        walkers, tmp_path / "out", plate_from=tmp_path / "empty.png", start=0.2, end=0.5, roi=left,
        sensitivity=10, cleanup="none", exclude=[stillplate.Exclusion(left, end=0.3), np.zeros((24, 32), np.bool_)],
    )  # fmt: skip
    report = json.loads((tmp_path / "out" / "report.json").read_text())

    assert len(result.times) == 20
    assert result.foreground[0] == pytest.approx(36 / (16 * 24))
    assert result.foreground[13] == pytest.approx(18 / (16 * 24))
    assert result.foreground[19] == 0
    assert report["options"]["plate_from"] == str(tmp_path / "empty.png")
    assert (report["options"]["start"], report["options"]["end"]) == (0.2, 0.5)
    assert report["options"]["roi"] == [list(corner) for corner in left]
    assert report["options"]["exclude"] == [
        {"region": [list(corner) for corner in left], "start": None, "end": 0.3},
        {"region": "a mask of 0 pixels", "start": None, "end": None},
    ]
    assert report["plate"]["sample_times"] == [index / 25 for index in range(5, 13)]


def test_nothing_is_sampled_for_an_outside_plate_with_a_threshold(walkers: np.ndarray, tmp_path: Path) -> None:
    """Even a stream that can be read once will do; and a background that is given can still be limited."""
    plate = np.full((24, 32, 3), 90, np.uint8)
    result = stillplate.render(iter(walkers), mask=f"{tmp_path}/masks/", plate_from=plate, threshold=30, cleanup="none")
    limited = stillplate.render(
        walkers, report=tmp_path / "report.json", background=result.background, roi=[(0, 0), (9, 0), (9, 9)]
    )

    assert result.options["plate_from"] == "an array"
    assert [round(share * 24 * 32) for share in result.foreground] == [36] * 20
    assert result.background.times == ()
    assert limited.background.roi is not None


def test_outside_plate_is_not_written_over_nor_doubled(walkers: np.ndarray, tmp_path: Path) -> None:
    stillplate.write_image(tmp_path / "plate.png", np.full((24, 32, 3), 90, np.uint8))
    with pytest.raises(ParameterError, match=r"plate\.png: the output is the outside plate itself"):
        stillplate.render(walkers, tmp_path, plate_from=tmp_path / "plate.png", overwrite=True)
    with pytest.raises(ParameterError, match="one plate is needed"):
        stillplate.render(
            walkers, tmp_path / "out", plate_from=tmp_path / "plate.png", background=stillplate.fit(walkers)
        )
