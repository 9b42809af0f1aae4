"""Dates as the page shows them to a reader: ``time`` elements, and dates written out near the headline."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.byline_words import is_modified_note
from copydesk.cleaners.date_bounds import UNBOUNDED, DateBounds
from copydesk.cleaners.dates import dates_of_note, read_date
from copydesk.cleaners.declared import Declared
from copydesk.cleaners.nearby import SILENT, lines_in
from copydesk.cleaners.signals import Signals, is_aside, text_in
from copydesk.cleaners.types import Candidate

_MAX_CHARS = 160
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


def times(signals: Signals, *, language: str, bounds: DateBounds = UNBOUNDED) -> Shown:
    """Dates of the ``time`` elements outside of lists and comments; those after the headline count first."""
    published = modified = None
    rejected: dict[bool, list[Candidate]] = {True: [], False: []}
    for element in signals.times[:_MAX_TIMES]:
        # the only time of a page may stand beside the article
        if is_aside(element) and (len(signals.times) > 1 or _is_comment(element)):
            continue
        said = element.get("datetime", "")
        date = read_date(said, language=language)
        if date and not bounds.admits(date):
            rejected[_says_modified(element)].append(Candidate(said, "text:time"))
            date = None
        date = date or read_date(text_in(element), language=language)
        if date is None or not bounds.admits(date):
            continue
        if _says_modified(element):
            modified = modified or Candidate(date, "text:time")
        else:
            published = published or Candidate(date, "text:time")
    return Shown(published, modified, tuple(rejected[False]), tuple(rejected[True]))


def dates_near(page: Declared, title: str | None) -> Shown:
    """Dates written out near the headline, or in elements whose class says that they hold a date."""
    published = modified = None
    for text in _date_texts(page, title):
        said, changed = dates_of_note(text, language=page.language, bounds=page.bounds)
        modified = modified or _shown(changed)
        if said:
            published = _shown(said)
            break
    return Shown(published=published, modified=modified)


def date_beside(page: Declared, title: str | None) -> Candidate | None:
    """The first date of publication that stands near the headline with little else in its line."""
    for _, text in page.lines_near(title):
        if len(text) <= _MAX_DATE_LINE:
            said, changed = dates_of_note(text, language=page.language, bounds=page.bounds)
            if said or changed:
                return _shown(said)
    return None


def _shown(date: str | None) -> Candidate | None:
    return Candidate(date, "text:byline") if date else None


def _says_modified(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('itemprop', '')}".lower()
    if "updated" in words and "published" in words:
        return False
    if "modif" in words or "update" in words:
        return True
    above = element.getparent()
    before = (above.text or "") if above is not None else ""
    previous = element.getprevious()
    if previous is not None:
        before = f"{text_in(previous)[-40:]} {previous.tail or ''}"
    return is_modified_note(before[-60:])


def _is_comment(element: etree._Element) -> bool:
    return any(
        "comment" in f"{above.get('class', '')} {above.get('id', '')}" for above in element.iterancestors()
    )


def _date_texts(page: Declared, title: str | None) -> Iterator[str]:
    for _, text in page.lines_near(title):
        yield text
    for element in page.marked.dated:
        if element.tag not in SILENT and not is_aside(element):
            text = " ".join(text for _, text in islice(lines_in(element), _MAX_LINES))
            if 0 < len(text) <= _MAX_CHARS:
                yield text
