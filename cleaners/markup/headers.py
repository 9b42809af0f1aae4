"""Headers of a page as they were received: by name, and what two of them say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC

from copydesk.cleaners.patterns import lazy_pattern

_MAX_HEADERS = 20  # values of one header; set by hand, far above what real pages have
# RFC 8288; RSL 1.0 puts the address of its terms there. A link may have several relations, between quotation marks
_LICENSE_LINK = lazy_pattern(
    r"<([^<>\s]{1,2000})>\s*;[^,<>]{0,200}?\brel\s*=\s*"
    r"(?:license(?![^\s;,])|\"(?:[^\s\",<>]{1,80}\s+){0,9}\s*license[\s\"])",
    re.IGNORECASE,
)
# of all Link headers together; set by hand: bounds the search where a server sends far more
_MAX_LINK_CHARS = 8_000
# characters of a header that are taken for tags of languages (RFC 5646); set by hand, for several
_MAX_TAG_CHARS = 40
_MAX_DATE_CHARS = 40  # "Sun, 06 Nov 1994 08:49:37 GMT" has 29


def read_headers(headers: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """The values of headers by lower-case name: names that differ only in case are one header given several times.

    A value may be a number or a list, as readers of JSON hand them over; what is neither is left out.
    """
    found: dict[str, list[str]] = {}
    for name, given in headers.items():
        # a reader of JSON gives `"tdm-reservation": 1` as a number
        for value in given if isinstance(given, (list, tuple)) else (given,):
            text = str(value) if isinstance(value, (str, int, float)) else ""
            if text and isinstance(name, str):
                # names of headers are compared without case (RFC 9110, section 5.1)
                found.setdefault(name.lower(), []).append(text)
    return {name: tuple(values[:_MAX_HEADERS]) for name, values in found.items()}


def known_at(fetched_at: str | None, headers: Mapping[str, object]) -> str | None:
    """When the page was what it is: when it was fetched, or, where nobody says so, the ``Date`` of its server's answer
    (RFC 9110, 6.6.1).
    """
    if fetched_at:
        return fetched_at
    dated = read_headers(headers).get("date", ())
    if not dated or len(dated[0]) > _MAX_DATE_CHARS:
        return None
    # here: loading Python's e-mail package takes longer than most pages to clean
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(dated[0])
    except (ValueError, TypeError, IndexError, OverflowError):  # whatever takes it apart stumbles over
        return None
    # without an offset the time is UTC
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def license_link(headers: Mapping[str, object]) -> str | None:
    """The address of the licence that a ``Link`` header names, as it is written."""
    links = ", ".join(read_headers(headers).get("link", ()))
    found = _LICENSE_LINK.search(links[:_MAX_LINK_CHARS])
    return found[1] if found else None


def content_languages(headers: Mapping[str, object]) -> str:
    """The tags of the languages that ``Content-Language`` names, parted by commas, or ``""``."""
    # a header may stand several times, and one may name several languages (RFC 9110, 8.5)
    return ", ".join(read_headers(headers).get("content-language", ()))[:_MAX_TAG_CHARS]
