"""Elements as a page is cut into blocks: which part blocks, and of which kind; what they say of themselves; the
numbers by which paths of blocks know them; those that mark text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Final, cast

from lxml import etree

from copydesk.cleaners.decode.html_tree import READINGS, SILENT
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Kind, Mark

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
BARE_MARKS: Final[Mapping[str, Mark]] = MappingProxyType(
    {
        tag: Mark(tag)
        for tag in (
            "strong",
            "b",
            "em",
            "i",
            "code",
            "kbd",
            "samp",
            "tt",
            "del",
            "s",
            "strike",
            "sup",
            "sub",
            "note",
            "math",
        )
    }
)
"""Elements whose tag says all there is to know of them."""
NEVER_IN_CODE: Final = ("table", "p", "h1", "h2", "h3", "article", "section", "main", "form", "blockquote", "figure", "button", "pre")  # fmt: skip
"""Elements that tell that a code element was not closed, or holds the whole page."""

HIDING_STYLE: Final = lazy_pattern(
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    # what is cut to a point is there for screen readers alone, as with the classes below
    r"|clip\s*:\s*rect\((?:\s*[01](?:px)?\s*,?){4}\)|clip-path\s*:\s*inset\(\s*(?:50|100)%\s*(?:\)|round)",
    re.IGNORECASE,
)
CONCEALED = lazy_pattern(
    r"\b(?:sr-only|visually-?hidden|screen-?reader(?:-text)?|element-invisible|a11y-hidden|u-hidden)\b"
    # in longer names: "u-textScreenReader" (Medium), "styles_ScreenReaderOnly__JErIH"; "tag-screen-readers" is a topic
    r"|text-?screen-?reader\b|screen-?reader-?(?:only|text)(?![a-z])"
)
# attributes whose words tell what an element is for, as in `walk.pyx`; the learned judgement reads them in paths
_IDENTIFYING = frozenset({"class", "id", "role", "itemprop", "rel"})


def numbers_of(root: etree._Element, wanted: Container[etree._Element]) -> dict[etree._Element, int]:
    """The numbers by which the paths of the blocks know these elements (``PathStep.number``): one walk over
    the tree for all.
    """
    found: dict[etree._Element, int] = {}
    number = 0
    # in the order of the cutter's walk: an element counted here and not there shifts all behind it
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element.tag in APART and _is_apart(element):
            walker.skip_subtree()
            continue
        number += 1
        # all are counted, wanted or not: a path names an element by its place among all
        if element in wanted:
            found[element] = number
    return found


def _is_apart(element: etree._Element) -> bool:
    """The same as ``sets_apart`` of the cutter, determined without a walk."""
    # a reading without elements inside, in a <ruby>: any other <rt> is text of the page, and counts
    if element.tag in SILENT:
        return True
    return (
        next(element.iterchildren("*"), None) is None
        and next(element.iterancestors("ruby"), None) is not None
    )


def conceals(element: etree._Element) -> bool:
    """Whether an element conceals what it holds, whatever is around it."""
    words = []
    for key, value in cast("list[tuple[str, str]]", element.items()):
        if key == "hidden" or (key == "style" and HIDING_STYLE.search(value)):
            return True
        if key in _IDENTIFYING:
            words.append(value)
    return CONCEALED.search(" ".join(words).lower()) is not None
