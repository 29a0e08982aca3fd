"""When something moved."""

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillplate.rendering.events import Event, find_events, write_timeline

TIMES = [number / 10 for number in range(100)]


def shares(*spans: tuple[int, int], share: float = 0.1) -> list[float]:
    return [share if any(first <= number <= last for first, last in spans) else 0.0 for number in range(100)]


def test_events_have_their_ends_and_their_height() -> None:
    levels = shares((20, 29), (60, 80))
    levels[70] = 0.4

    assert find_events(TIMES, levels) == (Event(2.0, 2.9, 0.1, range(20, 30)), Event(6.0, 8.0, 0.4, range(60, 81)))


def test_short_pauses_do_not_part_events() -> None:
    assert len(find_events(TIMES, shares((20, 29), (35, 40)))) == 1
    assert len(find_events(TIMES, shares((20, 29), (39, 45)))) == 2


def test_a_flash_is_no_event() -> None:
    assert find_events(TIMES, shares((20, 21))) == ()
    assert find_events(TIMES, shares((20, 40), share=1e-5)) == ()
    assert find_events([], []) == ()


@given(st.lists(st.floats(0, 1), max_size=60))
def test_events_ascend_and_hold_what_is_highest(levels: list[float]) -> None:
    events = find_events([number / 5 for number in range(len(levels))], levels)

    assert all(one.end < other.start for one, other in itertools.pairwise(events))
    assert all(one.most == max(levels[number] for number in one.frames) for one in events)


def test_the_table_numbers_them(tmp_path: Path) -> None:
    write_timeline(tmp_path / "timeline.csv", TIMES, shares((20, 29), (60, 80)), range(100), overwrite=False)
    with (tmp_path / "timeline.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 100
    assert rows[25] == {"frame": "25", "time": "2.500000", "foreground_share": "0.100000", "event": "1"}
    assert rows[60]["event"] == "2"
    assert rows[0]["event"] == "0"


def test_a_table_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "timeline.csv").write_text("mine")
    with pytest.raises(ValueError, match="exists already"):
        write_timeline(tmp_path / "timeline.csv", TIMES, shares(), range(100), overwrite=False)
