"""What runs the tasks of a batch: processes of this machine, or workers elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from stillplate.errors import ParameterError
from stillplate.rendering.jobs import Result, Task, run_tasks

__all__ = ["Executor", "Processes", "chosen"]


class Executor(Protocol):
    """Runs the tasks of a batch, anywhere and in any order.

    See Also
    --------
    Task.run : runs one, where it is called.
    """

    def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
        """Run every task, and return when all have ended.

        Parameters
        ----------
        tasks : sequence of Task
            They can be pickled.
        begin : callable
            To be called here with the number of a task, from 0, before it starts.
        end : callable
            To be called here with the number and the result of a task, once for each, as it ends. A task that could not
            be run has a `Result` with an error.
        """


@dataclass(frozen=True, slots=True)
class Processes:
    """Runs each task in a process of this machine.

    Attributes
    ----------
    jobs : int
        Tasks at once, 1 or more.
    """

    jobs: int = 1

    def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
        """Run every task; if this call is interrupted, the running tasks are terminated."""
        run_tasks(tasks, self.jobs, begin, end)


@contextmanager
def chosen(jobs: int, cluster: str | None, client: Any | None, executor: Executor | None) -> Iterator[Executor]:
    """Yield the executor that keywords of `render_many` ask for; what was started or opened for it is closed after it.

    Raises
    ------
    ParameterError
        If several are asked for, Dask is not installed, or no cluster answers.
    """
    given: dict[str, Any] = {"cluster": cluster, "client": client, "executor": executor}
    asked = [name for name, value in given.items() if value is not None]
    if asked and jobs != 1:
        asked.insert(0, "jobs")
    if len(asked) > 1:
        raise ParameterError(f"both {asked[0]} and {asked[1]} are given, but clips run in one place: leave one out")
    if executor is not None or not asked:
        yield executor or Processes(jobs)
        return
    try:
        from stillplate.rendering.dask_cluster import Dask, cluster_at
    except ImportError as err:
        raise ParameterError(f"{asked[0]} is given, but Dask is not installed: pip install 'stillplate[dask]'") from err
    if cluster is None:
        yield Dask(client)
        return
    with cluster_at(cluster) as opened:
        yield Dask(opened)
