import doctest
import importlib
import pkgutil
import shutil
from pathlib import Path

import pytest

import stillplate

EXAMPLES = Path(__file__).parents[2] / "examples"


SMALLER = {  # what is drawn, and as what it is drawn here: the pictures of the documents need more of it than a test
    "standing.py": {"640, 360, 300": "96, 56, 90", "walkers=10": "walkers=4", "frame(150)": "frame(45)"},
    "light.py": {"480, 270, 150": "96, 56, 90", "walkers=10": "walkers=4", "light=mode": "light=mode, samples=32"},
    "clean.py": {"640, 360, 150": "96, 56, 75"},
    "derain.py": {"640, 360, 60": "96, 56, 40"},
    "moving.py": {
        "(1100, 420), (480, 270), 72": "(440, 168), (192, 108), 16", "focal=700": "focal=280", "960": "384",
        "(42)": "(8)", "index=42": "index=8", "[42]": "[8]",
    },
    "viewer.py": {
        "(1100, 420), (480, 270), 72": "(300, 130), (160, 90), 16", "focal=700": "focal=200",
        "640, 360, 400": "96, 64, 60", "(252, 242), (250, 268), (256, 300), (258, 320)": "(38, 40), (38, 56)",
    },
    "depth.py": {"park(480, 270, 70": "park(120, 72, 12", ", 35": ", 6"},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example_runs(
    name: str, lane_mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {
        "plate.py": [lane_mp4, tmp_path / "plate.png"],
        "files.py": [lane_mp4, tmp_path],
        "arrays.py": [tmp_path / "lab.npz"],
        "standing.py": [tmp_path / "standing.png"],
        "light.py": [tmp_path / "light.png"],
        "clean.py": [tmp_path / "clean.png"],
        "derain.py": [tmp_path / "derain.png"],
        "moving.py": [tmp_path / "moving.png"],
        "depth.py": [tmp_path / "depth.png"],
        "viewer.py": [tmp_path],
    }.get(name, [lane_mp4])
    if name == "viewer.py" and not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("there is no Chromium here: apt install chromium")
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for drawn, smaller in SMALLER.get(name, {}).items():
        assert drawn in text
        text = text.replace(drawn, smaller)
    monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
    started = Path.cwd()
    exec(compile(text, name, "exec"), {"__name__": "__main__"})

    assert capsys.readouterr().out
    assert Path.cwd() == started


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
