"""The addresses of the page: a thin shell over one session for each clip."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from stillplate.errors import ParameterError, StillplateError
from stillplate.io.image_samples import read_image
from stillplate.viewer.answers import ANSWERS, NEVER
from stillplate.viewer.changes import CHANGES
from stillplate.viewer.clips import Clips, View
from stillplate.viewer.describing import describe_result
from stillplate.viewer.encoding import jpeg
from stillplate.viewer.guard import LOOPBACK, Guard
from stillplate.viewer.results import Result

__all__ = ["make_app", "new_token"]

PAGE = Path(__file__).parent / "page"
PREVIEW = 240  # pixels, the width of a plate in a list


def new_token() -> str:
    """Return a part of an address that nobody can guess."""
    return secrets.token_urlsafe(24)


def make_app(clips: Clips, token: str, *, hosts: tuple[str, ...] = LOOPBACK, embedded: bool = False) -> Guard:
    """Return the application that serves the pages of some clips.

    Parameters
    ----------
    clips : Clips
    token : str
        First part of every path.
    hosts : tuple of str
        Names that the server may be called by.
    embedded : bool
        Whether other pages may show these in a frame.
    """
    routes = Mount(
        f"/{token}",
        routes=[
            *(_batch_routes(clips.results) if clips.results else [Route("/", lambda _: RedirectResponse("clip/0/"))]),
            Mount("/page", StaticFiles(directory=PAGE)),
            Route("/clip/{clip:int}/", lambda request: FileResponse(PAGE / "index.html", headers=NEVER)),
            Mount("/clip/{clip:int}", routes=_clip_routes(clips)),
        ],
    )
    app = Starlette(routes=[routes], exception_handlers={ParameterError: _wrong, StillplateError: _failed})
    return Guard(app, token, hosts, embedded=embedded)


def _batch_routes(results: Sequence[Result]) -> list[BaseRoute]:
    def preview(request: Request) -> Response:
        number = request.path_params["number"]
        folder = results[number].folder if number < len(results) else None
        plate = None if folder is None else folder / "plate.png"
        if plate is None or not plate.is_file():
            return Response(status_code=404)
        return Response(jpeg(read_image(plate), PREVIEW), headers=NEVER, media_type="image/jpeg")

    return [
        Route("/", lambda _: FileResponse(PAGE / "batch.html", headers=NEVER)),
        Route("/summary", lambda _: JSONResponse([describe_result(one) for one in results], headers=NEVER)),
        Route("/preview/{number:int}.jpg", preview),
    ]


def _wrong(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


def _failed(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 500)


def _clip_routes(clips: Clips) -> list[BaseRoute]:
    def get(path: str, answer: Callable[[View, Request], Response]) -> Route:
        def endpoint(request: Request) -> Response:
            return answer(clips.view(request.path_params["clip"]), request)

        return Route(path, endpoint)

    def post(path: str, answer: Callable[[View, dict[str, Any]], object]) -> Route:
        async def endpoint(request: Request) -> Response:
            given = _parsed(await request.body())
            found = await run_in_threadpool(lambda: answer(clips.view(request.path_params["clip"]), given))
            return JSONResponse(found if isinstance(found, dict) else {})

        return Route(path, endpoint, methods=["POST"])

    return [
        *(get(path, answer) for path, answer in ANSWERS.items()),
        *(post(f"/{name}", change) for name, change in CHANGES.items()),
    ]


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError as err:
        raise ParameterError(f"the request is no JSON: {err}") from err
    if not isinstance(given, dict):
        raise ParameterError("the request is no JSON object")
    return given
