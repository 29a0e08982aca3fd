"""Clocks: tasks timed in turn, so that a busy machine is busy for all of them; medians; ratios to the first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["Finished", "Task", "interleaved", "run_process", "show_times"]

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
# A child's peak counts from its parent's memory at the fork, so a parent that is small starts and weighs it.
LAUNCHER = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to time.

    Attributes
    ----------
    call : callable
        Returns its own time in seconds, or None to be timed from outside.
    part : float
        Share of the whole work it does, 0..1; times are scaled up by it.
    note : str
        Where the time is an extrapolation: of what.
    """

    call: Callable[[], float | None]
    part: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended.

    Attributes
    ----------
    seconds : float
        From start to end.
    peak : int
        Most memory it held, in bytes.
    """

    seconds: float
    peak: int


def interleaved(tasks: Mapping[str, Task], repeats: int) -> dict[str, dict[str, Any]]:
    """Time the tasks in turn, `repeats` rounds, after one round that is not counted.

    Returns
    -------
    dict
        For each task: seconds (the median), rounds (of which it is), ratio (of medians, to the first task), spread (the
        least and the greatest ratio of a round), extrapolated (of what; empty where measured).
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats + 1):
        for name, task in tasks.items():
            start = perf_counter()
            own = task.call()
            times[name].append((perf_counter() - start if own is None else own) / task.part)
    counted = {name: rounds[1:] for name, rounds in times.items()}
    first = next(iter(counted.values()))
    result = {}
    for name, rounds in counted.items():
        ratios = [one / other for one, other in zip(rounds, first, strict=True)]
        result[name] = {
            "seconds": median(rounds),
            "rounds": rounds,
            "ratio": median(rounds) / median(first),
            "spread": [min(ratios), max(ratios)],
            "extrapolated": tasks[name].note,
        }
    return result


def run_process(command: Sequence[str]) -> Finished:
    """Run a process to its end.

    Raises
    ------
    SystemExit
        If it fails.
    """
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    launched = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True, env=compiled)
    if launched.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: failed:\n{launched.stderr}")
    seconds, peak = launched.stdout.split()
    return Finished(float(seconds), int(peak) * MAXRSS_UNIT)


def show_times(title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the times of one group."""
    table = Table("what", "milliseconds", "ratio", "from to", "extrapolated from", title=title)
    for name, row in rows.items():
        spread = "{:.2f} {:.2f}".format(*row["spread"])
        table.add_row(name, f"{1000 * row['seconds']:.2f}", f"{row['ratio']:.2f}", spread, row["extrapolated"])
    Console(width=110).print(table)
