"""The seam under a batch: the executors of the documents, against stand-ins of their engines."""

import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stillplate import Processes, Result, Task, render_many
from tests.damage import make_clip
from tests.rendering.test_batch import listing

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 4}
DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"
LINES = 15  # that are not empty


class RayError(Exception):
    pass


def ray() -> ModuleType:
    """Runs each task when it is asked for; the last one is lost."""
    module = ModuleType("ray")

    def remote(max_retries: int) -> Any:
        return lambda function: SimpleNamespace(remote=lambda task: (function, pickle.dumps(task)))

    def get(reference: Any) -> Result:
        function, task = reference
        result = function(pickle.loads(task))
        if "lost" in str(pickle.loads(task).options):
            raise RayError("the worker died")
        assert isinstance(result, Result)
        return result

    vars(module).update(
        remote=remote, get=get, wait=lambda all: (all[:1], all[1:]), exceptions=SimpleNamespace(RayError=RayError)
    )
    return module


class Spark:
    """A table whose partitions hold a row each."""

    def __init__(self, rows: list[Any] | None = None) -> None:
        self.rows = rows or []

    def createDataFrame(self, rows: list[Any], schema: str) -> "Spark":
        return Spark([dict(zip([part.split()[0] for part in schema.split(",")], row, strict=True)) for row in rows])

    def repartition(self, count: int) -> "Spark":
        assert count == len(self.rows)
        return self

    def mapInPandas(self, function: Any, schema: str) -> "Spark":
        frames: Iterable[Any] = ({name: [value] for name, value in row.items()} for row in self.rows)
        made = list(function(frames))
        return Spark([{name: values[0] for name, values in frame.items()} for frame in made])

    def toLocalIterator(self, prefetchPartitions: bool) -> Iterator[Any]:
        return iter([SimpleNamespace(**row) for row in self.rows])


@pytest.mark.parametrize("engine", ["ray", "Spark"])
def test_the_example_renders_what_processes_do(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (block,) = [block for block in blocks if engine in block]
    (tmp_path / "clips").mkdir()
    for name in ("a", "lost") if engine == "ray" else ("a", "b"):
        make_clip(tmp_path / "clips" / f"{name}.mp4")
    (tmp_path / "clips" / "bad.mp4").write_bytes(b"no video")
    pandas = ModuleType("pandas")
    vars(pandas).update(DataFrame=dict)
    monkeypatch.setitem(sys.modules, "ray", ray())
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"spark": Spark()}
    lines, _, call = block.rpartition("render_many(")
    exec(compile(lines, "scale.md", "exec"), names)
    outcomes = list(eval("render_many(" + call.strip()[:-1] + ", **options)", {**names, "options": PLAIN}))
    render_many(["clips/a.mp4"], "near", executor=Processes(2), **PLAIN)

    assert sum(bool(line.strip()) for line in block.splitlines()) <= LINES
    assert {one.clip.stem: one.state for one in outcomes} == {
        "a": "done", "bad": "failed", **({"lost": "failed"} if engine == "ray" else {"b": "done"}),
    }  # fmt: skip
    assert Path("out/a/mask.mp4").read_bytes() == Path("near/a/mask.mp4").read_bytes()
    assert "near" not in listing(tmp_path / "out")


def test_a_task_runs_where_it_is_called(tmp_path: Path) -> None:
    """Its paths are relative to the folder in which it was made, and an error is a result."""
    (tmp_path / "clip").write_text("seven b")
    good = Task(Path.stat, {"self": Path("clip")}, place=str(tmp_path)).run()
    bad = pickle.loads(pickle.dumps(Task(Path.stat, {"self": Path("none")}, place=str(tmp_path)))).run()

    assert (good.error, good.value.st_size) == ("", 7)
    assert (bad.error, bad.value) == ("[Errno 2] No such file or directory: 'none'", None)
