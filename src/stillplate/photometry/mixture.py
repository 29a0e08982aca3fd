"""Light of a frame as a mixture of the light states in which the scene was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from stillplate import kernels
from stillplate.arrays import Doubles, Floats, Image
from stillplate.kernels import LocalLimits, MixtureLimits
from stillplate.photometry.gain import BRIGHT, DARK, FEWEST, GRID, LEAST_ROBUST_SCALE, RIDGE, Gain
from stillplate.photometry.regression import ANNEALING, CLIPPED_WEIGHT, OFFSETS, ROBUST_SCALE, ROUNDS, SCALES

__all__ = ["LIMITS", "LitPlates", "Mixture", "blend", "brightness", "estimate_mixture", "is_dark_beside"]

COARSE_WIDTH = 96  # columns of the coarse image on which the local shares are estimated
SHARE_WINDOW = 1 / 6  # share of the coarse width: window of a local share, larger than most objects
BRIGHTNESS_WINDOW = 1 / 4  # share of the coarse width: window of the local brightness, wider than dark clothes
BRIGHTNESS_BOUNDS = (-0.5, 1.0)  # bounds of the local change of brightness, as a share of it
LOCAL_ROUNDS = 4  # rounds of the local reweighted regression
LEAST_RESIDUAL = 2.0  # 8-bit levels, mean over the image of residuals capped at 16: sensor noise leaves less
MOST_REMAINING = 0.6  # share of the residual that may remain after a local share, or the share is dropped
LEAST_SHARE = 0.02  # greatest local share that is dropped as noise
ROBUST_SCALE_ALONE = 12.0  # 8-bit levels: residual that gets the weight 1/4 at first, when one state is fitted alone
RESIDUAL_CAP = 16.0  # 8-bit levels: cap on the residual, so that a large foreground object cannot drive the fit
DARK_RATIO = 1 / 3  # ratio of mean brightness below which the main light is off, since no shadow is so deep
LOCAL_RESIDUAL_CAP = 48.0  # 8-bit levels: cap on the residual of a local share
MIXTURE_RESIDUAL = 0.85  # share of the best single state's residual that a mixture may leave, at most
EXTRAPOLATION = 0.25  # share by which a light may be stronger or weaker than in any sample

LIMITS = MixtureLimits(
    usable=(DARK, BRIGHT), fewest=FEWEST, clipped=CLIPPED_WEIGHT, first=(ROBUST_SCALE_ALONE, ROBUST_SCALE),
    robust=(LEAST_ROBUST_SCALE, ANNEALING), rounds=ROUNDS, ridge=RIDGE, residual=(RESIDUAL_CAP, MIXTURE_RESIDUAL),
    bounds=(SCALES, OFFSETS),
)  # fmt: skip


@dataclass(frozen=True)
class Mixture:
    """Light of a frame: I = scale · Σ shares · B + offset, channel by channel.

    Attributes
    ----------
    shares : float32 array of shape (K, 3)
        Share of each of the K light states in red, green and blue; the sum over the states is 1.
    gain : Gain
        Gain from that mixture to the frame.
    field : float32 array of shape (h, w, K + 1), optional
        Local corrections on a coarse image. The first K are added to the shares and have the sum 0. The last is the
        local change of brightness, as a share of it, which `gain` leaves out. None if the shares hold everywhere.
    """

    shares: Floats
    gain: Gain
    field: Floats | None = None

    @classmethod
    def single(cls) -> Mixture:
        """Return the mixture of a scene with a single light state."""
        return cls(np.ones((1, 3), np.float32), Gain.none())

    @property
    def level(self) -> Floats:
        """Mean gain of the image: float32 array of shape (3,)."""
        local = 0.0 if self.field is None else float(self.field[:, :, -1].mean())
        return np.asarray(self.gain.scale * np.float32(1 + local), np.float32)

    @cached_property
    def state(self) -> int:
        """Number of the light state with the largest share."""
        return int(self.shares.mean(axis=1).argmax())


def blend(plates: Sequence[Image], mixture: Mixture) -> Image:
    """Return the scene in a mixture of light states, without its gain: uint8 array of shape (H, W, 3), RGB."""
    alone = np.flatnonzero((np.abs(mixture.shares - 1) < 1e-3).all(axis=1))
    if alone.size and mixture.field is None:
        return plates[int(alone[0])]
    return kernels.blend(plates, mixture.shares, mixture.field)


def estimate_mixture(image: Image, plates: Sequence[Image], *, local: bool = True) -> Mixture:
    """Estimate the shares of the light states in the light of a frame.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    plates : K uint8 arrays of shape (H, W, 3), RGB
        The plate of each light state, registered to the frame.
    local : bool
        Whether the shares may vary over the image.

    Returns
    -------
    Mixture

    Notes
    -----
    Light is additive: what two lamps show is the sum of what each shows. So a frame is a linear combination of the
    plates and a bias. It is found by regression per channel on some 2000 pixels, reweighted with Geman and McClure's
    weight (see `gain.estimate_gain`), where s falls from 40 to 4 levels. Each state is tried alone first; a mixture is
    drawn to the best of them, and used only if it leaves at most 85 % of its residual.
    """
    return LitPlates(plates).mixture(image, local=local)


class LitPlates:
    """The plates of the light states at one size, and what is asked of them for each frame.

    Parameters
    ----------
    plates : K uint8 arrays of shape (H, W, 3), RGB
    """

    def __init__(self, plates: Sequence[Image]) -> None:
        self.plates = plates

    def mixture(self, image: Image, *, local: bool = True) -> Mixture:
        """Estimate the mixture that a frame shows, as `estimate_mixture` does."""
        step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / GRID)))
        mixture = _as_mixture(*kernels.fit_mixture(image, self.plates, step, LIMITS))
        return self._with_local_shares(image, mixture) if local else mixture

    def shown_beside(self, state: int, level: float | None = None) -> list[int]:
        """Return the numbers of the other states whose texture can be told from a state's, or from it in another light.

        Parameters
        ----------
        state : int
        level : float, optional
            Mean level of the state as it is seen; that of its plate if omitted.
        """
        own = self._levels[state] if level is None else level
        return [
            number
            for number, other in enumerate(self._levels)
            if number != state and not _is_dark(own, other) and not _is_dark(other, own)
        ]

    @cached_property
    def _levels(self) -> list[float]:
        return [float(plate.mean()) for plate in self.plates]

    @cached_property
    def _coarse(self) -> LitPlates:
        return LitPlates([_coarse(plate) for plate in self.plates])

    @cached_property
    def _local_limits(self) -> LocalLimits:
        width = self._coarse.plates[0].shape[1]
        return LocalLimits(
            residual=RESIDUAL_CAP, least=LEAST_RESIDUAL,
            sides=(_side(SHARE_WINDOW, width), _side(BRIGHTNESS_WINDOW, width)), brightness=BRIGHTNESS_BOUNDS,
            rounds=LOCAL_ROUNDS, ridge=RIDGE, robust=(ROBUST_SCALE, ANNEALING),
            cap=LOCAL_RESIDUAL_CAP, remaining=MOST_REMAINING, noticed=LEAST_SHARE,
        )  # fmt: skip

    def _with_local_shares(self, image: Image, mixture: Mixture) -> Mixture:
        """Add local shares, for light that changes over part of the image only, such as the shadow of a cloud.

        They are estimated on a coarse image. For each state, the share is the one that explains most of the residual in
        a window of a sixth of the image, robustly; it is kept where it explains two fifths of the residual or more. The
        local brightness is found in the same way, in a window of a quarter: the sky does not follow the ground.
        """
        states, main = self._coarse.plates, mixture.state
        shares = {number: float(mixture.shares[number].mean()) for number in self._coarse.shown_beside(main)}
        field = kernels.local_shares(
            _coarse(image), blend(states, mixture), states, (mixture.gain.scale, mixture.gain.offset), main,
            [(number, min(-share, 0), max(1 - share, 0)) for number, share in shares.items()],
            self._local_limits,
        )  # fmt: skip
        return mixture if field is None else _normalised(mixture, field)


def _coarse(image: Image) -> Image:
    import cv2

    height, width, _ = image.shape
    size = (min(COARSE_WIDTH, width), max(1, round(height * min(COARSE_WIDTH, width) / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _as_mixture(slopes: Doubles, offset: Doubles, nearest: int) -> Mixture:
    scale = np.clip(slopes.sum(axis=1), *SCALES)
    shares = np.clip(slopes / scale[:, None], -EXTRAPOLATION, 1 + EXTRAPOLATION)
    shares[:, nearest] += 1 - shares.sum(axis=1)
    return Mixture(
        np.ascontiguousarray(shares.T, np.float32), Gain(scale.astype(np.float32), offset.astype(np.float32))
    )


def _normalised(mixture: Mixture, field: Floats) -> Mixture:
    """Move the greatest local brightness into the gain, so that the blended plate is not clipped at 255."""
    greatest = 1 + float(field[:, :, -1].max())
    greatest = min(max(1.0, greatest), max(1.0, 1 / float(mixture.gain.scale.mean())))
    field[:, :, -1] = (1 + field[:, :, -1]) / greatest - 1
    gain = Gain(mixture.gain.scale * np.float32(greatest), mixture.gain.offset)
    return replace(mixture, gain=gain, field=field)


def _side(window: float, width: int) -> int:
    return max(3, round(window * width) | 1)


def is_dark_beside(first: Image, second: Image) -> bool:
    """Whether the main light is off in the first image and on in the second: the first has no texture to compare."""
    return _is_dark(float(first.mean()), float(second.mean()))


def _is_dark(first: float, second: float) -> bool:
    return first < DARK_RATIO * second


def brightness(plates: Sequence[Image]) -> list[Floats]:
    """Return the local brightness of each state as a share of the brightest state's: float32 (H, W), 0..1."""
    import cv2

    side = round(SHARE_WINDOW * plates[0].shape[1]) | 1
    smoothed = [cv2.blur(plate.mean(axis=2, dtype=np.float32), (side, side)) for plate in plates]
    brightest = np.maximum(np.maximum.reduce(smoothed), 1)
    return [np.asarray(values / brightest, np.float32) for values in smoothed]
