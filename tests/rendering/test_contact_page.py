"""A page over a batch: each clip with its plate, the least trusted first."""

import csv
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import stillplate
from stillplate.rendering import contact_page
from stillplate.rendering.contact_page import CONTACT, write_contact_page
from tests.command import run


def row(clip: str, unsure: float | str = 0.1, state: str = "done", **more: Any) -> dict[str, Any]:
    return {
        "clip": f"clips/{clip}", "folder": clip.partition(".")[0], "state": state, "unsure_share": unsure, "events": 2,
        "light": "met", "camera": "met", "error": "", **more,
    }  # fmt: skip


def test_the_least_trusted_come_first(tmp_path: Path) -> None:
    rows = [
        row("sure.mp4", 0.01), row("doubtful.mp4", "0.6", light="violated"),
        row("broken <&>.mp4", "", "failed", error="cannot be read: it's <broken>"),
    ]  # fmt: skip
    for folder in ("sure", "doubtful"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "plate.png").touch()

    write_contact_page(tmp_path, rows)

    page = (tmp_path / CONTACT).read_text()
    names = [unescape(name) for name in re.findall(r"<b>(.*?)</b>", page)]
    assert names == ["broken <&>.mp4", "doubtful.mp4", "sure.mp4"]
    assert "40.0% of the plate is certain" in page
    assert '<span class="violated">light: violated.</span>' in page
    assert "<broken>" not in page
    assert page.count("<img ") == 2


def test_clips_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    """By the folders that they lie in below the given one, as their results do."""
    rows = [row(f"{camera}/gate.mp4", state=state) for camera, state in (("north", "done"), ("south", "failed"))]
    write_contact_page(tmp_path, [*rows, row("yard.mp4")])

    assert re.findall(r"<b>(.*?)</b>", (tmp_path / CONTACT).read_text()) == [
        "south/gate.mp4", "north/gate.mp4", "yard.mp4",
    ]  # fmt: skip


def test_of_a_batch_every_link_leads_to_a_file(street_mp4: Path, tmp_path: Path) -> None:
    """Also of a clip with blanks in its name, and made anew with the next call."""
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    (clips / "a street #1.mp4").write_bytes(street_mp4.read_bytes())
    (clips / "broken.mp4").write_bytes(b"no video")

    stillplate.render_many([clips], out, samples=8)
    stillplate.render_many([clips], out, samples=8, resume=True)

    page = (out / CONTACT).read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(links) == 2
    assert all((out / unquote(link)).is_file() for link in links)
    assert page.startswith("<!doctype html>")
    assert "2 clips, 1 failed" in page


def test_nothing_leads_to_a_file_that_is_elsewhere(street_mp4: Path, tmp_path: Path) -> None:
    """Plate and page of a clip may have been asked for under paths of their own."""
    out, clip = tmp_path / "out", tmp_path / "a.mp4"
    clip.write_bytes(street_mp4.read_bytes())
    stillplate.render_many([clip], out, samples=8, plate=str(tmp_path / "{clip}.png"))
    without_plate = (out / CONTACT).read_text()
    stillplate.render_many([clip], out, samples=8, page=str(tmp_path / "{clip}.html"), overwrite=True)
    (out / "a" / "report.html").unlink()
    stillplate.render_many([clip], out, samples=8, page=str(tmp_path / "{clip}.html"), resume=True)
    without_page = (out / CONTACT).read_text()

    assert 'href="a/report.html"' in without_plate
    assert "<img" not in without_plate
    assert 'src="a/plate.png"' in without_page
    assert "href" not in without_page
    assert "<b>a.mp4</b>" in without_plate and "<b>a.mp4</b>" in without_page


def test_a_batch_says_what_to_open(street_mp4: Path, tmp_path: Path) -> None:
    """Unless there is an index.html of somebody else's, or the clips are those of a shard."""
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    out = tmp_path / "out"
    batch = ("render", street_mp4, tmp_path / "broken.mp4", "-o", out, "--samples", 8, "--resume")
    told = run(*batch).stdout
    (out / CONTACT).write_text("mine")

    assert told.endswith(
        f"2 clips, 1 failed: {out}/summary.csv has a row for each\nopen {out}/index.html in a browser\n"
    )
    assert run(*batch).stdout.endswith(f"2 clips, 1 failed: {out}/summary.csv has a row for each\n")
    assert "summary.csv" not in run(*batch, "--shard", "1/2").stdout
    assert run(*batch, "--quiet").stdout == ""


def test_of_shards_when_they_are_joined(street_mp4: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(street_mp4.read_bytes())
    for number in (1, 2):
        stillplate.render_many([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "out", shard=(number, 2), samples=8)
        assert not (tmp_path / "out" / CONTACT).exists()

    stillplate.join_summaries(tmp_path / "out")

    assert (tmp_path / "out" / CONTACT).read_text().count("<img ") == 2


def test_somebody_elses_page_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / CONTACT).write_text("<html>mine</html>")

    write_contact_page(tmp_path, [row("a.mp4")])

    assert (tmp_path / CONTACT).read_text() == "<html>mine</html>"


def test_a_page_has_so_many_clips_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_page, "MOST", 2)

    write_contact_page(tmp_path, [row(f"{number}.mp4", number / 10) for number in range(5)])

    page = (tmp_path / CONTACT).read_text()
    assert "5 clips, 0 failed" in page
    assert "The first 2 are shown" in page
    assert re.findall(r"<b>(.*?)</b>", page) == ["4.mp4", "3.mp4"]


def test_the_table_has_the_figures_wherever_the_report_is(street_mp4: Path, tmp_path: Path) -> None:
    stillplate.render_many([street_mp4], tmp_path / "out", samples=8, report=str(tmp_path / "{clip}.json"))
    stillplate.render_many([street_mp4], tmp_path / "out", samples=8, report=str(tmp_path / "{clip}.json"), resume=True)

    (told,) = csv.DictReader((tmp_path / "out" / "summary.csv").read_text().splitlines())
    assert (told["state"], told["frames"], told["folder"]) == ("skipped", "60", street_mp4.stem)
    assert float(told["mean_support"]) > 0.5


@pytest.mark.parametrize("length", ["--spans", "--period"])
def test_a_length_that_is_none_is_refused(street_mp4: Path, tmp_path: Path, length: str) -> None:
    nothing = run("render", street_mp4, "-o", tmp_path / "out", length, "0")
    wrong = run("render", street_mp4, "-o", tmp_path / "out", length, "15q")

    assert (nothing.returncode, wrong.returncode) == (2, 2)
    assert "90s, 15m, 2h or [HH:]MM:SS is needed" in wrong.stderr
    assert "0" in nothing.stderr


def test_errors_of_a_batch_are_in_the_words_of_the_command_line(street_mp4: Path, tmp_path: Path) -> None:
    clips = []
    for name in ("a.mp4", "b.mp4"):
        clips.append(tmp_path / name)
        clips[-1].write_bytes(street_mp4.read_bytes())
    first, again = (run("render", *clips, "-o", tmp_path / "out", "--samples", 8) for _ in range(2))

    assert (first.returncode, again.returncode) == (0, 1)
    assert again.stderr.count("or allow it with --overwrite") == 2
