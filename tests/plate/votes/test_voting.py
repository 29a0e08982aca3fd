"""The vote: each of its ideas alone, and all of them where the majority fails."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from hashlib import sha256

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource, IteratorSource
from stillplate.plate.votes import Rules, Votes, weigh_samples
from stillplate.plate.votes.agreement import Agreement, recurrence_weights
from stillplate.plate.votes.ghosts import contour_evidence, find_ghosts, reweight_ghosts
from stillplate.plate.votes.revote import ground_weights
from stillplate.plate.votes.small_images import estimate_noise
from stillplate.sampling.gather import gather

Images = npt.NDArray[np.uint8]
RULES = Rules()


def error(plate: Images, truth: Images) -> npt.NDArray[np.float64]:
    return np.asarray(np.abs(plate.astype(float) - truth).mean(axis=2))


def ground(height: int, width: int, seed: int = 0) -> Images:
    """A wall with some texture."""
    coarse = (
        np.random.default_rng(seed).integers(90, 170, (max(2, height // 8), max(2, width // 8), 3)).astype(np.uint8)
    )
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def noisy(images: Images, sigma: float = 2.0, seed: int = 0) -> Images:
    noise = np.random.default_rng(seed).normal(0, sigma, images.shape)
    return np.asarray(np.clip(np.rint(images + noise), 0, 255), np.uint8)


@cache
def standing_street(standing: float) -> tuple[synthetic.SyntheticClip, Images]:
    """A street in which a walker stands for a share of the clip, and its images."""
    clip = synthetic.street(width=160, height=96, frames=250, seed=3, standing=standing)
    images = np.stack([frame.image for frame in clip])
    images.setflags(write=False)
    return clip, images


@cache
def standing_plate(standing: float, vote: str) -> stillplate.Plate:
    return stillplate.fit(standing_street(standing)[1], samples=40, vote=vote, masks=False).plate


@pytest.mark.parametrize("standing", [0.6, 0.7])
def test_who_stands_for_most_of_the_clip_is_no_ground(standing: float) -> None:
    """The majority paints him into the plate; the contours give him away."""
    clip, _ = standing_street(standing)
    ours, majority = (error(standing_plate(standing, vote).image, clip.plate) for vote in ("calm", "majority"))

    assert (majority > 20).mean() > 0.003
    assert (ours > 20).mean() < 0.0005
    assert ours.mean() < 2


def test_where_somebody_stood_is_known() -> None:
    """Only where a ghost was convicted; without convictions he stays in the plate."""
    clip, images = standing_street(0.6)
    standing = clip.mask(125) & clip.mask(100)
    with gather(ArraySource(images), 40, neighbours=True) as stack:
        votes, credulous = weigh_samples(stack), weigh_samples(stack, replace(RULES, ghost_rounds=0))

    assert votes.ghost_area[standing].mean() > 0.8
    assert votes.ghost_area.mean() < 0.1
    assert not credulous.ghost_area.any()


@pytest.mark.parametrize(
    "rules",
    [
        Rules(recurrence_power=0),
        Rules(neighbour_scales=()),
        Rules(revote_scales=(), ghost_rounds=0),
        Rules(revote_scales=()),
        Rules(ground_falloff=(64.0, 0.2)),
    ],
)
def test_every_part_can_be_left_out(rules: Rules) -> None:
    with gather(ArraySource(standing_street(0.6)[1][::2]), 24, neighbours=True) as stack:
        votes, whole = weigh_samples(stack, rules), weigh_samples(stack)

    assert ((votes.weights >= 0) & (votes.weights <= 1)).all()
    assert not np.array_equal(votes.weights, whole.weights)


def test_clusters_that_never_join() -> None:
    with gather(ArraySource(leaves(30, 0.3)[0]), 16, neighbours=True) as stack:
        assert weigh_samples(stack, Rules(merge_sigmas=0)).merge == 0
        assert weigh_samples(stack).merge == pytest.approx(4, rel=0.3)


def leaves(frames: int, share: float, seed: int = 0) -> tuple[Images, Images]:
    """A wall, part of it behind leaves that flicker and cover each of its parts for `share` of the time."""
    rng = np.random.default_rng(seed)
    wall = ground(96, 128)
    images = np.repeat(wall[None], frames, axis=0)
    for image in images:
        cover = cv2.resize(rng.random((12, 10)).astype(np.float32), (80, 96), interpolation=cv2.INTER_NEAREST) < share
        colours = np.array([40, 90, 30]) + rng.integers(-30, 31, (24, 20, 1))
        foliage = cv2.resize(colours.astype(np.uint8), (80, 96), interpolation=cv2.INTER_NEAREST)
        image[:, 24:104][cover] = foliage[cover]
    return noisy(images, seed=seed), wall


def test_leaves_that_cover_the_ground_most_of_the_time_are_seen_through() -> None:
    images, wall = leaves(120, 0.65)
    ours, majority = (
        error(stillplate.fit(images, vote=vote, masks=False).plate.image, wall) for vote in ("calm", "majority")
    )

    assert (majority > 20).mean() > 0.3
    assert (ours > 20).mean() < 0.01


def test_a_quiet_pixel_keeps_the_precision_of_all_its_samples(
    street: synthetic.SyntheticClip, street_background: stillplate.Background
) -> None:
    ours, majority = street_background.plate, stillplate.fit(street, vote="majority", masks=False).plate

    assert error(ours.image, street.plate).mean() < 0.7 * error(majority.image, street.plate).mean()
    assert np.median(ours.support) > 0.9


def test_support_is_low_where_the_ground_was_seldom_seen() -> None:
    clip, _ = standing_street(0.6)
    standing = clip.mask(125) & clip.mask(100) & clip.mask(150)
    support = standing_plate(0.6, "calm").support

    assert np.median(support[standing]) < 0.5
    assert np.median(support) > 0.9


PROGRAM = """
import os, cv2
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
cv2.setNumThreads(1)
import stillplate
from tests.plate.votes.test_voting import digest, leaves
print(digest(stillplate.fit(leaves(40, 0.5)[0], masks=False).plate))
"""


def digest(plate: stillplate.Plate) -> str:
    return sha256(plate.image.tobytes() + plate.support.tobytes() + plate.noise.tobytes()).hexdigest()


def test_same_input_gives_the_same_bytes_for_any_memory_and_thread_count() -> None:
    """One thread: in a process of its own, held to one processor."""
    images, _ = leaves(40, 0.5)
    alone = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert alone.returncode == 0, alone.stderr
    for memory in (2**30, 64 * 128 * 3 * 7):
        assert digest(stillplate.fit(images, memory=memory, masks=False).plate) == alone.stdout.strip()


@pytest.mark.parametrize("frames", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 3), (15, 200), (37, 53)])
def test_short_clips_of_any_size_have_a_plate(frames: int, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(frames).integers(0, 256, (frames, *shape, 3), np.uint8)
    plate = stillplate.fit(random).plate
    constant = stillplate.fit(np.full_like(random, 77)).plate

    assert plate.image.shape == (*shape, 3)
    assert ((plate.support > 0) & (plate.support <= 1)).all()
    assert (constant.image == 77).all()
    assert (constant.support == 1).all()


def test_grey_and_iterators_are_taken() -> None:
    images, _ = leaves(30, 0.3)
    grey, passing, whole = (
        stillplate.fit(source, masks=False).plate for source in (images[..., 0], iter(images), images)
    )

    assert (grey.image == grey.image[..., :1]).all()
    assert (passing.image == whole.image).all()


def test_the_vote_needs_small_pictures(walkers: Images) -> None:
    with gather(ArraySource(walkers), 8) as stack, pytest.raises(ParameterError, match="neighbours=True"):
        weigh_samples(stack)


def test_importing_takes_no_opencv() -> None:
    program = "import sys, stillplate; assert 'cv2' not in sys.modules"

    subprocess.run([sys.executable, "-c", program], check=True)


def numbered(frames: int) -> Images:
    return np.repeat(np.arange(frames, dtype=np.uint8), 5 * 7 * 3).reshape(frames, 5, 7, 3)


@pytest.mark.parametrize("frames", [2, 3, 30, 200])
@pytest.mark.parametrize("seed", range(6))
def test_neighbours_are_the_frames_before(frames: int, seed: int) -> None:
    """The one after for the first frame; from a source of known length as from one that only passes."""
    for source in (ArraySource(numbered(frames)), IteratorSource(iter(numbered(frames)))):
        plain = gather(ArraySource(numbered(frames)), 12, seed=seed)
        with gather(source, 12, seed=seed, neighbours=True) as stack:
            assert stack.small is not None
            assert stack.small_neighbours is not None
            assert stack.small[:, 0, 0, 0].tolist() == list(stack.indices)
            assert stack.small_neighbours[:, 0, 0, 0].tolist() == [i - 1 if i else 1 for i in stack.indices]
            if isinstance(source, ArraySource):
                assert stack.indices == plain.indices
        assert plain.small is None


def test_small_pictures_are_means() -> None:
    images = np.zeros((2, 4, 320, 3), np.uint8)
    images[:, :, ::2] = 100
    with gather(ArraySource(images), 2, neighbours=True) as stack:
        assert stack.small is not None
        assert stack.small.shape == (2, 2, 160, 3)
        assert (stack.small == 50).all()


def test_noise_is_measured_behind_leaves() -> None:
    images, _ = leaves(64, 0.5)
    quiet = noisy(np.repeat(ground(96, 128)[None], 64, axis=0), sigma=4)

    assert estimate_noise(images[1:], images[:-1]) == pytest.approx(2, rel=0.3)
    assert estimate_noise(quiet[1:], quiet[:-1]) == pytest.approx(4, rel=0.3)


def test_what_recurs_has_the_votes() -> None:
    """Five of twelve samples show the wall, the others something new each."""
    images = np.random.default_rng(1).integers(0, 256, (12, 16, 20, 3), np.uint8)
    images[::3] = images[11] = ground(16, 20)
    weights = recurrence_weights(Agreement(images, 1.0, RULES), RULES)

    assert weights[::3].min() > 0.9
    assert weights[11].min() > 0.9
    assert weights[[1, 2, 4, 5, 7, 8, 10]].max() < 0.01


def test_the_ground_grows_to_where_it_is_seldom_seen() -> None:
    """A nearly black curtain is drawn to a random column: at its far end some shade is seen as often as the wall.

    Who shows the wall next to it decides there.
    """
    rng = np.random.default_rng(1)
    wall = ground(48, 80)
    images = np.repeat(wall[None], 40, axis=0)
    for image in images:
        image[:, rng.integers(16, 84) :] = rng.integers(0, 8)
    shows = (images == wall).all(axis=3)

    def share_right(rules: Rules) -> float:
        weights = recurrence_weights(Agreement(noisy(images), 2.0, rules), rules)
        return float(np.take_along_axis(shows, weights.argmax(axis=0)[None], axis=0).mean())

    assert share_right(Rules(neighbour_scales=())) < 0.96
    assert share_right(RULES) > 0.99


def test_contours_tell_whose_thing_it_is() -> None:
    wall = ground(60, 80)
    with_box = wall.copy()
    with_box[20:40, 30:50] = (20, 20, 200)
    ghost, differs = contour_evidence(wall, with_box, 15.0)
    thing, _ = contour_evidence(with_box, wall, 15.0)
    same, nothing = contour_evidence(wall, wall, 15.0)

    assert differs[30, 40]
    assert ghost[30, 40] > 0.6
    assert thing[30, 40] < -0.6
    assert ghost[5, 5] == thing[5, 5] == 0
    assert not same.any()
    assert not nothing.any()


def test_ghosts_are_found_and_laid() -> None:
    wall = ground(60, 80)
    images = np.repeat(wall[None], 20, axis=0)
    images[6:, 20:40, 30:50] = (20, 20, 200)
    plate = images[10]
    ghosts = find_ghosts(noisy(images), plate, Agreement(images, 2.0, RULES), 2.0, RULES)
    ghost_area = np.zeros((60, 80), np.bool_)
    weights = reweight_ghosts(ghosts, np.ones(ghosts.shape, np.float32), ghost_area)

    assert ghosts[:6, 22:38, 32:48].all()
    assert not ghosts[6:].any()
    assert not ghosts[:, :15].any()
    assert ghost_area[30, 40]
    assert not ghost_area[5, 5]
    assert (weights[:6, 30, 40] == 1).all()
    assert (weights[6:, 30, 40] < 0.01).all()


def test_samples_that_show_the_ground_count_whole() -> None:
    wall = ground(60, 80)
    images = np.repeat(wall[None], 10, axis=0)
    images[7:, 20:40, 30:50] = (20, 20, 200)
    weights = ground_weights(noisy(images), wall, np.zeros((60, 80), np.bool_), RULES)

    assert weights[:7].min() > 0.99
    assert weights[7:, 30, 40].max() < 0.05


def test_bands_of_votes_fit_together() -> None:
    weights = np.random.default_rng(0).random((3, 6, 9), np.float32)
    vote = Votes(weights, weights.mean(axis=0), 2.0, np.zeros((6, 9), np.bool_), weights[0] > 0.5, 4.0)
    whole, support = vote.rows(slice(0, 40), 40, 61)
    parts = [vote.rows(slice(top, min(top + 7, 40)), 40, 61) for top in range(0, 40, 7)]

    assert whole.shape == (3, 40, 61)
    assert (np.concatenate([part for part, _ in parts], axis=1) == whole).all()
    assert (np.concatenate([part for _, part in parts], axis=0) == support).all()
    assert np.abs(whole - np.stack([cv2.resize(w, (61, 40)) for w in weights])).max() < 1e-5


def test_seen_is_that_of_the_small_pixel() -> None:
    seen = np.array([[True, False], [False, False]])
    vote = Votes(np.ones((2, 2, 2), np.float32), np.ones((2, 2), np.float32), 2.0, ~seen, seen, 4.0)

    assert vote.seen_rows(slice(0, 3), 6, 5).tolist() == [[True, True, True, False, False]] * 3
    assert not vote.seen_rows(slice(3, 6), 6, 5).any()
