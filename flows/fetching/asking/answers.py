"""What an answer comes to: how a request ended, and how long its server asks one to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
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
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""After these the same may work a little later."""
_LONGEST_PATIENCE_SECONDS = 7 * 24 * 3600.0
"""A server that asks for more is asked again after a week: one wrong date must not silence it for ever."""


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


def bad_status(url: str, step: Step, *, patience_seconds: float) -> NotFetched:
    """The outcome of a status that is none of success: to be asked again later where the server asks for more
    patience than there is.
    """
    wait = retry_after(step.headers.get("retry-after"))
    if step.status in TRANSIENT_STATUS:
        if wait is not None and wait > patience_seconds:
            return later(url, f"status {step.status}", wait)
        return NotFetched(url, f"http_{step.status}", f"status {step.status}", retry_seconds=wait)
    # 4xx is a plain no, 206 a part that nobody asked for: both are answers; 304 and other 5xx are faults
    is_answer = 400 <= step.status < 500 or step.status < 300
    return NotFetched(
        url, f"http_{step.status}", f"status {step.status}", status="rejected" if is_answer else "failed"
    )


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page that waits for another run, as its server asked."""
    message = f"{why}, to be asked again in {seconds:.0f} seconds"
    return NotFetched(url, "retry_later", message, retry_seconds=seconds)


def retry_after(value: str | None) -> float | None:
    """Seconds, from a number or a date; None for neither."""
    if not value:
        return None
    # RFC 9110, 10.2.3: seconds ("120") or a date
    if value.strip().isdecimal():
        # nine digits are more than a week already
        return min(float(value.strip()[:9]), _LONGEST_PATIENCE_SECONDS)
    try:
        when = parsedate_to_datetime(value)
        # "-0000" gives no zone (RFC 5322, 3.3); dates of HTTP are in UTC
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), _LONGEST_PATIENCE_SECONDS)
