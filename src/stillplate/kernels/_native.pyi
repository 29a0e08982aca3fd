"""The native core: arrays and numbers only. Its front, `kernels`, checks and allocates."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Pair = tuple[float, float]
_Map = npt.NDArray[np.float32]
_Exposure = tuple[tuple[int, int], int, int, tuple[float, float, float], float, tuple[_Pair, _Pair], _Map]
_Thresholds = tuple[_Map, tuple[_Map, _Map], tuple[_Map, _Map] | None, tuple[_Map, _Map, _Map] | None]
_Nearness = tuple[tuple[int, int], _Pair, int, tuple[_Pair, _Pair], npt.NDArray[np.int32]]
_Weighed = tuple[_Map, _Map, _Map, _Map | None, npt.NDArray[np.uint64] | None]
_CastProfile = tuple[_Map, _Map, tuple[float, float, float, float, float, float, int, float, float]]

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
def label_components(
    mask: npt.NDArray[np.bool_], value: bool, reach: int, runs: npt.NDArray[np.int32]
) -> tuple[int, int]: ...
def measure_components(runs: npt.NDArray[np.int32], table: npt.NDArray[np.int64]) -> None: ...
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
def grow_bits(
    bits: npt.NDArray[np.uint64],
    width: int,
    radius: int,
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
def robust_gain(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    step: int,
    exposure: _Exposure,
    out: npt.NDArray[np.float32],
) -> bool: ...
def gain_table(gain: npt.NDArray[np.float32], table: npt.NDArray[np.uint8]) -> None: ...
def look_up(
    image: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8], first: int, last: int, out: npt.NDArray[np.uint8]
) -> None: ...
def align(
    frame: npt.NDArray[np.float32],
    places: npt.NDArray[np.float64],
    levels: npt.NDArray[np.float32],
    steep: npt.NDArray[np.float32],
    columns: npt.NDArray[np.float32],
    trust: npt.NDArray[np.float32] | None,
    basis: npt.NDArray[np.float64],
    way: npt.NDArray[np.float64],
    counts: tuple[int, int],
    limits: tuple[float, float],
    noise: float,
    out: npt.NDArray[np.float64],
) -> float: ...
def steepest(
    image: npt.NDArray[np.float32],
    known: npt.NDArray[np.uint8] | None,
    cell: int,
    most: int,
    least: float,
    found: npt.NDArray[np.int32],
    slopes: npt.NDArray[np.float32],
) -> int: ...
def slope_columns(
    image: npt.NDArray[np.float32],
    basis: npt.NDArray[np.float64],
    places: npt.NDArray[np.int32],
    slopes: npt.NDArray[np.float32],
    columns: npt.NDArray[np.float32],
) -> None: ...
def fit_pairs(
    basis: npt.NDArray[np.float64],
    start: npt.NDArray[np.float64],
    sources: npt.NDArray[np.float64],
    targets: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    scales: npt.NDArray[np.float64],
    rounds: int,
    damping: float,
    enough: float,
    out: npt.NDArray[np.float64],
) -> None: ...
def join_odds(
    likelihood: npt.NDArray[np.float32],
    ratio: npt.NDArray[np.float32],
    limits: npt.NDArray[np.float32],
    factors: npt.NDArray[np.float32],
    least: float,
    out: npt.NDArray[np.float32],
) -> None: ...
def count_odds(
    odds: npt.NDArray[np.float32], counts: npt.NDArray[np.float64], sums: npt.NDArray[np.float64]
) -> None: ...
def fit_mixture(
    image: npt.NDArray[np.uint8],
    plates: list[npt.NDArray[np.uint8]],
    step: int,
    logs: npt.NDArray[np.float32],
    usable: tuple[int, int],
    fewest: int,
    clipped: float,
    first: tuple[float, float],
    robust: tuple[float, float],
    rounds: int,
    ridge: float,
    residual: tuple[float, float],
    bounds: tuple[tuple[float, float], tuple[float, float]],
    slopes: npt.NDArray[np.float64],
    offset: npt.NDArray[np.float64],
) -> int: ...
def local_shares(
    image: npt.NDArray[np.uint8],
    mixed: npt.NDArray[np.uint8],
    plates: list[npt.NDArray[np.uint8]],
    scale: npt.NDArray[np.float32],
    offset: npt.NDArray[np.float32],
    main: int,
    beside: Sequence[tuple[int, float, float]],
    limits: tuple[
        float,
        float,
        tuple[int, int],
        tuple[float, float],
        int,
        float,
        tuple[float, float],
        float,
        float,
        float,
    ],
    out: npt.NDArray[np.float32],
) -> bool: ...
def blend(
    plates: list[npt.NDArray[np.uint8]],
    shares: npt.NDArray[np.float32],
    field: npt.NDArray[np.float32] | None,
    out: npt.NDArray[np.uint8],
) -> None: ...
def other_light(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    other: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    thresholds: npt.NDArray[np.float32],
    colour: npt.NDArray[np.float32] | None,
    between: float,
    there: float,
    out: npt.NDArray[np.bool_],
) -> None: ...
def compare(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32],
    factors: npt.NDArray[np.float32] | None,
    difference: npt.NDArray[np.float32],
    level: npt.NDArray[np.float32],
    colour: npt.NDArray[np.float32] | None,
    distance: npt.NDArray[np.float32] | None,
) -> None: ...
def local_ratio(
    difference: npt.NDArray[np.float32],
    lowest: npt.NDArray[np.float32],
    highest: npt.NDArray[np.float32],
    reach: int,
    share: float,
    weight: float,
    join: bool,
    ratio: npt.NDArray[np.float32],
) -> None: ...
def faint_ratio(
    distance: npt.NDArray[np.float32],
    level: npt.NDArray[np.float32],
    far: npt.NDArray[np.float32],
    lowest: npt.NDArray[np.float32],
    reach: tuple[int, int],
    every: int,
    share: float,
    glow: float,
    weight: float,
    usual: tuple[tuple[float, float], tuple[float, float]],
    ratio: npt.NDArray[np.float32],
) -> None: ...
def weigh_frame(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    thresholds: _Thresholds,
    near: _Nearness,
    weight: float,
    outs: _Weighed,
) -> None: ...
def match_frame(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    light: tuple[int, _Exposure, tuple[float, float]],
    thresholds: _Thresholds,
    near: _Nearness,
    weight: float,
    matched: tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    outs: _Weighed,
) -> bool: ...
def find_objects(
    images: tuple[npt.NDArray[np.uint8] | None, ...],
    maps: tuple[
        npt.NDArray[np.float32], npt.NDArray[np.float32] | None, npt.NDArray[np.float32], npt.NDArray[np.float32]
    ],
    lasting: npt.NDArray[np.uint64] | None,
    weights: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
    specks: npt.NDArray[np.float32] | None,
    profile: _CastProfile | None,
    lights: tuple[list[npt.NDArray[np.uint8]], npt.NDArray[np.float32] | None, tuple[float, float, float, int]] | None,
    inside: tuple[npt.NDArray[np.float32] | None, tuple[float, float, float]],
    limits: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.float64]],
    shadows: bool,
    closed: bool,
    outs: tuple[
        npt.NDArray[np.float32],
        npt.NDArray[np.bool_] | None,
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_] | None,
    ],
) -> int: ...
def finish_mask(
    masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    inside: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None],
    reach: int,
    limits: tuple[float, tuple[float, float]],
    full: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    planes: tuple[
        npt.NDArray[np.uint8],
        npt.NDArray[np.uint8],
        npt.NDArray[np.uint8],
        npt.NDArray[np.int32] | None,
        npt.NDArray[np.bool_],
    ]
    | None,
    upsampling: tuple[int, float, float],
    smalls: tuple[
        npt.NDArray[np.float32],
        npt.NDArray[np.float32],
        npt.NDArray[np.float32],
        npt.NDArray[np.bool_] | None,
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_],
    ]
    | None,
    small_limits: tuple[int, float, float, float, int, float],
    specks: npt.NDArray[np.float32] | None,
    out: npt.NDArray[np.bool_],
) -> None: ...
def downscale(image: npt.NDArray[np.uint8], factor: int, out: npt.NDArray[np.uint8]) -> None: ...
def find_lasting(near: list[npt.NDArray[np.uint64]], here: int, length: int, out: npt.NDArray[np.uint64]) -> None: ...
def steady_mask(
    masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    ratio: npt.NDArray[np.float32],
    cut: npt.NDArray[np.bool_] | None,
    further: npt.NDArray[np.bool_] | None,
    seed: float,
    largest: float,
    radii: npt.NDArray[np.int32],
    aside: int,
    out: npt.NDArray[np.bool_],
) -> bool: ...
def shade(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    window: int,
    reach: int,
    limits: npt.NDArray[np.float32],
    shadow: npt.NDArray[np.bool_],
    proven: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
) -> None: ...
def find_uncast(
    shadow: npt.NDArray[np.bool_],
    proven: npt.NDArray[np.bool_],
    weak: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
    rim: int,
    reach: int,
    caster_area: float,
    spread: float,
    lighter: npt.NDArray[np.bool_],
    uncast: npt.NDArray[np.bool_],
) -> None: ...
def trim_edges(
    mask: npt.NDArray[np.bool_],
    difference: npt.NDArray[np.float32],
    ground: npt.NDArray[np.float32] | None,
    reach: int,
    limits: tuple[float, tuple[float, float]],
    rim: int,
    hole: float,
    out: npt.NDArray[np.bool_],
) -> None: ...
def solid_regions(
    ratio: npt.NDArray[np.float32],
    trust: npt.NDArray[np.float32] | None,
    seed: float,
    closed: bool,
    reach: int,
    least: float,
    hole: float,
    out: npt.NDArray[np.bool_],
) -> None: ...
def join_faint(
    ratio: npt.NDArray[np.float32],
    faint: npt.NDArray[np.float32],
    lasting: npt.NDArray[np.bool_],
    joined: npt.NDArray[np.float32],
    risen: npt.NDArray[np.bool_],
) -> None: ...
def weigh_pixels(
    quietness: npt.NDArray[np.float32],
    level: npt.NDArray[np.float32],
    sure: npt.NDArray[np.float32],
    ratio: npt.NDArray[np.float32],
    risen: npt.NDArray[np.bool_] | None,
    seed: float,
    out: npt.NDArray[np.float32],
) -> None: ...
def soft_shade(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    ratio: npt.NDArray[np.float32],
    level: npt.NDArray[np.float32],
    clear: float,
    veil: tuple[float, int],
    dark: float,
    off: tuple[float, float],
    flat: float,
    between: tuple[float, float],
    soft: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
) -> None: ...
def pack_weak(
    ratio: npt.NDArray[np.float32],
    faint: npt.NDArray[np.float32] | None,
    out: npt.NDArray[np.uint64],
) -> None: ...
def grow_by_width(
    bits: npt.NDArray[np.uint64],
    width: int,
    radii: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint64],
) -> None: ...
def pack_mask(mask: npt.NDArray[np.bool_], out: npt.NDArray[np.uint64]) -> None: ...
def count_blinks(
    before: npt.NDArray[np.uint64], now: npt.NDArray[np.uint64], after: npt.NDArray[np.uint64]
) -> tuple[int, int]: ...
def ffv1_packet(
    picture: npt.NDArray[np.uint8],
    heads: npt.NDArray[np.uint8],
    lengths: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> int: ...
def cut_half_chroma(
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    black: int,
    luma_out: npt.NDArray[np.uint8],
    blue_out: npt.NDArray[np.uint8],
    red_out: npt.NDArray[np.uint8],
) -> None: ...

PIECE: int

def rgb_from_half_chroma(
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.int32] | None,
    rgb: npt.NDArray[np.uint8],
) -> None: ...
def small_from_half_chroma(
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.int32] | None,
    step: int,
    rgb: npt.NDArray[np.uint8],
) -> None: ...
def half_chroma_from_rgb(
    rgb: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.int32],
    luma: npt.NDArray[np.uint8],
    blue: npt.NDArray[np.uint8],
    red: npt.NDArray[np.uint8],
) -> None: ...
def cast_shadow(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    profile: _CastProfile,
    cut: npt.NDArray[np.bool_],
    rest: npt.NDArray[np.bool_],
) -> None: ...
