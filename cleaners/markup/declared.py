"""What a page declares about itself, read once and used by every field; and its elements whose attributes say that they
hold an author, a date or a property, looked for on first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from lxml import etree

from copydesk._core.walk import Finder
from copydesk.cleaners.dates.timestamps import bounds_of
from copydesk.cleaners.dates.written_dates import with_order
from copydesk.cleaners.lexicon.byline_words import WORDS
from copydesk.cleaners.markup import meta_names
from copydesk.cleaners.markup.jsonld import Graph, Node, address, clean_text, page_graph, text_of
from copydesk.cleaners.markup.near_headline import (
    Line,
    find_heading,
    is_of_subject,
    lines_near,
    subtitles_below,
)
from copydesk.cleaners.markup.page_head import (
    ASIDE_WORDS,
    asides_in,
    gather,
    is_aside,
    names_of_home,
    own_addresses,
    text_in,
)
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare, host_of, live_url, site_of

_MAX_MARKED = 60  # elements of a kind
_MAX_PROPERTIES = 400
_MAX_FILED = 500
DISCLOSURES = ("ai-disclosure", "aidisclosure")
"""With and without the hyphen, as attribute and as name of a meta tag; compared in lower case."""
_MAX_ORDERING_TIMES = 10  # `time` elements that may show the order of day and month
# endings of hosts whose English pages put the day first
_REGIONS = {"uk": "gb", "au": "au", "nz": "nz", "ie": "ie", "in": "in", "za": "za"}


_AUTHOR = ("uthor", "yline")  # without the first letter: "Author" and "author", "Byline" and "byline"
AUTHORS_ELSEWHERE = ("verfasser", "forfatter", "skribent", "kirjoittaja", "yazar", "penulis")
"""Classes of elements that hold an author's name in other languages."""
_TAGS = ("tags", "Tags", "tag-", "tag_", "tagL", "topics", "Topics", "eyword", "chlag", "etiq", "mots")
_FINDER = Finder(
    {
        "properties": {"itemprop": ("",)},
        "licences": {"rel": ("icense",)},
        "disclosing": dict.fromkeys(DISCLOSURES, ("",)),
        "credited": {"class": (*_AUTHOR, "autor", "auteur", *(word[1:] for word in AUTHORS_ELSEWHERE))},
        "linked": {"data-testid": _AUTHOR, "rel": ("author",), "href": ("/aut",)},
        "filed": {"rel": ("tag", "category")},
        "dated": {"class": ("date", "Date", "publi", "time")},
        "listing": {"class": _TAGS},
        "mentions": {"href": ("creativecommons.org/",)},
        "titled": dict.fromkeys(("class", "id"), ("itle", "eadline")),
        "aside": dict.fromkeys(("class", "id"), ASIDE_WORDS),
    },
    lowered=("aside",),
)


class HintedElements:
    """The elements of one tree, each kind in document order: one walk finds all."""

    def __init__(self, root: etree._Element) -> None:
        found = _FINDER.find(root)
        self.properties = found["properties"][:_MAX_PROPERTIES]
        """Elements with ``itemprop``."""
        self.credited = found["credited"][:_MAX_MARKED]
        """Elements whose class says that they hold an author."""
        self.dated = found["dated"][:_MAX_MARKED]
        """Elements whose class says that they hold a date."""
        self.disclosing = found["disclosing"]
        """Elements with ``ai-disclosure``."""
        self.listing = found["listing"]
        """Elements whose class may say that they list tags."""
        self.titled = found["titled"]
        """Elements whose class or id says that they are a title."""
        self.licences = [one for one in found["licences"] if one.tag == "a"]
        """Links whose ``rel`` may speak of a licence."""
        self.mentions = [one for one in found["mentions"] if one.tag == "a"]
        """Links to Creative Commons."""
        self.aside = found["aside"]
        """Elements whose class or id may say that they are beside the article."""
        self._linked, self._filed = found["linked"], found["filed"]

    @cached_property
    def linked(self) -> tuple[etree._Element, ...]:
        """Elements that hold an author by other attributes or by where they lead."""
        named = [one for one in self.properties if one.get("itemprop") == "author"]
        leading = [one for one in self._linked if _is_of_author(one)]
        return tuple(dict.fromkeys((*named, *leading)))[:_MAX_MARKED]

    @cached_property
    def filed(self) -> tuple[etree._Element, ...]:
        """Links to what the page is filed under."""
        links = [one for one in self._filed if one.tag == "a" and is_of_subject(one)]
        return tuple(links[:_MAX_FILED])


def _is_of_author(element: etree._Element) -> bool:
    words, href = element.get("data-testid", ""), element.get("href", "")
    if element.tag != "a":
        return "uthor" in words or "yline" in words
    leads_there = "/author" in href or "/autor" in href or "/auteur" in href
    return leads_there or "author" in (element.get("rel"), element.get("itemprop"))


# as in title_vote: the longest of 552 labelled headlines has 168; what
# is longer is a text set as h1
_MAX_TITLE_CHARS = 500
# RFC 5646, 2.1: "en", "zh-Hant", "pt-BR", "es-419"; "English" is none
_LANGUAGE_TAG = lazy_pattern(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


# the heading, the lines near it, those beside it, the elements around it, the title it shows
_Around = tuple[etree._Element | None, Sequence[Line], Sequence[Line], frozenset[etree._Element], str | None]


class Declared:
    """A page's head and the nodes that speak of it, read once and used by every field."""

    def __init__(
        self, root: etree._Element, *, markup: str, url: str | None, fetched_at: str | None = None
    ) -> None:
        self.root = root
        self.bounds = bounds_of(fetched_at)
        self.markup = markup
        self.url = url
        self.head = gather(root, url=url)
        self.marked = HintedElements(root)
        # (text, element) of the headings
        headed = ((text_in(one), one) for one in self.head.headings)
        self.headed = tuple((text, one) for text, one in headed if 0 < len(text) <= _MAX_TITLE_CHARS)
        self.headings = tuple(text for text, _ in self.headed)
        # after the headings, which distinguish this page's node from those of teasers
        self.graph, self.nodes, self.origin = self._read_nodes()
        # after the nodes, whose inLanguage is used
        self.language = self.languages[0][0] if self.languages else "und"
        names = [name for _, name in self.site_names]
        self.site = site_of(names, url or self.canonical)
        self.outlets = tuple(names)
        # the last answer alone: bylines and dates are looked for near one headline
        self._near: _Around | None = None

    @cached_property
    def asides(self) -> frozenset[etree._Element]:
        """The elements that say of themselves that they are not the article."""
        return asides_in(self.root, self.marked.aside)

    def lines_near(self, title: str | None) -> Sequence[Line]:
        """The short text nodes around the heading that shows ``title``."""
        return self._around(title)[1]

    def lines_beside(self, title: str | None) -> Sequence[Line]:
        """Those of them that no prose parts from the heading."""
        return self._around(title)[2]

    def is_aside(self, element: etree._Element, title: str | None) -> bool:
        """Whether an element is beside the article with this title."""
        return is_aside(element, self.asides, self._around(title)[3])

    def is_outside(self, element: etree._Element, title: str | None) -> bool:
        """Whether the heading that shows the title stands in an ``article``, and an element outside of it."""
        article = next((one for one in self._around(title)[3] if one.tag == "article"), None)
        return article is not None and article not in element.iterancestors()

    def subtitles(self, title: str | None) -> Iterator[etree._Element]:
        """Elements just after the heading that shows ``title`` whose class or property calls them its subtitle."""
        return subtitles_below(self._around(title)[0])

    def _around(self, title: str | None) -> _Around:
        if self._near is None or self._near[-1] != title:
            heading = find_heading(self.head, title)
            above = () if heading is None else heading.iterancestors()
            host = host_of(live_url(self.head.base or ""))
            lines = ((), ()) if heading is None else lines_near(heading, self.asides, host)
            self._near = heading, *lines, frozenset(above), title
        return self._near

    def _read_nodes(self) -> tuple[Graph, tuple[Node, ...], str]:
        own_urls = (self.url, *(href for _, href in self.canonicals))
        # as address() writes them, for JSON-LD and the canonical link may differ in scheme or query
        urls = frozenset(address(one) for one in own_urls if one)
        shown = (*self.headings, self.head.head_title, *self.head.meta.get("og:title", ()))
        titles = frozenset(bare(title) for title in shown if title)
        return page_graph(self.head.scripts, self.marked.properties, urls=urls, titles=titles)

    @cached_property
    def canonical(self) -> str | None:
        """The page's own address, or None."""
        return self.canonicals[0][1] if self.canonicals else None

    @cached_property
    def canonicals(self) -> tuple[tuple[str, str], ...]:
        """(origin, address) of what the page gives as its own address."""
        own_urls = own_addresses(self.head.links, self.head.meta)
        return tuple([(origin, whole) for origin, href in own_urls if (whole := self.head.absolute(href))])

    def texts(self, key: str) -> list[tuple[str, str]]:
        """(origin, text) of a property over the page's nodes."""
        found = [text_of(self.graph, node, key) for node in self.nodes if key in node]
        return [(self.origin, text) for text in found if text]

    def metas(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """(origin, text) of meta tags, in the order of ``names``."""
        found: list[tuple[str, str]] = []
        for name in names:
            if name in self.head.meta:
                texts = filter(None, map(clean_text, self.head.meta[name]))
                found.extend([(f"meta:{name}", text) for text in texts])
        return found

    @cached_property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """(language tag, origin); og:locale last, for it often keeps its default."""
        # XHTML writes it as xml:lang
        declared = ("html:lang", self.head.root.get("lang") or self.head.root.get("xml:lang") or "")
        # "de, en" of http-equiv, "de_DE" of og:locale
        found = (declared, *self.texts("inLanguage"), *self.metas(meta_names.LANGUAGE))
        tags = [(text.split(",")[0].strip().replace("_", "-"), origin) for origin, text in found]
        return tuple([(tag, origin) for tag, origin in tags if _LANGUAGE_TAG.fullmatch(tag)])

    @cached_property
    def date_language(self) -> str:
        """``language`` with what the page's own dates and its host say of the order of day and month."""
        tags = (*meta_names.PUBLISHED, *meta_names.MODIFIED)
        shown = (text_in(one) for one in islice(self.head.times, _MAX_ORDERING_TIMES))
        ordered = with_order(self.language, (*(text for _, text in self.metas(tags)), *shown))
        region = _REGIONS.get(host_of(self.url or self.canonical or "").rpartition(".")[2])
        return f"en-{region}" if region and ordered == "en" else ordered

    @cached_property
    def site_names(self) -> tuple[tuple[str, str], ...]:
        """(origin, name) of what the site is called."""
        # a WebSite of schema.org is none of the page's nodes: it does not speak of this page
        sites = [text_of(self.graph, node, "name") for node in self.graph.of_type("website")]
        # "Home | Harbour Post": the button is none
        home = next((name for name in names_of_home(self.head) if name.lower() not in WORDS.page_words), None)
        return (
            # og:site_name first: a publisher may be the house that owns several sites
            *self.metas(meta_names.SITE[:1]),
            *self.texts("publisher"),
            *[("json-ld", name) for name in sites if name],
            *self.metas(meta_names.SITE[1:]),
            *[("text:h1", name) for one in self.head.called if (name := text_in(one))],
            *([("link:home", home)] if home else ()),
        )
