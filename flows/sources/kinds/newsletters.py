"""What the headers of a message say of the page in it, and the page in a message that was forwarded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr

from copydesk.cleaners.types import Announced

# “Fwd:”, “FW:”, German “WG:”, French “TR:”, Spanish “RV:”, Italian “I:”, Dutch “Doorst:”, Swedish “VB:”, Polish “PD:”
_FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|doorst|vb|pd)\s*:\s*", re.IGNORECASE)
# “Re:”, and the name of a list that its server puts before each subject: “[harbour-news]”
_PREFIX = re.compile(r"\s*(?:(?:re|aw|sv|antw)\s*:|\[[^\]]{1,40}\])\s*", re.IGNORECASE)
# “Hetty Quarles from The Almanac”, “Hetty Quarles at The Almanac”, “Hetty Quarles | The Almanac”
_PERSON_OF_SITE = re.compile(r"(.{3,60}?)\s+(?:from|at|via|@|\||·|–|—)\s+(.{2,80})")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+){1,3}")
# above what was forwarded: a line of hyphens (Gmail, Thunderbird), or words (Apple)
_BEGIN = re.compile(
    r"^[ \t>]*(?:-{5,} ?[^\n-]{5,40}-{5,}|Begin forwarded message:|Anfang der weitergeleiteten Nachricht:)[ \t]*$",
    re.MULTILINE,
)
_HEADER_LINE = re.compile(r"[ \t>*]*([\w-]{2,12}) ?:\**[ \t]*(.*)")
_HEADERS = {
    "from": ("from", "von", "de", "da", "van", "från", "od"),
    "date": ("date", "sent", "datum", "gesendet", "envoyé", "fecha", "data"),
    "subject": ("subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "ämne", "temat"),
}


def is_forwarded(subject: str) -> bool:
    """Whether a message was forwarded, by its subject."""
    return _FORWARDED.match(subject) is not None


def announced_by(headers: Mapping[str, str], date: str | None) -> Announced:
    """What a message says of its page. ``headers``: by their usual names, decoded. ``date`` in RFC 3339.

    A sender's name is that of the site where the message is from a list, unless it has both: so no site becomes
    an author.
    """
    title = headers.get("Subject", "")
    while prefix := _FORWARDED.match(title) or _PREFIX.match(title):
        title = title[prefix.end() :]
    sender = parseaddr(headers.get("From", ""))[0].strip(" \"'")
    site = parseaddr(headers.get("List-Id", ""))[0].strip(" \"'")
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


def forwarded_text(text: str) -> tuple[str, dict[str, str]] | None:
    """The text that a message forwards and the headers above it; None where there are none."""
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    lines = text[begin.end() :].lstrip("\r\n").splitlines(keepends=True)
    return _behind_headers(lines)


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
    found: dict[str, str] = {}
    at = 0
    for at, line in enumerate(lines):  # noqa: B007 - where the headers end
        header = _HEADER_LINE.match(line)
        if header is None:
            break
        name = next((name for name, words in _HEADERS.items() if header[1].lower() in words), None)
        if name is not None:
            found[name.capitalize()] = header[2].strip(" *\r\n")
    else:
        at = len(lines)
    return ("".join(lines[at:]), found) if {"From", "Subject"} <= found.keys() else None
