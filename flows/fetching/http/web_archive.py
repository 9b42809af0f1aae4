"""A page that is gone, from a web archive, for sources that are set so.

By the interface of the Internet Archive, which others have, too: ``/cdx/search/cdx`` for the last capture, and
``/web/20261101000000id_/URL`` for what its server sent then.
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
from copydesk.flows.fetching.http.outcomes import Fetched, HostHealth, NotFetched, Outcome, Request
from copydesk.flows.fetching.wire.addresses import origin_of

_STAMP = re.compile(r"[12][0-9]{13}")
_PLACE = re.compile(r"https?://[^/]+/web/([0-9]+)id_/(.+)", re.DOTALL)
_USUAL_PORT = re.compile(r"\A([^/?]+):(?:80|443)(?=[/?]|\Z)")
# the page's own headers, as archives hand them on
_ORIGINAL = "x-archive-orig-"
# of the body as it was sent to the archive
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})


class ArchiveState:
    """An archive in a run, for all sources that use it."""

    def __init__(self) -> None:
        self.health = HostHealth()
        # else the requests for many hosts that are gone would be sent before the first of them fails
        self.index_turn = asyncio.Lock()


class WebArchive:
    """A web archive at ``base`` (scheme, host and port).

    ``skip``: called for each page that is not looked for, as the archive is not available.
    """

    def __init__(self, fetcher: Fetcher, base: str, archive: ArchiveState, skip: Callable[[], None]) -> None:
        self._fetcher = fetcher
        self._base = base
        self._index_turn = archive.index_turn
        self._health = archive.health
        self._skip = skip

    async def in_place_of(self, url: str, gone: NotFetched, hold: Hold) -> Outcome:
        """The last capture of a page; ``gone`` with a further reason where there is none, or the archive fails."""
        stamp = await self._stamp(url, gone)
        if isinstance(stamp, NotFetched):
            return stamp
        if self._health.is_given_up:  # other pages may have failed meanwhile
            return self._left(gone)
        place = f"{self._base}/web/{stamp}id_/{url}"
        found = await self._fetcher.fetch(Request(place, hold=hold))
        self._health.note(found)
        if not isinstance(found, Fetched):
            why = found.message if isinstance(found, NotFetched) else "unchanged"
            return _still(gone, f"its capture in the archive could not be had: {why}")
        # by the final URL: archives redirect from a capture they cannot show to one of another time
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
        """The time stamp of the last capture of a page; ``gone`` with a further reason where there is none."""
        async with self._index_turn:
            if self._health.is_given_up:
                return self._left(gone)
            stamp = await self._last(url)
            if isinstance(stamp, NotFetched):
                self._health.note(stamp)
                return _still(gone, f"the archive's index could not be read: {stamp.message}")
        return _still(gone, "the archive has no capture of it") if stamp is None else stamp

    def _left(self, gone: NotFetched) -> NotFetched:
        self._skip()
        return _still(gone, "the archive does not answer, and gets no further requests in this run")

    async def _last(self, url: str) -> str | NotFetched | None:
        """When the last capture was made that is a page; None where there is none."""
        index = f"{self._base}/cdx/search/cdx?url={quote(url, safe='')}"
        # without a hold: waiting for a place within the index's turn could be a deadlock
        outcome = await self._fetcher.fetch(
            Request(f"{index}&output=json&fl=timestamp&filter=statuscode:200&limit=-1")
        )
        if not isinstance(outcome, Fetched):
            return outcome if isinstance(outcome, NotFetched) else None
        try:
            rows = msgspec.json.decode(outcome.body or b"[]", type=list[list[str]])
        except (msgspec.MsgspecError, UnicodeError):
            return NotFetched(outcome.url, "damaged", "its answer is no JSON of captures")
        # the first row names the columns
        stamps = [row[0] for row in rows[1:] if row and _moment(row[0]) is not None]
        return max(stamps, default=None)


def _still(gone: NotFetched, why: str) -> NotFetched:
    return structs.replace(gone, message=f"{gone.message}; {why}")


def _original_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The page's own headers; of the archive's the content type alone."""
    found = {
        name.removeprefix(_ORIGINAL): value for name, value in headers.items() if name.startswith(_ORIGINAL)
    }
    given = {"content-type": headers["content-type"]} if "content-type" in headers else {}
    return given | {name: value for name, value in found.items() if name not in _OF_TRANSPORT}


def _made_at(place: str, url: str) -> datetime | None:
    """When the capture at an archive's URL was made; None where it is of another page, or no capture."""
    found = _PLACE.fullmatch(place)
    return _moment(found[1]) if found and _archive_key(found[2]) == _archive_key(url) else None


def _archive_key(url: str) -> str:
    """A URL without the differences that archives ignore."""
    return unquote(_USUAL_PORT.sub(r"\1", spelt_alike(url)))


def _moment(stamp: str) -> datetime | None:
    try:
        found = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # digits that are no date
        return None
    return found if _STAMP.fullmatch(stamp) else None
