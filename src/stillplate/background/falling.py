"""Frames in a row, each with how those around it differ from the plate, by which rain and snow are told from things."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from stillplate.arrays import Image
from stillplate.background.surroundings import surrounded
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.rain import SIDE, Change, Cleared, derained
from stillplate.segmentation.rain_on_things import derained_along_flow
from stillplate.segmentation.static_observation import StaticObservation
from stillplate.threads import mapped

__all__ = ["Falling", "check_stands", "falling"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Falling(Generic[T]):
    """A frame in which rain or snow may fall.

    Attributes
    ----------
    frame : Frame
    beside : T
        What came with the frame.
    observation : Observation
    changes : tuple of Change
        Of the nine frames around it: four on either side, or at the ends of a clip its first or last nine.
    here : int
        Which of them is this frame's.
    ground : Cleared, optional
        The frame without the rain before its ground.
    before, after : uint8 arrays of shape (H, W, 3), optional
        The frames beside it without the rain before their ground.
    """

    frame: Frame
    beside: T
    observation: Observation
    changes: tuple[Change, ...]
    here: int
    ground: Cleared | None = None
    before: Image | None = None
    after: Image | None = None

    def on_ground(self) -> Falling[T]:
        """Take rain and snow before the ground out; the changes are no longer needed."""
        seen = self.observation
        assert isinstance(seen, StaticObservation)  # `check_stands` refuses a camera that moves
        where = seen.sure if seen.region is None else seen.sure & seen.region
        ground = derained(seen.image, seen.view.image, self.changes, self.here, seen.thresholds, where)
        return replace(self, changes=(), ground=ground)

    @property
    def derained(self) -> Image:
        """The frame without rain and snow: uint8 of shape (H, W, 3), RGB."""
        assert self.ground is not None  # `falling` yields it
        if not self.ground.rains or self.before is None or self.after is None:
            return self.ground.image
        seen = self.observation
        return derained_along_flow(seen.image, self.ground, self.before, self.after, seen.region)


def check_stands(*, moves: bool) -> None:
    """Raise ParameterError if the camera moves: a pixel of a frame is then not that of the next."""
    if moves:
        raise ParameterError(
            "the camera moves, but derain needs one that stands or shakes: render the clip with stabilized=FILE first, "
            "and derain that file"
        )


def falling(
    frames: Iterable[tuple[Frame, T]], observe: Callable[[tuple[Frame, T]], Observation], workers: int
) -> Generator[Falling[T]]:
    """Yield frames, in the order of time, with the changes around them: five frames behind those that are read.

    Parameters
    ----------
    frames : iterable of (Frame, T)
        Those whose numbers do not follow one another are not compared.
    observe : callable
        Puts a frame, of a camera that stands or shakes, beside the plate.
    workers : int
        Threads.
    """

    def look(item: tuple[Frame, T]) -> Falling[T]:
        frame, beside = item
        observation = observe(item)
        return Falling(frame, beside, observation, (Change.of(observation.image, observation.view.image),), 0)

    with (
        closing(mapped(look, frames, workers)) as looks,
        closing(mapped(Falling.on_ground, _beside_others(looks), workers)) as cleared,
    ):
        yield from _in_a_row(cleared)


def _in_a_row(cleared: Iterable[Falling[T]]) -> Iterator[Falling[T]]:
    """Give each frame those before and after, their ground without rain."""
    last: Falling[T] | None = None
    for coming in cleared:
        assert coming.ground is not None  # it was cleared
        if last is not None and last.ground is not None:
            follows = coming.frame.index == last.frame.index + 1
            yield replace(last, after=coming.ground.image) if follows else last
            coming = replace(coming, before=last.ground.image) if follows else coming
        last = coming
    if last is not None:
        yield last


def _beside_others(looks: Iterable[Falling[T]]) -> Iterator[Falling[T]]:
    """Give each frame the changes of those before and after."""
    for look, changes, here in surrounded(looks, SIDE, lambda look: look.changes[0], full=True):
        yield replace(look, changes=changes, here=here)
