"""A page over a batch: the plate of each clip with its figures, the least trusted first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stillplate.io.address import is_address
from stillplate.io.atomic import atomic_output, readable
from stillplate.rendering.output_specs import IN_FOLDER
from stillplate.rendering.page_style import STYLE

__all__ = ["CONTACT", "is_ours", "write_contact_page"]

CONTACT = "index.html"
OURS = '<meta name="generator" content="stillplate">'  # by which the page of an earlier batch is known
MOST = 2000  # clips on a page, which a browser still lays out in a moment
VERDICTS = ("objects_move", "objects_small", "light", "camera", "samples")
MORE = """
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem 1rem }
.cards img { aspect-ratio: 16 / 9; object-fit: contain; background: var(--part) } .cards a { color: inherit }
.cards p { overflow-wrap: anywhere; margin: .3rem 0 0 } .cards b { color: var(--ink); font-weight: 600 }
"""


def write_contact_page(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the page of a batch into the folder of its outputs; somebody else's index.html is left alone.

    Parameters
    ----------
    folder : Path
    rows : sequence of mapping
        Of the table: clip, folder, state, figures and error of each.
    """
    path = folder / CONTACT
    if path.exists() and not is_ours(path):
        return
    with atomic_output(path, overwrite=True, folder=False) as partial:
        partial.write_text(readable(_page(folder, rows)), encoding="utf-8")


def is_ours(page: Path) -> bool:
    """Whether a page is there that was written for a batch."""
    return page.exists() and OURS in page.read_text(encoding="utf-8", errors="replace")[:1000]


def _page(folder: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    shown = sorted(rows, key=lambda row: (_trust(row), str(row["clip"])))[:MOST]
    failed = sum(row["state"] == "failed" for row in rows)
    told = (
        f"{len(rows)} clips, {failed} failed. The least trusted come first: those that failed, then by the share of "
        "the plate that is certain."
    )
    if len(rows) > len(shown):
        told += f" The first {len(shown)} are shown."
    name = escape(folder.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{OURS}<title>{name}: stillplate</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}{MORE}</style></head><body>\n'
        f'<h1>{name}</h1><p>{told}</p>\n<div class="cards">\n'
        + "\n".join(_card(row, folder) for row in shown)
        + "\n</div></body></html>\n"
    )


def _trust(row: Mapping[str, Any]) -> float:
    """Share of the plate that is certain; below 0 for a clip that failed."""
    unsure = row.get("unsure_share")
    return -1.0 if row["state"] == "failed" or unsure in (None, "") else 1 - float(unsure)


def _card(row: Mapping[str, Any], folder: Path) -> str:
    clip = escape((Path(str(row["folder"])).parent / Path(str(row["clip"])).name).as_posix())
    if row["state"] == "failed":
        why = escape(str(row["error"]).removeprefix(f"{row['clip']}: "))
        return f'<figure><p class="violated"><b>{clip}</b>: {why}</p></figure>'
    plate, page = (
        quote(f"{row['folder']}/{IN_FOLDER[name]}") if _is_there(folder / row["folder"] / IN_FOLDER[name]) else ""
        for name in ("plate", "page")
    )
    told = f"<p><b>{clip}</b></p>"
    if plate:
        told = f'<img src="{plate}" alt="The plate of {clip}" loading="lazy">{told}'
    if page:
        told = f'<a href="{page}">{told}</a>'
    verdicts = {name: row.get(name) or "met" for name in VERDICTS}
    doubts = "".join(
        f' <span class="{escape(str(verdict))}">{name.replace("_", " ")}: {escape(str(verdict))}.</span>'
        for name, verdict in verdicts.items()
        if verdict != "met"
    )
    figures = (
        "no figures" if _trust(row) < 0 else f"{_trust(row):.1%} of the plate is certain; events: {row['events']}."
    )
    return f"<figure>{told}<p>{figures}{doubts}</p></figure>"


def _is_there(path: Path) -> bool:
    """Whether a file can be linked to: it may have been asked for elsewhere. In storage, asking would take long."""
    return is_address(path) or path.exists()
