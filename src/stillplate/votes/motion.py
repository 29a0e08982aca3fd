"""Who moves: the noise of the picture, and how calm each sample is around each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate import kernels
from stillplate.video.source import Image
from stillplate.votes.pictures import Floats, boxed, distance, each
from stillplate.votes.rules import Rules

__all__ = ["Motion", "estimate_noise", "judge_motion", "optical_flow"]


def estimate_noise(samples: Image, neighbours: Image) -> float:
    """Sigma of the small picture per channel, in 8-bit levels.

    Of each pixel the calmest tenth of |sample - neighbour| (the mean of three channels: its 10 % quantile is about
    0.3 · sqrt(2) sigma), in the calmer quarter of the picture: one full of leaves still gives the sensor's noise.
    """
    rank = len(samples) // 10
    apart = np.stack(each(lambda t: distance(samples[t], neighbours[t]), len(samples)))
    calmest = np.partition(apart, rank, axis=0)[rank]
    return float(np.quantile(calmest / 3, 0.25)) / (0.3 * 2**0.5)


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves between each sample and its neighbour.

    Attributes
    ----------
    calm : float32 array of shape (T, h, w), 0..1
        Votes of the calm.
    unrest : float32 array of shape (T, h, w), 0..1
        Length of the optical flow, 1 for the longest of all, times the tell.
    """

    calm: Floats
    unrest: Floats


def judge_motion(samples: Image, neighbours: Image, rules: Rules) -> Motion:
    """Rank every pixel's samples by what moves around them: Π exp(-calm · tell · rank / T).

    The product is over the difference to the neighbour and the optical flow, each as its mean in boxes of 1/8 and
    1/20 of the picture. tell = 1 - |sample - neighbour| / |sample - stranger|: how far to believe any of this. In a
    clip of a few frames, far apart, a neighbour is no nearer than a stranger, and motion tells nothing.
    """
    count = len(samples)
    if not (rules.calm or rules.motion):
        return Motion(np.ones(samples.shape[:3], np.float32), np.zeros(samples.shape[:3], np.float32))
    apart = np.stack(each(lambda t: distance(samples[t], neighbours[t]), count)).astype(np.float32)
    tell = _tell(samples, float(apart.mean(dtype=np.float64)))
    if tell == 0:
        return Motion(np.ones(apart.shape, np.float32), np.zeros(apart.shape, np.float32))
    flow = np.stack(each(lambda t: optical_flow(samples[t], neighbours[t]), count))
    ranks = np.zeros(apart.shape, np.int32)
    for fraction in rules.calm_boxes:
        for unrest in (apart, flow):
            ranks += kernels.rank(boxed(unrest, fraction))
    scale = np.float32(tell / max(float(flow.max()), 1e-6))
    return Motion(np.exp(ranks.astype(np.float32) * np.float32(-rules.calm * tell / count)), flow * scale)


def _tell(samples: Image, apart: float) -> float:
    count = len(samples)
    if count < 4:
        return 0.0
    strange = np.mean([_mean_distance(samples, np.roll(samples, shift, axis=0)) for shift in (count // 3, count // 2)])
    return float(np.clip(1 - apart / max(float(strange), 1e-6), 0, 1))


def optical_flow(sample: Image, neighbour: Image) -> Floats:
    """Length of the dense optical flow between two small pictures, in pixels (Kroeger 2016)."""
    import cv2

    if min(sample.shape[:2]) < 16:  # less than two of its patches
        return np.zeros(sample.shape[:2], np.float32)
    method = cv2.DISOpticalFlow.create(cv2.DISOpticalFlow_PRESET_FAST)
    first, second = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (sample, neighbour))
    flow = method.calc(first, second, np.zeros((*sample.shape[:2], 2), np.float32))
    return np.hypot(flow[:, :, 0], flow[:, :, 1])


def _mean_distance(samples: Image, others: Image) -> float:
    return float(np.mean([distance(a, b).mean(dtype=np.float64) for a, b in zip(samples, others, strict=True)]))
