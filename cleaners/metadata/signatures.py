"""Names in lines of flattened text, and how likely each is the author's.

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

from copydesk.cleaners.lexicon.byline_words import WORDS
from copydesk.cleaners.lexicon.words import fold, lexicon
from copydesk.cleaners.metadata.authors import beside_dates, is_signed, split_byline, unglued
from copydesk.cleaners.metadata.person_names import (
    and_english,
    ends_in_joint,
    is_full_name,
    is_joint,
    is_name,
    is_opener,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Label, Labelled

WEIGHTS: Final = MappingProxyType({
    "bias": -4.8, "introduced": 1.7, "below headline": 1.9, "below text": 1.0, "with date": 0.8,
    "common words": -2.9, "usual length": 0.7, "repeated": 1.2, "words of pages": -3.0, "labelled byline": 1.0,
    "heads author's box": 2.7, "in author's box": 1.0, "alone in line": 1.0, "in first byline": 1.6,
})  # fmt: skip
"""Log-odds that each sign adds."""
LIKELY: Final = 0.6
"""Probability from which somebody is named: of ten names nine are the author's, by networks that know some of the pages
(see ``training.signature_odds``).
"""
# set by hand: a larger value finds names in prose, a smaller one loses bylines of many names
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
DATED = lazy_pattern(r"\b(?:19|20)\d\d\b|\d{1,2}[./]\s?\d{1,2}[./]|\d{1,2}:\d\d|\b\d+ [Mm]in")
_MAX_NAMES = 60  # of a text; set by hand: each is looked for in all lines, and a hostile text has many
_AROUND_WORDS = " \t\n.,;:!?()\"'"
_LEAST_WORD = 3  # letters; shorter ones are initials and particles
ABOVE, BELOW = 12, 4  # blocks from the text at which a byline is the article's
# below a text such lines name those it is about, or who wrote or said something else
_OF_OTHERS = frozenset({Label.TAGS, Label.RELATED, Label.COMMENT, Label.COMMENT_FORM})


class Signature(NamedTuple):
    """A name in a line. ``signs``: what speaks for or against its being an author's."""

    name: str
    signs: tuple[float, ...]


def probability_of(signs: Sequence[float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """How likely somebody whose name has these signs wrote the article: 0 to 1."""
    odds = weights["bias"] + sum(weights[sign] * one for sign, one in zip(SIGNS, signs, strict=True))
    return 1.0 / (1.0 + math.exp(-odds))


SIGNS: Final = tuple(sign for sign in WEIGHTS if sign != "bias")
"""What is checked of each name, in the order of ``Signature.signs``."""


def signatures(labelled: Sequence[Labelled], headline: str, language: str) -> Iterator[Signature]:
    """The names in all bylines of a flattened text, in other removed lines at the article and in boxes on the author,
    from top to bottom.
    """
    page = _Text(labelled, headline, language)
    end_of_first = -1  # where the first byline ends
    for place, name in islice(page.names(), _MAX_NAMES):
        is_in_byline = is_byline(labelled[place])
        of_words = [*page.signs_of_words(name)]
        is_named = is_in_byline and not of_words[0]  # not by common words
        if is_named and (end_of_first < 0 or page.goes_on(end_of_first, place)):
            end_of_first = place
        is_first = float(is_named and place == end_of_first)
        signs = (*page.signs_of_place(place), *of_words, *page.signs_of_line(place, name), is_first)
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


def is_byline(item: Labelled) -> bool:
    """Whether a block is labelled as a byline, and short enough to be one."""
    return item.label is Label.BYLINE and len(item.block.text) <= MAX_BYLINE_CHARS


def names_in(byline: str, language: str) -> Iterator[str]:
    """The names in a byline: full ones, and single words behind "by" or in scripts that part none."""
    is_opened = is_signed(byline, language)
    if is_opened or sum(map(len, beside_dates(byline, language=language))) <= MAX_BARE_BYLINE_CHARS:
        for name in split_byline(byline, language=language):
            if is_opened or " " in name or name[0] >= FIRST_UNSPACED:
                yield name


class _Text:
    """What is checked of all names of one text."""

    def __init__(self, labelled: Sequence[Labelled], headline: str, language: str) -> None:
        self._lines = [item.block.text for item in labelled]
        for place, item in enumerate(labelled):
            if is_byline(item):
                self._lines[place] = unglued(self._lines[place], language)
        self._labelled, self._language = labelled, language
        prose = [place for place, item in enumerate(labelled) if item.shape is Label.PARAGRAPH]
        prose = [place for place in prose if len(self._lines[place]) > _LONG_CHARS]
        self._first, self._last = (prose[0], prose[-1]) if prose else (len(labelled), len(labelled))
        above = [place for place, line in enumerate(self._lines[: self._first]) if line.strip() == headline]
        self._headline = above[-1] if above and headline else None
        self._prose = " ".join(["", *(self._lines[place] for place in prose), ""])
        # whom the text itself names it is about
        pairs = [*zip(self._lines, labelled, strict=True)]
        self._beside = [line for line, item in pairs if not item.is_kept]
        self._boxes = " ".join([line for line, item in pairs if item.label is Label.AUTHOR_BIO])
        of_languages = (lexicon(code).function_words for code in and_english(language))
        self._function_words = frozenset[str]().union(*of_languages)

    def names(self) -> Iterator[tuple[int, str]]:
        """What may be a name of the article's author, and its place."""
        last = self._last
        near = {*range(self._first - ABOVE, self._first), *range(last + 1, last + 1 + BELOW)}
        for place, item in enumerate(self._labelled):
            if is_byline(item):
                yield from ((place, name) for name in names_in(self._lines[place], self._language))
            elif item.label is Label.AUTHOR_BIO or place in near:
                yield from ((place, name) for name in self._names_beside(place))

    def _names_beside(self, place: int) -> Iterator[str]:
        """Full names that are all of a removed line, or signed in it."""
        item, line = self._labelled[place], self._lines[place]
        is_of_others = place > self._last and item.label in _OF_OTHERS
        if item.is_kept or is_of_others or len(line) > MAX_BARE_BYLINE_CHARS:
            return
        is_introduced = is_signed(line, self._language)
        if is_introduced or is_name(line):
            names = split_byline(line, language=self._language)
            if is_introduced or names == (line,):
                yield from filter(is_full_name, names)

    def goes_on(self, end: int, place: int) -> bool:
        """Whether a byline that ends in a line goes on in another: nothing but commas and "and" is between."""
        is_open = place - end > 1 or ends_in_joint(self._lines[end], self._language)
        between = self._lines[end + 1 : place]
        return end < place and is_open and all(is_joint(line, self._language) for line in between)

    def signs_of_place(self, place: int) -> Iterator[float]:
        yield float(self._is_introduced(place))
        is_near = self._headline is not None and 0 < place - self._headline <= _NEAR_HEADLINE
        yield float(is_near and place < self._first)
        yield float(0 < place - self._last <= _NEAR_END)
        dated = self._lines[place : place + 1 + _DATE_BELOW]
        yield float(any(DATED.search(line) for line in dated))

    def signs_of_words(self, name: str) -> Iterator[float]:
        words = [word.lower() for word in name.split()]
        yield sum(map(self._is_common, words)) / len(words)
        # two words; in scripts that part none, as many letters
        is_unspaced = len(words) == 1 and words[0][0] >= FIRST_UNSPACED
        yield float(len(words[0]) in _UNSPACED_LETTERS if is_unspaced else len(words) == 2)
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
        if word in self._function_words:
            return True
        # scripts without capitals write no word in lower case: there each word of the prose is common
        at = self._prose.find(word) if len(word) >= _LEAST_WORD else -1
        while at >= 0:
            if self._prose[at - 1] in _AROUND_WORDS and self._prose[at + len(word)] in _AROUND_WORDS:
                return True
            at = self._prose.find(word, at + 1)
        return False

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
