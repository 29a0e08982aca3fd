"""`python -m benchmarks plates|masks|moving DIR`, `speed|viewer VIDEO`; `light|derain|tracks|remote|scale|synthetic`"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.derain import compare_derain
from benchmarks.light import compare_light
from benchmarks.masks import compare_masks
from benchmarks.moving import compare_moving
from benchmarks.plates import compare_plates
from benchmarks.remote import compare_remote
from benchmarks.scale import compare_scale
from benchmarks.sequences import write_sequence
from benchmarks.speed import compare_speed
from benchmarks.tracks import compare_tracks
from stillplate.synthetic import bus_stop, street

STREETS: dict[str, dict[str, Any]] = {
    "quiet street": {"seed": 1},
    "busy, with shadows": {"seed": 2, "walkers": 16, "vehicles": 6, "shadows": True},
    "one stands for half": {"seed": 3, "standing": 0.5},
    "noisy": {"seed": 4, "noise": 8.0},
}
STOPS: dict[str, dict[str, Any]] = {
    "four at a stop, 800 frames": {"seed": 11, "frames": 800},
    "two at a stop": {"seed": 100, "people": 2, "standing": 0.8},
    "six at a stop, with shadows": {"seed": 103, "people": 6, "standing": 0.75, "shadows": True},
}


def main(arguments: list[str] | None = None) -> None:
    """Parse, call."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, compare in {"plates": compare_plates, "masks": compare_masks, "moving": compare_moving}.items():
        command = commands.add_parser(name, help=compare.__doc__)
        command.add_argument("folder", type=Path, help="a sequence or a folder of sequences")
        command.add_argument("--out", type=Path, help="folder for pictures that show the results side by side")
        command.add_argument("--seed", type=int, default=0, help="of the choice of frames")
        command.add_argument("--json", type=Path, help="file for all figures")
    commands.choices["plates"].add_argument("--quick", action="store_true", help="no ablation, no cross-validation")
    commands.choices["masks"].add_argument("--quick", action="store_true", help="no steadiness, no waving ground")
    commands.choices["moving"].add_argument("--quick", action="store_true", help="no clips that are drawn")
    speed = commands.add_parser("speed", help=compare_speed.__doc__)
    speed.add_argument("video", type=Path)
    speed.add_argument("--repeats", type=int, default=5, help="of each measurement; medians are reported")
    speed.add_argument("--json", type=Path, help="file for all figures")
    for name, draw in {"light": compare_light, "derain": compare_derain, "tracks": compare_tracks}.items():
        drawn = commands.add_parser(name, help=draw.__doc__)
        drawn.add_argument("--json", type=Path, help="file for all figures")
    scale = commands.add_parser("scale", help=compare_scale.__doc__)
    scale.add_argument("--clips", type=int, default=6, help="in a batch")
    scale.add_argument("--frames", type=int, default=150, help="of a clip")
    scale.add_argument("--repeats", type=int, default=3, help="of each measurement; medians are reported")
    scale.add_argument("--json", type=Path, help="file for all figures")
    viewer = commands.add_parser("viewer", help="time the page of `stillplate view` in a real browser")
    viewer.add_argument("video", type=Path)
    viewer.add_argument("--json", type=Path, help="file for all figures")
    remote = commands.add_parser("remote", help=compare_remote.__doc__)
    remote.add_argument("--seconds", type=int, default=3600, help="length of the clips, a multiple of 20")
    remote.add_argument("--json", type=Path, help="file for all figures")
    commands.add_parser("synthetic", help=compare_synthetic.__doc__)
    options = parser.parse_args(arguments)
    if options.command == "plates":
        compare_plates(options.folder, seed=options.seed, quick=options.quick, json=options.json, out=options.out)
    elif options.command == "masks":
        compare_masks(options.folder, seed=options.seed, json=options.json, out=options.out, steady=not options.quick)
    elif options.command == "moving":
        compare_moving(options.folder, seed=options.seed, json=options.json, out=options.out, drawn=not options.quick)
    elif options.command == "speed":
        compare_speed(options.video, repeats=options.repeats, json=options.json)
    elif options.command == "viewer":
        from benchmarks.viewer import measure_viewer

        measure_viewer(options.video, json=options.json)
    elif options.command == "light":
        compare_light(json=options.json)
    elif options.command == "derain":
        compare_derain(json=options.json)
    elif options.command == "tracks":
        compare_tracks(json=options.json)
    elif options.command == "scale":
        compare_scale(clips=options.clips, frames=options.frames, repeats=options.repeats, json=options.json)
    elif options.command == "remote":
        compare_remote(seconds=options.seconds, json=options.json)
    else:
        compare_synthetic()


def compare_synthetic() -> None:
    """Score plates and masks on streets and bus stops that are drawn for it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, settings in STREETS.items():
            write_sequence(folder / title, street(320, 180, **settings))
        for title, settings in STOPS.items():
            write_sequence(folder / title, bus_stop(320, 180, **{"frames": 250, **settings}))
        compare_plates(folder, seed=0, quick=True, json=None, out=None)
        compare_masks(folder, seed=0, json=None, out=None, steady=False)


if __name__ == "__main__":
    main()
