"""Outputs as files: videos and tables frame by frame, and the rest after the last frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path

from stillplate.arrays import AnyArray
from stillplate.camera.path_file import write_camera
from stillplate.errors import EncodeError, ParameterError
from stillplate.imaging.transform import Transform
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output, check_own
from stillplate.io.images import write_image
from stillplate.io.naming import stems_of
from stillplate.io.opening import is_video, open_sink
from stillplate.io.sequence import as_sequence
from stillplate.io.sink import ClipProperties, FrameSink
from stillplate.rendering.dataset import Dataset
from stillplate.rendering.events import Event, write_timeline
from stillplate.rendering.finishing import Finishing, finishing, part_of_plate
from stillplate.rendering.frame_outputs import FrameOutputs, size_of
from stillplate.rendering.heatmap import Heatmap
from stillplate.rendering.line_drawing import draw_lines
from stillplate.rendering.objects import FORMATS, CountedTracker, Tracker, open_objects
from stillplate.rendering.output_specs import LAYERS, VIDEOS
from stillplate.rendering.outputs import EVENT
from stillplate.rendering.overlay import Overlay
from stillplate.rendering.page import write_page
from stillplate.rendering.pipeline import DEPTH, WriteBehind
from stillplate.rendering.report import RenderReport
from stillplate.rendering.thumbnails import Thumbnail
from stillplate.rendering.video_options import VideoOptions

__all__ = ["open_video_sink", "write_pictures", "write_rest"]

Item = tuple[AnyArray, Fraction, int, Transform | None]  # a picture, its time and number, and where it lies
MATROSKA = ".mkv"


def write_pictures(
    shown: Iterable[FrameOutputs],
    outputs: Mapping[str, str],
    report: RenderReport,
    names: Sequence[str],
    videos: VideoOptions,
    *,
    overwrite: bool,
) -> None:
    """Write videos and tables of objects, and count in the report what is counted.

    Every encoder has a thread; all files appear together, after the last frame. `names` are those of the clip's
    pictures, where they are files: what is written of each is named after them.
    """
    info, plate = report.source, report.background.plate.image
    with ExitStack() as sinks, ExitStack() as writers:
        if "layers" in outputs:
            outputs = {**outputs, **sinks.enter_context(layered(outputs["layers"], overwrite=overwrite))}
        writing: dict[str, WriteBehind[Item]] = {}
        for name in VIDEOS:
            if name in outputs:
                sink = open_video_sink(name, outputs[name], report, names, videos, overwrite=overwrite)
                write = _writing_to(sinks.enter_context(sink), finishing(name, report, videos))
                writing[name] = writers.enter_context(WriteBehind(write, DEPTH))
        if "frames" in outputs:
            names = [f"{stem}.png" for stem in stems_of(names)]
        files = [
            sinks.enter_context(
                open_objects(
                    name, as_path(path), info.width, info.height, names,
                    overwrite=overwrite, px_per_mm=report.options.get("px_per_mm"), clip=Path(info.name).name,
                )
            )
            for name, path in outputs.items()
            if name in FORMATS
        ]  # fmt: skip
        dataset = sinks.enter_context(_dataset(outputs["dataset"], report, overwrite)) if "dataset" in outputs else None
        number = report.options.get("count")
        tracker = Tracker() if number is None else CountedTracker(number)
        overlay, heatmap = Overlay(), Heatmap()
        for pictures in shown:
            time, by_name = pictures.time, dict(pictures.by_name)
            objects = tracker.update(pictures.regions, float(time))
            if report.tracks is not None:
                report.tracks.update(objects, float(time), pictures.motion)
            if report.crossings is not None:
                report.crossings.update(objects, time, pictures.index, pictures.motion)
            if "overlay" in by_name:
                by_name["overlay"] = overlay.draw(by_name["overlay"], objects, float(time), pictures.motion)
                if report.crossings is not None:
                    draw_lines(by_name["overlay"], report.crossings, pictures.motion)
            if "heatmap" in outputs:
                heatmap.add(pictures.mask, pictures.motion, plate)
            for name, writer in writing.items():
                writer.put((by_name[name], time, pictures.index, pictures.motion))
            if dataset is not None:
                dataset.write(by_name["dataset"], objects, float(time), pictures.index)
            for file in files:
                file.write(objects, time, pictures.index)
        if dataset is not None:
            report.dataset.update(dataset.finish(report.events))
        if "heatmap" in outputs:
            write_image(outputs["heatmap"], heatmap.draw(plate), overwrite=overwrite)
        if report.crossings is not None and "crossings" in outputs:
            report.crossings.write(outputs["crossings"], overwrite=overwrite)


def open_video_sink(
    name: str,
    path: str,
    report: RenderReport,
    names: Sequence[str],
    videos: VideoOptions,
    *,
    overwrite: bool,
) -> FrameSink:
    """Open the sink of one of `VIDEOS`; the parameters are those of `write_pictures`."""
    info, spec = report.source, VIDEOS[name]
    sound = info.path if videos.audio and spec.sound and is_video(info) else None
    return open_sink(
        path, *size_of(name, info.width, info.height, part_of_plate(report)), info.rate,
        channels=spec.channels, overwrite=overwrite, clip=ClipProperties(like=info, sound=sound, cut=videos.cut),
        names=stems_of(names), quality=videos.quality_of(name), codec=videos.codec_of(path, spec.channels),
    )  # fmt: skip


def _dataset(path: str, report: RenderReport, overwrite: bool) -> Dataset:
    info, options = report.source, report.options
    return Dataset(
        as_path(path), (info.width, info.height), options["format"], Path(info.name).stem, options["dataset_fps"],
        seed=report.asked["seed"], overwrite=overwrite,
    )  # fmt: skip


@contextmanager
def layered(path: str, *, overwrite: bool) -> Iterator[dict[str, str]]:
    """Yield the path of each layer; their folder appears when all are complete.

    Raises
    ------
    ParameterError
        If the folder holds anything else, which would be lost.
    """
    names = as_sequence(path)
    for entry in names.folder.iterdir() if names.folder.is_dir() else ():
        if entry.name not in LAYERS:
            raise ParameterError(
                f"{names.folder}: holds {entry.name}, which would be lost: name a new or an empty folder"
            )
    with atomic_output(names.folder, overwrite=overwrite, folder=True) as partial:
        partial.mkdir()
        yield {layer: f"{partial / layer}/{names.pattern if names.chosen else ''}" for layer in LAYERS}


def _writing_to(sink: FrameSink, finish: Finishing) -> Callable[[Item], None]:
    """Return a function that does the last step of an item, and writes it."""

    def write(item: Item) -> None:
        picture, time, index, motion = item
        sink.write(finish(picture, time, motion), time, index)

    return write


def write_rest(
    outputs: Mapping[str, str],
    report: RenderReport,
    plate: AnyArray,
    thumbnails: Sequence[Thumbnail],
    *,
    overwrite: bool,
) -> None:
    """Write what is known after the last frame: the plate in its own depth, tables, report and page."""
    if "plate" in outputs:
        write_image(outputs["plate"], plate, overwrite=overwrite)
    if "save_background" in outputs:
        report.background.save(as_path(outputs["save_background"]), overwrite=overwrite)
    if "motion" in outputs:
        write_camera(report.camera, as_path(outputs["motion"]), report.times_by_number, overwrite=overwrite)
    if "timeline" in outputs:
        write_timeline(
            as_path(outputs["timeline"]), report.times, report.foreground, report.numbers,
            overwrite=overwrite, timed=report.source.timed,
        )  # fmt: skip
    if "events" in outputs:
        _cut_events(as_path(outputs["events"]), report, overwrite=overwrite)
    if "report" in outputs:
        report.save(as_path(outputs["report"]), overwrite=overwrite)
    if "page" in outputs:
        write_page(as_path(outputs["page"]), report, thumbnails, overwrite=overwrite)


def _cut_events(folder: Path, report: RenderReport, *, overwrite: bool) -> None:
    source = report.source.path
    assert source is not None
    check_own(folder, EVENT)
    with atomic_output(folder, overwrite=overwrite, folder=True) as partial:
        partial.mkdir()
        for number, event in enumerate(report.events, start=1):
            _cut_event(source, partial / f"event{number:03d}", event)


def _cut_event(source: Path, place: Path, event: Event) -> None:
    """Cut an event into the source's container, or into Matroska where that container cannot hold it.

    In AVI no sound can begin after the picture; and what came through a pipe has no suffix.
    """
    from stillplate.io.pyav.trim import trim_video

    span = (Fraction(event.start), Fraction(event.end))
    if source.suffix.lower() not in ("", ".avi", MATROSKA):
        with suppress(EncodeError):
            trim_video(source, place.with_suffix(source.suffix), *span, overwrite=False)
            return
    trim_video(source, place.with_suffix(MATROSKA), *span, overwrite=False)
