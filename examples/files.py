"""3. Files: python examples/files.py street.mp4 FOLDER"""

import sys
from pathlib import Path

import stillplate

video, folder = sys.argv[1], Path(sys.argv[2])
folder.mkdir(exist_ok=True)
report = stillplate.render(video, mask=folder / "mask.mkv", cutout=folder / "movers.mov")
print(f"{len(report.times)} frames, threshold {report.threshold:.1f} levels")
