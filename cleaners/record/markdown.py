r"""Blocks as Markdown (CommonMark, tables as GitHub has them): what a reader sees is what ``text`` says.

Characters that would mean something are escaped only where they would. A forced line break is two spaces
and a line end, in a table cell ``<br>``; what stands inside a list item or a quotation stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from urllib.parse import urljoin

from msgspec import Struct, field

from copydesk.cleaners import text_forms
from copydesk.cleaners.markup.page_head import web_address
from copydesk.cleaners.types import Block, Label, Labelled

# set by hand, as much as sitemaps.org allows; longer ones would make lines nobody can read
_MAX_URL_CHARS = 2_048
# http, https or relative: no `javascript:`, no `data:`, and no sign that would end the link
_SAFE_URL = re.compile(r"(?:https?:|(?![a-zA-Z][\w+.-]*:))[^\s()<>\x00-\x1f\x7f-\x9f]+")
# these end an address within a link (CommonMark, "Links")
_URL_ESCAPES = str.maketrans({" ": "%20", "(": "%28", ")": "%29"})
# one of them stands in all that `_MEANINGFUL` finds: most lines have none, and are not searched
_SIGNS = ("*", "_", "\\", "`", "<", "&", "](", "]:", "~~")
_MEANINGFUL = re.compile(
    # \* · `code` · *emphasis* · _emphasis_, but not snake_case · <b> · &amp;
    r"\\(?=[!-/:-@\[-`{-~]|$)|`|\*(?!\s)|(?<!\s)\*|_(?![^\W_])|(?<![^\W_])_|<(?=[A-Za-z/!?])|&(?=#?\w{1,32};)"
    # [a](b) and [a]: b, where ] is enough to undo both · ~~struck out~~ (GitHub)
    r"|\](?=[(:])|~(?=~)|(?<=~)~",
    re.MULTILINE,
)
_MEANINGFUL_IN_LINKS = re.compile(rf"[\[\]]|{_MEANINGFUL.pattern}", re.MULTILINE)
# # heading · - item · > quotation · ``` and ~~~ code · | row · === below a heading · *** rule
_OPENER = re.compile(r"(?:#{1,6}(?=\s|$)|[-*+](?=\s|$)|>|`{3}|~{3}|\||[-=]+\s*$|(?:[-*_]\s*){3,}$)")
# | --- | below a line makes that line a table's head
_RULE_OF_TABLE = re.compile(r"[:|\- ]*-[:|\- ]*")
# "1986. A year of rain" would open a list; a number of ten digits cannot (CommonMark, "List items")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
# signs at a heading's end close it: of "News in C #" the last would be lost
_CLOSING_MARKS = re.compile(r"(?:^|(?<=\s))(#+)$")
_ITEM_MARK = re.compile(r"(?:[•▪◦‣·*–-]|\d{1,3}[.)])\s+")
_HEADING_MARK = re.compile(r"#{1,6}\s+")
_QUOTE_MARKS = re.compile(r"^>\s?", re.MULTILINE)
_FENCES = re.compile(r"`{3,}")
_OPEN_FENCE = re.compile(r"\s*(?:```|~~~)")
_HIGHEST_HEADING = 2  # the first is the title's


def markdown(shown: Sequence[tuple[Labelled, str]], *, base: str | None = None) -> str:
    """The blocks of ``shown``, each with its text as written; ``base`` makes the addresses of pictures whole."""
    writer = _Writer(base)
    for table, items in groupby(shown, key=_table_of):
        if table is None:
            for item, text in items:
                writer.write(item, text)
        else:
            rows = [item for item, _ in items]
            writer.put(_table([item.block for item in rows]), rows[0].block)
    return "".join(writer.parts)


def _table_of(pair: tuple[Labelled, str]) -> tuple[int | None] | None:
    """What rows of one table have in common; None for what is no row."""
    item = pair[0]
    # a tuple, since rows may have no number and are rows all the same
    return (item.block.table,) if item.label is Label.TABLE else None


class _Item(Struct):
    """A list item others may stand in."""

    number: int
    level: int
    ordinal: int  # 0: the list is not ordered
    indent: int  # columns before its text


class _Writer(Struct):
    base: str | None
    parts: list[str] = field(default_factory=list)
    _items: list[_Item] = field(default_factory=list)
    _quote: int = 0  # number of the quotation the last block stands in
    _was_item: bool = False

    def write(self, item: Labelled, text: str) -> None:
        """Adds one block."""
        block = item.block
        match item.label:
            case Label.LIST_ITEM:
                self._write_item(block, _without_mark(text, _ITEM_MARK, block))
            case Label.HEADING:
                self.put(_heading(_without_mark(text, _HEADING_MARK, block), block.level), block)
            case Label.CODE:
                self.put(_code(text, block), block)
            case Label.CAPTION:
                self.put(self._caption(text, block.image_url), block)
            case Label.QUOTE | Label.EMBED:
                said = text if block.path else _QUOTE_MARKS.sub("", text).strip() or text
                # where no element says so, each quoted block is a quotation of its own
                self.put(_paragraph(said), block, quote=block.quote or -1 - block.index)
            case _:
                self.put(_paragraph(text), block, quote=block.quote)

    def put(self, written: str, block: Block, *, quote: int = 0) -> None:
        """Adds what is written already, inside the list item and the quotation it stands in."""
        # items end where a block stands in none of them
        while self._items and (not block.item or self._items[-1].number != block.item):
            self._items.pop()
        indent = self._items[-1].indent if self._items else 0
        # elements are numbered in order: the higher number began later, so it stands inside
        self._append(
            written, indent, quote or block.quote, is_quote_inside=quote < 0 or block.quote > block.item
        )
        self._was_item = False

    def _write_item(self, block: Block, text: str) -> None:
        if block.item and any(item.number == block.item for item in self._items):
            self.put(_paragraph(text), block)  # one more paragraph of an item
            return
        ordinal = 1 if block.ordered else 0
        # deeper items have ended; after one of the same level the count goes on
        while self._items and self._items[-1].level >= block.level:
            before = self._items.pop()
            if before.level == block.level and before.ordinal and ordinal:
                ordinal = before.ordinal + 1
        margin = self._items[-1].indent if self._items else 0
        mark = f"{ordinal}. " if ordinal else "- "
        written = mark + _paragraph(text).replace("\n", "\n" + " " * len(mark))
        self._append(written, margin, block.quote, is_quote_inside=False, is_tight=self._was_item)
        self._items.append(_Item(block.item, block.level, ordinal, margin + len(mark)))
        self._was_item = True

    def _append(
        self, written: str, indent: int, quote: int, *, is_quote_inside: bool, is_tight: bool = False
    ) -> None:
        outer, inner = (" " * indent, "> ") if is_quote_inside else ("> ", " " * indent)
        prefix = outer + inner if quote else " " * indent
        if prefix:
            written = prefix + written.replace("\n", "\n" + prefix)
        if self.parts:
            is_same = quote == self._quote
            if is_same and is_tight:
                self.parts.append("\n")
            else:
                # an empty line without its mark would end the quotation
                self.parts.append(f"\n{prefix.rstrip()}\n" if quote and is_same else "\n\n")
        self.parts.append(written)
        self._quote = quote

    def _caption(self, text: str, url: str | None) -> str:
        caption = " ".join(text.split())
        address = linkable(url, base=self.base)
        if address is None:
            return f"*{_inline(caption)}*"
        return f"![{_MEANINGFUL_IN_LINKS.sub(_escape, caption)}]({address})"


def linkable(url: str | None, *, base: str | None = None) -> str | None:
    """An address as it may stand in a link of Markdown, or None: no script, no picture in itself."""
    if not url or len(url) > _MAX_URL_CHARS:
        return None
    try:
        whole = urljoin(base or "", url.strip()).translate(_URL_ESCAPES)
    # an address such as `http://[example`
    except ValueError:
        return None
    if whole.startswith(("http:", "https:")) and web_address(whole) is None:
        return None
    return whole if _SAFE_URL.fullmatch(whole) else None


def _without_mark(text: str, mark: re.Pattern[str], block: Block) -> str:
    """A line of plain text without the mark that made it what it is."""
    return text if block.path else mark.sub("", text, count=1) if mark.match(text) else text


def _heading(text: str, level: int) -> str:
    line = _CLOSING_MARKS.sub(r"\\\1", _inline(" ".join(text.split())))
    return f"{'#' * min(6, max(_HIGHEST_HEADING, level))} {line}"


def _code(text: str, block: Block) -> str:
    if not block.path and _OPEN_FENCE.match(text):
        return text  # plain text that is fenced already
    # longer than any fence in the code, or that would end the block
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _table(rows: Sequence[Block]) -> str:
    """Rows of one table; the first is its head, since there must be one."""
    cells = [[_cell(cell) for cell in text_forms.cells(row)] for row in rows]
    # short rows are filled: GitHub reads as many cells as the head has, and drops what is beyond
    columns = max(map(len, cells))
    lines = ["| " + " | ".join(row + [""] * (columns - len(row))) + " |" for row in cells]
    lines.insert(1, "|" + " --- |" * columns)
    return "\n".join(lines)


def _cell(cell: str) -> str:
    return _inline(cell).replace("|", "\\|").replace("\n", "<br>")


def _paragraph(text: str) -> str:
    if "\n" in text:
        return "  \n".join(map(_line, text.split("\n")))
    return _line(text)


def _line(line: str) -> str:
    """A line of running text that cannot become anything else."""
    line = _inline(line)
    if line[0] in "#-*+>`~|=_:":
        return "\\" + line if _OPENER.match(line) or _RULE_OF_TABLE.fullmatch(line) else line
    return _NUMBER.sub(r"\1\\\2", line, count=1) if line[0].isdigit() and _NUMBER.match(line) else line


def _inline(text: str) -> str:
    """Running text whose signs mean nothing."""
    for sign in _SIGNS:
        if sign in text:
            return _MEANINGFUL.sub(_escape, text)
    return text


def _escape(match: re.Match[str]) -> str:
    return "\\" + match.group()
