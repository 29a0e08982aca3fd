"""A background as `fit(masks=False)` makes it, of one that has learnt what masks need."""

from __future__ import annotations

from dataclasses import replace

from stillplate.background.background import Background
from stillplate.background.fit_states import LightState
from stillplate.imaging.resize import shrink
from stillplate.photometry.mixture import brightness
from stillplate.segmentation.moving_camera import OFF
from stillplate.segmentation.noise import Noise

__all__ = ["unlearnt"]


def unlearnt(background: Background) -> Background:
    """Return what `render` has where a threshold is given: it does not learn the thresholds then.

    Parameters
    ----------
    background : Background
        As `fit` makes it.

    Returns
    -------
    Background
        With the noise of its plate alone. Of a moving camera that passes near and far things, all is kept.
    """
    plate = background.plate
    if background.camera is not None:
        if background.parallax > OFF:
            return replace(background, cast=None)
        noise = Noise.of_plate(plate.noise[plate.seen] if plate.seen.any() else plate.noise)
        return replace(background, noise=noise, likelihoods=None, motion_shares=None, cast=None)
    noise = Noise.of_plate(plate.noise)
    return replace(background, noise=noise, states=_states(background, noise), looks=(), ground=None, cast=None)


def _states(background: Background, noise: Noise) -> tuple[LightState, ...]:
    if not background.states:
        return ()
    lights = brightness([shrink(state.plate.image) for state in background.states])
    return tuple(
        replace(state, noise=noise.dimmed(light)) for state, light in zip(background.states, lights, strict=True)
    )
