"""Authors that the markup declares, or that the page shows near its headline: who is a person, who an outlet, and which
declaration is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.lexicon.byline_words import is_other_credit
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Node, clean_text, types_of
from copydesk.cleaners.markup.near_headline import NO_PROSE, Line, lines_in
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.metadata.authors import (
    beside_dates,
    clean_name,
    ends_in_joint,
    further_names,
    has_opener,
    is_collective,
    is_common,
    is_full_name,
    is_joint,
    is_nobody,
    is_opener,
    is_page_word,
    split_authors,
)
from copydesk.cleaners.metadata.evidence import Evidence, FieldValue, Found
from copydesk.cleaners.schema import Author
from copydesk.cleaners.sites import Site, bare_name
from copydesk.cleaners.types import Candidate, Metadata

# both are properties of schema.org's CreativeWork; of one node, "author" is the first read
_AUTHOR_KEYS = ("author", "creator")
# "Written by", "Verfasst von", "Écrit par": labels that WordPress plugins give a card's data
_CARD_LABELS = ("written", "author", "verfasst", "écrit", "escrito", "auteur", "geschreven")
# set by hand, against lists of a paper's whole staff; of long lists of scientists the rest is lost
_MAX_AUTHORS = 20
# characters of a line; set by hand: larger looks for names in prose, smaller loses bylines of many names
_MAX_BYLINE = 160
# set by hand: a team comes first in its element, and more words are a sentence about it
_MAX_OUTLET_LINES, _MAX_OUTLET_WORDS = 3, 6
_MAX_LINES = 10  # text nodes of a byline's element that are read
# "byline", "author-name", "post-author", "banner__author", "vcard" (hCard), "author" alone; not "author-box"
_SURE_WORDS = re.compile(
    r"byline|author[-_ ]*(?:name|link|s\b)|(?:post|entry|article|meta)[-_]+author|vcard|(?:^| |__)aut(?:h?or|eur)(?: |$)"
)
_BEFORE_CHARS = 40  # set by hand: "Medically reviewed by", not the sentence before
_ACCOUNT = re.compile(r"[\w.-]{3,30}")  # "jovelstefan", "h.szeyee"
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


class Credit(Struct, frozen=True):
    """One declared author. ``is_outlet``: an organisation or an account rather than a person's name."""

    name: str
    origin: str
    url: str | None = None
    is_outlet: bool = False


def people_declared(evidence: Evidence, _found: Found) -> Iterator[FieldValue]:
    """The first declaration with a person in it, without the site itself."""
    site = evidence.markup.site
    for group in evidence.memoized(_declared):
        if any(not credit.is_outlet for credit in group):
            yield from (
                _value_of(credit)
                for credit in group
                if not (credit.is_outlet and site.is_named_by(credit.name))
            )
            return


def people_near_headline(evidence: Evidence, _found: Found) -> Iterator[FieldValue]:
    """Names that the page shows near its headline; where an outlet is declared a full one has to be among them, since a
    single word may be a section or an account.
    """
    shown = authors_near(evidence.markup, evidence.title)
    if not evidence.memoized(_declared) or any(" " in one.value for one in shown):
        yield from (FieldValue(one.value, one.origin) for one in shown)


def outlet_declared(evidence: Evidence, _found: Found) -> Iterator[FieldValue]:
    """The first declaration that names a desk, an account or the site itself: better than nobody."""
    yield from (_value_of(credit) for group in evidence.memoized(_declared)[:1] for credit in group)


def outlet_near_headline(evidence: Evidence, _found: Found) -> Iterator[FieldValue]:
    """The team or site that a byline names."""
    if outlet := outlet_near(evidence.markup, evidence.title):
        yield FieldValue(outlet.value, outlet.origin)


def people_signed(evidence: Evidence, found: Found) -> Iterator[FieldValue]:
    """Full names behind a "By" at the headline where others are declared: the account that posted the page, the house
    that owns the site, or a first name alone.
    """
    declared, page = found.all("author"), evidence.markup
    near = page.lines_near(evidence.title) if declared else ()
    # a person who is declared: the name shown may be that of the book which is reviewed
    houses = {bare_name(name) for name in page.outlets}
    people = (name for name in declared if is_full_name(name) and not page.site.is_named_by(name))
    if not near or any(bare_name(name) not in houses for name in people):
        return
    # the first alone: further down films and books have their authors
    lines = next(_opened_lines(page, evidence.title), [])
    names = _names_in(lines, language=page.language, outlets=page.outlets)
    if (
        names
        and all(map(is_full_name, names))
        and _is_convincing(names, lines, page.language)
        and not _are_same(declared, names)
        and not any(page.site.is_named_by(name) for name in names)
    ):
        yield from (FieldValue(name, "text:byline") for name in names)


def account_near_headline(evidence: Evidence, _found: Found) -> Iterator[FieldValue]:
    """The account that an author's element names, where no name is to be had ("jovelstefan")."""
    page = evidence.markup
    for element in (*page.marked.credited, *page.marked.linked):
        if _is_sure(element) and _is_credit(element, page, evidence.title):
            lines = [text for _, text in _first_lines(element) if not is_opener(text, page.language)]
            for part in beside_dates(lines[0], language=page.language) if lines else ():
                name = clean_name(part, language=page.language)
                if _is_account(name, page):
                    yield FieldValue(name, "text:byline")
                    return


def origins_naming(evidence: Evidence, name: str) -> Iterator[str]:
    """Where an author is named: declarations, and the lines at the headline."""
    yield from (
        credit.origin for group in evidence.memoized(_declared) for credit in group if credit.name == name
    )
    if any(name in text for _, text in evidence.markup.lines_near(evidence.title)):
        yield "text:byline"


def _is_account(name: str, page: Declared) -> bool:
    return (
        _ACCOUNT.fullmatch(name) is not None
        and not (is_nobody(name) or is_page_word(name) or is_opener(name, page.language))
        and not page.site.is_named_by(name)
    )


def _are_same(declared: Iterable[str], shown: Iterable[str]) -> bool:
    """Whether two lists of authors share a full name; a first name alone yields to the name it is part of."""
    known = [set(name.lower().replace(".", "").split()) for name in declared]
    names = [set(name.lower().replace(".", "").split()) for name in shown]
    return any(one & other and (len(one) > 1 or len(other) == 1) for one in known for other in names)


def authors_of(metadata: Metadata) -> tuple[Author, ...]:
    """The authors with their addresses, as the record has them."""
    names = metadata.all("author")
    urls = [candidate.value for candidate in metadata.all("author_url")] or [""] * len(names)
    return tuple(Author(name=name.value, url=url or None) for name, url in zip(names, urls, strict=True))


def _value_of(credit: Credit) -> FieldValue:
    return FieldValue(credit.name, credit.origin, url=credit.url or "")


def _declared(evidence: Evidence) -> tuple[tuple[Credit, ...], ...]:
    """The authors of each source that names any, the most trusted source first."""
    page = evidence.markup
    groups = [_unique(_from_node(page, node, key)) for node in page.nodes for key in _AUTHOR_KEYS]
    for name in meta_names.AUTHOR:
        contents = page.head.meta.get(name, ())
        groups.append(
            _unique(credit for content in contents for credit in _from_text(page, content, f"meta:{name}"))
        )
    # last: a card is filled by a plugin, with whoever's account posted the page
    groups.append(_unique(_from_card(page)))
    return tuple(tuple(_judged(credit, page.site) for credit in group) for group in groups if group)


def _judged(credit: Credit, site: Site) -> Credit:
    if credit.is_outlet or not site.is_named_by(credit.name):
        return credit
    return Credit(credit.name, credit.origin, credit.url, is_outlet=True)


def _unique(offered: Iterable[Credit]) -> tuple[Credit, ...]:
    found: dict[str, Credit] = {}
    for credit in offered:
        known = found.get(credit.name.lower())
        # the same name may come twice, once with an address
        if known is None or (known.url is None and credit.url):
            found[credit.name.lower()] = credit
    return tuple(found.values())[:_MAX_AUTHORS]


def _from_node(page: Declared, node: Node, key: str) -> Iterator[Credit]:
    for value in page.graph.values(node, key):
        if isinstance(value, str):
            yield from _from_text(page, value, page.origin)
        elif isinstance(value, dict):
            yield from _from_entity(page, value)


def _from_entity(page: Declared, entity: Node) -> Iterator[Credit]:
    names = entity.get("name")
    url = _address(page, entity)
    # NewsMediaOrganization and other subtypes of schema.org as well
    is_outlet = "organization" in "".join(types_of(entity))
    for name in names if isinstance(names, list) else (names,):
        text = clean_text(name)
        if text and is_outlet:
            yield Credit(text, page.origin, url, is_outlet=True)
        # a Person's name may hold several: "Anna Berg and Tom Bell"
        elif text:
            for credit in _from_text(page, text, page.origin):
                yield Credit(credit.name, page.origin, url, credit.is_outlet)


def _from_text(page: Declared, text: str, origin: str) -> Iterator[Credit]:
    """Names in a declared value; accounts, desks and abbreviations where nothing in it reads like a name."""
    plain = clean_text(text) or ""
    if page.site.is_named_by(plain.partition(",")[0]) and "," in plain:
        plain = plain.partition(",")[0]  # what follows is where the site is at home
    names = split_authors(plain, language=page.language)
    for name in names:
        # "News from the Harbour" has a name's capitals, but also function words
        yield Credit(name, origin, is_outlet=is_common(name, page.language))
    if not names:
        for part in plain.split(";"):
            whole = clean_name(part, language=page.language)
            if whole and not is_nobody(whole):
                yield Credit(whole, origin, is_outlet=True)


def _from_card(page: Declared) -> Iterator[Credit]:
    """The author of a preview card: ``twitter:data1`` under a label that speaks of writing."""
    meta = page.head.meta
    for number in "12":
        label = "".join(meta.get(f"twitter:label{number}", ())).lower()
        if any(word in label for word in _CARD_LABELS):
            for content in meta.get(f"twitter:data{number}", ()):
                yield from _from_text(page, content, f"meta:twitter:data{number}")


def _address(page: Declared, entity: Node) -> str | None:
    """Where one may read about the author; an ``@id`` with a fragment is a name, not an address."""
    # "sameAs" last: it leads to profiles on other sites
    for key in ("url", "@id", "sameAs"):
        urls = entity.get(key)
        for one in urls if isinstance(urls, list) else (urls,):
            if isinstance(one, str) and one.startswith(("http", "/")) and not (key == "@id" and "#" in one):
                return page.head.absolute(one)
    return None


def authors_near(page: Declared, title: str | None) -> tuple[Candidate, ...]:
    """Names in elements that say they hold an author, or behind a "By" near the headline."""
    for lines in chain(_sure_lines(page, title), _unsure_lines(page, title)):
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
            _first_lines(element)
            for element in elements
            if _is_sure(element) and _is_credit(element, page, title)
        )
    # last, for "By" may also open a sentence of the standfirst
    yield from _opened_lines(page, title)


def _opened_lines(page: Declared, title: str | None) -> Iterator[list[Line]]:
    """Lines near the headline from each one that opens with "By" on."""
    near = page.lines_near(title)
    for place, (_, text) in enumerate(near):
        if len(text) <= _MAX_BYLINE and (has_opener(text, page.language) or is_opener(text, page.language)):
            yield list(near[place : place + _MAX_LINES])


def _unsure_lines(page: Declared, title: str | None) -> Iterator[list[Line]]:
    for element in dict.fromkeys((*page.marked.credited, *page.marked.linked)):
        if not _is_sure(element) and _is_credit(element, page, title):
            yield _first_lines(element)


def _first_lines(element: etree._Element) -> list[Line]:
    return list(islice(lines_in(element), _MAX_LINES))


def _is_credit(element: etree._Element, page: Declared, title: str | None) -> bool:
    words = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return (
        element.tag not in NO_PROSE
        and not any(word in words for word in _NOT_NAMES)
        and not page.is_aside(element, title)
        and not is_other_credit(_text_before(element))
    )


def _text_before(element: etree._Element) -> str:
    """The last words before an element in its line: "Reviewed by"."""
    previous, above = element.getprevious(), element.getparent()
    if previous is not None:
        before = f"{text_in(previous)[-_BEFORE_CHARS:]} {previous.tail or ''}"
    else:
        before = (above.text or "") if above is not None else ""
    return before[-_BEFORE_CHARS:]


def _is_sure(element: etree._Element) -> bool:
    """Whether the markup says that this is an author's name, not merely something about authors."""
    # rel: a link type of the HTML Standard; itemprop: a property of schema.org
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    if _AUTHOR_PAGE.search(element.get("href", "")):
        return True
    return _SURE_WORDS.search(element.get("class", "").lower()) is not None


def _is_convincing(names: tuple[str, ...], lines: list[Line], language: str) -> bool:
    """A full name; one word alone only where it is all there is, or an opener comes before it."""
    if any(is_common(name, language) for name in names):
        return False
    introduced = any(is_opener(text, language) or has_opener(text, language) for _, text in lines[:2])
    return is_full_name(names[0]) or introduced or len(lines) == 1


def _names_in(lines: list[Line], *, language: str, outlets: tuple[str, ...]) -> tuple[str, ...]:
    """The names at the start of a byline's (tag, text) lines: up to the first that is neither name nor joint."""
    names: list[str] = []
    is_open, last_tag, misses = True, "", 0
    for tag, line in lines:
        if is_joint(line, language):
            is_open = True
            continue
        if len(line) > _MAX_BYLINE:
            break
        if names and not (is_open or _are_twins(tag, last_tag)):
            names += further_names(line, language)
            break
        found = split_authors(line, language=language, site_names=outlets)
        if found:
            names += found
            is_open, last_tag = ends_in_joint(line, language), tag
        # one line that is no name may come first (a date, a section), two may not, nor a group
        elif names or misses or is_collective(line):
            break
        elif not is_opener(line, language):
            misses += 1
    return tuple(dict.fromkeys(names))


def _are_twins(tag: str, last: str) -> bool:
    """Whether two names stand in elements of the same kind: links, or the same tag and class."""
    # a Line's tag is "tag.class": a link without class is enough, "p." does not
    return tag == last and (tag.startswith("a.") or not tag.endswith("."))
