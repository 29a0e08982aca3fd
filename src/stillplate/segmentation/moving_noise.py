"""What the ground does by itself where the camera moves: few samples see a place, so those around it are heard, too."""

from __future__ import annotations

from math import ceil

import numpy as np

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.camera.canvas import Coverage
from stillplate.imaging.resize import downscale, working_factor
from stillplate.io.phases import log_phase
from stillplate.photometry.gain import estimate_gain
from stillplate.plate.votes import Votes
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.noise import Noise, smooth
from stillplate.segmentation.noise_learning import AROUND, AT_MOST, GRID, MOST, quantile

__all__ = ["learn_on_canvas"]


AS_IT_IS = 1  # as masks are smoothed: see `panorama`
CELLS = 240000  # of the map, at most: as many as those of two or three frames
SHOWS = 0.5  # vote from which on a sample shows the ground
REACHED = 0.8  # what a fifth of the samples that show it reach is noise
FEWEST = 3  # samples that can tell
FILLED = 0.08  # of a frame's width: where fewer are, the noise is the mean of what is known so far around
EDGES = 0.5  # pixels that the plate may be off: noise may be as much as it changes in that


def learn_on_canvas(stack: SampleStack, plate: Image, coverage: Coverage, votes: Votes) -> Noise:
    """Learn from the samples that voted for the plate how far they are from it.

    Parameters
    ----------
    stack : SampleStack
        The samples, on the canvas.
    plate : uint8 array of shape (H, W, 3), RGB
    coverage : Coverage
        Which samples count where.
    votes : Votes
        Those that made the plate.

    Returns
    -------
    Noise
        The 0.8 quantile of the samples' distance, means over some pixels; what leaked in from slow things is cut at 2.5
        times the mean over 0.12 of a frame's width.
    """
    import cv2

    log_phase("learn masks")
    factor = working_factor(coverage.size[0])
    ground = downscale(plate, factor)
    width = coverage.size[0] / factor
    step = max(ceil(width / GRID), ceil((ground.shape[0] * ground.shape[1] / CELLS) ** 0.5))
    grid = (slice(None, None, step), slice(None, None, step))
    heard = np.unique(np.linspace(0, len(stack) - 1, MOST).astype(int)).tolist()
    far, silent = [], []
    for number in heard:
        here = coverage.whole(number)[::factor, ::factor]
        image = np.where(here[:, :, None], downscale(stack.image(number), factor), np.uint8(0))
        gain = estimate_gain(image, ground)
        image = np.where(here[:, :, None], gain.undo(image) if gain.noticeable else image, ground)
        far.append(smooth(kernels.difference(image, ground, threads=1), AS_IT_IS)[grid])
        votes_here = cv2.resize(votes.weights[number], far[0].shape[::-1], interpolation=cv2.INTER_LINEAR)
        silent.append(~here[grid] | (votes_here < SHOWS))
    level = quantile(np.stack(far), np.stack(silent), REACHED, least=FEWEST)
    edges = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).mean(axis=2)[grid]
    return Noise(_shared(level, edges.astype(np.float32), width / step))


def _shared(level: Floats, edges: Floats, width: float) -> Floats:
    """Hear the neighbours; `width` is a frame's, on the map."""
    import cv2

    known = np.isfinite(level)
    level = np.where(known, level, np.float32(0))
    level = np.where(known, level, _mean(level, known, FILLED * width))
    around = _mean(level, known, AROUND * width)
    return np.asarray(np.minimum(cv2.blur(level, (5, 5)), AT_MOST * around + EDGES * edges), np.float32)


def _mean(level: Floats, known: Flags, side: float) -> Floats:
    """Mean of what is known in a box."""
    import cv2

    box = (max(7, int(side) | 1),) * 2
    share = cv2.blur(known.astype(np.float32), box)
    return np.asarray(cv2.blur(np.where(known, level, 0), box) / np.maximum(share, 1e-3), np.float32)
