"""Masks of a render: beside their neighbours, the same in every output; carried frames are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.cli.summary import summary
from stillplate.rendering.carried import tell_carried
from tests.background.test_unclear_ground import FRAMES, background_of, drawn_over, pan

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

UNCLEAR = (9, 10, 11)


@pytest.fixture(scope="module")
def panned() -> tuple[Images, Masks, stillplate.Background]:
    """A block before a panned wall, and its background: of three frames it is said that they tell nothing."""
    images, masks = drawn_over(pan(), [(20 + 4 * index, 30, 30, 36) for index in range(FRAMES)])
    background = background_of(images)
    shares = background.motion_shares
    assert shares is not None and shares.unclear == ()
    return images, masks, background


class Unclear:
    """Shares of motion in which three frames are unclear."""

    def __init__(self, shares: Any) -> None:
        self._shares, self.unclear = shares, UNCLEAR

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shares, name)

    def __len__(self) -> int:
        return len(self._shares)

    def __str__(self) -> str:
        return str(self._shares)


@pytest.fixture(scope="module")
def unclear(panned: tuple[Images, Masks, stillplate.Background]) -> stillplate.Background:
    shares: Any = Unclear(panned[2].motion_shares)
    return replace(panned[2], motion_shares=shares)


def written(folder: Path) -> Masks:
    """What is not black in a folder of pictures."""
    return np.stack([stillplate.read_image(path)[:, :, 0] for path in sorted(folder.glob("*.png"))]) > 0


def test_a_frame_that_tells_nothing_has_the_masks_of_its_neighbours(
    panned: tuple[Images, Masks, stillplate.Background], unclear: stillplate.Background, tmp_path: Path
) -> None:
    """In all outputs alike; the report, the page and the summary say so."""
    images, masks, _ = panned
    done = stillplate.render(
        images, background=unclear, mask=f"{tmp_path}/m/", report=tmp_path / "r.json", page=tmp_path / "r.html",
        timeline=tmp_path / "t.csv", objects=tmp_path / "o.csv", foreground=f"{tmp_path}/f/", layers=f"{tmp_path}/l",
    )  # fmt: skip
    found, layout = written(tmp_path / "m"), json.loads((tmp_path / "r.json").read_text())

    for index in UNCLEAR:
        both, either = (found[index] & masks[index]).sum(), (found[index] | masks[index]).sum()
        assert both / either > 0.7
        assert not unclear.mask(images[index], index).any()
    assert layout["carried"] == [{"frame": index, "reason": "ground not told apart"} for index in UNCLEAR]
    assert layout["options"]["temporal"] is True
    assert "3 frames have the masks of their neighbours (ground not told apart: 3)" in (tmp_path / "r.html").read_text()
    assert any("3 frames have the masks of their neighbours" in line for line in summary(done, 1))
    assert [round(float(mask.mean()), 6) for mask in found] == layout["frames"]["foreground_share"]
    rows = (tmp_path / "o.csv").read_text().splitlines()[1:]
    assert {int(row.split(",")[0]) for row in rows} >= set(UNCLEAR)
    assert (written(tmp_path / "f") <= found).all()
    alpha = written(tmp_path / "l" / "pha")
    assert all(alpha[index][found[index]].mean() > 0.9 for index in UNCLEAR)
    again = {frame.index: mask for frame, mask in unclear.masks(images)}
    assert all(np.array_equal(again[index], found[index]) for index in range(FRAMES))


def test_without_time_such_a_frame_has_no_mask(
    panned: tuple[Images, Masks, stillplate.Background], unclear: stillplate.Background, tmp_path: Path
) -> None:
    stillplate.render(panned[0], background=unclear, mask=f"{tmp_path}/m/", report=tmp_path / "r.json", temporal=False)
    found, layout = written(tmp_path / "m"), json.loads((tmp_path / "r.json").read_text())

    assert not found[list(UNCLEAR)].any()
    assert layout["carried"] == []
    assert all(np.array_equal(found[index], unclear.mask(panned[0][index], index)) for index in range(FRAMES))


def test_the_clean_video_is_without_what_was_carried(
    panned: tuple[Images, Masks, stillplate.Background], unclear: stillplate.Background, tmp_path: Path
) -> None:
    images, masks, _ = panned
    stillplate.render(images, background=unclear, clean=f"{tmp_path}/c/")
    ground = pan()
    for index in UNCLEAR:
        clean = stillplate.read_image(tmp_path / "c" / f"{index + 1:06d}.png")
        before = np.abs(images[index].astype(int) - ground[index])[masks[index]].mean()
        after = np.abs(clean.astype(int) - ground[index])[masks[index]].mean()
        assert after < before / 3


@pytest.mark.parametrize("options", [{"threshold": 20.0}, {"cleanup": "none"}, {"cleanup": "light"}])
def test_options_that_ask_for_single_frames_are_told(
    panned: tuple[Images, Masks, stillplate.Background], options: dict[str, Any], tmp_path: Path
) -> None:
    images, _, background = panned
    done = stillplate.render(images[:3], background=background, mask=f"{tmp_path}/m/", **options)

    assert done.options["temporal"] is False
    asks = "--threshold" if "threshold" in options else "--cleanup"
    assert f"masks: of each frame by itself, as {asks} asks for" in list(summary(done, 1))
    for index, mask in enumerate(written(tmp_path / "m")):
        assert np.array_equal(mask, background.mask(images[index], index, **options))


def test_a_carried_mask_of_a_frame_without_a_place(
    panned: tuple[Images, Masks, stillplate.Background], tmp_path: Path
) -> None:
    """There is no plate behind it: the cutout has the frame's own colours."""
    images, masks, background = panned
    path = background.camera
    assert path is not None
    matrices = path.matrices.copy()
    matrices[10] = np.nan
    lost = replace(background, camera=replace(path, matrices=matrices, skipped=((10, "too plain"),)))
    done = stillplate.render(
        images, background=lost, mask=f"{tmp_path}/m/", cutout=f"{tmp_path}/u/", clean=f"{tmp_path}/c/"
    )

    assert done.carried == {10: "not registered"}
    found = written(tmp_path / "m")[10]
    assert (found & masks[10]).sum() / (found | masks[10]).sum() > 0.7
    assert np.array_equal(stillplate.read_image(tmp_path / "c" / "000011.png"), images[10])


def test_how_carried_masks_are_told() -> None:
    assert tell_carried(["b", "a", "b"]) == "3 frames have the masks of their neighbours (a: 1, b: 2)"
    assert tell_carried(["a"]) == "1 frame has the mask of its neighbours (a: 1)"
