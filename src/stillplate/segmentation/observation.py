"""One frame beside the plate, registered and exposure-matched once; its labels, matte and clean frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from stillplate.arrays import Floats, Image, Labels, Mask
from stillplate.imaging.transform import Transform
from stillplate.io.picture import AnyImage, rgb_of
from stillplate.kernels import BitMask
from stillplate.segmentation import composite, matte
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.cleanup import LEAST, SEED, close_gaps, fill_holes, keep_large, solid
from stillplate.segmentation.edges import FullSize, enlarged, finished, inside_of, trimmed
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.faint_shade import told_shade
from stillplate.segmentation.found import UNKNOWN_LIGHT, UNREGISTERED, Found
from stillplate.segmentation.neighbour import Surroundings
from stillplate.segmentation.options import FOREGROUND, SHADE, MaskOptions
from stillplate.segmentation.reduced import reduced
from stillplate.segmentation.retouch import retouch
from stillplate.segmentation.shadows import Shade, enclosed, upright
from stillplate.segmentation.specks import drop_specks
from stillplate.segmentation.view import View

__all__ = ["FrameModel", "Observation"]


class FrameModel(Protocol):
    """A plate that frames are compared to: one of a static camera, or of a moving one."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        ...

    def observe(self, image: AnyImage, index: int | None = None, region: Mask | None = None) -> Observation:
        """Put a frame, number `index` of the clip if that is known, beside the plate."""
        ...


class Observation(ABC):
    """One frame beside the plate: what is asked of it again is not computed again.

    Attributes
    ----------
    given : uint8 array of shape (H, W, 3), RGB, or PlanarImage
        The frame.
    region : bool array of shape (H, W), optional
        Where masks may be; everywhere if None.
    factor : int
        By how much the frame is smaller where its mask is found.
    cast : CastProfile or None
        The shadows that things of the clip cast, if any were learnt.
    """

    def __init__(self, image: AnyImage, region: Mask | None, factor: int, cast: CastProfile | None) -> None:
        self.given, self.region, self.factor, self.cast = image, region, factor, cast

    @property
    def image(self) -> Image:
        """The frame: uint8 of shape (H, W, 3), RGB."""
        return rgb_of(self.given)

    @cached_property
    def small_image(self) -> Image:
        """The frame at the size at which masks are found: uint8 of shape (h, w, 3), RGB."""
        return reduced(self.given, self.factor)

    @property
    @abstractmethod
    def transform(self) -> Transform | None:
        """From the frame to the plate; None where the frame was not registered."""

    @property
    @abstractmethod
    def view(self) -> View:
        """The plate as the frame's camera and light show it; valid nowhere where the frame was not registered."""

    @property
    @abstractmethod
    def thresholds(self) -> Floats:
        """Difference that noise explains, in the frame's place and light: float32 of shape (H, W), in 8-bit levels."""

    @property
    def untold(self) -> str:
        """Why there is no evidence, where there is none."""
        return UNREGISTERED

    @property
    def known(self) -> Mask | None:
        """Where the view shows anything: bool of shape (H, W); None for everywhere."""
        return None

    def among(self, surroundings: Surroundings | None, hidden: Mask) -> Observation:
        """The same frame before the ground as neighbouring frames show it, where the plate has not all depths.

        Parameters
        ----------
        surroundings : Surroundings or None
            As `stillplate.with_neighbours` yields them.
        hidden : bool array of shape (H, W)
            What hides the ground.
        """
        return self

    @abstractmethod
    def uncompensated(self) -> Observation:
        """The same frame as it is, for a threshold that is given: without exposure compensation."""

    @abstractmethod
    def evidence(self, options: MaskOptions) -> Evidence | None:
        """Compare frame and plate; None where the frame was not registered."""

    def evidence_in_time(self, options: MaskOptions) -> Evidence | None:
        """`evidence`, with what is faint, for masks that are made of neighbouring frames, too."""
        return self.evidence(options)

    @abstractmethod
    def exceeds(self, options: MaskOptions) -> Mask:
        """Mark each pixel whose own difference exceeds its threshold: bool of shape (H, W)."""

    @abstractmethod
    def trust(self, evidence: Evidence, options: MaskOptions) -> Floats | None:
        """Weight of each pixel in the area of a region, float32 of shape (h, w), 0..1; None for 1."""

    @abstractmethod
    def shadows(self, evidence: Evidence, weak: Mask) -> tuple[Shade, Mask]:
        """Find background in other light: all of it, and the part that is in another of the scene's light states."""

    @abstractmethod
    def full_size_around(self, mask: Mask) -> FullSize:
        """Frame and plate at full size, at least where the mask, bool of shape (h, w), is set and near by."""

    @property
    def specks(self) -> tuple[Floats, Floats] | None:
        """1 / least area of a region, in pixels, where the clip has snow, rain or glints: small, and at full size."""
        return None

    def outlined(self, evidence: Evidence, mask: Mask, options: MaskOptions) -> Mask:
        """Mend the outline of the small mask by what the camera model knows; the same array where it knows nothing."""
        return mask

    def in_unknown_light(self, evidence: Evidence, mask: Mask) -> bool:
        """Whether the whole frame is in a light that no light state has, so that nothing can be told from it."""
        return False

    def is_relit(self, where: Mask) -> bool:
        """Whether what a mask, bool of shape (h, w), marks is mostly ground in another light."""
        return False

    def labels(self, options: MaskOptions) -> Labels:
        """Label foreground and shadows.

        Parameters
        ----------
        options : MaskOptions
            Checked.

        Returns
        -------
        uint8 array of shape (H, W)
            255 foreground, 127 shadow if shadows are labelled, 0 background.
        """
        compared = self if options.threshold is None else self.uncompensated()
        if options.cleanup == "none":
            return self._limited(compared.exceeds(options).view(np.uint8) * np.uint8(FOREGROUND), options)
        return compared.finished(compared.found(compared.evidence(options), options), options)

    def marked(self, options: MaskOptions) -> Mask:
        """Mark foreground: bool of shape (H, W), as `labels` labels it."""
        if options.cleanup == "none":
            return np.equal(self.labels(options), FOREGROUND)
        compared = self if options.threshold is None else self.uncompensated()
        return compared.mask_of(compared.found(compared.evidence(options), options), options)

    def found(self, evidence: Evidence | None, options: MaskOptions, lasting: BitMask | None = None) -> Found:
        """Find what is in front of the plate, at the size at which masks are found.

        Parameters
        ----------
        evidence : Evidence or None
            Of this frame; its ratio is set to 0 where shadows and specks are found.
        options : MaskOptions
            Checked; of the cleanups that find regions.
        lasting : BitMask of shape (h, w), optional
            Of frames in a row, where faint evidence counts, since it is `persistent`; cast shadows are taken off, too.
        """
        if evidence is None:
            return Found.nothing(self.small_image.shape[:2], self.untold)
        found, smooth = self._regions(evidence, options, lasting)
        if lasting is not None and options.cleanup == "default" and smooth is not None and self.cast is not None:
            cut, mask = self.cast.taken_from(found.mask, *smooth)
            found = replace(found, mask=mask, whole=mask, shadow=found.shadow | cut, cut=cut)
            if found.evidence is not None:
                np.copyto(found.evidence.ratio, 0, where=cut)
        if found.evidence is not None and self.in_unknown_light(found.evidence, found.mask):
            return Found.nothing(found.mask.shape, UNKNOWN_LIGHT)
        return found

    def _regions(
        self, evidence: Evidence, options: MaskOptions, lasting: BitMask | None
    ) -> tuple[Found, tuple[Image, Image] | None]:
        """Find the regions of one frame, before cast shadows are taken off; and frame and plate, smoothed."""
        weak, evidence = evidence.ratio > 1, evidence.joined(lasting)
        ratio, solid_objects = evidence.ratio, options.cleanup == "default"
        shadow = relit = np.zeros(ratio.shape, np.bool_)
        smooth = None
        if options.shadows != "label" and ratio.max() <= SEED:
            return Found(shadow, shadow, evidence), None
        if options.shadows != "foreground":
            shade, relit = self.shadows(evidence, weak)
            shadow, smooth = told_shade(evidence, shade), (shade.image, shade.plate)
            np.copyto(ratio, 0, where=shadow)
        least = options.least_area(self.given.shape[1])
        if solid_objects and least is None and self.specks is not None:
            ratio *= drop_specks(ratio > 1, self.specks[0])
        smallest = None if least is None else least / self.factor**2
        mask = solid(ratio, self.trust(evidence, options), options.cleanup, smallest)
        if solid_objects:
            parts = enclosed(shadow, mask) | upright(mask, relit)
            if parts.any():
                mask = fill_holes(close_gaps(mask | parts))
        whole, edged = mask, trimmed(mask, inside_of(evidence)) if solid_objects else mask
        mask = self.outlined(evidence, edged, options)
        return Found(mask, shadow, evidence, whole if mask is edged else mask), smooth

    def finished(self, found: Found, options: MaskOptions) -> Labels:
        """Bring what is found to the frame's size, with its edges, and add what is too small to be seen there.

        Parameters
        ----------
        found : Found
        options : MaskOptions
            As they were for `found`.

        Returns
        -------
        uint8 array of shape (H, W)
            As of `labels`.
        """
        mask, full = found.mask, self._full_mask(found, options)
        labels = full.view(np.uint8) * np.uint8(FOREGROUND)
        if options.shadows == "label":
            labels[self._enlarged(keep_large(found.shadow & ~mask, LEAST * mask.size)) & ~full] = SHADE
        return self._limited(labels, options)

    def mask_of(self, found: Found, options: MaskOptions) -> Mask:
        """The foreground of what `finished` labels: bool of shape (H, W)."""
        mask = self._full_mask(found, options)
        if self.region is not None:
            mask = mask & self.region
        least = options.least_area(self.given.shape[1])
        mask = mask if least is None else keep_large(mask, least)
        return mask.copy() if mask is found.mask else mask  # the latter tells neighbouring frames, too

    def _full_mask(self, found: Found, options: MaskOptions) -> Mask:
        """Bring the mask to the frame's size, with what is too small to be in it."""
        mask, evidence = found.mask, found.evidence
        if self.factor == 1 or evidence is None or not mask.any():
            return enlarged(mask, self.factor, self.given.shape[:2])
        return finished((mask, found.inside), inside_of(evidence), self.full_size_around(mask), self.factor)

    def _limited(self, labels: Labels, options: MaskOptions) -> Labels:
        """Take out of labels what is outside the region, or smaller than what is asked for, in place."""
        if self.region is not None:
            labels[~self.region] = 0
        if (least := options.least_area(self.given.shape[1])) is not None:
            objects = labels == FOREGROUND
            labels[objects & ~keep_large(objects, least)] = 0
        return labels

    def _enlarged(self, mask: Mask) -> Mask:
        """Repeat the pixels of a small mask to the frame's size."""
        height, width = self.given.shape[:2]
        return mask.repeat(self.factor, 0).repeat(self.factor, 1)[:height, :width]

    def matte(self, mask: Mask, *, hard: bool = False) -> tuple[Floats, Image]:
        """Un-mix what the mask marks from the plate.

        Parameters
        ----------
        mask : bool array of shape (H, W)
        hard : bool
            Whether edges are hard and colours the frame's own.

        Returns
        -------
        alpha : float32 array of shape (H, W), 0..1
        colours : uint8 array of shape (H, W, 3), RGB
            Black where alpha is 0.
        """
        if hard:
            return mask.astype(np.float32), composite.foreground(self.image, mask)
        return matte.unmix(self.image, self.view.image, self.thresholds, mask)

    def clean(self, labels: Labels, *, shadows: bool = True) -> Image:
        """Replace what the labels mark by the plate: uint8 of shape (H, W, 3), RGB.

        Parameters
        ----------
        labels : uint8 array of shape (H, W)
        shadows : bool
            Whether shadows are replaced, too, down to their soft ends.
        """
        hidden = labels > 0 if shadows else labels == FOREGROUND
        return retouch(
            self.image, self.view.image, hidden, self.thresholds, self.known, shadows=shadows, region=self.region
        )
