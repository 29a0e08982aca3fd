from __future__ import annotations

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import ParameterError
from stillplate.io.source import FrameSource
from stillplate.synthetic import SyntheticClip, street


def grown(mask: npt.NDArray[np.bool_], pixels: int = 2) -> npt.NDArray[np.bool_]:
    size = 2 * pixels + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)), np.bool_)


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return street(160, 90, frames=40, seed=3, noise=0, walkers=4, vehicles=2)


def test_is_a_frame_source(clip: SyntheticClip) -> None:
    assert isinstance(clip, FrameSource)
    assert (clip.info.width, clip.info.height, clip.info.frames) == (160, 90, 40)


def test_frames_are_numbered_and_timed(clip: SyntheticClip) -> None:
    frames = list(clip)

    assert [frame.index for frame in frames] == list(range(40))
    assert frames[5].time == Fraction(1, 5)
    assert all(frame.image.shape == (90, 160, 3) and frame.image.dtype == np.uint8 for frame in frames)


def test_starts_again(clip: SyntheticClip) -> None:
    assert np.array_equal(next(iter(clip)).image, next(iter(clip)).image)


def test_take_is_what_iteration_gives() -> None:
    noisy = street(64, 36, frames=12)
    every = [frame.image for frame in noisy]

    taken = list(noisy.take([0, 7, 11, 12, 99]))

    assert [frame.index for frame in taken] == [0, 7, 11]
    assert all(np.array_equal(frame.image, every[frame.index]) for frame in taken)


def test_the_frame_is_the_plate_where_nobody_is(clip: SyntheticClip) -> None:
    for index in (0, 13, 39):
        empty = ~grown(clip.mask(index))

        assert empty.any()
        assert np.array_equal(clip.frame(index).image[empty], clip.plate[empty])


def test_the_frame_is_not_the_plate_where_somebody_is(clip: SyntheticClip) -> None:
    for index in (0, 13, 39):
        mask = clip.mask(index)
        difference = np.abs(clip.frame(index).image.astype(int) - clip.plate).max(axis=2)

        assert 0.002 < mask.mean() < 0.4
        assert (difference[mask] > 10).mean() > 0.9


def test_every_pixel_is_empty_in_most_frames() -> None:
    """So that the majority vote can find the plate."""
    shares = np.mean([street(160, 90, frames=150).mask(index) for index in range(0, 150, 5)], axis=0)

    assert shares.max() < 0.5
    assert (shares > 0).mean() > 0.3


def test_same_seed_same_bytes() -> None:
    first, second, other = (street(64, 36, frames=3, seed=seed) for seed in (5, 5, 6))

    assert np.array_equal(first.frame(2).image, second.frame(2).image)
    assert not np.array_equal(first.frame(2).image, other.frame(2).image)


def test_noise_is_as_strong_as_asked() -> None:
    quiet, noisy = (street(320, 180, frames=2, noise=noise, walkers=0, vehicles=0) for noise in (0.0, 4.0))
    inside = (quiet.plate > 20) & (quiet.plate < 235)  # where it is not clipped

    grain = (noisy.frame(1).image.astype(int) - quiet.frame(1).image)[inside]

    assert grain.mean() == pytest.approx(0, abs=0.1)
    assert grain.std() == pytest.approx(4.0, abs=0.1)
    assert not np.array_equal(noisy.frame(0).image, noisy.frame(1).image)


def test_chroma_noise_keeps_the_brightness() -> None:
    still = street(160, 90, frames=1, noise=0, chroma_noise=5, walkers=0, vehicles=0)
    inside = ((still.plate > 30) & (still.plate < 225)).all(axis=2)

    grain = (still.frame(0).image.astype(float) - still.plate)[inside]

    assert grain.std() > 1
    assert np.abs(grain.mean(axis=1)).max() < 1.01


def test_the_first_walker_stands() -> None:
    """Half of the clip: in frames 10 to 29 the mask does not change; before and after it does."""
    still = street(160, 90, frames=40, noise=0, walkers=1, vehicles=0, standing=0.5)

    assert still.mask(10).any()
    assert np.array_equal(still.mask(11), still.mask(29))
    assert not np.array_equal(still.mask(5), still.mask(6))
    assert not np.array_equal(still.mask(34), still.mask(36))


def test_motion_is_finer_than_a_pixel() -> None:
    walker = street(160, 90, frames=8, noise=0, walkers=1, vehicles=0, standing=1.0)
    moving = street(160, 90, frames=8, noise=0, walkers=1, vehicles=0)

    assert np.array_equal(walker.frame(3).image, walker.frame(4).image)
    assert not np.array_equal(moving.frame(3).image, moving.frame(4).image)


def test_shadows_darken_and_are_no_foreground() -> None:
    plain, shaded = (street(160, 90, frames=1, seed=3, noise=0, shadows=shadows) for shadows in (False, True))
    background = ~grown(plain.mask(0))

    change = shaded.frame(0).image.astype(int)[background] - plain.frame(0).image[background]

    assert np.array_equal(plain.mask(0), shaded.mask(0))
    assert change.max() <= 0
    assert change.min() < -15


def test_light() -> None:
    """A gain for each channel, in every frame its own; the plate keeps its light."""
    clip = street(64, 36, frames=2, noise=0, walkers=0, vehicles=0, light=lambda index: (1, 0.5, 0) if index else 1)

    assert np.array_equal(clip.frame(0).image, clip.plate)
    assert np.array_equal(clip.frame(1).image[:, :, 0], clip.plate[:, :, 0])
    assert np.array_equal(clip.frame(1).image[:, :, 1], np.rint(clip.plate[:, :, 1] * 0.5))
    assert not clip.frame(1).image[:, :, 2].any()


def test_camera() -> None:
    """A pan by whole pixels shows a part of the plate, and of the mask."""

    def pan(index: int) -> npt.NDArray[Any]:
        return np.array([[1, 0, 5 * index], [0, 1, 2 * index], [0, 0, 1]])

    still = street(160, 90, frames=4, noise=0)
    panned = street(160, 90, frames=4, noise=0, camera=pan, size=(96, 64))

    assert (panned.info.width, panned.info.height) == (96, 64)
    assert panned.plate.shape == (90, 160, 3)
    assert np.array_equal(panned.frame(3).image, still.frame(3).image[6:70, 15:111])
    assert np.array_equal(panned.mask(3), still.mask(3)[6:70, 15:111])
    assert np.array_equal(panned.transform(3), pan(3))
    assert np.array_equal(still.transform(3), np.eye(3))


@pytest.mark.parametrize(("width", "height"), [(16, 16), (33, 17), (17, 61), (201, 35)])
def test_odd_sizes(width: int, height: int) -> None:
    clip = street(width, height, frames=2, shadows=True)

    assert clip.frame(1).image.shape == (height, width, 3)
    assert clip.mask(1).shape == (height, width)


def test_nobody() -> None:
    assert not street(64, 36, frames=1, walkers=0, vehicles=0).mask(0).any()


def test_close_twice() -> None:
    with street(16, 16, frames=1) as clip:
        clip.close()


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="15x16"):
        street(15, 16)
    with pytest.raises(ParameterError, match="frames is 0"):
        street(16, 16, frames=0)
    with pytest.raises(ParameterError, match="standing is 2"):
        street(16, 16, standing=2)
    with pytest.raises(ParameterError, match="noise is -1"):
        street(16, 16, noise=-1)
    with pytest.raises(ParameterError, match="no frame 3"):
        street(16, 16, frames=3).frame(3)


def test_who_is_seen_is_where_the_mask_is(clip: SyntheticClip) -> None:
    for index in (0, 20, 39):
        owners = clip.owners(index)

        assert (owners > 0)[clip.mask(index)].mean() > 0.9
        assert clip.mask(index)[owners > 0].all()


def test_each_pass_is_somebody_new() -> None:
    """Of one vehicle, which comes again and again."""
    clip = street(160, 90, frames=400, walkers=0, vehicles=1, noise=0)
    seen = [set(np.unique(clip.owners(index)).tolist()) - {0} for index in range(0, 400, 5)]

    assert sorted(set().union(*seen)) == list(range(1, len(set().union(*seen)) + 1))
    assert len(set().union(*seen)) > 1
    assert all(len(one) <= 1 for one in seen)


def test_who_is_seen_by_a_camera_that_moves() -> None:
    def still(index: int) -> npt.NDArray[np.float64]:
        return np.array([[1.0, 0, 10], [0, 1, 5], [0, 0, 1]])

    whole = street(160, 90, frames=3, seed=3, noise=0)
    part = street(160, 90, frames=3, seed=3, noise=0, camera=still, size=(120, 70))

    assert np.array_equal(part.owners(1), whole.owners(1)[5:75, 10:130])
