"""What `write.py` wrote, read by Label Studio's own library."""

import json
import os
from pathlib import Path

from label_studio_sdk._extensions.label_studio_tools.postprocessing.video import extract_key_frames
from label_studio_sdk.label_interface import LabelInterface

FOLDER = Path(os.environ["LABELS"])
CONFIGURATION = """
<View>
  <Labels name="label" toName="video"><Label value="object"/></Labels>
  <Video name="video" value="$video"/>
  <VideoRectangle name="box" toName="video"/>
</View>
"""


def test_label_studio(table: set[tuple[int, ...]]) -> None:
    """A task and its predictions are valid, and keyframes, filled up, have each object in its frames."""
    interface = LabelInterface(CONFIGURATION)
    (task,) = json.loads((FOLDER / "label_studio.json").read_text(encoding="utf-8"))
    (prediction,) = task["predictions"]
    assert interface.validate_task({"data": task["data"]})
    assert interface.validate_prediction(prediction)
    found = {
        (box["frame"] - 1, int(track["id"]))
        for track in extract_key_frames(prediction["result"])
        for box in track["value"]["sequence"]
    }

    assert found == {row[:2] for row in table}
