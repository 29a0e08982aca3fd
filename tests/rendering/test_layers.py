"""Foreground, alpha and background apart, as matting has them: they make the frame again."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest

import stillplate
from stillplate import synthetic
from stillplate.cli import main
from stillplate.errors import ParameterError
from stillplate.io.image_samples import read_image

SOME: dict[str, Any] = {"samples": 20, "seed": 1}
BARE: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 6}


@pytest.fixture(scope="module")
def layers(street_mp4: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    stillplate.render(street_mp4, layers=folder / "layers", cutout=f"{folder}/cutout/", **SOME)
    return folder


def picture(folder: Path, layer: str, number: int) -> Any:
    return read_image(folder / "layers" / layer / f"{number + 1:06d}.png").astype(int)


def test_they_have_the_names_of_the_field(layers: Path, street: synthetic.SyntheticClip) -> None:
    count = street.info.frames
    assert count is not None
    assert sorted(path.name for path in (layers / "layers").iterdir()) == ["bgr", "fgr", "pha"]
    for layer in ("fgr", "pha", "bgr"):
        names = sorted(path.name for path in (layers / "layers" / layer).iterdir())
        assert names == [f"{number:06d}.png" for number in range(1, count + 1)]


def test_together_they_are_the_frame(layers: Path, street_mp4: Path) -> None:
    """To the bit where alpha is 1, within rounding on most of the edges; elsewhere but for the ground's noise."""
    sure, edges, rest = [], [], []
    with stillplate.open_video(street_mp4) as video:
        for frame in video:
            fgr, pha, bgr = (picture(layers, layer, frame.index) for layer in ("fgr", "pha", "bgr"))
            alpha = pha / 255
            off = np.abs(fgr * alpha + bgr * (1 - alpha) - frame.image).max(axis=2)
            kind = pha[:, :, 0]
            sure.append(off[kind == 255])
            edges.append(off[(kind > 127) & (kind < 255)])
            rest.append(off[kind == 0])

    assert np.concatenate(sure).size > 0
    assert np.concatenate(sure).max() == 0
    assert np.median(np.concatenate(edges)) < 1
    assert np.quantile(np.concatenate(edges), 0.75) < 3
    assert np.median(np.concatenate(rest)) < 6


def test_colours_and_alpha_are_the_cutouts(layers: Path) -> None:
    for number in (0, 30):
        cut: Any = cv2.imread(str(layers / "cutout" / f"{number + 1:06d}.png"), cv2.IMREAD_UNCHANGED)
        stored: Any = cv2.imread(str(layers / "layers" / "pha" / f"{number + 1:06d}.png"), cv2.IMREAD_UNCHANGED)

        assert np.array_equal(stored, cut[:, :, 3])  # one channel: mode L, as matting's loaders take it
        assert np.array_equal(picture(layers, "fgr", number), cut[:, :, 2::-1])


def test_the_ground_is_in_the_frames_own_light(walkers: np.ndarray, tmp_path: Path) -> None:
    lit = np.clip(walkers * np.linspace(0.8, 1.2, len(walkers))[:, None, None, None], 0, 255).astype(np.uint8)
    lit[:, :, ::3] //= 2  # stripes, so that light can be told
    background = stillplate.fit(lit, light="varying")
    stillplate.render(lit, layers=tmp_path / "layers", background=background)

    for number in (0, 10, 19):
        assert np.array_equal(picture(tmp_path, "bgr", number), background.view(lit[number], number).image)


def test_layers_in_another_format(walkers: np.ndarray, tmp_path: Path) -> None:
    stillplate.render(walkers, layers=tmp_path / "l" / "%04d.exr", **BARE)
    channels = {
        layer: list(OpenEXR.File(str(tmp_path / "l" / layer / "0020.exr")).channels())
        for layer in ("fgr", "pha", "bgr")
    }

    assert channels == {"fgr": ["RGB"], "pha": ["Y"], "bgr": ["RGB"]}


def test_nothing_else_is_lost(walkers: np.ndarray, tmp_path: Path) -> None:
    """Replaced on demand, if the folder holds layers only; and never half there."""
    place = tmp_path / "layers"
    stillplate.render(walkers, layers=place, **BARE)
    with pytest.raises(ParameterError, match="layers: exists already"):
        stillplate.render(walkers, layers=place, **BARE)
    stillplate.render(walkers[:5], layers=place, overwrite=True, **BARE)
    assert len(list((place / "pha").iterdir())) == 5
    (place / "notes.txt").touch()
    with pytest.raises(ParameterError, match=r"holds notes\.txt, which would be lost"):
        stillplate.render(walkers, layers=place, overwrite=True, **BARE)

    class Breaking(stillplate.ArraySource):
        def __iter__(self) -> Any:
            yield from list(super().__iter__())[:3]
            raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        stillplate.render(Breaking(walkers), layers=tmp_path / "new", **BARE)
    assert [path.name for path in tmp_path.iterdir()] == ["layers"]


def test_the_command_writes_them_for_each_clip(lane_mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "o.toml").write_text(
        f'layers = "{tmp_path}/o/{{clip}}/layers"\ncutout = "{tmp_path}/o/{{clip}}/cut/%04d.exr"\n'
        'samples = 6\nthreshold = 30\ncleanup = "none"\n'
    )
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(lane_mp4.read_bytes())
    clips = [str(tmp_path / name) for name in ("a.mp4", "b.mp4")]
    monkeypatch.setattr(
        "sys.argv", ["stillplate", "render", *clips, "-o", str(tmp_path / "o"), "--config", str(tmp_path / "o.toml")]
    )
    main()

    again = stillplate.render_many(
        clips,
        tmp_path / "o",
        resume=True,
        layers=f"{tmp_path}/o/{{clip}}/layers",
        cutout=f"{tmp_path}/o/{{clip}}/cut/%04d.exr",
        **BARE,
    )

    assert [one.state for one in again] == ["skipped", "skipped"]
    for name in ("a", "b"):
        assert sorted(path.name for path in (tmp_path / "o" / name / "layers").iterdir()) == ["bgr", "fgr", "pha"]
