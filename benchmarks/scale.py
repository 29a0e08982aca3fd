"""Many clips: how many a minute by processes and by Dask on this machine, and what a clip costs beside itself."""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import process_time
from typing import Any

from distributed import Client, LocalCluster

from benchmarks.report import write_json
from benchmarks.timing import Task as Timed
from benchmarks.timing import interleaved, show_times
from stillplate import Executor, Processes, Task, render_many
from stillplate.io.opening import open_sink
from stillplate.io.source import FrameSource
from stillplate.rendering.dask_cluster import Dask
from stillplate.synthetic import street

__all__ = ["compare_scale"]

EMPTY = 10  # tasks that do nothing, each in a process of its own
BARE = 2000  # calls that do nothing, in the workers themselves
WORKERS = (1, 2)


def compare_scale(*, clips: int = 6, frames: int = 150, repeats: int = 3, json: Path | None = None) -> None:
    """Time a batch of drawn clips with 1 and 2 workers, by processes and by Dask, and tasks that do nothing."""
    figures: dict[str, Any] = {"clips": clips, "frames": frames}
    with tempfile.TemporaryDirectory() as name:
        folder, numbers = Path(name), count()
        (folder / "clips").mkdir()
        for number in range(clips):
            _write(folder / "clips" / f"{number:03d}.mp4", street(320, 180, frames=frames, seed=number))
        clusters = {workers: _cluster(workers) for workers in WORKERS}
        clients = {workers: Client(cluster, set_as_default=False) for workers, cluster in clusters.items()}
        executors: dict[str, Executor] = {
            **{f"--jobs {workers}": Processes(workers) for workers in WORKERS},
            **{f"--cluster of {workers}": Dask(client) for workers, client in clients.items()},
        }
        try:
            batches = {
                name: Timed(_batch(folder / "clips", folder, executor, numbers)) for name, executor in executors.items()
            }
            times = interleaved(batches, repeats)
            show_times("Batch of clips", times)
            figures["clips_a_minute"] = {name: 60 * clips / told["seconds"] for name, told in times.items()}
            most = clients[max(WORKERS)]
            figures["cpu_seconds_beside_a_clip"] = {
                "--jobs": _beside(Processes(1), None), "--cluster": _beside(Dask(most), most),
            }  # fmt: skip
            figures["cpu_seconds_of_a_call"] = _call(most)
            figures["bytes_of_a_task"], figures["bytes_of_a_result"] = _sizes(folder / "clips", folder, numbers)
        finally:
            for client in clients.values():
                client.close()
            for cluster in clusters.values():
                cluster.close()
    for title, figure in figures.items():
        print(f"{title}: {figure}")
    write_json(figures, json)


def _write(path: Path, clip: FrameSource) -> None:
    with open_sink(path, clip.info.width, clip.info.height) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)


def _cluster(workers: int) -> Any:
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", memory_limit=0,
        silence_logs=logging.CRITICAL,
    )  # fmt: skip


def _batch(clips: Path, folder: Path, executor: Executor, numbers: Any) -> Callable[[], None]:
    def render() -> None:
        outcomes = render_many([clips], folder / f"out{next(numbers)}", executor=executor)
        assert all(outcome.state == "done" for outcome in outcomes), outcomes

    return render


def _beside(executor: Executor, client: Client | None) -> float:
    """Return the processor time that a task costs the caller, the scheduler and the workers, not its own process.

    Unlike the time of a clock it is the same on a busy machine.
    """
    start = _used(client)
    executor.run([Task(os.getpid, {})] * EMPTY, lambda _: None, lambda *_: None)
    return (_used(client) - start) / EMPTY


def _used(client: Client | None) -> float:
    return process_time() + (0.0 if client is None else sum(client.run(process_time).values()))


def _call(client: Client) -> float:
    """Return the processor time that client and scheduler, which are in this process, take of a call that is empty."""
    start = process_time()
    client.gather(client.map(abs, range(BARE), pure=False))
    return (process_time() - start) / BARE


def _sizes(clips: Path, folder: Path, numbers: Any) -> tuple[int, int]:
    """Return the bytes of a clip's task and of its result."""
    sizes: list[tuple[int, int]] = []

    class Weighing:
        def run(self, tasks: Any, begin: Any, end: Any) -> None:
            begin(0)
            result = tasks[0].run()
            sizes.append((len(pickle.dumps(tasks[0])), len(pickle.dumps(result))))
            end(0, result)

    first = min(clips.iterdir())
    render_many([first], folder / f"out{next(numbers)}", executor=Weighing())
    return sizes[0]
