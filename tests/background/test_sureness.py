"""How sure a plate is: the same figures wherever they are told."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.background.sureness import Sureness
from stillplate.camera.canvas import filmed, place
from stillplate.camera.path import CameraPath
from stillplate.cli.summary import summary
from stillplate.imaging.transform import Transform
from stillplate.io.source import ArraySource
from stillplate.plate.plate import Plate
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import gather
from tests.panning import FRAMES, SIZE, images, true_path


def plate(unsure: int = 0, unseen: int = 0) -> Plate:
    """Of ten rows: so many from the top are not certain, and so many were never seen."""
    support, seen = np.ones((10, 20), np.float32), np.ones((10, 20), np.bool_)
    support[:unsure], seen[:unseen] = 0.4, False
    return Plate(np.full((10, 20, 3), 90, np.uint8), support, 2 * support, seen, np.zeros((10, 20, 1), np.uint8))


def test_how_sure_a_plate_is() -> None:
    assert str(Sureness.of(plate(unsure=2, unseen=1), None)) == "80.0% of it is certain, 10.0% guessed (never seen)"


def test_what_was_never_seen_is_not_certain() -> None:
    """A single sample always agrees with itself."""
    found = Sureness.of(plate(unseen=3), None)

    assert found.certain == pytest.approx(0.7)
    assert found.never_seen == pytest.approx(0.3)


def test_what_no_frame_shows_counts_for_nothing() -> None:
    """Two frames in the lower rows, of which one is not on the path; their rim of two pixels does not count."""
    below = Transform.shifted(0, 3)
    path = CameraPath.along([below, None], (20, 7), (20, 10))
    found = Sureness.of(plate(unsure=6, unseen=5), path)

    assert np.argwhere(filmed(path)).min(axis=0).tolist() == [5, 2]
    assert np.argwhere(filmed(path)).max(axis=0).tolist() == [7, 17]
    assert found.certain == pytest.approx(2 / 3)
    assert found.never_seen == 0
    assert found.noise == 2
    assert Sureness.of(plate(), replace(path, matrices=path.matrices[1:])) == Sureness(0.0, 0.0, 0.0, 0.0)


def test_what_is_filmed_is_where_samples_lie() -> None:
    with gather(ArraySource(images()), FRAMES) as stack:
        _, coverage = place(stack, true_path(), Excluded.of(None, *SIZE))

        assert (coverage.shown ^ filmed(true_path())).mean() < 0.005


def test_every_report_of_a_moving_camera_has_the_same_figures(tmp_path: Path) -> None:
    """A fifth of the canvas is empty."""
    background = stillplate.fit(images(), samples=12, motion_from=true_path(), masks=False, vote="majority")
    done = stillplate.render(
        images()[:3], background=background, threshold=30, report=tmp_path / "r.json", page=tmp_path / "r.html"
    )
    figures, page = json.loads((tmp_path / "r.json").read_text()), (tmp_path / "r.html").read_text()
    sureness, assumptions = background.sureness, background.assumptions
    assert assumptions is not None
    certain, unseen = f"{sureness.certain:.1%}", sureness.never_seen

    assert filmed(true_path()).mean() < 0.85
    assert 0.5 < sureness.certain < 1 - unseen < 1
    assert f"plate: {certain} of it is certain, {unseen:.1%} guessed (never seen)" in list(summary(done, 1))
    assert assumptions.certain == sureness.certain
    assert f"{certain} of the plate is certain" in page
    assert re.findall(r"<th>never seen</th><td>([\d.]+%)", page) == [f"{unseen:.2%}"]
    assert figures["plate"]["unsure_share"] == pytest.approx(1 - sureness.certain, abs=1e-4)
    assert figures["plate"]["never_seen_share"] == pytest.approx(unseen, abs=1e-4)
    assert figures["plate"]["mean_support"] == pytest.approx(sureness.support, abs=1e-4)
    assert f"{certain} of it certain" in repr(background)
