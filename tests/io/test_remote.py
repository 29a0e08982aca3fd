"""Clips in storage: on a web server that counts ranges and fails, and in memory."""

import base64
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

import stillplate
from benchmarks.long_clip import write_long_clip
from benchmarks.loopback import Loopback, loopback
from stillplate import synthetic
from stillplate.cli.crash import note_crash
from stillplate.errors import EncodeError, ParameterError, StillplateError, VideoOpenError
from stillplate.io import failures, storage
from stillplate.io.address import Address, as_path
from stillplate.io.atomic import kept_together
from stillplate.io.images import write_image
from stillplate.io.opening import open_sink
from tests.command import run

LITTLE: dict[str, Any] = {"samples": 6, "masks": False}
RENDERED: dict[str, Any] = {"samples": 6, "threshold": 30, "cleanup": "none"}


@pytest.fixture
def web(tmp_path: Path, lane_mp4: Path) -> Iterator[Loopback]:
    """A server of a folder with a clip."""
    folder = tmp_path / "web"
    folder.mkdir()
    shutil.copy(lane_mp4, folder / "lane.mp4")
    with loopback(folder) as served:
        yield served


@pytest.fixture
def memory() -> Iterator[Any]:
    """The empty storage in memory."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()


@pytest.fixture(scope="session")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of H.264 with a key frame every 2 s; the index is at the end of the file."""
    return write_long_clip(tmp_path_factory.mktemp("hour") / "hour.mp4", rate=10, keyint=20)


def test_the_plate_of_an_hour_reads_a_twentieth_of_it(hour: Path, tmp_path: Path) -> None:
    with loopback(hour.parent) as served:
        ran = run("plate", f"{served.url}/hour.mp4", "-o", tmp_path / "far.png")
        assert ran.returncode == 0, ran.stderr
        assert served.sent <= 0.05 * hour.stat().st_size
        assert served.requests <= 64 + 10
    run("plate", hour, "-o", tmp_path / "near.png")
    assert (tmp_path / "far.png").read_bytes() == (tmp_path / "near.png").read_bytes()


def test_an_index_at_the_start_is_as_good(tmp_path: Path) -> None:
    path = write_long_clip(tmp_path / "front.mp4", 600, rate=10, keyint=20, options={"movflags": "faststart"})
    with loopback(tmp_path) as served:
        stillplate.fit(f"{served.url}/front.mp4", samples=16, masks=False)
        assert served.sent <= 0.1 * path.stat().st_size
        assert served.requests <= 16 + 10


def test_times_of_a_varying_rate_are_read_without_the_data(hour: Path, tmp_path: Path) -> None:
    import av

    path = tmp_path / "varying.mp4"
    with av.open(str(hour)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if packet.pts is None or packet.dts is None or number >= 6000:
                break
            late = 100 if packet.pts > 2_560_000 else 0
            packet.pts, packet.dts, packet.stream = packet.pts + late, packet.dts + late, stream
            target.mux(packet)
    with loopback(tmp_path) as served, stillplate.open_video(f"{served.url}/varying.mp4") as clip:
        far = [(frame.time, frame.image.mean()) for frame in clip.take([100, 3000, 5000])]
        assert served.sent < 0.2 * path.stat().st_size
    with stillplate.open_video(path) as clip:
        assert far == [(frame.time, frame.image.mean()) for frame in clip.take([100, 3000, 5000])]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".webm"])
def test_every_container_gives_the_same_frames(tmp_path: Path, suffix: str) -> None:
    lane = synthetic.street(width=96, height=64, frames=30, seed=1)
    path = tmp_path / f"lane{suffix}"
    with open_sink(str(path), 96, 64, lane.info.rate) as sink:
        for frame in lane:
            sink.write(frame.image, frame.time)
    with (
        loopback(tmp_path) as served,
        stillplate.open_video(f"{served.url}/{path.name}") as far,
        stillplate.open_video(path) as near,
    ):
        assert (far.info.frames, far.info.rate) == (near.info.frames, near.info.rate)
        for mine, other in zip(far, near, strict=True):
            assert mine.time == other.time and np.array_equal(mine.image, other.image)
        one, other = next(iter(far.take([20]))), next(iter(near.take([20])))
        assert np.array_equal(one.image, other.image)


def test_a_small_clip_is_read_once(web: Loopback) -> None:
    stillplate.fit(f"{web.url}/lane.mp4", **LITTLE)
    assert web.sent == (web.folder / "lane.mp4").stat().st_size


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_waited_for(web: Loopback, status: int) -> None:
    web.statuses = [status, status, status]  # a HEAD and a GET fail, and a HEAD of the second try
    plate = stillplate.fit(f"{web.url}/lane.mp4", **LITTLE).plate.image
    web.statuses = [0, status]
    assert np.array_equal(plate, stillplate.fit(f"{web.url}/lane.mp4?a=1", **LITTLE).plate.image)
    assert np.array_equal(plate, stillplate.fit(web.folder / "lane.mp4", **LITTLE).plate.image)


def test_a_connection_that_breaks_halfway_is_made_again(web: Loopback) -> None:
    web.broken = 2
    with stillplate.open_video(f"{web.url}/lane.mp4") as clip:
        assert sum(1 for _ in clip) == 30
    assert web.broken == 0


def test_storage_that_stays_away_is_told_in_one_line(web: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PAUSES", (0.01, 0.01))
    with stillplate.open_video(f"{web.url}/lane.mp4") as clip:
        pass
    web.statuses = [503] * 100
    ran = run("check", f"{web.url}/lane.mp4?key=hidden")
    assert (ran.returncode, ran.stderr) == (
        2,
        f"stillplate: {web.url}/lane.mp4: cannot be read: the storage failed 3 times, last with HTTP 503: try later\n",
    )
    web.statuses.clear()
    web.broken = 100
    with pytest.raises(VideoOpenError, match=r"failed 3 times, last with .*: try later"):
        stillplate.open_video(f"{web.url}/lane.mp4?other=1")
    assert clip.info.frames == 30


def test_a_clip_that_vanishes_is_told(web: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    big = web.folder / "big.mp4"
    write_long_clip(big, 400, rate=5)
    with stillplate.open_video(f"{web.url}/big.mp4") as clip:
        frames = iter(clip)
        next(frames)
        big.unlink()
        with pytest.raises(VideoOpenError, match=r"/big.mp4: is no longer there"):
            list(frames)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("status", "told"), [(403, "gives no permission"), (401, "gives no permission")])
def test_what_does_not_pass_is_tried_once(web: Loopback, status: int, told: str) -> None:
    web.statuses = [status] * 100
    ran = run("render", f"{web.url}/lane.mp4", "--mask", web.folder / "mask.mp4")
    assert ran.returncode == 2 and told in ran.stderr and ran.stderr.count("\n") == 1
    assert len(web.statuses) >= 98  # a HEAD and a GET


def test_a_missing_clip_is_told(web: Loopback) -> None:
    ran = run("check", f"{web.url}/none.mp4")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1) and "there is no such file" in ran.stderr
    with pytest.raises(VideoOpenError, match=r"none.mp4: there is no such file"):
        stillplate.open_video(f"{web.url}/none.mp4")


def test_two_addresses_of_one_text_are_refused(web: Loopback) -> None:
    ran = run("render", f"{web.url}/get?id=1", f"{web.url}/get?id=2", "-o", web.folder / "out")
    assert ran.returncode == 2 and f"{web.url}/get: two addresses differ only behind the ?" in ran.stderr


def test_a_server_without_ranges_is_read_by_a_copy(web: Loopback) -> None:
    web.without_ranges = True
    big = web.folder / "big.mp4"
    write_long_clip(big, 400, rate=5)
    with stillplate.open_video(f"{web.url}/big.mp4") as far, stillplate.open_video(big) as near:
        for index in (0, 1000, 1900):
            one, other = next(iter(far.take([index]))), next(iter(near.take([index])))
            assert np.array_equal(one.image, other.image)


def test_secrets_are_in_no_error_and_no_report(web: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(storage, "PAUSES", ())
    web.secret = "signature=5ec2e7"
    signed = f"{web.url}/lane.mp4?signature=5ec2e7"
    write_image(web.folder / "roi.png", np.full((64, 96, 3), 255, np.uint8))
    outputs = [part for name in ("report", "page", "timeline") for part in (f"--{name}", str(tmp_path / name))]
    outputs = [f"{one}.{ {'report': 'json', 'page': 'html', 'timeline': 'csv'}[one.rpartition('/')[2]] }"
               if one.startswith("/") else one for one in outputs]  # fmt: skip
    roi = f"{web.url}/roi.png?signature=5ec2e7"
    ran = run("render", signed, *outputs, "--roi", roi, "--also", signed.replace("?", "?again=1&"))
    assert ran.returncode in (0, 2), ran.stderr
    if ran.returncode:  # the same clip twice is refused: without it
        assert "5ec2e7" not in ran.stderr
        ran = run("render", signed, *outputs, "--roi", roi)
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout + ran.stderr
    web.secret = "signature=other"
    for words in (["check", signed], ["render", signed, "--mask", f"{web.url}/mask.mp4?signature=5ec2e7"]):
        ran = run(*words)
        assert ran.returncode == 2 and "no permission" in ran.stderr
        told += ran.stderr
    for wrong in ("rtsp://me:5ec2e7@host/live", "foo://me:5ec2e7@host/a.mp4", f"{web.url}/*.mp4?signature=5ec2e7"):
        ran = run("check", wrong)
        assert ran.returncode == 2
        told += ran.stderr
    with pytest.raises(StillplateError) as error:
        stillplate.open_video(signed)
    cause: BaseException | None = error.value
    while cause is not None:
        told += repr(cause)
        cause = cause.__cause__
    told += "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
    assert "5ec2e7" not in told


def test_credentials_before_the_host_open_it_and_are_not_told(web: Loopback, tmp_path: Path) -> None:
    web.secret = base64.b64encode(b"me:5ec2e7").decode()
    report = tmp_path / "r.json"
    ran = run("render", f"{web.url.replace('://', '://me:5ec2e7@')}/lane.mp4", "--report", report)
    assert ran.returncode == 0, ran.stderr
    assert "5ec2e7" not in ran.stdout + ran.stderr + report.read_text()
    assert f"{web.url}/lane.mp4" in report.read_text()


def test_a_crash_tells_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["stillplate", "check", "https://me:5ec2e7@host/a.mp4?b=5ec2e7", "-o", "x"])
    told = note_crash(RuntimeError("https://host/a.mp4?b=5ec2e7 fell over"))
    (file,) = tmp_path.iterdir()
    assert "fell over" in told and "5ec2e7" not in told + file.read_text() and "'-o', 'x'" in file.read_text()


def test_outputs_are_put_whole(web: Loopback) -> None:
    ran = run("plate", f"{web.url}/lane.mp4", "-o", f"{web.url}/new/plate.png")
    assert ran.returncode == 0 and (web.folder / "new" / "plate.png").exists()
    assert f"{web.url}/new/plate.png written" in ran.stdout
    before = (web.folder / "new" / "plate.png").stat().st_mtime_ns
    ran = run("plate", f"{web.url}/lane.mp4", "-o", f"{web.url}/new/plate.png")
    assert ran.returncode == 2 and "exists already" in ran.stderr
    assert (web.folder / "new" / "plate.png").stat().st_mtime_ns == before
    ran = run("plate", f"{web.url}/lane.mp4", "-o", f"{web.url}/new/plate.png", "--overwrite")
    assert ran.returncode == 0 and (web.folder / "new" / "plate.png").stat().st_mtime_ns > before


def test_another_that_was_faster_is_not_overwritten(web: Loopback, tmp_path: Path) -> None:
    local = tmp_path / "local.png"
    local.write_bytes(b"mine")
    (web.folder / "a.png").write_bytes(b"other")
    address = as_path(f"{web.url}/a.png")
    assert isinstance(address, Address)
    with pytest.raises(ParameterError, match=r"a.png: exists already"):
        address.put(local, overwrite=False)
    web.statuses = [503]
    address.put(local, overwrite=True)
    assert (web.folder / "a.png").read_bytes() == b"mine"
    web.statuses = [403]
    with pytest.raises(EncodeError, match=r"cannot be written: the storage gives no permission"):
        address.put(local, overwrite=True)


def test_outputs_that_belong_together_are_all_put_or_none(
    memory: Any, walkers: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, names = type(memory).put_file, []

    def failing(self: Any, local: str, path: str, **options: Any) -> None:
        names.append(path)
        if len(names) == 3:
            raise PermissionError("no")
        put(self, local, path, **options)

    monkeypatch.setattr(type(memory), "put_file", failing)
    with pytest.raises(EncodeError, match="no permission"):
        stillplate.render(walkers, folder="memory://out", **RENDERED)
    assert len(names) == 3 and memory.find("") == []
    with pytest.raises(RuntimeError), kept_together():
        write_image("memory://x.png", walkers[0])
        raise RuntimeError
    assert memory.find("") == []


def test_a_render_that_cannot_be_put_is_saved(web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it, also what was put before the one that failed; the error tells where."""
    monkeypatch.setattr(storage, "PAUSES", (0.01,))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    web.method, web.statuses = "PUT", [0, 0, *[503] * 50]
    ran = run("render", web.folder / "lane.mp4", "-o", f"{web.url}/out", "--samples", "6", "--threshold", "30")
    (saved,) = (tmp_path / "t").iterdir()
    assert (ran.returncode, ran.stderr.count("failed 2 times")) == (2, 1)
    assert ran.stderr.endswith(f"last with HTTP 503: try later; what was made is in {saved}\n")
    assert {path.name for path in saved.glob("*/out/*")} == {
        "comparison.mp4", "foreground.mp4", "mask.mp4", "plate.png", "report.html", "report.json",
    }  # fmt: skip
    assert stillplate.open_video(next(saved.glob("*/out/mask.mp4"))).info.frames == 30


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("2", 2), ("500", 60), ("0", 0.25), ("soon", 0.25), ("Thu, 01 Jan 2099 00:00:00 GMT", 60),
     ("Thu, 01 Jan 1970 00:00:00 GMT", 0.25)],
)  # fmt: skip
def test_what_the_storage_asks_to_wait_is_waited(
    web: Loopback, monkeypatch: pytest.MonkeyPatch, asked: str, waited: float
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("stillplate.io.storage.time.sleep", waits.append)
    web.statuses, web.retry_after = [503], asked
    assert as_path(f"{web.url}/lane.mp4").read_bytes() == (web.folder / "lane.mp4").read_bytes()
    assert waits == [waited]


def test_what_a_bucket_asks_to_wait_is_known() -> None:
    cause, error = Exception(), OSError(16, "busy")
    cause.response = {"ResponseMetadata": {"HTTPStatusCode": 503, "HTTPHeaders": {"retry-after": "7"}}}  # type: ignore[attr-defined]
    error.__cause__ = cause
    assert (failures.wait_asked(error), failures.wait_asked(OSError(16, "busy"))) == (7, 0)


def test_everything_may_be_in_storage(memory: Any, lane_mp4: Path, tmp_path: Path) -> None:
    memory.pipe_file("/in/lane.mp4", lane_mp4.read_bytes())
    near, far = tmp_path / "near", "memory://far"
    write_image(tmp_path / "roi.png", np.full((64, 96, 3), 255, np.uint8))
    write_image(tmp_path / "left.png", np.repeat(np.arange(96) < 8, 64).reshape(96, 64).T)
    for name in ("roi.png", "left.png"):
        memory.put_file(str(tmp_path / name), f"/in/{name}")
    for place, source, roi in (
        (near, lane_mp4, tmp_path / "roi.png"),
        (far, "memory://in/lane.mp4", "memory://in/roi.png"),
    ):
        paths: dict[str, Any] = {name: f"{place}/{file}" for name, file in (
            ("clean", "clean.mkv"), ("cutout", "cutout/"), ("layers", "layers"), ("objects", "o.csv"),
            ("coco", "c.json"), ("yolo", "yolo"), ("timeline", "t.csv"), ("events", "events"),
            ("motion", "m.json"), ("frames", "frames"),
        )}  # fmt: skip
        report = stillplate.render(
            source, folder=place, roi=str(roi), exclude=str(roi).replace("roi", "left"), **paths, **RENDERED
        )
        assert report.outputs["yolo"] == f"{place}/yolo"
        background = stillplate.fit(source, samples=6)
        background.save(f"{place}/b.npz")
        assert np.array_equal(stillplate.Background.load(f"{place}/b.npz").plate.image, background.plate.image)
        stillplate.render(source, mask=f"{place}/again.mkv", plate_from=f"{place}/plate.png", motion_from=None,
                          composite=None, **RENDERED)  # fmt: skip
        stillplate.render(f"{place}/frames", mask=f"{place}/folder.mkv", **RENDERED)
        stillplate.render(f"{place}/frames/*.png", mask=f"{place}/glob.mkv", **RENDERED)
        stillplate.render(f"{place}/frames/%06d.png", mask=f"{place}/pattern.mkv", **RENDERED)
    found = {str(path.relative_to(near)): path.read_bytes() for path in near.rglob("*") if path.is_file()}
    there = {path.removeprefix("/far/"): memory.cat_file(path) for path in memory.find("/far")}
    assert there.keys() == found.keys() and len(found) > 100
    differ = {name for name in found if found[name] != there[name]}
    assert differ <= {"report.json", "report.html", "b.npz"}  # these have the clip's name, or a date


def test_the_command_line_takes_addresses(memory: Any, lane_mp4: Path, tmp_path: Path) -> None:
    memory.pipe_file("/in/lane.mp4", lane_mp4.read_bytes())
    memory.pipe_file("/options.toml", b'samples = 6\nthreshold = 30\ncleanup = "none"\n')
    ran = run("render", "memory://in/lane.mp4", "-o", "memory://out", "--config", "memory://options.toml", "--quiet")
    assert ran.returncode == 0, ran.stderr
    assert memory.exists("/out/report.html")
    ran = run("check", "memory://in/lane.mp4", "-o", "memory://out/check.json", "--samples", "6")
    assert ran.returncode == 0 and b'"light"' in memory.cat_file("/out/check.json")
    ran = run("pixel", "memory://in/lane.mp4", 20, 20, "-o", "memory://out/pixel.png", "--samples", "6")
    assert ran.returncode == 0 and memory.exists("/out/pixel.png"), ran.stderr
    ran = run("score", "memory://out/plate.png", "memory://out/plate.png")
    assert ran.returncode == 0, ran.stderr
    ran = run("plate", "memory://in", "-o", "memory://plates/", "--samples", "6")
    assert (ran.returncode, ran.stderr) == (1, "") or "memory" in ran.stderr  # another process has other memory


def test_no_driver_needs_to_be_known(memory: Any) -> None:
    class OddError(Exception):
        """Of a driver that nobody has heard of."""

    error = failures.told(as_path("memory://a.mp4"), OddError("the moon is full\nand more"), 1, writes=True)
    assert isinstance(error, EncodeError)
    assert str(error).startswith("memory://a.mp4: cannot be written: the moon is full and more: ")


def test_temporary_files_go(web: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    stillplate.render(f"{web.url}/lane.mp4", folder=f"{web.url}/out", **RENDERED)
    web.statuses = [0] * 4 + [403] * 50
    with warnings.catch_warnings(), pytest.raises(StillplateError):
        stillplate.render(f"{web.url}/lane.mp4", folder=f"{web.url}/other", **RENDERED)
    assert list((tmp_path / "t").iterdir()) == []
