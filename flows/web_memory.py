"""What fetching remembers, kept in the state database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs

from flows.fetching.listings import Link
from flows.fetching.memory import Known
from flows.fetching.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators
from flows.fetching.site_files import SiteFile
from flows.state import Ending, State

_WAIT_MINUTES, _LONGEST_WAIT_HOURS = 15, 24
"""After a failure a page is left alone for the first, twice as long after each further one, at most for the second."""


class WebMemory:
    """``flows.fetching.web_pages.Memory`` over a State; used by two threads."""

    def __init__(self, state: State) -> None:
        self._state = state

    def known(self, url: str) -> Known | None:
        """What is known of a URL, None where it was never asked for."""
        fetch = self._state.last_fetch(url)
        return None if fetch is None else Known(fetch.validators, fetch.fetched_at, fetch.next_attempt_at)

    def is_seen(self, source: str, key: str) -> bool:
        """Whether an entry of a feed was stored before."""
        return self._state.is_seen(source, key)

    def note(
        self, source: str, outcome: Outcome, *, url: str, now: datetime, is_settled: bool = True
    ) -> None:
        """Notes how a fetch of ``url`` ended; of what is not settled the validators are forgotten."""
        if isinstance(outcome, Fetched):
            ending = Ending("ok", status=outcome.status, validators=outcome.validators)
        elif isinstance(outcome, NotModified):
            ending = Ending("not_modified", status=304)
        else:
            ending = Ending(outcome.reason, is_failure=True, next_attempt_at=now + self._wait(url, outcome))
        if not is_settled:
            ending = structs.replace(ending, validators=Validators())
        self._state.note_fetch(url, ending, source=source, now=now)

    def _wait(self, url: str, outcome: NotFetched) -> timedelta:
        if outcome.retry_seconds is not None:
            return timedelta(seconds=outcome.retry_seconds)
        known = self._state.last_fetch(url)
        minutes = _WAIT_MINUTES * 2 ** min(known.failures if known else 0, 10)
        return min(timedelta(minutes=minutes), timedelta(hours=_LONGEST_WAIT_HOURS))

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes that an entry was stored."""
        self._state.note_seen(source, key, now=now)

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began that came to its end."""
        return self._state.last_read(source)

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a source was read to its end."""
        self._state.note_read(source, now=now)

    def links(self, url: str) -> tuple[Link, ...]:
        """The lists that a page or list led to when it was last read."""
        return self._state.links(url)

    def note_links(self, url: str, links: Sequence[Link]) -> None:
        """Notes what a page or list leads to."""
        self._state.note_links(url, links)

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site as long as it may be relied on."""
        return self._state.site_file(url, datetime.now(UTC))

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps a file of a site."""
        self._state.note_site_file(url, file, now=datetime.now(UTC))
