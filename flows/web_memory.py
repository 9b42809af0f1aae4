"""What fetching remembers, kept in the state database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flows.fetching.outcomes import Fetched, NotFetched, NotModified, Outcome
from flows.fetching.robots import Robots, robots_of
from flows.fetching.web_pages import Known
from flows.state import Ending, State
from flows.state import Robots as NotedRobots

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

    def note(self, source: str, outcome: Outcome, *, url: str, now: datetime) -> None:
        """Notes how a fetch of ``url`` ended."""
        if isinstance(outcome, Fetched):
            ending = Ending("ok", status=outcome.status, validators=outcome.validators)
        elif isinstance(outcome, NotModified):
            ending = Ending("not_modified", status=304)
        else:
            ending = Ending(outcome.reason, is_failure=True, next_attempt_at=now + self._wait(url, outcome))
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

    def get(self, origin: str) -> Robots | None:
        """A robots.txt that still holds."""
        noted = self._state.robots(origin, datetime.now(UTC))
        return None if noted is None else robots_of(noted.status, noted.body.encode())

    def put(self, origin: str, robots: Robots) -> None:
        """Keeps a robots.txt."""
        body = robots.body.decode("utf-8", "replace")
        status = 200 if robots.answer == "rules" else 404
        self._state.note_robots(origin, NotedRobots(body, status, datetime.now(UTC)))
