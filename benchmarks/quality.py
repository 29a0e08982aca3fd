"""How good is the clustering? `python -m benchmarks.quality VIDEO`: inertia beside scikit-learn's KMeans, 10 restarts.

For each number of samples and clusters: the share of random pixels on which `kernels.cluster` is as good or better, and
on which it is better; and the time each takes per pixel, on one core.
"""

import argparse
import time
import warnings

import av
import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from stillplate import kernels

Bytes = npt.NDArray[np.uint8]


def read_pixels(path: str, pixels: int, rng: np.random.Generator) -> Bytes:
    """Random pixels (frames, pixels, 3) of every frame of a video."""
    chosen, rows = None, []
    with av.open(path) as container:
        for frame in container.decode(video=0):
            image = frame.to_ndarray(format="rgb24").reshape(-1, 3)
            if chosen is None:
                chosen = rng.choice(len(image), min(pixels, len(image)), replace=False)
            rows.append(image[chosen])
    return np.stack(rows)


def stratified(frames: int, samples: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """One random frame of each of `samples` equal parts."""
    edges = np.linspace(0, frames, samples + 1).astype(np.int64)
    return rng.integers(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1))


def exact_inertia(colours: npt.NDArray[np.int64], labels: npt.NDArray[np.int32]) -> float:
    """Of one pixel's colours (T, 3), from whole sums."""
    parts = [colours[labels == k] for k in np.unique(labels)]
    return float(sum((p**2).sum() - (p.sum(axis=0) ** 2).sum() / len(p) for p in parts))


def restarts(samples: Bytes, clusters: int) -> npt.NDArray[np.float64]:
    """The inertia (P,) that 10 restarts of scikit-learn's KMeans reach."""
    peer = KMeans(clusters, n_init=10, random_state=0)
    colours = samples.astype(np.int64).transpose(1, 0, 2)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer colours than clusters
        return np.array([exact_inertia(x, peer.fit(x.astype(np.float64)).labels_) for x in colours])


def compare(samples: Bytes, clusters: int) -> str:
    """One line of the table."""
    start = time.perf_counter()
    _, ours = kernels.cluster(samples, clusters=clusters, threads=1)
    middle = time.perf_counter()
    theirs = restarts(samples, clusters)
    times = np.array([middle - start, time.perf_counter() - middle]) / samples.shape[1] * 1e6
    equal = 100 * np.mean(ours <= theirs * (1 + 1e-9) + 1e-6)
    better = 100 * np.mean(ours < theirs * (1 - 1e-9) - 1e-6)
    return f"{len(samples):4} {clusters:2} {equal:10.2f} % {better:8.2f} % {times[0]:10.1f} µs {times[1]:10.0f} µs"


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--pixels", type=int, default=5000, help="how many random pixels (5000)")
    parser.add_argument("--samples", type=int, nargs="+", default=[20, 64, 128])
    parser.add_argument("--clusters", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    frames = read_pixels(options.video, options.pixels, rng)
    print("   N  k  as good or   better         ours   scikit-learn")
    for samples in options.samples:
        picked = np.ascontiguousarray(frames[stratified(len(frames), samples, rng)])
        for clusters in options.clusters:
            print(compare(picked, clusters), flush=True)


if __name__ == "__main__":
    main()
