"""A clip of a scene with several depths, drawn frame by frame, with its known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Floats, Image, Labels, Mask, Matrix
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.synthetic.actors import Actor
from stillplate.synthetic.drawn import DrawnClip, Sensor
from stillplate.synthetic.pen import Cutout, Pen
from stillplate.synthetic.rig import EYE, Rig, moved
from stillplate.synthetic.scene import SHADE, blend, cast
from stillplate.synthetic.surface import Paint, Surface, projected, softened

__all__ = ["DeepScene", "DepthClip", "Player"]

SUBFRAMES = 8  # pictures that are averaged to one with an open shutter; a pan of 30 pixels is steps of 4 or fewer


@dataclass(frozen=True, slots=True)
class Player:
    """An actor and how far from the camera it moves, in metres."""

    actor: Actor
    depth: float


@dataclass(frozen=True, slots=True)
class DeepScene:
    """A scene of several depths, and the camera that sees it.

    Attributes
    ----------
    rig : Rig
        The camera.
    surfaces : tuple of Surface
        What does not move, the farthest first.
    players : tuple of Player
        What moves, in any order.
    shadows : bool
        Whether what moves casts soft shadows.
    softness : float
        Standard deviation of the lens's blur, in pixels.
    """

    rig: Rig
    surfaces: tuple[Surface, ...]
    players: tuple[Player, ...]
    shadows: bool = False
    softness: float = 0.0

    def still(self, number: int, time: float) -> Cutout | None:
        """A surface as the camera sees it at a time, in frames; None if it does not."""
        surface = self.surfaces[number]
        return self._shown(surface.paint, surface.left, surface.top, self.rig.seen(surface.plane, time))

    def compose(self, time: float, *, empty: bool = False) -> tuple[Image, Floats]:
        """Draw the scene at a time, from far to near; without what moves if `empty`.

        Returns
        -------
        image : uint8 array of shape (H, W, 3), RGB
            The frame, without noise.
        cover : float32 array of shape (H, W)
            Share of each pixel that shows what moves, 0..1.
        """
        shape = (self.rig.height, self.rig.width)
        image, cover, none = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        players = [] if empty else sorted(self.players, key=lambda player: -player.depth)
        for number, surface in enumerate(self.surfaces):
            while players and players[0].depth > surface.depth:
                self._play(image, cover, players.pop(0), time)
            cutout = self.still(number, time)
            if cutout is not None:
                blend(image, none, cutout)
                _hide(cover, cutout)
        for player in players:
            self._play(image, cover, player, time)
        return image, cover

    def _play(self, image: Image, cover: Floats, player: Player, time: float) -> None:
        """Draw an actor and its shadow into an image, in place."""
        rig, actor = self.rig, player.actor
        aside, down = rig.place(time)
        scale = rig.focal / player.depth  # pixels per metre
        column, row = (actor.path.across(time) - aside) * scale + 0.5, (EYE - down) * scale + 0.5
        pen = Pen(column, row, -scale if actor.path.heads_left(time) else scale, actor.box)
        turned: Matrix = np.asarray(np.linalg.inv(rig.turned(time)), np.float64)
        actor.draw(pen, time)
        drawn = pen.cutout()
        if self.shadows:
            left, top, shade = cast(drawn, row)
            dark = np.rint(shade * np.float32(SHADE)).astype(np.uint8)
            shown = self._shown(np.dstack([np.zeros((*dark.shape, 3), np.uint8), dark]), left, top, turned)
            if shown is not None:
                blend(image, np.zeros_like(cover), shown)
        paint, edge = softened(np.dstack([drawn.colour, drawn.alpha]), self.softness)
        shown = self._shown(paint, drawn.left - edge, drawn.top - edge, turned)
        if shown is not None:
            blend(image, cover, shown)

    def _shown(self, paint: Paint, left: int, top: int, matrix: Matrix) -> Cutout | None:
        return projected(paint, matrix @ moved(left, top), (self.rig.width, self.rig.height))


class DepthClip(DrawnClip):
    """A drawn video of things at several depths, as a `FrameSource`; `park` makes it.

    Frames are drawn on request, and are the same each time. What does not move is a stack of surfaces, each a plane
    with its own homography: surface 0 is the farthest.

    Parameters
    ----------
    scene : DeepScene
        Camera, surfaces and actors.
    frames : int
        Length of the clip.
    sensor : Sensor
        The noise.
    shutter : float
        Share of a frame's time in which the shutter is open, 0..1.

    Attributes
    ----------
    info : VideoInfo
        Size, length and rate of the clip.
    names : tuple of str
        What each surface is, such as "wall" or "trunk", from far to near.
    depths : tuple of float
        Distance of each surface from the camera, in metres; of the ground, that of its far edge.
    """

    def __init__(self, scene: DeepScene, frames: int, sensor: Sensor, *, shutter: float = 0.0) -> None:
        super().__init__("park", (scene.rig.width, scene.rig.height), frames, sensor)
        if not 0 <= shutter <= 1:
            raise ParameterError(f"shutter is {shutter}, but must lie in 0..1: it is a share of a frame's time")
        self._scene, self._shutter = scene, shutter
        self.names = tuple(surface.name for surface in scene.surfaces)
        self.depths = tuple(surface.depth for surface in scene.surfaces)

    def frame(self, index: int) -> Frame:
        """Draw one frame."""
        self._check(index)
        return self._exposed(self._averaged(index)[0], index)

    def view(self, index: int) -> Image:
        """Return one frame with nobody in it, without noise: uint8 (H, W, 3), RGB."""
        self._check(index)
        return self._averaged(index, empty=True)[0]

    def mask(self, index: int) -> Mask:
        """Return the true mask of one frame: bool (H, W), true where what moves is seen in over half of the pixel."""
        return np.asarray(self.coverage(index) > 0.5)

    def coverage(self, index: int) -> Floats:
        """Return the share of each pixel of a frame that shows what moves: float32 (H, W), 0..1."""
        self._check(index)
        return self._averaged(index)[1]

    def surface(self, index: int) -> Labels:
        """Return the number of the surface that each pixel of a view shows: uint8 (H, W), 0 for the farthest."""
        self._check(index)
        numbers = np.zeros((self.info.height, self.info.width), np.uint8)
        for number in range(1, len(self.names)):
            cutout = self._scene.still(number, index)
            if cutout is not None:
                rows, columns = cutout.alpha.shape
                part = numbers[cutout.top : cutout.top + rows, cutout.left : cutout.left + columns]
                part[cutout.alpha > 127] = number
        return numbers

    def transform(self, index: int, surface: int = 0) -> Matrix:
        """Return the true homography of a surface, from one frame's pixels to those of the reference picture.

        Parameters
        ----------
        index : int
            Number of the frame.
        surface : int
            Number of the surface; 0, the default, is the farthest.

        Returns
        -------
        float64 array of shape (3, 3)
            To the pixels of a frame whose camera stands in the middle of its way and looks straight ahead.

        Notes
        -----
        The homography of a surface from frame i to frame j is ``inv(transform(j, surface)) @ transform(i, surface)``.
        """
        self._check(index)
        if not 0 <= surface < len(self.names):
            raise ParameterError(f"there is no surface {surface}: the clip has the surfaces 0 to {len(self.names) - 1}")
        seen = self._scene.rig.seen(self._scene.surfaces[surface].plane, index)
        return np.asarray(moved(*self._scene.rig.middle) @ np.linalg.inv(seen))

    def parallax(self, index: int, other: int = 0) -> Floats:
        """Return how far the background moves against the farthest surface between two frames.

        Parameters
        ----------
        index : int
            Number of the frame whose pixels are asked about.
        other : int
            Number of the frame to which it moves.

        Returns
        -------
        float32 array of shape (H, W), in pixels
            How far the background at a pixel moves from frame to frame, less what the farthest surface does there; what
            moves by itself is left out, as in `view`.

        Notes
        -----
        Distances are those of cameras at the same places that look straight ahead: focal · b · (1/Z − 1/Z₀) for a
        surface at depth Z, the farthest at Z₀ and the distance b between the cameras. Turning and shake have no part.
        """
        self._check(index)
        self._check(other)
        numbers = self.surface(index)
        result = np.zeros(numbers.shape, np.float32)
        for number in np.unique(numbers[numbers > 0]).tolist():
            rows, columns = np.nonzero(numbers == number)
            pixels = np.stack([columns, rows, np.ones_like(rows)]).astype(np.float64)
            ahead = self._scene.rig.turned(index) @ pixels
            near, far = (self._stepped(surface, index, other) @ (ahead / ahead[2]) for surface in (number, 0))
            result[rows, columns] = np.hypot(*(near - far)[:2])
        return result

    def _stepped(self, surface: int, index: int, other: int) -> Matrix:
        """Homography of a surface between two cameras that look straight ahead; it is affine."""
        rig, plane = self._scene.rig, self._scene.surfaces[surface].plane
        return np.asarray(rig.stepped(plane, other) @ np.linalg.inv(rig.stepped(plane, index)))

    def _averaged(self, index: int, *, empty: bool = False) -> tuple[Image, Floats]:
        """What falls on the sensor while the shutter is open; the middle of that time is the frame's."""
        if not self._shutter:
            return self._scene.compose(index, empty=empty)
        times = index + self._shutter * ((np.arange(SUBFRAMES) + 0.5) / SUBFRAMES - 0.5)
        pictures = [self._scene.compose(float(time), empty=empty) for time in times]
        image = np.rint(np.mean([image for image, _ in pictures], axis=0, dtype=np.float32)).astype(np.uint8)
        return image, np.mean([cover for _, cover in pictures], axis=0, dtype=np.float32)


def _hide(cover: Floats, cutout: Cutout) -> None:
    """Take what the cutout hides off the cover, in place."""
    rows, columns = cutout.alpha.shape
    cover[cutout.top : cutout.top + rows, cutout.left : cutout.left + columns] *= 1 - cutout.alpha / np.float32(255)
