"""A request, its outcome (a page, "not modified", or a reason code), and the retries that follow from it.

What happens to a 503, for example, step by step, in eight modules:

1. ``response.py`` makes it ``http_503``, or ``retry_later`` if ``Retry-After`` is longer than a run waits.
2. ``fetcher.py`` lets the host pause for ``Retry-After``, an hour at most (``RateLimiter.defer`` in ``politeness.py``):
   its other pages wait, too.
3. ``with_retries`` repeats the request, three attempts in all; ``retry_later`` is not retried in this run.
4. ``crawl/source_run.py`` leaves the host's other pages to the next run after ``retry_later``, or after five failures
   in a row (``HostHealth``).
5. ``crawl/page_fetch.py`` hands it over: the record is ``failed`` (``cleaners/reasons.py``) and replaces no article
   (``library/records/record_rank.py``).
6. ``Frontier.settle`` (``library/web/frontier.py``) notes it with that record; the page waits on.
7. ``crawl/pending.py`` says what is noted, with the end of the back-off (``wait_until_another_run``), and has a later
   run fetch the page.

A robots.txt with a 503 is ``unreachable`` (``SiteFile.meaning``): nothing of its site is fetched in this run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, cast

from msgspec import Struct, structs

from copydesk.cleaners.patterns import lazy_pattern
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
_CONTACT = lazy_pattern(r"(?:https?://|mailto:)?[A-Za-z0-9][\w.@:/?=&%+~-]{2,200}", re.ASCII)


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
    """The validators of a body (RFC 9110, 8.8), which make the next request conditional.

    ``url``: of the body, at the end of the redirects; None: the requested URL. They are valid for no other URL.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def version(self) -> str | None:
        """Identifies the body they came with; None without validators."""
        if not self:
            return None
        return hashlib.blake2b(repr((self.etag, self.last_modified)).encode(), digest_size=8).hexdigest()

    def headers(self) -> dict[str, str]:
        """The headers that make a request conditional."""
        # of both a server uses the first (RFC 9110, 13.1.3)
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


class Receiver(Protocol):
    """Takes a body that is too large for memory; the outcome has none then."""

    def headers(self) -> Mapping[str, str]:
        """Additional headers for each request."""

    async def receive(self, answer: Answer) -> None:
        """Reads the body of a successful answer, also of a 206. Raises BadBody for a wrong body, and as
        ``Answer.parts``.
        """


class Request(Struct, frozen=True):
    """A URL to fetch, with the headers of its source and the validators of the last response.

    ``headers`` may be secret: they are sent only to ``origins`` (``https://example.org``), by default that of the URL.
    ``visit``: that it is part of. ``hold``: a place for a large body; without one their number is unlimited. ``into``:
    takes the body as it arrives. ``within``: the budget that it counts against.
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
        """The headers for a URL of the redirect chain: the source's for its own origins, validators for their URL."""
        # by origin, not by host: otherwise http would send unencrypted what is meant for https
        is_own = origin_of(url) in (self.origins or {origin_of(self.url)})
        return {
            **(self.headers if is_own else {}),
            **(self.validators.headers() if self.is_conditional(url) else {}),
            **(self.into.headers() if self.into else {}),
        }

    def is_conditional(self, url: str) -> bool:
        """Whether the request to a URL of the redirect chain is conditional."""
        return bool(self.validators) and url == (self.validators.url or self.url)


class Fetched(Struct, frozen=True, tag=True):
    """A body, decompressed. ``url``: the last of the redirects. ``headers``: with lower-case names, repeated ones
    joined by commas.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    redirects: tuple[str, ...] = ()
    """The URLs that led to ``url``, the requested one first."""
    retrieved_from: str | None = None
    """The URL of the page's capture in a web archive; ``fetched_at`` is the time of the capture."""

    @property
    def media_type(self) -> str:
        """The declared media type, in lower case and without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def validators(self) -> Validators:
        """The validators for the next request."""
        given = (self.headers.get(name) for name in ("etag", "last-modified"))
        etag, last_modified = (value if value and value.isascii() else None for value in given)
        return Validators(etag, last_modified, self.url)  # only ASCII can be sent back


class NotModified(Struct, frozen=True, tag=True):
    """The body is the same as last time (304)."""

    url: str
    fetched_at: datetime


class NotFetched(Struct, frozen=True, tag=True):
    """No page. ``reason`` is a code: ``forbidden``, ``robots_denied``, ``robots_unreachable``,
    ``dns``, ``connect``, ``tls``, ``timeout``, ``protocol``, ``truncated``, ``damaged``, ``too_large``,
    ``bad_redirect``, ``too_many_redirects``, ``downgrade``, ``retry_later``, ``over_budget``, ``http_404`` …; ``error``
    for an unexpected exception, with its type.

    ``pause_seconds``: the pause that the server requested for its host; ``retry_seconds``: the back-off of the URL, if
    that pause is longer than a run waits.
    """

    url: str
    reason: str
    message: str
    pause_seconds: float | None = None
    retry_seconds: float | None = None

    @property
    def status(self) -> Status:
        """The status of its record."""
        return status_by(self.reason)

    @property
    def http_status(self) -> int | None:
        """The HTTP status, if that is the reason."""
        code = self.reason.removeprefix("http_")
        return int(code) if code.isdecimal() else None

    @property
    def is_answer(self) -> bool:
        """Whether the site denies the page, or no longer has it: not a failure that may pass."""
        return is_answer(self.reason)


Outcome = Fetched | NotModified | NotFetched


def without_body(outcome: Outcome) -> Outcome:
    """The outcome with an empty body, to save memory."""
    return structs.replace(outcome, body=b"") if isinstance(outcome, Fetched) else outcome


RETRY_LATER = "retry_later"
"""The server requests a longer pause than a run waits."""
PAUSE_REASONS = frozenset({RETRY_LATER, "http_429", "http_503"})
"""The server requests a pause. Lists have a back-off only after these; after other failures each run requests them."""
GONE = frozenset({"http_404", "http_410", "http_451", "dns"})
"""The page no longer exists."""
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""The same request may succeed a little later."""
GIVEN_UP = 5
"""After so many failures in a row a page no longer makes its list be read again."""
MAX_FAILED_IN_A_ROW = 5
"""After so many failures in a row that are the host's fault, its other pages are left to the next run."""
# not dns and tls: a missing name or a wrong certificate is the same a second later
_TRANSIENT = frozenset(
    {"connect", "timeout", "protocol", "truncated", *(f"http_{code}" for code in TRANSIENT_STATUS)}
)
# as well as 5xx and 429: the host's next page would fail, too; not over_budget, which is our limit
_HOST_FAULTS = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", RETRY_LATER})
# set by hand: shorter waits burden a server in trouble, longer ones miss its recovery
_BACKOFF_MINUTES = 15
"""The back-off after the first failure of a URL; each further failure doubles it."""
_MAX_BACKOFF_HOURS = 24


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page whose server requested a pause of so many seconds."""
    message = f"{why}, to be retried in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, pause_seconds=seconds, retry_seconds=seconds)


async def with_retries(
    attempt: Callable[[], Awaitable[Outcome]],
    *,
    should_stop: Callable[[RetryCallState], bool],
    wait: Callable[[RetryCallState], float],
) -> Outcome:
    """The outcome of the last attempt; transient failures are retried until ``should_stop``."""
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


def wait_until_another_run(outcome: NotFetched, failures: int) -> timedelta:
    """The back-off of a URL after a failure that ``failures`` others preceded."""
    if outcome.retry_seconds is not None:
        return timedelta(seconds=outcome.retry_seconds)
    # 2¹⁰ times 15 minutes exceeds the maximum
    minutes = _BACKOFF_MINUTES * 2 ** min(failures, 10)
    return min(timedelta(minutes=minutes), timedelta(hours=_MAX_BACKOFF_HOURS))


class SiteFile(Struct, frozen=True):
    """A file of a site as its server sent it. ``status``: None without a response; ``fault``: the failure."""

    status: int | None
    body: bytes = b""
    fault: NotFetched | None = None

    @property
    def meaning(self) -> Literal["rules", "none", "unreachable"]:
        """What its status means for its site (RFC 9309, 2.3.1): there are rules, there are none, or that is unknown.

        ``unreachable`` is not stored, all else is valid for a day.
        """
        if self.status is not None and 200 <= self.status < 300:
            return "rules"
        # "unavailable" (RFC 9309, 2.3.1.3), also 401 and 403; not 429, which asks to wait
        if self.status is not None and 400 <= self.status < 500 and self.status != 429:
            return "none"
        return "unreachable"


class HostHealth:
    """Decides whether a host gets further requests in a run, by the outcomes of its pages."""

    def __init__(self) -> None:
        self._failed_in_a_row = 0
        self._requests_pause = self._is_rate_limited = False

    def note(self, outcome: Outcome) -> None:
        """Counts the outcome of a page."""
        # a capture in an archive says nothing about the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        reason = outcome.reason if isinstance(outcome, NotFetched) else ""
        is_host_fault = reason in _HOST_FAULTS or reason.startswith("http_5") or reason == "http_429"
        self._failed_in_a_row = self._failed_in_a_row + 1 if is_host_fault else 0
        self._requests_pause |= reason == RETRY_LATER
        self._is_rate_limited = reason == "http_429"

    @property
    def is_given_up(self) -> bool:
        """Whether the host gets no further requests in this run."""
        return self._requests_pause or self._failed_in_a_row >= MAX_FAILED_IN_A_ROW

    @property
    def skip_reason(self) -> str:
        """The code for its other pages, which are skipped."""
        return "patience" if self._requests_pause or self._is_rate_limited else "left"
