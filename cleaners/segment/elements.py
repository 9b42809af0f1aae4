"""Elements as a page is cut into blocks: which part blocks, and of which kind; what they say of themselves; the
numbers by which paths of blocks know them; those that mark text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.decode.html_tree import READINGS, SILENT
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Kind, Mark, PathStep

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
Event = tuple[int, Mark | None]
"""A mark that begins, or the innermost that ends, and the number of pieces of text before it."""

HIDING_STYLE: Final = lazy_pattern(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONCEALED = lazy_pattern(
    r"\b(?:sr-only|visually-?hidden|screen-?reader(?:-text)?|element-invisible|a11y-hidden|u-hidden)\b"
    # in longer names: "u-textScreenReader" (Medium), "styles_ScreenReaderOnly__JErIH"; "tag-screen-readers" is a topic
    r"|text-?screen-?reader\b|screen-?reader-?(?:only|text)(?![a-z])"
)
# attributes whose words tell what an element is for; the learned judgement reads them in paths
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
    read = ReadElements()
    read.read(((0, str(element.tag), element, None),))
    return read.shades[-1]


def in_lower_case(words: str) -> tuple[str, bool]:
    """The words of an element as they are compared, and whether they say that it is concealed."""
    lowered = words.lower()
    # plain searches first: the pattern is tried only on the few that hold one of its words
    may_conceal = "hidden" in lowered or "reader" in lowered or "sr-only" in lowered or "invisible" in lowered
    return lowered, may_conceal and _CONCEALED.search(lowered) is not None


class ReadElements(Struct):
    """The elements above the text that was met last, outermost first."""

    steps: list[PathStep] = field(default_factory=list)
    shades: list[bool] = field(default_factory=list)  # whether the element, or one above it, is concealed
    _words: dict[str, tuple[str, bool]] = field(default_factory=dict)  # as written: (lower case, concealed)

    def read(self, above: Sequence[tuple[int, str, etree._Element, object]]) -> None:
        """Catches up with the elements above that have not been read."""
        is_below_shade = bool(self.shades) and self.shades[-1]
        for number, tag, element, _ in above[len(self.steps) :]:
            words: str | None = None
            # one call: each single look-up crosses into lxml
            items: list[tuple[str, str]] = element.items()  # type: ignore[assignment]
            for key, value in items:
                if key in _IDENTIFYING:
                    # one string for all words of an element: looked up once however many elements have it
                    words = value if words is None else f"{words} {value}"
                elif key == "hidden" or (key == "style" and HIDING_STYLE.search(value)):
                    is_below_shade = True
            if words:
                found = self._words.get(words)
                if found is None:
                    found = self._words[words] = in_lower_case(words)
                words, is_concealed = found
                is_below_shade = is_below_shade or is_concealed
            self.steps.append(PathStep(number, tag, words or ""))
            self.shades.append(is_below_shade)


class TextMarks(Struct):
    """The marks of the block being read. What is begun (in ``around`` and ``events``) and not ended goes on in the next
    block.
    """

    around: list[Mark] = field(default_factory=list)  # outermost first
    events: list[Event] = field(default_factory=list)

    def end(self, at: int) -> None:
        """The innermost element ends after ``at`` pieces of the block."""
        self.around.pop()
        if at:
            self.events.append((at, None))
        else:
            self.events.pop()  # it marks no text of this block

    def renew(self) -> None:
        """What was read is no block, or is one that is written."""
        self.events.clear()
        for mark in self.around:
            self.events.append((0, mark))

    def take(self, parts: Sequence[str]) -> tuple[tuple[str, ...], tuple[Event, ...]]:
        """Pieces and marks of the block that ends. What they make of its text is computed for kept blocks alone."""
        taken = tuple(parts), tuple(self.events)
        self.renew()
        return taken
