"""The waist of the house: `fit` makes a `Background`, everything else asks it."""

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
from stillplate.alignment import align
from stillplate.archive import read_parts, write_parts
from stillplate.assumptions import Assumptions, measure_assumptions
from stillplate.camera_file import as_camera
from stillplate.camera_motion import CameraMotion, measure_camera
from stillplate.camera_path import CameraPath
from stillplate.clean import retouch, with_shadows
from stillplate.errors import ParameterError
from stillplate.exclusion import Exclude, Excluded
from stillplate.ground import FOREGROUND, Ground, check_options
from stillplate.levelling import LightCurve, check_light, vote_in_one_light
from stillplate.motion import Transform
from stillplate.noise import Noise, learn
from stillplate.panorama import Panorama
from stillplate.panorama_fit import check_camera, fit_panorama, follow_camera
from stillplate.plate import Plate, adopt_plate, estimate_plate
from stillplate.region import Region, rasterise_roi
from stillplate.sampling import Progress, gather
from stillplate.span import Seconds
from stillplate.stack import SampleStack, small_size
from stillplate.standing import Stay, find_stays
from stillplate.tracing import trace_camera
from stillplate.video.images import read_image
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import Image, VideoInfo, as_rgb
from stillplate.votes import check_vote

__all__ = ["Background", "View", "fit"]


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
    camera : CameraPath or None
        Where the frames of a moving camera lie on the plate, which is larger than they are; None if it stands or
        shakes.
    """

    plate: Plate
    times: tuple[Fraction, ...]
    noise: Noise
    shakes: bool = False
    stays: tuple[Stay, ...] = ()
    roi: npt.NDArray[np.bool_] | None = None
    assumptions: Assumptions | None = None
    light: LightCurve | None = None
    camera: CameraPath | None = None
    _ground: Ground = field(init=False, repr=False, compare=False)
    _panorama: Panorama | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ground", Ground(self.plate.image, self.noise, self.shakes))
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
        picture = as_rgb(image, named) if isinstance(image, np.ndarray) else read_image(image)
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
        plate = to_frame(self.plate.image)
        valid = to_frame(self.plate.seen.view(np.uint8)) > 0
        return View(gain.apply(plate) if gain.noticeable else plate, to_frame(self.plate.noise), valid)

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


def fit(
    source: SourceLike,
    *,
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    light: str = "fixed",
    camera: str = "auto",
    motion_from: CameraPath | str | os.PathLike[str] | None = None,
    masks: bool = True,
    memory: int = 2**30,
    seed: int = 0,
    start: Seconds | None = None,
    end: Seconds | None = None,
    exclude: Exclude | None = None,
    roi: Region | None = None,
    progress: Progress | None = None,
) -> Background:
    """Reconstruct the background of a clip.

    Parameters
    ----------
    source : path, FrameSource, uint8 array of shape (N, H, W, 3) or (N, H, W), or iterable of images
        The clip. A path may be a video file, a folder or glob of images.
    samples : int
        Frames to sample, spread over the clip at random; 2 or more.
    clusters : int
        Colours to tell apart at each pixel (k of the k-means), 1 to 8.
    vote : "calm" or "majority"
        How the ground is chosen: "calm" weighs who shows it; "majority" takes the biggest cluster.
    light : "auto", "fixed" or "varying"
        Whether samples are brought to one light before they vote: "auto" does where it is seen to vary.
    camera : "auto", "static" or "moving"
        Whether the camera goes elsewhere, so that each frame is laid on a larger plate; "auto" follows it if it is seen
        to.
    motion_from : CameraPath, or path of a file as `render` writes it, optional
        Where the frames lie, if that is known: from `trace_camera`, an earlier fit, or another tool. The camera is then
        moving.
    masks : bool
        Whether to learn what the ground does by itself, as masks need it; without, the plate is made somewhat sooner.
    memory : int
        Bytes that the sampled frames may take; more goes to a temporary file.
    seed : int
        Seed of the choice of frames: same input, options and seed, same result.
    start, end : float or Fraction, optional
        Seconds from the first frame, 25 images being one: no frame before or after these moments is sampled.
    exclude : Exclusion, or polygon of shape (N, 2), bool array of shape (H, W) or path of a mask image; or several
        What is not ground, such as a man who never leaves: there the samples have no vote. A pixel that is excluded
        in every sample is made of all of them, and its support is 0.
    roi : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image, optional
        Region that masks are limited to; the plate stays whole.
    progress : callable, optional
        Called with the number of frames sampled so far and the number wanted; with those through which the camera was
        followed and all, too, where it moves.

    Returns
    -------
    Background

    Raises
    ------
    ParameterError
        If an option is outside its range, or a region is empty or does not fit the picture.
    VideoOpenError, DecodeError
        If the source or a mask image cannot be read.
    TooFewFramesError
        If there is a single frame to sample.
    RegistrationError
        If the camera is to be followed, and no two frames can be registered to one another.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> images = np.full((5, 4, 6, 3), 90, np.uint8)
    >>> images[2, 1:3, 2:4] = 250
    >>> background = stillplate.fit(images)
    >>> int(background.plate.image.max()), int(background.mask(images[2], cleanup="none").sum())
    (90, 4)
    """
    check_vote(vote)
    check_light(light)
    calmly = vote != "majority"
    check_camera(camera, followed=motion_from is not None)
    with opened(source) as frames:
        width, height = frames.info.width, frames.info.height
        region, excluded = rasterise_roi(roi, width, height), Excluded.of(exclude, width, height)
        path = None if motion_from is None else as_camera(motion_from, frames.info)
        if path is not None and path.still:
            path, camera = None, "static"
        if path is None and camera == "moving":
            path = trace_camera(frames, progress=progress)
        stack = gather(
            frames, samples, seed=seed, memory=memory, neighbours=calmly, start=start, end=end, progress=progress
        )
        with stack:
            moved = measure_camera(stack) if path is None else None
            if moved is not None and moved.state == "moving" and camera == "auto":
                path = follow_camera(frames, progress)
            if path is None:
                still = _fit_still(
                    stack, excluded, calmly, moved, light=light, clusters=clusters, memory=memory, masks=masks,
                    frames=frames.info.frames,
                )  # fmt: skip
                return replace(still, roi=region)
            panned = fit_panorama(
                stack, path, excluded, light=light, calmly=calmly, clusters=clusters, memory=memory, masks=masks
            )
    return Background(
        panned.plate, panned.times, panned.noise, False, panned.stays, region, panned.assumptions, panned.light,
        panned.camera,
    )  # fmt: skip


def _fit_still(
    stack: SampleStack,
    excluded: Excluded,
    calmly: bool,
    moved: CameraMotion | None,
    *,
    light: str,
    clusters: int,
    memory: int,
    masks: bool,
    frames: int | None,
) -> Background:
    """Make the background of a camera that stands, or shakes."""
    valid = excluded.among(stack.times)
    shake = 0.0 if moved is not None and moved.state == "moving" else align(stack)
    small = None if valid is None else valid.small(*small_size(stack.height, stack.width))
    stack, votes, curve = vote_in_one_light(stack, light, calmly=calmly, valid=small)
    plate = estimate_plate(stack, votes, valid=valid, clusters=clusters, memory=memory)
    stays = () if votes is None else find_stays(stack, plate.image, votes.noise)
    assumptions = measure_assumptions(stack, plate, votes, frames, shake, curve, moved)
    noise = learn(stack, plate.image, valid) if masks else Noise.of_plate(plate.noise)
    return Background(plate, stack.times, noise, shake > 0, stays, None, assumptions, curve)
