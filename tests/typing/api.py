"""What users write, for mypy to check; never run."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

import stillplate


def plate_and_masks() -> None:
    with stillplate.open_video("street.mp4") as video:
        background: stillplate.Background = stillplate.fit(video, samples=64)
        for frame in video:
            mask: npt.NDArray[np.bool_] = background.mask(frame.image)
            time: Fraction = frame.time
            print(mask.mean(), time)
        for rainy, dry in background.derained(video):
            picture: npt.NDArray[np.uint8] = dry
            print(rainy.index, picture.mean())
        for shown, steady in background.masks(video, sensitivity=1.5):
            one: npt.NDArray[np.bool_] = steady
            print(shown.index, one.mean())
    stillplate.write_image("street.png", background.plate.image)
    deep: npt.NDArray[np.uint16] = stillplate.deep_plate(background, "street.mp4", memory=2**28)
    stillplate.write_image("street.exr", deep)
    unsure: npt.NDArray[np.bool_] = background.plate.support < 0.6
    print(unsure)


def files() -> None:
    done = stillplate.render("street.mp4", mask="mask.mkv", cutout=Path("walkers.mov"), temporal=True)
    reasons: dict[int, str] = done.carried
    print(reasons)
    stillplate.render(Path("street.mp4"), "out", threshold=30, weights=(1, 1, 1), depth=16, layers="layers")


def arrays(images: list[npt.NDArray[np.uint8]]) -> None:
    background = stillplate.fit(np.stack(images), seed=7)
    stillplate.fit(iter(images))
    background.save("lab.npz")
    loaded: stillplate.Background = stillplate.Background.load("lab.npz")
    print(loaded)


def overrides(images: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> None:
    stood = stillplate.Exclusion([(120, 80), (160, 80), (160, 200)], end=12.5)
    stillplate.fit(images, start=3, end=Fraction(7, 2), exclude=stood, roi=mask)
    stillplate.fit(images, exclude=[stood, mask, "mask.png", [(1, 2), (3, 4), (5, 6.5)]])
    stillplate.fit(images, exclude=np.array([[1, 2], [3, 4], [5, 6]]), roi=[(1, 2), (3, 4), (5, 6)])
    background: stillplate.Background = stillplate.Background.from_plate("empty.png", images).within(mask)
    stillplate.render("street.mp4", "out", plate_from=background.plate.image)


def assumptions() -> None:
    found: stillplate.Assumptions = stillplate.check_assumptions("street.mp4", samples=32)
    camera: stillplate.Assumption = found.camera
    figure: float | None = camera.figure
    print(camera.verdict == "met", figure, *found.lines())


def moving_camera() -> None:
    path: stillplate.CameraPath = stillplate.trace_camera("pan.mp4")
    stillplate.write_camera(path, "path.json")
    again: stillplate.CameraPath = stillplate.read_camera(Path("path.json"), path.size)
    background = stillplate.fit("pan.mp4", camera="auto", motion_from=again)
    camera: stillplate.CameraPath | None = background.camera
    shares: stillplate.MotionShares | None = background.motion_shares
    unclear: tuple[int, ...] = () if shares is None else shares.unclear
    with stillplate.open_video("pan.mp4") as video:
        for frame in video:
            empty: npt.NDArray[np.uint8] = background.clean(frame.image, frame.index)
            place: stillplate.Transform | None = background.place(frame.image, frame.index)
            print(empty.shape, place, camera, unclear)
    stillplate.render("pan.mp4", clean="empty.mp4", stabilized="stable.mp4", motion="path.csv", motion_from="path.json")
