"""Which frames are sampled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillplate.io.opening import SourceLike
from stillplate.io.source import FrameSource
from stillplate.sampling.exclusion import Exclude
from stillplate.sampling.span import Seconds

__all__ = ["Also", "SamplingOptions"]

Also = SourceLike | Sequence[SourceLike]
"""One further clip or several; a path, an array and a FrameSource are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOptions:
    """Which frames are sampled, and where they count: the keywords of `fit` of these names."""

    samples: int = 64
    """Number of frames, spread over the clip at random; 2 or more."""
    seed: int = 0
    """Seed of the choice of frames."""
    memory: int = 2**30
    """Bytes that the samples may take; what is more, or more than 128 MiB, goes to a temporary file."""
    start: Seconds | None = None
    """Seconds from the first frame before which no frame is sampled."""
    end: Seconds | None = None
    """Seconds from the first frame after which no frame is sampled."""
    exclude: Exclude | None = None
    """Regions, some of them for a time, in which samples have no vote."""
    also: Also = ()
    """Further clips of the same place, whose samples vote, too: as many of each as of the clip."""

    @property
    def further(self) -> tuple[SourceLike, ...]:
        """The further clips."""
        single = isinstance(self.also, (str, os.PathLike, np.ndarray, FrameSource))
        return (self.also,) if single else tuple(self.also)  # type: ignore[return-value,arg-type]  # by its types

    @property
    def memory_of_clip(self) -> int:
        """The share of the memory, in bytes, for the samples of one of the clips."""
        return self.memory // (1 + len(self.further))
