"""Addresses as paths: their text, what they hide, and what is not loaded for a file."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from stillplate.errors import ParameterError, StillplateWarning, VideoOpenError, without_secrets
from stillplate.io.address import Address, as_path, is_address, spelled, text_of, walk
from stillplate.io.naming import is_pattern

SIGNED = "https://bucket.example/clips/a.mp4?X-Amz-Credential=AKID%2F1&X-Amz-Signature=5ec"


@pytest.mark.parametrize(
    ("text", "shown", "name", "parent"),
    [
        ("s3://bucket/in/a.mp4", "s3://bucket/in/a.mp4", "a.mp4", "s3://bucket/in"),
        ("s3:/bucket/in/a.mp4", "s3://bucket/in/a.mp4", "a.mp4", "s3://bucket/in"),
        ("S3://bucket/a.mp4", "s3://bucket/a.mp4", "a.mp4", "s3://bucket"),
        ("memory://a.mp4", "memory://a.mp4", "a.mp4", "memory:"),
        ("s3://bucket/a?.mp4", "s3://bucket/a?.mp4", "a?.mp4", "s3://bucket"),
        ("s3://bucket/a.mp4?versionId=1", "s3://bucket/a.mp4", "a.mp4", "s3://bucket"),
        ("s3://bucket/mask@2x.png", "s3://bucket/mask@2x.png", "mask@2x.png", "s3://bucket"),
        (SIGNED, "https://bucket.example/clips/a.mp4", "a.mp4", "https://bucket.example/clips"),
        ("https://me:wo/rd@host:8080/a.mp4", "https://host:8080/a.mp4", "a.mp4", "https://host:8080"),
        ("http://host:8080/who@home.mp4", "http://host:8080/who@home.mp4", "who@home.mp4", "http://host:8080"),
    ],
)
def test_an_address_is_a_path_whose_text_hides_what_opens_it(text: str, shown: str, name: str, parent: str) -> None:
    path = as_path(text)
    assert isinstance(path, Address)
    assert (str(path), path.name, str(path.parent), f"{path}", os.fspath(path)) == (shown, name, parent, shown, shown)
    assert text_of(text) == text_of(path) == shown
    assert isinstance(path.parent / name, Address) and path.parent / name == path
    assert str(path.with_suffix(".png")).endswith(".png") and path.absolute() is path
    again = pickle.loads(pickle.dumps(path))
    assert isinstance(again, Address) and str(again) == shown and again.full == path.full


def test_what_an_address_hides_goes_to_the_storage_and_to_other_processes() -> None:
    assert as_path(SIGNED).full == spelled(as_path(SIGNED)) == SIGNED  # type: ignore[attr-defined]
    assert as_path(str(as_path(SIGNED))).full == SIGNED  # type: ignore[attr-defined]
    folder = as_path("sftp://me:word@host.example/clips")
    assert spelled(folder / "a.mp4") == "sftp://me:word@host.example/clips/a.mp4"
    assert spelled(Path("clips/a.mp4")) == "clips/a.mp4"
    assert spelled(as_path("s3://bucket//twice//a.mp4")) == "s3://bucket//twice//a.mp4"


@pytest.mark.parametrize("text", ["a.mp4", "C:/a.mp4", "/tmp/a", "raw:640x360@25:rgb24", "file:///a.mp4", "rtsp://h/l"])
def test_other_texts_are_no_addresses(text: str) -> None:
    assert not is_address(text) and type(as_path(text)) is type(Path())


def test_a_file_of_that_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:" / "bucket").mkdir(parents=True)
    assert not is_address("s3://bucket") and is_address("s3://bucket/a.mp4")
    assert [one[0] for one in walk(Path())] == [Path(), Path("s3:"), Path("s3:/bucket")]


def test_globs_are_told_from_queries() -> None:
    assert is_pattern("s3://bucket/*.mp4") and is_pattern("s3://bucket/%04d.png") and is_pattern("s3://bucket/a?.mp4")
    assert not is_pattern(SIGNED) and not is_pattern("https://host/a.mp4?page=[1]*")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{SIGNED}: there is no such file", "https://bucket.example/clips/a.mp4: there is no such file"),
        (f"cannot read ({SIGNED}), nor 'x'", "cannot read (https://bucket.example/clips/a.mp4), nor 'x'"),
        (f'{{"source": "{SIGNED}", "b": 1}}', '{"source": "https://bucket.example/clips/a.mp4", "b": 1}'),
        ("s3://KEY:SEC/RET@bucket/a.mp4 is no clip", "s3://bucket/a.mp4 is no clip"),
        ("shots/img?.png: a=b: none", "shots/img?.png: a=b: none"),
        ("http://host:80/a@b.png: gone", "http://host:80/a@b.png: gone"),
    ],
)
def test_no_message_has_a_secret(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    for kind in (VideoOpenError, ParameterError, StillplateWarning):
        assert str(kind(text)) == str(pickle.loads(pickle.dumps(kind(text)))) == shown
        assert repr(kind(text)) == f"{kind.__name__}({shown!r})"


def test_files_load_no_driver(street_mp4: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from stillplate.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print({'fsspec', 'aiohttp', 's3fs', 'stillplate.io.remote', 'stillplate.io.storage'} & sys.modules.keys())"
    )
    words = ["plate", str(street_mp4), "-o", str(tmp_path / "plate.png"), "--quiet"]
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n" and (tmp_path / "plate.png").exists()


@pytest.mark.parametrize(
    ("blocked", "address", "install"),
    [
        ("fsspec", "s3://bucket/a.mp4", "pip install 'stillplate[remote]'"),
        ("s3fs", "s3://bucket/a.mp4", "pip install s3fs"),
        ("aiohttp", "https://host/a.mp4", "pip install aiohttp"),
    ],
)
def test_what_is_not_installed_is_named(blocked: str, address: str, install: str) -> None:
    code = f"import sys; sys.modules[{blocked!r}] = None; from stillplate.cli import main; main()"
    ran = subprocess.run([sys.executable, "-c", code, "check", address], capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1
    assert ran.stderr.startswith(f"stillplate: {address}") and ran.stderr.endswith(f"{install}\n")
