"""Long clips in spans: fitted once, rendered span by span where there is a worker, and joined without encoding again.

Everything between lies in a hidden folder beside the outputs: the fitted background, and a folder for each span that is
whole. A batch that is resumed goes on from there.
"""

from __future__ import annotations

import json
import pickle
import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.background.background import Background
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES, atomic_output, kept_together, remove_stale
from stillplate.io.opening import opened
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.pyav.writer import VideoWriter
from stillplate.io.sequence import is_sequence
from stillplate.io.source import Frame, NoOpClose
from stillplate.rendering.blinking import Blinks
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.job import RenderJob, begun_report, check_clip, fit_clip, plate_of, stamp_of
from stillplate.rendering.output_specs import VIDEOS
from stillplate.rendering.outputs import output_folder, placed
from stillplate.rendering.render import job_of, render
from stillplate.rendering.report import RenderReport
from stillplate.rendering.request import with_defaults
from stillplate.rendering.thumbnails import Thumbnail, thinned
from stillplate.rendering.writing import open_video_sink, write_pictures, write_rest
from stillplate.sampling.span import Span

__all__ = ["Work", "clear", "fit", "join", "render_span"]

SCRATCH = ".spans"  # folder of what is not joined yet, in that of the outputs
BACKGROUND, KEY, FIGURES = "background.pickle", "spans.json", "figures.pickle"
LEAD = 64  # frames that are rendered before and after a span, and dropped: masks are judged beside up to 30 neighbours
NO_TIMES = (".avi", ".y4m")  # videos whose frames have no times, so that none can begin in the middle of a clip
UNMASKED = np.zeros((1, 1), np.bool_)


@dataclass(frozen=True, slots=True)
class Work:
    """A clip that is rendered in spans.

    Attributes
    ----------
    source : path, or paths
    folder : Path
        Of its outputs.
    options : dict
        Further keywords of `render`.
    length : float or Fraction
        Seconds of a span.
    resume : bool
        Whether what is left of an earlier call with the same options is used.
    """

    source: Any
    folder: Path
    options: Mapping[str, Any]
    length: float | Fraction
    resume: bool

    @property
    def job(self) -> RenderJob:
        """The checked job of the whole clip."""
        return job_of(with_defaults(render, {**self.options, "source": self.source, "folder": str(self.folder)}))

    @property
    def scratch(self) -> Path:
        """The folder of what is not joined yet."""
        return self.folder / SCRATCH


class _Stretch(NoOpClose):
    """The frames of a clip from one number to another."""

    def __init__(self, clip: VideoFile, frames: range) -> None:
        self.info, self._clip, self._frames = clip.info, clip, frames

    def __iter__(self) -> Iterator[Frame]:
        return self._clip.take(self._frames)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        return self._clip.take(indices)


def fit(work: Work) -> list[range]:
    """Fit the background of a clip, and return the frames of each span; both are kept for the tasks that follow.

    Raises
    ------
    ParameterError
        If the clip or one of its outputs cannot be rendered in spans.
    """
    job = work.job
    remove_stale(work.folder)
    with _clip(work, job) as clip:
        _check(job)
        check_clip(clip, job)
        key = {"asked": job.asked, "stamp": stamp_of(clip), "length": str(work.length), "outputs": sorted(job.outputs)}
        kept = _kept(work.scratch / KEY) if work.resume else {}
        if kept.get("key") == json.loads(json.dumps(key)):
            return [range(first, beyond) for first, beyond in kept["spans"]]
        clear(work)
        spans = cut(clip.key_frames(), clip.info.frames or 0, clip.info.rate, Fraction(str(work.length)))
        background = fit_clip(clip, job)
        if background.camera is not None:
            raise ParameterError(f"{clip.info.name}: the camera moves, but only a clip of one that stands has spans")
        work.scratch.mkdir()
        (work.scratch / BACKGROUND).write_bytes(pickle.dumps(background))
        with atomic_output(work.scratch / KEY, overwrite=True) as partial:
            bounds = [(span.start, span.stop) for span in spans]
            partial.write_text(json.dumps({"key": key, "spans": bounds}), encoding="utf-8")
    return spans


def render_span(work: Work, number: int, frames: range) -> None:
    """Render the videos of one span, and keep the figures of its frames; nothing is done if that was done before.

    `number` is that of the span, from 0.
    """
    job = work.job
    if _place(work, number).exists():
        return
    with (
        _clip(work, job) as clip,
        atomic_output(_place(work, number), overwrite=True, folder=True) as place,
        kept_together(),
    ):
        place.mkdir()
        background = _background(work)
        report = begun_report(clip, job, background, {})
        around = range(max(0, frames.start - LEAD), min(frames.stop + LEAD, clip.info.frames or 0))
        videos = {name: str(place / f"{name}{Path(path).suffix}") for name, path in _videos(job).items()}
        with (
            (place / FIGURES).open("wb") as figures,
            shown(
                _Stretch(clip, around), background, job.masks.checked(), job.outputs, None, Span(), job.sampling.memory,
                clean_shadows=job.clean_shadows, temporal=job.judges_in_time, first=around.start,
            ) as found,
        ):  # fmt: skip
            write_pictures(
                _noting(found, frames, figures.write), videos, report, (),
                audio=False, quality=job.quality, cut=False, overwrite=False,
            )  # fmt: skip


def join(work: Work, spans: Sequence[range]) -> tuple[str, ...]:
    """Join all spans to the outputs of the clip, remove what lies between, and return the doubts of its report.

    If all outputs are there, another worker has joined them, and was lost before it could tell: `fit` refuses those of
    another batch, unless they may be replaced.
    """
    job = work.job
    made = all(placed(name, path).exists() for name, path in job.outputs.items())
    if made and not (job.overwrite and (work.scratch / KEY).exists()):
        clear(work)
        return tuple(json.loads(as_path(job.outputs["report"]).read_text(encoding="utf-8"))["doubts"])
    with _clip(work, job) as clip:
        check_clip(clip, job)
        background = _background(work)
        report = begun_report(clip, job, background, stamp_of(clip))
        plate = plate_of(clip, job, background)
        thumbnails: list[Thumbnail] = []
        places = [_place(work, number) for number in range(len(spans))]
        videos = _videos(job)
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
            write_rest(job.outputs, report, plate, thumbnails, overwrite=job.overwrite)
    clear(work)
    return report.doubts


def cut(keys: Sequence[int], frames: int, rate: Fraction, length: Fraction) -> list[range]:
    """Divide a clip into spans that begin at key frames, the first ones at or after every multiple of a length.

    Parameters
    ----------
    keys : sequence of int
        Numbers of the key frames, ascending.
    frames : int
        In the clip.
    rate : Fraction
        Frames per second.
    length : Fraction
        Seconds of a span.

    Returns
    -------
    list of range
        The frames of each span.

    Examples
    --------
    >>> cut([0, 10, 25, 30], 40, Fraction(10), Fraction(1))
    [range(0, 10), range(10, 25), range(25, 30), range(30, 40)]
    """
    if length <= 0:
        raise ParameterError(f"spans is {length}, but a number of seconds above 0 is needed")
    starts = {0, frames}
    for number in range(1, int(frames / (rate * length)) + 1):
        at = bisect_left(keys, number * length * rate)
        starts.update(keys[at : at + 1])
    return [range(first, beyond) for first, beyond in pairwise(sorted(starts))]


def clear(work: Work) -> None:
    """Remove what is not joined."""
    shutil.rmtree(work.scratch, ignore_errors=True)


def _check(job: RenderJob) -> None:
    """Raise ParameterError if something that is asked for cannot be rendered in spans."""
    for name, wanted in {"trim": job.trim, "composite": job.composite is not None}.items():
        if wanted:
            raise ParameterError(f"{name} is given, but is not rendered in spans: leave one of the two out")
    if job.plate.camera == "moving" or job.plate.motion_from is not None:
        raise ParameterError("a moving camera is given, but only a clip of one that stands has spans: leave spans out")
    for name in ("frames", "layers"):
        if name in job.outputs:
            raise ParameterError(f"{name} is a folder of pictures, which is not rendered in spans: leave one out")
    for name, path in _videos(job).items():
        if path in PIPES or is_sequence(path) or Path(path).suffix.lower() in NO_TIMES:
            raise ParameterError(f"{path}: {name} in spans is a file in .mp4, .mkv, .mov or .webm: choose one of these")


@contextmanager
def _clip(work: Work, job: RenderJob) -> Iterator[VideoFile]:
    with opened(work.source, **job.opening) as clip:
        if not isinstance(clip, VideoFile):
            raise ParameterError(f"{clip.info.name}: is no video file, but spans are cut out of one: leave spans out")
        yield clip


def _videos(job: RenderJob) -> dict[str, str]:
    return {name: path for name, path in job.outputs.items() if name in VIDEOS}


def _place(work: Work, number: int) -> Path:
    return work.scratch / f"{number:06d}"


def _background(work: Work) -> Background:
    background = pickle.loads((work.scratch / BACKGROUND).read_bytes())
    assert isinstance(background, Background)
    return background


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
