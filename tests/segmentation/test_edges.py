"""Small regions are cut out of the parts of a frame around them as they are cut out of the whole frame."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.imaging.morphology import block
from stillplate.photometry.gain import Gain
from stillplate.segmentation.cleanup import LEAST
from stillplate.segmentation.edges import EDGE, FullSize, cut_small_regions

Masks = npt.NDArray[np.bool_]


def naive_cut(mask: Masks, full: FullSize, factor: int) -> Masks:
    """In the whole frame: half of the largest difference near by, where the enlarged mask and its rim are."""
    height, width = full.image.shape[:2]
    around = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    near = around.repeat(factor, 0).repeat(factor, 1)[:height, :width]
    total = np.abs(full.image.astype(np.float32) - full.plate).sum(axis=2)
    difference = total * np.float32(1 / 3) * near
    peak = cv2.dilate(difference, block(np.sqrt(LEAST * height * width) / 2))
    return np.asarray(near & (difference > EDGE * peak))


@pytest.mark.parametrize("count", [1, 4, 15, 200], ids="{} regions".format)
@pytest.mark.parametrize(("factor", "odd"), [(1, 0), (2, 1), (4, 3)])
def test_parts_and_the_whole_frame(count: int, factor: int, odd: int) -> None:
    random = np.random.default_rng(count + factor)
    mask = np.zeros((90, 160), np.bool_)
    for top, left in random.integers(0, (90, 160), (count, 2)).tolist():
        mask[top : top + 3, left : left + 2] = True
    shape = (90 * factor - odd, 160 * factor - odd, 3)
    image, plate = random.integers(0, 256, (2, *shape)).astype(np.uint8)
    full = FullSize(image, plate, Gain.none())

    assert np.array_equal(cut_small_regions(mask, full, factor), naive_cut(mask, full, factor))
