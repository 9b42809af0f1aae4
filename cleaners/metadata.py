"""What a page says of itself: candidates for every field of metadata, best first, each with its origin.

One pass over the tree, which is left as it is. Order of trust: structured data about this very page,
then meta tags, then what is shown near the headline, then the URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from lxml import etree

from cleaners import bylines, meta_names
from cleaners.credits import Credit, choose_credits, declared_credits
from cleaners.dates import read_date
from cleaners.declared import Declared
from cleaners.jsonld import clean_text
from cleaners.nearby import find_heading
from cleaners.schema import Author
from cleaners.timestamps import date_in_url
from cleaners.titles import Titles, choose_title, without_site
from cleaners.types import Candidate, Metadata

_MAX_TAGS, _MAX_TAG_CHARS, _MAX_IMAGES = 50, 80, 10
_MAX_TITLE_CHARS = 500
_TAG_SEPARATOR = re.compile(r"\s*[,;،、，；|]\s*")


class _Fields:
    """Collects candidates: in the order they are offered, each value once a field."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Candidate]] = {}

    def offer(self, field: str, value: str | None, origin: str) -> None:
        if value:
            self._found.setdefault(field, {}).setdefault(value, Candidate(value, origin))

    def has(self, field: str) -> bool:
        return field in self._found

    def extend(self, field: str, candidates: Iterable[Candidate | None]) -> None:
        for candidate in candidates:
            if candidate:
                self.offer(field, candidate.value, candidate.origin)

    def heading(self, page: Declared) -> etree._Element | None:
        """The element that shows the title chosen so far."""
        title = next(iter(self._found.get("title", ())), None)
        return find_heading(page.signals, title)

    def metadata(self, lists: dict[str, tuple[Candidate, ...]]) -> Metadata:
        chosen = {field: tuple(values.values()) for field, values in self._found.items()}
        return Metadata(
            MappingProxyType({**chosen, **{name: found for name, found in lists.items() if found}})
        )


def find_metadata(root: etree._Element, *, url: str | None) -> Metadata:
    """Everything the page declares or shows about itself. Never raises on any content.

    ``author``, ``author_url``, ``tag`` and ``image`` are lists: all their candidates are meant, and
    ``author_url`` holds one entry for each ``author``, empty where none is known. The other fields hold
    competing values, best first. Dates are RFC 3339, or the date alone where no offset is known.
    """
    page = Declared(root, url)
    fields = _Fields()
    _offer_texts(page, fields)
    _offer_titles(page, fields)
    _offer_dates(page, fields)
    _offer_rights(page, fields)
    found = _find_credits(page, fields)
    return fields.metadata(
        {
            "author": tuple(Candidate(credit.name, credit.origin) for credit in found),
            "author_url": tuple(Candidate(credit.url or "", credit.origin) for credit in found)
            if any(credit.url for credit in found)
            else (),
            "tag": _tags(page),
            "image": _images(page),
        }
    )


def authors_of(metadata: Metadata) -> tuple[Author, ...]:
    """The authors with their addresses, as the record has them."""
    names = metadata.all("author")
    urls = [candidate.value for candidate in metadata.all("author_url")] or [""] * len(names)
    return tuple(Author(name=name.value, url=url or None) for name, url in zip(names, urls, strict=True))


def _offer_texts(page: Declared, fields: _Fields) -> None:
    for name, keys, metas in (
        ("subtitle", "alternativeHeadline", meta_names.SUBTITLE),
        ("section", "articleSection", meta_names.SECTION),
    ):
        for origin, text in (*page.texts(keys), *page.metas(metas)):
            fields.offer(name, text, origin)
    for origin, text in (
        *page.metas(meta_names.DESCRIPTION[:1]),
        *page.texts("description"),
        *page.metas(meta_names.DESCRIPTION[1:]),
    ):
        fields.offer("description", text, origin)
    for origin, name in page.site_names():
        fields.offer("site_name", name, origin)
    for tag, origin in page.languages():
        fields.offer("language", tag, origin)
    for origin, href in page.canonicals():
        fields.offer("canonical_url", href, origin)


def _offer_titles(page: Declared, fields: _Fields) -> None:
    headings = [without_site(text, page.site) for text in page.headings if not page.site.is_named_by(text)]
    declared = [(origin, without_site(text, page.site)) for origin, text in _short(page.texts("headline"))]
    known = [*headings, *(text for _, text in (*declared, *_short(page.metas(meta_names.HEADLINE))))]
    metas = [
        (origin, without_site(text, page.site, headlines=known))
        for origin, text in _short(page.metas(meta_names.TITLE))
    ]
    whole = page.signals.head_title or ""
    heads = [
        (origin, without_site(text, page.site, headlines=known))
        for origin, text in _short([("head:title", whole)])
    ]
    title = choose_title(Titles(_first(declared), _first(metas), _first(heads), headings))
    found = [*(("text:h1", text) for text in headings), *declared, *metas, *heads]
    for origin, text in sorted(found, key=lambda one: one[1] != title):
        fields.offer("title", text, origin)
    if heads and not fields.has("site_name"):
        _offer_site_from_title(whole, heads[0][1], fields)


def _short(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((origin, text) for origin, text in found if 0 < len(text) <= _MAX_TITLE_CHARS)


def _first(found: list[tuple[str, str]]) -> str | None:
    return found[0][1] if found else None


def _offer_site_from_title(whole: str, headline: str, fields: _Fields) -> None:
    """What the head's title says besides the headline is what the site calls itself."""
    before, found, after = whole.partition(headline)
    rest = (after or before).strip(" |｜ㅣ-–—·•:»«_/") if found else ""
    if rest and len(rest) <= _MAX_TAG_CHARS:
        fields.offer("site_name", rest, "head:title")


def _offer_dates(page: Declared, fields: _Fields) -> None:
    language = page.language
    for field, keys, names in (
        ("date_published", ("datePublished", "dateCreated", "uploadDate"), meta_names.published_names),
        ("date_modified", ("dateModified",), meta_names.modified_names),
    ):
        for key in keys:
            for origin, text in page.texts(key):
                fields.offer(field, read_date(text, language=language), origin)
        for origin, text in page.metas(names(page.signals.meta)):
            fields.offer(field, read_date(text, language=language), origin)
    shown = bylines.times(page.signals, language=language)
    fields.extend("date_published", (shown.published,))
    fields.extend("date_modified", (shown.modified,))
    if not fields.has("date_published"):
        shown = bylines.dates_near(page.signals, fields.heading(page), language=language)
        fields.extend("date_published", (shown.published,))
        fields.extend("date_modified", (shown.modified,))
    fields.offer("date_published", date_in_url(page.url or page.canonical() or ""), "url")


def _offer_rights(page: Declared, fields: _Fields) -> None:
    for node in page.nodes:
        for value in page.graph.values(node, "license"):
            fields.offer(
                "license",
                page.signals.absolute(
                    clean_text(value.get("url", value.get("@id")) if isinstance(value, dict) else value) or ""
                ),
                page.origin,
            )
        free = node.get("isAccessibleForFree")
        word = str(free[0] if isinstance(free, list) and free else free).rsplit("/", 1)[-1].lower()
        fields.offer("is_accessible_for_free", word if word in {"true", "false"} else None, page.origin)
    links = (
        *page.signals.links,
        *((one.get("rel", ""), one.get("href", "")) for one in page.signals.anchors),
    )
    for rel, href in links:
        if "license" in rel.lower().split():
            fields.offer("license", page.signals.absolute(href), "link:license")
    for origin, text in page.metas(meta_names.ACCESS):
        fields.offer("is_accessible_for_free", {"free": "true", "locked": "false"}.get(text.lower()), origin)


def _find_credits(page: Declared, fields: _Fields) -> tuple[Credit, ...]:
    chosen = choose_credits(declared_credits(page), page.site)
    if any(not credit.is_outlet for credit in chosen):
        return chosen
    shown = bylines.authors_near(
        page.signals, fields.heading(page), language=page.language, outlets=page.outlets
    )
    if chosen and not any(" " in one.value for one in shown):
        return chosen
    return tuple(Credit(one.value, one.origin) for one in shown) or chosen


def _tags(page: Declared) -> tuple[Candidate, ...]:
    """The tags of the first sources that have any: structured data and article tags together, then keywords."""
    found: dict[str, Candidate] = {}
    listed = [(page.origin, value) for node in page.nodes for value in page.graph.values(node, "keywords")]
    for names in meta_names.TAG_LISTS:
        for origin, value in (*listed, *page.metas(names)):
            text = clean_text(value)
            for tag in _TAG_SEPARATOR.split(text or ""):
                if tag and len(tag) <= _MAX_TAG_CHARS:
                    found.setdefault(tag.lower(), Candidate(tag, origin))
        if found:
            break
    return tuple(found.values())[:_MAX_TAGS]


def _images(page: Declared) -> tuple[Candidate, ...]:
    """Addresses of the pictures the page names as its own, absolute."""
    found: dict[str, Candidate] = {}
    offered = [*page.metas(meta_names.IMAGES[:1])]
    for node in page.nodes:
        for value in page.graph.values(node, "image"):
            said = (
                value.get("url", value.get("contentUrl", value.get("@id")))
                if isinstance(value, dict)
                else value
            )
            offered += [
                (page.origin, one)
                for one in (said if isinstance(said, list) else [said])
                if isinstance(one, str)
            ]
    offered += page.metas(meta_names.IMAGES[1:])
    offered += [("link:image_src", href) for rel, href in page.signals.links if rel == "image_src"]
    for origin, text in offered:
        if whole := page.signals.absolute(text):
            found.setdefault(whole, Candidate(whole, origin))
    return tuple(found.values())[:_MAX_IMAGES]
