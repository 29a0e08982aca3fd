from __future__ import annotations

from stillplate.viewer.naming import clip_name


def test_a_folder_named_as_any_is_called_by_that_it_lies_in() -> None:
    assert clip_name("/data/highway/input") == "highway/input"
    assert clip_name("/data/highway/frames_2") == "highway/frames_2"
    assert clip_name("/data/gate/0001.mp4") == "gate/0001.mp4"
    assert clip_name("/data/gate/north.mp4") == "north.mp4"


def test_a_path_of_one_part_stays_as_it_is() -> None:
    assert clip_name("input") == "input"
    assert clip_name("/input") == "input"
    assert clip_name("<array>") == "<array>"
