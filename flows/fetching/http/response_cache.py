"""Responses of the last minutes on the disk, so that whoever tries a page again waits for no server.

A file a response, named by a digest of its request, complete or absent: processes may share the folder. A disk that is
full or cannot be written only costs the time of another request.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import platformdirs

from copydesk.flows.fetching.http.outcomes import Fetched, Outcome
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.io.posix import open_regular
from copydesk.flows.shortening import counted

CACHE_MINUTES = 10
"""Set by hand: as long as somebody tries options on a page; longer would hide changes of the page."""
CACHE_BYTES = 200_000_000
"""Of all files; beyond it nothing more is kept until some have expired."""
_PREFIX = ".part-"
T = TypeVar("T", Fetched, SiteFile)


class ResponseCache:
    """The pages, lists and files of sites that were fetched in the last ``CACHE_MINUTES``; a ``SiteFileStore``.

    ``profile``: what besides the URL decides on a response. ``used``: when the pages were fetched that came from here.
    Nothing raises: what cannot be read is not there.
    """

    def __init__(self, folder: Path, profile: object) -> None:
        self._folder = folder
        self._profile = profile
        self._bytes = self._remove_expired()
        self.used: list[datetime] = []

    async def fetch(self, url: str, fetch: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """The response of a URL; ``fetch`` requests it where none is kept."""
        known = await asyncio.to_thread(self._read, url, Fetched)
        if known is not None:
            self.used.append(known.fetched_at)
            return known
        outcome = await fetch()
        if isinstance(outcome, Fetched) and outcome.may_be_kept:
            await asyncio.to_thread(self._write, url, outcome)
        return outcome

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site, such as robots.txt; None where none is kept."""
        return self._read(url, SiteFile)

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps a file of a site."""
        self._write(url, file)

    def _read(self, url: str, type_: type[T]) -> T | None:
        path = self._path(url, type_)
        try:
            if not _is_valid(path.stat()):
                return None
            with open_regular(path) as file:
                return msgspec.msgpack.decode(file.read(), type=type_)
        # of another version, or damaged
        except (OSError, msgspec.MsgspecError):
            return None

    def _write(self, url: str, value: Fetched | SiteFile) -> None:
        # a header may hold what no encoding can
        with suppress(OSError, UnicodeEncodeError):
            data = msgspec.msgpack.encode(value)
            if self._bytes + len(data) > CACHE_BYTES:
                return
            # what somebody reads is nobody else's business
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=_PREFIX, delete=False) as file:
                try:
                    file.write(data)
                    file.flush()
                    Path(file.name).replace(self._path(url, type(value)))
                    self._bytes += len(data)
                except OSError:
                    Path(file.name).unlink()
                    raise

    def _path(self, url: str, type_: type[Fetched | SiteFile]) -> Path:
        key = repr((type_.__name__, url, self._profile))
        return self._folder / hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()

    def _remove_expired(self) -> int:
        """Removes what is too old; the bytes that are left."""
        left = 0
        with suppress(OSError), os.scandir(self._folder) as files:
            for file in files:
                with suppress(OSError):
                    if _is_valid(file.stat()):
                        left += file.stat().st_size
                    else:
                        Path(file).unlink()
        return left

    def notice(self, now: datetime) -> str | None:
        """A line for whoever reads a page that was not fetched just now; None where all were."""
        if not self.used:
            return None
        minutes = max(0, round((now - min(self.used)) / timedelta(minutes=1)))
        when = f"{counted(minutes, 'minute')} ago" if minutes else "just now"
        pages = "page" if len(self.used) == 1 else f"{len(self.used):,} responses"
        return f"{pages} from the cache, fetched {when}; --no-cache fetches again"


def usual_cache(profile: object) -> ResponseCache:
    """The cache of this user."""
    return ResponseCache(platformdirs.user_cache_path("copydesk") / "responses", profile)


def _is_valid(stat: os.stat_result) -> bool:
    # one from the future was noted by a clock that went wrong, and would stay for as long
    return 0 <= time.time() - stat.st_mtime < CACHE_MINUTES * 60
