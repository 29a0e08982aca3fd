"""The command `view`, in a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stillplate.cli.parsing import call

PROGRAM = [sys.executable, "-m", "stillplate", "view", "--no-browser"]
PATIENCE = 60


@contextmanager
def viewed(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command; yield its process and the address that it prints."""
    with subprocess.Popen(
        [*PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"http://\S+", line)
            assert address is not None, (line, process.stderr and process.stderr.read())
            yield process, address.group()
        finally:
            process.kill()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended_and_leaves_no_file(
    lane_mp4: Path, tmp_path: Path, signal_number: signal.Signals
) -> None:
    with viewed(str(lane_mp4), folder=tmp_path) as (process, address):
        with urllib.request.urlopen(address) as page:
            assert b"<title>stillplate</title>" in page.read()
        process.send_signal(signal_number)
        code = process.wait(PATIENCE)
        said = process.stderr.read() if process.stderr else ""

    assert code in (0, 128 + signal_number, -signal_number)
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_another_address_than_this_machines_is_warned_of(lane_mp4: Path, tmp_path: Path) -> None:
    with viewed(str(lane_mp4), "--host", "0.0.0.0", folder=tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        said = process.stderr.read() if process.stderr else ""

    assert "warning: 0.0.0.0: whoever has the address sees the clip" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no such clip.mp4"], "no such clip.mp4"),
        (["clip.mp4", "--sensitivity", "0"], "--sensitivity is 0"),
        (["clip.mp4", "--port", "x"], "whole number"),
        (["clip.mp4", "--host", "no.such.host.invalid"], "cannot be used"),
        (["clip.mp4", "--background", "nothing.npz"], "nothing.npz"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    lane_mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(lane_mp4.read_bytes())

    assert said in call(["view", "--no-browser", *arguments])


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, lane_mp4: Path) -> None:
    monkeypatch.setitem(sys.modules, "stillplate.viewer.serving", None)

    assert "pip install 'stillplate[view]'" in call(["view", str(lane_mp4)])
