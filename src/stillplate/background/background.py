"""The fitted background model."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.archive import read_parts, write_parts
from stillplate.background.assumptions import Assumptions
from stillplate.background.fit_states import LightState
from stillplate.background.given_plate import measure_given_plate
from stillplate.background.in_time import InTime
from stillplate.background.notebook import as_html
from stillplate.background.sureness import Sureness, filmed_part
from stillplate.background.unseen import UnseenRegion, unseen_regions
from stillplate.camera.path import CameraPath
from stillplate.io.address import as_path
from stillplate.io.opening import SourceLike
from stillplate.photometry.appearance import Appearance
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import Flicker
from stillplate.plate.plate import Plate
from stillplate.plate.stationary import Stay
from stillplate.sampling.exclusion import Exclude
from stillplate.sampling.gather import Progress
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.region import Region, rasterise_roi
from stillplate.sampling.span import Seconds
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.likelihoods import Likelihoods
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.moving_camera import MovingCamera
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.observation import FrameModel
from stillplate.segmentation.static_camera import StaticCamera

__all__ = ["Background"]


@dataclass(frozen=True, slots=True)
class Background(InTime):
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
    likelihoods : Likelihoods or None
        How likely each pixel of each frame of a moving camera is foreground; None where only the plate tells.
    motion_shares : MotionShares or None
        Of the picture of each of these frames, what one plane explains, what parallax does, and what moves by itself.
    parallax : float
        Of a moving camera, how far near and far ground moves from one frame of the clip to the next beyond the motion
        of one plane, in pixels of a frame: that of 95 % of the ground in 95 % of all frames, at most. 0 where one plane
        explains the picture's edge, and where the camera stands.
    ground : Ground or None
        How the ground's own colours differ from the plate, by which faint things are found that persist; None where
        the camera moves, the scene has several states of light, or that was never learnt.
    cast : CastProfile or None
        The shadows that most things cast in the same direction, which masks of frames in a row leave out; None where
        there are none.
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
    likelihoods: Likelihoods | None = None
    motion_shares: MotionShares | None = None
    parallax: float = 0.0
    ground: Ground | None = None
    cast: CastProfile | None = None
    _frame_model: FrameModel = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_frame_model", self._make_model())

    def _make_model(self) -> FrameModel:
        if self.camera is not None:
            unclear = () if self.motion_shares is None else self.motion_shares.unclear
            return MovingCamera(self.plate, self.noise, self.camera, self.likelihoods, unclear, self.cast)
        states = [(state.plate, state.noise) for state in self.states]
        if self.light is not None and not states:
            states = [(self.plate, self.noise)]
        return StaticCamera(
            self.plate, self.noise, shakes=self.shakes, states=states, appearances=self.looks, flicker=self.flicker,
            ground=self.ground, cast=self.cast,
        )  # fmt: skip

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels; the plate of a moving camera is larger."""
        return self._frame_model.size

    @property
    def _model(self) -> FrameModel:
        return self._frame_model

    @property
    def _region(self) -> npt.NDArray[np.bool_] | None:
        return self.roi

    def __repr__(self) -> str:
        return f"<Background: {self._summary}>"

    def _repr_html_(self) -> str:
        """Show the plate in a notebook."""
        return as_html(self.plate.image, self._summary)

    @property
    def _summary(self) -> str:
        """A line of figures."""
        height, width = self.plate.seen.shape
        camera = "moves" if self.camera is not None else "shakes" if self.shakes else "stands still"
        states = f", {len(self.states)} states of light" if self.states else ""
        return (
            f"plate of {width}x{height} pixels from {len(self.times)} samples, "
            f"{self.sureness.certain:.1%} of it certain, the camera {camera}{states}, "
            f"median threshold {self.threshold:.1f} levels"
        )

    @property
    def sureness(self) -> Sureness:
        """How sure the plate is, in the part of it that any frame shows; measured anew each time."""
        return Sureness.of(self.plate, self.camera)

    @property
    def unseen_regions(self) -> tuple[UnseenRegion, ...]:
        """The largest regions of the plate that never showed the ground, in the part of it that any frame shows."""
        return unseen_regions(self.plate.seen, filmed_part(self.plate, self.camera))

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
        return replace(self, roi=rasterise_roi(roi, *self._model.size))

    @classmethod
    def from_plate(  # noqa: PLR0913  a public door, whose keywords become records
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
        sampling = SamplingOptions(samples=samples, seed=seed, memory=memory, start=start, end=end, exclude=exclude)
        given = measure_given_plate(image, source, sampling, threshold=threshold, roi=roi, progress=progress)
        return cls(given.plate, given.times, given.noise, roi=given.region, ground=given.ground)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write to an `.npz` file that `load` reads back, bit for bit (no pickle).

        Parameters
        ----------
        path : path
        overwrite : bool
            Whether a file that exists may be replaced.
        """
        parts = {part.name: getattr(self, part.name) for part in fields(self) if part.init}
        write_parts(as_path(path), parts, overwrite=overwrite)

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
        return cls(**read_parts(as_path(path)))
