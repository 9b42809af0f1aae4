"""A request, its outcome (a page, no change since last time, or a reason code), and what that means for later requests:
whether and when the page is retried, in this run or another, and whether its host gets further requests.

``Retry-After`` means the same everywhere: a run waits for a short pause; a longer one is ``retry_later``, which leaves
the host's other pages to another run, too. What a status means is in ``response.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, cast

from msgspec import Struct, structs

from copydesk.cleaners.reasons import is_answer, status_by
from copydesk.cleaners.schema import Status
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.shortening import shortened

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

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
    def media_type(self) -> str:
        """The type its server declares, in small letters and without parameters; empty where it declares none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

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


RETRY_LATER = "retry_later"
"""The reason of a page whose server requests a longer pause than a run waits."""
ASKS_TO_WAIT = frozenset({RETRY_LATER, "http_429", "http_503"})
"""Reasons by which a server requests a pause: a list that ended so is not requested before its time; other failures of
lists are retried in each run.
"""
GONE = frozenset({"http_404", "http_410", "http_451", "dns"})
"""Reasons of a page that is gone; an error that may pass is none of them."""
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""After these the same request may work a little later."""
GIVEN_UP = 5
"""After so many attempts in a row a URL fails for good; that a page is missing is no reason to read its list again."""
MAX_FAILED_IN_A_ROW = 5
"""After so many pages in a row that failed by their host's fault the others are left to the next run."""
# not dns and tls: a missing name or a wrong certificate is the same a second later
_TRANSIENT = frozenset(
    {"connect", "timeout", "protocol", "truncated", *(f"http_{code}" for code in TRANSIENT_STATUS)}
)
# with 5xx and 429: the host's next page would fail, too; not over_budget, as the budget is ours
_HOST_FAULTS = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", RETRY_LATER})
# set by hand: shorter waits burden a server in trouble, longer ones miss its recovery
_WAIT_MINUTES = 15
"""Back-off after the first failure of a page; each further failure doubles it."""
_LONGEST_WAIT_HOURS = 24


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page that is left to another run, as its server requested."""
    message = f"{why}, to be retried in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)


async def with_retries(
    attempt: Callable[[], Awaitable[Outcome]],
    *,
    should_stop: Callable[[RetryCallState], bool],
    wait: Callable[[RetryCallState], float],
) -> Outcome:
    """The outcome of the last attempt: transient failures are retried until ``should_stop``."""
    from tenacity import AsyncRetrying, retry_if_result

    attempts = AsyncRetrying(
        retry=retry_if_result(lambda ended: isinstance(ended, NotFetched) and ended.reason in _TRANSIENT),
        stop=should_stop,
        wait=wait,
        # called after an attempt, which has an outcome
        retry_error_callback=lambda state: cast("Future", state.outcome).result(),
    )
    outcome: Outcome = await attempts(attempt)
    return outcome


def seconds_until_another_run(outcome: NotFetched) -> float | None:
    """The pause that a server requested beyond this run; None where the back-off is for us to decide."""
    # a short pause belongs to the run in which the page was retried
    return None if outcome.reason in _TRANSIENT else outcome.retry_seconds


def wait_until_another_run(outcome: NotFetched, failures: int) -> timedelta:
    """The back-off of a page that failed, and ``failures`` times in a row before."""
    if (seconds := seconds_until_another_run(outcome)) is not None:
        return timedelta(seconds=seconds)
    # 2¹⁰ times 15 minutes is beyond the longest wait: higher powers need not be made
    minutes = _WAIT_MINUTES * 2 ** min(failures, 10)
    return min(timedelta(minutes=minutes), timedelta(hours=_LONGEST_WAIT_HOURS))


def site_file_meaning(status: int | None) -> Literal["rules", "none", "unreachable"]:
    """What the status of a file of a site means (RFC 9309, 2.3.1): it is there, the site has none, or nothing is known
    for now; ``status`` None: there was no answer.
    """
    if status is not None and 200 <= status < 300:
        return "rules"
    # "unavailable" (RFC 9309, 2.3.1.3), with 401 and 403; 429 is no permission to go on
    if status is not None and 400 <= status < 500 and status != 429:
        return "none"
    return "unreachable"


class HostHealth:
    """Whether a host gets further requests in a run, by the outcomes of its pages, one after the other."""

    def __init__(self) -> None:
        self._failed_in_a_row = 0
        self._requests_pause = self._is_rate_limited = False

    def note(self, outcome: Outcome) -> None:
        """Counts the outcome of one more of its pages."""
        # a capture in an archive shows nothing about the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        reason = outcome.reason if isinstance(outcome, NotFetched) else ""
        is_host_fault = reason in _HOST_FAULTS or reason.startswith("http_5") or reason == "http_429"
        # in a row: a single slow page shows nothing about its host
        self._failed_in_a_row = self._failed_in_a_row + 1 if is_host_fault else 0
        self._requests_pause |= reason == RETRY_LATER
        self._is_rate_limited = reason == "http_429"

    @property
    def is_given_up(self) -> bool:
        """Whether it gets no further request in this run."""
        return self._requests_pause or self._failed_in_a_row >= MAX_FAILED_IN_A_ROW

    @property
    def skip_reason(self) -> str:
        """Why its other pages are skipped (a code)."""
        return "patience" if self._requests_pause or self._is_rate_limited else "left"
