import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import stillplate

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example_runs(name: str, street_mp4: Path, tmp_path: Path) -> None:
    arguments = {
        "plate.py": [street_mp4, tmp_path / "plate.png"],
        "files.py": [street_mp4, tmp_path],
        "arrays.py": [tmp_path / "lab.npz"],
        "standing.py": [tmp_path / "standing.png"],
        "light.py": [tmp_path / "light.png"],
        "clean.py": [tmp_path / "clean.png"],
        "moving.py": [tmp_path / "moving.png"],
    }.get(name, [street_mp4])
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    "name",
    [
        module.name
        for module in pkgutil.walk_packages(stillplate.__path__, "stillplate.")
        if "_native" not in module.name and "__main__" not in module.name
    ],
)
def test_doctests(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
