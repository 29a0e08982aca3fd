"""Pictures and figures of the programs in `symptoms`, made by running them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

__all__ = ["setup"]

FOLDER = "symptoms"
SHARED = "showing.py"
AT_ONCE = 2  # programs, each of which has threads of its own


def run(program: Path) -> None:
    """Run a program, if it or what it shares is newer than its picture; keep what it prints beside that."""
    picture = program.parent / "generated" / program.with_suffix(".jpg").name
    figures = picture.with_suffix(".txt")
    newest = max(path.stat().st_mtime for path in (program, program.parent / SHARED))
    if figures.exists() and figures.stat().st_mtime > newest:
        return
    picture.parent.mkdir(exist_ok=True)
    done = subprocess.run([sys.executable, program, picture], check=True, stdout=subprocess.PIPE, text=True)
    figures.write_text(done.stdout, encoding="utf-8")


def run_all(app: Sphinx) -> None:
    """Run the programs whose pictures are missing or old."""
    programs = [path for path in sorted(Path(app.srcdir, FOLDER).glob("*.py")) if path.name != SHARED]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, programs))


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the programs run before the pages are read."""
    app.connect("builder-inited", run_all)
    return {"version": "1"}
