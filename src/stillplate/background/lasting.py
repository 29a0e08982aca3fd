"""Where faint evidence persists in frames in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from stillplate.background.surroundings import surrounded
from stillplate.io.source import Frame
from stillplate.kernels import BitMask
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.found import Found
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.persistence import RUN, persistent

__all__ = ["Look", "lasting"]

T = TypeVar("T")
SIDE = RUN - 1  # frames before and after that a run of frames around one may hold


@dataclass(frozen=True, slots=True, eq=False)
class Look(Generic[T]):
    """The evidence of one frame.

    Attributes
    ----------
    frame : Frame
    beside : T
        What came with the frame.
    observation : Observation
    evidence : Evidence or None
        None where the frame tells nothing.
    nearby : BitMask
        Where what is found may be in neighbouring frames; nowhere where nothing is told, or nothing is faint.
    """

    frame: Frame
    beside: T
    observation: Observation
    evidence: Evidence | None
    nearby: BitMask

    @classmethod
    def at(cls, frame: Frame, beside: T, observation: Observation, options: MaskOptions) -> Self:
        """Compare a frame to the plate."""
        evidence = observation.evidence_in_time(options)
        if evidence is None or evidence.faint is None:
            nearby = BitMask.nowhere(*observation.small_image.shape[:2])
        else:
            nearby = evidence.nearby
        return cls(frame, beside, observation, evidence, nearby)

    def found(self, options: MaskOptions, lasting: BitMask) -> Found:
        """Find what is there, be it faint where it is `lasting`."""
        return self.observation.found(self.evidence, options, lasting)


def lasting(looks: Iterable[Look[T]]) -> Iterator[tuple[Look[T], BitMask]]:
    """Tell of frames, in the order of time, where faint evidence persists, from four frames on either side."""
    for look, nearby, here in surrounded(looks, SIDE, lambda look: look.nearby):
        yield look, persistent(nearby, here)
