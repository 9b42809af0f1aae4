"""Reduces a feed to small, well-formed XML for feedparser.

feedparser takes quadratic time for what a hostile feed repeats (tags, namespaces, long words in author lines), resolves
entities of a document type, and has an even slower parser for broken XML. Therefore lxml parses the feed first, without
document type and entities. The result has only the elements we use, each with a maximum length, and keys in place of
texts, so that feedparser neither sanitizes nor copies these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

import msgspec
from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.documents import with_known_references

MAX_ENTRIES = 10_000
"""Set by hand, far more than a feed has: feedparser makes objects of each."""
MAX_MARKS = 2_000_000
"""Of ``<`` and ``&``, which cost time and memory; 20 MB of articles have half as many."""
_MAX_FIELDS = 100  # of an entry: usually tags and authors
_MAX_ATTRIBUTE = 2_000  # characters, also of URLs
_MAX_WORDS = 200  # characters of names and dates
# fields with URLs, which are longer
_LONGER = dict.fromkeys(("link", "origlink", "id", "guid"), _MAX_ATTRIBUTE)
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
# where an article or its summary may be; "encoded" is content:encoded, "body" is xhtml:body
_TEXTS = frozenset({"title", "description", "summary", "content", "encoded", "body"})
_TEXT_TAGS = tuple(f"{{*}}{name}" for name in sorted(_TEXTS))
# of Atom (RFC 4287, 3.1.1), "escaped" of Atom 0.3, and media types
_TEXT_TYPES = frozenset(
    {"text", "html", "xhtml", "escaped", "text/plain", "text/html", "application/xhtml+xml"}
)
# the other fields that feeds.py uses, by the names of RSS, Atom, Dublin Core and iTunes
_SHORT = frozenset(
    {
        "title",
        "link",
        "guid",
        "id",
        "pubdate",
        "published",
        "updated",
        "modified",
        "issued",
        "date",
        "created",
    }
    | {"author", "creator", "category", "subject", "keywords", "language", "origlink"}
)
_ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "rdf", "feed"})
_ATTRIBUTES = frozenset(
    {"href", "rel", "type", "mode", "term", "label", "version", "isPermaLink", "ispermalink"}
    # an entry's id in RSS 1.0; language and base of all inner elements
    | {f"{{{_PREFIXES['rdf']}}}about", "{http://www.w3.org/XML/1998/namespace}lang"}
    | {"{http://www.w3.org/XML/1998/namespace}base"}
)
# "<item>", "<rss:item ", "<entry/>", but not RSS 1.0's "<items>"
_ENTRY_START = lazy_pattern(r"<((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])")
_MARK = lazy_pattern("[<&]")
# if one of these follows the last entry, it was not closed, but is complete
_FEED_END = lazy_pattern(r"</(?:\w+:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)
# start and end of CDATA, in which an "<item>" is text; starts and ends of entries
_ENTRY_EDGE = lazy_pattern(r"(<!\[CDATA\[)|(\]\]>)|<(/?)(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])")
# "<rss version="2.0">", "<rdf:RDF …>"
_ROOT_TAG = lazy_pattern(r"<((?:[\w.-]{1,40}:)?(\w{1,40}))(?:\s[^<>]*)?>")
# fields that may have unescaped HTML: <description><p>…</p></description>
_TEXT_TAG = lazy_pattern(r"<(/?)(description|content:encoded|summary)(?:\s[^<>]*)?>")
# "a < b": a "<" that begins no tag, comment or instruction
_STRAY_TAG = lazy_pattern(r"<(?![A-Za-z_/!?])")


class FeedXml(msgspec.Struct, frozen=True):
    """``xml``: UTF-8, well-formed, with at most ``MAX_ENTRIES`` entries and with keys of ``texts`` in place of texts.
    ``problems``: what was removed or damaged.
    """

    xml: bytes
    texts: dict[str, str]
    problems: tuple[str, ...]


def safe_xml(text: str) -> FeedXml:
    """The reduced XML of a feed; ``text`` begins with its first element. Raises ValueError if it is no feed."""
    found = _ROOT_TAG.match(text)
    if not found or found[2].lower() not in _ROOTS:
        raise ValueError(_what_else(text))
    text, problems = _cut(text, root=found[1])
    text = with_known_references(text)
    try:
        # strict first: a parser that recovers may silently lose what follows an error
        root = etree.fromstring(text.encode(), parser=_parser(recover=False))
    except etree.XMLSyntaxError as error:
        root = _by_entries(text, found[0])
        problems.append(f"broken XML, read entry by entry: {error.msg}"[:300])
    for container in [root, *(child for child in root if _name(child) == "channel")]:
        _reduce(container)
    texts: dict[str, str] = {}
    for field in root.iter(*_TEXT_TAGS):
        texts[key := f"text-{len(texts)}"] = field.text or ""
        field.text = key if (field.text or "").strip() else None
    etree.cleanup_namespaces(root)
    return FeedXml(etree.tostring(root), texts, tuple(problems))


def _what_else(text: str) -> str:
    start = text[:200].lower()
    if "<html" in text[:2_000].lower() or start.startswith(("<head", "<body", "<title", "<meta", "<div")):
        return "an HTML page, not a feed"
    found = re.match(r"<[\w:.-]{1,40}", text)
    return (
        f"not a feed: its first element is {found[0]}>" if found else "not a feed: it starts with no element"
    )


def _parser(*, recover: bool) -> etree.XMLParser:
    # a new one each time: lxml's parsers keep the errors of the last document
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _cut(text: str, *, root: str) -> tuple[str, list[str]]:
    """The text up to the last complete entry within the limits, and what was cut."""
    # counted before a parser makes objects of it
    limits = (
        (MAX_ENTRIES, _ENTRY_START, f"cut after {MAX_ENTRIES:,} entries"),
        (MAX_MARKS, _MARK, f"cut after {MAX_MARKS:,} tags and references"),
    )
    end, problems = len(text), list[str]()
    for most, pattern, problem in limits:
        beyond = next(islice(pattern.finditer(text, 0, end), most, None), None)
        if beyond:
            end, problems = beyond.start(), [problem]
    first = _ENTRY_START.search(text)
    if not problems or not first:
        return text[:end], problems
    # back to the last complete entry: half an article must not look like one
    last = text.rfind(f"</{first[1]}>", 0, end)
    end = end if last < 0 else last + len(first[1]) + 3
    is_channel_open = text.rfind("<channel", 0, end) > text.rfind("</channel", 0, end)
    return f"{text[:end]}{'</channel>' if is_channel_open else ''}</{root}>", problems


def _by_entries(text: str, root_tag: str) -> etree._Element:
    """The root of a broken feed. Its head and entries are parsed one by one, so that an error affects one entry."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in _PREFIXES.items())
    spans = list(_entry_spans(text))
    opening = root_tag.removesuffix("/>").removesuffix(">") + ">"
    head = text[len(root_tag) : spans[0][0]] if spans else text[len(root_tag) :]
    # not closed: the parser recovers
    root = _recovered(f"<feeds{declared}>{opening}{head}")
    if root is None:
        raise ValueError("broken XML, and nothing of a feed in it")
    for start, end in spans:
        piece = _with_escaped_markup(text[start:end])
        part = _recovered(f"<feeds{declared}>{opening}{piece}")
        entry = None if part is None else next((child for child in part if _name(child) in _ENTRIES), None)
        if entry is not None:
            root.append(entry)
    return root


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


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname).lower() if isinstance(element.tag, str) else ""


def _namespace(element: etree._Element) -> str:
    return (etree.QName(element).namespace or "") if isinstance(element.tag, str) else "?"


def _reduce(element: etree._Element) -> None:
    """Removes from a feed, a channel or an entry what is not used, and cuts the rest."""
    _reduce_attributes(element)
    element.text = None
    fields = 0
    for child in list(element):
        name = _name(child)
        # also in lower case: some write "http://www.itunes.com/DTDs/Podcast-1.0.dtd"
        is_known = _namespace(child) in _NAMESPACES or _namespace(child).lower() in _NAMESPACES
        if name == "channel" and is_known:
            continue
        if name in _ENTRIES and is_known:
            child.tail = None
            # RSS 1.0 has entries in the root, others in a channel; an entry in an entry is removed
            if element.getparent() is None or _name(element) == "channel":
                _reduce(child)
                continue
        fields += 1
        if not is_known or name not in _SHORT | _TEXTS or fields > _MAX_FIELDS:
            element.remove(child)
            continue
        child.tail = None
        _flatten(child)


def _reduce_attributes(element: etree._Element) -> None:
    given = ((key, element.get(key)) for key in sorted(_ATTRIBUTES))
    kept = {key: value for key, value in given if value is not None and len(value) <= _MAX_ATTRIBUTE}
    # at once: the removal of one attribute walks over all before it
    element.attrib.clear()
    for key, value in kept.items():
        element.set(key, value)


def _flatten(field: etree._Element) -> None:
    """Replaces the elements in a field by text: in texts as HTML, elsewhere without tags. An author keeps its name."""
    name = _name(field)
    _reduce_attributes(field)
    if name in _TEXTS:
        # type="xhtml" (RFC 4287, 3.1.1.3), or unescaped HTML
        if len(field) > 0 or name == "body":
            field.text = _inner_html(field)
            field.set("type", "html")
        elif field.get("type", "text").lower() not in _TEXT_TYPES or field.get("mode") == "base64":
            field.text = None  # for example a picture
        field.attrib.pop("mode", "")
        del field[:]
        return
    named = next((child for child in field if _name(child) == "name"), None) if name == "author" else None
    words = _words(field)
    del field[:]
    field.text = words
    if named is not None:
        field.text = None
        etree.SubElement(field, named.tag).text = _words(named)


def _words(element: etree._Element) -> str:
    # 200 pieces: a field may have many thousand elements
    return "".join(islice((str(text) for text in element.itertext()), 200))[
        : _LONGER.get(_name(element), _MAX_WORDS)
    ].strip()


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
