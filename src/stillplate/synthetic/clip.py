"""A clip that is drawn frame by frame, with its known truth, and the street that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from statistics import NormalDist
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame, VideoInfo
from stillplate.synthetic.actors import Path, Vehicle, Walker
from stillplate.synthetic.scene import Scene
from stillplate.synthetic.scenery import Perspective, paint_street

__all__ = ["SyntheticClip", "street"]

RATE = Fraction(25)  # frames/s
SMALLEST = 16  # pixels, the least width and height of a street
Colour = tuple[int, int, int]
Light = Callable[[int], npt.ArrayLike]
Camera = Callable[[int], npt.ArrayLike]

COATS = ((196, 62, 48), (44, 74, 124), (226, 176, 60), (58, 112, 84), (118, 72, 124), (224, 222, 214), (52, 54, 60))
TROUSERS = ((48, 56, 76), (66, 60, 56), (36, 38, 42), (104, 96, 84))
SKINS = ((236, 196, 170), (206, 158, 126), (142, 98, 72), (104, 70, 52))
HAIRS = ((52, 38, 30), (26, 24, 24), (140, 100, 58), (180, 176, 170))
PAINTS = ((176, 36, 40), (232, 232, 228), (38, 76, 140), (62, 66, 72), (214, 168, 52), (70, 126, 116))
WALKS = (0.905, 0.43, 0.935, 0.47, 0.45, 0.92)  # rows of the walkers' feet, as shares of the image's height
LANES = ((0.605, -0.34), (0.775, 0.38))  # row of each lane, as a share of the image's height, and metres per frame


class SyntheticClip:
    """A drawn video, as a `FrameSource`. Frames are drawn on request, and are the same each time.

    Parameters
    ----------
    scene : Scene
        Background and actors.
    frames : int
        Length of the clip.
    seed : int
        Seed of the noise.
    noise : float
        Standard deviation of each pixel's and channel's Gaussian noise, in grey levels.
    chroma_noise : float
        Standard deviation of chroma noise in blobs of several pixels, as compression makes it, in grey levels.
    light : callable, optional
        Takes a frame number, and returns a gain: one factor, one each for R, G and B, or an array of shape (H, W, 1) or
        (H, W, 3) for the pixels of the plate, for example for a lamp in half of the room.
    camera : callable, optional
        Takes a frame number, and returns the homography (3, 3) from the frame's pixels to the plate's.
    size : (int, int), optional
        Width and height of the frames; the plate's by default. Frames of a moving camera should be smaller.
    softness : float
        Standard deviation of the lens's blur, in pixels. Real lenses have at least 0.5; with less, fine texture
        flickers if the camera moves by fractions of a pixel.

    Attributes
    ----------
    info : VideoInfo
        Size, length and rate of the clip.
    plate : uint8 array of shape (H, W, 3), RGB
        The true plate: the scene without actors and noise, in its own light, with the lens's blur.
    """

    def __init__(
        self,
        scene: Scene,
        frames: int,
        *,
        seed: int = 0,
        noise: float = 2.0,
        chroma_noise: float = 0.0,
        light: Light | None = None,
        camera: Camera | None = None,
        size: tuple[int, int] | None = None,
        softness: float = 0.0,
    ) -> None:
        if frames < 1:
            raise ParameterError(f"frames is {frames}, but at least 1 is needed")
        if noise < 0 or chroma_noise < 0:
            raise ParameterError(f"noise is {noise} and chroma_noise {chroma_noise}, but neither may be negative")
        width, height = size or (scene.view.width, scene.view.height)
        self.info = VideoInfo("street", width, height, frames, RATE)
        self._softness = softness
        self.plate = self._blurred(scene.plate)
        self._scene, self._frames, self._seed = scene, frames, seed
        self._noise, self._chroma_noise = noise, chroma_noise
        self._light, self._camera = light, camera

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(self._frames))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices; indices past the end are ignored."""
        for index in indices:
            if index < self._frames:
                yield self.frame(index)

    def frame(self, index: int) -> Frame:
        """Draw one frame."""
        self._check(index)
        image = self._projected(self._lit(self._scene.compose(index)[0], index), index)
        return Frame(self._noisy(image, index), index, index / RATE)

    def view(self, index: int) -> Image:
        """Return the true background of one frame, in its view and light, without noise: uint8 (H, W, 3), RGB."""
        self._check(index)
        return self._projected(self._lit(self._scene.plate, index), index)

    def mask(self, index: int) -> npt.NDArray[np.bool_]:
        """Return the true mask of one frame: bool (H, W), true if actors cover more than half of the pixel."""
        self._check(index)
        return np.asarray(self._projected(self._scene.compose(index)[1], index) > 0.5)

    def transform(self, index: int) -> npt.NDArray[np.float64]:
        """Return the true homography from one frame's pixels to the plate's: float64 (3, 3)."""
        self._check(index)
        return np.eye(3) if self._camera is None else np.asarray(self._camera(index), np.float64)

    def close(self) -> None:
        """Do nothing; the clip holds no resources."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _check(self, index: int) -> None:
        if not 0 <= index < self._frames:
            raise ParameterError(f"there is no frame {index}: the clip has the frames 0 to {self._frames - 1}")

    def _lit(self, image: Image, index: int) -> Image:
        """An image of the plate's size in a frame's light."""
        if self._light is None:
            return image
        gain = np.asarray(self._light(index), np.float32)
        if gain.ndim == 3:
            return np.asarray(np.clip(np.rint(image * gain), 0, 255), np.uint8)
        levels = np.clip(np.rint(np.arange(256)[:, None] * np.broadcast_to(gain, 3).astype(np.float64)), 0, 255)
        return np.asarray(cv2.LUT(image, levels.astype(np.uint8)[None]), np.uint8)

    def _blurred(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), self._softness)) if self._softness else image

    def _projected(self, image: npt.NDArray[Any], index: int) -> npt.NDArray[Any]:
        """An image of the plate's size, blurred by the lens and warped to a frame."""
        image = self._blurred(image)
        if self._camera is None and image.shape[:2] == (self.info.height, self.info.width):
            return image
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (self.info.width, self.info.height)
        return cv2.warpPerspective(image, self.transform(index), size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)

    def _noisy(self, image: Image, index: int) -> Image:
        if not self._noise and not self._chroma_noise:
            return image
        rng = np.random.default_rng([self._seed, index])
        grain = _normal_levels(self._noise)[np.frombuffer(rng.bytes(2 * image.size), np.uint16)].reshape(image.shape)
        if self._chroma_noise:
            coarse = rng.standard_normal((-(-image.shape[0] // 4), -(-image.shape[1] // 4), 3), np.float32)
            coarse = (coarse - coarse.mean(axis=2, keepdims=True)) * np.float32(self._chroma_noise)
            grain = grain + cv2.resize(coarse, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), np.uint8)


@cache
def _normal_levels(deviation: float) -> npt.NDArray[np.float32]:
    """A table that turns uniformly distributed uint16 into normally distributed noise of whole grey levels."""
    quantiles = [NormalDist().inv_cdf((number + 0.5) / 2**16) for number in range(2**15, 2**16)]
    upper = np.rint(np.array(quantiles, np.float32) * np.float32(deviation))
    return np.concatenate([-upper[::-1], upper])


def street(  # noqa: PLR0913  a public door
    width: int = 640,
    height: int = 360,
    frames: int = 150,
    *,
    seed: int = 0,
    noise: float = 2.0,
    chroma_noise: float = 0.0,
    walkers: int = 6,
    vehicles: int = 3,
    shadows: bool = False,
    standing: float = 0.0,
    light: Light | None = None,
    camera: Camera | None = None,
    size: tuple[int, int] | None = None,
    softness: float = 0.0,
) -> SyntheticClip:
    """Make a clip of a street, seen from a window above it, with walkers on both pavements and vehicles on two lanes.

    Parameters
    ----------
    width, height : int
        Size of the plate, in pixels, at least 16 each.
    frames : int
        Length of the clip, at 25 frames per second.
    seed : int
        Seed of all random numbers; the same arguments give the same bytes.
    noise, chroma_noise, light, camera, size, softness
        As for `SyntheticClip`.
    walkers, vehicles : int
        Numbers of walkers and vehicles, each of which passes repeatedly.
    shadows : bool
        Whether walkers and vehicles cast soft shadows, which are not part of the true masks.
    standing : float
        Share of the clip, 0..1, in which the first walker stands still near the middle of the image.

    Returns
    -------
    SyntheticClip

    Examples
    --------
    >>> clip = street(64, 36, frames=3, noise=0)
    >>> [frame.image.shape for frame in clip]
    [(36, 64, 3), (36, 64, 3), (36, 64, 3)]
    >>> bool(clip.mask(0).all())
    False
    """
    if width < SMALLEST or height < SMALLEST:
        raise ParameterError(f"the street is {width}x{height}, but at least {SMALLEST}x{SMALLEST} pixels are needed")
    if seed < 0:
        raise ParameterError(f"seed is {seed}, but 0 or more is needed")
    if not 0 <= standing <= 1:
        raise ParameterError(f"standing is {standing}, but must lie in 0..1: it is a share of the clip")
    view = Perspective(width, height)
    plate_rng, actor_rng = np.random.default_rng(seed).spawn(2)
    pause = (round(frames * (1 - standing) / 2), round(frames * (1 + standing) / 2))
    people = [
        _walker(view, number, actor_rng, pause if number == 0 and standing else None) for number in range(walkers)
    ]
    traffic = [_vehicle(view, number, vehicles, actor_rng) for number in range(vehicles)]
    scene = Scene(paint_street(view, plate_rng), (*people, *traffic), view, shadows)
    return SyntheticClip(
        scene, frames, seed=seed, noise=noise, chroma_noise=chroma_noise, light=light, camera=camera, size=size,
        softness=softness,
    )  # fmt: skip


def _walker(view: Perspective, number: int, rng: np.random.Generator, pause: tuple[int, int] | None) -> Walker:
    row = WALKS[number % len(WALKS)] + rng.uniform(-0.006, 0.006)
    visible = view.width / view.scale(row * view.height)  # metres
    speed = rng.uniform(0.045, 0.070) * (-1 if number % 2 else 1)
    loop = visible + 2 + rng.uniform(0, 3)
    start = rng.uniform(-loop / 2, loop / 2)
    if pause is not None:
        start = -speed * pause[0] - 0.1 * visible  # metres, so that the walker stands slightly left of the middle
    coat, trousers, skin, hair = (_one_of(colours, rng) for colours in (COATS, TROUSERS, SKINS, HAIRS))
    return Walker(Path(row, start, speed, loop, pause or (0, 0)), rng.uniform(1.58, 1.88), coat, trousers, skin, hair)


def _vehicle(view: Perspective, number: int, of: int, rng: np.random.Generator) -> Vehicle:
    row, speed = LANES[number % len(LANES)]
    queue = -(-(of - number % len(LANES)) // len(LANES))  # number of vehicles in this lane
    loop = max(view.width / view.scale(row * view.height) + 18.0, 9.0 * queue)
    start = (number // len(LANES) / queue + rng.uniform(-0.06, 0.06)) * loop
    return Vehicle(Path(row, start, speed, loop), _one_of(PAINTS, rng), van=number % 3 == 2)


def _one_of(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    return colours[rng.integers(len(colours))]
