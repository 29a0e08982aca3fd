"""How Sphinx builds the site: `make docs`."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from numpydoc.xref import DEFAULT_LINKS
from sphinx.application import Sphinx

import stillplate

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "stillplate"
author = "the stillplate authors"
version = release = version_of("stillplate")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "command_pages",
    "glossary_terms",
    "symptom_pictures",
]
highlight_language = "text"
smartquotes = False  # two hyphens begin an option

copybutton_prompt_text = "$ "

html_theme = "furo"
html_title = "stillplate"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "../src/stillplate/viewer/page/icon.svg"
html_logo = "../src/stillplate/viewer/page/icon.svg"
html_copy_source = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}

nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]  # between single backticks is a public name, and linked, or any other code
default_role = "py:obj"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4  # as code hosts number them, so that links to a heading work there and here

nb_execution_mode = "cache"
nb_execution_cache_path = "../build/notebooks"
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_timeout = 240  # seconds to a cell, on two busy cores
nb_execution_in_temp = True

extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
autodoc_typehints = "none"  # numpydoc's lists have the types, with shapes
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": "Exception, Warning, Protocol, tuple"}
autosummary_generate = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = {
    **{name: name for name in DEFAULT_LINKS},  # Python's own types, without a look at Python's site
    **{name: f"stillplate.{name}" for name in stillplate.__all__},
}
numpydoc_xref_ignore = "all"  # but those names
numpydoc_show_class_members = False  # autodoc has them


def list_decisions(app: Sphinx, page: str, text: list[str]) -> None:
    """Put the decisions below their list, which is plain Markdown for code hosts."""
    if page == "decisions/README":
        text[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"


def setup(app: Sphinx) -> None:
    """Connect what is done to single pages."""
    app.connect("source-read", list_decisions)
