"""Give it a video; get the scene with nobody in it, and everything that moved, cut out."""

from stillplate.background.assumptions import Assumptions
from stillplate.background.background import Background
from stillplate.background.deep_plate import deep_plate, deep_plates
from stillplate.background.fit import check_assumptions, fit
from stillplate.background.fit_states import LightState, Switch, find_switches
from stillplate.background.judgement import Assumption
from stillplate.background.neighbours import with_neighbours
from stillplate.background.opencv import BackgroundSubtractor
from stillplate.background.pixel import inspect_pixel, inspect_pixels
from stillplate.background.sureness import Sureness
from stillplate.background.voted_samples import PixelInspection
from stillplate.camera.path import CameraPath
from stillplate.camera.path_file import read_camera, write_camera
from stillplate.camera.tracing import trace_camera
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
from stillplate.imaging.transform import Transform
from stillplate.io.image_samples import read_image
from stillplate.io.images import write_image
from stillplate.io.opening import as_source, open_video
from stillplate.io.source import ArraySource, DeepFrame, DeepSource, Frame, FrameSource, IteratorSource, VideoInfo
from stillplate.plate.exposure import LightCurve
from stillplate.plate.plate import Plate, estimate_plate
from stillplate.plate.stationary import Stay
from stillplate.rendering.batch import render_many
from stillplate.rendering.comparison import comparison
from stillplate.rendering.events import Event, find_events
from stillplate.rendering.executor import Executor, Processes
from stillplate.rendering.external_tools import write_for
from stillplate.rendering.jobs import Result, Task
from stillplate.rendering.objects import CountedTracker, Region, Tracked, Tracker, find_regions, to_supervision
from stillplate.rendering.outcome import Outcome
from stillplate.rendering.render import render
from stillplate.rendering.report import RenderReport
from stillplate.rendering.still import render_frame
from stillplate.rendering.summary import Summary, join_summaries
from stillplate.sampling.exclusion import Exclusion
from stillplate.sampling.gather import choose, frame_at, gather
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.composite import cutout, foreground, over
from stillplate.segmentation.difference import difference, mask
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.neighbour import Neighbour, Surroundings
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.view import View
from stillplate.viewer.notebook import Viewed, view

__all__ = [
    "ArraySource",
    "Assumption",
    "Assumptions",
    "Background",
    "BackgroundSubtractor",
    "CameraPath",
    "CountedTracker",
    "DecodeError",
    "DeepFrame",
    "DeepSource",
    "EncodeError",
    "Event",
    "Exclusion",
    "Executor",
    "Frame",
    "FrameSource",
    "IteratorSource",
    "LightCurve",
    "LightState",
    "MotionShares",
    "Neighbour",
    "Noise",
    "Outcome",
    "ParameterError",
    "PixelInspection",
    "Plate",
    "Processes",
    "Region",
    "RegistrationError",
    "RenderReport",
    "Result",
    "SampleStack",
    "Stay",
    "StillplateError",
    "StillplateWarning",
    "Summary",
    "Sureness",
    "Surroundings",
    "Switch",
    "Task",
    "TooFewFramesError",
    "Tracked",
    "Tracker",
    "Transform",
    "VideoError",
    "VideoInfo",
    "VideoOpenError",
    "View",
    "Viewed",
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
    "inspect_pixels",
    "join_summaries",
    "mask",
    "open_video",
    "over",
    "read_camera",
    "read_image",
    "render",
    "render_frame",
    "render_many",
    "to_supervision",
    "trace_camera",
    "view",
    "with_neighbours",
    "write_camera",
    "write_for",
    "write_image",
]
