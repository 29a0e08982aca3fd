"""One frame of a clip, as the videos of a render show it, in image files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stillplate.arrays import AnyArray
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import check_not_among, check_output, kept_together, resolve_links
from stillplate.io.images import check_suffix, write_image
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import FrameSource, SourceOfFiles
from stillplate.rendering.asked import job_of
from stillplate.rendering.finishing import finishing
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.job import Stages, begun_report, fit_clip, stamp_of
from stillplate.rendering.output_specs import VIDEOS
from stillplate.rendering.render import render
from stillplate.rendering.render_job import RenderJob
from stillplate.rendering.report import RenderReport
from stillplate.rendering.request import with_defaults
from stillplate.rendering.stretch import Stretch, with_neighbours
from stillplate.sampling.gather import frame_at
from stillplate.sampling.span import Seconds, Span

__all__ = ["STILLS", "render_frame"]

STILLS = ("mask", "foreground", "cutout", "comparison", "clean", "wipe", "derain", "stabilized")
"""The outputs of which one frame can be written."""
MIDDLE = 0.5  # where the border of a wipe that does not move stands


def render_frame(source: SourceLike, at: Seconds, *, progress: Stages = None, **options: Any) -> RenderReport:
    """Write one frame of the outputs that are asked for, as images; the masks are those of the whole clip.

    Parameters
    ----------
    source : path, FrameSource or uint8 array of shape (N, H, W, 3)
        The clip.
    at : float or Fraction
        Seconds from the first frame; the frame that is shown then is written.
    progress : callable, optional
        As for `render`.
    **options
        Keywords of `render`: paths of image files for `mask`, `foreground`, `cutout`, `comparison`, `clean`, `wipe`,
        `derain` and `stabilized`, `composite` in place of the cutout, and all options of plate, light, camera and mask.

    Returns
    -------
    RenderReport
        Of this frame alone.

    Raises
    ------
    ParameterError
        If an option is outside its range, there is no frame at that time, or no output or another one is asked for.
    VideoError, TooFewFramesError
        If the clip cannot be read or an output cannot be written; no output is then left behind.
    """
    if all(options.get(name) is None for name in STILLS):
        raise ParameterError(f"no output is asked for: give one of {', '.join(f'{name}=...' for name in STILLS)}")
    given = with_defaults(render, {"source": source, "folder": None, "wipe_at": MIDDLE, **options})
    job = job_of(given, render)
    with opened(source, **job.opening) as clip:
        _check(job, clip)
        number = frame_at(clip, at).index
        background = fit_clip(clip, job, progress)
        report = begun_report(clip, job, background, stamp_of(clip))
        frame = _shown(clip, number, job, report)
        report.note(frame)
        with kept_together():
            for name, path in job.outputs.items():
                finish = finishing(name, report, job.videos)
                picture: AnyArray = finish(frame.by_name[name], frame.time, frame.motion)
                write_image(path, picture, overwrite=job.overwrite)
    return report


def _check(job: RenderJob, clip: FrameSource) -> None:
    """Raise ParameterError, before anything is computed, if an output is of no frame or cannot be written."""
    owners: dict[str, str] = {}
    for name, path in job.outputs.items():
        if name not in (*STILLS, "composite"):
            raise ParameterError(f"{name} is of a whole clip, not of one frame: leave it out, or render the clip")
        check_suffix(Path(path), VIDEOS[name].channels)
        check_output(as_path(path), overwrite=job.overwrite, source=clip.info.path)
        other = owners.setdefault(resolve_links(path), name)
        if other != name:
            raise ParameterError(f"{path}: asked for as {other} and as {name}: give each a path of its own")
    if isinstance(clip, SourceOfFiles):
        check_not_among((as_path(path) for path in job.outputs.values()), clip.files)


def _shown(clip: FrameSource, number: int, job: RenderJob, report: RenderReport) -> FrameOutputs:
    """Return what the outputs show of a frame, judged beside its neighbours."""
    around = with_neighbours(range(number, number + 1), clip.info.frames)
    with shown(
        Stretch(clip, around), (report.background,), job.masks.checked(), job.outputs, job.composite, Span(),
        job.sampling.memory, clean_shadows=job.clean_shadows, temporal=job.judges_in_time, first=around.start,
    ) as frames:  # fmt: skip
        return next(frame for frame in frames if frame.index == number)
