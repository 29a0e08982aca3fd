"""How well plates and masks follow light that changes: drawn clips whose truth is known in every frame's light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import stillplate
from benchmarks.report import mean_of, show, write_json
from stillplate.arrays import Image
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.synthetic import SyntheticClip, street

__all__ = ["LIGHTS", "compare_light", "filmed"]

WIDTH, HEIGHT, FRAMES = 320, 180, 150
SCORED = 4  # every so many frames
VAN = (96, 60)  # pixels: what a camera that chooses its exposure reacts to
SCREEN = (slice(58, 92), slice(90, 150))  # rows and columns, where people walk past it
MODES = ("fixed", "auto")


@dataclass(frozen=True)
class Filmed:
    """A clip and its truth.

    Attributes
    ----------
    images : uint8 array of shape (N, H, W, 3), RGB
    views : uint8 array of shape (N, H, W, 3), RGB
        The plate in each frame's light.
    masks : bool array of shape (N, H, W)
    """

    images: Image
    views: Image
    masks: npt.NDArray[np.bool_]


def lamp(across: float, low: float) -> npt.NDArray[np.float32]:
    """Gain of a room in which a lamp is out that lights it up to `across` of the width: `low` there, 1 elsewhere."""
    column = (np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH
    lit = np.clip((across - column) / 0.1 + 0.5, 0, 1)
    return np.broadcast_to((1 - (1 - low) * lit)[None, :, None], (HEIGHT, WIDTH, 1))


def drift(index: int) -> npt.ArrayLike:
    """Fade up from 0.6 to 1.4."""
    return 0.6 + 0.8 * index / (FRAMES - 1)


def wave(index: int) -> float:
    """Swell by a quarter and back."""
    return 1 + 0.25 * float(np.sin(index / 9))


def warming(index: int) -> npt.ArrayLike:
    """Turn from blue to red."""
    share = index / (FRAMES - 1) - 0.5
    return np.array([1 + 0.4 * share, 1, 1 - 0.4 * share])


def lamp_switched(index: int) -> npt.ArrayLike:
    """Switch a lamp off that lights the left half, and on again."""
    return lamp(0.5, 0.45) if FRAMES / 3 <= index < 2 * FRAMES / 3 else np.ones((1, 1, 1), np.float32)


def night(index: int) -> npt.ArrayLike:
    """Day, a short dusk, and a night of a quarter of the light, which is bluer."""
    share = min(1.0, max(0.0, (index - 0.55 * FRAMES) / 5))
    return (1 - share) * np.ones(3) + share * np.array([0.22, 0.25, 0.33])


def cloud(index: int) -> npt.ArrayLike:
    """The shade of a cloud passes over the picture from left to right."""
    column = (np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH
    edge = 4 * index / (FRAMES - 1) - 1
    shade = np.clip((edge - column) / 0.3, 0, 1) * np.clip((column - edge + 1.6) / 0.3, 0, 1)
    return (1 - 0.45 * shade)[None, :, None] * np.ones((HEIGHT, 1, 1), np.float32)


def exposure(index: int) -> npt.ArrayLike:
    """A camera that closes its iris while a white van stands in the picture."""
    return 0.7 if _van_there(index) else 1.0


def bands(index: int) -> npt.ArrayLike:
    """Two bands of mains light that roll by a third of one from frame to frame."""
    row = ((np.arange(HEIGHT) + 0.5) / HEIGHT)[:, None, None]
    return 1 + 0.25 * np.sin(2 * np.pi * (2 * row + 100 / 30 * index))


def pulses(index: int) -> npt.ArrayLike:
    """Bands of a dimmed LED: half the light, with sharp edges."""
    row = ((np.arange(HEIGHT) + 0.5) / HEIGHT)[:, None, None]
    return np.where((3 * row + 0.27 * index) % 1 < 0.6, 1.0, 0.5)


def beat(index: int) -> float:
    """Swell and fade by a half within three frames."""
    return 1 + 0.5 * float(np.sin(2 * np.pi * 0.37 * index))


def strobe(index: int) -> float:
    """Show every third frame in three tenths of the light."""
    return 1.0 if index % 3 else 0.3


def steady(index: int) -> float:
    """Leave the light as it is: a screen flickers."""
    del index
    return 1.0


LIGHTS: dict[str, tuple[Callable[[int], npt.ArrayLike], float]] = {
    "drift ±40 %": (drift, 2.0),
    "sine ±25 %": (wave, 2.0),
    "colour temperature": (warming, 2.0),
    "lamp in half the room": (lamp_switched, 2.0),
    "day and noisy night": (night, 4.0),
    "shade of a cloud": (cloud, 2.0),
    "auto-exposure": (exposure, 2.0),
    "flickering screen": (steady, 2.0),
    "bands of mains light": (bands, 2.0),
    "pulses of an LED": (pulses, 2.0),
    "beat ±50 %": (beat, 2.0),
    "strobe": (strobe, 2.0),
}  # and the noise, in grey levels


def filmed(name: str | None, noise: float = 2.0) -> Filmed:
    """Film a street with walkers in one of the lights, or, without a name, in none."""
    light = None if name is None else LIGHTS[name][0]
    clip = street(WIDTH, HEIGHT, FRAMES, seed=3, noise=noise, light=light)
    images = np.stack([frame.image for frame in clip])
    views = np.stack([clip.view(index) for index in range(FRAMES)])
    masks = np.stack([clip.mask(index) for index in range(FRAMES)])
    if light is exposure:
        for index in range(FRAMES):
            _drive_van(images[index], masks[index], index, clip)
    if light is steady:
        rng = np.random.default_rng(3)
        for index in range(FRAMES):
            _show_film(images[index], views[index], masks[index], rng)
    return Filmed(images, views, masks)


def _van_there(index: int) -> bool:
    return index % 50 < 20


def _drive_van(image: Image, mask: npt.NDArray[np.bool_], index: int, clip: SyntheticClip) -> None:
    if not _van_there(index):
        return
    width, height = VAN
    left = 21 * (index % 50) - width
    part = (slice(HEIGHT - height - 20, HEIGHT - 20), slice(max(0, left), max(0, left + width)))
    image[part] = np.array((168, 165 - index // 3, 158), np.uint8)
    mask[part] = True


def _show_film(image: Image, view: Image, mask: npt.NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Show nothing, blue, or a board on a screen, behind whoever passes."""
    height, width = (side.stop - side.start for side in SCREEN)
    board = np.add.outer(np.arange(height) // 8, np.arange(width) // 8) % 2 * 160 + 40
    film = [None, np.full((height, width, 3), (40, 60, 190)), np.repeat(board[..., None], 3, axis=2)][
        int(rng.choice(3, p=[0.45, 0.3, 0.25]))
    ]
    if film is not None:
        noisy = np.clip(np.rint(film + rng.normal(0, 2, film.shape)), 0, 255).astype(np.uint8)
        image[SCREEN] = np.where(mask[SCREEN][..., None], image[SCREEN], noisy)
        view[SCREEN] = film


def compare_light(*, json: Path | None = None) -> dict[str, Any]:
    """Score plates in each frame's light, and masks, on drawn clips whose light changes; beside the same in fixed."""
    rows: dict[str, dict[str, Any]] = {}
    for name, (light, noise) in LIGHTS.items():
        clip, still = filmed(name, noise), filmed(None, noise)
        if light is exposure:
            still = _same_van(still, clip)
        rows[name] = {f"light {mode}": score(clip, mode) for mode in MODES}
        rows[name]["the same in fixed light"] = score(still, "fixed")
    means = {method: mean_of([row[method] for row in rows.values()]) for method in next(iter(rows.values()))}
    show("plate in each frame's light, mean error in grey levels (goal: 3)", rows, means, "error")
    show("F of the masks (goal: within 0.03 of fixed light)", rows, means, "f")
    result = {"benchmark": "light", "clips": rows, "mean": means}
    write_json(result, json)
    return result


def _same_van(still: Filmed, clip: Filmed) -> Filmed:
    """The clip as it would be if the camera did not react."""
    van = clip.masks & ~still.masks
    images = np.where(van[..., None], clip.images, still.images)
    return Filmed(images, still.views, clip.masks)


def score(clip: Filmed, light: str) -> dict[str, float]:
    """Fit, and hold every fourth frame's view and mask to the truth."""
    background = stillplate.fit(clip.images, light=light)
    counts, error = MaskCounts(), []
    for index in range(0, len(clip.images), SCORED):
        image = clip.images[index]
        view = background.view(image).image
        error.append(np.abs(view.astype(np.int16) - clip.views[index]).mean())
        counts += mask_counts(background.mask(image), clip.masks[index].view(np.uint8) * np.uint8(255))
    return {"error": float(np.mean(error)), "f": counts.f, "states": max(1, len(background.states))}
