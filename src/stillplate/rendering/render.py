"""One pass over the clip, as many outputs as asked for: read -> mask -> compose -> write."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.background import Background
from stillplate.background.deep_plate import check_makers, deep_plate, is_deep
from stillplate.background.fit import fit
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.io.atomic import check_not_among, kept_together
from stillplate.io.opening import SourceLike, opened
from stillplate.io.quality import Quality
from stillplate.io.source import SourceOfFiles
from stillplate.rendering.frame_outputs import FrameOutputs, shown
from stillplate.rendering.output_specs import OUTPUTS
from stillplate.rendering.outputs import Output, check_outputs, check_quality, output_folder, place_outputs, placed
from stillplate.rendering.report import RenderReport
from stillplate.rendering.request import settings, stamp
from stillplate.rendering.thumbnails import Thumbnail, thinned
from stillplate.rendering.writing import write_pictures, write_rest
from stillplate.sampling.exclusion import Exclude, Excluded, as_exclusions
from stillplate.sampling.gather import Progress
from stillplate.sampling.region import Region, describe
from stillplate.sampling.span import Seconds, Span
from stillplate.segmentation.options import EQUAL_WEIGHTS, MaskOptions

__all__ = ["render"]

Outside = Image | str | os.PathLike[str] | None  # a plate that is not made from the clip


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
    layers: Output = None,
    stabilized: Output = None,
    motion: Output = None,
    objects: Output = None,
    coco: Output = None,
    yolo: Output = None,
    timeline: Output = None,
    events: Output = None,
    frames: Output = None,
    background: Background | None = None,
    plate_from: Image | str | os.PathLike[str] | None = None,
    depth: str | int = "auto",
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    light: str = "auto",
    camera: str = "auto",
    motion_from: CameraPath | str | os.PathLike[str] | None = None,
    threshold: float | None = None,
    weights: Sequence[float] = EQUAL_WEIGHTS,
    sensitivity: float = 1.0,
    shadows: str = "background",
    cleanup: str = "default",
    min_size: float | str | None = None,
    clean_shadows: bool = True,
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    trim: bool = False,
    exclude: Exclude | None = None,
    roi: Region | None = None,
    fps: float | Fraction | None = None,
    levels: tuple[float, float] | None = None,
    quality: Quality = None,
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
        Video of the mask, white where something moved; the suffix picks the codec, DIR/%06d.png is a folder of images.
    foreground : path, optional
        Video of what moved, in its own colours on black.
    cutout : path, optional
        Video of what moved, on transparent ground (.mov, .webm, .mkv, or a folder of PNGs or EXRs).
    comparison : path, optional
        Video of frame, plate, mask and foreground side by side.
    report : path, optional
        JSON file with options, times, share of foreground per frame and the plate's support.
    page : path, optional
        HTML file of the same for people: pictures, curves, figures and advice, in one file.
    composite : path or colour, optional
        Image, video or colour (#00ff00) to lay the cutout on: composite.mp4 in the folder, or without one `cutout`.
    clean : path, optional
        The same shot with nobody in it: its own pixels (bit for bit if lossless), the plate where something moved.
    layers : path, optional
        Folder of fgr, pha and bgr: what moved, in un-mixed colours, its alpha, and the plate as each frame sees it.
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
    frames : path, optional
        Folder of the clip's frames as PNGs, named as the COCO file and YOLO's folder name them.
    background : Background, optional
        From an earlier `fit`, to use in place of a new one.
    plate_from : path or uint8 array of shape (H, W, 3), RGB, optional
        Image of the clip's size, to use as the plate in place of one made from the clip.
    depth : "auto", 8 or 16
        Bits of the plate's file: "auto" has 16 where the clip has more than 8 and the file holds them (PNG, TIFF, EXR).
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
    min_size : float or str, optional
        Smallest thing to mark, in pixels across, or "1%" of the width; by default as small as the noise allows.
    clean_shadows : bool
        Whether the clean video is without the shadows of what is gone, down to their soft ends.
    memory : int
        Bytes that the sampled frames may take; more goes to a temporary file.
    seed : int
        Seed of the choice of frames: same input, options and seed, same result.
    start : float or Fraction, optional
        No frame before this time is sampled: seconds (or [HH:]MM:SS) from the first frame.
    end : float or Fraction, optional
        No frame after this time is sampled; with `trim` none is written either.
    trim : bool
        Write only the frames from start to end: videos and sound are cut, numbers and times in tables stay the clip's.
    exclude : Exclusion, or polygon of shape (N, 2), bool array of shape (H, W) or path of a mask image; or several
        Regions that are not ground, with no vote: a polygon "X,Y X,Y X,Y" or mask image, each with @FROM-TO or not;
        without a time, masks leave them out, too.
    roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
        Region that masks are limited to: a polygon "X,Y X,Y X,Y", or a mask image, white inside.
    fps : float or Fraction, optional
        Pictures per second of images (0.2: one every five seconds); without it their times are nominal, 25 a second.
    levels : (float, float), optional
        Samples that are shown black and white, LOW,HIGH in the file's own numbers: 0,4095 of 12 bits in 16, say.
    quality : number from 0 to 100, or "lossless", optional
        Of lossy videos, 0 to 100 (the best), or "lossless", which keeps every bit; by default 62 (H.264) to 100.
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
    asked = settings(locals(), OUTPUTS.keys())
    outputs = place_outputs(
        folder, composite, plate=plate, mask=mask, foreground=foreground, cutout=cutout, comparison=comparison,
        report=report, page=page, clean=clean, layers=layers, stabilized=stabilized, motion=motion, objects=objects,
        coco=coco, yolo=yolo, timeline=timeline, events=events, frames=frames,
    )  # fmt: skip
    span = Span.of(start, end)
    sampling: dict[str, Any] = {
        "samples": samples, "memory": memory, "seed": seed, "start": span.start, "end": span.end,
        "exclude": as_exclusions(exclude), "roi": roi,
    }  # fmt: skip
    choosing: dict[str, Any] = {
        "clusters": clusters, "vote": vote, "light": light, "camera": camera, "motion_from": motion_from,
    }  # fmt: skip
    masking = MaskOptions(
        threshold=threshold, weights=list(weights), sensitivity=sensitivity, shadows=shadows, cleanup=cleanup,
        min_size=min_size,
    )  # fmt: skip
    options = {
        **_told({**sampling, **choosing}, plate_from), **asdict(masking),
        "clean_shadows": clean_shadows, "fps": fps, "levels": levels, "trim": trim, "quality": quality,
    }  # fmt: skip
    if trim and not span:
        raise ParameterError("trim is given, but neither start nor end: give one of them")
    masking = masking.checked()
    _check_plate(background, plate_from, choosing)
    with opened(source, fps=fps, levels=levels) as clip:
        check_outputs(outputs, folder, clip.info, plate_from, overwrite=overwrite)
        check_quality(outputs, quality)
        files = tuple(clip.files) if isinstance(clip, SourceOfFiles) else ()
        check_not_among((placed(name, path) for name, path in outputs.items()), files)
        names, made_of = [file.name for file in files], stamp(files or (clip.info.path,))
        deep = "plate" in outputs and is_deep(depth, Path(outputs["plate"]), clip)
        if deep and (background is not None or plate_from is not None):
            deep = _deepened(depth, background)
        sampling["progress"] = progress and progress("sample")
        if background is not None:
            background = background if roi is None else background.within(roi)
            if exclude is not None:
                excluded = Excluded.of(exclude, clip.info.width, clip.info.height)
                background = replace(background, roi=excluded.outside(background.roi))
        elif plate_from is not None:
            background = Background.from_plate(plate_from, clip, threshold=threshold, **sampling)
        else:
            background = fit(clip, masks=_masks_learn(threshold, outputs), **choosing, **sampling)
        image: npt.NDArray[Any] = background.plate.image
        if deep:
            image = deep_plate(background, clip, memory=memory, progress=progress and progress("deepen"))
        level = background.threshold if threshold is None else threshold
        result = RenderReport(
            clip.info, background, options, level, array("d"), array("d"), asked=asked, stamp=made_of, outputs=outputs
        )
        thumbnails: list[Thumbnail] = []
        shown_span = span if trim else Span()
        with output_folder(folder), kept_together():
            if outputs.keys() - {"plate"}:
                with shown(
                    clip, background, masking, outputs, composite, shown_span, clean_shadows=clean_shadows
                ) as pictures:
                    counted = _counted(pictures, result, thumbnails, shown_span, progress and progress("render"))
                    ids = write_pictures(
                        counted, outputs, result, names, audio=audio, quality=quality, cut=trim, overwrite=overwrite
                    )
                    result = replace(result, ids=ids)
            write_rest(outputs, result, image, thumbnails, overwrite=overwrite)
    return result


def _told(made_by: Mapping[str, Any], plate_from: Outside) -> dict[str, Any]:
    """Lay out for the report how the plate was made."""
    roi, motion_from = made_by["roi"], made_by["motion_from"]
    return {
        **{name: made_by[name] for name in ("samples", "clusters", "vote", "light", "camera", "seed", "start", "end")},
        "exclude": [one.describe() for one in made_by["exclude"]],
        "roi": None if roi is None else describe(roi),
        "plate_from": "an array" if isinstance(plate_from, np.ndarray) else plate_from and os.fspath(plate_from),
        "motion_from": "a path" if isinstance(motion_from, CameraPath) else motion_from and os.fspath(motion_from),
    }


def _check_plate(background: Background | None, plate_from: Outside, choosing: Mapping[str, Any]) -> None:
    """Refuse two plates, and an outside one for a camera that moves."""
    if background is not None and plate_from is not None:
        raise ParameterError("both a background and plate_from are given: one plate is needed")
    if plate_from is not None and (choosing["camera"] == "moving" or choosing["motion_from"] is not None):
        raise ParameterError(
            "plate_from is the plate of a static camera: take camera='static', and leave motion_from out"
        )


def _deepened(depth: str | int, background: Background | None) -> bool:
    """Let a plate that was not made of this clip here have 8 bits; where 16 are demanded, be sure that it can."""
    if str(depth) != "16":
        return False
    if background is None:
        raise ParameterError("depth is 16, but plate_from is a plate of 8 bits: leave one of them out")
    check_makers(background)
    return True


def _masks_learn(threshold: float | None, outputs: Mapping[str, str]) -> bool:
    """Tell whether anything but the plate is wanted, and no threshold is given."""
    return threshold is None and bool(outputs.keys() - {"plate"})


def _counted(
    all_pictures: Iterable[FrameOutputs],
    report: RenderReport,
    thumbnails: list[Thumbnail],
    span: Span,
    progress: Progress | None,
) -> Iterator[FrameOutputs]:
    """Note what the report is to tell of each frame."""
    frames = report.source.frames
    total = frames if frames is None else len(span.indices(frames, report.source.rate))
    for pictures in all_pictures:
        report.note(pictures)
        if pictures.thumbnail is not None:
            thumbnails[:] = thinned([*thumbnails, pictures.thumbnail])
        yield pictures
        if progress:
            progress(len(report.times), total)
    if span:  # of the frames after it, nothing is known
        known = len(report.background.camera) if report.background.camera is not None else frames or 0
        report.motions.extend([None] * (known - len(report.motions)))
