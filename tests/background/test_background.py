from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError, VideoOpenError


def test_plate_of_the_street_is_the_true_one(
    street: synthetic.SyntheticClip, street_background: stillplate.Background
) -> None:
    """The k-means plate of a noisy clip comes within the noise of the truth, and better than any one frame."""
    plate = street_background.plate
    error = np.abs(plate.image.astype(int) - street.plate.astype(int)).mean(axis=2)

    assert error.mean() < 2
    assert (error > 20).mean() < 0.01
    assert plate.support.min() >= 0 and plate.support.max() <= 1
    assert 0.3 < np.median(plate.noise) < 4


def test_masks_of_the_street_are_the_true_ones(
    street: synthetic.SyntheticClip, street_background: stillplate.Background
) -> None:
    hit = wrong = missed = 0
    for frame in street:
        mask, truth = street_background.mask(frame.image), street.mask(frame.index)
        hit += int((mask & truth).sum())
        wrong += int((mask & ~truth).sum())
        missed += int((~mask & truth).sum())

    assert 2 * hit / (2 * hit + wrong + missed) > 0.85


def test_all_ways_in_give_the_same_background(walkers: np.ndarray, tmp_path: Path) -> None:
    """Array, iterator and a folder of PNGs of the same frames."""
    for index, image in enumerate(walkers):
        stillplate.write_image(tmp_path / f"walk{index}.png", image)
    array, iterator, folder = (stillplate.fit(source).plate for source in (walkers, iter(walkers), tmp_path))

    assert np.array_equal(array.image, iterator.image)
    assert np.array_equal(array.image, folder.image)
    assert (array.image == 90).all()


def test_grey_arrays_are_taken(walkers: np.ndarray) -> None:
    assert stillplate.fit(walkers[:, :, :, 0]).plate.image.shape == (24, 32, 3)


def test_memory_changes_no_byte(street_mp4: Path) -> None:
    """Kept whole or spilled and read band by band."""
    whole, spilled = (
        stillplate.fit(street_mp4, samples=30, memory=memory, masks=False) for memory in (2**30, 30 * 160 * 3 * 7)
    )

    assert np.array_equal(whole.plate.image, spilled.plate.image)
    assert np.array_equal(whole.plate.support, spilled.plate.support)
    assert np.array_equal(whole.plate.noise, spilled.plate.noise)


def test_seed_decides(street: synthetic.SyntheticClip) -> None:
    one, same, other = (stillplate.fit(street, samples=10, seed=seed, masks=False) for seed in (1, 1, 2))

    assert np.array_equal(one.plate.image, same.plate.image)
    assert one.times == same.times != other.times


def test_saved_background_comes_back_bit_for_bit(walkers: np.ndarray, tmp_path: Path) -> None:
    background = stillplate.fit(walkers, samples=7)
    background.save(tmp_path / "lab.npz")
    loaded = stillplate.Background.load(tmp_path / "lab.npz")

    assert loaded.times == background.times
    assert loaded.threshold == background.threshold
    assert loaded.shakes == background.shakes
    assert np.array_equal(loaded.noise.level, background.noise.level)
    assert background.noise.colour is not None
    assert np.array_equal(np.asarray(loaded.noise.colour), background.noise.colour)
    assert isinstance(loaded.times[1], Fraction)
    for name in ("image", "support", "noise", "seen", "provenance"):
        assert np.array_equal(getattr(loaded.plate, name), getattr(background.plate, name))


@pytest.mark.parametrize("content", [b"", b"not a background", b"PK\x03\x04 cut"])
def test_load_refuses_what_save_did_not_write(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.npz"
    path.write_bytes(content)

    with pytest.raises(VideoOpenError, match="holds no background"):
        stillplate.Background.load(path)


def test_load_of_foreign_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))

    with pytest.raises(VideoOpenError, match="holds no background"):
        stillplate.Background.load(tmp_path / "other.npz")
    with pytest.raises(VideoOpenError, match="cannot be read"):
        stillplate.Background.load(tmp_path / "missing.npz")


def test_weights_and_threshold_by_hand() -> None:
    """D = 1/4 · 40 + 1/2 · 20 + 1/4 · 8 = 22 for one frame and its plate."""
    images = np.full((3, 1, 2, 3), 100, np.uint8)
    background = stillplate.fit(images)
    image = np.array([[[140, 80, 108], [100, 100, 100]]], np.uint8)

    assert stillplate.difference(image, background.plate.image, (1, 2, 1)).tolist() == [[22.0, 0.0]]
    assert background.mask(image, threshold=21.9, weights=(1, 2, 1), cleanup="none").tolist() == [[True, False]]
    assert background.mask(image, threshold=22, weights=(1, 2, 1), cleanup="none").tolist() == [[False, False]]
    assert background.foreground(image, threshold=10, cleanup="none").tolist() == [[[140, 80, 108], [0, 0, 0]]]
    assert background.cutout(image, threshold=10, cleanup="none").tolist() == [[[140, 80, 108, 255], [0, 0, 0, 0]]]


@pytest.mark.parametrize("threshold", [-1.0, float("nan"), float("inf")])
def test_threshold_out_of_range(walkers: np.ndarray, threshold: float) -> None:
    with pytest.raises(ParameterError, match="threshold"):
        stillplate.fit(walkers).mask(walkers[0], threshold=threshold)


@pytest.mark.parametrize("weights", [(0, 0, 0), (1, -1, 1), (1, float("nan"), 1), (1, 1)])
def test_weights_out_of_range(walkers: np.ndarray, weights: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="weights"):
        stillplate.fit(walkers).mask(walkers[0], weights=weights)


@pytest.mark.parametrize("clusters", [0, 9, -2])
def test_clusters_out_of_range(walkers: np.ndarray, clusters: int) -> None:
    with pytest.raises(ParameterError, match="clusters"):
        stillplate.fit(walkers, clusters=clusters)
    with pytest.raises(ParameterError, match="clusters"):  # before the clip is opened
        stillplate.fit("no clip.mp4", clusters=clusters)


def test_unknown_vote(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="vote is 'best'"):
        stillplate.fit(walkers, vote="best")


def test_frame_of_another_size(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"\(10, 10, 3\).*\(24, 32, 3\)"):
        stillplate.fit(walkers).mask(np.zeros((10, 10, 3), np.uint8))


def test_opencv_face(walkers: np.ndarray) -> None:
    """BGR in, 0 and 255 out, the given buffer filled."""
    background = stillplate.fit(walkers)
    subtractor = stillplate.BackgroundSubtractor(background)
    buffer = np.zeros((24, 32), np.uint8)
    mask = subtractor.apply(walkers[4][:, :, ::-1], buffer, 0.1)

    assert mask is buffer
    assert np.array_equal(mask == 255, background.mask(walkers[4]))
    assert np.array_equal(subtractor.getBackgroundImage(), background.plate.image[:, :, ::-1])


def test_source_stays_open_for_its_owner(street_mp4: Path) -> None:
    with stillplate.open_video(street_mp4) as video:
        stillplate.fit(video, samples=5)

        assert sum(1 for _ in video) == 60


def test_start_and_end_limit_the_samples(walkers: np.ndarray) -> None:
    background = stillplate.fit(walkers, start=0.2, end=Fraction(1, 2))

    assert background.times == tuple(Fraction(index, 25) for index in range(5, 13))


def test_roi_limits_the_masks_and_is_kept(walkers: np.ndarray, tmp_path: Path) -> None:
    """The block reaches from column 4 to 9; the region ends after column 6. The plate stays whole."""
    whole = stillplate.fit(walkers)
    background = stillplate.fit(walkers, roi=[(0, 0), (6, 0), (6, 23), (0, 23)])
    background.save(tmp_path / "roi.npz")
    inside = np.arange(32) <= 6

    assert background.roi is not None
    assert np.array_equal(background.roi, np.broadcast_to(inside, (24, 32)))
    assert np.array_equal(background.plate.image, whole.plate.image)
    for limited in (background, whole.within(background.roi), stillplate.Background.load(tmp_path / "roi.npz")):
        assert np.array_equal(limited.mask(walkers[4]), whole.mask(walkers[4]) & inside)
        assert limited.mask(walkers[4], cleanup="none").sum() == 6 * 3
        assert not limited.foreground(walkers[4])[:, 7:].any()
        assert limited.within(None).roi is None


def test_roi_that_is_none(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="roi is empty"):
        stillplate.fit(walkers, roi=np.zeros((24, 32), np.bool_))
    with pytest.raises(ParameterError, match="the mask of roi is 5x5, but the picture is 32x24"):
        stillplate.fit(walkers).within(np.ones((5, 5), np.bool_))


def test_outside_plate_by_hand() -> None:
    """At the left pixel 3 of 4 samples are near, 1, 2 and 2 levels off in each channel; at the right one none is."""
    images = np.full((4, 1, 2, 3), 100, np.uint8)
    images[:, 0, 0] = np.array([101, 98, 102, 180])[:, None]
    plate = np.array([[[100, 100, 100], [0, 0, 0]]], np.uint8)
    background = stillplate.Background.from_plate(plate, images)

    assert np.array_equal(background.plate.image, plate)
    assert background.plate.support.tolist() == [[0.75, 0.0]]
    assert background.plate.noise == pytest.approx(np.full((1, 2), 3**0.5))  # sqrt((1 + 4 + 4) / 3)
    assert len(background.times) == 4


def test_outside_plate_finds_the_noise_of_the_clip(street: synthetic.SyntheticClip, tmp_path: Path) -> None:
    """The street's noise is 2 levels; walkers and cars do not count."""
    stillplate.write_image(tmp_path / "plate.png", street.plate)
    for plate in (street.plate, tmp_path / "plate.png", str(tmp_path / "plate.png")):
        background = stillplate.Background.from_plate(plate, street, memory=64 * 160 * 3 * 7)

        assert np.array_equal(background.plate.image, street.plate)
        assert np.median(background.plate.noise) == pytest.approx(2, abs=0.1)
        assert np.quantile(background.plate.noise, 0.99) < 6
        assert np.median(background.plate.support) > 0.9


def test_outside_plate_heeds_span_and_exclusion() -> None:
    images = np.full((50, 8, 8, 3), 100, np.uint8)
    images[:25] = 110
    images[25:, :, :4] = 104
    exclude = stillplate.Exclusion([(0, 0), (3, 0), (3, 7), (0, 7)], end=1)
    late, told = (
        stillplate.Background.from_plate(np.full((8, 8, 3), 100, np.uint8), images, start=start, exclude=regions).plate
        for start, regions in ((1, None), (None, exclude))
    )

    assert (late.noise[:, :4] == 4).all() and (late.noise[:, 4:] == 0).all()
    assert told.noise[:, :4].max() < told.noise[:, 4:].min()
    assert (told.support == 1).all()


def test_outside_plate_with_a_threshold_needs_no_sample(walkers: np.ndarray, tmp_path: Path) -> None:
    plate = np.full((24, 32), 90, np.uint8)
    background = stillplate.Background.from_plate(plate, threshold=30)
    background.save(tmp_path / "plate.npz")

    assert background.times == stillplate.Background.load(tmp_path / "plate.npz").times == ()
    assert background.mask(walkers[4], cleanup="none").sum() == 36
    assert stillplate.Background.from_plate(plate, iter(walkers), threshold=30).times == ()


def test_outside_plate_that_does_not_fit(walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="the plate is 9x8, but array is 32x24: a plate of the clip's size"):
        stillplate.Background.from_plate(np.zeros((8, 9, 3), np.uint8), walkers)
    with pytest.raises(ParameterError, match="neither a source nor a threshold"):
        stillplate.Background.from_plate(np.zeros((8, 9, 3), np.uint8))
    with pytest.raises(ParameterError, match="the plate has dtype float64"):
        stillplate.Background.from_plate(np.zeros((24, 32, 3)), walkers)  # type: ignore[arg-type]  # what the test is about
    with pytest.raises(VideoOpenError, match=r"none\.png"):
        stillplate.Background.from_plate("none.png", walkers)
