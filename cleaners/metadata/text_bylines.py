"""Authors in lines: of flattened text, and in those labelled as bylines of pages that declare none.

Without tags a byline is a short line among short lines: authors of teasers, who took a picture, buttons and sections
look like one. What distinguishes them are signs of place ("By" before it, the headline above, a date beside it) and of
words: a name is hardly ever written in lower case by the page's own sentences, or said by menus and forms.

The weights are those of a logistic regression (``python -m training.signature_odds``, which says how it fares on folds
by site). Each sign is 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from types import MappingProxyType
from typing import Final, NamedTuple

from copydesk.cleaners import text_forms
from copydesk.cleaners.lexicon.byline_words import WORDS, openers
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import fold, lexicon
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.metadata.authors import beside_dates, has_degree, is_signed, split_byline, unglued
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.person_names import (
    and_english,
    ends_in_joint,
    is_common,
    is_full_name,
    is_joint,
    is_name,
    is_opener,
)
from copydesk.cleaners.metadata.reporters import names_in_opening
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.types import Candidate, Kind, Label, Labelled

WEIGHTS: Final = MappingProxyType(
    {
        "bias": -4.7,
        "introduced": 1.7,
        "below headline": 1.8,
        "below text": 1.0,
        "with date": 0.8,
        "common words": -2.9,
        "usual length": 0.6,
        "repeated": 1.1,
        "words of pages": -3.1,
        "labelled byline": 0.9,
        "heads author's box": 2.7,
        "in author's box": 1.2,
        "alone in line": 1.0,
        "in first byline": 1.6,
    }
)
"""Log-odds that each sign adds."""
LIKELY: Final = 0.6
"""Probability from which somebody is named: of ten names nine are the author's, by networks that know some of the pages
(see ``training.signature_odds``).
"""
MAX_BYLINE_CHARS, MAX_BARE_BYLINE_CHARS = 160, 60
"""Of a byline's text; and of one without a word such as "by"."""
FIRST_UNSPACED = "\u3040"
"""From here on: scripts in which a name is one word."""
# "김민수", "山田太郎"; set by hand: two letters are a button ("共有") as often as a name
_UNSPACED_LETTERS = (3, 4, 5)
# set by hand: from there on a paragraph is prose, and its words are the language's
_LONG_CHARS = 100
# blocks; set by hand: between a headline and a byline stand a standfirst, a date and buttons
_NEAR_HEADLINE, _NEAR_END, _DATE_BELOW, _MAX_BEFORE = 8, 4, 3, 6
_DATED = lazy_pattern(r"\b(?:19|20)\d\d\b|\d{1,2}[./]\s?\d{1,2}[./]|\d{1,2}:\d\d|\b\d+ [Mm]in")
_MAX_NAMES = 60  # of a text; set by hand: each is looked for in all lines, and a hostile text has many
_LEAST_WORD = 3  # letters; shorter ones are initials and particles
_ABOVE, _BELOW = 12, 4  # blocks from the text at which a byline is the article's
# set by hand: a standfirst or a note may stand above the dateline; further down agencies are quoted
OPENING_BLOCKS = 3
OPENING_SHAPES = frozenset({Label.PARAGRAPH, Label.DATELINE, Label.STANDFIRST})
"""What a dateline may open, or be; and among how many of these it stands."""
_PROSE = frozenset({Label.PARAGRAPH, Label.BYLINE})
# below a text such lines name those it is about, or who wrote or said something else
_OF_OTHERS = frozenset({Label.TAGS, Label.RELATED, Label.COMMENT, Label.COMMENT_FORM})
# set by hand: a longer line is no byline
_PROSE_CHARS = 120
# of a line of names alone, and words of each name; set by hand: more is a heading
_MAX_NAMES_CHARS, _MAX_NAME_WORDS = 80, 4


class Signature(NamedTuple):
    """A name in a line. ``signs``: what speaks for or against its being an author's."""

    name: str
    signs: tuple[float, ...]


def probability_of(signs: Sequence[float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """How likely somebody whose name has these signs wrote the article: 0 to 1."""
    odds = weights["bias"] + sum(weights[sign] * one for sign, one in zip(SIGNS, signs, strict=True))
    return 1.0 / (1.0 + math.exp(-odds))


SIGNS: Final = (
    "introduced",
    "below headline",
    "below text",
    "with date",
    "common words",
    "usual length",
    "repeated",
    "words of pages",
    "labelled byline",
    "heads author's box",
    "in author's box",
    "alone in line",
    "in first byline",
)
"""What is checked of each name, in the order of ``Signature.signs``."""


def signatures(labelled: Sequence[Labelled], headline: str, language: str) -> Iterator[Signature]:
    """The names in all bylines of a flattened text, in other removed lines at the article and in boxes on the author,
    from top to bottom.
    """
    page = _Text(labelled, headline, language)
    end_of_first = -1  # where the first byline ends
    for place, name in islice(page.names(), _MAX_NAMES):
        is_byline = _is_byline(labelled[place])
        common, *other = page.signs_of_words(name)
        if is_byline and not common and (end_of_first < 0 or page.goes_on(end_of_first, place)):
            end_of_first = place
        is_first = is_byline and not common and place == end_of_first
        signs = (
            *page.signs_of_place(place),
            common,
            *other,
            *page.signs_of_line(place, name),
            float(is_first),
        )
        yield Signature(name, signs)


@cache
def _words_of_pages(codes: frozenset[str]) -> frozenset[str]:
    """The words of what pages say beside articles: menus, buttons, forms."""
    return frozenset(
        word
        for code in codes
        for phrases in lexicon(code).phrases.values()
        for phrase in chain.from_iterable(phrases.values())
        for word in fold(phrase).split()
        if len(word) >= _LEAST_WORD
    )


def _is_byline(item: Labelled) -> bool:
    return item.label is Label.BYLINE and len(item.block.text) <= MAX_BYLINE_CHARS


def _names_in(byline: str, language: str) -> Iterator[str]:
    is_opened = is_signed(byline, language)
    if is_opened or len(byline) <= MAX_BARE_BYLINE_CHARS:
        for name in split_byline(byline, language=language):
            if is_opened or " " in name or name[0] >= FIRST_UNSPACED:
                yield name


def _is_usual_length(words: Sequence[str]) -> bool:
    """Two words; in scripts that part none, as many letters."""
    if len(words) == 1 and words[0][0] >= FIRST_UNSPACED:
        return len(words[0]) in _UNSPACED_LETTERS
    return len(words) == 2


class _Text:
    """What is checked of all names of one text."""

    def __init__(self, labelled: Sequence[Labelled], headline: str, language: str) -> None:
        self._lines = [
            unglued(item.block.text, language) if _is_byline(item) else item.block.text for item in labelled
        ]
        self._labelled, self._language = labelled, language
        prose = [
            place
            for place, item in enumerate(labelled)
            if item.shape is Label.PARAGRAPH and len(item.block.text) > _LONG_CHARS
        ]
        self._first, self._last = (prose[0], prose[-1]) if prose else (len(labelled), len(labelled))
        above = [place for place, line in enumerate(self._lines[: self._first]) if line.strip() == headline]
        self._headline = above[-1] if above and headline else None
        words = {word.strip(".,;:!?()\"'") for place in prose for word in self._lines[place].split()}
        # scripts without capitals write no word in lower case: there each word of the prose is common
        self._common = {word for word in words if word == word.lower()}
        # whom the text itself names it is about
        self._beside = [line for line, item in zip(self._lines, labelled, strict=True) if not item.is_kept]
        self._boxes = " ".join(item.block.text for item in labelled if item.label is Label.AUTHOR_BIO)
        self._function_words = frozenset().union(
            *(lexicon(code).function_words for code in and_english(language))
        )

    def names(self) -> Iterator[tuple[int, str]]:
        """What may be a name of the article's author, and its place."""
        for place, item in enumerate(self._labelled):
            line = self._lines[place]
            names = _names_in(line, self._language) if _is_byline(item) else self._names_beside(place)
            yield from ((place, name) for name in names)

    def _names_beside(self, place: int) -> Iterator[str]:
        """Full names that are all of a removed line at the article or in a box about the author, or signed there."""
        item = self._labelled[place]
        text = item.block.text
        is_near = self._first - _ABOVE <= place < self._first or self._last < place <= self._last + _BELOW
        if (
            item.is_kept
            or len(text) > MAX_BARE_BYLINE_CHARS
            or not (is_near or item.label is Label.AUTHOR_BIO)
        ):
            return
        names = split_byline(text, language=self._language)
        if names == (text,) or (names and is_signed(text, self._language)):
            yield from filter(is_full_name, names)

    def goes_on(self, end: int, place: int) -> bool:
        """Whether a byline that ends in a line goes on in another: nothing but commas and "and" is between."""
        return (
            end < place
            and all(is_joint(line, self._language) for line in self._lines[end + 1 : place])
            and (place - end > 1 or ends_in_joint(self._lines[end], self._language))
        )

    def signs_of_place(self, place: int) -> Iterator[float]:
        yield float(self._is_introduced(place))
        is_near = self._headline is not None and 0 < place - self._headline <= _NEAR_HEADLINE
        yield float(is_near and place < self._first)
        yield float(0 < place - self._last <= _NEAR_END)
        dated = self._lines[place : place + 1 + _DATE_BELOW]
        yield float(any(_DATED.search(line) for line in dated))

    def signs_of_words(self, name: str) -> Iterator[float]:
        words = [word.lower() for word in name.split()]
        yield sum(map(self._is_common, words)) / len(words)
        yield float(_is_usual_length(words))
        yield float(sum(name in line for line in self._beside) > 1)
        of_pages = _words_of_pages(frozenset(and_english(self._language)))
        yield sum(word in of_pages for word in words) / len(words)

    def signs_of_line(self, place: int, name: str) -> Iterator[float]:
        label = self._labelled[place].label
        yield float(label is Label.BYLINE)
        yield float(label is Label.AUTHOR_BIO)
        yield float(label is not Label.AUTHOR_BIO and name in self._boxes)
        yield float(self._lines[place] == name)

    def _is_common(self, word: str) -> bool:
        if word in WORDS.name_words or word in WORDS.names_too:
            return False
        return word in self._function_words or (len(word) >= _LEAST_WORD and word in self._common)

    def _is_introduced(self, place: int) -> bool:
        """Whether a word such as "by" comes before, in the line or above other names; or a reporter's title behind."""
        if is_signed(self._lines[place], self._language):
            return True
        for above in range(place - 1, max(-1, place - 1 - _MAX_BEFORE), -1):
            line = self._lines[above]
            if is_opener(line, self._language):
                return True
            is_other_name = self._labelled[above].label is Label.BYLINE and is_name(line)
            if not is_other_name and not is_joint(line, self._language):
                return False
        return False


def people_in_lines(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Those named in lines of flattened text who are likely the article's authors."""
    for item in evidence.labelled:
        yield from _in_author_box(item)
    for name, signs in signatures(evidence.labelled, evidence.headline, evidence.language):
        if probability_of(signs) >= LIKELY:
            yield Candidate(name, "text:byline")


def people_in_bylines(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Those named just above or below the text."""
    for item in evidence.memoized(at_article):
        yield from _in_author_box(item)
        for name in _names_in(item.block.text, evidence.language) if _is_byline(item) else ():
            # "26 April 2020 Nordic Lamps"
            if not any(text_in(link) == name for link in evidence.markup.marked.filed):
                yield Candidate(name, "text:byline")


def people_signing(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """Full names behind a word such as "by" in the first such line at the text that was kept."""
    language = evidence.language
    for item in at_kept_text(evidence):
        if people := _signing(item.block.text, language):
            yield from (Candidate(name, "text:byline") for name in people)
            return


def people_signing_surely(evidence: Evidence) -> tuple[str, ...]:
    """The same of lines that have a date or a degree, too: "By Jane Austen" may be the book that is reviewed."""
    lines = (item.block.text for item in at_kept_text(evidence))
    people = (_signing(text, evidence.language) for text in lines if _DATED.search(text) or has_degree(text))
    return next(filter(None, people), ())


def words_signing(evidence: Evidence) -> Iterator[str]:
    """The single words, also in lower case, behind "by" beside the date of such a line."""
    lines = (item.block.text for item in at_kept_text(evidence))
    for line in (one for one in lines if len(one) <= MAX_BYLINE_CHARS):
        before, *others = beside_dates(line, language=evidence.language)
        opened = openers(primary(evidence.language)).match(before) if others else None
        if opened and len(words := before[opened.end() :].split()) == 1:
            yield words[0]


def _signing(line: str, language: str) -> tuple[str, ...]:
    if len(line) > MAX_BYLINE_CHARS or not is_signed(line, language):
        return ()
    names = split_byline(line, language=language)
    return tuple(name for name in names if is_full_name(name) and not is_common(name, language))


def people_in_openings(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The reporters named by the words with which the text begins: "(서울=연합뉴스) 홍길동 기자 = …"."""
    first = (item for item in evidence.labelled if item.is_kept and item.shape in OPENING_SHAPES)
    for item in islice(first, OPENING_BLOCKS):
        if names := names_in_opening(item.block.text):
            yield from (Candidate(name, "text:dateline") for name in names)
            return


def people_in_bios(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The full name that heads a box about the author below the text, of one person."""
    language = evidence.language
    alone = (
        item.block.text
        for item in evidence.labelled
        if item.label is Label.AUTHOR_BIO and item.block.kind is not Kind.CONTROL and not item.block.is_hidden
    )
    people = {
        text for text in alone if is_full_name(text) and split_byline(text, language=language) == (text,)
    }
    if len(people) == 1:
        yield from (Candidate(name, "text:author-box") for name in people if not is_common(name, language))


def people_beside_site(evidence: Evidence, found: Found) -> Iterator[Candidate]:
    """Full names in bylines, where nobody is named so far but the site itself."""
    sites = [bare_name(name) for name in found.all("site_name")]
    if not found.has("author") or not all(_is_site(name, sites) for name in found.all("author")):
        return
    people = [
        one
        for one in (*people_in_bylines(evidence, found), *people_in_openings(evidence, found))
        if is_full_name(one.value) and not _is_site(one.value, sites)
    ]
    # "By Gabby BoucherIn Budget Travel", of the site "Gabby Boucher": it is named, with more
    if any(one.value.startswith(tuple(found.all("author"))) for one in people):
        return
    yield from people or _opening_names(evidence.labelled, evidence.language)


def at_article(evidence: Evidence) -> tuple[Labelled, ...]:
    """The bylines just above the text and just below it; those of teasers and comments stand elsewhere."""
    labelled = evidence.labelled
    return _bylines_around(labelled, [at for at, item in enumerate(labelled) if item.shape in _PROSE])


def at_kept_text(evidence: Evidence) -> tuple[Labelled, ...]:
    """The bylines just above the first paragraph that was kept and just below the last: behind those of a long menu."""
    kept = [at for at, item in enumerate(evidence.labelled) if item.is_kept and item.shape is Label.PARAGRAPH]
    return _bylines_around(evidence.labelled, kept)


def _bylines_around(labelled: Sequence[Labelled], text: Sequence[int]) -> tuple[Labelled, ...]:
    if not text:
        return ()
    first, last = text[0], text[-1]
    near = [*range(max(0, first - _ABOVE), first + _BELOW), *range(last + 1, last + 1 + _BELOW)]
    return tuple(
        labelled[at]
        for at in dict.fromkeys(near)
        if at < len(labelled) and labelled[at].label is Label.BYLINE
    )


def _is_site(name: str, sites: Sequence[str]) -> bool:
    """Whether an author is the site, as any of its names calls it."""
    bare = bare_name(name)
    # "Harbour Post" signs pages of "Harbour Post Online"
    return any(site.startswith(bare) for site in sites)


def _opening_names(labelled: Sequence[Labelled], language: str) -> tuple[Candidate, ...]:
    """Full names that are all the line before the first paragraph holds: small papers set the byline so."""
    prose = [item.block.text for item in labelled if item.shape in _PROSE]
    first = next((place for place, text in enumerate(prose) if len(text) > _PROSE_CHARS), 0)
    line = prose[first - 1] if first else ""
    if len(line) > _MAX_NAMES_CHARS or line.endswith((".", ":", "?", "!")):
        return ()
    parts = line.split("/")
    names = [name for part in parts for name in split_byline(part, language=language)]
    is_full = all(2 <= len(part.split()) <= _MAX_NAME_WORDS for part in parts)
    # each word must belong to a name: a heading loses some to split_byline
    if not is_full or " ".join(names).split() != line.replace("/", " ").split():
        return ()
    if any(is_common(name, language) for name in names):
        return ()
    return tuple(Candidate(name, "text:byline") for name in names)


def _in_author_box(item: Labelled) -> Iterator[Candidate]:
    if item.verdict.rule == "shape.doubled-name" and len(item.block.text) <= MAX_BYLINE_CHARS:
        yield Candidate(text_forms.prose(item.block.text), "text:author-box")
