"""Every example in README.md runs as it is written there, with the files that it names, and makes what it names."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.project.shell import as_a_shell_would

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in TEXT.splitlines() if line.startswith("    stillplate ")]
PYTHON = [block.partition("```")[0] for block in TEXT.split("```python\n")[1:]]

MADE_BY = {  # the options whose values are paths of outputs
    "-o", "--objects", "--timeline", "--clean", "--cutout", "--layers", "--stabilized", "--motion", "--frames",
    "--derain", "--wipe", "--yolo", "--coco", "--mask",
    "--save-background", "--overlay", "--heatmap", "--cvat", "--label-studio", "--mot", "--dataset",
    "--tracks", "--sleap", "--deeplabcut",
}  # fmt: skip
INPUTS = {
    "clip.mp4", "later.mp4", "street.mp4", "beach.jpg", "empty.png", "plate.png", "truth.png", "tree.png", "court.png",
    "pictures", "masks", "truth", "lab.npz",
}  # fmt: skip


def parted(command: str) -> tuple[list[str], list[str]]:
    """The words of a command that name no output, and those that do."""
    words = shlex.split(command)
    outputs = [value for option, value in pairwise(words) if option in MADE_BY]
    outputs = outputs or ["clip-stillplate"] * (words == ["stillplate", "render", "clip.mp4"])
    return [word for word in words if word not in outputs], outputs


@pytest.mark.parametrize("command", COMMANDS)
def test_command(
    command: str,
    make: Callable[[Path], None],
    program: Callable[[list[str]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    inputs, outputs = parted(command)
    clips = ["clip", "other"] if "*.mp4" in inputs else ["clip"]
    for name in inputs:
        if name in INPUTS:
            make(Path(name))
    if len(clips) > 1:
        make(Path("clip.mp4"))
        shutil.copy("clip.mp4", "other.mp4")
    before = set(Path().iterdir())

    program(as_a_shell_would(command))

    for output in outputs:
        for path in (Path(output.replace("{clip}", name)) for name in clips):
            assert path.is_file() or any(path.iterdir())
    if len(clips) > 1 and outputs:
        assert all(any(Path(outputs[0]).glob(f"{name}*")) for name in clips)
    assert {path.name for path in set(Path().iterdir()) - before} == {Path(output).parts[0] for output in outputs}


@pytest.mark.parametrize("block", PYTHON)
def test_python(block: str, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("street.mp4", "tree.png", "court.png", "empty.png"):
        make(Path(name))

    exec(compile(block, "README.md", "exec"), {})

    made = {"street.png", "street.exr", "mask.mkv", "walkers.mov", "empty.mp4", "lab.npz"}
    assert made <= {path.name for path in tmp_path.iterdir()}


def test_examples_are_found() -> None:
    """And stand alone: a `#` behind a command is no comment in every shell."""
    assert len(COMMANDS) > 20
    assert len(PYTHON) == 1
    assert not any("#" in command for command in COMMANDS)
