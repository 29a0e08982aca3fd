"""Lights that a scene is seen in: found, told apart from other changes, each with its plate; frames find theirs."""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.arrays import Image
from stillplate.background.fit_states import find_switches
from stillplate.errors import ParameterError
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.photometry.mixture import blend, brightness, estimate_mixture
from stillplate.photometry.states import find_states, is_light, is_relit
from stillplate.segmentation.shadows import find_other_light, upright
from tests.command import run

WIDTH, HEIGHT, FRAMES = 160, 96, 90
SAMPLES = 24  # of the frames, which show each light often enough
OFF = range(30, 60)  # the frames in which the lamp is out


def lamp(index: int) -> npt.ArrayLike:
    """Lights the left half, with a soft edge."""
    column = (np.arange(WIDTH) + 0.5) / WIDTH
    share = np.clip((0.5 - column) / 0.1 + 0.5, 0, 1)
    return (1 - 0.5 * share * (index in OFF))[None, :, None] * np.ones((HEIGHT, 1, 1))


def night(index: int) -> npt.ArrayLike:
    return (0.2, 0.22, 0.3) if index in OFF else 1.0


def cloud(index: int) -> npt.ArrayLike:
    """The sun is out, or behind a cloud whose edge passes over the picture."""
    column = (np.arange(WIDTH) + 0.5) / WIDTH
    shade = np.clip(((index - OFF[0]) / 10 - column) / 0.3, 0, 1) if index in OFF else np.zeros(WIDTH)
    return (1 - 0.5 * shade)[None, :, None] * np.ones((HEIGHT, 1, 1))


LIGHTS: dict[str, Callable[[int], npt.ArrayLike]] = {"lamp": lamp, "night": night, "cloud": cloud}


def filmed(name: str) -> synthetic.SyntheticClip:
    return synthetic.street(WIDTH, HEIGHT, FRAMES, seed=3, light=LIGHTS[name])


@pytest.fixture(scope="module")
def fitted() -> dict[str, tuple[synthetic.SyntheticClip, stillplate.Background]]:
    return {name: (clip := filmed(name), stillplate.fit(clip, light="auto", samples=SAMPLES)) for name in LIGHTS}


Fitted = dict[str, tuple[synthetic.SyntheticClip, stillplate.Background]]


def f_measure(clip: synthetic.SyntheticClip, background: stillplate.Background) -> float:
    counts = MaskCounts()
    for index in range(0, FRAMES, 5):
        truth = clip.mask(index).view(np.uint8) * np.uint8(255)
        counts += mask_counts(background.mask(clip.frame(index).image), truth)
    return counts.f


@pytest.mark.parametrize("name", LIGHTS)
def test_each_state_has_its_plate(fitted: Fitted, name: str) -> None:
    clip, background = fitted[name]
    dark = 58 if name == "cloud" else 45  # the cloud's edge has passed

    assert len(background.states) == 2 and background.states[0].plate is background.plate
    for state, index in zip(background.states, (5, dark), strict=True):
        assert np.abs(state.plate.image.astype(int) - clip.view(index)).mean() < 2


@pytest.mark.parametrize("name", LIGHTS)
def test_view_is_the_plate_in_the_light_of_the_frame(fitted: Fitted, name: str) -> None:
    clip, background = fitted[name]
    for index in (5, 33, 36, 45, 80):
        view = background.view(clip.frame(index).image).image

        assert np.abs(view.astype(int) - clip.view(index)).mean() < 3, index


@pytest.fixture(scope="module")
def f_in_fixed_light() -> float:
    still = synthetic.street(WIDTH, HEIGHT, FRAMES, seed=3)
    return f_measure(still, stillplate.fit(still, samples=SAMPLES))


@pytest.mark.parametrize(("name", "loss"), [("lamp", 0.03), ("cloud", 0.05), ("night", 0.12)])
def test_masks_are_nearly_those_in_fixed_light(fitted: Fitted, f_in_fixed_light: float, name: str, loss: float) -> None:
    clip, background = fitted[name]

    assert f_measure(clip, background) > f_in_fixed_light - loss


def test_cast_shadows_are_known_by_the_clouds() -> None:
    """Where the scene was seen under a cloud, too, it is known what its ground looks like without the sun."""

    def sun(index: int) -> float:
        return 1.0 if index < 40 else 0.5

    def precision(light: Callable[[int], npt.ArrayLike] | None) -> float:
        clip = synthetic.street(240, 136, 60, seed=3, shadows=True, light=light)
        background, counts = stillplate.fit(clip, samples=SAMPLES), MaskCounts()
        for index in range(0, 40, 5):
            truth = clip.mask(index).view(np.uint8) * np.uint8(255)
            counts += mask_counts(background.mask(clip.frame(index).image), truth)
        return counts.precision

    clouded = precision(sun)
    assert clouded > 0.87
    assert clouded > precision(None) + 0.05


def test_infra_red_is_a_state_of_its_own() -> None:
    """A camera that switches over sees no colours, and leaves that are bright."""
    clip = synthetic.street(WIDTH, HEIGHT, FRAMES, seed=3)
    frames = np.stack([frame.image for frame in clip])
    grey = np.clip(frames[OFF[-1] :] @ np.array([0.9, 0.5, -0.5]), 0, 255)
    frames[OFF[-1] :] = np.rint(grey)[..., None].astype(np.uint8)
    background, counts = stillplate.fit(frames, samples=SAMPLES), MaskCounts()
    for index in range(0, FRAMES, 5):
        counts += mask_counts(background.mask(frames[index]), clip.mask(index).view(np.uint8) * np.uint8(255))

    assert len(background.states) == 2
    assert counts.f > 0.9


def test_shade_that_passes_over_a_part_of_the_picture_is_no_foreground(fitted: Fitted) -> None:
    """An edge that moves on between sun and shade of half the light, which no two samples have at the same place."""
    clip, background = fitted["cloud"]
    for index in (33, 36, 39):
        image = np.clip(np.rint(clip.plate * cloud(index)), 0, 255).astype(np.uint8)

        assert background.mask(image).mean() < 0.01, index


def test_a_short_state_does_not_keep_who_was_there() -> None:
    """By night, for a fifth of the time, a lorry creeps by: it is before the wall in most samples."""
    clip = synthetic.street(WIDTH, HEIGHT, FRAMES, seed=3, walkers=2, vehicles=0)
    images = np.stack([frame.image for frame in clip])
    out = range(40, 58)
    dark = night(OFF[0])
    images[out] = np.clip(images[out] * np.asarray(dark), 0, 255).astype(np.uint8)
    for index in out:
        images[index, 26:38, 2 * (index - 40) : 2 * (index - 40) + 36] = (70, 20, 24)
    background = stillplate.fit(images, samples=40, masks=False)
    second = background.states[1].plate.image[26:38, :70].astype(int)

    assert np.abs(second - (clip.plate * np.asarray(dark))[26:38, :70]).mean() < 8  # it was 17


def test_brightness_is_told_from_place_to_place() -> None:
    bright = np.full((40, 80, 3), 120, np.uint8)
    half = bright.copy()
    half[:, :40] = 30
    first, second = brightness([bright, half])

    assert np.all(first == 1)
    assert second[20, 5] == pytest.approx(0.25) and second[20, 75] == pytest.approx(1)


def test_ground_in_another_light_lies_between_the_two() -> None:
    rng = np.random.default_rng(6)
    sun = rng.integers(120, 200, (30, 40, 3)).astype(np.uint8)
    cloudy = np.asarray(sun * np.array([0.45, 0.48, 0.55]), np.uint8)
    image = np.asarray(0.4 * sun + 0.6 * cloudy, np.uint8)
    image[:, 20:] = (200, 40, 40)
    thresholds, weak = np.full((30, 40), 16, np.float32), np.ones((30, 40), np.bool_)
    found = find_other_light((image, sun, cloudy), weak, thresholds, thresholds)

    assert found[:, :19].all() and not found[:, 21:].any()
    assert not find_other_light((image, sun, cloudy), ~weak, thresholds, None).any()


def test_what_stands_below_the_mask_is_no_shadow() -> None:
    """Trousers of the road's grey hang from a coat; the shadow lies beside them."""
    mask, shade = np.zeros((2, 60, 200), np.bool_)
    mask[10:25, 50:60], shade[25:30, 50:60], shade[28:32, 60:90] = True, True, True
    found = upright(mask, shade)

    assert found[25:30, 50:60].all()
    assert not found[:, 60:].any()


def test_who_stands_while_the_lamp_goes_out_is_told() -> None:
    clip = synthetic.street(WIDTH, HEIGHT, 150, seed=3, standing=0.6, light=lamp)
    background = stillplate.fit(clip, samples=40, masks=False)
    still = stillplate.fit(synthetic.street(WIDTH, HEIGHT, 150, seed=3, standing=0.6), samples=40, masks=False)

    assert len(background.states) == 2
    assert len(still.stays) == len(background.stays) == 1
    assert background.stays[0].box == still.stays[0].box
    assert abs(background.stays[0].end - still.stays[0].end) < Fraction(1, 4)


def test_switches_are_told_to_the_sample(fitted: Fitted) -> None:
    _, background = fitted["lamp"]
    switches = find_switches(background.states)

    assert [(one.former, one.latter) for one in switches] == [(0, 1), (1, 0)]
    for one, frame in zip(switches, (OFF[0], OFF[-1] + 1), strict=True):
        assert one.after < Fraction(frame, 25) <= one.before
        assert one.before - one.after < Fraction(1, 5)


def test_states_are_saved_and_reported(fitted: Fitted, tmp_path: Path) -> None:
    clip, background = fitted["lamp"]
    background.save(tmp_path / "lamp.npz")
    loaded = stillplate.Background.load(tmp_path / "lamp.npz")
    image = clip.frame(45).image
    few = np.stack([frame.image for frame in clip.take(range(28, 33))])
    report = stillplate.render(few, report=tmp_path / "report.json", background=background)

    assert [state.spans for state in loaded.states] == [state.spans for state in background.states]
    assert np.array_equal(loaded.view(image).image, background.view(image).image)
    assert np.array_equal(loaded.mask(image), background.mask(image))
    assert '"switches"' in report.to_json()
    assert background.assumptions is not None and "2 states" in background.assumptions.light.finding


def test_plate_writes_one_for_each_state_and_one_for_a_time(tmp_path: Path) -> None:
    clip = filmed("lamp")
    (tmp_path / "clip").mkdir()
    for frame in clip:
        stillplate.write_image(tmp_path / "clip" / f"{frame.index:03d}.png", frame.image)

    def plate(*options: object) -> subprocess.CompletedProcess[str]:
        return run("plate", tmp_path / "clip", "--light", "auto", *options)

    late = plate("-o", tmp_path / "late.png", "--at", "10", "--samples", 4)

    assert plate("-o", tmp_path / "plate.png", "--samples", SAMPLES).returncode == 0
    assert plate("-o", tmp_path / "off.png", "--at", "1.8", "--samples", SAMPLES).returncode == 0
    assert late.returncode == 2
    assert "at is 10 s, but the last frame" in late.stderr

    def off(name: str, index: int) -> float:
        return float(np.abs(stillplate.read_image(tmp_path / name).astype(int) - clip.view(index)).mean())

    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        "off.png", "plate.png", "plate.state1.png", "plate.state2.png",
    ]  # fmt: skip
    assert off("plate.png", 5) == off("plate.state1.png", 5) < 2
    assert off("plate.state2.png", 45) < 2 and off("off.png", 45) < 2


def test_pixel_shows_the_main_state(fitted: Fitted) -> None:
    clip, background = fitted["lamp"]
    pixel = stillplate.inspect_pixel(clip, 20, 60, light="auto", samples=SAMPLES)

    assert pixel.colour == tuple(background.plate.image[60, 20].tolist())
    assert len(pixel.times) < SAMPLES


def test_frame_at_a_time() -> None:
    clip = synthetic.street(32, 20, FRAMES, walkers=0, vehicles=0)

    assert [stillplate.frame_at(clip, time).index for time in (0, Fraction(1, 25), 1.05, Fraction(89, 25))] == [
        0, 1, 26, 89,
    ]  # fmt: skip
    with pytest.raises(ParameterError, match="at is 4 s, but the last frame of street"):
        stillplate.frame_at(clip, 4)


def test_fixed_light_is_one_state(street: synthetic.SyntheticClip) -> None:
    samples = np.stack([frame.image for frame in street])

    assert [len(state) for state in find_states(samples)] == [len(samples)]


def test_a_painted_wall_is_no_light() -> None:
    """Half of the wall gets another colour, and its bricks are gone: what changed is the scene."""
    clip = synthetic.street(WIDTH, HEIGHT, 40, seed=3)
    samples = np.stack([frame.image for frame in clip])
    samples[20:, :60, :90] = (70, 90, 150)

    assert len(find_states(samples)) == 1
    assert not is_light(clip.plate, samples[30])


def test_a_man_before_half_of_the_picture_is_no_light() -> None:
    clip = synthetic.street(WIDTH, HEIGHT, 40, seed=3)
    samples = np.stack([frame.image for frame in clip])
    rng = np.random.default_rng(1)
    samples[20:, :, 40:100] = rng.integers(20, 90, (12, 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)[:HEIGHT, :60]

    assert len(find_states(samples)) == 1


@pytest.mark.parametrize("shape", [(17, 23), (16, 16)])
def test_mixture_of_odd_sizes_and_constant_pictures(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    first = rng.integers(20, 200, (*shape, 3)).astype(np.uint8)
    flat = np.full((*shape, 3), 90, np.uint8)
    for image in (first, flat, np.zeros_like(flat), np.full_like(flat, 255)):
        mixture = estimate_mixture(image, [first, flat])

        assert np.allclose(mixture.shares.sum(axis=0), 1, atol=1e-5)
        assert blend([first, flat], mixture).shape == first.shape


def test_mixture_of_two_lamps_is_their_sum() -> None:
    """A frame in a transition is so much of the one light, so much of the other."""
    plate = synthetic.street(WIDTH, HEIGHT, 1, noise=0).plate
    first, second = (np.asarray(plate * np.asarray(lamp(index)), np.uint8) for index in (0, 40))
    between: Image = np.asarray(0.3 * first + 0.7 * second, np.uint8)
    mixture = estimate_mixture(between, [first, second])

    assert np.abs(mixture.shares[1] - 0.7).max() < 0.05
    assert np.abs(blend([first, second], mixture).astype(int) - between).mean() < 1.5


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (2, 60)])
def test_a_strip_is_looked_at(shape: tuple[int, int]) -> None:
    samples = np.random.default_rng(3).integers(0, 256, (12, *shape, 3)).astype(np.uint8)
    assert len(find_states(samples)) == 1


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.5, (1.2, 1, 0.8)])
def test_the_same_ground_is_relit(gain: npt.ArrayLike) -> None:
    plate, seen = (synthetic.street(WIDTH, HEIGHT, 1, seed=3, light=light) for light in (None, lambda _: gain))
    everywhere = np.ones((HEIGHT, WIDTH), np.bool_)

    assert is_relit(seen.frame(0).image, [plate.plate], everywhere)
    assert is_relit(seen.frame(0).image, [np.zeros_like(plate.plate), plate.plate], everywhere)


def test_moved_and_hidden_ground_is_not_relit() -> None:
    plate = synthetic.street(WIDTH, HEIGHT, 1, seed=3).plate
    everywhere = np.ones((HEIGHT, WIDTH), np.bool_)
    for step in ((0, 1), (1, 0), (-2, 1), (0, 6)):
        assert not is_relit(np.roll(plate, step, axis=(0, 1)), [plate], everywhere)
    assert not is_relit(plate[::-1].copy(), [plate], everywhere)
    assert not is_relit(np.full_like(plate, 90), [plate], everywhere)
    assert not is_relit(plate, [plate], ~everywhere)


def test_a_black_picture_shows_no_thing() -> None:
    plate = synthetic.street(WIDTH, HEIGHT, 1, seed=3).plate
    black = np.random.default_rng(0).integers(0, 20, plate.shape).astype(np.uint8)

    assert is_relit(black, [plate], np.ones((HEIGHT, WIDTH), np.bool_))


def test_of_a_clipped_picture_only_light_is_known() -> None:
    plate = synthetic.street(WIDTH, HEIGHT, 1, seed=3).plate
    white, left = np.full_like(plate, 255), np.zeros((HEIGHT, WIDTH), np.bool_)
    left[:, : WIDTH // 2] = True
    half = np.where(left[..., None], white, plate)

    assert is_relit(white, [plate], left)
    assert not is_relit(half, [plate], left)
