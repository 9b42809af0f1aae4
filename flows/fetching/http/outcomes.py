"""How a fetch ends: with a page, with the word that nothing is new, or with a reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from copydesk.cleaners.reasons import is_answer, status_by
from copydesk.cleaners.schema import Status
from copydesk.flows.cutting import cut
from copydesk.flows.fetching.wire.addresses import origin_of

if TYPE_CHECKING:  # loads what speaks HTTP; whoever names a page has to do with outcomes, too
    from copydesk.flows.fetching.http.body import Hold
    from copydesk.flows.fetching.wire.budgets import RequestBudget, Visit
    from copydesk.flows.fetching.wire.transport import Answer

# a product with its version (RFC 9110, 10.1.5); robots.txt speaks of it without (AGENT in robots.py)
_PRODUCT, _HOME = "copydesk/0.1", "+https://github.com/copydesk/copydesk"
# "https://a.example/bot", "mailto:bot@a.example"; no blank or bracket, which would end the comment it is in
_CONTACT = re.compile(r"(?:https?://|mailto:)?[A-Za-z0-9][\w.@:/?=&%+~-]{2,200}", re.ASCII)


def user_agent(contact: str | None = None) -> str:
    """What fetching calls itself; ``contact``: an address of whoever runs it, for those who run the servers.

    Raises ValueError, in one line, where that is no address.
    """
    if contact is None:
        return f"{_PRODUCT} ({_HOME})"
    if not _CONTACT.fullmatch(contact) or not ("@" in contact or "://" in contact):
        raise ValueError(f"{cut(contact)!r}: expected an e-mail address or a URL")
    return f"{_PRODUCT} ({_HOME}; {contact})"


class Validators(Struct, frozen=True):
    """What a server gave with a body, so that it need not send the same again: both as they came, each may be missing.

    ``url``: where the body was, at the end of the redirects; they mean nothing anywhere else. None for the
    URL that is asked for.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def version(self) -> str | None:
        """Stands for the body that they came with; None where they tell it from no other."""
        if not self:
            return None
        return hashlib.blake2b(repr((self.etag, self.last_modified)).encode(), digest_size=8).hexdigest()

    def headers(self) -> dict[str, str]:
        """The headers that make a request conditional."""
        # a server that knows both goes by the first (RFC 9110, 13.1.3)
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


class Receiver(Protocol):
    """Takes the body of an answer that is too large to be held; the outcome is then without one."""

    def headers(self) -> Mapping[str, str]:
        """What it asks for beside the address, at each request anew."""
        ...

    async def receive(self, answer: Answer) -> None:
        """Reads the body of an answer with a status of success, 206 too. Raises BadBody where it is none to be taken,
        and as ``Answer.parts`` does.
        """
        ...


class Request(Struct, frozen=True):
    """What is wanted: a URL, headers of the source's own, the validators of last time; the visit that it is part of;
    the budget that it lies ``within``.

    ``headers`` may be secret: they are for ``origins`` alone (``https://example.org``), whoever leads there;
    without any for the URL's own. ``hold``: the asker's part of the allowance for large bodies; without one
    nothing limits how many there are at once. ``into``: who takes the body as it comes.
    """

    url: str
    headers: Mapping[str, str] = {}
    origins: frozenset[str] = frozenset()
    validators: Validators = Validators()
    visit: Visit | None = None
    hold: Hold | None = None
    into: Receiver | None = None
    within: RequestBudget | None = None

    def headers_for(self, url: str) -> dict[str, str]:
        """What may be sent to a URL on the way: the source's headers to its own servers, validators to where
        they are from.
        """
        # by origin, not by host: http would send in the open what https keeps
        is_own = origin_of(url) in (self.origins or {origin_of(self.url)})
        return {
            **(self.headers if is_own else {}),
            **(self.validators.headers() if self.is_conditional(url) else {}),
            **(self.into.headers() if self.into else {}),
        }

    def is_conditional(self, url: str) -> bool:
        """Whether a URL on the way is asked whether anything has changed."""
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
    # the addresses that led to url, the one asked for first
    redirects: tuple[str, ...] = ()
    # of a page that is gone: the capture in an archive that stands in for it, of the time of fetched_at
    retrieved_from: str | None = None

    @property
    def validators(self) -> Validators:
        """What to ask with next time."""
        given = (self.headers.get(name) for name in ("etag", "last-modified"))
        etag, last_modified = (value if value and value.isascii() else None for value in given)
        return Validators(etag, last_modified, self.url)  # what is not ASCII cannot be sent back


class NotModified(Struct, frozen=True):
    """The server says: the same as last time."""

    url: str
    fetched_at: datetime


class NotFetched(Struct, frozen=True):
    """Nothing to clean. ``reason`` is a code: ``forbidden``, ``robots_denied``, ``robots_unreachable``,
    ``dns``, ``connect``, ``tls``, ``timeout``, ``protocol``, ``truncated``, ``damaged``, ``too_large``,
    ``bad_redirect``, ``too_many_redirects``, ``downgrade``, ``retry_later``, ``over_budget``, ``http_404`` …; ``error``
    for an exception that nobody expected, told by its type.

    ``retry_seconds``: what the server asked for.
    """

    url: str
    reason: str
    message: str
    retry_seconds: float | None = None

    @property
    def status(self) -> Status:
        """That of its record."""
        return status_by(self.reason)

    @property
    def http_status(self) -> int | None:
        """The status that was answered, where that is the reason."""
        code = self.reason.removeprefix("http_")
        return int(code) if code.isdecimal() else None

    @property
    def is_answer(self) -> bool:
        """Whether its site says that it is not to be had."""
        return is_answer(self.reason)


Outcome = Fetched | NotModified | NotFetched


def without_body(outcome: Outcome) -> Outcome:
    """What is to be noted of an outcome; the body is held by its page alone."""
    # a note may wait long until the record is stored, and would keep the body in memory meanwhile
    return structs.replace(outcome, body=b"") if isinstance(outcome, Fetched) else outcome
