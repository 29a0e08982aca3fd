"""One pass over a clip, as many outputs as asked for: read, observe, compose, write."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.arrays import AnyArray
from stillplate.background.background import Background
from stillplate.background.crop import crop_of
from stillplate.background.deep_plate import check_makers, deep_plate
from stillplate.background.depth import is_deep
from stillplate.background.falling import check_stands
from stillplate.background.fit import fit_background
from stillplate.background.same_view import check_view
from stillplate.errors import ParameterError
from stillplate.io.address import text_of
from stillplate.io.atomic import check_not_among, kept_together
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource, SourceOfFiles
from stillplate.rendering.blinking import Blinks
from stillplate.rendering.crossings import Crossings
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.made_by import fingerprint, made_by
from stillplate.rendering.output_specs import CLEANED, FITTED, LISTED, REPORTED
from stillplate.rendering.outputs import check_outputs, check_videos, output_folder, placed, remove_outputs
from stillplate.rendering.periods import former_plates, remove_plates
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.replaced import Replaced
from stillplate.rendering.report import RenderReport
from stillplate.rendering.request import stamp
from stillplate.rendering.thumbnails import Thumbnail, thinned
from stillplate.rendering.trajectories import Trajectories
from stillplate.rendering.writing import write_pictures, write_rest
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import Progress
from stillplate.sampling.span import Span

__all__ = ["Stages", "begun_report", "check_clip", "fit_clip", "plate_of", "run", "stamp_of"]

Stages = Callable[[str], Progress] | None  # from the name of a stage to what is told of it


def run(clip: FrameSource, job: RenderJob, progress: Stages = None) -> RenderReport:
    """Do a checked job on a clip: fit the background, then compute and write every output in one pass.

    Raises
    ------
    ParameterError
        If an output cannot be what is asked for, or would lose something.
    VideoError, TooFewFramesError
        If the clip cannot be read or an output cannot be written; no output is then left behind.
    """
    outputs, overwrite = job.outputs, job.overwrite
    names = check_clip(clip, job)
    made_of = stamp_of(clip)
    background = fit_clip(clip, job, progress)
    plate = plate_of(clip, job, background, progress)
    report = begun_report(clip, job, background, made_of)
    thumbnails: list[Thumbnail] = []
    masks = job.masks.checked()
    further = former_plates(outputs, 0)
    with output_folder(job.folder), kept_together() as forget:
        if outputs.keys() - FITTED or job.only_with_events:
            log_phase("render")
            with shown(
                clip,
                (background,),
                masks,
                outputs,
                job.composite,
                job.rendered,
                job.sampling.memory,
                clean_shadows=job.clean_shadows,
                temporal=job.judges_in_time,
            ) as frames:
                noted = _noted(frames, report, thumbnails, job.rendered, progress and progress("render"))
                write_pictures(noted, outputs, report, names, job.videos, overwrite=overwrite)
        left_out: dict[str, str] = {}
        if job.only_with_events and not report.events:
            forget()
            left_out = {name: path for name, path in outputs.items() if name not in REPORTED}
            outputs = {name: path for name, path in outputs.items() if name in REPORTED}
            report = replace(report, outputs=outputs)
        write_rest(outputs, report, plate, thumbnails, overwrite=overwrite)
    remove_outputs(left_out)
    remove_plates(further)
    return report


def check_clip(clip: FrameSource, job: RenderJob) -> list[str]:
    """Return the names of the files of a clip, if it is of pictures; raise if an output of it cannot be written."""
    outputs = job.outputs
    check_outputs(outputs, job.folder, clip.info, job.plate_from, overwrite=job.overwrite)
    check_videos(outputs, clip.info, job.videos)
    files = _files(clip)
    check_not_among((placed(name, path) for name, path in outputs.items()), files)
    _is_deep(job, clip)
    return [file.name for file in files]


def stamp_of(clip: FrameSource) -> dict[str, Any]:
    """Return size and date of a clip's files, as the report has them."""
    return stamp(_files(clip) or (clip.info.path,))


def _files(clip: FrameSource) -> tuple[Path, ...]:
    return tuple(clip.files) if isinstance(clip, SourceOfFiles) else ()


def fit_clip(clip: FrameSource, job: RenderJob, progress: Stages = None) -> Background:
    """Return the background that is given, or is made of a given plate or of the clip."""
    background = _background(job, clip, progress and progress("sample"))
    if "derain" in job.outputs:
        check_stands(moves=background.camera is not None)
    height, width, _ = background.plate.image.shape
    for line in job.crossings:
        if not line.meets(width, height):
            raise ParameterError(
                f"crossings has the line {line}, outside of the plate: x 0..{width} and y 0..{height} are needed"
            )
    return background


def plate_of(clip: FrameSource, job: RenderJob, background: Background, progress: Stages = None) -> AnyArray:
    """Return the image that is written as the plate, of 8 bits or of 16."""
    if not _is_deep(job, clip):
        return _cropped(job, background, background.plate.image)
    deep = deep_plate(background, clip, memory=job.sampling.memory, progress=progress and progress("deepen"))
    return _cropped(job, background, deep)


def _cropped(job: RenderJob, background: Background, plate: AnyArray) -> AnyArray:
    part = crop_of(job.crop, background)
    return plate if part is None else np.ascontiguousarray(part.of(plate))


def begun_report(clip: FrameSource, job: RenderJob, background: Background, made_of: dict[str, Any]) -> RenderReport:
    """Return the report of a clip of which no frame is rendered yet."""
    threshold = background.threshold if job.masks.threshold is None else job.masks.threshold
    part = crop_of(job.crop, background)
    options = job.options | {"crop": part and list(part)}
    return RenderReport(
        clip.info, background, options, threshold, array("d"), array("d"), asked=job.asked,
        stamp=made_of | {"fingerprint": fingerprint(_files(clip) or (clip.info.path,))}, made_by=made_by(job.command),
        outputs={name: text_of(path) for name, path in job.outputs.items()},
        replaced=None if CLEANED.isdisjoint(job.outputs) else Replaced(),
        crossings=Crossings(job.crossings) if job.crossings else None,
        tracks=None if LISTED.isdisjoint(job.outputs) else Trajectories(),
    )  # fmt: skip


def _background(job: RenderJob, clip: FrameSource, progress: Progress | None) -> Background:
    """The background that is given, or is made of a given plate or of the clip."""
    sampling = job.sampling
    if job.background is not None:
        if job.background_from is not None:
            check_view(job.background, clip, text_of(job.background_from), seed=sampling.seed, memory=sampling.memory)
        background = job.background if job.roi is None else job.background.within(job.roi)
        if sampling.exclude is None:
            return background
        excluded = Excluded.of(sampling.exclude, clip.info.width, clip.info.height)
        return replace(background, roi=excluded.outside(background.roi))
    if job.plate_from is not None:
        return Background.from_plate(
            job.plate_from, clip, threshold=job.masks.threshold, samples=sampling.samples, memory=sampling.memory,
            seed=sampling.seed, start=sampling.start, end=sampling.end, exclude=sampling.exclude, roi=job.roi,
            progress=progress,
        )  # fmt: skip
    masks = job.masks.threshold is None and bool(job.outputs.keys() - {"plate"})
    return fit_background(clip, sampling, replace(job.plate, masks=masks).checked(), roi=job.roi, progress=progress)


def _is_deep(job: RenderJob, clip: FrameSource) -> bool:
    """Whether the plate is written with 16 bits: one that was not made of this clip has 8, unless 16 are demanded."""
    if "plate" not in job.outputs or not is_deep(job.depth, Path(job.outputs["plate"]), clip):
        return False
    if job.background is None and job.plate_from is None:
        return True
    if str(job.depth) != "16":
        return False
    if job.background is None:
        raise ParameterError("depth is 16, but plate_from is a plate of 8 bits: leave one of them out")
    check_makers(job.background)
    return True


def _noted(
    frames: Iterable[FrameOutputs],
    report: RenderReport,
    thumbnails: list[Thumbnail],
    span: Span,
    progress: Progress | None,
) -> Iterator[FrameOutputs]:
    """Pass frames on, and note in the report what it says of each."""
    count = report.source.frames
    total = count if count is None else len(span.indices(count, report.source.rate))
    masks = Blinks()
    for frame in frames:
        report.note(frame, masks.add(frame.index, frame.mask))
        if frame.thumbnail is not None:
            thumbnails[:] = thinned([*thumbnails, frame.thumbnail])
        yield frame
        if progress:
            progress(len(report.times), total)
    if span:  # nothing is known of the frames after it
        known = len(report.background.camera) if report.background.camera is not None else count or 0
        report.motions.extend([None] * (known - len(report.motions)))
