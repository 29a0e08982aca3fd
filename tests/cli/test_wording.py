"""What the command line says of a wrong call: one line, that names what was given, and what may have been meant."""

import sys
from pathlib import Path

import pytest

from stillplate.cli import main
from stillplate.cli.crash import note_crash, tell_of_crash
from stillplate.cli.hints import hint
from stillplate.cli.wording import as_options
from stillplate.errors import KernelError

KNOWN = ("--plate-from", "--overwrite", "--camera", "--samples", "--output", "--audio", "--start", "--weights")


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["stillplate", *arguments])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("stillplate: ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("walk.mov", "walk.mov is no command: to render a clip, write stillplate render walk.mov -o DIR"),
        ("rendr walk.mov", "did you mean render?"),
        ("plate a.mp4 b.png -o p.png extra", "a.mp4: there is no such file or folder"),
        ("score a.png b.png c.png", "score: c.png is left over"),
        ("render a.mp4 -o", "-o needs a value after it, but none is given: folder for"),
        ("render a.mp4 --weights 1 2", "--weights needs 3 values, but 2 are given"),
        ("plate a.mp4", "plate needs -o, which is not given: image file for the plate"),
        ("pixel a.mp4 7 -o x.png", "pixel needs Y, which is not given"),
        ("render a.mp4 --shadows grey", "--shadows is 'grey', but one of background, foreground, label is needed"),
        ("render a.mp4 --sensitivity high", "--sensitivity is 'high', but a number is needed"),
        ("render a.mp4 --alpha b.mov", "--alpha is no option of render. Did you mean --cutout or --layers?"),
        ("render a.mp4 --tresh 3", "Did you mean --threshold?"),
        ("plate a.mp4 -o p.png --resume", "--resume is no option of plate, but of render"),
        ("render a.mp4 --xyzzy 2", "stillplate render --help lists them"),
        ("render a.mp4 --seed 1 --seed 2", "--seed is given twice"),
        ("render -i a.mp4", "name the clip by itself"),
        ("--seed 3", "--seed is given, but no command"),
        ("render a.mp4", "a.mp4: there is no such file"),
    ],
)
def test_a_wrong_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: str, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if line.endswith("no such file"):
        arguments += " -o out"

    assert line in told(monkeypatch, capsys, *arguments.split(" "))


@pytest.mark.parametrize(
    ("keywords", "options"),
    [
        ("samples is 1, but 2 are needed", "--samples is 1, but 2 are needed"),
        ("weights are 0 0 0, but", "--weights are 0 0 0, but"),
        ("p.png: exists already: allow it with overwrite=True", "p.png: exists already: allow it with --overwrite"),
        ("no sound: take audio=False", "no sound: take --no-audio"),
        ("take camera='static', and leave plate_from out", "take --camera static, and leave --plate-from out"),
        ("choose a part (start=...)", "choose a part (--start ...)"),
        ("dir/plate_from/samples.png: is no image", "dir/plate_from/samples.png: is no image"),
        ("the samples are few", "the samples are few"),
    ],
)
def test_keywords_of_the_library_become_options(keywords: str, options: str) -> None:
    assert as_options(keywords, KNOWN) == options


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("--bbox", "--objects or --yolo"),
        ("--force", "--overwrite"),
        ("--sampels", "--samples"),
        ("--plate-fro", "--plate-from"),
        ("--over", "--overwrite"),
        ("--frobnicate", ""),
    ],
)
def test_what_was_meant(word: str, meant: str) -> None:
    assert hint(word, (*KNOWN, "--objects", "--yolo")) == (f"Did you mean {meant}?" if meant else "")


def test_every_word_of_other_tools_leads_to_what_there_is() -> None:
    for word in ("--alpha", "--ss", "--crf", "--bg", "--verbose"):
        assert "Did you mean" in hint(word, ("--cutout", "--start", "--quality", "--plate", "--quiet"))


def test_a_fault_of_our_own_is_a_line_and_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ZeroDivisionError("of our\nown making")
    except ZeroDivisionError as err:
        tell_of_crash(type(err), err, err.__traceback__)
    (line,) = capsys.readouterr().err.splitlines()
    path = Path(line.rsplit(" ", 1)[1])
    text = path.read_text(encoding="utf-8")
    path.unlink()

    assert "please report it (ZeroDivisionError: of our own making)" in line
    assert "Traceback" in text and "test_wording.py" in text


def test_a_fault_is_told_even_where_no_file_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))

    assert "no details: No such file" in note_crash(RuntimeError("x"))


def test_what_a_kernel_checks_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise KernelError("full=40 given")

    (tmp_path / "clip.mp4").touch()
    monkeypatch.setattr("stillplate.cli.check.opened", wrong)
    monkeypatch.setattr(sys, "argv", ["stillplate", "check", str(tmp_path / "clip.mp4")])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(KernelError):
        main()
    assert sys.excepthook is tell_of_crash
