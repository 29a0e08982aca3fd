"""The waist of the house: what is known of a clip's ground, and what it tells of a frame."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stillplate import composite, matte
from stillplate.archive import read_parts, write_parts
from stillplate.assumptions import Assumptions
from stillplate.camera_path import CameraPath
from stillplate.clean import retouch, with_shadows
from stillplate.errors import ParameterError
from stillplate.exclusion import Exclude, Excluded
from stillplate.ground import FOREGROUND, Ground, check_options
from stillplate.levelling import LightCurve
from stillplate.lights import LightState
from stillplate.looks import Look
from stillplate.motion import Transform
from stillplate.noise import Noise, learn
from stillplate.panorama import Panorama
from stillplate.plate import Plate, adopt_plate
from stillplate.region import Region, rasterise_roi
from stillplate.sampling import Progress, gather
from stillplate.span import Seconds
from stillplate.standing import Stay
from stillplate.video.images import read_image
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import FrameSource, Image, VideoInfo, as_rgb

__all__ = ["Background", "View"]


@dataclass(frozen=True, slots=True)
class View:
    """The plate as one frame's camera and light see it.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    noise : float32 array of shape (H, W)
        In 8-bit levels per channel.
    valid : bool array of shape (H, W)
        Where the ground was seen.
    """

    image: Image
    noise: npt.NDArray[np.float32]
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Background:
    """What stands still in a clip, and how to tell what does not.

    Attributes
    ----------
    plate : Plate
        The scene with nobody in it.
    times : tuple of Fraction
        When the sampled frames were shown, in seconds from the first frame of the clip.
    noise : Noise
        What the ground does by itself; decides the threshold where none is given.
    shakes : bool
        Whether the camera does, so that frames are registered to the plate.
    stays : tuple of Stay
        What stood still before the ground for a while; empty by majority.
    roi : bool array of shape (H, W), optional
        The region that masks are limited to; None: the whole picture.
    assumptions : Assumptions or None
        How far the clip is what the method takes it for; None where that was never measured.
    light : LightCurve or None
        Of the samples, where they were brought to one light, the plate's; None if that is fixed.
    states : tuple of LightState
        Those that the scene is seen in, with a plate for each, the first being `plate`; empty where there is one.
    camera : CameraPath or None
        Where the frames of a moving camera lie on the plate, which is larger than they are; None if it stands or
        shakes.
    looks : tuple of Look
        That parts of the plate have at times, such as a screen; in views, and masks but of a given threshold, the
        frame's own counts.
    indices : tuple of int
        Numbers of the sampled frames in the clip; empty where no sample made the plate.
    """

    plate: Plate
    times: tuple[Fraction, ...]
    noise: Noise
    shakes: bool = False
    stays: tuple[Stay, ...] = ()
    roi: npt.NDArray[np.bool_] | None = None
    assumptions: Assumptions | None = None
    light: LightCurve | None = None
    states: tuple[LightState, ...] = ()
    camera: CameraPath | None = None
    looks: tuple[Look, ...] = ()
    indices: tuple[int, ...] = ()
    _ground: Ground = field(init=False, repr=False, compare=False)
    _panorama: Panorama | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        states = [(state.plate.image, state.noise) for state in self.states]
        if self.light is not None and not states:
            states = [(self.plate.image, self.noise)]
        object.__setattr__(self, "_ground", Ground(self.plate.image, self.noise, self.shakes, states, self.looks))
        panorama = None if self.camera is None else Panorama(self.plate, self.noise, self.camera)
        object.__setattr__(self, "_panorama", panorama)

    @property
    def threshold(self) -> float:
        """Median over the picture of the thresholds that the noise decides, in 8-bit levels."""
        return float(np.median(self.noise.thresholds(*self.noise.level.shape)))

    def within(self, roi: Region | None) -> Self:
        """Limit the masks to a region.

        Parameters
        ----------
        roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
            Corners are (x, y) in pixels; a mask is true, its image white, in the region. The whole picture if None.

        Returns
        -------
        Background

        Raises
        ------
        ParameterError
            If the region is empty, a mask has another size, or a polygon fewer than 3 corners or one outside the plate.
        VideoOpenError, DecodeError
            If the mask image cannot be read.
        """
        return replace(self, roi=rasterise_roi(roi, *self._size))

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of a frame."""
        return self.plate.seen.shape[::-1] if self.camera is None else self.camera.size

    @classmethod
    def from_plate(
        cls,
        image: Image | str | os.PathLike[str],
        source: SourceLike | None = None,
        *,
        threshold: float | None = None,
        samples: int = 64,
        memory: int = 2**30,
        seed: int = 0,
        start: Seconds | None = None,
        end: Seconds | None = None,
        exclude: Exclude | None = None,
        roi: Region | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Use a picture from elsewhere as the plate: of an earlier clip, retouched, or taken when nobody was there.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), or path of an image
            Of the clip's size.
        source : as for `fit`, optional
            The clip, whose samples near the picture tell the noise, and so the threshold. Not needed if that is given.
        threshold : float, optional
            Of the mask, in 8-bit levels. Nothing is sampled then: the noise is 0, the support 1.
        samples, memory, seed, start, end, exclude, roi, progress
            As for `fit`.

        Returns
        -------
        Background
            Its support is the share of each pixel's samples within 20 levels of the picture (the mean over the
            channels), its noise their root mean square distance from it; the median of the others where there is none.

        Raises
        ------
        ParameterError
            If the picture has another size than the clip, neither `source` nor `threshold` is given, or an option is
            outside its range.
        VideoOpenError, DecodeError
            If the picture or the source cannot be read.
        TooFewFramesError
            If there is a single frame to sample.

        Examples
        --------
        >>> import numpy as np
        >>> background = Background.from_plate(np.full((4, 6, 3), 90, np.uint8), threshold=20)
        >>> int(background.mask(np.full((4, 6, 3), 120, np.uint8), cleanup="none").sum())
        24
        """
        named = os.fspath(image) if isinstance(image, (str, os.PathLike)) else "the plate"
        levels = source.info.levels if isinstance(source, FrameSource) else None
        picture = as_rgb(image, named) if isinstance(image, np.ndarray) else read_image(image, levels=levels)
        height, width, _ = picture.shape
        region = rasterise_roi(roi, width, height)
        if threshold is not None:
            matte.check_threshold(threshold)
        if source is None:
            if threshold is None:
                raise ParameterError("neither a source nor a threshold is given: one of them is needed beside a plate")
            return cls(adopt_plate(picture), (), Noise.even(threshold), roi=region)
        with opened(source) as frames:
            _check_plate(frames.info, picture, named)
            excluded = Excluded.of(exclude, width, height)
            if threshold is not None:
                return cls(adopt_plate(picture), (), Noise.even(threshold), roi=region)
            stack = gather(frames, samples, seed=seed, memory=memory, start=start, end=end, progress=progress)
        with stack:
            valid = excluded.among(stack.times)
            plate = adopt_plate(picture, stack, valid=valid, memory=memory)
            return cls(plate, stack.times, learn(stack, plate.image, valid), roi=region)

    def view(self, image: Image, index: int | None = None) -> View:
        """Render the plate as the camera that took `image` sees it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
            Number of the frame in the clip, where the camera moves: it tells about where the frame lies. Without it,
            the frame is recognised by its points of interest, which takes longer and may fail.

        Returns
        -------
        View
            Valid nowhere where the frame could not be registered.

        Raises
        ------
        ParameterError
            If the image is not of the frames' size.
        """
        self._check_size(image)
        if self._panorama is not None:
            return self._panned(image, index)[0]
        match = self._ground.match(image)
        to_frame, gain = match.motion.to_frame, match.gain
        plate = to_frame(self._ground.lit(match))
        nearest = self.states[match.mixture.state].plate if self.states and match.mixture else self.plate
        valid = to_frame(nearest.seen.view(np.uint8)) > 0
        return View(gain.apply(plate) if gain.noticeable else plate, to_frame(nearest.noise), valid)

    def place(self, image: Image, index: int | None = None) -> Transform | None:
        """Find where a frame lies on the plate.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
            Number of the frame in the clip, as for `view`.

        Returns
        -------
        Transform or None
            From the frame to the plate; None where that cannot be told.
        """
        self._check_size(image)
        return self._ground.match(image).motion if self._panorama is None else self._panorama.place(image, index)

    def _panned(self, image: Image, index: int | None) -> tuple[View, npt.NDArray[np.float32]]:
        """Render the plate of a moving camera, and its thresholds."""
        assert self._panorama is not None
        motion = self._panorama.place(image, index)
        if motion is None:
            nothing = np.zeros(image.shape[:2], np.float32)
            return View(np.zeros_like(image), nothing, nothing > 0), nothing + np.float32(255)
        sight = self._panorama.sight(image, motion)
        plate = sight.gain.apply(sight.image) if sight.gain.noticeable else sight.image
        return View(plate, self._panorama.noise(motion), sight.seen), sight.thresholds

    def _seen(self, image: Image, index: int | None) -> tuple[View, npt.NDArray[np.float32]]:
        """Render the plate, and the thresholds there."""
        if self._panorama is not None:
            return self._panned(image, index)
        return self.view(image), self._ground.thresholds()

    def _check_size(self, image: Image) -> None:
        width, height = self._size
        if image.shape != (height, width, 3):
            raise ParameterError(f"the frame has shape {image.shape}, but the plate needs ({height}, {width}, 3)")

    def labels(
        self,
        image: Image,
        index: int | None = None,
        *,
        threshold: float | None = None,
        weights: Sequence[float] = matte.EQUAL_WEIGHTS,
        sensitivity: float = 1.0,
        shadows: str = "background",
        cleanup: str = "default",
    ) -> npt.NDArray[np.uint8]:
        """Tell what is not the plate: things, and shadows where they are to be labelled.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
            Number of the frame in the clip, where the camera moves, as for `view`.
        threshold : float, optional
            In 8-bit levels, of the difference of the frame, as it is, to the plate; by default derived from the noise,
            and the frame is first brought into the plate's light and place.
        weights : three non-negative numbers
            Of red, green and blue in the difference; normalised to sum to 1.
        sensitivity : float
            Divides the threshold: 1 is the default, 2 marks what differs half as much.
        shadows : "background", "foreground" or "label"
            What a darkened ground of the same hue and texture is.
        cleanup : "none", "light" or "default"
            None: each pixel by itself; shadows are then foreground. Light: regions with strong evidence, less specks,
            shadows told apart. Default: and solid, with clean edges.

        Returns
        -------
        uint8 array of shape (H, W)
            255 where something is, 127 where its shadow falls if `shadows` is "label", 0 elsewhere and outside `roi`.
            Where the camera moves, 0 too where the ground was never seen, and all over if the frame was not registered.

        Raises
        ------
        ParameterError
            If the image is not of the frames' size or an option is outside its range.
        """
        self._check_size(image)
        check_options(sensitivity, shadows, cleanup)
        weights = matte.normalised(weights)
        if threshold is not None:
            matte.check_threshold(threshold)
        if self._panorama is not None:
            labels = self._panorama.labels(
                image, index, threshold=threshold, weights=weights,
                sensitivity=sensitivity, shadows=shadows, cleanup=cleanup,
            )  # fmt: skip
        elif cleanup == "none":
            labels = self._bare(image, threshold, weights, sensitivity).view(np.uint8) * np.uint8(FOREGROUND)
        else:
            labels = self._ground.labels(
                image, threshold=threshold, weights=weights,
                sensitivity=sensitivity, shadows=shadows, cleanup=cleanup,
            )  # fmt: skip
        if self.roi is not None:
            labels[~self.roi] = 0
        return labels

    def _bare(
        self, image: Image, threshold: float | None, weights: Sequence[float], sensitivity: float
    ) -> npt.NDArray[np.bool_]:
        if threshold is not None:
            return matte.mask(image, self.plate.image, threshold / sensitivity, weights)
        return self._ground.bare(image, self._ground.match(image), sensitivity, weights)

    def mask(self, image: Image, index: int | None = None, **options: Any) -> npt.NDArray[np.bool_]:
        """Mark what is not the plate.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        bool array of shape (H, W)
            Where something is in front of the plate.
        """
        return np.equal(self.labels(image, index, **options), FOREGROUND)

    def matte(self, image: Image, index: int | None = None, **options: Any) -> tuple[npt.NDArray[np.float32], Image]:
        """Tell how much of each pixel is not the plate, and its colour without it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        alpha : float32 array of shape (H, W), 0..1
        colours : uint8 array of shape (H, W, 3), RGB
            Un-mixed: no halo of the old ground is left on a new one. Black where alpha is 0.
        """
        mask = self.mask(image, index, **options)
        return self.unmix(image, mask, index, hard=options.get("cleanup") == "none")

    def unmix(
        self, image: Image, mask: npt.NDArray[np.bool_], index: int | None = None, *, hard: bool = False
    ) -> tuple[npt.NDArray[np.float32], Image]:
        """Make a matte of a frame and its mask, as `matte` does; with `hard` edges, the frame's own colours."""
        if hard:
            return mask.astype(np.float32), composite.foreground(image, mask)
        view, thresholds = self._seen(image, index)
        return matte.unmix(image, view.image, thresholds, mask)

    def foreground(self, image: Image, index: int | None = None, **options: Any) -> Image:
        """Keep the frame's own colours where something moved; black elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
        """
        return composite.foreground(image, self.mask(image, index, **options))

    def cutout(self, image: Image, index: int | None = None, **options: Any) -> Image:
        """Keep what moved, with soft edges; transparent elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
        **options
            As for `labels`. With `cleanup="none"` edges are hard and colours the frame's own.

        Returns
        -------
        uint8 array of shape (H, W, 4), RGBA
            Straight alpha, 0..255: the matte and its colours.
        """
        alpha, colours = self.matte(image, index, **options)
        return composite.cutout(colours, alpha)

    def clean(self, image: Image, index: int | None = None, **options: Any) -> Image:
        """Show the frame with nobody in it: the plate where something or its shadow is, its own pixels elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        index : int, optional
        **options
            As for `labels`. Shadows that are told apart go, too.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
            Where the ground was never seen, the plate's best guess: what it shows there stays in every frame. Where the
            camera moves, the frame itself.

        See Also
        --------
        stillplate.clean.retouch : how far around what is hidden the plate reaches, and its edge.
        """
        options["shadows"] = with_shadows(options.get("shadows", "background"))
        return self.retouch(image, self.labels(image, index, **options), index)

    def retouch(self, image: Image, labels: npt.NDArray[np.uint8], index: int | None = None) -> Image:
        """Show a frame without what its labels mark, as `clean` does."""
        view, thresholds = self._seen(image, index)
        known = None if self.camera is None else view.valid
        return retouch(image, view.image, labels > 0, thresholds, known)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write to an `.npz` file that `load` reads back, bit for bit (no pickle).

        Parameters
        ----------
        path : path
        overwrite : bool
            Whether a file that exists may be replaced.
        """
        parts = {part.name: getattr(self, part.name) for part in fields(self) if part.init}
        write_parts(Path(path), parts, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        Background

        Raises
        ------
        VideoOpenError
            If there is no such file, or it holds no background.
        """
        return cls(**read_parts(Path(path)))


def _check_plate(info: VideoInfo, image: Image, named: str) -> None:
    if image.shape[:2] != (info.height, info.width):
        raise ParameterError(
            f"{named} is {image.shape[1]}x{image.shape[0]}, but {info.name} is {info.width}x{info.height}: "
            "a plate of the clip's size is needed"
        )
