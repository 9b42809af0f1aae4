"""``POST /ingest``: stores a page that a client has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.config.override_file import with_overrides
from copydesk.flows.errors import FolderInUse
from copydesk.flows.fetching.wire.addresses import Forbidden, check_url
from copydesk.flows.servers.answers import BadRequest
from copydesk.flows.servers.requests import CleanRequest, requested
from copydesk.flows.servers.service import Service
from copydesk.flows.stored_content import is_reserved, without_content
from copydesk.flows.web_kinds import POSTED

if TYPE_CHECKING:
    from starlette.requests import Request

    from copydesk.flows.run.page_store import PageStore

SOURCE = Source(POSTED, "ingest")
"""Of all pages that are stored so."""
LOCKED_SECONDS = 30
"""Set by hand: who meets a run is to come again after so long."""
_TIME = "such as 2025-11-28T09:30:00Z"
# set by hand: clocks differ; a time far ahead would hold against all later readings of its page
_CLOCK_MINUTES = 5


class IngestRequest(CleanRequest, frozen=True, forbid_unknown_fields=True):
    """A page to store: ``html`` or ``text`` as it was had from ``url``, at ``fetched_at`` (RFC 3339, or now)."""

    fetched_at: str | None = None


class Ingested(Struct, frozen=True):
    """What became of a page. ``became``: ``new``, ``changed`` or ``unchanged``; null where it has no record of its own:
    ``gate`` names the gate that it did not pass, or ``note`` says why. ``status``, ``reason``: of its record.
    """

    id: str
    url: str
    title: str | None
    status: str
    reason: str | None
    became: str | None
    gate: str | None = None
    note: str | None = None


class Ingesting:
    """Stores pages, one after the other. ``store``: None where the server was started without a folder."""

    def __init__(self, service: Service, store: PageStore | None) -> None:
        self._service = service
        self._store = store
        # one thread: a client that leaves does not let the next one in before its page is stored
        self._turn = ThreadPoolExecutor(1, thread_name_prefix="storing")

    async def answer(self, request: Request, count: Callable[[Record], Record]) -> Ingested:
        """What became of the page that was sent; ``count`` hears of its record. Raises BadRequest."""
        if self._store is None:
            raise BadRequest(403, "this server stores nothing; start it with copydesk api --output DIR")
        with self._service.place():
            page = await _page_of(request, self._service.settings.page_bytes)
            decided = with_overrides(page, self._store.overrides)
            record = count(await self._service.record(decided))
            # as of a page that a run fetches
            kept = without_content(record) if is_reserved(record) else record
            # one after the other, and beside the loop: others are cleaned meanwhile
            try:
                became = await asyncio.get_running_loop().run_in_executor(self._turn, self._store.store, kept)
            except FolderInUse as error:
                message = f"a run is writing to the folder; try again in {LOCKED_SECONDS} seconds"
                raise BadRequest(503, message, {"retry-after": str(LOCKED_SECONDS)}) from error
        return Ingested(
            became.id or kept.id,
            page.url or "",
            kept.title,
            kept.status,
            kept.reason,
            became.became,
            became.gate,
            became.reason,
        )


async def _page_of(request: Request, most_bytes: int) -> Page:
    wanted = await requested(request, most_bytes, IngestRequest)
    if isinstance(wanted, Page):
        page, given = wanted, request.query_params.get("fetched_at")
    else:
        assert isinstance(wanted, IngestRequest)  # noqa: S101 - it was asked for
        given, found = wanted.fetched_at, wanted.page(most_bytes)
        if found is None:
            raise BadRequest(400, "html or text: send the page itself; copydesk ingest URL fetches one")
        page = found
    if page.url is None:
        raise BadRequest(400, "url: expected that of the page, which its record is known by")
    try:
        check_url(page.url)
    except Forbidden as error:
        raise BadRequest(400, f"url: {error}") from error
    return replace(page, source=SOURCE, fetched_at=_moment(given))


def _moment(given: str | None) -> str:
    """A time as records have it; without one, now. Raises BadRequest."""
    try:
        moment = datetime.now(UTC) if given is None else datetime.fromisoformat(given)
        if moment.tzinfo is None:
            raise BadRequest(400, f"fetched_at: lacks its time zone; expected a time {_TIME}")
        if moment > datetime.now(UTC) + timedelta(minutes=_CLOCK_MINUTES):
            raise BadRequest(
                400, f"fetched_at: more than {_CLOCK_MINUTES} minutes ahead of the server's clock"
            )
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        raise BadRequest(400, f"fetched_at: expected a time {_TIME}") from error
