"""What comes before the spans of a clip: how it is divided, a background for each period, and how these are mended.

Everything lies in a hidden folder beside the outputs, from which a batch that is resumed goes on: each background as it
was fitted, each that was mended, and a folder for each span that is whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fractions import Fraction

from stillplate.background.background import Background
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import check_output, remove_stale
from stillplate.io.pyav.reader import VideoFile
from stillplate.rendering.job import check_clip, fit_clip, stamp_of
from stillplate.rendering.periods import checked
from stillplate.rendering.pieces import Piece, cut, periods_of, pieces_of
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.span_work import Work, clip_of, period_plates
from stillplate.sampling.span import Seconds

__all__ = ["Plan", "cross_check", "fit_period", "prepare"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a clip is divided.

    Attributes
    ----------
    pieces : list of Piece
        Its spans.
    periods : list of range
        The frames of each.
    unfitted : list of int
        The periods that have no background yet, from 0.
    """

    pieces: list[Piece]
    periods: list[range]
    unfitted: list[int]


def prepare(work: Work) -> Plan:
    """Divide a clip, and keep what an earlier batch with the same options has made; fit a single period at once.

    Raises
    ------
    ParameterError
        If the clip is no video file, its camera moves, or one of its outputs exists and may not be replaced.
    """
    job = work.job
    for folder in (work.folder, work.scratch):
        remove_stale(folder)
    with clip_of(work, job) as clip:
        check_clip(clip, job)
        keys, frames, rate = clip.key_frames(), clip.info.frames or 0, clip.info.rate
        periods = periods_of(keys, frames, rate, _exact(work.period))
        length = _exact(work.length)
        pieces = pieces_of(periods, [range(frames)] if length is None else cut(keys, frames, rate, length))
        for path in period_plates(work, job, len(periods)):
            check_output(as_path(path), overwrite=job.overwrite, source=clip.info.path)
        asked = {
            "asked": job.asked,
            "stamp": stamp_of(clip),
            "length": str(work.length),
            "outputs": sorted(job.outputs),
        }
        key = json.loads(json.dumps(asked))
        if not work.resume or work.notes.get("key") != key:
            work.clear()
            work.note(key=key)
        unfitted = [number for number in range(len(periods)) if not work.is_fitted(number)]
        if len(periods) == 1 and unfitted:
            try:
                work.keep(0, _fitted(clip, job))
            except BaseException:
                work.leave()
                raise
            unfitted.clear()
    return Plan(pieces, periods, unfitted)


def fit_period(work: Work, number: int, frames: range) -> None:
    """Fit the background of a period, numbered from 0, from its own frames; nothing is done if that was done before."""
    if work.is_fitted(number):
        return
    job = work.job
    with clip_of(work, job) as clip:
        rate = clip.info.rate
        sampling = replace(job.sampling, start=frames.start / rate, end=(frames.stop - 1) / rate)
        work.keep(number, _fitted(clip, replace(job, sampling=sampling)))


def cross_check(work: Work, periods: int) -> None:
    """Mend the backgrounds of all periods by their neighbours, three in memory at a time."""
    if "taken" in work.notes:
        return
    shares = []
    fitted = (work.fitted(number) for number in range(periods))
    for number, (background, taken) in enumerate(checked(fitted, periods)):
        if taken.any():
            work.keep(number, background, mended=True)
        shares.append(float(taken.mean()))
    work.note(taken=shares)


def _exact(length: Seconds | None) -> Fraction | None:
    return None if length is None else Fraction(str(length))


def _fitted(clip: VideoFile, job: RenderJob) -> Background:
    background = fit_clip(clip, job)
    if background.camera is not None:
        raise ParameterError(
            f"{clip.info.name}: the camera moves, but only a clip of one that stands has spans and periods"
        )
    return background
