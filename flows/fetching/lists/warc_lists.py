"""Lists of WARC files, such as those of Common Crawl's news: a path a line, relative to the list's server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.documents import text_of, web_link, without_gzip
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.listed import Link

MONTHS = ("{year}", "{month}")
"""Placeholders for the months of a period in the URL of a list."""
_MAX_MONTHS = 600  # set by hand: fifty years


def has_months(address: str) -> bool:
    """Whether a URL has placeholders for months."""
    return any(mark in address for mark in MONTHS)


def monthly_urls(address: str, since: datetime | None, until: datetime) -> Sequence[str]:
    """The URLs of a list for the months of a period; without placeholders the URL itself."""
    if since is None or not has_months(address):
        return (address,)
    first, last = (at.year * 12 + at.month - 1 for at in (since.astimezone(UTC), until.astimezone(UTC)))
    urls = (
        address.replace("{year}", f"{month // 12:04}").replace("{month}", f"{month % 12 + 1:02}")
        for month in range(max(first, last - _MAX_MONTHS), last + 1)
    )
    return list(dict.fromkeys(urls))


WARC = "warc"
"""The kind of a link to a WARC file."""
# `warc.paths.gz`, `warc.paths`, `paths.txt`; WARC files end in `.warc` or `.warc.gz`
_LIST = lazy_pattern(r"(?:paths(?:\.gz)?|\.txt(?:\.gz)?)$", re.IGNORECASE)
_IS_WARC = lazy_pattern(r"\.warc(?:\.gz|\.zst)?$", re.IGNORECASE)
# CC-NEWS-20261101003512-00012.warc.gz: the beginning of the crawl, in UTC
_BEGINNING = lazy_pattern(r"(?<!\d)(20\d{12})(?!\d)")
_MAX_DURATION = timedelta(days=1)
"""Of the crawl of a file; those of Common Crawl's news take some hours."""


def is_list(url: str) -> bool:
    """Whether a URL is that of a list of WARC files, not of a WARC file."""
    return bool(_LIST.search(urlsplit(url).path))


def listed_files(page: Fetched, url: str) -> tuple[Link, ...] | NotFetched:
    """The WARC files in the list at ``url``, in order; NotFetched if it is no list."""
    whole = without_gzip(page)
    if isinstance(whole, NotFetched):
        return whole
    if not whole.body.strip():  # the month has just begun
        return ()
    try:
        lines = text_of(whole.body, "text/plain; charset=utf-8").split("\n")
    except ValueError as error:
        return NotFetched(url, "damaged", str(error))
    root = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
    found = dict.fromkeys(
        link for line in lines if _IS_WARC.search(line.strip()) and (link := web_link(root, line))
    )
    if not found:
        return NotFetched(url, "damaged", "no list of WARC files: it names none, one a line")
    return tuple(Link(WARC, one) for one in found)


def is_within(url: str, since: datetime | None, until: datetime | None) -> bool:
    """Whether a file may have pages of a period, by the date in its name."""
    found = _BEGINNING.search(urlsplit(url).path.rpartition("/")[2])
    try:
        began = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:  # 14 digits, but no date
        return True
    return began is None or (
        (since is None or began + _MAX_DURATION >= since) and (until is None or began <= until)
    )
