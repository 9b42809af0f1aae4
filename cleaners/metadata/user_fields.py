"""Fields whose place on the page a user's rule names: read as what is found elsewhere, so that no junk is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from lxml import etree

from copydesk.cleaners.dates.written_dates import clock_beside, dates_of_note, read_date
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.authors import split_byline
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.metadata.selected import MAX_NODES, Selected
from copydesk.cleaners.metadata.title_parts import without_site
from copydesk.cleaners.types import Candidate

_MAX_TITLE_CHARS = 500  # as of any other title
_MAX_NAME_WORDS = 6  # set by hand: a longer one is a clause of a sentence
_MAX_LINE_CHARS = 160  # of a byline or a date, as of those near a headline: what is longer is prose
# where elements without text of their own have it for machines
_FOR_MACHINES = ("datetime", "content")


def selected_titles(page: Declared, selected: Iterable[Selected]) -> Iterator[Candidate]:
    """The title that a rule selects, without the name of the site: of several selectors the first that finds one."""
    for one in selected:
        for text in one.texts():
            if 0 < len(text) <= _MAX_TITLE_CHARS:
                yield Candidate(without_site(text, page.site), one.origin)
                return


def title(evidence: Evidence, _found: Found) -> Iterable[Candidate]:
    """The same of a page."""
    return selected_titles(evidence.markup, evidence.selected.get("title", ()))


def authors(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The people whom the first selector names that names any: a sentence is no byline."""
    for one in evidence.selected.get("author", ()):
        lines = (text for text in one.texts() if len(text) <= _MAX_LINE_CHARS)
        names = chain.from_iterable(split_byline(line, language=evidence.language) for line in lines)
        found = [name for name in dict.fromkeys(names) if len(name.split()) <= _MAX_NAME_WORDS][:MAX_NODES]
        if found:
            yield from (Candidate(name, one.origin) for name in found)
            return


def date_published(evidence: Evidence, _found: Found) -> Iterator[Candidate]:
    """The first date that can be of the first selector that finds one; dates of a change are none of publication."""
    language = evidence.markup.date_language
    for one in evidence.selected.get("date_published", ()):
        for written in _dates(one):
            if date := read_date(written, language=language):
                if evidence.bounds.admits(date):
                    yield Candidate(date, one.origin, clock_beside(written, language=language), written)
                    return
                yield Candidate("", one.origin, written=written)
                continue
            shown = dates_of_note(written, origin=one.origin, language=language, bounds=evidence.bounds)
            yield from shown["date_published"]
            if any(candidate.value for candidate in shown["date_published"]):
                return


def _dates(selected: Selected) -> Iterator[str]:
    for node, text in zip(selected.nodes, selected.texts(), strict=True):
        if isinstance(node, etree._Element):
            yield from (value for key in _FOR_MACHINES if (value := node.get(key, "")))
        if len(text) <= _MAX_LINE_CHARS:
            yield text
