from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.arrays import Mask
from stillplate.cli.parsing import call
from stillplate.errors import ParameterError
from stillplate.viewer.encoding import logarithmic
from stillplate.viewer.frame_cache import FrameCache
from stillplate.viewer.frame_results import FrameResults
from stillplate.viewer.knobs import Knobs
from stillplate.viewer.session import Session, Start
from tests.segmentation.walk import Walk
from tests.viewer.conftest import FRAMES, HEIGHT, WIDTH
from tests.viewer.served import TOKEN, Client, served


@pytest.fixture(scope="module")
def page(stop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(str(stop), tmp_path_factory.mktemp("rendered") / "out") as client:
        client.settled()
        yield client


def revision(page: Client) -> int:
    return int(page.settled()["ground"]["revision"])


def masks_of(folder: Path) -> list[Any]:
    return [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(folder.glob("*.png"))]


def test_the_clip_is_described(page: Client) -> None:
    state = page.settled()

    assert state["clip"]["name"] == "stop.mkv"
    assert (state["clip"]["width"], state["clip"]["height"], state["clip"]["frames"]) == (WIDTH, HEIGHT, FRAMES)
    assert {check["id"] for check in state["ground"]["checks"]} >= {"objects_move", "light", "camera", "samples"}
    assert state["knobs"]["sensitivity"] == 1.0
    assert page.get(f"thumb/{state['samples'][0][0]}.jpg").headers["content-type"] == "image/jpeg"


def test_news_come_when_something_changes_or_after_a_while(page: Client) -> None:
    version = page.settled()["version"]

    assert page.get("state", since=version - 1).json()["version"] == version


def test_frames_are_the_clips_own_at_rest_and_small_before(page: Client, stop: Path) -> None:
    with stillplate.open_video(stop) as video:
        frame = next(iter(video.take([7])))
    small = page.get("frame/7.jpg", w=40)
    decoded = cv2.imdecode(np.frombuffer(small.content, np.uint8), cv2.IMREAD_COLOR)

    assert np.array_equal(page.picture("frame/7.png"), frame.image)
    assert decoded is not None
    assert decoded.shape == (round(HEIGHT * 40 / WIDTH), 40, 3)
    assert "immutable" in small.headers["cache-control"]
    assert page.get(f"frame/{FRAMES}.png").status_code == 404


def test_the_plate_is_that_of_fit(page: Client, stop: Path) -> None:
    now, background = revision(page), stillplate.fit(stop)

    assert np.array_equal(page.picture(f"plate/{now}/0.png"), background.plate.image)
    expected = np.rint(background.plate.support * np.float32(255)).astype(np.uint8)
    assert np.array_equal(page.picture(f"plane/{now}/support.png"), expected)
    assert np.array_equal(page.picture(f"plane/{now}/unseen.png") > 0, ~background.plate.seen)
    count = sum(background.plate.made_by(number).astype(np.float32) for number in range(len(background.times)))
    expected = np.rint(count / np.float32(len(background.times)) * np.float32(255)).astype(np.uint8)
    assert np.array_equal(page.picture(f"plane/{now}/made.png"), expected)
    assert page.get(f"plane/{now}/beauty.png").status_code == 400


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sensitivity": 1.7},
        {"threshold": 20.0},
        {"cleanup": "none"},
        {"cleanup": "light", "shadows": "foreground"},
        {"shadows": "label", "min_size": "4"},
        {"temporal": False},
    ],
)
def test_the_mask_is_what_render_writes(page: Client, stop: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    stillplate.render(stop, mask=f"{tmp_path}/masks/", **options)
    written = masks_of(tmp_path / "masks")
    now = revision(page)
    query = {name: int(value) if isinstance(value, bool) else value for name, value in options.items()}

    assert len(written) == FRAMES
    for number in (0, 1, 5, 23, 40, FRAMES - 2, FRAMES - 1):
        assert np.array_equal(page.picture(f"result/{now}/{number}/mask.png", **query), written[number]), number


def test_clean_frames_and_cutouts_are_what_render_writes(page: Client, stop: Path, tmp_path: Path) -> None:
    stillplate.render(stop, clean=f"{tmp_path}/clean/", cutout=f"{tmp_path}/cutout/")
    now, number = revision(page), 30
    clean, cutout = (sorted((tmp_path / name).glob("*.png"))[number] for name in ("clean", "cutout"))

    assert np.array_equal(page.picture(f"result/{now}/{number}/clean.png"), stillplate.read_image(clean))
    expected = cv2.cvtColor(cv2.imread(str(cutout), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)  # type: ignore[arg-type]
    assert np.array_equal(page.picture(f"result/{now}/{number}/matte.png"), expected)


def test_a_mask_where_the_light_switches_is_what_render_writes(tmp_path: Path) -> None:
    """Frames further away count there."""
    generator = np.random.default_rng(5)
    room = generator.integers(60, 200, (48, 64, 3))
    light = np.ones(90)
    light[30:60] = 0.55
    images = np.stack([np.clip(room * gain + generator.normal(0, 1.5, room.shape), 0, 255) for gain in light])
    images[20:80, 20:30, 10:20] = 240
    clip = images.astype(np.uint8)
    background = stillplate.fit(clip)
    stillplate.render(clip, mask=f"{tmp_path}/masks/", background=background)
    written = masks_of(tmp_path / "masks")
    with closing(FrameCache(stillplate.ArraySource(clip), 2**28)) as frames:
        results = FrameResults(frames, background)

        for number in (0, 28, 29, 30, 31, 45, 59, 60, 61, 89):
            found = results.at(number, Knobs())
            assert found is not None
            assert np.array_equal(found.labels, written[number]), number


def test_the_evidence_tells_where_a_frame_differs_by_any_sensitivity(page: Client, stop: Path) -> None:
    now, background = revision(page), stillplate.fit(stop)
    with stillplate.open_video(stop) as video:
        frame = next(iter(video.take([30])))
    answer = page.get(f"evidence/{now}/30")
    shape = (int(answer.headers["x-height"]), int(answer.headers["x-width"]))
    plane = np.frombuffer(answer.content, np.uint8).reshape(shape)
    evidence = background.observe(frame.image).evidence(Knobs().masks)
    assert evidence is not None

    for sensitivity in (0.5, 1.0, 2.0):
        assert np.array_equal(plane > 128 - 32 * np.log2(sensitivity), evidence.ratio * sensitivity > 1)


def test_values_are_quantised_by_their_logarithm() -> None:
    values = np.array([0, 2**-9, 0.5, 0.51, 1, 1.01, 2, 300], np.float32)

    assert logarithmic(values).tolist() == [0, 0, 96, 97, 128, 129, 160, 255]


def test_a_pixel_tells_what_inspect_pixel_does(page: Client, stop: Path) -> None:
    found, expected = page.get(f"pixel/{revision(page)}/30/40").json(), stillplate.inspect_pixel(stop, 30, 40)

    assert found["samples"] == expected.samples.tolist()
    assert (found["counts"], tuple(found["colour"])) == (list(expected.counts), expected.colour)
    assert found["shares"] == [round(share, 4) for share in expected.shares]
    assert page.get(f"pixel/{revision(page)}/{WIDTH}/0").status_code == 400


def test_shares_of_foreground_are_those_of_single_frames(page: Client, stop: Path) -> None:
    found, background = page.get(f"shares/{revision(page)}").json()["shares"], stillplate.fit(stop)
    number, time, share = found[4]
    with stillplate.open_video(stop) as video:
        frame = next(iter(video.take([number])))

    assert len(found) == len(background.indices)
    assert (time, share) == (float(frame.time), background.mask(frame.image).mean())


def test_what_is_drawn_makes_the_plate_of_its_command(stop: Path, tmp_path: Path) -> None:
    """The plate is shown soon, then as `fit` makes it; undo brings back the first; the command makes the same mask."""
    with served(str(stop), tmp_path / "out") as page:
        first = page.settled()
        proposed = page.post("span", stroke=[[40, 20], [48, 44]], radius=5, frame=30).json()
        assert 0 < proposed["samples"] <= proposed["of"] == len(first["ground"]["times"])
        page.post("edit", do="add", kind="not ground", corners=proposed["corners"], start=0.2, end=1.5)
        drawn = page.settled()
        region = page.picture(f"region/{drawn['edits'][0]['id']}.png")
        shown = page.picture(f"result/{drawn['ground']['revision']}/25/mask.png", sensitivity=1.4)
        command = page.get("command", sensitivity=1.4).json()["command"]
        plate = page.picture(f"plate/{drawn['ground']['revision']}/0.png")
        page.post("edit", do="undo")
        undone = page.settled()
        before = page.picture(f"plate/{first['ground']['revision']}/0.png")
        after = page.picture(f"plate/{undone['ground']['revision']}/0.png")
    words = shlex.split(command)

    times = drawn["ground"]["times"]
    assert drawn["edits"][0]["samples"] == sum(0.2 <= time <= 1.5 for time in times)
    assert words[:4] == ["stillplate", "render", str(stop), "-o"]
    assert drawn["ground"]["exact"] and undone["can_redo"] and not undone["edits"]
    assert np.array_equal(before, after)
    exclusion = stillplate.Exclusion(region > 0, 0.2, 1.5)
    assert np.array_equal(plate, stillplate.fit(stop, exclude=exclusion).plate.image)
    assert call([*words[1:3], "--mask", f"{tmp_path}/masks/", *words[5:], "--quiet"]) == ""
    assert np.array_equal(masks_of(tmp_path / "masks")[25], shown)


def test_masks_stay_in_the_region_that_is_drawn(stop: Path, tmp_path: Path) -> None:
    with served(str(stop), tmp_path / "out") as page:
        page.settled()
        page.post("edit", do="add", kind="roi", corners=[[0, 0], [50, 0], [50, 63], [0, 63]])
        now = revision(page)
        mask = page.picture(f"result/{now}/25/mask.png", cleanup="none")
        command = page.get("command").json()

    assert not mask[:, 51:].any()
    assert "--roi '0,0 50,0 50,63 0,63'" in command["command"]
    assert 'roi = "0,0 50,0 50,63 0,63"' in command["toml"]


def test_a_given_background_is_shown_without_a_fit(stop: Path, tmp_path: Path) -> None:
    background = stillplate.fit(stop)
    with served(str(stop), tmp_path / "out", background=background) as page:
        state = page.get("state").json()
        plate = page.picture(f"plate/{state['ground']['revision']}/0.png")
        pixel = page.get(f"pixel/{state['ground']['revision']}/3/3")

    assert np.array_equal(plate, background.plate.image)
    assert pixel.status_code == 200


def test_a_render_writes_into_the_folder_and_is_opened(stop: Path, tmp_path: Path) -> None:
    with served(str(stop), tmp_path / "out") as page:
        page.settled()
        page.post("render", knobs={"sensitivity": "1.5"})
        done = page.settled()["run"]
        report = page.get("output/page")
        page.post("render", knobs={})
        again = page.settled()["run"]

    assert done["state"] == "done"
    assert {"plate", "mask", "page"} <= done["outputs"].keys()
    assert report.headers["content-type"].startswith("text/html")
    assert "sandbox" in report.headers["content-security-policy"]
    assert again["state"] == "failed"
    assert "exists" in again["error"]


def test_a_cancelled_render_leaves_nothing(stop: Path, tmp_path: Path) -> None:
    with served(str(stop), tmp_path / "out") as page:
        page.settled()
        page.post("render", knobs={})
        page.post("cancel")
        state = page.settled()["run"]["state"]

    assert state in ("cancelled", "done")
    assert (tmp_path / "out").exists() == (state == "done")


def test_an_error_of_the_fit_is_told(tmp_path: Path) -> None:
    with closing(Session(stillplate.ArraySource(np.zeros((1, 8, 8, 3), np.uint8)), Start())) as session:
        version = 0
        while not session.progress.error:
            version = session.wait(version, 10)

        assert "1 frame found" in session.progress.error


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("edit", {"do": "fly"}),
        ("edit", {"do": "remove", "id": 99}),
        ("edit", {"do": "add", "corners": [[0, 0], [1, "a"], [3, 3]]}),
        ("edit", {"do": "add", "stroke": [[1, 1]], "radius": -1}),
        ("edit", {"do": "add", "stroke": [[1e400, 1]], "radius": 2}),
        ("plate", {"samples": "many"}),
        ("render", {"knobs": {"mask": "/etc/passwd"}}),
        ("span", {"frame": 1}),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(page: Client, path: str, given: dict[str, Any]) -> None:
    if given.get("stroke") == [[float("inf"), 1]]:
        answer = page.http.post(
            f"/{TOKEN}/clip/0/{path}", content=b'{"do": "add", "stroke": [[1e400, 1]], "radius": 2}'
        )
    else:
        answer = page.post(path, **given)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_there_is_no_other_clip(page: Client) -> None:
    assert page.http.get(f"/{TOKEN}/clip/1/state").status_code == 400
    with pytest.raises(ParameterError, match="no clip -1"):
        page.clips.view(-1)


def test_masks_are_bool_where_the_region_is(page: Client) -> None:
    where: Mask = page.clips.view(0).session.region([(0, 0), (5, 0), (5, 5)])

    assert where.shape == (HEIGHT, WIDTH)


def test_clean_frames_of_a_walk_past_near_and_far_things_are_what_render_writes(tmp_path: Path) -> None:
    """Neighbouring frames show the ground there."""
    walk = Walk(lambda index: (50 + 4 * index, 24, 16, 52), (160, 96), count=13)
    images = np.stack([walk.image(index) for index in range(13)])
    background = walk.background()
    stillplate.render(images, clean=f"{tmp_path}/clean/", background=background)
    written = sorted((tmp_path / "clean").glob("*.png"))
    with closing(FrameCache(stillplate.ArraySource(images), 2**28)) as frames:
        results = FrameResults(frames, background)

        for number in (0, 6, 12):
            found = results.at(number, Knobs(), clean=True, ground=True)
            assert found is not None
            assert np.array_equal(found.clean, stillplate.read_image(written[number])), number
