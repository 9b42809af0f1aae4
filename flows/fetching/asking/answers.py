"""What an answer is before it is known what it means: its headers, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import httpx
from msgspec import Struct

from copydesk.flows.fetching.asking.outcomes import NotFetched
from copydesk.flows.fetching.wire.addresses import Forbidden, check_url, has_empty_host, without_dots
from copydesk.flows.fetching.wire.transport import Answer

_MAX_HEADER_CHARS = 8_000  # of one value; longer ones are cut: nothing reads so much
# of an error's words, which may quote an address of any length; set by hand
_MAX_MESSAGE_CHARS = 200
# "https:/page", "http:page": urljoin would take it for a path of the old host, other programs for a host
_NO_HOST = re.compile(r"https?:(?!//)", re.IGNORECASE)


class Step(Struct, frozen=True):
    """One answer, before it is known what it means."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def headers_of(answer: Answer) -> dict[str, str]:
    """The headers by names in lower case, each cut at a length no honest one has."""
    return {name.lower(): value[:_MAX_HEADER_CHARS] for name, value in answer.headers.items()}


def refused_unasked(url: str) -> NotFetched | None:
    """Why an address is not asked at all; None where it may be."""
    try:
        check_url(url)
        httpx.URL(url)
    except Forbidden as error:
        return NotFetched(url, "forbidden", str(error))
    except (httpx.InvalidURL, UnicodeError) as error:
        return NotFetched(url, "forbidden", f"no URL: {str(error)[:_MAX_MESSAGE_CHARS]}")
    return None


def redirected(url: str, step: Step) -> str | NotFetched:
    """Where a redirect leads."""
    location = step.headers.get("location", "").strip()
    # one that was cut leads elsewhere
    if len(location) >= _MAX_HEADER_CHARS:
        return NotFetched(url, "bad_redirect", f"the redirect has more than {_MAX_HEADER_CHARS:,} characters")
    if not location:
        return NotFetched(url, "bad_redirect", f"status {step.status} without a place to go to")
    if _NO_HOST.match(location) or has_empty_host(location):
        return NotFetched(url, "bad_redirect", "the redirect names no host")
    try:
        # a fragment is never sent, and would make two addresses of one page
        following = without_dots(str(httpx.URL(urljoin(url, location)).copy_with(fragment=None)))
    except (ValueError, httpx.InvalidURL, UnicodeError):
        return NotFetched(url, "bad_redirect", "the redirect is no URL")
    # what was asked for in secret would be sent for all to read, the source's own headers too
    if urlsplit(url).scheme == "https" and urlsplit(following).scheme == "http":
        return NotFetched(url, "downgrade", "a redirect from https to http, not followed")
    return following
