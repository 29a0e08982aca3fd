"""What all drawn clips share: frames on request, as a `FrameSource`, and the noise of the sensor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from statistics import NormalDist

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame, NoOpClose, VideoInfo

__all__ = ["DrawnClip", "Sensor"]

RATE = Fraction(25)  # frames/s


@dataclass(frozen=True, slots=True)
class Sensor:
    """The noise of a camera's sensor.

    Attributes
    ----------
    noise : float
        Standard deviation of each pixel's and channel's Gaussian noise, in grey levels.
    chroma_noise : float
        Standard deviation of chroma noise in blobs of several pixels, as compression makes it, in grey levels.
    seed : int
        Seed of the noise.
    """

    noise: float
    chroma_noise: float
    seed: int

    def checked(self) -> Sensor:
        """Return itself if the noise is not negative."""
        if self.noise < 0 or self.chroma_noise < 0:
            raise ParameterError(
                f"noise is {self.noise} and chroma_noise {self.chroma_noise}, but neither may be negative"
            )
        return self

    def noisy(self, image: Image, index: int) -> Image:
        """An image with the noise of frame `index`."""
        if not self.noise and not self.chroma_noise:
            return image
        rng = np.random.default_rng([self.seed, index])
        grain = _normal_levels(self.noise)[np.frombuffer(rng.bytes(2 * image.size), np.uint16)].reshape(image.shape)
        if self.chroma_noise:
            coarse = rng.standard_normal((-(-image.shape[0] // 4), -(-image.shape[1] // 4), 3), np.float32)
            coarse = (coarse - coarse.mean(axis=2, keepdims=True)) * np.float32(self.chroma_noise)
            grain = grain + cv2.resize(coarse, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), np.uint8)


class DrawnClip(NoOpClose, ABC):
    """A drawn video, as a `FrameSource`; the classes made from it draw the frames.

    Parameters
    ----------
    name : str
        Name in messages.
    size : (int, int)
        Width and height of the frames, in pixels.
    frames : int
        Length of the clip.
    sensor : Sensor
        The noise.

    Attributes
    ----------
    info : VideoInfo
        Size, length and rate of the clip.
    """

    def __init__(self, name: str, size: tuple[int, int], frames: int, sensor: Sensor) -> None:
        if frames < 1:
            raise ParameterError(f"frames is {frames}, but at least 1 is needed")
        self._sensor, self._frames = sensor.checked(), frames
        self.info = VideoInfo(name, *size, frames, RATE)

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(self._frames))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices; indices past the end are ignored."""
        for index in indices:
            if index < self._frames:
                yield self.frame(index)

    @abstractmethod
    def frame(self, index: int) -> Frame:
        """Draw one frame."""

    def _check(self, index: int) -> None:
        if not 0 <= index < self._frames:
            raise ParameterError(f"there is no frame {index}: the clip has the frames 0 to {self._frames - 1}")

    def _exposed(self, image: Image, index: int) -> Frame:
        """The frame of an image without noise."""
        return Frame(self._sensor.noisy(image, index), index, index / RATE)


@cache
def _normal_levels(deviation: float) -> npt.NDArray[np.float32]:
    """A table that turns uniformly distributed uint16 into normally distributed noise of whole grey levels."""
    quantiles = [NormalDist().inv_cdf((number + 0.5) / 2**16) for number in range(2**15, 2**16)]
    upper = np.rint(np.array(quantiles, np.float32) * np.float32(deviation))
    return np.concatenate([-upper[::-1], upper])
