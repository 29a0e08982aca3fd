"""How much masks blink: by hand, and in the report of a render."""

import json
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np

import stillplate
from stillplate.cli.summary import summary
from stillplate.rendering.blinking import Blinks, blinking


def test_blinking() -> None:
    """Of seven pixels one is set now only, one before and after but not now, three are steady, and two are never set.

    A pixel that is set for the first or the last time does not blink.
    """
    before, now, after = np.array([[[0, 1, 1, 0, 1, 0, 0]], [[1, 0, 1, 1, 0, 0, 0]], [[0, 1, 1, 1, 0, 0, 0]]], np.bool_)
    nothing = np.zeros((1, 7), np.bool_)

    assert blinking(before, now, after) == 2 / 5
    assert blinking(nothing, now, nothing) == 1
    assert blinking(now, now, now) == blinking(nothing, nothing, nothing) == 0


def test_three_masks_in_a_row_are_needed() -> None:
    """A frame that could not be read parts those before it from those after it."""
    blinks, on, off = Blinks(), np.ones((2, 3), np.bool_), np.zeros((2, 3), np.bool_)
    found = [blinks.add(index, mask) for index, mask in ((3, on), (4, off), (5, on), (7, off), (8, on), (9, on))]

    assert found == [None, None, 1.0, None, None, 0.0]


def test_a_render_tells_how_much_its_masks_blink(tmp_path: Path) -> None:
    """A block of 6 x 5 pixels is missing in every fourth of twelve frames, beside one of 12 x 10 that stays for them.

    Of 150 pixels, 30 blink in each of the three frames from which the block is missing, and in no other of the ten.
    """
    images = np.full((40, 60, 80, 3), 90, np.uint8)
    images[:12, 8:20, 10:20] = images[:12, 30:36, 40:45] = 250
    images[2:12:4, 30:36, 40:45] = 90
    given = stillplate.Background.from_plate(images[-1], threshold=20)
    for name, frames in (("some", images[:12]), ("two", images[:2]), ("empty", images[12:])):
        done = stillplate.render(
            frames, report=tmp_path / f"{name}.json", page=tmp_path / f"{name}.html", background=given, cleanup="none",
            threshold=20,
        )  # fmt: skip
    report, two, empty = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("some", "two", "empty"))
    plate_alone = stillplate.render(images, plate=tmp_path / "plate.png")

    assert report["blinking"] == round(3 * (30 / 150) / 10, 4)
    assert (two["blinking"], empty["blinking"]) == (None, 0)
    assert plate_alone.blinking is None
    told = "<th>flicker of the masks</th><td>6.0% of their pixels are set, or missing, for a single frame</td>"
    assert told in (tmp_path / "some.html").read_text()
    assert "flicker" not in (tmp_path / "two.html").read_text()
    flicker = "masks: flicker, 10.0% of their pixels are set, or missing, for a single frame"
    for blinks, line in ((0.0999, None), (0.1, flicker)):
        told_lines = [text for text in summary(replace(done, blinks=array("d", [blinks])), 1) if "flicker" in text]

        assert told_lines == ([] if line is None else [line])
