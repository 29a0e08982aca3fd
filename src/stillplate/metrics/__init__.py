"""Scores of plates and masks against a known truth."""

from stillplate.metrics.ms_ssim import ms_ssim
from stillplate.metrics.scores import MaskCounts, PlateScores, iou, luma, mask_counts, plate_scores, score_folder

__all__ = ["MaskCounts", "PlateScores", "iou", "luma", "mask_counts", "ms_ssim", "plate_scores", "score_folder"]
