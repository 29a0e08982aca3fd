"""Run many tasks, several at once, each in its own process, so that a crash ends only one."""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.spawn import get_executable
from pathlib import Path
from time import perf_counter
from typing import Any

from stillplate.errors import ParameterError
from stillplate.rendering.worker import LENGTH, START

__all__ = ["Result", "Task", "check_packed", "run_tasks"]

PAUSE = 0.5  # seconds
_Answers = queue.SimpleQueue[tuple[int, bytes]]  # of workers that have ended: number of the task, and what they wrote


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

    started: float
    process: subprocess.Popen[bytes]
    reader: threading.Thread


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
    waiting, running, answers = deque(range(len(tasks))), dict[int, _Running](), _Answers()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.popleft()
                begin(number)
                running[number] = _begin(tasks[number], number, answers)
            number, answer = _next(answers)
            result = _finish(running[number], answer)
            del running[number]
            end(number, result)
    finally:
        for job in running.values():
            _end(job.process)
        for job in running.values():
            _close(job.process, job.reader)


def _working_folder() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # it was removed; absolute paths do without it
        return None


def _begin(task: Task, number: int, answers: _Answers) -> _Running:
    """Start a task in a new process, whose answer is put among `answers` when it ends."""
    started, process = perf_counter(), _start(task.packed(), task.place)
    reader = threading.Thread(target=_read, args=(number, process, answers), name="stillplate-answer", daemon=True)
    reader.start()
    return _Running(started, process, reader)


def _read(number: int, process: subprocess.Popen[bytes], answers: _Answers) -> None:
    assert process.stdout is not None
    answers.put((number, process.stdout.read()))


def _next(answers: _Answers) -> tuple[int, bytes]:
    """Wait for the next answer, with a pause now and then, in which Windows lets Ctrl-C through."""
    while True:
        with suppress(queue.Empty):
            return answers.get(timeout=PAUSE)


def _start(task: bytes, place: str | None) -> subprocess.Popen[bytes]:
    """Return a new worker process that was sent a task."""
    folders = json.dumps([str(Path(folder).absolute()) if Path(folder).exists() else folder for folder in sys.path])
    process = subprocess.Popen(
        [os.fsdecode(get_executable()), "-c", START, folders],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=place,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        with suppress(OSError):  # a broken pipe: the worker died at once; its exit code is read later
            left = memoryview(task)
            while left:
                left = left[process.stdin.write(left) or 0 :]
    except BaseException:
        _end(process)
        _close(process)
        raise
    return process


def _finish(job: _Running, answer: bytes) -> Result:
    """Return the result of a worker process, after waiting for its end."""
    _close(job.process, job.reader)
    seconds = perf_counter() - job.started
    if job.process.returncode != 0 or not answer:
        return Result(f"its process died (exit {job.process.returncode}): report this clip", None, seconds)
    error, value = pickle.loads(answer)
    return Result(error, value, seconds)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Tell a process to clean up and end."""
    if sys.platform == "win32":  # where a process can only be ended at once; but it ends when its input does
        assert process.stdin is not None
        process.stdin.close()
    else:
        process.terminate()


def _close(process: subprocess.Popen[bytes], reader: threading.Thread | None = None) -> None:
    """Wait for the end of a process and of what reads its answer, then close its pipes; earlier would end it."""
    process.wait()
    if reader is not None:
        reader.join()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
