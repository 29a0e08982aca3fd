"""The plate with all the bits of its source: the samples that made it, read again at 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from stillplate.arrays import Bits, DeepImage, Image
from stillplate.background.back_projection import sharpened
from stillplate.background.background import Background
from stillplate.camera.canvas import Coverage
from stillplate.camera.path import CameraPath
from stillplate.errors import DecodeError, ParameterError
from stillplate.imaging.resize import shrink
from stillplate.imaging.warping import TILE
from stillplate.io.images import DEEP
from stillplate.io.levels import Levels
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import DeepSource, FrameSource
from stillplate.photometry.mixture import estimate_mixture
from stillplate.plate.plate import Plate
from stillplate.sampling.canvas_store import WarpedFrames
from stillplate.sampling.gather import Progress
from stillplate.sampling.stores import Store, open_store
from stillplate.threads import spread

__all__ = ["DEPTHS", "check_makers", "deep_plate", "deep_plates", "is_deep"]

DEPTHS = ("auto", "8", "16")

BAND = 2**26  # bytes of samples to sort in one go: the sorted copy takes as much again
FULL_BITS = 16  # fewer are brought to the range of 16
WHITE, LEVEL = 65535, 257  # of 16 bits: white, and a level of 8 bits


def is_deep(depth: str | int, path: Path, source: FrameSource) -> bool:
    """Decide how deep a plate is written.

    Parameters
    ----------
    depth : "auto", 8 or 16
        "auto": with 16 bits where the source gives more than 8, and the file holds them.
    path : Path
        Of the image file.
    source : FrameSource

    Raises
    ------
    ParameterError
        If there is no such depth, the file cannot hold it, or the source has no more than 8 bits to give.
    """
    if str(depth) not in DEPTHS:
        raise ParameterError(f"depth is {depth!r}, but one of {', '.join(DEPTHS)} is needed")
    holds = path.suffix.lower() in DEEP
    if str(depth) == "16" and not holds:
        raise ParameterError(f"{path}: {path.suffix} holds 8 bits, but depth is 16: use {', '.join(DEEP)}")
    if str(depth) == "16":
        _check_deep(source)
    return str(depth) == "16" or (str(depth) == "auto" and holds and _is_deeper(source))


def _is_deeper(source: FrameSource) -> bool:
    return isinstance(source, DeepSource) and source.info.bits > 8


def _check_deep(source: FrameSource) -> DeepSource:
    if not isinstance(source, DeepSource):
        raise ParameterError(f"{source.info.name}: has 8 bits: for 16, give a video file, or a folder of images")
    return source


def deep_plate(
    background: Background, source: SourceLike, *, memory: int = 2**30, progress: Progress | None = None
) -> DeepImage:
    """Make the plate of a background anew with all the bits that its source has.

    Parameters
    ----------
    background : Background
        As `fit` made it of the source.
    source : path, or FrameSource that is a DeepSource
        The clip: a video file, or a folder or glob of images. The sampled frames are read again.
    memory : int
        Bytes that these frames may take; more goes to a temporary file.
    progress : callable, optional
        Called with the number of frames read so far and the number wanted.

    Returns
    -------
    uint16 array of shape (H, W, 3), RGB
        White is 65535, or that of the file where its samples do not fill their range. Per-channel median, at 16 bits,
        of the samples that made the pixel, in the light and the place of the plate; rounded to 8 bits it is the plate.

    Raises
    ------
    ParameterError
        If the background does not tell which frames made it, or the source cannot be read at 16 bits.
    DecodeError
        If the source does not show the frames that were sampled.

    Notes
    -----
    Which samples show the ground is decided at 8 bits, and how much each of them weighs, too, which the plate does not
    tell any more. So where the median is farther from the plate than rounding explains, the plate is kept.

    Where light varies or the camera shakes or moves, the deep samples are brought to the plate's light and place as the
    others were, by figures that are measured at 8 bits.
    """
    return deep_plates(background, source, memory=memory, progress=progress)[0]


def deep_plates(
    background: Background, source: SourceLike, *, memory: int = 2**30, progress: Progress | None = None
) -> tuple[DeepImage, ...]:
    """Do what `deep_plate` does for each state of light that the scene is seen in, in one pass; its plate is first."""
    plates = [state.plate for state in background.states] or [background.plate]
    check_makers(background)
    with opened(source) as opened_source:
        frames = _check_deep(opened_source)
        width, height = frames.info.width, frames.info.height
        if background.camera is None and background.plate.seen.shape != (height, width):
            raise _another(frames)
        with closing(open_store(len(background.indices), height, width, memory, np.uint16)) as store:
            _fill(store, frames, background, plates, progress)
            if background.camera is not None:
                return (_own(_panorama(store, background, background.camera, memory), frames),)
            return tuple(
                _own(_held(_medians(store, plate, len(background.indices), memory), plate), frames) for plate in plates
            )


def _own(image: DeepImage, source: DeepSource) -> DeepImage:
    """Bring a plate to the file's own numbers, where it has levels in them."""
    if source.info.levels is None or source.info.bits < FULL_BITS:
        return image
    return Levels(*source.info.levels).samples(image)


def check_makers(background: Background) -> None:
    """Refuse, with a ParameterError, a background that does not tell of which frames its plate is made."""
    if not background.indices:
        raise ParameterError(
            "the background does not tell which frames made its plate, as that of a picture from elsewhere does not: "
            "fit one to the clip, or take 8 bits"
        )


def _another(frames: DeepSource) -> DecodeError:
    return DecodeError(f"{frames.info.name}: does not show the frames that were sampled: give the clip that was fitted")


def _fill(
    store: Store, frames: DeepSource, background: Background, plates: Sequence[Plate], progress: Progress | None
) -> None:
    """Read the samples, each in its plate's light and, if the camera shakes, in its place."""
    looks = [shrink(plate.image) for plate in plates] if background.states else []
    count = 0
    for number, frame in enumerate(frames.take_deep(background.indices)):
        if (frame.index, frame.time) != (background.indices[number], background.times[number]):
            raise _another(frames)
        image = frame.image
        if background.shakes:
            motion = background.place(to_8_bit(image))
            image = image if motion is None else motion.to_plate(image)
        if background.flicker is not None:
            image = background.flicker.bands(to_8_bit(image), background.plate.image).undo_deep(image)
        if looks:
            own = next((k for k, plate in enumerate(plates) if plate.made_by(number).any()), 0)
            image = _levelled(image, looks[own])
        elif background.light is not None:
            image = background.light.gains[number].undo_deep(image)
        store.write(number, image)
        count += 1
        if progress:
            progress(count, len(background.indices))
    if count < len(background.indices):
        raise _another(frames)


def _levelled(image: DeepImage, look: Image) -> DeepImage:
    """Bring a sample to the exposure of a plate."""
    return estimate_mixture(shrink(to_8_bit(image)), [look], local=False).gain.undo_deep(image)


def to_8_bit(image: DeepImage) -> Image:
    import cv2

    return np.asarray(cv2.convertScaleAbs(image, alpha=1 / 257), np.uint8)


def _panorama(store: Store, background: Background, path: CameraPath, memory: int) -> DeepImage:
    """Make the plate of a moving camera: the median on the canvas, then as sharp as the frames, as at 8 bits."""
    plate = background.plate
    to_frame = np.asarray(np.linalg.inv(path.matrices[list(background.indices)]), np.float64)
    placed = WarpedFrames(store, dict(enumerate(to_frame)), path.size, path.canvas)
    median = _medians(placed, plate, len(to_frame), memory)
    return _held(sharpened(median, plate, placed.frame, Coverage(to_frame, path.size, path.canvas)), plate)


def _medians(store: Store | WarpedFrames, plate: Plate, count: int, memory: int) -> DeepImage:
    """Take the median of those of so many samples that made each pixel, in bands of rows."""
    height, width = plate.seen.shape
    image = _raised(plate.image)
    step = max(1, min(memory, BAND) // (count * width * 6))
    step -= step % TILE if step > TILE else 0
    for top in range(0, height, step):
        rows = slice(top, min(top + step, height))
        samples = store.read(range(count), rows).reshape(count, -1, 3)
        makers = plate.provenance[rows].reshape(samples.shape[1], -1)
        medians = image[rows].reshape(-1, 3)

        def run(
            first: int, last: int, samples: DeepImage = samples, makers: Bits = makers, image: DeepImage = medians
        ) -> None:
            _median(samples[:, first:last], makers[first:last], image[first:last])

        spread(run, samples.shape[1], None, least=4096)
    return image


def _median(samples: DeepImage, makers: Bits, image: DeepImage) -> None:
    """Take the median of the samples that made each pixel, as the kernel does: of an even number, the mean of two.

    Parameters
    ----------
    samples : uint16 array of shape (T, P, 3)
    makers : uint8 array of shape (P, ⌈T/8⌉)
        As `Plate.provenance`.
    image : uint16 array of shape (P, 3)
        Written where a sample made the pixel.
    """
    made = np.unpackbits(makers, axis=1, count=len(samples), bitorder="little").T.view(np.bool_)
    ordered = np.where(made[:, :, None], samples, np.uint16(WHITE))
    ordered.sort(axis=0)
    count = made.sum(axis=0)
    middle = np.stack([np.maximum(count - 1, 0) // 2, count // 2])
    two = np.take_along_axis(ordered, middle[:, :, None], axis=0).astype(np.uint32)
    np.copyto(image, ((two[0] + two[1] + 1) // 2).astype(np.uint16), where=count[:, None] > 0)


def _held(image: DeepImage, plate: Plate) -> DeepImage:
    """Hold the deep plate to the other, which it is when it is rounded.

    A median that is rounded is the median of what was rounded. So where the two are half a level apart and more, it is
    that the votes weighed the samples of the one, and it is believed the less, to nothing at a whole level.
    """
    for top in range(0, len(image), TILE):
        rows = slice(top, top + TILE)
        known = _raised(plate.image[rows]).astype(np.int32)
        apart = image[rows] - known
        believed = np.clip(LEVEL - np.abs(apart), 0, LEVEL // 2)
        image[rows] = known + np.clip(apart, -believed, believed)
    return image


def _raised(image: Image) -> DeepImage:
    return image.astype(np.uint16) * np.uint16(LEVEL)
