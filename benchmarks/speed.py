"""How fast, beside the peers and beside what the machine can do at best, all in one run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console

from benchmarks import ffmpeg
from benchmarks.instructions import UNCOUNTED, instructions_per_frame
from benchmarks.moving import drawn_clips
from benchmarks.processes import (
    repeat_clip,
    time_hour,
    time_imports,
    time_plate,
    time_render,
    time_reports,
    time_votes,
    weigh_memory,
    weigh_render,
)
from benchmarks.report import write_json
from benchmarks.targets import judge_bounds, judge_targets, show_targets
from benchmarks.timing import Task, interleaved, show_times
from stillplate import fit, kernels
from stillplate.arrays import Image
from stillplate.camera.tracing import trace_camera
from stillplate.io.opening import open_sink
from stillplate.synthetic import street
from stillplate.threads import mapped, processors

__all__ = ["compare_speed"]

SAMPLES = 64
SIZES = ((640, 360), (1920, 1080))
LARGE = (3840, 2160)  # for masks alone
SEVERAL = (320, 240)  # for masks in several lights
DARK = 0.45  # of the second light
MOVING, MOVING_FRAMES = (854, 480), 24  # of a camera that pans
CLIP_FRAMES, CLIP_REPEATS = 100, 8  # of the clip of 1080p that is drawn, and is then repeated
CROP_PIXELS = 230_400  # for peers that take seconds on more
CV2_PIXELS, SKLEARN_PIXELS = 2_000, 100  # for peers that take minutes on more
EQUAL = (1 / 3, 1 / 3, 1 / 3)
THRESHOLD = 30.0
FRAMES = 8
KERNEL_BYTES, COPY_BYTES = 10, 6  # a pixel: frame 3 + plate 3 + mask 1 + foreground 3; read 3 + written 3


def compare_speed(video: Path, *, repeats: int, json: Path | None) -> dict[str, Any]:
    """Time kernels, whole runs, imports and memory, and print them; the first row of each table is the ratio's 1."""
    groups: dict[str, dict[str, Any]] = {}

    def keep(title: str, rows: dict[str, Any]) -> None:
        show_times(title, rows)
        groups[title] = rows

    for width, height in SIZES:
        images = np.stack([frame.image for frame in street(width, height, SAMPLES)])
        keep(f"plate, {width}x{height}, {SAMPLES} samples", time_plate_kernel(images, repeats))
        few = images[:FRAMES]
        keep(f"masks by default, {width}x{height}, {FRAMES} frames on all processors", time_masks(few, repeats))
        keep(f"the study's masks, {width}x{height}, {FRAMES} frames", time_study(few, repeats))
    few = np.stack([frame.image for frame in street(*LARGE, FRAMES)])
    keep("masks by default, {}x{}, {} frames on all processors".format(*LARGE, FRAMES), time_masks(few, repeats))
    keep("masks in several lights, {}x{}, {} frames".format(*SEVERAL, FRAMES), time_lights(repeats))
    keep("moving camera, {}x{}, {} frames".format(*MOVING, MOVING_FRAMES), time_moving(repeats))
    masks = time_mask_kernel(images, repeats)
    keep(f"mask and foreground, {width}x{height}", masks)
    keep(f"plate of {video.name}, whole process", time_plate(video, repeats))
    keep(f"plate of {video.name} by vote, whole process", time_votes(video, repeats))
    keep(f"render of {video.name}, whole process", time_render(video, repeats))
    keep(f"plate of an hour of {video.name}, whole process", time_hour(video, repeats))
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "long.mp4"
        repeat_clip(write_street(Path(folder) / "street.mp4", *SIZES[1], CLIP_FRAMES), large, CLIP_REPEATS)
        keep(f"reports of a street of {SIZES[1][0]}x{SIZES[1][1]}, whole process", time_reports(large, repeats))
        memory = {"render, 1920x1080": weigh_render(large)}
    keep("imports", time_imports(repeats))
    bound = masks["np.copyto of a frame"]["seconds"] * KERNEL_BYTES / COPY_BYTES
    share = bound / masks["stillplate"]["seconds"]
    memory |= {f"plate, {name}": peak for name, peak in weigh_memory(video).items()}
    counts = instructions_per_frame()
    targets = [*judge_targets(groups), *judge_bounds(groups, {"render, 1920x1080": memory["render, 1920x1080"]})]
    show_targets(targets)
    console = Console(width=110)
    console.print(f"mask and foreground at the copy's bandwidth: {1000 * bound:.2f} ms, {share:.0%} of it reached")
    for name, peak in memory.items():
        console.print(f"most memory of stillplate {name}: {peak / 2**20:.0f} MiB")
    for name, count in counts.items():
        console.print(f"instructions per frame, {name}: {count / 1e6:.1f} million")
    if not counts:
        console.print(UNCOUNTED)
    if ffmpeg.MISSING:
        console.print(f"FFmpeg's chain is left out: PyAV's FFmpeg lacks {', '.join(ffmpeg.MISSING)}")
    limits = {"bandwidth_bound_seconds": bound, "bandwidth_reached": share}
    result = {
        "benchmark": "speed",
        "repeats": repeats,
        "times": groups,
        "limits": limits,
        "peak_memory": memory,
        "targets": targets,
        "instructions_per_frame": counts,
    }
    write_json(result, json)
    return result


def time_plate_kernel(images: npt.NDArray[np.uint8], repeats: int) -> dict[str, Any]:
    """Time the plate kernel against the median and against k-means pixel by pixel."""
    samples, height, width, _ = images.shape
    rows = min(height, max(1, CROP_PIXELS // width))
    crop = np.ascontiguousarray(images[:, :rows])
    pixels = np.random.default_rng(0).permutation(height * width)[:CV2_PIXELS]
    histories = np.ascontiguousarray(images.reshape(samples, -1, 3)[:, pixels].swapaxes(0, 1), np.float32)
    few = histories[:SKLEARN_PIXELS]
    return interleaved(
        {
            "stillplate": Task(lambda: _quiet(kernels.dominant_cluster(images, clusters=2))),
            "np.median": Task(
                lambda: _quiet(np.median(crop, axis=0)),
                rows / height,
                "" if rows == height else f"{rows} of {height} rows",
            ),
            **(
                {}
                if ffmpeg.MISSING
                else {"FFmpeg, tmedian": Task(lambda: ffmpeg.median_plate(list(images[: samples - 1 + samples % 2])))}
            ),
            "cv2.kmeans": _pixelwise(_cluster_with_opencv, histories, height * width),
            "scikit-learn KMeans": _pixelwise(_cluster_with_sklearn, few, height * width),
        },
        repeats,
    )


def time_mask_kernel(images: npt.NDArray[np.uint8], repeats: int) -> dict[str, Any]:
    """Time mask and foreground in one go against OpenCV's subtractors and against a copy of the frame."""
    image, plate, copy = images[0], images[1], np.empty_like(images[0])
    mog2 = cv2.createBackgroundSubtractorMOG2(detectShadows=True)
    knn = cv2.createBackgroundSubtractorKNN(detectShadows=True)
    for learnt in images[:8]:
        mog2.apply(learnt)
        knn.apply(learnt)
    return interleaved(
        {
            "stillplate": Task(lambda: _quiet(kernels.mask_foreground(image, plate, THRESHOLD, EQUAL))),
            "OpenCV MOG2": Task(lambda: _quiet(mog2.apply(image))),
            "OpenCV KNN": Task(lambda: _quiet(knn.apply(image))),
            "np.copyto of a frame": Task(lambda: np.copyto(copy, image)),
        },
        4 * repeats,
    )


def time_masks(images: npt.NDArray[np.uint8], repeats: int) -> dict[str, Any]:
    """Time the default masks, by themselves and over time, and OpenCV's subtractors: all use all processors."""
    background = fit(images)
    subtractors = {
        "OpenCV MOG2": cv2.createBackgroundSubtractorMOG2(detectShadows=True),
        "OpenCV KNN": cv2.createBackgroundSubtractorKNN(detectShadows=True),
    }

    def ours() -> None:
        for _ in mapped(background.mask, images, processors()):
            pass

    def over_time() -> None:
        for _ in background.masks(images):
            pass

    def theirs(subtractor: Any) -> Task:
        return Task(lambda: _quiet([subtractor.apply(image) for image in images]))

    tasks = {"stillplate": Task(ours), "stillplate, over time": Task(over_time)}
    mog2 = cv2.createBackgroundSubtractorMOG2(detectShadows=True)
    tasks["OpenCV MOG2, 5x5 median"] = Task(lambda: _quiet([cv2.medianBlur(mog2.apply(image), 5) for image in images]))
    return interleaved({**tasks, **{name: theirs(one) for name, one in subtractors.items()}}, repeats)


def time_study(images: npt.NDArray[np.uint8], repeats: int) -> dict[str, Any]:
    """Time the study's masks, by a threshold alone, and FFmpeg's chain for them, where it has the filters."""
    plate = images[1]
    tasks = {"stillplate": Task(lambda: _quiet([kernels.mask(one, plate, THRESHOLD, EQUAL) for one in images]))}
    if not ffmpeg.MISSING:
        tasks["FFmpeg, blend and lut"] = Task(lambda: ffmpeg.study_masks(list(images), plate, round(THRESHOLD)))
    return interleaved(tasks, repeats)


def time_lights(repeats: int) -> dict[str, Any]:
    """Time the default masks of a clip in one light, and of one in two."""
    images = np.stack([frame.image for frame in street(*SEVERAL, SAMPLES)])
    dark = np.concatenate([images[: SAMPLES // 2], (images[SAMPLES // 2 :] * DARK).astype(np.uint8)])

    def masks(clip: npt.NDArray[np.uint8]) -> Task:
        background, few = fit(clip), clip[:: SAMPLES // FRAMES]
        return Task(lambda: _quiet([background.mask(image) for image in few]))

    return interleaved({"one light": masks(images), "several lights": masks(dark)}, repeats)


def time_moving(repeats: int) -> dict[str, Any]:
    """Time the path of a camera that pans, and the default masks, beside a subtractor that takes it to stand."""
    images = [frame.image for frame in drawn_clips(MOVING, MOVING_FRAMES)["pan"].draw(MOVING, MOVING_FRAMES)]
    clip = np.stack(images)
    background, mog2 = fit(clip, camera="moving"), cv2.createBackgroundSubtractorMOG2(detectShadows=True)
    return interleaved(
        {
            "OpenCV MOG2": Task(lambda: _quiet([mog2.apply(image) for image in images])),
            "stillplate, path": Task(lambda: _quiet(trace_camera(clip))),
            "stillplate, masks": Task(lambda: _quiet(list(background.masks(images)))),
        },
        repeats,
    )


def write_street(path: Path, width: int, height: int, frames: int) -> Path:
    """Write a drawn clip as a video."""
    with open_sink(path, width, height) as sink:
        for frame in street(width, height, frames):
            sink.write(frame.image, frame.time)
    return path


def _pixelwise(cluster: Any, histories: npt.NDArray[np.float32], of: int) -> Task:
    def call() -> None:
        for history in histories:
            cluster(history)

    return Task(call, len(histories) / of, f"{len(histories)} of {of} pixels")


def _cluster_with_opencv(history: npt.NDArray[np.float32]) -> None:
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, labels, _ = cv2.kmeans(history, 2, None, criteria, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]  # OpenCV's stubs forbid None
    _median_of_bigger(history, labels.ravel())


def _cluster_with_sklearn(history: npt.NDArray[np.float32]) -> None:
    from sklearn.cluster import KMeans

    _median_of_bigger(history, KMeans(2, n_init=1, random_state=0).fit(history).labels_)


def _median_of_bigger(history: npt.NDArray[np.float32], labels: npt.NDArray[np.int32]) -> Image:
    bigger = labels == np.argmax(np.bincount(labels, minlength=2))
    return np.asarray(np.rint(np.median(history[bigger], axis=0)), np.uint8)


def _quiet(result: object) -> None:
    """Throw a result away, so that the outside clock is used."""
    del result
