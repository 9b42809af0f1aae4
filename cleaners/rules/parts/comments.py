"""Comments below an article, of which the learned judgement takes short ones for text: the elements behind a heading of
comments, as long as each holds a line with a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from copydesk.cleaners.dates.written_dates import around_dates
from copydesk.cleaners.judge.boxes_below import SURE_TEXT, SURE_WORDS
from copydesk.cleaners.metadata.person_names import names_nobody
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, Block, Label
from copydesk.cleaners.word_count import count_words

_HEADING_CHARS = 60
# before the date who writes, behind it hardly a word; set by hand: sentences with a date have more words
_MOST_WRITER_WORDS = 6
_WRITER_BLOCKS = 2  # a name, and a date below it
_MOST_BLOCKS = 1_000  # behind a heading that are read


@rule(
    "comments.dated",
    Label.COMMENT,
    "Below a heading of comments, what stands in elements with a writer and a date each is what readers have written.",
    over=KEPT | {Label.BYLINE},
)
def dated_comments(context: RuleContext) -> Mapping[int, str]:
    """The blocks of the elements right behind a heading of comments that hold such a line each, and of the elements
    between them; below a sure paragraph alone, because a count of comments may stand above the text.
    """
    table, keep, verdicts = context.page.table, context.judged.keep, context.verdicts
    said = context.page.hits.get("wording.comment-form", {})
    if not context.page.is_html or not (said or Label.COMMENT_FORM in context.labels):
        return {}
    text = next(
        (at for at in context.kept_in_order if keep[at] >= SURE_TEXT and _is_long(table.raws[at])),
        len(verdicts),
    )
    headings = [
        at
        for at in range(text + 1, len(verdicts))
        if verdicts[at].label is Label.COMMENT_FORM or (at in said and said[at].mode == "whole")
        if len(table.raws[at]) <= _HEADING_CHARS
    ]
    found: dict[int, str] = {}
    for heading in headings:
        behind = [] if heading in found else _dated_behind(heading, context)
        why = f"in an element with a writer and a date, below {table.raws[heading]!r}"
        found |= dict.fromkeys([heading, *behind] if behind else [], why)
    return found


def _is_long(raw: str) -> bool:
    return count_words(raw) >= SURE_WORDS


def _dated_behind(heading: int, context: RuleContext) -> list[int]:
    """The blocks behind a heading, up to the last in an element with a writer and a date. Where such a line has an
    element of its own, what is written is in the next one.
    """
    blocks, kept, language = context.page.table.blocks, context.kept_by_now, context.page.language
    found, passed, is_writer_alone = list[int](), list[int](), False
    for inside in _elements_behind(heading, blocks):
        if any(_has_writer(blocks[at].text, language) for at in inside[:_WRITER_BLOCKS]):
            found += [*passed, *inside]
            passed, is_writer_alone = [], len(inside) == 1
        elif is_writer_alone:
            found += inside
            is_writer_alone = False
        elif kept.isdisjoint(inside):
            passed += inside
        else:
            break
    return found


def _elements_behind(heading: int, blocks: Sequence[Block]) -> Iterator[list[int]]:
    """The blocks behind a heading in the smallest element that holds it and more, by the elements in that one."""
    if heading + 1 >= len(blocks):
        return
    own = {step.number for step in blocks[heading].path}
    depth = sum(step.number in own for step in blocks[heading + 1].path)
    above = blocks[heading].path[depth - 1].number
    behind = range(heading + 1, min(len(blocks), heading + _MOST_BLOCKS))
    for number, inside in groupby(behind, lambda at: _branch(blocks[at], above, depth)):
        if number is None:
            return
        yield [*inside]


def _branch(block: Block, above: int, depth: int) -> int | None:
    """The number of the element that holds a block, within the one ``above`` it; None outside of that."""
    path = block.path
    if len(path) < depth or path[depth - 1].number != above:
        return None
    return path[depth].number if len(path) > depth else above


def _has_writer(text: str, language: str) -> bool:
    """Whether a text begins with a few words and a date, as a comment does, and not "Updated:"."""
    before, *behind = around_dates(text, language=language)
    words = before.split()
    return bool(behind) and len(words) <= _MOST_WRITER_WORDS and not (words and names_nobody(before))


CONTEXT = (dated_comments,)
