"""Parameters of the samples' weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the samples' weights.

    docs/method.md has the equations; `python -m benchmarks plates` measures what each parameter is worth.

    Attributes
    ----------
    agreement_side : int
        Pixels on the longer side of the images whose 3 x 3 patches are compared, so that a patch is 1/27 of the image.
        Larger patches are never free of leaves where these cover three quarters of the background.
    relative_difference : float
        Share of the level from which on a pixel of two samples differs fully: light multiplies, so the same change of
        light or of texture is fewer levels where the image is dark.
    least_difference : float
        8-bit levels that are added to that share, for black.
    difference_sigmas : float
        Standard deviations of the noise that are added instead if they are more.
    sharpness : float
        Samples agree by exp(-sharpness · share of the patch that differs): e^-6 = 0.2 % where all of it does.
    neighbour_scales : tuple of float
        Scales of the boxes over which neighbours are aggregated, one after the other; () for no aggregation.
    neighbour_rounds : int
        Rounds of aggregation at each of these scales.
    recurrence_power : float
        (R / max R)^12: only samples within some 10 % of the greatest R count. 0: all samples weigh alike at first.
    revote_scales : tuple of float
        Scales of the boxes over which samples are compared with the plate, from coarse to fine.
    box_weight : float
        exp(-15 · share of the box that differs): if three of ten pixels differ, 1 % is left.
    frame_weight : float
        exp(-3 · mean error of the frame), as in BB-SGD.
    error_scale : float
        An error e = |I - B|_1 counts tanh(e / 64): BB-SGD's 255/4.
    ghost_rounds : int
        Rounds of ghost detection at most; 0 for none.
    ghost_evidence : float
        Mean evidence of the contours from which on a blob is a ghost (0: undecided; 1: all of the contour is the
        plate's).
    ghost_rim_evidence : float
        Evidence from which on a pixel connected to a ghost belongs to it.
    group_evidence : float
        Mean evidence of the contours near a pixel from which on it may be a ghost, of a person in a group.
    group_rim_evidence : tuple of float
        Evidence from which on a pixel connected to such a ghost belongs to it, one after the other: what is taken too
        widely is not proved, and is tried again with the next.
    group_proof : float
        Evidence of the contour of all that a correction changes, from which on it is accepted.
    evidence_prior : float
        Weight against the evidence, as a share of T: evidence from that many samples is halved.
    ground_falloff : (float, float)
        (far, half) of the final weight 1 / (1 + (m / half)^8), m the mean of tanh(e / far) in a box; both are wide,
        since light and shadows may vary, and the plate is the median.
    ghost_falloff : (float, float)
        The same in ghost areas, where the ghost may be in most samples, so that only small differences are accepted.
    ground_scale : float
        Scale of the box of the final weight.
    merge_sigmas : float
        Clusters are merged if their means are nearer than so many standard deviations of the noise, 2 levels at least
        and 20 at most, or if their samples have similar weights. 0: clusters are never merged.
    most_voters : int
        Samples that others are compared with, at most; of more, so many evenly spaced ones.
    support_power : float
        support = (mean of the weights)^1.25, calibrated so that 0.6 separates right from wrong pixels.
    """

    agreement_side: int = 80
    relative_difference: float = 0.08
    least_difference: float = 2.0
    difference_sigmas: float = 3.0
    sharpness: float = 6.0
    neighbour_scales: tuple[float, ...] = (8, 16)
    neighbour_rounds: int = 4
    recurrence_power: float = 12.0
    revote_scales: tuple[float, ...] = (16, 25, 40, 75)
    box_weight: float = 15.0
    frame_weight: float = 3.0
    error_scale: float = 64.0
    ghost_rounds: int = 4
    ghost_evidence: float = 0.2
    ghost_rim_evidence: float = 0.1
    group_evidence: float = 0.3
    group_rim_evidence: tuple[float, ...] = (0.1, 0.2)
    group_proof: float = 0.3
    evidence_prior: float = 1 / 32
    ground_falloff: tuple[float, float] = (100.0, 0.5)
    ghost_falloff: tuple[float, float] = (64.0, 0.2)
    ground_scale: float = 75
    merge_sigmas: float = 2.0
    most_voters: int = 128
    support_power: float = 1.25

    def on_canvas(self, times: float) -> Rules:
        """Return the rules for a canvas `times` as long as a frame: boxes keep their size relative to the frame."""
        return replace(
            self,
            agreement_side=round(self.agreement_side * times),
            neighbour_scales=tuple(part * times for part in self.neighbour_scales),
            revote_scales=tuple(part * times for part in self.revote_scales),
            ground_scale=self.ground_scale * times,
        )
