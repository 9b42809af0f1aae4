"""Lines of author, date and place: bylines and datelines."""

from __future__ import annotations

import re
from collections.abc import Collection, Set

from copydesk.cleaners.dates.written_dates import is_date_word, parse_date
from copydesk.cleaners.lexicon.agencies import find_dateline_agency
from copydesk.cleaners.metadata.authors import has_opener, is_reporters_line, split_authors
from copydesk.cleaners.rules.lines.headlines import headline_at
from copydesk.cleaners.rules.lines.names import SURE_BESIDE
from copydesk.cleaners.rules.rule import RuleContext, kept, vague
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.word_count import count_words

# set by hand: author and date stand within so many kept blocks of an end; larger reaches into the text
_EDGE = 3
_MAX_BYLINES = 2  # author and date
# of such lines above it 44 of 52 are the article's (docs/decisions/0010-an-article-alone.md)
_SURE_OF_LINE = 0.6
# learned probability: of the dated lines with tags that are taken for bylines two had more, a term and a deadline that
# the truth keeps (`python -m benchmarks.rule_record --show shape.byline`); a signed line is a byline all the same
_SURE_OF_DATED_LINE = 0.95
# blocks; set by hand: standfirst, credits and buttons stand between a dateline and the surely kept text
_ABOVE_TEXT = 8
# place, date and agency: the longest of four labelled ones has 21 (`python -m benchmarks.lengths dateline=80`);
# what is longer goes on into the report
_MAX_DATELINE_CHARS = 80
# of 1,163 labelled bylines 3 are longer (`python -m benchmarks.lengths byline=160`)
_MAX_BYLINE_CHARS = 160
# "Published on Tuesday, 4 March 2025 at 9:30 am, last updated …"; larger takes sentences with a year
_MAX_DATE_WORDS = 12
_MAX_WORDS_BESIDE_DATE = 2  # "Updated", the name of a desk
# headings with a year are a chronicle's, rows with one a table's
_NEVER_BYLINES = (Kind.HEADING, Kind.TABLE_ROW, Kind.CODE, Kind.TITLE)
_UNSPACED_STOP = "。"  # ends a sentence where words are not parted, so that they cannot be counted; no date
# no part of a longer number, such as a telephone's
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# what ends in a full stop and is no sentence: "20.11.2026.", "9:30 a.m."
_ABBREVIATED = re.compile(r"(?:\d|(?<!\w)\w)\s?\.$")
_MIN_BYLINE_KEEP = 0.02  # below, the learned judgement has placed the block far from the article


def find_dateline(block: Block, _context: RuleContext) -> str | None:
    """Place, date and agency, and nothing else."""
    found = find_dateline_agency(block.text)
    return f"names {found.agency.name}, and nothing else" if found and found.quote == block.text else None


def short_first_blocks(context: RuleContext) -> Collection[int]:
    """Short blocks above and at the beginning of the text."""
    # where the text surely begins; the page's beginning where nothing is sure
    first = next((at for at, keep in enumerate(context.judged.keep) if keep > SURE_BESIDE), 0)
    around = context.page.blocks[max(0, first - _ABOVE_TEXT) : first + _EDGE]
    return [block.index for block in around if len(block.raw) <= _MAX_DATELINE_CHARS]


def find_byline(block: Block, context: RuleContext) -> str | None:
    """A line that opens like a byline and holds names, or holds a date and little else."""
    text = block.text
    if (
        len(text) > _MAX_BYLINE_CHARS
        or context.judged.keep[block.index] < _MIN_BYLINE_KEEP
        or block.kind in _NEVER_BYLINES
    ):
        return None
    # "By the time they came it was over." opens like a byline and is a sentence
    is_signed = has_opener(text, context.page.language) or is_reporters_line(text)
    if is_signed and not ends_sentence(text):
        names = split_authors(text, language=context.page.language)
        if names:
            return f"reads like a byline and names {', '.join(names)}"
    if context.page.is_html and context.judged.keep[block.index] >= _SURE_OF_DATED_LINE:
        return None
    # from the cheapest to the dearest: reading a date tries many forms in many languages
    if (
        _YEAR.search(text)
        and count_words(text) <= _MAX_DATE_WORDS
        and not text.endswith(_UNSPACED_STOP)
        # "14 March 1911 or 1912?" is the article's
        and (not ends_sentence(text) or _ABBREVIATED.search(text))
    ):
        date = parse_date(text, language=context.page.language)
        if date and _is_mostly_date(text, context.page.language):
            return f"a line with a date: {date}"
    return None


def _is_mostly_date(text: str, language: str) -> bool:
    """Whether little is left beside digits, separators and words that go with dates."""
    # of three letters and more: "at", "de", "am" and "pm" stand beside dates in many languages
    rest = [word for word in re.findall(r"[^\W\d_]{3,}", text) if not is_date_word(word, language=language)]
    return len(rest) <= _MAX_WORDS_BESIDE_DATE


def edges_of_text(context: RuleContext) -> Collection[int]:
    """Where bylines stand: just below the headline, where the learned judgement is not sure of keeping the line, and
    where it does not know what it left out; of pages with tags among the first and last kept blocks.

    Of 52 dated or signed lines of the labelled pages, flattened, that it would keep with more than
    ``_SURE_OF_LINE``, 44 belong to the article: programmes, time lines, quoted posts. Of 45 below, 6.
    """
    if not context.page.is_html:
        below = context.memoized(_below_headline)
        if context.judged.is_article_alone:
            return below
        return (
            {at for at in kept(context) if context.judged.keep[at] <= _SURE_OF_LINE} | vague(context) | below
        )
    # with tags a signed line amid the text is rather a quoted post's or a list's
    ordered = sorted(kept(context))
    return {*ordered[:_EDGE], *ordered[-_EDGE:]} | vague(context)


def _below_headline(context: RuleContext) -> Set[int]:
    if not context.title:
        return frozenset()
    # nothing where the headline is no block: then the number is past the end
    first = context.memoized(headline_at) + 1
    return frozenset(range(first, min(len(context.page.blocks), first + _MAX_BYLINES)))
