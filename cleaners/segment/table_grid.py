"""Tables of data: which they are, and in which column a cell is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice

from lxml import etree
from msgspec import Struct, field

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.word_count import count_words

_MAX_SPAN = 50  # columns or rows a cell takes, and columns that cells reach into
_BARE_CELL_CHARS = 300  # longer cells of a table without heads hold an article, not a datum
_HEADED_CELL_CHARS = (
    2_000  # in 1,754 real pages 68 tables with heads hold lists, tables or up to 1,531 characters a cell
)
# of lists in tables without heads: 0.4 and more in three strips of a site, none in a table of tasks
_MAX_LINKED = 0.3
_MAX_TABLES_INSIDE = 10  # at most 4 in the same pages; a bound also for what tables nested in each other cost
_MAX_LINKED_CELLS = 0.9  # of cells that are no lists: tables of data have words besides; set by hand
_MIN_HEADLINE_WORDS = 3  # set by hand: names of towns are links of one word or two
_LETTER, _BULLET = lazy_pattern(r"[^\W\d_]"), lazy_pattern(r"[•▪◦‣●○■□·∙◆◇▶►➤*»›>–-]+")
_PARTS_OF_PAGES = ("h1", "article", "form")
_PARTS_OF_LAYOUT = (*_PARTS_OF_PAGES, "table", "h2", "figure", "blockquote", "pre")


class Grid(Struct):
    """The columns of one table, row by row: cells that span push others aside."""

    _column: int = 0  # of the next cell
    _written: int = 0  # column of the last cell
    _reaching: dict[int, int] = field(default_factory=dict)  # column: rows to come into which a cell reaches

    def begin_row(self) -> None:
        """The next cell is the first of its row."""
        self._column = self._written = 0

    def add_cell(self, cell: etree._Element) -> int:
        """How many columns the cell is after the one before it; of the first, how many are taken before it."""
        while self._column in self._reaching:
            self._count_down(self._column)
            self._column += 1
        steps, self._written = self._column - self._written, self._column
        rows = _span(cell, "rowspan")
        for column in range(self._column, min(self._column + _span(cell, "colspan"), _MAX_SPAN)):
            if rows > 1:
                self._reaching[column] = rows - 1
            self._column = column
        self._column += 1
        return steps

    def end_row(self) -> None:
        """Cells from above reach into the rest of the row."""
        for column in [column for column in self._reaching if column >= self._column]:
            self._count_down(column)

    def _count_down(self, column: int) -> None:
        self._reaching[column] -= 1
        if not self._reaching[column]:
            del self._reaching[column]


def _span(cell: etree._Element, name: str) -> int:
    """How many columns or rows a cell takes."""
    value = cell.get(name) or ""
    return (
        min(int(value), _MAX_SPAN)
        if len(value) < 4 and value.isdecimal() and value.isascii() and value != "0"
        else 1
    )


class TableUse(StrEnum):
    """What a table is there for."""

    DATA = "data"
    """Its rows are data: two columns, two rows."""
    BOXES = "boxes"
    """It lays out the page, or cards of other pages."""
    PLAIN = "plain"
    """Anything else: a column of facts in an article, a heading with a frame."""


def use_of(table: etree._Element) -> TableUse:
    """What a table is there for.

    A table with heads or a caption may hold anything but parts of a page; one without holds short cells, side by side,
    that are neither menus nor the cards of other pages.
    """
    if table.get("role") in ("presentation", "none"):
        return TableUse.BOXES
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in _rows(table)]
    is_headed = any(child.tag in ("caption", "thead") for child in table) or any(
        cell.tag == "th" for row in rows for cell in row
    )
    is_grid = len(rows) > 1 and max(map(len, rows)) > 1
    most = _HEADED_CELL_CHARS if is_headed else _BARE_CELL_CHARS
    if (
        next(islice(table.iterdescendants("table"), _MAX_TABLES_INSIDE, None), None) is not None
        or next(table.iterdescendants(*(_PARTS_OF_PAGES if is_headed else _PARTS_OF_LAYOUT)), None)
        is not None
        or any(_chars(cell) > most for row in rows for cell in row)
        or (not is_headed and (_is_menu(table) or _is_of_cards(rows)))
    ):
        return TableUse.BOXES
    return TableUse.DATA if is_grid else TableUse.PLAIN


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table, without those of tables inside it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _is_menu(table: etree._Element) -> bool:
    """Whether a table is made of links: with lists in it a third of its text is enough."""
    has_lists = next(table.iterdescendants("ul", "ol"), None) is not None
    share = _MAX_LINKED if has_lists else _MAX_LINKED_CELLS
    return sum(map(_chars, table.iterdescendants("a"))) > share * _chars(table)


def _is_of_cards(rows: Sequence[Sequence[etree._Element]]) -> bool:
    """Whether most cells with letters in them begin with the headline of another page, and beside each there are
    bullets, pictures and space alone; or a sentence below it in each.
    """
    texts = [[(cell, text) for cell in row if (text := _text(cell))] for row in rows]
    cells = [(cell, text) for row in texts for cell, text in row if _LETTER.search(text)]
    headlines = [text for cell, text in cells if _begins_with_headline(cell, text)]
    if len(headlines) <= len(cells) / 2:
        return False
    is_alone = all(len([text for _, text in row if not _BULLET.fullmatch(text)]) < 2 for row in texts)
    return is_alone or len([*filter(ends_sentence, headlines)]) > len(cells) / 2


def _begins_with_headline(cell: etree._Element, text: str) -> bool:
    # a link around a picture alone says nothing
    link = next(filter(None, map(_text, cell.iterdescendants("a"))), "")
    return count_words(link) >= _MIN_HEADLINE_WORDS and text.startswith(link)


def _text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _chars(element: etree._Element) -> int:
    """How much text there is, white space between elements aside."""
    return sum(len(text.strip()) for text in element.itertext())
