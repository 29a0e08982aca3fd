"""Bytes and requests of a plate and of reading a clip through, by the cache and by the size of its requests."""

from __future__ import annotations

import json as json_format
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from fsspec.caching import caches

import stillplate
from benchmarks.long_clip import write_long_clip
from benchmarks.loopback import Loopback, loopback
from stillplate.io import remote
from stillplate.io.ranges import LEAST, MOST, Ranges
from stillplate.io.storage import Place

__all__ = ["compare_remote"]

CLIPS = {"2 s from key frame to key frame": 50, "10 s, as x264 has by default": 250}
KIB = 2**10
OURS = (16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB)
THEIRS = [(name, block) for name in ("blockcache", "readahead", "background") for block in (64 * KIB, 1024 * KIB)]
ROUND_TRIP, SPEED = 0.05, 12.5e6  # s a request, and bytes/s: of the estimate of time

Open = Callable[[Place], Ranges]


class _Cached(Ranges):
    """The same object through a cache of fsspec's."""

    def __init__(self, plain: Ranges, name: str, block: int) -> None:
        super().__init__(plain._fetch, plain.size)
        self._cache = caches[name](block, lambda start, end: plain._fetch(start, min(end, plain.size)), plain.size)

    def read(self, start: int, count: int) -> bytes:
        """Return some bytes."""
        return bytes(self._cache._fetch(start, min(start + count, self.size)))


def compare_remote(*, seconds: int = 3600, json: Path | None = None) -> None:
    """Count bytes and requests of a clip on a web server on loopback."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, loopback(Path(folder)) as served:
        for title, keyint in CLIPS.items():
            path = write_long_clip(Path(folder) / "clip.mp4", seconds, keyint=keyint)
            size = path.stat().st_size
            print(f"{seconds} s of H.264, {title}: {size / 1e6:.1f} MB")
            columns = f"{'bytes':>8} {'requests':>9} {'about':>8}"
            print(f"{'cache, request':28} {'plate:':>8}{columns[8:]} {'whole:':>8}{columns[8:]}")
            for name, opener in _readers():
                plate = _count(served, opener, lambda clip: stillplate.fit(clip, masks=False))
                whole = _count(served, opener, _read_through)
                rows.append({"clip": title, "bytes": size, "cache": name, "plate": plate, "whole": whole})
                told = [
                    f"{sent / size:8.1%} {asked:9} {asked * ROUND_TRIP + sent / SPEED:6.1f} s"
                    for sent, asked in (plate, whole)
                ]
                print(f"{name:28} {told[0]} {told[1]}", flush=True)
    print(f"about: at {ROUND_TRIP * 1000:.0f} ms a request and {SPEED / 1e6:.1f} MB/s")
    if json is not None:
        json.write_text(json_format.dumps(rows, indent=1), encoding="utf-8")


def _readers() -> Iterator[tuple[str, Open]]:
    for least in OURS:
        mark = " (in use)" if least == LEAST else ""
        yield f"growing, {least // KIB} KiB{mark}", lambda place, least=least: remote._opened(place, least, MOST)  # type: ignore[misc]
    for name, block in THEIRS:
        yield (
            f"{name}, {block // KIB} KiB",
            lambda place, name=name, block=block: _Cached(  # type: ignore[misc]
                remote._opened(place, LEAST, MOST), name, block
            ),
        )


def _count(served: Loopback, opener: Open, use: Callable[[stillplate.FrameSource], object]) -> tuple[int, int]:
    """Bytes sent and requests of one use of the clip."""
    served.ranges.clear()
    served.requests = 0
    with _opening(opener), stillplate.open_video(f"{served.url}/clip.mp4") as clip:
        use(clip)
    return served.sent, served.requests


@contextmanager
def _opening(opener: Open) -> Iterator[None]:
    """Let one reader serve all passes over a clip."""
    kept: list[Ranges] = []

    def ranges(place: Place) -> Ranges:
        if not kept:
            kept.append(opener(place))
        return kept[0]

    with mock.patch.object(remote, "ranges", ranges):
        yield


def _read_through(clip: stillplate.FrameSource) -> None:
    from stillplate.io.pyav.versions import open_input

    with open_input(clip.info.name) as container:
        for _ in container.demux(container.streams.video[0]):
            pass
