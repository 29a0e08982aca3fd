"""The command `frame`: one frame of a clip's outputs, as images."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

import stillplate
from stillplate.cli.groups import OUTPUTS
from stillplate.cli.log import say, say_json
from stillplate.cli.options import FIT_OPTIONS, Json, Output, Overwrite, Quiet, Video, typed_as, with_keywords
from stillplate.cli.progress import progress_bars
from stillplate.cli.summary import tell_doubts

__all__ = ["frame"]

OPTIONS = (
    "composite", "premultiply", "wipe_at", "crop", "background", "plate_from", *FIT_OPTIONS, "threshold", "weights",
    "sensitivity", "shadows", "cleanup", "min_size", "temporal", "clean_shadows", "roi",
)  # fmt: skip


def _image(name: str, text: str) -> Any:
    return typed_as(name, text, metavar="IMAGE")


@with_keywords(stillplate.render, OPTIONS)
def frame(  # noqa: PLR0913  a command, whose options are these
    video: Video,
    *,
    at: Annotated[
        Fraction,
        typed_as(
            "start", "The frame that is shown at this time: seconds (or [HH:]MM:SS) from the first one.", group=OUTPUTS
        ),
    ],
    clean: Annotated[Output, _image("clean", "The frame with nobody in it.")] = None,
    cutout: Annotated[Output, _image("cutout", "What moved, on transparent ground: PNG, WebP, TIFF or EXR.")] = None,
    wipe: Annotated[Output, _image("wipe", "The frame left of a border, the clean frame right of it.")] = None,
    mask: Annotated[Output, _image("mask", "The mask, white where something moved.")] = None,
    foreground: Annotated[Output, _image("foreground", "What moved, in its own colours on black.")] = None,
    comparison: Annotated[Output, _image("comparison", "Frame, plate, mask and foreground side by side.")] = None,
    derain: Annotated[Output, _image("derain", "The frame without falling rain and snow.")] = None,
    stabilized: Annotated[
        Output, _image("stabilized", "The frame where it lies on the plate, the plate around.")
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json: Json = False,
    **options: Any,
) -> None:
    """Run the command `frame`; its help stands in `entry.COMMANDS`."""
    outputs = {
        "clean": clean, "cutout": cutout, "wipe": wipe, "mask": mask, "foreground": foreground,
        "comparison": comparison, "derain": derain, "stabilized": stabilized,
    }  # fmt: skip
    given = {name: path for name, path in outputs.items() if path is not None}
    if options["wipe_at"] is None:
        del options["wipe_at"]
    with progress_bars(quiet) as progress:
        report = stillplate.render_frame(video, at, progress=progress, overwrite=overwrite, **given, **options)
    if json:
        told = {"clip": video, "frame": report.numbers[0], "time": report.times[0]}
        say_json({**told, "outputs": report.outputs, "doubts": report.doubts})
    elif not quiet:
        tell_doubts(report.doubts)
        say(f"frame {report.numbers[0]} at {report.times[0]:.3f} s written: {', '.join(report.outputs.values())}")
