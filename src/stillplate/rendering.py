"""One pass over the clip, as many outputs as asked for: read -> mask -> compose -> write."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels, matte
from stillplate.backdrop import backdrops, check_backdrop
from stillplate.background import Background
from stillplate.camera_file import check_camera_file, write_camera
from stillplate.camera_path import CameraPath
from stillplate.composite import on_plate
from stillplate.errors import EncodeError, ParameterError
from stillplate.exclusion import Exclude, as_exclusions
from stillplate.files import check_output, whole
from stillplate.fitting import fit
from stillplate.ground import check_options
from stillplate.motion import Transform
from stillplate.objects import FORMATS, Tracker, open_objects
from stillplate.page import write_page
from stillplate.pictures import CHANNELS, Pictures, show, size_of
from stillplate.pipeline import WriteBehind, mapped, read_ahead
from stillplate.region import Region, describe
from stillplate.report import RenderReport
from stillplate.sampling import Progress
from stillplate.span import Seconds, Span
from stillplate.thumbnails import Thumbnail, thinned
from stillplate.timeline import write_timeline
from stillplate.video.images import check_suffix, write_image
from stillplate.video.opening import SourceLike, is_video, open_sink, opened
from stillplate.video.sink import FrameSink
from stillplate.video.source import Frame, Image, VideoInfo

__all__ = ["render"]

Output = str | os.PathLike[str] | None
Picture = npt.NDArray[Any]
WITH_SOUND = ("foreground", "comparison", "composite", "clean", "stabilized")
DEPTH = 4  # frames that each queue may hold
IN_FOLDER = {
    "plate": "plate.png",
    "mask": "mask.mp4",
    "foreground": "foreground.mp4",
    "comparison": "comparison.mp4",
    "report": "report.json",
    "page": "report.html",
}
COMPOSITE = "composite.mp4"  # in the folder, where a new ground is given


def render(
    source: SourceLike,
    folder: Output = None,
    *,
    plate: Output = None,
    mask: Output = None,
    foreground: Output = None,
    cutout: Output = None,
    comparison: Output = None,
    report: Output = None,
    page: Output = None,
    composite: Output = None,
    clean: Output = None,
    stabilized: Output = None,
    motion: Output = None,
    objects: Output = None,
    coco: Output = None,
    yolo: Output = None,
    timeline: Output = None,
    events: Output = None,
    background: Background | None = None,
    plate_from: Image | str | os.PathLike[str] | None = None,
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    light: str = "auto",
    camera: str = "auto",
    motion_from: CameraPath | str | os.PathLike[str] | None = None,
    threshold: float | None = None,
    weights: Sequence[float] = matte.EQUAL_WEIGHTS,
    sensitivity: float = 1.0,
    shadows: str = "background",
    cleanup: str = "default",
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    exclude: Exclude | None = None,
    roi: Region | None = None,
    audio: bool = True,
    overwrite: bool = False,
    progress: Callable[[str], Progress] | None = None,
) -> RenderReport:
    """Reconstruct the background of a clip and write what was asked for, each output in full length.

    Parameters
    ----------
    source : path, FrameSource or uint8 array of shape (N, H, W, 3)
        The clip: a video file, or a folder or glob of images.
    folder : path, optional
        Folder for plate.png, mask.mp4, foreground.mp4, comparison.mp4, report.json and report.html; made if need be.
    plate : path, optional
        Image file for the plate: the scene with nobody in it.
    mask : path, optional
        Video of the mask, white where something moved; the suffix picks the codec, a closing / makes a folder of PNGs.
    foreground : path, optional
        Video of what moved, in its own colours on black.
    cutout : path, optional
        Video of what moved, on transparent ground (.mov, .webm, .mkv, or a folder of PNGs).
    comparison : path, optional
        Video of frame, plate, mask and foreground side by side.
    report : path, optional
        JSON file with options, times, share of foreground per frame and the plate's support.
    page : path, optional
        HTML file of the same for people: pictures, curves, figures and advice, in one file.
    composite : path or colour, optional
        Image, video or colour (#00ff00) to lay the cutout on: composite.mp4 in the folder, or without one `cutout`.
    clean : path, optional
        Video of the same shot with nobody in it: the frame's own pixels, and the plate where something moved.
    stabilized : path, optional
        Video as large as the plate, in which the ground stands still: each frame where it lies, the plate around it.
    motion : path, optional
        JSON or CSV file of the camera's motion: for each frame the 3x3 matrix from its pixels to the plate's.
    objects : path, optional
        CSV file of what moved: frame, time, number of the thing, its box, area and centroid.
    coco : path, optional
        JSON file of the same as COCO has it, with masks.
    yolo : path, optional
        Folder of the boxes as YOLO has them, a text file for each frame.
    timeline : path, optional
        CSV file of the share of foreground in each frame, and of the events: when something moved.
    events : path, optional
        Folder for a clip of each event, cut out of a video file as it is encoded, from the key frame before.
    background : Background, optional
        From an earlier `fit`, to use in place of a new one.
    plate_from : path or uint8 array of shape (H, W, 3), RGB, optional
        Image of the clip's size, to use as the plate in place of one made from the clip.
    samples : int
        Frames to sample for the plate, spread over the clip at random; 2 or more.
    clusters : int
        Colours to tell apart at each pixel (k of the k-means), 1 to 8.
    vote : "calm" or "majority"
        How the ground is chosen: "calm" weighs who shows it; "majority" takes the biggest cluster.
    light : "auto", "fixed" or "varying"
        Whether samples are brought to one light before they vote: "auto" does where it is seen to vary.
    camera : "auto", "static" or "moving"
        Whether frames are laid out on a larger plate: "auto" does where the camera goes elsewhere in the clip.
    motion_from : CameraPath, or path of a file as `motion` writes, optional
        The camera's motion, to use in place of one found in the clip: JSON or CSV, a 3x3 matrix for each frame.
    threshold : float, optional
        Difference to the plate, in 8-bit levels, above which a pixel is foreground; by default derived from the noise.
    weights : three non-negative numbers
        Weights of red, green and blue in the difference; normalised to sum to 1.
    sensitivity : float
        Divides the threshold: 1 is the default, 2 marks what differs half as much.
    shadows : "background", "foreground" or "label"
        What a shadow is; "label" gives it 127 in the mask.
    cleanup : "none", "light" or "default"
        From each pixel by itself to solid regions with clean edges.
    memory : int
        Bytes that the sampled frames may take; more goes to a temporary file.
    seed : int
        Seed of the choice of frames: same input, options and seed, same result.
    start : float or Fraction, optional
        No frame before this time is sampled: seconds (or [HH:]MM:SS) from the first frame.
    end : float or Fraction, optional
        No frame after this time is sampled; every frame is written all the same.
    exclude : Exclusion, or polygon of shape (N, 2), bool array of shape (H, W) or path of a mask image; or several
        Regions that are not ground, with no vote: a polygon "X,Y X,Y X,Y" or mask image, each with @FROM-TO or not.
    roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
        Region that masks are limited to: a polygon "X,Y X,Y X,Y", or a mask image, white inside.
    audio : bool
        Whether foreground, comparison, composite, clean and stabilized have the clip's sound.
    overwrite : bool
        Replace outputs that exist.
    progress : callable, optional
        Called with the name of each stage; what it returns is called with the frames done and to do.

    Returns
    -------
    RenderReport

    Raises
    ------
    ParameterError
        If an option is outside its range, no output is asked for, or one would lose something.
    VideoError, TooFewFramesError
        If the clip cannot be read or an output cannot be written; no output is then left behind.
    """
    outputs = _outputs(
        folder, plate=plate, mask=mask, foreground=foreground, cutout=cutout, comparison=comparison, report=report,
        page=page,
        clean=clean, stabilized=stabilized, motion=motion, objects=objects, coco=coco, yolo=yolo, timeline=timeline,
        events=events,
    )  # fmt: skip
    if composite is not None:
        check_backdrop(composite)
        outputs = _with_composite(outputs, folder)
    span, exclude = Span.of(start, end), as_exclusions(exclude)
    options = {
        "samples": samples, "clusters": clusters, "vote": vote, "light": light, "camera": camera, "seed": seed,
        "start": span.start, "end": span.end, "exclude": [one.describe() for one in exclude],
        "roi": None if roi is None else describe(roi),
        "plate_from": "an array" if isinstance(plate_from, np.ndarray) else plate_from and os.fspath(plate_from),
        "motion_from": "a path" if isinstance(motion_from, CameraPath) else motion_from and os.fspath(motion_from),
    }  # fmt: skip
    masking = {
        "threshold": threshold, "weights": list(weights), "sensitivity": sensitivity, "shadows": shadows,
        "cleanup": cleanup,
    }  # fmt: skip
    matte.normalised(weights)
    check_options(sensitivity, shadows, cleanup)
    if threshold is not None:
        matte.check_threshold(threshold)
    if background is not None and plate_from is not None:
        raise ParameterError("both a background and plate_from are given: one plate is needed")
    if plate_from is not None and (camera == "moving" or motion_from is not None):
        raise ParameterError("plate_from is the plate of a static camera: leave camera and motion_from")
    with opened(source) as frames:
        if events is not None and not is_video(frames.info):
            raise ParameterError(
                f"{frames.info.name}: is no video file, but event clips are cut out of one: leave events"
            )
        _check(outputs, folder, frames.info, overwrite=overwrite)
        if plate_from is not None:
            _check_apart(outputs, plate_from)
        sampling: dict[str, Any] = {
            "samples": samples, "memory": memory, "seed": seed, "start": span.start, "end": span.end,
            "exclude": exclude, "roi": roi, "progress": progress and progress("sample"),
        }  # fmt: skip
        if plate_from is not None:
            background = Background.from_plate(plate_from, frames, threshold=threshold, **sampling)
        elif background is None:
            background = fit(
                frames,
                clusters=clusters,
                vote=vote,
                light=light,
                camera=camera,
                motion_from=motion_from,
                masks=_masks_learn(threshold, outputs),
                **sampling,
            )
        elif roi is not None:
            background = background.within(roi)
        level = background.threshold if threshold is None else threshold
        result = RenderReport(frames.info, background, {**options, **masking}, level, array("d"), array("d"))
        thumbnails: list[Thumbnail] = []
        with _made(folder):
            if outputs.keys() - {"plate"}:
                with (
                    _grounds(composite, frames.info) as grounds,
                    closing(read_ahead(frames, DEPTH)) as ahead,
                    closing(_shown(ahead, background, masking, outputs, grounds)) as shown,
                ):
                    counted = _counted(shown, result, thumbnails, progress and progress("render"))
                    _write(counted, outputs, frames.info, background.plate.image, audio=audio, overwrite=overwrite)
            if "plate" in outputs:
                write_image(outputs["plate"], background.plate.image, overwrite=overwrite)
            if "motion" in outputs:
                write_camera(result.camera, Path(outputs["motion"]), result.times, overwrite=overwrite)
            if "timeline" in outputs:
                write_timeline(Path(outputs["timeline"]), result.times, result.foreground, overwrite=overwrite)
            if "events" in outputs:
                _cut_events(Path(outputs["events"]), result, overwrite=overwrite)
            if "report" in outputs:
                result.save(Path(outputs["report"]), overwrite=overwrite)
            if "page" in outputs:
                write_page(Path(outputs["page"]), result, thumbnails, overwrite=overwrite)
    return result


@contextmanager
def _made(folder: Output) -> Iterator[None]:
    """Make the folder; on an error take it away again, if nothing is in it."""
    if folder is None:
        yield
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise EncodeError(f"{folder}: the folder cannot be made: {err.strerror}: choose another") from err
    try:
        yield
    except BaseException:
        with suppress(OSError):
            Path(folder).rmdir()
        raise


def _outputs(folder: Output, **paths: Output) -> dict[str, str]:
    """Name every output's path. A string, since a closing slash says that it is a folder."""
    outputs = {name: os.fspath(path) for name, path in paths.items() if path is not None}
    if folder is not None:
        outputs = {name: str(Path(folder, file)) for name, file in IN_FOLDER.items()} | outputs
    if not outputs:
        raise ParameterError(f"no output is asked for: give a folder or one of {', '.join(paths)}")
    return outputs


def _check(outputs: Mapping[str, str], folder: Output, info: VideoInfo, *, overwrite: bool) -> None:
    if "plate" in outputs:
        check_suffix(Path(outputs["plate"]))
    if "motion" in outputs:
        check_camera_file(Path(outputs["motion"]))
    owners: dict[Path, str] = {}
    to_be_made = None if folder is None or Path(folder).exists() else Path(folder)
    for name, text in outputs.items():
        path = Path(text)
        if path.parent != to_be_made:
            check_output(path, overwrite=overwrite, source=info.path)
        other = owners.setdefault(path.resolve(), name)
        if other != name:
            raise ParameterError(f"{path}: asked for as {other} and as {name}: give each a path of its own")


def _check_apart(outputs: Mapping[str, str], plate_from: Image | str | os.PathLike[str]) -> None:
    """Refuse to write over the outside plate."""
    if not isinstance(plate_from, np.ndarray):
        for path in outputs.values():
            if Path(path).resolve() == Path(plate_from).resolve():
                raise ParameterError(f"{path}: the output is the outside plate itself: choose another path")


def _masks_learn(threshold: float | None, outputs: Mapping[str, str]) -> bool:
    """Tell whether anything but the plate is wanted, and no threshold is given."""
    return threshold is None and bool(outputs.keys() - {"plate"})


def _with_composite(outputs: dict[str, str], folder: Output) -> dict[str, str]:
    """Give the composite its place: in the folder, or that of the cutout."""
    if folder is not None:
        return {**outputs, "composite": str(Path(folder, COMPOSITE))}
    if "cutout" not in outputs:
        raise ParameterError("composite has no place: give a folder, or a path for the cutout, which it then becomes")
    return {"composite" if name == "cutout" else name: path for name, path in outputs.items()}


@contextmanager
def _grounds(composite: Output, info: VideoInfo) -> Iterator[Iterator[Image | None]]:
    if composite is None:
        yield repeat(None)
        return
    with backdrops(composite, info.width, info.height) as grounds:
        yield grounds


def _shown(
    frames: Iterable[Frame],
    background: Background,
    masking: Mapping[str, Any],
    wanted: Collection[str],
    grounds: Iterator[Image | None],
) -> Generator[Pictures]:
    """Compute every frame's pictures, in order, on all processors."""

    def pictures(pair: tuple[Frame, Image | None]) -> Pictures:
        return show(pair[0], background, masking, wanted, pair[1])

    return mapped(pictures, zip(frames, grounds, strict=False), kernels.processors())


def _counted(
    shown: Iterable[Pictures], report: RenderReport, thumbnails: list[Thumbnail], progress: Progress | None
) -> Iterator[Pictures]:
    """Note what the report is to tell of each frame."""
    for pictures in shown:
        report.times.append(float(pictures.time))
        report.foreground.append(pictures.foreground)
        report.motions.append(pictures.motion)
        if pictures.thumbnail is not None:
            thumbnails[:] = thinned([*thumbnails, pictures.thumbnail])
        yield pictures
        if progress:
            progress(len(report.times), report.source.frames)


def _write(
    shown: Iterable[Pictures],
    outputs: Mapping[str, str],
    info: VideoInfo,
    plate: Image,
    *,
    audio: bool,
    overwrite: bool,
) -> None:
    """Write videos and objects. Every encoder has a thread; all files appear together, after the last frame of all."""
    sound = info.path if audio and is_video(info) else None
    with ExitStack() as sinks, ExitStack() as writers:
        writing: dict[str, WriteBehind[tuple[Picture, Fraction, Transform | None]]] = {}
        for name, channels in CHANNELS.items():
            if name in outputs:
                size = size_of(name, info.width, info.height, plate)
                sink = open_sink(
                    outputs[name], *size, info.rate, channels=channels, overwrite=overwrite, like=info,
                    sound=sound if name in WITH_SOUND else None,
                )  # fmt: skip
                around = plate if name == "stabilized" else None
                write = _writing_to(sinks.enter_context(sink), around)
                writing[name] = writers.enter_context(WriteBehind(write, DEPTH))
        files = [
            sinks.enter_context(open_objects(name, Path(path), info.width, info.height, overwrite=overwrite))
            for name, path in outputs.items()
            if name in FORMATS
        ]
        tracker = Tracker()
        for pictures in shown:
            for name, writer in writing.items():
                writer.put((pictures.by_name[name], pictures.time, pictures.motion))
            if files:
                objects = tracker.update(pictures.regions, float(pictures.time))
                for file in files:
                    file.write(objects, pictures.time)


def _writing_to(sink: FrameSink, plate: Image | None) -> Callable[[tuple[Picture, Fraction, Transform | None]], None]:
    """Write a picture, laid on the plate if there is one: only here, since a plate may be many frames large."""

    def write(item: tuple[Picture, Fraction, Transform | None]) -> None:
        picture, time, motion = item
        sink.write(picture if plate is None else on_plate(picture, motion, plate), time)

    return write


def _cut_events(folder: Path, report: RenderReport, *, overwrite: bool) -> None:
    from stillplate.video.pyav_cut import cut

    source = report.source.path
    assert source is not None
    with whole(folder, overwrite=overwrite, folder=True) as partial:
        partial.mkdir()
        for number, event in enumerate(report.events, start=1):
            path = partial / f"event{number:03d}{source.suffix}"
            cut(source, path, Fraction(event.start), Fraction(event.end), overwrite=False)
