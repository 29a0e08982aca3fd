"""Whether a background that was saved serves a clip: the same size, and a camera that is where it was."""

from __future__ import annotations

from itertools import starmap

import numpy as np

from stillplate.arrays import Flags, Image
from stillplate.background.background import Background
from stillplate.camera.path import CameraPath
from stillplate.camera.same_view import find_view
from stillplate.errors import ParameterError, RegistrationError
from stillplate.imaging.homography import most_moved
from stillplate.imaging.resize import shrink, working_factor
from stillplate.io.source import FrameSource
from stillplate.photometry.light_change import light_between
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.gather import gather

__all__ = ["check_view"]

LOOKED_AT = 9  # frames, whose plate shows the place in most pixels, whoever passes
BAND = 2**24  # bytes of them that are read at a time
MOST_MOVED = 1.0  # pixels, of the size at which masks are made: by more, every edge of the ground would be foreground
MOST_ASTRAY = 0.02  # of the longer side: more than this off its path, a frame of a camera that moves is not on it
MOST_DIFFERING = 0.5  # share of the picture that things may cover: more is another place, or another light
NEEDED = "fit a new one, or give one of this place and view"


def check_view(background: Background, clip: FrameSource, named: str, *, seed: int = 0, memory: int = 2**30) -> None:
    """Refuse a background that does not show what a clip shows.

    Parameters
    ----------
    background : Background
    clip : FrameSource
        Of which a few frames are read, and the reading begins anew.
    named : str
        What the background is called.
    seed, memory : int
        As for `gather`.

    Raises
    ------
    ParameterError
        If frames have another size, or the background is of a camera that moves through a clip of another length.
    RegistrationError
        If the camera has moved, or goes another way, or it is another place, or the place in quite another light.
    """
    info = clip.info
    if background.size != (info.width, info.height):
        width, height = background.size
        raise ParameterError(
            f"{named} is of frames of {width}x{height}, but {info.name} has {info.width}x{info.height}: {NEEDED}"
        )
    if background.camera is not None:
        if len(background.camera) != info.frames:
            raise ParameterError(
                f"{named} is of a camera that moves, and knows its way through {len(background.camera)} frames, not "
                f"{info.name}: fit a new one"
            )
        _check_way(background.plate.image, background.camera, clip, named, seed=seed, memory=memory)
        return
    picture = _place(clip, seed=seed, memory=memory)
    plates = [state.plate.image for state in background.states] or [background.plate.image]
    moved, share = min(starmap(_compared, ((plate, picture) for plate in plates)), key=lambda told: (told[1], told[0]))
    if share > MOST_DIFFERING:
        raise RegistrationError(
            f"{named} shows another place than {info.name}, or this one in quite another light ({share:.0%} of the "
            f"picture differs): {NEEDED}"
        )
    most = MOST_MOVED * working_factor(info.width)
    if moved > most and not background.shakes:  # which registers every frame
        raise RegistrationError(
            f"{named} is of a camera that stood elsewhere than that of {info.name} (the view has moved by {moved:.1f} "
            f"pixels, {most:.0f} are allowed): {NEEDED}"
        )


def _place(clip: FrameSource, *, seed: int, memory: int) -> Image:
    """Return the plate of a few frames, or the only one that there is."""
    if clip.info.frames == 1:
        return next(iter(clip)).image
    with gather(clip, LOOKED_AT, seed=seed, memory=memory) as stack:
        return estimate_plate(stack, memory=BAND).image


def _check_way(plate: Image, path: CameraPath, clip: FrameSource, named: str, *, seed: int, memory: int) -> None:
    """Refuse a camera's path that is not the one through a clip: most of its frames do not lie where the path says."""
    with gather(clip, LOOKED_AT, seed=seed, memory=memory) as stack:
        placed = [(path.transform(index), stack.image(number)) for number, index in enumerate(stack.indices)]
    views = [find_view(place.to_frame(plate, path.size), image) for place, image in placed if place is not None]
    astray = [most_moved(view.matrix, path.size) for view in views if view is not None]  # None: a thing fills the frame
    most = MOST_ASTRAY * max(path.size)
    if not astray or np.median(astray) > most:
        raise RegistrationError(
            f"{named} is of a camera that moves, but {clip.info.name} goes another way or shows another place: such a "
            "background serves only the clip that it was made of: fit a new one"
        )


def _compared(plate: Image, picture: Image) -> tuple[float, float]:
    """Return by how many pixels a picture's view has moved at most, and the share of it that differs in one light."""
    view = find_view(plate, picture)
    if view is None:
        return float("inf"), 1.0
    moved = most_moved(view.matrix, (plate.shape[1], plate.shape[0]))
    placed = picture if view.still else view.to_plate(picture)
    small = shrink(plate)
    covered: Flags = np.ones(small.shape[:2], np.bool_)
    share, _ = light_between(shrink(placed), small, covered, fixed=False)
    return moved, share
