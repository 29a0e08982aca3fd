"""Image files in and out: single pictures, folders and globs of them. OpenCV's BGR stays in this file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.errors import DecodeError, EncodeError, ParameterError, StillplateWarning, VideoOpenError
from stillplate.files import whole
from stillplate.video.image_head import claimed_size, is_cut_short
from stillplate.video.naming import VIDEO_SUFFIXES, common_name, expand, natural, refuse_url
from stillplate.video.sink import as_channels
from stillplate.video.source import MOST_PIXELS, NOMINAL_RATE, Closing, DeepFrame, DeepImage, Frame, Image, VideoInfo

__all__ = [
    "DEEP", "WRITTEN", "ImageFolder", "check_suffix", "encode_image", "find_images", "is_image", "read_image",
    "write_image",
]  # fmt: skip

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
WRITTEN = (*SUFFIXES, ".exr")
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".exr")
DEEP = (".png", ".tif", ".tiff", ".exr")
JPEG_QUALITY = 95
LOSSLESS_WEBP = 101  # OpenCV: a quality above 100


def is_image(path: Path) -> bool:
    """Whether the suffix is that of an image file we read."""
    return path.suffix.lower() in SUFFIXES


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read one image file as 8-bit RGB.

    Grey is repeated, an alpha channel dropped, 16 bits scaled to 8, and the orientation of the camera's tag applied.

    Parameters
    ----------
    path : str or path
        A PNG, JPEG, WebP, TIFF or BMP file.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Raises
    ------
    VideoOpenError
        If there is no such file.
    DecodeError
        If it is not an image that can be decoded.
    """
    import cv2

    refuse_url(path)
    image = _load(Path(path))
    return np.asarray(image if image.dtype == np.uint8 else cv2.convertScaleAbs(image, alpha=1 / 257))  # 65535 -> 255


def _load(path: Path) -> npt.NDArray[Any]:
    """Read one image file as RGB, with 8 or 16 bits as it has them."""
    import cv2

    try:
        data = np.fromfile(path, np.uint8)  # not cv2.imread, which cannot open every name
    except OSError as err:
        raise VideoOpenError(f"{path}: cannot be read: {err.strerror or err}") from err
    _check_bomb(path, data)
    try:
        image = _decoded(data) if data.size else None
    except cv2.error as err:
        raise DecodeError(f"{path}: cannot be decoded: {_reason(err)}") from err
    if image is None:
        raise DecodeError(f"{path}: cannot be decoded: it is damaged, or not one of {', '.join(SUFFIXES)}")
    if image.dtype not in (np.uint8, np.uint16):
        raise DecodeError(f"{path}: has {image.dtype} samples, but 8 or 16 bits are needed: convert it first")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def _load_deep(path: Path) -> DeepImage:
    image = _load(path)
    return image if image.dtype == np.uint16 else image.astype(np.uint16) * np.uint16(257)


def _decoded(data: npt.NDArray[np.uint8]) -> npt.NDArray[Any] | None:
    """Decode without what OpenCV has to say about it on stderr: an error of ours says it."""
    import cv2

    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _check_bomb(path: Path, data: npt.NDArray[np.uint8]) -> None:
    """Refuse what a few kilobytes would become gigabytes of, and a JPEG without an end."""
    file = data.tobytes()
    claimed = claimed_size(file)
    if claimed is not None and claimed[0] * claimed[1] > MOST_PIXELS:
        raise DecodeError(
            f"{path}: is {claimed[0]}x{claimed[1]}, but at most {MOST_PIXELS} pixels are taken up: bring it down first"
        )
    if is_cut_short(file):
        raise DecodeError(f"{path}: cannot be decoded: it is cut short: copy it again")


def write_image(path: str | os.PathLike[str], image: npt.NDArray[Any], *, overwrite: bool = True) -> None:
    """Write one picture; the suffix picks the format. The file appears whole or not at all.

    PNG, WebP, TIFF and BMP are lossless; JPEG has quality 95. EXR has the samples as they are, 0..1, not linearised:
    half floats, which tell 8 bits apart, or floats of 32 bits for 16.

    Parameters
    ----------
    path : str or path
        Ends in .png, .jpg, .webp, .tif, .bmp or .exr.
    image : bool, uint8 or uint16 array of shape (H, W), or (H, W, 3), RGB, or (H, W, 4), RGBA
        What to write; a bool mask becomes 0 and 255. 16 bits are held by .png, .tif and .exr.
    overwrite : bool, optional
        Replace a file that exists.

    Raises
    ------
    ParameterError
        If the format is unknown or cannot hold the picture, or the file exists and may not be replaced.
    EncodeError
        If it cannot be written.
    """
    path = Path(path)
    channels = image.shape[2] if image.ndim == 3 and image.shape[2] in (3, 4) else 1
    data = encode_image(path, as_channels(image, channels, str(path), deep=True))
    with whole(path, overwrite=overwrite, folder=False) as partial:
        partial.write_bytes(data)


def find_images(pattern: str) -> list[Path]:
    """List the images of a folder, a glob or a pattern of numbers, img2 before img10.

    Raises
    ------
    VideoOpenError
        If there are none, or a folder holds videos, too.
    """
    root = Path(pattern)
    try:
        found = list(root.iterdir()) if root.is_dir() else [root] if root.is_file() else expand(pattern)
    except OSError as err:
        raise VideoOpenError(f"{pattern}: cannot be read: {err.strerror or err}") from err
    seen = [path for path in found if not path.name.startswith(".")]
    paths = sorted((path for path in seen if is_image(path)), key=natural)
    if not paths:
        raise VideoOpenError(f"{pattern}: holds no image: files that end in one of {', '.join(SUFFIXES)} are needed")
    videos = sorted(path for path in seen if path.suffix.lower() in VIDEO_SUFFIXES) if root.is_dir() else ()
    if videos:
        raise VideoOpenError(told_both(root, videos, paths))
    return paths


def told_both(folder: Path, videos: Sequence[Path], pictures: Sequence[Path]) -> str:
    """Say that a folder holds videos and pictures, and how to choose."""
    return (
        f"{folder}: holds videos ({videos[0].name}) and pictures ({pictures[0].name}): give '{folder}/"
        f"*{videos[0].suffix}' for the videos, or '{folder}/*{pictures[0].suffix}' for the pictures as one clip"
    )


class ImageFolder(Closing):
    """A folder, glob or list of images as a video, in natural order (img2 before img10), at a nominal 25 frames/s.

    A file that cannot be decoded is left out with a warning; its number is left out too.

    Parameters
    ----------
    pattern : str, path or sequence of paths
        A folder, a glob such as "shots/*.png", numbers such as "shots/%04d.png", one image, or many in their order.

    Raises
    ------
    VideoOpenError
        If there is no image, one is a folder or has another suffix, or, while reading, when two differ in size.
    DecodeError
        If none can be decoded.
    """

    def __init__(self, pattern: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> None:
        if isinstance(pattern, (str, os.PathLike)):
            name = os.fspath(pattern)
            self._paths = find_images(name)
        else:
            self._paths = _listed(pattern)
            name = str(common_name(self._paths))
        image = self._first_image(name)
        bits = 8 * image.itemsize
        path = Path(name) if Path(name).exists() else self._paths[0].parent if isinstance(pattern, str) else None
        self.info = VideoInfo(name, image.shape[1], image.shape[0], len(self._paths), path=path, bits=bits)

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of each picture, by its number; it names what is written of it, too."""
        return tuple(self._paths)

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self._paths)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the images with these strictly ascending numbers; those past the end are left out."""
        for image, index in self._read(indices, read_image):
            yield Frame(image, index, index / NOMINAL_RATE)

    def take_deep(self, indices: Sequence[int]) -> Iterator[DeepFrame]:
        """Yield the same images as `take`, at 16 bits."""
        for image, index in self._read(indices, _load_deep):
            yield DeepFrame(image, index, index / NOMINAL_RATE)

    def _read(
        self, indices: Sequence[int], read: Callable[[Path], npt.NDArray[Any]]
    ) -> Iterator[tuple[npt.NDArray[Any], int]]:
        bad = []
        for index in indices:
            if index >= len(self._paths):
                break
            try:
                image = read(self._paths[index])
            except DecodeError as err:
                bad.append(err)
                continue
            self._check_size(image, self._paths[index])
            yield image, index
        if bad:
            message = f"{self.info.name}: {len(bad)} of {len(self._paths)} images left out; the first: {bad[0]}"
            warnings.warn(message, StillplateWarning, stacklevel=3)

    def _first_image(self, name: str) -> npt.NDArray[Any]:
        """Read the first image that can be decoded: the one whose size all others must have."""
        for path in self._paths:
            self._first = path
            try:
                return _load(path)
            except DecodeError as err:
                error = err
        raise DecodeError(f"{name}: none of {len(self._paths)} images can be decoded; the last: {error}") from error

    def _check_size(self, image: npt.NDArray[Any], path: Path) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise VideoOpenError(
                f"{path}: is {width}x{height}, but {self._first} is {self.info.width}x{self.info.height}: "
                "bring the images to one size"
            )


def _listed(given: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Check that each of a list is an image file."""
    paths = [Path(one) for one in given]
    for path in paths:
        refuse_url(path)
        if not path.is_file():
            raise VideoOpenError(f"{path}: there is no such file: give image files, or one clip")
        if not is_image(path):
            raise VideoOpenError(f"{path}: is no image, but one of several given: give image files, or one clip")
    if not paths:
        raise VideoOpenError("the list of images is empty: give image files")
    return paths


def check_suffix(path: Path, channels: int = 3) -> str:
    """Refuse, with a ParameterError, a suffix of no image file that we write so many channels to; return the suffix."""
    suffix = path.suffix.lower()
    if suffix not in WRITTEN:
        raise ParameterError(f"{path}: {suffix or 'no suffix'} is no image format we write: use {', '.join(WRITTEN)}")
    if channels == 4 and suffix not in WITH_ALPHA:
        raise ParameterError(f"{path}: {suffix} has no alpha channel: use {', '.join(WITH_ALPHA)}")
    return suffix


def encode_image(path: Path, image: npt.NDArray[Any]) -> bytes:
    """Encode a checked picture in the format that the suffix of `path` tells; errors are those of `write_image`."""
    import cv2

    suffix = check_suffix(path, *image.shape[2:])
    if image.dtype == np.uint16 and suffix not in DEEP:
        raise ParameterError(f"{path}: {suffix} holds 8 bits, but 16 are to be written: use {', '.join(DEEP)}")
    if suffix == ".exr":
        from stillplate.video.pyav_exr import encode_exr

        return encode_exr(image, str(path))
    options = {  # for .png OpenCV's own: naming a level takes 2 to 4 times as long
        ".jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, LOSSLESS_WEBP],
    }
    if image.shape[2:] == (4,):
        image = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA)
    elif image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    try:
        done, data = cv2.imencode(suffix, image, options.get(suffix, []))
    except cv2.error as err:
        raise EncodeError(f"{path}: cannot be encoded: {_reason(err)}") from err
    if not done:
        height, width = image.shape[:2]
        raise EncodeError(f"{path}: cannot be encoded: {suffix} may not take {width}x{height}: use .png or .tif")
    return data.tobytes()


def _reason(err: Exception) -> str:
    """Make one line of OpenCV's report."""
    return " ".join(str(getattr(err, "err", None) or err).split())
