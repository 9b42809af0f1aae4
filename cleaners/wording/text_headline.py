"""The headline of flattened text, which declares none; lines of results of matches are none."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from copydesk.cleaners import text_forms
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.word_count import count_words

MAX_SCORE_CHARS: Final = 80
"""Of a line that is looked at: two names of clubs of six words, and figures."""
_SIDE = r"(?:\d\.\s)?[^\W\d_][^\d\n:–—-]*(?:-[^\W\d_][^\d\n:–—-]*)*"  # 1. FC Köln, Paris Saint-Germain
_POINTS = r"\d{1,3}\s?[:–-]\s?\d{1,3}"
_SCORE = re.compile(rf"{_SIDE}\s(?:[–—-]|vs?\.?)\s{_SIDE}[\s,:]\s?{_POINTS}(?:\s?\([^()]*\))?")
# set by hand: longer lines are paragraphs, and a lone word ("Sport") is a section
_MAX_TITLE_CHARS = 220
_MIN_TITLE_WORDS = 2
# of a line that may stand for a longer title; set by hand: shorter ones are kickers
_MIN_REPEATED_LETTERS = 10
# "# Bridge notes", "## Bridge notes ##" (CommonMark, "ATX headings")
_MARKED_HEADING = re.compile(r"^#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_LOOKED_AT = 12  # blocks above the first paragraph among which a headline is
_SURE = 0.6  # learned probability of the first paragraph
# set by hand: a shorter line is prose only as a sentence, for which "Read more." has too few words
_PROSE_CHARS = 120
_SENTENCE_WORDS = 5
LEAST_HEADLINE_OF_PAGE, LEAST_HEADLINE_ALONE = 0.05, 0.4
"""Learned probability from which a line is the headline: of a flattened page, which has one as a rule, and of
an article alone, where 99 of 100 headlines reach it, as do the standfirst or subhead with which texts without
one begin.
"""


def is_score(text: str) -> bool:
    """Whether a line is two sides and then their points: "Ajax - PSV 2-1". With the points between them it
    may be a headline.
    """
    return len(text) <= MAX_SCORE_CHARS and _SCORE.fullmatch(text) is not None


def find_title(
    blocks: Sequence[Block],
    keep: Sequence[float],
    headline: Sequence[float],
    *,
    beside: Set[int],
    least: float,
) -> str:
    """The headline of flattened text, or ``""``; the blocks ``beside``, by number, are none.

    It is the likeliest of the lines just above the first paragraph (``headline``: learned probability of each
    block), if that is at least ``least``; without the site's name where a line has it bare. On 94 pages of
    sites left out this finds 63, the one with the most words 44, and one that is there twice, site's name
    aside, before all others 56.
    """
    first = next((block.index for block in blocks if _is_prose(block, keep)), 0)
    lines = [
        block
        for block in blocks[max(0, first - _LOOKED_AT) : first]
        if _may_be_title(block) and block.index not in beside
    ]
    best = max(lines, key=lambda block: headline[block.index], default=None)
    if best is None or headline[best.index] < least:
        return ""
    whole = text_forms.letters(best.raw)
    # "Ferries stop | Harbour Post", the head's title, is above "Ferries stop"
    bare = (line for line in lines if whole.startswith(text_forms.letters(line.raw)) and _is_long(line))
    return _without_mark(min(bare, key=lambda line: len(line.raw), default=best))


def _without_mark(line: Block) -> str:
    """A line as prose; of a heading of Markdown without the signs that make it one."""
    text = text_forms.prose(line.raw)
    return _MARKED_HEADING.sub(r"\1", text) if line.kind is Kind.HEADING else text


def wrapped_lines(blocks: Sequence[Block]) -> Set[int]:
    """The lines, by number, that the next one follows without a blank line, where blank lines part a text: a headline
    is by itself, the first line of a stanza, a list or a table does not.
    """
    if not any(block.gap for block in blocks[1:]):
        return frozenset()
    return frozenset(block.index - 1 for block in blocks[1:] if not block.gap)


def _is_long(line: Block) -> bool:
    return len(text_forms.letters(line.raw)) > _MIN_REPEATED_LETTERS


def _is_prose(block: Block, keep: Sequence[float]) -> bool:
    """Whether the article's text begins here at the latest: a sentence or a long line that surely belongs to it."""
    if keep[block.index] <= _SURE:
        return False
    is_sentence = ends_sentence(block.text) and count_words(block.text) >= _SENTENCE_WORDS
    return is_sentence or len(block.text) > _PROSE_CHARS


def _may_be_title(block: Block) -> bool:
    if block.kind not in (Kind.PARAGRAPH, Kind.HEADING) or not 4 <= len(block.text) <= _MAX_TITLE_CHARS:
        return False
    is_open = block.text.endswith((",", ":", ";"))
    if is_score(block.text):
        return False
    return not is_open and not ends_in_full_stop(block.text) and count_words(block.text) >= _MIN_TITLE_WORDS
