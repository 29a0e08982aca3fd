"""Whether a clip is what the method takes it for: figures, verdicts and advice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import ceil
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Image
from stillplate.camera.path import CameraPath
from stillplate.camera.stability import CameraMotion, measure_camera
from stillplate.imaging.homography import corners_of, project
from stillplate.imaging.resize import shrink
from stillplate.io.atomic import atomic_output
from stillplate.photometry.shift import LightShift, measure_light
from stillplate.plate.exposure import LightCurve
from stillplate.plate.plate import CERTAIN, Plate
from stillplate.plate.votes import Rules, Votes
from stillplate.plate.votes.revote import ground_weights
from stillplate.sampling.stack import SampleStack

__all__ = ["Assumption", "Assumptions", "measure_assumptions", "measure_moving", "tell_never_seen"]

Verdict = Literal["met", "doubtful", "violated", "unknown"]

TOLERANCE = 16.0  # levels that the mask's threshold leaves to light, shadow and compression
PART = 1 / 8  # of the ground: two of the 16 cells in which the light is judged
OFTEN = 0.05  # of the samples, two at least: what fewer have is an exception
STAND = 1 / 8  # of the samples: what looks the same for so long, stands
FEW = 0.005  # of the picture: the size of a man a tenth of it high
LARGE = (
    0.25  # of the picture: the vote tells nothing by the outline of larger things; by half of it, no majority is left
)
REGISTERED = 0.9  # of the frames: a camera that is lost more often was hardly followed
OFF = 1.0  # pixels, in the median frame: a motion that leaves more does not explain what is seen ...
EXPLAINED = 0.6  # ... nor one that so little of the picture follows
TRUSTED = 5  # samples: their median outvotes two strays

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
    ("camera", "unknown"): "Look at the plate: if it is blurred, the camera moved: try --camera moving.",
}  # of samples, see `_judge_samples`: it names a number


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that the method takes for granted.

    Attributes
    ----------
    figure : float or None
        What was measured; None where nothing could be.
    unit : str
        What the figure is.
    verdict : "met", "doubtful", "violated" or "unknown"
    finding : str
        The figure in plain words.
    advice : str
        What to do about it; empty where nothing need be.
    """

    figure: float | None
    unit: str
    verdict: Verdict
    finding: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How far a clip meets the method's assumptions.

    Attributes
    ----------
    certain : float
        Share of the plate with a support of 0.6 or more, 0..1.
    never_seen : str
        Where the ground never showed, in words; empty if it did everywhere, or the camera moves.
    objects_move : Assumption
        Share of the picture where something stood still for a quarter of the clip or more.
    objects_small : Assumption
        Share of the picture that is not ground, in the median sample.
    light : Assumption
        Share of the samples in which an eighth of the ground or more is shifted by over 16 levels.
    camera : Assumption
        How far it moves, in pixels.
    samples : Assumption
        Share of the plate that is made of fewer than 5 samples.
    """

    certain: float
    never_seen: str
    objects_move: Assumption
    objects_small: Assumption
    light: Assumption
    camera: Assumption
    samples: Assumption

    def to_dict(self) -> dict[str, Any]:
        """Lay all out as plain values, as in `report.json`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, layout: Mapping[str, Any]) -> Self:
        """Take up what `to_dict` laid out."""
        judged = {name: Assumption(**part) for name, part in layout.items() if isinstance(part, Mapping)}
        return cls(layout["certain"], layout["never_seen"], **judged)

    def save(self, path: Path, *, overwrite: bool, doubts: Sequence[str] = ()) -> None:
        """Write `to_dict` to a JSON file, and beside it what makes a result doubtful as a whole."""
        with atomic_output(path, overwrite=overwrite) as partial:
            text = json.dumps({**self.to_dict(), "doubts": list(doubts)}, indent=1)
            partial.write_text(text + "\n", encoding="utf-8")

    def lines(self) -> Iterator[str]:
        """Tell it in plain words, one line for each assumption."""
        yield f"{self.certain:.1%} of the plate is certain. {self.never_seen}".rstrip()
        for field in fields(self):
            judged = getattr(self, field.name)
            if isinstance(judged, Assumption):
                name = field.name.replace("_", " ")
                yield f"{name + ':':15}{judged.verdict + ':':10} {judged.finding}. {judged.advice}".rstrip()


def measure_assumptions(
    stack: SampleStack,
    plate: Plate,
    votes: Votes | None,
    frames: int | None,
    shake: float = 0.0,
    curve: LightCurve | None = None,
    motion: CameraMotion | None = None,
) -> Assumptions:
    """Judge a clip by its samples, their votes and its plate.

    Parameters
    ----------
    stack : SampleStack
    plate : Plate
        Made of the stack.
    votes : Votes or None
        Those that made the plate; None if the majority did.
    frames : int or None
        Length of the clip, if it is known.
    shake : float
        How far the samples were from one another before they were registered, in pixels; 0 where they were not.
    curve : LightCurve or None
        What their light was, if they were brought to one.
    motion : CameraMotion, optional
        Of the camera, if that was measured before the samples were brought to their places.

    Returns
    -------
    Assumptions
    """
    small = stack.small
    if small is None:
        small = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    ground = shrink(plate.image)
    if votes is None:
        weights = ground_weights(small, ground, np.zeros(ground.shape[:2], np.bool_), Rules())
    else:
        weights = votes.weights
    certain, never_seen = float((plate.support >= CERTAIN).mean()), tell_never_seen(plate.seen)
    shows = weights > 0.5
    camera = motion or measure_camera(stack, plate.image)
    if shake:
        camera = CameraMotion("shaking", max(shake, camera.pixels or 0.0))
    elif camera.state == "shaking":  # or things that are there most of the time were taken for ground
        camera = measure_camera(stack, plate.image)
    if camera.state == "moving":
        lost = Assumption(None, "", "unknown", "cannot be told while the camera moves")
        return Assumptions(certain, "", lost, lost, lost, _judge_camera(camera), lost)
    light = measure_light(small, ground, weights)
    usual = light.shifted(TOLERANCE) < PART  # in another light, the ground itself is strange
    if not usual.any():
        usual[:] = True
    seen = [_lit(ground, gain) for gain in light.gain[usual]]
    hidden = ~shows[usual] & (_apart(small[usual], seen) > TOLERANCE / 2)
    return Assumptions(
        certain,
        never_seen,
        _judge_movement(hidden, small[usual]),
        _judge_size(hidden),
        _judge_light(light, curve),
        _judge_camera(camera),
        _judge_samples(shows, frames),
    )


def measure_moving(
    plate: Plate, votes: Votes | None, valid: Flags | None, path: CameraPath, frames: int
) -> Assumptions:
    """Judge a clip of a moving camera by its path and its plate.

    Parameters
    ----------
    plate : Plate
        On the canvas.
    votes : Votes or None
        Those that made it; None if the majority did.
    valid : bool array of shape (T, h, w), or None
        Which samples were heard where, on the small canvas.
    path : CameraPath
    frames : int
        Length of the clip.

    Returns
    -------
    Assumptions
        Of the part of the canvas that was shown.
    """
    shown = plate.support > 0
    certain = float((plate.support[shown] >= CERTAIN).mean()) if shown.any() else 0.0
    lost = Assumption(None, "", "unknown", "cannot be told while the camera moves")
    samples = lost
    if votes is not None and valid is not None:
        samples = _judge_samples((votes.weights > 0.5)[:, valid.any(axis=0)], frames)
    return Assumptions(certain, tell_never_seen(plate.seen | ~shown), lost, lost, lost, _judge_path(path), samples)


def _judge_path(path: CameraPath) -> Assumption:
    corners = corners_of(path.size)
    ends = np.array([project(matrix, corners) for matrix in path.matrices[path.found]])
    far = float(np.ptp(ends, axis=0).max())
    share, off, explained = float(path.found.mean()), _median(path.residuals), _median(path.explained)
    doubtful = share < REGISTERED or off > OFF or explained < EXPLAINED
    finding = f"moving, by {far:.0f} pixels: {int(path.found.sum())} of {len(path)} frames registered"
    if np.isfinite(off):
        finding += f", to {off:.2f} pixels in the median"
    if np.isfinite(explained):
        finding += f"; its motion explains {explained:.0%} of the picture"
    advice = ADVICE["camera", "moving"] if doubtful else ""
    return Assumption(far, "pixels", "doubtful" if doubtful else "met", finding, advice)


def _median(values: npt.NDArray[np.float32]) -> float:
    """Of those that were measured; NaN if none was, as for a path from elsewhere."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _lit(plate: Image, gain: npt.NDArray[np.float32]) -> Image:
    """Show the plate in another light."""
    import cv2

    levels = np.arange(256)[:, None] * np.where(np.isfinite(gain), gain, 1)
    return np.asarray(cv2.LUT(plate, np.clip(levels.round(), 0, 255).astype(np.uint8)[None]), np.uint8)


def _apart(images: Sequence[Image] | Image, others: Sequence[Image] | Image) -> npt.NDArray[np.float32]:
    pairs = zip(images, others, strict=True)
    return np.stack([kernels.difference(image, other, (1 / 3, 1 / 3, 1 / 3)) for image, other in pairs])


def tell_never_seen(seen: Flags) -> str:
    """Say how much of the plate no sample showed, and where the largest part of that is.

    Parameters
    ----------
    seen : bool array of shape (H, W)
        Where some sample can be trusted to show the ground.

    Returns
    -------
    str
        Empty where all of it was seen, but for less than a pixel in 2000.
    """
    import cv2

    if 1 - seen.mean() < 1 / 2000:
        return ""
    _, _, stats, centres = cv2.connectedComponentsWithStats((~seen).astype(np.uint8))
    x, y = centres[1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])].round().astype(int)
    share = f"{1 - seen.mean():.1%}"
    return f"{share} never showed the ground (around x={x}, y={y}): something hid it all along."


def _judged(name: str, figure: float | None, unit: str, verdict: Verdict, finding: str) -> Assumption:
    return Assumption(figure, unit, verdict, finding, ADVICE.get((name, verdict), ""))


def _verdict(figure: float, doubtful: float, violated: float) -> Verdict:
    return "violated" if figure >= violated else "doubtful" if figure >= doubtful else "met"


def _judge_movement(hidden: Flags, small: Image) -> Assumption:
    stood = _standing(hidden, small).mean(axis=0)
    quarter, half = float((stood >= 0.25).mean()), float((stood > 0.5).mean())
    verdict: Verdict = "violated" if half >= FEW else "doubtful" if quarter >= FEW else "met"
    finding = f"on {quarter:.1%} of the picture something stood still for a quarter of the clip"
    if half >= FEW:
        finding += f", on {half:.1%} for more than half of it"
    return _judged("objects_move", quarter, "share of the picture", verdict, finding)


def _standing(hidden: Flags, small: Image) -> Flags:
    """Which samples of a pixel show something that looks the same, and is not ground, for an eighth of them or more."""
    count = len(hidden)
    same = np.zeros_like(hidden)
    if count > 1:
        same[1:] = hidden[1:] & hidden[:-1] & (_apart(small[1:], small[:-1]) < TOLERANCE / 2)
    run = hidden.astype(np.int16)
    for t in range(1, count):
        run[t] += np.where(same[t], run[t - 1], 0)
    for t in range(count - 2, -1, -1):
        run[t] = np.where(same[t + 1], run[t + 1], run[t])  # as long as the whole run
    return np.asarray(run >= max(2, STAND * count))


def _judge_size(hidden: Flags) -> Assumption:
    cover = hidden.mean(axis=(1, 2))
    typical, most = float(np.median(cover)), float(np.quantile(cover, 0.95))
    finding = f"they cover {typical:.1%} of the picture, {most:.1%} in the fullest samples"
    return _judged("objects_small", typical, "share of the picture", _verdict(typical, LARGE, 2 * LARGE), finding)


def _judge_light(light: LightShift, curve: LightCurve | None) -> Assumption:
    unit = "share of the samples"
    if np.isnan(light.levels).all():
        return _judged("light", None, unit, "unknown", "too little of the ground shows to tell")
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
    return _judged("light", varied, unit, verdict, finding)


def _judge_camera(camera: CameraMotion) -> Assumption:
    if camera.state == "unknown":
        return _judged("camera", None, "pixels", "unknown", "too little of the ground is found again to tell")
    if camera.pixels is None:
        return _judged("camera", None, "pixels", "unknown", "too plain a ground to tell, taken for static")
    verdict: Verdict = "met" if camera.state == "static" else "doubtful" if camera.state == "shaking" else "violated"
    between = {"clip": "at most, in nine of ten samples", "samples": "from sample to sample", "neighbours": "a frame"}
    finding = f"{camera.state}, by {camera.pixels:.1f} pixels {between[camera.between]}"
    if camera.knocked:
        finding = f"moving: it stands, but some of the samples are displaced, by {camera.pixels:.1f} pixels"
    return _judged("camera", camera.pixels, "pixels", verdict, finding)


def _judge_samples(shows: Flags, frames: int | None) -> Assumption:
    count = len(shows)
    trusted = shows.sum(axis=0)
    short = float((trusted < TRUSTED).mean())
    verdict = _verdict(short, 0.01, 0.1)
    advice = ""
    if verdict != "met":
        wanted = ceil(count * TRUSTED / max(1.0, float(np.quantile(trusted, 0.01))))
        more = frames is None or frames > count
        advice = f"Take more samples (--samples {wanted})." if more else "All frames are taken: give a longer clip."
    finding = f"{count} samples; {short:.1%} of the plate has fewer than {TRUSTED} that show its ground"
    return Assumption(short, "share of the plate", verdict, finding, advice)
