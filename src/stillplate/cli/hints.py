"""Suggestions for an unknown option: by the names in other tools, by its beginning, by its spelling."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

__all__ = ["hint"]

ALIKE = 0.75  # ratio of difflib: a slip of the finger, not another word
LEAST = 3  # letters that tell a word by its beginning
MANY = 6  # options that are worth a list

MEANT = {
    "output": "o out output-dir output-folder output-path outdir out-dir outfile out-file dest destination save write",
    "overwrite": "y yes force replace clobber",
    "samples": "n num-samples num-frames n-frames nframes frame-count subsample sampling",
    "clusters": "k n-clusters num-clusters kmeans centers centres",
    "vote": "method algorithm mode",
    "seed": "random random-seed random-state rng",
    "memory": "mem ram max-memory cache",
    "start": "ss from begin since first start-time start-frame skip",
    "end": "to until last stop t duration end-time end-frame length",
    "trim": "ss t duration length clip cut",
    "exclude": "ignore ignore-mask exclude-mask without skip-region",
    "also": "more add extra second another with and-clip more-clips reference-clip",
    "roi": "region zone crop area mask-region aoi",
    "threshold": "th thresh thr tresh treshold tolerance",
    "sensitivity": "sensitive gain strength",
    "min-size": "min-area minimum-size min-blob size-filter smallest",
    "cleanup": "morph morphology median blur denoise postprocess post-process smooth filter holes",
    "shadows": "shadow detect-shadows no-shadows remove-shadows",
    "light": "illumination exposure lighting brightness flicker relight deflicker",
    "camera": "moving static ptz handheld tripod panning motion-model",
    "motion": "homography homographies trajectory camera-path path transforms",
    "stabilized": "stabilize stabilise stabilised stab",
    "cutout": "alpha matte transparent rgba transparency matting",
    "layers": "alpha matte fgr pha bgr",
    "mask": "masks fgmask silhouette segmentation binary",
    "foreground": "fg moving-objects",
    "plate": "background bg background-image clean-plate",
    "plate-from": "background bg reference reference-image empty-frame",
    "clean": "empty remove removal inpaint inpainting erase without-people",
    "derain": "rain snow remove-rain no-rain deraining desnow drops weather",
    "composite": "green greenscreen green-screen chroma new-background replace-background backdrop background",
    "objects": "boxes bbox bboxes tracks tracking track csv ids detections labels annotations",
    "coco": "boxes bbox bboxes json rle labels annotations fiftyone",
    "yolo": "boxes bbox bboxes txt labels annotations ultralytics",
    "cvat": "tracks annotations xml datumaro",
    "label-studio": "labelstudio tracks annotations",
    "tracks": "wide trajectories trajectory centroids csv",
    "sleap": "slp pose",
    "deeplabcut": "dlc pose",
    "mot": "motchallenge mot-challenge trackeval tracks",
    "timeline": "csv curve activity",
    "events": "clips scenes segments",
    "report": "json log stats summary",
    "page": "html",
    "comparison": "preview side-by-side debug",
    "frames": "images extract extract-frames stills",
    "quality": "crf bitrate q qscale qp lossless compression b:v",
    "codec": "vcodec c:v encoder format prores dnxhr dnxhd",
    "premultiply": "premultiplied premult associated straight unassociated",
    "depth": "bits bit-depth 16bit 16-bit",
    "audio": "sound keep-audio a",
    "no-audio": "no-sound mute an silent",
    "jobs": "j workers threads processes parallel nproc cores num-workers cpus",
    "resume": "continue restart skip-existing",
    "quiet": "q silent no-progress verbose",
    "config": "settings options preset config-file options-file",
    "levels": "range contrast window black-point white-point",
    "fps": "rate framerate frame-rate r",
    "for": "tool program preset target trex idtracker bmv2 resolve premiere nuke davinci",
    "support": "confidence certainty",
    "valid": "mask roi region",
    "no-browser": "headless no-open no-show",
    "background": "npz model saved load",
}  # ours, and the words of other tools for it


def hint(option: str, known: Collection[str]) -> str:
    """Return a suggestion for an unknown option; empty if no option is similar.

    Parameters
    ----------
    option : str
        As it was written, with its dashes.
    known : collection of str
        The options that there are, with theirs.
    """
    word = option.lstrip("-").split("=", 1)[0].replace("_", "-").lower()
    meant = [name for name, words in MEANT.items() if word in words.split() and f"--{name}" in known]
    meant = meant or _alike(word, sorted(name.lstrip("-") for name in known if name.startswith("--")))
    return f"Did you mean {_either([f'--{name}' for name in meant[:MANY]])}?" if meant else ""


def _alike(word: str, names: list[str]) -> list[str]:
    """Return similar options: by spelling, then by beginning, then by a part."""
    if word in names:
        return [word]
    slips = get_close_matches(word, names, n=1, cutoff=ALIKE)
    if slips or len(word) < LEAST:
        return slips
    begun = [name for name in names if name.startswith(word) or (len(name) >= LEAST and word.startswith(name))]
    parts = set(word.split("-"))
    return begun or [name for name in names if word in name or parts & set(name.split("-"))]


def _either(options: list[str]) -> str:
    return options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"
