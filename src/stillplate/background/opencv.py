"""OpenCV's background subtractor interface to a fitted background, to replace one line of a script."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.background import Background
from stillplate.segmentation.options import MaskKeywords, MaskOptions

__all__ = ["BackgroundSubtractor"]


class BackgroundSubtractor:
    """Replacement for `cv2.createBackgroundSubtractorMOG2()`: takes BGR frames, returns masks of 0 and 255.

    Parameters
    ----------
    background : Background
        From `stillplate.fit` or `Background.load`. It is not updated by the frames.
    **options
        As for `Background.labels`; `shadows="label"` gives shadows 127, as OpenCV's `detectShadows` does.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> frames = np.full((5, 4, 6, 3), 90, np.uint8)
    >>> subtractor = stillplate.BackgroundSubtractor(stillplate.fit(frames))
    >>> int(subtractor.apply(frames[0]).max())
    0
    """

    def __init__(self, background: Background, **options: Unpack[MaskKeywords]) -> None:
        self._background = background
        self._options = MaskOptions.of("BackgroundSubtractor", options)

    def apply(
        self, image: Image, fgmask: npt.NDArray[np.uint8] | None = None, learningRate: float = 0
    ) -> npt.NDArray[np.uint8]:
        """Return the foreground mask of a frame.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), BGR, or (H, W), grey
        fgmask : uint8 array of shape (H, W), optional
            Written to and returned, if given.
        learningRate : float
            Accepted for compatibility with OpenCV and ignored.

        Returns
        -------
        uint8 array of shape (H, W)
            255 for foreground, 127 for shadows if they are labelled, 0 elsewhere.
        """
        in_colour = image.ndim == 3 and image.shape[2] == 3
        frame = np.ascontiguousarray(image[:, :, ::-1]) if in_colour else image
        labels = self._background.observe(frame).labels(self._options)
        if fgmask is None:
            return labels
        fgmask[:] = labels
        return fgmask

    def getBackgroundImage(self) -> npt.NDArray[np.uint8]:
        """Return the plate: uint8 array of shape (H, W, 3), BGR."""
        return np.ascontiguousarray(self._background.plate.image[:, :, ::-1])
