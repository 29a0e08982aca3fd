"""Work on items in threads: in order, with errors in their place, and over when the generator is closed."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from stillplate.threads import mapped


def test_results_are_in_order() -> None:
    """Those that take long hold up the ones after them."""

    def late(number: int) -> int:
        time.sleep(0.01 * (number % 3 == 0))
        return number * number

    assert list(mapped(late, range(20), 4)) == [number * number for number in range(20)]
    assert list(mapped(late, mapped(late, range(9), 2), 2)) == [number**4 for number in range(9)]
    assert list(mapped(late, [], 2)) == []


def test_an_error_comes_in_its_place() -> None:
    def refused(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    found = mapped(refused, range(9), 2)

    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(found)
    assert list(mapped(refused, range(3), 2)) == [0, 1, 2], "its threads still work"


def test_nothing_is_read_far_ahead_and_closing_waits() -> None:
    """Two more items than are asked for are read by two threads, and none is worked on once it is closed."""
    read: list[int] = []
    begun: list[int] = []
    ended: list[int] = []

    def items() -> Iterator[int]:
        for number in range(99):
            read.append(number)
            yield number

    def slow(number: int) -> int:
        begun.append(number)
        time.sleep(0.05)
        ended.append(number)
        return number

    found = mapped(slow, items(), 2)
    first = next(found)
    found.close()

    assert (first, read) == (0, [0, 1, 2])
    assert sorted(begun) == sorted(ended)
    assert len([one for one in threading.enumerate() if one.name.startswith("stillplate-frame")]) >= 2


def test_a_generator_that_is_left_at_exit_holds_up_nothing() -> None:
    """Its threads end before the interpreter does: calls that are under way end, and nothing waits for them."""
    script = (
        "import time\n"
        "from stillplate.threads import mapped\n"
        "found = mapped(lambda number: time.sleep(0.1) or number, range(99), 2)\n"
        "print(next(found))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
