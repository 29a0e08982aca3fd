"""Two drawn clips of one place, in each of which a parked thing hides another part: together the plate is whole."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.arrays import Flags, Image
from stillplate.errors import ParameterError, RegistrationError
from stillplate.io.opening import open_sink
from stillplate.photometry.light_change import light_between, relit
from stillplate.plate.plate import estimate_plate
from stillplate.sampling.exclusion import Exclusion, Validity
from stillplate.sampling.gather import gather
from stillplate.sampling.stores import JoinedStores, MemoryStore
from tests.command import run

WIDTH, HEIGHT, FRAMES, MARGIN = 192, 108, 24, 16
OWN, OTHER = (36, 54, 28, 34), (120, 48, 36, 28)  # x, y, width and height of what is parked in either clip
FAST: dict[str, Any] = {"samples": 16, "masks": False}


def seat(x: float = 0, y: float = 0, degrees: float = 0) -> Callable[[int], np.ndarray]:
    """A camera that stands at a place, turned about the middle of its picture."""
    turn = np.vstack([cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 1), (0, 0, 1)])
    place = np.array([[1, 0, MARGIN + x], [0, 1, MARGIN + y], [0, 0, 1.0]]) @ turn
    return lambda _: place


@cache
def street(seed: int, x: float = 0, y: float = 0, degrees: float = 0, gain: float = 1, noise: float = 2) -> Image:
    clip = synthetic.street(
        WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, FRAMES, seed=3, walkers=3, vehicles=0, noise=0, softness=0.7,
        camera=seat(x, y, degrees), size=(WIDTH, HEIGHT), light=lambda _: gain,
    )  # fmt: skip
    dirt = np.random.default_rng(seed).normal(0, noise, (FRAMES, HEIGHT, WIDTH, 3))
    return np.clip(np.stack([frame.image for frame in clip]) + dirt, 0, 255).astype(np.uint8)


@cache
def truth() -> Image:
    return synthetic.street(
        WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, 2, seed=3, walkers=0, vehicles=0, softness=0.7, camera=seat(),
        size=(WIDTH, HEIGHT),
    ).view(0)  # fmt: skip


def parked(images: Image, box: tuple[int, int, int, int]) -> Image:
    x, y, width, height = box
    paint = np.random.default_rng(x).integers(20, 235, (4, 5, 3)).astype(np.uint8)
    images = images.copy()
    images[:, y : y + height, x : x + width] = cv2.resize(paint, (width, height), interpolation=cv2.INTER_NEAREST)
    return images


def wrong(plate: Image, box: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)) -> float:
    """Share of the pixels in a box that are more than 20 levels off the truth."""
    x, y, width, height = box
    off = np.abs(plate.astype(int) - truth()).mean(axis=2)[y : y + height, x : x + width]
    return float((off > 20).mean())


@cache
def own() -> Image:
    return parked(street(1), OWN)


@cache
def other() -> Image:
    return parked(street(2, 3, -2, 1.0, 1.2, 5), OTHER)


def save(images: Image, path: Path) -> Path:
    with open_sink(path, images.shape[2], images.shape[1], quality="lossless") as sink:
        for number, image in enumerate(images):
            sink.write(image, Fraction(number, 25))
    return path


def test_what_stays_in_one_clip_is_seen_in_another() -> None:
    """The camera was put back turned by a degree, with another gain and noise."""
    alone = stillplate.fit(own(), **FAST)
    together = stillplate.fit(own(), also=other(), **FAST)

    assert wrong(alone.plate.image, OWN) > 0.5
    assert wrong(together.plate.image) < 0.005
    assert together.times == alone.times
    assert together.indices == alone.indices
    assert together.light is None


def test_masks_show_what_never_leaves() -> None:
    background = stillplate.fit(own(), also=[other()], samples=16)
    x, y, width, height = OWN

    assert background.mask(own()[5])[y : y + height, x : x + width].mean() > 0.95


def test_another_light_over_the_picture() -> None:
    lamp = np.linspace(0.7, 1.3, WIDTH)[:, None]
    lit = np.clip(parked(street(2, 2, 1), OTHER) * lamp, 0, 255).astype(np.uint8)

    assert wrong(stillplate.fit(own(), also=[lit], **FAST).plate.image) < 0.01


def test_where_the_clip_shows_the_ground_it_makes_the_plate() -> None:
    """There a further clip, which interpolation blurs, changes nothing."""
    alone, together = (stillplate.fit(own(), also=also, **FAST).plate.image for also in ((), other()))
    x, y, width, height = OWN
    rest = np.ones((HEIGHT, WIDTH), np.bool_)
    rest[y - 8 : y + height + 8, x - 8 : x + width + 8] = False

    assert (np.abs(alone.astype(int) - together)[rest].max(axis=1) <= 2).mean() > 0.97


def test_exclusions_are_of_the_clip_alone() -> None:
    """What is excluded in it without an end is heard in the further clip."""
    x, y, width, height = OWN
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    together = stillplate.fit(own(), also=[other()], exclude=Exclusion(corners, start=0), **FAST)

    assert wrong(together.plate.image, OWN) < 0.02
    assert together.plate.seen.all()


def test_another_place_is_refused() -> None:
    rng = np.random.default_rng(5)
    place = cv2.resize(rng.integers(0, 255, (20, 36, 3)).astype(np.uint8), (WIDTH, HEIGHT))

    with pytest.raises(RegistrationError, match=r"^also holds .*, which shows another place, or this one in quite"):
        stillplate.fit(own(), also=[np.stack([place] * 4)], **FAST)


def test_another_size_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"^also holds .*, which is 96x54, but .* is 192x108: give a clip of the"):
        stillplate.fit(own(), also=[other()[:, ::2, ::2].copy()], **FAST)


def test_cameras_that_move_are_refused() -> None:
    pan = np.stack([street(1)[0][:80, 2 * t : 2 * t + 128] for t in range(24)])

    with pytest.raises(ParameterError, match=r"^also holds .*, whose camera moves: give a part of it"):
        stillplate.fit(own()[:, :80, :128].copy(), also=[pan], **FAST)
    with pytest.raises(ParameterError, match=r"^also is given, but the camera moves: leave it out"):
        stillplate.fit(pan, also=[pan], camera="moving", **FAST)


def test_a_given_plate_takes_no_further_clip() -> None:
    with pytest.raises(ParameterError, match=r"both plate_from and further clips are given"):
        stillplate.render(own(), plate="-", plate_from=truth(), also=[other()])


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    background = stillplate.fit(own(), also=[other()], **FAST)
    background.save(tmp_path / "background.npz")
    again = stillplate.Background.load(tmp_path / "background.npz")

    assert (again.plate.provenance == background.plate.provenance).all()
    assert again.plate.provenance.shape[2] == 4  # 16 samples of either clip
    assert again.assumptions == background.assumptions


def test_the_command_line_and_the_option_file(tmp_path: Path) -> None:
    save(own(), tmp_path / "own.mkv")
    save(other(), tmp_path / "other.mkv")
    save(other()[:, :54, :96].copy(), tmp_path / "small.mkv")
    (tmp_path / "options.toml").write_text('also = ["other.mkv"]\nsamples = 16\n')
    typed = run("plate", "own.mkv", "-o", "1.png", "--samples", 16, "--also", "other.mkv", folder=tmp_path)
    written = run("plate", "own.mkv", "-o", "2.png", "--config", "options.toml", folder=tmp_path)
    refused = run("plate", "own.mkv", "-o", "3.png", "--also", "other.mkv", "--also", "small.mkv", folder=tmp_path)

    assert typed.returncode == written.returncode == 0
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    assert refused.returncode == 2
    assert refused.stderr == (
        "stillplate: --also holds small.mkv, which is 96x54, but own.mkv is 192x108: give a clip of the same size\n"
    )


def test_a_clip_that_votes_already_is_refused_before_a_frame_is_read(tmp_path: Path) -> None:
    save(own(), tmp_path / "own.mkv")
    save(other(), tmp_path / "other.mkv")
    (tmp_path / "link.mkv").symlink_to("own.mkv")

    itself = run("plate", "own.mkv", "-o", "1.png", "--also", "link.mkv", folder=tmp_path)
    twice = run("plate", "own.mkv", "-o", "1.png", "--also", "other.mkv", "--also", "other.mkv", folder=tmp_path)
    missing = run("plate", "own.mkv", "-o", "1.png", "--also", "none.mkv", folder=tmp_path)

    assert itself.returncode == twice.returncode == missing.returncode == 2
    taken = "whose samples are taken already: give another clip of the same place\n"
    assert itself.stderr == f"stillplate: --also holds link.mkv, {taken}"
    assert twice.stderr == f"stillplate: --also holds other.mkv, {taken}"
    assert "none.mkv" in missing.stderr
    assert not (tmp_path / "1.png").exists()


def test_what_was_never_seen_is_told_with_its_place(tmp_path: Path) -> None:
    """A screen of noise shows no picture twice."""
    images = street(1).copy()
    images[:, 40:70, 60:100] = np.random.default_rng(1).integers(0, 255, (FRAMES, 30, 40, 3))
    save(images, tmp_path / "clip.mkv")
    told = run("check", "clip.mkv", "-o", "check.json", "--samples", 16, folder=tmp_path)
    report = stillplate.render(images, report=str(tmp_path / "report.json"), samples=16)
    (region,) = report.background.unseen_regions
    x, y, width, height = region.box

    assert abs(x - 60) + abs(y - 40) + abs(x + width - 100) + abs(y + height - 70) < 16
    assert f"never showed the ground, most of that at {region}: something hid it" in told.stdout
    assert "another clip of the same place with --also" in told.stdout
    assert '"never_seen_regions": [' in (tmp_path / "check.json").read_text()
    assert '"never_seen": [' in (tmp_path / "report.json").read_text()


def test_the_stack_of_two_clips() -> None:
    """Neighbours stay within their clip, and no time is that of two samples."""
    stacks = [gather(stillplate.as_source(images), 6, neighbours=True) for images in (own(), other())]
    joined = stacks[0].joined(stacks[1:])

    assert len(joined) == 12
    assert list(joined.times) == sorted(set(joined.times))
    assert (joined.image(6) == stacks[1].image(0)).all()
    assert joined.small_neighbours is not None
    assert stacks[1].small_neighbours is not None
    assert (joined.small_neighbours[6:] == stacks[1].small_neighbours).all()
    assert (estimate_plate(joined.chosen(range(6))).image == estimate_plate(stacks[0]).image).all()


def test_joined_stores_read_across_the_seam() -> None:
    first, second = MemoryStore(2, 1, 1), MemoryStore(1, 1, 1)
    joined = JoinedStores([first, second], [0, 2])
    for slot in range(3):
        joined.write(slot, np.full((1, 1, 3), 10 * slot, np.uint8))

    assert joined.read([1, 2, 0], slice(0, 1))[:, 0, 0, 0].tolist() == [10, 20, 0]
    assert int(second.read([0], slice(0, 1)).max()) == 20


def test_joined_validity() -> None:
    left: Flags = np.array([[True, False]])
    beyond = Validity((left,), (np.array([False, False, True]),))
    own_part = Validity((~left,), (np.array([True, False]),))
    valid, _ = beyond.joined(own_part).rows(slice(0, 1))

    assert valid[:, 0].tolist() == [[True, False], [True, True], [False, True]]


def test_light_between_two_pictures() -> None:
    picture = np.random.default_rng(0).integers(60, 150, (60, 80, 3)).astype(np.uint8)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)
    brighter = np.clip(picture * 1.25 + 4, 0, 255).astype(np.uint8)
    share, light = light_between(brighter, picture, np.ones((60, 80), np.bool_), fixed=False)

    assert share == 0
    assert np.abs(relit(brighter, light).astype(int) - picture).max() <= 2
    assert light_between(picture, picture, np.ones((60, 80), np.bool_), fixed=False) == (0, None)
