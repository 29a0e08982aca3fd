"""Which frames are sampled."""

from __future__ import annotations

from dataclasses import dataclass

from stillplate.sampling.exclusion import Exclude
from stillplate.sampling.span import Seconds

__all__ = ["SamplingOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOptions:
    """Which frames are sampled, and where they count: the keywords of `fit` of these names."""

    samples: int = 64
    """Number of frames, spread over the clip at random; 2 or more."""
    seed: int = 0
    """Seed of the choice of frames."""
    memory: int = 2**30
    """Bytes that the samples may take; more goes to a temporary file."""
    start: Seconds | None = None
    """Seconds from the first frame before which no frame is sampled."""
    end: Seconds | None = None
    """Seconds from the first frame after which no frame is sampled."""
    exclude: Exclude | None = None
    """Regions, some of them for a time, in which samples have no vote."""
