"""The transform of a motion model that fits pairs of points."""

from __future__ import annotations

from stillplate import kernels
from stillplate.arrays import Doubles, Points
from stillplate.imaging.homography import generators

__all__ = ["fit_pairs"]

ROUNDS = 8  # iterations of Gauss-Newton at each scale, at most
ENOUGH = 1e-5  # half-widths of the image; a smaller step ends the iterations
DAMPING = 1e-6  # added to the diagonal of the normal equations


def fit_pairs(
    model: str,
    size: tuple[int, int],
    start: Doubles,
    sources: Points,
    targets: Points,
    weights: Doubles,
    scales: tuple[float, ...],
) -> Doubles:
    """Fit `targets` = matrix · `sources` by Gauss-Newton, with Geman and McClure's robust weights.

    The weights have the given scales, in pixels, one after the other. The steps are taken in the Lie group of the
    model, so that the result stays a transform of that model. The start is returned if the iterations diverge.

    References
    ----------
    M. J. Black, A. Rangarajan, "On the unification of line processes, outlier rejection, and robust statistics",
    Int. J. Comput. Vis. 19(1), 1996. :doi:`10.1007/BF00131148`
    """
    return kernels.fit_pairs(
        generators(model, *size), start, sources, targets, weights, scales,
        rounds=ROUNDS, damping=DAMPING, enough=ENOUGH,
    )  # fmt: skip
