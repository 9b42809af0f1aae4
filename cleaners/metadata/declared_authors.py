"""Authors that the markup declares: JSON-LD and microdata, meta elements, Twitter cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.byline_words import WORDS
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Node, clean_text, types_of
from copydesk.cleaners.metadata.authors import split_authors, turned
from copydesk.cleaners.metadata.evidence import Evidence
from copydesk.cleaners.metadata.person_names import (
    clean_name,
    is_common,
    is_full_name,
    is_nobody,
    is_organisation,
)
from copydesk.cleaners.patterns import lazy_pattern

# properties of schema.org's CreativeWork, in order of preference
_AUTHOR_KEYS = ("author", "creator")
_DASH = lazy_pattern(r"\s[-–—|]\s")
# set by hand: longer lists are the staff of a newspaper; those of scientists are truncated
_MAX_AUTHORS = 20


class DeclaredAuthor(Struct, frozen=True):
    """One declared author. ``is_outlet``: an organisation or an account, not a person."""

    name: str
    origin: str
    url: str | None = None
    is_outlet: bool = False


def declared_authors(evidence: Evidence) -> tuple[tuple[DeclaredAuthor, ...], ...]:
    """The authors of each declaration that has any, the most reliable declaration first."""
    page = evidence.markup
    groups = [_unique(_from_node(page, node, key)) for node in page.nodes for key in _AUTHOR_KEYS]
    groups += [
        _unique(chain.from_iterable([_from_text(page, one, f"meta:{name}") for one in page.head.meta[name]]))
        for name in meta_names.AUTHOR
        if name in page.head.meta
    ]
    # last, because plugins fill it with the account that posted the page
    groups.append(_unique(_from_twitter_card(page)))
    is_named_by = page.site.is_named_by
    return tuple(
        tuple(replace(one, is_outlet=one.is_outlet or is_named_by(one.name)) for one in group)
        for group in groups
        if group
    )


def _unique(authors: Iterable[DeclaredAuthor]) -> tuple[DeclaredAuthor, ...]:
    found: dict[str, DeclaredAuthor] = {}
    for author in authors:
        known = found.get(author.name.lower())
        # of two with the same name, the one with a URL
        if known is None or (known.url is None and author.url):
            found[author.name.lower()] = author
    return tuple(found.values())[:_MAX_AUTHORS]


def _from_node(page: Declared, node: Node, key: str) -> Iterator[DeclaredAuthor]:
    for value in page.graph.values(node, key):
        if isinstance(value, str):
            yield from _from_text(page, value, page.origin)
        elif isinstance(value, dict):
            yield from _from_entity(page, value)


def _from_entity(page: Declared, entity: Node) -> Iterator[DeclaredAuthor]:
    names = entity.get("name")
    url = _author_url(page, entity)
    # also NewsMediaOrganization and other subtypes of schema.org
    is_outlet = "organization" in "".join(types_of(entity))
    for name in names if isinstance(names, list) else (names,):
        text = clean_text(name)
        if text and is_outlet:
            yield DeclaredAuthor(text, page.origin, url, is_outlet=True)
        # the name of a Person may be several names: "Anna Berg and Tom Bell"
        elif text:
            for author in _from_text(page, text, page.origin):
                yield DeclaredAuthor(author.name, page.origin, url, author.is_outlet)


def _from_text(page: Declared, text: str, origin: str) -> Iterator[DeclaredAuthor]:
    """Names in a declared value; if it has none, the accounts, desks and abbreviations in it."""
    plain = clean_text(text) or ""
    if page.site.is_named_by(plain.partition(",")[0]) and "," in plain:
        plain = plain.partition(",")[0]  # the rest is the place of the site
    head = _DASH.split(plain, maxsplit=1)[0]  # "Mira Tollund - Remote Jobs"
    is_person = is_full_name(head) and not page.site.is_named_by(head)
    if is_person and split_authors(head, language=page.language) == (head,):
        plain = head
    # "Berg, Anna; Bell, Tom", as journals cite
    parts = [turned(part.strip()) for part in plain.split(";")] if ";" in plain else [plain]
    names = [name for part in parts for name in split_authors(part, language=page.language)]
    for name in names:
        # "News from the Harbour" has a name's capitals, but also function words
        yield DeclaredAuthor(name, origin, is_outlet=is_common(name, page.language) or is_organisation(name))
    if not names:
        for part in plain.split(";"):
            whole = clean_name(part, language=page.language)
            if whole and not is_nobody(whole):
                yield DeclaredAuthor(whole, origin, is_outlet=True)


def _from_twitter_card(page: Declared) -> Iterator[DeclaredAuthor]:
    """The author of a Twitter card: ``twitter:data1`` if ``twitter:label1`` is a label for authors."""
    meta = page.head.meta
    for number in "12":
        label = "".join(meta.get(f"twitter:label{number}", ())).lower()
        if label and any(map(label.__contains__, WORDS.card_labels)):
            for content in meta.get(f"twitter:data{number}", ()):
                yield from _from_text(page, content, f"meta:twitter:data{number}")


def _author_url(page: Declared, entity: Node) -> str | None:
    """The URL of a page about the author. An ``@id`` with a fragment is an identifier, not a URL."""
    # "sameAs" last, because its profiles are on other sites
    for key in ("url", "@id", "sameAs"):
        urls = entity.get(key)
        for one in urls if isinstance(urls, list) else (urls,):
            if isinstance(one, str) and one.startswith(("http", "/")) and not (key == "@id" and "#" in one):
                return page.head.absolute(one)
    return None
