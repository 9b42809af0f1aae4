"""HTML to blocks: one parse, one walk, no character lost.

A block is the text between two block elements (two forced line breaks in a row also part blocks).
All text outside ``SILENT`` elements is in some block, hidden or not; ``page_text`` reads the same
text by another way, so that the two can be held against each other on every page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Final

from lxml import etree

from cleaners.errors import EmptyPage, TooComplex
from cleaners.types import Block, Kind, Options, PathStep

SILENT: Final = frozenset({"script", "style", "template", "noscript", "svg"})
"""Elements whose content is not text of the page (design: what a browser could show)."""

_BLOCK_TAGS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "iframe",
        "label",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "noframes",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "video",
        "audio",
        "object",
    ]
)
_HEADINGS: Final = {f"h{rank}": rank for rank in range(1, 7)}
_CONTROLS: Final = frozenset({"button", "option", "label", "legend", "textarea", "select", "optgroup"})
_KIND_OF: Final = {
    **dict.fromkeys(_HEADINGS, Kind.HEADING),
    **dict.fromkeys(("li", "dd", "dt"), Kind.LIST_ITEM),
    **dict.fromkeys(("figcaption", "caption"), Kind.CAPTION),
    **dict.fromkeys(_CONTROLS, Kind.CONTROL),
    **dict.fromkeys(("pre", "listing"), Kind.CODE),
    "blockquote": Kind.QUOTE,
}
_CONTAINERS: Final = frozenset({"head", "body", "article", "section", "main", "aside", "nav", "table"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONCEALED = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-?reader(?:-text)?|element-invisible|a11y-hidden|u-hidden)\b"
)
_DATA_CELL_CHARS = 300  # longer cells hold an article, not a datum
_IDENTIFYING = frozenset({"class", "id", "role", "itemprop"})


def parse(text: str, options: Options) -> etree._Element:
    """The page's tree, by lxml; by Beautiful Soup where the markup is beyond it.

    Raises EmptyPage where there is no element at all, TooComplex beyond ``options``.
    """
    if text.count("<") > options.max_elements * 2:  # before memory is spent on a tree
        raise TooComplex(f"the page has more than {options.max_elements:,} elements")
    # lxml.html would look up a Python class for each element: a quarter of the walk's time
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        return _parse_by_soup(text, parser)
    return root if root is not None else _parse_by_soup(text, parser)


def _parse_by_soup(text: str, parser: etree.HTMLParser) -> etree._Element:
    """A page of the words Beautiful Soup finds where lxml finds nothing."""
    from bs4 import BeautifulSoup

    words = BeautifulSoup(text, "html.parser").get_text(" ", strip=True)
    if not words:
        raise EmptyPage("the page has no text")
    return etree.fromstring(f"<p>{escape(words)}</p>".encode(), parser=parser)


def page_text(root: etree._Element) -> str:
    """All text of the page outside ``SILENT`` elements, in order, read without cutting."""
    parts: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element.tag in SILENT:
                walker.skip_subtree()
            elif element.text:
                parts.append(element.text)
        if event == "end" and element.tail and element is not root:
            parts.append(element.tail)
    return "".join(parts)


def segment(root: etree._Element, options: Options) -> tuple[Block, ...]:
    """The page's blocks in document order; joined, their letters are those of ``page_text``.

    Raises TooComplex where elements are more, or nested deeper, than ``options`` allow.
    """
    cutter = _Cutter(options)
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element.tag in SILENT:
                walker.skip_subtree()
            else:
                cutter.open(element)
        else:
            if element.tag not in SILENT:
                cutter.close(element)
            if element.tail and element is not root:
                cutter.add(element.tail)
    cutter.cut()
    return tuple(cutter.blocks)


@dataclass(slots=True)
class _Cutter:
    """Collects text until a border is met. The state of one walk."""

    options: Options
    blocks: list[Block] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _path: list[PathStep] = field(default_factory=list)
    _hidden: list[int] = field(default_factory=list)  # depths at which something is concealed
    _is_shown: bool = False  # whether the block being read has text a reader sees
    _number: int = 0
    _links: int = 0  # depth of links around
    _link_chars: int = 0
    _breaks: int = 0
    _pre: int = 0
    _quotes: int = 0
    _lists: list[str] = field(default_factory=list)
    _row: int = 0  # depth of the data row being read as one block
    _tables: int = 0
    _table: int | None = None
    _data_tables: list[int] = field(default_factory=list)
    _image_url: str | None = None

    def open(self, element: etree._Element) -> None:
        tag = element.tag
        self._number += 1
        if self._number > self.options.max_elements:
            raise TooComplex(f"the page has more than {self.options.max_elements:,} elements")
        if len(self._path) > self.options.max_depth:
            raise TooComplex(f"the page nests more than {self.options.max_depth:,} elements")
        if tag == "br":
            self._line_break()
        elif self._row and tag in ("td", "th"):
            self._parts.append("\t")
        elif tag in _BLOCK_TAGS and not self._row:
            self.cut()
        words = self._read_attributes(element)
        self._path.append(PathStep(self._number, tag, words))
        self._enter(tag, element)
        if element.text:
            self.add(element.text)

    def _read_attributes(self, element: etree._Element) -> str:
        """The words that identify the element; what conceals it is remembered."""
        attributes = element.items()  # one call: each single look-up crosses into lxml
        if not attributes:
            return ""
        words: list[str] = []
        is_concealed = False
        for key, value in attributes:
            if key in _IDENTIFYING:
                words.append(str(value))
            elif key == "hidden" or (key == "style" and _HIDING_STYLE.search(str(value))):
                is_concealed = True
        joined = " ".join(words).lower()
        if is_concealed or (joined and _CONCEALED.search(joined)):
            self._hidden.append(len(self._path))
        return joined

    def _enter(self, tag: str, element: etree._Element) -> None:
        if tag == "a":
            self._links += 1
        elif tag == "pre":
            self._pre += 1
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in ("ul", "ol"):
            self._lists.append(tag)
        elif tag == "table":
            if not self._row and _is_data_table(element):
                self._data_tables.append(len(self._path))
                self._table = self._tables
            self._tables += 1
        elif tag == "tr" and self._data_tables and not self._row:
            self._row = len(self._path)
        elif tag == "img":
            self._image_url = _picture(element) or self._image_url
        elif tag == "figure":
            self._image_url = None

    def close(self, element: etree._Element) -> None:
        tag = element.tag
        depth = len(self._path)
        if self._row == depth and tag == "tr":
            self.cut()
            self._row = 0
        elif tag in _BLOCK_TAGS and not self._row:
            self.cut()
        if tag == "a":
            self._links -= 1
        elif tag == "pre":
            self._pre -= 1
        elif tag == "blockquote":
            self._quotes -= 1
        elif tag in ("ul", "ol"):
            self._lists.pop()
        elif tag == "table" and self._data_tables and self._data_tables[-1] == depth:
            self._data_tables.pop()
            self._table = None
        elif tag == "figure":
            self._image_url = None
        self._path.pop()
        if self._hidden and self._hidden[-1] == len(self._path):
            self._hidden.pop()

    def add(self, text: str) -> None:
        if not self._pre:
            if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
                text = _SPACE.sub(" ", text)
            if text == " ":
                self._parts.append(text)
                return
        self._breaks = 0
        self._is_shown = self._is_shown or not self._hidden
        self._parts.append(text)
        if self._links:
            self._link_chars += len(text)

    def _line_break(self) -> None:
        self._breaks += 1
        if self._breaks == 2 and not self._row:
            self.cut()
        else:
            self._parts.append("\n")

    def cut(self) -> None:
        """Ends the block being read. White space alone is no block."""
        raw = "".join(self._parts)
        self._parts.clear()
        link_chars, self._link_chars, self._breaks = self._link_chars, 0, 0
        is_shown, self._is_shown = self._is_shown, False
        if not raw or raw.isspace():
            return
        path = tuple(self._path)
        kind, level = self._kind(path)
        self.blocks.append(
            Block(
                index=len(self.blocks),
                kind=kind,
                raw=raw,
                path=path,
                level=level,
                ordered=kind is Kind.LIST_ITEM and bool(self._lists) and self._lists[-1] == "ol",
                link_chars=min(link_chars, len(raw)),
                table=self._table if kind is Kind.TABLE_ROW else None,
                is_hidden=not is_shown,
                image_url=self._image_url if kind is Kind.CAPTION else None,
            )
        )

    def _kind(self, path: tuple[PathStep, ...]) -> tuple[Kind, int]:
        """The kind and level of a block, by the nearest element that tells."""
        if self._row:
            return Kind.TABLE_ROW, 0
        for step in reversed(path):
            tag = step.tag
            if tag in _KIND_OF:
                kind = _KIND_OF[tag]
                return kind, max(1, len(self._lists)) if kind is Kind.LIST_ITEM else _HEADINGS.get(tag, 0)
            if tag in _CONTAINERS:
                break
        if path and path[-1].tag == "title" and any(step.tag == "head" for step in path):
            return Kind.TITLE, 0
        return (Kind.QUOTE, 0) if self._quotes else (Kind.PARAGRAPH, 0)


def _picture(image: etree._Element) -> str | None:
    """Where a picture is; pages that load late leave a stub in ``src``."""
    for name in ("data-src", "data-lazy-src", "data-original", "src"):
        url = image.get(name)
        if url and not url.startswith("data:"):
            return str(url)
    return None


def _is_data_table(table: etree._Element) -> bool:
    """Whether rows hold data (two columns, two rows, short cells) and not the page's layout."""
    rows = columns = 0
    for element in table.iterdescendants():
        tag = element.tag
        if tag in ("table", "h1", "h2", "article", "form", "ul", "ol", "figure", "blockquote", "pre"):
            return False
        if tag == "tr":
            rows += 1
            columns = max(columns, sum(1 for cell in element if cell.tag in ("td", "th")))
        elif tag in ("td", "th") and sum(map(len, element.itertext())) > _DATA_CELL_CHARS:
            return False
    return rows >= 2 and columns >= 2
