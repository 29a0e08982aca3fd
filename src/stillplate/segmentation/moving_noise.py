"""Noise of the background of a moving camera: few samples show a pixel, so its neighbourhood is averaged."""

from __future__ import annotations

from math import ceil

import numpy as np

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.camera.canvas import Coverage
from stillplate.imaging.resize import downscale, working_factor
from stillplate.io.phases import log_phase
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.plate.votes import Votes
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.noise import Noise, smooth
from stillplate.segmentation.noise_learning import AROUND, AT_MOST
from stillplate.segmentation.run_quantiles import quantile
from stillplate.segmentation.sample_differences import GRID, MOST

__all__ = ["learn_on_canvas"]


SMOOTHING_FACTOR = 1  # reduction factor passed to `smooth`: differences are smoothed as for masks
CELLS = 240000  # largest number of cells of the noise map: those of two or three frames
SHOWN = 0.5  # least vote of a sample that shows the background
SHARE = 0.8  # quantile of the samples' difference that is the noise
FEWEST = 3  # least number of samples for which a quantile is taken
FILLED = 0.08  # share of a frame's width: cells of fewer samples take the mean of the known noise within this box
EDGES = 0.5  # pixels: assumed registration error; the noise may be as large as the plate's change over this distance


def learn_on_canvas(stack: SampleStack, plate: Image, coverage: Coverage, votes: Votes) -> Noise:
    """Return the noise of the background, learnt from the samples that voted for the plate.

    Parameters
    ----------
    stack : SampleStack
        The samples, on the canvas.
    plate : uint8 array of shape (H, W, 3), RGB
    coverage : Coverage
        Where each sample lies on the canvas.
    votes : Votes
        Votes from which the plate was made.

    Returns
    -------
    Noise
        The 0.8 quantile of the samples' differences, averaged over 5x5 cells. It is limited to 2.5 times its mean over
        0.12 of a frame's width, since slow objects raise it.
    """
    import cv2

    log_phase("learn masks")
    factor = working_factor(coverage.size[0])
    background = downscale(plate, factor)
    width = coverage.size[0] / factor
    step = max(ceil(width / GRID), ceil((background.shape[0] * background.shape[1] / CELLS) ** 0.5))
    grid = (slice(None, None, step), slice(None, None, step))
    numbers = np.unique(np.linspace(0, len(stack) - 1, MOST).astype(int)).tolist()
    differences, left_out = [], []
    for number in numbers:
        here = coverage.whole(number)[::factor, ::factor]
        image = np.where(here[:, :, None], downscale(stack.image(number), factor), np.uint8(0))
        gain = estimate_gain(image, background)
        image = np.where(here[:, :, None], relit(image, gain), background)
        differences.append(smooth(kernels.difference(image, background, threads=1), SMOOTHING_FACTOR)[grid])
        own_votes = cv2.resize(votes.weights[number], differences[0].shape[::-1], interpolation=cv2.INTER_LINEAR)
        left_out.append(~here[grid] | (own_votes < SHOWN))
    level = quantile(np.stack(differences), np.stack(left_out), SHARE, least=FEWEST)
    edges = cv2.morphologyEx(background, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).mean(axis=2)[grid]
    return Noise(_averaged(level, edges.astype(np.float32), width / step))


def _averaged(level: Floats, edges: Floats, width: float) -> Floats:
    """Average the noise over neighbouring cells, and limit it; `width` is a frame's, in cells."""
    import cv2

    known = np.isfinite(level)
    level = np.where(known, level, np.float32(0))
    level = np.where(known, level, _mean(level, known, FILLED * width))
    around = _mean(level, known, AROUND * width)
    return np.asarray(np.minimum(cv2.blur(level, (5, 5)), AT_MOST * around + EDGES * edges), np.float32)


def _mean(level: Floats, known: Flags, side: float) -> Floats:
    """Return the mean of the known cells in a box of this side."""
    import cv2

    box = (max(7, int(side) | 1),) * 2
    share = cv2.blur(known.astype(np.float32), box)
    return np.asarray(cv2.blur(np.where(known, level, 0), box) / np.maximum(share, 1e-3), np.float32)
