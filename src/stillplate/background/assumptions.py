"""How far a clip meets the assumptions of the method: figures, verdicts and advice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Image, Mask
from stillplate.background.judgement import (
    PART,
    TOLERANCE,
    Assumption,
    image_differences,
    judge_camera,
    judge_light,
    judge_movement,
    judge_path,
    judge_samples,
    judge_size,
)
from stillplate.background.second_pass import SecondPass
from stillplate.background.sureness import Sureness, filmed_part
from stillplate.background.unseen import LEAST_UNSEEN, UnseenRegion, unseen_regions
from stillplate.camera.path import CameraPath
from stillplate.camera.stability import CameraMotion, measure_camera
from stillplate.imaging.resize import shrink
from stillplate.io.atomic import atomic_output
from stillplate.photometry.shift import measure_light
from stillplate.plate.exposure import LightCurve
from stillplate.plate.plate import Plate
from stillplate.plate.votes import Rules, Votes
from stillplate.plate.votes.revote import ground_weights
from stillplate.sampling.stack import SampleStack

__all__ = ["Assumptions", "measure_assumptions", "measure_moving", "tell_never_seen"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How far a clip meets the method's assumptions.

    Attributes
    ----------
    certain : float
        Share of the plate, of the part that any frame shows, that was seen with a support of 0.6 or more, 0..1.
    never_seen : str
        Where no two samples agree on the background, as a sentence, with a place in the plate's pixels; empty if there
        is no such place, or the camera moves and was not followed.
    objects_move : Assumption
        Share of the image where an object stood still for a quarter of the clip or more.
    objects_small : Assumption
        Share of the image that is foreground, in the median sample.
    light : Assumption
        Share of the samples in which an eighth of the background or more is shifted by over 16 levels.
    camera : Assumption
        Motion of the camera, in pixels.
    samples : Assumption
        Share of the plate that fewer than 5 samples show.
    never_seen_regions : tuple of UnseenRegion
        The largest regions where no two samples agree on the background, as boxes.
    """

    certain: float
    never_seen: str
    objects_move: Assumption
    objects_small: Assumption
    light: Assumption
    camera: Assumption
    samples: Assumption
    never_seen_regions: tuple[UnseenRegion, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values, as in `report.json`; without the regions where there are none."""
        regions = [{**asdict(one), "box": list(one.box)} for one in self.never_seen_regions]
        layout = {name: value for name, value in asdict(self).items() if name != "never_seen_regions"}
        return {**layout, "never_seen_regions": regions} if regions else layout

    @classmethod
    def from_dict(cls, layout: Mapping[str, Any]) -> Self:
        """Return the assumptions that `to_dict` laid out."""
        judged = {name: Assumption(**part) for name, part in layout.items() if isinstance(part, Mapping)}
        regions = (UnseenRegion(tuple(one["box"]), one["area_share"]) for one in layout.get("never_seen_regions", ()))
        return cls(layout["certain"], layout["never_seen"], **judged, never_seen_regions=tuple(regions))

    def save(self, path: Path, *, overwrite: bool, doubts: Sequence[str] = ()) -> None:
        """Write `to_dict` to a JSON file, together with the doubts about the result as a whole."""
        with atomic_output(path, overwrite=overwrite) as partial:
            text = json.dumps({**self.to_dict(), "doubts": list(doubts)}, indent=1)
            partial.write_text(text + "\n", encoding="utf-8")

    def lines(self) -> Iterator[str]:
        """Yield a line of text on the certain share of the plate, then one for each assumption."""
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
    second: SecondPass | None = None,
) -> Assumptions:
    """Return the assumptions of a clip, judged by its samples, their votes and its plate.

    Parameters
    ----------
    stack : SampleStack
    plate : Plate
        Made of the stack.
    votes : Votes or None
        Votes from which the plate was made, those of samples of further clips last; None for the majority.
    frames : int or None
        Number of frames to sample from, if it is known.
    shake : float
        Displacement of the samples before registration, in pixels; 0 if they were not registered.
    curve : LightCurve or None
        Light of the samples before exposure compensation, if there was any.
    motion : CameraMotion, optional
        Motion of the camera, if it was measured before registration.
    second : SecondPass, optional
        More samples of the plate, if any were taken.

    Returns
    -------
    Assumptions
    """
    small = stack.small
    if small is None:
        small = np.stack([shrink(stack.image(number)) for number in range(len(stack))])
    plate_image = shrink(plate.image)
    if votes is None:
        weights = ground_weights(small, plate_image, np.zeros(plate_image.shape[:2], np.bool_), Rules())
    else:
        weights = votes.weights[: len(stack)]
    certain, never_seen = Sureness.of(plate, None).certain, tell_never_seen(plate.seen)
    shows = weights > 0.5
    camera = motion or measure_camera(stack, plate.image)
    if shake:
        camera = CameraMotion("shaking", max(shake, camera.pixels or 0.0))
    elif camera.state == "shaking":  # measured on the plate, else frequent objects count as background
        camera = measure_camera(stack, plate.image)
    if camera.state == "moving":
        not_measured = Assumption(None, "", "unknown", "cannot be told while the camera moves")
        return Assumptions(certain, "", not_measured, not_measured, not_measured, judge_camera(camera), not_measured)
    light = measure_light(small, plate_image, weights)
    usual_light = light.shifted(TOLERANCE) < PART  # in another light, the background differs from the plate, too
    if not usual_light.any():
        usual_light[:] = True
    seen = [_relit(plate_image, gain) for gain in light.gain[usual_light]]
    hidden = ~shows[usual_light] & (image_differences(small[usual_light], seen) > TOLERANCE / 2)
    return Assumptions(
        certain,
        never_seen,
        judge_movement(hidden, small[usual_light]),
        judge_size(hidden),
        judge_light(light, curve),
        judge_camera(camera),
        judge_samples(shows if votes is None else votes.weights > 0.5, frames, second),
        unseen_regions(plate.seen),
    )


def measure_moving(
    plate: Plate, votes: Votes | None, valid: Flags | None, path: CameraPath, parallax: float, frames: int | None
) -> Assumptions:
    """Return the assumptions of a clip of a moving camera, judged by its path and its plate.

    Parameters
    ----------
    plate : Plate
        On the canvas.
    votes : Votes or None
        Votes from which the plate was made; None for the majority.
    valid : bool array of shape (T, h, w), or None
        Where each sample voted, on the reduced canvas.
    path : CameraPath
        Of all frames of the clip.
    parallax : float
        Pixels by which near and far ground moves from frame to frame beyond the motion of one plane.
    frames : int or None
        Number of frames to sample from, if it is known.

    Returns
    -------
    Assumptions
        Judged on the part of the canvas that the camera saw.
    """
    not_measured = Assumption(None, "", "unknown", "cannot be told while the camera moves")
    samples = not_measured
    if votes is not None and valid is not None:
        samples = judge_samples((votes.weights > 0.5)[:, valid.any(axis=0)], frames)
    filmed = filmed_part(plate, path)
    return Assumptions(
        Sureness.of(plate, path).certain,
        tell_never_seen(plate.seen, filmed),
        not_measured,
        not_measured,
        not_measured,
        judge_path(path, parallax),
        samples,
        unseen_regions(plate.seen, filmed),
    )


def tell_never_seen(seen: Flags, filmed: Flags | None = None) -> str:
    """Return a sentence on the share of the plate that no sample showed, where that is, and what to do.

    Parameters
    ----------
    seen : bool array of shape (H, W)
        Where some sample certainly shows the background.
    filmed : bool array of shape (H, W), optional
        Of a moving camera, where any frame lies: the share is of this part.

    Returns
    -------
    str
        Empty if less than one pixel in 2000 was never seen.
    """
    part = np.ones_like(seen) if filmed is None else filmed
    unseen = part & ~seen
    share = int(np.count_nonzero(unseen)) / max(1, int(np.count_nonzero(part)))
    if share < LEAST_UNSEEN:
        return ""
    if filmed is None:
        named = unseen_regions(seen)
        where = f", {'most of that' if len(named) < 2 else 'mostly'} at {'; '.join(map(str, named))}" if named else ""
        return (
            f"{share:.1%} of the picture never showed the ground{where}: something hid it all along. Leave that out "
            "with --exclude, give more footage, or another clip of the same place with --also."
        )
    x, y = _middle_of_largest(unseen)
    return (
        f"{share:.1%} of the plate is guessed (most of that around x={x}, y={y} in the plate's pixels): no two samples "
        "agree there, since something hides the ground, it lies at another depth, or one sample alone shows it."
    )


def _middle_of_largest(where: Mask) -> tuple[int, int]:
    """Column and row of the middle of the largest region; of a bent one, of the place farthest from its edge."""
    import cv2

    _, regions, stats, centres = cv2.connectedComponentsWithStats(where.view(np.uint8))
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y = centres[largest].round().astype(int).tolist()
    if regions[y, x] != largest:
        inside = cv2.distanceTransform(np.pad((regions == largest).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = divmod(int(inside.argmax()), where.shape[1])
    return x, y


def _relit(plate: Image, gain: npt.NDArray[np.float32]) -> Image:
    """Return the plate multiplied by a gain of each channel; a gain that is not finite counts as 1."""
    import cv2

    levels = np.arange(256)[:, None] * np.where(np.isfinite(gain), gain, 1)
    return np.asarray(cv2.LUT(plate, np.clip(levels.round(), 0, 255).astype(np.uint8)[None]), np.uint8)
