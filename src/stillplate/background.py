"""The waist of the house: `fit` makes a `Background`, everything else asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from stillplate import composite, matte
from stillplate.assumptions import Assumptions, measure_assumptions
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.exclusion import Exclude, Excluded
from stillplate.files import whole
from stillplate.plate import Plate, adopt_plate, estimate_plate
from stillplate.region import Region, rasterise_roi
from stillplate.sampling import Progress, gather
from stillplate.span import Seconds
from stillplate.stack import small_size
from stillplate.standing import Stay, find_stays
from stillplate.video.images import read_image
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import Image, VideoInfo, as_rgb
from stillplate.votes import calm, check_vote

__all__ = ["Background", "View", "fit"]

FORMAT = 2  # of the saved file


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
    threshold : float
        Of the mask, in 8-bit levels, where none is given: derived from the plate's noise.
    stays : tuple of Stay
        What stood still before the ground for a while; empty by majority.
    roi : bool array of shape (H, W), optional
        The region that masks are limited to; None: the whole picture.
    assumptions : Assumptions or None
        How far the clip is what the method takes it for; None where that was never measured.
    """

    plate: Plate
    times: tuple[Fraction, ...]
    threshold: float
    stays: tuple[Stay, ...] = ()
    roi: npt.NDArray[np.bool_] | None = None
    assumptions: Assumptions | None = None

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
        height, width, _ = self.plate.image.shape
        return replace(self, roi=rasterise_roi(roi, width, height))

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
        >>> int(background.mask(np.full((4, 6, 3), 120, np.uint8)).sum())
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
            return cls(adopt_plate(picture), (), threshold, roi=region)
        with opened(source) as frames:
            _check_plate(frames.info, picture, named)
            excluded = Excluded.of(exclude, width, height)
            if threshold is not None:
                return cls(adopt_plate(picture), (), threshold, roi=region)
            stack = gather(frames, samples, seed=seed, memory=memory, start=start, end=end, progress=progress)
        with stack:
            plate = adopt_plate(picture, stack, valid=excluded.among(stack.times), memory=memory)
            return cls(plate, stack.times, matte.automatic_threshold(plate), roi=region)

    def view(self, image: Image) -> View:
        """Render the plate as the camera that took `image` sees it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB

        Returns
        -------
        View

        Raises
        ------
        ParameterError
            If the image is not of the plate's size.
        """
        self._check_size(image)
        return View(self.plate.image, self.plate.noise, self.plate.seen)

    def _check_size(self, image: Image) -> None:
        if image.shape != self.plate.image.shape:
            height, width, _ = self.plate.image.shape
            raise ParameterError(f"the frame has shape {image.shape}, but the plate needs ({height}, {width}, 3)")

    def mask(
        self, image: Image, *, threshold: float | None = None, weights: Sequence[float] = matte.EQUAL_WEIGHTS
    ) -> npt.NDArray[np.bool_]:
        """Mark what is not the plate.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        threshold : float, optional
            In 8-bit levels; by default the background's own.
        weights : three non-negative numbers
            Of red, green and blue in the difference; normalised to sum to 1.

        Returns
        -------
        bool array of shape (H, W)
            Where the weighted absolute difference of the frame to the plate is above the threshold; in `roi` only.
        """
        self._check_size(image)
        mask = matte.mask(image, self.plate.image, self.threshold if threshold is None else threshold, weights)
        return mask if self.roi is None else np.logical_and(mask, self.roi, out=mask)

    def foreground(self, image: Image, **options: Any) -> Image:
        """Keep the frame's own colours where something moved; black elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        **options
            As for `mask`.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
        """
        return composite.foreground(image, self.mask(image, **options))

    def cutout(self, image: Image, **options: Any) -> Image:
        """Keep the frame's own colours where something moved; transparent elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        **options
            As for `mask`.

        Returns
        -------
        uint8 array of shape (H, W, 4), RGBA
            Straight alpha, 0 or 255.
        """
        return composite.cutout(image, self.mask(image, **options))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write to an `.npz` file that `load` reads back, bit for bit (no pickle).

        Parameters
        ----------
        path : path
        overwrite : bool
            Whether a file that exists may be replaced.
        """
        optional: dict[str, Any] = {} if self.roi is None else {"roi": self.roi}
        with whole(Path(path), overwrite=overwrite) as partial, partial.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.int64(FORMAT),
                image=self.plate.image,
                support=self.plate.support,
                noise=self.plate.noise,
                seen=self.plate.seen,
                provenance=self.plate.provenance,
                threshold=np.float64(self.threshold),
                times=_ratios(self.times),
                stay_boxes=np.array([stay.box for stay in self.stays], np.int64).reshape(-1, 4),
                stay_areas=np.array([stay.area for stay in self.stays], np.float64),
                stay_times=_ratios([time for stay in self.stays for time in (stay.start, stay.end)]),
                stay_ends=np.array([(stay.arrived, stay.left) for stay in self.stays], np.bool_).reshape(-1, 2),
                assumptions=json.dumps(self.assumptions and self.assumptions.to_dict()),
                **optional,
            )

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
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as saved:
                if int(saved["format"]) != FORMAT:
                    raise VideoOpenError(f"{path}: saved in format {saved['format']}, but this version reads {FORMAT}")
                plate = Plate(*(saved[name] for name in ("image", "support", "noise", "seen", "provenance")))
                judged = json.loads(str(saved["assumptions"]))
                return cls(
                    plate,
                    _fractions(saved["times"]),
                    float(saved["threshold"]),
                    _stays(saved),
                    saved.get("roi"),
                    judged and Assumptions.from_dict(judged),
                )
        except OSError as err:
            raise VideoOpenError(f"{path}: cannot be read: {err.strerror or err}") from err
        except (KeyError, TypeError, ValueError, EOFError, BadZipFile) as err:
            raise VideoOpenError(f"{path}: holds no background: give a file that Background.save wrote") from err


def _ratios(times: Sequence[Fraction]) -> npt.NDArray[np.int64]:
    return np.array([time.as_integer_ratio() for time in times], np.int64).reshape(-1, 2)


def _fractions(ratios: npt.NDArray[np.int64]) -> tuple[Fraction, ...]:
    return tuple(Fraction(*ratio) for ratio in ratios.tolist())


def _stays(saved: Mapping[str, Any]) -> tuple[Stay, ...]:
    times, areas = _fractions(saved["stay_times"]), saved["stay_areas"].tolist()
    rows = zip(saved["stay_boxes"].tolist(), areas, times[::2], times[1::2], saved["stay_ends"].tolist(), strict=True)
    return tuple(Stay(tuple(box), area, start, end, *ends) for box, area, start, end, ends in rows)


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
        Called with the number of frames sampled so far and the number wanted.

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

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> images = np.full((5, 4, 6, 3), 90, np.uint8)
    >>> images[2, 1:3, 2:4] = 250
    >>> background = stillplate.fit(images)
    >>> int(background.plate.image.max()), int(background.mask(images[2]).sum())
    (90, 4)
    """
    check_vote(vote)
    calmly = vote != "majority"
    with opened(source) as frames:
        width, height = frames.info.width, frames.info.height
        region, excluded = rasterise_roi(roi, width, height), Excluded.of(exclude, width, height)
        stack = gather(
            frames, samples, seed=seed, memory=memory, neighbours=calmly, start=start, end=end, progress=progress
        )
    with stack:
        valid = excluded.among(stack.times)
        small = None if valid is None else valid.small(*small_size(height, width))
        votes = calm(stack, valid=small) if calmly else None
        plate = estimate_plate(stack, votes, valid=valid, clusters=clusters, memory=memory)
        stays = () if votes is None else find_stays(stack, plate.image, votes.noise)
        assumptions = measure_assumptions(stack, plate, votes, frames.info.frames)
        return Background(plate, stack.times, matte.automatic_threshold(plate), stays, region, assumptions)
