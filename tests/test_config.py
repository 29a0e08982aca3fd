"""Options in a file: what is printed is read back, the command line wins, and what is unknown is told."""

import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillplate
from stillplate.cli import main
from stillplate.config import to_toml
from stillplate.exclusion import parse_exclusion


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["stillplate", *arguments])
    try:
        main()
    except SystemExit as err:
        return err.code
    return 0


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_back(text: str) -> None:
    assert tomllib.loads(to_toml({"plate_from": text})) == {"plate-from": text}


@given(st.floats(allow_nan=False), st.integers(0, 2**40), st.booleans())
def test_numbers_come_back(number: float, whole: int, flag: bool) -> None:
    options = {"threshold": number, "memory": whole, "audio": flag, "roi": None}

    assert tomllib.loads(to_toml(options)) == {"threshold": number, "memory": whole, "audio": flag}


@pytest.mark.parametrize("text", ["1,2 3,4 5.5,6", "1,2 3,4 5,6@0-12.5", "1,2 3,4 5,6@-3", "1,2 3,4 5,6@7-"])
def test_exclusions_come_back(text: str) -> None:
    (line,) = tomllib.loads(to_toml({"exclude": [parse_exclusion(text)]}))["exclude"]

    assert parse_exclusion(line).describe() == parse_exclusion(text).describe()


def test_what_is_printed_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (
        "--exclude",
        "1,2 3,4 5,6@0-12.5",
        "--weights",
        "1",
        "2",
        "1/2",
        "--no-audio",
        "--memory",
        "512M",
        "--end",
        "1:10",
    )
    run(monkeypatch, "render", "--print-config", *given)
    first = capsys.readouterr().out
    (tmp_path / "options.toml").write_text(first)
    run(monkeypatch, "render", "--print-config", "--config", str(tmp_path / "options.toml"))

    assert capsys.readouterr().out == first
    assert tomllib.loads(first)["end"] == 70
    assert tomllib.loads(first)["audio"] is False


def test_the_file_is_obeyed_and_the_command_line_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, street_mp4: Path
) -> None:
    (tmp_path / "options.toml").write_text(
        f'samples = 7\nthreshold = 25\ncleanup = "none"\nreport = "{tmp_path}/report.json"\nstart = 0.5\n'
    )
    code = run(
        monkeypatch, "--config", str(tmp_path / "options.toml"), "render", str(street_mp4), "--samples", "5", "--quiet"
    )
    report = (tmp_path / "report.json").read_text()

    assert code == 0
    assert '"samples": 5' in report and '"threshold": 25' in report and '"start": 0.5' in report


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wieghts = [1, 2, 3]", "Did you mean --weights?"),
        ('vote = "loud"', 'Choose from: "calm", "majority"'),
        ("vote =", "options.toml: is no TOML"),
        ("weights = [1, 2]", "three"),
        ("samples = " + "[" * 50_000, "options.toml: is no TOML"),
        ("seed = " + "9" * 5000, "options.toml: is no TOML"),
        ('exclude = ["a\\u0000b"]', "exclude holds a zero byte"),
    ],
)
def test_what_is_wrong_in_it_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (tmp_path / "options.toml").write_text(text)
    code = run(
        monkeypatch, "render", "clip.mp4", "-o", str(tmp_path / "out"), "--config", str(tmp_path / "options.toml")
    )
    errors = capsys.readouterr().err

    assert code == 2
    assert errors.count("\n") == 1
    assert told in errors


def test_a_config_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "render", "clip.mp4", "--config", "gone.toml") == 2
    assert "gone.toml: No such file" in capsys.readouterr().err


def test_times_are_seconds() -> None:
    assert to_toml({"start": Fraction(1, 4)}) == "start = 0.25\n"
    assert stillplate.Exclusion([(0, 0), (1, 0), (1, 1)]).span.start is None


def test_digits_are_kept() -> None:
    """Of a long clip's times and of a large picture's corners."""
    exclusion = stillplate.Exclusion([(1234.5678, 0), (1, 0.00001), (1, 1)], start=12345.678)

    assert to_toml({"exclude": [exclusion]}) == 'exclude = ["1234.5678,0 1,0.00001 1,1@12345.678-"]\n'
