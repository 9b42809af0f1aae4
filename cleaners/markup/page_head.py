"""What a page's markup says about the page, gathered in one pass over the tree: meta tags, links, scripts,
titles, times.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import ARCHIVED, PLAIN_HOST, host_of, live_url
from copydesk.cleaners.text_forms import prose

_GATHERED = ("meta", "link", "title", "h1", "h2", "time", "script", "base")
_SILENT = SILENT | {"button"}
ASIDE_TAGS = frozenset({"nav", "footer", "aside"})
# parts of class and id: "comments-list", "related-stories", "sidebar-left", "popular-posts"
ASIDE_WORDS = (
    "comment", "disqus", "related", "recommend", "sidebar", "footer", "teaser", "most-read", "trending", "popular", "latest",
)  # fmt: skip
# authors stand in an article's own footer
_ASIDE = lazy_pattern(rf"(?:{'|'.join(ASIDE_WORDS)})(?<!post-footer)(?<!entry-footer)(?<!article-footer)")
_OF_OTHERS = frozenset({"blockquote", "figure", "figcaption"})
_OF_META = lazy_pattern(r"meta|byline|author|submitted|article-info|post-info")
_ARTICLES = ("Article", "Posting")  # endings of types of schema.org
_MAIN_TAGS = frozenset({"body", "main", "html"})
# set by hand: higher up stand wrappers of the whole page, such as "has-sidebar"
_MAX_ANCESTORS = 12
MAX_URL_CHARS = 2_048
"""Longest address that reaches a record."""
# set by hand, against pages that put a text or a picture's bytes there
_MAX_META_CHARS = 20_000
_MAX_NAME_CHARS = 100  # of a meta tag's name
_MAX_SAME = 50  # meta tags of one name
_ITEM_DATES = frozenset({"datepublished", "datecreated", "datemodified"})
# set by hand: each is read as title or date, and a listing may have thousands
_MAX_HEADINGS, _MAX_TIMES = 50, 200
# "menu-title" (mdBook), "site-title" (WordPress), "navbar-brand" (Bootstrap)
_OF_SITE = lazy_pattern(
    r"(?<![\w-])(?:menu|site|navbar|brand|logo)[-_]{1,2}(?:title|name|brand|logo)(?![\w-])"
)
_FRONT_PAGE = lazy_pattern(rf"\s*(?:/|(?:{ARCHIVED})?https?://([^/?#:\s]+)(?::\d+)?/?)\s*\Z")
_INDEX = lazy_pattern(r"(?:\.?/)?(?:index|default)\.\w{3,5}\Z")
_MAX_HOME_LINKS = 60  # links of a page's head and first menu
_MIN_HOME_LETTERS = 3
_PARTING = frozenset("|-–—―·•:：»«/_｜＿ㅣ│∣¦‖~›‹")  # before or behind a site's name in a title
_TRAIL = "breadcrumb"  # where a page is in its site: often an h1 for search engines
_TRAIL_LEVELS = 4
_TRAIL_SIGNS = "›>»/→"
_MAX_STEPS = 600  # of a walk through one heading or byline
_MAX_BEFORE = (
    40  # characters of the element before another; set by hand: "Medically reviewed by", "Updated on"
)
# white space other than controls stays: it separates words
_CONTROLS = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_URLS = lazy_pattern("[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class MetaTag(Struct, frozen=True):
    """A meta tag that speaks of the whole page: ``name`` as written, ``attribute`` the one that holds it."""

    attribute: str
    name: str
    content: str

    @property
    def quote(self) -> str:
        """The tag as written in the page."""
        return f'<meta {self.attribute}="{self.name}" content="{self.content}">'


class PageHead(Struct, frozen=True):
    """``meta`` maps lower-case names (of ``name``, ``property``, ``itemprop``, ``http-equiv``) to their contents.

    ``links`` holds (rel, href) of link elements, ``headings`` the ``h1`` elements in document order, ``called``
    one that says what the site is called, ``subheadings`` the ``h2`` ones, ``times`` the ``time`` elements, those after
    the first heading first, ``scripts`` the texts of JSON-LD scripts, ``base`` what relative URLs start from: what the
    page says, else its address; where that is not known, what the page calls its own. ``meta_elements`` are the meta
    tags themselves, for those who must know which of the four attributes names them.
    """

    root: etree._Element
    meta: Mapping[str, tuple[str, ...]]
    meta_elements: tuple[etree._Element, ...]
    links: tuple[tuple[str, str], ...]
    scripts: tuple[str, ...]
    head_title: str | None
    headings: tuple[etree._Element, ...]
    called: tuple[etree._Element, ...]
    subheadings: tuple[etree._Element, ...]
    times: tuple[etree._Element, ...]
    base: str | None

    def absolute(self, url: str) -> str | None:
        """``url`` made absolute; None where it is none a reader could open."""
        return web_address(url, base=self.base)


def web_address(url: str, *, base: str | None = None) -> str | None:
    """``url`` made absolute; None unless http(s) with a host, well-formed and at most MAX_URL_CHARS long."""
    # cut first, for a data: address may have megabytes; twice, for white space goes
    url = url[: 2 * MAX_URL_CHARS].strip()
    whole = url if url.startswith(("http://", "https://")) else _joined(base or "", url) if url else None
    if whole is None or len(whole) > MAX_URL_CHARS:
        return None
    # two plain tests spare nearly all the pattern
    if not (whole.isprintable() and " " not in whole) and _NOT_IN_URLS.search(whole):
        return None
    is_web = whole.startswith(("http://", "https://"))
    return whole if is_web and (PLAIN_HOST.match(whole) or host_of(whole)) else None


def without_controls(text: str) -> str:
    """``text`` without control characters (tabs and line breaks stay) and lone surrogates."""
    return _CONTROLS.sub("", text)


def gather(root: etree._Element, *, url: str | None) -> PageHead:
    """The head of a tree, which is left as it is."""
    found: dict[str, list[etree._Element]] = {tag: [] for tag in _GATHERED}
    times_before = 0
    for element in root.iter(*_GATHERED):
        found[element.tag].append(element)
        if element.tag == "time" and not found["h1"]:
            times_before += 1
    times = found["time"]
    meta = read_meta(found["meta"])
    links = [(link.get("rel", "").lower(), href) for link in found["link"] if (href := link.get("href"))]
    written = next((href for element in found["base"] if (href := element.get("href"))), None)
    # the first that is whole: a relative one starts from what is looked up here
    declared = filter(None, (web_address(href) for _, href in own_addresses(links, meta)))
    base = _base(url or next(declared, None), written)
    host = host_of(live_url(base or ""))
    of_site = [one for one in found["h1"] if is_site_heading(one, host)]
    scripts = [script for script in found["script"] if "ld+json" in script.get("type", "").lower()]
    return PageHead(
        root=root,
        meta=meta,
        meta_elements=tuple(found["meta"]),
        links=tuple(links),
        scripts=tuple(script.text for script in scripts if script.text),
        # an icon has a title, too ("Menu")
        head_title=next(
            (text for one in found["title"] if not _in_svg(one) and (text := text_in(one))), None
        ),
        headings=tuple(
            [one for one in found["h1"] if one not in of_site and is_heading(one)][:_MAX_HEADINGS]
        ),
        called=tuple(of_site[:1]),
        subheadings=tuple(found["h2"][:_MAX_HEADINGS]),
        # today's date often comes before the headline, in the page's top bar
        times=(*times[times_before:], *times[:times_before])[:_MAX_TIMES],
        base=base,
    )


def text_in(element: etree._Element) -> str:
    """An element's text as one line; scripts and buttons left out.

    Texts of neighbouring elements that touch ("KickerHeadline") are parted where a capital follows.
    """
    if len(element):
        line = ""
        for text in _texts(element):
            # not behind a capital: the drop cap of "<b>T</b>HE" is part of its word
            if line and line[-1].isalnum() and not line[-1].isupper() and text[0].isupper():
                line += " "
            line += text
    else:
        line = "" if element.tag in _SILENT else element.text or ""
    line = " ".join(line.split())
    # what else prose() does concerns invisible characters and composition
    return line if line.isascii() and line.isprintable() else prose(line)


def text_before(element: etree._Element) -> str:
    """The words right before an element: the end of the element before and what follows that, else the text of the one
    around it before all elements.
    """
    previous, above = element.getprevious(), element.getparent()
    if previous is not None:
        return f"{text_in(previous)[-_MAX_BEFORE:]} {previous.tail or ''}"
    return (above.text or "") if above is not None else ""


def is_aside(
    element: etree._Element,
    asides: Container[etree._Element],
    around_headline: Collection[etree._Element] = (),
) -> bool:
    """Whether an element is beside the article: in navigation, footer, comments, related stories.

    ``asides``: those that say so (``asides_in``). What is ``around_headline`` holds the article, whatever its name
    ("body with-sidebar").
    """
    for depth, above in enumerate(element.iterancestors()):
        tag = above.tag
        if tag in _MAIN_TAGS or depth > _MAX_ANCESTORS or above in around_headline:
            return False
        if above in asides or tag in _OF_OTHERS:
            return True
        # another article than the headline's is a card, a comment, an embedded one
        if around_headline and (tag == "article" or above.get("itemtype", "").endswith(_ARTICLES)):
            return True
    return False


def asides_in(root: etree._Element, named: Iterable[etree._Element]) -> frozenset[etree._Element]:
    """The elements whose own tag, class or id says that they are not the article. ``named``: those of whose class or id
    one of ``ASIDE_WORDS`` is a part.
    """
    asides = [one for one in named if _ASIDE.search(f"{one.get('class')} {one.get('id')}".lower())]
    # authors and dates are often set in an aside or footer of the article itself
    tagged = [
        one
        for one in root.iter(*ASIDE_TAGS)
        if not _OF_META.search(f"{one.get('class')} {one.get('id')}".lower())
    ]
    return frozenset((*asides, *tagged))


def is_site_heading(element: etree._Element, host: str = "") -> bool:
    """Whether a heading says what the site is called: by its name, or since it leads to the front page of ``host``."""
    if _OF_SITE.search(f"{element.get('class', '')} {element.get('id', '')}".lower()):
        return True
    links = links_home(element, host)
    return bool(links) and text_in(links[0]) == text_in(element)


def names_of_home(head: PageHead) -> Iterator[str]:
    """What links to the front page say that the head's title begins or ends with, too, or is on pages with another
    headline: the name of the site.
    """
    title, host = (head.head_title or "").casefold(), host_of(live_url(head.base or ""))
    for link in (*links_home(head.root, host), *_links_to_index(head)) if title else ():
        name = text_in(link) or next((prose(one.get("alt", "")) for one in link.iter("img")), "")
        if len(name) < _MIN_HOME_LETTERS:
            continue
        if name.casefold() == title and head.headings and text_in(head.headings[0]).casefold() != title:
            yield name
            continue
        before, _, behind = title.partition(name.casefold())
        signs = {before.rstrip()[-1:] if not behind else "", behind.lstrip()[:1] if not before else ""}
        if not signs.isdisjoint(_PARTING):
            yield name


def links_home(element: etree._Element, host: str) -> list[etree._Element]:
    """Of the first links in an element those to the front page of a site."""
    return [
        link
        for link in islice(element.iter("a"), _MAX_HOME_LINKS)
        if link.get("rel") == "home"
        or ((found := _FRONT_PAGE.match(link.get("href", ""))) and (found[1] or host).lower() == host)
    ]


def _links_to_index(head: PageHead) -> Iterator[etree._Element]:
    """Of the first links those to the index of the site's own folder, "/index.php"."""
    for link in islice(head.root.iter("a"), _MAX_HOME_LINKS):
        href = link.get("href", "")
        if _INDEX.match(href) and urlsplit(head.absolute(href) or "//").path.count("/") == 1:
            yield link


def is_in_trail(link: etree._Element) -> bool:
    """Whether a link to the front page begins the trail of links to the page: "Home › News › Ferries"."""
    sign = (link.tail or "").strip()[:1]
    return (sign != "" and sign in _TRAIL_SIGNS) or any(
        _TRAIL in above.get("class", "").lower() for above in islice(link.iterancestors(), _TRAIL_LEVELS)
    )


def is_heading(element: etree._Element) -> bool:
    """Whether a heading is neither in navigation nor in the trail of links to the page."""
    if _TRAIL in element.get("class", "").lower():
        return False
    for depth, above in enumerate(element.iterancestors()):
        if above.tag == "main":  # a menu around it was never closed
            return True
        if above.tag in ASIDE_TAGS or (depth < _TRAIL_LEVELS and _TRAIL in above.get("class", "").lower()):
            return False
    return True


def _texts(element: etree._Element) -> list[str]:
    texts: list[str] = []
    # a walk, not recursion: pages nest deeper than Python may
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, one in islice(walker, _MAX_STEPS):
        if event == "start":
            if one.tag in _SILENT:
                walker.skip_subtree()
            elif one.tag == "br":
                texts.append(" ")
            elif one.text:
                texts.append(one.text)
        elif one.tail and one is not element:
            texts.append(one.tail)
    return texts


def read_meta(elements: Iterable[etree._Element]) -> dict[str, tuple[str, ...]]:
    """Contents of meta elements by lower-case name, property, ``itemprop`` or ``http-equiv``; each at most _MAX_SAME.

    Dates of several items of microdata are left out: they are those of teasers.
    """
    read: dict[str, list[str]] = {}
    items: dict[str, set[str]] = {}
    for element in elements:
        content = _content(element)
        if not content:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = element.get(attribute)
            if name and len(name) <= _MAX_NAME_CHARS:
                name = _CONTROLS.sub("", name).strip().lower()
                if attribute == "itemprop" and name in _ITEM_DATES:
                    items.setdefault(name, set()).add(content)
                known = read.setdefault(name, [])
                if len(known) < _MAX_SAME and content not in known:
                    known.append(content)
    for name in (name for name, contents in items.items() if len(contents) > 1):
        del read[name]
    return {name: tuple(contents) for name, contents in read.items()}


def page_tags(
    elements: Iterable[etree._Element], names: Collection[str], part: str
) -> dict[str, tuple[MetaTag, ...]]:
    """Meta tags that speak of the page, by their lower-case name, which is one of ``names`` or has ``part`` in it; each
    name at most _MAX_SAME.

    An ``itemprop`` is left out: it speaks of its item, which may be a picture on the page.
    """
    found: dict[str, dict[MetaTag, None]] = {}
    for element in elements:
        for attribute in ("property", "name", "http-equiv"):
            written = element.get(attribute)
            if not written or len(written) > _MAX_NAME_CHARS:
                continue
            name = written.strip().lower()
            if (name in names or part in name) and (content := _content(element)):
                tags = found.setdefault(name, {})
                if len(tags) < _MAX_SAME:
                    tags[MetaTag(attribute, written, content)] = None
    return {name: tuple(tags) for name, tags in found.items()}


def _content(element: etree._Element) -> str:
    """What a meta tag says, as one line without controls."""
    content = " ".join((element.get("content") or "")[:_MAX_META_CHARS].split())
    return content if content.isprintable() else " ".join(_CONTROLS.sub("", content).split())


def _in_svg(element: etree._Element) -> bool:
    above = element.getparent()
    return above is not None and above.tag not in {"head", "html", "body"}


def own_addresses(
    links: Iterable[tuple[str, str]], meta: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """(origin, address as written) of what a page gives as its own address, best first."""
    # RFC 6596; og:url behind it: shares are counted by it, so it may keep an older address
    yield from (("link:canonical", href) for rel, href in links if "canonical" in rel.split())
    yield from (("meta:og:url", content) for content in meta.get("og:url", ()))


def _base(url: str | None, href: str | None) -> str | None:
    """What relative addresses start from; a malformed part counts as absent, as does one too long for any browser."""
    page = _joined("", url) if url and len(url) <= MAX_URL_CHARS else None
    whole = _joined(page or "", href) if href and len(href) <= MAX_URL_CHARS else None
    return whole or page


def _joined(base: str, url: str) -> str | None:
    try:
        whole = urljoin(base, url.strip())
        urlsplit(whole)  # joining with nothing does not look at the address
    except ValueError:
        return None
    return whole
