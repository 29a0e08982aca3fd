"""Tables of centroids: a row for each frame, SLEAP's, DeepLabCut's."""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

import stillplate
from stillplate.rendering.objects import Tracker, find_regions, open_objects
from tests.rendering.objects.test_objects import HEIGHT, WIDTH, drawn
from tests.rendering.objects.test_tracks import FRAMES, save

PLACES = {
    (one, n): (x + (w - 1) / 2, y + (h - 1) / 2)
    for n, boxes in enumerate(FRAMES)
    for one, (x, y, w, h) in enumerate(boxes, 1)
}
"""Centroids, by id and frame."""


def test_a_row_for_each_frame(tmp_path: Path) -> None:
    save("tracks", tmp_path / "tracks.csv")
    table = pd.read_csv(tmp_path / "tracks.csv")

    assert [*table.columns] == ["frame", "time", "x1", "y1", "x2", "y2"]
    assert table["time"].tolist() == pytest.approx([n / 25 for n in range(9)])
    assert table["x1"].tolist() == [PLACES[1, n][0] for n in range(9)]
    assert table.index[table["x2"].notna()].tolist() == [3, 4, 7]
    assert table.loc[7, ["x2", "y2"]].tolist() == [*PLACES[2, 7]]


def test_deeplabcut_s_table_of_several_animals(tmp_path: Path) -> None:
    """As its programs and `sleap_io.load_dlc` read it: four rows of header, the frame in front."""
    save("deeplabcut", tmp_path / "tracks.csv")
    table = pd.read_csv(tmp_path / "tracks.csv", header=[0, 1, 2, 3], index_col=0)

    assert [*table.columns.names] == ["scorer", "individuals", "bodyparts", "coords"]
    assert table.columns.get_level_values("scorer").unique().tolist() == ["stillplate"]
    assert table.index.tolist() == [*range(9)]
    centroids = table["stillplate"].xs("centroid", axis=1, level="bodyparts")
    assert centroids["object1", "x"].tolist() == [PLACES[1, n][0] for n in range(9)]
    assert centroids["object2"].dropna().to_dict("index") == {
        n: {"x": PLACES[2, n][0], "y": PLACES[2, n][1], "likelihood": 1.0} for n in (3, 4, 7)
    }


def test_sleap_s_table(tmp_path: Path) -> None:
    """By the rules of `sleap_io.load_csv`: it is known by two columns, and nodes by theirs with .x, .y and .score."""
    save("sleap", tmp_path / "tracks.csv")
    table = pd.read_csv(tmp_path / "tracks.csv")
    nodes = {name.rsplit(".", 1)[0] for name in table.columns if name.endswith((".x", ".y"))}
    rows = {(int(row["track"].removeprefix("object")), row["frame_idx"]): row for _, row in table.iterrows()}

    assert {"frame_idx", "instance.score", "track"} <= {*table.columns}
    assert nodes == {"centroid"}
    assert {key: (row["centroid.x"], row["centroid.y"]) for key, row in rows.items()} == PLACES


@pytest.mark.parametrize("name", ["tracks", "sleap", "deeplabcut"])
def test_nothing_that_moves(tmp_path: Path, name: str) -> None:
    with open_objects(name, tmp_path / "out.csv", WIDTH, HEIGHT, overwrite=False) as file:
        file.write((), Fraction(0), 0)
    lines = (tmp_path / "out.csv").read_text().splitlines()

    heads = {
        "tracks": ["frame,time", "0,0.000000"],
        "deeplabcut": ["scorer", "individuals", "bodyparts", "coords", "0"],
    }
    assert lines == heads.get(name, lines[:1])


def test_many_that_come_late_have_columns_from_the_first_row(tmp_path: Path) -> None:
    tracker = Tracker()
    with open_objects("tracks", tmp_path / "out.csv", WIDTH, HEIGHT, overwrite=False) as file:
        for number in range(4):
            boxes = [(20 * one, 10, 9, 9) for one in range(2 * number)]
            file.write(tracker.update(find_regions(drawn(*boxes)), number / 25), Fraction(number, 25), number)
    lines = (tmp_path / "out.csv").read_text().splitlines()

    assert {line.count(",") for line in lines} == {13}
    assert lines[1] == "0,0.000000" + "," * 12


def test_as_outputs(street_mp4: Path, tmp_path: Path) -> None:
    """All have what the table of objects has."""
    stillplate.render(
        street_mp4, objects=tmp_path / "o.csv", tracks=tmp_path / "t.csv", sleap=tmp_path / "s.csv",
        deeplabcut=tmp_path / "d.csv", samples=16,
    )  # fmt: skip
    objects, wide, sleap = (pd.read_csv(tmp_path / f"{name}.csv") for name in "ots")
    cut = pd.read_csv(tmp_path / "d.csv", header=[0, 1, 2, 3], index_col=0)["stillplate"]

    assert len(wide) == len(cut) == 60
    assert sleap["centroid.x"].tolist() == objects["cx"].tolist()
    for one, rows in objects.groupby("id"):
        assert wide[f"x{one}"].dropna().tolist() == rows["cx"].tolist()
        assert cut[f"object{one}", "centroid", "y"].dropna().tolist() == rows["cy"].tolist()
