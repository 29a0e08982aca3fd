"""Masks of frames in a row: what is faint counts where it persists, and what a single frame tells is not changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.metrics import MaskCounts, mask_counts
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.faint_shade import told_shade
from stillplate.segmentation.options import FOREGROUND, MaskOptions
from stillplate.segmentation.persistence import persistent
from stillplate.segmentation.shadows import BRIGHTEST, Shade, find_proven_shade, find_shade, smoothed

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

HEIGHT, WIDTH, FRAMES = 90, 160, 48
SIDE = 4  # frames before and after that persistence is judged by
OPTIONS = MaskOptions().checked()


def masks_in_time(background: stillplate.Background, images: Images, options: MaskOptions = OPTIONS) -> Masks:
    """The masks of frames in a row, without what steadies them."""
    observations = [background.observe(image) for image in images]
    evidence = [observation.evidence_in_time(options) for observation in observations]
    nearby = [one.nearby for one in evidence if one is not None]
    masks = []
    for number, observation in enumerate(observations):
        first = max(0, number - SIDE)
        lasting = persistent(nearby[first : number + SIDE + 1], number - first)
        found = observation.found(evidence[number], options, lasting)
        masks.append(observation.finished(found, options) == FOREGROUND)
    return np.stack(masks)


def texture(low: int, high: int) -> Images:
    random = np.random.default_rng(3)
    plane = cv2.GaussianBlur(random.normal(0, 1, (HEIGHT, WIDTH, 3)), (0, 0), 4)
    span = (plane - plane.min()) / np.ptp(plane)
    return np.asarray(np.rint(low + (high - low) * span), np.uint8)


def clip_of(ground: Images, colour: int, there: Callable[[int], bool], noise: float = 1.0) -> tuple[Images, Masks]:
    """A block that walks before the ground, 3 pixels a frame, in the frames in which it is there."""
    random = np.random.default_rng(4)
    images, truths = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8), np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    for number in range(FRAMES):
        image = ground.astype(np.float32)
        if there(number):
            truths[number, 30:54, 3 * number : 3 * number + 18] = True
            image[truths[number]] = colour
        images[number] = np.clip(np.rint(image + random.normal(0, noise, image.shape)), 0, 255)
    return images, truths


def counted(masks: Masks, truths: Masks) -> MaskCounts:
    counts = MaskCounts()
    for mask, truth in zip(masks, truths, strict=True):
        counts += mask_counts(mask, truth.view(np.uint8) * np.uint8(255))
    return counts


@pytest.fixture(scope="module")
def haze() -> tuple[Images, Masks, stillplate.Background]:
    """A grey block of level 111 before ground of 101 to 107."""
    images, truths = clip_of(texture(101, 107), 111, lambda number: True)
    return images, truths, stillplate.fit(images)


def test_faint_things_are_found_in_time(haze: tuple[Images, Masks, stillplate.Background]) -> None:
    images, truths, background = haze

    assert counted(np.stack([background.mask(image) for image in images]), truths).f < 0.5
    assert counted(masks_in_time(background, images), truths).f > 0.9


def test_nothing_is_found_where_nothing_is() -> None:
    images, _ = clip_of(texture(101, 107), 111, lambda number: number < FRAMES // 2)
    masks = masks_in_time(stillplate.fit(images), images)

    assert masks[: FRAMES // 2 - 1].any(axis=(1, 2)).all()
    assert not masks[FRAMES // 2 :].any()


def test_what_is_faint_for_three_frames_is_noise() -> None:
    """It is found no better than in single frames."""
    images, truths = clip_of(texture(101, 107), 111, lambda number: number % 12 < 3)
    background = stillplate.fit(images)
    single = counted(np.stack([background.mask(image) for image in images]), truths)

    assert counted(masks_in_time(background, images), truths).recall <= single.recall < 0.5


def test_sensitivity_scales_what_is_faint(haze: tuple[Images, Masks, stillplate.Background]) -> None:
    images, _, background = haze
    observation = background.observe(images[20])
    usual, twice = (observation.evidence_in_time(MaskOptions(sensitivity=s).checked()) for s in (1.0, 2.0))

    assert usual is not None and twice is not None
    assert usual.faint is not None and twice.faint is not None
    assert twice.faint == pytest.approx(2 * usual.faint)


@pytest.mark.parametrize("options", [{"threshold": 9.0}, {"weights": (1, 0, 0)}])
def test_nothing_is_faint_for_a_given_threshold_or_weights(
    haze: tuple[Images, Masks, stillplate.Background], options: dict[str, object]
) -> None:
    images, _, background = haze
    evidence = background.observe(images[20]).evidence_in_time(MaskOptions.of("mask", options))

    assert evidence is not None and evidence.faint is None


def test_a_background_without_ground_has_nothing_faint(haze: tuple[Images, Masks, stillplate.Background]) -> None:
    """As one that an earlier version saved."""
    images, _, background = haze
    older = replace(background, ground=None)
    single = np.stack([older.mask(image) for image in images])

    assert np.array_equal(masks_in_time(older, images), single)
    assert np.array_equal(single, np.stack([background.mask(image) for image in images]))


def test_ground_is_saved(haze: tuple[Images, Masks, stillplate.Background], tmp_path: Path) -> None:
    _, _, background = haze
    background.save(tmp_path / "b.npz")
    loaded = stillplate.Background.load(tmp_path / "b.npz")

    assert background.ground is not None and loaded.ground is not None
    for name in ("factors", "level", "tail"):
        saved, read = getattr(background.ground, name), getattr(loaded.ground, name)
        assert saved.dtype == read.dtype
        assert np.array_equal(saved, read)


def evidence_of(image: Images, plate: Images, ratio: float, faint: float) -> Evidence:
    difference = np.abs(image.astype(np.float32) - plate).mean(axis=2)
    full = [np.full(difference.shape, value, np.float32) for value in (ratio, faint)]
    return Evidence(image, plate, difference, difference, *full)


def test_evidence_that_persists_by_hand() -> None:
    """On ground of quietness 1/2, a sure pixel weighs 1/2 by itself, and 1/4 if it is faint."""
    plate = np.full((2, 2, 3), 100, np.uint8)
    lasting = np.array([[True, False], [False, False]])
    evidence = evidence_of(plate + np.uint8(16), plate, 0.5, 2.0).joined(lasting)
    half, sixteen = np.full((2, 2), 0.5, np.float32), np.full((2, 2), 16, np.float32)

    assert evidence.ratio.tolist() == [[2, 0.5], [0.5, 0.5]]
    assert evidence.risen is not None and np.array_equal(evidence.risen, lasting)
    assert evidence.trust(half, sixteen).tolist() == [[0.25, 0.5], [0.5, 0.5]]


def test_nothing_persists_in_a_frame_by_itself() -> None:
    plate = np.full((2, 2, 3), 100, np.uint8)
    evidence = evidence_of(plate, plate, 0.5, 2.0)

    assert evidence.joined(None) is evidence


def shade_of(evidence: Evidence, mask: Masks) -> Shade:
    """Shade of which nothing is proven."""
    images = smoothed(evidence.image), smoothed(evidence.plate)
    return Shade(mask, np.zeros_like(mask), *images, BRIGHTEST)


@pytest.mark.parametrize(("share", "kept"), [(0.88, False), (0.5, True)], ids=["weak", "strong"])
def test_shade_needs_a_change_that_can_tell_it(share: float, kept: bool) -> None:
    """Of plain grey ground, 12 levels less may be anything; half of the light is far beyond the tolerance of hue."""
    plate = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    image, shadow = plate.copy(), np.zeros((HEIGHT, WIDTH), np.bool_)
    shadow[30:60, 40:80] = True
    image[shadow] = round(100 * share)
    evidence = replace(evidence_of(image, plate, 0, 0), risen=np.zeros_like(shadow))
    evidence.ratio[shadow] = 2

    assert np.array_equal(told_shade(evidence, shade_of(evidence, shadow)), shadow if kept else np.zeros_like(shadow))


def test_weak_shade_of_ground_that_could_have_a_deep_shadow_is_shade() -> None:
    """A plate with something black is behind no veil: light that is a little less is a soft shadow."""
    plate = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    plate[:8] = 5
    image, shadow = plate.copy(), np.zeros((HEIGHT, WIDTH), np.bool_)
    shadow[30:60, 40:80] = True
    image[shadow] = 88
    evidence = replace(evidence_of(image, plate, 0, 0), risen=np.zeros_like(shadow))
    evidence.ratio[shadow] = 2

    assert np.array_equal(told_shade(evidence, shade_of(evidence, shadow)), shadow)


def test_faint_shade_that_texture_proves_is_shade() -> None:
    plate = texture(60, 180)
    image, weak = plate.copy(), np.zeros((HEIGHT, WIDTH), np.bool_)
    weak[20:70, 40:110] = True
    image[weak] = np.rint(0.93 * plate[weak])
    evidence = replace(evidence_of(image, plate, 0, 0), risen=weak)
    evidence.ratio[weak] = 2

    assert told_shade(evidence, shade_of(evidence, np.zeros_like(weak)))[weak].mean() > 0.8


def test_shade_of_a_frame_in_which_nothing_is_faint_is_its_own() -> None:
    """It is not looked for again: what was proven by the frame alone is handed on."""
    plate = texture(60, 180)
    image, weak = plate.copy(), np.zeros((HEIGHT, WIDTH), np.bool_)
    weak[20:70, 40:110] = True
    image[weak] = np.rint(0.7 * plate[weak])
    evidence = replace(evidence_of(image, plate, 0, 0), risen=np.zeros_like(weak))
    evidence.ratio[weak] = 2
    shade = find_shade((image, plate), (smoothed(image), smoothed(plate)), weak)
    again = find_proven_shade((image, plate), (shade.image, shade.plate), weak)

    assert shade.proven[weak].mean() > 0.5
    assert np.array_equal(shade.proven, again)
    assert np.array_equal(told_shade(evidence, shade), told_shade(replace(evidence, risen=weak), shade))
