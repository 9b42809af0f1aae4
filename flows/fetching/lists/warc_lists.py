"""Lists of WARC files, as Common Crawl has them for its news: a path a line, relative to the list's server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from copydesk.flows.fetching.http.documents import text_of, web_link, without_gzip
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.memory import Link

MONTHS = ("{year}", "{month}")
"""Placeholders for each month of a period in the URL of a list."""
# set by hand: fifty years
_MOST_MONTHS = 600


def has_months(address: str) -> bool:
    """Whether a URL has placeholders for months."""
    return any(mark in address for mark in MONTHS)


def monthly_urls(address: str, since: datetime | None, until: datetime) -> Sequence[str]:
    """The addresses of a list for each month of a time; the address alone where it names no month."""
    if since is None or not has_months(address):
        return (address,)
    months = list(dict.fromkeys(_months(since.astimezone(UTC), until.astimezone(UTC))))
    return [
        address.replace("{year}", f"{year:04}").replace("{month}", f"{month:02}") for year, month in months
    ]


def _months(since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    last = until.year * 12 + until.month - 1
    for at in range(max(since.year * 12 + since.month - 1, last - _MOST_MONTHS), last + 1):
        yield at // 12, at % 12 + 1


WARC = "warc"
"""The kind of a link to a WARC file."""
# `warc.paths.gz`, `warc.paths`, `paths.txt`; the files themselves end in `.warc` or `.warc.gz`
_LIST = re.compile(r"(?:paths(?:\.gz)?|\.txt(?:\.gz)?)$", re.IGNORECASE)
_IS_WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.IGNORECASE)
# CC-NEWS-20261101003512-00012.warc.gz: when the file was begun, in UTC
_BEGUN = re.compile(r"(?<!\d)(20\d{12})(?!\d)")
_LONGEST = timedelta(days=1)
"""So long a file is written to at most; those of Common Crawl's news for some hours."""


def is_list(url: str) -> bool:
    """Whether an address is one of a list of WARC files, and not of such a file."""
    return bool(_LIST.search(urlsplit(url).path))


def listed_files(page: Fetched, url: str) -> tuple[Link, ...] | NotFetched:
    """The WARC files that the list at ``url`` names, in its order; why there are none where it is none."""
    whole = without_gzip(page)
    if isinstance(whole, NotFetched):
        return whole
    if not whole.body.strip():  # of a month that has only begun
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
    """Whether a file may hold pages of a period, as far as its name has a date."""
    found = _BEGUN.search(urlsplit(url).path.rpartition("/")[2])
    try:
        begun = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:  # digits that are no date
        return True
    return begun is None or (
        (since is None or begun + _LONGEST >= since) and (until is None or begun <= until)
    )
