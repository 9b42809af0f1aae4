"""The numbers that stand beside the lines of code."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Kind, Label

_MIN_LINES = 2
_MOST_APART = 2  # lines that the code may be longer or shorter, empty ones at its ends


@rule("shape.line-numbers", Label.OTHER, "The numbers of the lines of code beside it are no part of it.")
def line_numbers(context: RuleContext) -> Mapping[int, str]:
    """Blocks of code that only count, right before one of as many lines."""
    table = context.page.table
    found: dict[int, str] = {}
    for at, kind in enumerate(table.kinds[:-1]):
        lines = table.raws[at].split() if kind is Kind.CODE and table.kinds[at + 1] is Kind.CODE else []
        if len(lines) < _MIN_LINES or not all(line.isdecimal() and len(line) < 6 for line in lines):
            continue
        first = int(lines[0])
        behind = table.raws[at + 1].strip("\n").count("\n") + 1
        counts = list(map(int, lines)) == list(range(first, first + len(lines)))
        if counts and abs(behind - len(lines)) <= _MOST_APART:
            found[at] = f"{lines[0]} to {lines[-1]}, before code of {behind} lines"
    return found


ALONE = (line_numbers,)
