"""What a file is by its first bytes: kinds that are read under their names, and kinds that are no pages."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from pathlib import Path

import tomli

from copydesk.cleaners.patterns import lazy_pattern

READ_AS = (
    (b"\x1f\x8b", ".gz"),
    (b"\x28\xb5\x2f\xfd", ".zst"),
    (b"%PDF-", ".pdf"),
    (b"PAR1", ".parquet"),
    (b"WARC/", ".warc"),
)
"""How files begin that are read, and the suffix by which they are."""
_OFFICE = (
    (b"word/document.xml", ".docx"),
    (b"META-INF/container.xml", ".epub"),
)
"""What is in ZIP archives that are called otherwise, and is read."""
_ZIP = b"PK\x03\x04"
# atomic: each comment is read in one way only
_OPML = lazy_pattern(rb"(?:\xef\xbb\xbf)?\s*+(?>(?><\?xml[^>]*>|<!--.*?-->)\s*+){0,3}+<opml\b", re.DOTALL)
_HEAD_BYTES = 4_000
# atomic as above. A text about HTML may begin with a tag, and is seldom one from end to end
_HTML = lazy_pattern(
    rb"\s*+(?>(?><\?xml[^>]*>|<!--.*?-->)\s*+){0,9}+(?:<!doctype\s+html\b[^>]*>|<html(?:\s[^>]*)?>)\s*<",
    re.DOTALL | re.IGNORECASE,
)
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SUBSCRIPTIONS = (
    "subscriptions of a feed reader (OPML)",
    "add its feeds to a list: copydesk sources add FILE.opml",
)
# "From ann@courier.example Fri Nov  6 09:30:00 2026" (RFC 4155), and headers
_MAILBOX = lazy_pattern(
    rb"From \S[^\r\n]* (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d[^\r\n]*\r?\n(?=[!-9;-~]+:)"
)
# the beginning of a message: headers, some of which go on in the next line
_HEADERS = lazy_pattern(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_OF_MAIL = lazy_pattern(
    "(?i)message-id|mime-version|received|return-path|delivered-to|dkim-signature|arc-seal"
)
"""Of which a message has two, or one beside the address of its sender, however little of its headers is seen."""


def suffix_of(start: bytes) -> str | None:
    """The suffix by which what begins so is read; None for a page, lines or a table, and for what is not read."""
    return binary_suffix(start) or mail_suffix(start)


def mail_suffix(start: bytes) -> str | None:
    """The suffix of what begins as a mailbox or a message. A memo and a text "From our correspondent" have neither
    headers of transport nor a sender's address with a time.
    """
    if _MAILBOX.match(start):
        return ".mbox"
    headers = _HEADERS.match(start)
    if headers is None:
        return None
    from email import message_from_bytes, utils  # little that is read begins like a message

    message = message_from_bytes(headers[0])
    has_sender = "@" in str(message["from"] or "")
    is_dated = has_sender and utils.parsedate(str(message["date"] or "")) is not None
    of_mail = (
        sum(map(bool, map(_OF_MAIL.fullmatch, message.keys()))) + has_sender
    )  # each as often as it stands
    return ".eml" if is_dated or of_mail > 1 else None


def binary_suffix(start: bytes) -> str | None:
    """The same, without what may be text."""
    suffix = next((suffix for magic, suffix in READ_AS if start.startswith(magic)), None)
    if suffix is None and start.startswith(_ZIP):
        suffix = suffix_in_zip(start)
    return ".tar" if suffix is None and start[257:262] == b"ustar" else suffix


def is_html(content: bytes) -> bool:
    """Whether a file is a whole HTML document, whatever its name: it begins with the root element, and ends with a tag.

    Of UTF-16 the letters are looked at without the zeros between them.
    """
    start, end = (part.replace(b"\0", b"") for part in (content[:_HEAD_BYTES], content[-_HEAD_BYTES:]))
    for mark in _BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    return _HTML.match(start) is not None and end.rstrip().endswith(b">")


def suffix_in_zip(content: bytes) -> str:
    """The suffix of what is a ZIP archive: that of a document or book where it holds one."""
    return next((suffix for name, suffix in _OFFICE if name in content), ".zip")


def named_wrong(suffix: str) -> str:
    """What is wrong with a file that has the content of another kind, which ends in ``suffix``."""
    return f"its content is that of a {suffix} file; give it such a name"


def refused_as(content: bytes) -> tuple[str, str] | None:
    """What a file is that holds no page, and what to do; None where it may be one."""
    begins, in_zip = _refused()
    if content.startswith(_ZIP):
        return next((found for magic, found in in_zip if magic in content), None)
    if _OPML.match(content[:_HEAD_BYTES]):
        return _SUBSCRIPTIONS
    return next((found for pattern, found in begins if pattern.match(content)), None)


_Found = tuple[str, str]


@lru_cache(maxsize=1)
def _refused() -> tuple[list[tuple[re.Pattern[bytes], _Found]], list[tuple[bytes, _Found]]]:
    """What ``signatures.toml`` has: how files begin that are no pages, and what is in those that are ZIP archives."""
    tables = tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    begins, in_zip = (
        [(one["magic"].encode(), (one["what"], tables["advice"][one["advice"]])) for one in tables[name]]
        for name in ("begins", "in_zip")
    )
    return [(re.compile(magic, re.DOTALL), found) for magic, found in begins], in_zip
