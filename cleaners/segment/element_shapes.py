"""Which elements part blocks, and what kind of block each makes of the text below it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from copydesk.cleaners.decode.html_tree import READINGS, SILENT
from copydesk.cleaners.types import Kind

BLOCK_TAGS: Final = frozenset([
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hgroup", "hr", "html", "iframe", "label", "legend", "li", "main", "menu", "nav",
    "noframes", "ol", "optgroup", "option", "p", "pre", "search", "section", "select", "summary", "table", "tbody", "td",
    "textarea", "tfoot", "th", "thead", "title", "tr", "ul", "video", "audio", "object", "listing", "xmp", "plaintext",
    "marquee", "multicol", "layer",
])  # fmt: skip
# rank by name: h1 is the highest, as HTML has it
HEADINGS: Final[Mapping[str, int]] = MappingProxyType({f"h{rank}": rank for rank in range(1, 7)})
# parts of forms: their text is to be pressed or chosen, not read
CONTROLS: Final = frozenset({"button", "option", "label", "legend", "textarea", "select", "optgroup"})
_KIND_OF: Final = {
    **dict.fromkeys(HEADINGS, Kind.HEADING),
    **dict.fromkeys(("li", "dd", "dt"), Kind.LIST_ITEM),
    **dict.fromkeys(("figcaption", "caption"), Kind.CAPTION),
    **dict.fromkeys(CONTROLS, Kind.CONTROL),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), Kind.CODE),
    "blockquote": Kind.QUOTE,
}
# an article within a list's item begins anew: its paragraphs are no items
_CONTAINERS: Final = frozenset({"head", "body", "article", "section", "main", "aside", "nav", "table"})
SHAPES: Final[Mapping[str, tuple[Kind | None, int]]] = MappingProxyType(
    {
        **dict.fromkeys(_CONTAINERS, (None, 0)),
        **{tag: (kind, HEADINGS.get(tag, 0)) for tag, kind in _KIND_OF.items()},
    }
)
"""The kind and level an element gives the text below it; None: what is above tells nothing any more."""
APART = SILENT | READINGS
"""Elements whose text is none of the page's, or is read beside it."""
