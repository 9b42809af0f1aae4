"""Rows of tables whose cells were glued together when a page was flattened."""

from __future__ import annotations

import re

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block
from copydesk.cleaners.word_count import count_words

# where cells were glued a lower-case letter, digit or bracket meets a capital, or a letter meets a number
_GLUE = re.compile(
    # in this order: "TeamPoints"; "Ashford34"; "(W)Ashford", "12 %Turnout"; "34Ashford"
    r"[^\W\d_A-ZÀ-Þ][A-ZÀ-ÞА-Я][^\W\d_A-ZÀ-Þ]|[a-zà-ÿа-я]{3}\d|[)%]\s?[A-ZÀ-ÞА-Я]\w|\d[A-ZÀ-ÞА-Я][a-zà-ÿа-я]{2}"
)
# set by hand: one or two such lines may be names written so, "YouTube"; larger loses small tables
_MIN_GLUED_ROWS = 3
# set by hand: fewer words may be the table's last cell or the source below it
_MIN_HEADLINE_WORDS = 4
MIN_ROW_KEEP = 0.2  # below, the rows are those of a menu
# of 1,342 labelled rows 12 are longer (`python -m benchmarks.lengths table=200`); larger would take paragraphs without
# a full stop that hold one such name for rows
_MAX_ROW_CHARS = 200
# of a caption left beside advertising (`shape.stray-caption`); set by hand: larger takes lines of text
MAX_STRAY_WORDS = 8


def _is_glued(block: Block) -> bool:
    return _is_glued_text(block.text)


@lru_cache_short_text(maxsize=1024)
def _is_glued_text(text: str) -> bool:
    return len(text) <= _MAX_ROW_CHARS and not ends_sentence(text) and _GLUE.search(text) is not None


def glued_run(page: PageFacts, index: int) -> range | None:
    """The run of glued table rows block ``index`` is in: neighbouring lines, none a sentence, each glued."""
    return None if page.is_html else page.memoized(_glued_runs).get(index)


def _glued_runs(page: PageFacts) -> dict[int, range]:
    """Of each block in a run of at least ``_MIN_GLUED_ROWS`` glued rows, the run."""
    runs: dict[int, range] = {}
    start = 0
    # one past the end closes the run that reaches it
    for at in range(len(page.blocks) + 1):
        block = page.blocks[at] if at < len(page.blocks) else None
        is_row = block is not None and _is_glued(block)
        if block is None or not is_row or block.gap:
            if at - start >= _MIN_GLUED_ROWS:
                runs |= dict.fromkeys(range(start, at), range(start, at))
            # a row after a blank line begins a run, since a blank line parts tables
            start = at if is_row else at + 1
    return runs


def find_glued_row(block: Block, context: RuleContext) -> str | None:
    """Which run of glued rows a block is in."""
    run = glued_run(context.page, block.index)
    return f"row of {len(run)} neighbouring lines with glued cells" if run else None


def find_stray_after_table(block: Block, context: RuleContext) -> str | None:
    """A short line right below such a run: a headline that was glued to its last row."""
    if (
        context.page.is_html
        or context.judged.is_article_alone
        or not block.index
        or block.gap
        or ends_sentence(block.text)
    ):
        return None
    # a glued line of its own belongs to the table; only the first line below the run is meant
    if glued_run(context.page, block.index) or not glued_run(context.page, block.index - 1):
        return None
    return (
        "a headline glued to a table's last row" if count_words(block.text) >= _MIN_HEADLINE_WORDS else None
    )
