"""A clip that is served to a client in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from starlette.testclient import TestClient

from stillplate.arrays import AnyArray
from stillplate.viewer.clips import Clips
from stillplate.viewer.server import make_app
from stillplate.viewer.session import Start

__all__ = ["TOKEN", "Client", "served"]

TOKEN = "token"
PATIENCE = 120  # news that are waited for


class Client:
    """A page, as far as the server can tell."""

    def __init__(self, http: TestClient, clips: Clips) -> None:
        self.http, self.clips = http, clips

    def get(self, path: str, **query: Any) -> Any:
        """Answer of an address of the clip."""
        return self.http.get(f"/{TOKEN}/clip/0/{path}", params=query)

    def post(self, path: str, **given: Any) -> Any:
        """Answer to what is sent to an address of the clip."""
        return self.http.post(f"/{TOKEN}/clip/0/{path}", json=given)

    def picture(self, path: str, **query: Any) -> AnyArray:
        """A picture, as an array: grey, RGB or RGBA."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image is not None
        if image.ndim == 2:
            return image
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA))

    def settled(self) -> dict[str, Any]:
        """The state when nothing is being made any more."""
        version = -1
        for _ in range(PATIENCE):
            state: dict[str, Any] = json.loads(self.get("state", since=version).text)
            version = state["version"]
            running = state["run"] is not None and state["run"]["state"] == "running"
            if not (state["progress"]["phase"] or running):
                return state
        raise AssertionError(f"it is still being made: {state['progress']}")


@contextmanager
def served(source: Any, folder: Path = Path("out"), **start: Any) -> Iterator[Client]:
    """Serve a clip; its threads end on the way out."""
    with (
        closing(Clips([(source, Start(folder=folder, **start))])) as clips,
        TestClient(make_app(clips, TOKEN), base_url="http://127.0.0.1:8000") as http,
    ):
        yield Client(http, clips)
