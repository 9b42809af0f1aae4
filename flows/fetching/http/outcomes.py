"""A request, its outcome (a page, "not modified", or a reason code), and what an answer of a server means for both.

What happens to a 503, for example, is in eight modules and four forms (``Answer``, ``NotFetched``, ``Known``, a line):

1. ``wire/transport.py`` has the ``Answer``.
2. Here ``outcome_of`` makes it ``NotFetched``: ``http_503``, or ``retry_later`` if ``Retry-After`` is longer than a run
   waits.
3. ``fetcher.py`` lets the host pause for ``Retry-After``, an hour at most, and repeats the request, three attempts in
   all; ``retry_later`` is not repeated in this run.
4. ``politeness.py`` makes the host's other pages wait, too (``RateLimiter``).
5. ``crawl/page_fetch.py`` hands it over in place of a page, and has it noted with the record, which is ``failed`` and
   replaces no article.
6. ``crawl/source_run.py`` leaves the host's other pages to the next run after ``retry_later``, or after five failures
   in a row (``HostHealth``).
7. ``library/web/urls.py`` notes it: ``Known``, the row of the URL, with the end of the back-off; the page waits on.
8. ``library/web/overview.py`` has the rows that fail for the lines of reports and of ``status``.

A robots.txt with a 503 is ``unreachable`` (``SiteFile.meaning``): nothing of its site is fetched in this run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.reasons import is_answer, status_by
from copydesk.cleaners.schema import Status
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.fetching.wire.budgets import BadBody, unpacked
from copydesk.flows.shortening import shortened

if TYPE_CHECKING:
    from copydesk.flows.fetching.http.body import Hold
    from copydesk.flows.fetching.http.politeness import FetchLimits
    from copydesk.flows.fetching.wire.budgets import TimeBudget, Visit
    from copydesk.flows.fetching.wire.transport import Answer

# a product with its version (RFC 9110, 10.1.5); robots.txt names it without (PRODUCT in robots.py)
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
    def may_be_kept(self) -> bool:
        """Whether its server lets caches keep it (RFC 9111, 5.2.2.5)."""
        return "no-store" not in self.headers.get("cache-control", "").lower()

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

    ``retry_seconds``: the back-off of the URL, if its server requested a pause that is longer than a run waits.
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
# set by hand: shorter waits burden a server in trouble, longer ones miss its recovery
_BACKOFF_MINUTES = 15
"""The back-off after the first failure of a URL; each further failure doubles it."""
_MAX_BACKOFF_HOURS = 24
_MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600.0  # a wrong date must not stop requests to a server for ever
MAX_HEADER_CHARS = 8_000
"""Of a value; longer ones are cut."""


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page whose server requested a pause of so many seconds."""
    message = f"{why}, to be retried in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)


def wait_until_another_run(outcome: NotFetched, failures: int) -> timedelta:
    """The back-off of a URL after a failure that ``failures`` others preceded."""
    if outcome.retry_seconds is not None:
        return timedelta(seconds=outcome.retry_seconds)
    # 2¹⁰ times 15 minutes exceeds the maximum
    minutes = _BACKOFF_MINUTES * 2 ** min(failures, 10)
    return min(timedelta(minutes=minutes), timedelta(hours=_MAX_BACKOFF_HOURS))


def outcome_of(
    answer: Answer, request: Request, chain: Sequence[str], limits: FetchLimits, *, now: datetime
) -> Outcome:
    """The outcome of the answer at the end of a chain of redirects. A large compressed body takes a tenth of a second.

    A failure is ``retry_later`` if the server requests a longer pause than a run waits.
    """
    url, status = chain[-1], answer.status
    # a 304 to an unconditional request is an error: we have no body
    if status == 304 and request.is_conditional(url):
        return NotModified(request.url, now)
    # 206 is a part of a body, which only receivers request
    if not 200 <= status < 300 or (status == 206 and request.into is None):
        message, wait = f"status {status}", requested_pause(answer, now=now)
        if wait is not None and wait > limits.longest_wait_seconds:
            return later(url, message, wait)
        return NotFetched(url, f"http_{status}", message)
    try:
        # limited here, too: holds count compressed sizes, and this may be a decompression bomb
        encoding = None if request.into is not None else answer.headers.get("content-encoding")
        body = unpacked(answer.body, encoding, most=limits.unpacked_bytes, may_cut=limits.may_cut)
    except BadBody as error:
        return NotFetched(url, error.reason, str(error))
    headers = {name.lower(): value[:MAX_HEADER_CHARS] for name, value in answer.headers.items()}
    return Fetched(url, status, headers, body, now, tuple(chain[:-1]))


def requested_pause(answer: Answer, *, now: datetime) -> float | None:
    """The seconds that an answer asks its host not to be requested for; None if it does not."""
    return (
        retry_after(answer.headers.get("retry-after"), now=now) if answer.status in TRANSIENT_STATUS else None
    )


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
