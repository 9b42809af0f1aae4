"""Lexical cohesion as measures: whether a block, and the section it is in, go on about what the page is about.

A text repeats its terms (Halliday and Hasan, Cohesion in English, 1976), and where few of them reach across a border
another text begins (Hearst, TextTiling, 1997). Nothing here knows a language but its frequent words. A section is a run
of blocks that an article fills, or another one does. ``copydesk/_core/cohesion.pyx`` is the compiled twin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core import compiled
from copydesk.cleaners.judge.block_features import OWN, Own, table_of
from copydesk.cleaners.judge.cohesion.terms import LEAST_LETTERS, Bools, Floats, Ints, Terms, find_terms
from copydesk.cleaners.judge.layout import Layout
from copydesk.cleaners.lexicon.block_phrases import Phrased
from copydesk.cleaners.lexicon.words import function_words
from copydesk.cleaners.word_count import UNSPACED

_FEWEST_TERMS = 5  # on either side of a border, below which it is not measured; set by hand
_OPENING = 5  # blocks a section begins with: headline, byline and date
_MOST_SECTIONS = 5.0
_MIN_TOPIC_WORDS = 8  # blocks with more tell what they are about, as prose and headings do; set by hand
_LEAD_BLOCKS = 5  # of prose, that tell what the article is about; set by hand
_UNKNOWN_LIKENESS = 0.5  # likeness to the title where no heading comes before
_MAIN_SHARE = 0.6  # of the page's prose in the main element, as in `features._elements`; set by hand
_BOX_PROSE = 2  # blocks of prose from which an element is a section; a paragraph's own is none
_BETWEEN, _OUTSIDE = -1, -2

_BLOCK = ("lead", "before", "after", "title", "terms_log", "title_terms", "border", "weakest_border")
_HEADING = ("in_title", "number_log")
_ARTICLE = ("is_other", "number_log")
_SECTION = (
    "lead",
    "repeated_lead",
    "title",
    "title_of_best",
    "before",
    "after",
    "repeated_before",
    "repeated_after",
    "repeated_log",
    "number",
    "number_from_end",
    "prose_share",
    "opening_in_title",
    "opening_byline",
)
NAMES: tuple[str, ...] = (
    *(f"cohesion_{name}" for name in _BLOCK),
    *(f"last_heading_{name}" for name in _HEADING),
    *(f"article_{name}" for name in _ARTICLE),
    *(f"headed_{name}" for name in _SECTION),
    *(f"boxed_{name}" for name in _SECTION),
    *(f"apart_{name}" for name in _SECTION),
)
"""The columns of ``measure_page``."""


def _core() -> Any | None:
    """What is compiled of this module and of ``find_terms``, with their numbers."""
    module = compiled("cohesion")
    limits = {
        "fewest_terms": _FEWEST_TERMS,
        "opening": _OPENING,
        "most_sections": _MOST_SECTIONS,
        "min_topic_words": _MIN_TOPIC_WORDS,
        "lead_blocks": _LEAD_BLOCKS,
        "unknown_likeness": _UNKNOWN_LIKENESS,
        "main_share": _MAIN_SHARE,
        "box_prose": _BOX_PROSE,
        "least_letters": LEAST_LETTERS,
        **{name: OWN.index(name) for name in ("is_heading", "level", "is_title")},
    }
    return module and module.Cohesion(limits)


_CORE = _core()


class Sections(Struct, frozen=True):
    """A page cut into runs of blocks: per block ``of``, its section; per section ``starts`` and ``ends``."""

    of: Ints
    starts: Ints
    ends: Ints


class Facts(Struct, frozen=True):
    """What is needed of a page's blocks: ``prose_chars`` (0 for what is no prose), the rank of headings (0: none),
    likeness to the page's title, how surely it is a byline (0 to 1), and where the headline is.
    """

    prose_chars: Floats
    ranks: Floats
    in_title: Floats
    bylines: Floats
    headline: int | None

    @property
    def is_prose(self) -> Bools:
        """Whether each block is prose."""
        return self.prose_chars > 0

    @property
    def start(self) -> int:
        """Where the article begins: at the headline, or else at the first prose."""
        return int(np.argmax(self.prose_chars > 0)) if self.headline is None else self.headline

    @property
    def first_prose(self) -> int:
        """The first prose of the article; where it begins if it has none."""
        return self.start + int(np.argmax(self.is_prose[self.start :]))

    @property
    def is_lead(self) -> Bools:
        """Whether each block is prose that the article begins with, up to the next heading as high as the headline; up
        to any where none comes before that.
        """
        places = np.arange(len(self.is_prose))
        follows = self.is_prose & (places >= self.start)
        headings = places[self.is_high & (places > self.start)]
        own = follows & (places < min(headings, default=len(places)))
        lead = own if own.any() else follows
        return lead & (np.cumsum(lead) <= _LEAD_BLOCKS)

    @property
    def is_high(self) -> Bools:
        """Whether each block is a heading as high as the headline."""
        highest = 1.0 if self.headline is None else max(1.0, float(self.ranks[self.headline]))
        return (self.ranks > 0) & (self.ranks <= highest)


def measure_page(
    own: Own, phrased: Phrased, layout: Layout, title: tuple[int | None, Floats], bylines: Floats
) -> Floats:
    """The measures of a page's blocks, one row a block, columns as in ``NAMES``.

    ``title``: the block that is the headline, and how far each block is like the page's title (two columns, 0 to
    1); ``bylines``: how surely each is a byline, 0 to 1.
    """
    if _CORE is not None:
        common = function_words(phrased.language)
        found: Floats = _CORE.measure(own, phrased.words, layout, title, bylines, common, UNSPACED)
        return found
    headline, likeness = title
    is_heading, is_title = (own.table[:, OWN.index(name)] > 0 for name in ("is_heading", "is_title"))
    ranks = own.table[:, OWN.index("level")] * is_heading
    facts = Facts(own.chars * own.is_prose, ranks, likeness.max(axis=1), bylines, headline)
    if headline is not None:
        is_title[headline] = True
    is_counted = facts.is_prose | is_heading | is_title | (own.words > _MIN_TOPIC_WORDS)
    terms = find_terms(phrased.words, is_counted, facts.is_prose, function_words(phrased.language))
    subject = _Subject(terms.of(is_title), terms.of(is_title | facts.is_lead))
    return _measure(terms, subject, layout, facts)


class _Subject(Struct, frozen=True):
    """For each term whether it occurs in the page's title, and whether in that or the article's beginning."""

    title: Bools
    lead: Bools


def _measure(terms: Terms, subject: _Subject, layout: Layout, facts: Facts) -> Floats:
    sections = (
        _under_headings(facts.is_high),
        _of_main_element(layout, facts.is_prose, facts.prose_chars),
        _apart_from(layout, facts.is_prose, facts.first_prose),
    )
    return np.concatenate(
        (
            _blocks(terms, subject, facts.start),
            _headings(facts),
            _articles(layout, facts.start),
            *(_sections(found, terms, subject, facts)[found.of] for found in sections),
        ),
        axis=1,
    )


def _blocks(terms: Terms, subject: _Subject, start: int) -> Floats:
    border = _borders(terms)
    holding = np.bincount(terms.blocks, minlength=terms.count)
    weakest = np.ones(terms.count)
    weakest[start:] = np.minimum.accumulate(border[start:])
    columns: dict[str, NDArray[Any] | float] = {
        "lead": terms.share(subject.lead[terms.terms]),
        "before": terms.share(terms.first[terms.terms] < terms.blocks),
        "after": terms.share(terms.last[terms.terms] > terms.blocks),
        "title": terms.share(subject.title[terms.terms]),
        "terms_log": np.log1p(holding),
        "title_terms": float(subject.title.sum()),
        "border": border,
        "weakest_border": weakest,
    }
    return table_of(_BLOCK, columns)


def _borders(terms: Terms) -> Floats:
    """For the border before each block the share of terms that stand on both sides of it, of the fewer there are on
    either side; 1 where these are next to none.
    """
    in_prose = terms.last >= 0
    first = np.bincount(terms.first[in_prose], minlength=terms.count)
    last = np.bincount(terms.last[in_prose], minlength=terms.count)
    # a term is on both sides of the borders after its first block up to the one before its last
    before = np.cumsum(first) - first
    after = last.sum() - (np.cumsum(last) - last)
    both = before - (np.cumsum(last) - last)
    fewer = np.minimum(before, after)
    return np.where(fewer < _FEWEST_TERMS, 1.0, both / np.maximum(1, fewer))


def _headings(facts: Facts) -> Floats:
    """The last heading as high as the headline."""
    high = facts.is_high
    last = np.maximum.accumulate(np.where(high, np.arange(len(high)), -1))
    columns = {
        "in_title": np.where(last < 0, _UNKNOWN_LIKENESS, facts.in_title[last]),
        "number_log": np.log1p(np.cumsum(high)),
    }
    return table_of(_HEADING, columns)


def _articles(layout: Layout, start: int) -> Floats:
    """Whether blocks stand in an ``article`` element that is not the headline's, and how many of them began."""
    tags = np.array([tag == "article" for tag, _ in layout.names])[layout.named]
    inside = np.where(tags, np.arange(len(tags)), 0)
    for here, above in layout.levels:
        inside[here] = np.where(tags[here], here, inside[above])
    articles = inside[layout.holders]
    begun = np.bincount(layout.starts[tags], minlength=len(articles) + 1)[: len(articles)]
    columns = {
        "is_other": (articles != 0) & (articles != articles[start]),
        "number_log": np.log1p(np.cumsum(begun)),
    }
    return table_of(_ARTICLE, columns)


def _sections(sections: Sections, terms: Terms, subject: _Subject, facts: Facts) -> Floats:
    count = len(sections.starts)
    number = np.arange(count)
    columns: dict[str, Floats] = {
        "number": np.minimum(number, _MOST_SECTIONS),
        "number_from_end": np.minimum(count - 1 - number, _MOST_SECTIONS),
        "prose_share": _summed(sections, facts.prose_chars) / max(1.0, float(facts.prose_chars.sum())),
        **_terms_of(sections, terms, subject),
        **_openings(sections, facts),
    }
    return table_of(_SECTION, columns)


def _summed(sections: Sections, values: Floats) -> Floats:
    return np.bincount(sections.of, weights=values, minlength=len(sections.starts)).astype(np.float64)


def _terms_of(sections: Sections, terms: Terms, subject: _Subject) -> Mapping[str, Floats]:
    """Terms of the prose of each section, those that stand in it twice for themselves: names and things it is about."""
    size = max(1, len(terms.first))
    pairs = sections.of[terms.blocks[terms.in_prose]] * size + terms.terms[terms.in_prose]
    distinct, times = np.unique(pairs, return_counts=True)
    section, term = distinct // size, distinct % size

    def counted(is_so: Bools) -> Floats:
        return np.bincount(section, weights=is_so, minlength=len(sections.starts)).astype(np.float64)

    before = terms.first[term] < sections.starts[section]
    after = terms.last[term] >= sections.ends[section]
    repeated = times > 1
    every, some = np.maximum(1.0, counted(times > 0)), np.maximum(1.0, counted(repeated))
    in_title = counted(subject.title[term]) / max(1, int(subject.title.sum()))
    lead = subject.lead[term]
    return {
        "lead": counted(lead) / every,
        "repeated_lead": counted(lead & repeated) / some,
        "title": in_title,
        "title_of_best": in_title / max(1e-9, float(in_title.max())),
        "before": counted(before) / every,
        "after": counted(after) / every,
        "repeated_before": counted(before & repeated) / some,
        "repeated_after": counted(after & repeated) / some,
        "repeated_log": np.log1p(counted(repeated)),
    }


def _openings(sections: Sections, facts: Facts) -> Mapping[str, Floats]:
    """What is at the beginning of each section: a heading like the title, a byline."""
    opens = np.arange(len(sections.of)) - sections.starts[sections.of] < _OPENING
    return {
        "opening_in_title": _largest(sections, np.where(opens & (facts.ranks > 0), facts.in_title, 0.0)),
        "opening_byline": _largest(sections, np.where(opens, facts.bylines, 0.0)),
    }


def _largest(sections: Sections, values: Floats) -> Floats:
    found = np.zeros(len(sections.starts))
    np.maximum.at(found, sections.of, values)
    return found


def _under_headings(headings: Bools) -> Sections:
    """A section from each of these headings to the next; the first is what comes before them all."""
    return _runs_of(np.cumsum(headings))


def _of_main_element(layout: Layout, is_prose: Bools, prose_chars: Floats) -> Sections:
    """Sections by elements: each in the main element that holds prose, what is between these, and what is
    outside. The main element is the deepest that holds most of the prose.
    """
    held = _under(layout, prose_chars)
    holds_most = held >= _MAIN_SHARE * max(1.0, float(prose_chars.sum()))
    main = int(np.argmax(np.where(holds_most, layout.depths, -1)))
    around = np.arange(len(layout.parents)) == main
    return _by_elements(layout, is_prose, around)


def _apart_from(layout: Layout, is_prose: Bools, at: int) -> Sections:
    """Sections by elements: the outermost ones that hold prose and not block ``at``, and what is between them. A
    second article is one, however long it is and whatever it is divided into.
    """
    return _by_elements(layout, is_prose, (layout.starts <= at) & (at < layout.ends))


def _by_elements(layout: Layout, is_prose: Bools, around: Bools) -> Sections:
    """Sections that are elements right inside one of those ``around``."""
    holds_prose = _under(layout, is_prose) >= _BOX_PROSE
    # of each element the section it is in, by the number of an element; else whether it is in one of those around
    section = np.where(around, _BETWEEN, _OUTSIDE)
    for here, above in layout.levels:
        begun = np.where(holds_prose[here], here, _BETWEEN)
        section[here] = np.where(around[here], _BETWEEN, np.where(around[above], begun, section[above]))
    found = section[layout.holders]
    return _runs_of(np.concatenate(([0], np.cumsum(found[1:] != found[:-1]))))


def _under(layout: Layout, values: Floats | Bools) -> Floats:
    sums = np.concatenate(([0.0], np.cumsum(values)))
    under: Floats = sums[layout.ends] - sums[layout.starts]
    return under


def _runs_of(of: Ints) -> Sections:
    # headings number from 1 where a page begins with one: an empty section 0 is a section all the same
    starts = np.searchsorted(of, np.arange(int(of[-1]) + 1))
    return Sections(of, starts, np.append(starts[1:], len(of)))
