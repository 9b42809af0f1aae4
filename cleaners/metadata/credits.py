"""Authors that the markup declares or shows: who is a person, who an outlet, and which declaration is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Node, clean_text, types_of
from copydesk.cleaners.metadata import bylines
from copydesk.cleaners.metadata.authors import clean_name, is_common, is_nobody, split_authors
from copydesk.cleaners.metadata.evidence import Evidence, Found, Said
from copydesk.cleaners.schema import Author
from copydesk.cleaners.sites import Site
from copydesk.cleaners.types import Metadata

# both are properties of schema.org's CreativeWork; of one node, "author" is the first asked
_AUTHOR_KEYS = ("author", "creator")
# "Written by", "Verfasst von", "Écrit par": labels that WordPress plugins give a card's data
_CARD_LABELS = ("written", "author", "verfasst", "écrit", "escrito", "auteur", "geschreven")
# set by hand, against lists of a paper's whole staff; of long lists of scientists the rest is lost
_MAX_AUTHORS = 20


class Credit(Struct, frozen=True):
    """One declared author. ``is_outlet``: an organisation or an account rather than a person's name."""

    name: str
    origin: str
    url: str | None = None
    is_outlet: bool = False


def people_declared(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """The first declaration with a person in it, without the site itself."""
    site = evidence.markup.site
    for group in evidence.memoized(_declared):
        if any(not credit.is_outlet for credit in group):
            yield from (
                _said(credit) for credit in group if not (credit.is_outlet and site.is_named_by(credit.name))
            )
            return


def people_near_headline(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """Names that the page shows near its headline; where an outlet is declared a full one has to be among them, since a
    single word may be a section or an account.
    """
    shown = bylines.authors_near(evidence.markup, evidence.title)
    if not evidence.memoized(_declared) or any(" " in one.value for one in shown):
        yield from (Said(one.value, one.origin) for one in shown)


def outlet_declared(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """The first declaration that names a desk, an account or the site itself: better than nobody."""
    yield from (_said(credit) for group in evidence.memoized(_declared)[:1] for credit in group)


def outlet_near_headline(evidence: Evidence, _found: Found) -> Iterator[Said]:
    """The team or site that a byline names."""
    outlet = bylines.outlet_near(evidence.markup, evidence.title)
    if outlet:
        yield Said(outlet.value, outlet.origin)


def authors_of(metadata: Metadata) -> tuple[Author, ...]:
    """The authors with their addresses, as the record has them."""
    names = metadata.all("author")
    urls = [candidate.value for candidate in metadata.all("author_url")] or [""] * len(names)
    return tuple(Author(name=name.value, url=url or None) for name, url in zip(names, urls, strict=True))


def _said(credit: Credit) -> Said:
    return Said(credit.name, credit.origin, url=credit.url or "")


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
    said = entity.get("name")
    url = _address(page, entity)
    # NewsMediaOrganization and other subtypes of schema.org as well
    is_outlet = "organization" in "".join(types_of(entity))
    for name in said if isinstance(said, list) else (said,):
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
        said = entity.get(key)
        for one in said if isinstance(said, list) else (said,):
            if isinstance(one, str) and one.startswith(("http", "/")) and not (key == "@id" and "#" in one):
                return page.head.absolute(one)
    return None
