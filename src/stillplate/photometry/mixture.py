"""One scene in several lights: how the light of a frame is made of those that the scene was seen in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillplate.arrays import Doubles, Floats, Image
from stillplate.photometry.gain import BRIGHT, DARK, FEWEST, FLAT, GRID, LEAST_STRANGE, Gain, commonest_ratio

__all__ = ["Mixture", "blend", "brightness", "errors", "estimate_mixture", "is_dark_beside", "regress"]

Bounds = tuple[float, float]

ROUNDS = 10
COARSE = 96  # columns of the picture on which light is told from place to place
AROUND = 1 / 6  # of it: light is smooth over so much, and what stands there is smaller
AROUND_ALL = 1 / 4  # of it, for the brightness of all, which dark clothes have as well
BRIGHTER = (-0.5, 1.0)  # how much it may change from place to place
ROUNDS_AROUND = 4
SLIGHT = 2.0  # levels, the mean over the picture, none counting more than 16: so little is left by the sensor
EXPLAINED = 0.6  # of what differs may be left
LITTLE = 1e-3  # weight of a burnt out pixel, which does not follow the light
NO_SHARE = 0.02
STRANGE_ALONE = 12.0  # levels, as of a gain
STRANGE = 40.0  # levels at which a pixel counts a quarter at first: a lamp in half of the room must be heard ...
ANNEALING = 0.75  # ... before what it lights is called strange, as these shrink
FAR = 16.0  # levels: what is farther off counts no more, or a man before the camera would be lit as well as may be
DIM = 1 / 3  # of the brightness: no shade is so deep, only a light that goes out
FARTHEST = 48.0  # levels: the same where light from place to place is told
WORTH = 0.85  # a mixture must leave so much of what the best single light does, or less
SCALES, OFFSETS = (0.3, 3.0), (-60.0, 60.0)  # what exposure and dusk do within one light
BEYOND = 0.25  # how much stronger than in any sample a lamp may be


@dataclass(frozen=True, slots=True)
class Mixture:
    """The light of a frame: I = scale · Σ shares · B + offset, channel by channel.

    Attributes
    ----------
    shares : float32 array of shape (K, 3)
        Of each of the K lights in red, green and blue; their sum is 1.
    gain : Gain
        From that mixture to the frame.
    field : float32 array of shape (h, w, K + 1), optional
        What is added to the shares from place to place, on a coarse picture, their sum being 0; and to the brightness
        of all, as a share of it, which `gain` leaves out. None where they are the same all over.
    """

    shares: Floats
    gain: Gain
    field: Floats | None = None

    @classmethod
    def plain(cls) -> Mixture:
        """The one light that there is."""
        return cls(np.ones((1, 3), np.float32), Gain.none())

    @property
    def level(self) -> Floats:
        """The gain of the picture on the whole: float32 of shape (3,)."""
        around = 0.0 if self.field is None else float(self.field[:, :, -1].mean())
        return np.asarray(self.gain.scale * np.float32(1 + around), np.float32)

    @property
    def state(self) -> int:
        """The light that has the largest share."""
        return int(self.shares.mean(axis=1).argmax())


def blend(plates: Sequence[Image], mixture: Mixture) -> Image:
    """Show the scene in a mixture of lights, its gain left out: uint8 array of shape (H, W, 3), RGB."""
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


def estimate_mixture(image: Image, plates: Sequence[Image], *, around: bool = True) -> Mixture:
    """Estimate of which lights, and how much of each, the light of a frame is made.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    plates : K uint8 arrays of shape (H, W, 3), RGB
        The scene in each of the lights, as the frame's camera sees it.
    around : bool
        Whether the light may differ from place to place.

    Returns
    -------
    Mixture

    Notes
    -----
    Light adds up: what two lamps show is the sum of what each shows. So a frame is a linear combination of the plates
    and a bias, found by regression per channel on some 2000 pixels, reweighted with Geman and McClure's weight (see
    `light.estimate_gain`), s falling from 40 to 4 levels. At first each light is tried alone; a mixture is drawn to the
    best of them, and taken only if it leaves a tenth less.
    """
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / GRID)))
    seen, *looks = (
        np.ascontiguousarray(part[::step, ::step].reshape(-1, 3).T, np.float64) for part in (image, *plates)
    )
    brightest = np.maximum.reduce([seen, *looks])
    useful = np.logical_and.reduce((brightest < BRIGHT) & (brightest > DARK))
    if np.count_nonzero(useful) >= FEWEST:
        seen, looks = seen[:, useful], [look[:, useful] for look in looks]
    ground = np.stack(looks, axis=1)
    alone = [_regress_alone(seen, look) for look in looks]
    left = [_left(seen, ground[:, k : k + 1], *found) for k, found in enumerate(alone)]
    nearest = int(np.argmin(left))
    prior = np.zeros((3, len(looks)))
    prior[:, nearest] = alone[nearest][0][:, 0]
    slopes, offset = prior, alone[nearest][1]
    if len(looks) > 1:
        mixed = regress(seen, ground, prior)
        if _left(seen, ground, *mixed) < WORTH * left[nearest]:
            slopes, offset = mixed
    mixture = _as_mixture(slopes, offset, nearest)
    return _from_place_to_place(image, plates, mixture) if around else mixture


def _as_mixture(slopes: Doubles, offset: Doubles, nearest: int) -> Mixture:
    scale = np.clip(slopes.sum(axis=1), *SCALES)
    shares = np.clip(slopes / scale[:, None], -BEYOND, 1 + BEYOND)
    shares[:, nearest] += 1 - shares.sum(axis=1)
    return Mixture(
        np.ascontiguousarray(shares.T, np.float32), Gain(scale.astype(np.float32), offset.astype(np.float32))
    )


def _regress_alone(seen: Doubles, look: Doubles) -> tuple[Doubles, Doubles]:
    """Fit a single light, from the commonest ratio on: a man before the camera may cover half of the picture."""
    ratio = commonest_ratio(np.maximum(seen, 1).astype(np.float32), np.maximum(look, 1).astype(np.float32))
    return regress(seen, look[:, None], np.ones((3, 1)), gain=np.array(ratio), strange=STRANGE_ALONE)


def _from_place_to_place(image: Image, plates: Sequence[Image], mixture: Mixture) -> Mixture:
    """Let the shares follow a light that comes or goes over the picture, such as the shade of a cloud.

    On a coarse picture, and for each light by itself, the share that explains most of what differs in a window of a
    sixth of the picture, pixels weighed as ever, where it explains two fifths of it at least. And so, in a window of a
    quarter, of the brightness of all: the sky does not follow the ground.
    """
    import cv2

    height, width, _ = image.shape
    size = (min(COARSE, width), max(1, round(height * min(COARSE, width) / width)))
    seen, *looks = (
        np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8) for part in (image, *plates)
    )
    relit = (seen - mixture.gain.offset) / mixture.gain.scale  # not cut off at 255
    differs = relit - blend(looks, mixture).astype(np.float32)
    if float(np.minimum(np.abs(differs).max(axis=2), FAR).mean()) < SLIGHT:
        return mixture
    main, field = mixture.state, np.zeros((size[1], size[0], len(looks) + 1), np.float32)
    for number, look in enumerate(looks):
        if number != main and not is_dark_beside(look, looks[main]) and not is_dark_beside(looks[main], look):
            share = float(mixture.shares[number].mean())
            lamp = look.astype(np.float32) - looks[main]
            added = _share_around(differs, lamp, AROUND, (min(-share, 0), max(1 - share, 0)))
            field[:, :, number] += added
            field[:, :, main] -= added
            differs -= added[:, :, None] * lamp
    field[:, :, -1] = _share_around(differs, relit - differs, AROUND_ALL, BRIGHTER)
    return _brightest(mixture, field) if np.abs(field).max() > NO_SHARE else mixture


def _brightest(mixture: Mixture, field: Floats) -> Mixture:
    """Tell a picture that is darker on the whole by its brightest place, or the frame would be cut off at 255 there."""
    most = 1 + float(field[:, :, -1].max())
    most = min(max(1.0, most), max(1.0, 1 / float(mixture.gain.scale.mean())))
    field[:, :, -1] = (1 + field[:, :, -1]) / most - 1
    gain = Gain(mixture.gain.scale * np.float32(most), mixture.gain.offset)
    return replace(mixture, gain=gain, field=field)


def _share_around(differs: Floats, lamp: Floats, reach: float, bounds: tuple[float, float]) -> Floats:
    """Share of a lamp, float32 of shape (h, w), that brings what differs near to nothing around each pixel."""
    import cv2

    side = max(3, round(reach * lamp.shape[1]) | 1)

    def around(plane: Floats) -> Floats:
        return np.asarray(cv2.blur(plane, (side, side)), np.float32)

    lit, common = np.square(lamp).sum(axis=2), (lamp * differs).sum(axis=2)
    share, strange = np.zeros(lit.shape, np.float32), STRANGE
    for _ in range(ROUNDS_AROUND):
        left = np.abs(differs - share[:, :, None] * lamp).max(axis=2)
        weight = 1 / np.square(1 + np.square(left / np.float32(strange)))
        share = np.clip(around(weight * common) / (around(weight * lit) + np.float32(FLAT)), *bounds)
        strange *= ANNEALING
    before, after = (
        around(np.minimum(np.abs(part).max(axis=2), np.float32(FARTHEST)))
        for part in (differs, differs - share[:, :, None] * lamp)
    )
    return np.asarray(cv2.blur(np.where(after < EXPLAINED * before, share, np.float32(0)), (side // 2, side // 2)))


def is_dark_beside(first: Image, second: Image) -> bool:
    """Tell whether the light went out: so little of it leaves no texture, and only that of the whole scene does so."""
    return float(first.mean()) < DIM * float(second.mean())


def brightness(plates: Sequence[Image]) -> list[Floats]:
    """How bright the scene is in each light, as a share of the brightest there: float32 of shape (H, W), 0..1."""
    import cv2

    side = round(AROUND * plates[0].shape[1]) | 1
    around = [cv2.blur(plate.mean(axis=2, dtype=np.float32), (side, side)) for plate in plates]
    brightest = np.maximum(np.maximum.reduce(around), 1)
    return [np.asarray(part / brightest, np.float32) for part in around]


def _left(seen: Doubles, ground: Doubles, slopes: Doubles, offset: Doubles) -> float:
    """Mean distance that is left, in 8-bit levels, none counting more than 16."""
    return float(np.minimum(errors(seen, ground, slopes, offset), FAR).mean())


def errors(seen: Doubles, ground: Doubles, slopes: Doubles, offset: Doubles) -> Doubles:
    """How far the channel farthest off is from what the light tells: float64 of shape (..., n), in 8-bit levels."""
    told = np.einsum("...k,...kn->...n", slopes, ground) + offset[..., None]
    off = np.abs(seen - np.minimum(told, 255))
    return np.asarray(np.maximum(np.maximum(off[..., 0, :], off[..., 1, :]), off[..., 2, :]))  # `max` of three is slow


def regress(
    seen: Doubles,
    ground: Doubles,
    prior: Doubles,
    *,
    gain: Doubles | None = None,
    strange: float = STRANGE,
    bounds: tuple[Bounds, Bounds] = (SCALES, OFFSETS),
) -> tuple[Doubles, Doubles]:
    """Fit a light: seen = Σ slopes · ground + offset, robustly.

    Parameters
    ----------
    seen : float64 array of shape (..., 3, n)
        Colours of each of n pixels.
    ground : float64 array of shape (3, K, n)
        In each of K lights.
    prior : float64 array of shape (3, K)
        That slopes are drawn to, once its gain is known.
    gain : float64 array of shape (...), optional
        The prior's, to begin with; the ratio of the medians if not given.
    strange : float
        Levels at which a pixel counts a quarter, to begin with.
    bounds : pair of (float, float)
        Of the sum of the slopes, and of the offset in 8-bit levels.

    Returns
    -------
    slopes : float64 array of shape (..., 3, K)
    offset : float64 array of shape (..., 3)
    """
    told = np.einsum("ck,ckn->cn", prior, ground)
    if gain is None:
        gain = np.median(seen, axis=(-2, -1)) / max(1.0, float(np.median(told)))
    slopes, offset = prior * gain[..., None, None], np.zeros(seen.shape[:-1])
    burnt = (seen.max(axis=-2) >= BRIGHT) | (ground.max(axis=(0, 1)) >= BRIGHT)
    useful = np.where(burnt, LITTLE, 1.0)
    for _ in range(ROUNDS):
        weight = useful / np.square(1 + np.square(errors(seen, ground, slopes, offset) / strange))
        weight = (weight / weight.sum(axis=-1, keepdims=True))[..., None, :]  # (..., 1, n)
        mean_seen, mean_ground = (seen * weight).sum(axis=-1), (ground * weight[..., None, :]).sum(axis=-1)
        centred = ground - mean_ground[..., None]
        weighted = centred * weight[..., None, :]
        spread = np.einsum("...kn,...ln->...kl", weighted, centred) + FLAT * np.eye(ground.shape[1])  # not @: it wakes
        common = np.einsum("...kn,...n->...k", weighted, seen - mean_seen[..., None]) + FLAT * prior  # threads
        slopes = np.linalg.solve(spread, common[..., None])[..., 0]
        total = slopes.sum(axis=-1, keepdims=True)
        slopes = slopes * np.clip(total, *bounds[0]) / np.where(np.abs(total) > 1e-6, total, 1e-6)
        offset = np.clip(mean_seen - (slopes * mean_ground).sum(axis=-1), *bounds[1])
        strange = max(LEAST_STRANGE, strange * ANNEALING)
    return slopes, offset
