from pathlib import Path

import numpy as np
import pytest

from stillplate import synthetic
from stillplate.video.opening import open_sink


@pytest.fixture(scope="session")
def street() -> synthetic.SyntheticClip:
    """A small street with known truth."""
    return synthetic.street(width=160, height=96, frames=60, seed=1)


@pytest.fixture(scope="session")
def street_mp4(street: synthetic.SyntheticClip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street as a file."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    with open_sink(str(path), 160, 96, street.info.rate, channels=3) as sink:
        for frame in street:
            sink.write(frame.image, frame.time)
    return path


@pytest.fixture
def walkers() -> np.ndarray:
    """20 images of a grey ground over which a red block walks from left to right."""
    images = np.full((20, 24, 32, 3), 90, np.uint8)
    for step, image in enumerate(images):
        image[8:14, step : step + 6] = (200, 60, 40)
    return images
