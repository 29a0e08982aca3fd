"""What is told of a result that is doubtful as a whole."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.background.assumptions import Assumptions
from stillplate.background.background import Background
from stillplate.background.doubts import find_doubts, shows_movement
from stillplate.background.judgement import Assumption
from stillplate.cli.summary import summary
from stillplate.io.opening import opened
from stillplate.plate.plate import Plate
from stillplate.rendering.batch import render_many
from stillplate.segmentation.noise import Noise

HEIGHT, WIDTH = 90, 160


def background(unsure: float = 0.0, unseen: float = 0.0, specks: np.ndarray | None = None) -> Background:
    """A plain plate of which these shares, from the top, are not certain and were never seen."""
    support, seen = np.ones((HEIGHT, WIDTH), np.float32), np.ones((HEIGHT, WIDTH), np.bool_)
    support[: round(unsure * HEIGHT)] = 0.4
    seen[: round(unseen * HEIGHT)] = False
    plate = Plate(
        np.full((HEIGHT, WIDTH, 3), 90, np.uint8), support, np.ones_like(support), seen,
        np.full((HEIGHT, WIDTH, 1), 15, np.uint8),
    )  # fmt: skip
    noise = replace(Noise.of_plate(plate.noise), specks=specks)
    return Background(plate, tuple(map(Fraction, range(4))), noise, indices=(0, 1, 2, 3))


def test_nothing_is_doubtful_about_a_good_result() -> None:
    assert find_doubts(background(unsure=0.4, unseen=0.1), moves=True) == ()
    assert find_doubts(background()) == ()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "if something does, try --sensitivity 2 for what is faint"),
        ({"threshold": 25.0}, "try a --threshold under 25"),
        ({"min_size": "5%"}, "try --sensitivity 2 for what is faint, or a small --min-size for what is small"),
    ],
)
def test_nothing_moves(options: dict[str, Any], told: str) -> None:
    (doubt,) = find_doubts(background(), moves=False, options=options)

    assert doubt.startswith("nothing was found that moves: ")
    assert doubt.endswith(told)


def test_what_to_try_depends_on_what_was_done() -> None:
    """Light that was levelled may have been a thing, and a plain floor tells nothing of the camera."""
    images = np.full((12, 40, 60, 3), 90, np.uint8)
    plain = stillplate.fit(images)
    (doubt,) = find_doubts(plain, moves=False)
    assert "--camera moving" in doubt
    assert "--light" not in doubt

    brighter = np.arange(60, 120, 5)[:, None, None, None] + np.random.default_rng(1).integers(0, 60, (1, 48, 64, 3))
    levelled = stillplate.fit(brighter.astype(np.uint8), light="varying")
    (doubt,) = find_doubts(levelled, moves=False)
    assert "--light fixed" in doubt
    assert "--camera" not in doubt
    assert "in the region" in find_doubts(levelled.within([(0, 0), (20, 0), (20, 20)]), moves=False)[0]


@pytest.mark.parametrize(("unsure", "unseen"), [(0.6, 0.0), (0.0, 0.6), (0.3, 0.7)])
def test_a_plate_that_is_mostly_guessed(unsure: float, unseen: float) -> None:
    (doubt,) = find_doubts(background(unsure, unseen))

    assert doubt.startswith(f"{max(unsure, unseen):.0%} of the plate is not certain, {unseen:.1%} was never seen: ")
    assert "try more samples (--samples 8) or a longer clip" in doubt
    assert find_doubts(background(unsure, unseen), frames=8) == (doubt,)
    assert "try a longer clip" in find_doubts(background(unsure, unseen), frames=7)[0]
    assert "--exclude" in doubt
    assert find_doubts(replace(background(unsure, unseen), indices=())) == ()  # of a plate from elsewhere


@pytest.mark.parametrize("advice", ["", "All frames are taken: give a longer clip."])
def test_more_samples_are_not_tried_where_they_are_enough_or_all_were_read(advice: str) -> None:
    unknown = Assumption(None, "", "unknown", "")
    samples = Assumption(0.02 if advice else 0.0, "", "doubtful" if advice else "met", "", advice)
    found = Assumptions(0.4, "", unknown, unknown, unknown, unknown, samples)

    (doubt,) = find_doubts(replace(background(unsure=0.6), assumptions=found), frames=800)

    assert "try a longer clip" in doubt
    assert "--samples" not in doubt


def test_specks_on_most_of_the_picture() -> None:
    specks = np.zeros((9, 16), np.float32)
    specks[:6] = 0.0002
    specks[3, 3] = area = 50 / (WIDTH * HEIGHT)
    (doubt,) = find_doubts(background(specks=specks))

    assert area > 0.0002
    assert "on 67% of the picture" in doubt
    assert "up to 8 pixels across" in doubt  # a disc of 50 pixels
    assert "--min-size" in doubt
    assert find_doubts(background(specks=specks), options={"min_size": 4}) == ()
    assert find_doubts(background(specks=specks), options={"threshold": 20.0}) == ()
    specks[1:] = 0
    assert find_doubts(background(specks=specks)) == ()


def test_movement_is_looked_for_in_the_samples(walkers: np.ndarray) -> None:
    looked: list[int] = []
    still = np.repeat(walkers[:1], 12, axis=0)
    with opened(still) as frames:
        assert not shows_movement(stillplate.fit(still), frames, lambda done, _: looked.append(done))
    assert looked == list(range(1, 13))
    with opened(walkers) as frames:
        assert shows_movement(stillplate.fit(walkers), frames)


def test_reports_tell_it(walkers: np.ndarray, tmp_path: Path) -> None:
    still = np.repeat(walkers[:1], 12, axis=0)
    still[:] = 90
    done = stillplate.render(still, page=tmp_path / "r.html", report=tmp_path / "r.json", objects=tmp_path / "o.csv")
    layout = json.loads((tmp_path / "r.json").read_text())

    assert [doubt.split(":")[0] for doubt in done.doubts] == ["nothing was found that moves"]
    assert layout["doubts"] == list(done.doubts)
    assert (layout["ids"], layout["frames"]["things"]) == (0, [0] * 12)
    page = (tmp_path / "r.html").read_text()
    assert '<ul class="doubtful"><li>Nothing was found that moves' in page
    assert "<code>--sensitivity</code> 2" in page


def test_things_and_files_are_told(walkers: np.ndarray, tmp_path: Path) -> None:
    walkers[:, 18:22, 2:6] = 250
    walkers[3:, 18:22, 2:6] = 90  # a second thing, in the first three of twenty frames
    done = stillplate.render(
        walkers, objects=tmp_path / "o.csv", mask=f"{tmp_path}/m/", plate=tmp_path / "p.png", threshold=30,
        cleanup="none",
    )  # fmt: skip

    assert done.things.tolist() == [2] * 3 + [1] * 17
    assert (done.ids, done.doubts) == (2, ())
    assert done.outputs == {
        "plate": f"{tmp_path}/p.png", "mask": f"{tmp_path}/m/", "objects": f"{tmp_path}/o.csv",
    }  # fmt: skip
    frames, masks, _, written = summary(done, 75.4)
    assert masks == "masks: of each frame by itself, as --threshold asks for"
    assert frames.startswith("20 frames, 1.1 things a frame (ids 1 to 2), ")
    assert written == f"written in 1 min 15 s: {', '.join(done.outputs.values())}"
    alone = stillplate.render(walkers, plate=tmp_path / "alone.png")
    assert [line.split(":")[0] for line in summary(alone, 0.2)] == ["plate", "written in 0.2 s"]


def test_each_clip_of_many_has_its_doubts(walkers: np.ndarray, tmp_path: Path) -> None:
    for name, images in {"still": np.full_like(walkers, 90), "walkers": walkers}.items():
        (tmp_path / name).mkdir()
        for number, image in enumerate(images):
            stillplate.write_image(tmp_path / name / f"{number:02d}.png", image)
    still, moves = render_many(
        [tmp_path / "still", tmp_path / "walkers"], tmp_path / "out", threshold=30, cleanup="none", samples=8
    )

    assert [doubt.split(":")[0] for doubt in still.doubts] == ["nothing was found that moves"]
    assert moves.doubts == ()
