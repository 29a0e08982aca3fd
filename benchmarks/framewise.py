"""Scores of a clip's masks, frame by frame, averaged as DAVIS averages them; and how much the masks blink."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.metrics import MaskCounts, mask_counts

__all__ = ["ClipScores", "blinking", "inner_frames"]

Mask = npt.NDArray[np.bool_]


@dataclass
class ClipScores:
    """Scores of the masks of a clip, which are added in the order of time.

    Attributes
    ----------
    frames : int
        Length of the clip.
    counts : dict of int to MaskCounts
        Of each frame that was added, by index.
    blinks : list of float
        `blinking` of every three masks of neighbouring frames.

    Notes
    -----
    The figures by frame are means over the frames that were added but the clip's first and last, which DAVIS 2016 [1]_
    leaves out. J is DAVIS' J. F is of pixels, 2PR / (P + R); DAVIS' own F is of contours, and another figure. The
    pooled figures are of the sum of the pixels of all frames, the first and the last too, as CDnet counts.

    References
    ----------
    .. [1] F. Perazzi et al., "A benchmark dataset and evaluation methodology for video object segmentation", CVPR 2016,
       724-732. :doi:`10.1109/CVPR.2016.85`
    """

    frames: int
    counts: dict[int, MaskCounts] = field(default_factory=dict)
    blinks: list[float] = field(default_factory=list)
    _latest: deque[tuple[int, Mask]] = field(default_factory=lambda: deque(maxlen=3))

    def add(self, index: int, mask: Mask, labels: Image) -> None:
        """Score the mask of a frame by its true labels, and remember it for the next two."""
        self.counts[index] = mask_counts(mask, labels)
        self._latest.append((index, mask))
        if [number for number, _ in self._latest] == [index - 2, index - 1, index]:
            self.blinks.append(blinking(*(one for _, one in self._latest)))

    @property
    def j_by_frame(self) -> dict[int, float]:
        """Intersection over union of mask and truth in each frame that counts; 1 where both are empty."""
        return {index: self.counts[index].iou for index in inner_frames(self.counts, self.frames)}

    @property
    def j(self) -> float:
        """Mean of J over the frames."""
        return _mean(list(self.j_by_frame.values()))

    def row(self) -> dict[str, float]:
        """Flatten into figures.

        Returns
        -------
        dict of str to float
            By frame: `j`; `f`, 1 in a frame where mask and truth are empty; `blinking`; `empty`, the share of the
            frames with foreground whose mask has no pixel. Pooled: `pooled_f`, `pooled_precision`, `pooled_recall`.
            A mean over no frame is NaN.
        """
        scored = [self.counts[index] for index in inner_frames(self.counts, self.frames)]
        pooled = sum(self.counts.values(), MaskCounts())
        return {
            "j": self.j,
            "f": _mean([one.f for one in scored]),
            "blinking": _mean(self.blinks),
            "empty": _mean([float(one.tp + one.fp == 0) for one in scored if one.tp + one.fn]),
            "pooled_f": pooled.f, "pooled_precision": pooled.precision, "pooled_recall": pooled.recall,
        }  # fmt: skip


def inner_frames(indices: Iterable[int], frames: int) -> list[int]:
    """Leave out the first and the last frame of a clip of so many."""
    return [index for index in sorted(indices) if 0 < index < frames - 1]


def blinking(before: Mask, now: Mask, after: Mask) -> float:
    """Measure how much a mask differs from the one before and the one after: no truth is needed.

    Parameters
    ----------
    before, now, after : bool arrays of one shape
        Masks of three neighbouring frames.

    Returns
    -------
    float
        Of the pixels that are set in at least one of the three masks, the share that is set now and neither before nor
        after, or before and after but not now; 0 if all are empty.

    Notes
    -----
    What moves by more than its own width in a frame blinks too, as thin limbs do, so the truth has some as well.
    """
    ever = np.count_nonzero(before | now | after)
    return np.count_nonzero((before == after) & (now != before)) / ever if ever else 0.0


def _mean(figures: list[float]) -> float:
    return float(np.mean(figures)) if figures else float("nan")
