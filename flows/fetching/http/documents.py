"""What feeds and sitemaps share: files that were packed, bytes to text, the lines before the first element,
links worth following.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.entities import html5
from types import MappingProxyType
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.sax.saxutils import escape

from msgspec import structs

from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.wire.addresses import has_empty_host, without_dots
from copydesk.flows.fetching.wire.budgets import BadBody, unpacked
from copydesk.flows.io.decompression import GZIP, MAGIC

MAX_CHARS = 20_000_000
"""Of a document; what comes after is not read."""
MAX_FOUND = 100
"""Feeds, or sitemaps, of a page or robots.txt."""
_SAMPLE = 200_000  # bytes
_BEYOND_ASCII = lazy_pattern(rb"[\x80-\xff]")
# characters, set by hand: more would let a list of 50,000 addresses fill memory, fewer lose long queries
_MAX_URL = 4_000
# "<?" in UTF-16 without a byte order mark: the mark that decoding goes by is put before it (XML 1.0, F)
_WIDE_STARTS = {b"<\x00?\x00": b"\xff\xfe", b"\x00<\x00?": b"\xfe\xff"}
_BLANK = lazy_pattern("[\\s\ufeff]*")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
# "&#8211;", "&#x2013;", "&nbsp;", or none of these: a stray "&" as in "A & B" and "&&amp;"
_REFERENCE = lazy_pattern(r"&+(?:#(\d{1,7});|#[xX]([0-9a-fA-F]{1,6});|([A-Za-z]\w{1,31});)?")
# "<!DOCTYPE rss SYSTEM …>", also with definitions inside: "[<!ENTITY a 'b'>]"
_DOCTYPE = lazy_pattern(r"<!DOCTYPE[^\[>]{0,4000}(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
# all outside of Char (XML 1.0, production 2): one of these makes lxml refuse the whole document
_FORBIDDEN = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# controls, blanks and what delimits addresses (RFC 3986, appendix C): words or markup, no address
_IN_NO_URL = lazy_pattern(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff<>\"\\]")


XML_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "dtd_validation": False,
        "huge_tree": False,
    }
)
"""How lxml parses what a server sent: nothing is fetched for it, and nothing in it grows."""


def without_gzip(page: Fetched, *, most: int = FetchLimits().unpacked_bytes) -> Fetched | NotFetched:
    """The page with its body inflated where that is a packed file (``sitemap.xml.gz``), whatever its headers.

    Why there is none where it is cut short, damaged, or inflates to more than ``most`` bytes.
    """
    if not page.body.startswith(MAGIC[GZIP]):
        return page
    try:
        return structs.replace(page, body=unpacked(page.body, GZIP, most=most))
    except BadBody as error:
        return NotFetched(page.url, error.reason, str(error))


def text_of(body: bytes, content_type: str | None) -> str:
    """The document's text without what XML forbids. Raises ValueError in words a person can act on."""
    # no encoding takes more than four bytes for a character
    body = _WIDE_STARTS.get(body[:4], b"") + body[: 4 * MAX_CHARS]
    try:
        return _FORBIDDEN.sub("", _decoded(body, content_type))
    except BadPage as error:
        raise ValueError(str(error)) from error


def _decoded(body: bytes, content_type: str | None) -> str:
    """Long documents by the encoding of a part of them: detectors take seconds and gigabytes for 20 MB."""
    if len(body) <= 2 * _SAMPLE:
        return decode(Page(body=body, content_type=content_type)).text
    beyond_ascii = _BEYOND_ASCII.search(body, _SAMPLE)
    start = beyond_ascii.start() if beyond_ascii else _SAMPLE
    sample = body[:_SAMPLE] + body[start : start + _SAMPLE]
    # parts end where no letter of several bytes can be cut
    sample = sample[: max(sample.rfind(b">"), sample.rfind(b"}"), sample.rfind(b"\n")) + 1] or sample
    found = decode(Page(body=sample, content_type=content_type))
    return body.decode(found.encoding, "replace").removeprefix("\ufeff")


def without_prolog(text: str) -> tuple[str, str]:
    """The text from its first element on, and the document type before it; empty without one.

    No parser of ours sees a document type: what it could define, include or fetch is out of reach. Raises
    ValueError where it does not end.
    """
    at, doctype = 0, ""
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too
        if text.startswith("<?", at):
            end = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            end = _after(text, "-->", at)
        elif text[at : at + 9].upper() == "<!DOCTYPE":
            found = _DOCTYPE.match(text, at)
            end = found.end() if found else 0
            doctype += text[at:end]
        else:
            return text[at:], doctype
        if not end:
            raise ValueError("the prolog does not end")
        at = end


def _after(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return 0 if found < 0 else found + len(mark)


def with_known_references(text: str) -> str:
    """The text with HTML's named characters written out, and every ``&`` that means nothing escaped."""
    before, *sections = text.split("<![CDATA[")
    pieces = [_REFERENCE.sub(_known_reference, before)]
    for section in sections:
        # in CDATA "&" is a plain character
        inside, end, after = section.partition("]]>")
        pieces.append(f"<![CDATA[{inside}{end}{_REFERENCE.sub(_known_reference, after)}")
    return "".join(pieces)


def _known_reference(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    stray = "&amp;" * (found[0].count("&") - 1)
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        # a reference to what is outside of Char (XML 1.0) is refused like the character itself
        is_allowed = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
        return f"{stray}&#{code};" if is_allowed or 0x10000 <= code < 0x110000 else stray
    if name in _XML_NAMES:
        return f"{stray}&{name};"
    if name and f"{name};" in html5:
        return stray + escape(html5[f"{name};"])
    return f"{stray}&amp;{name};" if name else f"{stray}&amp;"


def web_link(base: str, link: object) -> str | None:
    """``link`` as an absolute http or https URL without its fragment, resolved against ``base``; None where
    it is none.
    """
    if not isinstance(link, str) or not (link := link.strip()) or len(link) > _MAX_URL:
        return None
    if has_empty_host(link):
        return None
    try:
        # browsers mend blanks within an address too
        url = without_dots(urldefrag(urljoin(base, link.replace(" ", "%20"))).url)
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if not is_usable or len(url) > _MAX_URL or _IN_NO_URL.search(url):
        return None
    return url
