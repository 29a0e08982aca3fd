"""Backgrounds in `data`, saved by this version and by earlier ones: each still loads, with all that it holds.

`format-1.npz` is of `walk()`, by the `fit` and `save` of the last commit that wrote format 1; `format-2-states.npz` is
of `evening()`, with the light's two states; `format-2-camera.npz` is of `panned()`, along the path `panning()`.
"""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.camera.path import CameraPath
from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods
from stillplate.segmentation.motion_shares import MotionShares

Images = npt.NDArray[np.uint8]

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT, FRAMES = 24, 16, 30
PAN = 17  # frames, each a pixel further to the right
PASSED = np.zeros((HEIGHT, WIDTH), np.bool_)  # the rows of the block
PASSED[5:11] = True
EVENING = slice(10, 20)  # the frames that are darker


def ground(width: int = WIDTH) -> Images:
    rows, columns = np.mgrid[:HEIGHT, :width]
    channels = (
        90 + 5 * ((3 * rows + 5 * columns) % 7),
        110 + 4 * ((rows + columns) % 5),
        70 + 6 * ((2 * rows + columns) % 6),
    )
    return np.stack(channels, axis=2).astype(np.uint8)


def block(left: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[5:11, left : left + 5] = True
    return mask


def place(number: int) -> int:
    """Return the left column of the block in a frame of `walk()`."""
    return number * (WIDTH - 5) // (FRAMES - 1)


def walk() -> Images:
    images = np.repeat(ground()[None], FRAMES, axis=0)
    for number, image in enumerate(images):
        image[block(place(number))] = (230, 40, 200)
    return images


def evening() -> Images:
    images = walk()
    images[EVENING] = np.rint(images[EVENING] * np.array([0.5, 0.5, 0.55]))
    return images


def panned() -> Images:
    scene = ground(WIDTH + PAN - 1)
    images = np.stack([scene[:, number : number + WIDTH] for number in range(PAN)])
    for number, image in enumerate(images):
        image[block(number)] = (230, 40, 200)
    return images


def panning() -> CameraPath:
    matrices = np.tile(np.eye(3), (PAN, 1, 1))
    matrices[:, 0, 2] = np.arange(PAN)
    residuals, inliers = np.zeros(PAN, np.float32), np.full(PAN, 100, np.int32)
    return CameraPath(matrices, residuals, inliers, "homography", (WIDTH, HEIGHT), (WIDTH + PAN - 1, HEIGHT))


def test_format_1_has_one_threshold_and_no_provenance() -> None:
    background = stillplate.Background.load(DATA / "format-1.npz")

    assert background.threshold == 16.0
    assert len(background.times) == 12
    assert background.times[:3] == (Fraction(1, 25), Fraction(3, 25), Fraction(6, 25))
    assert np.array_equal(background.plate.image, ground())
    assert background.plate.support.min() > 0.5
    assert background.plate.seen.all()
    assert background.plate.provenance.shape == (HEIGHT, WIDTH, 0)
    assert (background.states, background.camera, background.assumptions) == ((), None, None)


def test_masks_of_format_1() -> None:
    background = stillplate.Background.load(DATA / "format-1.npz")

    assert not background.mask(ground()).any()
    assert np.array_equal(background.mask(walk()[12], cleanup="none"), block(place(12)))


def test_format_2_has_states_of_light() -> None:
    background = stillplate.Background.load(DATA / "format-2-states.npz")
    dark = np.rint(ground() * np.array([0.5, 0.5, 0.55]))

    assert len(background.times) == len(background.indices) == FRAMES
    assert background.assumptions is not None
    assert "2 states" in background.assumptions.light.finding
    assert [state.spans for state in background.states] == [
        ((Fraction(0), Fraction(9, 25)), (Fraction(20, 25), Fraction(29, 25))),
        ((Fraction(10, 25), Fraction(19, 25)),),
    ]
    for state, expected in zip(background.states, (ground(), dark), strict=True):
        assert np.array_equal(state.plate.image[~PASSED], expected[~PASSED])
    assert np.array_equal(background.plate.image, ground())
    assert background.light is not None
    assert len(background.light.gains) == FRAMES


def test_masks_in_each_state_of_light() -> None:
    """In the darker state, five samples of ten show the block at some pixels, which its plate keeps."""
    background = stillplate.Background.load(DATA / "format-2-states.npz")
    light, dark = (background.mask(evening()[number], cleanup="none") for number in (5, 15))

    assert np.array_equal(light, block(place(5)))
    assert dark.any()
    assert not dark[~block(place(15))].any()


def test_format_2_has_the_camera() -> None:
    background = stillplate.Background.load(DATA / "format-2-camera.npz")
    path = panning()
    covered = background.plate.support > 0
    wrong = (background.plate.image != ground(WIDTH + PAN - 1)).any(axis=2)

    assert background.camera is not None
    assert background.likelihoods is None
    for name in ("matrices", "residuals", "inliers"):
        assert np.array_equal(getattr(background.camera, name), getattr(path, name))
    for name in ("model", "size", "canvas", "reference", "shots", "skipped"):
        assert getattr(background.camera, name) == getattr(path, name)
    assert covered[2:-2, 2:-2].all()
    assert not background.plate.image[~covered].any()
    assert not wrong[covered & ~PASSED[:, :1]].any()
    assert not wrong[:, 6:-4].any(where=covered[:, 6:-4])  # at either end, only few frames show the ground


def test_masks_along_the_camera() -> None:
    background = stillplate.Background.load(DATA / "format-2-camera.npz")

    assert np.array_equal(background.mask(panned()[8], 8, cleanup="none"), block(8))


@pytest.mark.parametrize("known", [0, 1, 5, PAN])
def test_likelihoods_are_saved_bit_for_bit(known: int, tmp_path: Path) -> None:
    """The last frames have a map, so many; the others have none."""
    random = np.random.default_rng(0)
    maps = [random.random((7, 9), np.float32) if index >= PAN - known else None for index in range(PAN)]
    likelihoods = Likelihoods.of((9, 7), maps, random.exponential(100, (2, len(OCTAVES) + 1)))
    background = replace(stillplate.Background.load(DATA / "format-2-camera.npz"), likelihoods=likelihoods)
    background.save(tmp_path / "pan.npz")
    loaded = stillplate.Background.load(tmp_path / "pan.npz").likelihoods

    assert loaded == likelihoods
    assert loaded is not None
    assert [loaded.at(index) is None for index in range(PAN)] == [one is None for one in maps]


def test_shares_of_motion_are_saved_bit_for_bit(tmp_path: Path) -> None:
    """A file without them has none."""
    old = stillplate.Background.load(DATA / "format-2-camera.npz")
    shares = MotionShares.of([(0.7, 0.2, 0.1, 0.9), None, (0.1, 0.3, 0.6, 0.2)])
    replace(old, motion_shares=shares).save(tmp_path / "pan.npz")
    loaded = stillplate.Background.load(tmp_path / "pan.npz").motion_shares

    assert old.motion_shares is None
    assert loaded is not None
    for name in ("plane", "parallax", "own", "edge"):
        assert getattr(loaded, name).tobytes() == getattr(shares, name).tobytes()


def test_parallax_is_saved_bit_for_bit(tmp_path: Path) -> None:
    """A file without it has none; without any, nothing of it is saved."""
    old = stillplate.Background.load(DATA / "format-2-camera.npz")
    replace(old, parallax=4.7123456789).save(tmp_path / "walk.npz")
    old.save(tmp_path / "pan.npz")

    assert old.parallax == 0
    assert stillplate.Background.load(tmp_path / "walk.npz").parallax == 4.7123456789
    with np.load(tmp_path / "pan.npz") as saved:
        assert "parallax" not in saved


def test_what_loads_is_saved_again_with_the_same_contents(tmp_path: Path) -> None:
    for name in ("format-2-states.npz", "format-2-camera.npz"):
        stillplate.Background.load(DATA / name).save(tmp_path / name)
        with np.load(DATA / name) as before, np.load(tmp_path / name) as after:
            assert sorted(before) == sorted(after)
            assert all(np.array_equal(before[part], after[part]) for part in before)
