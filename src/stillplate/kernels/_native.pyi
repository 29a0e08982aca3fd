"""The native core: arrays and numbers only. Its front, `kernels`, checks and allocates."""

import numpy as np
import numpy.typing as npt

def isas() -> list[str]:
    """Instruction sets this machine can run, the widest last."""

def use_isa(isa: str) -> None:
    """Take another of `isas()` from now on: the bytes are the same, the speed is not."""

def dominant_cluster(
    images: npt.NDArray[np.uint8],
    valid: npt.NDArray[np.bool_] | None,
    weights: npt.NDArray[np.float32] | None,
    clusters: int,
    merge: float,
    first: int,
    last: int,
    image: npt.NDArray[np.uint8],
    support: npt.NDArray[np.float32],
    noise: npt.NDArray[np.float32],
    makers: npt.NDArray[np.uint8] | None,
) -> None: ...
def cluster(
    samples: npt.NDArray[np.uint8],
    clusters: int,
    first: int,
    last: int,
    labels: npt.NDArray[np.uint8],
    inertia: npt.NDArray[np.float64],
) -> None: ...
def heaviest(
    images: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32],
    first: int,
    last: int,
    kept: npt.NDArray[np.uint8],
    votes: npt.NDArray[np.float32],
    chosen: npt.NDArray[np.uint16],
) -> None: ...
def difference(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    red: float,
    green: float,
    blue: float,
    common: float,
    first: int,
    last: int,
    out: npt.NDArray[np.float32],
) -> None: ...
def mask(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    red: float,
    green: float,
    blue: float,
    thresholds: npt.NDArray[np.float32] | None,
    threshold: float,
    first: int,
    last: int,
    out: npt.NDArray[np.bool_],
    foreground: npt.NDArray[np.uint8] | None,
) -> None: ...
def foreground(
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    first: int,
    last: int,
    out: npt.NDArray[np.uint8],
) -> None: ...
def patch_agreement(
    pictures: npt.NDArray[np.uint8],
    voter_pictures: npt.NDArray[np.uint8],
    votes: npt.NDArray[np.float32],
    agreement: npt.NDArray[np.float32],
    first: int,
    last: int,
    sums: npt.NDArray[np.float32],
) -> None: ...
def hue(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    dark: float,
    hue: float,
    hue_share: float,
    deepest: float,
    brightest: float,
    first: int,
    last: int,
    alike: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
) -> None: ...
def texture(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    alike: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
    cell: int,
    dark: float,
    flat: float,
    first: int,
    last: int,
    flats: npt.NDArray[np.bool_],
    sums: npt.NDArray[np.float32],
) -> None: ...
def upsample_mask(
    mask: npt.NDArray[np.bool_],
    usual: npt.NDArray[np.float32],
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    table: npt.NDArray[np.uint8],
    factor: int,
    edge: float,
    weight: float,
    most: float,
    first: int,
    last: int,
    out: npt.NDArray[np.bool_],
) -> None: ...
def label_components(
    mask: npt.NDArray[np.bool_], value: bool, reach: int, runs: npt.NDArray[np.int32]
) -> tuple[int, int]: ...
def count_pixels(
    runs: npt.NDArray[np.int32], flags: npt.NDArray[np.bool_] | None, sums: npt.NDArray[np.float64]
) -> None: ...
def sum_values(
    runs: npt.NDArray[np.int32], picture: npt.NDArray[np.float32], sums: npt.NDArray[np.float64]
) -> None: ...
def max_values(
    runs: npt.NDArray[np.int32], picture: npt.NDArray[np.float32], maxima: npt.NDArray[np.float32]
) -> None: ...
def count_border(
    runs: npt.NDArray[np.int32],
    flags: npt.NDArray[np.bool_],
    mask: npt.NDArray[np.bool_],
    reach: int,
    outside: npt.NDArray[np.float64],
    held: npt.NDArray[np.float64],
) -> None: ...
def fill_components(runs: npt.NDArray[np.int32], keep: npt.NDArray[np.bool_], mask: npt.NDArray[np.bool_]) -> None: ...
def barrier_distance(
    field: npt.NDArray[np.float32],
    scans: int,
    squares: npt.NDArray[np.float32],
    high: npt.NDArray[np.float32],
    low: npt.NDArray[np.float32],
) -> None: ...
def smooth_grid(
    grid: npt.NDArray[np.float32],
    length: int,
    inner: int,
    weights: npt.NDArray[np.float32],
    first: int,
    last: int,
    out: npt.NDArray[np.float32],
) -> None: ...
def whitened(
    difference: npt.NDArray[np.float32],
    factors: npt.NDArray[np.float32],
    first: int,
    last: int,
    out: npt.NDArray[np.float32],
) -> None: ...
def nearest_outside(
    runs: npt.NDArray[np.int32],
    paths: npt.NDArray[np.int32],
    sources: npt.NDArray[np.int32],
    distances: npt.NDArray[np.float32],
    sectors: npt.NDArray[np.uint8],
) -> None: ...
def within_depth(
    runs: npt.NDArray[np.int32],
    deepest: npt.NDArray[np.float32],
    distances: npt.NDArray[np.float32],
    sectors: npt.NDArray[np.uint8],
    depth: npt.NDArray[np.float32],
    within: npt.NDArray[np.bool_],
) -> None: ...
def cast_colours(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    hue: npt.NDArray[np.float32],
    dark: float,
    change: float,
    levels: float,
    flat: float,
    deepest: float,
    brightest: float,
    light: npt.NDArray[np.float32],
    alike: npt.NDArray[np.bool_],
    darker: npt.NDArray[np.bool_],
) -> None: ...
def grow_bits(
    bits: npt.NDArray[np.uint64],
    width: int,
    radius: int,
    shrink: bool,
    room: npt.NDArray[np.uint64],
    out: npt.NDArray[np.uint64],
) -> None: ...
def quantile(
    values: npt.NDArray[np.float32],
    left_out: npt.NDArray[np.bool_] | None,
    share: float,
    least: float,
    first: int,
    last: int,
    out: npt.NDArray[np.float32],
) -> None: ...
def signed_distance(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    factors: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
    room: npt.NDArray[np.float32],
    out: npt.NDArray[np.float32],
) -> None: ...
def rgb_from_half_chroma(
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.int32],
    rgb: npt.NDArray[np.uint8],
) -> None: ...
def half_chroma_from_rgb(
    rgb: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.int32],
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
) -> None: ...
