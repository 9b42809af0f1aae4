"""Lines that date entries of a text, not the page: of a diary, of what witnesses say, of comments amid it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise

from copydesk.cleaners.dates.written_dates import around_dates, parse_date
from copydesk.cleaners.metadata.person_names import names_nobody
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.word_count import count_words

_MAX_CHARS = 80  # a name, a place and a day; set by hand
_MAX_WORDS_BESIDE = 4  # "Margaret van der Holt, 12 March 2025"; set by hand
_MAX_BLOCKS = 10  # of an entry; of pages dated above the text some have another date 43 blocks below
_YEAR = lazy_pattern(r"\d{4}|\d[./-]\d")


def entry_lines(texts: Sequence[str], sentences: Set[int], kept: Set[int], language: str) -> frozenset[int]:
    """The places of short lines that hold a day and hardly more, all below a ``kept`` sentence: each of another day
    than the line before, no more than an entry away and parted from it by sentences, up to the last that is kept.
    """
    own = kept & sentences
    if not own:
        return frozenset()
    first, last = min(own), max(own)
    dated = {
        at: day
        for at in range(first + 1, len(texts))
        if at not in sentences and (day := _day_of(texts[at], language))
    }
    # "Published: …" and "Updated: …" stand in lines that follow each other
    pairs = [
        (above, at)
        for above, at in pairwise(dated)
        if at - above <= _MAX_BLOCKS
        and dated[above] != dated[at]
        # of what the text's own sentences enclose
        and not sentences.isdisjoint(range(above, min(at, last + 1)))
    ]
    return frozenset(at for pair in pairs for at in pair)


def _day_of(text: str, language: str) -> str | None:
    if len(text) > _MAX_CHARS or not _YEAR.search(text):
        return None
    before, *others = around_dates(text, language=language)
    beside = " ".join((before, *others))
    if (
        len(others) != 1
        or count_words(beside) > _MAX_WORDS_BESIDE
        or (before.strip() and names_nobody(before))
    ):
        return None
    return parse_date(text, language=language)
