"""Scores of a clip's masks, frame by frame, averaged as DAVIS averages them; and how much the masks blink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.rendering.blinking import Blinks

__all__ = ["ClipScores", "inner_frames"]

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
        `stillplate.rendering.blinking` of every three masks of neighbouring frames.

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
    _latest: Blinks = field(default_factory=Blinks)

    def add(self, index: int, mask: Mask, labels: Image) -> None:
        """Score the mask of a frame by its true labels, and remember it for the next two."""
        self.counts[index] = mask_counts(mask, labels)
        blinks = self._latest.add(index, mask)
        if blinks is not None:
            self.blinks.append(blinks)

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


def _mean(figures: list[float]) -> float:
    return float(np.mean(figures)) if figures else float("nan")
