"""A tree to blocks: one walk, no character lost. ``copydesk/_core/walk.pyx`` is its compiled twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import (
    APART,
    BARE_MARKS,
    BLOCK_TAGS,
    NEVER_IN_CODE,
    SHAPES,
    ReadElements,
    TextMarks,
)
from copydesk.cleaners.segment.link_lines import parts_links
from copydesk.cleaners.segment.pictures import MAX_MEDIA, Medium, picture_url
from copydesk.cleaners.segment.table_grid import Grid, is_data_table
from copydesk.cleaners.types import Block, Kind, Mark

_SPACE = lazy_pattern(r"[\t\r\n\f][ \t\r\n\f]*| [ \t\r\n\f]+")  # single spaces stay: most are


class Walked(NamedTuple):
    """The blocks and media of a page, how many elements were counted, and readings of words set apart."""

    blocks: list[Block]
    media: list[Medium]
    number: int
    readings: list[str]


def walk(root: etree._Element, max_depth: int) -> Walked:  # noqa: C901, PLR0912
    """The blocks below an element. Raises TooDeep where more than ``max_depth`` elements are nested."""
    # one long loop: a function called for each element would be a tenth of the time
    cutter = _Cutter()
    above, steps, shades, parts = cutter.above, cutter.elements.steps, cutter.elements.shades, cutter.parts
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            tag = element.tag
            if tag in APART and cutter.sets_apart(tag, element):
                walker.skip_subtree()
                above.append((0, tag, element, _INLINE))
                continue
            if len(above) > max_depth:
                raise TooDeep(f"the page nests more than {max_depth:,} elements")
            role = is_border, enter, _ = _ROLES.get(tag, _INLINE)
            if parts and is_border:
                cutter.border()
            if enter:
                enter(cutter, tag, element)
            cutter.number = number = cutter.number + 1
            above.append((number, tag, element, role))
            text = element.text
        else:
            is_border, _, leave = above[-1][3]
            if parts and is_border:
                cutter.border()
            if leave:
                leave(cutter)
            above.pop()
            if len(steps) > len(above):
                steps.pop()
                shades.pop()
            text = element.tail
        if not text or not above:
            continue
        if text.isspace() and not cutter.pre:
            parts.append(" " if text.isascii() else _SPACE.sub(" ", text))
        else:
            cutter.add(text)
    cutter.border()
    return Walked(cutter.blocks, cutter.media, cutter.number, cutter.readings)


class _Cutter(Struct):
    """Collects text until a border is met. The state of one walk.

    Most elements hold no text a block is made of. So what there is to know of an element (its words, whether it
    is concealed) is read once text is met below it: ``elements`` may hold fewer than ``above``.
    """

    blocks: list[Block] = field(default_factory=list)
    above: list[tuple[int, str, etree._Element, _Role]] = field(default_factory=list)
    elements: ReadElements = field(default_factory=ReadElements)
    parts: list[str] = field(default_factory=list)
    number: int = 0  # of the last element begun
    pre: int = 0  # depth of code around
    _shapes: list[tuple[Kind | None, int]] = field(default_factory=list)  # of the elements above that tell
    _has_text: bool = False  # whether ``parts`` has more than white space
    _is_shown: bool = False  # whether the block being read has text a reader sees
    _links: list[str] = field(default_factory=list)  # where the links around lead
    _link_chars: int = 0
    _link_url: str = ""
    _breaks: int = 0
    _quotes: list[int] = field(default_factory=list)  # numbers of the quotations around
    _items: list[int] = field(default_factory=list)  # numbers of the list items around
    _lists: list[str] = field(default_factory=list)
    _whole: int = 0  # depth of the element read as one block: a data row, code
    _is_row: bool = False
    _rows_within: int = 0  # depth of rows inside the row being read: of tables in its cells
    _grid: Grid = field(default_factory=Grid)
    _tables: int = 0
    _table: int | None = None
    _data_tables: list[int] = field(default_factory=list)
    _image_url: str | None = None
    _image_before: str | None = None  # with no text between
    readings: list[str] = field(default_factory=list)
    media: list[Medium] = field(default_factory=list)
    _marks: TextMarks = field(default_factory=TextMarks)

    def add(self, text: str) -> None:
        """Text of the block being read (white space alone comes here in code only)."""
        if not self.pre and ("\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text):
            text = _SPACE.sub(" ", text)
        elif self._is_row and "\t" in text:
            text = text.replace("\t", " ")  # code in a cell: tabs part cells
        if not self._is_shown:
            if len(self.elements.steps) < len(self.above):
                self.elements.read(self.above)
            self._is_shown = not self.elements.shades[-1]
        self._has_text = True
        self._breaks = 0
        self.parts.append(text)
        if self._links:
            self._link_chars += len(text)
            self._link_url = self._link_url or self._links[-1]

    def border(self) -> None:
        """A block element begins or ends; inside what is read as one block it ends a line."""
        if self._whole:
            # blocks within blocks begin at one place: one line break for all of them
            if not self.parts[-1].endswith(("\n", "\t")):
                self.parts.append("\n")
        elif self._has_text:
            self.cut()
        else:
            self.parts.clear()
            self._breaks = 0
            if self._marks.events:
                self._marks.renew()

    def cut(self) -> None:
        """Ends the block being read. White space alone is no block."""
        self._breaks = 0
        raw = "".join(self.parts)
        pieces, marks = self._marks.take(self.parts) if self._marks.events else ((), ())
        self.parts.clear()
        link_chars, self._link_chars = self._link_chars, 0
        link_url, self._link_url = self._link_url, ""
        is_shown, self._is_shown, self._has_text = self._is_shown, False, False
        if not raw or raw.isspace():
            return
        if len(self.elements.steps) < len(self.above):
            self.elements.read(self.above)
        kind, level = self._kind()
        self.blocks.append(
            Block(
                len(self.blocks),
                kind,
                raw,
                tuple(self.elements.steps),
                level,
                kind is Kind.LIST_ITEM and bool(self._lists) and self._lists[-1] == "ol",
                min(link_chars, len(raw)),
                0,
                self._table if kind is Kind.TABLE_ROW else None,
                not is_shown,
                self._image_url if kind is Kind.CAPTION else self._image_before,
                self._quotes[-1] if self._quotes else 0,
                self._items[-1] if self._items else 0,
                (),
                link_url,
                pieces,
                marks,
            )
        )
        self._image_before = None

    def _kind(self) -> tuple[Kind, int]:
        """The kind and level of a block, by the nearest element that tells."""
        if self._is_row:
            return Kind.TABLE_ROW, 0
        kind, level = self._shapes[-1] if self._shapes else (None, 0)
        if kind is Kind.LIST_ITEM:
            return kind, max(1, len(self._lists))
        if kind is not None:
            return kind, level
        # a <title> below the body is text somebody put there, not the page's name
        steps = self.elements.steps
        if self.above and self.above[-1][1] == "title" and any(step.tag == "head" for step in steps):
            return Kind.TITLE, 0
        return (Kind.QUOTE, 0) if self._quotes else (Kind.PARAGRAPH, 0)

    def enter_shape(self, tag: str, _element: etree._Element) -> None:
        self._shapes.append(SHAPES[tag])

    def leave_shape(self) -> None:
        self._shapes.pop()

    def enter_item(self, tag: str, _element: etree._Element) -> None:
        self._shapes.append(SHAPES[tag])
        self._items.append(self.number + 1)

    def leave_item(self) -> None:
        self._shapes.pop()
        self._items.pop()

    def enter_pre(self, tag: str, element: etree._Element) -> None:
        self._shapes.append(SHAPES[tag])
        self.pre += 1
        # a <pre> never closed would else make the rest of the page one block of code
        if not self._whole and next(element.iterdescendants(*NEVER_IN_CODE), None) is None:
            self._whole = len(self.above) + 1

    def leave_pre(self) -> None:
        self._end_whole()
        self._shapes.pop()
        self.pre -= 1

    def enter_quote(self, tag: str, _element: etree._Element) -> None:
        self._shapes.append(SHAPES[tag])
        self._quotes.append(self.number + 1)

    def leave_quote(self) -> None:
        self._shapes.pop()
        self._quotes.pop()

    def enter_list(self, tag: str, _element: etree._Element) -> None:
        self._lists.append(tag)

    def leave_list(self) -> None:
        self._lists.pop()

    def enter_table(self, tag: str, element: etree._Element) -> None:
        self._shapes.append(SHAPES[tag])
        # within a row already read as one block, a table is part of a cell
        if not self._whole and is_data_table(element):
            self._data_tables.append(len(self.above) + 1)
            self._table = self._tables
            self._grid = Grid()
        self._tables += 1

    def leave_table(self) -> None:
        self._shapes.pop()
        if self._data_tables and self._data_tables[-1] == len(self.above):
            self._data_tables.pop()
            self._table = None

    def enter_row(self, _tag: str, _element: etree._Element) -> None:
        if self._data_tables and not self._whole:
            self._whole, self._is_row = len(self.above) + 1, True
            self._grid.begin_row()
        elif self._is_row:
            self._rows_within += 1

    def leave_row(self) -> None:
        if self._end_whole():
            self._is_row = False
            self._grid.end_row()
        elif self._is_row:
            self._rows_within -= 1

    def enter_cell(self, _tag: str, element: etree._Element) -> None:
        if not self._is_row:
            # a table for layout: its cells part text as block elements do
            if self.parts:
                self.border()
            return
        self.parts.append(" " if self._rows_within else "\t" * self._grid.add_cell(element))

    def leave_cell(self) -> None:
        if self.parts and not self._is_row:
            self.border()

    def enter_link(self, tag: str, element: etree._Element) -> None:
        href = element.get("href", "")
        self._links.append(href)
        mark = Mark(tag, href, element.get("rel", ""))
        self._marks.around.append(mark)
        self._marks.events.append((len(self.parts), mark))

    def leave_link(self) -> None:
        self._links.pop()
        self._marks.end(len(self.parts))

    def enter_mark(self, tag: str, _element: etree._Element) -> None:
        mark = BARE_MARKS[tag]
        self._marks.around.append(mark)
        self._marks.events.append((len(self.parts), mark))

    def leave_mark(self) -> None:
        self._marks.end(len(self.parts))

    def _end_whole(self) -> bool:
        """Whether what ends is what was read as one block."""
        if self._whole != len(self.above):
            return False
        if self.parts and self.parts[-1] == "\n":
            self.parts.pop()
        self.cut()
        self._whole = 0
        return True

    def enter_break(self, _tag: str, element: etree._Element) -> None:
        self._breaks += 1
        # old pages write paragraphs as text<br><br>text
        if not self._whole and (self._breaks == 2 or (self._has_text and parts_links(element))):
            self.cut()
        else:
            self.parts.append("\n")

    def enter_picture(self, tag: str, element: etree._Element) -> None:
        url = picture_url(element)
        if url:
            self._image_url = self._image_before = url
            if tag != "source":
                self.enter_medium(tag, element)

    def enter_medium(self, _tag: str, element: etree._Element) -> None:
        if len(self.media) >= MAX_MEDIA:
            return
        position = element, len(self.blocks), tuple([one[:3] for one in self.above])
        around = (self._links or [""])[-1], (self._quotes or [0])[-1], (self._items or [0])[-1]
        self.media.append(tuple.__new__(Medium, (*position, *around)))

    def enter_figure(self, _tag: str, element: etree._Element) -> None:
        # a caption may stand before its picture
        self._image_url = next(
            (url for img in element.iterdescendants("img") if (url := picture_url(img))), None
        )

    def leave_figure(self) -> None:
        self._image_url = None

    def sets_apart(self, tag: str, element: etree._Element) -> bool:
        """Whether the text of an element is no part of the text around it."""
        if tag in SILENT:
            return True
        if next(element.iterchildren("*"), None) is not None or not any(
            step[1] == "ruby" for step in self.above
        ):
            return False
        self.readings.append(element.text or "")
        return True


_Enter = Callable[[_Cutter, str, etree._Element], None]
_Leave = Callable[[_Cutter], None]
_Role = tuple[bool, _Enter | None, _Leave | None]
"""What an element does to the walk: whether it parts blocks, and what happens when it begins and ends."""
_INLINE: Final[_Role] = (False, None, None)
_BORDER: Final[_Role] = (True, None, None)
_ROLES: Final[dict[str, _Role]] = {
    **dict.fromkeys(BLOCK_TAGS, _BORDER),
    **dict.fromkeys(SHAPES, (True, _Cutter.enter_shape, _Cutter.leave_shape)),
    **dict.fromkeys(("td", "th"), (False, _Cutter.enter_cell, _Cutter.leave_cell)),
    **dict.fromkeys(("ul", "ol"), (True, _Cutter.enter_list, _Cutter.leave_list)),
    **dict.fromkeys(("li", "dd", "dt"), (True, _Cutter.enter_item, _Cutter.leave_item)),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), (True, _Cutter.enter_pre, _Cutter.leave_pre)),
    "blockquote": (True, _Cutter.enter_quote, _Cutter.leave_quote),
    "table": (True, _Cutter.enter_table, _Cutter.leave_table),
    "tr": (True, _Cutter.enter_row, _Cutter.leave_row),
    "a": (False, _Cutter.enter_link, _Cutter.leave_link),
    **dict.fromkeys(BARE_MARKS, (False, _Cutter.enter_mark, _Cutter.leave_mark)),
    **dict.fromkeys(("video", "audio", "iframe"), (True, _Cutter.enter_medium, None)),
    "br": (False, _Cutter.enter_break, None),
    **dict.fromkeys(("img", "amp-img", "source"), (False, _Cutter.enter_picture, None)),
    "figure": (True, _Cutter.enter_figure, _Cutter.leave_figure),
}
