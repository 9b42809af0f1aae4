"""Dates as the page shows them to a reader: ``time`` elements, and dates written out near the headline."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.dates.date_bounds import UNBOUNDED, DateBounds
from copydesk.cleaners.dates.written_dates import clock_beside, dates_of_note, read_date
from copydesk.cleaners.lexicon.byline_words import is_modified_note
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.near_headline import NO_PROSE, lines_in
from copydesk.cleaners.markup.page_head import PageHead, is_aside, text_in
from copydesk.cleaners.types import Candidate

# of a date's element; set by hand: longer ones hold prose, with dates of what is told
_MAX_CHARS = 160
# set by hand: long threads have hundreds, and each costs a reading
_MAX_TIMES = 60
_MAX_DATE_LINE = 40  # characters of a line that is a date and hardly more
_MAX_LINES = 10  # text nodes of a date's element that are read


class Shown(Struct, frozen=True):
    """A date of publication and one of change, as far as they are shown."""

    published: Candidate | None = None
    modified: Candidate | None = None
    rejected_published: tuple[Candidate, ...] = ()
    """What elements say as it is written, where it cannot be."""
    rejected_modified: tuple[Candidate, ...] = ()


def times(head: PageHead, *, language: str, bounds: DateBounds = UNBOUNDED) -> Shown:
    """Dates of the ``time`` elements outside of lists and comments; those after the headline count first."""
    dates: dict[bool, list[Candidate]] = {True: [], False: []}
    rejected: dict[bool, list[Candidate]] = {True: [], False: []}
    for element in head.times[:_MAX_TIMES]:
        # the only time of a page may stand beside the article
        if is_aside(element) and (len(head.times) > 1 or _is_comment(element)):
            continue
        # the attribute is for machines (HTML Standard, time element); the text helps where it is wrong
        for said in (element.get("datetime", ""), text_in(element)):
            date = read_date(said, language=language)
            if date and bounds.admits(date):
                dates[_says_modified(element)].append(
                    Candidate(date, "text:time", clock_beside(said, language=language))
                )
                break
            if date:
                rejected[_says_modified(element)].append(Candidate(said, "text:time"))
    return Shown(
        next(iter(dates[False]), None),
        next(iter(dates[True]), None),
        tuple(rejected[False]),
        tuple(rejected[True]),
    )


def shown_in(text: str, *, origin: str, language: str, bounds: DateBounds) -> Shown:
    """The dates a line of text says."""
    said = dates_of_note(text, language=language, bounds=bounds)
    return Shown(
        Candidate(said.published, origin, said.published_clock) if said.published else None,
        Candidate(said.modified, origin, said.modified_clock) if said.modified else None,
        tuple(Candidate(written, origin) for written in said.impossible_published),
        tuple(Candidate(written, origin) for written in said.impossible_modified),
    )


def dates_near(page: Declared, title: str | None) -> Shown:
    """Dates written out near the headline, or in elements whose class says that they hold a date."""
    read: list[Shown] = []
    for text in _date_texts(page, title):
        read.append(_shown(text, page))
        # further down stand dates of teasers and events
        if read[-1].published:
            break
    return Shown(
        next((one.published for one in read if one.published), None),
        next((one.modified for one in read if one.modified), None),
        tuple(raw for one in read for raw in one.rejected_published),
        tuple(raw for one in read for raw in one.rejected_modified),
    )


def date_beside(page: Declared, title: str | None) -> Candidate | None:
    """The first date of publication that stands near the headline with little else in its line."""
    for _, text in page.lines_near(title):
        if len(text) <= _MAX_DATE_LINE:
            said = _shown(text, page)
            if said.published or said.modified:
                return said.published
    return None


def _shown(text: str, page: Declared) -> Shown:
    return shown_in(text, origin="text:byline", language=page.language, bounds=page.bounds)


def _says_modified(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('itemprop', '')}".lower()
    # "entry-date published updated": themes write so where a post was never changed
    if "updated" in words and "published" in words:
        return False
    if "modif" in words or "update" in words:
        return True
    above = element.getparent()
    before = (above.text or "") if above is not None else ""
    previous = element.getprevious()
    if previous is not None:
        before = f"{text_in(previous)[-40:]} {previous.tail or ''}"
    # "Updated on"; set by hand: more characters reach into the sentence before
    return is_modified_note(before[-60:])


def _is_comment(element: etree._Element) -> bool:
    return any(
        "comment" in f"{above.get('class', '')} {above.get('id', '')}" for above in element.iterancestors()
    )


def _date_texts(page: Declared, title: str | None) -> Iterator[str]:
    for _, text in page.lines_near(title):
        yield text
    for element in page.marked.dated:
        if element.tag not in NO_PROSE and not is_aside(element):
            text = " ".join(text for _, text in islice(lines_in(element), _MAX_LINES))
            if 0 < len(text) <= _MAX_CHARS:
                yield text
