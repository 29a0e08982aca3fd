"""Long clips in spans: fitted once, rendered span by span where there is a worker, and joined without encoding again.

Everything between lies in a hidden folder beside the outputs: the background of each period, and a folder for each span
that is whole. A batch that is resumed goes on from there.
"""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.background.background import Background
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output, check_output, kept_together, remove_stale
from stillplate.io.images import write_image
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.pyav.writer import VideoWriter
from stillplate.io.source import Frame, NoOpClose
from stillplate.rendering.blinking import Blinks
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.job import begun_report, check_clip, fit_clip, plate_of, stamp_of
from stillplate.rendering.outputs import output_folder, placed
from stillplate.rendering.periods import Periods, checked, plate_path
from stillplate.rendering.pieces import Piece, cut, periods_of, pieces_of
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.report import RenderReport
from stillplate.rendering.span_work import Work, check_spans, clip_of, videos_of
from stillplate.rendering.thumbnails import Thumbnail, thinned
from stillplate.rendering.writing import open_video_sink, write_pictures, write_rest
from stillplate.sampling.span import Seconds, Span

__all__ = ["clear", "fit", "join", "render_span"]

KEY, FIGURES = "spans.json", "figures.pickle"
LEAD = 64  # frames that are rendered before and after a span, and dropped: masks are judged beside up to 30 neighbours
UNMASKED = np.zeros((1, 1), np.bool_)


class _Stretch(NoOpClose):
    """The frames of a clip from one number to another."""

    def __init__(self, clip: VideoFile, frames: range) -> None:
        self.info, self._clip, self._frames = clip.info, clip, frames

    def __iter__(self) -> Iterator[Frame]:
        return self._clip.take(self._frames)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        return self._clip.take(indices)


def fit(work: Work) -> list[Piece]:
    """Fit the background of every period of a clip, and return its spans; both are kept for the tasks that follow.

    Raises
    ------
    ParameterError
        If the clip or one of its outputs cannot be rendered in spans.
    """
    job = work.job
    remove_stale(work.folder)
    with clip_of(work, job) as clip:
        check_spans(job, work)
        check_clip(clip, job)
        keys, frames, rate = clip.key_frames(), clip.info.frames or 0, clip.info.rate
        periods = periods_of(keys, frames, rate, _exact(work.period))
        length = _exact(work.length)
        pieces = pieces_of(periods, [range(frames)] if length is None else cut(keys, frames, rate, length))
        for path in _plates(work, job, len(periods)):
            check_output(as_path(path), overwrite=job.overwrite, source=clip.info.path)
        key = {"asked": job.asked, "stamp": stamp_of(clip), "length": str(work.length), "outputs": sorted(job.outputs)}
        kept = _kept(work.scratch / KEY) if work.resume else {}
        if kept.get("key") == json.loads(json.dumps(key)):
            return pieces
        clear(work)
        shares = []
        try:
            for number, (background, taken) in enumerate(checked(_fitted(clip, job, periods))):
                work.keep(number, background)
                shares.append(float(taken.mean()))
        except BaseException:
            clear(work)
            raise
        with atomic_output(work.scratch / KEY, overwrite=True) as partial:
            partial.write_text(json.dumps({"key": key, "taken": shares}), encoding="utf-8")
    return pieces


def render_span(work: Work, number: int, piece: Piece) -> None:
    """Render the videos of one span, and keep the figures of its frames; nothing is done if that was done before.

    `number` is that of the span, from 0.
    """
    job, frames = work.job, piece.frames
    if work.place(number).exists():
        return
    with (
        clip_of(work, job) as clip,
        atomic_output(work.place(number), overwrite=True, folder=True) as place,
        kept_together(),
    ):
        place.mkdir()
        backgrounds = [work.background(period) for period in (piece.period, *piece.others)]
        report = begun_report(clip, job, backgrounds[0], {})
        around = range(max(0, frames.start - LEAD), min(frames.stop + LEAD, clip.info.frames or 0))
        videos = {name: str(place / f"{name}{Path(path).suffix}") for name, path in videos_of(job).items()}
        with (
            (place / FIGURES).open("wb") as figures,
            shown(
                _Stretch(clip, around), backgrounds, job.masks.checked(), job.outputs, None, Span(),
                job.sampling.memory, clean_shadows=job.clean_shadows, temporal=job.judges_in_time, first=around.start,
            ) as found,
        ):  # fmt: skip
            write_pictures(
                _noting(found, frames, figures.write), videos, report, (),
                audio=False, quality=job.quality, cut=False, overwrite=False,
            )  # fmt: skip


def join(work: Work, spans: Sequence[Piece]) -> tuple[str, ...]:
    """Join all spans to the outputs of the clip, remove what lies between, and return the doubts of its report.

    If all outputs are there, another worker has joined them, and was lost before it could tell: `fit` refuses those of
    another batch, unless they may be replaced.
    """
    job = work.job
    made = all(placed(name, path).exists() for name, path in job.outputs.items())
    if made and not (job.overwrite and (work.scratch / KEY).exists()):
        clear(work)
        return tuple(json.loads(as_path(job.outputs["report"]).read_text(encoding="utf-8"))["doubts"])
    with clip_of(work, job) as clip:
        check_clip(clip, job)
        background = work.background(spans[-1].period)
        report = begun_report(clip, job, background, stamp_of(clip))
        plate = plate_of(clip, job, background)
        thumbnails: list[Thumbnail] = []
        places = [work.place(number) for number in range(len(spans))]
        videos = videos_of(job)
        with output_folder(job.folder), kept_together():
            noted = _noted(places, report, thumbnails)
            others = {name: path for name, path in job.outputs.items() if name not in videos}
            ids = write_pictures(
                noted, others, report, (), audio=job.audio, quality=job.quality, cut=False, overwrite=job.overwrite
            )
            report = replace(report, ids=ids)
            for name, path in videos.items():
                sink = open_video_sink(
                    name, path, report, (), audio=job.audio, quality=job.quality, cut=False, overwrite=job.overwrite
                )
                assert isinstance(sink, VideoWriter)
                with sink:
                    for place in places:
                        sink.copy(place / f"{name}{Path(path).suffix}")
            report = _with_periods(work, job, clip, spans, report)
            write_rest(job.outputs, report, plate, thumbnails, overwrite=job.overwrite)
    clear(work)
    return report.doubts


def clear(work: Work) -> None:
    """Remove what is not joined."""
    shutil.rmtree(work.scratch, ignore_errors=True)


def _exact(length: Seconds | None) -> Fraction | None:
    return None if length is None else Fraction(str(length))


def _kept(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


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


def _fitted(clip: VideoFile, job: RenderJob, periods: Sequence[range]) -> Iterator[Background]:
    """Fit the background of one period after the other, each from its own frames; that of a single one from all."""
    rate = clip.info.rate
    for period in periods:
        sampling = job.sampling
        if len(periods) > 1:
            sampling = replace(sampling, start=period.start / rate, end=(period.stop - 1) / rate)
        background = fit_clip(clip, replace(job, sampling=sampling))
        if background.camera is not None:
            raise ParameterError(
                f"{clip.info.name}: the camera moves, but only a clip of one that stands has spans and periods"
            )
        yield background


def _plates(work: Work, job: RenderJob, periods: int) -> list[str]:
    """Return the path of each period's plate; none where they are not asked for."""
    wanted = work.period is not None and "plate" in job.outputs
    return [plate_path(job.outputs["plate"], number) for number in range(periods)] if wanted else []


def _with_periods(
    work: Work, job: RenderJob, clip: VideoFile, pieces: Sequence[Piece], report: RenderReport
) -> RenderReport:
    """Write the plate of each period, and return the report with the periods; two backgrounds are held at a time."""
    if work.period is None:
        return report
    shares = _kept(work.scratch / KEY)["taken"]
    periods = Periods.of(pieces, report.numbers, report.foreground, clip.info.rate)
    paths = _plates(work, job, len(shares))
    former = None
    for number, share in enumerate(shares):
        background = work.background(number)
        if paths:
            write_image(paths[number], plate_of(clip, job, background), overwrite=job.overwrite)
        periods.add(background, former, share, replace(report, background=background).doubts)
        former = background
    return replace(report, periods=periods)
