"""Batches on a Dask cluster, and what may happen to it meanwhile; everything on this machine."""

import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster

from stillplate import Executor, Processes, Result, Task, render_many
from stillplate.errors import ParameterError
from stillplate.rendering.dask_cluster import cluster_at
from tests.command import run, run_apart
from tests.damage import make_clip
from tests.patience import HANGS, wait_for
from tests.rendering.test_batch import listing, save

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 4}
QUICK = ("--threshold", "30", "--cleanup", "none", "--samples", "4")
HOST = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL, memory_limit=0,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two clips and a file that is no video."""
    (tmp_path / "clips").mkdir()
    for name in "ac":
        make_clip(tmp_path / "clips" / f"{name}.mp4")
    (tmp_path / "clips" / "bad.mp4").write_bytes(b"no video")
    return tmp_path / "clips"


@pytest.fixture
def long_tree(tmp_path: Path) -> Path:
    """Two clips of seconds of rendering: many blocks walk."""
    images = np.full((20, 24, 32, 3), 90, np.uint8)
    for step, image in enumerate(images):
        image[8:14, step : step + 6] = (200, 60, 40)
    save(tmp_path / "long" / "a.mp4", np.tile(images, (24, 8, 8, 1)))
    shutil.copy(tmp_path / "long" / "a.mp4", tmp_path / "long" / "b.mp4")
    return tmp_path / "long"


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()[1])


def writers(out: Path) -> set[int]:
    """The processes that are writing outputs, by the names of their hidden files."""
    return {int(path.name.split(".")[2]) for path in out.rglob(".mask.*.partial*")}


def test_the_same_bytes_as_processes_and_the_client_stays_open(client: Client, tree: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    done = render_many(
        [tree], tmp_path / "far", client=client, done=lambda one, clips: told.append((one.clip.name, clips)), **PLAIN
    )
    render_many([tree], tmp_path / "near", jobs=2, **PLAIN)
    files = [name for name in listing(tmp_path / "near") if name.endswith((".mp4", ".png"))]

    assert [one.state for one in done] == ["done", "failed", "done"]
    assert "cannot be opened as a video" in done[1].error
    assert sorted(told) == [(name, 3) for name in ("a.mp4", "bad.mp4", "c.mp4")]
    assert listing(tmp_path / "far") == listing(tmp_path / "near")
    assert all((tmp_path / "far" / name).read_bytes() == (tmp_path / "near" / name).read_bytes() for name in files)
    assert client.submit(sum, [1, 2]).result() == 3


def test_relative_paths_are_those_of_the_caller(
    client: Client, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (one,) = render_many(["clips/a.mp4"], "out", client=client, **PLAIN)

    assert one.state == "done"
    assert (tmp_path / "out" / "a" / "mask.mp4").exists()


def test_a_killed_worker_costs_no_clip(client: Client, long_tree: Path, tmp_path: Path) -> None:
    """Its clip is given to the other one, or to the one that takes its place."""
    out, killed = tmp_path / "out", list[int]()

    def kill() -> None:
        wait_for(lambda: bool(writers(out)))
        killed.append(parent(writers(out).pop()))
        os.kill(killed[0], signal.SIGKILL)

    workers = set(client.run(os.getpid).values())
    done = _while(kill, lambda: render_many([long_tree], out, client=client, **PLAIN))

    assert set(killed) < workers
    assert [(one.state, one.error) for one in done] == [("done", ""), ("done", "")]
    assert not [name for name in listing(out) if "partial" in name]


def test_what_a_lost_worker_has_made_is_not_made_again(client: Client, tree: Path, tmp_path: Path) -> None:
    """It was whole, but the answer never came: here it is the second that is asked for the same."""
    out = tmp_path / "out"

    class Twice:
        def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
            begin(0)
            first = client.submit(Task.run, tasks[0], pure=False).result()
            made.append((out / "a" / "mask.mp4").stat().st_mtime_ns)
            end(0, client.submit(Task.run, tasks[0], pure=False).result())
            assert first.error == ""

    made: list[int] = []
    executor: Executor = Twice()
    (one,) = render_many([tree / "a.mp4"], out, executor=executor, **PLAIN)
    (again,) = render_many([tree / "a.mp4"], out, client=client, **PLAIN)

    assert one.state == "done"
    assert made == [(out / "a" / "mask.mp4").stat().st_mtime_ns]
    assert "exists already" in again.error  # what was there before the batch is not replaced, as without Dask


def test_a_worker_whose_disk_is_full(client: Client, tree: Path, tmp_path: Path) -> None:
    """What the other makes is whole; the rest is listed, and made once there is space again."""
    out, (full, _) = tmp_path / "out", sorted(client.nthreads())
    (tree / "bad.mp4").unlink()
    for name in "bd":
        make_clip(tree / f"{name}.mp4")
    client.run(os.environ.update, {"PYTHONDONTWRITEBYTECODE": "1"}, workers=[full])  # it would be cut short, too
    client.run(resource.setrlimit, resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY), workers=[full])
    done = render_many([tree], out, client=client, **PLAIN)
    client.run(
        resource.setrlimit, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY), workers=[full]
    )
    failed = [one for one in done if one.state == "failed"]
    folders = sorted(path.name for path in out.iterdir() if path.is_dir())
    again = render_many([tree], out, client=client, resume=True, **PLAIN)

    assert 0 < len(failed) < len(done)
    assert all("cannot be written" in one.error or "File too large" in one.error for one in failed)
    assert folders == [one.folder.name for one in done if one.state == "done"]
    assert [one.state for one in again] == ["done" if one.state == "failed" else "skipped" for one in done]


def test_a_scheduler_that_goes_away(long_tree: Path, tmp_path: Path) -> None:
    """The command line ends with 1 and a line for each clip, and the batch can be resumed without Dask."""
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", HOST],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as host:
        assert host.stdout is not None
        address = host.stdout.readline().strip()

        def kill() -> None:
            wait_for(lambda: bool(writers(out)))
            host.kill()

        command = ("render", long_tree, "-o", out, *QUICK)
        ended = _while(kill, lambda: run_apart(*command, "--cluster", address))
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in writers(out)))
    again = run(*command, "--resume", "--jobs", "2")

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 2)
    assert ended.stderr.count("the connection to the scheduler was lost") == 2
    assert again.returncode == 0
    assert not [name for name in listing(out) if "partial" in name]


def test_a_task_that_no_worker_can_run_is_told(client: Client, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    task = Task(os.getcwd, {}, place=str(gone))
    gone.rmdir()
    told = client.submit(Task.run, task, pure=False).result()

    assert told.error == f"{gone}: no process can be started there: No such file or directory"


def test_an_option_that_cannot_be_sent_is_told_at_once(client: Client, tree: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="an option cannot be handed to another process"):
        render_many([tree], tmp_path / "out", client=client, threshold=lambda: 30)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cluster", ["tcp://127.0.0.1:1", "nonsense", ""])
def test_a_cluster_that_does_not_answer_is_told_in_a_line(tree: Path, tmp_path: Path, cluster: str) -> None:
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        done = run("render", tree, "-o", tmp_path / "out", "--cluster", cluster)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no Dask scheduler answers there: give tcp://HOST:PORT, or local:N" in done.stderr


@pytest.mark.parametrize("cluster", ["local:0", "local:x", "local:"])
def test_workers_that_cannot_be_are_told_in_a_line(tree: Path, tmp_path: Path, cluster: str) -> None:
    done = run("render", tree, "-o", tmp_path / "out", "--cluster", cluster)

    assert done.returncode == 2
    assert "local:N with N from 1 to 9999 is needed" in done.stderr


def test_one_place_is_asked_for(client: Client, tree: Path, tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [
        {"client": client, "jobs": 2}, {"client": client, "cluster": "local:2"},
        {"client": client, "executor": Processes(2)},
    ]  # fmt: skip
    for options in wrong:
        with pytest.raises(ParameterError, match="but clips run in one place"):
            render_many([tree], tmp_path / "out", **options)
    with pytest.raises(ParameterError, match=r"a distributed\.Client that is not asynchronous is needed"):
        render_many([tree], tmp_path / "out", client="tcp://127.0.0.1:8786")


def test_without_dask_the_pip_line_is_told(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "stillplate.rendering.dask_cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = run("render", tree, "-o", tmp_path / "out", "--cluster", "local:2")

    assert done.stderr == "stillplate: --cluster is given, but Dask is not installed: pip install 'stillplate[dask]'\n"
    assert done.returncode == 2


def test_a_cluster_of_this_machine_is_closed_in_the_end(tree: Path, tmp_path: Path) -> None:
    with cluster_at("local:1") as client:
        pids = list(client.run(os.getpid).values())
        assert render_many([tree / "a.mp4"], tmp_path / "out", client=client, **PLAIN)[0].state == "done"

    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def _while(act: Callable[[], None], work: Callable[[], Any]) -> Any:
    """Do some work while another thread acts on it; an error of that is raised here."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(act)
        result = work()
        acted.result(timeout=HANGS)
    return result
