import os
import subprocess
import sys

import pytest

from stillplate.io.processes import ERROR_ACCESS_DENIED, SYNCHRONIZE, WAIT_TIMEOUT, exists_in_windows, process_exists


def test_this_process_exists_and_one_that_has_ended_does_not() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert process_exists(os.getpid())
    assert not process_exists(child.pid)


class Function:
    """A function of a Windows library, which notes its calls; its types may be set."""

    def __init__(self, answer: object) -> None:
        self.answer, self.calls = answer, list[tuple[object, ...]]()

    def __call__(self, *arguments: object) -> object:
        self.calls.append(arguments)
        return self.answer


class Kernel32:
    """As kernel32.dll answers of one process."""

    def __init__(self, handle: int | None, waited: int = 0) -> None:
        self.OpenProcess, self.WaitForSingleObject = Function(handle), Function(waited)
        self.CloseHandle = Function(1)


@pytest.mark.parametrize(
    ("handle", "error", "waited", "expected"),
    [
        (7, 0, WAIT_TIMEOUT, True),  # it runs
        (7, 0, 0, False),  # it has ended, and somebody still has a handle of it
        (None, ERROR_ACCESS_DENIED, 0, True),  # another user's
        (None, 87, 0, False),  # no such process
    ],
)
def test_windows_is_asked_for_a_handle_and_not_sent_a_signal(
    handle: int | None, error: int, waited: int, expected: bool
) -> None:
    kernel32 = Kernel32(handle, waited)

    assert exists_in_windows(kernel32, lambda: error, 4711) is expected
    assert kernel32.OpenProcess.calls == [(SYNCHRONIZE, False, 4711)]
    assert kernel32.CloseHandle.calls == ([(handle,)] if handle else [])
