"""What a page says of itself: candidates for every field of metadata, best first, each with its origin.

One pass over the tree, which is left as it is. Order of trust: structured data about this very page,
then meta tags, then what is shown near the headline, then the URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from copydesk.cleaners.dates.date_bounds import REJECTED, DateBounds, with_bounds
from copydesk.cleaners.dates.timestamps import date_in_url
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import clean_text
from copydesk.cleaners.metadata import bylines, shown_dates
from copydesk.cleaners.metadata.credits import Credit, choose_credits, declared_credits
from copydesk.cleaners.metadata.title_candidates import find_titles, site_in_title
from copydesk.cleaners.schema import Author
from copydesk.cleaners.types import Candidate, Metadata

# set by hand, against keywords that hold a whole text or a site's every subject
_MAX_TAGS, _MAX_TAG_CHARS, _MAX_IMAGES = 50, 80, 10
_SECONDS, _DAY = 19, 10  # characters of an RFC 3339 date up to its seconds, up to its day
# commas of Latin, Arabic and East Asian scripts, semicolons, bars: "harbour, ferries；trade"
_TAG_SEPARATOR = re.compile(r"\s*[,;،、，；|]\s*")


class _Fields:
    """Collects candidates: in the order they are offered, each value once a field."""

    def __init__(self) -> None:
        # a dict keeps the order in which values came, which is their rank
        self._found: dict[str, dict[str, Candidate]] = {}

    def offer(self, field: str, value: str | None, origin: str) -> None:
        if value:
            self._found.setdefault(field, {}).setdefault(value, Candidate(value, origin))

    def offer_dates(self, field: str, offered: Iterable[tuple[str, Candidate]], bounds: DateBounds) -> None:
        """Dates with the strings they were read from; what cannot be is kept beside them as it was written."""
        found: dict[str, tuple[Candidate, ...]] = {}
        with_bounds(found, field, tuple(offered), bounds)
        for name, candidates in found.items():
            self.extend(name, candidates)

    def has(self, field: str) -> bool:
        return field in self._found

    def prefer(self, field: str, candidate: Candidate) -> None:
        """Puts a candidate before those found so far."""
        # taken out whole: a value that is already there would keep its old place
        found = self._found.pop(field, {})
        self.offer(field, candidate.value, candidate.origin)
        self.extend(field, found.values())

    def extend(self, field: str, candidates: Iterable[Candidate | None]) -> None:
        for candidate in candidates:
            if candidate:
                self.offer(field, candidate.value, candidate.origin)

    def first(self, field: str) -> str | None:
        """The best value so far."""
        return next(iter(self._found.get(field, ())), None)

    def metadata(self, lists: dict[str, tuple[Candidate, ...]]) -> Metadata:
        chosen = {field: tuple(values.values()) for field, values in self._found.items()}
        return Metadata(
            MappingProxyType({**chosen, **{name: found for name, found in lists.items() if found}})
        )


def metadata_of(page: Declared) -> Metadata:
    """Everything the page declares or shows about itself. Never raises on any content.

    ``author``, ``author_url``, ``tag`` and ``image`` are lists: all their candidates are meant, and
    ``author_url`` holds one entry for each ``author``, empty where none is known. The other fields hold
    competing values, best first. Dates are RFC 3339, or the date alone where no offset is known.
    """
    fields = _Fields()
    # first: the site's name is looked for in titles only where none is declared
    _offer_texts(page, fields)
    # before dates and authors, which are looked for near the headline chosen here
    _offer_titles(page, fields)
    _offer_dates(page, fields)
    _offer_rights(page, fields)
    found = _find_credits(page, fields)
    return fields.metadata(
        {
            "author": tuple(Candidate(credit.name, credit.origin) for credit in found),
            # empty entries stay: authors_of pairs the two lists by place
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
    for origin, href in page.canonicals:
        fields.offer("canonical_url", href, origin)


def _offer_titles(page: Declared, fields: _Fields) -> None:
    titles = find_titles(page)
    fields.extend("title", titles)
    if not fields.has("site_name"):
        fields.extend("site_name", (site_in_title(page, titles),))


def _offer_dates(page: Declared, fields: _Fields) -> None:
    language = page.language
    for field, keys, names in (
        ("date_published", ("datePublished", "dateCreated", "uploadDate"), meta_names.published_names),
        ("date_modified", ("dateModified",), meta_names.modified_names),
    ):
        # key by key over all nodes: one node's dateCreated must not outrank another's datePublished
        for key in keys:
            fields.offer_dates(field, _read_dates(page.texts(key), language), page.bounds)
        metas = page.metas(names(page.signals.meta))
        fields.offer_dates(field, _read_dates(metas, language), page.bounds)
    # behind all that is declared: a time element may be a teaser's or an event's
    shown = shown_dates.times(page.signals, language=language, bounds=page.bounds)
    _offer_shown(shown, fields)
    # dates in words are the likeliest to be those of something else
    if not fields.has("date_published"):
        _offer_shown(shown_dates.dates_near(page, fields.first("title")), fields)
    _doubt_stamp(page, fields)
    # last: an address has a day at most, and keeps it whatever is changed later
    if found := date_in_url(page.url or page.canonical() or ""):
        raw, date = found
        fields.offer_dates("date_published", [(raw, Candidate(date, "url"))], page.bounds)


def _offer_shown(shown: shown_dates.Shown, fields: _Fields) -> None:
    fields.extend("date_published", (shown.published,))
    fields.extend("date_modified", (shown.modified,))
    fields.extend(f"{REJECTED}date_published", shown.rejected_published)
    fields.extend(f"{REJECTED}date_modified", shown.rejected_modified)


def _read_dates(said: Iterable[tuple[str, str]], language: str) -> Iterator[tuple[str, Candidate]]:
    """What (origin, text) pairs say, and the date each stands for, empty where it is none."""
    for origin, text in said:
        yield text, Candidate(read_date(text, language=language) or "", origin)


def _doubt_stamp(page: Declared, fields: _Fields) -> None:
    """Some systems stamp every change as publication: an earlier date beside the headline is the better one."""
    published, modified = fields.first("date_published"), fields.first("date_modified")
    # to the second, for a system may write one stamp with and without its offset
    if published is None or modified is None or published[:_SECONDS] != modified[:_SECONDS]:
        return
    shown = shown_dates.date_beside(page, fields.first("title"))
    # an earlier day only: the same day without a time would lose the time
    if shown and shown.value[:_DAY] < published[:_DAY]:
        fields.prefer("date_published", shown)


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
        # written as true, "True", ["False"] or "https://schema.org/False"
        free = node.get("isAccessibleForFree")
        word = str(free[0] if isinstance(free, list) and free else free).rsplit("/", 1)[-1].lower()
        fields.offer("is_accessible_for_free", word if word in {"true", "false"} else None, page.origin)
    anchors = (
        (one.get("rel", ""), one.get("href", ""))
        for one in page.marked.licences
        if next(one.iterancestors("figure"), None) is None  # a picture's own licence
    )
    links = (*page.signals.links, *anchors)
    for rel, href in links:
        if "license" in rel.lower().split():
            fields.offer("license", page.signals.absolute(href), "link:license")
    # "metered" stays open: whom it stops depends on the visitor
    for origin, text in page.metas(meta_names.ACCESS):
        fields.offer("is_accessible_for_free", {"free": "true", "locked": "false"}.get(text.lower()), origin)


def _find_credits(page: Declared, fields: _Fields) -> tuple[Credit, ...]:
    chosen = choose_credits(declared_credits(page), page.site)
    if any(not credit.is_outlet for credit in chosen):
        return chosen
    title = fields.first("title")
    shown = bylines.authors_near(page, title)
    # an outlet is declared: only a full name beats it, a single word may be a section or an account
    if chosen:
        return tuple(_credit(one) for one in shown) if any(" " in one.value for one in shown) else chosen
    outlet = None if shown else bylines.outlet_near(page, title)
    return tuple(_credit(one) for one in (*shown, *((outlet,) if outlet else ())))


def _credit(shown: Candidate) -> Credit:
    return Credit(shown.value, shown.origin)


def _tags(page: Declared) -> tuple[Candidate, ...]:
    """The tags of the first sources that have any: structured data and article tags together, then keywords."""
    found: dict[str, Candidate] = {}
    listed = [(page.origin, value) for node in page.nodes for value in page.graph.values(node, "keywords")]
    # the first list alone: the later one stands, the more it is written for search engines
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
    # og:image first: it is the picture a site shows elsewhere for this very page
    offered = [*page.metas(meta_names.IMAGES[:1])]
    for node in page.nodes:
        for value in page.graph.values(node, "image"):
            # an ImageObject of schema.org, a list of addresses, or one address
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
