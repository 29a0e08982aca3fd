"""From the keywords of `render` to the job that they ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from stillplate.background.background import Background
from stillplate.background.options import PlateOptions, StillPlateOptions
from stillplate.errors import ParameterError
from stillplate.rendering.made_by import command_of
from stillplate.rendering.output_specs import LISTED, OUTPUTS
from stillplate.rendering.outputs import place_outputs
from stillplate.rendering.programs import names_in_folder
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.request import settings
from stillplate.rendering.video_options import VideoOptions
from stillplate.sampling.line import lines_of
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.span import Span
from stillplate.segmentation.options import MaskOptions

__all__ = ["job_of"]


def job_of(given: Mapping[str, Any], render: Callable[..., object]) -> RenderJob:
    """Return the checked job that is asked for by the keywords of `render`, all of which are given."""
    folder, composite = given["folder"], given["composite"]
    lines = lines_of(given["crossings"])
    names = names_in_folder(given["for_"], given["codec"])
    outputs = place_outputs(
        folder, composite, names, lines or None, **{name: path for name, path in given.items() if name in OUTPUTS}
    )
    span = Span.of(given["start"], given["end"])
    named = ("clusters", "vote", "light", "camera", "motion_from")
    background = given["background"]
    path = background if isinstance(background, (str, os.PathLike)) else None
    job = RenderJob(
        outputs=outputs,
        sampling=SamplingOptions(
            start=span.start, end=span.end, **_some(given, "samples", "seed", "memory", "exclude", "also")
        ),
        plate=_plate_options("derain" in outputs, **_some(given, *named)),
        masks=MaskOptions(
            weights=list(given["weights"]),
            **_some(given, "threshold", "sensitivity", "shadows", "cleanup", "min_size"),
        ),
        crossings=lines, background=background if path is None else Background.load(path), background_from=path,
        opening=_some(given, "fps", "levels"), asked=settings(given, OUTPUTS.keys()),
        command=command_of(render, given),
        videos=VideoOptions(
            program=given["for_"], cut=given["trim"],
            **_some(given, "audio", "quality", "codec", "premultiply", "wipe_at"),
        ),
        **_some(
            given, "folder", "composite", "plate_from", "temporal", "roi", "depth", "clean_shadows",
            "trim", "only_with_events", "format", "dataset_fps", "crop", "count", "px_per_mm", "overwrite",
        ),
    )  # fmt: skip
    job.check()
    _refuse_unused(given, outputs, render)
    return job


def _some(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names}


def _refuse_unused(given: Mapping[str, Any], outputs: Mapping[str, Any], render: Callable[..., object]) -> None:
    """Raise ParameterError if an option that is not the default would change nothing."""
    made = "both {} and {{}} are given, but no plate is made here: give one of the two".format
    placed, saved = given["plate_from"] is not None, given["background"] is not None
    for unused, names, told in (
        (placed, ("clusters", "vote", "light"), made("plate_from")),
        (saved, ("clusters", "vote", "light", "camera", "motion_from", "samples"), made("a background")),
        (saved and not given["trim"], ("start", "end"), made("a background")),
        (
            LISTED.isdisjoint(outputs), ("count", "px_per_mm"),
            "{} is given, but nothing that lists things: ask for objects, tracks or overlay",
        ),
        (
            "dataset" not in outputs, ("format", "dataset_fps"),
            "{} is given, but no data set is asked for: give dataset, too",
        ),
    ):  # fmt: skip
        for name in names if unused else ():
            if given[name] != signature(render).parameters[name].default:
                raise ParameterError(told.format(name))


def _plate_options(derain: bool, **options: Any) -> PlateOptions:
    """Return the options of the plate: without rain, one of a camera that stands."""
    return (
        StillPlateOptions(**options, still_for="derain", instead="derain that") if derain else PlateOptions(**options)
    )
