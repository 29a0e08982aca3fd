"""Samples of further clips of the same place, brought to the view and the light of the clip, for one vote."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

import numpy as np

from stillplate.arrays import Flags, Image, Numbers
from stillplate.background.options import PlateOptions
from stillplate.camera.same_view import find_view
from stillplate.camera.stabilisation import align
from stillplate.camera.stability import measure_camera
from stillplate.errors import ParameterError, RegistrationError
from stillplate.imaging.homography import inverse, most_moved, scaling_matrix
from stillplate.imaging.resize import shrink
from stillplate.imaging.transform import Transform
from stillplate.imaging.warping import Size, warped
from stillplate.io.opening import opened
from stillplate.io.source import FrameSource, VideoInfo
from stillplate.photometry.light_change import LightChange, light_between, relit
from stillplate.photometry.states import find_states
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.gather import Progress, gather
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.stack import SampleStack

__all__ = ["check_clips", "join_clips"]

BAND = 2**24  # bytes of samples that are read at a time
IN_PLACE = 0.1  # pixels: where no corner moves by more, samples stay as they are, since interpolation blurs
RIM = 2  # pixels at a frame's edges that have no vote, since interpolation distorts them
MOST_DIFFERING = 0.5  # share of the picture that things may cover in either clip: more is another place


@dataclass(frozen=True, slots=True)
class _Look:
    """Samples of a clip in one light, and their commonest colours: a picture at full size."""

    numbers: Numbers
    picture: Image


def check_clips(info: VideoInfo, sampling: SamplingOptions) -> None:
    """Refuse further clips that are files, before any frame is read, if they cannot vote.

    Raises
    ------
    VideoError
        If one cannot be read.
    ParameterError
        If one has another size than the clip, or is the clip itself or given twice.
    """
    known = [info.path]
    for clip in sampling.further:
        if not isinstance(clip, (str, os.PathLike)):
            continue
        with opened(clip, levels=info.levels) as frames:
            _check_size(frames.info, info)
            path = frames.info.path
        if path is not None and any(path.samefile(other) for other in known if other is not None):
            raise ParameterError(
                f"also holds {path}, whose samples are taken already: give another clip of the same place"
            )
        known.append(path)


def _check_size(further: VideoInfo, info: VideoInfo) -> None:
    if (further.width, further.height) != (info.width, info.height):
        raise ParameterError(
            f"also holds {further.name}, which is {further.width}x{further.height}, but {info.name} is "
            f"{info.width}x{info.height}: give a clip of the same size"
        )


def join_clips(
    stack: SampleStack,
    info: VideoInfo,
    sampling: SamplingOptions,
    plate: PlateOptions,
    progress: Progress | None = None,
) -> tuple[SampleStack, Validity]:
    """Gather the samples of the further clips, and let them follow those of the clip.

    Parameters
    ----------
    stack : SampleStack
        Of the clip, whose camera stands or shakes, aligned; it belongs to the result, which frees it.
    info : VideoInfo
        Of the clip.
    sampling : SamplingOptions
    plate : PlateOptions
    progress : callable, optional
        As for `gather`, for each further clip.

    Returns
    -------
    stack : SampleStack
        Further samples are in the view of the clip and, unless the light is said to be fixed, in its light. Of a clip
        in several lights, only those count that the clip has, too.
    valid : Validity
        Where the further samples show something.

    Raises
    ------
    ParameterError
        If a further clip has another size, or its camera moves.
    RegistrationError
        If it shows another place, or the place in quite another light.
    """
    fixed = plate.light == "fixed"
    own, others, hidden = _looks(stack, fixed=fixed), list[SampleStack](), list[Flags]()
    with ExitStack() as on_error:
        for clip in sampling.further:
            with opened(clip, levels=info.levels) as frames:
                other = on_error.enter_context(_gathered(frames, info, sampling, plate, progress))
                name = frames.info.name
            other, outside = _brought(other, own, name, fixed=fixed)
            others.append(other)
            hidden.append(outside)
        on_error.pop_all()
    joined = stack.joined(others)
    return joined, _validity(hidden, [len(stack), *map(len, others)])


def _validity(hidden: Sequence[Flags], lengths: Sequence[int]) -> Validity:
    """Return the validity of all samples: those of each further clip are invalid where it shows nothing."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return Validity(tuple(hidden), tuple(owner == number for number in range(1, len(lengths))))


def _gathered(
    frames: FrameSource, info: VideoInfo, sampling: SamplingOptions, plate: PlateOptions, progress: Progress | None
) -> SampleStack:
    """Gather the samples of a further clip, whose camera must stand, and align them."""
    _check_size(frames.info, info)
    stack = gather(
        frames, sampling.samples, seed=sampling.seed, memory=sampling.memory_of_clip, neighbours=plate.weighted,
        progress=progress,
    )  # fmt: skip
    try:
        if plate.camera == "auto" and measure_camera(stack).state == "moving":
            raise ParameterError(
                f"also holds {frames.info.name}, whose camera moves: give a part of it in which the camera stands"
            )
        align(stack)
    except BaseException:
        stack.close()
        raise
    return stack


def _looks(stack: SampleStack, *, fixed: bool) -> list[_Look]:
    """Return the clip in each of its lights, the commonest one first."""
    groups = [] if fixed or stack.small is None else find_states(stack.small)
    if len(groups) < 2:
        groups = [np.arange(len(stack))]
    parts = [stack if len(groups) == 1 else stack.chosen(group.tolist()) for group in groups]
    return [_Look(group, estimate_plate(part, memory=BAND).image) for group, part in zip(groups, parts, strict=True)]


def _brought(stack: SampleStack, own: Sequence[_Look], name: str, *, fixed: bool) -> tuple[SampleStack, Flags]:
    """Bring a further clip's samples to the view and light of the clip, in place.

    Returns
    -------
    SampleStack
        The samples whose light the clip has, too.
    bool array of shape (H, W)
        Where they show nothing.
    """
    looks = _looks(stack, fixed=fixed)
    view = _find_view(own, looks, fixed=fixed)
    if view is None:
        raise _another_place(name, "its picture cannot be registered")
    lights: dict[int, LightChange | None] = {}
    least = 1.0
    for look in looks:
        share, light = min((_light_in(look, one, view, fixed=fixed) for one in own), key=lambda tried: tried[0])
        least = min(least, share)
        if share <= MOST_DIFFERING:
            lights |= dict.fromkeys(look.numbers.tolist(), light)
    if not lights:
        raise _another_place(name, f"{least:.0%} of the picture differs")
    kept = stack.chosen(sorted(lights))
    for place, number in enumerate(sorted(lights)):
        _replace(kept, place, view, lights[number])
    return kept, _outside(view, (stack.width, stack.height))


def _find_view(own: Sequence[_Look], looks: Sequence[_Look], *, fixed: bool) -> Transform | None:
    """Register a further clip in any of its lights to the clip in any of its own; None if that fails.

    A light that varies over the picture pulls at the corners, so the picture is registered again without it.
    """
    for one, look in product(own, looks):
        view = find_view(one.picture, look.picture)
        if view is None:
            continue
        _, light = _light_in(look, one, view, fixed=fixed)
        if light is not None and light.factors is not None:
            again = find_view(one.picture, relit(_placed(look.picture, view), light))
            view = view if again is None else Transform(again.matrix @ view.matrix)
        moved = most_moved(view.matrix, (one.picture.shape[1], one.picture.shape[0]))
        return view if moved >= IN_PLACE else Transform.shifted(0, 0)
    return None


def _light_in(look: _Look, own: _Look, view: Transform, *, fixed: bool) -> tuple[float, LightChange | None]:
    """Return how much of the picture of a further clip differs from the clip's in one light, and its light."""
    outside = _outside(view, (look.picture.shape[1], look.picture.shape[0]))
    shown = shrink(np.where(outside[:, :, None], np.uint8(0), np.full(3, 255, np.uint8))).min(axis=2) == 255
    return light_between(shrink(_placed(look.picture, view)), shrink(own.picture), shown, fixed=fixed)


def _another_place(name: str, why: str) -> RegistrationError:
    return RegistrationError(
        f"also holds {name}, which shows another place, or this one in quite another light ({why}): give a clip of the "
        "same view in about the same light"
    )


def _outside(view: Transform, size: Size) -> Flags:
    """Mark the pixels of the clip's picture that a further clip's frames, less their edges, do not reach."""
    import cv2

    width, height = size
    inside = np.zeros((height, width), np.uint8)
    if view.still:
        return np.zeros(inside.shape, np.bool_)
    inside[RIM:-RIM, RIM:-RIM] = 1
    return np.asarray(warped(inside, inverse(view.matrix), size, cv2.INTER_NEAREST) == 0)


def _placed(image: Image, view: Transform) -> Image:
    """Warp an image to the clip's view, bicubic; pixels outside it repeat its edge."""
    import cv2

    if view.still:
        return image
    flags = cv2.INTER_CUBIC
    size = image.shape[1], image.shape[0]
    return np.asarray(
        cv2.warpPerspective(image, view.matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _replace(stack: SampleStack, number: int, view: Transform, light: LightChange | None) -> None:
    """Bring a sample and its small neighbour to the clip's view and light."""
    if not view.still or light is not None:
        stack.replace(number, relit(_placed(stack.image(number), view), light))
    if stack.small_neighbours is not None:
        neighbour = stack.small_neighbours[number]
        enlarge = scaling_matrix((neighbour.shape[1], neighbour.shape[0]), (stack.width, stack.height))
        small = Transform(inverse(enlarge) @ view.matrix @ enlarge) if not view.still else view
        neighbour[:] = relit(small.to_plate(neighbour), light)
