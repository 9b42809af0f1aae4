"""Runs of lines of flattened text that are another part of the page: teasers above the headline, and comments below
the text. What had elements of its own is told by the same pattern, repeated line after line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from msgspec import Struct

from copydesk.cleaners.dates.written_dates import parse_date
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import Block
from copydesk.cleaners.word_count import count_words

# "Mill owner finedA court on Monday fined …": a headline of some words, then a capital within a word
_GLUED = lazy_pattern(r"(?:[^\s.!?]+\s){1,10}[^\s.!?]*[^\W\d_A-ZÀ-ÞА-Я][A-ZÀ-ÞА-ЯΑ-Ω][^\W\d_]*\s")
_MIN_TEASERS = 2
_LINES_OF_HEAD = 4  # headline, standfirst, author and date, at most
_MAX_HEAD_WORDS = 20
_FIGURES = lazy_pattern(r"\d+")
_MIN_COMMENTS = 3
_MIN_PERIOD, _MAX_PERIOD = 3, 5  # lines of a comment; of two, a list of days and what happened has as many
_MAX_COUNT_CHARS, _MAX_COUNT_WORDS = 60, 8  # "31 votes (up | down)"
_MAX_NAME_WORDS = 3


class TeasersAbove(Struct, frozen=True):
    """``glued``: the lines that are a headline and its opening in one; ``headline``: that of the page, below them."""

    glued: tuple[int, ...]
    headline: int


class CommentRun(Struct, frozen=True):
    """``lines``: those of all comments and what heads them; ``counts``: in each the line of figures; ``period``: how
    many lines one has.
    """

    lines: range
    counts: tuple[int, ...]
    period: int


def teasers_above(page: PageFacts) -> TeasersAbove | None:
    """Sentences glued to their headlines, above a headline that has a date; of pages with tags None. To be memoized."""
    blocks = page.blocks
    glued = () if page.is_html else tuple(block.index for block in blocks if _is_glued(block))
    for last, above in enumerate(glued[_MIN_TEASERS - 1 :], start=_MIN_TEASERS):
        head = [*takewhile(_is_head, blocks[above + 1 : above + 1 + _LINES_OF_HEAD])]
        if len(head) > 1 and any(parse_date(line.text, language=page.language) for line in head[1:]):
            return TeasersAbove(glued[:last], head[0].index)
    return None


def _is_glued(block: Block) -> bool:
    return ends_with_terminal(block.text) and _GLUED.match(block.text) is not None


def _is_head(block: Block) -> bool:
    return count_words(block.raw) <= _MAX_HEAD_WORDS and not ends_with_terminal(block.text)


def comment_run(page: PageFacts) -> CommentRun | None:
    """As many lines each, one of them alike but for its figures, one a name and one a sentence, and the line above
    that heads them; of pages with tags None. To be memoized.
    """
    for counts, period in _counted(() if page.is_html else page.blocks):
        lines = _lines_of(page.blocks, counts, period)
        if lines is not None and lines.start:
            is_headed = count_words(page.blocks[lines.start - 1].raw) <= _MAX_COUNT_WORDS
            return CommentRun(range(lines.start - is_headed, lines.stop), counts, period)
    return None


def _counted(blocks: Sequence[Block]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Lines that are alike but for their figures, each as many lines below the last, and how many these are."""
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for block in blocks:
        text = block.text
        if len(text) <= _MAX_COUNT_CHARS and _FIGURES.search(text) and count_words(text) <= _MAX_COUNT_WORDS:
            alike[_FIGURES.sub("#", text)].append(block.index)
    for counts in alike.values():
        period = counts[1] - counts[0] if len(counts) >= _MIN_COMMENTS else 0
        if (
            _MIN_PERIOD <= period <= _MAX_PERIOD
            and all(below - above == period for above, below in pairwise(counts))
            and not _are_numbered([blocks[at].text for at in counts])
        ):
            yield tuple(counts), period


def _are_numbered(texts: Sequence[str]) -> bool:
    """Whether lines count up ("Picture 2 of 9"), or are dates."""
    figures = [int(_FIGURES.search(text)[0][:_MAX_COUNT_CHARS]) for text in texts]  # type: ignore[index]  # each has one
    return parse_date(texts[0]) is not None or all(below - above == 1 for above, below in pairwise(figures))


def _lines_of(blocks: Sequence[Block], counts: Sequence[int], period: int) -> range | None:
    """The lines of the comments that have these counts; None where no line of them is a name, or none a sentence."""
    steps = range(1, period)
    told = {step: all(ends_with_terminal(blocks[at + step].text) for at in counts[:-1]) for step in steps}
    is_named = any(all(_is_name(blocks[at + step]) for at in counts[:-1]) for step in steps)
    if not is_named or not any(told.values()):
        return None
    last = counts[-1]
    # below the last count as much as is written like what is below the others, up to a sentence: the rest of a comment
    # stands above its count
    alike = takewhile(
        lambda step: last + step < len(blocks) and ends_with_terminal(blocks[last + step].text) == told[step],
        steps,
    )
    below = max((step for step in alike if told[step]), default=0)
    return range(max(0, counts[0] - (period - 1 - below)), last + below + 1)


def _is_name(block: Block) -> bool:
    return count_words(block.raw) <= _MAX_NAME_WORDS and not ends_with_terminal(block.text)
