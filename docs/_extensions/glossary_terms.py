"""The words of the glossary's table as terms: a search finds each, and leads to its row."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

__all__ = ["setup"]

PAGE = "glossary"


def note(app: Sphinx, document: nodes.document) -> None:
    """Give each row of the table an anchor, and note its words as terms."""
    if app.env.docname != PAGE:
        return
    for row in document.findall(nodes.row):
        if isinstance(row.parent, nodes.tbody):
            words = row.next_node(nodes.entry).astext()
            anchor = nodes.make_id(words)
            row["ids"].append(anchor)
            for word in words.split(", "):
                app.env.domains.standard_domain.note_object("term", word, anchor, location=row)


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the words noted as the page is read."""
    app.connect("doctree-read", note)
    return {"version": "1", "parallel_read_safe": True}
