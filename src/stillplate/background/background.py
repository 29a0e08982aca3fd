"""The waist of the house: what is known of a clip's ground, and what it tells of a frame."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from html import escape
from inspect import signature
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.archive import read_parts, write_parts
from stillplate.background.assumptions import Assumptions
from stillplate.background.fit_states import LightState
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.io.image_samples import read_image
from stillplate.io.images import encode_image
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import FrameSource, VideoInfo, as_rgb
from stillplate.photometry.appearance import Appearance
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import Flicker
from stillplate.plate.plate import CERTAIN, Plate, adopt_plate
from stillplate.plate.stationary import Stay
from stillplate.sampling.exclusion import Exclude, Excluded
from stillplate.sampling.gather import Progress, gather
from stillplate.sampling.region import Region, rasterise_roi
from stillplate.sampling.span import Seconds
from stillplate.segmentation import composite, difference, matte
from stillplate.segmentation.cleanup import keep_large, smallest_area
from stillplate.segmentation.moving_camera import MovingCamera
from stillplate.segmentation.noise import Noise, learn
from stillplate.segmentation.options import EQUAL_WEIGHTS, check_options, check_threshold, normalised
from stillplate.segmentation.retouch import retouch, with_shadows
from stillplate.segmentation.static_camera import FOREGROUND, Match, StaticCamera
from stillplate.segmentation.view import View

__all__ = ["Background", "check_keywords"]


SHOWN = 640  # pixels: wider plates are brought down where they are shown in a notebook


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
    flicker : Flicker or None
        Bands of light that roll through the frames, and are taken off them; None if there are none.
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
    looks: tuple[Appearance, ...] = ()
    indices: tuple[int, ...] = ()
    flicker: Flicker | None = None
    _ground: StaticCamera = field(init=False, repr=False, compare=False)
    _panorama: MovingCamera | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        states = [(state.plate.image, state.noise) for state in self.states]
        if self.light is not None and not states:
            states = [(self.plate.image, self.noise)]
        ground = StaticCamera(self.plate.image, self.noise, self.shakes, states, self.looks, self.flicker)
        object.__setattr__(self, "_ground", ground)
        panorama = None if self.camera is None else MovingCamera(self.plate, self.noise, self.camera)
        object.__setattr__(self, "_panorama", panorama)

    def __repr__(self) -> str:
        return f"<Background: {self._told}>"

    def _repr_html_(self) -> str:
        """Show the plate in a notebook."""
        picture = base64.b64encode(encode_image(Path("plate.png"), _small(self.plate.image))).decode()
        return f'<img src="data:image/png;base64,{picture}" alt="plate"><p>{escape(self._told)}</p>'

    @property
    def _told(self) -> str:
        """A line of figures."""
        height, width = self.plate.seen.shape
        camera = "moves" if self.camera is not None else "shakes" if self.shakes else "stands still"
        states = f", {len(self.states)} states of light" if self.states else ""
        sure = float((self.plate.support >= CERTAIN).mean())
        return (
            f"plate of {width}x{height} pixels from {len(self.times)} samples, {sure:.1%} of it certain, "
            f"the camera {camera}{states}, median threshold {self.threshold:.1f} levels"
        )

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
            check_threshold(threshold)
        if source is None:
            if threshold is None:
                raise ParameterError("neither a source nor a threshold is given: one of them is needed beside a plate")
            return cls(adopt_plate(picture), (), Noise.even(threshold), roi=region)
        with opened(source) as frames:
            _check_plate(frames.info, picture, named)
            excluded = Excluded.of(exclude, width, height)
            region = excluded.outside(region)
            if threshold is not None:
                return cls(adopt_plate(picture), (), Noise.even(threshold), roi=region)
            stack = gather(frames, samples, seed=seed, memory=memory, start=start, end=end, progress=progress)
        with stack:
            valid = excluded.validity(stack.times)
            plate = adopt_plate(picture, stack, valid=valid, memory=memory)
            return cls(plate, stack.times, learn(stack, plate.image, valid), roi=region)

    def view(self, image: Image, index: int | None = None) -> View:
        """Render the plate as the camera that took `image` sees it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
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
        image = self._framed(image)
        return self._panned(image, index)[0] if self._panorama is not None else self._shown(self._ground.match(image))

    def _shown(self, match: Match) -> View:
        """Render the plate of a camera that stands or shakes."""
        to_frame = match.motion.to_frame
        plate = match.shown(to_frame(self._ground.lit(match)))
        nearest = self.states[match.mixture.state].plate if self.states and match.mixture else self.plate
        valid = to_frame(nearest.seen.view(np.uint8)) > 0
        return View(plate, to_frame(nearest.noise), valid)

    def place(self, image: Image, index: int | None = None) -> Transform | None:
        """Find where a frame lies on the plate.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
            Number of the frame in the clip, as for `view`.

        Returns
        -------
        Transform or None
            From the frame to the plate; None where that cannot be told.
        """
        image = self._framed(image)
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
        match = self._ground.match(image)
        return self._shown(match), self._ground.thresholds(match)

    def _framed(self, image: npt.NDArray[Any]) -> Image:
        """Take a frame in colour or grey for one of the plate's size: uint8 array of shape (H, W, 3), RGB."""
        width, height = self._size
        shape = np.shape(image)
        if shape not in ((height, width), (height, width, 1), (height, width, 3)):
            needed = f"({height}, {width}, 3), or ({height}, {width}) of a grey one,"
            raise ParameterError(f"the frame has shape {shape}, but {needed} is needed for the plate")
        return as_rgb(np.asarray(image), "the frame")

    def labels(
        self,
        image: Image,
        index: int | None = None,
        *,
        threshold: float | None = None,
        weights: Sequence[float] = EQUAL_WEIGHTS,
        sensitivity: float = 1.0,
        shadows: str = "background",
        cleanup: str = "default",
        min_size: float | str | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Tell what is not the plate: things, and shadows where they are to be labelled.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
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
        min_size : float or str, optional
            Diameter of the smallest thing, as a disc: in pixels, or "1%" of the width. By default as small as the noise
            allows, and larger than snow, rain and glints where the clip shows such; where the camera moves, 0.05 % of
            the image.

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
        image = self._framed(image)
        check_options(sensitivity, shadows, cleanup)
        weights = normalised(weights)
        if threshold is not None:
            check_threshold(threshold)
        least = None if min_size is None else smallest_area(min_size, image.shape[1])
        if self._panorama is not None:
            labels = self._panorama.labels(
                image, index, threshold=threshold, weights=weights,
                sensitivity=sensitivity, shadows=shadows, cleanup=cleanup, least=least,
            )  # fmt: skip
        elif cleanup == "none":
            labels = self._bare(image, threshold, weights, sensitivity).view(np.uint8) * np.uint8(FOREGROUND)
        else:
            labels = self._ground.labels(
                image, threshold=threshold, weights=weights,
                sensitivity=sensitivity, shadows=shadows, cleanup=cleanup, least=least,
            )  # fmt: skip
        if self.roi is not None:
            labels[~self.roi] = 0
        if least is not None:
            things = labels == FOREGROUND
            labels[things & ~keep_large(things, least)] = 0
        return labels

    def _bare(
        self, image: Image, threshold: float | None, weights: Sequence[float], sensitivity: float
    ) -> npt.NDArray[np.bool_]:
        if threshold is not None:
            return difference.mask(image, self.plate.image, threshold / sensitivity, weights)
        return self._ground.bare(image, self._ground.match(image), sensitivity, weights)

    def mask(self, image: Image, index: int | None = None, **options: Any) -> npt.NDArray[np.bool_]:
        """Mark what is not the plate.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        bool array of shape (H, W)
            Where something is in front of the plate.
        """
        check_keywords("mask", options)
        return np.equal(self.labels(image, index, **options), FOREGROUND)

    def matte(self, image: Image, index: int | None = None, **options: Any) -> tuple[npt.NDArray[np.float32], Image]:
        """Tell how much of each pixel is not the plate, and its colour without it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        alpha : float32 array of shape (H, W), 0..1
        colours : uint8 array of shape (H, W, 3), RGB
            Un-mixed: no halo of the old ground is left on a new one. Black where alpha is 0.
        """
        check_keywords("matte", options)
        mask = self.mask(image, index, **options)
        return self.unmix(image, mask, index, hard=options.get("cleanup") == "none")

    def unmix(
        self, image: Image, mask: npt.NDArray[np.bool_], index: int | None = None, *, hard: bool = False
    ) -> tuple[npt.NDArray[np.float32], Image]:
        """Make a matte of a frame and its mask, as `matte` does; with `hard` edges, the frame's own colours."""
        image = self._framed(image)
        if hard:
            return mask.astype(np.float32), composite.foreground(image, mask)
        view, thresholds = self._seen(image, index)
        return matte.unmix(image, view.image, thresholds, mask)

    def foreground(self, image: Image, index: int | None = None, **options: Any) -> Image:
        """Keep the frame's own colours where something moved; black elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        **options
            As for `labels`.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
        """
        check_keywords("foreground", options)
        image = self._framed(image)
        return composite.foreground(image, self.mask(image, index, **options))

    def cutout(self, image: Image, index: int | None = None, **options: Any) -> Image:
        """Keep what moved, with soft edges; transparent elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        **options
            As for `labels`. With `cleanup="none"` edges are hard and colours the frame's own.

        Returns
        -------
        uint8 array of shape (H, W, 4), RGBA
            Straight alpha, 0..255: the matte and its colours.
        """
        check_keywords("cutout", options)
        alpha, colours = self.matte(image, index, **options)
        return composite.cutout(colours, alpha)

    def clean(self, image: Image, index: int | None = None, *, clean_shadows: bool = True, **options: Any) -> Image:
        """Show the frame with nobody in it: the plate where something or its shadow is, its own pixels elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        clean_shadows : bool
            Whether shadows go with the things that cast them, down to their soft ends.
        **options
            As for `labels`.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
            Where the ground was never seen, the plate's best guess: what it shows there stays in every frame. Where the
            camera moves, the frame itself.

        See Also
        --------
        stillplate.clean.retouch : how far around what is hidden the plate reaches, and its edge.
        """
        check_keywords("clean", options)
        if clean_shadows:
            options["shadows"] = with_shadows(options.get("shadows", "background"))
        labels = self.labels(image, index, **options)
        return self.retouch(image, labels, index, clean_shadows=clean_shadows)

    def retouch(
        self, image: Image, labels: npt.NDArray[np.uint8], index: int | None = None, *, clean_shadows: bool = True
    ) -> Image:
        """Show a frame without what its labels mark, as `clean` does."""
        image = self._framed(image)
        view, thresholds = self._seen(image, index)
        known = None if self.camera is None else view.valid
        hidden = labels > 0 if clean_shadows else labels == FOREGROUND
        return retouch(image, view.image, hidden, thresholds, known, shadows=clean_shadows, region=self.roi)

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


def _small(image: Image) -> Image:
    """Bring a picture down to what fits on a page."""
    import cv2

    height, width, _ = image.shape
    if width <= SHOWN:
        return image
    return np.asarray(cv2.resize(image, (SHOWN, round(height * SHOWN / width)), interpolation=cv2.INTER_AREA), np.uint8)


def check_keywords(function: str, options: Mapping[str, object]) -> None:
    """Refuse, with a TypeError, what is no option of `Background.labels`."""
    known = [one.name for one in signature(Background.labels).parameters.values() if one.kind is one.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise TypeError(f"{function}() has no option {name!r}: its options are {', '.join(known)}")


def _check_plate(info: VideoInfo, image: Image, named: str) -> None:
    if image.shape[:2] != (info.height, info.width):
        raise ParameterError(
            f"{named} is {image.shape[1]}x{image.shape[0]}, but {info.name} is {info.width}x{info.height}: "
            "a plate of the clip's size is needed"
        )
