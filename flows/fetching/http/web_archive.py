"""A page that is gone, as an archive of the web has it: where its source asks for that, and nowhere else.

Asked is what the Internet Archive answers, and archives of others in the same way: ``/cdx/search/cdx`` for the last
capture, and ``/web/20261101000000id_/ADDRESS`` for what its server sent then.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import msgspec
from msgspec import structs

from copydesk.cleaners.sites import spelt_alike
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.retry_policy import HostHealth
from copydesk.flows.fetching.wire.addresses import origin_of

_STAMP = re.compile(r"[12][0-9]{13}")
_PLACE = re.compile(r"https?://[^/]+/web/([0-9]+)id_/(.+)", re.DOTALL)
_USUAL_PORT = re.compile(r"\A([^/?]+):(?:80|443)(?=[/?]|\Z)")
# what the server of the page sent with it, as archives hand it on
_ORIGINAL = "x-archive-orig-"
# of the body as it came to the archive
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})


class ArchiveInRun:
    """How an archive does in a run, whichever sources ask it."""

    def __init__(self) -> None:
        self.health = HostHealth()
        # else many hosts that are gone would ask before the first of them has no answer
        self.index_turn = asyncio.Lock()


class Captures:
    """An archive at ``base`` (scheme, host and port), asked with the manners of a fetcher.

    ``leave_out``: told of each page for which it is not asked, as it has been found not to be well.
    """

    def __init__(
        self, fetcher: Fetcher, base: str, archive: ArchiveInRun, leave_out: Callable[[], None]
    ) -> None:
        self._fetcher = fetcher
        self._base = base
        self._index_turn = archive.index_turn
        self._health = archive.health
        self._leave_out = leave_out

    async def in_place_of(self, url: str, gone: NotFetched, hold: Hold) -> Outcome:
        """The last capture of a page; as it is gone, where there is none or the archive cannot be asked."""
        stamp = await self._stamp(url, gone)
        if isinstance(stamp, NotFetched):
            return stamp
        if self._health.is_left:  # by what others met meanwhile
            return self._left(gone)
        place = f"{self._base}/web/{stamp}id_/{url}"
        found = await self._fetcher.fetch(Request(place, hold=hold))
        self._health.note(found)
        if not isinstance(found, Fetched):
            why = found.message if isinstance(found, NotFetched) else "unchanged"
            return _still(gone, f"its capture in the archive could not be had: {why}")
        # by where it was in the end: archives lead from a capture they cannot show to one of another time
        made = _made_at(found.url, url) if origin_of(found.url) == origin_of(self._base) else None
        if made is None:
            return _still(gone, "its capture in the archive leads elsewhere")
        return Fetched(
            url,
            found.status,
            _original_headers(found.headers),
            found.body,
            made,
            retrieved_from=found.url,
        )

    async def _stamp(self, url: str, gone: NotFetched) -> str | NotFetched:
        """Of the last capture of a page; as it is gone, where that is all there is to say."""
        async with self._index_turn:
            if self._health.is_left:
                return self._left(gone)
            stamp = await self._last(url)
            if isinstance(stamp, NotFetched):
                self._health.note(stamp)
                return _still(gone, f"the archive could not be asked: {stamp.message}")
        return _still(gone, "the archive has no capture of it") if stamp is None else stamp

    def _left(self, gone: NotFetched) -> NotFetched:
        self._leave_out()
        return _still(gone, "the archive does not answer, and is left alone for this run")

    async def _last(self, url: str) -> str | NotFetched | None:
        """When the last capture was made that is a page; None where there is none."""
        asked = f"{self._base}/cdx/search/cdx?url={quote(url, safe='')}"
        # without a hold: who has the index's turn must not wait for a place that others have who wait for the turn
        outcome = await self._fetcher.fetch(
            Request(f"{asked}&output=json&fl=timestamp&filter=statuscode:200&limit=-1")
        )
        if not isinstance(outcome, Fetched):
            return outcome if isinstance(outcome, NotFetched) else None
        try:
            rows = msgspec.json.decode(outcome.body or b"[]", type=list[list[str]])
        except (msgspec.MsgspecError, UnicodeError):
            return NotFetched(outcome.url, "damaged", "its index gave no answer that can be read")
        # the first row names the columns
        stamps = [row[0] for row in rows[1:] if row and _moment(row[0]) is not None]
        return max(stamps, default=None)


def _still(gone: NotFetched, why: str) -> NotFetched:
    return structs.replace(gone, message=f"{gone.message}; {why}")


def _original_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What the page came with; of the archive's own headers the type of its content alone."""
    found = {
        name.removeprefix(_ORIGINAL): value for name, value in headers.items() if name.startswith(_ORIGINAL)
    }
    given = {"content-type": headers["content-type"]} if "content-type" in headers else {}
    return given | {name: value for name, value in found.items() if name not in _OF_TRANSPORT}


def _made_at(place: str, url: str) -> datetime | None:
    """When the capture at a place in an archive was made; None where that is of another address, or no such place."""
    found = _PLACE.fullmatch(place)
    return _moment(found[1]) if found and _told_alike(found[2]) == _told_alike(url) else None


def _told_alike(url: str) -> str:
    """An address without what archives do not tell apart."""
    return unquote(_USUAL_PORT.sub(r"\1", spelt_alike(url)))


def _moment(stamp: str) -> datetime | None:
    try:
        found = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # digits that are no date
        return None
    return found if _STAMP.fullmatch(stamp) else None
