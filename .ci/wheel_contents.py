"""Refuse a wheel that lacks something of the package, or holds something else."""

import re
import sys
from pathlib import Path
from zipfile import ZipFile

SOURCES = Path(__file__).parents[1] / "src"
COMPILED = (".pyc", ".so", ".pyd")
NATIVE = re.compile(r"stillplate/kernels/_native\.(abi3|cpython-\d+[^/]*|cp\d+[^/]*)\.(so|pyd)")
REPAIRED = re.compile(r"stillplate\.libs/.*")
METADATA = re.compile(r"stillplate-[^/]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|sboms/.*|licenses/.*)")
LICENSES = ("licenses/LICENSE", "licenses/src/stillplate/viewer/page/vendor/uPlot.LICENSE")


def wrong(wheel: Path) -> list[str]:
    """Return what is wrong with the contents of a wheel."""
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    files = (path for path in SOURCES.rglob("*.*") if path.is_file() and path.suffix not in COMPILED)
    sources = {path.relative_to(SOURCES).as_posix() for path in files}
    rest = {name for name in names - sources if not (METADATA.fullmatch(name) or REPAIRED.fullmatch(name))}
    native = {name for name in rest if NATIVE.fullmatch(name)}
    licenses = {text for text in LICENSES if not any(name.endswith(f".dist-info/{text}") for name in names)}
    return [
        *(f"lacks {name}" for name in sorted(sources - names | licenses)),
        *(f"holds {name}, which is no part of the package" for name in sorted(rest - native)),
        *([] if len(native) == 1 else [f"has {len(native)} native modules"]),
    ]


def main() -> None:
    """Check the wheels in a folder."""
    for wheel in sorted(Path(sys.argv[1]).glob("*.whl")):
        for text in (found := wrong(wheel)):
            print(f"{wheel.name}: {text}")
        if found:
            sys.exit(1)
        print(f"{wheel.name}: all of the package, and nothing else")


main()
