"""Outputs of a clip whose camera walks past near and far ground, of which the plate has one plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource, Frame
from stillplate.rendering import frame_outputs
from stillplate.segmentation import composite
from stillplate.segmentation.neighbour import Neighbour, Surroundings
from stillplate.segmentation.options import MaskOptions
from tests.segmentation.walk import Walk

Images = npt.NDArray[np.uint8]

SIZE, FRAMES = (160, 96), 13


class Reads(ArraySource):
    """Frames that are counted as they are read."""

    def __init__(self, images: Images) -> None:
        super().__init__(images, Fraction(25))
        self.scans = self.takes = 0

    def __iter__(self) -> Iterator[Frame]:
        self.scans += 1
        yield from super().take(range(len(self._images)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        self.takes += 1
        yield from super().take(indices)


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk(lambda index: (50 + 4 * index, 24, 16, 52), SIZE, count=FRAMES)


@pytest.fixture(scope="module")
def images(walk: Walk) -> Images:
    return np.stack([walk.image(index) for index in range(FRAMES)])


@pytest.fixture(scope="module")
def background(walk: Walk) -> stillplate.Background:
    return walk.background()


@pytest.fixture
def clip(images: Images) -> Reads:
    return Reads(images)


@pytest.fixture(scope="module")
def rendered(images: Images, background: stillplate.Background, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs that show the ground, as pictures without loss."""
    folder = tmp_path_factory.mktemp("depth")
    stillplate.render(
        images, background=background, clean=f"{folder}/clean/", layers=f"{folder}/layers/", cutout=f"{folder}/cutout/"
    )
    return folder


def pictures(folder: Path) -> list[Images]:
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8) for path in sorted(folder.iterdir())]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_clean_video_is_what_the_library_shows_of_each_frame(
    rendered: Path, background: stillplate.Background, clip: Reads
) -> None:
    """Compared in every third."""
    shown = pictures(rendered / "clean")

    assert len(shown) == FRAMES
    for frame, around in stillplate.with_neighbours(clip, background):
        if frame.index % 3 == 0:
            clean = background.clean(frame.image, frame.index, surroundings=around)

            assert np.array_equal(shown[frame.index][..., ::-1], clean)


def test_it_is_nearer_to_the_truth_than_the_plate(
    rendered: Path, walk: Walk, images: Images, background: stillplate.Background
) -> None:
    """Measured where the block was: 0.4 levels, where the plate alone is 1.2 off."""
    off, before = np.zeros(FRAMES), np.zeros(FRAMES)
    for index, picture in enumerate(pictures(rendered / "clean")):
        mask, view = walk.mask(index), walk.view(index).astype(int)
        off[index] = np.abs(picture[..., ::-1] - view)[mask].mean()
        if index % 3 == 0:
            before[index] = np.abs(background.clean(images[index], index) - view)[mask].mean()
        far = cv2.dilate(mask.view(np.uint8), np.ones((81, 81), np.uint8)) == 0

        assert np.array_equal(picture[..., ::-1][far], images[index][far])
    assert off[::3].mean() < 0.4 * before[::3].mean()
    assert off.max() < 1.5


def test_the_layers_have_the_ground_as_the_frame_sees_it(
    rendered: Path, walk: Walk, images: Images, background: stillplate.Background
) -> None:
    """Its own pixels but for what is hidden, where the plate alone is another picture of the ground."""
    for index, picture in enumerate(pictures(rendered / "layers" / "bgr")):
        near = cv2.dilate(walk.mask(index).view(np.uint8), np.ones((13, 13), np.uint8)) > 0

        assert np.array_equal(picture[..., ::-1][~near], images[index][~near])
        assert np.abs(picture[..., ::-1].astype(int) - walk.view(index)).mean() < 0.5
    plate = background.observe(images[-1], FRAMES - 1).view.image

    assert np.abs(plate.astype(int) - walk.view(FRAMES - 1)).mean() > 3


def test_any_number_of_threads_gives_the_same_bytes(
    images: Images, background: stillplate.Background, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five frames, in one thread and in two."""
    for workers in (1, 2):
        monkeypatch.setattr(frame_outputs, "processors", lambda workers=workers: workers)
        stillplate.render(images[:5], background=background, clean=f"{tmp_path}/{workers}/")

    assert len(contents(tmp_path / "1")) == 5
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_an_output_is_the_same_whatever_else_is_written(
    rendered: Path, images: Images, background: stillplate.Background, tmp_path: Path
) -> None:
    """The comparison shows the plate; masks are found before any ground is."""
    for name in ("alone", "beside"):
        (tmp_path / name).mkdir()
        stillplate.render(
            images[:5], background=background,
            comparison=f"{tmp_path}/{name}/comparison/", mask=f"{tmp_path}/{name}/mask/",
            clean=tmp_path / "clean.mkv" if name == "beside" else None,
        )  # fmt: skip
    stillplate.render(images, background=background, cutout=f"{tmp_path}/cutout/")

    assert contents(tmp_path / "alone") == contents(tmp_path / "beside")
    assert contents(tmp_path / "cutout") == contents(rendered / "cutout")


@pytest.mark.parametrize("name", ["clean", "cutout", "layers", "composite", "mask"])
def test_only_what_shows_the_ground_reads_the_clip_twice(
    images: Images, background: stillplate.Background, name: str, tmp_path: Path
) -> None:
    """Of five frames."""
    clip = Reads(images[:5])
    if name == "mask":
        stillplate.render(
            clip, background=background, mask=tmp_path / "mask.mkv", comparison=tmp_path / "all.mkv",
            foreground=tmp_path / "foreground.mkv", stabilized=tmp_path / "stable.mkv", report=tmp_path / "report.json",
        )  # fmt: skip
    elif name == "composite":
        stillplate.render(clip, tmp_path, background=background, composite="green")
    elif name == "clean":
        stillplate.render(clip, background=background, clean=tmp_path / "clean.mkv")
    elif name == "cutout":
        stillplate.render(clip, background=background, cutout=f"{tmp_path}/cutout/")
    else:
        stillplate.render(clip, background=background, layers=f"{tmp_path}/layers/")

    assert (clip.scans, clip.takes) == (1, int(name != "mask"))


def test_a_part_of_the_clip_is_shown_as_in_the_whole(
    rendered: Path, clip: Reads, background: stillplate.Background, tmp_path: Path
) -> None:
    """Neighbours lie before it and after it, too."""
    stillplate.render(clip, background=background, clean=f"{tmp_path}/clean/", start=5 / 25, end=7 / 25, trim=True)
    part = pictures(tmp_path / "clean")

    assert all(np.array_equal(*pair) for pair in zip(part, pictures(rendered / "clean")[5:8], strict=True))


def test_what_can_be_read_once_has_the_plate(images: Images, background: stillplate.Background, tmp_path: Path) -> None:
    stillplate.render((image for image in images[:5]), background=background, clean=f"{tmp_path}/clean/")
    shown = pictures(tmp_path / "clean")

    assert all(
        np.array_equal(one[..., ::-1], background.clean(images[index], index)) for index, one in enumerate(shown)
    )


def test_a_static_clip_has_no_other_ground(walkers: Images, walk: Walk, tmp_path: Path) -> None:
    """It is read once, and surroundings that are given all the same change nothing, unless they are of another clip."""
    source, background = Reads(walkers), stillplate.fit(walkers)
    stillplate.render(source, background=background, clean=f"{tmp_path}/clean/")
    expected = background.clean(walkers[9], 9)
    alone = Surroundings(Neighbour.of(9, walkers[9], None), ())
    given = background.clean(walkers[9], 9, surroundings=alone)

    assert background.parallax == 0
    assert (source.scans, source.takes) == (1, 0)
    assert np.array_equal(pictures(tmp_path / "clean")[9][..., ::-1], expected)
    assert np.array_equal(given, expected)
    with pytest.raises(ParameterError, match="of a frame of 160x96, but the background is of frames of 32x24"):
        background.clean(walkers[9], surroundings=walk.surroundings(9))


def test_surroundings_tell_the_number_of_their_frame(
    walk: Walk, images: Images, background: stillplate.Background
) -> None:
    """By the wrong number, or none, the mask would be another frame's."""
    around = walk.surroundings(9)
    for method in (background.clean, background.cutout):
        assert np.array_equal(method(images[9], surroundings=around), method(images[9], 9, surroundings=around))
        with pytest.raises(ParameterError, match="index is 3, but the surroundings are of frame 9"):
            method(images[3], 3, surroundings=around)
    with pytest.raises(ParameterError, match="surroundings is of type str, but what with_neighbours yields"):
        background.matte(images[9], 9, surroundings="x")  # type: ignore[arg-type]


def test_surroundings_are_told_in_a_line(walk: Walk) -> None:
    assert repr(walk.surroundings(9)) == "<Surroundings: frame 9 among 4 from 0 to 12>"
    assert repr(walk.surroundings(9, ())) == "<Surroundings: frame 9 alone>"
    assert repr(walk.neighbour(9)) == "<Neighbour: frame 9>"


def test_the_cutout_is_taken_off_that_ground(rendered: Path, clip: Reads, background: stillplate.Background) -> None:
    """Its soft edge has other shares of the plate alone."""
    frame, around = list(stillplate.with_neighbours(clip, background))[9]
    expected = background.cutout(frame.image, 9, surroundings=around)
    alpha, colours = background.matte(frame.image, 9, surroundings=around)
    shown = pictures(rendered / "cutout")[9]

    assert np.array_equal(shown[..., [2, 1, 0, 3]], expected)
    assert np.array_equal(composite.cutout(colours, alpha), expected)
    assert not np.array_equal(shown[..., 3], background.cutout(frame.image, 9)[..., 3])


def test_ground_that_the_plate_never_saw_is_shown(walk: Walk, clip: Reads, background: stillplate.Background) -> None:
    """The plate is empty where the block is; alone it leaves the block there."""
    frame, around = list(stillplate.with_neighbours(clip, background))[9]
    plate, empty = background.plate, walk.mask(9)
    hole = np.zeros(plate.seen.shape, np.bool_)
    hole[:, 9 : 9 + SIZE[0]] = cv2.dilate(empty.view(np.uint8), np.ones((31, 31), np.uint8)) > 0
    partly = replace(
        background, plate=replace(plate, image=np.where(hole[..., None], 0, plate.image), seen=plate.seen & ~hole)
    )
    clean = partly.clean(frame.image, 9, surroundings=around)

    assert np.abs(clean.astype(int) - walk.view(9))[empty].mean() < 3
    assert np.array_equal(partly.clean(frame.image, 9)[empty], frame.image[empty])


def test_what_neighbours_show_is_not_guessed(walk: Walk, clip: Reads, background: stillplate.Background) -> None:
    """The plate was seen nowhere."""
    frame, around = list(stillplate.with_neighbours(clip, background))[9]
    unseen = replace(background, plate=replace(background.plate, seen=np.zeros_like(background.plate.seen)))
    options = MaskOptions().checked()
    (many, some), (as_many, all_of_them) = (
        frame_outputs.show(frame, unseen, options, {"clean"}, None, told=(given, None)).replaced or (0, 0)
        for given in (around, None)
    )

    assert frame_outputs.show(frame, unseen, options, {"mask"}, None).replaced is None
    assert many == as_many == all_of_them > 0.8 * walk.mask(9).sum()
    assert some < 0.02 * many


def test_a_frame_that_was_not_registered_stays_as_it_is(
    walk: Walk, images: Images, background: stillplate.Background
) -> None:
    assert background.camera is not None
    matrices = background.camera.matrices.copy()
    matrices[6] = np.nan
    lost = replace(background, camera=replace(background.camera, matrices=matrices, skipped=((6, "too plain"),)))
    observed = lost.observe(images[6], 6)

    assert observed.among(walk.surroundings(6), walk.mask(6)) is observed
    assert np.array_equal(lost.clean(images[6], 6, surroundings=walk.surroundings(6)), images[6])


def test_the_parallax_of_a_fit() -> None:
    """The lowest row of the ground moves by a pixel against the wall."""
    walk = Walk(lambda _: (0, 0, 0, 0), SIZE, low=0.3, count=6)
    found = stillplate.fit(np.stack([walk.image(index) for index in range(6)]), motion_from=walk.path, masks=False)

    assert 0.7 <= found.parallax <= 1
