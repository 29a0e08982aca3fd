from __future__ import annotations

from math import exp, isnan, log10
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stillplate.errors import ParameterError
from stillplate.metrics import MaskCounts, iou, mask_counts, plate_scores, score_folder
from stillplate.metrics.ms_ssim import ms_ssim

Image = npt.NDArray[np.uint8]
SMALL = arrays(np.uint8, (7, 6, 3))
LABELS = arrays(np.uint8, (5, 4), elements=st.sampled_from([0, 50, 85, 170, 255]))
MARKS = arrays(np.bool_, (5, 4))


def flat(level: int, height: int = 5, width: int = 5) -> Image:
    return np.full((height, width, 3), level, np.uint8)


class TestPlateScores:
    def test_equal_pictures(self) -> None:
        scores = plate_scores(flat(90, 12, 12), flat(90, 12, 12))

        assert (scores.age, scores.peps, scores.pceps, scores.psnr) == (0.0, 0.0, 0.0, 99.0)
        assert scores.ms_ssim == pytest.approx(1.0)
        assert scores.cqm == pytest.approx(99.0)

    def test_block_of_errors(self) -> None:
        """A 3x3 block that is 30 levels too bright: 9 errors, of which only the middle one has 4 wrong neighbours."""
        plate = flat(100)
        plate[1:4, 1:4] = 130

        scores = plate_scores(plate, flat(100))

        assert scores.age == pytest.approx(9 * 30 / 25)
        assert scores.peps == pytest.approx(9 / 25)
        assert scores.pceps == pytest.approx(1 / 25)
        assert scores.psnr == pytest.approx(10 * log10(255**2 / (9 * 900 / 25)))
        assert scores.psnr == pytest.approx(23.0253, abs=1e-4)
        assert scores.cqm == pytest.approx(0.9449 * 23.0253 + 0.0551 * 99, abs=1e-4)

    def test_outside_the_picture_is_no_error(self) -> None:
        plate = flat(100)
        plate[0:3, 0:3] = 130

        assert plate_scores(plate, flat(100)).pceps == pytest.approx(1 / 25)

    def test_twenty_levels_are_no_error_yet(self) -> None:
        assert plate_scores(flat(120), flat(100)).peps == 0.0
        assert plate_scores(flat(121), flat(100)).peps == 1.0

    def test_each_difference_is_rounded(self) -> None:
        """One level of red is .299 levels of grey and rounds to 0; two are .598 and round to 1."""
        plate = flat(100)
        plate[0, :, 0] += 1
        plate[1, :, 0] += 2

        assert plate_scores(plate, flat(100)).age == pytest.approx(5 / 25)

    def test_colour(self) -> None:
        """(10, 20, 30) and (14, 20, 26) have Y' = 20 and U = 0 alike; V is 10 and 6."""
        plate, truth = (np.full((4, 4, 3), colour, np.uint8) for colour in ((10, 20, 30), (14, 20, 26)))

        chroma = (99 + 10 * log10(255**2 / 16)) / 2

        assert plate_scores(plate, truth).cqm == pytest.approx(0.9449 * 99 + 0.0551 * chroma)
        assert plate_scores(plate, truth).cqm == pytest.approx(97.2668, abs=1e-4)

    def test_valid_limits_what_is_scored(self) -> None:
        """With the right column left out, 6 of the block's 9 pixels count, and none of them is clustered."""
        plate = flat(100)
        plate[1:4, 2:5] = 130
        valid = np.ones((5, 5), np.bool_)
        valid[:, 4] = False

        scores = plate_scores(plate, flat(100), valid)

        assert scores.age == pytest.approx(6 * 30 / 20)
        assert scores.peps == pytest.approx(6 / 20)
        assert scores.pceps == 0.0

    def test_nothing_valid(self) -> None:
        with pytest.raises(ParameterError, match="no pixel is valid"):
            plate_scores(flat(1), flat(1), np.zeros((5, 5), np.bool_))

    def test_sizes_differ(self) -> None:
        with pytest.raises(ParameterError, match="the plate is 5x5, but the truth is 6x5"):
            plate_scores(flat(1), flat(1, width=6))

    @given(SMALL, SMALL)
    def test_laws(self, first: Image, second: Image) -> None:
        """Symmetric, in range, clusters among the errors, and an all-true mask changes nothing."""
        there, back = plate_scores(first, second), plate_scores(second, first)

        assert repr(plate_scores(first, second, np.ones((7, 6), np.bool_))) == repr(there)
        assert there.age == back.age
        assert 0 <= there.pceps <= there.peps <= 1
        assert 0 <= there.psnr <= 99
        assert there.cqm == pytest.approx(back.cqm)


class TestMsSsim:
    def test_constant_pictures(self) -> None:
        """Only the luminance differs, at the coarsest level alone: to the .1333 of five, to the 1 of one."""
        level = (2 * 100 * 110 + 6.5025) / (100**2 + 110**2 + 6.5025)

        assert level == pytest.approx(0.995476, abs=1e-6)
        for size, power in ((161, 0.1333 / 1.0001), (20, 1.0)):
            first, second = np.full((size, size), 100.0), np.full((size, size), 110.0)

            assert ms_ssim(first, second) == pytest.approx(level**power, abs=1e-9)

    def test_against_the_definition(self) -> None:
        """One level, window by window, in plain Python."""
        rng = np.random.default_rng(0)
        first, second = rng.uniform(0, 255, (2, 12, 13))

        assert ms_ssim(first, second) == pytest.approx(np.mean(naive_ssim(first, second)))

    def test_too_small_for_a_window(self) -> None:
        assert isnan(ms_ssim(np.zeros((10, 40)), np.zeros((10, 40))))

    def test_unscored_pixels_do_not_count(self) -> None:
        """What differs beyond the reach of the scored windows changes nothing."""
        first, second = np.full((2, 20, 60), 100.0)
        second[:, 40:] = 0
        valid = np.zeros((20, 60), np.bool_)
        valid[:, :30] = True

        assert ms_ssim(first, second, valid) == pytest.approx(1.0)
        assert ms_ssim(first, second) < 0.9

    def test_opposite_patterns(self) -> None:
        """A negative similarity counts as zero."""
        pattern = np.random.default_rng(0).uniform(0, 255, (40, 40))

        assert ms_ssim(pattern, 255 - pattern) == 0.0


class TestMaskCounts:
    def test_labels(self) -> None:
        """Shadow is background; 85 and 170 are not scored."""
        truth = np.array([[0, 50, 85, 170, 255, 255, 50]], np.uint8)
        mask = np.array([[1, 0, 1, 1, 1, 0, 1]], np.bool_)

        assert mask_counts(mask, truth) == MaskCounts(tp=1, fp=2, fn=1, tn=1)

    def test_scores(self) -> None:
        counts = MaskCounts(tp=6, fp=2, fn=4, tn=88)

        assert counts.precision == 0.75
        assert counts.recall == 0.6
        assert counts.f == pytest.approx(2 * 0.75 * 0.6 / 1.35)
        assert counts.iou == 0.5

    @pytest.mark.parametrize(
        ("counts", "precision", "recall", "f", "overlap"),
        [
            (MaskCounts(tn=9), 1.0, 1.0, 1.0, 1.0),
            (MaskCounts(fp=3), 0.0, 1.0, 0.0, 0.0),
            (MaskCounts(fn=3), 1.0, 0.0, 0.0, 0.0),
        ],
        ids=["nothing there, nothing marked", "nothing there, some marked", "some there, nothing marked"],
    )
    def test_empty(self, counts: MaskCounts, precision: float, recall: float, f: float, overlap: float) -> None:
        assert (counts.precision, counts.recall, counts.f, counts.iou) == (precision, recall, f, overlap)

    def test_add_up(self) -> None:
        assert sum([MaskCounts(1, 2, 3, 4), MaskCounts(5, 6, 7, 8)], MaskCounts()) == MaskCounts(6, 8, 10, 12)

    def test_bool_truth(self) -> None:
        truth = np.array([[True, False]])

        assert mask_counts(np.array([[True, True]]), truth) == MaskCounts(tp=1, fp=1)

    @given(MARKS, MARKS)
    def test_iou_is_that_of_two_masks(self, mask: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> None:
        assert mask_counts(mask, truth).iou == iou(mask, truth)

    def test_strange_label(self) -> None:
        with pytest.raises(ParameterError, match="labels 1, 254, but"):
            mask_counts(np.zeros((1, 3), np.bool_), np.array([[0, 1, 254]], np.uint8))

    def test_sizes_differ(self) -> None:
        with pytest.raises(ParameterError, match="one size"):
            mask_counts(np.zeros((2, 3), np.bool_), np.zeros((3, 2), np.uint8))

    @given(MARKS, LABELS)
    def test_laws(self, mask: npt.NDArray[np.bool_], truth: Image) -> None:
        """Every scored pixel is counted once; F is the harmonic mean; the truth itself scores 1."""
        counts = mask_counts(mask, truth)

        assert counts.tp + counts.fp + counts.fn + counts.tn == np.isin(truth, [0, 50, 255]).sum()
        if counts.precision + counts.recall > 0:
            harmonic = 2 * counts.precision * counts.recall / (counts.precision + counts.recall)

            assert counts.f == pytest.approx(harmonic)
        assert mask_counts(truth == 255, truth).f == 1.0


class TestScoreFolder:
    def write(self, folder: Path, *images: list[int]) -> Path:
        folder.mkdir()
        for index, levels in enumerate(images):
            cv2.imwrite(str(folder / f"{index:06d}.png"), np.array([levels] * 2, np.uint8))
        return folder

    def test_adds_the_frames_up(self, tmp_path: Path) -> None:
        """Each picture has two equal rows: 128 is foreground, 127 is not."""
        masks = self.write(tmp_path / "masks", [255, 0, 127], [128, 128, 0])
        truth = self.write(tmp_path / "truth", [255, 255, 0], [0, 170, 50])

        assert score_folder(masks, truth) == MaskCounts(tp=2, fp=2, fn=2, tn=4)

    def test_numbers_differ(self, tmp_path: Path) -> None:
        masks, truth = self.write(tmp_path / "masks", [0]), self.write(tmp_path / "truth", [0], [0])

        with pytest.raises(ParameterError, match="masks ends after 1 frames"):
            score_folder(masks, truth)


class TestIou:
    def test_hand(self) -> None:
        assert iou(np.array([1, 1, 0, 0], np.bool_), np.array([0, 1, 1, 0], np.bool_)) == pytest.approx(1 / 3)

    def test_both_empty(self) -> None:
        assert iou(np.zeros(4, np.bool_), np.zeros(4, np.bool_)) == 1.0

    def test_sizes_differ(self) -> None:
        with pytest.raises(ParameterError, match="one size"):
            iou(np.zeros(4, np.bool_), np.zeros(3, np.bool_))


def naive_ssim(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> list[float]:
    """SSIM of every 11x11 window, with a Gaussian weight of deviation 1.5."""
    curve = [exp(-((i - 5) ** 2) / (2 * 1.5**2)) for i in range(11)]
    weight = np.outer(curve, curve) / sum(curve) ** 2
    values = []
    for y in range(first.shape[0] - 10):
        for x in range(first.shape[1] - 10):
            a, b = first[y : y + 11, x : x + 11], second[y : y + 11, x : x + 11]
            mean_a, mean_b = (weight * a).sum(), (weight * b).sum()
            var_a, var_b = (weight * (a - mean_a) ** 2).sum(), (weight * (b - mean_b) ** 2).sum()
            joint = (weight * (a - mean_a) * (b - mean_b)).sum()
            top = (2 * mean_a * mean_b + 6.5025) * (2 * joint + 58.5225)
            values.append(float(top / ((mean_a**2 + mean_b**2 + 6.5025) * (var_a + var_b + 58.5225))))
    return values
