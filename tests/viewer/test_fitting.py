from __future__ import annotations

import threading
from contextlib import closing

import numpy as np

import stillplate
from stillplate.synthetic import camera, street
from stillplate.viewer.fitting import Fitting, Request
from stillplate.viewer.knobs import PlateKnobs
from stillplate.viewer.sampled_source import SampledSource


def test_progress_of_a_camera_that_is_followed_is_told_by_phase() -> None:
    """Each phase that counts frames has its own name and reaches their number; nothing votes again after it."""
    size, frames = (120, 80), 24
    turning = camera.pan((260, 120), size, frames, focal=180)
    images = np.stack([frame.image for frame in street(260, 120, frames, seed=4, walkers=2, camera=turning, size=size)])
    told, over = list[tuple[str, int, int | None]](), threading.Event()

    def tell(phase: str, done: int, total: int | None, error: str) -> None:
        assert error == ""
        told.append((phase, done, total))
        if not phase:
            over.set()

    source = SampledSource(stillplate.ArraySource(images), 2**28)
    with closing(Fitting(source, {}, lambda *_: None, tell)) as fitting:
        fitting.ask(Request("moving", PlateKnobs(camera="moving"), ()))
        assert over.wait(120)
    names = list(dict.fromkeys(phase for phase, _, _ in told))

    assert names[:4] == ["follow camera", "sample", "find motion", "vote"]
    assert {("follow camera", frames, frames), ("find motion", frames, frames)} <= set(told)
    assert told.count(("follow camera", 0, None)) == 1
