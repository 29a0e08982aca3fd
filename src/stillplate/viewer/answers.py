"""What a page is given of a clip: news, pictures and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from stillplate.errors import ParameterError
from stillplate.viewer.clips import View
from stillplate.viewer.command import command_line, option_file
from stillplate.viewer.describing import describe_knobs, describe_pixel, describe_session
from stillplate.viewer.encoding import jpeg, png
from stillplate.viewer.knobs import Knobs

__all__ = ["ANSWERS", "NEVER"]

FOREVER = {"cache-control": "private, max-age=31536000, immutable"}  # of what an address always shows
NEVER = {"cache-control": "no-store"}
LONGEST_WAIT = 20.0  # seconds until a request for news is answered without any
WIDEST = 4096  # pixels, of a picture that is scaled down
PICTURES: dict[str, Callable[[Any], Any]] = {
    "mask": lambda result: result.labels,
    "matte": lambda result: result.cutout,
    "clean": lambda result: result.clean,
    "plate": lambda result: result.plate,
}
"""The pictures of a frame, each as `render` writes it."""


def _knobs(view: View, request: Request) -> Knobs:
    return view.session.start.knobs.turned({name: text for name, text in request.query_params.items() if name != "w"})


def state(view: View, request: Request) -> Response:
    since = request.query_params.get("since", "-1")
    version = view.session.wait(int(since) if since.lstrip("-").isdigit() else -1, LONGEST_WAIT)
    told = describe_session(view.session, version)
    return JSONResponse(
        {
            **told,
            "knobs": describe_knobs(view.session.start.knobs),
            "in_batch": view.in_batch,
            "run": None if view.run is None else asdict(view.run.state),
        },
        headers=NEVER,
    )


def thumb(view: View, request: Request) -> Response:
    found = view.session.samples.get(request.path_params["number"])
    return Response(status_code=404) if found is None else Response(found[1], headers=FOREVER, media_type="image/jpeg")


def frame(view: View, request: Request) -> Response:
    frame = view.session.frames.get(request.path_params["number"])
    if frame is None:
        return Response(status_code=404)
    if request.path_params["form"] == "png":
        return Response(png(frame.image), headers=FOREVER, media_type="image/png")
    width = request.query_params.get("w", "")
    wide = max(16, min(WIDEST, int(width))) if width.isdigit() else None
    return Response(jpeg(frame.picture, wide), headers=FOREVER, media_type="image/jpeg")


def plate(view: View, request: Request) -> Response:
    ground = view.session.at(request.path_params["revision"])
    return Response(png(ground.plate(request.path_params["state"])), headers=FOREVER, media_type="image/png")


def plane(view: View, request: Request) -> Response:
    ground = view.session.at(request.path_params["revision"])
    return Response(png(ground.plane(request.path_params["name"])), headers=FOREVER, media_type="image/png")


def evidence(view: View, request: Request) -> Response:
    ground = view.session.at(request.path_params["revision"])
    found = ground.results.evidence(request.path_params["number"], _knobs(view, request).masks)
    if found is None:
        return Response(status_code=404)
    height, width = found.shape
    return Response(
        found.tobytes(), headers={**FOREVER, "x-width": str(width), "x-height": str(height)},
        media_type="application/octet-stream",
    )  # fmt: skip


def result(view: View, request: Request) -> Response:
    name = request.path_params["picture"]
    if name not in PICTURES:
        raise ParameterError(f"there is no picture {name!r}: {', '.join(PICTURES)} are there")
    ground, number = view.session.at(request.path_params["revision"]), request.path_params["number"]
    found = ground.results.at(number, _knobs(view, request), clean=name == "clean", ground=name != "mask")
    if found is None:
        return Response(status_code=404)
    return Response(png(PICTURES[name](found)), headers=FOREVER, media_type="image/png")


def place(view: View, request: Request) -> Response:
    ground, number = view.session.at(request.path_params["revision"]), request.path_params["number"]
    frame = view.session.frames.get(number)
    if frame is None:
        return Response(status_code=404)
    transform = ground.background.place(frame.image, number)
    return JSONResponse({"matrix": None if transform is None else transform.matrix.tolist()}, headers=FOREVER)


def shares(view: View, request: Request) -> Response:
    found = view.session.shares(request.path_params["revision"], _knobs(view, request))
    return JSONResponse({"shares": found}, headers=FOREVER)


def pixel(view: View, request: Request) -> Response:
    ground = view.session.at(request.path_params["revision"])
    if ground.background.camera is not None:
        raise ParameterError("the camera moves: pixels can be looked at in the clip of a camera that stands")
    with view.session.voted() as voted:
        if voted is None:
            return JSONResponse({"error": "the samples have not voted yet: click again in a moment"}, 503)
        found = voted.at(request.path_params["x"], request.path_params["y"])
    return JSONResponse(describe_pixel(ground, found), headers=FOREVER)


def command(view: View, request: Request) -> Response:
    knobs = _knobs(view, request)
    return JSONResponse(
        {"command": command_line(view.session, knobs), "toml": option_file(view.session, knobs)}, headers=NEVER
    )


def region(view: View, request: Request) -> Response:
    edits, number = view.session.edits, request.path_params["number"]
    if edits is None:
        return Response(status_code=404)
    name = f"region{number}.png"
    headers = {**NEVER, "content-disposition": f'attachment; filename="{name}"'}
    return Response(png(edits.mask(number).astype("uint8") * 255), headers=headers, media_type="image/png")


def output(view: View, request: Request) -> Response:
    outputs = None if view.run is None else view.run.state.outputs
    path = (outputs or {}).get(request.path_params["name"])
    return Response(status_code=404) if path is None else FileResponse(path, headers=NEVER)


ANSWERS: dict[str, Callable[[View, Request], Response]] = {
    "/state": state,
    "/thumb/{number:int}.jpg": thumb,
    "/frame/{number:int}.{form}": frame,
    "/plate/{revision:int}/{state:int}.png": plate,
    "/plane/{revision:int}/{name}.png": plane,
    "/evidence/{revision:int}/{number:int}": evidence,
    "/result/{revision:int}/{number:int}/{picture}.png": result,
    "/place/{revision:int}/{number:int}": place,
    "/shares/{revision:int}": shares,
    "/pixel/{revision:int}/{x:int}/{y:int}": pixel,
    "/command": command,
    "/region/{number:int}.png": region,
    "/output/{name}": output,
}
"""What is answered at each address of a clip."""
