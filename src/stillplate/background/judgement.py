"""One assumption of the method, and how each is judged: figure, verdict, finding and advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Image
from stillplate.background.samples import TRUSTED
from stillplate.background.second_pass import SecondPass
from stillplate.camera.path import CameraPath
from stillplate.camera.stability import CameraMotion
from stillplate.imaging.homography import corners_of, project
from stillplate.photometry.shift import LightShift
from stillplate.plate.exposure import LightCurve

__all__ = [
    "PART", "TOLERANCE", "TRUSTED", "Assumption", "image_differences", "judge_camera", "judge_light", "judge_movement",
    "judge_path", "judge_samples", "judge_size",
]  # fmt: skip

Verdict = Literal["met", "doubtful", "violated", "unknown"]

TOLERANCE = 16.0  # levels: deviation that the mask's threshold allows for light, shadow and compression
PART = 1 / 8  # share of the background: two of the 16 cells in which the light is measured
OFTEN = 0.05  # share of the samples, two at least: fewer are an exception
STAND = 1 / 8  # share of the samples: foreground of unchanged appearance for this long is stationary
FEW = 0.005  # share of the image: area of a person a tenth of the image high
LARGE = 0.25  # share of the image: the vote does not recognise larger objects; twice as much leaves no majority
REGISTERED = 0.9  # share of the frames: a path of fewer registered frames is doubtful
OFF = 1.0  # pixels: a larger residual in the median frame means that the motion model does not fit
EXPLAINED = 0.6  # share of the image: fewer tracked corners that fit the motion mean that the model does not

ADVICE: Mapping[tuple[str, str], str] = {
    ("objects_move", "doubtful"): "Look at the plate there: --vote calm, the default, allows for it.",
    ("objects_move", "violated"): "Look at the plate there: --vote calm, the default, allows for it, "
    "--vote majority takes them for ground.",
    ("objects_small", "doubtful"): "Look at the plate where its support is low.",
    ("objects_small", "violated"): "Look at the plate where its support is low, or give a longer clip.",
    ("light", "doubtful"): "If the ground shows in the mask, raise --threshold.",
    (
        "light",
        "violated",
    ): "Plate and masks may be wrong where it differs: --light auto, the default, follows one that recurs or is "
    "the same all over; else choose a part of the clip in one light with --start and --end.",
    ("camera", "doubtful"): "Frames are registered to the plate if most of them shake: look at the edges in the mask.",
    ("camera", "violated"): "Plate and masks will be wrong at edges or everywhere, but it could not be followed: "
    "choose a part of the clip in which it stands with --start and --end, or stabilise the clip first.",
    (
        "camera",
        "moving",
    ): "Look at the plate: where things lie at several depths, one motion does not explain them "
    "all; frames that are not registered get no mask.",
    ("camera", "depth"): "The plate shows near things twice or not at all: look at it, and at the masks beside near "
    "things; if you can film again, turn the camera in one place.",
    ("camera", "unknown"): "Look at the plate: if it is blurred, the camera moved: try --camera moving.",
}  # by assumption and verdict; the advice on samples names a number, so `judge_samples` composes it


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption of the method, and how far a clip meets it.

    Attributes
    ----------
    figure : float or None
        The measured value; None if it could not be measured.
    unit : str
        Quantity and unit of the figure.
    verdict : "met", "doubtful", "violated" or "unknown"
    finding : str
        The figure in plain words.
    advice : str
        What to do about it; empty if nothing is needed.
    """

    figure: float | None
    unit: str
    verdict: Verdict
    finding: str
    advice: str = ""


def _assumption(name: str, figure: float | None, unit: str, verdict: Verdict, finding: str) -> Assumption:
    """Return an assumption with the advice for its verdict."""
    return Assumption(figure, unit, verdict, finding, ADVICE.get((name, verdict), ""))


def _verdict(figure: float, doubtful: float, violated: float) -> Verdict:
    """Return the verdict on a figure that is doubtful or violated from these limits on."""
    return "violated" if figure >= violated else "doubtful" if figure >= doubtful else "met"


def judge_movement(hidden: Flags, small: Image) -> Assumption:
    """Judge whether objects move, by the foreground, bool of shape (T, h, w), of reduced samples."""
    stationary = _find_stationary(hidden, small).mean(axis=0)
    quarter, half = float((stationary >= 0.25).mean()), float((stationary > 0.5).mean())
    verdict: Verdict = "violated" if half >= FEW else "doubtful" if quarter >= FEW else "met"
    finding = f"on {quarter:.1%} of the picture something stood still for a quarter of the clip"
    if half >= FEW:
        finding += f", on {half:.1%} for more than half of it"
    return _assumption("objects_move", quarter, "share of the picture", verdict, finding)


def _find_stationary(hidden: Flags, small: Image) -> Flags:
    """Mark the samples of each pixel with foreground of unchanged appearance for an eighth of the samples or more."""
    count = len(hidden)
    same = np.zeros_like(hidden)
    if count > 1:
        same[1:] = hidden[1:] & hidden[:-1] & (image_differences(small[1:], small[:-1]) < TOLERANCE / 2)
    run = hidden.astype(np.int16)
    for t in range(1, count):
        run[t] += np.where(same[t], run[t - 1], 0)
    for t in range(count - 2, -1, -1):
        run[t] = np.where(same[t + 1], run[t + 1], run[t])  # every sample gets the length of its whole run
    return np.asarray(run >= max(2, STAND * count))


def judge_size(hidden: Flags) -> Assumption:
    """Judge whether objects are small, by the foreground of the samples, bool of shape (T, h, w)."""
    cover = hidden.mean(axis=(1, 2))
    typical, most = float(np.median(cover)), float(np.quantile(cover, 0.95))
    finding = f"they cover {typical:.1%} of the picture, {most:.1%} in the fullest samples"
    return _assumption("objects_small", typical, "share of the picture", _verdict(typical, LARGE, 2 * LARGE), finding)


def judge_light(light: LightShift, curve: LightCurve | None) -> Assumption:
    """Judge whether the light is fixed; `curve` is the light that was compensated, if any."""
    unit = "share of the samples"
    if np.isnan(light.levels).all():
        return _assumption("light", None, unit, "unknown", "too little of the ground shows to tell")
    varied, strained = (float((light.shifted(by) >= PART).mean()) for by in (TOLERANCE, TOLERANCE / 2))
    often = max(OFTEN, 2 / len(light.levels))
    verdict: Verdict = "violated" if varied >= often else "doubtful" if strained >= often else "met"
    finding = "fixed" if verdict == "met" else "varying" if verdict == "violated" else "not quite fixed"
    if curve is not None:
        states = curve.shares.shape[1]
        finding = f"varying: {states} states of light" if states > 1 else f"varying: the gain spans {curve.span:.0%}"
        finding += "; the samples were brought to one light"
    elif light.span is not None:
        finding += (
            f": the gain stays within {light.span:.0%}" if verdict == "met" else f": the gain spans {light.span:.0%}"
        )
    if verdict != "met":
        share, by = (varied, TOLERANCE) if verdict == "violated" else (strained, TOLERANCE / 2)
        finding += f"; in {share:.0%} of the samples an eighth of the ground or more is over {by:.0f} levels off"
    return _assumption("light", varied, unit, verdict, finding)


def judge_camera(camera: CameraMotion) -> Assumption:
    """Judge whether the camera is static."""
    if camera.state == "unknown":
        return _assumption("camera", None, "pixels", "unknown", "too little of the ground is found again to tell")
    if camera.pixels is None:
        return _assumption("camera", None, "pixels", "unknown", "too plain a ground to tell, taken for static")
    verdict: Verdict = "met" if camera.state == "static" else "doubtful" if camera.state == "shaking" else "violated"
    between = {"clip": "at most, in nine of ten samples", "samples": "from sample to sample", "neighbours": "a frame"}
    finding = f"{camera.state}, by {camera.pixels:.1f} pixels {between[camera.between]}"
    if camera.knocked:
        finding = f"moving: it stands, but some of the samples are displaced, by {camera.pixels:.1f} pixels"
    return _assumption("camera", camera.pixels, "pixels", verdict, finding)


def judge_samples(shows: Flags, frames: int | None, second: SecondPass | None = None) -> Assumption:
    """Judge whether enough samples show the background, bool of shape (T, ...), of so many frames to choose from.

    A second pass has more of them where the ground is seldom seen.
    """
    count = len(shows)
    trusted = shows.sum(axis=0)
    if second is not None:
        count += second.frames
        trusted = np.where(second.doubtful, second.shows, trusted)
    short = float((trusted < TRUSTED).mean())
    verdict = _verdict(short, 0.01, 0.1)
    advice = ""
    if verdict != "met":
        wanted = ceil(count * TRUSTED / max(1.0, float(np.quantile(trusted, 0.01))))
        advice = f"Take more samples (--samples {wanted})."
        if frames is not None and (frames <= count or frames < wanted):
            taken = "All frames are taken" if frames <= count else f"{wanted} samples are needed, of {frames} frames"
            advice = f"{taken}: give a longer clip."
    more = "" if second is None else f", {second.frames} of them for the {second.share:.1%} where it is seldom seen"
    finding = f"{count} samples{more}; {short:.1%} of the plate has fewer than {TRUSTED} that show its ground"
    return Assumption(short, "share of the plate", verdict, finding, advice)


def judge_path(path: CameraPath, parallax: float) -> Assumption:
    """Judge how well a moving camera was followed, and the pixels by which near and far ground moves beyond a plane."""
    corners = corners_of(path.size)
    ends = np.array([project(matrix, corners) for matrix in path.matrices[path.found]])
    extent = float(np.ptp(ends, axis=0).max())
    share, residual, explained = float(path.found.mean()), _median(path.residuals), _median(path.explained)
    doubtful = share < REGISTERED or residual > OFF or explained < EXPLAINED
    finding = f"moving, by {extent:.0f} pixels: {int(path.found.sum())} of {len(path)} frames registered"
    if np.isfinite(residual):
        finding += f", to {residual:.2f} pixels in the median"
    if np.isfinite(explained):
        finding += f"; tracked corners on {explained:.0%} of the picture fit the path"
    advice = ADVICE["camera", "moving"] if doubtful else ""
    if parallax > OFF:
        finding += f"; near and far things: parallax of up to {max(1, round(parallax))} pixels from frame to frame"
        doubtful, advice = True, ADVICE["camera", "depth"]
    return Assumption(extent, "pixels", "doubtful" if doubtful else "met", finding, advice)


def _median(values: npt.NDArray[np.float32]) -> float:
    """Return the median of the measured values; NaN if there are none, as for an imported path."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def image_differences(images: Sequence[Image] | Image, others: Sequence[Image] | Image) -> npt.NDArray[np.float32]:
    """Return the mean absolute difference of the channels for each pair of images: float32 of shape (T, H, W)."""
    pairs = zip(images, others, strict=True)
    return np.stack([kernels.difference(image, other, (1 / 3, 1 / 3, 1 / 3)) for image, other in pairs])
