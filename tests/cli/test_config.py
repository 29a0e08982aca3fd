"""Options in a file: what is printed is read back, the command line wins, and what is unknown is told."""

import inspect
import sys
import tomllib
import typing
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from cyclopts import App
from hypothesis import given
from hypothesis import strategies as st

import stillplate
from stillplate.cli import main
from stillplate.cli.option_file import OptionFile, options_of
from stillplate.cli.parsing import app
from stillplate.rendering.option_text import to_toml
from stillplate.sampling.exclusion import parse_exclusion


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
        "--crossings",
        "1,2 3,4",
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
        ('vote = "loud"', "options.toml: --vote is 'loud', but one of calm, majority is needed"),
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
    (tmp_path / "clip.mp4").touch()
    code = run(
        monkeypatch,
        "render",
        str(tmp_path / "clip.mp4"),
        "-o",
        str(tmp_path / "out"),
        "--config",
        str(tmp_path / "options.toml"),
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


COMMANDS = ("plate", "render", "frame", "check", "pixel", "view", "demo", "score", "score-masks")
VALUES: dict[str, object] = {
    "--samples": 9, "--clusters": 3, "--vote": "majority", "--light": "fixed", "--camera": "static", "--seed": 4,
    "--memory": 2**28, "--start": 0.5, "--end": 2.25, "--exclude": ["1,2 30,4 5,60@0-12.5", "9,9 60,9 60,50"],
    "--threshold": 12.5, "--weights": [1, 2, 0.5], "--sensitivity": 1.5, "--shadows": "label", "--cleanup": "light",
    "--roi": "1,2 30,4 5,60", "--audio": False, "--depth": "8", "--jobs": 2, "--for": "trex", "--at": 1.5,
    "--shard": "1/2", "--spans": 600, "--period": 900, "--quality": "90", "--fps": 0.5, "--levels": "0,4095",
    "--min-size": "1%", "--port": 8765, "--px-per-mm": 4.2, "--count": 3,
    "--format": "coco", "--dataset-fps": 1.5, "--crop": "1,2,30,40", "--wipe-at": 0.5,
    "--crossings": ["1,2 30,4", "5,6 7,80.5"],
}  # fmt: skip


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_read_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Even one that bears the name of a command; and what another command needs, does not stand in the way."""
    got: dict[str, object] = {}
    known = options_of(app)
    parameters = inspect.signature(app[command].default_command).parameters  # type: ignore[arg-type]  # there is one

    def collect(*_: object, **options: object) -> None:
        got.update(options)

    collect.__signature__ = inspect.signature(app[command].default_command)  # type: ignore[attr-defined, arg-type]
    collect.__annotations__ = typing.get_type_hints(app[command].default_command, include_extras=True)
    options = [name for name in known[command] if name not in ("--help", "--version") and not name.startswith("--no-")]
    values = {**VALUES, "--for": "nuke" if command == "render" else VALUES["--for"]}
    lines = [f"{name[2:]} = {_toml(values.get(name, 'text'))}" for name in options if name.startswith("--")]
    lines = [line.replace('"text"', "true") if _is_flag(parameters, line) else line for line in lines]
    (tmp_path / "options.toml").write_text("\n".join([*lines, "", *_rest(known, options)]))
    fresh = App(name="stillplate", default_parameter=app.default_parameter)
    fresh.command(collect, name=command)
    fresh.config = (OptionFile(tmp_path / "options.toml", known),)
    words = ["a.png", "1", "2"][: {"demo": 0, "score": 2, "score-masks": 2, "pixel": 3}.get(command, 1)]
    fresh([command, *words], exit_on_error=False, print_error=False, result_action="return_value")

    keywords = {name for name, one in parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    assert got.keys() == keywords


def _is_flag(parameters: Mapping[str, inspect.Parameter], line: str) -> bool:
    one = parameters.get(line.split(" ")[0].replace("-", "_"))
    return one is not None and isinstance(one.default, bool)


def _rest(known: Mapping[str, frozenset[str]], options: list[str]) -> list[str]:
    """Options that only other commands have, at the top they are passed over."""
    others = sorted(frozenset().union(*known.values()) - set(options))
    return [f"{name[2:]} = {_toml(VALUES.get(name, 'text'))}" for name in others if name.startswith("--")]


def test_one_file_serves_all_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, street_mp4: Path) -> None:
    """What `render --print-config` wrote; a table of its name is for one command alone."""
    path = tmp_path / "options.toml"
    path.write_text(
        'samples = 5\nexclude = []\nroi = "1,2 30,4 5,60"\njobs = 1\nthreshold = 25\n'
        f'[plate]\noutput = "{tmp_path}/p.png"\n[render]\nmask = "{tmp_path}/m.mkv"\nplate = "{tmp_path}/r.png"\n'
    )
    for command in ("plate", "check", "render"):
        assert run(monkeypatch, command, str(street_mp4), "--config", str(path)) == 0

    assert {one.name for one in tmp_path.iterdir()} == {"options.toml", "p.png", "m.mkv", "r.png"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[check]\nresume = true", "resume is no option of check"),
        ("erase = 1", "erase is no option of any command. Did you mean --clean?"),
        ("samples = [1, 2]", "samples is [1, 2], but one value"),
        ("[colours]\nred = 1", "colours is no option of any command"),
    ],
)
def test_what_no_command_knows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (tmp_path / "o.toml").write_text(text)

    assert run(monkeypatch, "check", "clip.mp4", "--config", str(tmp_path / "o.toml")) == 2
    assert told in capsys.readouterr().err
