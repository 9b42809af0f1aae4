"""A feed as a tree, be its XML sound or broken: no document type, no entities, and no more of it than may be held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from copydesk.flows.fetching.http.documents import with_known_references

MAX_ENTRIES = 10_000
"""Set by hand, far beyond what a feed announces at a time."""
MAX_MARKS = 2_000_000
"""Of ``<`` and ``&``: what costs time and memory; 20 MB of articles have half as many."""
# declared around an entry that is read by itself: its own declarations were at the root
_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
# none: RSS 0.9x and 2.0; then RSS 1.0, RSS 0.90, Atom 0.3, and what some RSS 2.0 names
NAMESPACES = frozenset(_PREFIXES.values()) | {
    "",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/atom/ns#",
    "http://backend.userland.com/rss2",
}
"""Namespaces of what is read of a feed."""
ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "rdf", "feed"})
# "<item>", "<rss:item ", "<entry/>", but not RSS 1.0's "<items>"
_ENTRY_START = re.compile(r"<((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])")
_MARK = re.compile("[<&]")
# where one of these follows, the last entry was left open but not cut
_FEED_END = re.compile(r"</(?:\w+:)?(?:channel|rss|feed|rdf)\s*>", re.IGNORECASE)
# the edges of CDATA, in which an "<item>" is words; starts and ends of entries
_ENTRY_EDGE = re.compile(r"(<!\[CDATA\[)|(\]\]>)|<(/?)(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])")
# "<rss version="2.0">", "<rdf:RDF …>"
_ROOT_TAG = re.compile(r"<((?:[\w.-]{1,40}:)?(\w{1,40}))(?:\s[^<>]*)?>")
# fields in which feeds have HTML that nobody escaped: <description><p>…</p></description>
_TEXT_TAG = re.compile(r"<(/?)(description|content:encoded|summary)(?:\s[^<>]*)?>")
# "a < b": a "<" that begins no tag, end, comment or instruction
_STRAY_TAG = re.compile(r"<(?![A-Za-z_/!?])")


# of Atom (RFC 4287, 3.1.1), "escaped" of Atom 0.3, and media types
_TEXT_TYPES = frozenset(
    {"text", "html", "xhtml", "escaped", "text/plain", "text/html", "application/xhtml+xml"}
)


def feed_tree(text: str, *, url: str) -> tuple[etree._Element, list[str]]:
    """The root of the feed that ``text``, from its first element on, represents, with at most ``MAX_ENTRIES`` entries,
    and what the feed lost. ``url``: what its links are relative to. Raises ValueError where it is no feed.
    """
    found = _ROOT_TAG.match(text)
    if not found or found[2].lower() not in _ROOTS:
        raise ValueError(_what_else(text))
    text, problems = _cut(text, root=found[1])
    text = with_known_references(text)
    try:
        # strict first: a parser that recovers may lose what follows a flaw without a word
        return etree.fromstring(text.encode(), _parser(recover=False), base_url=url), problems
    except etree.XMLSyntaxError as error:
        problems.append(f"broken XML, read entry by entry: {error.msg}"[:300])
        return _by_entries(text, found[0], url), problems


def _what_else(text: str) -> str:
    start = text[:200].lower()
    if "<html" in text[:2_000].lower() or start.startswith(("<head", "<body", "<title", "<meta", "<div")):
        return "an HTML page, not a feed"
    found = re.match(r"<[\w:.-]{1,40}", text)
    return (
        f"not a feed: its first element is {found[0]}>" if found else "not a feed: it starts with no element"
    )


def _parser(*, recover: bool) -> etree.XMLParser:
    """A new one each time: lxml's parsers keep the errors of the last document."""
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
    """The text up to the last whole entry within the limits, and what was cut."""
    # counted in the text, before a parser makes objects of it
    limits = [(MAX_ENTRIES, _ENTRY_START, f"cut after {MAX_ENTRIES:,} entries")]
    limits.append((MAX_MARKS, _MARK, f"cut after {MAX_MARKS:,} tags and references"))
    end, problems = len(text), []
    for most, pattern, problem in limits:
        beyond = next(islice(pattern.finditer(text, 0, end), most, None), None)
        if beyond:
            end, problems = beyond.start(), [problem]
    first = _ENTRY_START.search(text)
    if not problems or not first:
        return text[:end], problems
    # back to the last whole entry: half an article must not pass for one
    last = text.rfind(f"</{first[1]}>", 0, end)
    end = end if last < 0 else last + len(first[1]) + 3
    is_channel_open = text.rfind("<channel", 0, end) > text.rfind("</channel", 0, end)
    return f"{text[:end]}{'</channel>' if is_channel_open else ''}</{root}>", problems


def _by_entries(text: str, root_tag: str, url: str) -> etree._Element:
    """The feed put together again from its head and its entries, each read by itself: a flaw costs no more
    than the entry it is in.
    """
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in _PREFIXES.items())
    spans = list(_entry_spans(text))
    opening = root_tag.removesuffix("/>").removesuffix(">") + ">"
    head = text[len(root_tag) : spans[0][0]] if spans else text[len(root_tag) :]
    # the root is left open, and closed by the parser that recovers
    root = _recovered(f"<feeds{declared}>{opening}{head}", url)
    if root is None:
        raise ValueError("broken XML, and nothing of a feed in it")
    for start, end in spans:
        piece = _with_escaped_markup(text[start:end])
        part = _recovered(f"<feeds{declared}>{opening}{piece}", url)
        entry = (
            None if part is None else next((child for child in part if local_name(child) in ENTRIES), None)
        )
        if entry is not None:
            root.append(entry)
    return root


def _recovered(xml: str, url: str) -> etree._Element | None:
    """The feed's own root element in ``xml``, as far as it can be read."""
    try:
        feeds = etree.fromstring(xml.encode(), _parser(recover=True), base_url=url)
    except etree.XMLSyntaxError:
        return None
    if feeds is None or not len(feeds):
        return None
    root = feeds[0]
    feeds.remove(root)
    return root


def _entry_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where entries start and end; one that is not closed ends where the next starts, or the feed; a cut one
    is none.
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
    """An entry whose texts hold HTML as it is, escaped as it should have been."""
    pieces: list[str] = []
    at = 0
    opened: str | None = None
    for found in _TEXT_TAG.finditer(entry):
        if not found[1] and opened is None:
            opened = found[2]
            pieces.append(entry[at : found.end()])
            at = found.end()
        elif found[1] and found[2] == opened:
            inner = entry[at : found.start()]
            # CDATA is as it should be, and what declares a namespace is meant as XHTML
            is_markup = "<![CDATA[" not in inner and " xmlns=" not in inner
            pieces.append(inner.replace("<", "&lt;") if is_markup else inner)
            at, opened = found.start(), None
    return _STRAY_TAG.sub("&lt;", "".join(pieces) + entry[at:])


def local_name(element: etree._Element) -> str:
    """The name of an element without its prefix, in small letters; empty for what is none."""
    return str(etree.QName(element).localname).lower() if isinstance(element.tag, str) else ""


def language_of(element: etree._Element) -> str | None:
    """The language that an element, or the nearest one around it, declares (xml:lang)."""
    found = element.xpath("ancestor-or-self::*[@xml:lang][1]/@xml:lang")
    return str(found[0]).strip() or None if isinstance(found, list) and found else None


def text_in(element: etree._Element) -> tuple[str, str]:
    """A text as it is in the feed, and its type: elements in it are HTML, by type="xhtml" (RFC 4287, 3.1.1.3), or as
    nobody escaped them.
    """
    kind = element.get("type", "").lower()
    if len(element) or local_name(element) == "body":
        return _inner_html(element).strip(), "text/html"
    if (kind and kind not in _TEXT_TYPES) or element.get("mode") == "base64":
        return "", "text/plain"  # for example a picture
    text = (element.text or "").strip()
    is_html = (
        "html" in kind or "</" in text or (not kind and local_name(element) in ("encoded", "description"))
    )
    return text, "text/html" if is_html else "text/plain"


def _inner_html(field: etree._Element) -> str:
    """The content of a field, as HTML without namespaces."""
    for element in field.iterdescendants():
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    apart = etree.Element("div")
    apart.extend(list(field))
    etree.cleanup_namespaces(apart)
    children = "".join(etree.tostring(child, method="html", encoding="unicode") for child in apart)
    return escape(field.text or "") + children
