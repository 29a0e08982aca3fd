"""The waist of the house: `fit` makes a `Background`, everything else asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from stillplate import composite, matte
from stillplate.assumptions import Assumptions, measure_assumptions
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.files import whole
from stillplate.plate import Plate, estimate_plate
from stillplate.sampling import Progress, gather
from stillplate.standing import Stay, find_stays
from stillplate.video.opening import SourceLike, opened
from stillplate.video.source import Image
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
    assumptions : Assumptions or None
        How far the clip is what the method takes it for; None where that was never measured.
    """

    plate: Plate
    times: tuple[Fraction, ...]
    threshold: float
    stays: tuple[Stay, ...] = ()
    assumptions: Assumptions | None = None

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
            Where the weighted absolute difference of the frame to the plate is above the threshold.
        """
        self._check_size(image)
        return matte.mask(image, self.plate.image, self.threshold if threshold is None else threshold, weights)

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
                judged = json.loads(str(saved["assumptions"])) if "assumptions" in saved else None
                assumptions = judged and Assumptions.from_dict(judged)
                return cls(plate, _fractions(saved["times"]), float(saved["threshold"]), _stays(saved), assumptions)
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


def fit(
    source: SourceLike,
    *,
    samples: int = 64,
    clusters: int = 2,
    vote: str = "calm",
    memory: int = 2**30,
    seed: int = 0,
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
    progress : callable, optional
        Called with the number of frames sampled so far and the number wanted.

    Returns
    -------
    Background

    Raises
    ------
    ParameterError
        If an option is outside its range.
    VideoOpenError, DecodeError
        If the source cannot be read.
    TooFewFramesError
        If it has a single frame.

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
    with opened(source) as frames:
        neighbours = vote != "majority"
        stack = gather(frames, samples, seed=seed, memory=memory, neighbours=neighbours, progress=progress)
    with stack:
        votes = None if vote == "majority" else calm(stack)
        plate = estimate_plate(stack, votes, clusters=clusters, memory=memory)
        stays = () if votes is None else find_stays(stack, plate.image, votes.noise)
        assumptions = measure_assumptions(stack, plate, votes, frames.info.frames)
        return Background(plate, stack.times, matte.automatic_threshold(plate), stays, assumptions)
