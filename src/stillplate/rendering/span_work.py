"""A clip that is rendered in spans, or with a background for each period: what is asked for, and where parts lie."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from stillplate.background.background import Background
from stillplate.errors import ParameterError, StillplateError
from stillplate.io.address import Address, spelled
from stillplate.io.atomic import PIPES, atomic_output
from stillplate.io.opening import opened
from stillplate.io.pyav.reader import VideoFile
from stillplate.io.schemes import WEB
from stillplate.io.sequence import is_sequence
from stillplate.rendering.asked import job_of
from stillplate.rendering.option_text import as_text
from stillplate.rendering.output_specs import VIDEOS
from stillplate.rendering.periods import plate_path
from stillplate.rendering.render import render
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.request import with_defaults, with_period
from stillplate.sampling.span import Seconds

__all__ = ["FIGURES", "Work", "check_place", "check_spans", "clip_of", "period_plates", "videos_of"]

KEY = "spans.json"
SCRATCH = ".spans"  # folder of what is not joined yet, in that of the outputs
FIGURES = "whole.pickle"  # file of a span: the last of its names, and so the last that is put to storage
FITTED = "background-"  # begin of the names of files with backgrounds
ONE_WAY = (*WEB, "memory")  # schemes of storage that lists nothing, or is of one process
NO_TIMES = (".avi", ".y4m")  # videos whose frames have no times, so that none can begin in the middle of a clip


@dataclass(frozen=True, slots=True)
class Work:
    """A clip that is rendered in spans.

    Attributes
    ----------
    source : path, or paths
    folder : Path
        Of its outputs, on a disk or in storage; what is not joined yet is beside them.
    options : dict
        Further keywords of `render`.
    length, period : float or Fraction, optional
        Seconds of a span, and of a period with a background of its own; None: all of the clip.
    resume : bool
        Whether what is left of an earlier call with the same options is used.
    """

    source: Any
    folder: Path
    options: Mapping[str, Any]
    length: Seconds | None
    period: Seconds | None
    resume: bool

    @property
    def job(self) -> RenderJob:
        """The checked job of the whole clip."""
        given = {**self.options, "source": self.source, "folder": spelled(self.folder)}
        job = job_of(with_defaults(render, given), render)
        period = "" if self.period is None else f" --period {as_text(self.period)}"
        command = None if job.command is None else job.command + period
        return replace(job, asked={**job.asked, **with_period(self.period)}, command=command)

    @property
    def scratch(self) -> Path:
        """The folder of what is not joined yet."""
        return self.folder / SCRATCH

    def place(self, number: int) -> Path:
        """Return the folder of a span, numbered from 0."""
        return self.scratch / f"{number:06d}"

    def is_whole(self, number: int) -> bool:
        """Whether a span, numbered from 0, is there."""
        return (self.place(number) / FIGURES).exists()

    def is_fitted(self, period: int) -> bool:
        """Whether there is a background of a period, numbered from 0."""
        return self._file(period).exists()

    def keep(self, period: int, background: Background, *, mended: bool = False) -> None:
        """Keep the background of a period, as it was fitted or as its neighbours mended it, whole or not at all."""
        place = self._file(period, mended=mended)
        with atomic_output(place, overwrite=True, saved=False) as partial, partial.open("wb") as file:
            pickle.dump(background, file)

    def fitted(self, period: int) -> Background:
        """Return the background of a period as it was fitted."""
        return _unpickled(self._file(period))

    def background(self, period: int) -> Background:
        """Return the background of a period, mended where that was needed."""
        mended = self._file(period, mended=True)
        return _unpickled(mended) if mended.exists() else self.fitted(period)

    @property
    def notes(self) -> dict[str, Any]:
        """What was noted of the work; empty if nothing was, or that cannot be read."""
        try:
            return dict(json.loads((self.scratch / KEY).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def note(self, **notes: Any) -> None:
        """Note further values, for those that resume."""
        self.scratch.mkdir(exist_ok=True)
        text = json.dumps({**self.notes, **notes})
        with atomic_output(self.scratch / KEY, overwrite=True, saved=False) as partial:
            partial.write_text(text, encoding="utf-8")

    def clear(self) -> None:
        """Remove what is not joined.

        Raises
        ------
        EncodeError, VideoOpenError
            If it is in storage, which refuses or fails.
        """
        if isinstance(self.scratch, Address):
            self.scratch.take_back()
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def leave(self) -> None:
        """Remove what is not joined, as far as that is possible."""
        with suppress(StillplateError):
            self.clear()

    def tidy(self) -> bool:
        """Return whether there is anything that need not be made again; remove the rest if not."""
        try:
            some = any(path.name.startswith(FITTED) for path in self.scratch.iterdir())
        except FileNotFoundError:
            some = False
        except StillplateError:  # the storage does not tell
            return True
        if not some:
            self.leave()
        return some

    def _file(self, period: int, *, mended: bool = False) -> Path:
        return self.scratch / f"{'mended-' if mended else FITTED}{period:06d}.pickle"


def _unpickled(path: Path) -> Background:
    with path.open("rb") as file:
        background = pickle.load(file)
    assert isinstance(background, Background)
    return background


def check_place(folder: Path) -> None:
    """Raise ParameterError if spans cannot be kept beside the outputs in a folder until they are joined."""
    if isinstance(folder, Address) and folder.scheme in ONE_WAY:
        raise ParameterError(
            f"{folder}: spans are kept beside the outputs until they are joined, which {folder.scheme}:// cannot do: "
            "give a folder of a disk, or of a bucket"
        )


def check_spans(job: RenderJob, work: Work) -> None:
    """Raise ParameterError if something that is asked for cannot be rendered in spans, or with a plate per period."""
    for name, length in {"spans": work.length, "period": work.period}.items():
        if length is not None and Fraction(str(length)) <= 0:
            raise ParameterError(f"{name} is {length}, but a number of seconds above 0 is needed")
    refused = {"trim": job.trim, "composite": job.composite is not None, "only_with_events": job.only_with_events}
    for name, wanted in refused.items():
        if wanted:
            raise ParameterError(f"{name} is given, but is not rendered in spans: leave one of the two out")
    if job.plate.camera == "moving" or job.plate.motion_from is not None:
        raise ParameterError("a moving camera is given, but only a clip of one that stands has spans: leave spans out")
    sampling = job.sampling
    whole = {
        "a background": job.background, "plate_from": job.plate_from, "also": sampling.further or None,
        "start or end": job.span or None,
    }  # fmt: skip
    for name, value in whole.items():
        if work.period is not None and value is not None:
            raise ParameterError(f"{name} is given, but each period has a plate of its own: leave one of the two out")
    for name in ("overlay", "heatmap", "dataset"):
        if name in job.outputs:
            raise ParameterError(f"{name} needs all frames in one pass, and is not rendered in spans: leave one out")
    for name in ("frames", "layers"):
        if name in job.outputs:
            raise ParameterError(f"{name} is a folder of pictures, which is not rendered in spans: leave one out")
    for name, path in videos_of(job).items():
        if path in PIPES or is_sequence(path) or Path(path).suffix.lower() in NO_TIMES:
            raise ParameterError(f"{path}: {name} in spans is a file in .mp4, .mkv, .mov or .webm: choose one of these")


@contextmanager
def clip_of(work: Work, job: RenderJob) -> Iterator[VideoFile]:
    """Open the clip.

    Raises
    ------
    ParameterError
        If it is no video file.
    """
    with opened(work.source, **job.opening) as clip:
        if not isinstance(clip, VideoFile):
            raise ParameterError(f"{clip.info.name}: is no video file, but spans are cut out of one: leave spans out")
        yield clip


def videos_of(job: RenderJob) -> dict[str, str]:
    """Return the paths of the videos, by the output's name."""
    return {name: path for name, path in job.outputs.items() if name in VIDEOS}


def period_plates(work: Work, job: RenderJob, periods: int) -> list[str]:
    """Return the path of each period's plate; none where they are not asked for."""
    wanted = work.period is not None and "plate" in job.outputs
    return [plate_path(job.outputs["plate"], number) for number in range(periods)] if wanted else []
