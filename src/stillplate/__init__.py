"""Give it a video; get the scene with nobody in it, and everything that moved, cut out."""

from stillplate.assumptions import Assumption, Assumptions
from stillplate.background import Background, View
from stillplate.batch import Outcome, render_many
from stillplate.camera_file import read_camera, write_camera
from stillplate.camera_path import CameraPath
from stillplate.composite import comparison, cutout, foreground, over
from stillplate.deep import deep_plate, deep_plates
from stillplate.errors import (
    DecodeError,
    EncodeError,
    ParameterError,
    RegistrationError,
    StillplateError,
    StillplateWarning,
    TooFewFramesError,
    VideoError,
    VideoOpenError,
)
from stillplate.exclusion import Exclusion
from stillplate.fitting import fit
from stillplate.handoff import write_for
from stillplate.inspection import PixelInspection, check_assumptions, inspect_pixel
from stillplate.levelling import LightCurve
from stillplate.lights import LightState, Switch, find_switches
from stillplate.matte import difference, mask
from stillplate.motion import Transform
from stillplate.noise import Noise
from stillplate.objects import Region, Tracked, Tracker, find_regions, to_supervision
from stillplate.plate import Plate, estimate_plate
from stillplate.rendering import render
from stillplate.report import RenderReport
from stillplate.sampling import choose, frame_at, gather
from stillplate.stack import SampleStack
from stillplate.standing import Stay
from stillplate.subtractor import BackgroundSubtractor
from stillplate.timeline import Event, find_events
from stillplate.tracing import trace_camera
from stillplate.video.images import read_image, write_image
from stillplate.video.opening import as_source, open_video
from stillplate.video.source import ArraySource, DeepFrame, DeepSource, Frame, FrameSource, IteratorSource, VideoInfo

__all__ = [
    "ArraySource",
    "Assumption",
    "Assumptions",
    "Background",
    "BackgroundSubtractor",
    "CameraPath",
    "DecodeError",
    "DeepFrame",
    "DeepSource",
    "EncodeError",
    "Event",
    "Exclusion",
    "Frame",
    "FrameSource",
    "IteratorSource",
    "LightCurve",
    "LightState",
    "Noise",
    "Outcome",
    "ParameterError",
    "PixelInspection",
    "Plate",
    "Region",
    "RegistrationError",
    "RenderReport",
    "SampleStack",
    "Stay",
    "StillplateError",
    "StillplateWarning",
    "Switch",
    "TooFewFramesError",
    "Tracked",
    "Tracker",
    "Transform",
    "VideoError",
    "VideoInfo",
    "VideoOpenError",
    "View",
    "as_source",
    "check_assumptions",
    "choose",
    "comparison",
    "cutout",
    "deep_plate",
    "deep_plates",
    "difference",
    "estimate_plate",
    "find_events",
    "find_regions",
    "find_switches",
    "fit",
    "foreground",
    "frame_at",
    "gather",
    "inspect_pixel",
    "mask",
    "open_video",
    "over",
    "read_camera",
    "read_image",
    "render",
    "render_many",
    "to_supervision",
    "trace_camera",
    "write_camera",
    "write_for",
    "write_image",
]
