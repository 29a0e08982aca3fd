from __future__ import annotations

import threading
from contextlib import closing

import numpy as np
import pytest

import stillplate
from stillplate.arrays import AnyArray
from stillplate.synthetic import camera, street
from stillplate.viewer.fitting import Fitting, Request
from stillplate.viewer.knobs import PlateKnobs
from stillplate.viewer.sampled_source import SampledSource
from tests.viewer.served import served

SIZE, FRAMES = (120, 80), 24


@pytest.fixture(scope="module")
def turning() -> AnyArray:
    """A clip of a camera that turns."""
    turned = camera.pan((260, 120), SIZE, FRAMES, focal=180)
    clip = street(260, 120, FRAMES, seed=4, walkers=2, camera=turned, size=SIZE)
    return np.stack([frame.image for frame in clip])


def test_progress_of_a_camera_that_is_followed_is_told_by_phase(turning: AnyArray) -> None:
    """Each phase that counts frames has its own name and reaches their number; nothing votes again after it."""
    told, over = list[tuple[str, int, int | None]](), threading.Event()

    def tell(phase: str, done: int, total: int | None, error: str) -> None:
        assert error == ""
        told.append((phase, done, total))
        if not phase:
            over.set()

    source = SampledSource(stillplate.ArraySource(turning), 2**28)
    with closing(Fitting(source, {}, lambda *_: None, tell)) as fitting:
        fitting.ask(Request("moving", PlateKnobs(camera="moving"), ()))
        assert over.wait(120)
    names = list(dict.fromkeys(phase for phase, _, _ in told))

    assert names[:4] == ["follow camera", "sample", "find motion", "vote"]
    assert {("follow camera", FRAMES, FRAMES), ("find motion", FRAMES, FRAMES)} <= set(told)
    assert told.count(("follow camera", 0, None)) == 1


def test_a_pixel_of_a_camera_that_moves_is_refused_at_once(turning: AnyArray) -> None:
    """Its samples do not vote again."""
    with served(turning, fit={"camera": "moving"}) as page:
        revision = page.settled()["ground"]["revision"]
        answer = page.get(f"pixel/{revision}/1/1")

    assert answer.status_code == 400
    assert "the camera moves" in answer.json()["error"]
