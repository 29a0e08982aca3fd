"""What a source distribution holds, though the tree has been built and used in."""

import os
import shutil
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = (".*", "build", "dist", "demo", "__pycache__", "*.egg-info")


def test_an_sdist_holds_the_sources_and_nothing_that_was_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build has folders that are called as ours are; object files would make it useless to anybody else."""
    backend = pytest.importorskip("scikit_build_core.build")
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*MADE))
    shutil.copy(ROOT / ".gitignore", tree)
    for built in ("build/cp311/CMakeFiles/kernels.dir/native/isa.cpp.o", ".venv/native/pip.py", "demo/street.mp4"):
        (tree / built).parent.mkdir(parents=True)
        (tree / built).write_bytes(b"made")
    monkeypatch.chdir(tree)

    with tarfile.open(tmp_path / backend.build_sdist(os.fspath(tmp_path))) as sdist:
        names = {os.fspath(Path(*Path(one.name).parts[1:])) for one in sdist if one.isfile()}

    sources = {os.fspath(path.relative_to(tree)) for path in (*tree.glob("native/**/*.*"), *tree.glob("src/**/*.py"))}
    assert sources | {"CMakeLists.txt", "pyproject.toml", "LICENSE", "README.md"} <= names
    made = {name for name in names if name.endswith((".o", ".so")) or Path(name).parts[0] in ("build", ".venv", "demo")}
    assert made == set()
