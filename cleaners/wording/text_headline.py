"""Finds the headline of flattened text, and lines with results of matches."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from copydesk.cleaners import text_forms
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import fold, languages, lexicon
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_in_full_stop, ends_sentence
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.word_count import UNSPACED, count_words

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
_SENTENCE_WITHIN = lazy_pattern(r"[^\W\d_]{4}\.\s+[^\W_]|。.|।\s")  # no abbreviation's point
_MAX_ENTRY_WORDS = 3
_MIN_MENU_WORDS = 4  # set by hand: of fewer words a line is as often a headline
# "# Bridge notes", "## Bridge notes ##" (CommonMark, "ATX headings")
_MARKED_HEADING = lazy_pattern(r"^#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
# the first paragraph, among which the headline is: `training.headline_odds` prints for how many pages it is there
_MAX_BLOCKS_ABOVE = 24
_MIN_PROSE_KEEP = 0.6  # probability of the first paragraph
_MIN_KEEP = 0.5  # of the article's text
_LEAST_SHARE = 0.2  # of the probability asked for; set by hand
_LEAST = 1e-4  # of a probability, whose logarithm is taken
# set by hand: endings change with case and number, and words are put together
_MIN_TERM_LETTERS, _TERM_LETTERS = 4, 5
_MANY_CHARS = 60  # set by hand: a longer line is a headline as often as a standfirst
_BYLINE_BELOW = 2  # lines between which a headline and a byline are
# set by hand: a shorter line is prose only if it is a sentence, and "Read more." has too few words for one
_MIN_PROSE_CHARS, _MIN_UNSPACED_CHARS = 120, 50  # Thai ends no sentence with a sign
_MIN_SENTENCE_WORDS = 5
WEIGHTS: Final = MappingProxyType(
    {
        "probability": 0.6,
        "terms of the article": 3.7,
        "length": 1.3,
        "above byline": 1.1,
        "ends a path": 2.0,
        "repeated": 1.2,
    }
)
"""Log-odds that each sign adds, of a conditional logit on flattened pages (``python -m training.headline_odds``)."""
SIGNS: Final = tuple(WEIGHTS)
MIN_HEADLINE_ON_PAGE, MIN_HEADLINE_ALONE = 0.05, 0.4
"""Probability from which a line is the headline. A flattened page usually has one. In an article alone, 99 of 100
headlines reach the threshold, and so do standfirsts and subheadings at the beginning of texts without a headline.
"""


def is_score(text: str) -> bool:
    """Whether a line is two teams and a result: "Ajax - PSV 2-1". "Ajax 2-1 PSV" may be a headline."""
    return len(text) <= MAX_SCORE_CHARS and _SCORE.fullmatch(text) is not None


class JudgedLines(NamedTuple):
    """Flattened text: its blocks with their first words as folded, and what was thought of each.

    ``keep`` and ``headline``: how likely (0 to 1) it is part of the article, and the headline (0: it is something
    else). ``bylines``: numbers of blocks with an author or a date.
    """

    blocks: Sequence[Block]
    words: Sequence[Sequence[str]]
    keep: Sequence[float]
    headline: Sequence[float]
    bylines: Set[int]


def find_title(text: JudgedLines, threshold: float) -> str:
    """The headline of flattened text, or ``""``.

    It is the best of ``candidates``, where one of them, not necessarily the best, is the headline with a probability of
    ``threshold`` (0 to 1); or where it has a share of that, and the lines above it the rest, since a site's name in a
    line of its own is taken for a headline as often. If another line has the headline without the site's name, it is
    preferred.
    """
    lines = candidates(text)
    if not lines:
        return ""
    best = max(lines, key=lambda line: line.score)
    likely = text.headline[best.block]
    if likely >= threshold * _LEAST_SHARE:
        likely = sum(text.headline[max(0, best.block - _MAX_BLOCKS_ABOVE) : best.block + 1])
    if max(likely, *(text.headline[line.block] for line in lines)) < threshold:
        return ""
    letters = {line.block: _letters(text.blocks[line.block]) for line in lines}
    # "Ferries stop | Harbour Post", the title of the head, is above "Ferries stop"
    shorter = (at for at, own in letters.items() if _is_long(own) and letters[best.block].startswith(own))
    chosen = text.blocks[min(shorter, key=lambda at: len(text.blocks[at].raw), default=best.block)]
    return _unmarked(chosen)


def _unmarked(block: Block) -> str:
    """The text of a line without the marks of a heading in Markdown."""
    text = text_forms.prose(block.raw)
    return _MARKED_HEADING.sub(r"\1", text) if block.kind is Kind.HEADING else text


def _letters(block: Block) -> str:
    return text_forms.letters(_unmarked(block))


class TitleLine(NamedTuple):
    """A line that may be the headline: the number of its block, and a number for each of ``SIGNS``."""

    block: int
    signs: tuple[float, ...]

    @property
    def score(self) -> float:
        """The higher, the likelier it is the headline, beside the others of its page."""
        return sum(WEIGHTS[sign] * one for sign, one in zip(SIGNS, self.signs, strict=True))


def candidates(text: JudgedLines) -> list[TitleLine]:
    """The lines above the first paragraph that may be the headline."""
    blocks, headline = text.blocks, text.headline
    first = next((block.index for block in blocks if _is_prose(block, text.keep)), 0)
    above = blocks[max(0, first - _MAX_BLOCKS_ABOVE) : first]
    lines = [block.index for block in above if headline[block.index] and _may_be_title(block)]
    # "It carried nurses, bakers and a ferret. Now it stops": a standfirst, where a headline stands right above
    lines = [
        at
        for at in lines
        if at - 1 not in lines
        or headline[at - 1] < max(MIN_HEADLINE_ALONE, headline[at])
        or not _SENTENCE_WITHIN.search(blocks[at].text)
    ]
    if not lines:
        return []
    kept = (block.index for block in blocks[first:] if text.keep[block.index] > _MIN_KEEP)
    words = [word for at in kept for word in text.words[at]]
    article = {word[:_TERM_LETTERS] for word in words}
    if UNSPACED.search("".join(blocks[at].text for at in lines)):
        article |= _terms(words)
    letters = {block.index: _letters(block) for block in above}
    # "© The Harbour Post 2026" names the site
    rights = text_forms.letters("\n".join([block.raw for block in blocks if "©" in block.raw]))
    lines = [at for at in lines if letters[at] not in rights] or lines
    # "Harbour Post" ends "Ferries stop - Harbour Post", and "Ferries stop" begins it: the end is the site's name
    long = {own for own in letters.values() if _is_long(own)}
    paths = [path for path in letters.values() if not path.startswith(tuple(long - {path}))]
    found = []
    for at in lines:
        probability = min(max(headline[at], _LEAST), 1 - _LEAST)
        terms, own = _terms(text.words[at]), letters[at]
        below = range(at + 1, at + 1 + _BYLINE_BELOW)
        signs = (
            math.log(probability / (1 - probability)),
            len(terms & article) / len(terms) if terms else 0.0,
            math.log1p(min(len(blocks[at].text), _MANY_CHARS)),
            float(at not in text.bylines and not text.bylines.isdisjoint(below)),
            float(_is_long(own) and any(path != own and path.endswith(own) for path in paths)),
            float(_is_long(own) and list(letters.values()).count(own) > 1),
        )
        found.append(TitleLine(at, signs))
    return found


def _is_long(letters: str) -> bool:
    return len(letters) > _MIN_REPEATED_LETTERS


def _terms(words: Sequence[str]) -> set[str]:
    """The beginnings of words without the shortest, most of which are function words; pairs of letters in scripts
    without spaces.
    """
    found: set[str] = set()
    for word in words:
        if word.isascii():
            if len(word) >= _MIN_TERM_LETTERS:
                found.add(word[:_TERM_LETTERS])
        elif UNSPACED.search(word):
            found.update(map("".join, pairwise(word)))
        elif len(word) >= _MIN_TERM_LETTERS - 1:
            found.add(word[:_TERM_LETTERS])
    return found


def wrapped_lines(blocks: Sequence[Block]) -> Set[int]:
    """The numbers of lines without a blank line after them, in a text that has blank lines: a headline has one, the
    first line of a stanza, list or table has not.
    """
    if not any(block.gap for block in blocks[1:]):
        return frozenset()
    return frozenset(block.index - 1 for block in blocks[1:] if not block.gap)


def headline_probabilities(blocks: Sequence[Block], learned: Sequence[float], language: str) -> list[float]:
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
    is_unspaced = 2 * len(UNSPACED.findall(block.text)) > len(block.text)
    return is_sentence or len(block.text) > (_MIN_UNSPACED_CHARS if is_unspaced else _MIN_PROSE_CHARS)


def _may_be_title(block: Block) -> bool:
    if block.kind not in (Kind.PARAGRAPH, Kind.HEADING) or not 4 <= len(block.text) <= _MAX_TITLE_CHARS:
        return False
    is_open = block.text.endswith((",", ":", ";"))
    if is_score(block.text):
        return False
    return not is_open and not ends_in_full_stop(block.text) and count_words(block.text) >= _MIN_TITLE_WORDS
