"""How the documents become a site: ``python -m sphinx -c docs/site -W . build/site``, after ``pip install '.[docs]'``.

The documents are read where they lie, so that their links are the same here and on a forge. Nothing is asked of the
network, neither when the site is built nor when it is read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs.site.made_from_code import with_parts  # noqa: E402  # found by the line above
from docs.site.navigation import FIRST, contents_of  # noqa: E402

project = "copydesk"
author = "the copydesk authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = FIRST
include_patterns = ["*.md", "docs/**.md", "benchmarks/README.md", "seeds/README.md", "training/README.md"]
# folders without documents, which need not be walked through
exclude_patterns = [
    ".*",
    "build",
    "cleaners",
    "copydesk",
    "*.egg-info",
    "flows",
    "output",
    "seeds/pages",
    "tests",
    "venv",
]
myst_heading_anchors = 4
# the text of a document is what a reader types: `--` stays two hyphens
smartquotes = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "copydesk"
html_static_path = ["static"]
html_css_files = ["gallery.css"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
templates_path = ["templates"]
html_additional_pages = {"index": "to_the_start.html"}


def fill(_: Sphinx, name: str, source: list[str]) -> None:
    """Puts what is made from code into a document, and below it the table of contents it has."""
    source[0] = with_parts(source[0]) + contents_of(name)


def open_to_all(app: Sphinx, _: Exception | None) -> None:
    """Gives the theme's headings their level and its sides names, and lets examples be scrolled by the keyboard."""
    for page in app.outdir.rglob("*.html"):
        html = page.read_text("utf-8").replace("<pre>", '<pre tabindex="0">')
        html = html.replace('<aside class="sidebar', '<aside aria-label="All pages" class="sidebar')
        html = html.replace('<aside class="toc', '<aside aria-label="This page" class="toc')
        page.write_text(html.replace('role="heading">', 'role="heading" aria-level="2">'), "utf-8")


def setup(app: Sphinx) -> None:
    """Is called by Sphinx."""
    app.connect("source-read", fill)
    app.connect("build-finished", open_to_all)
