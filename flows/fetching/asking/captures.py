"""A page that is gone, as an archive of the web has it: where its source asks for that, and nowhere else.

Asked is what the Internet Archive answers, and archives of others in the same way: ``/cdx/search/cdx`` for the last
capture, and ``/web/20261101000000id_/ADDRESS`` for what its server sent then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
from msgspec import structs

from copydesk.flows.fetching.asking.fetcher import Fetcher
from copydesk.flows.fetching.asking.large_bodies import Hold
from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.wire.addresses import origin_of

INTERNET_ARCHIVE = "https://web.archive.org"
GONE = frozenset({"http_404", "http_410", "http_451", "dns"})
"""How a page ends that is not where it was; what may come back a little later is waited for."""
_STAMP = re.compile(r"[12][0-9]{13}")
# what the server of the page sent with it, as archives hand it on
_ORIGINAL = "x-archive-orig-"
# of the body as it came to the archive
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})


class Captures:
    """An archive at ``base`` (scheme, host and port), asked with the manners of a fetcher."""

    def __init__(self, fetcher: Fetcher, base: str) -> None:
        self._fetcher = fetcher
        self._base = base

    async def in_place_of(self, url: str, gone: NotFetched, hold: Hold) -> Outcome:
        """The last capture of a page; as it is gone, where there is none or the archive cannot be asked."""
        stamp = await self._last(url, hold)
        if isinstance(stamp, NotFetched):
            return _still(gone, f"the archive could not be asked: {stamp.message}")
        if stamp is None:
            return _still(gone, "the archive has no capture of it")
        place = f"{self._base}/web/{stamp}id_/{url}"
        found = await self._fetcher.fetch(Request(place, hold=hold))
        if not isinstance(found, Fetched):
            why = found.message if isinstance(found, NotFetched) else "unchanged"
            return _still(gone, f"its capture in the archive could not be had: {why}")
        # a redirect that was captured leads to another capture, and nowhere else
        if origin_of(found.url) != origin_of(self._base):
            return _still(gone, "its capture in the archive leads elsewhere")
        return Fetched(
            url,
            found.status,
            _original_headers(found.headers),
            found.body,
            _moment(stamp),
            retrieved_from=found.url,
        )

    async def _last(self, url: str, hold: Hold) -> str | NotFetched | None:
        """When the last capture was made that is a page; None where there is none."""
        asked = f"{self._base}/cdx/search/cdx?url={quote(url, safe='')}"
        outcome = await self._fetcher.fetch(
            Request(f"{asked}&output=json&fl=timestamp&filter=statuscode:200&limit=-1", hold=hold)
        )
        if not isinstance(outcome, Fetched):
            return outcome if isinstance(outcome, NotFetched) else None
        try:
            rows = msgspec.json.decode(outcome.body or b"[]", type=list[list[str]])
        except (msgspec.MsgspecError, UnicodeError):
            return NotFetched(outcome.url, "damaged", "its index gave no answer that can be read")
        # the first row names the columns
        stamps = [row[0] for row in rows[1:] if row and _is_moment(row[0])]
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


def _is_moment(stamp: str) -> bool:
    try:
        return bool(_STAMP.fullmatch(stamp)) and _moment(stamp) is not None
    except ValueError:  # digits that are no date
        return False


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
