"""A camera that pans: the plate is larger than a frame, and every frame has its view and its mask."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background.back_projection import project_back
from stillplate.camera.canvas import Coverage, place
from stillplate.camera.following import follow_camera
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError, RegistrationError
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource
from stillplate.metrics import mask_counts
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.exclusion import Excluded, Exclusion
from stillplate.sampling.gather import gather
from stillplate.segmentation.grabcut import follow_colours

SIZE = (256, 160)
FRAMES = 40
SAMPLES = 24  # of the frames


def pan(index: int) -> npt.NDArray[np.float64]:
    """From left to right, tilting and rolling a little."""
    angle = 0.03 * np.sin(index / 9)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 14 + 3.2 * index], [sin, cos, 14 + 6 * np.sin(index / 7)], [0, 0, 1]])


def drawn(**settings: Any) -> synthetic.SyntheticClip:
    return synthetic.street(420, 200, FRAMES, seed=4, **{"noise": 2, "vehicles": 1, **settings})


@pytest.fixture(scope="module")
def clip() -> synthetic.SyntheticClip:
    return drawn(camera=pan, size=SIZE)


@pytest.fixture(scope="module")
def images(clip: synthetic.SyntheticClip) -> npt.NDArray[np.uint8]:
    """The clip, drawn once, since it is read several times."""
    return np.stack([frame.image for frame in clip])


@pytest.fixture(scope="module")
def background(images: npt.NDArray[np.uint8]) -> stillplate.Background:
    return stillplate.fit(images, samples=SAMPLES)


def true_path() -> CameraPath:
    return CameraPath(
        np.stack([pan(index) for index in range(FRAMES)]),
        np.zeros(FRAMES, np.float32),
        np.full(FRAMES, 100, np.int32),
        "homography",
        SIZE,
        (420, 200),
    )


def f_of(background: stillplate.Background, clip: synthetic.SyntheticClip, **options: Any) -> float:
    counts = mask_counts(np.zeros((1, 1), np.bool_), np.zeros((1, 1), np.uint8))
    for frame in clip.take(range(0, FRAMES, 5)):
        truth = clip.mask(frame.index).view(np.uint8) * np.uint8(255)
        counts += mask_counts(background.mask(frame.image, frame.index, **options), truth)
    return counts.f


def test_a_moving_camera_is_followed(clip: synthetic.SyntheticClip, background: stillplate.Background) -> None:
    assert background.camera is not None
    assert background.camera.found.all()
    assert background.plate.image.shape[1] > 1.3 * SIZE[0]
    assert background.assumptions is not None
    assert background.assumptions.camera.verdict == "met"
    assert "40 of 40 frames registered" in background.assumptions.camera.finding


def test_its_plate_is_the_truth(clip: synthetic.SyntheticClip, background: stillplate.Background) -> None:
    empty = drawn(camera=pan, size=SIZE, noise=0, walkers=0, vehicles=0)
    for frame in clip.take([0, 20, 39]):
        view = background.view(frame.image, frame.index)
        truth = empty.frame(frame.index).image.astype(int)

        assert view.valid.mean() > 0.95
        assert np.abs(view.image - truth).mean(axis=2)[view.valid].mean() < 3.5


def test_its_masks_are_nearly_those_of_a_static_one(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    static = drawn(camera=lambda index: pan(20), size=SIZE)

    assert f_of(background, clip) > f_of(stillplate.fit(static, samples=SAMPLES), static) - 0.04


def test_a_path_that_is_given_is_used(clip: synthetic.SyntheticClip, images: npt.NDArray[np.uint8]) -> None:
    given = stillplate.fit(images, samples=SAMPLES, motion_from=true_path())
    covered = given.plate.support > 0
    frame = np.ones(SIZE[::-1], np.uint8)
    shown = sum(cv2.warpPerspective(frame, pan(index), (420, 200)) for index in given.indices)

    assert given.camera is not None
    assert given.plate.image.shape == (200, 420, 3)
    assert np.abs(given.plate.image - clip.plate.astype(int)).mean(axis=2)[covered].mean() < 3.5
    assert not given.plate.image[shown == 0].any()
    assert not given.plate.seen[~covered].any()
    with pytest.raises(ParameterError, match="the camera's path is of frames of 256x160, but street is 420x200"):
        stillplate.fit(drawn(), motion_from=true_path())
    with pytest.raises(ParameterError, match="camera is 'tripod', but one of auto, static, moving"):
        stillplate.fit(images, camera="tripod")


def test_a_camera_that_rolls_in_place_is_followed() -> None:
    """No shift undoes that; of one that only shakes, frames are shifted."""

    def roll(index: int) -> npt.NDArray[np.float64]:
        angle = 0.1 * np.sin(index / 6)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        return np.asarray(Transform.shifted(210, 100).matrix @ turn @ Transform.shifted(-128, -80).matrix)

    def shake(index: int) -> npt.NDArray[np.float64]:
        return Transform.shifted(80 + 4 * np.sin(index * 1.3), 20 + 3 * np.cos(index * 1.7)).matrix

    rolling, shaking = (
        stillplate.fit(drawn(camera=camera, size=SIZE), samples=20, masks=False) for camera in (roll, shake)
    )

    assert rolling.camera is not None
    assert (shaking.camera, shaking.shakes) == (None, True)


def test_back_projection_sharpens(clip: synthetic.SyntheticClip, images: npt.NDArray[np.uint8]) -> None:
    """Frames and views are interpolated: what that blurs is given back, but nobody is."""
    with gather(ArraySource(images), FRAMES) as stack:
        placed, coverage = place(stack, true_path(), Excluded.of(None, *SIZE))
        blurred = estimate_plate(placed, valid=coverage)
        image = project_back(blurred, placed, coverage)
    covered = coverage.rows(slice(0, 200))[1]
    truth = clip.plate.astype(int)
    error, before = (np.abs(one - truth).mean(axis=2)[covered] for one in (image, blurred.image))

    assert np.median(error) < 0.7 * np.median(before)
    assert (error > 30).mean() <= (before > 30).mean() + 0.002


def test_a_static_camera_gives_the_same_bytes(tmp_path: Path) -> None:
    still = np.stack([frame.image for frame in synthetic.street(160, 96, FRAMES, seed=4)])
    for name, camera in (("auto", "auto"), ("static", "static")):
        stillplate.fit(still, samples=20, camera=camera).save(tmp_path / f"{name}.npz")

    assert (tmp_path / "auto.npz").read_bytes() == (tmp_path / "static.npz").read_bytes()


def test_a_frame_is_recognised_without_its_number(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    """Its mask is by the plate alone then."""
    frame, alone = clip.frame(13), replace(background, likelihoods=None)
    with_index, without = (alone.mask(frame.image, index) for index in (13, None))

    assert (with_index != without).mean() < 0.002


def test_a_frame_that_is_not_registered_has_no_mask(background: stillplate.Background) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (160, 256, 3), np.uint8)
    assert background.camera is not None
    matrices = background.camera.matrices.copy()
    matrices[7] = np.nan
    lost = replace(background, camera=replace(background.camera, matrices=matrices, skipped=((7, "too plain"),)))
    image = background.view(noise, 8).image
    for one, index in ((background, None), (lost, 7)):
        assert not one.mask(noise, index).any()
        assert not one.view(noise, index).valid.any()
        assert not one.cutout(noise, index).any()
        assert (one.clean(noise, index) == noise).all()
    assert image.any()


def test_all_that_is_made_of_a_frame_has_its_size(
    clip: synthetic.SyntheticClip, background: stillplate.Background
) -> None:
    frame = clip.frame(22)
    mask = background.mask(frame.image, 22)
    alpha, _ = background.matte(frame.image, 22)
    foreground = background.foreground(frame.image, 22)

    assert mask.shape == alpha.shape == (160, 256)
    assert (foreground[mask] == frame.image[mask]).all()
    assert background.cutout(frame.image, 22).shape == (160, 256, 4)
    assert background.clean(frame.image, 22).shape == (160, 256, 3)
    assert background.mask(frame.image, 22, threshold=30, cleanup="none").any()
    corner = np.zeros((160, 256), np.bool_)
    corner[:40, :40] = True
    assert not background.within(corner).mask(frame.image, 22)[~corner].any()
    with pytest.raises(ParameterError, match=r"but \(160, 256, 3\), or \(160, 256\) of a grey one, is needed"):
        background.mask(np.zeros((200, 420, 3), np.uint8), 0)


def test_it_is_saved_bit_for_bit(
    clip: synthetic.SyntheticClip, background: stillplate.Background, tmp_path: Path
) -> None:
    background.save(tmp_path / "pan.npz")
    loaded = stillplate.Background.load(tmp_path / "pan.npz")
    assert background.camera is not None
    assert loaded.camera is not None
    frame = clip.frame(30)

    assert np.array_equal(loaded.camera.matrices, background.camera.matrices)
    for name in ("model", "size", "canvas", "reference", "shots", "skipped"):
        assert getattr(loaded.camera, name) == getattr(background.camera, name)
    assert loaded.likelihoods == background.likelihoods
    assert (loaded.mask(frame.image, 30) == background.mask(frame.image, 30)).all()


def test_masks_are_the_same_in_any_thread(clip: synthetic.SyntheticClip, background: stillplate.Background) -> None:
    frames = list(clip.take(range(0, FRAMES, 8)))
    alone = [background.labels(frame.image, frame.index) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda frame: background.labels(frame.image, frame.index), frames * 2))

    assert all((one == other).all() for one, other in zip(alone * 2, together, strict=True))


@pytest.mark.parametrize("memory", [3 * 420 * FRAMES, 3 * 420 * FRAMES * 37, 2**30])
def test_the_canvas_is_the_same_in_any_bands(images: npt.NDArray[np.uint8], memory: int) -> None:
    """Warped band by band, from memory or from a file, each row comes out the same."""
    none, path = Excluded.of(None, 256, 64), replace(true_path(), size=(256, 64), canvas=(420, 104))
    source, least = ArraySource(images[:, :64]), 3 * 256 * FRAMES
    with gather(source, FRAMES) as whole, gather(source, FRAMES, memory=max(memory, least)) as stack:
        placed, coverage = place(stack, path, none)
        expected, _ = place(whole, path, none)
        plate = estimate_plate(placed, valid=coverage, memory=memory)
        assert (plate.image == estimate_plate(expected, valid=coverage).image).all()
        for number in (0, 17):
            assert (placed.image(number)[40:80] == expected.rows(slice(40, 80))[number]).all()


def test_coverage_by_hand() -> None:
    """Two frames of 6 x 6 on a canvas of 8 x 6; two pixels at each edge are not used."""
    matrices = np.stack([np.eye(3), Transform.shifted(-2, 0).matrix])  # from the canvas to the frames
    excluded = np.zeros((6, 6), np.bool_)
    excluded[2, 2] = True
    validity = Excluded.of(Exclusion(excluded, end=0), 6, 6).validity([0, 1])  # type: ignore[list-item]  # whole seconds
    coverage = Coverage(matrices, (6, 6), (8, 6), validity)
    valid, known = coverage.rows(slice(2, 4))

    assert known.astype(int).tolist() == [[0, 0, 0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1, 0, 0]]
    assert (valid[0] & known).astype(int).tolist() == [[0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0]]
    assert (valid[1] & known).astype(int).tolist() == [[0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 0, 0]]
    assert valid[:, ~known].all()
    assert coverage.small(3, 4).astype(int).tolist() == [
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
    ]


def test_what_is_excluded_in_the_frames_has_no_vote(images: npt.NDArray[np.uint8]) -> None:
    """The left of every frame is hidden by something that moves along with it."""
    hidden = [(0, 0), (60, 0), (60, 159), (0, 159)]
    whole, rest = (
        stillplate.fit(images, motion_from=true_path(), samples=20, exclude=exclude, masks=False).plate
        for exclude in (None, [hidden])
    )

    assert whole.seen[100, 30:360].all()
    assert rest.seen[100, 90:360].all()
    assert not rest.seen[100, :70].any()
    assert not rest.support[100, :70].any()


def test_too_few_samples_on_the_path() -> None:
    path = true_path()
    path.matrices[1:] = np.nan
    with pytest.raises(RegistrationError, match="1 of 40 samples could be registered"):
        stillplate.fit(drawn(camera=pan, size=SIZE), motion_from=path)


@pytest.mark.parametrize("images", [np.zeros((6, 40, 60, 3), np.uint8), np.full((5, 33, 47, 3), 200, np.uint8)])
def test_a_picture_of_nothing(images: npt.NDArray[np.uint8]) -> None:
    assert stillplate.fit(images).camera is None
    with pytest.raises(RegistrationError, match="no frame can be registered"):
        stillplate.fit(ArraySource(images), camera="moving")


def test_an_outline_follows_the_colours() -> None:
    """Half of a red disc was noticed; the whole is found, and a specks' worth of grass given back."""
    rows, columns = np.mgrid[:90, :160]
    disc = (rows - 45) ** 2 + (columns - 80) ** 2 < 8**2
    image = np.where(disc[:, :, None], (200, 40, 40), (60, 140, 60))
    image = np.clip(image + np.random.default_rng(1).normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    noticed = disc & (columns < 84)
    noticed[36:40, 70:76] = True
    found = follow_colours(image, noticed, noticed * np.float32(2))

    assert (found != disc).sum() < 12
    assert not follow_colours(image, np.zeros_like(disc), np.zeros(disc.shape, np.float32)).any()
    assert follow_colours(image, np.ones_like(disc), np.ones(disc.shape, np.float32)).all()


def test_a_path_that_holds_one_sample_is_none(images: npt.NDArray[np.uint8]) -> None:
    source = ArraySource(images[:12])

    assert follow_camera(source, range(4), 2**30) is not None
    assert follow_camera(source, [0], 2**30) is None


def test_all_excluded_is_all_heard(images: npt.NDArray[np.uint8]) -> None:
    everywhere = np.ones(images.shape[1:3], np.bool_)
    background = stillplate.fit(images, samples=8, camera="moving", exclude=everywhere, masks=False)
    assert background.plate.support.max() == 0
