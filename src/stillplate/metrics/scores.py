"""Scores of plates and masks against a known truth.

Plates are scored as in the SBI benchmark [1]_, masks as in CDnet [2]_.

References
----------
.. [1] L. Maddalena, A. Petrosino, "Towards benchmarking scene background initialization", ICIAP 2015 Workshops,
   LNCS 9281, 469-476. :doi:`10.1007/978-3-319-23222-5_57`
.. [2] N. Goyette, P.-M. Jodoin, F. Porikli, J. Konrad, P. Ishwar, "changedetection.net: a new change detection
   benchmark dataset", CVPR Workshops 2012. :doi:`10.1109/CVPRW.2012.6238919`
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Image, Mask
from stillplate.errors import ParameterError
from stillplate.io.opening import open_video
from stillplate.io.source import as_rgb
from stillplate.metrics.ms_ssim import ms_ssim

__all__ = ["MaskCounts", "PlateScores", "iou", "luma", "mask_counts", "plate_scores", "score_folder"]


ERROR_LEVEL = 20  # grey levels, the difference above which a pixel is an error
BEST_PSNR = 99.0  # dB, the score of equal images and upper limit of all others
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)  # the pixel and its 4 neighbours
LUMA_SHARE, CHROMA_SHARE = 0.9449, 0.0551  # shares of rods and cones in the eye, from Yalman & Ertürk 2013
HALF = 127  # grey level above which a mask in a file is foreground
SHADOW, OUTSIDE, UNKNOWN, MOVING = 50, 85, 170, 255  # CDnet's labels other than background, which is 0


@dataclass(frozen=True, slots=True)
class PlateScores:
    """Differences of a plate from the truth.

    Attributes
    ----------
    age : float
        Average grey-level error, 0..255.
    peps : float
        Share of error pixels (difference of more than 20 grey levels), 0..1.
    pceps : float
        Share of clustered error pixels (error pixels whose 4 neighbours are errors too), 0..1.
    psnr : float
        Peak signal-to-noise ratio of the grey levels, dB; 99 at most.
    ms_ssim : float
        Multi-scale structural similarity of the grey levels, 0..1; NaN if no 11x11 window can be scored.
    cqm : float
        Colour image quality measure, dB.
    """

    age: float
    peps: float
    pceps: float
    psnr: float
    ms_ssim: float
    cqm: float


@dataclass(frozen=True, slots=True)
class MaskCounts:
    """Confusion matrix of the scored pixels of a mask. Counts of several frames are added with `+`.

    Attributes
    ----------
    tp, fp, fn, tn : int
        Numbers of true positives, false positives, false negatives and true negatives; positive is foreground.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: MaskCounts) -> MaskCounts:
        return MaskCounts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def precision(self) -> float:
        """Share of the mask that is foreground; 1 if the mask is empty."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """Share of the foreground that is in the mask; 1 if there is no foreground."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def f(self) -> float:
        """F-measure, the harmonic mean of precision and recall; 1 if mask and foreground are empty."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)  # 2PR / (P + R)

    @property
    def iou(self) -> float:
        """Intersection over union of mask and foreground; 1 if both are empty. DAVIS' J is its mean over frames."""
        return _share(self.tp, self.tp + self.fp + self.fn)


def plate_scores(plate: Image, truth: Image, valid: Mask | None = None) -> PlateScores:
    """Score a plate against the true one.

    Parameters
    ----------
    plate, truth : uint8 arrays of shape (H, W, 3) or (H, W), RGB or grey
    valid : bool array of shape (H, W), optional
        The pixels to score; all by default.

    Returns
    -------
    PlateScores

    Raises
    ------
    ParameterError
        If the shapes differ, or no pixel is valid.

    Notes
    -----
    Grey levels are Y = .299R + .587G + .114B. AGE is the mean of ``|ΔY|``, rounded to whole grey levels. A pixel is an
    error if ``|ΔY| > 20``, and a clustered error if it remains after one erosion of the errors with the 4-neighbour
    cross; pixels outside the image or not valid are no errors. CQM [2]_ is a weighted sum of the PSNR of the planes of
    reversible YUV.

    References
    ----------
    .. [1] L. Maddalena, A. Petrosino, "Towards benchmarking scene background initialization", ICIAP 2015 Workshops.
       :doi:`10.1007/978-3-319-23222-5_57`
    .. [2] Y. Yalman, İ. Ertürk, "A new color image quality measure based on YUV transformation and PSNR for human
       vision system", Turk. J. Elec. Eng. & Comp. Sci. 21 (2013) 603-612. :doi:`10.3906/elk-1111-11`

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((8, 8, 3), 100, np.uint8)
    >>> plate_scores(grey + np.uint8(3), grey).age
    3.0
    """
    plate, truth = as_rgb(plate, "the plate"), as_rgb(truth, "the truth")
    _check_size(plate, "the plate", truth.shape)
    valid = np.ones(plate.shape[:2], np.bool_) if valid is None else np.asarray(valid, np.bool_)
    _check_size(valid, "the image of what is valid", truth.shape)
    if not valid.any():
        raise ParameterError("no pixel is valid: at least one is needed for a score")
    grey, true_grey = luma(plate), luma(truth)
    difference = np.abs(grey - true_grey)
    errors = (difference > ERROR_LEVEL) & valid
    clustered = cv2.erode(errors.view(np.uint8), CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=(0.0,))
    return PlateScores(
        age=float(np.rint(difference[valid]).mean()),
        peps=float(errors[valid].mean()),
        pceps=float(clustered[valid].mean()),
        psnr=_psnr(grey, true_grey, valid),
        ms_ssim=ms_ssim(grey, true_grey, valid),
        cqm=_cqm(plate, truth, valid),
    )


def _check_size(image: npt.NDArray[Any], what: str, needed: tuple[int, ...]) -> None:
    (height, width), (high, wide) = image.shape[:2], needed[:2]
    if (height, width) != (high, wide):
        raise ParameterError(f"{what} is {width}x{height}, but the truth is {wide}x{high}: one size is needed")


def mask_counts(mask: npt.NDArray[Any], truth: npt.NDArray[Any]) -> MaskCounts:
    """Compare a mask with the truth by CDnet's rules.

    Parameters
    ----------
    mask : bool array of shape (H, W)
        True for foreground; of other types, every value but 0 is foreground.
    truth : uint8 array of shape (H, W), labels
        0 background, 50 hard shadow (scored as background), 85 outside the region of interest (not scored), 170 unknown
        (not scored), 255 foreground. A bool array is true for foreground.

    Returns
    -------
    MaskCounts

    Raises
    ------
    ParameterError
        If the shapes differ, or the truth has another label.

    References
    ----------
    .. [1] N. Goyette et al., "changedetection.net: a new change detection benchmark dataset", CVPR Workshops 2012.
       :doi:`10.1109/CVPRW.2012.6238919`
    """
    if mask.shape != truth.shape:
        raise ParameterError(f"the mask has shape {mask.shape}, but the truth has {truth.shape}: one size is needed")
    labels = truth.astype(np.uint8) * MOVING if truth.dtype == np.bool_ else truth
    pairs = 2 * labels.astype(np.intp) + (mask != 0)  # label and mask in one number
    counts = np.bincount(pairs.ravel(), minlength=2 * 256).reshape(-1, 2)
    invalid = set(np.flatnonzero(counts.sum(axis=1)).tolist()) - {0, SHADOW, OUTSIDE, UNKNOWN, MOVING}
    if invalid:
        some = ", ".join(map(str, sorted(invalid)[:5])) + (" ..." if len(invalid) > 5 else "")
        raise ParameterError(f"the truth holds the labels {some}, but 0, 50, 85, 170 or 255 is needed")
    background = counts[0] + counts[SHADOW]
    return MaskCounts(
        tp=int(counts[MOVING, 1]), fp=int(background[1]), fn=int(counts[MOVING, 0]), tn=int(background[0])
    )


def score_folder(masks: str | os.PathLike[str], truth: str | os.PathLike[str]) -> MaskCounts:
    """Compare the masks of a clip with the truth, and add up the counts of all frames.

    Parameters
    ----------
    masks : path
        A folder of images or a video; grey levels above 127 are foreground.
    truth : path
        A folder or video of the same number of label images, as `mask_counts` takes them, in the same order.

    Returns
    -------
    MaskCounts

    Raises
    ------
    VideoOpenError, DecodeError
        If a file cannot be read.
    ParameterError
        If the numbers or sizes of masks and label images differ, or a label is unknown.
    """
    counts = MaskCounts()
    with open_video(masks) as marked, open_video(truth) as labelled:
        for index, (mask, label) in enumerate(zip_longest(marked, labelled)):
            if mask is None or label is None:
                shorter, longer = (masks, truth) if mask is None else (truth, masks)
                raise ParameterError(f"{shorter} ends after {index} frames, but {longer} goes on: as many are needed")
            counts += mask_counts(mask.image[:, :, 0] > HALF, label.image[:, :, 0])
    return counts


def iou(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Intersection over union of two masks; 1 if both are empty.

    Parameters
    ----------
    first, second : bool arrays of one shape
    """
    if first.shape != second.shape:
        raise ParameterError(f"the masks have the shapes {first.shape} and {second.shape}: one size is needed")
    a, b = first.astype(np.bool_), second.astype(np.bool_)
    return _share(int(np.count_nonzero(a & b)), int(np.count_nonzero(a | b)))


def _share(part: int, of: int) -> float:
    return part / of if of else 1.0


def luma(image: Image) -> Doubles:
    """Grey levels of an RGB image, not rounded: Y = .299R + .587G + .114B, float64 of shape (H, W)."""
    grey: Doubles = image @ np.array([0.299, 0.587, 0.114])
    return grey


def _psnr(first: Doubles, second: Doubles, valid: Mask) -> float:
    error = float(np.mean((first[valid] - second[valid]) ** 2))
    return min(BEST_PSNR, 10 * float(np.log10(255**2 / error))) if error else BEST_PSNR


def _cqm(plate: Image, truth: Image, valid: Mask) -> float:
    y, u, v = (_psnr(*planes, valid) for planes in zip(_yuv(plate), _yuv(truth), strict=True))
    return LUMA_SHARE * y + CHROMA_SHARE * (u + v) / 2


def _yuv(image: Image) -> tuple[Doubles, Doubles, Doubles]:
    """Y′ = ⌊(R+2G+B)/4⌋, U = max(0, R−G), V = max(0, B−G)."""
    red, green, blue = np.moveaxis(image.astype(np.float64), 2, 0)
    return np.floor((red + 2 * green + blue) / 4), np.maximum(0, red - green), np.maximum(0, blue - green)
