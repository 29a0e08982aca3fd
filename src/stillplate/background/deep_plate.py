"""The plate at the bit depth of its source: the samples that made it, read again at 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np

from stillplate.arrays import Bits, DeepImage, Image
from stillplate.background.back_projection import sharpened
from stillplate.background.background import Background
from stillplate.background.depth import deep_source
from stillplate.camera.canvas import Coverage
from stillplate.camera.path import CameraPath
from stillplate.errors import DecodeError, ParameterError
from stillplate.imaging.resize import shrink
from stillplate.imaging.warping import TILE
from stillplate.io.levels import Levels
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import DeepSource
from stillplate.photometry.mixture import estimate_mixture
from stillplate.plate.plate import Plate
from stillplate.sampling.canvas_store import WarpedFrames
from stillplate.sampling.gather import Progress
from stillplate.sampling.stores import Store, open_store
from stillplate.threads import spread

__all__ = ["check_makers", "deep_plate", "deep_plates"]

BAND = 2**26  # bytes of samples that are sorted at once; the sorted copy takes as many again
FULL_BITS = 16  # bits; samples of fewer bits are scaled to the range of 16
WHITE = 65535  # white in 16 bits
LEVEL = 257  # one 8-bit level in 16 bits


def deep_plate(
    background: Background, source: SourceLike, *, memory: int = 2**30, progress: Progress | None = None
) -> DeepImage:
    """Return the plate of a background at the bit depth of its source.

    Parameters
    ----------
    background : Background
        As `fit` made it of the source.
    source : path, or FrameSource that is a DeepSource
        The clip: a video file, or a folder or glob of images. The sampled frames are read again.
    memory : int
        Bytes of memory for these frames; more are kept in a temporary file.
    progress : callable, optional
        Called with the number of frames read so far and the number wanted.

    Returns
    -------
    uint16 array of shape (H, W, 3), RGB
        Per-channel median, at 16 bits, of the samples that made each pixel, in the light and registration of the plate;
        rounded to 8 bits it is the plate. White is 65535, or the file's white if its samples do not use the full range.

    Raises
    ------
    ParameterError
        If the background does not record which frames made it, or the source cannot be read at 16 bits.
    DecodeError
        If the source does not have the frames that were sampled.

    Notes
    -----
    The samples that show the background, and their weights, are determined at 8 bits, and the plate does not record the
    weights. So where the unweighted median differs from the plate by more than rounding explains, the plate is kept.

    Where light varies or the camera shakes or moves, the 16-bit samples are exposure-compensated and registered like
    the 8-bit samples, with parameters measured at 8 bits.
    """
    return deep_plates(background, source, memory=memory, progress=progress)[0]


def deep_plates(
    background: Background, source: SourceLike, *, memory: int = 2**30, progress: Progress | None = None
) -> tuple[DeepImage, ...]:
    """Return `deep_plate` for each light state, in one pass; the plate of the main state is first."""
    plates = [state.plate for state in background.states] or [background.plate]
    check_makers(background)
    with opened(source) as opened_source:
        frames = deep_source(opened_source)
        width, height = frames.info.width, frames.info.height
        if background.size != (width, height):
            raise _wrong_clip(frames)
        with closing(open_store(len(background.indices), height, width, memory, np.uint16)) as store:
            _fill(store, frames, background, plates, progress)
            if background.camera is not None:
                return (_in_file_values(_deep_canvas(store, background, background.camera, memory), frames),)
            return tuple(
                _in_file_values(_limited(_medians(store, plate, len(background.indices), memory), plate), frames)
                for plate in plates
            )


def _in_file_values(image: DeepImage, source: DeepSource) -> DeepImage:
    """Return a plate in the sample values of the file, if the source was read with levels of more than 8 bits."""
    if source.info.levels is None or source.info.bits < FULL_BITS:
        return image
    return Levels(*source.info.levels).samples(image)


def check_makers(background: Background) -> None:
    """Raise ParameterError unless the background records which frames made its plate."""
    if not background.indices:
        raise ParameterError(
            "the background does not tell which frames made its plate, as that of a picture from elsewhere does not: "
            "fit one to the clip, or take 8 bits"
        )


def _wrong_clip(frames: DeepSource) -> DecodeError:
    """Return the error for a source without the sampled frames."""
    return DecodeError(f"{frames.info.name}: does not show the frames that were sampled: give the clip that was fitted")


def _fill(
    store: Store, frames: DeepSource, background: Background, plates: Sequence[Plate], progress: Progress | None
) -> None:
    """Write the samples to a store, in the light of their plate and, if the camera shakes, registered."""
    reduced_plates = [shrink(plate.image) for plate in plates] if background.states else []
    count = 0
    for number, frame in enumerate(frames.take_deep(background.indices)):
        if (frame.index, frame.time) != (background.indices[number], background.times[number]):
            raise _wrong_clip(frames)
        image = frame.image
        if background.shakes:
            motion = background.place(to_8_bit(image))
            image = image if motion is None else motion.to_plate(image)
        if background.flicker is not None:
            image = background.flicker.bands(to_8_bit(image), background.plate.image).undo_deep(image)
        if reduced_plates:
            own = next((k for k, plate in enumerate(plates) if plate.made_by(number).any()), 0)
            image = _compensated(image, reduced_plates[own])
        elif background.light is not None:
            image = background.light.gains[number].undo_deep(image)
        store.write(number, image)
        count += 1
        if progress:
            progress(count, len(background.indices))
    if count < len(background.indices):
        raise _wrong_clip(frames)


def _compensated(image: DeepImage, reduced_plate: Image) -> DeepImage:
    """Return a sample in the exposure of a plate, given reduced."""
    return estimate_mixture(shrink(to_8_bit(image)), [reduced_plate], local=False).gain.undo_deep(image)


def to_8_bit(image: DeepImage) -> Image:
    """Return a 16-bit image rounded to 8 bits."""
    import cv2

    return np.asarray(cv2.convertScaleAbs(image, alpha=1 / 257), np.uint8)


def _deep_canvas(store: Store, background: Background, path: CameraPath, memory: int) -> DeepImage:
    """Return the plate of a moving camera: the median on the canvas, sharpened by back-projection as at 8 bits."""
    plate = background.plate
    to_frame = np.asarray(np.linalg.inv(path.matrices[list(background.indices)]), np.float64)
    warped = WarpedFrames(store, dict(enumerate(to_frame)), path.size, path.canvas)
    median = _medians(warped, plate, len(to_frame), memory)
    return _limited(sharpened(median, plate, warped.frame, Coverage(to_frame, path.size, path.canvas)), plate)


def _medians(store: Store | WarpedFrames, plate: Plate, count: int, memory: int) -> DeepImage:
    """Return the median of the samples that made each pixel, computed in bands of rows."""
    height, width = plate.seen.shape
    image = _to_16_bit(plate.image)
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
    """Write the median of the samples that made each pixel, as the kernel does: of an even number, the mean of two.

    Parameters
    ----------
    samples : uint16 array of shape (T, P, 3)
    makers : uint8 array of shape (P, ⌈T/8⌉)
        Provenance of each pixel, as in `Plate.provenance`.
    image : uint16 array of shape (P, 3)
        Written to where a sample made the pixel.
    """
    made = np.unpackbits(makers, axis=1, count=len(samples), bitorder="little").T.view(np.bool_)
    ordered = np.where(made[:, :, None], samples, np.uint16(WHITE))
    ordered.sort(axis=0)
    count = made.sum(axis=0)
    middle = np.stack([np.maximum(count - 1, 0) // 2, count // 2])
    middle_values = np.take_along_axis(ordered, middle[:, :, None], axis=0).astype(np.uint32)
    np.copyto(image, ((middle_values[0] + middle_values[1] + 1) // 2).astype(np.uint16), where=count[:, None] > 0)


def _limited(image: DeepImage, plate: Plate) -> DeepImage:
    """Limit the 16-bit plate, in place, so that rounded to 8 bits it is the 8-bit plate.

    A rounded median equals the median of rounded samples. So where the two plates differ by more than half a level,
    votes weighted the samples of the 8-bit plate; the 16-bit median then counts less, and not at all from one level on.
    """
    for top in range(0, len(image), TILE):
        rows = slice(top, top + TILE)
        plate_16_bit = _to_16_bit(plate.image[rows]).astype(np.int32)
        difference = image[rows] - plate_16_bit
        limit = np.clip(LEVEL - np.abs(difference), 0, LEVEL // 2)
        image[rows] = plate_16_bit + np.clip(difference, -limit, limit)
    return image


def _to_16_bit(image: Image) -> DeepImage:
    """Return an 8-bit image scaled to 16 bits."""
    return image.astype(np.uint16) * np.uint16(LEVEL)
