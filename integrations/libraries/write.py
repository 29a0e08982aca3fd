"""A drawn street, with its table and what other programs import, and a camera's path: write.py FOLDER."""

import sys
from pathlib import Path

import stillplate
from stillplate.io.opening import open_sink
from stillplate.synthetic import camera, street

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
drawn = street(320, 180, 90, seed=11, walkers=5, vehicles=2)
with open_sink(folder / "street.mp4", 320, 180, drawn.info.rate, channels=3, overwrite=True) as sink:
    for frame in drawn:
        sink.write(frame.image, frame.time)
stillplate.render(
    folder / "street.mp4", objects=folder / "table.csv", cvat=folder / "cvat.xml", coco=folder / "coco.json",
    label_studio=folder / "label_studio.json", mot=folder / "mot.txt", sleap=folder / "sleap.csv",
    frames=folder / "frames", overwrite=True,
)  # fmt: skip

plate, size, frames = (700, 320), (320, 180), 48
turning = street(*plate, frames, seed=4, camera=camera.pan(plate, size, frames, focal=420), size=size)
path = stillplate.fit(turning).camera
for suffix in ("json", "py", "usda"):
    stillplate.write_camera(path, folder / f"path.{suffix}", [number / 25 for number in range(frames)])
