"""Batches that are ended by a signal at any moment, and what they may leave behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import stillplate
from tests.patience import HANGS, wait_for

__all__ = ["children", "gone", "started", "wrong_after"]

SCRIPT = "import stillplate_command; stillplate_command.main()"  # as the console script does
OPTIONS = ("--samples", "4", "--jobs", "2", "--threshold", "30", "--cleanup", "none")
CODES = {signal.SIGKILL: {-9}, signal.SIGTERM: {143, -15}, signal.SIGINT: {130}}  # -15: it had not started to listen
FOLDER = {"comparison.mp4", "foreground.mp4", "mask.mp4", "plate.png", "report.html", "report.json"}


def started(tree: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    """A batch in a process of its own, which hears Ctrl-C even where a shell's background job does not."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "render", str(tree), "-o", str(out), *OPTIONS, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def children(of: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{of}/task/{of}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wrong_after(tree: Path, out: Path, ends: Sequence[tuple[signal.Signals, float]]) -> str:
    """End a batch by each signal, so many seconds after its start, and resume it; then let it run to its end.

    Tells what is wrong with how one ended or with what it left; empty if nothing is.
    """
    for number, seconds in ends:
        process = started(tree, out, "--resume")
        time.sleep(seconds)
        workers = children(process.pid)
        over = process.poll() is not None
        process.send_signal(number)
        _, errors = process.communicate(timeout=HANGS)
        wait_for(lambda: all(gone(pid) for pid in workers))  # noqa: B023  called at once
        told = f"after {number.name} at {seconds:.2f} s"
        if not over and process.returncode not in CODES[number] | {0}:
            return f"{told} it ends with {process.returncode} and {errors[-300:]}"
        orphaned = number == signal.SIGKILL and "spawn.py" in errors  # Python's own, of a worker whose parent is gone
        if ("Traceback" in errors or "Exception" in errors) and not orphaned:
            return f"{told} it says {errors[-300:]}"
        halves = [path for path in out.rglob("*") if path.is_file() and not _is_whole(path)]
        if halves or (number != signal.SIGKILL and any(".partial" in path.name for path in out.rglob(".*"))):
            return f"{told} it leaves {sorted(path.name for path in out.rglob('*'))}"
    process = started(tree, out, "--resume")
    _, errors = process.communicate(timeout=HANGS)
    left = {path.parent.name: {one.name for one in path.parent.iterdir()} for path in out.rglob("plate.png")}
    if process.returncode != 0 or any(names != FOLDER for names in left.values()) or not left:
        return f"resumed, it ends with {process.returncode}, {errors[-300:]} and {left}"
    return ""


def _is_whole(path: Path) -> bool:
    """Whether a file under a final name can be read to its end; what is hidden does not count."""
    if ".partial" in path.name:
        return True
    if path.suffix == ".mp4":
        with stillplate.open_video(path) as video:
            return video.info.frames == sum(1 for _ in video)
    if path.suffix == ".png":
        return stillplate.read_image(path).size > 0
    text = path.read_text(encoding="utf-8")
    return bool(json.loads(text)) if path.suffix == ".json" else text.endswith("\n")
