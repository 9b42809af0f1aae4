"""Tables of data: which they are, and in which column a cell stands."""

from __future__ import annotations

from lxml import etree
from msgspec import Struct, field

_MAX_SPAN = 50  # columns or rows a cell takes, and columns that cells reach into
_DATA_CELL_CHARS = 300  # longer cells hold an article, not a datum


class Grid(Struct):
    """The columns of one table, row by row: cells that span push others aside."""

    _column: int = 0  # of the next cell
    _written: int = 0  # column of the last cell
    _reaching: dict[int, int] = field(default_factory=dict)  # column: rows to come into which a cell reaches

    def begin_row(self) -> None:
        """The next cell is the first of its row."""
        self._column = self._written = 0

    def add_cell(self, cell: etree._Element) -> int:
        """How many columns the cell stands after the one before it; of the first, how many are taken before it."""
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
    said = cell.get(name) or ""
    return (
        min(int(said), _MAX_SPAN)
        if len(said) < 4 and said.isdecimal() and said.isascii() and said != "0"
        else 1
    )


def is_data_table(table: etree._Element) -> bool:
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
