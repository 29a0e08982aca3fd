"""What a background computes for one frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.io.picture import PlanarImage
from stillplate.io.source import as_rgb
from stillplate.segmentation import composite
from stillplate.segmentation.neighbour import Surroundings, number_of
from stillplate.segmentation.observation import FrameModel, Observation
from stillplate.segmentation.options import EQUAL_WEIGHTS, MaskKeywords, MaskOptions
from stillplate.segmentation.retouch import with_shadows
from stillplate.segmentation.view import View

__all__ = ["PerFrame"]


class PerFrame(ABC):
    """The methods of a background that take a frame: each asks its observation one thing."""

    __slots__ = ()

    @property
    @abstractmethod
    def _model(self) -> FrameModel: ...

    @property
    @abstractmethod
    def _region(self) -> npt.NDArray[np.bool_] | None: ...

    def observe(self, image: Image | PlanarImage, index: int | None = None) -> Observation:
        """Put a frame beside the plate, registered and exposure-matched once, for several results of one frame.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey; or what a `Frame` has for `picture`
        index : int, optional
            Number of the frame in the clip, where the camera moves, as for `view`.

        Returns
        -------
        Observation
            With `labels`, `matte`, `clean`, `view` and `transform`.

        Raises
        ------
        ParameterError
            If the image is not of the frames' size.
        """
        width, height = self._model.size
        shape = image.shape if isinstance(image, PlanarImage) else np.shape(image)
        if shape not in ((height, width), (height, width, 1), (height, width, 3)):
            needed = f"({height}, {width}, 3), or ({height}, {width}) of a grey one,"
            raise ParameterError(f"the frame has shape {shape}, but {needed} is needed for the plate")
        given = image if isinstance(image, PlanarImage) else as_rgb(np.asarray(image), "the frame")
        return self._model.observe(given, index, self._region)

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
        return self.observe(image, index).view

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
        return self.observe(image, index).transform

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
        options = MaskOptions(
            threshold=threshold, weights=weights, sensitivity=sensitivity, shadows=shadows, cleanup=cleanup,
            min_size=min_size,
        )  # fmt: skip
        return self.observe(image, index).labels(options.checked())

    def mask(self, image: Image, index: int | None = None, **options: Unpack[MaskKeywords]) -> npt.NDArray[np.bool_]:
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
        return self.observe(image, index).marked(MaskOptions.of("mask", options))

    def matte(
        self,
        image: Image,
        index: int | None = None,
        *,
        surroundings: Surroundings | None = None,
        **options: Unpack[MaskKeywords],
    ) -> tuple[npt.NDArray[np.float32], Image]:
        """Tell how much of each pixel is not the plate, and its colour without it.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        surroundings : Surroundings, optional
            As for `clean`.
        **options
            As for `labels`.

        Returns
        -------
        alpha : float32 array of shape (H, W), 0..1
        colours : uint8 array of shape (H, W, 3), RGB
            Un-mixed: no halo of the old ground is left on a new one. Black where alpha is 0.
        """
        checked = MaskOptions.of("matte", options)
        observed = self.observe(image, number_of(index, surroundings, self._model.size))
        mask = observed.marked(checked)
        return observed.among(surroundings, mask).matte(mask, hard=checked.cleanup == "none")

    def unmix(
        self, image: Image, mask: npt.NDArray[np.bool_], index: int | None = None, *, hard: bool = False
    ) -> tuple[npt.NDArray[np.float32], Image]:
        """Make a matte of a frame and its mask, as `matte` does; with `hard` edges, the frame's own colours."""
        return self.observe(image, index).matte(mask, hard=hard)

    def foreground(self, image: Image, index: int | None = None, **options: Unpack[MaskKeywords]) -> Image:
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
        observed = self.observe(image, index)
        return composite.foreground(observed.image, observed.marked(MaskOptions.of("foreground", options)))

    def cutout(
        self,
        image: Image,
        index: int | None = None,
        *,
        surroundings: Surroundings | None = None,
        **options: Unpack[MaskKeywords],
    ) -> Image:
        """Keep what moved, with soft edges; transparent elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        surroundings : Surroundings, optional
            As for `clean`.
        **options
            As for `labels`. With `cleanup="none"` edges are hard and colours the frame's own.

        Returns
        -------
        uint8 array of shape (H, W, 4), RGBA
            Straight alpha, 0..255: the matte and its colours.
        """
        MaskOptions.of("cutout", options)
        alpha, colours = self.matte(image, index, surroundings=surroundings, **options)
        return composite.cutout(colours, alpha)

    def clean(
        self,
        image: Image,
        index: int | None = None,
        *,
        clean_shadows: bool = True,
        surroundings: Surroundings | None = None,
        **options: Unpack[MaskKeywords],
    ) -> Image:
        """Show the frame with nobody in it: the plate where something or its shadow is, its own pixels elsewhere.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or (H, W), grey
        index : int, optional
        clean_shadows : bool
            Whether shadows go with the things that cast them, down to their soft ends.
        surroundings : Surroundings, optional
            What `with_neighbours` yields beside this frame: it shows what is hidden, and tells `index` too. That of
            another frame raises ParameterError.
        **options
            As for `labels`.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
            Where the ground was never seen, the plate's best guess: what it shows there stays in every frame. Where a
            moving camera's plate has no picture, or the frame was not registered, the frame's own pixels.
        """
        checked = MaskOptions.of("clean", options)
        if clean_shadows:
            checked = replace(checked, shadows=with_shadows(checked.shadows))
        observed = self.observe(image, number_of(index, surroundings, self._model.size))
        labels = observed.labels(checked)
        return observed.among(surroundings, labels > 0).clean(labels, shadows=clean_shadows)

    def retouch(
        self, image: Image, labels: npt.NDArray[np.uint8], index: int | None = None, *, clean_shadows: bool = True
    ) -> Image:
        """Show a frame without what its labels mark, as `clean` does."""
        return self.observe(image, index).clean(labels, shadows=clean_shadows)
