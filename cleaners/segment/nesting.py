"""Markup nested deeper than parsers and judgement can hold, rewritten to be less deep with the same text in
the same order.

libxml2 ends a page at 2,048 elements nested in each other, and every block names all elements above it. Browsers have a
limit, too (Chromium's is 512), and take what is deeper as siblings; so does this. Text is not touched: tags alone are
left out, put in and renamed. It runs only where a page is too deep: no page of 1,071 real ones has more than 56 levels.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct, field

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import BLOCK_TAGS

MAX_LEVELS: Final = 100
"""Nesting a tree may have. Of 1,071 real pages the deepest has 56 levels; at 400 the learned judgement, which never saw
such, dropped whole articles."""
# below the 56 the judgement knows. Inline elements get fewer: what is deep most often is one of style nobody closed
_INLINE_LEVELS: Final = 20
_BLOCK_LEVELS: Final = 40
_HIDING_LEVELS: Final = 60  # of elements that may hide all below them; silent ones are always held
_MAX_REPEATED_CHARS = 200  # of a tag written again after each element inside; longer ones come back bare

_TAG: Final = lazy_pattern(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+)(?:>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)",
    re.DOTALL,
)
_RAW_TEXT: Final = {
    name: lazy_pattern(rf"</{name}(?=[\s/>])[^>]*+(?:>|\Z)|\Z", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_VOID: Final = frozenset([
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "isindex", "keygen",
    "link", "meta", "param", "source", "track", "wbr",
])  # fmt: skip
_PAGE: Final = frozenset({"html", "head", "body"})
_PARTING: Final = BLOCK_TAGS | {"td", "th"}
"""Elements that part what is before from what is behind."""
# closed by certain others, or closing them: passing ones of these would end what is held
_ENTANGLED: Final = frozenset([
    "a", "button", "caption", "colgroup", "dd", "dt", "form", "li", "optgroup", "option", "p", "rp", "rt", "select",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr",
])  # fmt: skip
_AFTER_PARAGRAPH = frozenset([
    "address", "article", "aside", "blockquote", "center", "dd", "details", "dir", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "menu", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
])  # fmt: skip
_CELLS = frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})
_ROWS = frozenset({"tr", "tbody", "thead", "tfoot"})
_CLOSED_BY: Final[dict[str, frozenset[str]]] = {
    "p": _AFTER_PARAGRAPH,
    "a": frozenset({"a"}),
    "li": frozenset({"li"}),
    **dict.fromkeys(("dd", "dt"), frozenset({"dd", "dt"})),
    **dict.fromkeys(("option", "optgroup"), frozenset({"option", "optgroup"})),
    **dict.fromkeys(("td", "th"), _CELLS),
    **dict.fromkeys(("tr", "caption", "colgroup"), _ROWS),
    **dict.fromkeys(("tbody", "thead", "tfoot"), frozenset({"tbody", "thead", "tfoot"})),
}
"""An element to those whose begin ends it where it is the innermost one, as libxml2 has it."""
_WALLS: Final = {"div": 1, "td": 2, "th": 2, "tr": 3, "tbody": 4, "thead": 4, "tfoot": 4, "table": 5}
"""Elements that the end of a lower one does not end, as libxml2 has it."""
_IS_EMPTY = lazy_pattern(r"(?:^|[\s\"'])/$")
_MAY_HIDE = lazy_pattern(r"hidden|display\s*:\s*none|sr-only|screen-?reader|invisible", re.IGNORECASE)


def flattened(markup: str, *, max_depth: int) -> str:
    """The same text in markup that nests fewer than MAX_LEVELS elements. Time and size grow with those of the markup.

    Elements beyond stand one after the other; an outer one is begun again after an inner one has ended.
    Raises TooDeep where more than ``max_depth`` elements are nested.
    """
    writer = _Writer(max_depth)
    at = 0
    while found := _TAG.search(markup, at):
        writer.parts.append(markup[at : found.start()])
        at = found.end()
        name = (found["name"] or "").lower()
        if not name or name in _PAGE:
            writer.parts.append(found[0])
        elif found["slash"]:
            writer.end(name)
        elif name in _RAW_TEXT:
            end = _RAW_TEXT[name].search(markup, at)
            at = end.end() if end else len(markup)
            writer.put(name, markup[found.start() : at])
        elif name == "plaintext":
            writer.parts.append(found[0])
            break
        elif name in _VOID or _IS_EMPTY.search(found["rest"]):
            writer.put(name, found[0])
        else:
            writer.begin(name, found["rest"])
    writer.parts.append(markup[at:])
    return "".join(writer.parts)


class _Open(Struct, frozen=True):
    """An element that has begun: held, where it is in the result around all that is inside it; passing, where it is
    closed while an inner one is open; neither, where it parts nothing and is left out.
    """

    name: str
    tag: str  # its name in the result
    again: str  # its begin, to be written once more


class _Writer(Struct):
    """Writes tags so that of the passing elements at most one is open, the innermost."""

    max_depth: int
    parts: list[str] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=dict)  # in the stack, by name
    _held: list[int] = field(default_factory=list)  # places in the stack
    _passing: list[int] = field(default_factory=list)
    _silent: int = 0
    _is_open: bool = False  # whether the innermost passing element is

    def begin(self, name: str, rest: str) -> None:
        self._end_implied(name)
        here = len(self._stack)
        is_held = self._may_hold(name, rest)
        # a passing element must not end a held one around it, as a cell would a cell
        tag = name if is_held or name not in _ENTANGLED else "div"
        begin = f"<{tag}{rest}>"
        if is_held or name in _PARTING:
            self._leave_passing()
            self.parts.append(begin)
            (self._held if is_held else self._passing).append(here)
            self._is_open = not is_held
        self._places.setdefault(name, []).append(here)
        self._stack.append(_Open(name, tag, begin if len(begin) <= _MAX_REPEATED_CHARS else f"<{tag}>"))
        self._silent += name in SILENT
        if here >= self.max_depth:
            raise TooDeep(f"the page nests more than {self.max_depth:,} elements")

    def end(self, name: str) -> None:
        """An element ends, and those inside it that did not; an end without a begin is none."""
        places = self._places.get(name)
        if not places:
            if name == "p":  # an empty paragraph, which parts what is before and behind
                self.parts.append("</p>")
            return
        rank = _WALLS.get(name, 0)
        walls = (
            self._places[wall][-1]
            for wall, height in _WALLS.items()
            if height > rank and self._places.get(wall)
        )
        if max(walls, default=-1) < places[-1]:
            self._close_to(places[-1])
            self._resume_passing()

    def put(self, name: str, whole: str) -> None:
        """An element without others inside."""
        self._end_implied(name)
        self._resume_passing()
        self.parts.append(whole)

    def _end_implied(self, name: str) -> None:
        while self._stack and name in _CLOSED_BY.get(self._stack[-1].name, ()):
            self._close_to(len(self._stack) - 1)

    def _may_hold(self, name: str, rest: str) -> bool:
        if name in SILENT:
            return not self._silent
        held = len(self._held)
        levels = _BLOCK_LEVELS if name in _PARTING else _INLINE_LEVELS
        return held < levels or (held < _HIDING_LEVELS and _MAY_HIDE.search(rest) is not None)

    def _close_to(self, place: int) -> None:
        while len(self._stack) > place:
            here = len(self._stack) - 1
            if self._passing and self._passing[-1] == here:
                self._leave_passing()
                self._passing.pop()
            gone = self._stack.pop()
            self._places[gone.name].pop()
            self._silent -= gone.name in SILENT
            if self._held and self._held[-1] == here:
                self._held.pop()
                self.parts.append(f"</{gone.tag}>")

    def _leave_passing(self) -> None:
        if self._is_open:
            self.parts.append(f"</{self._stack[self._passing[-1]].tag}>")
            self._is_open = False

    def _resume_passing(self) -> None:
        """Opens the innermost passing element again, unless a held one inside it is open."""
        if not self._is_open and self._passing and self._passing[-1] > (self._held[-1] if self._held else -1):
            self.parts.append(self._stack[self._passing[-1]].again)
            self._is_open = True
