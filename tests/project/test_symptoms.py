"""The programs of the page of symptoms: each option helps, in small as in the pictures."""

import re
import sys
from pathlib import Path

import pytest

import stillplate

FOLDER = Path(__file__).parents[2] / "docs/symptoms"
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if path.name != "showing.py")
SHORTER = {"320, 180, 100": "160, 90, 40", "frame(60)": "frame(20)", "[60]": "[20]"}
SMALLER = {  # what is drawn, and as what it is drawn here
    "flicker": {**SHORTER, "np.arange(180)": "np.arange(90)", "rows / 60": "rows / 30"},
    "ghost": {
        "320, 180, 150": "160, 90, 75", "(120, 115), (136, 115), (136, 168), (120, 168)":
        "(58, 56), (70, 56), (70, 86), (58, 86)", "start=0.4, end=5.6": "start=0.2, end=2.8", "frame(75)": "frame(40)",
    },
    "hole": SHORTER,
    "night": {"320, 180, 150": "160, 90, 150", "np.arange(320) / 320": "np.arange(160) / 160"},
    "pan": {
        "(640, 240), (320, 180), 60": "(320, 120), (160, 90), 24", "focal=420": "focal=210", "frame(30)": "frame(12)",
        "[30]": "[12]",
    },
    "shadow": SHORTER,
    "trees": {
        "320, 180, 100": "160, 90, 40", "[:180, :320]": "[:90, :160]", "235) / 22": "118) / 11", "28) / 20": "14) / 10",
        "[60]": "[20]",
    },
}  # fmt: skip


@pytest.mark.parametrize("program", [pytest.param(path, id=path.stem) for path in PROGRAMS])
def test_the_option_helps(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "picture.png"
    monkeypatch.setattr("sys.argv", [program.name, str(picture)])
    monkeypatch.syspath_prepend(FOLDER)
    text = program.read_text(encoding="utf-8")
    for drawn, smaller in SMALLER[program.stem].items():
        assert drawn in text
        text = text.replace(drawn, smaller)
    exec(compile(text, program.name, "exec"), {"__name__": "__main__"})
    sys.modules.pop("showing")
    figures = re.search(r": (?P<before>[\d.]+) before, (?P<after>[\d.]+) after\n$", capsys.readouterr().out)

    assert figures is not None
    before, after = map(float, figures.groups())
    assert after < before if program.stem == "ghost" else after > before  # pixels that are wrong; shares that are right
    height, width, _ = stillplate.read_image(picture).shape
    assert width == 3 * round((width - 12) / 3) + 12 > 4 * height
