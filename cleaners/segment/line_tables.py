"""Tables in flattened text: lines whose cells can be separated, by their alignment or where they were glued.

A table copied as text loses its borders: cells are parted by runs of spaces, or by nothing ("Riders a
day9,20017,800"). Glued cells are separated only where each row of a run divides in one way into as many
cells as its first, and one column holds numbers; else all of them stay as they are: a number cut in the
wrong place is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import Block, Kind

# set by hand: two lines that divide alike do so by chance
_MIN_ROWS = 3  # with its head
# of 1,342 labelled rows 12 are longer; longer lines are paragraphs, and
# cost the patterns more
_MAX_ROW_CHARS = 200
# set by hand; also bounds the ways to cut glued numbers that are tried
_MAX_COLUMNS = 12
_MAX_RUN_CHARS = 60  # of glued numbers
_ALIGNED = lazy_pattern(r"(?<=\S)(?: {2,}|\t+)(?=\S)")
# a lower-case letter, a bracket or a digit meets a capital; a letter meets a number; a number a word
# "daysRiders"; "40%Change", "2019Riders"; "day9", "fare$20": each is a border, in this order
_BORDER = lazy_pattern(r"(?<=[a-zà-ÿа-я]{2})(?=[A-ZÀ-ÞА-Я])|(?<=[)%\d])(?=[A-ZÀ-ÞА-Я][a-zà-ÿа-я])|(?<=[a-zà-ÿа-я)]{3})(?=[$€£]?\d)")  # fmt: skip
# "1,250.50", "-3", "$20", and with a unit behind: "40 %", "12 km", "9 €"
_DATUM = lazy_pattern(r"[$€£+-]?\d(?:[\d.,:]*\d)?(?:\s?(?:%|[^\W\d_]{1,3}|[€£$]))?")
# all glued numbers at a line's end: "9,20017,800"
_NUMBERS = lazy_pattern(r"[$€£\d][\d.,:%$€£]*$")
# "17,800" or "1,234.50" with thousands, "20" or "0.5" without (no leading zero), "40%"; "9:45"
_NUMBER = lazy_pattern(
    r"[$€£]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,2})?|(?:0|[1-9]\d*)(?:\.\d{1,2})?)%?|\d{1,2}:\d\d"
)

_Cells = tuple[int, ...]


def with_tables(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with those that are rows of a table as such; their text stays as it is."""
    found = list(blocks)
    table = 0
    for run in _runs(blocks):
        cells = _divided([blocks[at].raw for at in run])
        if cells is None:
            continue
        for at, starts in zip(run, cells, strict=True):
            found[at] = blocks[at].replace(kind=Kind.TABLE_ROW, level=0, table=table, cells=starts)
        table += 1
    return found


def _runs(blocks: Sequence[Block]) -> Iterator[range]:
    """Neighbouring lines that may be rows: short, no sentences, not parted by blank lines."""
    start = 0
    for at in range(len(blocks) + 1):
        is_row = at < len(blocks) and _may_be_row(blocks[at])
        # a blank line ends a table: two tables below each other need not have as many columns
        if is_row and at > start and not blocks[at].gap:
            continue
        if at - start >= _MIN_ROWS:
            yield range(start, at)
        start = at if is_row else at + 1


def _may_be_row(block: Block) -> bool:
    raw = block.raw
    return (
        block.kind is Kind.PARAGRAPH
        and len(raw) <= _MAX_ROW_CHARS
        and (_ALIGNED.search(raw) is not None or _BORDER.search(raw) is not None)
        and not ends_with_terminal(raw)
    )


def _divided(rows: Sequence[str]) -> list[_Cells] | None:
    """Where the cells after the first begin in each row; None where that cannot be determined for each."""
    # alignment first: it shows each border, where glue has to be guessed
    for divide in (_by_alignment, _by_glue):
        first = divide(rows[0], 0)
        if first is None or not 0 < len(first) < _MAX_COLUMNS:
            continue
        others = [divide(row, len(first) + 1) for row in rows[1:]]
        whole = [cells for cells in others if cells is not None]
        # one row that does not divide so rules this way out for all: half a table misleads
        if len(whole) < len(others):
            continue
        if _is_aligned(rows, [first, *whole]) if divide is _by_alignment else _has_numbers(rows[1:], whole):
            return [first, *whole]
    return None


def _is_aligned(rows: Sequence[str], cells: Sequence[_Cells]) -> bool:
    """Whether the cells of each column begin, or end, one below the other: two spaces alone mean nothing."""
    lines = [(row.rstrip(), starts) for row, starts in zip(rows, cells, strict=True)]
    for column in range(len(cells[0])):
        begins = {starts[column] for _, starts in lines}
        ends = {
            len((row[: starts[column + 1]] if column + 1 < len(starts) else row).rstrip())
            for row, starts in lines
        }
        if len(begins) > 1 and len(ends) > 1:
            return False
    return True


def _has_numbers(rows: Sequence[str], cells: Sequence[_Cells]) -> bool:
    """Whether a column holds numbers only: names with a capital inside look like glued cells, too."""
    bounds = [(*starts, len(row.rstrip())) for row, starts in zip(rows, cells, strict=True)]
    return any(
        all(_DATUM.fullmatch(row, at[column], at[column + 1]) for row, at in zip(rows, bounds, strict=True))
        for column in range(len(cells[0]))
    )


def _by_alignment(row: str, columns: int) -> _Cells | None:
    """Cells parted by runs of spaces; ``columns`` 0: as many as there are."""
    starts = tuple(match.end() for match in _ALIGNED.finditer(row))
    return starts if starts and columns in (0, len(starts) + 1) else None


def _by_glue(row: str, columns: int) -> _Cells | None:
    """Cells written together; ``columns`` 0: as many as there are signs of."""
    starts = [match.start() for match in _BORDER.finditer(row)]
    if columns == 0 or len(starts) + 1 == columns:
        return tuple(starts)
    numbers = _NUMBERS.search(row)
    if numbers is None or not starts or numbers.end() - numbers.start() > _MAX_RUN_CHARS:
        return None
    before = [start for start in starts if start <= numbers.start()]
    # numbers have to begin where a border is: else a word's own digits would be cut
    if not before or before[-1] != numbers.start():
        return None
    cut = _cut_numbers(numbers.group(), columns - len(before))
    return tuple(before) + tuple(numbers.start() + at for at in cut) if cut is not None else None


def _cut_numbers(text: str, count: int) -> _Cells | None:
    """Where the second and later of ``count`` numbers begin; None where there is not exactly one way."""

    @cache
    def ways(start: int, left: int) -> tuple[_Cells, ...]:
        if left == 1:
            return ((),) if _NUMBER.fullmatch(text, start) else ()
        found: list[_Cells] = []
        for end in range(start + 1, len(text)):
            if _NUMBER.fullmatch(text, start, end):
                found.extend((end, *later) for later in ways(end, left - 1))
                if len(found) > 1:
                    break  # not one way: no need to know how many
        return tuple(found[:2])

    all_ways = ways(0, count) if 0 < count <= _MAX_COLUMNS else ()
    return all_ways[0] if len(all_ways) == 1 else None
