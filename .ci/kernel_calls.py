"""Calls of the native core, recorded on one machine and repeated on another: what they write must be the same bytes.

`kernel_calls.py record FILE` renders drawn clips and runs the kernels' tests, and keeps the arguments of some calls of
each kernel, as before and after the call.
`kernel_calls.py repeat FILE` calls the kernels with those before, and compares what they write with those after.
"""

import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillplate import render, synthetic
from stillplate.io.opening import open_sink
from stillplate.kernels import _native

KEPT = 8  # calls of each kernel by the renders, and by the tests
TESTS = Path(__file__).parents[1] / "tests" / "kernels"
NOT_KERNELS = ("isas", "use_isa")
Call = tuple[tuple[Any, ...], dict[str, Any], object]  # arguments by place and by name, and the result


class Recorder:
    """Stands in for a kernel: it keeps the first calls, up to `most`."""

    most = KEPT

    def __init__(self, kernel: Callable[..., object], calls: list[tuple[Call, Call]]) -> None:
        self._kernel, self._calls = kernel, calls

    def __call__(self, *places: Any, **names: Any) -> object:
        """Call the kernel."""
        if len(self._calls) >= self.most:
            return self._kernel(*places, **names)
        before = deepcopy((places, names, None))
        result = self._kernel(*places, **names)
        self._calls.append((before, deepcopy((places, names, result))))
        return result


def _render_clips() -> None:
    cameras = {"still": None, "pan": synthetic.camera.pan((240, 136), (160, 96), 60)}
    with tempfile.TemporaryDirectory() as folder:
        for name, camera in cameras.items():
            clip = synthetic.street(240, 136, 60, seed=1, shadows=True, camera=camera, size=camera and (160, 96))
            info, file, out = clip.info, Path(folder, f"{name}.mp4"), Path(folder, name)
            with open_sink(str(file), info.width, info.height, info.rate, channels=3) as sink:
                for frame in clip:
                    sink.write(frame.image, frame.time)
            render(file, out, mask=out / "mask.mkv", clean=out / "clean.mkv", cutout=out / "cut.mov")


def record(path: Path) -> None:
    """Render drawn clips and run the kernels' tests, and keep calls of the kernels."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # or other threads would write beside a call that is kept
    calls: dict[str, list[tuple[Call, Call]]] = {}
    for name in set(dir(_native)) - set(NOT_KERNELS):
        if callable(getattr(_native, name)) and not name.startswith("_"):
            setattr(_native, name, Recorder(getattr(_native, name), calls.setdefault(name, [])))

    _render_clips()
    Recorder.most = 2 * KEPT
    if status := pytest.main(["-q", "-p", "no:cacheprovider", os.fspath(TESTS)]):
        sys.exit(status)
    for name in sorted(name for name, kept in calls.items() if not kept):
        print(f"{name}: not called")
    path.write_bytes(pickle.dumps({name: kept for name, kept in calls.items() if kept}))


def _bytes(value: object) -> bytes:
    """The bytes of all arrays and numbers in nested tuples."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return b"".join(map(_bytes, value))
    return repr(value).encode()


def repeat(path: Path) -> int:
    """Repeat the calls; return how many wrote other bytes."""
    wrong = 0
    for name, calls in sorted(pickle.loads(path.read_bytes()).items()):
        sums, other = sha256(), 0
        for (places, names, _), after in calls:
            result = getattr(_native, name)(*places, **names)
            written = _bytes((places, names, result))
            sums.update(written)
            other += written != _bytes(after)
        print(f"{name:24} {len(calls):3} calls {sums.hexdigest()[:16]}" + (f"  {other} DIFFER" if other else ""))
        wrong += other
    return wrong


if sys.argv[1] == "record":
    record(Path(sys.argv[2]))
elif repeat(Path(sys.argv[2])):
    sys.exit("other bytes than where the calls were recorded")
