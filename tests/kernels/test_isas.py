"""Which instruction sets the native core finds in the processor."""

import platform
from pathlib import Path

import pytest

from stillplate.kernels import _native

CPUINFO = Path("/proc/cpuinfo")
NEEDED = {
    "avx2": {"avx2", "bmi1", "bmi2", "popcnt"},
    "avx512": {"avx2", "bmi1", "bmi2", "popcnt", "avx512f", "avx512bw", "avx512vl", "avx512dq"},
}


@pytest.mark.skipif(platform.machine() != "x86_64" or not CPUINFO.exists(), reason="needs Linux on x86-64")
def test_they_are_those_that_the_system_tells() -> None:
    flags = next((set(line.split()) for line in CPUINFO.read_text().splitlines() if line.startswith("flags")), set())

    assert _native.isas() == ["baseline", *(isa for isa, needed in NEEDED.items() if needed <= flags)]
