"""Direct alignment: refine the registration of an image by its grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Doubles, Floats
from stillplate.camera.corners import cells_of
from stillplate.imaging.homography import generators

__all__ = ["Template", "smooth"]


BLUR = 0.8  # pixels: standard deviation of the smoothing, greater than that of interpolation
CELL = 12  # pixels, side of the cells in which the steepest pixels are selected
PIXELS_PER_CELL = 5  # pixels selected in each cell, at most
LEAST_GRADIENT = 1.0  # 8-bit levels per pixel: least gradient of a selected pixel
FEWEST = 64  # selected pixels, below which nothing is aligned
STEPS = 6  # Gauss-Newton steps, at most
LEAST_STEP = 3e-5  # half-widths of the image: a smaller step ends the iteration
NOISE = 2.0  # 8-bit levels: least robust scale, which is otherwise 1.5 times the median residual


class Template:
    """An image prepared for alignment with others.

    Parameters
    ----------
    image : float32 array of shape (h, w)
        As returned by `smooth`.
    known : uint8 array of shape (h, w), optional
        0 where the image is not used.
    model : str
        Motion model: "translation", "similarity", "affine" or "homography".

    Attributes
    ----------
    pixels : AlignedPixels
        The steepest of each cell.

    Notes
    -----
    Inverse compositional Gauss-Newton on the grey levels of the steepest pixels of each cell, with Geman and McClure's
    weights, so that moving objects have no influence; gain and offset of the light are fitted, too.

    References
    ----------
    S. Baker, I. Matthews, "Lucas-Kanade 20 years on: a unifying framework", Int. J. Comput. Vis. 56(3), 2004.
    :doi:`10.1023/B:VISI.0000011205.11775.fd`
    """

    def __init__(self, image: Floats, known: npt.NDArray[np.uint8] | None = None, model: str = "homography") -> None:
        basis = generators(model, image.shape[1], image.shape[0])
        self.pixels = kernels.steepest(image, known, basis, cell=CELL, most=PIXELS_PER_CELL, least=LEAST_GRADIENT)
        self._shape = image.shape

    def improve(
        self, frame: Floats, way: Doubles, farthest: float, trust: Doubles | None = None
    ) -> tuple[Doubles, float]:
        """Refine the transform from this image to another.

        Parameters
        ----------
        frame : float32 array of shape (h, w)
            As returned by `smooth`.
        way : float64 array of shape (3, 3)
            From this image to the other, correct to a pixel or two.
        farthest : float
            Pixels: a refinement that moves some pixel by more is rejected.
        trust : float64 array of shape (96,), optional
            Weight of each cell of this image, as returned by `corners.agreement`; 1 if omitted.

        Returns
        -------
        float64 array of shape (3, 3)
            The given transform, if no refinement has a lower cost.
        float
            Median distance of the steep pixels from the frame's, in pixels; infinite if there are too few.
        """
        weights = None if trust is None else trust[cells_of(self.pixels.places, self._shape)].astype(np.float32)
        return kernels.align(
            frame, self.pixels, way, weights,
            steps=STEPS, fewest=FEWEST, farthest=farthest, least_step=LEAST_STEP, noise=NOISE,
        )  # fmt: skip


def smooth(grey: npt.NDArray[Any]) -> Floats:
    """Return a grey image smoothed for sampling between its pixels."""
    import cv2

    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (5, 5), BLUR))
