"""Learning the shadows that things cast, from the masks of the samples."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Doubles
from stillplate.background.background import Background
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cast_profile import CastProfile, rim_light
from stillplate.segmentation.options import MaskOptions
from stillplate.threads import mapped, processors

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

    def rims(number: int) -> list[Doubles]:
        index = stack.indices[number] if stack.indices else None
        observation = background.observe(stack.image(number), index)
        found = observation.found(observation.evidence(options), options)
        return [] if found.evidence is None else rim_light(found.evidence, found.mask)

    return CastProfile.learn(mapped(rims, numbers, processors()), len(numbers))
