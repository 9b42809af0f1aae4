"""Author and date as the page shows them to a reader, where its metadata is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from cleaners.authors import ends_in_joint, has_opener, is_common, is_joint, is_opener, split_authors
from cleaners.byline_words import is_modified_note
from cleaners.dates import parse_date, read_date
from cleaners.nearby import SILENT, Line, lines_in, near_heading
from cleaners.signals import Signals, is_aside, select, text_in
from cleaners.types import Candidate

_MAX_BYLINE = 160
_MAX_CREDITED = 60
_MAX_LINES = 10  # text nodes of a byline's element that are read
# attributes first: four times as fast as a predicate on every element; bounded before the step up to the
# element, which takes quadratic time
_CREDITED = etree.XPath(
    "(//@class[contains(.,'uthor') or contains(.,'yline') or contains(.,'autor')])[position() <= 60]/.."
    " | (//@itemprop[.='author'])[position() <= 60]/.."
    " | (//@data-testid[contains(.,'uthor') or contains(.,'yline')])[position() <= 60]/.."
    " | (//a[@rel='author' or contains(@href,'/author') or contains(@href,'/autor') or contains(@href,'/auteur')])"
    "[position() <= 60]"
)
_SURE_WORDS = re.compile(
    r"byline|author[-_ ]*(?:name|link|s\b)|(?:post|entry|article|meta)[-_]+author|vcard|(?:^| )author(?: |$)"
)
_AUTHOR_PAGE = re.compile(r"/(?:author|autor|auteur)")
_DATED = etree.XPath(
    "(//@class[contains(.,'date') or contains(.,'Date') or contains(.,'publi') or contains(.,'time')])"
    "[position() <= 60]/.."
)
_NOT_NAMES = (
    "bio",
    "avatar",
    "image",
    "photo",
    "desc",
    "social",
    "comment",
    "related",
    "count",
    "role",
    "recent",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands near the headline: names, and a date of publication and of change."""

    authors: tuple[Candidate, ...] = ()
    published: Candidate | None = None
    modified: Candidate | None = None


def times(signals: Signals, *, language: str) -> Shown:
    """Dates of the ``time`` elements outside of lists and comments; those after the headline count first."""
    published = modified = None
    for element in signals.times[:_MAX_CREDITED]:
        # the only time of a page may stand beside the article
        if is_aside(element) and (len(signals.times) > 1 or _is_comment(element)):
            continue
        value = element.get("datetime") or text_in(element)
        date = read_date(value, language=language) if value else None
        if date is None:
            continue
        if _says_modified(element):
            modified = modified or Candidate(date, "text:time")
        else:
            published = published or Candidate(date, "text:time")
    return Shown(published=published, modified=modified)


def dates_near(signals: Signals, heading: etree._Element | None, *, language: str) -> Shown:
    """Dates written out near the headline, or in elements whose class says that they hold a date."""
    published = modified = None
    for text in _date_texts(signals, heading):
        date = parse_date(text, language=language)
        if date is None:
            continue
        if is_modified_note(text):
            modified = modified or Candidate(date, "text:byline")
        else:
            published = Candidate(date, "text:byline")
            break
    return Shown(published=published, modified=modified)


def authors_near(
    signals: Signals, heading: etree._Element | None, *, language: str, outlets: tuple[str, ...]
) -> tuple[Candidate, ...]:
    """Names in elements that say they hold an author, or behind a "By" near the headline."""
    credited = [element for element in select(signals.root, _CREDITED)[:_MAX_CREDITED] if _is_credit(element)]
    sure = [element for element in credited if _is_sure(element)]
    near = list(near_heading(heading))
    after_openers = [
        near[place : place + _MAX_LINES]
        for place, (_, text) in enumerate(near)
        if len(text) <= _MAX_BYLINE and (has_opener(text, language) or is_opener(text, language))
    ]
    groups = (
        *(list(islice(lines_in(element), _MAX_LINES)) for element in sure),
        *after_openers,
        *(list(islice(lines_in(element), _MAX_LINES)) for element in credited if element not in sure),
    )
    for lines in groups:
        names = _names_in(lines, language=language, outlets=outlets)
        if names and _is_convincing(names, lines, language):
            return tuple(Candidate(name, "text:byline") for name in names)
    return ()


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


def _is_credit(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return (
        element.tag not in SILENT and not any(word in words for word in _NOT_NAMES) and not is_aside(element)
    )


def _is_sure(element: etree._Element) -> bool:
    """Whether the markup says that this is an author's name, not merely something about authors."""
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    if _AUTHOR_PAGE.search(element.get("href", "")):
        return True
    return _SURE_WORDS.search(element.get("class", "").lower()) is not None


def _is_convincing(names: tuple[str, ...], lines: list[Line], language: str) -> bool:
    """A full name; one word alone only where it is all there is, or an opener stands before it."""
    if any(is_common(name, language) for name in names):
        return False
    is_full = " " in names[0] or not names[0].isascii()
    introduced = any(is_opener(text, language) or has_opener(text, language) for _, text in lines[:2])
    return is_full or introduced or len(lines) == 1


def _names_in(lines: list[Line], *, language: str, outlets: tuple[str, ...]) -> tuple[str, ...]:
    """The names at the start of a byline's (tag, text) lines: up to the first that is neither name nor joint."""
    names: list[str] = []
    is_open, last_tag, misses = True, "", 0
    for tag, line in lines:
        if is_joint(line, language):
            is_open = True
            continue
        if len(line) > _MAX_BYLINE or (names and not is_open and not _are_twins(tag, last_tag)):
            break
        found = split_authors(line, language=language, site_names=outlets)
        if found:
            names += found
            is_open, last_tag = ends_in_joint(line, language), tag
        elif names or misses:
            break
        elif not is_opener(line, language):
            misses += 1
    return tuple(dict.fromkeys(names))


def _are_twins(tag: str, last: str) -> bool:
    """Whether two names stand in elements of the same kind: links, or the same tag and class."""
    return tag == last and (tag.startswith("a.") or not tag.endswith("."))


def _date_texts(signals: Signals, heading: etree._Element | None) -> Iterator[str]:
    for _, text in near_heading(heading):
        yield text
    for element in select(signals.root, _DATED)[:_MAX_CREDITED]:
        if element.tag not in SILENT and not is_aside(element):
            text = " ".join(text for _, text in islice(lines_in(element), _MAX_LINES))
            if 0 < len(text) <= _MAX_BYLINE:
                yield text
