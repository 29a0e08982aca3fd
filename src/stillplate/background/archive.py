"""A background in an `.npz` file: its parts, bit for bit, without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from stillplate.background.assumptions import Assumptions
from stillplate.background.fit_states import LightState
from stillplate.camera.path import CameraPath
from stillplate.errors import VideoOpenError
from stillplate.io.atomic import atomic_output
from stillplate.photometry.appearance import Appearance
from stillplate.photometry.gain import Gain
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import Flicker
from stillplate.plate.plate import Plate
from stillplate.plate.stationary import Stay
from stillplate.segmentation.cast_profile import CastProfile
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.likelihoods import Likelihoods
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.noise import Noise

__all__ = ["read_parts", "write_parts"]

FORMAT = 2  # number of the file format; format 1 had one threshold for all pixels
PLATE = ("image", "support", "noise", "seen", "provenance")  # names of the arrays of a plate
SHARES = ("plane", "parallax", "own", "edge")  # names of the arrays of the shares of motion
APPEARANCE = ("corner", "image", "where", "share")  # names of the values of an appearance
Parts = Mapping[str, Any]


def write_parts(path: Path, parts: Parts, *, overwrite: bool) -> None:
    """Write the parts of a `Background`, given by the names of its attributes."""
    arrays = {
        **_plate_arrays(parts["plate"]),
        **_stay_arrays(parts["stays"]),
        "times": _ratios(parts["times"]),
        "indices": np.array(parts["indices"], np.int64),
        **_noise_arrays(parts["noise"], ""),
        "shakes": np.bool_(parts["shakes"]),
        "assumptions": json.dumps(parts["assumptions"] and parts["assumptions"].to_dict()),
    }
    if parts["roi"] is not None:
        arrays["roi"] = parts["roi"]
    if parts["light"] is not None:
        arrays |= _curve_arrays(parts["light"])
    if parts["flicker"] is not None:
        arrays["flicker"] = json.dumps([parts["flicker"].axis, *parts["flicker"].limits])
    for number, state in enumerate(parts["states"]):
        arrays |= _state_arrays(state, f"state{number}_")
    for number, appearance in enumerate(parts["looks"]):
        arrays |= {f"look{number}_{name}": getattr(appearance, name) for name in APPEARANCE}
    if parts["camera"] is not None:
        arrays |= _path_arrays(parts["camera"])
    if parts["likelihoods"] is not None:
        arrays |= _likelihood_arrays(parts["likelihoods"])
    if parts["motion_shares"] is not None:
        arrays["motion_shares"] = np.stack([getattr(parts["motion_shares"], name) for name in SHARES])
    if parts["parallax"]:
        arrays["parallax"] = np.float64(parts["parallax"])
    if parts["ground"] is not None:
        arrays |= {f"ground_{part.name}": getattr(parts["ground"], part.name) for part in fields(Ground)}
    if parts["cast"] is not None:
        arrays |= {"cast_depth": parts["cast"].depth, "cast_hue": parts["cast"].hue}
    with atomic_output(path, overwrite=overwrite) as partial, partial.open("wb") as file:
        np.savez_compressed(file, format=np.int64(FORMAT), **arrays)


def read_parts(path: Path) -> dict[str, Any]:
    """Return the parts of a `Background` from a file that `write_parts` wrote, by the names of its attributes.

    Raises
    ------
    VideoOpenError
        If the file does not exist or does not hold a background.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            number = int(saved["format"])
            if number not in (1, FORMAT):
                raise VideoOpenError(f"{path}: saved in format {number}, but this version reads 1 to {FORMAT}")
            return _parts_of_format_1(saved) if number == 1 else _parts(saved)
    except OSError as err:
        raise VideoOpenError(f"{path}: cannot be read: {err.strerror or err}") from err
    except (KeyError, TypeError, ValueError, EOFError, BadZipFile) as err:
        raise VideoOpenError(f"{path}: holds no background: give a file that Background.save wrote") from err


def _parts_of_format_1(saved: Parts) -> dict[str, Any]:
    """Return the parts of a file of format 1, which has no provenance of the plate."""
    support = saved["support"]
    nothing = np.zeros((*support.shape, 0), np.uint8)
    return {
        "plate": Plate(saved["image"], support, saved["noise"], support > 0, nothing),
        "times": _fractions(saved["times"]),
        "noise": Noise.even(float(saved["threshold"])),
    }


def _parts(saved: Parts) -> dict[str, Any]:
    """Return the parts of a file of format 2."""
    assumptions = json.loads(str(saved["assumptions"]))
    return {
        "plate": Plate(*(saved[name] for name in PLATE)),
        "times": _fractions(saved["times"]),
        "noise": _noise(saved, ""),
        "shakes": bool(saved["shakes"]),
        "stays": _stays(saved),
        "roi": saved.get("roi"),
        "assumptions": assumptions and Assumptions.from_dict(assumptions),
        "light": _curve(saved),
        "states": _states(saved),
        "camera": _path(saved),
        "looks": _appearances(saved),
        "indices": tuple(saved["indices"].tolist()) if "indices" in saved else (),
        "flicker": _flicker(saved),
        "likelihoods": _likelihoods(saved),
        "motion_shares": MotionShares(*saved["motion_shares"]) if "motion_shares" in saved else None,
        "parallax": float(saved["parallax"]) if "parallax" in saved else 0.0,
        "ground": _ground(saved),
        "cast": CastProfile(saved["cast_depth"], saved["cast_hue"]) if "cast_depth" in saved else None,
    }


def _plate_arrays(plate: Plate) -> dict[str, Any]:
    return {name: getattr(plate, name) for name in PLATE}


def _stay_arrays(stays: Sequence[Stay]) -> dict[str, Any]:
    return {
        "stay_boxes": np.array([stay.box for stay in stays], np.int64).reshape(-1, 4),
        "stay_areas": np.array([stay.area for stay in stays], np.float64),
        "stay_times": _ratios([time for stay in stays for time in (stay.start, stay.end)]),
        "stay_ends": np.array([(stay.arrived, stay.left) for stay in stays], np.bool_).reshape(-1, 2),
    }


def _stays(saved: Parts) -> tuple[Stay, ...]:
    times, areas = _fractions(saved["stay_times"]), saved["stay_areas"].tolist()
    rows = zip(saved["stay_boxes"].tolist(), areas, times[::2], times[1::2], saved["stay_ends"].tolist(), strict=True)
    return tuple(Stay(tuple(box), area, start, end, *ends) for box, area, start, end, ends in rows)


def _curve_arrays(curve: LightCurve) -> dict[str, Any]:
    return {
        "light_gains": np.array([(gain.scale, gain.offset) for gain in curve.gains], np.float32),
        "light_brightness": curve.brightness,
        "light_distances": np.stack([curve.before, curve.after]),
        "light_shares": curve.shares,
    }


def _curve(saved: Parts) -> LightCurve | None:
    if "light_gains" not in saved:
        return None
    gains = tuple(Gain(scale, offset) for scale, offset in saved["light_gains"])
    shares = saved["light_shares"] if "light_shares" in saved else np.ones((len(gains), 1), np.float32)
    before, after = saved["light_distances"]
    return LightCurve(gains, saved["light_brightness"], before, after, shares)


def _state_arrays(state: LightState, name: str) -> dict[str, Any]:
    """Return the arrays of a light state: its plate, noise and spans."""
    arrays = {name + part: array for part, array in _plate_arrays(state.plate).items()}
    times = [time for span in state.spans for time in span]
    return {**arrays, **_noise_arrays(state.noise, name), name + "spans": _ratios(times)}


def _noise_arrays(noise: Noise, prefix: str) -> dict[str, Any]:
    """Return the arrays of a noise, without those that are None."""
    arrays_by_name = {part.name: getattr(noise, part.name) for part in fields(noise)}
    return {f"{prefix}noise_{name}": np.asarray(value) for name, value in arrays_by_name.items() if value is not None}


def _noise(saved: Parts, prefix: str) -> Noise:
    """Return the noise of a file; fields that an older file lacks get their defaults."""
    arrays_by_name: dict[str, Any] = {part.name: saved.get(f"{prefix}noise_{part.name}") for part in fields(Noise)}
    present = {name: value for name, value in arrays_by_name.items() if value is not None}
    return Noise(**{name: value.item() if value.ndim == 0 else value for name, value in present.items()})


def _ground(saved: Parts) -> Ground | None:
    names = [f"ground_{part.name}" for part in fields(Ground)]
    return Ground(*(saved[name] for name in names)) if names[0] in saved else None


def _states(saved: Parts) -> tuple[LightState, ...]:
    states: list[LightState] = []
    while f"state{len(states)}_spans" in saved:
        name = f"state{len(states)}_"
        times = _fractions(saved[name + "spans"])
        plate = Plate(*(saved[name + part] for part in PLATE))
        states.append(LightState(plate, _noise(saved, name), tuple(zip(times[::2], times[1::2], strict=True))))
    return tuple(states)


def _flicker(saved: Parts) -> Flicker | None:
    if "flicker" not in saved:
        return None
    axis, lowest, highest = json.loads(str(saved["flicker"]))
    return Flicker(axis, (lowest, highest))


def _appearances(saved: Parts) -> tuple[Appearance, ...]:
    appearances: list[Appearance] = []
    while f"look{len(appearances)}_where" in saved:
        corner, image, where, share = (saved[f"look{len(appearances)}_{name}"] for name in APPEARANCE)
        appearances.append(Appearance(tuple(corner.tolist()), image, where, float(share)))
    return tuple(appearances)


def _path_arrays(path: CameraPath) -> dict[str, Any]:
    return {
        "path_matrices": path.matrices,
        "path_residuals": path.residuals,
        "path_inliers": path.inliers,
        "path_explained": path.explained,
        "path_sizes": np.array([path.size, path.canvas], np.int64),
        "path_notes": json.dumps([path.model, path.reference, path.shots, path.skipped]),
    }


def _path(saved: Parts) -> CameraPath | None:
    if "path_matrices" not in saved:
        return None
    model, reference, shots, skipped = json.loads(str(saved["path_notes"]))
    size, canvas = (tuple(part) for part in saved["path_sizes"].tolist())
    return CameraPath(
        saved["path_matrices"], saved["path_residuals"], saved["path_inliers"], model, size, canvas,
        saved["path_explained"], reference, tuple(map(tuple, shots)), tuple(map(tuple, skipped)),
    )  # fmt: skip


def _likelihood_arrays(likelihoods: Likelihoods) -> dict[str, Any]:
    return {
        "likelihood_size": np.array(likelihoods.size, np.int64),
        "likelihood_maps": np.frombuffer(b"".join(likelihoods.maps), np.uint8),
        "likelihood_lengths": np.array([len(one) for one in likelihoods.maps], np.int64),
        "likelihood_weights": np.array(likelihoods.weights),
    }


def _likelihoods(saved: Parts) -> Likelihoods | None:
    if "likelihood_maps" not in saved:
        return None
    data, ends = saved["likelihood_maps"].tobytes(), np.cumsum(saved["likelihood_lengths"]).tolist()
    width, height = saved["likelihood_size"].tolist()
    maps = tuple(data[start:end] for start, end in pairwise([0, *ends]))
    return Likelihoods((width, height), maps, tuple(saved["likelihood_weights"].tolist()))


def _ratios(times: Sequence[Fraction]) -> npt.NDArray[np.int64]:
    return np.array([time.as_integer_ratio() for time in times], np.int64).reshape(-1, 2)


def _fractions(ratios: npt.NDArray[np.int64]) -> tuple[Fraction, ...]:
    return tuple(Fraction(*ratio) for ratio in ratios.tolist())
