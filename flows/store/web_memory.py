"""What fetching remembers, kept in the state database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import structs

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators
from copydesk.flows.fetching.http.retry_policy import ASKS_TO_WAIT, wait_until_another_run
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.lists.memory import WITHHELD, Asked, FurtherPart, Known, Link, PageLinks
from copydesk.flows.store.attempts import Ending
from copydesk.flows.store.state import State

_parts_of = msgspec.json.Decoder(tuple[FurtherPart, ...]).decode


class WebMemory:
    """``copydesk.flows.fetching.lists.memory.Memory`` over a State.

    ``answered`` is told each address, of pages and lists alike, that was had or has not changed.
    """

    def __init__(self, state: State, answered: Callable[[str], None] = lambda _: None) -> None:
        self._state = state
        self._answered = answered

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of those of the URLs that were asked for before."""
        return {
            url: Known(
                outcome=fetch.outcome,
                validators=fetch.validators,
                fetched_at=fetch.fetched_at,
                next_attempt_at=fetch.next_attempt_at,
                failures=fetch.failures,
                left_before=fetch.left_before,
                first_fetched_at=fetch.first_fetched_at,
                is_of_list=fetch.list_version == fetch.validators.version,
            )
            for url, fetch in self._state.fetches(urls).items()
        }

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have come to one of the ages since they were asked for."""
        return self._state.due_again(source, ages, now)

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """Those of the entries of a feed that were stored before."""
        return self._state.seen(source, keys)

    def withheld(self, source: str) -> bool:
        """Whether a page of a source was kept out by what its publisher says, as its policy then was."""
        # sorted: the order of a set differs from process to process
        return self._state.has_ended(source, sorted(WITHHELD))

    def note_page(
        self, source: str, outcome: Outcome, *, url: str, reason: str | None, now: datetime
    ) -> None:
        """Notes how a fetch of ``url`` ended, asked for at ``now``; ``reason``: the code of what its record
        says against it.
        """
        ending = self._ending(url, outcome, reason, now)
        # of an article of which a further page failed, the page itself was had
        is_cut = isinstance(outcome, NotFetched) and outcome.reason == CONTINUATION
        if is_cut or isinstance(outcome, Fetched):
            ending = structs.replace(ending, first_fetched_at=now)
        self._state.note_fetch(url, ending, source=source, now=now)
        if is_cut:
            self._answered(url)
        self._tell(url, outcome)

    def note_list(
        self, source: str, asked: Asked, *, now: datetime, is_settled: bool, left_before: datetime | None
    ) -> None:
        """Notes how a list was read and what it leads to; of what is not settled the validators are forgotten."""
        # a list has no record that could say anything against it
        ending = self._ending(asked.url, asked.outcome, None, now)
        if ending.is_failure and not (asked.rests or ending.code in ASKS_TO_WAIT):
            # every run that reads the source asks for it
            ending = structs.replace(ending, next_attempt_at=now)
        if not is_settled:
            # without validators the next run is given the list whole, and what is not settled with it
            ending = structs.replace(ending, validators=Validators())
        is_new = isinstance(asked.outcome, Fetched)
        self._state.note_fetch(
            asked.url,
            structs.replace(ending, left_before=left_before, is_list=True, over=asked.over),
            source=source,
            now=now,
            # of a list that failed or has not changed the links noted before still hold
            links=asked.links if is_new else None,
        )
        self._tell(asked.url, asked.outcome)

    def _tell(self, url: str, outcome: Outcome) -> None:
        # 304 is an answer too: the page is there
        if not isinstance(outcome, NotFetched):
            self._answered(url)

    def _ending(self, url: str, outcome: Outcome, reason: str | None, now: datetime) -> Ending:
        if isinstance(outcome, Fetched):
            return Ending(reason or "ok", status=outcome.status, validators=outcome.validators)
        if isinstance(outcome, NotModified):
            # 304 says that the page is the same: what it was found to be stays
            return Ending(None, status=304)
        known = self._state.last_fetch(url)
        wait = wait_until_another_run(outcome, known.failures if known else 0)
        return Ending(outcome.reason, is_failure=True, next_attempt_at=now + wait)

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
        """The lists that a page or list led to when it was last read as a list."""
        return self._state.links(url)

    def page_links(self, url: str) -> PageLinks | None:
        """The pages that a page led to when links were last looked for."""
        return self._state.page_links(url)

    def note_page_links(self, url: str, links: PageLinks) -> None:
        """Notes the pages that a page leads to."""
        self._state.note_page_links(url, links)

    def further_parts(self, url: str) -> tuple[FurtherPart, ...] | None:
        """The further pages of the article at a URL, as they were last had; None where nobody has looked for any."""
        from copydesk.flows.store.state_tables import article_parts, row_of

        with self._state.map_errors(), self._state.engine.connect() as connection:
            row = connection.execute(row_of(article_parts, url=url)).one_or_none()
        return None if row is None else _parts_of(row.parts)

    def note_further_parts(self, url: str, parts: Sequence[FurtherPart]) -> None:
        """Notes the further pages of an article, in place of what was noted before."""
        from copydesk.flows.store.state_tables import article_parts, upsert

        missing = next((one.missing for one in parts if one.missing and one.missing not in WITHHELD), None)
        values = {"parts": msgspec.json.encode(parts).decode(), "missing": missing}
        with self._state.map_errors(), self._state.engine.begin() as connection:
            connection.execute(upsert(connection.dialect, article_parts, {"url": url}, values, values))

    def forget_further_parts(self, url: str) -> None:
        """Hears that a page was read alone, or is gone: nobody has looked for further ones of what it is now."""
        from copydesk.flows.store.state_tables import article_parts, delete_of

        with self._state.map_errors(), self._state.engine.begin() as connection:
            connection.execute(delete_of(article_parts, url=url))

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site as long as it may be relied on."""
        return self._state.site_file(url, datetime.now(UTC))

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps a file of a site."""
        self._state.note_site_file(url, file, now=datetime.now(UTC))
