"""Learning the shadows that things cast, from the masks of the samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stillplate.arrays import Mask
from stillplate.background.background import Background
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.options import MaskOptions

__all__ = ["learn_cast"]

MOST = 64  # largest number of samples whose masks are made


def learn_cast(background: Background, stack: SampleStack) -> CastProfile | None:
    """Return the shadows that things cast; None where there are none.

    Parameters
    ----------
    background : Background
        As it was fitted.
    stack : SampleStack
        The samples that it was fitted to, as they were gathered.
    """
    numbers = np.unique(np.linspace(0, len(stack) - 1, MOST).astype(int)).tolist()
    options = MaskOptions().checked()

    def masks() -> Iterator[tuple[Evidence, Mask] | None]:
        for number in numbers:
            index = stack.indices[number] if stack.indices else None
            observation = background.observe(stack.image(number), index)
            found = observation.found(observation.evidence(options), options)
            yield None if found.evidence is None else (found.evidence, found.mask)

    return CastProfile.learn(masks(), len(numbers))
