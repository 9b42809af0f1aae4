"""Lines that date entries of a text, not the page: of a diary, of what witnesses say, of comments amid it."""

from __future__ import annotations

from collections.abc import Sequence, Set

from copydesk.cleaners.dates.written_dates import around_dates, parse_date
from copydesk.cleaners.metadata.authors import is_signed
from copydesk.cleaners.metadata.person_names import names_nobody
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Kind
from copydesk.cleaners.word_count import count_words

_MAX_CHARS = 80  # a name, a place and a day; set by hand
_MAX_WORDS_BESIDE = 4  # "Margaret van der Holt, 12 March 2025"; set by hand
_MAX_BLOCKS = 10  # of an entry; of pages dated above the text some have another date 43 blocks below
_FEWEST = 3  # two dates are as often that of the page and one it speaks of; set by hand
_MAY_BE_DATE = lazy_pattern(r"\d{4}|\d[./-]\d")


def entry_lines(
    texts: Sequence[str], kinds: Sequence[Kind], sentences: Set[int], kept: Set[int], language: str
) -> frozenset[int]:
    """The places of short lines that hold a day and hardly more, amid the sentences that are ``kept``: three or more of
    one kind, each of another day than the line before, no more than an entry away and parted from it by sentences; none
    signed, or with a word of publishing.
    """
    own = kept & sentences
    if not own:
        return frozenset()
    dated = {
        at: day
        for at in range(min(own) + 1, max(own))
        if at not in sentences and (day := _day_of(texts[at], language))
    }
    entries = set[int]()
    series: list[int] = []
    for at, day in dated.items():
        above = series[-1] if series else at
        follows = at - above <= _MAX_BLOCKS and dated[above] != day and kinds[above] is kinds[at]
        # "Published: …" and "Updated: …" stand in lines that follow each other
        if series and not (follows and not sentences.isdisjoint(range(above, at))):
            series = []
        series.append(at)
        if len(series) >= _FEWEST:
            entries.update(series)
    return frozenset(entries)


def _day_of(text: str, language: str) -> str | None:
    if len(text) > _MAX_CHARS or not _MAY_BE_DATE.search(text) or is_signed(text, language):
        return None
    beside = around_dates(text, language=language)
    said = [part for part in beside if part.strip()]
    if len(beside) != 2 or count_words(" ".join(said)) > _MAX_WORDS_BESIDE or any(map(names_nobody, said)):
        return None
    return parse_date(text, language=language)
