"""The spans of a long clip: each rendered where there is a worker, and all joined without encoding again."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output, kept_together
from stillplate.io.images import write_image
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.pyav.writer import VideoWriter
from stillplate.rendering.blinking import Blinks
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.job import begun_report, check_clip, plate_of, stamp_of
from stillplate.rendering.outputs import output_folder, placed
from stillplate.rendering.periods import Periods, former_plates, remove_plates
from stillplate.rendering.pieces import Piece
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.report import RenderReport
from stillplate.rendering.span_work import FIGURES, Work, clip_of, period_plates, videos_of
from stillplate.rendering.stretch import Stretch, with_neighbours
from stillplate.rendering.thumbnails import Thumbnail, thinned
from stillplate.rendering.writing import open_video_sink, write_pictures, write_rest
from stillplate.sampling.span import Span

__all__ = ["join", "render_span"]

UNMASKED = np.zeros((1, 1), np.bool_)


def render_span(work: Work, number: int, piece: Piece) -> None:
    """Render the videos of one span, and keep the figures of its frames; nothing is done if that was done before.

    `number` is that of the span, from 0.
    """
    job, frames = work.job, piece.frames
    if work.is_whole(number):
        return
    with (
        clip_of(work, job) as clip,
        atomic_output(work.place(number), overwrite=True, folder=True, saved=False) as place,
        kept_together(),
    ):
        place.mkdir()
        backgrounds = [work.background(period) for period in (piece.period, *piece.others)]
        report = begun_report(clip, job, backgrounds[0], {})
        around = with_neighbours(frames, clip.info.frames)
        videos = {name: str(place / f"{name}{Path(path).suffix}") for name, path in videos_of(job).items()}
        with (
            (place / FIGURES).open("wb") as figures,
            shown(
                Stretch(clip, around), backgrounds, job.masks.checked(), job.outputs, None, Span(),
                job.sampling.memory, clean_shadows=job.clean_shadows, temporal=job.judges_in_time, first=around.start,
            ) as found,
        ):  # fmt: skip
            write_pictures(
                _noting(found, frames, figures.write), videos, report, (),
                replace(job.videos, audio=False), overwrite=False,
            )  # fmt: skip


def join(work: Work, spans: Sequence[Piece]) -> tuple[str, ...]:
    """Join all spans to the outputs of the clip, remove what lies between, and return the doubts of its report.

    If all outputs are there, another worker has joined them, and was lost before it could tell: `prepare` refuses those
    of another batch, unless they may be replaced.
    """
    job = work.job
    made = all(placed(name, path).exists() for name, path in job.outputs.items())
    if made and not (job.overwrite and work.notes):
        work.leave()
        return tuple(json.loads(as_path(job.outputs["report"]).read_text(encoding="utf-8"))["doubts"])
    with clip_of(work, job) as clip:
        check_clip(clip, job)
        background = work.background(spans[-1].period)
        report = begun_report(clip, job, background, stamp_of(clip))
        plate = plate_of(clip, job, background)
        thumbnails: list[Thumbnail] = []
        places = [work.place(number) for number in range(len(spans))]
        videos = videos_of(job)
        further = former_plates(job.outputs, 0 if work.period is None else spans[-1].period + 1)
        with output_folder(job.folder), kept_together():
            noted = _noted(places, report, thumbnails)
            others = {name: path for name, path in job.outputs.items() if name not in videos}
            write_pictures(noted, others, report, (), job.videos, overwrite=job.overwrite)
            for name, path in videos.items():
                sink = open_video_sink(name, path, report, (), job.videos, overwrite=job.overwrite)
                assert isinstance(sink, VideoWriter)
                with sink:
                    for place in places:
                        sink.copy(place / f"{name}{Path(path).suffix}")
            report = _with_periods(work, job, clip, spans, report)
            write_rest(job.outputs, report, plate, thumbnails, overwrite=job.overwrite)
        remove_plates(further)
    work.leave()
    return report.doubts


def _noting(found: Iterable[FrameOutputs], frames: range, write: Callable[[bytes], object]) -> Iterator[FrameOutputs]:
    """Pass the frames of a span on, and write what the report and the tables need of each."""
    masks = Blinks()
    for frame in found:
        blinks = masks.add(frame.index, frame.mask)
        if frame.index in frames:
            write(pickle.dumps((replace(frame, by_name={}, mask=UNMASKED), blinks)))
            yield frame


def _noted(places: Sequence[Path], report: RenderReport, thumbnails: list[Thumbnail]) -> Iterator[FrameOutputs]:
    """Yield the frames of all spans, without their pictures, as they were rendered; note them in the report."""
    for place in places:
        with (place / FIGURES).open("rb") as figures:
            while figures.peek(1):
                frame, blinks = pickle.load(figures)
                report.note(frame, blinks)
                if frame.thumbnail is not None:
                    thumbnails[:] = thinned([*thumbnails, frame.thumbnail])
                yield frame


def _with_periods(
    work: Work, job: RenderJob, clip: VideoFile, pieces: Sequence[Piece], report: RenderReport
) -> RenderReport:
    """Write the plate of each period, and return the report with the periods; two backgrounds are held at a time."""
    if work.period is None:
        return report
    shares = work.notes.get("taken", [0.0] * (pieces[-1].period + 1))
    periods = Periods.of(pieces, report.numbers, report.foreground, clip.info.rate)
    paths = period_plates(work, job, len(shares))
    former = None
    for number, share in enumerate(shares):
        background = work.background(number)
        if paths:
            write_image(paths[number], plate_of(clip, job, background), overwrite=job.overwrite)
        periods.add(background, former, share, replace(report, background=background).doubts)
        former = background
    return replace(report, periods=periods)
