"""One frame of a render: what its outputs show, each part computed once, when an output first asks for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image, Labels, Mask
from stillplate.background.background import Background
from stillplate.background.falling import Falling
from stillplate.background.moment import Moment
from stillplate.imaging.transform import Transform
from stillplate.io.picture import CutImage, PlanarImage
from stillplate.io.source import Frame
from stillplate.rendering.comparison import comparison
from stillplate.segmentation import composite, handed_masks
from stillplate.segmentation.neighbour import Surroundings
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import FOREGROUND, SHADE, MaskOptions
from stillplate.segmentation.retouch import with_shadows

__all__ = ["FrameResult", "sought"]


def sought(options: MaskOptions, clean_shadows: bool | None) -> MaskOptions:
    """Return the options of the labels that are looked for: shadows among them where a clean frame is to lose them."""
    return replace(options, shadows=with_shadows(options.shadows)) if clean_shadows else options


class FrameResult:
    """One frame beside the background.

    Parameters
    ----------
    frame : Frame
    background : Background
    options : MaskOptions
        Checked.
    backdrop : uint8 array of shape (H, W, 3), RGB, optional
        What a composite is laid on.
    clean_shadows : bool, optional
        Whether the clean frame is without shadows; None if no clean frame is wanted.
    surroundings : Surroundings, optional
        What shows the ground that the frame hides, where the plate has not all depths.
    moment : Moment, optional
        What its neighbours say of it, with the options that are `sought`; None where it is judged by itself.
    falling : Falling, optional
        How the frames around it differ from the plate; None if it is not wanted without rain.
    beside : uint8 array of shape (H, W), optional
        Labels by other backgrounds; only what is foreground by all is.
    """

    def __init__(
        self,
        frame: Frame,
        background: Background,
        options: MaskOptions,
        backdrop: Image | None = None,
        *,
        clean_shadows: bool | None = None,
        surroundings: Surroundings | None = None,
        moment: Moment[Any] | None = None,
        falling: Falling[Any] | None = None,
        beside: Labels | None = None,
    ) -> None:
        self._background, self._options, self._backdrop = background, options, backdrop
        self._clean_shadows, self._surroundings = clean_shadows, surroundings
        self._frame, self._moment, self._falling = frame, moment, falling
        self._beside = beside
        known = moment or falling
        self._observed = background.observe(frame.picture, frame.index) if known is None else known.observation

    @property
    def image(self) -> Image:
        """The frame: uint8 of shape (H, W, 3), RGB."""
        return self._frame.image

    @cached_property
    def _all_labels(self) -> Labels:
        """Labels with shadows among them where the clean frame needs these."""
        if not self._with_shadows:
            return self.mask.view(np.uint8) * np.uint8(FOREGROUND)
        labels = (self._moment or self._observed).labels(sought(self._options, self._clean_shadows))
        return labels if self._beside is None else np.minimum(labels, self._beside)

    @property
    def carried(self) -> str | None:
        """Why the mask was carried from neighbouring frames; None where it is the frame's own."""
        return None if self._moment is None else self._moment.found.reason

    @cached_property
    def labels(self) -> Labels:
        """255 foreground, 127 shadow if shadows are labelled, 0 background: uint8 of shape (H, W)."""
        labels = self._all_labels
        if self._options.shadows == "label" or not self._clean_shadows:
            return labels
        return np.where(labels == SHADE, np.uint8(0), labels)

    @cached_property
    def mask(self) -> Mask:
        """Foreground: bool of shape (H, W)."""
        if self._with_shadows:
            return np.equal(self.labels, FOREGROUND)
        mask = (self._moment or self._observed).marked(self._options)
        return mask if self._beside is None else mask & np.equal(self._beside, FOREGROUND)

    @property
    def _with_shadows(self) -> bool:
        """Whether shadows are told from the rest, beside the foreground."""
        return self._options.shadows == "label" or bool(self._clean_shadows)

    @cached_property
    def foreground(self) -> Image:
        """The frame's colours under the mask, black elsewhere: uint8 of shape (H, W, 3), RGB."""
        return composite.foreground(self.image, self.mask)

    @property
    def cut(self) -> Image | CutImage:
        """The same for a video, whose encoder may take planes as they are."""
        picture = self._frame.picture
        return CutImage(picture, self.mask) if isinstance(picture, PlanarImage) else self.foreground

    @cached_property
    def comparison(self) -> Image:
        """Frame, plate, mask and foreground side by side."""
        plate = self._background.plate.image if self._background.camera is None else self._observed.view.image
        return comparison(self.image, plate, self.mask, self.foreground)

    @cached_property
    def _before_ground(self) -> Observation:
        """The frame before the ground as its camera sees it, at any depth."""
        return self._observed.among(self._surroundings, self.mask)

    @cached_property
    def _before_all_ground(self) -> Observation:
        """The same, with the ground behind shadows too, where the clean frame is without them."""
        labels = self._all_labels
        if not (labels == SHADE).any():
            return self._before_ground
        return self._observed.among(self._surroundings, labels > 0)

    @cached_property
    def clean(self) -> Image:
        """The frame without foreground: uint8 of shape (H, W, 3), RGB."""
        return self._before_all_ground.clean(self._all_labels, shadows=bool(self._clean_shadows))

    @property
    def removal(self) -> Mask:
        """What a program is to paint over: things, and shadows where these go; grown. Bool of shape (H, W)."""
        return handed_masks.removal_mask(self._all_labels > 0 if self._with_shadows else self.mask)

    @property
    def hint(self) -> Labels:
        """A coarse alpha for a program to key from: uint8 of shape (H, W)."""
        return handed_masks.alpha_hint(self.mask)

    @property
    def before_after(self) -> npt.NDArray[np.uint8]:
        """The frame and the frame without foreground: uint8 of shape (2, H, W, 3), RGB."""
        return np.stack((self.image, self.clean))

    @property
    def derained(self) -> Image:
        """The frame without rain and snow: uint8 of shape (H, W, 3), RGB."""
        assert self._falling is not None  # it is given where this output is wanted
        return self._falling.derained

    @property
    def replaced(self) -> tuple[int, int]:
        """Pixels of what the clean frame is without, and of these, behind which the ground was never seen."""
        hidden = self._all_labels > 0 if self._clean_shadows else self.mask
        unseen = hidden & ~self._before_all_ground.view.valid
        return int(np.count_nonzero(hidden)), int(np.count_nonzero(unseen))

    @cached_property
    def _matte(self) -> tuple[Floats, Image]:
        return self._before_ground.matte(self.mask, hard=self._options.cleanup == "none")

    @cached_property
    def cutout(self) -> Image:
        """The foreground with soft edges on transparent ground: uint8 of shape (H, W, 4), RGBA."""
        alpha, colours = self._matte
        return composite.cutout(colours, alpha)

    @property
    def colours(self) -> Image:
        """The cutout's colours: uint8 of shape (H, W, 3), RGB."""
        return self.cutout[:, :, :3]

    @property
    def alpha(self) -> Labels:
        """The cutout's alpha: uint8 of shape (H, W)."""
        return self.cutout[:, :, 3]

    @property
    def composite(self) -> Image:
        """The cutout on the backdrop: uint8 of shape (H, W, 3), RGB."""
        assert self._backdrop is not None  # a composite is an output where one is given
        return composite.over(self.cutout, self._backdrop)

    @property
    def plate(self) -> Image:
        """The plate as the frame's camera and light show it: uint8 of shape (H, W, 3), RGB."""
        return self._before_ground.view.image

    @property
    def transform(self) -> Transform | None:
        """From the frame to the plate; None where the frame was not registered."""
        return self._observed.transform
