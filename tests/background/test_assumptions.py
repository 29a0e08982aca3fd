"""Drawn clips with a known camera, light and crowd: the figures and verdicts are demanded back."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background.assumptions import tell_never_seen
from stillplate.background.judgement import judge_path, judge_samples
from stillplate.background.second_pass import SecondPass
from stillplate.background.unseen import UnseenRegion, unseen_regions
from stillplate.camera.path import CameraPath
from stillplate.imaging.transform import Transform

SIZE = {"width": 160, "height": 90, "frames": 250}  # 10 seconds
SAMPLES = 32  # of the frames
SCENE = {"width": 480, "height": 270, "frames": 60, "size": (320, 180)}  # a camera's room to move
CENTRE = (80.0, 45.0)


def moved(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, CENTRE[0] + x], [0, 1, CENTRE[1] + y], [0, 0, 1.0]])


def trembling(amplitude: float) -> Callable[[int], np.ndarray]:
    """A camera that is anywhere within +-`amplitude` pixels of its place."""
    ways = np.random.default_rng(7).uniform(-amplitude, amplitude, (60, 2))
    return lambda index: moved(*ways[index])


@cache
def images_of_street() -> np.ndarray:
    """Every fourth frame of the street: 63 images."""
    images = np.stack([frame.image for frame in synthetic.street(**SIZE).take(range(0, 250, 4))])  # type: ignore[arg-type]
    images.setflags(write=False)
    return images


def check(**options: object) -> stillplate.Assumptions:
    return stillplate.check_assumptions(synthetic.street(**options), samples=SAMPLES)  # type: ignore[arg-type]


def test_a_clip_that_suits() -> None:
    """Walkers on a street, as the study wants it: all is met, nothing is advised."""
    found = check(**SIZE)

    assert {judged.verdict for judged in judgements(found)} == {"met"}
    assert {judged.advice for judged in judgements(found)} == {""}
    assert found.camera.figure == pytest.approx(0, abs=0.1)
    assert found.light.figure == 0
    assert found.certain > 0.95


def judgements(found: stillplate.Assumptions) -> list[stillplate.Assumption]:
    return [found.objects_move, found.objects_small, found.light, found.camera, found.samples]


def test_objects_cover_what_they_cover() -> None:
    """The share of the picture that the walkers and vehicles take is the one that was drawn."""
    clip = synthetic.street(**SIZE, walkers=12, vehicles=4, seed=3)  # type: ignore[arg-type]
    found = stillplate.check_assumptions(clip, samples=SAMPLES)
    truth = float(np.median([clip.mask(index).mean() for index in range(0, 250, 4)]))

    assert found.objects_small.figure == pytest.approx(truth, rel=0.35)


@pytest.mark.parametrize(("amplitude", "verdict"), [(0.2, "met"), (2.0, "doubtful"), (5.0, "doubtful")])
def test_trembling_camera(amplitude: float, verdict: str) -> None:
    """How far it shakes comes back; less than half a pixel is none."""
    camera = trembling(amplitude)
    found = stillplate.check_assumptions(synthetic.street(**SCENE, camera=camera), samples=40).camera  # type: ignore[arg-type]
    ways = np.array([camera(index)[:2, 2] - CENTRE for index in range(60)])
    truth = np.quantile(np.linalg.norm(ways - np.median(ways, axis=0), axis=1), 0.9)

    assert found.verdict == verdict
    assert found.finding.startswith("static" if verdict == "met" else "shaking")
    assert found.figure == pytest.approx(truth, rel=0.25, abs=0.25)
    assert bool(found.advice) == (verdict != "met")


@pytest.mark.parametrize("camera", [
    lambda index: moved(index * 2.4 - 72, 0),
    lambda index: moved(20 * np.sin(index / 5), index / 2),
    lambda index: moved(index, index / 2) - np.diag([index / 120, index / 120, 0]),
], ids=["pan", "handheld", "zoom"])  # fmt: skip
def test_moving_camera(camera: Callable[[int], np.ndarray]) -> None:
    """It is followed; if it is taken for static, nothing else can be told."""
    clip = synthetic.street(**{**SCENE, "frames": 20}, camera=camera)  # type: ignore[arg-type]
    images = np.stack([frame.image for frame in clip])  # drawn once, since each is read several times
    followed, static = (stillplate.check_assumptions(images, samples=16, camera=taken) for taken in ("auto", "static"))

    assert (followed.camera.verdict, static.camera.verdict) == ("met", "violated")
    assert followed.camera.finding.startswith("moving") and static.camera.finding.startswith("moving")
    assert [judged.verdict for judged in judgements(static)].count("unknown") == 4
    assert [judged.verdict for judged in judgements(followed)].count("unknown") == 3


def test_short_clip_that_pans_fast() -> None:
    """Samples too far apart to be matched: the frames beside them tell."""
    clip = synthetic.street(
        960, 270, 200, size=(160, 90), camera=lambda index: np.array([[1, 0, index * 4.0], [0, 1, 90.0], [0, 0, 1]])
    )
    found = stillplate.check_assumptions(clip, samples=6, camera="static")

    assert found.camera.verdict == "violated"


@pytest.mark.parametrize(("change", "verdict"), [(0.02, "met"), (0.35, "doubtful"), (1.0, "violated")])
def test_light_that_drifts(change: float, verdict: str) -> None:
    """From 1 to 1 + change over the clip, the samples as they are; the span comes back."""
    clip = synthetic.street(**SIZE, light=lambda index: 0.6 * (1 + change * index / 249))  # type: ignore[arg-type]
    found = stillplate.check_assumptions(clip, samples=SAMPLES, light="fixed").light

    assert found.verdict == verdict
    assert int(found.finding.split("%")[0].split()[-1]) == pytest.approx(100 * change, rel=0.15, abs=2)


def test_drift_that_is_evened_out() -> None:
    """Brought to one light, the ground is where it should be; how far it was off is told all the same."""
    clip = synthetic.street(**SIZE, light=lambda index: 0.6 * (1 + 0.35 * index / 249))  # type: ignore[arg-type]
    found = stillplate.check_assumptions(clip, samples=SAMPLES, light="auto").light

    assert found.verdict == "met"
    assert found.finding.startswith("varying") and found.finding.endswith("brought to one light")
    assert int(found.finding.split("%")[0].split()[-1]) == pytest.approx(35, rel=0.15)


def test_lamp_that_goes_off() -> None:
    """Off in 60 of 250 frames, to a third: a quarter of the samples is off; the camera still stands."""
    clip = synthetic.street(160, 90, 250, light=lambda index: 0.33 if 80 <= index < 140 else 1.0)
    found, followed = (stillplate.check_assumptions(clip, samples=SAMPLES, light=mode) for mode in ("fixed", "auto"))

    assert followed.light.verdict == "met" and "2 states of light" in followed.light.finding
    assert found.light.verdict == "violated"
    assert found.light.figure == pytest.approx(0.24, abs=0.05)
    assert found.camera.verdict == "met"
    assert found.objects_small.figure is not None and found.objects_small.figure < 0.25


def test_lamp_that_lights_a_part() -> None:
    """The left third darker in half of the frames, as by a cloud's shadow."""
    images = images_of_street().copy()
    images[32:, :, :53] //= 2
    found, followed = (stillplate.check_assumptions(images, samples=SAMPLES, light=mode) for mode in ("fixed", "auto"))

    assert followed.light.verdict == "met" and "2 states of light" in followed.light.finding
    assert found.light.verdict == "violated"
    assert found.light.figure == pytest.approx(0.5, abs=0.1)


def test_colour_of_the_light() -> None:
    """Red light grows fourfold: a change of one channel is one of the light."""
    found = check(**SIZE, light=lambda index: (0.3 + 0.8 * index / 249, 0.7, 0.7)).light

    assert found.verdict == "violated"


@pytest.mark.parametrize(("share", "verdict"), [(0.0, "met"), (0.35, "doubtful"), (0.7, "violated")])
def test_who_stands_still(share: float, verdict: str) -> None:
    """A block as large as a 40th of the picture lies there for a share of the clip."""
    images = images_of_street().copy()
    lies = slice(10, 10 + round(63 * share))
    images[lies, 10:28, 120:140] = (250, 60, 250)
    found = stillplate.check_assumptions(images, samples=SAMPLES).objects_move

    assert found.verdict == verdict
    assert found.figure == pytest.approx(18 * 20 / (160 * 90) if share else 0, abs=0.01)


def test_a_crowd_is_not_small() -> None:
    """Blocks that cover half of the picture, each time another half."""
    random = np.random.default_rng(0)
    images = images_of_street().copy()
    for image in images:
        for row, column in np.argwhere(random.random((6, 8)) < 0.4):
            image[row * 15 : row * 15 + 15, column * 20 : column * 20 + 20] = random.integers(0, 256, 3)
    found = stillplate.check_assumptions(images, samples=SAMPLES)

    assert found.objects_small.verdict == "doubtful"
    assert found.objects_small.figure == pytest.approx(0.4, abs=0.08)
    assert found.camera.verdict == "met"


def test_too_few_samples() -> None:
    """Four frames cannot give five samples; of sixty, more can be taken."""
    short = stillplate.check_assumptions(synthetic.street(160, 90, 4))
    few = stillplate.check_assumptions(synthetic.street(**SIZE), samples=4)  # type: ignore[arg-type]

    assert short.samples.verdict == few.samples.verdict == "violated"
    assert short.samples.figure == 1
    assert "give a longer clip" in short.samples.advice
    assert "--samples" in few.samples.advice


@pytest.mark.parametrize(
    ("frames", "advice"),
    [
        (None, "Take more samples (--samples 320)."),
        (320, "Take more samples (--samples 320)."),
        (319, "320 samples are needed, of 319 frames: give a longer clip."),
        (64, "All frames are taken: give a longer clip."),
    ],
)
def test_no_more_samples_are_asked_for_than_there_are_frames(frames: int | None, advice: str) -> None:
    """One of 64 samples shows the ground, where 5 are to: 320 are needed."""
    shows = np.zeros((64, 3, 4), np.bool_)
    shows[7] = True

    assert judge_samples(shows, frames).advice == advice


def test_no_more_samples_are_asked_for_where_the_second_pass_read_all() -> None:
    """Of 8 + 12 frames, all there are, 5 show the ground nearly everywhere: at this share no number would do."""
    shows = np.zeros((8, 10, 10), np.bool_)
    counted = np.full((10, 10), 5)
    counted[0, :2] = 4
    second = SecondPass(12, np.ones((10, 10), np.bool_), counted)

    assert judge_samples(shows, 20, second).advice == "All frames are taken: give a longer clip."
    assert "--samples" in judge_samples(shows, 40, second).advice


def test_what_is_said_of_a_path() -> None:
    """Corners that fit it are told apart from pixels that move with one plane."""
    path = replace(
        CameraPath.along([Transform.shifted(3 * index, 0) for index in range(5)], (40, 30), (52, 30)),
        residuals=np.full(5, 0.25, np.float32), explained=np.full(5, 0.83, np.float32),
    )  # fmt: skip

    assert judge_path(path, 0.0).finding == (
        "moving, by 12 pixels: 5 of 5 frames registered, to 0.25 pixels in the median; tracked corners on 83% of the "
        "picture fit the path"
    )
    assert judge_path(path, 9.2).finding.endswith(
        "; near and far things: parallax of up to 9 pixels from frame to frame"
    )


def test_only_the_frames_of_the_span_can_be_sampled(walkers: np.ndarray) -> None:
    whole, part = (stillplate.check_assumptions(walkers, samples=4, end=end) for end in (None, 0.16))

    assert whole.samples.advice.startswith("Take more samples")
    assert part.samples.advice.endswith("of 5 frames: give a longer clip.")


def test_plain_ground() -> None:
    """A wall without a corner: whether the camera stands is unknown, and what to try is said."""
    images = np.full((20, 90, 160, 3), 120, np.uint8)
    for step, image in enumerate(images):
        image[40:60, step * 6 : step * 6 + 20] = (30, 60, 200)
    found = stillplate.check_assumptions(images)

    assert found.camera.verdict == "unknown"
    assert "--camera moving" in found.camera.advice
    assert found.camera.figure is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (13, 17)])
@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_small_and_noisy(shape: tuple[int, int], vote: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, *shape, 3), np.uint8)

    assert len(list(stillplate.check_assumptions(images, vote=vote).lines())) == 6


def test_majority_and_memory_change_no_verdict(street: synthetic.SyntheticClip) -> None:
    calm = stillplate.check_assumptions(street, samples=SAMPLES)
    majority = stillplate.check_assumptions(street, samples=SAMPLES, vote="majority")
    spilled = stillplate.check_assumptions(street, samples=SAMPLES, memory=SAMPLES * 160 * 3 * 7)

    assert spilled == calm
    assert [judged.verdict for judged in judgements(majority)] == [judged.verdict for judged in judgements(calm)]


def test_never_seen_by_hand() -> None:
    """9 of 600 pixels, around (11, 5); and one astray."""
    seen = np.ones((20, 30), np.bool_)

    assert tell_never_seen(seen) == ""
    seen[4:7, 10:13] = False
    seen[15, 25] = False
    assert unseen_regions(seen) == (UnseenRegion((10, 4, 3, 3), 9 / 600), UnseenRegion((25, 15, 1, 1), 1 / 600))
    assert tell_never_seen(seen) == (
        "1.7% of the picture never showed the ground, mostly at x=10 y=4, 3x3 pixels (1.5%); x=25 y=15, 1x1 pixels "
        "(0.2%): something hid it all along. Leave that out with --exclude, give more footage, or another clip of the "
        "same place with --also."
    )


def test_never_seen_of_a_moving_camera_by_hand() -> None:
    """A share of what frames show; nothing need have hidden the ground there."""
    seen, filmed = np.ones((20, 30), np.bool_), np.zeros((20, 30), np.bool_)
    seen[4:7, 10:13] = seen[:, :5] = False

    assert tell_never_seen(seen, filmed) == tell_never_seen(~filmed, filmed) == ""
    filmed[:10, 5:15] = True
    assert tell_never_seen(seen, filmed) == (
        "9.0% of the plate is guessed (most of that around x=11, y=5 in the plate's pixels): no two samples agree "
        "there, since something hides the ground, it lies at another depth, or one sample alone shows it."
    )


def test_the_place_that_was_never_seen_lies_in_it() -> None:
    """A ring, whose right side is the broadest: 9 columns."""
    seen = np.zeros((20, 32), np.bool_)
    seen[2:18, 2:23] = True

    assert re.search(r"around x=27, y=\d+ in", tell_never_seen(seen, np.ones_like(seen)))


def test_saved_with_the_background(walkers: np.ndarray, tmp_path: Path) -> None:
    background = stillplate.fit(walkers)
    background.save(tmp_path / "new.npz")

    assert stillplate.Background.load(tmp_path / "new.npz").assumptions == background.assumptions


def test_report_has_them(walkers: np.ndarray, tmp_path: Path) -> None:
    result = stillplate.render(walkers, report=tmp_path / "report.json")
    assert result.background.assumptions is not None
    report = json.loads((tmp_path / "report.json").read_text())

    assert report["assumptions"] == result.background.assumptions.to_dict()
    assert stillplate.Assumptions.from_dict(report["assumptions"]) == result.background.assumptions
