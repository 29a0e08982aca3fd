"""Every code block of the documents runs, or its syntax is checked, with the reason why it is not run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from matplotlib import pyplot

from stillplate import synthetic
from stillplate.cli.option_file import options_of
from stillplate.cli.parsing import app
from stillplate.io.opening import open_sink
from tests.project.shell import as_a_shell_would
from tests.project.test_readme import INPUTS, MADE_BY

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")
    if "generated" not in path.parts
)
NOT_RUN = {  # what a command or program has in it that is not run here, and why
    "docker ": "needs a container engine",
    "pip install": "would change the environment that runs the tests",
    "ssh ": "needs another machine",
    "ffmpeg ": "needs FFmpeg's program; pipes are tested in tests/cli and tests/io",
    "tcp://": "needs a Dask scheduler; tests/rendering/test_dask_cluster renders on one",
    "--cluster local": "starts processes; tests/rendering/test_dask_cluster does",
    "s3://": "needs storage; tests/io reads and writes a bucket on loopback",
    "https://": "needs the web; tests/io reads from a server on loopback",
    "import ray": "Ray is no dependency of the tests; tests/rendering has executors of this shape",
    "spark.": "PySpark is no dependency of the tests, as Ray",
    " | jq ": "needs jq; tests/cli reads the same lines",
    "summary out": "needs all sixteen shards; tests/rendering/test_shards joins them",
}
PROGRAMS = ("stillplate", "pip", "docker", "ffmpeg", "ssh")
BEHIND_A_PIPE = ("analyse", "jq")
CODE, CONSOLE = {"python", "{code-cell}"}, {"console"}
NO_CODE = {"{toctree}", "{eval-rst}", "{literalinclude}", "{include}", "{program}", "text", ""}
IN_ORDER = {"tutorials"}  # folders of pages whose blocks build on one another
MADE = INPUTS | {"yesterday.mp4", "today.mp4", "week.mp4"}
FOLDERS = {"week/*.mp4": "week", "clips/*.mp4": "clips", "clips/": "clips"}
SMALLER = {  # what a tutorial draws or marks, and as what it is drawn or marked here
    "clean-plate": {"0,180 320,180 320,360 0,360": "0,32 56,32 56,64 0,64"},
    "study": {
        "320, 180, 150": "96, 56, 40", "frame(75)": "frame(20)", "mask(75)": "mask(20)", "HEIGHT, 250": "HEIGHT, 40",
        "frame(125)": "frame(20)", "HEIGHT, 200": "HEIGHT, 90", "frame(90)": "frame(80)",
        "(640, 240), (320, 180), 60": "(220, 90), (110, 60), 12", "focal=420": "focal=150", "frame(30)": "frame(6)",
    },
    "tracks": {
        "320, 240, 250": "96, 72, 40", "(0, 100, 249)": "(0, 20, 39)", "=250": "=40", "arange(250)": "arange(40)",
    },
}  # fmt: skip


class Block(NamedTuple):
    """A block of code: the line it begins at, whether it is Python, and its text."""

    line: int
    python: bool
    text: str


def blocks(text: str) -> Iterator[Block]:
    """Yield the code of a page: fenced, or indented behind an empty line if it begins with a program's name."""
    kind: str | None = None
    kept: list[str] = []
    since, before = 0, ""
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.startswith("```"):
            if kind is None:
                kind, kept, since = line[3:].split(" ")[0] or "", [], number
                assert kind in CODE | CONSOLE | NO_CODE, f"line {number}: what is {kind}?"
            else:
                if kind in CODE | CONSOLE:
                    yield Block(since, kind in CODE, "\n".join(kept))
                kind, kept = None, []
        elif kind is not None:
            kept.append(line.removeprefix("$ ") if kind in CONSOLE else line)
        elif line.startswith("    ") and (kept or (not before.strip() and line.split()[0] in PROGRAMS)):
            since = since if kept else number
            kept.append(line.strip())
        elif kept:
            yield Block(since, False, "\n".join(kept))
            kept = []
        before = line


BLOCKS = [
    pytest.param(path, block, id=f"{path.relative_to(ROOT)}:{block.line}")
    for path in PAGES
    if not IN_ORDER & set(path.parts)
    for block in blocks(path.read_text(encoding="utf-8"))
]


def draw(path: Path) -> None:
    """A clip of the size of the pictures of symptoms, or one of a camera that pans."""
    if path.stem == "pan":
        camera = synthetic.camera.pan((220, 90), (110, 60), 12, focal=150)
        clip = synthetic.street(220, 90, 12, seed=4, walkers=3, vehicles=1, camera=camera, size=(110, 60))
    else:
        clip = synthetic.street(320, 180, 12, seed=3, walkers=4)
    with open_sink(str(path), clip.info.width, clip.info.height, clip.info.rate) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)


def reasons(text: str) -> list[str]:
    """Why a command or program is not run; empty if it is."""
    return [reason for part, reason in NOT_RUN.items() if part in text]


def check_syntax(command: str) -> None:
    """Parse each program of a pipe; stillplate's by its own parser."""
    subprocess.run(["bash", "-n", "-c", command], check=True)
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    words = list(lexer)
    ends = [number for number, word in enumerate(words) if word == "|"]
    for begin, end in pairwise([-1, *ends, len(words)]):
        part = words[begin + 1 : end]
        assert part[0] in (*PROGRAMS, *BEHIND_A_PIPE), part
        for name, *asked in [part[number + 1 :] for number, word in enumerate(part[:-1]) if word == "stillplate"]:
            if name != ".":  # the folder that docker builds an image of
                assert {word for word in asked if word.startswith("-") and word != "-"} <= options_of(app)[name]


@pytest.fixture
def run(
    make: Callable[[Path], None],
    program: Callable[[list[str]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Block], None]:
    """Run a block in an empty folder, where what it names is made before; or check its syntax."""
    pyplot.switch_backend("agg")
    monkeypatch.chdir(tmp_path)
    street = synthetic.street
    monkeypatch.setattr(synthetic, "street", lambda *size, **options: street(*(size or (112, 64, 62)), **options))
    variables: dict[str, Any] = {}

    def provide(name: str) -> None:
        path = Path(name)
        if path.exists():
            return
        if name in MADE:
            make(path)
        elif name in FOLDERS:
            Path(FOLDERS[name]).mkdir(exist_ok=True)
            for clip in (Path(FOLDERS[name], letter).with_suffix(".mp4") for letter in "ab"):
                if not clip.exists():
                    make(clip)
        elif name in ("standing.mp4", "pan.mp4"):
            draw(path)
        elif name == "results":
            provide("clips/")
            program(["stillplate", "render", "clips", "-o", name])

    def once(block: Block) -> None:
        if block.python:
            if reasons(block.text):
                compile(block.text, "block", "exec")
                return
            for name in re.findall(r'"([\w.-]+\.\w+)"', block.text):
                provide(name)
            exec(compile(block.text, "block", "exec"), variables)
            pyplot.close("all")
            return
        for command in block.text.splitlines():
            if reasons(command):
                check_syntax(command)
                continue
            words = shlex.split(command)
            for option, word in pairwise(words):
                if option not in MADE_BY:
                    provide(word)
            program(as_a_shell_would(command))

    return once


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_block(page: Path, block: Block, run: Callable[[Block], None]) -> None:
    run(block)


@pytest.mark.parametrize("page", [pytest.param(path, id=path.stem) for path in PAGES if IN_ORDER & set(path.parts)])
def test_tutorial(page: Path, run: Callable[[Block], None]) -> None:
    """From its first block to its last, in one folder, each with what those before it made."""
    text = page.read_text(encoding="utf-8")
    if page.stem in SMALLER:
        for drawn, smaller in SMALLER[page.stem].items():
            assert drawn in text
            text = text.replace(drawn, smaller)
    for block in blocks(text):
        run(block)


def test_each_reason_is_needed() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)

    assert [part for part in NOT_RUN if part not in text] == []
    assert shutil.which("bash")
