"""A plate that was not made from the clip: an image from elsewhere, and what the clip's samples tell of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from stillplate.arrays import Image, Mask
from stillplate.errors import ParameterError
from stillplate.io.image_samples import read_image
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import FrameSource, VideoInfo, as_rgb
from stillplate.plate.plate import Plate, adopt_plate
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import Progress, gather
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.region import Region, rasterise_roi
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.ground_learning import learn_ground
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.noise_learning import learn
from stillplate.segmentation.options import check_threshold
from stillplate.segmentation.sample_differences import SampleDifferences

__all__ = ["GivenPlate", "measure_given_plate"]


@dataclass(frozen=True, slots=True)
class GivenPlate:
    """A given plate, the times of the samples that were compared to it, what the ground does, where masks may be."""

    plate: Plate
    times: tuple[Fraction, ...]
    noise: Noise
    region: Mask | None
    ground: Ground | None = None


def measure_given_plate(
    image: Image | str | os.PathLike[str],
    source: SourceLike | None,
    sampling: SamplingOptions,
    *,
    threshold: float | None,
    roi: Region | None,
    progress: Progress | None,
) -> GivenPlate:
    """Do what `Background.from_plate` does, up to the record."""
    named = os.fspath(image) if isinstance(image, (str, os.PathLike)) else "the plate"
    levels = source.info.levels if isinstance(source, FrameSource) else None
    picture = as_rgb(image, named) if isinstance(image, np.ndarray) else read_image(image, levels=levels)
    height, width, _ = picture.shape
    region = rasterise_roi(roi, width, height)
    if threshold is not None:
        check_threshold(threshold)
    if source is None:
        if threshold is None:
            raise ParameterError("neither a source nor a threshold is given: one of them is needed beside a plate")
        return GivenPlate(adopt_plate(picture), (), Noise.even(threshold), region)
    with opened(source) as frames:
        _check_plate(frames.info, picture, named)
        excluded = Excluded.of(sampling.exclude, width, height)
        region = excluded.outside(region)
        if threshold is not None:
            return GivenPlate(adopt_plate(picture), (), Noise.even(threshold), region)
        stack = gather(
                frames, sampling.samples, seed=sampling.seed, memory=sampling.memory,
                start=sampling.start, end=sampling.end, progress=progress,
            )  # fmt: skip
    with stack:
        valid = excluded.validity(stack.times)
        plate = adopt_plate(picture, stack, valid=valid, memory=sampling.memory)
        differences = SampleDifferences.of(stack, plate.image)
        noise, ground = learn(differences, valid), learn_ground(differences, valid)
        return GivenPlate(plate, stack.times, noise, region, ground)


def _check_plate(info: VideoInfo, image: Image, named: str) -> None:
    if image.shape[:2] != (info.height, info.width):
        raise ParameterError(
            f"{named} is {image.shape[1]}x{image.shape[0]}, but {info.name} is {info.width}x{info.height}: "
            "a plate of the clip's size is needed"
        )
