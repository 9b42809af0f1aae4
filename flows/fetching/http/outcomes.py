"""A request, and its outcome: a page, no change since last time, or a reason code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from copydesk.cleaners.reasons import is_answer, status_by
from copydesk.cleaners.schema import Status
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.shortening import shortened

if TYPE_CHECKING:  # these load the HTTP stack; all commands import outcomes
    from copydesk.flows.fetching.http.body import Hold
    from copydesk.flows.fetching.wire.budgets import TimeBudget, Visit
    from copydesk.flows.fetching.wire.transport import Answer

# a product with its version (RFC 9110, 10.1.5); robots.txt names it without (AGENT in robots.py)
_PRODUCT, _HOME = "copydesk/0.1", "+https://github.com/copydesk/copydesk"
# "https://a.example/bot", "mailto:bot@a.example"; no blank or bracket, which would end the comment it is in
_CONTACT = re.compile(r"(?:https?://|mailto:)?[A-Za-z0-9][\w.@:/?=&%+~-]{2,200}", re.ASCII)


def user_agent(contact: str | None = None) -> str:
    """The ``User-Agent``; ``contact``: an e-mail address or URL of the operator, for those who run the servers.

    Raises ValueError, in one line, where the contact is neither.
    """
    if contact is None:
        return f"{_PRODUCT} ({_HOME})"
    if not _CONTACT.fullmatch(contact) or not ("@" in contact or "://" in contact):
        raise ValueError(f"{shortened(contact)!r}: expected an e-mail address or a URL")
    return f"{_PRODUCT} ({_HOME}; {contact})"


class Validators(Struct, frozen=True):
    """The validators of a body (RFC 9110, 8.8), as they came, so that its server need not send it again; each may be
    missing.

    ``url``: where the body was, at the end of the redirects; they hold for no other. None for the requested URL.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def version(self) -> str | None:
        """Identifies the body they came with; None where there is no validator."""
        if not self:
            return None
        return hashlib.blake2b(repr((self.etag, self.last_modified)).encode(), digest_size=8).hexdigest()

    def headers(self) -> dict[str, str]:
        """The headers that make a request conditional."""
        # of both a server uses the first (RFC 9110, 13.1.3)
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


class Receiver(Protocol):
    """Takes the body of a response that is too large for memory; the outcome is then without one."""

    def headers(self) -> Mapping[str, str]:
        """Further headers, for each request."""
        ...

    async def receive(self, answer: Answer) -> None:
        """Reads the body of a successful answer, 206 too. Raises BadBody where it is of no use, and as ``Answer.parts``
        does.
        """
        ...


class Request(Struct, frozen=True):
    """A URL, the source's own headers, the validators of last time; the visit that it is part of; the budget that it
    lies ``within``.

    ``headers`` may be secret: they are sent to ``origins`` alone (``https://example.org``), or to the URL's own where
    none are named. ``hold``: a place for a large body; without one their number has no limit. ``into``: takes the body
    as it arrives.
    """

    url: str
    headers: Mapping[str, str] = {}
    origins: frozenset[str] = frozenset()
    validators: Validators = Validators()
    visit: Visit | None = None
    hold: Hold | None = None
    into: Receiver | None = None
    within: TimeBudget | None = None

    def headers_for(self, url: str) -> dict[str, str]:
        """What may be sent to a URL of the redirect chain: the source's headers to its own servers, validators to where
        they are from.
        """
        # by origin, not by host: http would send unencrypted what is for https
        is_own = origin_of(url) in (self.origins or {origin_of(self.url)})
        return {
            **(self.headers if is_own else {}),
            **(self.validators.headers() if self.is_conditional(url) else {}),
            **(self.into.headers() if self.into else {}),
        }

    def is_conditional(self, url: str) -> bool:
        """Whether the request to a URL of the redirect chain is conditional."""
        return bool(self.validators) and url == (self.validators.url or self.url)


class Fetched(Struct, frozen=True):
    """A whole body, unpacked. ``url`` is the last of the redirects; header names are in lower case, repeated
    ones joined by commas.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    # the URLs that led to url, the requested one first
    redirects: tuple[str, ...] = ()
    # of a page that is gone: its capture in a web archive, made at fetched_at
    retrieved_from: str | None = None

    @property
    def validators(self) -> Validators:
        """The validators of the next request."""
        given = (self.headers.get(name) for name in ("etag", "last-modified"))
        etag, last_modified = (value if value and value.isascii() else None for value in given)
        return Validators(etag, last_modified, self.url)  # only ASCII can be sent back


class NotModified(Struct, frozen=True):
    """304: the same as last time."""

    url: str
    fetched_at: datetime


class NotFetched(Struct, frozen=True):
    """No page. ``reason`` is a code: ``forbidden``, ``robots_denied``, ``robots_unreachable``,
    ``dns``, ``connect``, ``tls``, ``timeout``, ``protocol``, ``truncated``, ``damaged``, ``too_large``,
    ``bad_redirect``, ``too_many_redirects``, ``downgrade``, ``retry_later``, ``over_budget``, ``http_404`` …; ``error``
    for an unexpected exception, with its type.

    ``retry_seconds``: the pause that the server requested.
    """

    url: str
    reason: str
    message: str
    retry_seconds: float | None = None

    @property
    def status(self) -> Status:
        """The status of its record."""
        return status_by(self.reason)

    @property
    def http_status(self) -> int | None:
        """The HTTP status, where that is the reason."""
        code = self.reason.removeprefix("http_")
        return int(code) if code.isdecimal() else None

    @property
    def is_answer(self) -> bool:
        """Whether its site refused or no longer has it."""
        return is_answer(self.reason)


Outcome = Fetched | NotModified | NotFetched


def without_body(outcome: Outcome) -> Outcome:
    """An outcome for the notes, which keep no body in memory."""
    return structs.replace(outcome, body=b"") if isinstance(outcome, Fetched) else outcome
