"""A mosaic by seams: one sample in place of a mixture, where near and far things smear the plate of a moving camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stillplate.arrays import Flags, Floats, Mask
from stillplate.background.whole_clip import MOVES
from stillplate.camera.canvas import Coverage
from stillplate.imaging.morphology import disk, square
from stillplate.imaging.resize import resized
from stillplate.plate.plate import Plate, adopt_plate
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import hysteresis, keep_large
from stillplate.segmentation.edges import grown
from stillplate.segmentation.likelihoods import Likelihoods

__all__ = ["mosaic", "without_movers"]

MARGIN = 0.02  # of a frame's width: what lies so near to what moves is not shown, since its outline is inexact
SIDE = 427  # pixels: longer side of a frame at the size at which seams are found, at most
PIXELS = 2**19  # pixels of the canvas at that size, at most, which bounds the memory
WINDOW = 80  # windows in which pictures are compared, to the width of a frame
NOISE = 3.0  # levels: difference that is never seen
FEW = 0.15  # share of the samples that show what the plate shows, below which it is doubtful
SMEARED = 0.45  # share of the samples' steepness below which the plate is doubtful
WHOLE = 0.99  # share of a small pixel that a sample must show
LEAST = 0.002  # share of the doubtful pixels that a sample must add
ROOM = 4  # windows around what is doubtful through which a seam may lead
TRIES, ROUNDS = 24, 4  # samples that are tried, and seams that are tried for each, at most
SEEN, FAINT = 2.0, 1.4  # contrasts, in those that the place has anyway, at which an edge is seen, and to where it fades
SCALE = 1 / 16  # of the levels in the cost of a seam: the square of the largest stays below the cost of a terminal
TERMINAL, OUTSIDE = 1e4, 1e3  # costs of a pixel's given side, and of a seam outside of the overlap: OpenCV's defaults
BLEND = 2.0  # pixels: standard deviation of the blend across a seam


@dataclass(frozen=True, slots=True, eq=False)
class _Small:
    """The samples on the canvas, at the size at which seams are found: `size` is (height, width)."""

    stack: SampleStack
    coverage: Coverage
    size: tuple[int, int]
    side: int

    @classmethod
    def of(cls, stack: SampleStack, coverage: Coverage) -> _Small:
        scale = min(1.0, SIDE / max(coverage.size), (PIXELS / (stack.width * stack.height)) ** 0.5)
        size = max(1, int(stack.height * scale)), max(1, int(stack.width * scale))
        return cls(stack, coverage, size, 2 * max(3, round(coverage.size[0] * scale / WINDOW)) + 1)

    def picture(self, number: int) -> Floats:
        return resized(self.stack.image(number), self.size).astype(np.float32)

    def whole(self, full: Flags) -> Mask:
        """Where all of a small pixel is set."""
        return np.asarray(resized(full.astype(np.float32), self.size) > WHOLE)


@dataclass(frozen=True, slots=True, eq=False)
class _Survey:
    """Where the plate is doubtful, the contrast that each place has anyway, and where each sample may be shown."""

    doubtful: Mask
    contrast: Floats
    usable: Flags


def without_movers(coverage: Coverage, stack: SampleStack, likelihoods: Likelihoods) -> Coverage:
    """Return where samples show ground by all that is known: away from what moves by itself, over the whole clip."""
    import cv2

    movers, around = [], disk(MARGIN * coverage.size[0])
    for index, mover in zip(stack.indices, coverage.movers, strict=True):
        likely = likelihoods.at(index)
        parts = [mover] if likely is None else [mover, grown(likely > MOVES)]
        full = [cv2.resize(part.view(np.uint8), coverage.size, interpolation=cv2.INTER_NEAREST) for part in parts]
        both = np.maximum(full[0], full[-1])
        movers.append(np.asarray(cv2.dilate(both, around) > 0))
    return replace(coverage, movers=tuple(movers))


def mosaic(plate: Plate, stack: SampleStack, coverage: Coverage, memory: int = 2**30) -> Plate:
    """Show single samples where the plate of a moving camera shows what no sample does.

    Parameters
    ----------
    plate : Plate
        As `estimate_plate` made it.
    stack : SampleStack
        On the canvas, in one light.
    coverage : Coverage
        Where each sample shows ground.
    memory : int
        Bytes of samples processed at a time; the result does not depend on it.

    Returns
    -------
    Plate
        Where a sample is shown, it alone made the plate, and the support is the share of the samples within 20 levels
        of it, if that is less than before. Noise and `seen` do not change. The same plate where all is in agreement.

    Notes
    -----
    Doubtful is where hardly any sample differs from the plate by less than a shift of a pixel explains, or where the
    plate is far less steep than the samples. The sample that shows most of it is laid on the plate, then the one that
    shows most of the rest, and so on. A minimal cut [1]_ leads the seam to where both agree (OpenCV's, at reduced
    size). Where a seam would still cut through something, that is, where it makes an edge of twice the contrast that
    the samples have there anyway, this thing is left out and the seam is sought anew; at last the piece is left out.

    References
    ----------
    .. [1] V. Kwatra, A. Schödl, I. Essa, G. Turk, A. Bobick, "Graphcut textures: image and video synthesis using graph
       cuts", ACM Trans. Graph. 22(3), 2003. :doi:`10.1145/882262.882264`
    """
    small = _Small.of(stack, coverage)
    image, makers = plate.image.astype(np.float32), plate.provenance.copy()
    changed = np.zeros(plate.seen.shape, np.bool_)
    for number, piece in _pieces(small, plate, _surveyed(small, plate)):
        weight = _blended(piece, coverage.whole(number))
        image += (stack.image(number) - image) * weight[:, :, None]
        own = weight > 0.5
        makers[own] = 0
        makers[own, number // 8] = 1 << number % 8
        changed |= weight > 0
    if not changed.any():
        return plate
    shown = np.rint(np.clip(image, 0, 255)).astype(np.uint8)
    near = adopt_plate(shown, stack, valid=coverage, memory=memory).support
    support = np.where(changed, np.minimum(plate.support, near), plate.support)
    return replace(plate, image=shown, support=support, provenance=makers)


def _surveyed(small: _Small, plate: Plate) -> _Survey:
    """Compare each sample with the plate, in windows."""
    picture, side = resized(plate.image, small.size).astype(np.float32), small.side
    agreeing, steep, count = (np.zeros(small.size, np.float32) for _ in range(3))
    usable = np.empty((len(small.stack), *small.size), np.bool_)
    for number in range(len(usable)):
        shows = small.whole(small.coverage.whole(number))
        sample, valid = small.picture(number), shows.astype(np.float32)
        share = np.maximum(_mean(valid, side), np.float32(1e-6))
        difference = _mean(_distance(sample, picture) * valid, side) / share
        slope = _mean(_steepness(sample) * valid, side) / share
        agreeing += valid * (difference <= NOISE + slope)
        steep += valid * slope
        count += valid
        usable[number] = _eroded(shows, side)
    some = np.maximum(count, 1)
    smeared = _mean(_steepness(picture), side) < SMEARED * (steep / some + np.float32(0.5))
    seen = np.asarray(resized(plate.seen.astype(np.float32), small.size) > 0.5)
    contrast = np.asarray(NOISE + steep / some, np.float32)
    return _Survey(_closed(seen & (count > 1) & ((agreeing < FEW * count) | smeared), side) & seen, contrast, usable)


def _pieces(small: _Small, plate: Plate, survey: _Survey) -> Iterator[tuple[int, Mask]]:
    """Yield numbers of samples, and where each is laid on what there is, at the small size."""
    import cv2

    picture, side = resized(plate.image, small.size).astype(np.float32), small.side
    shown = small.whole(small.coverage.shown)
    around = cv2.dilate(survey.doubtful.view(np.uint8), square(2 * ROOM * side + 1)).view(np.bool_)
    left, refused = survey.doubtful.copy(), np.zeros_like(survey.doubtful)
    least = max(LEAST * survey.doubtful.sum(), 4 * side**2)
    for _ in range(TRIES):
        number, gain = _most(survey.usable, left)
        if gain < least:  # once more, with other samples, where pieces were left out
            left, refused = refused, np.zeros_like(left)
            number, gain = _most(survey.usable, left)
            if gain < least:
                return
        usable, sample = survey.usable[number].copy(), small.picture(number)
        survey.usable[number] = False
        piece = _untorn(picture, sample, shown, left & usable, usable & around, survey.contrast, side)
        refused = (refused | left & usable) & ~piece
        left &= ~usable
        if piece.any():
            picture[piece] = sample[piece]
            yield number, piece


def _most(usable: Flags, left: Mask) -> tuple[int, int]:
    """Return the sample that shows most of what is left, and how many pixels."""
    gains = (usable & left).sum(axis=(1, 2))
    return int(gains.argmax()), int(gains.max())


def _untorn(
    picture: Floats, sample: Floats, shown: Mask, wanted: Mask, usable: Mask, contrast: Floats, side: int
) -> Mask:
    """Find where a sample is laid on a picture so that its seams are not seen."""
    gap = _mean(_distance(picture, sample), 3)
    piece = torn = np.zeros_like(usable)
    for _ in range(ROUNDS):
        core = _eroded(wanted & usable, side // 2 | 1)
        piece = _cut(picture, sample, shown & ~core, usable)
        torn = keep_large(piece & ~_eroded(piece, 3) & (gap > SEEN * contrast), side)
        if not torn.any():
            break
        usable = usable & ~grown(hysteresis(gap > FAINT * contrast, torn))
    return keep_large(piece & ~hysteresis(piece, torn), side**2)


def _cut(picture: Floats, sample: Floats, keep: Mask, take: Mask) -> Mask:
    """Find where a sample is laid on a picture: of what both show, on the sample's side of the cheapest seam."""
    import cv2

    rows, columns = (np.flatnonzero(take.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return take
    part = slice(max(0, rows[0] - 1), rows[-1] + 2), slice(max(0, columns[0] - 1), columns[-1] + 2)
    umat: Any = cv2.UMat  # its stubs know no array
    finder: Any = cv2.detail.GraphCutSeamFinder("COST_COLOR", TERMINAL, OUTSIDE)
    images = [umat(np.ascontiguousarray(one[part] * np.float32(SCALE))) for one in (picture, sample)]
    masks = [umat(np.ascontiguousarray(one[part]).astype(np.uint8) * 255) for one in (keep, take)]
    found = finder.find(images, [(0, 0), (0, 0)], masks)[1]
    piece = np.zeros_like(take)
    piece[part] = np.asarray(found.get()) > 0
    return piece & take


def _blended(piece: Mask, shows: Flags) -> Floats:
    """Return the weight of a sample on the canvas: 0..1, soft across its seam, 0 where it shows no ground."""
    import cv2

    weight = cv2.GaussianBlur(resized(piece.astype(np.float32), shows.shape), (0, 0), BLEND)
    return np.asarray(weight * shows, np.float32)


def _mean(picture: Floats, side: int) -> Floats:
    import cv2

    return np.asarray(cv2.blur(picture, (side, side)), np.float32)


def _distance(one: Floats, other: Floats) -> Floats:
    """Mean over the channels of the absolute difference: float32 of shape (h, w)."""
    import cv2

    return np.asarray(cv2.transform(cv2.absdiff(one, other), np.full((1, 3), 1 / 3)), np.float32)


def _steepness(picture: Floats) -> Floats:
    """Mean over the channels of the gradient, in levels per pixel: float32 of shape (h, w)."""
    import cv2

    across, down = (cv2.Sobel(picture, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.transform(cv2.magnitude(across, down), np.full((1, 3), 1 / 3)), np.float32)


def _eroded(mask: Mask, side: int) -> Mask:
    """Take off half a window; beyond the edge nothing is set."""
    import cv2

    eroded = cv2.erode(mask.view(np.uint8), square(side), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(eroded).view(np.bool_)


def _closed(mask: Mask, side: int) -> Mask:
    """Drop specks of half a window, then join what is nearer than two."""
    import cv2

    opened = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, square(side // 2))
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, square(2 * side + 1))).view(np.bool_)
