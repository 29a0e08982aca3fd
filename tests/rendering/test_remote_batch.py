"""Clips of a bucket, rendered into a bucket: moto's server on loopback."""

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pytest
from moto.server import ThreadedMotoServer

import stillplate
from stillplate import synthetic
from stillplate.errors import EncodeError
from stillplate.io import remote, storage
from stillplate.io.address import Address, as_path
from stillplate.io.opening import open_sink
from stillplate.rendering.periods import former_plates, remove_plates
from stillplate.rendering.span_work import FIGURES
from stillplate.viewer.results import read_results
from tests.command import run
from tests.rendering.test_periods import MOVED, shown_at, write
from tests.rendering.test_spans import FullDisk

LONG: Any = {"period": 3, "samples": 12, "threshold": 30, "cleanup": "none"}
QUICK = ("--samples", "6", "--threshold", "30", "--cleanup", "none")
SECRET = "5ec2e7key"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A bucket with two clips and what is no clip, and the environment that opens it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patched.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patched.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        storage = fsspec.filesystem("s3", skip_instance_cache=False)
        storage.mkdir("bucket")
        folder = tmp_path_factory.mktemp("clips")
        for number, name in enumerate(("one.mp4", "deep/two.mp4")):
            lane = synthetic.street(width=96, height=64, frames=20, seed=number)
            path = folder / Path(name).name
            with open_sink(str(path), 96, 64, lane.info.rate) as sink:
                for frame in lane:
                    sink.write(frame.image, frame.time)
            storage.put_file(str(path), f"bucket/in/{name}")
        storage.pipe_file("bucket/in/notes.txt", b"no clip")
        yield storage
        server.stop()


def keys(bucket: Any, place: str) -> set[str]:
    bucket.invalidate_cache()
    return {name.removeprefix(f"bucket/{place}/") for name in bucket.find(f"bucket/{place}")}


def test_a_bucket_is_rendered_into_a_bucket_and_resumed(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("render", "s3://bucket/in", "-o", "s3://bucket/out", *QUICK)
    ran = run(*words)
    assert ran.returncode == 0, ran.stderr
    files = {"plate.png", "mask.mp4", "foreground.mp4", "comparison.mp4", "report.json", "report.html"}
    made = {f"{name}/{file}" for name in ("one", "deep/two") for file in files} | {"summary.csv", "index.html"}
    assert keys(bucket, "out") == made
    rows = list(csv.DictReader(io.StringIO(bucket.cat_file("bucket/out/summary.csv").decode())))
    assert {row["clip"] for row in rows} == {"s3://bucket/in/one.mp4", "s3://bucket/in/deep/two.mp4"}
    ran = run(*words)
    assert ran.returncode == 1 and ran.stderr.count("exists already") == 2
    bucket.rm_file("bucket/out/one/mask.mp4")
    monkeypatch.setattr(remote, "REMEMBERED", 0.0)  # the next program, which begins within two seconds
    ran = run(*words, "--resume")
    assert ran.returncode == 0, ran.stderr
    assert "skipped: s3://bucket/in/deep/two.mp4" in ran.stdout
    assert "s3://bucket/out/one/mask.mp4 is not there" in ran.stdout
    assert keys(bucket, "out") == made
    everything = "".join(
        bucket.cat_file(f"bucket/out/{name}").decode("latin-1") for name in made if not name.endswith(".mp4")
    )
    assert SECRET not in everything + ran.stdout + ran.stderr


def test_a_glob_and_a_failing_clip(bucket: Any) -> None:
    bucket.pipe_file("bucket/glob/broken.mp4", b"no video")
    bucket.copy("bucket/in/one.mp4", "bucket/glob/one.mp4")
    ran = run("render", "s3://bucket/glob/*.mp4", "-o", "s3://bucket/globbed", *QUICK)
    assert ran.returncode == 1
    assert "s3://bucket/glob/broken.mp4: cannot be opened as a video" in ran.stderr
    assert {"one/plate.png", "summary.csv"} <= keys(bucket, "globbed")
    assert not any(name.startswith("broken") for name in keys(bucket, "globbed"))


def test_what_is_there_stays_without_overwrite(bucket: Any, tmp_path: Path) -> None:
    local = tmp_path / "a.txt"
    local.write_bytes(b"mine")
    bucket.pipe_file("bucket/a.txt", b"other")
    address = as_path("s3://bucket/a.txt")
    assert isinstance(address, Address)
    with pytest.raises(stillplate.ParameterError, match=r"s3://bucket/a.txt: exists already"):
        address.put(local, overwrite=False)
    assert bucket.cat_file("bucket/a.txt") == b"other"
    address.put(local, overwrite=True)
    assert bucket.cat_file("bucket/a.txt") == b"mine"


def test_an_upload_in_parts_that_fails_leaves_none(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "big.bin"
    with local.open("wb") as file:
        file.truncate(120 * 2**20)
    original, calls = type(bucket)._call_s3, []

    async def failing(self: Any, method: str, *arguments: Any, **options: Any) -> Any:
        calls.append(method)
        if method == "upload_part" and options["PartNumber"] == 2:
            raise PermissionError("no")
        return await original(self, method, *arguments, **options)

    monkeypatch.setattr(type(bucket), "_call_s3", failing)
    address = as_path("s3://bucket/big.bin")
    assert isinstance(address, Address)
    with pytest.raises(EncodeError, match="no permission"):
        address.put(local, overwrite=False)
    assert "abort_multipart_upload" in calls and "complete_multipart_upload" not in calls
    assert not bucket.exists("bucket/big.bin")
    assert not bucket.call_s3("list_multipart_uploads", Bucket="bucket").get("Uploads")


def test_missing_buckets_and_credentials_are_told(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PAUSES", (0.01,))
    ran = run("render", "s3://bucket/in/one.mp4", "-o", "s3://nowhere/out", *QUICK)
    assert ran.returncode == 2 and "there is no such bucket" in ran.stderr and ran.stderr.count("\n") == 1
    ran = run("check", "s3://nowhere/one.mp4")
    assert ran.returncode == 2 and "there is no such file" in ran.stderr
    from tests.command import run_apart

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ran = run_apart("check", "s3://bucket/in/one.mp4")
    assert ran.returncode == 2 and "no credentials were found" in ran.stderr and ran.stderr.count("\n") == 1


def test_shards_share_a_bucket_and_their_tables_are_joined_there(bucket: Any) -> None:
    for shard in ("2/2", "1/2"):
        ran = run("render", "s3://bucket/in", "-o", "s3://bucket/shards", "--shard", shard, *QUICK)
        assert ran.returncode == 0, ran.stderr
    joined = run("summary", "s3://bucket/shards")
    assert joined.returncode == 0, joined.stderr
    rows = list(csv.DictReader(io.StringIO(as_path("s3://bucket/shards/summary.csv").read_text(encoding="utf-8"))))

    assert [(row["clip"], row["state"]) for row in rows] == [
        ("s3://bucket/in/deep/two.mp4", "done"),
        ("s3://bucket/in/one.mp4", "done"),
    ]
    assert "2 clips of 2 shards: 2 done" in joined.stdout
    results = read_results(as_path("s3://bucket/shards"))
    assert [(one.clip, one.start is not None) for one in results] == [(row["clip"], True) for row in rows]


@pytest.fixture(scope="module")
def room(bucket: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds, three periods, rendered on a disk; the clip is in the bucket."""
    folder = tmp_path_factory.mktemp("room")
    bucket.put_file(str(write(folder / "room.mkv", partial(shown_at, moved=MOVED), 90)), "bucket/long/room.mkv")
    (one,) = stillplate.render_many([folder / "room.mkv"], folder / "out", **LONG)
    assert (one.state, one.error) == ("done", "")
    return folder / "out" / "room"


def differing_files(bucket: Any, place: str, made: Path) -> list[str]:
    """Files of a clip in the bucket that are not as on the disk, but for what names paths."""
    return [
        path.name
        for path in made.iterdir()
        if path.name not in ("report.json", "report.html")
        and bucket.cat_file(f"bucket/{place}/room/{path.name}") != path.read_bytes()
    ]


def test_spans_and_periods_are_joined_in_a_bucket(bucket: Any, room: Path) -> None:
    """By two workers that share nothing but that; what was kept there until then is gone."""
    (one,) = stillplate.render_many(["s3://bucket/long/room.mkv"], "s3://bucket/joined", cluster="local:2", **LONG)

    assert (one.state, one.error) == ("done", "")
    assert keys(bucket, "joined/room") == {path.name for path in room.iterdir()}
    assert differing_files(bucket, "joined", room) == []


def test_spans_in_a_bucket_are_resumed(bucket: Any, room: Path) -> None:
    """After one worker had no space left, and another was lost while it put a span there."""
    words: Any = (["s3://bucket/long/room.mkv"], "s3://bucket/again")
    first, second = FullDisk(1), FullDisk(9)
    (failed,) = stillplate.render_many(*words, executor=first, **LONG)
    kept = keys(bucket, "again/room/.spans")
    bucket.rm_file(f"bucket/again/room/.spans/000002/{FIGURES}")
    (done,) = stillplate.render_many(*words, executor=second, resume=True, **LONG)

    assert failed.error.endswith("No space left on device; resume keeps the spans that are whole")
    assert {name[:6] for name in kept if name.endswith(FIGURES)} == {"000000", "000002"}
    assert (first.ran.count("fit_period"), second.ran.count("fit_period")) == (3, 0)
    assert (done.state, done.error) == ("done", "")
    assert keys(bucket, "again/room") == {path.name for path in room.iterdir()}
    assert differing_files(bucket, "again", room) == []


@pytest.mark.parametrize("folder", ["https://example.org/out", "memory://out"])
def test_what_cannot_keep_spans_is_refused(room: Path, folder: str) -> None:
    with pytest.raises(stillplate.ParameterError, match=r"spans are kept beside the outputs until they are joined"):
        stillplate.render_many([room.parents[1] / "room.mkv"], folder, spans=1)


def test_plates_of_more_periods_are_removed(bucket: Any) -> None:
    """Those that the former report tells of, and no others."""
    outputs = {name: f"s3://bucket/former/{name}" for name in ("plate.png", "report.json")}
    bucket.pipe_file("bucket/former/report.json", json.dumps({"periods": {"plates": [{}, {}, {}]}}).encode())
    for number in range(4):
        bucket.pipe_file(f"bucket/former/plate-{number + 1:04d}.png", b"")
    remove_plates(former_plates({name.partition(".")[0]: path for name, path in outputs.items()}, 2))

    assert keys(bucket, "former") == {"report.json", "plate-0001.png", "plate-0002.png", "plate-0004.png"}
