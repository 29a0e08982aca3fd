"""The light of the samples, brought to one."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.plate.exposure import measure_light_curve

FRAMES = 120


def drift(index: int) -> float:
    return 0.6 + 0.8 * index / (FRAMES - 1)


def wave(index: int) -> float:
    return 1 + 0.25 * float(np.sin(index / 9))


def warming(index: int) -> tuple[float, float, float]:
    share = index / (FRAMES - 1) - 0.5
    return 1 + 0.4 * share, 1.0, 1 - 0.4 * share


def covered(index: int) -> bool:
    return index % 40 < 14


def exposure(index: int) -> float:
    return 0.7 if covered(index) else 1.0


LIGHTS: dict[str, Callable[[int], float | tuple[float, float, float]]] = {
    "drift": drift,
    "wave": wave,
    "warming": warming,
    "exposure": exposure,
}


def lit(image: Image, gain: object) -> Image:
    levels = np.clip(np.rint(image * np.broadcast_to(np.asarray(gain, float), 3)), 0, 255)
    return np.asarray(levels, np.uint8)


def filmed(name: str) -> tuple[Image, synthetic.SyntheticClip]:
    """A street with walkers in changing light; where the camera reacts to it, a van fills two fifths of it."""
    clip = synthetic.street(width=160, height=96, frames=FRAMES, seed=3)
    images = []
    for frame in clip:
        image = frame.image.copy()
        if name == "exposure" and covered(frame.index):
            left = (
                12 * (frame.index % 40) - 60
            )  # at the same place only once in each pass, and each is of its own colour
            image[20:, max(0, left) : left + 80] = (236, 232 - frame.index, 226 - frame.index // 2)
        images.append(lit(image, LIGHTS[name](frame.index)))
    return np.stack(images), clip


def off(background: stillplate.Background, clip: synthetic.SyntheticClip, name: str) -> float:
    """How far the plate is from the true one in the light of the median sample, grey levels."""
    gains = np.array([np.broadcast_to(LIGHTS[name](round(time * 25)), 3) for time in background.times])
    truth = lit(clip.plate, np.median(gains, axis=0))
    return float(np.abs(background.plate.image.astype(int) - truth).mean())


@pytest.fixture(scope="module")
def drifting() -> tuple[Image, synthetic.SyntheticClip]:
    return filmed("drift")


@pytest.fixture(scope="module")
def levelled(drifting: tuple[Image, synthetic.SyntheticClip]) -> stillplate.Background:
    return stillplate.fit(drifting[0], masks=False, light="auto")


@pytest.mark.parametrize("name", LIGHTS)
def test_plate_is_the_true_one_in_one_light(name: str) -> None:
    images, clip = filmed(name)
    levelled, fixed = (stillplate.fit(images, samples=24, masks=False, light=light) for light in ("auto", "fixed"))

    assert levelled.light is not None and fixed.light is None
    assert off(levelled, clip, name) < 1.5
    if name != "exposure":  # there most samples are of one light, and may elect the plate alone
        assert off(fixed, clip, name) > 2 * off(levelled, clip, name)


def test_curve_is_the_true_one(levelled: stillplate.Background) -> None:
    curve = levelled.light
    assert curve is not None
    truth = np.array([drift(round(time * 25)) for time in levelled.times])

    assert np.abs(curve.brightness - (truth / np.median(truth))[:, None]).max() < 0.06  # bright ones are cut off at 255
    assert curve.explained > 0.9
    assert curve.span == pytest.approx(1.3, abs=0.15)


def test_majority_is_brought_to_one_light_too(drifting: tuple[Image, synthetic.SyntheticClip]) -> None:
    images, clip = drifting

    assert off(stillplate.fit(images, vote="majority", masks=False, light="auto"), clip, "drift") < 4
    assert off(stillplate.fit(images, vote="majority", masks=False, light="fixed"), clip, "drift") > 8


def test_fixed_light_changes_no_byte(street: synthetic.SyntheticClip, street_background: stillplate.Background) -> None:
    auto, fixed = street_background, stillplate.fit(street, masks=False, light="fixed")

    assert auto.light is None
    assert np.array_equal(auto.plate.image, fixed.plate.image)
    assert np.array_equal(auto.plate.support, fixed.plate.support)


def test_varying_levels_what_nobody_notices(street: synthetic.SyntheticClip) -> None:
    """Asked to, it does; and a light that is fixed stays what it is."""
    levelled = stillplate.fit(street, samples=40, masks=False, light="varying")

    assert levelled.light is not None and levelled.light.span < 0.03
    assert np.abs(levelled.plate.image.astype(int) - street.plate.astype(int)).mean() < 2


@pytest.mark.parametrize("gain", [0.6, 0.8, 1.3])
def test_half_a_picture_is_no_light(street: synthetic.SyntheticClip, gain: float) -> None:
    """In half of the samples one half of the picture is darker or brighter: painted, or in the shade."""
    samples = np.stack([frame.image for frame in street])
    samples[::2, :, 80:] = lit(samples[::2, :, 80:], gain)

    assert measure_light_curve(samples) is None


def test_noise_is_no_light() -> None:
    """Pictures that have nothing in common are in no common light, whatever gain fits them best."""
    rng = np.random.default_rng(5)
    blocks = rng.integers(20, 230, (24, 12, 16, 3)).astype(np.uint8)
    samples = blocks.repeat(6, axis=1).repeat(6, axis=2)

    assert measure_light_curve(samples) is None


def test_black_and_burnt_out_pixels_bend_nothing(street: synthetic.SyntheticClip) -> None:
    """A third of the picture is a lamp or a pit, which no light changes."""
    gains = np.where(np.arange(20) % 2, 1.0, 0.75)
    samples = np.stack([lit(street.plate, gain) for gain in gains])
    samples[:, :, :30], samples[:, :, -30:] = 255, 0
    curve = measure_light_curve(samples)
    assert curve is not None

    ratio = np.array([gain.scale for gain in curve.gains[1::2]]) / np.array([gain.scale for gain in curve.gains[::2]])
    assert np.abs(ratio * 0.75 - 1).max() < 0.03


def test_pixel_shows_the_levelled_samples(
    drifting: tuple[Image, synthetic.SyntheticClip], levelled: stillplate.Background
) -> None:
    auto, fixed = (stillplate.inspect_pixel(drifting[0], 20, 10, light=light) for light in ("auto", "fixed"))

    assert auto.colour == tuple(levelled.plate.image[10, 20].tolist())
    assert np.ptp(auto.samples, axis=0).min() < np.ptp(fixed.samples, axis=0).min() / 2


def test_memory_changes_no_byte(
    drifting: tuple[Image, synthetic.SyntheticClip], levelled: stillplate.Background
) -> None:
    spilled = stillplate.fit(drifting[0], masks=False, light="auto", memory=64 * 160 * 3 * 7)

    assert np.array_equal(levelled.plate.image, spilled.plate.image)
    assert np.array_equal(levelled.plate.noise, spilled.plate.noise)


def test_curve_is_saved_and_reported(drifting: tuple[Image, synthetic.SyntheticClip], tmp_path: Path) -> None:
    report = stillplate.render(drifting[0], report=tmp_path / "report.json", samples=40, threshold=20, light="auto")
    background = report.background
    background.save(tmp_path / "drift.npz")
    loaded = stillplate.Background.load(tmp_path / "drift.npz")
    told = json.loads((tmp_path / "report.json").read_text())
    assert background.light is not None and loaded.light is not None and background.assumptions is not None

    assert np.array_equal(loaded.light.brightness, background.light.brightness)
    assert loaded.light.explained == background.light.explained
    assert [gain.scale.tolist() for gain in loaded.light.gains] == [g.scale.tolist() for g in background.light.gains]
    assert told["light"]["varying"] and len(told["light"]["gain"]) == len(told["plate"]["sample_times"]) == 40
    assert told["light"]["explained"] == pytest.approx(background.light.explained, abs=1e-4)
    assert told["options"]["light"] == "auto"
    assert "brought to one light" in background.assumptions.light.finding


def test_light_that_there_is_not(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="light is 'dim', but one of auto, fixed, varying is needed"):
        stillplate.fit(walkers, light="dim")
    with pytest.raises(ParameterError, match="light is 'dim'"):
        stillplate.inspect_pixel(walkers, 1, 1, light="dim")


def test_a_plate_with_stains_is_levelled_even_if_no_light_explains_all() -> None:
    """A bare wall in light that drifts while men shade a part of it: there is no texture that hides stains."""
    rng = np.random.default_rng(7)
    images = np.full((72, 90, 160, 3), 150, np.float32) * (1 - 0.1 * np.sin(np.arange(72) / 6))[:, None, None, None]
    for index in range(72):
        left = 13 * (index % 12) - 10
        images[index, 20:, max(0, left) : left + 60] = rng.integers(20, 90, 3)
        images[index, 60:, : 4 * (index % 24)] *= 0.93
    images = np.clip(images + rng.normal(0, 1, images.shape), 0, 255).astype(np.uint8)
    plates = {light: stillplate.fit(images, masks=False, light=light).plate.image for light in ("fixed", "auto")}
    rough = {name: float(np.abs(np.diff(plate.astype(int), axis=1)).mean()) for name, plate in plates.items()}

    assert rough["auto"] < rough["fixed"] / 3
