"""A clip that is drawn frame by frame, with its known truth, and the street that it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.synthetic.actors import Path, Vehicle, Walker
from stillplate.synthetic.drawn import DrawnClip, Sensor
from stillplate.synthetic.scene import Scene
from stillplate.synthetic.scenery import Perspective, paint_street
from stillplate.synthetic.wardrobe import dressed, lacquered

__all__ = ["SyntheticClip", "street"]

SMALLEST = 16  # pixels, the least width and height of a street
Light = Callable[[int], npt.ArrayLike]
Camera = Callable[[int], npt.ArrayLike]

WALKS = (0.905, 0.43, 0.935, 0.47, 0.45, 0.92)  # rows of the walkers' feet, as shares of the image's height
LANES = ((0.605, -0.34), (0.775, 0.38))  # row of each lane, as a share of the image's height, and metres per frame


class SyntheticClip(DrawnClip):
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
        sensor = Sensor(noise, chroma_noise, seed)
        super().__init__("street", size or (scene.view.width, scene.view.height), frames, sensor)
        self._softness = softness
        self.plate = self._blurred(scene.plate)
        self._scene, self._light, self._camera = scene, light, camera

    def frame(self, index: int) -> Frame:
        """Draw one frame."""
        self._check(index)
        image = self._projected(self._lit(self._scene.compose(index)[0], index), index)
        return self._exposed(image, index)

    def view(self, index: int) -> Image:
        """Return the true background of one frame, in its view and light, without noise: uint8 (H, W, 3), RGB."""
        self._check(index)
        return self._projected(self._lit(self._scene.plate, index), index)

    def mask(self, index: int) -> npt.NDArray[np.bool_]:
        """Return the true mask of one frame: bool (H, W), true if actors cover more than half of the pixel."""
        self._check(index)
        return np.asarray(self._projected(self._scene.compose(index)[1], index) > 0.5)

    def owners(self, index: int) -> npt.NDArray[np.int32]:
        """Return who is seen in one frame: int32 (H, W), numbers as of `Scene.owners`, for scores of tracks."""
        self._check(index)
        owners = self._scene.owners(index)
        if self._camera is None and owners.shape == (self.info.height, self.info.width):
            return owners
        flags, size = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, (self.info.width, self.info.height)
        warped = cv2.warpPerspective(owners.astype(np.float32), self.transform(index), size, flags=flags)
        return np.asarray(warped, np.int32)

    def transform(self, index: int) -> npt.NDArray[np.float64]:
        """Return the true homography from one frame's pixels to the plate's: float64 (3, 3)."""
        self._check(index)
        return np.eye(3) if self._camera is None else np.asarray(self._camera(index), np.float64)

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
    return dressed(Path(row, start, speed, loop, pause or (0, 0)), rng)


def _vehicle(view: Perspective, number: int, of: int, rng: np.random.Generator) -> Vehicle:
    row, speed = LANES[number % len(LANES)]
    queue = -(-(of - number % len(LANES)) // len(LANES))  # number of vehicles in this lane
    loop = max(view.width / view.scale(row * view.height) + 18.0, 9.0 * queue)
    start = (number // len(LANES) / queue + rng.uniform(-0.06, 0.06)) * loop
    return lacquered(Path(row, start, speed, loop), rng, van=number % 3 == 2)
