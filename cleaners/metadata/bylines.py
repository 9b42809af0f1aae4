"""Authors as the page shows them to a reader, where its metadata is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.near_headline import NO_PROSE, Line, lines_in
from copydesk.cleaners.markup.page_head import is_aside
from copydesk.cleaners.metadata.authors import (
    clean_name,
    ends_in_joint,
    has_opener,
    is_collective,
    is_common,
    is_joint,
    is_opener,
    split_authors,
)
from copydesk.cleaners.types import Candidate

# characters of a line; set by hand: larger looks for names in prose, smaller loses bylines of many names
_MAX_BYLINE = 160
# set by hand: a team stands first in its element, and more words are a sentence about it
_MAX_OUTLET_LINES, _MAX_OUTLET_WORDS = 3, 6
_MAX_LINES = 10  # text nodes of a byline's element that are read
# "byline", "author-name", "post-author", "vcard" (hCard), "author" alone; not "author-box"
_SURE_WORDS = re.compile(
    r"byline|author[-_ ]*(?:name|link|s\b)|(?:post|entry|article|meta)[-_]+author|vcard|(?:^| )author(?: |$)"
)
# "/author/anna-berg", "/autoren/anna-berg", "/auteurs/anna-berg"
_AUTHOR_PAGE = re.compile(r"/(?:author|autor|auteur)")
# "author-avatar", "author-bio", "comment-author": near an author's name, or another's
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


def authors_near(page: Declared, title: str | None) -> tuple[Candidate, ...]:
    """Names in elements that say they hold an author, or behind a "By" near the headline."""
    for lines in chain(_sure_lines(page, title), _unsure_lines(page)):
        names = _names_in(lines, language=page.language, outlets=page.outlets)
        if names and _is_convincing(names, lines, page.language):
            # "Anna Berg, Harbour News": beside a person the site is where she works, alone it signs
            people = tuple(
                name for name in names if not (page.site.is_named_by(name) or page.site.has_branch(name))
            )
            return tuple(Candidate(name, "text:byline") for name in people or names)
    return ()


def outlet_near(page: Declared, title: str | None) -> Candidate | None:
    """The team or site that a sure byline names where it names no person ("By the Harbour Post team")."""
    for lines in _sure_lines(page, title):
        for _, line in lines[:_MAX_OUTLET_LINES]:
            name = clean_name(line, language=page.language)
            if len(name.split()) <= _MAX_OUTLET_WORDS and not is_opener(name, page.language):
                if is_collective(name) or page.site.is_named_by(name):
                    return Candidate(name, "text:byline")
                break
    return None


def _sure_lines(page: Declared, title: str | None) -> Iterator[list[Line]]:
    """Lines that name authors, the surest first; each kind is looked for only where the ones before fail."""
    for elements in (page.marked.credited, page.marked.linked):
        yield from (
            _first_lines(element) for element in elements if _is_sure(element) and _is_credit(element)
        )
    # last, for "By" may also open a sentence of the standfirst
    near = page.lines_near(title)
    for place, (_, text) in enumerate(near):
        if len(text) <= _MAX_BYLINE and (has_opener(text, page.language) or is_opener(text, page.language)):
            yield list(near[place : place + _MAX_LINES])


def _unsure_lines(page: Declared) -> Iterator[list[Line]]:
    for element in dict.fromkeys((*page.marked.credited, *page.marked.linked)):
        if not _is_sure(element) and _is_credit(element):
            yield _first_lines(element)


def _first_lines(element: etree._Element) -> list[Line]:
    return list(islice(lines_in(element), _MAX_LINES))


def _is_credit(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return (
        element.tag not in NO_PROSE
        and not any(word in words for word in _NOT_NAMES)
        and not is_aside(element)
    )


def _is_sure(element: etree._Element) -> bool:
    """Whether the markup says that this is an author's name, not merely something about authors."""
    # rel: a link type of the HTML Standard; itemprop: a property of schema.org
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    if _AUTHOR_PAGE.search(element.get("href", "")):
        return True
    return _SURE_WORDS.search(element.get("class", "").lower()) is not None


def _is_convincing(names: tuple[str, ...], lines: list[Line], language: str) -> bool:
    """A full name; one word alone only where it is all there is, or an opener stands before it."""
    if any(is_common(name, language) for name in names):
        return False
    # a name in Han, kana or Hangul is one word
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
        # one line that is no name may come first (a date, a section), two may not
        elif names or misses:
            break
        elif is_collective(line):
            break  # who wrote it is said: no person
        elif not is_opener(line, language):
            misses += 1
    return tuple(dict.fromkeys(names))


def _are_twins(tag: str, last: str) -> bool:
    """Whether two names stand in elements of the same kind: links, or the same tag and class."""
    # a Line's tag is "tag.class": a link without class tells enough, "p." does not
    return tag == last and (tag.startswith("a.") or not tag.endswith("."))
