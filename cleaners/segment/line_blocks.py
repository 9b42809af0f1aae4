"""Flattened plain text to blocks: no tags, so the shapes of lines and the gaps between them must do.

A line is a block, unless the text was wrapped at a fixed width: then the lines of a paragraph are one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from copydesk.cleaners.errors import TooComplex
from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.line_tables import with_tables
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.word_count import UNSPACED

# "• milk" (no space needed), "- milk", "1. milk" or "(2) milk", "a) milk"
_BULLET = lazy_pattern(r"\s*(?:[•▪◦‣●○■□·∙◆◇▶►✓✔➤]\s*|[*–-]\s+|\(?\d{1,2}[.)]\s+|[a-z][)]\s+)(?=\S)")
_NUMBER = lazy_pattern(r"\s*\(?(\d{1,2})[.)]")
_BULLET_ONLY = lazy_pattern(r"^\s*(?:[•▪◦‣●○■*-])\s*$")
_HEADING_MARK = lazy_pattern(r"(#{1,6})\s+\S")
_QUOTE_MARK = lazy_pattern(r">\s?\S")
SHEET_FOOT = lazy_pattern(r"\s*(?:https?|file)://\S+\s+(?:Page\s)?(\d{1,3})(?:/|\sof\s)(\d{1,3})\s*")
"""The address of a page and the number of a sheet: "https://example.org/a    1/2"."""
SHEET_HEAD = lazy_pattern(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+\d{1,2}:\d{2}(?:\s?[AP]M)?\s{2,}\S.*")
"""The day, the time and the title: "3/9/2026, 8:04 AM      Old clock strikes again"."""
_LINE_END = lazy_pattern("\r\n|[\r\f]")
_FENCE = lazy_pattern(r"\s*(```|~~~)")
# of list items, two columns each; set by hand: text pasted far to the right is no deeper list
_MAX_LEVEL = 9
# mail wraps at 72, terminals at 80; set by hand: below 50 verse and menus would be joined
_MIN_WRAP_COLUMNS = 50
# set by hand: with more, short paragraphs of a line each would be taken for wrapped ones
_MAX_WRAP_COLUMNS = 110
# set by hand: with fewer, lines full by chance would join a list
_MIN_FULL_LINES = 4
FULL_SHARE = 0.7
"""Of the longer lines of a wrapped text: the last of a paragraph may be followed by the next one."""
# set by hand, for memory alone: wrapped paragraphs and gaps make several lines a block
_MOST_LINES_A_BLOCK = 20


def segment_lines(text: str, options: Options) -> tuple[Block, ...]:
    """The text's blocks in order; joined, their letters are those of ``text``.

    Raises TooComplex where they are more than ``options`` allow.
    """
    # Windows and old Macintosh ends of lines; else "\r" would stand in each block's text. A form feed parts the sheets
    # of what was printed
    text = _LINE_END.sub("\n", text)
    if text.count("\n") > _MOST_LINES_A_BLOCK * options.max_blocks:  # before memory is spent on lines
        raise TooComplex(f"the text has more than {_MOST_LINES_A_BLOCK * options.max_blocks:,} lines")
    lines = text.split("\n")
    # between texts tabs are borders of cells, and before code its indentation; else they are a margin
    if not any("\t" in line.strip() or _FENCE.match(line) for line in lines):
        lines = [line.strip("\t") for line in lines]
    width = _wrap_width(lines)
    blocks: list[Block] = []
    for gap, raw, is_code in _runs(lines, width):
        if len(blocks) == options.max_blocks:
            raise TooComplex(f"the text has more than {options.max_blocks:,} blocks")
        kind, level = (Kind.CODE, 0) if is_code else _kind(raw)
        # "1. milk" has its digit first, "(2) milk" second
        number = _NUMBER.match(raw) if kind is Kind.LIST_ITEM else None
        ordinal = max(1, int(number[1])) if number else 0
        blocks.append(Block(index=len(blocks), kind=kind, raw=raw, level=level, ordinal=ordinal, gap=gap))
    return tuple(with_tables(blocks))


def _runs(lines: Sequence[str], width: int | None) -> Iterator[tuple[int, str, bool]]:
    """(blank lines before, text, is it fenced code) of each block."""
    gap = run_gap = 0
    run: list[str] = []
    fences = _fences(lines)
    code_end = -1
    for at, line in enumerate(lines):
        if at <= code_end:
            continue
        # a fence ends the paragraph above it even where there is no blank line between
        if run and (at in fences or not _continues(run[-1], line, width)):
            yield run_gap, _unwrapped(run), False
            run = []
        if at in fences:
            code_end = fences[at]
            yield gap, "\n".join(lines[at : code_end + 1]), True
            gap = 0
            continue
        if not line.strip():
            gap += 1
            continue
        if not run:
            run_gap, gap = gap, 0
        run.append(line)
    if run:
        yield run_gap, _unwrapped(run), False


def _fences(lines: Sequence[str]) -> dict[int, int]:
    """Numbers of the lines that open fenced code, and of those that close it. One never closed is no fence:
    such a line also parts sections, and all that follows would be code.
    """
    found: dict[int, int] = {}
    opened: tuple[int, str] | None = None
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark is None:
            continue
        if opened is None:
            opened = at, mark.group(1)
        # ~~~ within ``` is code: a fence is closed by its own mark (CommonMark 0.31, 4.5)
        elif opened[1] == mark.group(1):
            found[opened[0]] = at
            opened = None
    return found


def _wrap_width(lines: Sequence[str]) -> int | None:
    """The column at which a text was wrapped, or None where each line is a paragraph of its own.

    Wrapped text has no long line, and most of its longer lines end where the next word found no place. Menus above
    and comments below, whose lines are short, say nothing of it.
    """
    lines = [line for line in lines if not is_of_sheet(line)]
    longest = max(map(len, lines), default=0)
    if not _MIN_WRAP_COLUMNS <= longest <= _MAX_WRAP_COLUMNS:
        return None
    longer = [
        len(line) + len(first_unbroken(after))
        for line, after in itertools.pairwise(lines)
        # a line shorter than half is the end of a paragraph, or a menu's; and an entry of a list goes on no line
        if len(line) > longest / 2 and after.strip() and not _BULLET.match(after)
    ]
    full = sum(length > longest for length in longer)
    return longest if full >= _MIN_FULL_LINES and full > FULL_SHARE * len(longer) else None


def _continues(before: str, line: str, width: int | None) -> bool:
    if width is None or not line.strip() or _BULLET.match(line) or is_of_sheet(before) or is_of_sheet(line):
        return False
    # set by hand: the longest line tells the width roughly; at less, a paragraph's last line joins the next
    return len(before) + len(first_unbroken(line)) > width * 0.93


def is_of_sheet(line: str) -> bool:
    """Whether a line may be what a browser prints at the head or the foot of each sheet."""
    return SHEET_FOOT.fullmatch(line) is not None or SHEET_HEAD.fullmatch(line) is not None


def first_unbroken(line: str) -> str:
    """What the line before must have had no place for if the text is wrapped: the first word of this one and the space
    before it, or its first letter where the script has no spaces.
    """
    word = next(iter(line.split(None, 1)), "")
    return word[0] if UNSPACED.match(word) else f" {word}"


def _unwrapped(run: Sequence[str]) -> str:
    """The lines of a paragraph as one, with spaces between them where the script has spaces."""
    text = run[0]
    for line in run[1:]:
        is_spaced = not (UNSPACED.match(line) or UNSPACED.match(text[-1:]))
        text += f" {line}" if is_spaced else line
    return text


def _indent(raw: str) -> int:
    """Columns before the first sign; a tab counts four."""
    return sum(4 if char == "\t" else 1 for char in raw[: len(raw) - len(raw.lstrip())])


def _kind(raw: str) -> tuple[Kind, int]:
    heading = _HEADING_MARK.match(raw)
    if heading:
        return Kind.HEADING, len(heading.group(1))
    if _QUOTE_MARK.match(raw):
        return Kind.QUOTE, 0
    if _BULLET.match(raw) and not _BULLET_ONLY.match(raw):
        return Kind.LIST_ITEM, min(_MAX_LEVEL, 1 + _indent(raw) // 2)
    # a tab within a line parts cells: tables copied from a browser have one between two cells
    if "\t" in raw.strip():
        return Kind.TABLE_ROW, 0
    return Kind.PARAGRAPH, 0
