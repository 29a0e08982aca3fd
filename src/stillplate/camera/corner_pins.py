"""A camera path as corner pins of compositing programs, which hold any homography exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from stillplate.arrays import Doubles
from stillplate.camera.path import CameraPath
from stillplate.imaging.homography import project

__all__ = ["after_effects_script", "nuke_script"]

NUKE = """\
# The camera's motion, as stillplate found it: paste it into Nuke's node graph, or take File > Insert Comp Nodes.
# Frame 1 is the clip's first. Connect the clip to frame_to_plate, and a picture of the plate to plate_to_frame.
CornerPin2D {{
 inputs 0
 {pins}
 invert false
 name frame_to_plate
 xpos 0
 ypos 0
}}
Reformat {{
 type "to box"
 box_width {canvas[0]}
 box_height {canvas[1]}
 box_fixed true
 resize none
 center false
 black_outside false
 name frame_on_plate
 xpos 0
 ypos 60
}}
CornerPin2D {{
 inputs 0
 {pins}
 invert true
 name plate_to_frame
 xpos 160
 ypos 0
}}
Reformat {{
 type "to box"
 box_width {size[0]}
 box_height {size[1]}
 box_fixed true
 resize none
 center false
 name plate_in_frame
 xpos 160
 ypos 60
}}
"""
AFTER_EFFECTS = """\
// The camera's motion, as stillplate found it. Put the clip into a composition, select its layer,
// and run this with File > Scripts > Run Script File: the ground then stands still, on a composition as large as the
// plate. A layer of the plate's picture, under it, shows what is around.
(function () {{
    var size = {size}, plate = {canvas};
    var times = {times};
    var corners = {corners};
    var comp = app.project.activeItem;
    if (!(comp instanceof CompItem) || comp.selectedLayers.length !== 1) {{
        alert("Select the layer of the clip, and run the script again.");
        return;
    }}
    var layer = comp.selectedLayers[0];
    if (layer.width !== size[0] || layer.height !== size[1]) {{
        alert("The layer is " + layer.width + "x" + layer.height + ", but the clip was " + size.join("x") + ".");
        return;
    }}
    app.beginUndoGroup("stillplate: stand still");
    comp.width = plate[0];
    comp.height = plate[1];
    var transform = layer.property("ADBE Transform Group");
    transform.property("ADBE Anchor Point").setValue([0, 0]);
    transform.property("ADBE Position").setValue([0, 0]);
    var pin = layer.property("ADBE Effect Parade").addProperty("ADBE Corner Pin");
    var moments = [];
    for (var i = 0; i < times.length; i++) {{
        moments.push(layer.startTime + times[i]);
    }}
    for (var corner = 0; corner < 4; corner++) {{
        var places = [];
        for (var j = 0; j < corners.length; j++) {{
            places.push(corners[j][corner]);
        }}
        pin.property("ADBE Corner Pin-000" + (corner + 1)).setValuesAtTimes(moments, places);
    }}
    app.endUndoGroup();
}})();
"""


def nuke_script(path: CameraPath, times: Sequence[float | None]) -> str:
    """Return nodes for Nuke: one corner pin that lays frames on the plate, and one that lays the plate on frames.

    Parameters
    ----------
    path : CameraPath
    times : sequence of N floats
        Seconds from the first frame, None for frames that could not be read; Nuke counts frames.
    """
    height, above = path.size[1], path.canvas[1]
    places = _corners(path)  # upper left, upper right, lower left, lower right
    order = (2, 3, 1, 0)  # Nuke begins below on the left, and goes round
    own = np.array([(0, 0), (path.size[0], 0), (0, height), path.size])
    pins = []
    for number, corner in enumerate(order, 1):
        across, up = _curve(places[:, corner, 0]), _curve(above - places[:, corner, 1])
        pins.append(f"to{number} {{{{{across}}} {{{up}}}}}")
        pins.append(f"from{number} {{{own[corner, 0]} {height - own[corner, 1]}}}")
    return NUKE.format(pins="\n ".join(pins), canvas=path.canvas, size=path.size)


def after_effects_script(path: CameraPath, times: Sequence[float | None]) -> str:
    """Return a script for After Effects that pins the corners of the selected layer; parameters as of `nuke_script`."""
    known = np.flatnonzero(path.found).tolist()
    places = _corners(path)[known]
    lines = ",\n        ".join(json.dumps(np.round(corners, 4).tolist()) for corners in places)
    moments = json.dumps([round(times[index] or 0.0, 6) for index in known])
    return AFTER_EFFECTS.format(
        size=list(path.size), canvas=list(path.canvas), times=moments, corners=f"[\n        {lines}\n    ]"
    )


def _corners(path: CameraPath) -> Doubles:
    """Return where the corners of each frame lie on the plate, counted from the plate's own corner above on the left.

    Returns
    -------
    float64 array of shape (N, 4, 2)
        x and y, in pixels, of upper left, upper right, lower left and lower right; NaN where that is not known. The
        corner of a picture lies half a pixel from the middle of its first pixel, where matrices count from.
    """
    width, height = path.size
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float64) - 0.5
    return np.stack([project(matrix, corners) + 0.5 for matrix in path.matrices])


def _curve(values: Doubles) -> str:
    """Return a curve of Nuke with a key at every frame that is known, from frame 1."""
    keys = []
    for known, run in groupby(enumerate(values, 1), key=lambda one: bool(np.isfinite(one[1]))):
        if known:
            frames = list(run)
            keys.append(f"x{frames[0][0]} " + " ".join(f"{value:.6g}" for _, value in frames))
    return "curve " + " ".join(keys)
