"""Outputs appear whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from stillplate.errors import EncodeError, ParameterError
from stillplate.io.atomic import PartialOutput, atomic_output, check_output, kept_together
from tests.patience import HANGS


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_success_puts_the_file_in_place(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "a.txt", overwrite=False) as partial:
        partial.write_text("new")
        assert partial.suffix == ".txt"
        assert not (tmp_path / "a.txt").exists()

    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), atomic_output(tmp_path / "a.txt", overwrite=True) as partial:
        partial.write_text("half")
        raise error

    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_system_error_becomes_ours(tmp_path: Path) -> None:
    with (
        pytest.raises(EncodeError, match=r"a\.txt: cannot be written: No space"),
        atomic_output(tmp_path / "a.txt", overwrite=False),
    ):
        raise OSError(28, "No space left on device")


def test_writing_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match=r"a\.txt"), atomic_output(tmp_path / "a.txt", overwrite=False):
        pass


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.txt").write_text("old")
    with atomic_output(tmp_path / "out", overwrite=True) as partial:
        partial.mkdir()
        (partial / "new.txt").write_text("new")

    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["new.txt"]


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    output = PartialOutput(tmp_path / "a.txt", overwrite=False)
    output.partial.write_text("ours")
    (tmp_path / "a.txt").write_text("theirs")
    with pytest.raises(ParameterError, match="exists already"):
        output.keep()

    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "theirs"


def test_two_outputs_of_one_name_do_not_share_a_partial_file(tmp_path: Path) -> None:
    first, second = (PartialOutput(tmp_path / "a.txt", overwrite=True) for _ in range(2))

    assert first.partial != second.partial


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_kept_together_appears_together(tmp_path: Path, fails: bool) -> None:
    """Or not at all; even a file in a folder that is one of them."""
    try:
        with kept_together():
            with atomic_output(tmp_path / "a.txt", overwrite=False) as partial:
                partial.write_text("a")
            with atomic_output(tmp_path / "b", overwrite=False, folder=True) as folder:
                folder.mkdir()
                with atomic_output(folder / "c.txt", overwrite=False) as partial:
                    partial.write_text("c")
            assert not (tmp_path / "a.txt").exists()
            if fails:
                raise RuntimeError
    except RuntimeError:
        assert list(tmp_path.iterdir()) == []
    else:
        assert (tmp_path / "a.txt").read_text() == "a"
        assert (tmp_path / "b" / "c.txt").read_text() == "c"
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "b", "c.txt"]


def test_what_came_meanwhile_keeps_all_others_away(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"b\.txt: exists already"), kept_together():
        for name in ("a.txt", "b.txt"):
            with atomic_output(tmp_path / name, overwrite=False) as partial:
                partial.write_text("ours")
        (tmp_path / "b.txt").write_text("theirs")

    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert (tmp_path / "b.txt").read_text() == "theirs"


def test_check_output_refuses_what_would_be_lost(tmp_path: Path) -> None:
    there, folder = tmp_path / "a.txt", tmp_path / "full"
    there.write_text("x")
    folder.mkdir()
    (folder / "b.txt").write_text("x")
    with pytest.raises(ParameterError, match="exists already"):
        check_output(there, overwrite=False)
    with pytest.raises(ParameterError, match="exists already"):
        check_output(folder, overwrite=False)
    with pytest.raises(ParameterError, match="is the input itself"):
        check_output(there, overwrite=True, source=tmp_path / "full" / ".." / "a.txt")
    with pytest.raises(ParameterError, match="there is no folder"):
        check_output(tmp_path / "none" / "a.txt", overwrite=True)
    with pytest.raises(ParameterError, match="is a folder, but a file"):
        check_output(folder, overwrite=True, folder=False)
    with pytest.raises(ParameterError, match="is a file, but a folder"):
        check_output(there, overwrite=True, folder=True)
    with pytest.raises(ParameterError, match="neither a file nor a folder"):
        check_output(Path("/dev/null"), overwrite=True)


def test_check_output_takes_an_empty_folder_for_nothing(tmp_path: Path) -> None:
    check_output(tmp_path, overwrite=False)


def test_an_output_that_nobody_finished_vanishes_with_the_process(tmp_path: Path) -> None:
    """An interrupt may come between the making of a file and the `with` that would remove it."""
    code = (
        "import sys; from pathlib import Path; from stillplate.io.atomic import PartialOutput\n"
        "PartialOutput(Path(sys.argv[1]), overwrite=False).partial.write_text('half')\n"
        "raise KeyboardInterrupt"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "out.txt"], capture_output=True, check=False)

    assert done.stderr.endswith(b"KeyboardInterrupt\n")
    assert list(tmp_path.iterdir()) == []


STUCK = """
import signal, time
from pathlib import Path
from stillplate.io import shutdown
from stillplate.io.atomic import PartialOutput

shutdown.GRACE = 0.2
shutdown.exit_on_signals(signal.SIGTERM)
output = PartialOutput(Path("out.txt"), overwrite=False)
output.partial.write_text("half")
print("ready", flush=True)
try:
    time.sleep(6000)
finally:
    time.sleep(6000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_program_that_cannot_unwind_ends_all_the_same(tmp_path: Path) -> None:
    """And leaves nothing half-written."""
    process = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.terminate()
    process.stdout.close()

    assert process.wait(timeout=HANGS) == 143
    assert list(tmp_path.iterdir()) == []
