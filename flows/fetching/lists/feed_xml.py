"""Parses the XML of a feed, broken or not, without document type and entities, and reads the fields of its entries.

What a hostile feed repeats takes linear time: entries, fields, attributes and words have a maximum, and what is read
again for each entry (the attributes around it, and the tag of the root if the feed is broken) is cut first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.documents import XML_OPTIONS, web_link, with_known_references

MAX_ENTRIES = 10_000
"""Set by hand, far more than a feed has: each becomes some objects."""
MAX_MARKS = 2_000_000
"""Of ``<`` and ``&``, which cost time and memory; 20 MB of articles have half as many."""
_MAX_FIELDS = 100  # of an entry: usually tags and authors
_MAX_ATTRIBUTE = 2_000  # characters, also of URLs
# characters that are parsed again for each entry of a broken feed; most have less than 1,000
_MAX_ROOT_TAG = 5_000
_XML = "{http://www.w3.org/XML/1998/namespace}"
_LANGUAGE, _BASE = f"{_XML}lang", f"{_XML}base"
_XHTML = "http://www.w3.org/1999/xhtml"
# for an entry that is parsed by itself, without the declarations of the root
_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": _XHTML,
}
# "" is RSS 0.9x and 2.0; then RSS 1.0, RSS 0.90, Atom 0.3, and one that some RSS 2.0 declares
_NAMESPACES = frozenset(_PREFIXES.values()) | {
    "",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/atom/ns#",
    "http://backend.userland.com/rss2",
}
RDF_ABOUT = f"{{{_PREFIXES['rdf']}}}about"
"""The id of an entry in RSS 1.0."""
# of Atom (RFC 4287, 3.1.1), "escaped" of Atom 0.3, and media types; anything else is for example a picture
_HTML_TYPES = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
_TEXT_TYPES = _HTML_TYPES | {"text", "escaped", "text/plain"}
_ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "rdf", "feed"})
# "<item>", "<rss:item ", "<entry/>", but not RSS 1.0's "<items>"
_ENTRY_START = lazy_pattern(r"<((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])")
_MARK = lazy_pattern("[<&]")
# if one of these follows the last entry, it was not closed, but is complete
_FEED_END = lazy_pattern(r"</(?:\w+:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)
# start and end of CDATA, in which an "<item>" is text; starts and ends of entries
_ENTRY_EDGE = lazy_pattern(r"(<!\[CDATA\[)|(\]\]>)|<(/?)(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])")
# "<rss version="2.0">", "<rdf:RDF …>"
_ROOT_TAG = lazy_pattern(r"<((?:[\w.-]{1,40}:)?(\w{1,40}))(?:\s[^<>]*)?>")
# what its entries need of it: 'xmlns:dc="http://…"', 'xml:lang="en"', 'xml:base="/blog/"'
_INHERITED = lazy_pattern(
    r"""\s(?:xmlns(?::[\w.-]{1,40})?|xml:lang|xml:base)\s*=\s*(?:"[^"<>]*"|'[^'<>]*')"""
)
# fields that may have unescaped HTML: <description><p>…</p></description>
_TEXT_TAG = lazy_pattern(r"<(/?)(description|content:encoded|summary)(?:\s[^<>]*)?>")
# "a < b": a "<" that begins no tag, comment or instruction
_STRAY_TAG = lazy_pattern(r"<(?![A-Za-z_/!?])")


def read_root(text: str) -> tuple[etree._Element, list[str]]:
    """The root of a feed, whose ``text`` begins with its first element; and what was cut or is broken. Raises
    ValueError if it is no feed.
    """
    found = _ROOT_TAG.match(text)
    if not found or found[2].lower() not in _ROOTS:
        raise ValueError(_what_else(text))
    text, problems = _cut(text)
    text = with_known_references(text)
    if not problems:
        try:
            # strict first: a parser that recovers may silently lose what follows an error
            return etree.fromstring(text.encode(), parser=_parser(recover=False)), problems
        except etree.XMLSyntaxError as error:
            problems.append(f"broken XML, read entry by entry: {error.msg}"[:300])
    # of a feed that was cut only complete entries: half an article must not look like one
    return _by_entries(text, found[0]), problems


def head_and_entries(root: etree._Element) -> tuple[list[etree._Element], list[etree._Element]]:
    """The elements that describe a feed, and its entries: RSS 1.0 has entries in the root, others in a channel."""
    containers = [root, *(child for child in root if name_of(child) == "channel")]
    for container in containers:
        # all others would be passed over again for each entry
        kept = {key: attribute(container, key) for key in (_LANGUAGE, _BASE)}
        container.attrib.clear()
        for key, value in kept.items():
            if value:
                container.set(key, value)
    entries = (child for container in containers for child in container if name_of(child) in _ENTRIES)
    return containers, list(islice(entries, MAX_ENTRIES))


def fields_of(element: etree._Element) -> list[tuple[str, etree._Element]]:
    """The known fields of an entry or a channel with their names, in order."""
    named = ((name_of(child), child) for child in element)
    return list(islice((one for one in named if one[0] and one[0] not in _ENTRIES), _MAX_FIELDS))


def name_of(element: etree._Element) -> str:
    """The name of an element in lower case, without its namespace; empty if that is none of ours."""
    if not isinstance(element.tag, str):
        return ""
    name = etree.QName(element)
    # also in lower case: some write "http://www.itunes.com/DTDs/Podcast-1.0.dtd"
    is_known = not {name.namespace or "", (name.namespace or "").lower()}.isdisjoint(_NAMESPACES)
    return str(name.localname).lower() if is_known else ""


def attribute(element: etree._Element, name: str) -> str:
    """An attribute; empty without one, or if it is too long."""
    value = element.get(name) or ""
    return value if len(value) <= _MAX_ATTRIBUTE else ""


def words_of(element: etree._Element) -> str:
    """The beginning of the text in an element, without tags."""
    # 200 pieces: a field may have many thousand elements
    return "".join(islice((str(text) for text in element.itertext()), 200))[:_MAX_ATTRIBUTE].strip()


def text_of_field(field: etree._Element) -> tuple[str, bool]:
    """The text of a title or an article, and whether it is HTML; without tags it is what is declared."""
    declared = field.get("type", "html" if name_of(field) == "encoded" else "text").lower()
    # type="xhtml" (RFC 4287, 3.1.1.3), or unescaped HTML
    if len(field) > 0 or name_of(field) == "body":
        return _inner_html(field).strip(), True
    if declared not in _TEXT_TYPES or field.get("mode") == "base64":
        return "", False
    return (field.text or "").strip(), declared in _HTML_TYPES


def language_of(element: etree._Element) -> str | None:
    """The language declared for an element, by itself or by one around it."""
    declared = (attribute(one, _LANGUAGE) for one in (element, *element.iterancestors()))
    return next(filter(None, declared), None)


def base_of_element(element: etree._Element, url: str) -> str:
    """The URL that the links of an element in the feed at ``url`` are relative to."""
    for one in (*reversed(list(element.iterancestors())), element):
        if declared := attribute(one, _BASE):
            url = web_link(url, declared) or url
    return url


def _what_else(text: str) -> str:
    start = text[:200].lower()
    if "<html" in text[:2_000].lower() or start.startswith(("<head", "<body", "<title", "<meta", "<div")):
        return "an HTML page, not a feed"
    found = re.match(r"<[\w:.-]{1,40}", text)
    if found and found[0] in ("<urlset", "<sitemapindex"):
        return 'a sitemap, not a feed: its source has to have kind = "sitemap"'
    return (
        f"not a feed: its first element is {found[0]}>" if found else "not a feed: it starts with no element"
    )


def _parser(*, recover: bool) -> etree.XMLParser:
    # a new one each time: lxml's parsers keep the errors of the last document
    return etree.XMLParser(recover=recover, remove_comments=True, remove_pis=True, **XML_OPTIONS)


def _cut(text: str) -> tuple[str, list[str]]:
    """The text within the limits, and what was cut."""
    # counted before a parser makes objects of it
    limits = (
        (MAX_ENTRIES, _ENTRY_START, f"cut after {MAX_ENTRIES:,} entries"),
        (MAX_MARKS, _MARK, f"cut after {MAX_MARKS:,} tags and references"),
    )
    problems = list[str]()
    for most, pattern, problem in limits:
        if beyond := next(islice(pattern.finditer(text), most, None), None):
            text, problems = text[: beyond.start()], [problem]
    return text, problems


def _by_entries(text: str, root_tag: str) -> etree._Element:
    """The root of a broken feed. Its head and entries are parsed one by one, so that an error affects one entry."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in _PREFIXES.items())
    spans = list(_entry_spans(text))
    opening = _repeated(root_tag)
    head = text[len(root_tag) : spans[0][0]] if spans else text[len(root_tag) :]
    # not closed: the parser recovers
    root = _recovered(f"<feeds{declared}>{opening}{head}")
    if root is None:
        raise ValueError("broken XML, and nothing of a feed in it")
    for start, end in spans:
        piece = _with_escaped_markup(text[start:end])
        part = _recovered(f"<feeds{declared}>{opening}{piece}")
        entry = None if part is None else next((child for child in part if name_of(child) in _ENTRIES), None)
        if entry is not None:
            root.append(entry)
    return root


def _repeated(root_tag: str) -> str:
    """The tag of a root as far as its entries need it, which is parsed with each of them."""
    found = _ROOT_TAG.match(root_tag)
    kept = f"<{found[1]}" if found else "<rss"
    for declared in _INHERITED.finditer(root_tag):
        if len(kept) + len(declared[0]) < _MAX_ROOT_TAG:
            kept += declared[0]
    return f"{kept}>"


def _recovered(xml: str) -> etree._Element | None:
    """The root element of the feed in ``xml``, as far as it can be parsed."""
    try:
        feeds = etree.fromstring(xml.encode(), parser=_parser(recover=True))
    except etree.XMLSyntaxError:
        return None
    if feeds is None or not len(feeds):
        return None
    root = feeds[0]
    feeds.remove(root)
    return root


def _entry_spans(text: str) -> Iterator[tuple[int, int]]:
    """Starts and ends of entries. An entry that is not closed ends with the next one or with the feed; a last one that
    is cut is omitted.
    """
    start: int | None = None
    is_in_cdata = False
    for found in _ENTRY_EDGE.finditer(text):
        if found[1]:
            is_in_cdata = True
        elif found[2]:
            is_in_cdata = False
        elif not is_in_cdata:
            if start is not None:
                yield start, text.find(">", found.end()) + 1 if found[3] else found.start()
            start = None if found[3] else found.start()
    if start is not None and _FEED_END.search(text, start):
        yield start, len(text)


def _with_escaped_markup(entry: str) -> str:
    """An entry with the HTML in its texts escaped."""
    pieces: list[str] = []
    at = 0
    field: str | None = None
    for tag in _TEXT_TAG.finditer(entry):
        if not tag[1] and field is None:
            field = tag[2]
            pieces.append(entry[at : tag.end()])
            at = tag.end()
        elif tag[1] and tag[2] == field:
            inner = entry[at : tag.start()]
            # CDATA needs no escapes, and a namespace means XHTML
            is_html = "<![CDATA[" not in inner and " xmlns=" not in inner
            pieces.append(inner.replace("<", "&lt;") if is_html else inner)
            at, field = tag.start(), None
    return _STRAY_TAG.sub("&lt;", "".join(pieces) + entry[at:])


def _inner_html(field: etree._Element) -> str:
    """The content of a field, as HTML without namespaces."""
    for element in field.iterdescendants():
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    div = etree.Element("div")
    div.extend(list(field))
    etree.cleanup_namespaces(div)
    children = "".join(etree.tostring(child, method="html", encoding="unicode") for child in div)
    return escape(field.text or "") + children
