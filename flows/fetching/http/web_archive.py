"""Fetches pages that are gone from a web archive, for sources with a ``fallback``.

The archive has the API of the Internet Archive: ``/cdx/search/cdx`` finds the last capture, and
``/web/20261101000000id_/URL`` is the response of the page's server at that time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import msgspec
from msgspec import structs

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import spelt_alike
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import HostHealth
from copydesk.flows.fetching.wire.addresses import origin_of

_STAMP = lazy_pattern(r"[12][0-9]{13}")
_CAPTURE_URL = lazy_pattern(r"https?://[^/]+/web/([0-9]+)id_/(.+)", re.DOTALL)
_DEFAULT_PORT = lazy_pattern(r"\A([^/?]+):(?:80|443)(?=[/?]|\Z)")
# archives send the headers of the page with this prefix
_ORIGINAL = "x-archive-orig-"
# these describe the transfer to the archive
_TRANSFER_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})


class WebArchive:
    """A web archive at ``base`` (scheme, host and port); all sources of a run share it.

    ``skip`` is called for each page that is not requested because the archive does not answer.
    """

    def __init__(self, base: str, skip: Callable[[], None]) -> None:
        self._base = base
        self._skip = skip
        self._health = HostHealth()
        # one at a time, so that a failure stops the requests for pages of other hosts
        self._index_lock = asyncio.Lock()

    async def last_capture(self, url: str, gone: NotFetched, hold: Hold, fetcher: Fetcher) -> Outcome:
        """The last capture of a page; if there is none or the archive fails, ``gone`` with this reason added."""
        stamp = await self._last_stamp(url, gone, fetcher)
        if isinstance(stamp, NotFetched):
            return stamp
        if self._health.is_given_up:  # requests for other pages may have failed meanwhile
            return self._skipped(gone)
        captured = await fetcher.fetch(Request(f"{self._base}/web/{stamp}id_/{url}", hold=hold))
        self._health.note(captured)
        if not isinstance(captured, Fetched):
            why = captured.message if isinstance(captured, NotFetched) else "unchanged"
            return _with_reason(gone, f"its capture in the archive could not be had: {why}")
        # the final URL: archives redirect from a capture that they cannot show to an earlier or later one
        found = _CAPTURE_URL.fullmatch(captured.url)
        at = _moment(found[1]) if found and origin_of(captured.url) == origin_of(self._base) else None
        if found is None or at is None or _archive_key(found[2]) != _archive_key(url):
            return _with_reason(gone, "its capture in the archive leads elsewhere")
        headers = _original_headers(captured.headers)
        return Fetched(url, captured.status, headers, captured.body, at, retrieved_from=captured.url)

    async def _last_stamp(self, url: str, gone: NotFetched, fetcher: Fetcher) -> str | NotFetched:
        """The time stamp of the last capture of a page; ``gone`` with a reason added if there is none."""
        async with self._index_lock:
            if self._health.is_given_up:
                return self._skipped(gone)
            stamp = await self._query_index(url, fetcher)
            if isinstance(stamp, NotFetched):
                self._health.note(stamp)
                return _with_reason(gone, f"the archive's index could not be read: {stamp.message}")
        return _with_reason(gone, "the archive has no capture of it") if stamp is None else stamp

    def _skipped(self, gone: NotFetched) -> NotFetched:
        self._skip()
        return _with_reason(gone, "the archive does not answer, and gets no further requests in this run")

    async def _query_index(self, url: str, fetcher: Fetcher) -> str | NotFetched | None:
        """The time stamp of the last successful capture of a URL; None if there is none."""
        index = f"{self._base}/cdx/search/cdx?url={quote(url, safe='')}"
        # without a hold: waiting for one while holding the lock could deadlock
        outcome = await fetcher.fetch(
            Request(f"{index}&output=json&fl=timestamp&filter=statuscode:200&limit=-1")
        )
        if not isinstance(outcome, Fetched):
            return outcome if isinstance(outcome, NotFetched) else None
        try:
            rows = msgspec.json.decode(outcome.body or b"[]", type=list[list[str]])
        except (msgspec.MsgspecError, UnicodeError):
            return NotFetched(outcome.url, "damaged", "its answer is no JSON of captures")
        # the first row has the names of the columns
        return max((row[0] for row in rows[1:] if row and _moment(row[0]) is not None), default=None)


def _with_reason(gone: NotFetched, why: str) -> NotFetched:
    return structs.replace(gone, message=f"{gone.message}; {why}")


def _original_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of the page, and the archive's content type if the page has none."""
    original = {
        name.removeprefix(_ORIGINAL): value for name, value in headers.items() if name.startswith(_ORIGINAL)
    }
    from_archive = {"content-type": headers["content-type"]} if "content-type" in headers else {}
    return from_archive | {name: value for name, value in original.items() if name not in _TRANSFER_HEADERS}


def _archive_key(url: str) -> str:
    """A URL without the differences that archives ignore."""
    return unquote(_DEFAULT_PORT.sub(r"\1", spelt_alike(url)))


def _moment(stamp: str) -> datetime | None:
    if not _STAMP.fullmatch(stamp):
        return None
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # 14 digits, but no date
        return None
