"""Folders for programs that paint over or key: read by the rules of their own reading code."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import stillplate
from stillplate.segmentation.handed_masks import alpha_hint, removal_mask
from tests.command import run


def listed(folder: Path) -> list[np.ndarray]:
    """All files of a folder, in the order of their names, as ProPainter lists them."""
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in sorted(folder.iterdir())]


def masks_of(walkers: np.ndarray, tmp_path: Path) -> list[np.ndarray]:
    """The masks of a render, shadows among them."""
    stillplate.render(walkers, mask=f"{tmp_path}/plain/", shadows="label")
    return [image[:, :, 0] > 0 for image in listed(tmp_path / "plain")]


def test_what_is_painted_over_is_grown_and_a_hint_shrunk() -> None:
    """A disc of 20 pixels' radius and a pole of 3 pixels' width, in a picture of 500: 3 pixels either way."""
    mask = np.zeros((120, 500), np.bool_)
    rows, columns = np.mgrid[:120, :500]
    mask[(rows - 60) ** 2 + (columns - 100) ** 2 <= 400] = True
    mask[20:100, 300:303] = True
    mask[100:, 400:440] = True  # cut by the picture's edge
    grown, hint = removal_mask(mask), alpha_hint(mask)

    assert grown[60, 100 - 23 : 100 + 24].all() and not grown[60, 100 - 24] and not grown[60, 100 + 24]
    assert grown[60, 297:306].all() and not grown[60, 296] and not grown[60, 306]
    assert not hint[~mask].any() and hint.max() == 255
    assert hint[60, 100] == 255 and hint[60, 81] < 128
    assert hint[60, 301] > 0
    assert hint[119, 420] == 255
    assert not removal_mask(np.zeros_like(mask)).any() and not alpha_hint(np.zeros_like(mask)).any()


def test_propainter_reads_two_folders(tmp_path: Path, walkers: np.ndarray) -> None:
    """All files in the order of their names; a mask is what is not 0, of the frame's size."""
    stillplate.render(walkers, tmp_path / "out", for_="propainter")
    frames, masks = listed(tmp_path / "out/frames"), listed(tmp_path / "out/masks")
    plain = masks_of(walkers, tmp_path)

    assert len(frames) == len(masks) == len(walkers)
    for number, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        assert np.array_equal(frame[:, :, ::-1], walkers[number])
        assert set(np.unique(mask)) <= {0, 255}
        assert np.array_equal(mask[:, :, 0] > 0, removal_mask(plain[number]))


def test_diffueraser_reads_two_videos_of_one_rate(tmp_path: Path, walkers: np.ndarray) -> None:
    """A mask is what is brighter than 0, so it is lossless; OpenCV and FFmpeg see the same frames per second."""
    stillplate.render(walkers, tmp_path / "out", for_="diffueraser", fps=30)
    plain = masks_of(walkers, tmp_path)
    reader = cv2.VideoCapture(str(tmp_path / "out/mask.mp4"))
    with av.open(str(tmp_path / "out/video.mp4")) as video:
        rate = float(video.streams.video[0].average_rate or 0)
        count = sum(1 for _ in video.decode(video=0))

    assert reader.get(cv2.CAP_PROP_FPS) == rate == 30
    for mask in plain:
        whole, frame = reader.read()
        assert whole and np.array_equal(frame[:, :, 0] > 0, removal_mask(mask))
    assert not reader.read()[0] and count == len(walkers)


def test_corridorkey_finds_input_and_hint(tmp_path: Path, walkers: np.ndarray) -> None:
    """Folders of these names, with as many images in each; hints lie inside of the masks."""
    stillplate.render(walkers, tmp_path / "shot", for_="corridorkey")
    stillplate.render(walkers, mask=f"{tmp_path}/plain/")
    found = {
        name: sorted(path.name for path in (tmp_path / "shot" / name).iterdir() if path.suffix in (".png", ".exr"))
        for name in ("Input", "AlphaHint")
    }

    assert found["Input"] == found["AlphaHint"] == [f"{number:06d}.png" for number in range(1, len(walkers) + 1)]
    assert not any(path.suffix in (".mp4", ".mov", ".avi", ".mkv") for path in (tmp_path / "shot").iterdir())
    for hint, mask in zip(listed(tmp_path / "shot/AlphaHint"), listed(tmp_path / "plain"), strict=True):
        assert hint[:, :, 0].any() == mask.any()
        assert not hint[mask == 0].any()


@pytest.mark.parametrize("shadows", [True, False])
def test_shadows_go_with_what_casts_them_unless_they_are_to_stay(tmp_path: Path, lane_mp4: Path, shadows: bool) -> None:
    stillplate.render(lane_mp4, tmp_path / "out", for_="propainter", clean_shadows=shadows, camera="static")
    name = "label" if shadows else "background"
    stillplate.render(lane_mp4, mask=f"{tmp_path}/plain/", shadows=name, camera="static")

    for given, mask in zip(listed(tmp_path / "out/masks"), listed(tmp_path / "plain"), strict=True):
        assert np.array_equal(given[:, :, 0] > 0, removal_mask(mask[:, :, 0] > 0))


def test_the_command(tmp_path: Path, lane_mp4: Path) -> None:
    done = run("render", lane_mp4, "-o", tmp_path / "out", "--for", "diffueraser", "--camera", "static")
    spans = run("render", lane_mp4, "-o", tmp_path / "no", "--for", "propainter", "--spans", "1", "--camera", "static")

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "plate.png", "report.json", "report.html", "video.mp4", "mask.mp4",
    }  # fmt: skip
    assert spans.returncode == 2 and "frames is a folder of pictures, which is not rendered in spans" in spans.stderr
