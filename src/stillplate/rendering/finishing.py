"""The last step of a video's picture, done in the thread of its encoder."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from stillplate.arrays import AnyArray, Image
from stillplate.imaging.rectangle import Rectangle
from stillplate.imaging.transform import Transform
from stillplate.rendering.comparison import on_plate
from stillplate.rendering.report import RenderReport
from stillplate.rendering.video_options import VideoOptions
from stillplate.rendering.wipe import border_at, wiped
from stillplate.segmentation.composite import premultiplied

__all__ = ["Finishing", "finishing", "part_of_plate"]

Finishing = Callable[[AnyArray, Fraction, Transform | None], AnyArray]
"""From a picture, its time and where its frame lies on the plate to the picture that is written."""


def finishing(name: str, report: RenderReport, videos: VideoOptions) -> Finishing:
    """Return the last step of the pictures of one of `VIDEOS`."""
    match name:
        case "stabilized":
            return _placing(report)
        case "cutout" if videos.premultiplied:
            return lambda picture, *_: premultiplied(picture)
        case "wipe":
            return lambda pair, time, _: wiped(
                pair[0], pair[1], border_at(videos.wipe_at, float(time) - _begun(report, videos))
            )
        case _:
            return lambda picture, *_: picture


def part_of_plate(report: RenderReport) -> Image:
    """Return the part of the plate that is written."""
    plate, crop = report.background.plate.image, report.options.get("crop")
    return plate if crop is None else np.ascontiguousarray(Rectangle(*crop).of(plate))


def _placing(report: RenderReport) -> Finishing:
    """Return a function that lays a frame on the part of the plate that is written."""
    plate, crop = part_of_plate(report), report.options.get("crop")
    if crop is None:
        return lambda picture, _, motion: on_plate(picture, motion, plate)
    shift = Transform.shifted(-crop[0], -crop[1]).matrix

    def place(picture: AnyArray, _: Fraction, motion: Transform | None) -> AnyArray:
        return on_plate(picture, None if motion is None else Transform(shift @ motion.matrix), plate)

    return place


def _begun(report: RenderReport, videos: VideoOptions) -> float:
    """Return the time that videos begin at, in seconds."""
    return report.times[0] if videos.cut else 0.0
