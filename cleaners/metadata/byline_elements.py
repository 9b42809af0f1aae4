"""Elements that hold an author's name: which they are, and the names in their lines."""

from __future__ import annotations

from itertools import islice

from lxml import etree

from copydesk.cleaners.lexicon.byline_words import is_other_credit
from copydesk.cleaners.markup.declared import AUTHORS_ELSEWHERE, Declared
from copydesk.cleaners.markup.near_headline import NO_PROSE, Line, lines_in
from copydesk.cleaners.markup.page_head import text_before
from copydesk.cleaners.metadata.authors import further_names, split_byline, turned
from copydesk.cleaners.metadata.person_names import (
    ends_in_joint,
    has_opener,
    is_collective,
    is_common,
    is_full_name,
    is_joint,
    is_opener,
    is_organisation,
)
from copydesk.cleaners.metadata.signatures import MAX_BYLINE_CHARS
from copydesk.cleaners.patterns import lazy_pattern

# "byline", "author-name", "post-author", "banner__author", "vcard" (hCard), "author" alone; not "author-box"
_AUTHOR_WORDS = lazy_pattern(
    r"byline|author[-_ ]*(?:name|link|s\b)|(?:post|entry|article|meta)[-_]+author|vcard"
    rf"|(?:^| |__)(?:aut(?:h?or|eur)|{'|'.join(AUTHORS_ELSEWHERE)})(?: |$)"
)
# "author-avatar", "author-bio", "comment-author": elements beside the author's name, or of another author
_OTHER_WORDS = lazy_pattern(
    r"(?<![a-z])location|bio|avatar|image|img|photo|desc|social|comment|related|count|role|recent"
)
# "/author/anna-berg", "/autoren/anna-berg", "/auteurs/anna-berg"
_AUTHOR_PAGE = lazy_pattern(r"/(?:author|autor|auteur)")
_PREFIX_CHARS = 40  # set by hand: "Medically reviewed by", without the sentence before
_MAX_BESIDE = 4  # further authors in elements of their own; more are a list
MAX_LINES = 10
"""Of a byline's element."""


def person_in(element: etree._Element, page: Declared) -> str:
    """The one person whom an element names; ``""`` for nobody, an organisation, or who did something else."""
    lines = first_lines(element, page)
    names = names_at_start(lines, page)
    is_other = any(is_other_credit(text) for _, text in lines)
    is_person = len(names) == 1 and is_full_name(names[0]) and not is_organisation(names[0])
    return names[0] if is_person and not is_other and not is_common(names[0], page.language) else ""


def alike_beside(element: etree._Element, language: str) -> list[etree._Element]:
    """The elements right behind one that are of its tag and class, with at most "and" between them; none where there
    are more than a text has authors.
    """
    alike: list[etree._Element] = []
    before = element
    for one in islice(element.itersiblings("*"), _MAX_BESIDE + 1) if element.get("class") else ():
        between = (before.tail or "").strip()
        is_alike = one.tag == element.tag and one.get("class") == element.get("class")
        if not is_alike or (between and not is_joint(between, language)):
            break
        alike.append(one)
        before = one
    return alike if len(alike) <= _MAX_BESIDE else []


def first_lines(element: etree._Element, page: Declared) -> list[Line]:
    """The first lines of an element; in one that is an author's name with the given name first."""
    lines = lines_in(element, page.asides, MAX_LINES)
    # what is called a byline may hold sections, too
    is_name = marks_author(element) and "byline" not in element.get("class", "").lower()
    return [(tag, turned(line)) for tag, line in lines] if is_name else lines


def may_credit(element: etree._Element, page: Declared, title: str | None) -> bool:
    """Whether an element stands at the article and is not about a picture, a comment or who did something else."""
    words = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return (
        element.tag not in NO_PROSE
        and not _OTHER_WORDS.search(words)
        and not page.is_aside(element, title)
        and not is_other_credit(text_before(element)[-_PREFIX_CHARS:])
    )


def marks_author(element: etree._Element) -> bool:
    """Whether the markup says that an element is the author's name, and not only something about the author."""
    return is_declared_author(element) or _AUTHOR_WORDS.search(element.get("class", "").lower()) is not None


def is_declared_author(element: etree._Element) -> bool:
    """Whether an attribute says that an element is the author's name, or it links to the author's page."""
    # rel is a link type of the HTML Standard, itemprop a property of schema.org
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    return _AUTHOR_PAGE.search(element.get("href", "")) is not None


def is_plausible(names: tuple[str, ...], lines: list[Line], language: str) -> bool:
    """Whether these are names: a full name, or a single word that stands alone or follows an opener."""
    if any(is_common(name, language) for name in names):
        return False
    introduced = any(is_opener(text, language) or has_opener(text, language) for _, text in lines[:2])
    return is_full_name(names[0]) or introduced or len(lines) == 1


def names_at_start(lines: list[Line], page: Declared) -> tuple[str, ...]:
    """The names at the start of a byline, up to the first line that is neither a name nor joins two ("and")."""
    language = page.language
    names: list[str] = []
    is_open, last_tag, misses = True, "", 0
    for tag, line in lines:
        if is_joint(line, language):
            is_open = True
            continue
        if len(line) > MAX_BYLINE_CHARS:
            break
        # tags have the form "tag.class"; without a class, only links are of one kind
        is_alike = tag == last_tag and (tag.startswith("a.") or not tag.endswith("."))
        if names and not (is_open or is_alike):
            names += further_names(line, language)
            break
        if found := split_byline(line, language=language, site_names=page.outlets):
            names += found
            is_open, last_tag = ends_in_joint(line, language), tag
        # one other line may come first (a date, a section), but no group
        elif names or misses or is_collective(line):
            break
        elif not is_opener(line, language):
            misses += 1
    return tuple(dict.fromkeys(names))
