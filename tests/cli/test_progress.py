"""What is told of a job while it lasts, where standard error is no terminal."""

import io
import time

import pytest

from stillplate.cli.progress import progress_bars
from stillplate.io.phases import log_phase, on_phase


def test_phases_are_heard_in_order_and_only_meanwhile() -> None:
    told: list[str] = []
    log_phase("before")
    with on_phase(told.append):
        log_phase("vote")
        log_phase("learn masks")
    log_phase("after")

    assert told == ["vote", "learn masks"]


def test_a_line_every_so_often_says_what_is_done_and_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    monkeypatch.setenv("STILLPLATE_PROGRESS", "0.02")

    def wait_for_line(part: str) -> None:
        while part not in errors.getvalue():
            time.sleep(0.01)

    with progress_bars(quiet=False) as progress:
        assert progress is not None
        progress("sample")(16, 64)
        wait_for_line("sample: 16 of 64 frames (25%)\n")
        log_phase("vote")
        wait_for_line("vote\n")
    told = errors.getvalue()

    assert all(line.startswith("stillplate: [0:") for line in told.splitlines())
    time.sleep(0.1)
    assert errors.getvalue() == told


@pytest.mark.parametrize(("quiet", "pace"), [(True, "0.01"), (False, "0")])
def test_nothing_is_told_where_nobody_wants_it(quiet: bool, pace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLPLATE_PROGRESS", pace)
    with progress_bars(quiet=quiet) as progress:
        assert progress is None
