"""Give it a video; get the scene with nobody in it, and everything that moved, cut out."""

from importlib import import_module
from typing import Any

_NAMES = {
    "background.assumptions": "Assumptions",
    "background.background": "Background",
    "background.deep_plate": "deep_plate deep_plates",
    "background.fit": "check_assumptions fit",
    "background.fit_states": "LightState Switch find_switches",
    "background.judgement": "Assumption",
    "background.neighbours": "with_neighbours",
    "background.opencv": "BackgroundSubtractor",
    "background.pixel": "inspect_pixel inspect_pixels",
    "background.sureness": "Sureness",
    "background.voted_samples": "PixelInspection",
    "camera.path": "CameraPath",
    "camera.path_file": "read_camera write_camera",
    "camera.tracing": "trace_camera",
    "errors": "DecodeError EncodeError ParameterError RegistrationError StillplateError StillplateWarning "
    "TooFewFramesError VideoError VideoOpenError",
    "imaging.transform": "Transform",
    "io.image_samples": "read_image",
    "io.images": "write_image",
    "io.opening": "as_source open_video",
    "io.source": "ArraySource DeepFrame DeepSource Frame FrameSource IteratorSource VideoInfo",
    "plate.exposure": "LightCurve",
    "plate.plate": "Plate estimate_plate",
    "plate.stationary": "Stay",
    "rendering.batch": "render_many",
    "rendering.comparison": "comparison",
    "rendering.events": "Event find_events",
    "rendering.executor": "Executor Processes",
    "rendering.external_tools": "write_for",
    "rendering.jobs": "Result Task",
    "rendering.objects": "CountedTracker Region Tracked Tracker find_regions to_supervision",
    "rendering.outcome": "Outcome",
    "rendering.render": "render",
    "rendering.report": "RenderReport",
    "rendering.still": "render_frame",
    "rendering.summary": "Summary join_summaries",
    "sampling.exclusion": "Exclusion",
    "sampling.gather": "choose frame_at gather",
    "sampling.stack": "SampleStack",
    "segmentation.composite": "cutout foreground over",
    "segmentation.difference": "difference mask",
    "segmentation.motion_shares": "MotionShares",
    "segmentation.neighbour": "Neighbour Surroundings",
    "segmentation.noise": "Noise",
    "segmentation.view": "View",
    "viewer.notebook": "Viewed view",
}
"""The public names, by the module in which each is defined; type checkers read them in `__init__.pyi`."""
_MODULES = {name: f"stillplate.{module}" for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: a program pays only for what it uses."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
