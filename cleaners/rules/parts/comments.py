"""Comments below an article, of which the learned judgement takes short ones for text: what stands behind a heading of
comments in elements that begin with a writer and a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from copydesk.cleaners.dates.written_dates import around_dates
from copydesk.cleaners.judge.boxes_below import SURE_TEXT, SURE_WORDS
from copydesk.cleaners.metadata.authors import is_signed
from copydesk.cleaners.metadata.person_names import names_nobody
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words

_HEADING_CHARS = 60
_MOST_HEADINGS = 3  # of a page that are tried; buttons are none, but each may look like one
_MOST_BLOCKS = 300  # behind a heading that are read
# before a date, and behind it in a line of its own; set by hand: sentences with a date have more
_MOST_WRITER_WORDS, _MOST_WORDS_BEHIND = 6, 3
_WRITER_BLOCKS = 2  # a name, and a date below it
_BEFORE_COMMENTS = (":", "):", "：", "）：", ") :")  # "Anna Berg (4 March): Nice!"
# kinds of blocks that may hold writer, date and comment
_WHOLE_COMMENTS = frozenset({Kind.TABLE_ROW, Kind.LIST_ITEM})


@rule(
    "comments.dated",
    Label.COMMENT,
    "Below a heading of comments, what follows a writer and a date in its element is what a reader has written.",
    over=KEPT | {Label.BYLINE},
)
def dated_comments(context: RuleContext) -> Mapping[int, str]:
    """The blocks behind a heading of comments in elements that begin with a writer and a date, and those behind such a
    line in an element of its own. Only where text stands above, and no surely kept paragraph follows in the same
    element: the count of comments may stand above a text, or amid a list of events.
    """
    if not context.page.is_html:
        return {}
    blocks = context.page.table.blocks
    for heading in islice(_headings(context), _MOST_HEADINGS):
        elements = list(_elements_behind(heading, context.page.table))
        found, writers = _comments_in(elements, context)
        last = max(found, default=0)
        is_amid_text = any(_is_surely_text(at, context) for inside in elements for at in inside if at > last)
        # behind "3 comments" one such line is rather the byline of the article below
        is_one = "".join(filter(str.isdigit, blocks[heading].raw)) in ("", "1")
        if found and not is_amid_text and (writers > 1 or is_one):
            why = f"begins with a writer and a date, or follows such a line, below {blocks[heading].raw!r}"
            return dict.fromkeys([heading, *found], why)
    return {}


def _headings(context: RuleContext) -> Iterator[int]:
    """The short blocks below a sure paragraph that were taken for a heading of comments, or count them."""
    table, verdicts = context.page.table, context.verdicts
    said = context.page.hits.get("wording.comment-form", {})
    text = next((at for at in context.kept_in_order if _is_surely_text(at, context)), len(verdicts))
    for at in range(text + 1, len(verdicts)):
        counts = at in said and said[at].mode != "contains" and "#" in said[at].phrase
        is_heading = counts or verdicts[at].label is Label.COMMENT_FORM
        if is_heading and table.kinds[at] is not Kind.CONTROL and len(table.raws[at]) <= _HEADING_CHARS:
            yield at


def _is_surely_text(at: int, context: RuleContext) -> bool:
    table = context.page.table
    return (
        at in context.kept_by_now
        and context.judged.keep[at] >= SURE_TEXT
        and table.kinds[at] is not Kind.HEADING
        and count_words(table.raws[at]) >= SURE_WORDS
    )


def _elements_behind(heading: int, table: PageTable) -> Iterator[range]:
    """The blocks behind a heading in the smallest element that holds it and more, by the elements in that one."""
    spans, blocks = table.spans, table.blocks
    steps = enumerate(blocks[heading].path, start=1)
    holding = [(depth, spans[step.number]) for depth, step in steps if heading + 1 in spans[step.number]]
    depth, around = max(holding, default=(0, range(0)))
    at, stop = heading + 1, min(around.stop, heading + _MOST_BLOCKS)
    while at < stop:
        path = blocks[at].path
        end = spans[path[depth].number].stop if len(path) > depth else at + 1
        yield range(at, min(end, stop))
        at = end


def _comments_in(elements: Sequence[Sequence[int]], context: RuleContext) -> tuple[list[int], int]:
    """The blocks of the first elements that are comments, and how many lines name a writer and a date."""
    blocks, kept, language = context.page.table.blocks, context.kept_by_now, context.page.language
    found, passed, writers, is_line_alone = list[int](), list[int](), 0, False
    for inside in elements:
        if any(_begins_comment(blocks[at], language) for at in inside[:_WRITER_BLOCKS]):
            found += [*passed, *inside]
            writers += sum(_begins_comment(blocks[at], language) for at in inside)
            passed, is_line_alone = [], len(inside) == 1
        elif is_line_alone:
            found += inside
            is_line_alone = False
        elif kept.isdisjoint(inside):
            passed += inside
        else:
            break
    return found, writers


def _begins_comment(block: Block, language: str) -> bool:
    """Whether a block's first line is a writer and a date and hardly more, or begins so, in a row, an entry or before
    a colon.
    """
    line = block.text if block.kind in _WHOLE_COMMENTS else block.text.partition("\n")[0]
    if block.kind is Kind.HEADING or not any(map(str.isdigit, line)):
        return False
    before, *behind = around_dates(line, language=language)
    if not behind or len(before.split()) > _MOST_WRITER_WORDS:
        return False
    is_line = len(behind[-1].split()) <= _MOST_WORDS_BEHIND or behind[-1].startswith(_BEFORE_COMMENTS)
    # "Updated: 4 March", "Posted by Anna Berg on 4 March" are the page's
    is_of_page = bool(before.strip()) and (names_nobody(before) or is_signed(line, language))
    return (is_line or block.kind in _WHOLE_COMMENTS) and not is_of_page


CONTEXT = (dated_comments,)
