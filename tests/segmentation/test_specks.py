"""Small, faint and sleeping things are found; snow is not; the smallest thing may be given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.rendering.events import find_events
from stillplate.segmentation.options import smallest_area
from stillplate.segmentation.specks import drop_specks, speck_weights

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]
Disc = tuple[float, float, float]  # centre x and y, diameter in pixels

WIDTH, HEIGHT = 320, 180


def floor(level: float, deviation: float) -> Images:
    """A textured floor without colour."""
    rough = cv2.GaussianBlur(np.random.default_rng(2).normal(size=(HEIGHT, WIDTH)), (0, 0), 3)
    return np.repeat((level + deviation * rough / rough.std())[:, :, None], 3, axis=2).clip(0, 255).astype(np.uint8)


def film(ground: Images, discs: Sequence[Sequence[Disc]], level: int, noise: float = 2.0) -> tuple[Images, Masks]:
    """Draw discs of one grey level before a floor."""
    random, images, masks = np.random.default_rng(4), [], []
    for frame in discs:
        image, mask = ground.copy(), np.zeros((HEIGHT, WIDTH), np.uint8)
        for x, y, size in frame:
            for canvas, colour in ((image, (level,) * 3), (mask, (255,))):
                cv2.circle(canvas, (round(16 * x), round(16 * y)), round(8 * size), colour, -1, cv2.LINE_AA, 4)
        images.append((image + random.normal(0, noise, image.shape)).clip(0, 255).astype(np.uint8))
        masks.append(mask > 127)
    return np.stack(images), np.stack(masks)


def wandering(count: int, size: float, frames: int = 48) -> list[list[Disc]]:
    random = np.random.default_rng(6)
    place, speed = random.uniform(0, 1, (count, 2)) * (WIDTH, HEIGHT), random.normal(0, 2.5, (count, 2))
    return [
        [(float(x), float(y), size) for x, y in (place + speed * number) % (WIDTH, HEIGHT)] for number in range(frames)
    ]


def f_measure(found: Masks, truth: Masks) -> float:
    return 2 * np.count_nonzero(found & truth) / (np.count_nonzero(found) + np.count_nonzero(truth))


def masks_of(background: stillplate.Background, images: Images, **options: Any) -> Masks:
    return np.stack([background.mask(image, **options) for image in images])


@pytest.fixture(scope="module")
def midges() -> tuple[Images, Masks, stillplate.Background]:
    images, truth = film(floor(170, 8), wandering(7, 4), 40)
    return images, truth, stillplate.fit(images, samples=24)


def test_things_of_four_pixels_are_found(midges: tuple[Images, Masks, stillplate.Background]) -> None:
    images, truth, background = midges
    found = masks_of(background, images[::4])

    assert f_measure(found, truth[::4]) > 0.85
    things, drawn = (sum(len(stillplate.find_regions(mask)) for mask in masks) for masks in (found, truth[::4]))
    assert 0 <= drawn - things <= 2  # two may touch


def test_small_things_make_events() -> None:
    share = 16 / (1280 * 720)  # 5 pixels across
    times = [number / 25 for number in range(50)]

    assert len(find_events(times, [share if 10 <= number < 40 else 0.0 for number in range(50)])) == 0
    assert len(find_events(times, [2 * share if 10 <= number < 40 else 0.0 for number in range(50)])) == 1


@pytest.mark.parametrize("given", [8, 8.0, "8", "2.5%"])
def test_the_smallest_thing_may_be_given(
    midges: tuple[Images, Masks, stillplate.Background], given: float | str
) -> None:
    images, _, background = midges
    both = images[3].copy()
    cv2.circle(both, (200, 60), 6, (20, 20, 20), -1)
    regions = stillplate.find_regions(background.mask(both, min_size=given))

    assert len(regions) == 1 and regions[0].box[0] in range(190, 197)
    assert len(stillplate.find_regions(background.mask(both, min_size=2))) > 5


@pytest.mark.parametrize("cleanup", ["none", "light", "default"])
def test_every_cleanup_drops_what_is_smaller(midges: tuple[Images, Masks, stillplate.Background], cleanup: str) -> None:
    images, _, background = midges

    assert not background.mask(images[0], cleanup=cleanup, min_size=20).any()


def test_a_smallest_area_is_that_of_a_disc() -> None:
    assert smallest_area(10, 640) == pytest.approx(np.pi * 25)
    assert smallest_area("1%", 640) == pytest.approx(np.pi / 4 * 6.4**2)
    assert smallest_area(0, 640) == 0


@pytest.mark.parametrize("given", ["big", "-3", "inf", "nan", "200%", ""])
def test_other_sizes_are_refused(given: str) -> None:
    with pytest.raises(ParameterError, match=r"min_size is .* but a diameter is needed"):
        smallest_area(given, 640)


@pytest.mark.parametrize(("ground", "thing"), [(28, 42), (90, 127)])
def test_faint_things_are_found_where_the_noise_is_low(ground: float, thing: int) -> None:
    images, truth = film(floor(ground, 1.5), wandering(2, 26), thing, noise=1.5)
    found = masks_of(stillplate.fit(images, samples=24), images[::6])

    assert f_measure(found, truth[::6]) > 0.9


@pytest.mark.parametrize("share", [0.92, 0.95])
def test_what_sleeps_for_most_of_the_clip_is_found(share: float) -> None:
    frames = 120
    asleep = round(share * frames)
    ways = [[(80.0, 90.0, 30.0)] if n < asleep else [(80.0 + 25 * (n - asleep), 90.0, 30.0)] for n in range(frames)]
    images, truth = film(floor(180, 10), ways, 55)
    background = stillplate.fit(images)

    assert abs(background.plate.image[75:105, 65:95].astype(int) - floor(180, 10)[75:105, 65:95]).mean() < 3
    assert f_measure(masks_of(background, images[::10]), truth[::10]) > 0.9


def flakes(images: Images, count: int) -> Images:
    """Snow that falls so fast that no flake is where it was."""
    random, snowy = np.random.default_rng(8), images.copy()
    for image in snowy:
        for x, y, radius in zip(
            random.integers(0, WIDTH, count),
            random.integers(0, HEIGHT, count),
            random.integers(1, 4, count),
            strict=True,
        ):
            cv2.circle(image, (int(x), int(y)), int(radius), (235, 235, 235), -1, cv2.LINE_AA)
    return snowy


def test_snow_is_no_thing() -> None:
    images, truth = film(floor(110, 14), [[(30.0 + 3 * n, 90.0, 30.0)] for n in range(90)], 30)
    snowy = flakes(images, 70)
    background = stillplate.fit(snowy, samples=40)

    assert background.noise.specks is not None and background.noise.specks.max() > 0
    assert f_measure(masks_of(background, snowy[::9]), truth[::9]) > 0.8
    assert not masks_of(background, flakes(images[:4] * 0 + floor(110, 14), 50)).mean() > 0.002


def test_many_small_things_that_go_on_are_no_snow() -> None:
    images, truth = film(floor(90, 6), wandering(60, 5, 60), 180)
    background = stillplate.fit(images, samples=40)

    assert background.noise.specks is None
    assert f_measure(masks_of(background, images[::8]), truth[::8]) > 0.8


def test_specks_are_dropped_by_their_place() -> None:
    mask = np.zeros((40, 80), np.bool_)
    mask[10:14, 10:14] = mask[10:14, 60:64] = True
    specks = np.repeat(np.array([[0.0, 25 / mask.size]], np.float32), 8, axis=1)

    assert [region.box for region in stillplate.find_regions(drop_specks(mask, speck_weights(specks, *mask.shape)))] == [(10, 10, 4, 4)]
    assert drop_specks(mask, None) is mask


def test_specks_are_saved(tmp_path: Path) -> None:
    background = stillplate.Background.from_plate(floor(90, 6), threshold=20)
    specks = np.full((2, 16), 1e-3, np.float32)
    noise = stillplate.Noise(background.noise.level, specks=specks)
    saved = stillplate.Background(background.plate, (), noise)
    saved.save(tmp_path / "snow.npz")
    loaded = stillplate.Background.load(tmp_path / "snow.npz").noise.specks

    assert loaded is not None and np.array_equal(loaded, specks)


@pytest.mark.parametrize("fit", [stillplate.fit, lambda images, **options: stillplate.Background.from_plate(
    floor(120, 10), images, **options)])  # fmt: skip
def test_what_is_excluded_for_good_is_in_no_mask(fit: Callable[..., stillplate.Background]) -> None:
    images, truth = film(
        floor(120, 10), [[(60.0, 60.0 + 9 * (n % 5), 20.0), (200.0, 90.0 + n, 20.0)] for n in range(30)], 20
    )
    web = np.zeros((HEIGHT, WIDTH), np.bool_)
    web[30:130, 40:80] = True
    always = masks_of(fit(images, samples=16, exclude=web), images[::5])
    once = masks_of(fit(images, samples=16, exclude=stillplate.Exclusion(web, 0, 0.5)), images[::5])

    assert not (always & web).any() and (always & truth[::5]).sum() > 0.8 * (truth[::5] & ~web).sum()
    assert (once & web).any()


def test_excluding_everything_leaves_nothing_to_mark() -> None:
    images, _ = film(floor(120, 10), wandering(1, 20, 6), 20)

    background = stillplate.fit(images, exclude=np.ones((HEIGHT, WIDTH), np.bool_))

    assert not background.mask(images[0]).any()
