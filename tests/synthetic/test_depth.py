from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import ParameterError
from stillplate.io.source import FrameSource
from stillplate.synthetic import DepthClip, park
from stillplate.synthetic.actors import Path
from stillplate.synthetic.depth import DeepScene, Player
from stillplate.synthetic.rig import Plane, Rig
from stillplate.synthetic.wardrobe import dressed

SIZE, FRAMES = (128, 72), 24


def drawn(**options: Any) -> DepthClip:
    return park(*SIZE, **{"frames": FRAMES, "noise": 0, **options})


def warped(image: npt.NDArray[Any], matrix: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return np.asarray(cv2.warpPerspective(image, matrix, SIZE, flags=cv2.INTER_LINEAR))


def shrunk(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """A mask without its edge, and without that of the picture."""
    return np.asarray(cv2.erode(np.pad(mask, 1).astype(np.uint8), np.ones((5, 5), np.uint8))[1:-1, 1:-1], np.bool_)


def paths(clip: DepthClip, surface: int) -> npt.NDArray[np.float64]:
    """From a frame of a camera that looks straight ahead, how far a surface is shifted from the first to the last."""
    shift = np.linalg.inv(clip.transform(FRAMES - 1, surface)) @ clip.transform(0, surface)
    return np.asarray(shift[:2, 2])


def test_a_rig_by_hand() -> None:
    """A metre to the right moves a plane 5 metres away by 100 / 5 pixels, and the ground 4 metres away by 100 / 4."""
    rig = Rig(101, 80, 100.0, 0.50625, lambda time: (time, 0.0), lambda time: 0.0, lambda time: np.eye(3))
    wall, ground = rig.seen(Plane((0, 0, 1), 5.0), 1.0), rig.seen(Plane((0, 1, 0), 1.6), 1.0)

    assert rig.middle == (50, 40)
    assert (wall @ (0, 0, 1)).round(9).tolist() == [50 - 20, 40, 1]
    assert (ground @ (0, 40, 1)).round(9).tolist() == [50 - 25, 40 + 40, 1]


def test_a_walker_who_stands_moves_as_the_layer_at_its_depth() -> None:
    rig = Rig(
        *SIZE, 110.0, 0.4, lambda time: (0.2 * time, 0.02 * time), lambda time: 0.03 * time, lambda time: np.eye(3)
    )
    walker = Player(dressed(Path(0.5, 0.3, 0.0, 1e9), np.random.default_rng(0)), 6.0)
    scene, plane = DeepScene(rig, (), (walker,)), Plane((0, 0, 1), 6.0)
    before, after = (scene.compose(time)[1] for time in (0.0, 4.0))
    moved = warped(before, rig.seen(plane, 4.0) @ np.linalg.inv(rig.seen(plane, 0.0)))
    middles = [np.average(np.indices(cover.shape), axis=(1, 2), weights=cover) for cover in (before, moved, after)]

    assert np.allclose(middles[1], middles[2], atol=0.05)
    assert np.abs(middles[0] - middles[2]).max() > 2
    assert moved.sum() == pytest.approx(after.sum(), rel=0.04)  # edges are drawn anew


@pytest.fixture(scope="module")
def walk() -> DepthClip:
    return drawn(seed=3, motion="walk", travel=1.5, posts=8, walkers=3, shake=0.5)


@pytest.fixture(scope="module")
def follow() -> DepthClip:
    return drawn(seed=8, motion="follow", travel=1.0, posts=0, walkers=1)


def test_is_a_frame_source(walk: DepthClip) -> None:
    frames = list(walk.take([0, 23, 24]))

    assert isinstance(walk, FrameSource)
    assert (walk.info.width, walk.info.height, walk.info.frames) == (*SIZE, FRAMES)
    assert [frame.index for frame in frames] == [0, 23]
    assert [frame.image.shape for frame in frames] == [(72, 128, 3)] * 2
    assert np.array_equal(next(iter(walk)).image, frames[0].image)


@pytest.mark.parametrize("shutter", [0.0, 0.5])
def test_the_frame_is_the_view_where_nobody_is(shutter: float) -> None:
    clip = drawn(seed=1, walkers=4, vehicles=1, shutter=shutter)
    assert np.array_equal(clip.mask(12), clip.coverage(12) > 0.5)
    for index in (3, 12):
        image, view, cover = clip.frame(index).image.astype(int), clip.view(index), clip.coverage(index)

        assert np.array_equal(image[cover == 0], view[cover == 0])
        assert np.abs(image - view).max(axis=2)[cover > 0.5].mean() > 20


def test_each_layer_is_where_its_homography_says(walk: DepthClip) -> None:
    """The view of one frame, warped as a layer moves, is the view of another one wherever both show the layer."""
    first, last = 8, 15
    numbers = walk.surface(first), walk.surface(last)
    seen = 0
    for number in range(len(walk.names)):
        matrix = np.linalg.inv(walk.transform(last, number)) @ walk.transform(first, number)
        both = shrunk(warped((numbers[0] == number).astype(np.uint8), matrix) > 0) & shrunk(numbers[1] == number)
        if both.sum() < 40:
            continue
        seen += 1
        difference = np.abs(warped(walk.view(first), matrix).astype(int) - walk.view(last))[both]

        assert difference.mean() < 4
        if number > 1:
            stuck = np.abs(walk.view(first).astype(int) - walk.view(last))[both]
            assert difference.mean() < 0.5 * stuck.mean()
    assert seen >= 4


def test_layers_move_by_the_inverse_of_their_depth() -> None:
    """By focal · b / Z: shifts times depths are the same; the ground is sheared, and stays at the horizon."""
    clip = drawn(seed=3, motion="walk", travel=1.5, posts=8, shake=0.0)
    shifts = np.array([paths(clip, number) for number in range(len(clip.names))])
    upright = [number for number, name in enumerate(clip.names) if name != "ground"]

    products = np.abs(shifts[upright, 0]) * np.array(clip.depths)[upright]

    assert clip.names[1] == "ground"
    assert np.allclose(products, products[0])
    assert 0.75 * SIZE[0] * 1.5 < products[0] < 1.25 * SIZE[0] * 1.5  # the focal length is 0.75 to 1.25 widths


def test_parallax_is_the_shift_past_the_farthest_layer() -> None:
    clip = drawn(seed=3, motion="walk", travel=1.5, posts=8, shake=0.0)
    parallax, numbers = clip.parallax(FRAMES - 1), clip.surface(FRAMES - 1)
    for number in set(np.unique(numbers).tolist()) - {1}:
        expected = np.hypot(*(paths(clip, number) - paths(clip, 0)))

        assert np.allclose(parallax[numbers == number], expected, rtol=1e-5)
    ground = np.where(numbers == 1, parallax, np.nan)[:, numbers[-1] == 1].max(axis=1)
    ground = ground[np.isfinite(ground)]

    assert parallax.dtype == np.float32
    assert clip.parallax(FRAMES - 1, other=FRAMES - 1).max() < 1e-6
    assert (np.diff(ground) > 0).all()  # the nearer, the more


@pytest.mark.parametrize("options", [{"motion": "turn", "sweep": 30.0}, {"motion": "stand", "shake": 3.0}])
def test_a_camera_that_stays_has_no_parallax(options: dict[str, Any]) -> None:
    """All layers move alike, though they do move."""
    clip = drawn(seed=2, posts=6, **options)
    moves = [np.linalg.inv(clip.transform(20, number)) @ clip.transform(3, number) for number in range(len(clip.names))]

    assert clip.parallax(20, 3).max() < 1e-6
    assert all(np.allclose(move, moves[0]) for move in moves)
    assert not np.array_equal(clip.view(20), clip.view(3))


def test_posts_hide_walkers() -> None:
    hidden = 0
    clear, behind = (drawn(seed=5, walkers=5, vehicles=0, posts=posts) for posts in (0, 30))
    for index in (4, 12, 20):
        gone = clear.mask(index) & ~behind.mask(index)
        hidden += int(gone.sum())

        assert (behind.coverage(index) <= clear.coverage(index)).all()
        assert (behind.surface(index)[shrunk(gone)] > 1).all()  # posts, not the ground
    assert hidden > 50


def test_walkers_hide_what_is_behind_them(walk: DepthClip) -> None:
    index = 12
    numbers, mask = walk.surface(index), walk.mask(index)

    assert mask.any()
    assert (np.array(walk.depths)[numbers[mask]] > 3).all()  # no walker is nearer


def test_a_camera_that_follows_keeps_its_walker_in_the_picture(follow: DepthClip) -> None:
    columns = [np.nonzero(follow.mask(index))[1].mean() for index in (0, 8, 16, 23)]
    angles = [follow.transform(index)[2, 0] for index in (0, 23)]

    assert all(0.25 * SIZE[0] < column < 0.75 * SIZE[0] for column in columns)
    assert angles[0] != angles[1]
    assert follow.parallax(23).max() > 5


def test_the_scene_has_no_holes() -> None:
    for seed, motion in enumerate(("walk", "follow", "turn", "stand")):
        clip = drawn(seed=seed, motion=motion, shake=4.0, softness=2.0, posts=0, shutter=1.0, vehicles=0)
        for index in (0, FRAMES - 1):
            assert clip.view(index).max(axis=2).min() > 10
    behind = drawn(seed=3, motion="follow", travel=20, posts=0)  # its ground reaches behind the camera
    assert behind.view(0).max(axis=2).min() > 10


def test_the_shutter_blurs_what_a_turn_moves() -> None:
    sharp, blurred = (drawn(seed=4, motion="turn", sweep=45.0, shake=0.0, shutter=shutter) for shutter in (0.0, 0.8))
    edges = [np.abs(np.diff(clip.view(12).astype(int), axis=1)).mean() for clip in (sharp, blurred)]

    assert edges[1] < 0.8 * edges[0]
    assert np.array_equal(sharp.transform(12), blurred.transform(12))


def test_shadows_darken_and_are_no_foreground() -> None:
    plain, shaded = (drawn(seed=3, shadows=shadows, posts=0, walkers=4) for shadows in (False, True))
    change = shaded.frame(12).image.astype(int)[plain.coverage(12) == 0] - plain.view(12)[plain.coverage(12) == 0]

    assert np.array_equal(plain.mask(12), shaded.mask(12))
    assert change.max() <= 1
    assert change.min() < -15


def test_same_seed_same_bytes() -> None:
    first, second, other = (park(64, 36, frames=3, seed=seed) for seed in (5, 5, 6))

    assert np.array_equal(first.frame(2).image, second.frame(2).image)
    assert np.array_equal(first.mask(1), second.mask(1))
    assert not np.array_equal(first.frame(2).image, other.frame(2).image)


def test_draws_vary_with_the_seed() -> None:
    clips = [park(32, 18, frames=30, seed=seed) for seed in range(10)]

    assert len({clip.names[0] for clip in clips}) == 3
    assert len({name for clip in clips for name in clip.names[2:]}) >= 7
    assert len({len(clip.names) for clip in clips}) >= 4
    assert min(clip.depths[-1] for clip in clips) < 3
    assert len({bool(clip.transform(0)[2, 0] == clip.transform(29)[2, 0]) for clip in clips}) > 1  # some follow


@pytest.mark.parametrize(("width", "height"), [(16, 16), (33, 17), (17, 61), (201, 35)])
def test_odd_sizes(width: int, height: int) -> None:
    clip = park(width, height, frames=2, shadows=True, vehicles=1)

    assert clip.frame(1).image.shape == (height, width, 3)
    assert clip.view(1).shape == (height, width, 3)
    assert clip.mask(1).shape == clip.surface(1).shape == clip.parallax(1).shape == (height, width)


def test_nobody() -> None:
    assert not park(32, 18, frames=1, walkers=0, vehicles=0).mask(0).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 15}, "15x18"),
        ({"frames": 0}, "frames is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"noise": -1}, "noise is -1"),
        ({"motion": "run"}, "motion is 'run', but must be one of walk, follow, turn, stand"),
        ({"travel": 41}, "travel is 41, but must lie in 0..40"),
        ({"travel": 3, "motion": "turn"}, "stays in place"),
        ({"sweep": 3, "motion": "walk"}, "only with motion 'turn'"),
        ({"sweep": 51, "motion": "turn"}, "sweep is 51"),
        ({"shake": -1}, "shake is -1"),
        ({"posts": 201}, "posts is 201"),
        ({"walkers": -1}, "walkers is -1"),
        ({"walkers": 0, "motion": "follow"}, "needs a walker"),
        ({"softness": 3}, "softness is 3"),
        ({"shutter": 1.5}, "shutter is 1.5"),
        ({"width": 640, "height": 3000, "travel": 40, "motion": "walk"}, "give less travel"),
    ],
)
def test_refusals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        park(**{"width": 32, "height": 18, "frames": 2, **options})
    assert "\n" not in str(caught.value)


def test_no_such_frame_or_surface() -> None:
    clip = park(32, 18, frames=3)
    for call in (clip.frame, clip.view, clip.mask, clip.surface, clip.transform, clip.parallax):
        with pytest.raises(ParameterError, match="no frame 3"):
            call(3)
    with pytest.raises(ParameterError, match="no surface 99"):
        clip.transform(0, 99)
    with pytest.raises(ParameterError, match="no frame -1"):
        clip.parallax(0, -1)
