"""The pictures and figures of each frame for all outputs."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image, Labels, Mask
from stillplate.background.background import Background
from stillplate.background.falling import Falling, falling
from stillplate.background.neighbours import accompanied
from stillplate.imaging.transform import Transform
from stillplate.io.source import Frame, FrameSource, VideoInfo
from stillplate.rendering.backdrop import backdrops
from stillplate.rendering.comparison import comparison_size
from stillplate.rendering.frame_result import FrameResult, sought
from stillplate.rendering.judged import Shown, Told, judged, labels_beside
from stillplate.rendering.objects import Region, count_regions, find_regions
from stillplate.rendering.output_specs import CLEANED, LAYERS, LISTED, OUTPUTS, PICTURED, SHADED, VIDEOS
from stillplate.rendering.pipeline import DEPTH, read_ahead
from stillplate.rendering.thumbnails import Thumbnail, draw_thumbnail, is_kept
from stillplate.sampling.span import Span, within
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskOptions
from stillplate.threads import mapped, processors

__all__ = ["FrameOutputs", "show", "shown", "size_of"]

Judged = tuple[Frame, Told, Falling[Told] | None]  # and of the rain in it


@dataclass(frozen=True, slots=True)
class FrameOutputs:
    """What one frame adds to each output.

    Attributes
    ----------
    index : int
        The frame's number, from 0.
    time : Fraction
        Seconds from the first frame.
    foreground : float
        Share of the pixels, of the region of interest where there is one, in the mask, 0..1.
    by_name : dict of str to array
        The pictures, by the output's name; for the stabilized one, which is as large as the plate, the frame itself,
        and for the wipe both of its pictures.
    things : int
        Regions in the mask.
    mask : bool array of shape (H, W)
        What moves.
    regions : tuple of Region
        These, where a file of objects is wanted.
    thumbnail : Thumbnail or None
        Of the few frames that a page may show.
    motion : Transform or None
        From the frame to the plate, where it is wanted and known.
    replaced : (int, int) or None
        Pixels of what the clean frame is without, and how many of these are guessed; None where none is wanted.
    carried : str or None
        Why the mask was carried from neighbouring frames; None where it is the frame's own.
    """

    index: int
    time: Fraction
    foreground: float
    by_name: dict[str, npt.NDArray[Any]]
    things: int
    mask: Mask
    regions: tuple[Region, ...] = ()
    thumbnail: Thumbnail | None = None
    motion: Transform | None = None
    replaced: tuple[int, int] | None = None
    carried: str | None = None


def size_of(name: str, width: int, height: int, plate: Image) -> tuple[int, int]:
    """Return width and height of an output, for frames of that size and that part of the plate."""
    if name == "stabilized":
        return plate.shape[1], plate.shape[0]
    return comparison_size(width, height) if name == "comparison" else (width, height)


def show(
    frame: Frame,
    background: Background,
    options: MaskOptions,
    wanted: Collection[str],
    ground: Image | None,
    position: int | None = None,
    *,
    clean_shadows: bool = True,
    told: Told = (None, None),
    falling: Falling[Any] | None = None,
    beside: Labels | None = None,
) -> FrameOutputs:
    """Compute what the wanted outputs need of one frame.

    Parameters
    ----------
    frame : Frame
    background : Background
    options : MaskOptions
        Checked.
    wanted : names of outputs
    ground : uint8 array of shape (H, W, 3), RGB, optional
        What a composite is laid on.
    position : int, optional
        Of the frame among those that are shown, from 0; by default its number in the clip.
    clean_shadows : bool
        Whether the clean frame is without shadows.
    told : (Surroundings, Moment), optional
        What shows the ground that the frame hides, where the plate has not all depths; and what its neighbours say of
        it, where it is not judged by itself.
    falling : Falling, optional
        How the frames around it differ from the plate; needed where it is wanted without rain.
    beside : uint8 array of shape (H, W), optional
        Labels by other backgrounds; only what is foreground by all is.

    Returns
    -------
    FrameOutputs
    """
    position = frame.index if position is None else position
    result = FrameResult(
        frame, background, options, ground,
        clean_shadows=None if SHADED.isdisjoint(wanted) else clean_shadows, surroundings=told[0], moment=told[1],
        falling=falling, beside=beside,
    )  # fmt: skip
    names = {*wanted, *(LAYERS if "layers" in wanted else ())}
    pictures = {name: spec.picture(result) for name, spec in PICTURED.items() if spec.picture and name in names}
    mask = result.mask
    area = mask.size if background.roi is None else max(1, int(np.count_nonzero(background.roi)))
    listed = not LISTED.isdisjoint(wanted)
    camera_wanted = listed or bool({"heatmap", "motion", "stabilized"} & names)
    regions = find_regions(mask, options.min_size) if listed else ()
    things = len(regions) if listed else count_regions(mask, options.min_size)
    thumbnail = draw_thumbnail(frame, mask, position) if "page" in wanted and is_kept(position) else None
    share = np.count_nonzero(mask) / area
    transform = result.transform if camera_wanted else None
    replaced = None if CLEANED.isdisjoint(wanted) else result.replaced
    return FrameOutputs(
        frame.index, frame.time, share, pictures, things, mask, regions, thumbnail, transform, replaced, result.carried
    )


@contextmanager
def shown(
    frames: FrameSource,
    backgrounds: Sequence[Background],
    options: MaskOptions,
    wanted: Collection[str],
    ground: str | os.PathLike[str] | None,
    span: Span,
    memory: int,
    *,
    clean_shadows: bool = True,
    temporal: bool = True,
    first: int = 0,
) -> Iterator[Iterable[FrameOutputs]]:
    """Compute what the wanted outputs need of every frame, in order, on all processors.

    Parameters
    ----------
    frames : FrameSource
    backgrounds : sequence of Background
        The frames' own, and others of the same place, if any: where their plates differ from its own, only what is
        foreground by all is.
    options, wanted, clean_shadows
        As for `show`.
    ground : path or colour, optional
        What a composite is laid on.
    span : Span
        Of the frames that are to be shown.
    memory : int
        Bytes, of which a quarter at most is taken by the frames that show hidden ground.
    temporal : bool
        Whether each mask is judged beside those of the frames before and after.
    first : int
        Position of the first frame among those of the whole render, from 0.

    Yields
    ------
    iterable of FrameOutputs
        Frames are read ahead of it; on the way out every thread ends.
    """
    background = backgrounds[0]
    looked_for = sought(options, clean_shadows and not SHADED.isdisjoint(wanted))
    chosen: Iterable[Shown] = ((frame, None) for frame in within(frames, span))
    if any(spec.ground for name, spec in {**OUTPUTS, **VIDEOS}.items() if name in wanted):
        chosen = accompanied(within(frames, span), frames, background, memory)
    with (
        _grounds(ground, frames.info) as grounds,
        closing(read_ahead(chosen, DEPTH)) as ahead,
        closing(judged(ahead, background, looked_for, temporal=temporal)) as told,
        closing(_in_rain(told, background, wanted)) as in_rain,
        closing(labels_beside(frames, span, backgrounds, looked_for, temporal=temporal)) as beside,
        closing(_pictures(in_rain, background, options, wanted, grounds, clean_shadows, first, beside)) as pictures,
    ):
        yield pictures


@contextmanager
def _grounds(ground: str | os.PathLike[str] | None, info: VideoInfo) -> Iterator[Iterator[Image | None]]:
    if ground is None:
        yield repeat(None)
        return
    with backdrops(ground, info.width, info.height) as grounds:
        yield grounds


def _pictures(
    frames: Iterable[Judged],
    background: Background,
    options: MaskOptions,
    wanted: Collection[str],
    grounds: Iterator[Image | None],
    clean_shadows: bool,
    first: int,
    beside: Iterable[Labels | None],
) -> Generator[FrameOutputs]:
    def pictures(item: tuple[int, Judged, Image | None, Labels | None]) -> FrameOutputs:
        position, (frame, told, falling), ground, labels = item
        return show(
            frame, background, options, wanted, ground, position,
            clean_shadows=clean_shadows, told=told, falling=falling, beside=labels,
        )  # fmt: skip

    return mapped(pictures, zip(count(first), frames, grounds, beside, strict=False), processors())


def _in_rain(
    frames: Iterable[tuple[Frame, Told]], background: Background, wanted: Collection[str]
) -> Generator[Judged]:
    """Yield frames with what those around them say of rain, where they are wanted without it."""
    if "derain" not in wanted:
        yield from ((frame, told, None) for frame, told in frames)
        return

    def observe(item: tuple[Frame, Told]) -> Observation:
        frame, (_, moment) = item
        return background.observe(frame.picture, frame.index) if moment is None else moment.observation

    with closing(falling(frames, observe, processors())) as found:
        yield from ((one.frame, one.beside, one) for one in found)
