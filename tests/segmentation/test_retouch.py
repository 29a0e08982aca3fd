from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.segmentation.retouch import retouch
from stillplate.synthetic import SyntheticClip, street

Mask = npt.NDArray[np.bool_]
WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return street(WIDTH, HEIGHT, frames=40, seed=2, noise=2, walkers=6, vehicles=2, shadows=True)


@pytest.fixture(scope="module")
def background(clip: SyntheticClip) -> stillplate.Background:
    return stillplate.fit(clip)


def grown(mask: Mask, pixels: int) -> Mask:
    size = 2 * pixels + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)), np.bool_)


def ground(level: int = 100) -> npt.NDArray[np.uint8]:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def square_on(image: npt.NDArray[np.uint8], level: int) -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[60:120, 100:160] = True
    image[mask] = level
    return mask


def test_nobody_is_left(clip: SyntheticClip, background: stillplate.Background) -> None:
    """Neither things nor their shadows: every frame is the truth, but for the noise."""
    for index in (5, 20, 35):
        frame = clip.frame(index).image
        error = np.abs(background.clean(frame).astype(int) - clip.plate).mean(axis=2)

        assert (np.abs(frame.astype(int) - clip.plate).mean(axis=2) > 12).mean() > 0.02
        assert (error > 12).mean() < 0.002
        assert error[clip.mask(index)].mean() < 2.5


def test_the_frames_own_pixels_elsewhere(clip: SyntheticClip, background: stillplate.Background) -> None:
    """Bit for bit, noise and all, 6.5 % of the width away from what is marked or shaded, and most of them nearer."""
    frame = clip.frame(20).image
    shaded = cv2.GaussianBlur(clip.plate - frame.astype(np.float32), (0, 0), 2).mean(axis=2) > 1.5
    marked = (background.labels(frame, shadows="label") > 0) | (shaded & (np.arange(HEIGHT) > 60)[:, None])
    same = (background.clean(frame) == frame).all(axis=2)

    assert same[~grown(marked, round(0.065 * WIDTH) + 2)].all()
    assert same[~grown(marked, round(0.025 * WIDTH) + 2)].mean() > 0.9


def test_an_empty_frame_stays() -> None:
    frame = ground()

    assert retouch(frame, ground(90), np.zeros((HEIGHT, WIDTH), np.bool_), np.full((HEIGHT, WIDTH), 16, "f4")) is frame


def test_no_edge_shows() -> None:
    """Frame and plate differ by 6 levels in light: what is laid over the square is of the frame's."""
    frame, thresholds = ground(106), np.full((HEIGHT, WIDTH), 16, np.float32)
    mask = square_on(frame, 220)

    assert np.abs(retouch(frame, ground(100), mask, thresholds).astype(int) - 106).max() <= 1


def test_what_hangs_on_a_thing_goes_too() -> None:
    """A trace 12 levels strong, under the threshold, beside the square goes; one that is apart from it stays."""
    frame, thresholds = ground(), np.full((HEIGHT, WIDTH), 16, np.float32)
    frame[80:100, 155:170] = frame[20:40, 250:270] = 88
    mask = square_on(frame, 220)
    clean = retouch(frame, ground(), mask, thresholds)

    assert np.abs(clean[60:120, 90:180].astype(int) - 100).max() <= 2
    assert np.array_equal(clean[20:40, 250:270], frame[20:40, 250:270])


def soft(image: npt.NDArray[np.uint8], depth: float, column: int, edge: float = 6.0) -> Mask:
    """Draw a shadow with soft edges to the right of a column, and tell where it is."""
    shade = np.zeros((HEIGHT, WIDTH), np.float32)
    shade[95:117, column : column + 60] = depth
    soft_shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), edge))
    image[:] = np.rint(image * (1 - soft_shade[..., None]))
    return np.asarray(soft_shade > 0.03, np.bool_)


def grainy(tint: tuple[int, int, int] = (120, 110, 100)) -> npt.NDArray[np.uint8]:
    return np.asarray(np.random.default_rng(0).normal(tint, 2, (HEIGHT, WIDTH, 3)), np.uint8)


@pytest.mark.parametrize("depth", [0.1, 0.25, 0.4])
def test_the_soft_shadow_goes_with_its_thing(depth: float) -> None:
    """Down to the noise; without, it stays as it is, but for what the thing's own edge takes."""
    frame, plate = grainy(), np.full((HEIGHT, WIDTH, 3), (120, 110, 100), np.uint8)
    thresholds = np.full((HEIGHT, WIDTH), 16, np.float32)
    shadow = soft(frame, depth, 165)
    mask = square_on(frame, 220)
    clean, kept = (
        cv2.GaussianBlur(retouch(frame, plate, mask, thresholds, shadows=shadows).astype(np.float32), (0, 0), 2)
        for shadows in (True, False)
    )

    assert np.abs(clean - plate).mean(axis=2)[shadow].max() < 3
    assert (plate - kept)[106, 180:210].mean() > 60 * depth


def test_a_shadow_below_somebody_who_jumps_goes_too_and_one_far_away_stays() -> None:
    """Five pixels off a square of 60, and fifty."""
    for column, stays in ((169, False), (220, True)):
        frame, plate = grainy(), np.full((HEIGHT, WIDTH, 3), (120, 110, 100), np.uint8)
        shadow = soft(frame, 0.3, column, 2)
        mask = square_on(frame, 220)
        clean = retouch(frame, plate, mask, np.full((HEIGHT, WIDTH), 16, np.float32))

        assert np.array_equal(clean[shadow], frame[shadow]) == stays
        assert stays or np.abs(clean[shadow].mean(axis=0) - (120, 110, 100)).max() < 3


def test_what_is_of_another_hue_is_no_shadow() -> None:
    frame, plate = grainy(), np.full((HEIGHT, WIDTH, 3), (120, 110, 100), np.uint8)
    frame[95:117, 160:260, 0] -= 40
    mask = square_on(frame, 220)
    clean = retouch(frame, plate, mask, np.full((HEIGHT, WIDTH), 60, np.float32))

    assert np.array_equal(clean[97:115, 190:260], frame[97:115, 190:260])


def test_soft_shadows_and_what_is_around_them_stay_outside_the_region() -> None:
    frame, plate = grainy(), np.full((HEIGHT, WIDTH, 3), (120, 110, 100), np.uint8)
    soft(frame, 0.2, 165)
    mask, region = square_on(frame, 220), np.zeros((HEIGHT, WIDTH), np.bool_)
    region[:, :185] = True
    thresholds = np.full((HEIGHT, WIDTH), 60, np.float32)
    clean = retouch(frame, plate, mask, thresholds, region=region)

    assert np.array_equal(clean[:, 185:], frame[:, 185:])
    assert not np.array_equal(clean[:, 175:185], frame[:, 175:185])


def test_a_hole_in_the_mask_is_filled() -> None:
    frame, thresholds = ground(), np.full((HEIGHT, WIDTH), 16, np.float32)
    mask = square_on(frame, 220)
    mask[75:105, 115:145] = False

    assert np.abs(retouch(frame, ground(), mask, thresholds).astype(int) - 100).max() <= 1


def test_where_nothing_is_known_the_frame_stays() -> None:
    """No black of the view leaks into it, nor into the light that is carried on."""
    frame, view, thresholds = ground(104), ground(100), np.full((HEIGHT, WIDTH), 16, np.float32)
    mask, known = square_on(frame, 220), np.ones((HEIGHT, WIDTH), np.bool_)
    known[:, :120] = False
    view[~known] = 0
    clean = retouch(frame, view, mask, thresholds, known)

    assert np.array_equal(clean[:, :120], frame[:, :120])
    assert np.abs(clean[60:120, 126:].astype(int) - 104).max() <= 1
    assert clean.min() >= 103


def test_outside_the_region_everything_stays(clip: SyntheticClip, background: stillplate.Background) -> None:
    frame = clip.frame(20).image
    left = background.within([(0, 0), (99, 0), (99, 179), (0, 179)])
    clean = left.clean(frame)

    assert np.array_equal(clean[:, 100:], frame[:, 100:])
    assert not np.array_equal(clean, frame)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 1), (13, 17)])
def test_odd_sizes(height: int, width: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, height, width, 3), np.uint8)
    background = stillplate.fit(images)

    assert background.clean(images[0], threshold=1, cleanup="none").shape == (height, width, 3)
    everything = np.ones((height, width), np.bool_)
    assert np.array_equal(retouch(images[0], images[1], everything, np.ones((height, width), np.float32)), images[1])


def test_as_a_file(clip: SyntheticClip, background: stillplate.Background, tmp_path: Path) -> None:
    """Beside a mask that leaves shadows out, by its own path only; the frames are the library's."""
    stillplate.render(
        clip, tmp_path / "out", mask=tmp_path / "mask.mkv", clean=tmp_path / "clean.mkv", background=background,
        temporal=False,
    )  # fmt: skip
    with stillplate.open_video(tmp_path / "clean.mkv") as video, stillplate.open_video(tmp_path / "mask.mkv") as masks:
        for frame, written, mask in zip(clip, video, masks, strict=True):
            assert np.array_equal(written.image, background.clean(frame.image))
            assert np.array_equal(mask.image[:, :, 0] > 0, background.mask(frame.image))
            assert set(np.unique(mask.image)) <= {0, 255}
    assert not list((tmp_path / "out").glob("clean*"))


def test_shadows_stay_if_they_are_to(clip: SyntheticClip, tmp_path: Path) -> None:
    """In the file as in the library; the report says so."""
    image, inside = clip.plate.copy(), np.s_[110:140, 145:165]
    image[100:150, 120:180] = np.rint(image[100:150, 120:180] * 0.55)
    image[60:150, 90:125] = (190, 40, 40)
    background = stillplate.Background.from_plate(clip.plate, threshold=16)
    kept = background.clean(image, clean_shadows=False)
    report = stillplate.render(image[None], clean=tmp_path / "clean.mkv", background=background, clean_shadows=False)
    with stillplate.open_video(tmp_path / "clean.mkv") as video:
        assert np.array_equal(next(iter(video)).image, kept)

    assert report.options["clean_shadows"] is False
    assert np.array_equal(kept[inside], image[inside])
    assert np.abs(kept[70:140, 95:120].astype(int) - clip.plate[70:140, 95:120]).mean() < 3
    assert np.abs(background.clean(image)[inside].astype(int) - clip.plate[inside]).mean() < 3
