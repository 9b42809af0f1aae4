r"""Blocks as Markdown (CommonMark, tables as GitHub has them): what a reader sees is what ``text`` says.

Characters that would mean something are escaped only where they would. A forced line break is two spaces
and a line end, in a table cell ``<br>``; what is inside a list item or a quotation stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from msgspec import Struct, field

from copydesk.cleaners import text_forms
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.emphasis import escape_link_text, inline, write_line
from copydesk.cleaners.record.footnotes import with_footnotes
from copydesk.cleaners.record.marked_block import MarkedBlock, markdown_link_url, markdown_url, plain
from copydesk.cleaners.record.media import ShownMedium
from copydesk.cleaners.types import Block, Label, Labelled

# # heading · - item · > quotation · ``` and ~~~ code · | row · === below a heading · *** rule
_OPENER = lazy_pattern(r"(?:#{1,6}(?=\s|$)|[-*+](?=\s|$)|>|`{3}|~{3}|\||[-=]+\s*$|(?:[-*_]\s*){3,}$)")
# | --- | below a line makes that line a table's head
_RULE_OF_TABLE = lazy_pattern(r"[:|\- ]*-[:|\- ]*")
# "1986. A year of rain" would open a list; a number of ten digits cannot (CommonMark, "List items")
_NUMBER = lazy_pattern(r"(\d{1,9})([.)])(?=\s|$)")
# signs at a heading's end close it: of "News in C #" the last would be lost
_CLOSING_MARKS = lazy_pattern(r"(?:^|(?<=\s))(#+)$")
# what made a line of plain text what it is
_MARKED_LINES = {
    Label.LIST_ITEM: lazy_pattern(r"\A(?:[•▪◦‣·*–-]|\d{1,3}[.)])\s+"),
    Label.HEADING: lazy_pattern(r"\A#{1,6}\s+"),
}
_RUNNING = frozenset(
    {Label.PARAGRAPH, Label.STANDFIRST, Label.FAQ, Label.LIVE, Label.CORRECTION, Label.DATELINE}
)
# running text without these is written as it is
_MAY_BE_MARKDOWN = lazy_pattern(r"[#*+>|=:\d-]|[^*_\\`<&\]~\n]*+[*_\\`<&\]~\n]")
_QUOTE_MARKS = lazy_pattern(r"^>\s?", re.MULTILINE)
_FENCES = lazy_pattern(r"`{3,}")
_OPEN_FENCE = lazy_pattern(r"\s*(?:```|~~~)")
_LANGUAGE = lazy_pattern(r"(?<!\S)language-([\w+#.-]+)")
_BELOW_TERM = 0.5  # of a level: what explains a term is no list of its own
_HIGHEST_HEADING = 2  # the first is the title's


def markdown(
    shown: Sequence[tuple[Labelled, str]],
    media: Sequence[ShownMedium],
    marked: Mapping[int, MarkedBlock],
    *,
    base: str | None = None,
) -> str:
    """The blocks of ``shown``, each with its text as written, and the ``media`` between them, both in the page's order;
    ``marked`` has what marks their text, by number, and ``base`` makes addresses of media whole.
    """
    captioned = {one.caption: one for one in media if one.caption is not None}
    writer = _Writer(base, *with_footnotes(shown, marked), captioned)
    waiting = [one for one in reversed(media) if one.caption is None]
    # what rows of one table have in common, None for what is no row; a tuple, since rows may have no number
    tables = [(item.block.table,) if item.shape is Label.TABLE else None for item, _ in shown]
    for table, pairs in groupby(zip(tables, shown, strict=True), key=itemgetter(0)):
        if table is None:
            for _, (item, text) in pairs:
                if waiting:
                    writer.write_media(waiting, item.block)
                writer.write(item, text)
        else:
            rows = [item.block for _, (item, _) in pairs]
            writer.write_media(waiting, rows[0])
            writer.put(_table(rows, marked), rows[0])
    writer.write_media(waiting, None)
    return "".join(writer.parts)


class _Item(Struct):
    """A list item others may stand in."""

    number: int
    level: float
    ordinal: int  # 0: the list is not ordered
    indent: int  # columns before its text


class _Writer(Struct):
    base: str | None
    marked: Mapping[int, MarkedBlock]
    notes: Mapping[int, str]  # what the notes are called that begin with a block
    captioned: Mapping[int, ShownMedium]
    parts: list[str] = field(default_factory=list)
    _items: list[_Item] = field(default_factory=list)
    _quote: int = 0  # number of the quotation the last block is in
    _was_item: bool = False

    def write(self, item: Labelled, text: str) -> None:
        """Adds one block."""
        block = item.block
        # most are running text without marks, in no list and no quotation
        is_alone = not (self._items or self._quote or self.notes or block.quote or block.marks)
        if is_alone and item.shape in _RUNNING and not _MAY_BE_MARKDOWN.match(text):
            self.parts += ("\n\n", text) if self.parts else (text,)
            self._was_item = False
            return
        if self.notes and (name := self.notes.get(block.index)):
            self._write_note(block, name, text)
            return
        shape = item.shape
        if shape in _MARKED_LINES and not block.path:
            text = _MARKED_LINES[shape].sub("", text, count=1)
        match shape:
            case Label.LIST_ITEM:
                self._write_item(block, self._running(block, text))
            case Label.HEADING:
                self.put(self._heading(text, block), block)
            case Label.CODE:
                self.put(_code(text, block), block)
            case Label.CAPTION:
                self.put(self._caption(text, block), block)
            case Label.QUOTE | Label.EMBED:
                quoted = text if block.path else _QUOTE_MARKS.sub("", text).strip() or text
                # where no element says so, each quoted block is a quotation of its own
                self.put(self._running(block, quoted), block, quote=block.quote or -1 - block.index)
            case _:
                self.put(self._running(block, text), block, quote=block.quote)

    def write_media(self, waiting: list[ShownMedium], block: Block | None) -> None:
        """Adds the media that stand before a block, or all that are left; ``waiting`` has the last of them first.

        What is in the block's own list item waits until the item is begun.
        """
        while waiting and (block is None or waiting[-1].before <= block.index):
            one = waiting[-1]
            if block and one.before == block.index and one.item and one.item == block.item:
                return
            waiting.pop()
            if written := _write_medium(one, base=self.base):
                self.put(written, one)

    def put(self, written: str, block: Block | ShownMedium, *, quote: int = 0) -> None:
        """Adds what is written already, inside the list item and the quotation it is in."""
        # items end where a block is in none of them
        while self._items and (not block.item or self._items[-1].number != block.item):
            self._items.pop()
        indent = self._items[-1].indent if self._items else 0
        # elements are numbered in order: the higher number began later, so it is inside
        self._append(
            written, indent, quote or block.quote, is_quote_inside=quote < 0 or block.quote > block.item
        )
        self._was_item = False

    def _write_note(self, block: Block, name: str, text: str) -> None:
        self._items.clear()
        written = self._running(block, text).removeprefix(f"[^{name}]").lstrip().replace("\n", "\n    ")
        self._append(f"[^{name}]: {written}", 0, 0, is_quote_inside=False)
        if block.item:
            self._items.append(_Item(block.item, 1, 0, 4))  # further paragraphs of the note
        self._was_item = False

    def _write_item(self, block: Block, paragraph: str) -> None:
        if block.item and self._items and block.item in [item.number for item in self._items]:
            self.put(paragraph, block)  # one more paragraph of an item
            return
        ordinal = block.ordinal
        # what explains a term is inside it, and what stands in the explanation is inside that
        terms = {step.number for step in block.path if step.tag == "dd"}
        level = block.level + (_BELOW_TERM if block.item in terms else 0)
        outer = 0
        for at, item in enumerate(self._items if terms else (), 1):
            if item.number in terms and item.number != block.item:
                outer = at
        # deeper items have ended; after one of the same level the count goes on
        while len(self._items) > outer and self._items[-1].level >= level:
            before = self._items.pop()
            if before.level == level and before.ordinal and ordinal:
                ordinal = before.ordinal + 1
        margin = self._items[-1].indent if self._items else 0
        mark = f"{ordinal}. " if ordinal else "- "
        written = mark + paragraph.replace("\n", "\n" + " " * len(mark))
        self._append(written, margin, block.quote, is_quote_inside=False, is_tight=self._was_item)
        self._items.append(_Item(block.item, level, ordinal, margin + len(mark)))
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

    def _running(self, block: Block, text: str) -> str:
        """Running text with its marks, where it has any and is as the page has it."""
        marked = self.marked.get(block.index) if block.marks else None
        # where a letter and its mark are parted by an element, the text is written without
        if marked is not None and plain(marked.cells[0]) == text:
            lines = (write_line(line, marked.urls) for line in marked.cells[0])
            return "  \n".join([_unopened(line) if is_text else line for line, is_text in lines])
        return paragraph(text) if _MAY_BE_MARKDOWN.match(text) else text

    def _heading(self, text: str, block: Block) -> str:
        marked = self.marked.get(block.index) if block.marks else None
        if marked is not None and plain(marked.cells[0]) == text:
            lines = [write_line(line, marked.urls)[0] for line in marked.cells[0]]
        else:
            lines = [*map(inline, text.split("\n"))]
        return heading("<br>".join(lines), heading_rank(block))

    def _caption(self, text: str, block: Block) -> str:
        caption = " ".join(text.split())
        picture = self.captioned.get(block.index)
        shown = picture and _write_medium(picture, base=self.base, text=caption)
        return shown or f"*{inline(caption)}*"


def heading(line: str, rank: int) -> str:
    """A line of Markdown as a heading."""
    line = _CLOSING_MARKS.sub(r"\\\1", line)
    return f"{'#' * rank} {line}"


def heading_rank(block: Block) -> int:
    """The rank at which a heading is written."""
    return min(6, max(_HIGHEST_HEADING, block.level))


def _code(text: str, block: Block) -> str:
    if not block.path and _OPEN_FENCE.match(text):
        return text  # plain text that is fenced already
    # longer than any fence in the code, or that would end the block
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    language = _LANGUAGE.search(block.path[-1].words) if block.path else None
    return f"{fence}{language[1] if language else ''}\n{text}\n{fence}"


def _table(rows: Sequence[Block], marked: Mapping[int, MarkedBlock]) -> str:
    """Rows of one table; the first is its head, since there must be one."""
    written = [_cells(row, marked.get(row.index)) for row in rows]
    # short rows are filled: GitHub reads as many cells as the head has, and drops what is beyond
    columns = max(map(len, written))
    found = ["| " + " | ".join(row + [""] * (columns - len(row))) + " |" for row in written]
    found.insert(1, "|" + " --- |" * columns)
    return "\n".join(found)


def _cells(row: Block, marked: MarkedBlock | None) -> list[str]:
    texts = text_forms.cells(row)
    if marked is not None and [*map(plain, marked.cells)] == texts:
        written = ["\n".join(write_line(line, marked.urls)[0] for line in cell) for cell in marked.cells]
    else:
        written = [inline(text) for text in texts]
    return [cell.replace("|", "\\|").replace("\n", "<br>") for cell in written]


def paragraph(text: str) -> str:
    """Running text as a paragraph, in which no character has a meaning; its line ends are forced line breaks."""
    return "  \n".join([_unopened(inline(line)) if line else "" for line in text.split("\n")])


def _unopened(line: str) -> str:
    """A line that begins with text and opens no list, heading, quotation, table or rule."""
    if line[0] in "#-*+>`~|=_:":
        return "\\" + line if _OPENER.match(line) or _RULE_OF_TABLE.fullmatch(line) else line
    return _NUMBER.sub(r"\1\\\2", line, count=1) if line[0].isdigit() and _NUMBER.match(line) else line


def _write_medium(medium: ShownMedium, *, base: str | None, text: str = "") -> str | None:
    """A picture with ``text`` or what the page says in its place, and the credit, where ``text`` does not name it; of a
    film, a sound or a post a link whose title says what it is. None where its address is none.
    """
    address = markdown_url(medium.url, base=base)
    if address is None:
        return None
    if medium.kind != "image":
        host = address.partition("//")[2].partition("/")[0] or address
        return f'[{escape_link_text(medium.title or host)}]({address} "{medium.kind}")'
    alternative = text or medium.title
    credit = medium.credit or ""
    written = escape_link_text(credit).replace('"', "&quot;")
    title = f' "{written}"' if credit and credit not in alternative else ""
    picture = f"![{escape_link_text(alternative)}]({address}{title})"
    link = markdown_link_url(medium.link, base=base) if medium.link else None
    return f"[{picture}]({link})" if link else picture
