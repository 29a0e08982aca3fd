"""Run many tasks, several at once, each in its own process, so that a crash ends only one."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.spawn import get_executable
from pathlib import Path
from time import perf_counter
from typing import Any

from stillplate.errors import ParameterError
from stillplate.rendering.worker import LENGTH, START

__all__ = ["Result", "Task", "check_packed", "run_tasks"]


@dataclass(frozen=True, slots=True)
class Task:
    """A call of a function of this package, for a worker process.

    Attributes
    ----------
    function : callable
        A function at the top level of a module.
    options : dict
        Keyword arguments of the function; they are pickled.
    place : str or None
        Working folder of the process, in which relative paths are meant: where the task was made.
    """

    function: Callable[..., object]
    options: dict[str, Any]
    place: str | None = field(default_factory=lambda: _working_folder())

    def packed(self) -> bytes:
        """Return the task as bytes for the standard input of a worker.

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

    def run(self) -> Result:
        """Run the task, in a process of its own on this machine; whatever happens to that is in the result."""
        results: list[Result] = []
        try:
            run_tasks([self], 1, lambda _: None, lambda _, result: results.append(result))
        except OSError as err:
            return Result(f"{self.place}: no process can be started there: {err.strerror or err}", None, 0.0)
        return results[0]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a task.

    Attributes
    ----------
    error : str
        Message of the error; empty if the task succeeded.
    value : object
        Return value of the function.
    seconds : float
        Duration of the task.
    """

    error: str
    value: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    """A task in progress."""

    number: int
    started: float
    process: subprocess.Popen[bytes]

    @property
    def answers(self) -> int:
        """The file descriptor of the worker's result."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()


def check_packed(tasks: Sequence[Task]) -> None:
    """Raise ParameterError, before any is started, if tasks cannot be pickled; one is tried, since they are alike."""
    for task in tasks[:1]:
        task.packed()


def run_tasks(
    tasks: Sequence[Task], jobs: int, begin: Callable[[int], None], end: Callable[[int, Result], None]
) -> None:
    """Run tasks, `jobs` at once; if this call is interrupted, the running tasks are terminated.

    Parameters
    ----------
    tasks : sequence of Task
    jobs : int
        Number of tasks at once.
    begin : callable
        Called with the number of a task before it starts.
    end : callable
        Called with the number and result of a task after it ends.
    """
    if jobs < 1:
        raise ParameterError(f"jobs is {jobs}, but 1 or more is needed")
    check_packed(tasks)
    waiting, running = deque(range(len(tasks))), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.popleft()
                begin(number)
                running.append(_Running(number, perf_counter(), _start(tasks[number].packed(), tasks[number].place)))
            ready = connection.wait([job.answers for job in running])
            for job in [job for job in running if job.answers in ready]:
                result = _finish(job)
                running.remove(job)
                end(job.number, result)
    finally:
        for job in running:
            job.process.terminate()
        for job in running:
            _close(job.process)


def _working_folder() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # it was removed; absolute paths do without it
        return None


def _start(task: bytes, place: str | None) -> subprocess.Popen[bytes]:
    """Return a new worker process that was sent a task."""
    folders = json.dumps([str(Path(folder).absolute()) if Path(folder).exists() else folder for folder in sys.path])
    process = subprocess.Popen(
        [os.fsdecode(get_executable()), "-c", START, folders],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=place,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError):  # the worker died at once; its exit code is read later
            left = memoryview(task)
            while left:
                left = left[process.stdin.write(left) or 0 :]
    except BaseException:
        process.terminate()
        _close(process)
        raise
    return process


def _finish(job: _Running) -> Result:
    """Return the result of a worker process, after waiting for its end."""
    assert job.process.stdout is not None
    answer = job.process.stdout.read()
    _close(job.process)
    seconds = perf_counter() - job.started
    if job.process.returncode != 0 or not answer:
        return Result(f"its process died (exit {job.process.returncode}): report this clip", None, seconds)
    error, value = pickle.loads(answer)
    return Result(error, value, seconds)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process, then close its pipes; closed earlier, they would end it."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
