"""What a message holds: its page (the HTML, else the text), what its headers say of it, and the page in a message that
was forwarded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from email import policy
from email.errors import CloseBoundaryNotFoundDefect
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from itertools import islice, takewhile

from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Announced, Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES
from copydesk.flows.sources.opening.inflating import damage_errors
from copydesk.flows.sources.opening.page_source import Unreadable

# “Fwd:”, “FW:”, German “WG:”, French “TR:”, Spanish “RV:”, Italian “I:”, Dutch “Doorst:”, Swedish “VB:”, Polish “PD:”
_FORWARDED = lazy_pattern(r"\s*(?:fwd?|wg|tr|rv|i|doorst|vb|pd)\s*:\s*", re.IGNORECASE)
# “Re:”, and the name of a list that its server puts before each subject: “[harbour-news]”
_PREFIX = lazy_pattern(r"\s*(?:(?:re|aw|sv|antw)\s*:|\[[^\]]{1,40}\])\s*", re.IGNORECASE)
# “Hetty Quarles from The Almanac”, “Hetty Quarles at The Almanac”, “Hetty Quarles | The Almanac”
_PERSON_OF_SITE = lazy_pattern(r"(.{3,60}?)\s+(?:from|at|via|@|\||·|–|—)\s+(.{2,80})")
_NAME = lazy_pattern(r"[^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+){1,3}")
# “Quarles, Hetty”, as address books of companies write it; not “Quarles, Inc.” or “Quarles, PhD”
_SURNAME_FIRST = lazy_pattern(
    r"([^\W\d_][\w'’-]+(?: [\w'’-]+){0,2}), "
    r"(?!(?:inc|llc|ltd|co|corp|plc|gmbh|ag|kg|sa|srl|bv|ab|oy|the|jr|sr|ii+|iv|ph\.?d|md|esq)\b)"
    r"([^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*)?)",
    re.IGNORECASE,
)
# above what was forwarded: a line of hyphens (Gmail, Thunderbird), or words (Apple)
_BEGIN = lazy_pattern(
    r"^[ \t>]*(?:-{5,} ?[^\n-]{5,40}-{5,}|Begin forwarded message:|Anfang der weitergeleiteten Nachricht:)[ \t]*$",
    re.MULTILINE,
)
_HEADER_LINE = lazy_pattern(r"[ \t>*]*([\w-]{2,12}) ?:\**[ \t]*(.*)")
_HEADER_WORDS = {
    **dict.fromkeys(("from", "von", "de", "da", "van", "från", "od"), "From"),
    **dict.fromkeys(("date", "sent", "datum", "gesendet", "envoyé", "fecha", "data"), "Date"),
    **dict.fromkeys(
        ("subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "ämne", "temat"), "Subject"
    ),
}


def announced_by(headers: Mapping[str, str], date: str | None) -> Announced:
    """What a message says of its page. ``headers``: by their usual names, decoded. ``date`` in RFC 3339.

    A sender's name is that of the site where the message is from a list, unless it has both: so no site becomes
    an author.
    """
    title = headers.get("Subject", "")
    while prefix := _FORWARDED.match(title) or _PREFIX.match(title):
        title = title[prefix.end() :]
    sender = _name_in(headers.get("From", ""))
    sender = _SURNAME_FIRST.sub(r"\2 \1", sender) if _SURNAME_FIRST.fullmatch(sender) else sender
    site = _name_in(headers.get("List-Id", ""))
    author, is_listed = "", "List-Id" in headers or "List-Unsubscribe" in headers
    if both := _PERSON_OF_SITE.fullmatch(sender):
        author, site = both[1], site or both[2]
    elif is_listed:
        site = site or sender
    elif _NAME.fullmatch(sender):
        author = sender
    return Announced(
        "mail",
        title=title or None,
        authors=(author,) if _NAME.fullmatch(author) else (),
        published=date,
        site_name=site or None,
    )


def _name_in(address: str) -> str:
    """The name beside an address; '' where that cannot be read, as where a thousand brackets open."""
    with suppress(Damaged), damage_errors("address"):
        return parseaddr(address)[0].strip(" \"'")
    return ""


def forwarded_text(text: str) -> tuple[str, dict[str, str]] | None:
    """The text that a message forwards and the headers above it; None where there are none."""
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    return _behind_headers(text[begin.end() :].lstrip("\r\n").splitlines(keepends=True))


def forwarded_html(html: str) -> tuple[str, dict[str, str]] | None:
    """The same of HTML as Gmail writes it."""
    if "gmail_attr" not in html:
        return None
    from lxml import etree
    from lxml.html import document_fromstring, tostring

    try:
        root = document_fromstring(html)
    except (etree.ParserError, ValueError):
        return None
    head = next(iter(root.cssselect(".gmail_attr")), None)
    parent = head.getparent() if head is not None else None
    if head is None or parent is None:
        return None
    for br in head.iter("br"):
        br.tail = f"\n{br.tail or ''}"
    lines = "".join(map(str, head.itertext())).splitlines(keepends=True)
    found = _behind_headers(lines[1:])
    parent.remove(head)
    return (tostring(parent, encoding="unicode"), found[1]) if found else None


def _behind_headers(lines: list[str]) -> tuple[str, dict[str, str]] | None:
    headers = list(takewhile(bool, map(_HEADER_LINE.match, lines)))
    found = {
        name: header[2].strip(" *\r\n")
        for header in headers
        if header and (name := _HEADER_WORDS.get(header[1].lower()))
    }
    return ("".join(lines[len(headers) :]), found) if {"From", "Subject"} <= found.keys() else None


_MAX_LINES = 1_000_000
"""Each takes that 150 bytes and 3 µs; 35 MB in base64 are half a million."""
_MAX_STEPS = 10_000_000
"""Lines times parts they are held against; a saved page of 20 MB needs less than a tenth."""
# set by hand, for time as well as memory: the parser makes a message of each
_MAX_PARTS = 10_000
_MAX_PARAMETERS = 50
"""Of a header on content; boundaries and names of files have one to ten."""
_MAX_HEADER_CHARS = 2_000
"""No more of a header is read: what takes apart encoded words and parameters takes time by the square of
their number.
"""
# “boundary="x"”, and “boundary*=utf-8''x” or “boundary*0=x” (RFC 2231)
_BOUNDARY = lazy_pattern(rb"boundary[ \t]*[*=]", re.IGNORECASE)
_PLAIN = "text/plain"
_TEXTS = ("text/html", "application/xhtml+xml", _PLAIN)
_KEPT_HEADERS = ("From", "Date", "Subject", "List-Id")
_HEADERS = (*_KEPT_HEADERS, "List-Unsubscribe")
# browsers made of Chromium name a saved page's URL in the head of the message, others in its part
_MAIN_PLACE, _PART_PLACE = "Snapshot-Content-Location", "Content-Location"


class _ShortHeaders(policy.Compat32):
    """How a message is parsed: as mail always was, but for headers that go on and on."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        value = value[:_MAX_HEADER_CHARS]
        if name.lower().startswith("content-"):
            value = ";".join(value.split(";")[:_MAX_PARAMETERS])
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        """The value; bytes beyond ASCII are UTF-8 (RFC 6532), else what Windows writes in Western languages."""
        raw = value.encode("utf-8", "surrogateescape")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")


_POLICY = _ShortHeaders()


def is_complex(content: bytes) -> bool:
    """Whether parsing it would take more memory and time than a message may."""
    # as the parser parts them: at each of the usual ends
    lines = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    boundaries = sum(1 for _ in _BOUNDARY.finditer(content))
    parts = content.count(b"\n--") + content.count(b"\r--") if boundaries else 0
    return lines > _MAX_LINES or parts > _MAX_PARTS or lines * (1 + boundaries) > _MAX_STEPS


def page_in(content: bytes, source: Source) -> Page | Unreadable:
    """The page in a message. Raises Damaged."""
    with damage_errors("message"):
        message = BytesParser(policy=_POLICY).parsebytes(content)
        part, is_whole = _main_part(_attached(message) or message)
    if not is_whole:
        return Unreadable(source, "cut_short", "the message ends before its last part does")
    if part is None:
        return Unreadable(source, "no_page", "the message holds no text")
    with damage_errors("message"):
        # forwarded as a whole: it is what is read
        inner = _attached(message)
        body = part.get_payload(decode=True)
        found = {name: (inner or message)[name] for name in (*_HEADERS, _MAIN_PLACE)}
        location, kind = part[_PART_PLACE] or found.pop(_MAIN_PLACE), part["Content-Type"]
        charset = part.get_content_charset("utf-8")
        # its subject is the page's title, and nobody sent it
        is_saved_page = message.get_content_type() == "multipart/related" and "Message-ID" not in message
    headers = {name: _text(found[name]) for name in _HEADERS if found[name]}
    sent = body[:MAX_PAGE_BYTES] if isinstance(body, bytes) else b""
    page: bytes | str = sent
    date = _date(headers.get("Date", ""))
    announced = announced_by(headers, date)
    if _FORWARDED.match(headers.get("Subject", "")) and (
        inside := _forwarded(sent, charset, _text(kind or ""))
    ):
        page, its_own = inside
        announced = announced_by(its_own, read_date(its_own.get("Date", "")))
    return Page(
        body=page,
        url=_text(location) if location else None,
        content_type=_text(kind or _PLAIN),
        headers={name: value for name, value in headers.items() if name in _KEPT_HEADERS},
        fetched_at=date,
        source=source,
        announced=None if is_saved_page else announced,
    )


def _attached(message: Message) -> Message | None:
    """The message that another forwards as a part of it."""
    if not _FORWARDED.match(_text(message["Subject"] or "")):
        return None
    parts = (part for part in message.walk() if part.get_content_type() == "message/rfc822")
    part = next(parts, None)
    inner = part.get_payload() if part is not None else None
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None


def _forwarded(page: bytes, charset: str, kind: str) -> tuple[str, dict[str, str]] | None:
    try:
        text = page.decode(charset, "replace")
    except LookupError:  # a character set that there is not
        text = page.decode("utf-8", "replace")
    return forwarded_html(text) if "html" in kind.lower() else forwarded_text(text)


def _main_part(message: Message) -> tuple[Message | None, bool]:
    """The first part of HTML, else the first of text, attached files being none; and whether it is whole.

    Of a message that was cut the last part is not, and a better one than text may have come later.
    """
    found: dict[str, Message] = {}
    parts = list(islice(message.walk(), _MAX_PARTS + 1))
    for part in parts:
        if not part.is_multipart() and part.get_content_disposition() != "attachment":
            found.setdefault(part.get_content_type(), part)
    is_cut = any(isinstance(defect, CloseBoundaryNotFoundDefect) for part in parts for defect in part.defects)
    chosen = next((found[kind] for kind in _TEXTS if kind in found), None)
    # text alone is not safe in a cut message: HTML may have come after it
    is_safe = chosen is not None and chosen is not parts[-1] and chosen.get_content_type() != _PLAIN
    return chosen, not is_cut or is_safe


def _text(value: object) -> str:
    """A header's value as text, encoded words decoded as far as they can be."""
    text = str(value)[:_MAX_HEADER_CHARS]
    with suppress(Damaged), damage_errors("header"):
        text = str(make_header(decode_header(text)))
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _date(value: str) -> str | None:
    """A date of mail in the form of RFC 3339."""
    try:
        with damage_errors("date"):
            date = parsedate_to_datetime(value)
    except Damaged:
        return None
    # a date in “-0000” has no zone in Python; its time is UTC (RFC 5322, 3.3)
    return date.isoformat() if date.tzinfo else f"{date.isoformat()}Z"
