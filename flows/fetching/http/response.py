"""Turns responses and exceptions into outcomes: a page, a redirect, or a reason code.

Only this module reads statuses and ``Retry-After``, for pages, robots.txt, lists, WARC files and the browser's
requests. ``outcomes.py`` decides about retries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.errors import FlowError
from copydesk.flows.fetching.http.outcomes import (
    TRANSIENT_STATUS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    later,
)
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.wire.addresses import Forbidden, check_url, has_empty_host, without_dots
from copydesk.flows.fetching.wire.budgets import BadBody, unpacked
from copydesk.flows.fetching.wire.transport import Answer
from copydesk.flows.io.child import error_reason

UNEXPECTED = "error"
"""The reason code of an unexpected exception."""
_MAX_HEADER_CHARS = 8_000  # of a value; longer ones are cut
# of an error message, which may quote a URL of any length; set by hand
_MAX_MESSAGE_CHARS = 200
# "https:/page", "http:page": urljoin reads a path on the same host, other programs a host
_NO_HOST = lazy_pattern(r"https?:(?!//)", re.IGNORECASE)
_MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600.0  # a wrong date must not stop requests to a server for ever


class Response(Struct, frozen=True):
    """Status, headers with lower-case names, and the body as sent, compressed; empty if a receiver took it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, answer: Answer, body: bytes) -> Self:
        """An answer that was read to its end; values of headers that are too long are cut."""
        headers = {name.lower(): value[:_MAX_HEADER_CHARS] for name, value in answer.headers.items()}
        return cls(answer.status, headers, body)

    @property
    def is_redirect(self) -> bool:
        """Whether it is a redirect; 304 means "not modified"."""
        return 300 <= self.status < 400 and self.status != 304

    def redirect_target(self, url: str) -> str | NotFetched:
        """The URL that the redirect from ``url`` leads to."""
        location = self.headers.get("location", "").strip()
        # it was cut
        if len(location) >= _MAX_HEADER_CHARS:
            return NotFetched(
                url, "bad_redirect", f"the redirect has more than {_MAX_HEADER_CHARS:,} characters"
            )
        if not location:
            return NotFetched(url, "bad_redirect", f"status {self.status} without a location")
        if _NO_HOST.match(location) or has_empty_host(location):
            return NotFetched(url, "bad_redirect", "the redirect names no host")
        try:
            # a fragment is never sent, and would make two URLs of one page
            target = without_dots(str(httpx2.URL(urljoin(url, location)).copy_with(fragment=None)))
        except (ValueError, httpx2.InvalidURL, UnicodeError):
            return NotFetched(url, "bad_redirect", "the redirect is no URL")
        # the source's secret headers would be sent unencrypted
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
            return NotFetched(url, "downgrade", "a redirect from https to http, not followed")
        return target


def outcome_of(
    response: Response, request: Request, chain: Sequence[str], limits: FetchLimits, *, now: datetime
) -> Outcome:
    """The outcome of the response at the end of a chain of redirects. A large compressed body takes a tenth of a
    second.
    """
    url, status = chain[-1], response.status
    # a 304 to an unconditional request is an error: we have no body
    if status == 304 and request.is_conditional(url):
        return NotModified(request.url, now)
    # 206 is a part of a body, which only receivers request
    if not 200 <= status < 300 or (status == 206 and request.into is None):
        return _failed(url, response, limits.longest_wait_seconds, now)
    try:
        # limited here, too: holds count compressed sizes, and this may be a decompression bomb
        encoding = None if request.into is not None else response.headers.get("content-encoding")
        body = unpacked(response.body, encoding, most=limits.unpacked_bytes, may_cut=limits.may_cut)
    except BadBody as error:
        return NotFetched(url, error.reason, str(error))
    return Fetched(url, status, response.headers, body, now, tuple(chain[:-1]))


def _failed(url: str, response: Response, longest_wait_seconds: float, now: datetime) -> NotFetched:
    """The outcome of an error status: ``retry_later`` if the server requests a longer pause than a run waits."""
    message, wait = f"status {response.status}", None
    if response.status in TRANSIENT_STATUS:
        wait = retry_after(response.headers.get("retry-after"), now=now)
        if wait is not None and wait > longest_wait_seconds:
            return later(url, message, wait)
    return NotFetched(url, f"http_{response.status}", message, pause_seconds=wait)


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """The seconds of a ``Retry-After``, a number or a date (RFC 9110, 10.2.3); None if neither, or in the past."""
    if not value:
        return None
    if value.strip().isdecimal():
        seconds = float(value.strip()[:9])  # more than a week
    else:
        try:
            when = parsedate_to_datetime(value)
            # "-0000" gives no zone (RFC 5322, 3.3); dates of HTTP are in UTC
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (when - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(seconds, _MAX_RETRY_AFTER_SECONDS) if seconds > 0 else None


def url_refusal(url: str) -> NotFetched | None:
    """Why a URL must not be requested; None if it may be."""
    try:
        check_url(url)
        httpx2.URL(url)
    except Forbidden as error:
        return NotFetched(url, "forbidden", str(error))
    except (httpx2.InvalidURL, UnicodeError) as error:
        return NotFetched(url, "forbidden", f"no URL: {str(error)[:_MAX_MESSAGE_CHARS]}")
    return None


def failure_of(url: str, error: Exception) -> NotFetched:
    """The outcome of a page or list that an unexpected exception ended: ``error``, with the exception in one line.

    Raises a FlowError again: the run is at fault, and other pages would fail, too.
    """
    # a task group may raise it among others
    faults = error.subgroup(FlowError) if isinstance(error, ExceptionGroup) else None
    if isinstance(error, FlowError):
        raise error
    if faults is not None:
        raise faults
    return NotFetched(url, UNEXPECTED, error_reason(error).removeprefix(f"{UNEXPECTED}: "))
