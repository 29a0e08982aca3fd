"""What the user has becomes a source; nothing heavy is imported before it is needed."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from stillplate.errors import ParameterError, VideoOpenError
from stillplate.io.image_folder import ImageFolder
from stillplate.io.images import write_image
from stillplate.io.opening import as_source, open_sink, open_video, opened
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.source import ArraySource, IteratorSource

GREY = np.full((4, 6, 3), 90, np.uint8)


def test_a_path_opens_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    write_image(tmp_path / "shots" / "a1.png", GREY)
    write_image(tmp_path / "one.JPG", GREY)
    with open_sink(tmp_path / "clip.mkv", 6, 4, Fraction(25)) as sink:
        sink.write(GREY, Fraction(0))
    cases: list[tuple[str | Path, type]] = [
        (tmp_path / "shots", ImageFolder),
        (f"{tmp_path}/shots/", ImageFolder),
        (f"{tmp_path}/shots/*.png", ImageFolder),
        (str(tmp_path / "one.JPG"), ImageFolder),
        (tmp_path / "clip.mkv", VideoFile),
    ]
    for path, kind in cases:
        with open_video(path) as video:
            assert isinstance(video, kind)
            assert [frame.image.shape for frame in video] == [(4, 6, 3)]


@pytest.mark.parametrize("name", ["none.mp4", "none.png", "none"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(VideoOpenError, match=f"{name}: there is no such file"):
        open_video(tmp_path / name)


def test_a_name_with_brackets_is_a_file_if_there_is_one(tmp_path: Path) -> None:
    write_image(tmp_path / "a[1].png", GREY)
    with open_video(tmp_path / "a[1].png") as video:
        assert video.info.frames == 1


def test_as_source_takes_what_can_be_read(tmp_path: Path) -> None:
    source = ArraySource(GREY[None])
    write_image(tmp_path / "one.png", GREY)

    assert as_source(source) is source
    assert isinstance(as_source(GREY[None]), ArraySource)
    assert isinstance(as_source([GREY, GREY]), ArraySource)
    assert isinstance(as_source(image for image in [GREY]), IteratorSource)
    assert isinstance(as_source(tmp_path / "one.png"), ImageFolder)
    with pytest.raises(ParameterError, match=r"shapes \(2, 6, 3\) and \(4, 6, 3\)"):
        as_source([GREY, GREY[:2]])
    with pytest.raises(VideoOpenError, match="is empty"):
        as_source([])
    with pytest.raises(ParameterError, match="the source is a int, but a path"):
        as_source(7)  # type: ignore[arg-type]  # on purpose


def test_opened_closes_only_what_it_opened(tmp_path: Path) -> None:
    with open_sink(tmp_path / "clip.mkv", 6, 4, Fraction(25)) as sink:
        sink.write(GREY, Fraction(0))
    with open_video(tmp_path / "clip.mkv") as video:
        with opened(video) as same:
            assert same is video
        assert len(list(video)) == 1
    with opened(tmp_path / "clip.mkv") as video:
        pass
    with pytest.raises(VideoOpenError, match="was closed"):
        list(video)


def test_nothing_heavy_is_imported_early() -> None:
    code = "import sys, stillplate.io.opening; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
