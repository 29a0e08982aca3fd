"""The masks that need no knob: each step against a truth that is drawn for it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from benchmarks.steadiness import overlap, reencode, slow_block, still
from stillplate import synthetic
from stillplate.camera.stabilisation import align
from stillplate.camera.translation import Reference
from stillplate.errors import ParameterError
from stillplate.imaging.resize import working_factor
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource
from stillplate.metrics import mask_counts
from stillplate.photometry.gain import Gain, estimate_gain
from stillplate.sampling.gather import gather
from stillplate.segmentation.cleanup import fill_holes, hysteresis, keep_large, solid
from stillplate.segmentation.noise_learning import learn
from stillplate.segmentation.options import SHADE
from stillplate.segmentation.sample_differences import SampleDifferences

Images = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def empty() -> Images:
    """A street with nobody in it."""
    return synthetic.street(320, 180, 2, seed=3, noise=0, walkers=0, vehicles=0).plate


def f_of(background: stillplate.Background, clip: synthetic.SyntheticClip, every: int = 5, **options: Any) -> float:
    counts = mask_counts(np.zeros((1, 1), np.bool_), np.zeros((1, 1), np.uint8))
    for frame in clip.take(range(0, 60, every)):
        truth = clip.mask(frame.index).view(np.uint8) * np.uint8(255)
        counts += mask_counts(background.mask(frame.image, **options), truth)
    return counts.f


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"noise": 8.0},
        {"shadows": True},
        {"light": lambda index: 1.2 if index % 10 == 0 else 1.0},
        {"light": lambda index: (1.0, 1 + 0.15 * np.sin(index / 9), 0.9)},
    ],
    ids=["plain", "noisy", "shadows", "exposure", "white balance"],
)
def test_masks_of_streets(settings: dict[str, Any]) -> None:
    clip = synthetic.street(320, 180, 60, seed=2, **settings)

    assert f_of(stillplate.fit(clip, samples=24), clip) > 0.9


def test_masks_of_a_shaking_street() -> None:
    """A jitter of some pixels: the frames are registered, where a still camera's are not."""
    jitter = np.random.default_rng(0).normal(0, 2, (60, 2))

    def camera(index: int) -> npt.NDArray[np.float64]:
        x, y = np.clip(jitter[index], -5, 5) + 8
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])

    clip = synthetic.street(336, 196, 60, seed=2, camera=camera, size=(320, 180))
    background = stillplate.fit(clip, samples=40)
    still_one = stillplate.fit(synthetic.street(320, 180, 60, seed=2), samples=20, masks=False)

    assert (background.shakes, still_one.shakes) == (True, False)
    assert f_of(background, clip) > 0.9


def test_nobody_there_is_nothing_set() -> None:
    """Sensor noise through H.264 at crf 23 with one key frame in 250."""
    clip = synthetic.street(320, 180, 130, seed=1, noise=6.0, walkers=0, vehicles=0)

    assert still(reencode([frame.image for frame in clip])) == {"empty": 1.0, "flickering": 0.0}


def test_masks_of_something_slow_stay() -> None:
    images, truths = slow_block(frames=120)
    background = stillplate.fit(images, samples=24)
    masks = [background.mask(image) for image in images]

    assert overlap(masks) > 0.9
    assert np.mean([np.mean(mask == truth) for mask, truth in zip(masks, truths, strict=True)]) > 0.98


def test_a_large_frame_has_edges_of_its_own_size(empty: Images) -> None:
    """The mask is found on a smaller picture, and lies within a pixel of the truth all the same."""
    clip = synthetic.street(1280, 720, 4, seed=3, noise=2, walkers=0, vehicles=0)
    image, truth = clip.frame(0).image.copy(), np.zeros((720, 1280), np.bool_)
    truth[205:391, 301:467] = True
    image[truth] = (200, 40, 30)
    background = stillplate.Background.from_plate(clip.plate, threshold=16)

    assert [working_factor(width) for width in (480, 639, 640, 1280, 1920, 3840)] == [1, 1, 2, 3, 4, 8]
    assert np.count_nonzero(background.mask(image) != truth) < 2 * (186 + 166)


def test_shadows(empty: Images) -> None:
    """Half of the light is a shadow; a block of another colour is none. Each option says what becomes of it."""
    image = empty.copy()
    image[100:150, 60:140] = np.rint(image[100:150, 60:140] * 0.55)
    image[60:150, 200:240] = (190, 40, 40)
    background = stillplate.Background.from_plate(empty, threshold=16)
    labels = background.labels(image, shadows="label")
    shadow, block = np.s_[104:146, 64:136], np.s_[64:146, 204:236]

    assert (labels[block] == 255).all()
    assert (labels[shadow] == SHADE).mean() > 0.95
    assert not background.mask(image)[shadow].any()
    assert np.array_equal(background.mask(image, shadows="label"), labels == 255)
    assert background.mask(image, shadows="foreground")[shadow].mean() > 0.95
    assert set(np.unique(background.labels(image))) == {0, 255}


def test_a_grey_thing_on_a_grey_ground_is_no_shadow(empty: Images) -> None:
    """It has the hue of the ground in half of the light, but not its texture."""
    image = empty.copy()
    image[95:150, 60:140] = np.rint(image[95:150, 60:140].mean(axis=(0, 1)) * 0.5)
    background = stillplate.Background.from_plate(empty, threshold=16)

    assert background.mask(image)[100:145, 65:135].mean() > 0.9


def test_noise_that_recurs_is_ground_and_a_man_who_stands_is_not() -> None:
    """Flicker in every sample raises the threshold; a block that stays for half of the clip does not."""
    random = np.random.default_rng(0)
    images = np.full((64, 90, 160, 3), 100, np.uint8) + random.integers(0, 3, (64, 90, 160, 1), np.uint8)
    images[:, 10:50, 10:60] = random.integers(60, 140, (64, 40, 50, 1), np.uint8)
    images[:32, 40:80, 100:130] = 180
    plate = np.full((90, 160, 3), 101, np.uint8)
    plate[10:50, 10:60] = 100
    with gather(ArraySource(images), 64) as stack:
        thresholds = learn(SampleDifferences.of(stack, plate)).thresholds(90, 160)

    assert thresholds[20:40, 20:50].min() > 30
    assert thresholds[50:70, 105:125].max() < 20
    assert thresholds[60:, :90] == pytest.approx(16, abs=1)


def test_colour_is_seen_before_leaves_that_flicker() -> None:
    """Leaves are bright and dark by turns, but green: a red block as bright as they are is found all the same."""
    random = np.random.default_rng(0)
    leaves = cv2.GaussianBlur(random.normal(0, 1, (90, 160)), (0, 0), 1.5)
    levels = 100 + 25 * leaves / leaves.std()
    green = np.array([0.7, 1.0, 0.5])
    images, truths = np.empty((64, 90, 160, 3), np.uint8), np.zeros((64, 90, 160), np.bool_)
    for number in range(64):
        swayed = np.roll(levels, random.integers(-5, 6, 2), (0, 1))
        images[number] = np.clip(swayed[:, :, None] * green + random.normal(0, 2, (90, 160, 3)), 0, 255)
        truths[number, 30:60, 2 * number : 2 * number + 16] = True
    images[truths] = (170, 45, 40)
    plate = np.clip(levels[:, :, None] * green, 0, 255).astype(np.uint8)
    background = stillplate.Background.from_plate(plate, images)
    masks = np.stack([background.mask(image) for image in images])

    assert background.noise.thresholds(90, 160).mean() > 50
    assert masks[truths].mean() > 0.9
    assert masks[~truths].mean() < 0.01


def test_what_is_excluded_is_no_noise() -> None:
    images = np.full((32, 60, 90, 3), 100, np.uint8)
    images[:, 20:40, 30:60] = np.random.default_rng(0).integers(40, 200, (32, 20, 30, 1), np.uint8)
    box = np.zeros((60, 90), np.bool_)
    box[15:45, 25:65] = True
    excluded = stillplate.fit(images, exclude=stillplate.Exclusion(box, end=1.0), vote="majority")
    heard = stillplate.fit(images, vote="majority")

    assert excluded.noise.level.max() < heard.noise.level.max()


def test_gain_and_bias_are_found_beside_what_moves(empty: Images) -> None:
    image = np.clip(empty * np.array([1.2, 1.0, 0.9]) + np.array([-5, 4, 8]), 0, 255).astype(np.uint8)
    image[20:100, 40:150] = 230
    gain = estimate_gain(image, empty)

    assert gain.scale == pytest.approx([1.2, 1.0, 0.9], abs=0.02)
    assert gain.offset == pytest.approx([-5, 4, 8], abs=2)
    dim = np.minimum(empty, 200)
    assert np.abs(gain.undo(gain.apply(dim)).astype(int) - dim).max() <= 2
    assert not estimate_gain(empty, empty).noticeable
    assert not estimate_gain(empty[:4, :4], empty[:4, :4]).noticeable


def test_what_is_clipped_by_hand() -> None:
    """Twice the light: what is 128 and more is white. Less 40 levels: what is 40 and less is black."""
    plate = np.array([[[20, 100, 200], [60, 127, 130]]], np.uint8)
    bright = Gain(np.full(3, 2, np.float32), np.zeros(3, np.float32))
    dark = Gain(np.ones(3, np.float32), np.full(3, -40, np.float32))

    assert bright.recorded(plate).tolist() == [[[20, 100, 128], [60, 127, 128]]]
    assert dark.recorded(plate).tolist() == [[[40, 100, 200], [60, 127, 130]]]
    assert np.array_equal(Gain.none().recorded(plate), plate)


def test_what_is_clipped_is_nobody(empty: Images) -> None:
    """A camera that has overexposed half of the picture."""
    ground = np.asarray(empty // 2 + 90, np.uint8)
    background = stillplate.fit(np.stack([ground] * 8))
    image = np.asarray(np.clip(ground * 1.5, 0, 255), np.uint8)

    assert (image == 255).any(axis=2).mean() > 0.2
    assert background.mask(image).mean() < 0.01


def test_registration_finds_a_shift_behind_what_moves(empty: Images) -> None:
    image = np.asarray(Transform.shifted(2.6, -3.3).to_frame(empty))
    image[40:120, 100:200] = 240
    found = Reference(empty).register(image)

    assert found.matrix[:2, 2] == pytest.approx([2.6, -3.3], abs=0.1)
    assert Reference(empty).register(empty).still


def test_registration_does_not_run_away(empty: Images) -> None:
    """A frame that shows something else altogether is taken as it stands."""
    other = np.ascontiguousarray(empty[::-1, ::-1])

    assert Reference(empty).register(other).still


def test_transforms() -> None:
    shift = Transform.shifted(3, -2)
    picture = np.arange(48, dtype=np.float32).reshape(6, 8)

    assert shift.to_frame(picture)[3, 2] == picture[1, 5]
    assert np.array_equal(shift.to_plate(shift.to_frame(picture))[2:4, 3:5], picture[2:4, 3:5])
    assert shift.scaled(0.5).matrix[:2, 2].tolist() == [1.5, -1.0]
    assert shift.shift == pytest.approx(13**0.5)
    assert not shift.still
    assert Transform(np.array([[1, 0, 0], [0, 1, 0], [1e-3, 0, 1.0]])).to_frame(picture).shape == picture.shape


def test_aligned_samples_are_one(empty: Images) -> None:
    shifts = np.random.default_rng(0).normal(0, 2, (20, 2))
    images = np.stack([np.asarray(Transform.shifted(*shift).to_frame(empty)) for shift in shifts])
    with gather(ArraySource(images), 20, neighbours=True) as stack:
        before = np.stack([stack.image(number) for number in range(20)])[:, 10:-10, 10:-10].std(axis=0).mean()

        assert align(stack) > 1
        after = np.stack([stack.image(number) for number in range(20)])[:, 10:-10, 10:-10].std(axis=0).mean()
    assert after < before / 2


def test_cleanup_by_hand() -> None:
    """Weak evidence stays where strong evidence holds it; what is small goes; holes are filled."""
    weak = np.array([[1, 1, 0, 0, 1], [0, 0, 0, 0, 1]], np.bool_)
    strong = np.array([[0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.bool_)
    ring = np.ones((40, 40), np.bool_)
    ring[20, 20] = False

    assert hysteresis(weak, strong).tolist() == [[True, True, False, False, False], [False] * 5]
    assert keep_large(weak, 3).sum() == 0
    assert keep_large(weak, 2).sum() == 4
    assert keep_large(weak, 2, np.full(weak.shape, 0.5, np.float32)).sum() == 0
    assert fill_holes(ring).all()
    assert np.array_equal(solid(weak * np.float32(2), None, "none"), weak)


@pytest.mark.parametrize(
    ("option", "value"),
    [("sensitivity", 0.0), ("sensitivity", float("nan")), ("shadows", "dark"), ("cleanup", "much")],
)
def test_options_out_of_range(walkers: np.ndarray, tmp_path: Path, option: str, value: object) -> None:
    background = stillplate.fit(walkers)
    options: dict[str, Any] = {option: value}
    with pytest.raises(ParameterError, match=option):
        background.mask(walkers[0], **options)
    with pytest.raises(ParameterError, match=option):
        stillplate.render(walkers, mask=tmp_path / "m.mkv", **options)


def test_sensitivity_divides_the_threshold(empty: Images) -> None:
    image = empty.copy()
    image[60:120, 100:160] = np.clip(image[60:120, 100:160].astype(int) + np.array([20, -2, -20]), 0, 255)
    background = stillplate.Background.from_plate(empty, threshold=16)

    assert not background.mask(image).any()
    assert background.mask(image, sensitivity=2)[64:116, 104:156].mean() > 0.9
    plain = background.mask(image, threshold=16, cleanup="none", sensitivity=2)
    assert np.array_equal(plain, background.mask(image, threshold=8, cleanup="none"))


def test_opencv_face_labels_shadows(empty: Images) -> None:
    image = empty.copy()
    image[100:150, 60:140] = np.rint(image[100:150, 60:140] * 0.55)
    background = stillplate.Background.from_plate(empty, threshold=16)
    subtractor = stillplate.BackgroundSubtractor(background, shadows="label")

    assert set(np.unique(subtractor.apply(image[:, :, ::-1]))) == {0, 127}
