"""By what a report was made: a command that makes it again, and what tells the clip."""

import json
import shlex
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.rendering.made_by import ENDS, command_of, fingerprint
from stillplate.rendering.request import with_defaults
from tests.command import run

WEIGHTS = (0.2, 0.5, 0.3)


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({}, ""),
        ({"folder": "out", "mask": "m.mkv", "overwrite": True, "memory": 5}, ""),
        ({"composite": "my beach.jpg"}, "--composite 'my beach.jpg'"),
        ({"samples": 30, "temporal": False, "trim": True}, "--samples 30 --no-temporal --trim"),
        ({"weights": WEIGHTS}, "--weights 0.2 0.5 0.3"),
        ({"start": Fraction(5, 2), "fps": Fraction(1, 5)}, "--start 2.5 --fps 0.2"),
        ({"levels": (0.0, 4095.0)}, "--levels 0.0,4095.0"),
        ({"exclude": (stillplate.Exclusion("tree.png"),)}, "--exclude tree.png"),
        ({"crossings": ["1,2 3,4", [(5, 6), (7, 8)]]}, "--crossings '1,2 3,4' --crossings '5,6 7,8'"),
        ({"also": ["b.mp4", "c.mp4"]}, "--also b.mp4 --also c.mp4"),
    ],
)
def test_command_has_what_is_not_by_default(given: dict[str, object], typed: str) -> None:
    options = with_defaults(stillplate.render, {"source": "clip.mp4", **given})

    words = shlex.split(command_of(stillplate.render, options) or "")

    assert words == ["stillplate", "render", "clip.mp4", *shlex.split(typed)]


def test_no_secrets_and_no_command_where_something_has_no_text() -> None:
    secret = with_defaults(stillplate.render, {"source": "https://me:word@host/a.mp4?sig=1"})
    array = with_defaults(stillplate.render, {"source": np.zeros((2, 8, 8, 3), np.uint8)})
    mask = with_defaults(stillplate.render, {"source": "a.mp4", "roi": np.zeros((8, 8), np.bool_)})

    assert command_of(stillplate.render, secret) == "stillplate render https://host/a.mp4"
    assert command_of(stillplate.render, array) is None
    assert command_of(stillplate.render, mask) is None


def test_the_command_makes_the_same(street_mp4: Path, tmp_path: Path) -> None:
    """Of a call on the command line with options of each kind."""
    options = ("--samples", "20", "--no-temporal", "--exclude", "2,2 20,2 20,20@0-1", "--weights", ".2", ".5", ".3")
    first = run("render", street_mp4, "--mask", "m.mkv", "--report", "r.json", "--roi", "0,0 90,0 90,60 0,60", *options,
                folder=tmp_path)  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    (tmp_path / "m.mkv").rename(tmp_path / "first.mkv")
    (tmp_path / "r.json").unlink()

    words = shlex.split(report["made_by"]["command"])[1:]
    again = run(*words, "--mask", "m.mkv", "--report", "r.json", folder=tmp_path)

    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    assert (tmp_path / "m.mkv").read_bytes() == (tmp_path / "first.mkv").read_bytes()
    assert json.loads((tmp_path / "r.json").read_text()) == report
    assert report["input"]["fingerprint"] == fingerprint([street_mp4])
    assert report["made_by"]["stillplate"] == version("stillplate")


def test_fingerprint_is_of_the_bytes_and_not_of_the_name(tmp_path: Path) -> None:
    data = bytes(range(256)) * 13000  # 3.2 MiB
    for name, changed in {"a": None, "b": None, "c": 5, "d": len(data) - 1}.items():
        own = bytearray(data)
        if changed is not None:
            own[changed] ^= 1
        (tmp_path / name).write_bytes(own)
    (tmp_path / "e").write_bytes(data[:-1])
    (tmp_path / "f").write_bytes(data[: ENDS // 2])
    told = {name: fingerprint([tmp_path / name]) for name in "abcdef"}

    assert told["a"] == told["b"]
    assert len(set(told.values())) == 5
    assert fingerprint([]) is None
    assert fingerprint([tmp_path]) is None
