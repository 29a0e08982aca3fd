"""Help pages, completion in a shell, the log, and what the program does where little is typed."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from stillplate.cli.front_page import COMMANDS
from stillplate.cli.parsing import app
from tests.cli.test_commands import complaint
from tests.command import run


def test_help_has_options_in_groups_with_what_stands_for_their_values_and_examples() -> None:
    page = run("render", "--help").stdout
    titles = re.findall(r"╭─ ([\w ]+) ─", page)

    assert titles == ["Arguments", "Outputs", "Plate", "Light and camera", "Mask", "Run"]
    assert "--jobs -j N" in page
    assert page.rstrip().endswith("stillplate render clips/ -o out --jobs 2 --resume")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "demo"])
def test_every_value_has_a_name_and_every_example_is_a_command(command: str) -> None:
    page = run(command, "--help").stdout

    assert not re.search(r"--[\w-]+ (-\w )?(STR|INT|FRACTION|FLOAT|ANY|EXCLUSION)\b", page)
    for example in COMMANDS[command].examples:
        words = shlex.split(example)
        assert words[:2] == ["stillplate", command]
        app.parse_args(words[1:], exit_on_error=False, print_error=False)


def test_render_of_a_clip_alone_writes_all_outputs_into_a_folder_named_after_it(lane_mp4: Path, tmp_path: Path) -> None:
    done = run("render", lane_mp4, folder=tmp_path)
    again = run("render", lane_mp4, folder=tmp_path)
    one = run("render", lane_mp4, "--mask", "m.mkv", folder=tmp_path)

    assert done.returncode == one.returncode == 0, done.stderr + one.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"lane-stillplate", "m.mkv"}
    assert {path.name for path in (tmp_path / "lane-stillplate").iterdir()} >= {"plate.png", "report.html"}
    assert "exists already" in complaint(again)


def test_several_clips_and_a_pipe_need_to_be_told_where_to(lane_mp4: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(lane_mp4, tmp_path / name)

    assert "give it with -o DIR" in complaint(run("render", "a.mp4", "b.mp4", folder=tmp_path))
    assert "give -o ..., or one of --plate ..., --mask" in complaint(run("render", "-", folder=tmp_path, piped=b""))
    assert len(list(tmp_path.iterdir())) == 2


def test_log(lane_mp4: Path, tmp_path: Path) -> None:
    """The file has what is done, and what goes wrong; standard error has it with -v."""
    log = tmp_path / "log.txt"
    shown = run("plate", lane_mp4, "-o", tmp_path / "p.png", "-v", "--log", log)
    wrong = run("plate", lane_mp4, "-o", tmp_path / "p.png", "-q", "--log", log)
    lines = log.read_text().splitlines()

    assert shown.returncode == 0, shown.stderr
    assert "vote" in shown.stderr
    assert wrong.returncode == 2
    assert [line.split()[2] for line in lines].count("ERROR") == 1
    assert "exists already" in lines[-1]
    assert any(line.endswith(shown.stdout.splitlines()[0]) for line in lines)
    assert "cannot be written" in complaint(run("plate", lane_mp4, "-o", tmp_path / "q.png", "--log", tmp_path))


def test_a_file_that_is_no_log_stays_as_it_is(lane_mp4: Path, tmp_path: Path) -> None:
    """Such as the clip, by mistake."""
    clip = Path(shutil.copy(lane_mp4, tmp_path / "a.mp4"))
    done = run("plate", "a.mp4", "-o", "p.png", "--log", "a.mp4", folder=tmp_path)

    assert "added to a file that is no log" in complaint(done)
    assert clip.read_bytes() == lane_mp4.read_bytes()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_in_bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written for bash completes commands, options and choices."""
    monkeypatch.setenv("HOME", str(tmp_path))  # whose .bashrc gets a line
    script = tmp_path / "completion.sh"
    done = run("--install-completion", "--shell", "bash", "--output", script)
    typed = [["stillplate", "re"], ["stillplate", "render", "--thr"], ["stillplate", "render", "--vote", ""]]
    calls = [f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; _stillplate; echo ${{COMPREPLY[@]}}"
             for words in typed]  # fmt: skip
    told = subprocess.run(
        ["bash", "-c", "; ".join([f". {script}", *calls])], capture_output=True, text=True, check=True
    )

    assert done.returncode == 0, done.stderr
    assert str(script) in (tmp_path / ".bashrc").read_text()
    assert told.stdout.splitlines() == ["render", "--threshold", "calm majority"]
