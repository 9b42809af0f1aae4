"""The numbers that stand beside the lines of code."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Label

# as highlighters call them: Rouge, Hexo, SyntaxHighlighter; Pygments, Rouge; Prism; Crayon; highlight.js
_NAMES = ("gutter", "lineno", "line-number", "crayon-num", "hljs-ln")
_NAME = lazy_pattern(
    r"(?<![a-z])(?:gutter|lineno|linenos|linenodiv|line-numbers?|crayon-nums?|hljs-ln-numbers?)(?![a-z])"
)


@rule("shape.line-numbers", Label.OTHER, "The numbers of the lines of code beside it are no part of it.")
def line_numbers(context: RuleContext) -> Mapping[int, str]:
    """The blocks of an element that is named so and only counts."""
    table = context.page.table
    found: dict[int, str] = {}
    for element in table.elements_where(_is_gutter, _NAMES):
        lines = [line.strip() for at in table.spans[element] for line in table.raws[at].split("\n")]
        numbers = [int(line) for line in lines if line.isdecimal() and line.isascii() and len(line) < 7]
        if len(numbers) == len(lines) and all(behind == one + 1 for one, behind in pairwise(numbers)):
            found |= dict.fromkeys(table.spans[element], f"{lines[0]} to {lines[-1]} in an element named so")
    return found


def _is_gutter(words: str, _tag: str) -> bool:
    return _NAME.search(words) is not None


ALONE = (line_numbers,)
