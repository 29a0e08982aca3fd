"""Many tasks, some at once, each in a process of its own, so that none can stop the rest."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.spawn import get_executable
from pathlib import Path
from time import perf_counter
from typing import Any

from stillplate.errors import ParameterError
from stillplate.rendering.worker import LENGTH, START

__all__ = ["Result", "Task", "run_tasks"]


@dataclass(frozen=True, slots=True)
class Task:
    """A call of a function of this package.

    Attributes
    ----------
    function : callable
        At the top level of a module.
    options : dict
        Its keywords; they are pickled.
    """

    function: Callable[..., object]
    options: dict[str, Any]

    def packed(self) -> bytes:
        """What a worker reads.

        Raises
        ------
        ParameterError
            If an option cannot be pickled.
        """
        try:
            task = pickle.dumps((self.function, self.options))
        except (pickle.PicklingError, AttributeError, TypeError) as err:
            raise ParameterError(f"an option cannot be handed to another process: {err}: leave it out") from err
        return len(task).to_bytes(LENGTH) + task


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task.

    Attributes
    ----------
    error : str
        Why it failed; empty if it did not.
    value : object
        What the function returned.
    seconds : float
        That it took.
    """

    error: str
    value: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    number: int
    started: float
    process: subprocess.Popen[bytes]

    @property
    def answers(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()


def run_tasks(
    tasks: Sequence[Task], jobs: int, begin: Callable[[int], None], end: Callable[[int, Result], None]
) -> None:
    """Run tasks, so many at once; whatever ends this ends them, too.

    Parameters
    ----------
    tasks : sequence of Task
    jobs : int
    begin : callable
        Called with the number of each task before it is started.
    end : callable
        Called with the number of each task that has ended, and its result.
    """
    if jobs < 1:
        raise ParameterError(f"jobs is {jobs}, but 1 or more is needed")
    packed = [task.packed() for task in tasks]
    waiting, running = list(range(len(tasks))), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop(0)
                begin(number)
                running.append(_Running(number, perf_counter(), _started(packed[number])))
            ready = connection.wait([job.answers for job in running])
            for job in [job for job in running if job.answers in ready]:
                result = _ended(job)
                running.remove(job)
                end(job.number, result)
    finally:
        for job in running:
            job.process.terminate()
        for job in running:
            _close(job.process)


def _started(task: bytes) -> subprocess.Popen[bytes]:
    folders = json.dumps([str(Path(folder).absolute()) if Path(folder).exists() else folder for folder in sys.path])
    process = subprocess.Popen(
        [os.fsdecode(get_executable()), "-c", START, folders], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError):  # it died at once, which its end tells
            left = memoryview(task)
            while left:
                left = left[process.stdin.write(left) or 0 :]
    except BaseException:
        process.terminate()
        _close(process)
        raise
    return process


def _ended(job: _Running) -> Result:
    """Take the answer of a process, which is over once it has given it."""
    assert job.process.stdout is not None
    answer = job.process.stdout.read()
    _close(job.process)
    seconds = perf_counter() - job.started
    if job.process.returncode != 0 or not answer:
        return Result(f"its process died (exit {job.process.returncode}): report this clip", None, seconds)
    error, value = pickle.loads(answer)
    return Result(error, value, seconds)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Wait for its end; let it notice only then that nobody listens."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
