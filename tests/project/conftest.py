"""The clips and pictures that commands in documents name, and the command line in this process."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.cli import main
from stillplate.io.opening import open_sink

WIDTH, HEIGHT, FRAMES = 64, 48, 16


@pytest.fixture(scope="session")
def clip() -> synthetic.SyntheticClip:
    return synthetic.street(width=WIDTH, height=HEIGHT, frames=FRAMES, walkers=2, vehicles=1, seed=3)


@pytest.fixture
def make(clip: synthetic.SyntheticClip) -> Callable[[Path], None]:
    """How each input that a document names comes to be: a clip of a frame a second, pictures, masks."""
    images = [frame.image for frame in clip]

    def video(path: Path) -> None:
        with open_sink(str(path), WIDTH, HEIGHT, Fraction(1)) as sink:
            for second, image in enumerate(images):
                sink.write(image, Fraction(second))

    def picture(path: Path) -> None:
        stillplate.write_image(path, clip.plate)

    def region(path: Path) -> None:
        white = np.zeros((HEIGHT, WIDTH), np.bool_)
        white[8:44, 8 : 30 if path.stem == "tree" else 60] = True
        stillplate.write_image(path, white)

    def pictures(folder: Path) -> None:
        folder.mkdir()
        for number, image in enumerate(images):
            stillplate.write_image(folder / f"{number:03}.png", image.astype(np.uint16) * 16)  # 12 bits in 16

    def masks(folder: Path) -> None:
        folder.mkdir()
        for number in range(FRAMES):
            stillplate.write_image(folder / f"{number:06}.png", clip.mask(number))

    def background(path: Path) -> None:
        stillplate.fit(np.stack(images)).save(path)

    makers = {
        ".npz": background,
        ".mp4": video,
        ".png": picture,
        ".jpg": picture,
        "tree": region,
        "court": region,
        "pictures": pictures,
    }
    return lambda path: makers.get(path.stem, makers.get(path.suffix, masks))(path)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[str]], None]]:
    """The command line in this process, of which nothing is left behind."""
    heard = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("stillplate.viewer.serving.serve", lambda clips, host, port, ready: ready("its address"))

    def run(arguments: list[str]) -> None:
        monkeypatch.setattr(sys, "argv", arguments)
        main()

    with warnings.catch_warnings():
        yield run
    signal.signal(signal.SIGTERM, heard)
