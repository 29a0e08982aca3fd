"""Frames in order, each with those around it that may show the ground which it hides."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.background.background import Background
from stillplate.background.whole_clip import MOVES
from stillplate.camera.neighbour_flow import sizes
from stillplate.errors import ParameterError
from stillplate.imaging.morphology import block
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import Frame, FrameSource, IteratorSource
from stillplate.sampling.stores import check_memory
from stillplate.segmentation.edges import grown
from stillplate.segmentation.moving_camera import OFF
from stillplate.segmentation.neighbour import Neighbour, Surroundings

__all__ = ["accompanied", "with_neighbours"]

STEP, REACH = 4, 64  # frames: from one neighbour to the next, and to the farthest
PART = 4  # neighbours take this part of the memory of the samples, at most
MAY_MOVE, BESIDE = 0.2, 0.04  # likelihood above which a pixel shows no ground within a share of the width of what moves


def with_neighbours(
    source: SourceLike, background: Background, *, memory: int = 2**30
) -> Generator[tuple[Frame, Surroundings | None]]:
    """Yield the frames of a clip with what shows the ground that they hide, where the plate has not all depths.

    Parameters
    ----------
    source : as for `fit`
        The clip that the background was fitted to.
    background : Background
    memory : int
        Bytes, of which neighbours take a quarter at most.

    Yields
    ------
    frame : Frame
    surroundings : Surroundings or None
        Every fourth frame up to 64 before and after; None where the camera stands or turns, so that the plate shows the
        ground as every frame sees it.

    Raises
    ------
    ParameterError
        If the memory is negative, or the background is of frames of another size.
    VideoOpenError, DecodeError
        If the clip cannot be read.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> images = np.full((5, 4, 6, 3), 90, np.uint8)
    >>> background = stillplate.fit(images)
    >>> for frame, surroundings in stillplate.with_neighbours(images, background):
    ...     clean = background.clean(frame.image, frame.index, surroundings=surroundings)
    """
    check_memory(memory)
    with opened(source) as clip:
        size = (clip.info.width, clip.info.height)
        if size != background.size:
            wanted, given = ("{}x{}".format(*one) for one in (background.size, size))
            raise ParameterError(
                f"{clip.info.name} is {given}, but the background is of frames of {wanted}: give the clip that it was "
                "fitted to"
            )
        yield from accompanied(clip, clip, background, memory)


def accompanied(
    frames: Iterable[Frame], clip: FrameSource, background: Background, memory: int
) -> Generator[tuple[Frame, Surroundings | None]]:
    """Do what `with_neighbours` does for some of a clip's frames, in order; the clip is read once more."""
    path = background.camera
    if path is None or not _has_depth(background) or isinstance(clip, IteratorSource):
        for frame in frames:
            yield frame, None
        return
    unclear = () if background.motion_shares is None else background.motion_shares.unclear
    usable = [number for number in range(0, len(path), STEP) if number not in unclear]
    reach, kept, following = _reach(path.size, memory), deque[Neighbour](), None
    for frame in frames:
        if following is None:
            following = clip.take([number for number in usable if number >= frame.index - reach])
        while kept and kept[0].index < frame.index - reach:
            kept.popleft()
        while not kept or kept[-1].index + STEP <= frame.index + reach:
            coming = next(following, None)
            if coming is None:
                break
            kept.append(_neighbour(coming.index, coming.image, background))
        others = tuple(one for one in kept if one.index <= frame.index + reach)  # the last may lie beyond a gap
        yield frame, Surroundings(_neighbour(frame.index, frame.image, background), others)


def _has_depth(background: Background) -> bool:
    return background.likelihoods is not None and background.parallax > OFF


def _reach(size: tuple[int, int], memory: int) -> int:
    """How many frames before and after a frame have neighbours that fit into a part of the memory."""
    small, _ = sizes(size)
    fit = memory // PART // (3 * size[0] * size[1] + 4 * small[0] * small[1])  # bytes: of the frame, and reduced
    return STEP * min(REACH // STEP, max(1, (fit - 1) // 2))


def _neighbour(index: int, image: Image, background: Background) -> Neighbour:
    assert background.likelihoods is not None  # it has depth
    likely = background.likelihoods.at(index)
    return Neighbour.of(index, image, None if likely is None else _movers(likely))


def _movers(likely: Floats) -> Mask:
    """What moves by itself, or may do so and lies beside it."""
    import cv2

    moves = grown(likely > MOVES)
    beside = cv2.dilate(moves.view(np.uint8), block(BESIDE * likely.shape[1])).view(np.bool_)
    return np.asarray(moves | (beside & (likely > MAY_MOVE)))
