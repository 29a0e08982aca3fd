from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import stillplate
from stillplate.errors import ParameterError
from stillplate.viewer.clips import Clips
from stillplate.viewer.command import command_line
from stillplate.viewer.results import is_results, read_results
from stillplate.viewer.server import make_app
from tests.viewer.served import TOKEN

STOOD = stillplate.Exclusion([(10, 10), (30, 10), (30, 30)], end=1.5)


@pytest.fixture(scope="module")
def results(stop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a batch of two clips, one of which is none."""
    place = tmp_path_factory.mktemp("batch")
    shutil.copy(stop, place / "one.mkv")
    (place / "two.mkv").write_text("no clip")
    stillplate.render_many(
        [place / "one.mkv", place / "two.mkv"], place / "results",
        sensitivity=1.5, samples=20, exclude=(STOOD,), roi=[(0, 0), (90, 0), (90, 60)],
    )  # fmt: skip
    return place / "results"


@pytest.fixture(scope="module")
def http(results: Path) -> Iterator[TestClient]:
    found = read_results(results)
    with (
        closing(Clips([None if one.start is None else (one.clip, one.start) for one in found], found)) as clips,
        TestClient(make_app(clips, TOKEN), base_url="http://127.0.0.1") as http,
    ):
        yield http


def test_a_batch_is_read_with_the_options_of_each_clip(results: Path) -> None:
    one, two = read_results(results)

    assert (one.state, two.state, two.start) == ("done", "failed", None)
    assert "cannot be opened" in two.error
    assert two.doubt > one.doubt
    assert one.start is not None
    assert (one.start.fit, one.start.knobs.masks.sensitivity) == ({"samples": 20}, 1.5)
    assert one.start.folder == results / "one"
    assert one.figures["frames"] == 60
    assert one.verdicts.keys() == {"objects_move", "objects_small", "light", "camera", "samples"}


def test_a_clip_of_a_batch_is_opened_with_its_own_options(results: Path) -> None:
    one = read_results(results)[0]
    assert one.start is not None
    with closing(Clips([(one.clip, one.start)])) as clips:
        session = clips.view(0).session
        said = command_line(session, one.start.knobs)

    assert said.endswith(
        f"-o {results / 'one'} --samples 20 --exclude '10,10 30,10 30,30@-1.5' --roi '0,0 90,0 90,60' --sensitivity 1.5"
    )


def test_the_list_is_answered_and_its_plates(http: TestClient) -> None:
    clips = http.get(f"/{TOKEN}/summary").json()

    assert "batch.js" in http.get(f"/{TOKEN}/").text
    assert [one["name"] for one in clips] == ["one.mkv", "two.mkv"]
    assert [one["opens"] for one in clips] == [True, False]
    assert clips[1]["error"].startswith("cannot be opened")
    assert http.get(f"/{TOKEN}/preview/0.jpg").headers["content-type"] == "image/jpeg"
    for number in (1, 2):
        assert http.get(f"/{TOKEN}/preview/{number}.jpg").status_code == 404


def test_a_failed_clip_cannot_be_opened(http: TestClient) -> None:
    answer = http.get(f"/{TOKEN}/clip/1/state")

    assert answer.status_code == 400
    assert "was not rendered" in answer.json()["error"]


def test_only_a_batch_is_one(results: Path, tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text("a,b\n1,2\n")

    assert is_results(results)
    assert not is_results(results.parent)
    assert not is_results(results / "one" / "report.json")
    with pytest.raises(ParameterError, match="holds no clips"):
        read_results(tmp_path)


def test_reports_that_are_none_are_passed_over(results: Path, tmp_path: Path) -> None:
    copied = tmp_path / "results"
    shutil.copytree(results, copied)
    (copied / "one" / "report.json").write_text("[1, 2")

    assert read_results(copied)[0].start is None
