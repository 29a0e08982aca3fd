"""Light of a frame as a mixture of the light states in which the scene was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillplate.arrays import Doubles, Floats, Image
from stillplate.photometry.gain import BRIGHT, DARK, FEWEST, GRID, LEAST_ROBUST_SCALE, RIDGE, Gain, commonest_ratio

__all__ = ["Mixture", "blend", "brightness", "estimate_mixture", "is_dark_beside", "regress", "residuals"]

Bounds = tuple[float, float]

ROUNDS = 10  # rounds of the reweighted regression
COARSE_WIDTH = 96  # columns of the coarse image on which the local shares are estimated
SHARE_WINDOW = 1 / 6  # share of the coarse width: window of a local share, larger than most objects
BRIGHTNESS_WINDOW = 1 / 4  # share of the coarse width: window of the local brightness, wider than dark clothes
BRIGHTNESS_BOUNDS = (-0.5, 1.0)  # bounds of the local change of brightness, as a share of it
LOCAL_ROUNDS = 4  # rounds of the local reweighted regression
LEAST_RESIDUAL = 2.0  # 8-bit levels, mean over the image of residuals capped at 16: sensor noise leaves less
MOST_REMAINING = 0.6  # share of the residual that may remain after a local share, or the share is dropped
CLIPPED_WEIGHT = 1e-3  # weight of a clipped pixel, which does not follow the light
LEAST_SHARE = 0.02  # greatest local share that is dropped as noise
ROBUST_SCALE_ALONE = 12.0  # 8-bit levels: residual that gets the weight 1/4 at first, when one state is fitted alone
ROBUST_SCALE = 40.0  # 8-bit levels: the same for a mixture, so large that a lamp lighting half a room still counts
ANNEALING = 0.75  # factor of that residual from round to round
RESIDUAL_CAP = 16.0  # 8-bit levels: cap on the residual, so that a large foreground object cannot drive the fit
DARK_RATIO = 1 / 3  # ratio of mean brightness below which the main light is off, since no shadow is so deep
LOCAL_RESIDUAL_CAP = 48.0  # 8-bit levels: cap on the residual of a local share
MIXTURE_RESIDUAL = 0.85  # share of the best single state's residual that a mixture may leave, at most
SCALES, OFFSETS = (0.3, 3.0), (-60.0, 60.0)  # gain and 8-bit levels: bounds of exposure and dusk within one state
EXTRAPOLATION = 0.25  # share by which a light may be stronger or weaker than in any sample


@dataclass(frozen=True, slots=True)
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

    @property
    def state(self) -> int:
        """Number of the light state with the largest share."""
        return int(self.shares.mean(axis=1).argmax())


def blend(plates: Sequence[Image], mixture: Mixture) -> Image:
    """Return the scene in a mixture of light states, without its gain: uint8 array of shape (H, W, 3), RGB."""
    import cv2

    alone = np.flatnonzero((np.abs(mixture.shares - 1) < 1e-3).all(axis=1))
    if alone.size and mixture.field is None:
        return plates[int(alone[0])]
    height, width, _ = plates[0].shape
    mixed = np.zeros((height, width, 3), np.float32)
    field = None if mixture.field is None else cv2.resize(mixture.field, (width, height)).reshape(height, width, -1)
    for number, plate in enumerate(plates):
        share = np.broadcast_to(mixture.shares[number], (1, 1, 3))
        share = share if field is None else share + field[:, :, number : number + 1]
        if np.abs(share).max() > 1e-3:
            mixed += plate * share
    if field is not None:
        mixed *= 1 + field[:, :, -1:]
    return np.asarray(np.clip(mixed + np.float32(0.5), 0, 255), np.uint8)


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
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / GRID)))
    seen, *states = (
        np.ascontiguousarray(part[::step, ::step].reshape(-1, 3).T, np.float64) for part in (image, *plates)
    )
    brightest = np.maximum.reduce([seen, *states])
    usable = np.logical_and.reduce((brightest < BRIGHT) & (brightest > DARK))
    if np.count_nonzero(usable) >= FEWEST:
        seen, states = seen[:, usable], [state[:, usable] for state in states]
    ground = np.stack(states, axis=1)
    fitted_alone = [_regress_alone(seen, state) for state in states]
    residual = [_mean_residual(seen, ground[:, k : k + 1], *fit) for k, fit in enumerate(fitted_alone)]
    nearest = int(np.argmin(residual))
    prior = np.zeros((3, len(states)))
    prior[:, nearest] = fitted_alone[nearest][0][:, 0]
    slopes, offset = prior, fitted_alone[nearest][1]
    if len(states) > 1:
        mixed = regress(seen, ground, prior)
        if _mean_residual(seen, ground, *mixed) < MIXTURE_RESIDUAL * residual[nearest]:
            slopes, offset = mixed
    mixture = _as_mixture(slopes, offset, nearest)
    return _with_local_shares(image, plates, mixture) if local else mixture


def _as_mixture(slopes: Doubles, offset: Doubles, nearest: int) -> Mixture:
    scale = np.clip(slopes.sum(axis=1), *SCALES)
    shares = np.clip(slopes / scale[:, None], -EXTRAPOLATION, 1 + EXTRAPOLATION)
    shares[:, nearest] += 1 - shares.sum(axis=1)
    return Mixture(
        np.ascontiguousarray(shares.T, np.float32), Gain(scale.astype(np.float32), offset.astype(np.float32))
    )


def _regress_alone(seen: Doubles, state: Doubles) -> tuple[Doubles, Doubles]:
    """Fit a single state, starting from the commonest ratio, since a foreground object may cover half of the image."""
    ratio = commonest_ratio(np.maximum(seen, 1).astype(np.float32), np.maximum(state, 1).astype(np.float32))
    return regress(seen, state[:, None], np.ones((3, 1)), gain=np.array(ratio), robust_scale=ROBUST_SCALE_ALONE)


def _with_local_shares(image: Image, plates: Sequence[Image], mixture: Mixture) -> Mixture:
    """Add local shares, for light that changes over part of the image only, such as the shadow of a cloud.

    They are estimated on a coarse image. For each state, the share is the one that explains most of the residual in a
    window of a sixth of the image, robustly; it is kept where it explains two fifths of the residual or more. The local
    brightness is found in the same way, in a window of a quarter: the sky does not follow the ground.
    """
    import cv2

    height, width, _ = image.shape
    size = (min(COARSE_WIDTH, width), max(1, round(height * min(COARSE_WIDTH, width) / width)))
    seen, *states = (
        np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8) for part in (image, *plates)
    )
    relit = (seen - mixture.gain.offset) / mixture.gain.scale  # not clipped at 255
    residual = relit - blend(states, mixture).astype(np.float32)
    if float(np.minimum(np.abs(residual).max(axis=2), RESIDUAL_CAP).mean()) < LEAST_RESIDUAL:
        return mixture
    main, field = mixture.state, np.zeros((size[1], size[0], len(states) + 1), np.float32)
    for number, state in enumerate(states):
        if number != main and not is_dark_beside(state, states[main]) and not is_dark_beside(states[main], state):
            share = float(mixture.shares[number].mean())
            light = state.astype(np.float32) - states[main]
            added = _local_share(residual, light, SHARE_WINDOW, (min(-share, 0), max(1 - share, 0)))
            field[:, :, number] += added
            field[:, :, main] -= added
            residual -= added[:, :, None] * light
    field[:, :, -1] = _local_share(residual, relit - residual, BRIGHTNESS_WINDOW, BRIGHTNESS_BOUNDS)
    return _normalised(mixture, field) if np.abs(field).max() > LEAST_SHARE else mixture


def _normalised(mixture: Mixture, field: Floats) -> Mixture:
    """Move the greatest local brightness into the gain, so that the blended plate is not clipped at 255."""
    greatest = 1 + float(field[:, :, -1].max())
    greatest = min(max(1.0, greatest), max(1.0, 1 / float(mixture.gain.scale.mean())))
    field[:, :, -1] = (1 + field[:, :, -1]) / greatest - 1
    gain = Gain(mixture.gain.scale * np.float32(greatest), mixture.gain.offset)
    return replace(mixture, gain=gain, field=field)


def _local_share(residual: Floats, light: Floats, window: float, bounds: tuple[float, float]) -> Floats:
    """Return the share of a light that minimises the residual in the window around each pixel: float32 (h, w)."""
    import cv2

    side = max(3, round(window * light.shape[1]) | 1)

    def window_mean(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, (side, side)), np.float32)

    power, common = np.square(light).sum(axis=2), (light * residual).sum(axis=2)
    share, robust_scale = np.zeros(power.shape, np.float32), ROBUST_SCALE
    for _ in range(LOCAL_ROUNDS):
        remaining = np.abs(residual - share[:, :, None] * light).max(axis=2)
        weight = 1 / np.square(1 + np.square(remaining / np.float32(robust_scale)))
        share = np.clip(window_mean(weight * common) / (window_mean(weight * power) + np.float32(RIDGE)), *bounds)
        robust_scale *= ANNEALING
    before, after = (
        window_mean(np.minimum(np.abs(values).max(axis=2), np.float32(LOCAL_RESIDUAL_CAP)))
        for values in (residual, residual - share[:, :, None] * light)
    )
    return np.asarray(cv2.blur(np.where(after < MOST_REMAINING * before, share, np.float32(0)), (side // 2, side // 2)))


def is_dark_beside(first: Image, second: Image) -> bool:
    """Whether the main light is off in the first image and on in the second: the first has no texture to compare."""
    return float(first.mean()) < DARK_RATIO * float(second.mean())


def brightness(plates: Sequence[Image]) -> list[Floats]:
    """Return the local brightness of each state as a share of the brightest state's: float32 (H, W), 0..1."""
    import cv2

    side = round(SHARE_WINDOW * plates[0].shape[1]) | 1
    smoothed = [cv2.blur(plate.mean(axis=2, dtype=np.float32), (side, side)) for plate in plates]
    brightest = np.maximum(np.maximum.reduce(smoothed), 1)
    return [np.asarray(values / brightest, np.float32) for values in smoothed]


def _mean_residual(seen: Doubles, ground: Doubles, slopes: Doubles, offset: Doubles) -> float:
    """Return the mean residual in 8-bit levels, each capped at 16."""
    return float(np.minimum(residuals(seen, ground, slopes, offset), RESIDUAL_CAP).mean())


def residuals(seen: Doubles, ground: Doubles, slopes: Doubles, offset: Doubles) -> Doubles:
    """Return the residuals, the greatest of the three channels: float64 of shape (..., n), in 8-bit levels."""
    predicted = np.einsum("...k,...kn->...n", slopes, ground) + offset[..., None]
    difference = np.abs(seen - np.minimum(predicted, 255))
    # `max` along an axis of length three is slow
    return np.asarray(np.maximum(np.maximum(difference[..., 0, :], difference[..., 1, :]), difference[..., 2, :]))


def regress(
    seen: Doubles,
    ground: Doubles,
    prior: Doubles,
    *,
    gain: Doubles | None = None,
    robust_scale: float = ROBUST_SCALE,
    bounds: tuple[Bounds, Bounds] = (SCALES, OFFSETS),
) -> tuple[Doubles, Doubles]:
    """Fit a mixture of light states robustly: seen = Σ slopes · ground + offset.

    Parameters
    ----------
    seen : float64 array of shape (..., 3, n)
        Colours of n pixels of the frame.
    ground : float64 array of shape (3, K, n)
        Colours of the same pixels in each of K light states.
    prior : float64 array of shape (3, K)
        Slopes that the fit is drawn to; with `gain`, also its start.
    gain : float64 array of shape (...), optional
        Gain of the prior at the start; the ratio of the medians if omitted.
    robust_scale : float
        Residual, in 8-bit levels, that gets the weight 1/4 in the first round.
    bounds : pair of (float, float)
        Bounds of the sum of the slopes, and of the offset in 8-bit levels.

    Returns
    -------
    slopes : float64 array of shape (..., 3, K)
    offset : float64 array of shape (..., 3)
    """
    predicted = np.einsum("ck,ckn->cn", prior, ground)
    if gain is None:
        gain = np.median(seen, axis=(-2, -1)) / max(1.0, float(np.median(predicted)))
    slopes, offset = prior * gain[..., None, None], np.zeros(seen.shape[:-1])
    clipped = (seen.max(axis=-2) >= BRIGHT) | (ground.max(axis=(0, 1)) >= BRIGHT)
    useful = np.where(clipped, CLIPPED_WEIGHT, 1.0)
    for _ in range(ROUNDS):
        weight = useful / np.square(1 + np.square(residuals(seen, ground, slopes, offset) / robust_scale))
        weight = (weight / weight.sum(axis=-1, keepdims=True))[..., None, :]  # (..., 1, n)
        mean_seen, mean_ground = (seen * weight).sum(axis=-1), (ground * weight[..., None, :]).sum(axis=-1)
        centred = ground - mean_ground[..., None]
        weighted = centred * weight[..., None, :]
        # `einsum`, since `@` would start threads, which costs more than so small a sum
        covariance = np.einsum("...kn,...ln->...kl", weighted, centred) + RIDGE * np.eye(ground.shape[1])
        correlation = np.einsum("...kn,...n->...k", weighted, seen - mean_seen[..., None]) + RIDGE * prior
        slopes = np.linalg.solve(covariance, correlation[..., None])[..., 0]
        total = slopes.sum(axis=-1, keepdims=True)
        slopes = slopes * np.clip(total, *bounds[0]) / np.where(np.abs(total) > 1e-6, total, 1e-6)
        offset = np.clip(mean_seen - (slopes * mean_ground).sum(axis=-1), *bounds[1])
        robust_scale = max(LEAST_ROBUST_SCALE, robust_scale * ANNEALING)
    return slopes, offset
