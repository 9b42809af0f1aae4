"""Finds the headline of flattened text, and lines with results of matches."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache
from itertools import pairwise
from typing import Final

from copydesk.cleaners import text_forms
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import fold, languages, lexicon
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.word_count import count_words

MAX_SCORE_CHARS: Final = 80
"""Characters of a line with a result: two teams of six words and figures."""
_TEAM = r"(?:\d\.\s)?[^\W\d_][^\d\n:–—-]*(?:-[^\W\d_][^\d\n:–—-]*)*"  # 1. FC Köln, Paris Saint-Germain
_RESULT = r"\d{1,3}\s?[:–-]\s?\d{1,3}"
_SCORE = lazy_pattern(rf"{_TEAM}\s(?:[–—-]|vs?\.?)\s{_TEAM}[\s,:]\s?{_RESULT}(?:\s?\([^()]*\))?")
# set by hand: longer lines are paragraphs, and a single word ("Sport") is a section
_MAX_TITLE_CHARS = 220
_MIN_TITLE_WORDS = 2
# of a line that replaces a longer title; set by hand: shorter ones are kickers
_MIN_REPEATED_LETTERS = 10
_SENTENCE_SIGN = lazy_pattern(r"[,;:.!?，、；：。！？—–\"“”„«»]")
_MAX_ENTRY_WORDS = 3
_MIN_MENU_WORDS = 4  # set by hand: of fewer words a line is as often a headline
# "# Bridge notes", "## Bridge notes ##" (CommonMark, "ATX headings")
_MARKED_HEADING = lazy_pattern(r"^#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_MAX_BLOCKS_ABOVE = 12  # the first paragraph, among which the headline is
_MIN_PROSE_KEEP = 0.6  # probability of the first paragraph
# set by hand: a shorter line is prose only if it is a sentence, and "Read more." has too few words for one
_MIN_PROSE_CHARS = 120
_MIN_SENTENCE_WORDS = 5
MIN_HEADLINE_ON_PAGE, MIN_HEADLINE_ALONE = 0.05, 0.4
"""Probability from which a line is the headline. A flattened page usually has one. In an article alone, 99 of 100
headlines reach the threshold, and so do standfirsts and subheadings at the beginning of texts without a headline.
"""


def is_score(text: str) -> bool:
    """Whether a line is two teams and a result: "Ajax - PSV 2-1". "Ajax 2-1 PSV" may be a headline."""
    return len(text) <= MAX_SCORE_CHARS and _SCORE.fullmatch(text) is not None


def find_title(
    blocks: Sequence[Block],
    keep: Sequence[float],
    headline: Sequence[float],
    *,
    excluded: Set[int],
    threshold: float,
) -> str:
    """The headline of flattened text, or ``""``.

    It is the line above the first paragraph with the highest probability of being a headline (``headline``, for each
    block), if that reaches ``threshold``. If another line has the headline without the site's name, it is preferred.
    ``excluded``: numbers of blocks that are not the headline.

    On 94 pages of unseen sites, this finds 63 headlines; the line with the most words is right on 44 pages, and a line
    that occurs twice (without the site's name) on 56.
    """
    first = next((block.index for block in blocks if _is_prose(block, keep)), 0)
    lines = [
        block
        for block in blocks[max(0, first - _MAX_BLOCKS_ABOVE) : first]
        if _may_be_title(block) and block.index not in excluded
    ]
    best = max(lines, key=lambda block: headline[block.index], default=None)
    if best is None or headline[best.index] < threshold:
        return ""
    whole = text_forms.letters(best.raw)
    # "Ferries stop | Harbour Post", the title of the head, is above "Ferries stop"
    letters = {line.index: text_forms.letters(line.raw) for line in lines}
    shorter = (
        line
        for line in lines
        if whole.startswith(letters[line.index]) and len(letters[line.index]) > _MIN_REPEATED_LETTERS
    )
    chosen = min(shorter, key=lambda line: len(line.raw), default=best)
    text = text_forms.prose(chosen.raw)
    return _MARKED_HEADING.sub(r"\1", text) if chosen.kind is Kind.HEADING else text


def wrapped_lines(blocks: Sequence[Block]) -> Set[int]:
    """The numbers of lines without a blank line after them, in a text that has blank lines: a headline has one, the
    first line of a stanza, list or table has not.
    """
    if not any(block.gap for block in blocks[1:]):
        return frozenset()
    return frozenset(block.index - 1 for block in blocks[1:] if not block.gap)


def headline_probabilities(
    blocks: Sequence[Block], learned: Sequence[float], language: str
) -> Sequence[float]:
    """For each block the probability that it is the headline. What looks like one to the network and is a menu in one
    line ("Home News Sport Sign in") or the mark of a press release ("FOR IMMEDIATE RELEASE") has none, and the line
    below has as much as it had.
    """
    known = {primary(language), "en"}.intersection(languages())
    likely = list(learned)
    for block, below in pairwise(blocks):
        if (
            likely[block.index] >= MIN_HEADLINE_ON_PAGE
            and len(block.text) <= _MAX_TITLE_CHARS
            and any(_above_headline(code).matches(block.text) for code in known)
        ):
            likely[below.index] = max(likely[block.index], likely[below.index])
            likely[block.index] = 0.0
    return likely


class _AboveHeadline:
    """The words by which such lines are told in a language."""

    def __init__(self, code: str) -> None:
        phrases, self._function_words = lexicon(code).phrases, lexicon(code).function_words
        self._entries = frozenset(map(fold, phrases.get("wording.nav", {}).get("whole", ())))
        self._marks = frozenset(map(fold, phrases.get("cue.press-release", {}).get("contains", ())))

    def matches(self, text: str) -> bool:
        """Most words of a menu are entries that all sites have ("Home", "Sign in"), the first of them; the others are
        sections, without a sign or a function word. "Home Secretary hits back" is a headline.
        """
        words = fold(text).split()
        if " ".join(words) in self._marks:
            return True
        if len(words) < _MIN_MENU_WORDS or _SENTENCE_SIGN.search(text):
            return False
        at = covered = 0
        while at < len(words):
            sizes = range(min(_MAX_ENTRY_WORDS, len(words) - at), 0, -1)
            length = next((size for size in sizes if " ".join(words[at : at + size]) in self._entries), 0)
            if not length and (not at or words[at] in self._function_words):
                return False
            at, covered = at + (length or 1), covered + length
        return 2 * covered > len(words)


@cache
def _above_headline(code: str) -> _AboveHeadline:
    return _AboveHeadline(code)


def _is_prose(block: Block, keep: Sequence[float]) -> bool:
    """Whether a block is surely a sentence or a long line of the article, so that the headline is above it."""
    if keep[block.index] <= _MIN_PROSE_KEEP:
        return False
    is_sentence = ends_sentence(block.text) and count_words(block.text) >= _MIN_SENTENCE_WORDS
    return is_sentence or len(block.text) > _MIN_PROSE_CHARS


def _may_be_title(block: Block) -> bool:
    if block.kind not in (Kind.PARAGRAPH, Kind.HEADING) or not 4 <= len(block.text) <= _MAX_TITLE_CHARS:
        return False
    is_open = block.text.endswith((",", ":", ";"))
    if is_score(block.text):
        return False
    return not is_open and not ends_in_full_stop(block.text) and count_words(block.text) >= _MIN_TITLE_WORDS
