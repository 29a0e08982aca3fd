"""A render with every output matches each frame to the plate once; option records and keywords agree."""

from __future__ import annotations

import inspect
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background.options import PlateOptions
from stillplate.rendering.output_specs import OUTPUTS
from stillplate.sampling.options import SamplingOptions
from stillplate.segmentation.moving_camera import MovingCamera
from stillplate.segmentation.options import MaskKeywords, MaskOptions
from stillplate.segmentation.static_camera import StaticCamera
from stillplate.segmentation.static_observation import StaticObservation
from stillplate.synthetic import camera

WIDTH, HEIGHT, FRAMES = 96, 64, 14


def every_output(folder: Path) -> dict[str, Any]:
    """A path for each output of a render."""
    names = {"mask": "m.mkv", "foreground": "f.mkv", "cutout": "u.mkv", "comparison": "v.mkv", "clean": "c.mkv",
             "wipe": "x.mkv", "layers": "layers", "stabilized": "s.mkv", "motion": "motion.json",
             "objects": "o.csv", "coco": "o.json",
             "yolo": "yolo", "cvat": "o.xml", "label_studio": "l.json", "mot": "o.txt", "dataset": "d",
             "timeline": "t.csv",
             "tracks": "wide.csv", "sleap": "sleap.csv", "deeplabcut": "dlc.csv",
             "frames": "frames", "plate": "p.png", "report": "r.json",
             "page": "r.html", "overlay": "w.mkv", "heatmap": "h.png", "save_background": "b.npz"}  # fmt: skip
    return {name: str(folder / path) for name, path in names.items()}


@cache
def fitted(moving: bool) -> tuple[np.ndarray, stillplate.Background]:
    """The images of a clip, and its background."""
    size = (WIDTH, HEIGHT)
    path = camera.pan((160, HEIGHT), size, FRAMES) if moving else camera.shake(size, 2.0, seed=1)
    clip = synthetic.street(160 if moving else WIDTH, HEIGHT, FRAMES, seed=2, camera=path, size=size)
    images = np.stack([frame.image for frame in clip])
    return images, stillplate.fit(images, camera="moving" if moving else "static", samples=8)


def test_every_output_is_asked_for(tmp_path: Path) -> None:
    """But clips of events, which are cut from a video file; and a moving camera has no clip without rain."""
    assert every_output(tmp_path).keys() == OUTPUTS.keys() - {"events", "derain"}


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("threshold", [None, 25.0])
def test_a_render_matches_each_frame_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moving: bool, threshold: float | None
) -> None:
    images, background = fitted(moving)
    model: Any = MovingCamera if moving else StaticCamera
    match, with_evidence, matched = model.match, StaticObservation._matched, []

    def counted(self: Any, image: np.ndarray, *more: Any) -> Any:
        matched.append(image.shape)
        return match(self, image, *more)

    def counted_with_evidence(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Of a frame whose gain is found with its evidence."""
        matched.append(self.given.shape)
        return with_evidence(self, *args, **kwargs)

    monkeypatch.setattr(model, "match", counted)
    monkeypatch.setattr(StaticObservation, "_matched", counted_with_evidence)
    report = stillplate.render(
        images, background=background, threshold=threshold, shadows="label", composite="#00ff00", crossings="5,5 90,60",
        **{**every_output(tmp_path), "folder": str(tmp_path / "all")},
        derain=None if moving else tmp_path / "d.mkv",
    )  # fmt: skip

    assert (background.camera is not None) is moving
    assert len(matched) == FRAMES
    assert report.outputs.keys() >= OUTPUTS.keys() - {
        "cutout",
        "events",
        "derain",
    }  # the composite takes the cutout's place
    assert ("derain" in report.outputs) is not moving
    assert all(Path(path).exists() for path in report.outputs.values())


@pytest.mark.parametrize("record", [SamplingOptions, PlateOptions, MaskOptions])
def test_the_fields_of_a_record_are_keywords_with_the_same_defaults(record: Any) -> None:
    doors: list[Any] = [stillplate.render, stillplate.fit, stillplate.Background.labels]
    keywords = {name: part for door in reversed(doors) for name, part in inspect.signature(door).parameters.items()}
    for field in fields(record):
        assert field.name in keywords, field.name
        assert keywords[field.name].default == field.default, field.name


def test_the_keywords_of_a_mask_are_the_fields_of_its_options() -> None:
    assert MaskKeywords.__annotations__.keys() == {field.name for field in fields(MaskOptions)}


def test_every_output_is_a_keyword_of_a_render() -> None:
    assert OUTPUTS.keys() <= inspect.signature(stillplate.render).parameters.keys()
