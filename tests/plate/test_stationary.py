"""What stood still and left is listed; what never rested is not taken for ground; each colour knows its samples."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.rendering.drawing import draw_provenance

Images = npt.NDArray[np.uint8]
BOX = (60, 40, 24, 36)  # x, y, width, height


def textured(frames: int, seed: int = 0) -> Images:
    """A still ground with some grain, 128x96, and noise."""
    rng = np.random.default_rng(seed)
    ground = rng.integers(90, 130, (12, 16, 3)).repeat(8, axis=0).repeat(8, axis=1)
    return np.clip(ground + rng.normal(0, 1.5, (frames, 96, 128, 3)), 0, 255).astype(np.uint8)


def put(images: Images, first: int, last: int, colour: tuple[int, int, int] = (200, 50, 40)) -> None:
    x, y, width, height = BOX
    images[first : last + 1, y : y + height, x : x + width] = colour


@pytest.mark.parametrize("first, last", [(20, 59), (0, 39), (50, 99)])
def test_a_thing_that_stands_is_listed_with_its_times(first: int, last: int) -> None:
    images = textured(100)
    put(images, first, last)
    background = stillplate.fit(images, samples=50, masks=False)
    (stay,) = background.stays
    rate = Fraction(1, 25)  # seconds a frame

    assert stay.box == pytest.approx(BOX, abs=3)
    assert stay.area == pytest.approx(24 * 36 / (96 * 128), rel=0.15)
    assert first * rate <= stay.start <= (first + 5) * rate
    assert (last - 5) * rate <= stay.end <= last * rate
    assert (stay.arrived, stay.left) == (first > 0, last < 99)
    assert ("from the start to" in str(stay)) == (first == 0)
    assert str(stay).endswith("to the end" if last == 99 else f"{float(stay.end):04.1f}, then left")


def test_two_that_follow_each_other_are_two() -> None:
    images = textured(120)
    put(images, 15, 44)
    put(images, 45, 74, (40, 60, 200))
    stays = stillplate.fit(images, samples=50, masks=False).stays

    assert len(stays) == 2
    assert stays[0].end < stays[1].start


def test_passers_by_and_light_stand_nowhere(street_background: stillplate.Background) -> None:
    drifting = synthetic.street(160, 96, 60, seed=1, light=lambda index: 1 + 0.2 * index / 60)

    assert street_background.stays == ()
    assert stillplate.fit(drifting, masks=False).stays == ()


def test_majority_lists_nothing() -> None:
    images = textured(40)
    put(images, 5, 15)

    assert stillplate.fit(images, vote="majority", masks=False).stays == ()


def test_stays_are_saved_and_loaded(tmp_path: object) -> None:
    images = textured(60)
    put(images, 5, 30)
    background = stillplate.fit(images, masks=False)
    background.save(f"{tmp_path}/b.npz")

    assert background.stays
    assert stillplate.Background.load(f"{tmp_path}/b.npz").stays == background.stays


def test_what_never_shows_the_same_twice_was_never_seen() -> None:
    """A screen that plays all along hides the wall behind it; passers-by elsewhere do not."""
    images = textured(64)
    x, y, width, height = BOX
    screen = np.random.default_rng(4).integers(0, 256, (64, height // 4, width // 4, 3), np.uint8)
    images[:, y : y + height, x : x + width] = screen.repeat(4, axis=1).repeat(4, axis=2)
    for step, image in enumerate(images):
        image[5:25, step : step + 12] = (220, 220, 40)
    plate = stillplate.fit(images, masks=False).plate

    assert plate.seen[y + 3 : y + height - 3, x + 3 : x + width - 3].mean() < 0.05
    assert plate.seen[: y - 3].all() and plate.seen[y + height + 3 :].all()


@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_provenance_names_the_samples_that_show_the_ground(vote: str) -> None:
    images = textured(30)
    put(images, 10, 19)
    plate = stillplate.fit(images, vote=vote, masks=False).plate
    middle = (slice(BOX[1] + 8, BOX[1] + 28), slice(BOX[0] + 6, BOX[0] + 18))
    shares = [plate.made_by(t)[middle].mean() for t in range(30)]
    there = np.array([10 <= t <= 19 for t in range(30)])

    assert plate.seen.all()
    assert max(np.array(shares)[there]) == 0
    assert np.array(shares)[~there].mean() > (0.99 if vote == "calm" else 0.4)


def test_provenance_is_drawn_from_blue_to_red() -> None:
    """The left half is shown at first, the right half at last, and a corner never."""
    images = textured(40)
    images[20:, :, :64] = np.random.default_rng(1).integers(200, 256, (20, 1, 1, 3))
    images[:20, :, 64:] = np.random.default_rng(2).integers(200, 256, (20, 1, 1, 3))
    plate = stillplate.fit(images, vote="majority", masks=False).plate
    drawn = draw_provenance(plate, 40)
    dark = stillplate.Plate(plate.image, plate.support, plate.noise, np.zeros_like(plate.seen), plate.provenance)

    assert drawn.shape == plate.image.shape
    early, late = drawn[plate.made_by(0)].mean(axis=0), drawn[plate.made_by(39)].mean(axis=0)
    assert early[2] > early[0] and late[0] > late[2]
    assert not draw_provenance(dark, 40).any()
