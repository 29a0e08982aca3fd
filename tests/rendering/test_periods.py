"""A background for each period: light that drifts, a chair that is moved, and a box that stands there for one."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from stillplate import Background, ParameterError, Result, Task, render_many
from stillplate.background.cross_check import contested
from stillplate.io.image_samples import read_image
from stillplate.rendering.frame_outputs import shown
from stillplate.rendering.periods import checked, plate_path
from stillplate.sampling.span import Span
from stillplate.segmentation.options import MaskOptions
from stillplate.synthetic import street
from tests.background.test_cross_check import background_of
from tests.command import run
from tests.rendering.test_batch import listing

WIDTH, HEIGHT, RATE, KEYS = 96, 56, 10, 10
FRAMES, PERIOD = 240, 6  # frames of the clip, and seconds of a period
MOVED, WITHIN = 120, 100  # frame from which on the chair stands elsewhere: at a border of periods, and inside one
OLD, NEW = (slice(34, 48), slice(14, 24)), (slice(34, 48), slice(70, 80))
CHAIR, BOX = np.array([200, 40, 160], np.uint8), np.array([40, 150, 60], np.uint8)
STANDS, PLACE = range(120, 180), (slice(36, 48), slice(40, 54))  # frames and place of the box
DRAWN = street(WIDTH, HEIGHT, frames=FRAMES, walkers=5, seed=11)
PEOPLE = [DRAWN.mask(number) for number in range(FRAMES)]
BORDERS = [60, 120, 180]


def truth(index: int) -> np.ndarray:
    """People, and the box."""
    mask = PEOPLE[index].copy()
    if index in STANDS:
        mask[PLACE] = True
    return mask


TRUTH = [truth(number) for number in range(FRAMES)]


def light(index: int) -> float:
    """It falls by a third from the first frame to the last."""
    return 1 - index / FRAMES / 3


def scene(index: int, moved: int = MOVED) -> np.ndarray:
    """The scene with nobody in it, in its own light."""
    image = DRAWN.plate.copy()
    image[OLD if index < moved else NEW] = CHAIR
    return image


def shown_at(index: int, moved: int) -> np.ndarray:
    """The scene, with the box while it stands there."""
    image = scene(index, moved)
    if index in STANDS:
        image[PLACE] = BOX
    return image


def write(path: Path, image_of: Callable[[int], np.ndarray], frames: int = FRAMES) -> Path:
    """People pass in front of what is there."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=RATE, options={"g": str(KEYS), "crf": "14", "sc_threshold": "0"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv444p"
        for number in range(frames):
            image = np.where(PEOPLE[number][:, :, None], DRAWN.frame(number).image, image_of(number))
            noise = np.random.default_rng(number).normal(0, 1.5, image.shape)
            lit = np.clip(np.rint(image * light(number) + noise), 0, 255).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(lit, format="rgb24")
            picture.pts = number
            file.mux(video.encode(picture))
        file.mux(video.encode(None))
    return path


@pytest.fixture(scope="module", params=[MOVED, WITHIN])
def moved(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def clip(moved: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 seconds, four periods."""
    return write(tmp_path_factory.mktemp("chair") / "room.mkv", lambda number: shown_at(number, moved))


def options(out: Path) -> dict[str, Any]:
    return {"mask": f"{out}/{{clip}}/mask.mkv", "objects": f"{out}/{{clip}}/things.csv", "samples": 32}


@pytest.fixture(scope="module")
def made(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By one worker."""
    out = tmp_path_factory.mktemp("made")
    (one,) = render_many([clip], out, period=PERIOD, **options(out))
    assert (one.state, one.error) == ("done", "")
    return out / "room"


def masks_of(folder: Path) -> list[np.ndarray]:
    with av.open(str(folder / "mask.mkv")) as file:
        return [picture.to_ndarray(format="gray") > 127 for picture in file.decode(video=0)]


def report_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "report.json").read_text()))


def test_each_period_has_its_own_plate(made: Path, moved: int) -> None:
    """In its own light, with the chair where it stood; that of the last is the clip's.

    Where it was moved within a period, each place is shown as it was in some part of that.
    """
    for number in range(4):
        frames = range(number * 60, number * 60 + 60)
        plate = read_image(made / f"plate-{number + 1:04d}.png")
        true = [scene(at, moved) * light(frames.start + 30) for at in (frames[0], frames[-1])]
        far = np.min([np.abs(plate - one).mean(axis=2) for one in true], axis=0)
        assert far.mean() < 3
        assert (far > 20).mean() < 0.002
        assert far[OLD].mean() < 5
        assert far[NEW].mean() < 5
    assert (made / "plate.png").read_bytes() == (made / "plate-0004.png").read_bytes()


def test_the_chair_is_in_no_mask(made: Path) -> None:
    """Not where it stood, nor where it stands: neither right after it was moved, nor later."""
    for mask, true in zip(masks_of(made), TRUTH, strict=True):
        near = cv2.dilate(true.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        for place in (OLD, NEW):
            assert (mask & ~near)[place].mean() < 0.1


def test_people_are(made: Path) -> None:
    shares = [(mask & true).sum() / (mask | true).sum() for mask, true in zip(masks_of(made), TRUTH, strict=True)]

    assert np.mean(shares) > 0.8


def test_the_box_is(made: Path) -> None:
    """Its plate was mended by those before and after it, and so are some pixels that people hide."""
    masks = masks_of(made)
    taken = [row["taken_share"] for row in report_of(made)["periods"]["plates"]]

    assert min(masks[number][PLACE].mean() for number in STANDS) > 0.8
    assert taken == pytest.approx([0, 0, 12 * 14 / (WIDTH * HEIGHT), 0], abs=0.005)


def test_masks_do_not_jump(made: Path, moved: int) -> None:
    """From a second before each border to a second after it, there is as much more foreground as people."""
    periods = report_of(made)["periods"]
    told = {row["frame"]: row["foreground_jump"] for row in periods["borders"]}
    shares = [mask.mean() for mask in masks_of(made)]
    true = [mask.mean() for mask in TRUTH]

    assert list(told) == BORDERS
    for seam in BORDERS:
        assert told[seam] == pytest.approx(
            np.mean(shares[seam : seam + 10]) - np.mean(shares[seam - 10 : seam]), abs=2e-4
        )
        assert told[seam] == pytest.approx(np.mean(true[seam : seam + 10]) - np.mean(true[seam - 10 : seam]), abs=0.01)
    differ = [row["plate_differs_share"] for row in periods["borders"]]
    chair = 2 * 14 * 10 / (WIDTH * HEIGHT)
    assert sum(differ) == pytest.approx(chair, abs=0.006)
    assert max(differ) == pytest.approx(differ[1] if moved == MOVED else max(differ[:2]))
    assert [row["from"] for row in periods["plates"]] == [0, 6, 12, 18]


def test_the_same_bytes_with_several_workers(clip: Path, moved: int, made: Path, tmp_path: Path) -> None:
    """Three processes, or two workers of a Dask cluster; and what is whole is left as it is."""
    out = tmp_path / "out"
    workers: dict[str, Any] = {"jobs": 3} if moved == MOVED else {"cluster": "local:2"}
    (one,) = render_many([clip], out, period=PERIOD, **workers, **options(out))
    names = listing(made)

    assert (one.state, one.error) == ("done", "")
    assert listing(out / "room") == names
    assert [name for name in names if (out / "room" / name).read_bytes() != (made / name).read_bytes()] == []
    (again,) = render_many([clip], out, period=PERIOD, resume=True, **options(out))
    assert again.state == "skipped"


class Lossy:
    """Runs tasks here, but for the fits of some periods, whose worker has no memory left; notes the others."""

    def __init__(self, periods: Sequence[int]) -> None:
        self.periods, self.ran = periods, list[tuple[str, int]]()

    def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
        for number, task in enumerate(tasks):
            begin(number)
            name, period = task.function.__name__, task.options.get("number", 0)
            if name == "fit_period" and period in self.periods:
                end(number, Result("its process died (exit -9)", None, 0.1))
            else:
                self.ran.append((name, period))
                end(number, task.run())


@pytest.mark.parametrize("moved", [MOVED], indirect=True)
def test_periods_that_are_fitted_are_kept(clip: Path, made: Path, tmp_path: Path) -> None:
    """And the rest is resumed, with the same bytes."""
    out = tmp_path / "out"
    first, second = Lossy([1, 3]), Lossy([])
    (failed,) = render_many([clip], out, period=PERIOD, executor=first, **options(out))
    kept = {path.name for path in (out / "room" / ".spans").iterdir()}
    (done,) = render_many([clip], out, period=PERIOD, executor=second, resume=True, **options(out))

    assert failed.error == "period 2 of 4: its process died (exit -9); resume keeps the periods that are whole"
    assert first.ran == [("prepare", 0), ("fit_period", 0), ("fit_period", 2)]
    assert kept == {"spans.json", "background-000000.pickle", "background-000002.pickle"}
    assert done.state == "done"
    assert second.ran[:4] == [("prepare", 0), ("fit_period", 1), ("fit_period", 3), ("cross_check", 0)]
    for name in ("mask.mkv", "things.csv", *(f"plate-{number:04d}.png" for number in range(1, 5))):
        assert (out / "room" / name).read_bytes() == (made / name).read_bytes()


@pytest.mark.parametrize("moved", [MOVED], indirect=True)
def test_nothing_is_left_of_a_clip_without_backgrounds(clip: Path, tmp_path: Path) -> None:
    (failed,) = render_many([clip], tmp_path / "out", period=PERIOD, executor=Lossy(range(4)), samples=8)

    assert failed.error == "period 1 of 4: its process died (exit -9)"
    assert not (tmp_path / "out" / "room").exists()


@pytest.mark.parametrize("moved", [MOVED], indirect=True)
def test_the_command(clip: Path, tmp_path: Path) -> None:
    """Another period is another batch; shorter spans are not. Plates of an earlier one are not left behind."""
    out = tmp_path / "out"
    done = run("render", clip, "-o", out, "--period", "0.2m", "--spans", "4s", "--samples", "16")
    own = out / "room" / "plate-0003.png"
    own.write_bytes(b"of somebody else")

    assert done.returncode == 0
    assert plates(out) == ["plate-0001.png", "plate-0002.png", own.name, "plate.png"]
    for wanted, state, left in ((["--period", "12"], "skipped", 2), (["--period", "24"], "done", 1), ([], "done", 0)):
        again = run("render", clip, "-o", out, *wanted, "--resume", "--samples", "16", "--overwrite")
        assert again.returncode == 0
        assert f"[1/1] {state}" in again.stdout
        assert plates(out) == [*(f"plate-{number + 1:04d}.png" for number in range(left)), own.name, "plate.png"]


def plates(out: Path) -> list[str]:
    return [name for name in listing(out / "room") if name.startswith("plate")]


@pytest.mark.parametrize("moved", [MOVED], indirect=True)
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"camera": "moving"}, "a moving camera is given"),
        ({"plate_from": "plate.png"}, "plate_from is given, but each period has a plate of its own"),
        ({"start": 1}, "start or end is given, but each period has a plate of its own"),
        ({"period": 0}, "a number of seconds above 0 is needed"),
        ({"trim": True, "start": 1}, "trim is given, but is not rendered in spans"),
    ],
)
def test_what_has_no_periods_is_told_before_anything_is_computed(
    clip: Path, tmp_path: Path, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(ParameterError, match=told) as raised:
        render_many([clip], tmp_path / "out", **{"period": 6, **wrong})

    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_three_backgrounds_are_held_at_a_time() -> None:
    """However many there are; and the one that is yielded, if it was mended."""
    held = list[weakref.ref[Any]]()

    def backgrounds() -> Iterator[Background]:
        for number in range(12):
            background = background_of(np.full((40, 60, 3), 90 if number % 2 else 200, np.uint8), 0.5)
            held.append(weakref.ref(background.plate.image))
            yield background

    counts = [sum(image() is not None for image in held) for _ in checked(backgrounds(), 12)]

    assert len(counts) == 12
    assert max(counts) == 3


def test_those_that_no_sample_made_are_checked_between_two_alone() -> None:
    """Nothing tells what stands at the ends of the recording."""
    images = [np.full((40, 60, 3), 90, np.uint8) for _ in range(5)]
    for number in (0, 2, 4):
        images[number][10:20, 10:20] = 200
    found = list(checked((background_of(image, 0.5) for image in images), 5))
    counts = [len(list(checked((background_of(image) for image in images[:few]), few))) for few in range(5)]

    assert [bool(taken.any()) for _, taken in found] == [False, True, True, True, False]
    assert counts == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("temporal", [True, False])
def test_all_backgrounds_decide_where_they_differ(temporal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, so that masks are the same on either side of a border between them; elsewhere the own one does."""
    clip = street(WIDTH, HEIGHT, frames=40, walkers=5, seed=11)
    one, other, lit = (background_of(image) for image in (scene(0), scene(FRAMES - 1), scene(0) * 0.9))
    seen, observe = set[int](), Background.observe

    def noting(self: Background, *args: Any) -> Any:
        seen.add(id(self))
        return observe(self, *args)

    monkeypatch.setattr(Background, "observe", noting)
    masks = []
    for some in ((one, other, one), (other, one), (one, lit), (one,)):
        options = MaskOptions().checked()
        with shown(clip, some, options, ("mask",), None, Span(), 2**28, temporal=temporal) as found:
            masks.append(np.stack([frame.mask for frame in found]))
    where = contested(one, other)

    assert np.array_equal(masks[0] & where, masks[1] & where)
    assert np.array_equal(masks[0] & ~where, masks[3] & ~where)
    assert (masks[3] & ~masks[0]).any()
    assert not (masks[0] & ~masks[3]).any()
    assert np.array_equal(masks[2], masks[3])
    assert seen == {id(one), id(other)}


def test_the_path_of_a_plate() -> None:
    assert plate_path("out/plate.png", 0) == "out/plate-0001.png"
