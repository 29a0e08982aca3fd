"""The public function `render`: its keywords, gathered into one job.

The command line takes the keywords from here, so that the module imports what they are for only in a call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from stillplate.segmentation.options import EQUAL_WEIGHTS

if TYPE_CHECKING:
    from stillplate.arrays import Image
    from stillplate.background.background import Background
    from stillplate.camera.path import CameraPath
    from stillplate.io.opening import SourceLike
    from stillplate.io.quality import Quality
    from stillplate.rendering.outputs import Output
    from stillplate.rendering.report import RenderReport
    from stillplate.sampling.crop import Crop
    from stillplate.sampling.exclusion import Exclude
    from stillplate.sampling.gather import Progress
    from stillplate.sampling.options import Also
    from stillplate.sampling.region import Region
    from stillplate.sampling.span import Seconds

__all__ = ["render"]


def render(  # noqa: PLR0913  a public door, whose keywords become records
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
    wipe: Output = None,
    derain: Output = None,
    layers: Output = None,
    stabilized: Output = None,
    motion: Output = None,
    objects: Output = None,
    overlay: Output = None,
    coco: Output = None,
    yolo: Output = None,
    dataset: Output = None,
    format: str = "yolo",
    dataset_fps: float = 2.0,
    cvat: Output = None,
    label_studio: Output = None,
    mot: Output = None,
    tracks: Output = None,
    sleap: Output = None,
    deeplabcut: Output = None,
    crossings: Sequence[Any] | str | None = None,
    timeline: Output = None,
    events: Output = None,
    frames: Output = None,
    heatmap: Output = None,
    save_background: Output = None,
    background: Background | str | os.PathLike[str] | None = None,
    plate_from: Image | str | os.PathLike[str] | None = None,
    depth: str | int = "auto",
    crop: Crop | None = None,
    wipe_at: float | None = None,
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
    temporal: bool = True,
    clean_shadows: bool = True,
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    trim: bool = False,
    only_with_events: bool = False,
    count: int | None = None,
    px_per_mm: float | None = None,
    exclude: Exclude | None = None,
    also: Also = (),
    roi: Region | None = None,
    fps: float | Fraction | None = None,
    levels: tuple[float, float] | None = None,
    quality: Quality = None,
    codec: str | None = None,
    premultiply: bool = False,
    for_: str | None = None,
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
        The same shot with nobody in it: its own pixels (bit for bit if lossless), and where something moved the plate,
        or what neighbouring frames show there, if the camera moves past near and far things.
    wipe : path, optional
        Video of before and after: the frame left of a border, the clean frame right of it.
    derain : path, optional
        The same shot without falling rain and snow, if the camera stands or shakes; what moves stays as it is.
    layers : path, optional
        Folder of fgr, pha and bgr: what moved, in un-mixed colours, its alpha, and the plate as each frame sees it.
    stabilized : path, optional
        Video as large as the plate, in which the ground stands still: each frame where it lies, the plate around it.
    motion : path, optional
        JSON or CSV file of the camera's motion: for each frame the 3x3 matrix from its pixels to the plate's; or the
        same for Nuke (.nk), After Effects (.jsx), Blender (.py) or USD (.usda).
    objects : path, optional
        CSV file of what moved: frame, time, number of the thing, its box, area and centroid, speed and heading, and the
        ellipse that fits it.
    overlay : path, optional
        Video of the clip with what moved outlined and numbered, each thing with the way that it came in the last 2 s.
    coco : path, optional
        JSON file of the same as COCO has it, with masks.
    yolo : path, optional
        Folder of the boxes as YOLO has them, a text file for each frame.
    dataset : path, optional
        Folder of pictures and labels to train a detector with, split by event: a fifth of the pictures for validation.
    format : "yolo" or "coco"
        How `dataset` keeps its labels: boxes and data.yaml, as Ultralytics reads them, or COCO's boxes and masks.
    dataset_fps : float
        Pictures a second that `dataset` takes: neighbouring frames are alike.
    cvat : path, optional
        XML file of the same as CVAT for video has it: tracks of boxes and of polygons.
    label_studio : path, optional
        JSON file of the boxes as Label Studio has them in a video: a task with predictions.
    mot : path, optional
        Text file of the boxes as the MOT challenge has them: frame, id, left, top, width, height.
    tracks : path, optional
        CSV file with a row for each frame: its number, its time, and x and y of the centroid of each thing.
    sleap : path, optional
        CSV file of the centroids as SLEAP's analysis table has them.
    deeplabcut : path, optional
        CSV file of the centroids as DeepLabCut's table of several animals has them.
    crossings : line of shape (2, 2), or as text; or several of them
        Lines "X,Y X,Y" that things are counted at: crossings.csv in the folder has how many cross each, and which way.
    timeline : path, optional
        CSV file of the share of foreground in each frame, and of the events: when something moved.
    events : path, optional
        Folder for a clip of each event, cut out of a video file as it is encoded, from the key frame before.
    frames : path, optional
        Folder of the clip's frames as PNGs, named as the COCO file and YOLO's folder name them.
    heatmap : path, optional
        Image file of where things were: the share of the time that each place was in the mask, over the plate.
    save_background : path, optional
        File (.npz) of the background with all that was learned of it, to be given as `background` for other clips.
    background : Background, or path of a file as `save_background` writes, optional
        From an earlier clip of the same camera, to use in place of a new one: NPZ, refused if the view has moved.
    plate_from : path or uint8 array of shape (H, W, 3), RGB, optional
        Image of the clip's size, to use as the plate in place of one made from the clip.
    depth : "auto", 8 or 16
        Bits of the plate's file: "auto" has 16 where the clip has more than 8 and the file holds them (PNG, TIFF, EXR).
    crop : (x, y, width, height) or "full", optional
        Part of the plate that `plate` and `stabilized` show: X,Y,WIDTH,HEIGHT in its pixels, or full, the largest
        rectangle without empty corners, of a camera that moves.
    wipe_at : float, optional
        Where the border of the wipe stands, from 0 (left) to 1 (right); by default it moves to the left and back in
        8 s.
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
    temporal : bool
        Whether each mask is judged beside those of the frames before and after: what flickers goes, what is faint but
        lasts is found, cast shadows go, and frames that tell nothing have the masks of their neighbours. Each frame by
        itself where a threshold is given, or a cleanup other than "default".
    clean_shadows : bool
        Whether the clean video is without the shadows of what is gone, down to their soft ends.
    memory : int
        Bytes that the sampled frames may take; what is more, or more than 128 MiB, goes to a temporary file. Where
        neighbouring frames show what is hidden, these take a quarter of it at most.
    seed : int
        Seed of the choice of frames: same input, options and seed, same result.
    start : float or Fraction, optional
        No frame before this time is sampled: seconds (or [HH:]MM:SS) from the first frame.
    end : float or Fraction, optional
        No frame after this time is sampled: seconds (or [HH:]MM:SS) from the first frame.
    trim : bool
        Write only the frames from start to end: videos and sound are cut, numbers and times in tables stay the clip's.
    only_with_events : bool
        Of a clip in which nothing moved, write plate, report and page alone: no videos, no tables.
    count : int, optional
        How many things there are at most: two that touch are two, numbers go from 1 to this, and the rest is noise.
    px_per_mm : float, optional
        Pixels to a millimetre of what the camera sees: places, speeds and lengths of `objects` in millimetres, too.
    exclude : Exclusion, or polygon of shape (N, 2), bool array of shape (H, W) or path of a mask image; or several
        Regions that are not ground, with no vote: a polygon "X,Y X,Y X,Y" or mask image, each with @FROM-TO or not;
        without a time, masks leave them out, too.
    also : path, FrameSource or array; or several of them
        A further clip of the same place, of a camera that stands there: its samples vote for the plate, too, which then
        has ground that the clip never shows. Give it once for each; the outputs are of the clip alone.
    roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
        Region that masks are limited to: a polygon "X,Y X,Y X,Y", or a mask image, white inside.
    fps : float or Fraction, optional
        Pictures per second of images (0.2: one every five seconds); without it their times are nominal, 25 a second.
    levels : (float, float), optional
        Samples that are shown black and white, LOW,HIGH in the file's own numbers: 0,4095 of 12 bits in 16, say.
    quality : number from 0 to 100, or "lossless", optional
        Of lossy videos, 0 to 100 (the best), or "lossless", which keeps every bit; by default 62 (H.264) to 100.
    codec : str, optional
        Of videos, for editing: prores422proxy, prores422lt, prores422, prores422hq, prores4444, dnxhr-lb, dnxhr-sq,
        dnxhr-hq, dnxhr-hqx or dnxhr-444; they are .mov files then, those in the folder, too.
    premultiply : bool
        Multiply the colours of a cutout by its alpha; without it they are straight, except for Nuke.
    for_ : "resolve", "premiere", "nuke", "propainter", "diffueraser" or "corridorkey", optional
        Program that is to go on: the folder has clean, cutout and mask for those that edit, frames and masks for the
        others, as it takes them, beside plate and reports.
    audio : bool
        Whether foreground, comparison, composite, clean, wipe, derain, stabilized and overlay
        have the clip's sound.
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
    given = dict(locals())
    from stillplate.io.opening import opened
    from stillplate.rendering.asked import job_of
    from stillplate.rendering.job import run

    job = job_of(given, render)
    with opened(source, fps=fps, levels=levels) as clip:
        return run(clip, job, progress)
