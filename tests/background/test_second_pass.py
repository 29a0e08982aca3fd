"""More samples where the ground is seldom seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

import stillplate
from stillplate.arrays import Image
from stillplate.background import second_pass
from stillplate.io.source import ArraySource, Frame, IteratorSource
from stillplate.synthetic import bus_stop

HEIGHT, WIDTH, HIDDEN = 72, 96, slice(56, 96)
FRAMES, SHOWN = 204, 12  # the ground of the right part shows in one frame of twelve


def wall() -> Image:
    """A wall with a texture of patches of all shades."""
    rng = np.random.default_rng(5)
    patches = rng.integers(60, 230, (HEIGHT // 6, WIDTH // 6, 3))
    return np.asarray(patches.repeat(6, axis=0).repeat(6, axis=1), np.uint8)


@pytest.fixture(scope="module")
def thicket() -> Image:
    """A wall whose right part is behind leaves, never twice the same, but for one frame of twelve."""
    rng = np.random.default_rng(6)
    images = wall()[None].repeat(FRAMES, axis=0)
    for number, image in enumerate(images):
        if number % SHOWN != 5:
            leaves = rng.integers(15, 90, (HEIGHT // 8, (HIDDEN.stop - HIDDEN.start) // 8, 1))
            image[:, HIDDEN] = (leaves * [0.7, 1, 0.5]).repeat(8, axis=0).repeat(8, axis=1)
    return np.asarray(np.clip(images + rng.normal(0, 2, images.shape), 0, 255), np.uint8)


class Counted(ArraySource):
    """An array that counts the frames that are read."""

    read = 0

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        for frame in super().take(indices):
            self.read += 1
            yield frame


def error(background: stillplate.Background) -> float:
    difference = np.abs(background.plate.image.astype(int) - wall()).mean(axis=2)
    return float((difference > 20).mean())


def test_the_ground_that_is_seldom_seen_is_found(thicket: Image) -> None:
    source = Counted(thicket)
    background = stillplate.fit(source, masks=False)

    assert error(background) < 0.01
    assert source.read > 180
    assert background.plate.seen.mean() > 0.98
    assert background.plate.support[:, 64:].max() < 0.6 < background.plate.support[:, :40].min()
    assert background.plate.provenance.shape == (HEIGHT, WIDTH, 8)
    assert background.assumptions is not None
    assert "of them for the" in background.assumptions.samples.finding


def test_samples_of_both_passes_do_not_exceed_seven_times_those_asked_for(thicket: Image) -> None:
    source = Counted(thicket)
    stillplate.fit(source, samples=16, masks=False)

    assert 16 * 2 < source.read < 16 * 9


def test_a_clip_without_doubt_is_read_once(thicket: Image) -> None:
    source = Counted(thicket[:, :, : HIDDEN.start])
    background = stillplate.fit(source, masks=False)

    assert source.read <= 2 * 64
    assert background.assumptions is not None
    assert background.assumptions.samples.finding.startswith("64 samples; ")


def test_what_can_be_read_only_once_is_not_read_again(thicket: Image) -> None:
    background = stillplate.fit(IteratorSource(iter(thicket)), masks=False)

    assert background.assumptions is not None
    assert background.assumptions.samples.finding.startswith("64 samples; ")


def test_the_memory_bounds_the_samples(thicket: Image) -> None:
    little = stillplate.fit(thicket, masks=False, memory=2**20)
    usual = stillplate.fit(thicket, masks=False, memory=2**23)

    assert error(usual) < 0.01
    assert little.assumptions is not None
    assert usual.assumptions is not None
    assert little.assumptions.samples.finding != usual.assumptions.samples.finding


def test_excluded_samples_have_no_vote_in_the_second_pass(thicket: Image) -> None:
    region = np.zeros((HEIGHT, WIDTH), np.bool_)
    region[30:40, 70:80] = True
    always = stillplate.fit(thicket, masks=False, exclude=region)
    once = stillplate.fit(thicket, masks=False, exclude=stillplate.Exclusion(region, start=8, end=11))

    assert (always.plate.support[region] == 0).all()
    assert not always.plate.seen[region].any()
    assert error(once) < 0.01


def test_people_who_stand_do_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """In more samples they recur more often, too."""
    clip = bus_stop(160, 90, 250, seed=103, people=6, standing=0.75, shadows=True)
    images = np.stack([frame.image for frame in clip])

    def wrong() -> float:
        image = stillplate.fit(images, masks=False).plate.image
        return float((np.abs(image.astype(int) - clip.plate).mean(axis=2) > 20).mean())

    again = wrong()
    monkeypatch.setattr(second_pass, "LEAST_DOUBTFUL", 2.0)
    once = wrong()

    assert 0 < once < 0.1
    assert again < once + 0.01
