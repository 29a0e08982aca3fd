"""Camera path files: JSON, which is complete, or CSV with a row for each frame; and those of other programs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.camera.camera_scripts import blender_script, usd_stage
from stillplate.camera.canvas_layout import lay_out
from stillplate.camera.corner_pins import after_effects_script, nuke_script
from stillplate.camera.path import CameraPath
from stillplate.camera.path_header import VERSION, CameraHead
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.imaging.homography import corners_of
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output
from stillplate.io.source import NOMINAL_RATE, VideoInfo

__all__ = ["as_camera", "check_camera_file", "read_camera", "write_camera"]

SUFFIXES = (".json", ".csv")
PROGRAMS: Mapping[str, Callable[[CameraPath, Sequence[float | None]], str]] = {
    ".nk": nuke_script, ".jsx": after_effects_script, ".py": blender_script, ".usda": usd_stage,
}  # fmt: skip
"""What writes the suffixes of Nuke, After Effects, Blender and USD, none of which is read."""
CELLS = tuple(f"h{row}{column}" for row in (1, 2, 3) for column in (1, 2, 3))
COLUMNS = ("frame", "time", *CELLS, "residual", "inliers", "explained", "reason")
HEAD = (
    "# stillplate camera path, version {version}, frame {size}, canvas {canvas}, model {model}, reference {reference}"
)
MOST = 2**30  # greatest value of any figure
TOO_FAR = "lies beyond the largest plate"


def check_camera_file(path: Path) -> None:
    """Raise ParameterError unless a camera's path can be written under a name with that suffix."""
    *others, last = *SUFFIXES, *PROGRAMS
    if path.suffix.lower() not in (*others, last):
        raise ParameterError(
            f"{path}: a camera's path is written as {', '.join(others)} or {last}: choose one of these suffixes"
        )


def as_camera(given: CameraPath | str | os.PathLike[str], info: VideoInfo) -> CameraPath:
    """Return the camera path of a clip, read from a file if a name is given, and checked against the clip.

    Raises
    ------
    VideoOpenError, ParameterError
        As `read_camera`.
    """
    size = (info.width, info.height)
    if not isinstance(given, CameraPath):
        return read_camera(given, size, info.frames)
    if given.size != size:
        raise ParameterError(
            f"the camera's path is of frames of {given.size[0]}x{given.size[1]}, but {info.name} is "
            f"{info.width}x{info.height}: a path of this clip is needed"
        )
    if info.frames is not None and len(given) != info.frames:
        raise ParameterError(
            f"the camera's path has {len(given)} frames, but {info.name} has {info.frames}: one of this clip is needed"
        )
    return given


def write_camera(
    path: CameraPath,
    file: str | os.PathLike[str],
    times: Sequence[float | None] | None = None,
    *,
    overwrite: bool = True,
) -> None:
    """Write a camera path to a file.

    Parameters
    ----------
    path : CameraPath
    file : path
        Its suffix chooses the format: .json or .csv, which are read again, or .nk (Nuke), .jsx (After Effects), .py
        (Blender) or .usda (USD).
    times : sequence of N floats, optional
        Seconds from the first frame; None for frames that could not be read.
    overwrite : bool
        Whether to replace an existing file.

    Raises
    ------
    ParameterError
        If the suffix is another, no frame's place is known, or the file exists and may not be replaced.
    """
    file = as_path(file)
    check_camera_file(file)
    with atomic_output(file, overwrite=overwrite, folder=False) as partial:
        partial.write_text(_as_text(path, file, times), encoding="utf-8")


def _as_text(path: CameraPath, file: Path, times: Sequence[float | None] | None) -> str:
    program = PROGRAMS.get(file.suffix.lower())
    if program is not None:
        if not path.found.any():
            raise ParameterError(f"{file}: the place of no frame is known: write the path as .json or .csv")
        return program(path, times or [float(index / NOMINAL_RATE) for index in range(len(path))])
    rows = [_row(path, index, None if times is None else times[index]) for index in range(len(path))]
    head: dict[str, Any] = {
        "version": VERSION, "size": path.size, "canvas": path.canvas, "model": path.model, "reference": path.reference,
    }  # fmt: skip
    return _as_json({**head, "shots": path.shots}, rows) if file.suffix.lower() == ".json" else _as_csv(head, rows)


def _row(path: CameraPath, index: int, time: float | None) -> dict[str, Any]:
    found = bool(path.found[index])
    return {
        "frame": index,
        "time": None if time is None else round(time, 6),
        "matrix": path.matrices[index].tolist() if found else None,
        "residual": _rounded(path.residuals[index]),
        "inliers": int(path.inliers[index]),
        "explained": _rounded(path.explained[index]) if len(path.explained) else None,
        "reason": None if found else dict(path.skipped).get(index, "not looked at"),
    }


def _rounded(value: np.float32) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _as_json(head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items()]
    return "{\n" + "".join(lines) + ' "frames": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]\n}\n"


def _as_csv(head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    sizes = {key: "{}x{}".format(*head[key]) for key in ("size", "canvas")}
    text.write(HEAD.format(**{**head, **sizes}) + "\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = [""] * 9 if row["matrix"] is None else [repr(cell) for line in row["matrix"] for cell in line]
        writer.writerow([row["frame"], row["time"], *cells, *(row[key] for key in COLUMNS[-4:])])
    return text.getvalue()


def read_camera(file: str | os.PathLike[str], size: tuple[int, int], frames: int | None = None) -> CameraPath:
    """Read a camera path written by `write_camera` or by another tool.

    Parameters
    ----------
    file : path
        .json: an object whose `frames` each have `frame` (from 0) and `matrix`, three rows of three numbers, or null.
        .csv: a header row with `frame` and `h11` to `h33`; empty cells where the position is unknown. Everything else
        is optional: without a canvas, the frames are laid out on one that holds them all.
    size : (int, int)
        Width and height of the clip's frames.
    frames : int, optional
        Number of the clip's frames, if known.

    Returns
    -------
    CameraPath

    Raises
    ------
    VideoOpenError
        If the file cannot be read.
    ParameterError
        If it does not fit the clip, or has matrices that are not 3x3, not finite or singular, or that need too large a
        canvas.
    """
    file = as_path(file)
    if file.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"{file}: a camera's path is read from .json or .csv: write it as one of these, too")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise VideoOpenError(f"{file}: cannot be read: {getattr(err, 'strerror', None) or err}") from err
    head, rows = _parse_json(file, text) if file.suffix.lower() == ".json" else _parse_csv(file, text)
    numbers = [row.get("frame") for row in rows]
    if numbers != list(range(len(rows))) or not rows:
        raise ParameterError(f"{file}: the frames must be numbered from 0, one after the other, none left out")
    if frames is not None and len(rows) != frames:
        raise ParameterError(
            f"{file}: has {len(rows)} frames, but the clip has {frames}: a path of this clip is needed"
        )
    return _path(file, head, rows, size)


def _path(file: Path, given: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], size: tuple[int, int]) -> CameraPath:
    matrices = np.stack([_matrix(file, row, size) for row in rows])
    known = np.flatnonzero(np.isfinite(matrices).all(axis=(1, 2)))
    if not known.size:
        raise ParameterError(f"{file}: has no frame with a matrix: at least one is needed")
    reasons = {row["frame"]: str(row.get("reason") or "not in the file") for row in rows}
    head = CameraHead.of(file, given, size, len(rows))
    canvas, reference = head.canvas, head.reference
    if canvas is None:
        layout = lay_out(matrices[known], size)
        canvas, reference = layout.canvas, int(known[layout.reference])
        matrices[known] = np.where(layout.fits[:, None, None], layout.matrices, np.nan)
        reasons |= dict.fromkeys(known[~layout.fits].tolist(), TOO_FAR)
    lost = np.flatnonzero(~np.isfinite(matrices).all(axis=(1, 2))).tolist()
    return CameraPath(
        matrices, _column(file, rows, "residual"), _column(file, rows, "inliers").astype(np.int32), head.model, size,
        canvas, _column(file, rows, "explained"), reference, head.shots,
        tuple((number, reasons[number]) for number in lost),
    )  # fmt: skip


def _matrix(file: Path, row: Mapping[str, Any], size: tuple[int, int]) -> Doubles:
    given = row.get("matrix")
    if given is None:
        return np.full((3, 3), np.nan)
    where = f"{file}: frame {row['frame']}:"
    try:
        matrix = np.array(given, np.float64)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.shape != (3, 3):
        raise ParameterError(f"{where} the matrix must be three rows of three numbers, or null")
    if not np.isfinite(matrix).all():
        raise ParameterError(f"{where} the matrix is not finite: give null where the place is not known")
    if np.linalg.matrix_rank(matrix) < 3:
        raise ParameterError(f"{where} the matrix is singular: it maps the frame to a line or a point")
    depths = np.column_stack([corners_of(size), np.ones(4)]) @ matrix[2]
    if not (depths * depths[0] > 0).all():
        raise ParameterError(f"{where} the matrix takes a corner of the frame to infinity or beyond")
    return np.asarray(matrix / matrix[2, 2])


def _column(file: Path, rows: Sequence[Mapping[str, Any]], name: str) -> npt.NDArray[np.float32]:
    """Return the figures of all frames; NaN where one is missing, but 0 for inliers."""
    unknown = 0.0 if name == "inliers" else np.nan
    figures = []
    for row in rows:
        given = row.get(name)
        try:
            figure = unknown if given in (None, "") else float(given)
        except (TypeError, ValueError, OverflowError):
            figure = -1.0
        if not (0 <= figure <= MOST or (np.isnan(figure) and np.isnan(unknown))):
            raise ParameterError(
                f"{file}: frame {row['frame']}: {name} is {given!r}, but a number, 0 or more, is needed"
            )
        figures.append(figure)
    return np.array(figures, np.float32)


def _parse_json(file: Path, text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        layout = json.loads(text)
        rows = layout["frames"]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ParameterError(f"{file}: is no camera path: a JSON object with a list `frames` is needed") from None
    return layout, rows


def _parse_csv(file: Path, text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(lines)
    missing = [name for name in ("frame", *CELLS) if name not in (reader.fieldnames or ())]
    if missing:
        raise ParameterError(f"{file}: is no camera path: the column {missing[0]} is missing")
    rows: list[dict[str, Any]] = []
    for line in reader:
        cells = [line[name] or "" for name in CELLS]
        try:
            matrix = np.array(list(map(float, cells))).reshape(3, 3).tolist() if any(cells) else None
            rows.append({**line, "frame": int(line["frame"]), "matrix": matrix})
        except ValueError:
            raise ParameterError(
                f"{file}: frame {line['frame']}: nine numbers, or nine empty cells, are needed"
            ) from None
    return _parse_head(text), rows


def _parse_head(text: str) -> dict[str, Any]:
    found = re.match(
        r"# .*version (?P<version>\d+), frame (?P<size>\d+x\d+), canvas (?P<canvas>\d+x\d+), model (?P<model>\w+), "
        r"reference (?P<reference>\d+)",
        text,
    )
    if found is None:
        return {}
    sizes = {key: tuple(map(int, found[key].split("x"))) for key in ("size", "canvas")}
    return {"version": int(found["version"]), "model": found["model"], "reference": int(found["reference"]), **sizes}
